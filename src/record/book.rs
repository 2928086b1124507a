//! The book of overrides: what clinicians overrode, by patient, as far as later answers have to know it. In memory, so that no
//! screening waits; learnt from decisions and feedback, in whatever order they come, and from other instances' too.
//!
//! It keeps what it was told and works out at each question what is in force: so neither order nor repetition matters.

use crate::clinical::remembered::{Obligation, Override, Remembered};
use crate::record::book_card::{Act, Card, Deed, Owner, Showing};
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::refill::FEEDBACK_BACK_MS;
use crate::settings::recording::Overriding;
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The service under which a promise is recorded as kept, by a pharmacist's word or by the chart.
pub const DONE: &str = "caveat-obligation";

/// The system of the codes that say how: `done` by a pharmacist's word, [`BY_CHART`].
pub const DONE_SYSTEM: &str = "urn:caveat:obligation";

/// The code of a promise that the chart showed to be kept.
pub const BY_CHART: &str = "chart";

/// Cards shown of which nothing was heard yet; the first shown is forgotten first. Later feedback about it is unmatched.
pub const SHOWN_MAX: usize = 65_536;

/// Cards of which something was heard; the first heard of is forgotten first, and what it quieted is shown again.
pub const HEARD_MAX: usize = 131_072;

/// Cards of which something was heard that nobody showed so far; the first heard of is forgotten first.
pub const UNMATCHED_MAX: usize = 16_384;

/// Cards of one patient of which something was heard; the first is forgotten first.
pub const HEARD_OF_PATIENT_MAX: usize = 256;

/// Cards just shown that are kept of one patient.
const JUST_SHOWN_MAX: usize = 64;

/// How long a card shown at order-select counts as just shown at order-sign, in milliseconds: ten minutes.
pub const JUST_SHOWN_LASTS_MS: i64 = 600_000;

/// How long an override that quiets nothing is told to pharmacists, in seconds: thirty days.
pub const TOLD_LASTS: i64 = 30 * 86_400;

/// How far ahead an override may lie, for clocks of several instances differ a little: five minutes.
pub const AHEAD_MAX: i64 = 300;

/// What became of a card, in words for a person.
pub fn outcome_words(feedback: &FeedbackRecord) -> &'static str {
    match feedback.accepted {
        Some(true) => "accepted",
        Some(false) => "overridden",
        None if feedback.service == DONE && feedback.reason_code == BY_CHART => "monitoring shown by the chart",
        None if feedback.service == DONE => "monitoring said to be done",
        None => "not readable",
    }
}

/// What is asked of the book.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asking<'a> {
    /// Pseudonym of the patient.
    pub patient: &'a str,
    /// Pseudonym of the user; empty where nobody is named: then nothing is quieted.
    pub user: &'a str,
    /// Pseudonym of the encounter.
    pub encounter: &'a str,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// Whether comments are wanted: for pharmacists.
    pub comments: bool,
    /// Whether cards just shown are wanted.
    pub just_shown: bool,
}

/// How full the book is, and what it could not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fullness {
    /// Cards known.
    pub cards: usize,
    /// Of these, cards of which something was heard.
    pub heard: usize,
    /// Entries of feedback that belong to no card known so far.
    pub unmatched: usize,
}

/// The book.
pub struct Book {
    rules: Overriding,
    pages: Mutex<Pages>,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Book(comments and pseudonyms not shown)")
    }
}

#[derive(Debug, Default)]
struct Pages {
    /// By card and by whom it was shown; in truth one owner each, but nobody may speak for another's cards.
    cards: HashMap<Owner, Card>,
    /// For each patient, the cards of which something was heard, and those just shown.
    patients: HashMap<String, Patient>,
    /// Owners in the order in which they were first shown, and in which they were first heard of.
    shown: VecDeque<Owner>,
    heard: VecDeque<Owner>,
    /// Owners of which something was heard before they were shown, if ever they are.
    waiting: VecDeque<Owner>,
    just_shown: VecDeque<String>,
    stale_since_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct Patient {
    heard: VecDeque<Owner>,
    just_shown: VecDeque<JustShown>,
}

#[derive(Debug)]
struct JustShown {
    at_ms: i64,
    user: String,
    fingerprint: String,
}

impl Default for Book {
    fn default() -> Book {
        Book::new()
    }
}

impl Book {
    /// An empty book, by the default settings.
    pub fn new() -> Book {
        Book::by(&Overriding::default())
    }

