//! The built-in tables: extracts of RxNorm (current prescribable content) and of FDA's directory, put together.
//!
//! The extract lacks the rows of ingredients whose names begin with A. They are mended from what else speaks of them:
//! brands, ATC codes, FDA's classes, older product lists and the names of products.

use crate::import::drug_name::read as read_name;
use crate::import::facts_names::{CERTAIN, Candidates, base_of, bases, given};
use crate::import::facts_routes::Routes;
use crate::import::product::{Known, UNKNOWN_INGREDIENT, product};
use crate::import::skipped::Skipped;
use crate::import::substances::{Ingredient, Salt, Substances, fitting, without_suffix};
use crate::import::table::{Progress, TableError, csv, each};
use crate::import::terminology::{Group, Terminology};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// RxNorm's code for what is in a pack and does nothing.
const INERT: &str = "748794";

/// A row of ingredients.
struct Row {
    code: String,
    kind: String,
    name: String,
    unii: String,
    base: String,
}

/// What is read before anything is decided.
#[derive(Default)]
struct Sources {
    rows: Vec<Row>,
    brands: Vec<[String; 4]>,
    atc: Vec<[String; 2]>,
    products: Vec<ProductRow>,
    candidates: Candidates,
}

/// A product as a source writes it.
struct ProductRow {
    code: String,
    name: String,
    ingredients: Vec<String>,
    is_complete: bool,
    /// Newer sources come first: a code is taken from the first that has it.
    is_retired: bool,
}

/// Reads the extracts below a folder (`rxnorm/`, `fda/`).
///
/// # Errors
/// When a table cannot be read or lacks a column.
pub fn read(folder: &Path, progress: &Progress<'_>) -> Result<(Terminology, Skipped), TableError> {
    let mut skipped = Skipped::default();
    let mut sources = Sources::default();
    given().for_each(|(code, name)| sources.candidates.note(code, name, 1));
    read_ingredients(folder, progress, &mut sources)?;
    read_products(folder, progress, &mut sources)?;
    let mut substances = substances(&sources, &mut skipped);
    coin(&sources, &mut substances);
    let mut terminology = Terminology { substances, ..Terminology::default() };
    terminology.take_retired(&BTreeMap::new(), &mut skipped);
    classes(&sources, &mut terminology.substances, &mut skipped);
    brands(&sources, &mut terminology, &mut skipped);
    combinations(&sources, &mut terminology, &mut skipped);
    products(&sources, &mut terminology, &mut skipped);
    packages(folder, progress, &mut terminology, &mut skipped)?;
    routes(folder, progress, &mut terminology)?;
    Ok((terminology, skipped))
}

fn rxnorm(folder: &Path, name: &str) -> PathBuf {
    folder.join("rxnorm").join(name)
}

fn split(cell: &str) -> Vec<String> {
    cell.split('|').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect()
}

fn read_ingredients(folder: &Path, progress: &Progress<'_>, sources: &mut Sources) -> Result<(), TableError> {
    let columns = csv(&["rxcui", "tty", "name", "unii", "in_rxcui_for_pin"]);
    each(&rxnorm(folder, "ingredients.csv"), columns, progress, |cells| {
        let [code, kind, name, unii, base] = [0, 1, 2, 3, 4].map(|n| cells[n].to_owned());
        match kind.as_str() {
            "IN" => sources.candidates.note(&code, &name, CERTAIN),
            "IN?" => sources.candidates.note(&code, &name, 1),
            _ => {}
        }
        sources.rows.push(Row { code, kind, name, unii, base });
    })?;
    let columns = csv(&["rxcui", "name", "atc5"]);
    each(&rxnorm(folder, "rxcui_atc.csv"), columns, progress, |cells| {
        sources.candidates.note(cells[0], cells[1], 1);
        sources.candidates.back(cells[0]);
        sources.atc.push([cells[0].to_owned(), cells[2].to_owned()]);
    })?;
    let columns = csv(&["rxcui_IN", "rxnorm_name"]);
    each(&folder.join("fda/ingredient_pharm_classes.csv"), columns, progress, |cells| {
        sources.candidates.note(cells[0], cells[1], 1);
        sources.candidates.back(cells[0]);
    })?;
    let columns = csv(&["bn_rxcui", "brand", "ingredient_rxcuis", "ingredient_names"]);
    each(&rxnorm(folder, "brands.csv"), columns, progress, |cells| {
        for (code, name) in split(cells[2]).iter().zip(split(cells[3])) {
            sources.candidates.note(code, &name, 50);
            sources.candidates.back(code);
        }
        sources.brands.push([0, 1, 2, 3].map(|n| cells[n].to_owned()));
    })?;
    Ok(())
}

