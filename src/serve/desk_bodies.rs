//! What the pharmacy side's reading calls answer.

use crate::clinical::time::Moment;
use crate::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use serde::Serialize;
use utoipa::ToSchema;

/// What an answer about a patient was read from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// Now, by this server's clock (UTC).
    #[schema(format = "date-time")]
    pub now: String,
    /// How far back was read (UTC).
    #[schema(format = "date-time")]
    pub since: String,
    /// How many answers about this patient were read.
    #[schema(minimum = 1)]
    pub answers: usize,
    /// Whether older answers within that time were left unread, because there are more than are read at once: then something
    /// may be missing here.
    pub more: bool,
}

/// Findings about a patient that still stand.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenFindings {
    /// What it was read from.
    #[serde(flatten)]
    pub basis: Basis,
    /// The findings, newest answer first.
    pub findings: Vec<OpenFinding>,
    /// What the answers that still stand could not check.
    pub gaps: Vec<OpenGap>,
}

/// A finding that still stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenFinding {
    /// The card (or DetectedIssue) it stood on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Whether it was shown.
    pub shown: bool,
    /// Why it was not shown: `overridden`, `repeated`, `audience`, `too-many`, `nothing-chosen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
    /// The rule.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// `interaction`, `allergy`, `dose`, `duplicate`, `contraindication`.
    pub kind: String,
    /// `contraindicated`, `major`, `moderate`, `minor`.
    pub severity: String,
    /// `interruptive` or `passive`.
    pub loudness: String,
    /// Who takes part, by names of the pack.
    pub participants: Vec<String>,
    /// Its identity: same finding, same key.
    pub key: String,
    /// The newest answer that says it.
    pub answer: Source,
    /// What became of its cards, in this and older answers, oldest first.
    pub responses: Vec<CardResponse>,
}

/// An answer on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its id: `GET /decisions/{id}` has all of it.
    #[schema(format = "uuid")]
    pub decision: String,
    /// The hook, or `screen`.
    pub hook: String,
    /// When (UTC).
    #[schema(format = "date-time")]
    pub at: String,
}

/// What became of one card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardResponse {
    /// The card.
    pub card: String,
    /// `accepted`, `overridden`, or `unreadable`.
    pub outcome: String,
    /// Pseudonym of who it was shown to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When (UTC).
    #[schema(format = "date-time")]
    pub at: String,
    /// System of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_system: Option<String>,
    /// Code of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The comment given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether it is uncertain which form of the card it is about: it came without a time, and the card had been shown in several
    /// forms. It counts for the one shown last before it came. Absent where it is certain.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub uncertain: bool,
}

/// A check that an answer could not make.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenGap {
    /// Its kind.
    pub kind: String,
    /// What it is about: `medication`, `allergy` ...
    pub entry: String,
    /// The rule that wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The answer.
    pub answer: Source,
}

/// Overrides of a patient's findings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overrides {
    /// What it was read from.
    #[serde(flatten)]
    pub basis: Basis,
    /// The overrides, newest first.
    pub overrides: Vec<OverrideOf>,
}

/// An override.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverrideOf {
    /// What was said.
    #[serde(flatten)]
    pub response: CardResponse,
    /// The rule overridden.
    pub rule: String,
    /// How bad it was; `unknown` where its answer is no longer on record.
    pub severity: String,
    /// Who takes part, by names of the pack.
    pub participants: Vec<String>,
    /// Until when it may quiet the same finding for the same prescriber (UTC), unless something about it changes; absent where
    /// it quiets nothing: a rule that is never quieted, a dismissal without a reason, an override that was withdrawn, that
    /// another took the place of, or that ran out long ago.
    #[schema(format = "date-time")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiets_until: Option<String>,
    /// Whether that time is over, or never was.
    pub over: bool,
}

/// Monitoring that was promised.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Obligations {
    /// What it was read from.
    #[serde(flatten)]
    pub basis: Basis,
    /// The obligations that are still open, first due first.
    pub obligations: Vec<ObligationOf>,
}

/// Monitoring that somebody promised.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObligationOf {
    /// The promise.
    #[serde(flatten)]
    pub response: CardResponse,
    /// The rule overridden.
    pub rule: String,
    /// Who takes part, by names of the pack.
    pub participants: Vec<String>,
    /// When it should be done (UTC).
    #[schema(format = "date-time")]
    pub due: String,
    /// Whether it should have been done by now.
    pub overdue: bool,
}

/// Answers on record, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decisions {
    /// The answers.
    pub decisions: Vec<Decision>,
    /// Whether there are, or may be, older ones that match. Where `next` is absent all the same, more were on record than are
    /// looked through at once: narrow it by `patient`, `since` or `before`.
    pub more: bool,
    /// The `after` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Source {
    /// Of an answer.
    pub fn of(decision: &Decision) -> Source {
        Source { decision: decision.id.clone(), hook: decision.hook.clone(), at: at(decision.at_ms) }
    }
}

impl CardResponse {
    /// Of a feedback entry about a card of an answer.
    pub fn of(feedback: &FeedbackRecord, decision: &Decision) -> CardResponse {
        let outcome = match feedback.accepted {
            Some(true) => "accepted",
            Some(false) => "overridden",
            None => "unreadable",
        };
        CardResponse {
            card: feedback.card.clone(),
            outcome: outcome.to_owned(),
            by: said(&decision.user),
            at: Moment(done_at(feedback)).rfc3339(),
            reason_system: said(&feedback.reason_system),
            reason: said(&feedback.reason_code),
            comment: said(&feedback.comment),
            uncertain: feedback.uncertain,
        }
    }
}

impl OpenFinding {
    /// A finding of an answer, and what became of its cards.
    pub fn of(decision: &Decision, finding: &DecidedFinding, responses: Vec<CardResponse>) -> OpenFinding {
        OpenFinding {
            card: said(&finding.card),
            shown: !finding.card.is_empty() && finding.suppressed.is_empty(),
            suppressed: said(&finding.suppressed),
            rule: finding.rule.clone(),
            version: finding.version,
            kind: finding.kind.clone(),
            severity: finding.severity.clone(),
            loudness: finding.loudness.clone(),
            participants: finding.participants.clone(),
            key: finding.key.clone(),
            answer: Source::of(decision),
            responses,
        }
    }
}

/// When feedback was given, in seconds since 1970, never later than it arrived; when it arrived, where it does not say.
pub fn done_at(feedback: &FeedbackRecord) -> i64 {
    let arrived = feedback.arrived_ms.div_euclid(1_000);
    feedback.done_at.map_or(arrived, |at| at.min(arrived))
}

/// A moment in milliseconds as text.
pub fn at(ms: i64) -> String {
    Moment(ms.div_euclid(1_000)).rfc3339()
}

/// A text that says something.
pub fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
