//! The French national thesaurus as JSON: pairs of drugs and classes with levels, and the members of the classes.

use crate::import::interactions::{Level, Pairs, note};
use crate::import::skipped::Skipped;
use crate::import::substances::Substances;
use crate::import::table::TableError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One pair as it is written.
#[derive(Deserialize)]
struct Entry {
    main_drug: String,
    plus_drug: String,
    #[serde(default)]
    severity_levels: Vec<Severity>,
    #[serde(default)]
    interaction_mechanism: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
struct Severity {
    level: String,
}

/// A substance and the classes it stands in.
#[derive(Deserialize)]
struct Member {
    substance: String,
    #[serde(default)]
    drug_classes: Vec<String>,
}

/// Reads the pairs and, where it is given, the index of classes.
///
/// # Errors
/// When a file cannot be read or is no JSON of this kind.
pub fn read(
    pairs: &Path,
    index: Option<&Path>,
    substances: &Substances,
    skipped: &mut Skipped,
) -> Result<Pairs, TableError> {
    let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if let Some(index) = index {
        for member in json::<Vec<Member>>(index)? {
            for class in member.drug_classes {
                classes.entry(key(&class)).or_default().push(member.substance.clone());
            }
        }
    }
    let mut found = Pairs::new();
    for entry in json::<Vec<Entry>>(pairs)? {
        let Some(level) = entry.severity_levels.iter().filter_map(|s| level(&s.level)).max() else {
            skipped.note("pair: no level that is understood", || format!("{} / {}", entry.main_drug, entry.plus_drug));
            continue;
        };
        let words = entry.description.as_deref().or(entry.interaction_mechanism.as_deref()).unwrap_or("").trim();
        let (ones, others) = (
            members(&entry.main_drug, &classes, substances, skipped),
            members(&entry.plus_drug, &classes, substances, skipped),
        );
        for one in &ones {
            for other in others.iter().filter(|other| *other != one) {
                note(&mut found, one, other, level, words);
            }
        }
    }
    Ok(found)
}

/// The ingredients behind a name: itself, or the members of a class.
fn members(
    name: &str,
    classes: &BTreeMap<String, Vec<String>>,
    substances: &Substances,
    skipped: &mut Skipped,
) -> Vec<String> {
    let own = [name.to_owned()];
    let mut found = Vec::new();
    for member in classes.get(&key(name)).map_or(&own[..], Vec::as_slice) {
        let known = substances.by_name(member).or_else(|| substances.by_name(&key(member)));
        match known {
            Some(substance) => found.push(substances.name(substance.ingredient).to_owned()),
            None => skipped.note("pair: a name is not known", || member.clone()),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn level(words: &str) -> Option<Level> {
    let words = key(words);
    Some(match words.as_str() {
        "contre-indication" | "ci" => Level::Contraindicated,
        "association deconseillee" | "ad" | "asdec" => Level::Major,
        "precaution d'emploi" | "pe" => Level::Moderate,
        "a prendre en compte" | "pc" | "apec" => Level::Minor,
        _ => return None,
    })
}

/// A name without accents, in lower case.
fn key(name: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        '’' => '\'',
        c => c,
    };
    name.trim().to_lowercase().chars().map(plain).collect()
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, TableError> {
    let unreadable = |source: std::io::Error| TableError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    serde_json::from_reader(std::io::BufReader::new(file)).map_err(|e| unreadable(e.into()))
}