fn read_products(folder: &Path, progress: &Progress<'_>, sources: &mut Sources) -> Result<(), TableError> {
    let mut rows = Vec::new();
    let columns = csv(&["rxcui", "name", "ingredient_rxcuis_IN", "incomplete", "tty"]);
    each(&rxnorm(folder, "products.csv.gz"), columns, progress, |cells| {
        let (code, name) = (cells[0].to_owned(), cells[1].to_owned());
        // Packs are not flagged, whatever they lack.
        let is_complete = cells[3].is_empty() && !cells[4].ends_with("PCK");
        rows.push(ProductRow { code, name, ingredients: split(cells[2]), is_complete, is_retired: false });
    })?;
    let columns = csv(&["rxcui", "name", "ingredient_rxcuis", "component_names"]);
    each(&rxnorm(folder, "products_cdshooks_sandbox.csv.gz"), columns, progress, |cells| {
        let (code, name, ingredients) = (cells[0].to_owned(), cells[1].to_owned(), split(cells[2]));
        let named = split(cells[3]);
        if named.len() == ingredients.len() {
            for (code, name) in ingredients.iter().zip(&named) {
                sources.candidates.note(code, name, 1);
                sources.candidates.back(code);
            }
        }
        rows.push(ProductRow { code, name, ingredients, is_complete: false, is_retired: true });
    })?;
    let columns = csv(&["rxcui", "display", "ingredient_rxcuis", "ingredient_names"]);
    each(&rxnorm(folder, "synthea_rxnorm.csv"), columns, progress, |cells| {
        let (code, name) = (cells[0].to_owned(), cells[1].to_owned());
        rows.push(ProductRow { code, name, ingredients: split(cells[2]), is_complete: false, is_retired: true });
    })?;
    for row in &rows {
        read_name(&row.name).parts.iter().for_each(|part| sources.candidates.seen(part.name));
    }
    sources.products = rows;
    Ok(())
}

/// Ingredients and salts: the certain ones first, then those that are mended.
fn substances(sources: &Sources, skipped: &mut Skipped) -> Substances {
    let mut substances = Substances::default();
    let candidates = &sources.candidates;
    let certain: BTreeSet<&str> =
        sources.rows.iter().filter(|r| r.kind == "IN" && r.code != INERT).map(|r| r.code.as_str()).collect();
    let salts: BTreeMap<&str, &Row> =
        sources.rows.iter().filter(|r| r.kind == "PIN").map(|r| (r.code.as_str(), r)).collect();
    let mut no_ingredient: BTreeSet<&str> = sources.brands.iter().map(|b| b[0].as_str()).chain([INERT]).collect();
    no_ingredient.extend(sources.rows.iter().filter(|r| r.kind == "MIN").map(|r| r.code.as_str()));
    for code in &certain {
        if let Some(name) = candidates.best(code) {
            add(&mut substances, code, name, skipped);
        }
    }
    let mut lost = Vec::new();
    for row in salts.values() {
        let base =
            base_of(&row.code).and_then(|base| substances.by_name(base)).or_else(|| substances.by_code(&row.base));
        match base {
            Some(base) => add_salt(&mut substances, &row.code, fitting(&row.name), base.ingredient, skipped),
            None => lost.push((row.code.as_str(), fitting(&row.name))),
        }
    }
    let told = told_by_products(sources, &substances);
    // What is left is in doubt: brands and old names among it, and salts that go by a code of their own.
    let bases_of_salts: BTreeSet<&str> = salts.values().map(|r| r.base.as_str()).collect();
    let mut waiting = lost;
    let mut bare = Vec::new();
    for code in candidates.codes().filter(|c| !certain.contains(c) && !salts.contains_key(c)) {
        let Some(name) = candidates.best(code) else { continue };
        if no_ingredient.contains(code) {
            skipped.note("ingredient: a brand or a combination of several", || format!("{code} {name}"));
        } else if base_of(code).is_some() || told.contains_key(&name) || !bases(&name).is_empty() {
            waiting.push((code, name));
        } else if candidates.is_backed(code) || bases_of_salts.contains(code) {
            add(&mut substances, code, name, skipped);
        } else {
            bare.push((code, name));
        }
    }
    waiting.retain(|(code, name)| {
        let backed = candidates.is_backed(code) || salts.contains_key(code);
        if !backed {
            bare.push((code, name.clone()));
        }
        backed
    });
    promote(&mut substances, candidates, &waiting, &mut bare, skipped);
    also_named(&mut substances, candidates);
    settle_waiting(&mut substances, &told, waiting, skipped);
    also_named(&mut substances, candidates);
    for (code, name) in bare {
        skipped.note("ingredient: a bare name that no product, brand or class speaks of", || format!("{code} {name}"));
    }
    identifiers(sources, &mut substances, skipped);
    substances
}

