//! What is kept of one answer: codes, keys and pseudonyms, never the words of a patient's record.

use serde::{Deserialize, Serialize};

/// What a question of the pharmacy side is called in place of a hook.
pub const SCREEN: &str = "screen";

/// One answer, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Decision {
    /// Its id, which stands in the answer too: a UUID.
    pub id: String,
    /// When, in milliseconds since 1970, by this instance's clock.
    pub at_ms: i64,
    /// As of when the chart was judged, in seconds since 1970.
    pub as_of: i64,
    /// Name of the client.
    pub client: String,
    /// Tenant, as its token names it.
    pub tenant: String,
    /// Pseudonym of the user.
    pub user: String,
    /// Pseudonym of the patient.
    pub patient: String,
    /// Pseudonym of the encounter.
    pub encounter: String,
    /// The hook, or `screen` for a call of the pharmacy side.
    pub hook: String,
    /// `hookInstance` as sent.
    pub instance: String,
    /// BLAKE3 of the body without `fhirAuthorization`; where the request is captured, of what was captured: without any token.
    pub request: String,
    /// BLAKE3 of what was fetched for it; empty when nothing was.
    pub fetched: String,
    /// BLAKE3 of the answer's body.
    pub answer: String,
    /// Hash of the pack that answered.
    pub pack: String,
    /// Version of the engine.
    pub engine: String,
    /// HTTP status.
    pub status: u16,
    /// Whether this completes an earlier answer of the same id, by data that came late.
    pub late: bool,
    /// Pseudonyms of the orders (by reference) that it was about: those in hand, and all records of drugs where the whole chart
    /// was asked about. Records without an id have none.
    pub asked: Vec<String>,
    /// The findings, in the order of the answer.
    pub findings: Vec<DecidedFinding>,
    /// The gaps, by kind and code.
    pub gaps: Vec<DecidedGap>,
    /// How long each phase took.
    pub took: Took,
    /// What was remembered of earlier answers and overrides, and had a part in this one: its JSON, for the replay.
    pub remembered: String,
}

/// A finding, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DecidedFinding {
    /// The card it stood on; empty when it stood on none.
    pub card: String,
    /// Why it stood on none, in a word (`overridden`, `repeated`, `audience`, `too-many`, `nothing-chosen`); empty when shown.
    pub suppressed: String,
    /// Its key.
    pub key: String,
    /// What an override of it is good for: changes when dose, route, partner, reaction, course, encounter, rule or severity do.
    pub fingerprint: String,
    /// The rule.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// Other rules that say the same of the same drugs, and were folded into it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// `interaction`, `allergy`, `dose`, `duplicate`, `contraindication`.
    pub kind: String,
    /// `contraindicated`, `major`, `moderate`, `minor`.
    pub severity: String,
    /// `interruptive` or `passive`.
    pub loudness: String,
    /// Pseudonyms of the orders in hand that caused it; of the records of drugs that take part where none was in hand.
    pub orders: Vec<String>,
    /// RxCUIs or names of who takes part (names of the pack, not of the patient's record).
    pub participants: Vec<String>,
    /// The values its rules ask for, by names of the pack: what a promise to monitor is about.
    pub values: Vec<String>,
    /// Days an override may quiet it.
    pub override_days: u16,
    /// Whether no override ever quiets it.
    pub never_silence: bool,
}

/// A gap, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DecidedGap {
    /// Its kind.
    pub kind: String,
    /// What it is about: `medication`, `allergy` ...
    pub entry: String,
    /// Which list did not come, where it is about a list: `medications`, `allergies`, `problems`, `labs`, `patient`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub list: String,
    /// The rule that wanted it, of several the first by name; empty when none did.
    pub rule: String,
    /// The other rules that wanted it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// How long each phase took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Took {
    /// Letting the client in.
    pub admit_us: u64,
    /// Reading the body into a chart.
    pub read_us: u64,
    /// Fetching.
    pub fetch_us: u64,
    /// Screening.
    pub screen_us: u64,
    /// Writing the answer.
    pub write_us: u64,
    /// All together, from the body's last byte.
    pub whole_us: u64,
}

/// What became of one card, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FeedbackRecord {
    /// When it arrived, in milliseconds since 1970.
    pub arrived_ms: i64,
    /// Name of the client.
    pub client: String,
    /// Tenant.
    pub tenant: String,
    /// The service it was sent to.
    pub service: String,
    /// The card as the client named it.
    pub card: String,
    /// Accepted, overridden, or not readable.
    pub accepted: Option<bool>,
    /// Suggestions accepted.
    pub suggestions: Vec<String>,
    /// System of the reason; empty when none was given.
    pub reason_system: String,
    /// Code of the reason; empty when none was given.
    pub reason_code: String,
    /// The clinician's comment; empty when there was none.
    pub comment: String,
    /// When it was done, in seconds since 1970, where it could be read.
    pub done_at: Option<i64>,
    /// What could not be read of it.
    pub troubles: Vec<String>,
    /// The form of the card that it is credited to, by its fingerprint: the one shown last before it was done, or, where it says
    /// no time, before it arrived. Empty where the card was not known when it arrived, or has no fingerprint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// Whether that is uncertain: it says no time, and the card had been shown in several forms before it arrived.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}
