//! Terminology lowered: codes, ingredients, products, classes, problems, labs, reactions, allergens, effects.

use crate::clinical::code::System;
use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Measure, Strength, StrengthPer};
use crate::compile::codes::{CodeKey, checked_key, code};
use crate::compile::lower::Lowering;
use crate::compile::names::{Names, PartIds, Roll};
use crate::compile::terms::{DrugMeant, Terms};
use crate::pack::column::Column;
use crate::pack::ids::NONE16;
use crate::pack::tables::{
    ClassTable, DrugTarget, IngredientTable, LabTable, ListTable, NamedTable, ProductTable, RawPack,
};
use crate::source::tree::{Name, Product, ProductPart, WrittenCode};

/// A product row before its table is written.
struct ProductRow<'t> {
    name: &'t str,
    form: u8,
    routes: u32,
    parts: Vec<(u16, u16, Option<Strength>)>,
    excipients: Vec<u16>,
}

/// Lowers the terminology.
pub fn lower(lowering: &mut Lowering<'_>, terms: &Terms<'_>, pack: &mut RawPack) {
    ingredients(lowering, pack);
    let (products, numbers) = products(lowering.names, terms);
    pack.products = product_table(lowering, &products);
    drug_codes(lowering, terms, &numbers, pack);
    pack.allergen_codes = terms.allergens.table(&mut lowering.text, |t| t.pack());
    problem_codes(lowering, terms, pack);
    pack.lab_codes = terms.labs.table(&mut lowering.text, |n| u32::from(*n));
    pack.reaction_codes = terms.reactions.table(&mut lowering.text, |n| u32::from(*n));
    classes(lowering, pack);
    named(lowering, pack);
    labs(lowering, pack);
}

fn ingredients(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let names = lowering.names;
    let mut classes: Vec<Vec<u16>> = vec![Vec::new(); names.ingredients.rows.len()];
    for (class, members) in lowering.closures.members.iter().enumerate() {
        members.iter().for_each(|m| classes[usize::from(*m)].push(class as u16));
    }
    let rxcui = |codes: &[WrittenCode]| {
        let codes = codes.iter().filter_map(code).filter(|c| c.system == System::RxNorm);
        codes.filter_map(|c| u32::try_from(c.packed()?).ok()).next().unwrap_or(0)
    };
    let fraction = |n: usize| names.salts[n].salt.base_fraction.as_ref().map(|f| f.value);
    let text = &mut lowering.text;
    pack.ingredients = IngredientTable {
        names: names.ingredients.rows.iter().map(|i| text.id(&i.name.value)).collect(),
        rxcuis: names.ingredients.rows.iter().map(|i| rxcui(&i.codes)).collect(),
        classes: classes.into_iter().collect(),
        salt_names: names.salts.iter().map(|s| text.id(&s.salt.name.value)).collect(),
        salt_ingredients: names.salts.iter().map(|s| s.ingredient).collect(),
        salt_fraction_numerators: (0..names.salts.len()).map(|n| fraction(n).map_or(0, Exact::numerator)).collect(),
        salt_fraction_denominators: (0..names.salts.len()).map(|n| fraction(n).map_or(1, Exact::denominator)).collect(),
    };
}

