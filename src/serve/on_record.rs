//! What is on record about one patient, and what the book of overrides says of it: which overrides still quiet, and which
//! promises are open, is for the book alone to say, so that the pharmacy side reads what prescribers are shown.

use crate::clinical::remembered::{Obligation, Override, Remembered};
use crate::clinical::time::Moment;
use crate::record::book::{Asking, DONE};
use crate::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use crate::record::recorder::{NotKept, Recorder};
use crate::serve::desk_bodies::{Basis, CardResponse, ObligationOf, OverrideOf, done_at, said};
use crate::serve::service::Service;
use std::collections::BTreeSet;

/// All that is on record about a patient, as far as it is read.
#[derive(Debug)]
pub struct OnRecord {
    /// Now, by this server's clock.
    pub now: Moment,
    /// What it was read from.
    pub basis: Basis,
    /// Newest first.
    pub decisions: Vec<Decision>,
    /// Oldest first.
    pub feedback: Vec<FeedbackRecord>,
    /// Overrides that are told and promises that are open, by the book.
    pub remembered: Remembered,
}

/// An entry of feedback, with the answer and the finding it is about.
pub type Told<'r> = (&'r FeedbackRecord, &'r Decision, &'r DecidedFinding);

/// What the book says of a patient now. Of each override, `own` says whether it quiets the finding for whoever gave it.
pub fn by_the_book(service: &Service, patient: &str, now: Moment) -> Remembered {
    let asking = Asking { patient, now_ms: now.0.saturating_mul(1_000), comments: true, ..Asking::default() };
    let mut remembered = service.book.remembered(&asking);
    let users: BTreeSet<String> =
        remembered.overrides.iter().map(|o| o.by.clone()).filter(|by| !by.is_empty()).collect();
    for user in &users {
        let theirs = service.book.remembered(&Asking { user, ..asking }).overrides;
        for over in &mut remembered.overrides {
            over.own |= theirs.iter().any(|o| o.own && (&o.card, &o.fingerprint) == (&over.card, &over.fingerprint));
        }
    }
    remembered
}

/// Adds the answers that the book still points to and that are older than those read.
///
/// # Errors
///
/// [`NotKept`] when the store cannot be asked.
pub async fn with_those_remembered(
    recorder: &Recorder,
    patient: &str,
    remembered: &Remembered,
    decisions: &mut Vec<Decision>,
) -> Result<(), NotKept> {
    let overridden = remembered.overrides.iter().map(|o| &o.card);
    let cards: BTreeSet<&String> = overridden.chain(remembered.obligations.iter().map(|o| &o.card)).collect();
    for card in cards {
        if !decisions.iter().any(|d| shows(d, card))
            && let Some(older) = recorder.of_card(card).await?
            && older.patient == patient
        {
            decisions.push(older);
        }
    }
    decisions.sort_by_key(|d| std::cmp::Reverse(d.at_ms));
    Ok(())
}

impl OnRecord {
    /// What became of the cards of a finding, oldest first.
    pub fn responses(&self, key: &str) -> Vec<CardResponse> {
        let about = self.told().filter(|(_, _, finding)| finding.key == key);
        about.map(|(feedback, decision, _)| CardResponse::of(feedback, decision)).collect()
    }

