//! WHO's ATC codes for the ingredients of a rules folder, by name.

use crate::import::known::{atc, substances};
use crate::import::skipped::Skipped;
use crate::import::table::{Progress, TableError, csv, each};
use crate::source::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Letters of a code that stands for one substance; shorter ones stand for groups.
const SUBSTANCE_LETTERS: usize = 7;

/// Reads a table of codes and names (`atc_code`, `atc_name`), and gives the rows of the table `ingredient,atc`.
///
/// # Errors
/// When the table cannot be read or lacks a column.
pub fn read(table: &Path, tree: &Tree, progress: &Progress<'_>) -> Result<(Vec<Vec<String>>, Skipped), TableError> {
    let mut skipped = Skipped::default();
    let (substances, known) = (substances(tree), atc(tree));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    each(table, csv(&["atc_code", "atc_name"]), progress, |cells| {
        let (code, name) = (cells[0].trim(), cells[1].trim());
        // A code has a row for each of its daily doses.
        if code.len() != SUBSTANCE_LETTERS || !seen.insert(code.to_owned()) {
            return;
        }
        if known.contains(code) {
            return skipped.note("ATC: known already", || format!("{code} {name}"));
        }
        match substances.by_name(name) {
            Some(substance) => {
                found.entry(substances.name(substance.ingredient).to_owned()).or_default().insert(code.to_owned());
            }
            None if name.contains(" and ") || name.contains("combinations") => {
                skipped.note("ATC: several substances", || format!("{code} {name}"));
            }
            None => skipped.note("ATC: no ingredient of this name", || format!("{code} {name}")),
        }
    })?;
    let row = |(name, codes): (String, BTreeSet<String>)| vec![name, Vec::from_iter(codes).join(" ")];
    Ok((found.into_iter().map(row).collect(), skipped))
}
