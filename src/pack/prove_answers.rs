//! Proof of what each question reads: combinations, allergies, doses, duplicates, contraindications.

use crate::clinical::severity::Question;
use crate::pack::ids::NONE;
use crate::pack::proof::{Proof, Table, texts};
use crate::pack::prove_rules::SLOTS_MAX;
use crate::pack::prove_terms::THINGS;
use crate::pack::tables::RawPack;

/// Proves the tables of the checks.
pub fn prove(raw: &RawPack) -> Proof {
    combinations(raw)?;
    allergies(raw)?;
    doses(raw)?;
    limits(raw)?;
    duplicates(raw)?;
    let table = Table("contraindications");
    table.ascending_list(&raw.contraindications, raw.ingredients.names.len(), raw.rules.names.len())?;
    asks(raw, table, &raw.contraindications.items, Question::Contraindication)?;
    let gate = |rule: &u32| raw.rules.gates[*rule as usize] == NONE;
    match raw.contraindications.items.iter().position(gate) {
        Some(row) => table.bad("items", row, i128::from(raw.contraindications.items[row]), 0),
        None => Ok(()),
    }
}

/// Every rule named answers the question of the table that names it.
fn asks(raw: &RawPack, table: Table, rules: &[u32], question: Question) -> Proof {
    table.ids(rules.iter().copied(), raw.rules.names.len())?;
    let other = |rule: &u32| raw.rules.questions[*rule as usize] != question as u8;
    match rules.iter().position(other) {
        Some(row) => table.bad("rules", row, i128::from(rules[row]), question as i128),
        None => Ok(()),
    }
}

fn combinations(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("combinations"), &raw.combinations);
    let (rows, slots) = (columns.rules.len(), columns.slot_sets.len());
    asks(raw, table, &columns.rules, Question::Interaction)?;
    table.starts(&columns.slot_starts, rows, slots)?;
    table.lengths(slots, &[("slot_counts", columns.slot_counts.len()), ("slot_roles", columns.slot_roles.len())])?;
    table.ids(columns.slot_sets.iter().copied(), raw.drug_sets.titles.len())?;
    table.below("slot_roles", &columns.slot_roles, 3, None)?;
    if let Some(row) = columns.slot_counts.iter().position(|c| *c == 0) {
        return table.bad("slot_counts", row, 0, 1);
    }
    for row in 0..rows {
        let slots = columns.slot_starts[row + 1] - columns.slot_starts[row];
        if slots == 0 || slots > u32::from(SLOTS_MAX) {
            return table.bad("slot_starts", row, i128::from(slots), i128::from(SLOTS_MAX));
        }
    }
    table.ascending_list(&columns.by_ingredient, raw.ingredients.names.len(), rows)
}

fn allergies(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("allergies"), &raw.allergies);
    let (rules, rows) = (raw.rules.names.len(), columns.crossing_rules.len());
    let same = [columns.same_ingredient];
    let same = if columns.same_ingredient == NONE { &same[..0] } else { &same[..] };
    asks(raw, table, same, Question::Allergy)?;
    table.lengths(rows, &[("crossing_ingredients", columns.crossing_ingredients.len())])?;
    asks(raw, table, &columns.crossing_rules, Question::Allergy)?;
    table.short_ids_or_none(&columns.crossing_ingredients, raw.ingredients.names.len())?;
    table.never_falls(&columns.crossing_ingredients)?;
    table.ascending_list(&columns.by_ingredient, raw.ingredients.names.len(), rows)?;
    table.ascending_list(&columns.by_class, raw.classes.names.len(), rows)?;
    table.ascending_list(&columns.by_allergen, raw.allergens.names.len(), rows)?;
    table.lengths(rules, &[("tiers", columns.tiers.len())])?;
    table.below("tiers", &columns.tiers, 6, Some(255))?;
    for rule in 0..rules {
        let tier = columns.tiers[rule];
        if (tier == 255) == (raw.rules.questions[rule] == Question::Allergy as u8) {
            return table.bad("tiers", rule, i128::from(tier), 6);
        }
    }
    let sets = Table("reaction_sets");
    sets.ascending_list(&columns.reaction_sets, columns.reaction_sets.rows(), raw.reactions.names.len())
}