    /// An empty book, by these settings.
    pub fn by(rules: &Overriding) -> Book {
        Book { rules: rules.clone(), pages: Mutex::default() }
    }

    /// Learns of an answer: its cards may be overridden later. Cheap; called after the answer is on its way. What completes an
    /// earlier answer is passed over: no prescriber saw it, so nobody overrode it, and nothing of it was just shown.
    pub fn learn_decision(&self, decision: &Decision) {
        self.learn(decision, true);
    }

    /// The same of an answer that came so late that its client may have given up before: it counts as shown where somebody says
    /// what became of it, and not as just shown.
    pub fn learn_slow_decision(&self, decision: &Decision) {
        self.learn(decision, false);
    }

    fn learn(&self, decision: &Decision, in_time: bool) {
        if decision.patient.is_empty() || decision.late {
            return;
        }
        let showings = Showing::of(decision);
        if showings.is_empty() {
            return;
        }
        let mut pages = self.lock();
        for (owner, showing) in showings {
            if in_time && decision.hook == "order-select" && !showing.fingerprint.is_empty() {
                pages.just_show(&decision.patient, &showing);
            }
            pages.show(owner, showing);
        }
    }

    /// Learns of feedback. Idempotent, and the answer it belongs to may be learnt before or after.
    pub fn learn_feedback(&self, feedback: &FeedbackRecord) {
        let Some((owner, deed)) = Deed::of(feedback, DONE) else { return };
        self.lock().hear(owner, deed);
    }

    /// Says of feedback that has just arrived which form of its card it is about, and whether that is uncertain.
    pub fn credit(&self, feedback: &mut FeedbackRecord) {
        let Some((owner, deed)) = Deed::of(feedback, DONE) else { return };
        let pages = self.lock();
        if let Some(card) = pages.cards.get(&owner) {
            // A time ahead of our clock is none.
            let says_when = feedback.done_at.is_some_and(|at| at <= deed.arrived);
            (feedback.form, feedback.uncertain) = card.credit(&deed, says_when);
        }
    }

    /// What is remembered of a patient, as of now. Time is an argument: nothing here reads a clock.
    pub fn remembered(&self, asking: &Asking<'_>) -> Remembered {
        let mut remembered = Remembered { encounter: asking.encounter.to_owned(), ..Remembered::default() };
        let pages = self.lock();
        remembered.stale_for = self.stale_for(&pages, asking.now_ms);
        let Some(patient) = pages.patients.get(asking.patient).filter(|_| !asking.patient.is_empty()) else {
            return remembered;
        };
        let cards = patient.heard.iter().filter_map(|owner| Some((owner, pages.cards.get(owner)?)));
        let mut kept_word: Vec<(&str, &[String], i64)> = Vec::new();
        for (owner, card) in cards {
            self.tell(owner, card, asking, &mut remembered);
            let about = card.showings.first().zip(card.done());
            kept_word.extend(about.map(|(s, at)| (s.rule.as_str(), s.participants.as_slice(), at)));
        }
        // What was done for one card was done for every earlier promise about the same drugs by the same rule.
        remembered.obligations.retain(|promise| {
            let same = |k: &&(&str, &[String], i64)| k.0 == promise.rule && k.1 == promise.participants.as_slice();
            !kept_word.iter().filter(same).any(|k| k.2 >= promise.at)
        });
        if asking.just_shown && !asking.user.is_empty() {
            let lately = |s: &&JustShown| (0..=JUST_SHOWN_LASTS_MS).contains(&(asking.now_ms - s.at_ms));
            let own = patient.just_shown.iter().filter(|s| s.user == asking.user).filter(lately);
            remembered.just_shown = own.map(|s| s.fingerprint.clone()).collect();
            remembered.just_shown.sort_unstable();
            remembered.just_shown.dedup();
        }
        drop(pages);
        settle(&mut remembered);
        remembered
    }

    /// A promise was kept: closes the obligation of this card, and all earlier ones of the same patient, rule and
    /// participants. `at` in seconds since 1970. Tells whether there was one.
    ///
    /// To outlast a restart it must also be recorded as feedback, with [`DONE`] for its service.
    pub fn close(&self, card: &str, by: &str, at: i64) -> bool {
        let mut pages = self.lock();
        let owners: Vec<Owner> = pages.cards.keys().filter(|owner| *owner.card == *card).cloned().collect();
        let mut any = false;
        for owner in owners {
            if pages.cards.get(&owner).is_some_and(|known| !known.showings.is_empty()) {
                pages.hear(owner, Deed { at, arrived: at, act: Act::Done { by: by.to_owned() }, form: String::new() });
                any = true;
            }
        }
        any
    }

