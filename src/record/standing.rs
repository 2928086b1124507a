//! Which findings about a patient still stand, by the answers on record.
//!
//! Answers are read newest first. Three things close a finding of an older answer: a newer answer of the same call (same
//! client, hook and hook instance) takes the place of the whole answer; a newer answer that says the same finding takes the
//! place of that finding; and a newer answer about all the orders that caused it, and silent about it, ends it. What none of
//! the three closes stands: an answer about other orders says nothing about these. Nor does silence say anything where the
//! check may not have been made: an answer with a gap that may hide a finding closes it only by saying it again.

use crate::engine::finding::GapKind;
use crate::record::decision::{DecidedFinding, DecidedGap, Decision};
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
    let mut whole = Vec::new();
    for decision in decisions {
        let mut says = Vec::new();
        for finding in &decision.findings {
            if !said.contains(finding.key.as_str()) && !newer.iter().any(|n| n.closes(decision, finding)) {
                says.push(finding.key.as_str());
                stand.push(Standing { decision, finding });
            }
        }
        said.extend(says);
        if !newer.iter().any(|n| replaces(n.decision, decision)) {
            whole.push(decision);
        }
        newer.push(Newer { decision, asked: decision.asked.iter().map(String::as_str).collect() });
    }
    (stand, whole)
}

/// An answer that was read already.
struct Newer<'d> {
    decision: &'d Decision,
    asked: HashSet<&'d str>,
}

impl Newer<'_> {
    /// Whether its silence ends a finding of an older answer: it takes that answer's place or was about all the orders of the
    /// finding, and nothing it could not check may be why it does not say it.
    fn closes(&self, older: &Decision, finding: &DecidedFinding) -> bool {
        let of_its_orders =
            !finding.orders.is_empty() && finding.orders.iter().all(|order| self.asked.contains(order.as_str()));
        (of_its_orders || replaces(self.decision, older))
            && !self.decision.gaps.iter().any(|gap| may_hide(gap, finding))
    }
}

/// Whether a gap may be why a finding is not said. In doubt it may: only some kinds are known to leave some findings alone.
fn may_hide(gap: &DecidedGap, finding: &DecidedFinding) -> bool {
    let of = |kind: GapKind| gap.kind == kind.word();
    // Every drug that the codes mean was screened.
    if of(GapKind::CodesDisagree) {
        return false;
    }
    // Both drugs were screened; whether they add up was not known.
    if of(GapKind::ReplacingOrAdding) {
        return matches!(finding.kind.as_str(), "duplicate" | "dose");
    }
    // A condition of another rule that asks for allergies says so by a gap of its own.
    if of(GapKind::AllergiesNotAsked) {
        return finding.kind == "allergy";
    }
    // A datum hides what the rules say that wanted it.
    if (of(GapKind::Missing) || of(GapKind::UnitMismatch) || of(GapKind::DoseUnknown)) && !gap.rule.is_empty() {
        let wanted = |rule: &String| *rule == gap.rule || gap.also.contains(rule);
        return wanted(&finding.rule) || finding.also.iter().any(wanted);
    }
    true
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