/// Products and coded salts in order of their first code, and the number of each, by what it was before.
fn products<'t>(names: &Names<'t>, terms: &Terms<'t>) -> (Vec<ProductRow<'t>>, Numbers) {
    enum From<'t> {
        Salt(u16),
        Product(usize, &'t Product),
    }
    let mut order: Vec<(CodeKey, From<'t>)> = Vec::new();
    for (n, row) in names.salts.iter().enumerate() {
        if let Some(key) = row.salt.codes.iter().filter_map(|c| checked_key(c).ok()).min() {
            order.push((key, From::Salt(n as u16)));
        }
    }
    for (n, product) in terms.tree.products.iter().enumerate() {
        if let Ok(key) = checked_key(&product.code) {
            order.push((key, From::Product(n, product)));
        }
    }
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let mut numbers = Numbers { salts: vec![0; names.salts.len()], products: vec![0; terms.tree.products.len()] };
    let mut rows = Vec::with_capacity(order.len());
    for (_, from) in order {
        let number = rows.len() as u32;
        match from {
            From::Salt(n) => {
                let row = &names.salts[usize::from(n)];
                numbers.salts[usize::from(n)] = number;
                let parts = vec![(row.ingredient, n, None)];
                let name = &row.salt.name.value;
                rows.push(ProductRow { name, form: 255, routes: 0, parts, excipients: Vec::new() });
            }
            From::Product(n, product) => {
                numbers.products[n] = number;
                rows.push(product_row(names, n, product));
            }
        }
    }
    (rows, numbers)
}

/// The row numbers of salts and products.
struct Numbers {
    salts: Vec<u32>,
    products: Vec<u32>,
}

fn product_row<'t>(names: &Names<'t>, n: usize, product: &'t Product) -> ProductRow<'t> {
    let part = |(part, ids): (&ProductPart, &PartIds)| {
        (ids.ingredient != NONE16).then_some((ids.ingredient, ids.salt, part.strength))
    };
    let mut excipients: Vec<u16> = product.excipients.iter().filter_map(|e| names.allergens.id(&e.value)).collect();
    excipients.sort_unstable();
    excipients.dedup();
    ProductRow {
        name: &product.name.value,
        form: product.form.map_or(255, |f| f as u8),
        routes: product.routes.0,
        parts: product.parts.iter().zip(names.parts(n)).filter_map(part).collect(),
        excipients,
    }
}

/// Dimension, number and thing of a measure, as packs number them.
pub fn measure(measure: Measure) -> (u8, Exact, u8) {
    match measure {
        Measure::Mass(a) => (0, a.exact(), 0),
        Measure::Volume(a) => (1, a.exact(), 0),
        Measure::Activity(a) => (2, a.exact(), 0),
        Measure::Equivalents(a) => (3, a.exact(), 0),
        Measure::Moles(a) => (4, a.exact(), 0),
        Measure::Count(a, thing) => (5, a.exact(), thing as u8),
    }
}

fn product_table(lowering: &mut Lowering<'_>, rows: &[ProductRow<'_>]) -> ProductTable {
    const UNKNOWN: (u8, Exact, u8) = (255, Exact::ZERO, 0);
    let parts = || rows.iter().flat_map(|r| &r.parts);
    let amounts: Vec<(u8, Exact, u8)> = parts().map(|(_, _, s)| s.map_or(UNKNOWN, |s| measure(s.amount))).collect();
    let pers: Vec<(u8, Exact, u8)> = parts()
        .map(|(_, _, strength)| match strength.map(|s| s.per) {
            Some(StrengthPer::Measure(per)) => measure(per),
            Some(StrengthPer::Hour) => (6, Exact::ONE, 0),
            None => UNKNOWN,
        })
        .collect();
    let starts = std::iter::once(0).chain(rows.iter().scan(0u32, |end, r| {
        *end += r.parts.len() as u32;
        Some(*end)
    }));
    ProductTable {
        names: rows.iter().map(|r| lowering.text.id(r.name)).collect(),
        forms: rows.iter().map(|r| r.form).collect(),
        routes: rows.iter().map(|r| r.routes).collect(),
        part_starts: starts.collect(),
        part_ingredients: parts().map(|(ingredient, _, _)| *ingredient).collect(),
        part_salts: parts().map(|(_, salt, _)| *salt).collect(),
        amount_dimensions: amounts.iter().map(|a| a.0).collect(),
        amount_numerators: amounts.iter().map(|a| a.1.numerator()).collect(),
        amount_denominators: amounts.iter().map(|a| a.1.denominator()).collect(),
        per_dimensions: pers.iter().map(|p| p.0).collect(),
        per_things: pers.iter().map(|p| p.2).collect(),
        per_numerators: pers.iter().map(|p| p.1.numerator()).collect(),
        per_denominators: pers.iter().map(|p| p.1.denominator()).collect(),
        excipients: rows.iter().map(|r| r.excipients.clone()).collect(),
    }
}

