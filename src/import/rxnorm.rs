//! A release of RxNorm: ingredients, salts, brands, products, packages and what became of old codes, from its RRF files.
//!
//! Only rows of RxNorm itself (and ATC's codes for its ingredients) are kept, so that memory stays within a small multiple
//! of the terminology, whatever else a release holds. Relations are read by the kinds of the two concepts and never by
//! their direction: both directions stand in the file, and which is which was often read wrongly.

use crate::import::product::{Known, UNKNOWN_INGREDIENT, product};
use crate::import::skipped::Skipped;
use crate::import::substances::{Ingredient, Salt, fitting};
use crate::import::table::{Progress, TableError, each, find, rrf};
use crate::import::terminology::{Group, Terminology};
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Kinds of concepts (TTY) that are read.
const KINDS: &[&str] = &["IN", "PIN", "MIN", "BN", "SCD", "SBD", "SCDC", "SBDC", "SCDF", "SBDF", "GPCK", "BPCK"];

/// A concept of RxNorm.
struct Concept {
    code: u32,
    kind: u8,
    name: String,
}

/// What is read before anything is decided.
#[derive(Default)]
struct Release {
    concepts: Vec<Concept>,
    places: HashMap<u32, u32>,
    /// Places of concepts that are related, the one of the higher kind first.
    related: HashMap<u32, Vec<u32>>,
    atc: BTreeMap<String, BTreeSet<u32>>,
    unii: BTreeMap<u32, BTreeSet<String>>,
}

/// Reads the RRF files below a folder.
///
/// # Errors
/// When a file is missing or cannot be read.
pub fn read(folder: &Path, progress: &Progress<'_>) -> Result<(Terminology, Skipped), TableError> {
    let mut skipped = Skipped::default();
    let mut release = Release::default();
    concepts(folder, progress, &mut release, &mut skipped)?;
    relations(folder, progress, &mut release)?;
    let mut packages = Vec::new();
    attributes(folder, progress, &mut release, &mut packages, &mut skipped)?;
    let mut terminology = Terminology::default();
    ingredients(&release, &mut terminology, &mut skipped);
    groups(&release, &mut terminology, &mut skipped);
    products(&release, &mut terminology, &mut skipped);
    terminology.take_packages(packages, &mut skipped);
    retired(folder, progress, &mut terminology, &mut skipped)?;
    Ok((terminology, skipped))
}

fn kind(word: &str) -> Option<u8> {
    KINDS.iter().position(|k| *k == word).and_then(|n| u8::try_from(n).ok())
}

fn concepts(
    folder: &Path,
    progress: &Progress<'_>,
    release: &mut Release,
    skipped: &mut Skipped,
) -> Result<(), TableError> {
    // RXCUI, SAB, TTY, CODE, STR, SUPPRESS
    each(&find(folder, "RXNCONSO.RRF")?, rrf(&[0, 11, 12, 13, 14, 16]), progress, |cells| {
        let Ok(code) = cells[0].parse::<u32>() else {
            return skipped.note("concept: its code is no number", || cells.join("|"));
        };
        match (cells[1], kind(cells[2])) {
            // Of several names of one concept in RxNorm only the first counts: it is the normalized one.
            ("RXNORM", Some(_)) if release.places.contains_key(&code) => {}
            ("RXNORM", Some(kind)) if !matches!(cells[5], "E" | "Y") => {
                release.places.insert(code, release.concepts.len() as u32);
                release.concepts.push(Concept { code, kind, name: cells[4].trim().to_owned() });
            }
            ("RXNORM", Some(_)) => skipped.note("concept: suppressed by RxNorm's editors", || cells[4].to_owned()),
            ("ATC", _) if cells[3].len() == 7 => {
                release.atc.entry(cells[3].to_owned()).or_default().insert(code);
            }
            _ => {}
        }
    })?;
    Ok(())
}

fn relations(folder: &Path, progress: &Progress<'_>, release: &mut Release) -> Result<(), TableError> {
    // RXCUI1, RXCUI2, RELA, SAB
    each(&find(folder, "RXNREL.RRF")?, rrf(&[0, 4, 7, 10]), progress, |cells| {
        if cells[3] != "RXNORM" || !wanted(cells[2]) {
            return;
        }
        let place = |cell: &str| release.places.get(&cell.parse::<u32>().ok()?).copied();
        let (Some(one), Some(other)) = (place(cells[0]), place(cells[1])) else { return };
        let kind = |place: u32| KINDS[usize::from(release.concepts[place as usize].kind)];
        if let Some(above) = above(kind(one), kind(other)) {
            let (high, low) = if above { (one, other) } else { (other, one) };
            release.related.entry(high).or_default().push(low);
        }
    })?;
    for below in release.related.values_mut() {
        below.sort_unstable();
        below.dedup();
    }
    Ok(())
}

