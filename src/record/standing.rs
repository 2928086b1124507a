//! Which findings about a patient still stand, by the answers on record.
//!
//! Answers are read newest first. Three things close a finding of an older answer: a newer answer of the same call (same
//! client, hook and hook instance) takes the place of the whole answer; a newer answer that says the same finding takes the
//! place of that finding; and a newer answer about all the orders that caused it, and silent about it, ends it. What none of
//! the three closes stands: an answer about other orders says nothing about these.

use crate::record::decision::{DecidedFinding, Decision};
use hashbrown::HashSet;
use std::collections::BTreeSet;

/// A finding that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'d> {
    /// The newest answer that says it.
    pub decision: &'d Decision,
    /// What it says.
    pub finding: &'d DecidedFinding,
}

/// The findings that stand, and the answers that were not replaced as a whole. Both newest first. `decisions` is newest first.
pub fn standing(decisions: &[Decision]) -> (Vec<Standing<'_>>, Vec<&Decision>) {
    let mut newer: Vec<Newer<'_>> = Vec::new();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    let mut stand = Vec::new();
    for decision in decisions {
        if newer.iter().any(|n| replaces(n.decision, decision)) {
            continue;
        }
        for finding in &decision.findings {
            if !said.contains(finding.key.as_str()) && !newer.iter().any(|n| n.closes(finding)) {
                stand.push(Standing { decision, finding });
            }
        }
        said.extend(decision.findings.iter().map(|f| f.key.as_str()));
        newer.push(Newer { decision, asked: decision.asked.iter().map(String::as_str).collect() });
    }
    (stand, newer.into_iter().map(|n| n.decision).collect())
}

/// An answer that was read already.
struct Newer<'d> {
    decision: &'d Decision,
    asked: HashSet<&'d str>,
}

impl Newer<'_> {
    /// Whether it was about all the orders of a finding. That it does not say the finding, the caller knows.
    fn closes(&self, finding: &DecidedFinding) -> bool {
        !finding.orders.is_empty() && finding.orders.iter().all(|order| self.asked.contains(order.as_str()))
    }
}

/// Whether an answer takes the place of an older one as a whole: it completes it, or answers the same call again.
fn replaces(newer: &Decision, older: &Decision) -> bool {
    let same_call = !older.instance.is_empty()
        && newer.instance == older.instance
        && newer.hook == older.hook
        && newer.client == older.client
        && newer.tenant == older.tenant;
    newer.id == older.id || same_call
}
