//! Rows of product tables: codes with what they are made of.

use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::quantity::{Measure, Strength};
use crate::clinical::route::{Route, RouteSet};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::quote::list;
use crate::diagnostic::report::Span;
use crate::source::drugs::form_words;
use crate::source::limits::PRODUCT_PARTS_MAX;
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::rows::Row;
use crate::source::terminology::{SYSTEMS, checked};
use crate::source::tree::{Name, Product, ProductPart, WrittenCode};
use hashbrown::HashMap;

/// Strengths read so far: the same few stand in many rows.
#[derive(Debug, Default)]
pub struct Strengths {
    known: HashMap<Box<str>, Option<Strength>>,
}

impl Strengths {
    fn read(&mut self, written: &str) -> Option<Strength> {
        if let Some(strength) = self.known.get(written) {
            return *strength;
        }
        let strength = Strength::parse(written);
        self.known.insert(written.into(), strength);
        strength
    }
}

/// A row of products by RxNorm code: `rxnorm,product,form,route,parts`.
pub fn product(r: &mut Reader, row: &Row<'_>, strengths: &mut Strengths) -> Option<Product> {
    let (value, name) = (row.need(r, 0), row.need(r, 1));
    let code = value.and_then(|value| checked(r, String::from("rxnorm"), value));
    body(r, row, strengths, (2, code, name))
}

/// A row of products by hand: `system,code,name,form,route,parts`.
pub fn product_by_hand(r: &mut Reader, row: &Row<'_>, strengths: &mut Strengths) -> Option<Product> {
    let (system, value, name) = (row.need(r, 0), row.need(r, 1), row.need(r, 2));
    let code = system.zip(value).and_then(|(system, value)| code(r, system, value));
    body(r, row, strengths, (3, code, name))
}

/// Form, route and parts, from a column on.
fn body(
    r: &mut Reader,
    row: &Row<'_>,
    strengths: &mut Strengths,
    (from, code, name): (usize, Option<WrittenCode>, Option<Name>),
) -> Option<Product> {
    let form = match row.cells[from] {
        "" => None,
        word => {
            let form = Form::from_word(word);
            if form.is_none() {
                r.report(mistakes::unknown_word(row.spans[from], "form", word, &form_words()));
            }
            form
        }
    };
    let mut routes = RouteSet::UNKNOWN;
    for word in row.cells[from + 1].split(';').map(str::trim).filter(|word| !word.is_empty()) {
        match Route::from_word(word) {
            Some(route) => routes = routes.with(RouteSet::of(route)),
            None => {
                let words: Vec<&str> = Route::ALL.iter().map(|route| route.word()).collect();
                r.report(mistakes::unknown_word(row.spans[from + 1], "route", word, &words));
            }
        }
    }
    let (parts, excipients) = parts(r, row, strengths, from + 2);
    Some(Product { form, routes, parts, excipients, span: row.span, code: code?, name: name? })
}

/// A code of a system that is known by its name or URI.
pub fn code(r: &mut Reader, system: Name, value: Name) -> Option<WrittenCode> {
    if !SYSTEMS.contains(&system.value.as_str()) && !system.value.contains(':') {
        let cure = match nearest(&system.value, SYSTEMS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write the URI of the system, or one of {}", list(SYSTEMS.iter().copied())),
        };
        r.report(mistakes::bad_code(system.span, &system.value, "no code system of this name", &cure));
        return None;
    }
    checked(r, system.value, value)
}

fn parts(r: &mut Reader, row: &Row<'_>, strengths: &mut Strengths, column: usize) -> (Vec<ProductPart>, Vec<Name>) {
    let (mut parts, mut excipients) = (Vec::new(), Vec::new());
    let Some(cell) = row.need(r, column) else { return (parts, excipients) };
    let written: Vec<&str> = cell.value.split(" + ").map(str::trim).collect();
    if !part_limit(r, cell.span, written.len()) {
        return (parts, excipients);
    }
    for word in written {
        if let Some(name) = word.strip_prefix("excipient:").map(str::trim) {
            if name.is_empty() {
                r.report(mistakes::bad_part(cell.span, word, "no excipient is named"));
            } else {
                excipients.push(row.name(column, name));
            }
            continue;
        }
        match part(word, strengths) {
            Ok((ingredient, salt, strength)) => parts.push(ProductPart {
                ingredient: row.name(column, ingredient),
                salt: salt.map(|salt| row.name(column, salt)),
                strength,
            }),
            Err(why) => r.report(mistakes::bad_part(cell.span, word, why)),
        }
    }
    (parts, excipients)
}

/// Whether so many parts may be read; else it is reported.
pub fn part_limit(r: &mut Reader, span: Span, parts: usize) -> bool {
    if parts > PRODUCT_PARTS_MAX {
        r.report(mistakes::over_limit(span, "parts", parts, PRODUCT_PARTS_MAX));
    }
    parts <= PRODUCT_PARTS_MAX
}

/// An ingredient as a part, no more said of it.
pub fn plain_part(ingredient: Name) -> ProductPart {
    ProductPart { ingredient, salt: None, strength: None }
}

/// Ingredient, salt and strength of one part. A strength is known by its ` / `: names have none with blanks around it.
fn part<'w>(
    word: &'w str,
    strengths: &mut Strengths,
) -> Result<(&'w str, Option<&'w str>, Option<Strength>), &'static str> {
    let (names, strength) = match word.split_once(" / ") {
        Some((before, per)) => {
            let (names, amount) = last_two(before).ok_or("the strength has no amount")?;
            let written = &word[word.len() - per.len() - " / ".len() - amount.len()..];
            let strength = strengths.read(written).ok_or("number or unit of the strength cannot be read")?;
            (names, Some(strength))
        }
        None => {
            if last_two(word).is_some_and(|(_, amount)| Measure::parse(amount).is_some()) {
                return Err("the strength does not say in how much of the product");
            }
            (word, None)
        }
    };
    let (ingredient, salt) = match names.split_once(" as ") {
        Some((ingredient, salt)) => (ingredient.trim(), Some(salt.trim())),
        None => (names.trim(), None),
    };
    if ingredient.is_empty() || salt.is_some_and(str::is_empty) {
        return Err("no ingredient is named");
    }
    Ok((ingredient, salt, strength))
}

/// A text before its last two words, and these two where the first of them is a number.
fn last_two(text: &str) -> Option<(&str, &str)> {
    let unit = text.trim_end().rfind(' ')?;
    let number = text[..unit].trim_end().rfind(' ').map_or(0, |at| at + 1);
    // Names are letters mostly: no need to read them as numbers.
    let is_number = text[number..].starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    (is_number && Exact::parse(text[number..unit].trim()).is_some())
        .then(|| (text[..number].trim_end(), &text[number..]))
}
