//! What is remembered of earlier answers about one patient: overrides still good, monitoring promised, cards just shown.

use serde::{Deserialize, Serialize};

/// What is remembered about the patient in hand. Part of what an answer depends on, so it is recorded with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Remembered {
    /// Pseudonym of this call's encounter, of which fingerprints are made; empty when it has none.
    pub encounter: String,
    /// Overrides of this patient's findings that are still good, oldest first.
    pub overrides: Vec<Override>,
    /// Monitoring that was promised and is still open.
    pub obligations: Vec<Obligation>,
    /// Fingerprints of findings just shown to this prescriber for this patient at order-select.
    pub just_shown: Vec<String>,
    /// Seconds since other instances' overrides were last seen, when that is longer than it should be.
    pub stale_for: Option<u64>,
}

impl Remembered {
    /// Whether anything of it can have a part in an answer.
    pub fn says_anything(&self) -> bool {
        let nothing = self.overrides.is_empty() && self.obligations.is_empty() && self.just_shown.is_empty();
        !nothing || self.stale_for.is_some()
    }
}

/// An override that is still good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Override {
    /// What it is good for.
    pub fingerprint: String,
    /// The rule overridden.
    pub rule: String,
    /// Its participants, by names of the pack, in order of name.
    pub participants: Vec<String>,
    /// Pseudonym of who overrode.
    pub by: String,
    /// Whether that is the user of this call: only then is the same finding quieted.
    pub own: bool,
    /// System of the reason.
    pub reason_system: String,
    /// Code of the reason; empty when none was given.
    pub reason_code: String,
    /// The comment given; shown to pharmacists.
    pub comment: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Until when it quiets, in seconds since 1970; as `at` where it quiets nothing (0 days, or never to be silenced).
    pub until: i64,
    /// The card overridden.
    pub card: String,
}

/// Monitoring that somebody promised when overriding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Obligation {
    /// The rule overridden.
    pub rule: String,
    /// Its participants, by names of the pack.
    pub participants: Vec<String>,
    /// The values its rules ask for, by names of the pack: a later one of each keeps the promise. Empty: nobody can tell.
    pub values: Vec<String>,
    /// Pseudonym of who promised.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// When it should be done, in seconds since 1970.
    pub due: i64,
    /// The card overridden.
    pub card: String,
}
