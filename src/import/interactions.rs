//! Interaction tables for those who hold a licence to them: pairs with a level become rules, one for each drug and level.
//!
//! What is imported speaks quietly: these tables know no context, and an imported rule interrupts only where somebody has
//! read it and said so.

use crate::import::known::substances;
use crate::import::skipped::Skipped;
use crate::import::substances::Substances;
use crate::import::table::{Progress, TableError, csv, each};
use crate::source::limits::RULE_FILE_BYTES_MAX;
use crate::source::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// How bad a table says it is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// To be kept in mind.
    Minor,
    /// To be watched.
    Moderate,
    /// To be avoided where it can be.
    Major,
    /// Not to be given together.
    Contraindicated,
}

impl Level {
    /// Our word for it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Minor => "minor",
            Level::Moderate => "moderate",
            Level::Major => "major",
            Level::Contraindicated => "contraindicated",
        }
    }
}

/// Pairs of ingredient names, the first before the second, with the worst level any row gives and its words.
pub type Pairs = BTreeMap<(String, String), (Level, String)>;

/// Who the rules are by, and when somebody reads them again.
#[derive(Clone, Debug)]
pub struct About {
    /// Stands at the front of every rule's id.
    pub id: String,
    /// The source as cards name it.
    pub source: String,
    /// `YYYY-MM-DD`.
    pub review: String,
}

/// Names of a source by RxNorm code, for names that RxNorm does not have: a table `name,rxnorm`.
///
/// # Errors
/// When the table cannot be read or lacks a column.
pub fn names(
    table: Option<&Path>,
    tree: &Tree,
    progress: &Progress<'_>,
    skipped: &mut Skipped,
) -> Result<Substances, TableError> {
    let mut substances = substances(tree);
    let Some(table) = table else { return Ok(substances) };
    each(table, csv(&["name", "rxnorm"]), progress, |cells| match substances.by_code(cells[1].trim()) {
        Some(found) => {
            let name = substances.name(found.ingredient).to_owned();
            substances.also_called(cells[0], &name);
        }
        None => skipped.note("name: its code is not known", || cells.join(" ")),
    })?;
    Ok(substances)
}

/// Notes a pair; the worst level stands.
pub fn note(pairs: &mut Pairs, one: &str, other: &str, level: Level, words: &str) {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let entry = pairs.entry((first.to_owned(), second.to_owned())).or_insert((level, String::new()));
    if level > entry.0 || entry.1.is_empty() {
        *entry = (level.max(entry.0), words.to_owned());
    }
}

/// Reads a table of pairs by name (`Drug_A`, `Drug_B`, `Level`: Major, Moderate, Minor, Unknown).
///
/// # Errors
/// When the table cannot be read or lacks a column.
pub fn read_pairs(
    table: &Path,
    substances: &Substances,
    progress: &Progress<'_>,
    skipped: &mut Skipped,
) -> Result<Pairs, TableError> {
    let mut pairs = Pairs::new();
    each(table, csv(&["Drug_A", "Drug_B", "Level"]), progress, |cells| {
        let level = match cells[2].trim() {
            "Contraindicated" => Level::Contraindicated,
            "Major" => Level::Major,
            "Moderate" => Level::Moderate,
            "Minor" => Level::Minor,
            _ => return skipped.note("pair: no level that is understood", || cells.join(", ")),
        };
        let name = |cell: &str| substances.by_name(cell).map(|s| substances.name(s.ingredient));
        match (name(cells[0]), name(cells[1])) {
            (Some(one), Some(other)) if one == other => {
                skipped.note("pair: both are one ingredient", || cells.join(", "));
            }
            (Some(one), Some(other)) => note(&mut pairs, one, other, level, ""),
            (None, _) => skipped.note("pair: a name is not known", || cells[0].to_owned()),
            (_, None) => skipped.note("pair: a name is not known", || cells[1].to_owned()),
        }
    })?;
    Ok(pairs)
}

/// Rules as the text of files, none longer than a rules file may be.
pub fn rules(pairs: &Pairs, about: &About) -> Vec<String> {
    let mut groups: BTreeMap<(&str, Level, &str), BTreeSet<&str>> = BTreeMap::new();
    for ((one, other), (level, words)) in pairs {
        groups.entry((one, *level, words)).or_default().insert(other);
    }
    let mut files = vec![head(about)];
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for ((one, level, words), others) in groups {
        let stem = format!("{}-{}-{}", about.id, kebab(one), level.word());
        let number = numbers.entry(stem.clone()).or_default();
        *number += 1;
        let id = if *number == 1 { stem } else { format!("{stem}-{number}") };
        let rule = rule(&id, one, level, words, &others, about);
        if let Some(file) = files.last_mut().filter(|f| f.len() + rule.len() < RULE_FILE_BYTES_MAX) {
            file.push_str(&rule);
        } else {
            files.push(format!("{}{rule}", head(about)));
        }
    }
    files
}

fn head(about: &About) -> String {
    format!("# Imported from {}: levels by pair, without context. See to the licence.\n", about.source)
}

fn rule(id: &str, one: &str, level: Level, words: &str, others: &BTreeSet<&str>, about: &About) -> String {
    let management = match level {
        Level::Contraindicated => "avoid",
        Level::Major => "benefit-must-outweigh",
        Level::Moderate => "assess",
        Level::Minor => "none",
    };
    let consequence = if words.is_empty() { "The source gives a level and no reason." } else { words };
    let others: Vec<String> = others.iter().map(|name| quoted(name)).collect();
    let mut text = String::new();
    let _ = write!(
        text,
        "\n[[interaction]]\nid = {id}\nversion = 1\ntitle = {title}\nmutual = [{{ ingredient = {one} }}, {{ ingredients = [{others}] \
         }}]\nseverity = \"{level}\"\nserious = \"unknown\"\nmanagement = \"{management}\"\nloudness = \"passive\"\nrisk = \"an \
         interaction\"\nadvice = \"see the source\"\nconsequence = {consequence}\nactions = [\"Look the pair up in \
         the source.\"]\nevidence = {{ level = \"suspected\", sources = [{cited}] }}\nauthor = \"imported\"\nreview = {review}\n",
        id = quoted(id),
        title = quoted(&format!("{one} with another drug ({})", about.source)),
        one = quoted(one),
        others = others.join(", "),
        level = level.word(),
        consequence = quoted(consequence),
        cited = quoted(&about.source),
        review = quoted(&about.review),
    );
    text
}

/// A text as TOML writes it, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name as ids have it.
fn kebab(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}