/// Bare names of which a salt is known: ingredients.
fn promote(
    substances: &mut Substances,
    candidates: &Candidates,
    waiting: &[(&str, String)],
    bare: &mut Vec<(&str, String)>,
    skipped: &mut Skipped,
) {
    let wanted: BTreeSet<String> =
        waiting.iter().flat_map(|(_, name)| bases(name)).filter(|base| substances.by_name(base).is_none()).collect();
    bare.retain(|(code, _)| match candidates.names(code).find(|name| wanted.contains(*name)) {
        Some(name) => {
            add(substances, code, name.to_owned(), skipped);
            false
        }
        None => true,
    });
}

/// Names that look like salts, or that products tell to be some: salts where what they are salts of is known, else
/// ingredients.
fn settle_waiting(
    substances: &mut Substances,
    told: &BTreeMap<String, usize>,
    waiting: Vec<(&str, String)>,
    skipped: &mut Skipped,
) {
    let mut alone = Vec::new();
    for (code, name) in waiting {
        let by_name = || bases(&name).iter().find_map(|base| substances.by_name(base));
        let given = base_of(code).and_then(|base| substances.by_name(base));
        let base = given.or_else(by_name).map(|s| s.ingredient).or_else(|| told.get(&name).copied());
        match base {
            Some(base) => add_salt(substances, code, name, base, skipped),
            None => alone.push((code, name)),
        }
    }
    for (code, name) in alone {
        add(substances, code, name, skipped);
    }
}

/// What a name must mean because of products all of whose other ingredients are known: one name is left, and one
/// ingredient.
fn told_by_products(sources: &Sources, substances: &Substances) -> BTreeMap<String, usize> {
    let mut told: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for row in sources.products.iter().filter(|row| row.is_complete) {
        let given: Option<BTreeSet<usize>> = row
            .ingredients
            .iter()
            .filter(|c| *c != INERT)
            .map(|c| substances.by_code(c).map(|s| s.ingredient))
            .collect();
        let Some(given) = given else { continue };
        let (mut lost, mut left) = (Vec::new(), given.clone());
        let read = read_name(&row.name);
        for part in &read.parts {
            match substances.in_product(part.name, |s| given.contains(&s.ingredient)) {
                Some(found) => {
                    left.remove(&found.ingredient);
                }
                None => lost.push(fitting(part.name)),
            }
        }
        lost.dedup();
        if let ([name], [base]) = (lost.as_slice(), Vec::from_iter(left).as_slice()) {
            let earlier = told.entry(name.clone()).or_insert(Some(*base));
            // Two products that tell different things tell nothing.
            if *earlier != Some(*base) {
                *earlier = None;
            }
        }
    }
    told.into_iter().filter_map(|(name, base)| Some((name, base?))).collect()
}

/// Adds an ingredient. One whose name is taken goes by an old code: it means what has the name now.
fn add(substances: &mut Substances, code: &str, name: String, skipped: &mut Skipped) {
    let words = format!("{code} {name}");
    let ingredient = Ingredient { code: code.to_owned(), name: name.clone(), ..Ingredient::default() };
    if substances.add(ingredient).is_none() && !substances.retire(code, &name) {
        skipped.note("ingredient: its name or code is taken by another", || words);
    }
}

