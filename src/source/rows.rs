//! Rows of CSV tables: which table a header opens, and the span of every row and cell.

use crate::diagnostic::report::Span;
use crate::source::limits::TABLE_ROWS_MAX;
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::tree::{Name, Written};

/// What a table holds: its header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Products of any code system, written by hand.
    ProductsByHand,
    /// Products by RxNorm code.
    Products,
    /// Ingredients.
    Ingredients,
    /// Salts and other precise forms of ingredients.
    Salts,
    /// Brands of one ingredient or of several.
    Brands,
    /// Several ingredients under one code.
    Combinations,
    /// Package codes of products.
    Packages,
    /// Codes that were taken out of RxNorm, by what took their place.
    Retired,
    /// SNOMED CT codes, by a wider one that is defined elsewhere.
    Narrower,
    /// Codes of any system, by the name of what they mean.
    Codes,
    /// Package codes of one product, by one of them that is defined elsewhere.
    SamePackages,
    /// WHO's classes of ingredients, by name.
    Classes,
}

/// Every table, and its columns in order.
pub const TABLES: &[(Kind, &[&str])] = &[
    (Kind::ProductsByHand, &["system", "code", "name", "form", "route", "parts"]),
    (Kind::Products, &["rxnorm", "product", "form", "route", "parts"]),
    (Kind::Ingredients, &["rxnorm", "ingredient", "unii", "atc"]),
    (Kind::Salts, &["rxnorm", "salt", "ingredient", "unii"]),
    (Kind::Brands, &["rxnorm", "brand", "ingredients"]),
    (Kind::Combinations, &["rxnorm", "combination", "ingredients"]),
    (Kind::Packages, &["rxnorm", "ndc"]),
    (Kind::Retired, &["rxnorm", "retired"]),
    (Kind::Narrower, &["snomed", "as", "narrower"]),
    (Kind::SamePackages, &["ndc", "packages"]),
    (Kind::Classes, &["ingredient", "atc"]),
    (Kind::Codes, &["kind", "name", "system", "code"]),
];

/// Reads a table row by row: `read` is told the kind, and gets every row with the right number of cells. Lines that begin
/// with `#` are remarks.
pub fn rows(r: &mut Reader, text: &str, mut read: impl FnMut(&mut Reader, Kind, &Row<'_>)) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut kind: Option<&(Kind, &[&str])> = None;
    let mut count = 0usize;
    while let Ok(true) = reader.read_record(&mut record) {
        let start = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let mut row = Row::new(r, text, start..end, &record);
        let Some((kind, columns)) = kind else {
            kind = TABLES.iter().find(|(_, columns)| row.cells == **columns);
            if kind.is_none() {
                r.report(mistakes::bad_header(row.span, &headers()));
                return;
            }
            continue;
        };
        count += 1;
        if count > TABLE_ROWS_MAX {
            r.report(mistakes::over_limit(row.span, "rows", count, TABLE_ROWS_MAX));
            return;
        }
        if row.cells.len() == columns.len() {
            row.columns = columns;
            read(r, *kind, &row);
        } else {
            r.report(mistakes::bad_row(row.span, row.cells.len(), columns.len()));
        }
    }
    if kind.is_none() {
        let start = r.span(0..0);
        r.report(mistakes::bad_header(start, &headers()));
    }
}

fn headers() -> Vec<String> {
    TABLES.iter().map(|(_, columns)| columns.join(",")).collect()
}

/// One row, and where it and its cells stand.
#[derive(Debug)]
pub struct Row<'a> {
    /// The cells, blanks around them taken off.
    pub cells: Vec<&'a str>,
    /// Where each cell stands.
    pub spans: Vec<Span>,
    /// Where the row stands.
    pub span: Span,
    columns: &'static [&'static str],
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
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        for cell in &cells {
            // A cell with doubled quotes does not stand in the text as it was read: its span is the row's.
            let rest = text.get(at..end).unwrap_or("");
            let skipped = rest.len() - rest.trim_start_matches([',', ' ', '"', '\t']).len();
            let here = rest.get(skipped..).is_some_and(|rest| rest.starts_with(cell)).then_some(skipped);
            let found = here.or_else(|| rest.find(cell)).map(|n| at + n..at + n + cell.len());
            match found.filter(|_| !cell.is_empty()) {
                Some(place) => {
                    at = place.end;
                    spans.push(r.span(place));
                }
                None => spans.push(r.span(start..end)),
            }
        }
        Row { cells, spans, span: r.span(start..end), columns: &[] }
    }

    /// A cell that must hold something.
    pub fn need(&self, r: &mut Reader, column: usize) -> Option<Name> {
        if self.cells[column].is_empty() {
            r.report(mistakes::empty_text(self.span, self.columns[column]));
            return None;
        }
        Some(self.name(column, self.cells[column]))
    }

    /// Words of a cell, with the place of the cell.
    pub fn name(&self, column: usize, words: &str) -> Name {
        Written::new(words.to_owned(), self.spans[column])
    }

    /// The words of a cell between blanks, each with its own place where it stands in the text as it was read.
    pub fn words(&self, column: usize) -> impl Iterator<Item = (&'a str, Span)> {
        let (cell, span) = (self.cells[column], self.spans[column]);
        let whole = (span.end - span.start) as usize == cell.len();
        cell.split_ascii_whitespace().map(move |word| {
            let at = (word.as_ptr() as usize - cell.as_ptr() as usize) as u32;
            let own = Span { file: span.file, start: span.start + at, end: span.start + at + word.len() as u32 };
            (word, if whole { own } else { span })
        })
    }
}
