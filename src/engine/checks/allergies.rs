//! Allergy check: each recorded allergy against each ingredient and excipient of the exposures asked about.

use crate::clinical::chart::{AllergyStatus, Entry, Focus, Receipt, Standing};
use crate::clinical::severity::Question;
use crate::engine::bound::{Allergen, Bound, BoundAllergy};
use crate::engine::condition::{Missing, Situation};
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, GapKind, Role};
use crate::engine::judge_rule::{Gate, judge};
use crate::engine::scope::{Scope, is_ending, is_quiet};
use crate::engine::trace::stopped;
use crate::pack::ids::{IngredientId, NONE, NONE16, RuleId};
use crate::pack::tables::AllergyTable;

/// Raises same-ingredient, cross-reactivity and excipient rules; tiers are sorted out when the docket is settled.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    for &subject in &scope.subjects {
        if is_ending(&bound.exposures[subject as usize]) {
            continue;
        }
        mark(docket, bound, subject);
        for (index, allergy) in (0u32..).zip(&bound.allergies) {
            if is_asked(bound, allergy) {
                meet(docket, bound, subject, index, allergy);
            }
        }
    }
}

/// Whether the call asks about an allergy: all of them, or only the one just recorded.
pub fn is_asked(bound: &Bound<'_>, allergy: &BoundAllergy) -> bool {
    bound.chart.focus != Focus::NewAllergy
        || bound.chart.allergies.get(allergy.index as usize).is_some_and(|a| a.in_hand)
}

fn mark(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32) {
    if bound.exposures[subject as usize].parts.is_empty() {
        return;
    }
    let table = &docket.pack.raw().allergies;
    let no_rules = table.same_ingredient == NONE && table.crossing_rules.is_empty();
    let chart = bound.chart;
    let unheard = match (chart.allergy_status, &chart.received.allergies) {
        (_, Receipt::Failed(_) | Receipt::Late | Receipt::Partial) | (AllergyStatus::NotAsked, _) => true,
        (AllergyStatus::NoneKnown | AllergyStatus::Recorded, Receipt::Complete | Receipt::NotSent) => false,
    };
    let cell = match (no_rules, unheard) {
        (true, _) => Cell::NoRule,
        (false, true) => Cell::DataMissing,
        (false, false) => Cell::Checked,
    };
    docket.mark(subject, Question::Allergy, cell);
    let impossible = chart.received.allergies != Receipt::Complete;
    if impossible && chart.allergy_status != AllergyStatus::NoneKnown {
        say_impossible(docket, bound, subject);
    }
}

/// A rule that no override may quiet speaks of this order, and the allergies did not come: that deserves a card.
fn say_impossible(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32) {
    let table = &docket.pack.raw().allergies;
    let exposure = &bound.exposures[subject as usize];
    if exposure.standing == Standing::Existing {
        return;
    }
    let crossings = table.crossing_ingredients.iter().zip(table.crossing_rules.iter());
    let speaks = |(ingredient, rule): &(&u16, &u32)| {
        exposure.holds(IngredientId(**ingredient)) && docket.never_silence(RuleId(**rule))
    };
    let Some((_, rule)) = crossings.into_iter().find(speaks) else { return };
    let words = String::from("the patient's allergies");
    let datum = Missing { entry: exposure.entry(), kind: GapKind::Missing, words };
    docket.wanted(RuleId(*rule), exposure.entry(), true, datum);
}

/// One allergy against one exposure: by every code the allergy has, every part and every excipient.
fn meet(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32, index: u32, allergy: &BoundAllergy) {
    let pack = docket.pack;
    let table = &pack.raw().allergies;
    let exposure = &bound.exposures[subject as usize];
    for allergen in &allergy.allergens {
        let crossings = match allergen {
            Allergen::Ingredient(i) => table.by_ingredient.row(i.index()),
            Allergen::Class(c) => table.by_class.row(c.index()),
            Allergen::Other(o) => table.by_allergen.row(o.index()),
        };
        for (n, part) in exposure.parts.iter().enumerate() {
            if exposure.parts[..n].iter().any(|p| p.ingredient == part.ingredient) {
                continue;
            }
            if *allergen == Allergen::Ingredient(part.ingredient) && table.same_ingredient != NONE {
                let rule = RuleId(table.same_ingredient);
                weigh(docket, bound, (subject, part.ingredient), (index, *allergen), rule);
            }
            for rule in crossing_to(table, crossings, part.ingredient.0) {
                weigh(docket, bound, (subject, part.ingredient), (index, *allergen), rule);
            }
        }
        let Allergen::Other(other) = allergen else { continue };
        let held = exposure.product.map_or(&[][..], |p| pack.raw().products.excipients.row(p.index()));
        if held.contains(&other.0) {
            let by = exposure.parts.first().map_or(IngredientId(NONE16), |p| p.ingredient);
            for rule in crossing_to(table, crossings, NONE16) {
                weigh(docket, bound, (subject, by), (index, *allergen), rule);
            }
        }
    }
}

/// The rules by which a row of crossings reaches an ingredient.
///
/// INVARIANT (proved by `verify`): the row ascends, and so do the ingredients of the crossings, so those of one ingredient
/// stand together in it.
fn crossing_to<'t>(
    table: &'t AllergyTable,
    crossings: &'t [u32],
    ingredient: u16,
) -> impl Iterator<Item = RuleId> + use<'t> {
    let of = |crossing: &u32| table.crossing_ingredients[*crossing as usize];
    let from = crossings.partition_point(|crossing| of(crossing) < ingredient);
    let reached = crossings[from..].iter().take_while(move |crossing| of(crossing) == ingredient);
    reached.map(|crossing| RuleId(table.crossing_rules[*crossing as usize]))
}

fn weigh(
    docket: &mut Docket<'_>,
    bound: &Bound<'_>,
    (subject, ingredient): (u32, IngredientId),
    (index, allergen): (u32, Allergen),
    rule: RuleId,
) {
    let allergy = &bound.allergies[index as usize];
    let exposure = &bound.exposures[subject as usize];
    let situation = Situation {
        bound,
        participants: &[subject],
        roles: &[Role::Drug],
        ordered: 0,
        allergy: Some(index),
        ingredients: &[ingredient],
    };
    let raw = docket.pack.raw();
    let set = raw.rules.precipitant_sets.get(rule.index()).copied().unwrap_or(NONE);
    if set != NONE && !drug_set::matches(docket.pack, set, exposure, ingredient) {
        stopped(docket, &situation, rule, "route or form: not one that the rule speaks of");
        return;
    }
    let tier = raw.allergies.tiers.get(rule.index()).copied().unwrap_or(u8::MAX);
    let (gate, judged) = judge(docket, &situation, rule, allergy.severe_delayed);
    if gate == Gate::Unanswered {
        docket.mark(subject, Question::Allergy, Cell::DataMissing);
    }
    let Some(judged) = judged else { return };
    // An allergy just recorded is the order of the day: what is taken may interrupt for it.
    let quiet = bound.chart.focus != Focus::NewAllergy && is_quiet(bound, [subject]);
    let taker = Taker { exposure: subject, ingredient, role: Role::Drug };
    let raised = Raised::new(Question::Allergy, rule, judged.outcome, &[taker], 0);
    docket.raised.push(Raised { held: judged.held, allergy: Some((index, allergen)), tier, quiet, ..raised });
}

/// The entry of a bound allergy.
pub fn entry(bound: &Bound<'_>, index: u32) -> Entry {
    Entry::Allergy(bound.allergies.get(index as usize).map_or(0, |a| a.index))
}
