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