/// Relations that lead from products and salts towards ingredients, by either of their names.
fn wanted(relation: &str) -> bool {
    matches!(
        relation,
        "has_ingredient"
            | "ingredient_of"
            | "has_ingredients"
            | "ingredients_of"
            | "form_of"
            | "has_form"
            | "tradename_of"
            | "has_tradename"
            | "has_part"
            | "part_of"
            | "consists_of"
            | "constitutes"
            | "contains"
            | "contained_in"
            | "has_precise_ingredient"
            | "precise_ingredient_of"
    )
}

/// Whether the first of two related kinds is the one that leads to ingredients through the other; `None` when the relation
/// says nothing of ingredients.
fn above(one: &str, other: &str) -> Option<bool> {
    const STEPS: &[(&str, &[&str])] = &[
        ("PIN", &["IN"]),
        ("MIN", &["IN"]),
        ("BN", &["IN", "PIN"]),
        ("SCDC", &["IN"]),
        ("SCDF", &["IN"]),
        ("SBDC", &["SCDC"]),
        ("SBDF", &["SCDF"]),
        ("SCD", &["SCDC"]),
        ("SBD", &["SCDC", "SCD"]),
        ("GPCK", &["SCD"]),
        ("BPCK", &["SCD", "SBD", "GPCK"]),
    ];
    let leads = |from: &str, to: &str| STEPS.iter().any(|(high, low)| *high == from && low.contains(&to));
    if leads(one, other) {
        return Some(true);
    }
    leads(other, one).then_some(false)
}

fn attributes(
    folder: &Path,
    progress: &Progress<'_>,
    release: &mut Release,
    packages: &mut Vec<(u64, String)>,
    skipped: &mut Skipped,
) -> Result<(), TableError> {
    // RXCUI, ATN, SAB, ATV, SUPPRESS
    each(&find(folder, "RXNSAT.RRF")?, rrf(&[0, 8, 9, 10, 11]), progress, |cells| {
        let (Ok(code), name, value) = (cells[0].parse::<u32>(), cells[1], cells[3]) else { return };
        if !release.places.contains_key(&code) {
            return;
        }
        match name {
            "NDC" if cells[2] == "RXNORM" => {
                let sound = value.len() == 11 && value.bytes().all(|b| b.is_ascii_digit());
                if cells[4] != "N" {
                    skipped.note("package: no longer in use", || value.to_owned());
                } else if sound {
                    packages.push((u64::from(code), value.to_owned()));
                } else {
                    skipped.note("package: not eleven digits", || value.to_owned());
                }
            }
            "UNII_CODE" => {
                release.unii.entry(code).or_default().insert(value.to_owned());
            }
            _ => {}
        }
    })?;
    Ok(())
}

impl Release {
    fn of_kind(&self, wanted: &'static [&'static str]) -> impl Iterator<Item = (u32, &Concept)> {
        let fits = move |c: &Concept| wanted.contains(&KINDS[usize::from(c.kind)]);
        self.concepts.iter().enumerate().filter(move |(_, c)| fits(c)).map(|(n, c)| (n as u32, c))
    }

    /// The codes of the ingredients to which the relations of a concept lead.
    fn ingredients(&self, place: u32) -> BTreeSet<u32> {
        let (mut found, mut seen, mut open) = (BTreeSet::new(), HashSet::new(), vec![place]);
        while let Some(at) = open.pop().filter(|_| seen.len() < CONCEPTS_WALKED_MAX) {
            if !seen.insert(at) {
                continue;
            }
            let concept = &self.concepts[at as usize];
            if KINDS[usize::from(concept.kind)] == "IN" {
                found.insert(concept.code);
            }
            open.extend(self.related.get(&at).into_iter().flatten());
        }
        found
    }
}

/// Concepts looked at on the way from one product to its ingredients: a pack of many things has some hundreds.
const CONCEPTS_WALKED_MAX: usize = 10_000;