    /// Feedback with the answer and the finding it is about, oldest first: the form it was credited to when it arrived, or else the
    /// one shown last before it was given. What completed an answer later was shown to no prescriber: it counts only where
    /// nothing else shows the card. Nobody speaks for the cards of another client or tenant.
    fn told(&self) -> impl Iterator<Item = Told<'_>> {
        let theirs = self.feedback.iter().filter(|f| f.service != DONE);
        theirs.flat_map(|feedback| {
            let at = done_at(feedback);
            let about = || self.decisions.iter().filter(|d| is_about(feedback, d));
            let any = about().any(|d| !d.late);
            let mut showing = about().filter(|d| !d.late || !any);
            let first = showing.clone().next_back();
            let credited = showing.clone().find(|d| d.at_ms.div_euclid(1_000) <= at && is_form(feedback, d));
            let credited = credited.or_else(|| showing.clone().rfind(|d| is_form(feedback, d)));
            let decision = credited.or_else(|| showing.find(|d| d.at_ms.div_euclid(1_000) <= at)).or(first);
            let findings = decision.into_iter().flat_map(|d| d.findings.iter().map(move |f| (d, f)));
            findings.filter(|(_, f)| f.card == feedback.card).map(move |(d, f)| (feedback, d, f))
        })
    }

    fn overridden(&self) -> impl Iterator<Item = Told<'_>> {
        self.told().filter(|(feedback, ..)| feedback.accepted == Some(false))
    }

    /// Every override, newest first: those that the book knows with what they quiet, all others as over.
    pub fn overrides(&self) -> Vec<OverrideOf> {
        let is_this = |o: &&Override, feedback: &FeedbackRecord| o.card == feedback.card && o.at == done_at(feedback);
        let mut all: Vec<(i64, OverrideOf)> = Vec::new();
        for (feedback, decision, finding) in self.overridden() {
            let known = self.remembered.overrides.iter().find(|o| is_this(o, feedback));
            let (quiets_until, over) = self.quiets(known);
            let (severity, participants) = (finding.severity.clone(), finding.participants.clone());
            let response = CardResponse::of(feedback, decision);
            let rule = finding.rule.clone();
            all.push((done_at(feedback), OverrideOf { response, rule, severity, participants, quiets_until, over }));
        }
        let unread = |o: &&Override| !self.overridden().any(|(feedback, ..)| is_this(o, feedback));
        for over in self.remembered.overrides.iter().filter(unread) {
            all.push((over.at, self.without_answer(over)));
        }
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().rev().map(|(_, over)| over).collect()
    }

    /// Until when an override quiets, and whether it quiets no more. One that the book does not tell was a dismissal, was
    /// withdrawn or replaced, ran out, or was forgotten: it quiets nothing.
    fn quiets(&self, known: Option<&Override>) -> (Option<String>, bool) {
        let quieting = known.filter(|o| o.own && o.until > o.at);
        (quieting.map(|o| Moment(o.until).rfc3339()), quieting.is_none_or(|o| o.until <= self.now.0))
    }

    /// An override whose answer was not read.
    fn without_answer(&self, over: &Override) -> OverrideOf {
        let (quiets_until, is_over) = self.quiets(Some(over));
        OverrideOf {
            response: CardResponse {
                reason_system: said(&over.reason_system),
                reason: said(&over.reason_code),
                comment: said(&over.comment),
                ..overridden(&over.card, &over.by, over.at)
            },
            rule: over.rule.clone(),
            severity: String::from("unknown"),
            participants: over.participants.clone(),
            quiets_until,
            over: is_over,
        }
    }

    /// The promises that are open, first due first.
    pub fn obligations(&self) -> Vec<ObligationOf> {
        let response = |promise: &Obligation| {
            let is_this = |(f, ..): &Told<'_>| f.card == promise.card && done_at(f) == promise.at;
            match self.overridden().find(is_this) {
                Some((feedback, decision, _)) => CardResponse::of(feedback, decision),
                None => overridden(&promise.card, &promise.by, promise.at),
            }
        };
        let mut open: Vec<&Obligation> = self.remembered.obligations.iter().collect();
        open.sort_by_key(|promise| promise.due);
        let obligation = |promise: &Obligation| ObligationOf {
            response: response(promise),
            rule: promise.rule.clone(),
            participants: promise.participants.clone(),
            due: Moment(promise.due).rfc3339(),
            overdue: promise.due < self.now.0,
        };
        open.into_iter().map(obligation).collect()
    }

    /// When monitoring was last promised on a card by one of these reasons, in seconds since 1970.
    pub fn promised(&self, card: &str, reasons: &[String]) -> Option<i64> {
        let promises = self.overridden().filter(|(f, ..)| f.card == card && reasons.contains(&f.reason_code));
        let known = self.remembered.obligations.iter().filter(|o| o.card == card).map(|o| o.at);
        promises.map(|(feedback, ..)| done_at(feedback)).chain(known).max()
    }

    /// Whether somebody said since then that what was promised on a card is done.
    pub fn is_kept(&self, card: &str, promised: i64) -> bool {
        let said = |f: &&FeedbackRecord| f.service == DONE && f.card == card && done_at(f) >= promised;
        self.feedback.iter().filter(said).any(|f| self.decisions.iter().any(|d| is_of(f, d)))
    }
}

fn overridden(card: &str, by: &str, at: i64) -> CardResponse {
    CardResponse {
        card: card.to_owned(),
        outcome: String::from("overridden"),
        by: said(by),
        at: Moment(at).rfc3339(),
        reason_system: None,
        reason: None,
        comment: None,
        uncertain: false,
    }
}

fn shows(decision: &Decision, card: &str) -> bool {
    decision.findings.iter().any(|f| f.card == card)
}

/// Whether feedback comes from the client and tenant that an answer went to.
fn is_of(feedback: &FeedbackRecord, decision: &Decision) -> bool {
    (&feedback.client, &feedback.tenant) == (&decision.client, &decision.tenant)
}

/// Whether an answer showed a card in the form that feedback was credited to.
fn is_form(feedback: &FeedbackRecord, decision: &Decision) -> bool {
    let same = |f: &DecidedFinding| f.card == feedback.card && f.fingerprint == feedback.form;
    !feedback.form.is_empty() && decision.findings.iter().any(same)
}

fn is_about(feedback: &FeedbackRecord, decision: &Decision) -> bool {
    is_of(feedback, decision) && shows(decision, &feedback.card)
}
