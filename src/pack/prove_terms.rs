//! Proof of the terminology: texts, codes, ingredients, products, classes, problems, labs, reactions, allergens.

use crate::clinical::form::Form;
use crate::clinical::route::Route;
use crate::pack::ids::NONE16;
use crate::pack::proof::{Proof, Table, text, text_bytes, texts};
use crate::pack::tables::{AllergenTarget, CodeTable, DrugTarget, NamedTable, RawPack};
use crate::pack::verify::PackError;

/// How many things a count may be of.
pub const THINGS: u8 = 12;
/// How many systems the product knows by heart.
const SYSTEMS: u8 = 7;

/// Proves the terminology.
pub fn prove(raw: &RawPack) -> Proof {
    text(&raw.text)?;
    ingredients(raw)?;
    products(raw)?;
    classes(raw)?;
    named(raw, "problems", &raw.problems, 1)?;
    named(raw, "reactions", &raw.reactions, 2)?;
    named(raw, "allergens", &raw.allergens, 4)?;
    named(raw, "effects", &raw.effects, 1)?;
    let table = Table("allergen_classes");
    table.lengths(raw.allergens.names.len(), &[("classes", raw.allergen_classes.len())])?;
    table.short_ids_or_none(&raw.allergen_classes, raw.classes.names.len())?;
    labs(raw)?;
    let sets = Table("problem_sets");
    sets.ascending_list(&raw.problem_sets, raw.problem_sets.rows(), raw.problems.names.len())?;
    codes(raw)
}

fn ingredients(raw: &RawPack) -> Proof {
    let (table, rows) = (Table("ingredients"), raw.ingredients.names.len());
    let columns = &raw.ingredients;
    table.lengths(rows, &[("rxcuis", columns.rxcuis.len())])?;
    table.ids(columns.names.iter().copied(), texts(&raw.text))?;
    table.names_ascend(&raw.text, &columns.names)?;
    if rows > usize::from(NONE16) {
        return table.bad("names", rows, rows as i128, i128::from(NONE16));
    }
    table.ascending_list(&columns.classes, rows, raw.classes.names.len())?;
    let (salts, count) = (Table("salts"), columns.salt_names.len());
    salts.lengths(
        count,
        &[
            ("salt_ingredients", columns.salt_ingredients.len()),
            ("salt_fraction_numerators", columns.salt_fraction_numerators.len()),
            ("salt_fraction_denominators", columns.salt_fraction_denominators.len()),
        ],
    )?;
    salts.ids(columns.salt_names.iter().copied(), texts(&raw.text))?;
    salts.ids(columns.salt_ingredients.iter().map(|i| u32::from(*i)), rows)?;
    salts.not_negative("salt_fraction_numerators", &columns.salt_fraction_numerators)?;
    salts.positive("salt_fraction_denominators", &columns.salt_fraction_denominators)
}

fn products(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("products"), &raw.products);
    let rows = columns.names.len();
    table.lengths(rows, &[("forms", columns.forms.len()), ("routes", columns.routes.len())])?;
    table.ids(columns.names.iter().copied(), texts(&raw.text))?;
    table.below("forms", &columns.forms, Form::ALL.len() as u8, Some(255))?;
    table.bits("routes", columns.routes.iter().map(|r| u64::from(*r)), Route::ALL.len())?;
    let parts = columns.part_ingredients.len();
    table.starts(&columns.part_starts, rows, parts)?;
    table.lengths(
        parts,
        &[
            ("part_salts", columns.part_salts.len()),
            ("amount_dimensions", columns.amount_dimensions.len()),
            ("amount_numerators", columns.amount_numerators.len()),
            ("amount_denominators", columns.amount_denominators.len()),
            ("per_dimensions", columns.per_dimensions.len()),
            ("per_things", columns.per_things.len()),
            ("per_numerators", columns.per_numerators.len()),
            ("per_denominators", columns.per_denominators.len()),
        ],
    )?;
    table.ids(columns.part_ingredients.iter().map(|i| u32::from(*i)), raw.ingredients.names.len())?;
    table.short_ids_or_none(&columns.part_salts, raw.ingredients.salt_names.len())?;
    table.below("amount_dimensions", &columns.amount_dimensions, 6, Some(255))?;
    table.below("per_dimensions", &columns.per_dimensions, 7, Some(255))?;
    table.below("per_things", &columns.per_things, THINGS, None)?;
    table.not_negative("amount_numerators", &columns.amount_numerators)?;
    table.not_negative("per_numerators", &columns.per_numerators)?;
    table.positive("amount_denominators", &columns.amount_denominators)?;
    table.positive("per_denominators", &columns.per_denominators)?;
    for part in 0..parts {
        let (amount, per) = (columns.amount_dimensions[part], columns.per_dimensions[part]);
        if (amount == 255) != (per == 255) {
            return table.bad("per_dimensions", part, i128::from(per), i128::from(amount));
        }
        if per != 255 && columns.per_numerators[part] == 0 {
            return table.bad("per_numerators", part, 0, 1);
        }
        let salt = columns.part_salts[part];
        let owner = raw.ingredients.salt_ingredients.get(usize::from(salt));
        if owner.is_some_and(|o| *o != columns.part_ingredients[part]) {
            return table.bad("part_salts", part, i128::from(salt), i128::from(columns.part_ingredients[part]));
        }
    }
    table.ascending_list(&columns.excipients, rows, raw.allergens.names.len())
}

