//! One card in the book of overrides: how it was shown, what was done with it, and what of that is in force.

use crate::record::decision::{Decision, FeedbackRecord};
use std::sync::Arc;

/// Times one card was shown that are kept (a hook instance may ask again and again); the first goes first.
const SHOWINGS_MAX: usize = 16;

/// Deeds of one card that are kept; the first goes first.
const DEEDS_MAX: usize = 16;

/// Bytes of a comment that are kept for pharmacists.
pub const BOOK_TEXT_MAX: usize = 500;

/// Bytes of a card's id that are kept; a longer one is no id of ours and never matches.
const CARD_BYTES_MAX: usize = 128;

/// A card, and the client and tenant it was shown to: nobody speaks for another's cards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The card's id, as it was sent or came back.
    pub card: Arc<str>,
    client: Arc<str>,
    tenant: Arc<str>,
}

/// One card.
#[derive(Debug, Default)]
pub struct Card {
    /// How it was shown, in order of time.
    pub showings: Vec<Showing>,
    /// What was done with it, in order of time.
    pub deeds: Vec<Deed>,
    /// The last time a promise about it was said to be kept.
    done: Option<i64>,
    /// When it was shown last, in milliseconds since 1970, and in which form: of several within one second, the last that was
    /// learnt.
    last: (i64, String),
}

/// A card as it was shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Showing {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Pseudonym of the patient.
    pub patient: String,
    /// Pseudonym of the user.
    pub user: String,
    /// What an override of it is good for; empty on a card that tells several findings and cannot be overridden for all.
    pub fingerprint: String,
    /// The rule.
    pub rule: String,
    /// Who takes part, in order of name.
    pub participants: Vec<String>,
    /// The values its rules ask for.
    pub values: Vec<String>,
    /// Days an override quiets.
    pub override_days: u16,
    /// Whether none ever does.
    pub never_silence: bool,
}

/// What somebody did with a card.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deed {
    /// When it was done, in seconds since 1970: as the client says, but never after it arrived.
    pub at: i64,
    /// What.
    pub act: Act,
    /// When it arrived, in seconds since 1970.
    pub arrived: i64,
    /// The fingerprint of the form that it is about, as it was told when it arrived; empty: by its time.
    pub form: String,
}

/// What was done. Of two at one moment the later one of this list counts: what shows again outweighs what quiets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Overridden without a reason: quiets nothing.
    Dismissed,
    /// Overridden with a reason.
    Overridden {
        /// System of the reason.
        system: String,
        /// Its code; empty when there was only a comment.
        code: String,
        /// The comment.
        comment: String,
    },
    /// A suggestion was taken: the override is withdrawn.
    Accepted,
    /// A promise was kept.
    Done {
        /// Who says so.
        by: String,
    },
}

/// An override in force.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'c> {
    /// The form of the card that was overridden.
    pub showing: &'c Showing,
    /// The override.
    pub deed: &'c Deed,
}

impl Owner {
    fn new(card: &str, client: &str, tenant: &str) -> Owner {
        Owner { card: card.into(), client: client.into(), tenant: tenant.into() }
    }
}

impl Showing {
    /// The cards of an answer. Those of a review tell several findings at once: they are known, and cannot be overridden.
    pub fn of(decision: &Decision) -> Vec<(Owner, Showing)> {
        let review = matches!(decision.hook.as_str(), "patient-view" | "encounter-discharge");
        let mut all: Vec<(Owner, Showing)> = Vec::new();
        for finding in decision.findings.iter().filter(|f| !f.card.is_empty()) {
            if let Some((_, known)) = all.iter_mut().find(|(owner, _)| *owner.card == *finding.card) {
                known.fingerprint.clear();
                continue;
            }
            let mut participants = finding.participants.clone();
            participants.sort_unstable();
            participants.dedup();
            let showing = Showing {
                at_ms: decision.at_ms,
                patient: decision.patient.clone(),
                user: decision.user.clone(),
                fingerprint: if review { String::new() } else { finding.fingerprint.clone() },
                rule: finding.rule.clone(),
                participants,
                values: finding.values.clone(),
                override_days: finding.override_days,
                never_silence: finding.never_silence,
            };
            all.push((Owner::new(&finding.card, &decision.client, &decision.tenant), showing));
        }
        all
    }
}

impl Deed {
    /// What an entry of feedback says was done, and with which card. `None` when it names no card of ours or no outcome.
    pub fn of(feedback: &FeedbackRecord, done: &str) -> Option<(Owner, Deed)> {
        if feedback.card.is_empty() || feedback.card.len() > CARD_BYTES_MAX {
            return None;
        }
        let arrived = feedback.arrived_ms.div_euclid(1_000);
        let reasoned = !feedback.reason_code.trim().is_empty() || !feedback.comment.trim().is_empty();
        let act = match feedback.accepted {
            _ if feedback.service == done => Act::Done { by: feedback.comment.clone() },
            None => return None,
            Some(true) => Act::Accepted,
            Some(false) if !reasoned => Act::Dismissed,
            Some(false) => Act::Overridden {
                system: feedback.reason_system.clone(),
                code: feedback.reason_code.clone(),
                comment: cut(&feedback.comment),
            },
        };
        let at = feedback.done_at.map_or(arrived, |at| at.min(arrived));
        let form = feedback.form.clone();
        Some((Owner::new(&feedback.card, &feedback.client, &feedback.tenant), Deed { at, arrived, act, form }))
    }
}

