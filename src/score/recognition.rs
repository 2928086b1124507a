//! How many of a list of codes a pack knows, and which it does not.

use crate::clinical::code::{Code, System};
use crate::pack::read::Pack;
use crate::pack::tables::DrugTarget;
use serde::Serialize;

/// Why a list of codes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodesError {
    /// A line is no code.
    #[error("line {line}: `{found}` is neither `system|code` nor an RxCUI")]
    NoCode {
        /// Which line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A row of a table cannot be read.
    #[error("row {row}: {why}")]
    Table {
        /// Which row.
        row: usize,
        /// What the reader says.
        why: String,
    },
    /// There is none.
    #[error("no code stands in it")]
    Empty,
}

/// How many codes are known.
#[derive(Clone, Debug, Serialize)]
pub struct Recognition {
    /// The list's name.
    pub list: String,
    /// How many codes it holds, each once.
    pub codes: usize,
    /// Those that lead to an ingredient.
    pub ingredients: usize,
    /// Those that lead to a product.
    pub products: usize,
    /// Those of the products whose strength is known in every part.
    pub with_strength: usize,
    /// Those known to be no drug.
    pub no_drug: usize,
    /// The rest.
    pub unknown: Vec<Unknown>,
}

/// A code the pack does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// As the list writes it.
    pub code: String,
    /// What the list calls it; empty where it says nothing.
    pub name: String,
    /// What kind of thing the list says it is (`tty`); empty where it says nothing.
    pub kind: String,
}

impl Recognition {
    /// How many are known.
    pub fn known(&self) -> usize {
        self.codes - self.unknown.len()
    }
}

/// Looks up every code of a list: a table with a column `rxcui` (and perhaps `name` or `display`, and `tty`), or one
/// `system|code` or RxCUI a line; remarks begin with `#`. A code that stands there twice counts once.
///
/// # Errors
/// When a line is no code, or there is none.
pub fn recognition(pack: &Pack, list: &str, text: &str) -> Result<Recognition, CodesError> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("");
    let is_table = first.split(',').any(|head| head.trim().eq_ignore_ascii_case("rxcui"));
    let mut wanted = if is_table { table(text)? } else { lines(text)? };
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    wanted.dedup_by(|a, b| a.0 == b.0);
    if wanted.is_empty() {
        return Err(CodesError::Empty);
    }
    let mut found = Recognition {
        list: list.to_owned(),
        codes: wanted.len(),
        ingredients: 0,
        products: 0,
        with_strength: 0,
        no_drug: 0,
        unknown: Vec::new(),
    };
    for (code, unknown) in wanted {
        match pack.drug(&code) {
            Some(DrugTarget::Ingredient(_)) => found.ingredients += 1,
            Some(DrugTarget::Product(id)) => {
                found.products += 1;
                found.with_strength += usize::from(has_strength(pack, id));
            }
            Some(DrugTarget::Excluded(_)) => found.no_drug += 1,
            None => found.unknown.push(unknown),
        }
    }
    Ok(found)
}

fn has_strength(pack: &Pack, product: u32) -> bool {
    let table = &pack.raw().products;
    let starts = (table.part_starts.get(product as usize), table.part_starts.get(product as usize + 1));
    let (Some(from), Some(to)) = starts else { return false };
    let parts = table.amount_dimensions.get(*from as usize..*to as usize).unwrap_or(&[]);
    // 255 stands for a strength that is not known.
    !parts.is_empty() && !parts.contains(&255)
}

fn lines(text: &str) -> Result<Vec<(Code, Unknown)>, CodesError> {
    let mut codes = Vec::new();
    for (n, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let no_code = || CodesError::NoCode { line: n, found: line.chars().take(60).collect() };
        codes.push(code(line).map(|c| named(c, line, "", "")).ok_or_else(no_code)?);
    }
    Ok(codes)
}

fn table(text: &str) -> Result<Vec<(Code, Unknown)>, CodesError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(text.as_bytes());
    let unread = |row: usize| move |e: csv::Error| CodesError::Table { row, why: e.to_string() };
    let heads = reader.headers().map_err(unread(1))?.clone();
    let column = |names: &[&str]| heads.iter().position(|h| names.iter().any(|n| h.trim().eq_ignore_ascii_case(n)));
    let places = (column(&["rxcui"]), column(&["name", "display", "str"]), column(&["tty"]));
    let mut codes = Vec::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(unread(row))?;
        let cell = |at: Option<usize>| at.and_then(|n| record.get(n)).unwrap_or("").trim();
        let (word, name, kind) = (cell(places.0), cell(places.1), cell(places.2));
        let no_code = || CodesError::NoCode { line: row, found: word.chars().take(60).collect() };
        codes.push(code(word).map(|c| named(c, word, name, kind)).ok_or_else(no_code)?);
    }
    Ok(codes)
}

fn named(code: Code, word: &str, name: &str, kind: &str) -> (Code, Unknown) {
    (code, Unknown { code: word.to_owned(), name: name.to_owned(), kind: kind.to_owned() })
}

/// `system|code`, or digits alone: an RxCUI.
fn code(word: &str) -> Option<Code> {
    match word.split_once('|') {
        Some((system, value)) => Code::new(System::from_uri(system), value),
        None if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) => Code::new(System::RxNorm, word),
        None => None,
    }
}