fn classes(raw: &RawPack) -> Proof {
    let (table, rows) = (Table("classes"), raw.classes.names.len());
    table.lengths(rows, &[("titles", raw.classes.titles.len())])?;
    table.ids(raw.classes.names.iter().chain(raw.classes.titles.iter()).copied(), texts(&raw.text))?;
    table.names_ascend(&raw.text, &raw.classes.names)?;
    if rows > usize::from(NONE16) {
        return table.bad("names", rows, rows as i128, i128::from(NONE16));
    }
    table.ascending_list(&raw.classes.members, rows, raw.ingredients.names.len())?;
    let of = &raw.ingredients.classes;
    table.lengths(of.items.len(), &[("members", raw.classes.members.items.len())])?;
    for class in 0..rows {
        for member in raw.classes.members.row(class) {
            if of.row(usize::from(*member)).binary_search(&(class as u16)).is_err() {
                return table.bad("members", class, i128::from(*member), class as i128);
            }
        }
    }
    Ok(())
}

fn named(raw: &RawPack, name: &'static str, named: &NamedTable, flags: u8) -> Proof {
    let (table, rows) = (Table(name), named.names.len());
    table.lengths(rows, &[("titles", named.titles.len()), ("flags", named.flags.len())])?;
    table.ids(named.names.iter().chain(named.titles.iter()).copied(), texts(&raw.text))?;
    table.names_ascend(&raw.text, &named.names)?;
    table.below("flags", &named.flags, flags, None)?;
    if rows > usize::from(NONE16) {
        return table.bad("names", rows, rows as i128, i128::from(NONE16));
    }
    table.list(&named.words, rows, texts(&raw.text))
}

fn labs(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("labs"), &raw.labs);
    let (rows, units) = (columns.names.len(), columns.units.len());
    table.lengths(rows, &[("titles", columns.titles.len())])?;
    table.ids(columns.names.iter().chain(columns.titles.iter()).copied(), texts(&raw.text))?;
    table.names_ascend(&raw.text, &columns.names)?;
    table.starts(&columns.unit_starts, rows, units)?;
    table.lengths(
        units,
        &[
            ("factor_numerators", columns.factor_numerators.len()),
            ("factor_denominators", columns.factor_denominators.len()),
        ],
    )?;
    table.ids(columns.units.iter().copied(), texts(&raw.text))?;
    table.positive("factor_numerators", &columns.factor_numerators)?;
    table.positive("factor_denominators", &columns.factor_denominators)?;
    for row in 0..rows {
        let first = columns.unit_starts[row] as usize;
        let one = columns.factor_numerators.get(first) == Some(&1) && columns.factor_denominators[first] == 1;
        if columns.unit_starts[row + 1] as usize == first || !one {
            return table.bad("factor_numerators", first, 0, 1);
        }
    }
    Ok(())
}

fn codes(raw: &RawPack) -> Proof {
    let texts = texts(&raw.text);
    let (ingredients, products) = (raw.ingredients.names.len(), raw.products.names.len());
    code_table(raw, "drug_codes", &raw.drug_codes, |word| match DrugTarget::unpack(word) {
        Some(DrugTarget::Ingredient(n)) => usize::from(n) < ingredients,
        Some(DrugTarget::Product(n)) => (n as usize) < products,
        Some(DrugTarget::Excluded(n)) => (n as usize) < texts,
        None => false,
    })?;
    let (classes, allergens) = (raw.classes.names.len(), raw.allergens.names.len());
    code_table(raw, "allergen_codes", &raw.allergen_codes, |word| match AllergenTarget::unpack(word) {
        Some(AllergenTarget::Ingredient(n)) => usize::from(n) < ingredients,
        Some(AllergenTarget::Class(n)) => usize::from(n) < classes,
        Some(AllergenTarget::Other(n)) => usize::from(n) < allergens,
        Some(AllergenTarget::Negation(_)) => true,
        None => false,
    })?;
    let within = |rows: usize| move |word: u32| (word as usize) < rows;
    code_table(raw, "problem_codes", &raw.problem_codes, within(raw.problem_sets.rows()))?;
    code_table(raw, "lab_codes", &raw.lab_codes, within(raw.labs.names.len()))?;
    code_table(raw, "reaction_codes", &raw.reaction_codes, within(raw.reactions.names.len()))
}

fn code_table(raw: &RawPack, name: &'static str, codes: &CodeTable, means: impl Fn(u32) -> bool) -> Proof {
    let table = Table(name);
    let (rows, others) = (codes.systems.len(), codes.other_systems.len());
    table.lengths(rows, &[("keys", codes.keys.len()), ("targets", codes.targets.len())])?;
    table
        .lengths(others, &[("other_values", codes.other_values.len()), ("other_targets", codes.other_targets.len())])?;
    table.below("systems", &codes.systems, SYSTEMS, None)?;
    let key = |n: usize| (codes.systems[n], codes.keys[n]);
    if let Some(row) = (1..rows).find(|n| key(n - 1) >= key(*n)) {
        return Err(PackError::NotSorted { table: name, row });
    }
    table.ids(codes.other_systems.iter().chain(codes.other_values.iter()).copied(), texts(&raw.text))?;
    let word = |id: u32| text_bytes(&raw.text, id);
    let other = |n: usize| (word(codes.other_systems[n]), word(codes.other_values[n]));
    if let Some(row) = (1..others).find(|n| other(n - 1) >= other(*n)) {
        return Err(PackError::NotSorted { table: name, row });
    }
    for (row, target) in codes.targets.iter().chain(codes.other_targets.iter()).enumerate() {
        if !means(*target) {
            return table.bad("targets", row, i128::from(*target), 0);
        }
    }
    Ok(())
}
