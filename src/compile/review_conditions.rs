//! Review of conditions: what is asked must be askable, comparable, and decided for the day its datum is missing.

use crate::clinical::exact::Exact;
use crate::compile::classes::members;
use crate::compile::complaint::conditions::{
    asked_elsewhere, asks_nothing, dose_unit_unfit, missing_unsaid, nobody_asked, number_unfit, range_empty, too_deep,
    unit_unknown,
};
use crate::compile::conditions::in_lab_unit;
use crate::compile::imply::comparison;
use crate::compile::review::Review;
use crate::compile::review_doses::{dimension_word, strengths};
use crate::compile::walk::{self, Asked};
use crate::compile::words;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::pack::prove_rules::CONDITION_DEPTH_MAX;
use crate::source::tree::{Body, Name, Rule};
use crate::source::tree_condition::{About, Comparison, Condition, Test};

/// Reviews every condition of a rule.
pub fn review(review: Review<'_, '_>, rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    for asked in walk::conditions(rule) {
        missing_said(asked, complaints);
        if depth(asked.condition) > u32::from(CONDITION_DEPTH_MAX) {
            complaints.push(too_deep(asked.condition.span, CONDITION_DEPTH_MAX));
        }
        let mut tests = Vec::new();
        walk::tests(asked.condition, &mut |test, span| tests.push((test, span)));
        for (test, span) in tests {
            askable(rule, test, span, complaints);
            comparable(review, rule, test, span, complaints);
        }
    }
}

fn depth(condition: &Condition) -> u32 {
    let inner: &[Condition] = match &condition.test {
        Test::All(inner) | Test::Any(inner) => inner,
        Test::Not(inner) => std::slice::from_ref(inner),
        _ => &[],
    };
    inner.iter().map(depth).max().map_or(0, |d| d + 1)
}

/// A condition that reads the patient says what happens when the datum is missing.
fn missing_said(asked: Asked<'_>, complaints: &mut Vec<Diagnostic>) {
    if asked.missing.is_some() {
        return;
    }
    let mut datum = None;
    walk::tests(asked.condition, &mut |test, _| datum = datum.take().or_else(|| patient_datum(test)));
    if let Some(datum) = datum {
        complaints.push(missing_unsaid(asked.condition.span, asked.place, &datum));
    }
}

/// What a test reads of the patient, in words; `None` when it reads only orders or records.
pub fn patient_datum(test: &Test) -> Option<String> {
    Some(match test {
        Test::Age { .. } => String::from("the age"),
        Test::Sex(_) => String::from("the sex"),
        Test::Weight(_) => String::from("the weight"),
        Test::Clearance { .. } => String::from("the creatinine clearance"),
        Test::Egfr { .. } => String::from("the eGFR"),
        Test::Dialysis => String::from("a statement of dialysis"),
        Test::AcuteKidneyInjury => String::from("a statement of kidney injury"),
        Test::Lab { lab, comparison: Some(_), .. } => format!("`{}`", lab.value),
        Test::Problem { .. } => String::from("the problem list"),
        Test::Taking { .. } => String::from("the medication list"),
        Test::Pregnant(_) => String::from("a statement of pregnancy"),
        Test::Gestation(_) => String::from("the weeks of a pregnancy"),
        Test::Breastfeeding => String::from("a statement of breastfeeding"),
        Test::AllergyTo(_) => String::from("the allergy list"),
        Test::Indication { .. } => String::from("the indication"),
        Test::Reaction(_) => String::from("the manifestation"),
        Test::AllergyKind(_) => String::from("the kind of allergy"),
        Test::Criticality(_) => String::from("the criticality"),
        Test::ReactionSeverity(_) => String::from("the severity of the reaction"),
        _ => return None,
    })
}

/// What is asked exists in this kind of rule, and whom it is asked of takes part in it.
fn askable(rule: &Rule, test: &Test, span: Span, complaints: &mut Vec<Diagnostic>) {
    if let Test::All(inner) | Test::Any(inner) = test
        && inner.is_empty()
    {
        complaints.push(asks_nothing(span));
    }
    let allergy = matches!(
        test,
        Test::Reaction(_)
            | Test::AllergyKind(_)
            | Test::Criticality(_)
            | Test::Verification(_)
            | Test::ReactionSeverity(_)
            | Test::Tolerated
    );
    let duplicate =
        matches!(test, Test::RoutesDiffer | Test::StrengthsDiffer | Test::SettingsDiffer | Test::SameProduct);
    if allergy && !matches!(rule.body, Body::Allergy { .. }) {
        complaints.push(asked_elsewhere(span, &words::test(test), "allergy"));
    }
    if duplicate && !matches!(rule.body, Body::Duplicate { .. }) {
        complaints.push(asked_elsewhere(span, &words::test(test), "duplicate"));
    }
    let several = matches!(rule.body, Body::Pair { .. } | Body::Combination { .. } | Body::Duplicate { .. });
    if matches!(test, Test::Apart { .. }) && !several {
        complaints.push(asked_elsewhere(span, &words::test(test), "interaction or duplicate"));
    }
    if let Some(of) = whom(test)
        && !takes_part(rule, test, of)
    {
        complaints.push(nobody_asked(span, &of_word(of), allowed(rule)));
    }
}

