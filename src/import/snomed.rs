//! SNOMED CT: the codes below those a rules folder names, from the relationships of an RF2 snapshot.
//!
//! A chart may hold a finer code than a rule names. Problems fall under every named code above them; drugs, allergens and
//! reactions under the nearest one, and where two are equally near, under none.

use crate::clinical::code::System;
use crate::import::known::codes;
use crate::import::skipped::Skipped;
use crate::import::table::{Progress, TableError, each, find_where, tabbed};
use crate::source::alias::Sense;
use crate::source::tree::Tree;
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const IS_A: &str = "116680003";
/// Substances; what is not below is a product or a finding.
const SUBSTANCE: u64 = 105_590_001;
/// REPLACED BY and SAME AS: an inactive code and the one in its place.
const SAME: [&str; 2] = ["900000000000526001", "900000000000527005"];

/// Narrower codes by sense and wider code.
pub type Narrower = BTreeMap<(&'static str, u64), BTreeSet<u64>>;

/// Reads the snapshot below a folder for the codes that a tree names.
///
/// # Errors
/// When there is no snapshot of relationships, or it cannot be read.
pub fn read(folder: &Path, tree: &Tree, progress: &Progress<'_>) -> Result<(Narrower, Skipped), TableError> {
    let mut skipped = Skipped::default();
    let hierarchy = Hierarchy::read(folder, progress)?;
    let mut narrower = Narrower::new();
    for sense in Sense::ALL {
        let named = codes(tree, &System::Snomed, sense);
        let found = match sense {
            Sense::Problem => hierarchy.all_below(&named),
            Sense::Drug => hierarchy.nearest_below(&hierarchy.substances(&named, &mut skipped), &named, &mut skipped),
            Sense::Allergen | Sense::Reaction => hierarchy.nearest_below(&named, &named, &mut skipped),
        };
        for (wider, codes) in found {
            narrower.entry((sense.word(), wider)).or_default().extend(codes);
        }
    }
    Ok((narrower, skipped))
}

/// The rows of the table `snomed,as,narrower`.
pub fn rows(narrower: &Narrower) -> Vec<Vec<String>> {
    let row = |((sense, wider), codes): (&(&'static str, u64), &BTreeSet<u64>)| {
        let codes: Vec<String> = codes.iter().map(u64::to_string).collect();
        vec![wider.to_string(), (*sense).to_owned(), codes.join(" ")]
    };
    narrower.iter().map(row).collect()
}

/// What is below what: (wider, narrower), ascending.
struct Hierarchy {
    steps: Vec<(u64, u64)>,
}

impl Hierarchy {
    fn read(folder: &Path, progress: &Progress<'_>) -> Result<Hierarchy, TableError> {
        let relationships = find_where(folder, "sct2_Relationship_Snapshot", |name| {
            name.contains("Relationship_")
                && name.contains("Snapshot")
                && !name.contains("Stated")
                && name.ends_with(".txt")
        })?;
        let mut steps = Vec::new();
        let columns = tabbed(&["active", "sourceId", "destinationId", "typeId"]);
        each(&relationships, columns, progress, |cells| {
            if let ("1", IS_A, Ok(narrow), Ok(wide)) = (cells[0], cells[3], cells[1].parse(), cells[2].parse()) {
                steps.push((wide, narrow));
            }
        })?;
        // Where old codes went is told beside the hierarchy; a snapshot without it is whole all the same.
        let associations = find_where(folder, "Association", |name| {
            name.contains("Association") && name.contains("Snapshot") && name.ends_with(".txt")
        });
        if let Ok(associations) = associations {
            let columns = tabbed(&["active", "refsetId", "referencedComponentId", "targetComponentId"]);
            each(&associations, columns, progress, |cells| {
                if let (true, Ok(old), Ok(new)) =
                    (cells[0] == "1" && SAME.contains(&cells[1]), cells[2].parse(), cells[3].parse())
                {
                    steps.push((new, old));
                }
            })?;
        }
        steps.sort_unstable();
        steps.dedup();
        Ok(Hierarchy { steps })
    }

    fn below(&self, wide: u64) -> impl Iterator<Item = u64> {
        let from = self.steps.partition_point(|(w, _)| *w < wide);
        self.steps[from..].iter().take_while(move |(w, _)| *w == wide).map(|(_, narrow)| *narrow)
    }

    /// Every code below one; not below those at which `stops` holds, which are in it themselves.
    fn walk(&self, top: u64, stops: impl Fn(u64) -> bool) -> HashSet<u64> {
        let (mut seen, mut open) = (HashSet::new(), vec![top]);
        while let Some(at) = open.pop() {
            for narrow in self.below(at) {
                if narrow != top && seen.insert(narrow) && !stops(narrow) {
                    open.push(narrow);
                }
            }
        }
        seen
    }

    /// For each named code every code below it.
    fn all_below(&self, named: &HashSet<u64>) -> BTreeMap<u64, BTreeSet<u64>> {
        let below = |code: &u64| (*code, self.walk(*code, |_| false).into_iter().collect::<BTreeSet<u64>>());
        named.iter().map(below).filter(|(_, codes)| !codes.is_empty()).collect()
    }

    /// For each of some named codes the codes below it that have no nearer named code above them.
    fn nearest_below(
        &self,
        tops: &HashSet<u64>,
        named: &HashSet<u64>,
        skipped: &mut Skipped,
    ) -> BTreeMap<u64, BTreeSet<u64>> {
        let mut above: HashMap<u64, Vec<u64>> = HashMap::new();
        for top in tops {
            for code in self.walk(*top, |code| named.contains(&code)) {
                if !named.contains(&code) {
                    above.entry(code).or_default().push(*top);
                }
            }
        }
        let mut wide: HashMap<u64, HashSet<u64>> = HashMap::new();
        let mut found: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (code, mut tops) in above {
            if tops.len() > 1 {
                let all = tops.clone();
                for top in &all {
                    wide.entry(*top).or_insert_with(|| self.walk(*top, |_| false));
                }
                // One that is itself above another of them is not the nearest.
                tops.retain(|top| !all.iter().any(|other| wide.get(top).is_some_and(|below| below.contains(other))));
            }
            match tops.as_slice() {
                [only] => {
                    found.entry(*only).or_default().insert(code);
                }
                _ => skipped.note("narrower code: several named codes are equally near", || code.to_string()),
            }
        }
        found
    }

    /// The named codes that are substances. Below a product there are combinations, which hold more than it does.
    fn substances(&self, named: &HashSet<u64>, skipped: &mut Skipped) -> HashSet<u64> {
        let substances = self.walk(SUBSTANCE, |_| false);
        let (kept, left): (HashSet<u64>, HashSet<u64>) = named.iter().partition(|code| substances.contains(*code));
        for code in BTreeSet::from_iter(left) {
            skipped
                .note("drug: no substance, and codes below a product may hold more than it does", || code.to_string());
        }
        kept
    }
}