fn add_salt(substances: &mut Substances, code: &str, name: String, ingredient: usize, skipped: &mut Skipped) {
    let words = format!("{code} {name}");
    let salt = Salt { code: code.to_owned(), name: name.clone(), ingredient, unii: Vec::new() };
    if substances.add_salt(salt).is_none() && !substances.retire(code, &name) {
        skipped.note("salt: its name or code is taken by another", || words);
    }
}

/// Ingredients that no list gives and products name: the extract leaves those out whose names begin with A. Without a
/// code of their own they are known by these products alone.
fn coin(sources: &Sources, substances: &mut Substances) {
    for row in sources.products.iter().filter(|row| !row.is_complete && !row.is_retired) {
        let read = read_name(&row.name);
        let lost: Vec<&str> =
            read.parts.iter().map(|p| p.name).filter(|name| substances.in_product(name, |_| true).is_none()).collect();
        if let [name] = lost.as_slice()
            && name.starts_with(['a', 'A'])
        {
            let name = fitting(name);
            let name = without_suffix(&name).unwrap_or(&name).to_owned();
            substances.add(Ingredient { name, ..Ingredient::default() });
        }
    }
}

/// Other names that lead to a code, for the reading of product names.
fn also_named(substances: &mut Substances, candidates: &Candidates) {
    for code in candidates.codes() {
        candidates.names(code).for_each(|name| substances.also_named(name, code));
    }
}

/// FDA's identifiers: each to one substance, the certain rows first.
fn identifiers(sources: &Sources, substances: &mut Substances, skipped: &mut Skipped) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let certain = sources.rows.iter().filter(|r| r.kind == "IN" || r.kind == "PIN");
    for row in certain.chain(sources.rows.iter().filter(|r| r.kind == "IN?")).filter(|r| !r.unii.is_empty()) {
        let Some(substance) = substances.by_code(&row.code) else { continue };
        if *taken.entry(&row.unii).or_insert(&row.code) != row.code {
            skipped.note("UNII: already that of another substance", || format!("{} {}", row.unii, row.name));
            continue;
        }
        let unii = match substance.salt {
            Some(salt) => &mut substances.salts[salt].unii,
            None => &mut substances.ingredients[substance.ingredient].unii,
        };
        if unii.is_empty() {
            unii.push(row.unii.clone());
        }
    }
}

/// ATC codes: those that lead to one ingredient alone.
fn classes(sources: &Sources, substances: &mut Substances, skipped: &mut Skipped) {
    let mut of: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for [code, atc] in &sources.atc {
        match substances.by_code(code) {
            Some(substance) => {
                of.entry(atc).or_default().insert(substance.ingredient);
            }
            None => skipped.note("ATC: its ingredient is not known", || format!("{atc} of {code}")),
        }
    }
    for (atc, ingredients) in of {
        match Vec::from_iter(ingredients).as_slice() {
            [only] => substances.ingredients[*only].atc.push(atc.to_owned()),
            several => skipped.note("ATC: claimed by several ingredients", || {
                let names: Vec<&str> = several.iter().map(|n| substances.name(*n)).collect();
                format!("{atc}: {}", names.join(", "))
            }),
        }
    }
}

/// Brands, whose lists lack what begins with A: what their products hold counts. Where these hold different things, the
/// list stands if it is that of one of them.
fn brands(sources: &Sources, terminology: &mut Terminology, skipped: &mut Skipped) {
    let substances = &terminology.substances;
    let mut held: BTreeMap<String, BTreeSet<BTreeSet<usize>>> = BTreeMap::new();
    for row in &sources.products {
        let Some(brand) = read_name(&row.name).brand else { continue };
        let known = known(row, substances);
        if let Ok((product, _)) = product(&row.code, &row.name, &known, substances) {
            let ingredients = product.parts.iter().map(|p| p.substance.ingredient).collect();
            held.entry(brand.to_lowercase()).or_default().insert(ingredients);
        }
    }
    let mut brands = Vec::new();
    for [code, name, codes, names] in &sources.brands {
        let (codes, names) = (split(codes), split(names));
        let listed = codes.iter().enumerate().map(|(n, code)| {
            let by_name = || names.get(n).and_then(|name| substances.by_name(name));
            substances.by_code(code).or_else(by_name).map(|s| s.ingredient)
        });
        let listed = listed.collect::<Option<BTreeSet<usize>>>().filter(|i| !i.is_empty());
        let none = BTreeSet::new();
        let held = held.get(&name.to_lowercase()).unwrap_or(&none);
        let ingredients = match (Vec::from_iter(held).as_slice(), listed) {
            ([only], _) => (*only).clone(),
            ([], _) => {
                // Its list may lack what begins with A, and nothing tells.
                skipped.note("brand: no product that is understood bears it", || format!("{code} {name}"));
                continue;
            }
            (_, Some(listed)) if held.contains(&listed) => listed,
            _ => {
                skipped.note("brand: its products hold different things", || format!("{code} {name}"));
                continue;
            }
        };
        let ingredients = ingredients.into_iter().collect();
        brands.push(Group { code: code.clone(), name: name.clone(), ingredients });
    }
    terminology.brands = brands;
}