fn whom(test: &Test) -> Option<About> {
    match test {
        Test::Route { of, .. }
        | Test::Form { of, .. }
        | Test::Setting { of, .. }
        | Test::Dose { of, .. }
        | Test::Duration { of, .. }
        | Test::TakenFor { of, .. }
        | Test::Apart { of, .. }
        | Test::Change { of, .. }
        | Test::Ordered { of }
        | Test::AsNeeded { of }
        | Test::OneTime { of }
        | Test::Indication { of, .. } => Some(*of),
        _ => None,
    }
}

fn takes_part(rule: &Rule, test: &Test, of: About) -> bool {
    match (of, &rule.body) {
        (About::Patient, _) => matches!(test, Test::Setting { .. }),
        (About::Ordered | About::First | About::Any, _) => true,
        (About::Other, body) => {
            matches!(body, Body::Pair { .. } | Body::Combination { .. } | Body::Duplicate { .. })
        }
        (About::Object | About::Precipitant, Body::Pair { mutual, .. }) => !mutual,
        (About::Object, Body::Combination { slots, .. }) => slots.iter().any(|s| s.role == 0),
        (About::Precipitant, Body::Combination { slots, .. }) => slots.iter().any(|s| s.role == 1),
        (About::Slot(n), Body::Pair { .. }) => n < 2,
        (About::Slot(n), Body::Combination { slots, .. }) => {
            u32::from(n) < slots.iter().map(|s| u32::from(s.count.value)).sum()
        }
        (About::Object | About::Precipitant | About::Slot(_), _) => false,
    }
}

fn of_word(of: About) -> String {
    match of {
        About::Ordered => String::from("\"ordered\""),
        About::Other => String::from("\"other\""),
        About::Object => String::from("\"object\""),
        About::Precipitant => String::from("\"precipitant\""),
        About::First => String::from("\"first\""),
        About::Any => String::from("\"any\""),
        About::Patient => String::from("\"patient\""),
        About::Slot(n) => n.to_string(),
    }
}

fn allowed(rule: &Rule) -> &'static str {
    match &rule.body {
        Body::Pair { mutual: false, .. } => "`ordered`, `other`, `object`, `precipitant`, `first`, `any`",
        Body::Pair { .. } | Body::Duplicate { .. } => "`ordered`, `other`, `first`, `any`",
        Body::Combination { .. } => "`ordered`, `other`, `any`, or the number of a participant, from 0",
        _ => "`ordered`, `any`",
    }
}

/// Numbers that can be met, in units that compare.
fn comparable(review: Review<'_, '_>, rule: &Rule, test: &Test, span: Span, complaints: &mut Vec<Diagnostic>) {
    if let Some(comparison) = comparison(test)
        && is_empty(comparison)
    {
        complaints.push(range_empty(span, &words::test(test)));
    }
    match test {
        Test::Lab { lab, comparison: Some((comparison, unit)), .. } => {
            lab_unit(review, lab, comparison, unit, complaints)
        }
        Test::Dose { dimension, .. } => {
            let drugs = walk::participants(rule);
            let drugs: Vec<u16> =
                drugs.into_iter().flat_map(|set| members(review.names, review.closures, set)).collect();
            let found = strengths(review, &drugs);
            if !found.is_empty() && *dimension < 5 && !found.contains(dimension) {
                let units: Vec<&str> = found.iter().map(|d| dimension_word(*d)).collect();
                complaints.push(dose_unit_unfit(span, dimension_word(*dimension), &units.join(" or ")));
            }
        }
        _ => {}
    }
}

fn lab_unit(
    review: Review<'_, '_>,
    lab: &Name,
    comparison: &Comparison,
    unit: &Name,
    complaints: &mut Vec<Diagnostic>,
) {
    let Some(row) = review.names.labs.get(&lab.value) else { return };
    let lab = review.names.labs.rows[row];
    if in_lab_unit(lab, comparison, unit).is_none() {
        let known = unit.value == lab.unit.value || lab.convert.iter().any(|(u, _)| u.value == unit.value);
        complaints.push(if known { number_unfit(unit.span) } else { unit_unknown(lab, unit) });
    }
}

/// Nothing measured is below nothing; a range goes upward.
fn is_empty(comparison: &Comparison) -> bool {
    let zero = Exact::ZERO;
    match comparison.operator {
        0 => comparison.low <= zero,
        1 | 2 => comparison.low < zero,
        5 => comparison.low > comparison.high,
        _ => false,
    }
}
