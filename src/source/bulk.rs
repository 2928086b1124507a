//! Bulk terminology: rows of tables that define ingredients, salts, brands, and codes that mean what another code means.

use crate::clinical::code::{Code, System};
use crate::clinical::route::RouteSet;
use crate::diagnostic::report::Diagnostic;
use crate::source::alias::{Alias, Sense};
use crate::source::code_tables::MoreCode;
use crate::source::mistakes;
use crate::source::products::{part_limit, plain_part};
use crate::source::reader::Reader;
use crate::source::rows::{Kind, Row};
use crate::source::terminology::{checked, fit_ingredient_name};
use crate::source::tree::{Ingredient, Name, Product, Salt, Written, WrittenCode};
use std::collections::BTreeSet;

/// What tables say beside products, until it is joined with what was written by hand.
#[derive(Debug, Default)]
pub struct Bulk {
    /// Rows of ingredients.
    pub ingredients: Vec<Ingredient>,
    /// Rows of salts, each with the name of its ingredient.
    pub salts: Vec<(Name, Salt)>,
    /// Rows of brands and combinations: products without strength, form and route.
    pub brands: Vec<Product>,
    /// Rows of products.
    pub products: Vec<Product>,
    /// Rows of classes, by the name of the ingredient.
    pub classes: Vec<(Name, Vec<WrittenCode>)>,
    /// Rows of codes that mean what another code means.
    pub aliases: Vec<Alias>,
    /// Rows of codes for what is defined elsewhere.
    pub codes: Vec<MoreCode>,
}

impl Bulk {
    /// Takes in what another table says.
    pub fn append(&mut self, mut other: Bulk) {
        self.ingredients.append(&mut other.ingredients);
        self.salts.append(&mut other.salts);
        self.brands.append(&mut other.brands);
        self.products.append(&mut other.products);
        self.classes.append(&mut other.classes);
        self.aliases.append(&mut other.aliases);
        self.codes.append(&mut other.codes);
    }
}

/// A row of ingredients: `rxnorm,ingredient,unii,atc`.
pub fn ingredient(r: &mut Reader, row: &Row<'_>) -> Option<Ingredient> {
    // One that only products tell of has no code of its own.
    let code = if row.cells[0].is_empty() { None } else { rxnorm(r, row) };
    let name = row.need(r, 1);
    name.iter().for_each(|name| fit_ingredient_name(r, name));
    let mut codes: Vec<WrittenCode> = code.into_iter().collect();
    codes.extend(codes_of(r, row, 2, "unii"));
    codes.extend(codes_of(r, row, 3, "atc"));
    Some(Ingredient { name: name?, codes, allergy_codes: Vec::new(), salts: Vec::new(), brands: Vec::new() })
}

/// A row of salts: `rxnorm,salt,ingredient,unii`.
pub fn salt(r: &mut Reader, row: &Row<'_>) -> Option<(Name, Salt)> {
    let (code, name, of) = (rxnorm(r, row), row.need(r, 1), row.need(r, 2));
    let mut codes: Vec<WrittenCode> = code.into_iter().collect();
    codes.extend(codes_of(r, row, 3, "unii"));
    Some((of?, Salt { name: name?, codes, base_fraction: None }))
}

/// A row of brands or combinations: a code, a name, and ingredients joined by ` + `.
pub fn brand(r: &mut Reader, row: &Row<'_>) -> Option<Product> {
    let (code, name, of) = (rxnorm(r, row), row.need(r, 1), row.need(r, 2));
    let of = of?;
    let words: Vec<&str> = of.value.split(" + ").map(str::trim).collect();
    part_limit(r, of.span, words.len()).then_some(())?;
    let parts = words.into_iter().map(|word| plain_part(Written::new(word.to_owned(), of.span))).collect();
    let (form, routes, excipients) = (None, RouteSet::UNKNOWN, Vec::new());
    Some(Product { code: code?, name: name?, form, routes, parts, excipients, span: row.span })
}

/// A row of codes that mean what the code in front of them means.
pub fn alias(r: &mut Reader, kind: Kind, row: &Row<'_>) -> Option<Alias> {
    let (of, system, known, column) = match kind {
        Kind::Packages => ("rxnorm", "ndc", System::Ndc, 1),
        Kind::SamePackages => ("ndc", "ndc", System::Ndc, 1),
        Kind::Retired => ("rxnorm", "rxnorm", System::RxNorm, 1),
        _ => ("snomed", "snomed", System::Snomed, 2),
    };
    let sense = if kind == Kind::Narrower { sense(r, row) } else { Some(Sense::Drug) };
    let means = row.need(r, 0).and_then(|value| checked(r, of.to_owned(), value));
    row.need(r, column)?;
    let mut codes = Vec::with_capacity(row.cells[column].len() / 8 + 1);
    for (word, span) in row.words(column) {
        // Most are plain digits: those that are need no look at how they are written.
        match plain(&known, word) {
            Some(packed) => codes.push(Written::new(packed, span)),
            None => {
                let code = checked(r, system.to_owned(), Written::new(word.to_owned(), span));
                let packed = code.and_then(|c| Code::new(known.clone(), &c.value.value)?.packed());
                codes.extend(packed.map(|packed| Written::new(packed, span)));
            }
        }
    }
    Some(Alias { means: means?, sense: sense?, system: known, codes })
}

fn sense(r: &mut Reader, row: &Row<'_>) -> Option<Sense> {
    let word = row.need(r, 1)?;
    let sense = Sense::ALL.into_iter().find(|sense| sense.word() == word.value);
    if sense.is_none() {
        let words = Sense::ALL.map(Sense::word);
        r.report(mistakes::unknown_word(word.span, "as", &word.value, &words));
    }
    sense
}

/// A row of classes: `ingredient,atc`.
pub fn classes(r: &mut Reader, row: &Row<'_>) -> Option<(Name, Vec<WrittenCode>)> {
    let name = row.need(r, 0);
    row.need(r, 1)?;
    let codes = codes_of(r, row, 1, "atc");
    Some((name?, codes))
}

/// A code of digits alone, packed, when nothing about it needs a look.
fn plain(system: &System, word: &str) -> Option<u64> {
    let fits = match system {
        System::Ndc => word.len() == 11,
        System::RxNorm => (1..=18).contains(&word.len()) && !word.starts_with('0'),
        _ => false,
    };
    let digit = |n: u64, b: u8| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0'));
    if fits { word.bytes().try_fold(0u64, digit) } else { None }
}

fn rxnorm(r: &mut Reader, row: &Row<'_>) -> Option<WrittenCode> {
    let value = row.need(r, 0)?;
    checked(r, String::from("rxnorm"), value)
}

fn codes_of(r: &mut Reader, row: &Row<'_>, column: usize, system: &str) -> Vec<WrittenCode> {
    let words: Vec<Name> = row.words(column).map(|(word, span)| Written::new(word.to_owned(), span)).collect();
    words.into_iter().filter_map(|word| checked(r, system.to_owned(), word)).collect()
}

/// Says that tables name ingredients nobody defines, once for each ingredient: (what names it, its name).
pub fn orphans(mistakes: &mut Vec<Diagnostic>, orphans: Vec<(Name, Name)>) {
    let mut told = BTreeSet::new();
    for (what, ingredient) in orphans {
        if told.insert(ingredient.value.clone()) {
            mistakes.push(mistakes::of_nothing(what.span, &what.value, &ingredient.value));
        }
    }
}