fn ingredients(release: &Release, terminology: &mut Terminology, skipped: &mut Skipped) {
    let substances = &mut terminology.substances;
    for (_, concept) in release.of_kind(&["IN"]) {
        let (code, name) = (concept.code.to_string(), fitting(&concept.name));
        let unii = release.unii.get(&concept.code).into_iter().flatten().cloned().collect();
        let ingredient = Ingredient { code: code.clone(), name: name.clone(), unii, atc: Vec::new() };
        if substances.add(ingredient).is_none() && !substances.retire(&code, &name) {
            skipped.note("ingredient: its name or code is taken by another", || format!("{code} {name}"));
        }
    }
    for (place, concept) in release.of_kind(&["PIN"]) {
        let bases = Vec::from_iter(release.ingredients(place));
        let [base] = bases.as_slice() else {
            skipped.note("salt: it does not lead to one ingredient", || format!("{} {}", concept.code, concept.name));
            continue;
        };
        let Some(base) = substances.by_code(&base.to_string()) else { continue };
        let unii = release.unii.get(&concept.code).into_iter().flatten().cloned().collect();
        let (code, name) = (concept.code.to_string(), fitting(&concept.name));
        let salt = Salt { code: code.clone(), name: name.clone(), ingredient: base.ingredient, unii };
        if substances.add_salt(salt).is_none() && !substances.retire(&code, &name) {
            skipped.note("salt: its name or code is taken by another", || format!("{code} {name}"));
        }
    }
    let mut taken = HashSet::new();
    for ingredient in &mut substances.ingredients {
        ingredient.unii.retain(|unii| taken.insert(unii.clone()));
    }
    for salt in &mut substances.salts {
        salt.unii.retain(|unii| taken.insert(unii.clone()));
    }
    for (atc, codes) in &release.atc {
        let found: BTreeSet<usize> =
            codes.iter().filter_map(|c| substances.by_code(&c.to_string())).map(|s| s.ingredient).collect();
        match Vec::from_iter(found).as_slice() {
            [only] => substances.ingredients[*only].atc.push(atc.clone()),
            [] => {}
            _ => skipped.note("ATC: claimed by several ingredients", || atc.clone()),
        }
    }
}

fn groups(release: &Release, terminology: &mut Terminology, skipped: &mut Skipped) {
    for (place, concept) in release.of_kind(&["BN", "MIN"]) {
        let codes = release.ingredients(place);
        let found = codes.iter().map(|c| terminology.substances.by_code(&c.to_string()).map(|s| s.ingredient));
        let is_brand = KINDS[usize::from(concept.kind)] == "BN";
        match found.collect::<Option<Vec<usize>>>().filter(|i| !i.is_empty()) {
            Some(ingredients) => {
                let group = Group { code: concept.code.to_string(), name: concept.name.clone(), ingredients };
                if is_brand { terminology.brands.push(group) } else { terminology.combinations.push(group) }
            }
            None => {
                let reason = if is_brand { "brand: no ingredient known" } else { "combination: no ingredient known" };
                skipped.note(reason, || format!("{} {}", concept.code, concept.name));
            }
        }
    }
}

fn products(release: &Release, terminology: &mut Terminology, skipped: &mut Skipped) {
    let mut made = Vec::new();
    for (place, concept) in release.of_kind(&["SCD", "SBD", "SCDC", "SBDC", "SCDF", "SBDF", "GPCK", "BPCK"]) {
        let codes = release.ingredients(place);
        let substances = &terminology.substances;
        let ingredients: BTreeSet<usize> =
            codes.iter().filter_map(|c| substances.by_code(&c.to_string())).map(|s| s.ingredient).collect();
        let is_complete = !codes.is_empty() && ingredients.len() == codes.len();
        let known = Known { ingredients, is_complete };
        match product(&concept.code.to_string(), &concept.name, &known, substances) {
            Ok((product, doubt)) => {
                if doubt.is_some() {
                    skipped.note("strength: the name speaks of other ingredients than the relations", || {
                        concept.name.clone()
                    });
                }
                made.push(product);
            }
            Err(part) => {
                skipped.note(UNKNOWN_INGREDIENT, || format!("{} {}: {part}", concept.code, concept.name));
            }
        }
    }
    terminology.products = made;
}

/// Codes that were merged into others, followed to the one that is in use.
fn retired(
    folder: &Path,
    progress: &Progress<'_>,
    terminology: &mut Terminology,
    skipped: &mut Skipped,
) -> Result<(), TableError> {
    let mut next: BTreeMap<u64, u64> = BTreeMap::new();
    // OLD_RXCUI, NEW_RXCUI
    each(&find(folder, "RXNCUICHANGES.RRF")?, rrf(&[5, 6]), progress, |cells| {
        if let (Ok(old), Ok(new)) = (cells[0].parse(), cells[1].parse())
            && old != new
        {
            next.insert(old, new);
        }
    })?;
    terminology.take_retired(&next, skipped);
    Ok(())
}
