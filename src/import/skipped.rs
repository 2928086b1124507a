//! What an import left out, and why: counted by reason, with the first examples of each.

use std::collections::BTreeMap;

/// Examples kept of each reason.
const EXAMPLES_MAX: usize = 8;

/// The account of one import.
#[derive(Clone, Debug, Default)]
pub struct Skipped {
    reasons: BTreeMap<&'static str, (usize, Vec<String>)>,
}

impl Skipped {
    /// Notes one thing that was left out.
    pub fn note(&mut self, reason: &'static str, example: impl FnOnce() -> String) {
        let (count, examples) = self.reasons.entry(reason).or_default();
        *count += 1;
        if examples.len() < EXAMPLES_MAX {
            examples.push(example());
        }
    }

    /// How many were left out for a reason.
    pub fn count(&self, reason: &str) -> usize {
        self.reasons.get(reason).map_or(0, |(count, _)| *count)
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (reason, (count, examples)) in &self.reasons {
            writeln!(f, "{count:>8}  {reason}")?;
            for example in examples {
                writeln!(f, "          e.g. {example}")?;
            }
        }
        Ok(())
    }
}
