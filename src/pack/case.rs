//! A case: a chart and the findings its author demands. Cases travel in the pack and run before a swap.

use crate::clinical::chart::Chart;
use serde::{Deserialize, Serialize};

/// A chart with what must and must not be found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The rule it stands beside.
    pub rule: String,
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
