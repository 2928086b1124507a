//! What a careful pharmacist would refuse in rules that name nothing wrongly: the rule as a whole.

use crate::clinical::severity::{Management, Severity};
use crate::clinical::time::Dated;
use crate::compile::classes::{Closures, members};
use crate::compile::complaint::classes::{
    allergen_unread, class_allergy_unread, class_unreachable, exception_idle, routes_empty, set_empty,
};
use crate::compile::complaint::rules::{
    author_absent, combination_unfit, contraindicated_without_precautions, drug_absent_for_allergen, evidence_absent,
    gate_absent, hit_absent, near_miss_absent, replaces_another_kind, replaces_in_a_circle, review_absent,
    rules_contradict, same_ingredient_twice, severity_absent, sides_alike, sides_overlap, sources_absent,
    subject_absent, too_many_participants, words_too_long,
};
use crate::compile::imply::bare_set;
use crate::compile::lower_rules::question;
use crate::compile::names::{Meant, Names};
use crate::compile::{imply, review_conditions, review_doses, review_modifiers, walk};
use crate::diagnostic::report::Diagnostic;
use crate::pack::prove_rules::SLOTS_MAX;
use crate::source::tree::{AllergenKind, AllergenSet, Body, DrugSet, Name, Policy, Rule, Slot, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// The longest words a card's summary takes for the risk and for the advice.
const RISK_CHARS_MAX: usize = 60;
const ADVICE_CHARS_MAX: usize = 70;

/// What a review reads.
#[derive(Clone, Copy, Debug)]
pub struct Review<'r, 't> {
    /// The tree.
    pub tree: &'t Tree,
    /// Everything named.
    pub names: &'r Names<'t>,
    /// Everything closed.
    pub closures: &'r Closures,
    /// For each ingredient, the dimensions in which products of it can be counted, as bits.
    pub dimensions: &'r [u8],
    /// The policy, where there is one.
    pub policy: Option<&'t Policy>,
}

/// Reviews every rule and every class.
pub fn review(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    for rule in review.names.rules.rows.iter().filter(|r| !review.names.is_broken(&r.id.value)) {
        identity(rule, complaints);
        drugs(review, rule, complaints);
        body(review, rule, complaints);
        shown(rule, complaints);
        review_conditions::review(review, rule, complaints);
        review_modifiers::review(review, rule, complaints);
        review_doses::review(review, rule, complaints);
    }
    replacements(review, complaints);
    contradictions(review, complaints);
    one_for_every_ingredient(review, complaints);
    reach(review, complaints);
    exceptions(review, complaints);
}

/// Who says so, since when, and how bad.
fn identity(rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    let outcome = &rule.outcome;
    if outcome.severity.is_none() && !outcome.silent {
        complaints.push(severity_absent(rule));
    }
    if outcome.evidence.is_none() {
        complaints.push(evidence_absent(rule));
    }
    if outcome.sources.is_empty() {
        complaints.push(sources_absent(rule));
    }
    if rule.author.is_none() {
        complaints.push(author_absent(rule));
    }
    if !rule.review.as_ref().is_some_and(|r| is_day(&r.value)) {
        complaints.push(review_absent(rule));
    }
    for outcome in walk::outcomes(rule) {
        let severity = outcome.severity.as_ref().or(rule.outcome.severity.as_ref());
        let management = outcome.management.as_ref().or(rule.outcome.management.as_ref());
        let worst = severity.is_some_and(|s| s.value == Severity::Contraindicated) && !outcome.silent;
        if let Some(management) = management.filter(|m| worst && m.value == Management::NoPrecautions) {
            complaints.push(contraindicated_without_precautions(management.span));
        }
        let mut long = |name: &Option<Name>, key: &str, most: usize| {
            if let Some(name) = name.as_ref().filter(|n| n.value.chars().count() > most) {
                complaints.push(words_too_long(name, key, name.value.chars().count(), most));
            }
        };
        long(&outcome.risk, "risk", RISK_CHARS_MAX);
        long(&outcome.advice, "advice", ADVICE_CHARS_MAX);
    }
}

/// Whether words are one day of the calendar as `YYYY-MM-DD`.
pub fn is_day(words: &str) -> bool {
    words.len() == 10 && Dated::parse(words).is_some()
}

/// Sets that hold nothing.
fn drugs(review: Review<'_, '_>, rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    for set in walk::drug_sets(rule) {
        if known(review, set) && members(review.names, review.closures, set).is_empty() {
            complaints.push(set_empty(set));
        }
        if !set.routes.is_unknown() && set.routes.0 & !set.except_routes.0 == 0 {
            complaints.push(routes_empty(set));
        }
    }
}

/// Whether every name of a set leads somewhere, to a class that is not empty itself: else it has been said already.
fn known(review: Review<'_, '_>, set: &DrugSet) -> bool {
    let class = |n: &Name| review.names.classes.get(&n.value).is_some_and(|c| !review.closures.members[c].is_empty());
    set.ingredients.iter().all(|n| review.names.ingredients.get(&n.value).is_some()) && set.classes.iter().all(class)
}

/// What each kind of rule must have.
fn body(review: Review<'_, '_>, rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    match &rule.body {
        Body::Pair { object, precipitant, mutual, .. } => {
            sides(review, rule, (object, precipitant), *mutual, complaints)
        }
        Body::Combination { slots, .. } => combination(review, rule, slots, complaints),
        Body::Allergy { same_ingredient: false, allergen, drug, .. } => match (allergen, drug) {
            (None, _) => complaints.push(subject_absent(rule, "which allergen is recorded")),
            (Some(AllergenSet::Drugs(_)), None) => complaints.push(subject_absent(rule, "which drugs react")),
            (Some(AllergenSet::Allergen(name)), None) => {
                let row = review.names.allergens.get(&name.value);
                let kind = row.map(|r| review.names.allergens.rows[r].kind.value);
                if kind.is_some_and(|k| k != AllergenKind::Excipient) {
                    complaints.push(drug_absent_for_allergen(rule, name));
                }
            }
            (Some(_), Some(_)) => {}
        },
        Body::Duplicate { same_ingredient: false, of: None, .. } => {
            complaints.push(subject_absent(rule, "of what"));
        }
        Body::Contraindication { .. } if rule.when.is_none() => complaints.push(gate_absent(rule)),
        _ => {}
    }
}

fn sides(
    review: Review<'_, '_>,
    rule: &Rule,
    (object, precipitant): (&DrugSet, &DrugSet),
    mutual: bool,
    complaints: &mut Vec<Diagnostic>,
) {
    let of = |set: &DrugSet| members(review.names, review.closures, set);
    let (first, second) = (of(object), of(precipitant));
    if first.is_empty() || second.is_empty() {
        return;
    }
    let nobody_meets = first.len() == 1 && first == second;
    let alike = first == second && bare_filters(object) == bare_filters(precipitant);
    if nobody_meets || (alike && !mutual) {
        complaints.push(sides_alike(rule, precipitant.span));
    } else if !mutual {
        let both: Vec<&str> = first
            .iter()
            .filter(|m| second.binary_search(m).is_ok())
            .map(|m| review.names.ingredients.rows[usize::from(*m)].name.value.as_str())
            .collect();
        if both.len() > 1 {
            complaints.push(sides_overlap(rule, &both));
        }
    }
}

/// A set with its filters alone.
fn bare_filters(set: &DrugSet) -> DrugSet {
    DrugSet { ingredients: Vec::new(), classes: Vec::new(), except: Vec::new(), ..bare_set(set) }
}

fn combination(review: Review<'_, '_>, rule: &Rule, slots: &[Slot], complaints: &mut Vec<Diagnostic>) {
    let most = usize::from(SLOTS_MAX);
    if slots.len() > most {
        complaints.push(too_many_participants(rule, slots.len(), most));
    }
    let total: u32 = slots.iter().map(|s| u32::from(s.count.value)).sum();
    if total < 2 {
        complaints.push(combination_unfit(rule, rule.id.span));
    }
    for slot in slots {
        let members = members(review.names, review.closures, &slot.drugs).len();
        let too_few = members > 0 && members < usize::from(slot.count.value);
        if slot.count.value == 0 || too_few {
            complaints.push(combination_unfit(rule, slot.count.span));
        }
    }
}

/// Hits and near misses: a rule's own cases count, and those of other rules are theirs.
fn shown(rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    let hits = |expect: &[Name]| expect.iter().any(|e| e.value.split_whitespace().next() == Some(&rule.id.value));
    let hit = rule.cases.iter().any(|c| hits(&c.expect));
    let near_miss = rule.cases.iter().any(|c| hits(&c.expect_not));
    if !hit {
        complaints.push(hit_absent(rule));
    } else if !near_miss {
        complaints.push(near_miss_absent(rule));
    }
}

/// Rules stand in for rules of their own kind, and never for each other.
fn replacements(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    let rules = &review.names.rules;
    let mut graph = petgraph::graph::DiGraph::<(), ()>::new();
    let nodes: Vec<_> = rules.rows.iter().map(|_| graph.add_node(())).collect();
    for (n, rule) in rules.rows.iter().enumerate() {
        for replaced in &rule.replaces {
            let Some(other) = rules.get(&replaced.value) else { continue };
            graph.update_edge(nodes[n], nodes[other], ());
            if question(rules.rows[other]) != question(rule) {
                complaints.push(replaces_another_kind(replaced));
            }
        }
    }
    for circle in crate::compile::classes::order(&graph).1 {
        complaints.push(replaces_in_a_circle(review.names, &circle));
    }
}

/// Rules about the same drugs under the same gate that differ in severity, where neither replaces the other.
fn contradictions(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    let mut alike: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in &review.names.rules.rows {
        let gate = rule.when.as_ref().map(|w| imply::bare(&w.test));
        let key = format!("{:?} {} {gate:?}", question(rule), about(review, rule));
        alike.entry(key).or_default().push(rule);
    }
    for rules in alike.into_values() {
        for (n, first) in rules.iter().enumerate() {
            for second in &rules[n + 1..] {
                let severity = |r: &Rule| (r.outcome.silent, r.outcome.severity.as_ref().map(|s| s.value));
                let replaces = |a: &Rule, b: &Rule| a.replaces.iter().any(|r| r.value == b.id.value);
                if severity(first) != severity(second) && !replaces(first, second) && !replaces(second, first) {
                    complaints.push(rules_contradict(first, second));
                }
            }
        }
    }
}

/// What a rule is about, so that two rules about the same have equal words.
fn about(review: Review<'_, '_>, rule: &Rule) -> String {
    let set = |set: &DrugSet| {
        let mut forms = set.forms.clone();
        forms.sort();
        let members = members(review.names, review.closures, set);
        format!("{members:?} {:?} {:?} {forms:?}", set.routes, set.except_routes)
    };
    let mut sets: Vec<String> = match &rule.body {
        Body::Combination { slots, .. } => {
            slots.iter().map(|s| format!("{} {} {}", s.role, s.count.value, set(&s.drugs))).collect()
        }
        _ => walk::participants(rule).into_iter().map(set).collect(),
    };
    match &rule.body {
        Body::Pair { mutual: true, .. } | Body::Combination { .. } => sets.sort(),
        Body::Allergy { same_ingredient, allergen: Some(AllergenSet::Allergen(name)), .. } => {
            sets.push(format!("{same_ingredient} {}", name.value));
        }
        _ => {}
    }
    sets.join(" / ")
}

/// One rule at most says `same-ingredient` of each kind.
fn one_for_every_ingredient(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    let allergy = |r: &&&Rule| matches!(r.body, Body::Allergy { same_ingredient: true, .. });
    let duplicate = |r: &&&Rule| matches!(r.body, Body::Duplicate { same_ingredient: true, .. });
    let rows = &review.names.rules.rows;
    let kinds: [Vec<&&Rule>; 2] = [rows.iter().filter(allergy).collect(), rows.iter().filter(duplicate).collect()];
    for kind in kinds {
        if let [first, more @ ..] = kind.as_slice() {
            complaints.extend(more.iter().map(|second| same_ingredient_twice(first, second)));
        }
    }
}

/// Classes no rule reads, and recorded allergies that lead nowhere.
fn reach(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    let (names, closures) = (review.names, review.closures);
    let mut named: BTreeSet<u16> = BTreeSet::new();
    let mut recorded: Vec<Vec<u16>> = Vec::new();
    let (mut recorded_classes, mut allergens): (BTreeSet<u16>, BTreeSet<&str>) = Default::default();
    for rule in &names.rules.rows {
        for set in walk::drug_sets(rule) {
            let classes = set.classes.iter().chain(&set.except).filter_map(|n| names.classes.id(&n.value));
            classes.for_each(|c| named.extend(&closures.below[usize::from(c)]));
        }
        match &rule.body {
            Body::Allergy { allergen: Some(AllergenSet::Drugs(set)), .. } => {
                recorded_classes.extend(set.classes.iter().filter_map(|n| names.classes.id(&n.value)));
                recorded.push(members(names, closures, set));
            }
            Body::Allergy { allergen: Some(AllergenSet::Allergen(name)), .. } => {
                allergens.insert(&name.value);
            }
            _ => {}
        }
    }
    for (n, class) in names.classes.rows.iter().enumerate() {
        let own = &closures.members[n];
        let coded = !class.codes.is_empty() || !class.allergy_codes.is_empty();
        let within = |set: &Vec<u16>| own.iter().all(|m| set.binary_search(m).is_ok());
        let read = recorded_classes.contains(&(n as u16)) || recorded.iter().any(within);
        if own.is_empty() {
            continue;
        }
        if coded && !read {
            complaints.push(class_allergy_unread(class));
        }
        let reached = named.contains(&(n as u16)) || (coded && read) || stands_for(review, &class.name.value);
        if !reached {
            complaints.push(class_unreachable(class));
        }
    }
    for allergen in &names.allergens.rows {
        let to_be_read = matches!(allergen.kind.value, AllergenKind::Unspecified | AllergenKind::Excipient);
        if to_be_read && allergen.means.is_none() && !allergens.contains(allergen.name.value.as_str()) {
            complaints.push(allergen_unread(allergen));
        }
    }
}

/// Whether an unspecified allergen stands for a class.
fn stands_for(review: Review<'_, '_>, class: &str) -> bool {
    review.names.allergens.rows.iter().any(|a| a.class.as_ref().is_some_and(|c| c.value == class))
}

/// Exceptions that take nothing out.
fn exceptions(review: Review<'_, '_>, complaints: &mut Vec<Diagnostic>) {
    let mut look = |ingredients: &[Name], classes: &[Name], except: &[Name]| {
        let set = DrugSet { ingredients: ingredients.to_vec(), classes: classes.to_vec(), ..DrugSet::default() };
        let all = members(review.names, review.closures, &set);
        for name in except {
            let meant = review.names.drugs_meant(&name.value);
            let takes = meant.iter().any(|m| match m {
                Meant::Ingredient(id) => all.binary_search(id).is_ok(),
                Meant::Class(id) => {
                    review.closures.members[usize::from(*id)].iter().any(|m| all.binary_search(m).is_ok())
                }
                Meant::Allergen(_) => false,
            });
            if !meant.is_empty() && !takes {
                complaints.push(exception_idle(name));
            }
        }
    };
    let filled = |n: usize| !review.closures.members[n].is_empty();
    for (_, class) in review.names.classes.rows.iter().enumerate().filter(|(n, _)| filled(*n)) {
        look(&class.ingredients, &class.classes, &class.except);
    }
    for rule in &review.names.rules.rows {
        for set in walk::drug_sets(rule) {
            look(&set.ingredients, &set.classes, &set.except);
        }
    }
}
