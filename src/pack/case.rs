//! A case: a chart and the findings its author demands. Cases travel in the pack and run before a swap.

use crate::clinical::category::Category;
use crate::clinical::chart::Chart;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A chart with what must and must not be found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Where it stands.
    pub origin: Origin,
    /// What it shows.
    pub name: String,
    /// The chart.
    pub chart: Chart,
    /// Findings that must be there.
    pub expect: Vec<Expected>,
    /// Rules that must not fire.
    pub expect_not: Vec<String>,
    /// Gaps that must be there: the kind, and words its line must hold (may be empty).
    pub expect_gaps: Vec<(String, String)>,
    /// Whether some finding must interrupt, or none may; `None` leaves it open.
    pub interrupts: Option<bool>,
    /// Whether there must be no finding at all. Gaps may be there.
    pub quiet: bool,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Beside a rule, of this name.
    Rule(String),
    /// On its own: a whole patient who shows an error of this kind.
    Vignette(Category),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Rule(rule) => f.write_str(rule),
            Origin::Vignette(category) => write!(f, "vignette, {}", category.word()),
        }
    }
}

/// A finding an author demands; what is `None` may be anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The rule that must fire.
    pub rule: String,
    /// Its severity word.
    pub severity: Option<String>,
    /// Its loudness word.
    pub loudness: Option<String>,
}

/// Why the cases of a pack could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the cases of the pack cannot be read: {0}")]
pub struct CaseError(#[from] rmp_serde::decode::Error);

/// Reads the cases as they travel in a pack: MessagePack of `Vec<Case>`. No bytes at all mean no cases.
///
/// # Errors
/// When the bytes are not that.
pub fn decode(bytes: &[u8]) -> Result<Vec<Case>, CaseError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(rmp_serde::from_slice(bytes)?)
}

/// Writes cases as they travel in a pack. Equal cases give equal bytes.
///
/// # Errors
/// When MessagePack cannot hold them (a list of more than 2^32 entries).
pub fn encode(cases: &[Case]) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec(cases)
}