fn drug_codes(lowering: &mut Lowering<'_>, terms: &Terms<'_>, numbers: &Numbers, pack: &mut RawPack) {
    let reasons: Vec<u32> = terms.tree.excluded.iter().map(|e| lowering.text.id(&e.reason.value)).collect();
    pack.drug_codes = terms.drugs.table(&mut lowering.text, |meant| {
        let target = match meant {
            DrugMeant::Ingredient(n) => DrugTarget::Ingredient(*n),
            DrugMeant::Salt(n) => DrugTarget::Product(numbers.salts[usize::from(*n)]),
            DrugMeant::Product(n) => DrugTarget::Product(numbers.products[*n]),
            DrugMeant::Excluded(n) => DrugTarget::Excluded(reasons[*n]),
        };
        target.pack()
    });
}

fn problem_codes(lowering: &mut Lowering<'_>, terms: &Terms<'_>, pack: &mut RawPack) {
    let mut sets: Vec<Vec<u16>> = terms.problems.targets().cloned().collect();
    sets.sort();
    sets.dedup();
    let row = |set: &Vec<u16>| sets.binary_search(set).unwrap_or(0) as u32;
    pack.problem_codes = terms.problems.table(&mut lowering.text, row);
    pack.problem_sets = sets.into_iter().collect();
}

fn classes(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let rows = &lowering.names.classes.rows;
    pack.classes = ClassTable {
        names: rows.iter().map(|c| lowering.text.id(&c.name.value)).collect(),
        titles: rows.iter().map(|c| lowering.text.id(&c.title.value)).collect(),
        members: lowering.closures.members.iter().cloned().collect(),
    };
}

fn named(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let names = lowering.names;
    pack.problems = table(lowering, &names.problems, |p| (&p.name, &p.title, 0), |_| &[]);
    pack.reactions =
        table(lowering, &names.reactions, |r| (&r.name, &r.title, u8::from(r.severe_delayed)), |r| &r.words);
    pack.allergens = table(lowering, &names.allergens, |a| (&a.name, &a.title, a.kind.value as u8), |_| &[]);
    pack.effects = table(lowering, &names.effects, |e| (&e.name, &e.title, 0), |_| &[]);
    let class = |a: &&crate::source::tree::Allergen| {
        a.class.as_ref().and_then(|c| names.classes.id(&c.value)).unwrap_or(NONE16)
    };
    pack.allergen_classes = names.allergens.rows.iter().map(class).collect();
}

fn table<'t, T>(
    lowering: &mut Lowering<'_>,
    roll: &Roll<'t, T>,
    row: fn(&T) -> (&Name, &Name, u8),
    words: fn(&T) -> &[Name],
) -> NamedTable {
    let text = &mut lowering.text;
    let lower = |name: &Name| name.value.trim().to_lowercase();
    NamedTable {
        names: roll.rows.iter().map(|r| text.id(&row(r).0.value)).collect(),
        titles: roll.rows.iter().map(|r| text.id(&row(r).1.value)).collect(),
        flags: roll.rows.iter().map(|r| row(r).2).collect(),
        words: roll
            .rows
            .iter()
            .map(|r| words(r).iter().map(|w| text.id(&lower(w))).collect())
            .collect::<ListTable<u32>>(),
    }
}

fn labs(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let rows = &lowering.names.labs.rows;
    let text = &mut lowering.text;
    let (mut starts, mut units, mut factors) = (vec![0u32], Vec::new(), Vec::new());
    for lab in rows {
        units.push(text.id(&lab.unit.value));
        factors.push(Exact::ONE);
        for (spelling, factor) in &lab.convert {
            units.push(text.id(&spelling.value));
            factors.push(factor.value);
        }
        starts.push(units.len() as u32);
    }
    pack.labs = LabTable {
        names: rows.iter().map(|l| text.id(&l.name.value)).collect(),
        titles: rows.iter().map(|l| text.id(&l.title.value)).collect(),
        unit_starts: Column::new(starts),
        units: Column::new(units),
        factor_numerators: factors.iter().map(|f| f.numerator()).collect(),
        factor_denominators: factors.iter().map(|f| f.denominator()).collect(),
    };
}
