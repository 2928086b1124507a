//! Why and why not: one line for every rule considered, written only when somebody asked.

use crate::engine::condition::Situation;
use crate::engine::docket::{Docket, entries};
use crate::engine::finding::{RuleRef, TraceLine};
use crate::pack::ids::RuleId;
use crate::pack::read::Pack;

/// Writes down that a rule was considered, and what it asked. Does nothing where no trace was asked for.
pub fn record(
    docket: &mut Docket<'_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    fired: bool,
    notes: Option<Vec<String>>,
) {
    let (pack, Some(trace)) = (docket.pack, docket.trace.as_mut()) else { return };
    let mut entries = entries(situation.bound, situation.participants);
    if let Some(allergy) = situation.allergy.and_then(|i| situation.bound.allergies.get(i as usize)) {
        entries.push(crate::clinical::chart::Entry::Allergy(allergy.index));
    }
    trace.push(TraceLine { rule: rule_ref(pack, rule), entries, fired, because: notes.unwrap_or_default() });
}

/// Writes down that a rule was stopped before any condition was asked.
pub fn stopped(docket: &mut Docket<'_>, situation: &Situation<'_, '_>, rule: RuleId, why: &str) {
    if docket.trace.is_some() {
        record(docket, situation, rule, false, Some(vec![why.to_owned()]));
    }
}

/// A rule by its lasting name and version.
pub fn rule_ref(pack: &Pack, rule: RuleId) -> RuleRef<'_> {
    RuleRef { id: pack.rule_name(rule), version: pack.raw().rules.versions.get(rule.index()).copied().unwrap_or(0) }
}