/// Combinations: their names say what is in them.
fn combinations(sources: &Sources, terminology: &mut Terminology, skipped: &mut Skipped) {
    let substances = &terminology.substances;
    for row in sources.rows.iter().filter(|r| r.kind == "MIN") {
        let found = row.name.split(" / ").map(|name| substances.by_name(name).map(|s| s.ingredient));
        match found.collect::<Option<Vec<usize>>>() {
            Some(ingredients) => {
                terminology.combinations.push(Group { code: row.code.clone(), name: row.name.clone(), ingredients });
            }
            None => skipped.note("combination: an ingredient is not known", || format!("{} {}", row.code, row.name)),
        }
    }
}

fn products(sources: &Sources, terminology: &mut Terminology, skipped: &mut Skipped) {
    let mut taken: BTreeSet<&str> =
        terminology.brands.iter().chain(&terminology.combinations).map(|g| g.code.as_str()).collect();
    let mut made = Vec::new();
    for row in &sources.products {
        let substances = &terminology.substances;
        if substances.by_code(&row.code).is_some() || !taken.insert(&row.code) {
            continue;
        }
        let known = known(row, substances);
        match product(&row.code, &row.name, &known, substances) {
            Ok((product, doubt)) => {
                if doubt.is_some() {
                    skipped.note("strength: the name speaks of other ingredients than the list", || row.name.clone());
                }
                made.push(product);
            }
            Err(part) => {
                let retired = if row.is_retired { "retired product" } else { "product" };
                skipped.note(UNKNOWN_INGREDIENT, || format!("{retired} {} {}: {part}", row.code, row.name));
            }
        }
    }
    terminology.products = made;
}

/// What is known of a product's ingredients. A code that leads nowhere, or a name that begins with A and leads nowhere,
/// means that something is missing.
fn known(row: &ProductRow, substances: &Substances) -> Known {
    let codes: Vec<&String> = row.ingredients.iter().filter(|c| *c != INERT).collect();
    let ingredients: BTreeSet<usize> =
        codes.iter().filter_map(|c| substances.by_code(c)).map(|s| s.ingredient).collect();
    let led = codes.iter().all(|c| substances.by_code(c).is_some());
    let read = read_name(&row.name);
    let lost = read
        .parts
        .iter()
        .any(|part| part.name.starts_with(['a', 'A']) && substances.in_product(part.name, |_| true).is_none());
    Known { ingredients, is_complete: row.is_complete && led && !lost }
}

fn packages(
    folder: &Path,
    progress: &Progress<'_>,
    terminology: &mut Terminology,
    skipped: &mut Skipped,
) -> Result<(), TableError> {
    let mut found = Vec::new();
    each(&rxnorm(folder, "ndc_rxcui.csv.gz"), csv(&["ndc11", "rxcui"]), progress, |cells| match cells[1].parse() {
        Ok(code) => found.push((code, cells[0].to_owned())),
        Err(_) => skipped.note("package: its product is no code", || cells.join(" of ")),
    })?;
    terminology.take_packages(found, skipped);
    Ok(())
}

fn routes(folder: &Path, progress: &Progress<'_>, terminology: &mut Terminology) -> Result<(), TableError> {
    let mut routes = Routes::default();
    let columns = csv(&["PRODUCTNDC", "ROUTENAME"]);
    each(&folder.join("fda/ndc_product_2019-04_trim.csv.gz"), columns, progress, |cells| {
        routes.note(cells[0], cells[1]);
    })?;
    routes.give(&mut terminology.products, &terminology.packages);
    Ok(())
}