fn doses(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("doses"), &raw.doses);
    let (rows, bands) = (columns.rules.len(), columns.band_names.len());
    asks(raw, table, &columns.rules, Question::Dose)?;
    table.lengths(
        rows,
        &[("sets", columns.sets.len()), ("salts", columns.salts.len()), ("weights", columns.weights.len())],
    )?;
    table.below("weights", &columns.weights, 2, None)?;
    table.ids(columns.sets.iter().copied(), raw.drug_sets.titles.len())?;
    table.short_ids_or_none(&columns.salts, raw.ingredients.salt_names.len())?;
    table.ascending_list(&columns.by_ingredient, raw.ingredients.names.len(), rows)?;
    table.starts(&columns.band_starts, rows, bands)?;
    table.lengths(
        bands,
        &[("band_conditions", columns.band_conditions.len()), ("band_missing", columns.band_missing.len())],
    )?;
    table.ids(columns.band_names.iter().copied(), texts(&raw.text))?;
    table.ids_or_none(&columns.band_conditions, raw.conditions.kinds.len())?;
    table.below("band_missing", &columns.band_missing, 3, None)?;
    table.starts(&columns.limit_starts, bands, columns.limit_kinds.len())?;
    let sums = columns.equivalent_sets.len();
    table.lengths(rows, &[("equivalent_words", columns.equivalent_words.len())])?;
    table.ids_or_none(&columns.equivalent_words, texts(&raw.text))?;
    table.starts(&columns.equivalent_starts, rows, sums)?;
    table.lengths(
        sums,
        &[
            ("equivalent_numerators", columns.equivalent_numerators.len()),
            ("equivalent_denominators", columns.equivalent_denominators.len()),
        ],
    )?;
    table.ids(columns.equivalent_sets.iter().copied(), raw.drug_sets.titles.len())?;
    table.positive("equivalent_numerators", &columns.equivalent_numerators)?;
    table.positive("equivalent_denominators", &columns.equivalent_denominators)
}

fn limits(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("dose limits"), &raw.doses);
    table.lengths(
        columns.limit_kinds.len(),
        &[
            ("limit_strictness", columns.limit_strictness.len()),
            ("limit_dimensions", columns.limit_dimensions.len()),
            ("limit_per_body", columns.limit_per_body.len()),
            ("limit_things", columns.limit_things.len()),
            ("limit_numerators", columns.limit_numerators.len()),
            ("limit_denominators", columns.limit_denominators.len()),
            ("limit_outcomes", columns.limit_outcomes.len()),
        ],
    )?;
    table.below("limit_kinds", &columns.limit_kinds, 10, None)?;
    table.below("limit_strictness", &columns.limit_strictness, 2, None)?;
    table.below("limit_dimensions", &columns.limit_dimensions, 9, None)?;
    table.below("limit_per_body", &columns.limit_per_body, 3, None)?;
    table.below("limit_things", &columns.limit_things, THINGS, None)?;
    table.not_negative("limit_numerators", &columns.limit_numerators)?;
    table.positive("limit_denominators", &columns.limit_denominators)?;
    for (row, (kind, dimension)) in columns.limit_kinds.iter().zip(columns.limit_dimensions.iter()).enumerate() {
        let fits = match kind {
            4 => *dimension == 7,
            5 | 6 => *dimension == 8,
            _ => *dimension < 6,
        };
        if !fits {
            return table.bad("limit_dimensions", row, i128::from(*dimension), i128::from(*kind));
        }
    }
    table.ids(columns.limit_outcomes.iter().copied(), raw.outcomes.severities.len())
}

fn duplicates(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("duplicates"), &raw.duplicates);
    let rows = columns.rules.len();
    let same = [columns.same_ingredient];
    let same = if columns.same_ingredient == NONE { &same[..0] } else { &same[..] };
    asks(raw, table, same, Question::Duplicate)?;
    asks(raw, table, &columns.rules, Question::Duplicate)?;
    table.lengths(rows, &[("sets", columns.sets.len()), ("allowed", columns.allowed.len())])?;
    table.ids(columns.sets.iter().copied(), raw.drug_sets.titles.len())?;
    table.ascending_list(&columns.by_ingredient, raw.ingredients.names.len(), rows)
}