fn cut(comment: &str) -> String {
    let mut end = comment.len().min(BOOK_TEXT_MAX);
    while !comment.is_char_boundary(end) {
        end -= 1;
    }
    comment[..end].to_owned()
}

impl Card {
    /// Notes how it was shown.
    pub fn show(&mut self, showing: Showing) {
        if showing.at_ms >= self.last.0 || self.showings.is_empty() {
            self.last = (showing.at_ms, showing.fingerprint.clone());
        }
        if !self.showings.contains(&showing) {
            self.showings.push(showing);
        }
        self.showings.sort_unstable();
        if self.showings.len() > SHOWINGS_MAX {
            self.showings.remove(0);
        }
    }

    /// Notes what was done with it. The same deed told twice is one.
    pub fn hear(&mut self, deed: Deed) {
        if let Act::Done { .. } = deed.act {
            self.done = self.done.max(Some(deed.at));
        }
        let same = |d: &Deed| d.at == deed.at && d.act == deed.act;
        match self.deeds.iter_mut().find(|d| same(d)) {
            Some(known) => known.arrived = known.arrived.min(deed.arrived),
            None => self.deeds.push(deed),
        }
        self.deeds.sort_unstable();
        if self.deeds.len() > DEEDS_MAX {
            self.deeds.remove(0);
        }
    }

    /// When a promise about it was last said to be kept.
    pub fn done(&self) -> Option<i64> {
        self.done
    }

    /// When the first was written of what is known of it, in milliseconds since 1970.
    pub fn begun_ms(&self) -> Option<i64> {
        let heard = self.deeds.iter().map(|deed| deed.arrived.saturating_mul(1_000));
        self.showings.iter().map(|showing| showing.at_ms).chain(heard).min()
    }

    /// Whose it is.
    pub fn patients(&self) -> impl Iterator<Item = &str> {
        let new = |n: usize| self.showings[..n].iter().all(|s| s.patient != self.showings[n].patient);
        (0..self.showings.len()).filter(move |n| new(*n)).map(|n| self.showings[n].patient.as_str())
    }

    /// The form shown last before a moment, in seconds since 1970; the first, where all are later.
    fn shown_before(&self, at: i64) -> Option<&Showing> {
        let before = |s: &&Showing| s.at_ms.div_euclid(1_000) <= at;
        self.showings.iter().rev().find(before).or(self.showings.first())
    }

    /// Of what has just arrived: the fingerprint of the form that it is about, and whether it may as well be about another. What
    /// is known now was shown before it arrived.
    pub fn credit(&self, deed: &Deed, says_when: bool) -> (String, bool) {
        let form = match self.shown_before(deed.at) {
            Some(shown) if shown.at_ms == self.last.0 => self.last.1.clone(),
            Some(shown) => shown.fingerprint.clone(),
            None => return (String::new(), false),
        };
        let others = self.showings.iter().any(|s| s.fingerprint != form);
        (form, others && !says_when)
    }

    /// The one user it was shown to; `None` when there were several, so that nobody can tell who overrode it.
    pub fn sole_user(&self) -> Option<&str> {
        let first = self.showings.first()?;
        self.showings.iter().all(|s| s.user == first.user).then_some(first.user.as_str())
    }

    /// The override in force of each form in which it was shown.
    ///
    /// A deed is about the form that it was credited to when it arrived; where none is named, about the one shown last before it
    /// was done (the first form, where all are later: clocks differ). A form that was forgotten is in force no more. A later
    /// override of the same form takes the place of an earlier one; a suggestion taken withdraws all; a dismissal changes
    /// nothing.
    pub fn in_force(&self) -> Vec<Standing<'_>> {
        let mut standing: Vec<Standing<'_>> = Vec::new();
        for deed in &self.deeds {
            match deed.act {
                Act::Dismissed | Act::Done { .. } => {}
                Act::Accepted => standing.clear(),
                Act::Overridden { .. } => {
                    let showing = match deed.form.as_str() {
                        "" => self.shown_before(deed.at),
                        form => self.showings.iter().rev().find(|s| s.fingerprint == form),
                    };
                    let Some(showing) = showing.filter(|s| !s.fingerprint.is_empty()) else { continue };
                    standing.retain(|s| s.showing.fingerprint != showing.fingerprint);
                    standing.push(Standing { showing, deed });
                }
            }
        }
        standing
    }
}
