//! Walking a rule: every condition it asks, every set of drugs it names.

use crate::diagnostic::report::Span;
use crate::source::tree::{AllergenSet, Body, DrugSet, Missing, Outcome, Rule, Written};
use crate::source::tree_condition::{Condition, Test};

/// Where a condition stands in its rule.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'t> {
    /// The condition.
    pub condition: &'t Condition,
    /// What its author says of a missing datum.
    pub missing: Option<&'t Written<Missing>>,
    /// `gate`, `modifier` or `band`.
    pub place: &'static str,
}

/// Every condition of a rule with the place it stands in: gate, modifiers, dose bands.
pub fn conditions(rule: &Rule) -> Vec<Asked<'_>> {
    let gate = rule.when.iter().map(|c| Asked { condition: c, missing: rule.missing.as_ref(), place: "rule" });
    let modifiers =
        rule.modifiers.iter().map(|m| Asked { condition: &m.when, missing: m.missing.as_ref(), place: "modifier" });
    let mut asked: Vec<Asked<'_>> = gate.chain(modifiers).collect();
    if let Body::Dose { bands, .. } = &rule.body {
        asked.extend(bands.iter().filter_map(|b| {
            b.when.as_ref().map(|c| Asked { condition: c, missing: b.missing.as_ref(), place: "band" })
        }));
    }
    asked
}

/// Calls for a condition and every condition inside it, outermost first.
pub fn tests<'t>(condition: &'t Condition, visit: &mut dyn FnMut(&'t Test, Span)) {
    visit(&condition.test, condition.span);
    match &condition.test {
        Test::All(inner) | Test::Any(inner) => inner.iter().for_each(|c| tests(c, visit)),
        Test::Not(inner) => tests(inner, visit),
        _ => {}
    }
}

/// The sets of drugs a rule is about: its participants.
pub fn participants(rule: &Rule) -> Vec<&DrugSet> {
    match &rule.body {
        Body::Pair { object, precipitant, .. } => vec![object, precipitant],
        Body::Combination { slots, .. } => slots.iter().map(|s| &s.drugs).collect(),
        Body::Allergy { allergen, drug, .. } => {
            let recorded = match allergen {
                Some(AllergenSet::Drugs(drugs)) => Some(drugs),
                _ => None,
            };
            recorded.into_iter().chain(drug).collect()
        }
        Body::Dose { equivalents: Some(several), .. } => several.each.iter().map(|e| &e.drugs).collect(),
        Body::Dose { drug, .. } | Body::Contraindication { drug } => vec![drug],
        Body::Duplicate { of, .. } => of.iter().collect(),
    }
}

/// Every set of drugs a rule names, those inside its conditions too.
pub fn drug_sets(rule: &Rule) -> Vec<&DrugSet> {
    let mut sets = participants(rule);
    for asked in conditions(rule) {
        tests(asked.condition, &mut |test, _| {
            if let Test::Taking { drugs, .. } | Test::AllergyTo(drugs) = test {
                sets.push(drugs);
            }
        });
    }
    sets
}

/// Every outcome a rule may speak with: its own, its modifiers', its limits'.
pub fn outcomes(rule: &Rule) -> Vec<&Outcome> {
    let mut outcomes = vec![&rule.outcome];
    outcomes.extend(rule.modifiers.iter().map(|m| &m.outcome));
    if let Body::Dose { bands, .. } = &rule.body {
        outcomes.extend(bands.iter().flat_map(|b| &b.limits).map(|l| &l.outcome));
    }
    outcomes
}