    /// The chart shows that a promise to this patient was kept: learns it, and tells whether it was news, so that of several
    /// calls that show it at once one records it.
    pub fn keep_word(&self, patient: &str, kept: &FeedbackRecord) -> bool {
        let Some((owner, deed)) = Deed::of(kept, DONE) else { return false };
        let mut pages = self.lock();
        let known = pages.patients.get(patient).is_some_and(|page| page.heard.contains(&owner));
        let done = pages.cards.get(&owner).and_then(Card::done);
        if !known || done.is_some_and(|at| at >= deed.at) {
            return false;
        }
        pages.hear(owner, deed);
        true
    }

    /// Says since when nothing was heard of other instances, in milliseconds since 1970; `None`: all is up to date.
    pub fn hear_nothing_since(&self, since_ms: Option<i64>) {
        self.lock().stale_since_ms = since_ms;
    }

    /// When the earliest card was shown on which an override that is still told of, or a promise that is still open, rests, in
    /// milliseconds since 1970. Promises are told of no longer than the record is read back at a start.
    pub fn rests_on(&self, now_ms: i64) -> Option<i64> {
        let patients: Vec<String> = self.lock().patients.keys().cloned().collect();
        let mut earliest: Option<i64> = None;
        for patient in &patients {
            let remembered = self.remembered(&Asking { patient, now_ms, ..Asking::default() });
            let promises = remembered
                .obligations
                .iter()
                .filter(|o| o.at > now_ms.saturating_sub(FEEDBACK_BACK_MS).div_euclid(1_000));
            let cards = remembered.overrides.iter().map(|o| &o.card).chain(promises.map(|o| &o.card));
            let cards: HashSet<&str> = cards.map(String::as_str).collect();
            let pages = self.lock();
            let owners = pages.patients.get(patient).into_iter().flat_map(|page| &page.heard);
            let begun = owners
                .filter(|owner| cards.contains(&*owner.card))
                .filter_map(|owner| pages.cards.get(owner)?.begun_ms());
            earliest = begun.chain(earliest).min();
        }
        earliest
    }

    /// How full it is.
    pub fn fullness(&self) -> Fullness {
        let pages = self.lock();
        let unmatched = pages.waiting.iter().filter_map(|owner| pages.cards.get(owner));
        let unmatched = unmatched.filter(|card| card.showings.is_empty()).map(|card| card.deeds.len()).sum();
        Fullness { cards: pages.cards.len(), heard: pages.heard.len(), unmatched }
    }

    fn stale_for(&self, pages: &Pages, now_ms: i64) -> Option<u64> {
        let seconds = now_ms.saturating_sub(pages.stale_since_ms?) / 1_000;
        u64::try_from(seconds).ok().filter(|s| *s > 0)
    }

    /// What one card has to say: the override in force of each form of the finding, and a promise that is open.
    fn tell(&self, owner: &Owner, card: &Card, asking: &Asking<'_>, remembered: &mut Remembered) {
        let now = asking.now_ms.div_euclid(1_000);
        let sole = card.sole_user();
        for standing in card.in_force() {
            let (showing, deed) = (standing.showing, standing.deed);
            let Act::Overridden { system, code, comment } = &deed.act else { continue };
            let at = deed.at;
            if at > now.saturating_add(AHEAD_MAX) || showing.patient != asking.patient {
                continue;
            }
            let days = if showing.never_silence { 0 } else { i64::from(showing.override_days) };
            let until = at.saturating_add(days * 86_400);
            if now < until.max(at.saturating_add(TOLD_LASTS)) {
                remembered.overrides.push(Override {
                    fingerprint: showing.fingerprint.clone(),
                    rule: showing.rule.clone(),
                    participants: showing.participants.clone(),
                    by: showing.user.clone(),
                    own: self.rules.on && sole.is_some_and(|user| !user.is_empty() && user == asking.user),
                    reason_system: system.clone(),
                    reason_code: code.clone(),
                    comment: if asking.comments { comment.clone() } else { String::new() },
                    at,
                    until,
                    card: owner.card.to_string(),
                });
            }
            if self.rules.monitoring_reasons.iter().any(|promise| promise == code) {
                let allowed = i64::try_from(self.rules.obligation_time.as_secs()).unwrap_or(i64::MAX);
                remembered.obligations.push(Obligation {
                    rule: showing.rule.clone(),
                    participants: showing.participants.clone(),
                    values: showing.values.clone(),
                    by: showing.user.clone(),
                    at,
                    due: at.saturating_add(allowed),
                    card: owner.card.to_string(),
                });
            }
        }
    }

