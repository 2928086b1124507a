//! Product tables: rows of codes with what they are made of, read from CSV with the span of each row.

use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::quantity::{Measure, Strength};
use crate::clinical::route::{Route, RouteSet};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::quote::list;
use crate::diagnostic::report::Span;
use crate::source::drugs::form_words;
use crate::source::limits::{PRODUCT_PARTS_MAX, TABLE_ROWS_MAX};
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::terminology::{SYSTEMS, checked};
use crate::source::tree::{Name, Product, ProductPart, Written, WrittenCode};

/// The columns of a product table, in order.
pub const COLUMNS: [&str; 6] = ["system", "code", "name", "form", "route", "parts"];

/// Every product of a table. Lines that begin with `#` are remarks.
pub fn products(r: &mut Reader, text: &str) -> Vec<Product> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut products = Vec::new();
    let mut row = csv::StringRecord::new();
    let mut rows = 0usize;
    while let Ok(true) = reader.read_record(&mut row) {
        let start = row.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let row = Row::new(r, text, start..end, &row);
        rows += 1;
        if rows == 1 {
            if row.cells != COLUMNS {
                r.report(mistakes::bad_header(row.span, &COLUMNS.join(",")));
                break;
            }
        } else if rows > TABLE_ROWS_MAX + 1 {
            r.report(mistakes::over_limit(row.span, "rows", rows - 1, TABLE_ROWS_MAX));
            break;
        } else if row.cells.len() != COLUMNS.len() {
            r.report(mistakes::bad_row(row.span, row.cells.len(), COLUMNS.len()));
        } else {
            products.extend(product(r, &row));
        }
    }
    if rows == 0 {
        let start = r.span(0..0);
        r.report(mistakes::bad_header(start, &COLUMNS.join(",")));
    }
    products
}

/// One row, and where it and its cells stand.
struct Row<'a> {
    cells: Vec<&'a str>,
    spans: Vec<Span>,
    span: Span,
}

impl<'a> Row<'a> {
    fn new(r: &Reader, text: &str, range: std::ops::Range<usize>, record: &'a csv::StringRecord) -> Row<'a> {
        let mut start = range.start.min(text.len());
        let mut written = text.get(start..range.end.min(text.len())).unwrap_or("");
        // The reader counts remarks and empty lines to the row that follows them.
        while let Some((line, rest)) =
            written.split_once('\n').filter(|(l, _)| l.starts_with('#') || l.trim().is_empty())
        {
            start += line.len() + 1;
            written = rest;
        }
        let end = start + written.trim_end().len();
        let mut spans = Vec::with_capacity(record.len());
        let mut at = start;
        for cell in record {
            // A cell with doubled quotes does not stand in the text as it was read: its span is the row's.
            let found = text.get(at..end).and_then(|rest| rest.find(cell)).map(|n| at + n..at + n + cell.len());
            match found.filter(|_| !cell.is_empty()) {
                Some(place) => {
                    at = place.end;
                    spans.push(r.span(place));
                }
                None => spans.push(r.span(start..end)),
            }
        }
        Row { cells: record.iter().collect(), spans, span: r.span(start..end) }
    }

    /// A cell that must hold something.
    fn need(&self, r: &mut Reader, column: usize) -> Option<Name> {
        if self.cells[column].is_empty() {
            r.report(mistakes::empty_text(self.span, COLUMNS[column]));
            return None;
        }
        Some(self.name(column, self.cells[column]))
    }

    fn name(&self, column: usize, words: &str) -> Name {
        Written::new(words.to_owned(), self.spans[column])
    }
}

fn product(r: &mut Reader, row: &Row<'_>) -> Option<Product> {
    let (system, value, name) = (row.need(r, 0), row.need(r, 1), row.need(r, 2));
    let code = system.zip(value).and_then(|(system, value)| code(r, system, value));
    let form = match row.cells[3] {
        "" => None,
        word => {
            let form = Form::from_word(word);
            if form.is_none() {
                r.report(mistakes::unknown_word(row.spans[3], "form", word, &form_words()));
            }
            form
        }
    };
    let mut routes = RouteSet::UNKNOWN;
    for word in row.cells[4].split(';').map(str::trim).filter(|word| !word.is_empty()) {
        match Route::from_word(word) {
            Some(route) => routes = routes.with(RouteSet::of(route)),
            None => {
                let words: Vec<&str> = Route::ALL.iter().map(|route| route.word()).collect();
                r.report(mistakes::unknown_word(row.spans[4], "route", word, &words));
            }
        }
    }
    let (parts, excipients) = parts(r, row);
    Some(Product { form, routes, parts, excipients, span: row.span, code: code?, name: name? })
}

fn code(r: &mut Reader, system: Name, value: Name) -> Option<WrittenCode> {
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

fn parts(r: &mut Reader, row: &Row<'_>) -> (Vec<ProductPart>, Vec<Name>) {
    let (mut parts, mut excipients) = (Vec::new(), Vec::new());
    let Some(cell) = row.need(r, 5) else { return (parts, excipients) };
    let written: Vec<&str> = cell.value.split(" + ").map(str::trim).collect();
    if written.len() > PRODUCT_PARTS_MAX {
        r.report(mistakes::over_limit(cell.span, "parts", written.len(), PRODUCT_PARTS_MAX));
        return (parts, excipients);
    }
    for word in written {
        if let Some(name) = word.strip_prefix("excipient:").map(str::trim) {
            if name.is_empty() {
                r.report(mistakes::bad_part(cell.span, word, "no excipient is named"));
            } else {
                excipients.push(row.name(5, name));
            }
            continue;
        }
        match part(word) {
            Ok((ingredient, salt, strength)) => parts.push(ProductPart {
                ingredient: row.name(5, ingredient),
                salt: salt.map(|salt| row.name(5, salt)),
                strength,
            }),
            Err(why) => r.report(mistakes::bad_part(cell.span, word, why)),
        }
    }
    (parts, excipients)
}

/// Ingredient, salt and strength of one part. A strength is known by its ` / `: names have none with blanks around it.
fn part(word: &str) -> Result<(&str, Option<&str>, Option<Strength>), &'static str> {
    let (names, strength) = match word.split_once(" / ") {
        Some((before, per)) => {
            let (names, amount) = last_two(before).ok_or("the strength has no amount")?;
            let strength =
                Strength::parse(&format!("{amount} / {per}")).ok_or("number or unit of the strength cannot be read")?;
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
    let text = text.trim_end();
    let unit = text.rfind(' ')?;
    let number = text[..unit].trim_end().rfind(' ').map_or(0, |at| at + 1);
    Exact::parse(text[number..unit].trim()).map(|_| (text[..number].trim_end(), &text[number..]))
}