    /// A thread that died while it held the lock left at worst a card with one entry more or less.
    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts what was gathered in order. Of several promises about the same rule and drugs the first stays: it is due first.
fn settle(remembered: &mut Remembered) {
    remembered.overrides.sort_by(|a, b| (a.at, &a.card, &a.fingerprint).cmp(&(b.at, &b.card, &b.fingerprint)));
    remembered.obligations.sort_by(|a, b| (a.at, &a.card).cmp(&(b.at, &b.card)));
    let mut kept: Vec<Obligation> = Vec::with_capacity(remembered.obligations.len());
    for promise in remembered.obligations.drain(..) {
        if !kept.iter().any(|k| k.rule == promise.rule && k.participants == promise.participants) {
            kept.push(promise);
        }
    }
    remembered.obligations = kept;
}

impl Pages {
    fn show(&mut self, owner: Owner, showing: Showing) {
        let patient = showing.patient.clone();
        let card = self.cards.entry(owner.clone()).or_default();
        let (first, heard) = (card.showings.is_empty(), !card.deeds.is_empty());
        card.show(showing);
        if first && heard {
            self.heard.push_back(owner.clone());
        } else if first {
            self.shown.push_back(owner.clone());
        }
        if heard {
            self.hear_of(&patient, &owner);
        }
        while self.shown.len() > SHOWN_MAX {
            let Some(oldest) = self.shown.pop_front() else { break };
            // Of what was heard of, the other list keeps count.
            if self.cards.get(&oldest).is_some_and(|card| card.deeds.is_empty()) {
                self.cards.remove(&oldest);
            }
        }
        self.bound();
    }

    fn hear(&mut self, owner: Owner, deed: Deed) {
        let card = self.cards.entry(owner.clone()).or_default();
        let (first, shown) = (card.deeds.is_empty(), !card.showings.is_empty());
        card.hear(deed);
        let patients: Vec<String> = card.patients().map(str::to_owned).collect();
        if first && shown {
            self.heard.push_back(owner.clone());
        } else if first {
            self.waiting.push_back(owner.clone());
        }
        patients.iter().for_each(|patient| self.hear_of(patient, &owner));
        self.bound();
    }

    fn bound(&mut self) {
        while self.waiting.len() > UNMATCHED_MAX {
            let Some(oldest) = self.waiting.pop_front() else { break };
            if self.cards.get(&oldest).is_some_and(|card| card.showings.is_empty()) {
                self.cards.remove(&oldest);
            }
        }
        while self.heard.len() > HEARD_MAX {
            let Some(oldest) = self.heard.pop_front() else { break };
            self.forget(&oldest);
        }
    }

    /// Puts a card among those of which something was heard about a patient.
    fn hear_of(&mut self, patient: &str, owner: &Owner) {
        let page = self.patients.entry_ref(patient).or_default();
        if page.heard.contains(owner) {
            return;
        }
        page.heard.push_back(owner.clone());
        if page.heard.len() > HEARD_OF_PATIENT_MAX
            && let Some(oldest) = page.heard.pop_front()
        {
            self.cards.remove(&oldest);
        }
    }

    fn forget(&mut self, owner: &Owner) {
        let Some(card) = self.cards.remove(owner) else { return };
        for patient in card.patients() {
            let Some(page) = self.patients.get_mut(patient) else { continue };
            page.heard.retain(|o| o != owner);
            if page.heard.is_empty() && page.just_shown.is_empty() {
                self.patients.remove(patient);
            }
        }
    }

    fn just_show(&mut self, patient: &str, showing: &Showing) {
        let page = self.patients.entry_ref(patient).or_default();
        let at_ms = showing.at_ms;
        page.just_shown.push_back(JustShown {
            at_ms,
            user: showing.user.clone(),
            fingerprint: showing.fingerprint.clone(),
        });
        if page.just_shown.len() > JUST_SHOWN_MAX {
            page.just_shown.pop_front();
        }
        self.just_shown.push_back(patient.to_owned());
        while self.just_shown.len() > SHOWN_MAX {
            let Some(oldest) = self.just_shown.pop_front() else { break };
            let Some(page) = self.patients.get_mut(&oldest) else { continue };
            page.just_shown.pop_front();
            if page.heard.is_empty() && page.just_shown.is_empty() {
                self.patients.remove(&oldest);
            }
        }
    }
}
