//! Combinations, allergies, duplicates and contraindications lowered, each to the table its check reads.

use crate::compile::lower::Lowering;
use crate::pack::column::Column;
use crate::pack::ids::{NONE, NONE16};
use crate::pack::tables::{AllergyTable, CombinationTable, DuplicateTable, ListTable, RawPack};
use crate::source::tree::{AllergenSet, Body, DrugSet};
use std::collections::{BTreeMap, BTreeSet};

/// Lowers the four.
pub fn lower(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    pack.combinations = combinations(lowering);
    pack.allergies = allergies(lowering);
    pack.duplicates = duplicates(lowering);
    pack.contraindications = contraindications(lowering);
}

/// For each ingredient, rows that speak of it, ascending.
struct Index(Vec<BTreeSet<u32>>);

impl Index {
    fn new(rows: usize) -> Index {
        Index(vec![BTreeSet::new(); rows])
    }

    fn add(&mut self, members: &[u16], row: u32) {
        for member in members {
            self.0[usize::from(*member)].insert(row);
        }
    }

    fn into_lists(self) -> ListTable<u32> {
        self.0.into_iter().map(|rows| rows.into_iter().collect()).collect()
    }
}

/// Lists each ingredient's rows from the sets of the rows.
pub fn by_ingredient(lowering: &Lowering<'_>, sets: &[u32]) -> ListTable<u32> {
    let mut index = Index::new(lowering.names.ingredients.rows.len());
    for (row, set) in sets.iter().enumerate() {
        index.add(lowering.sets.members(*set), row as u32);
    }
    index.into_lists()
}

fn combinations(lowering: &mut Lowering<'_>) -> CombinationTable {
    let mut index = Index::new(lowering.names.ingredients.rows.len());
    let (mut rules, mut starts) = (Vec::new(), vec![0u32]);
    let (mut sets, mut counts, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for (rule, written) in lowering.names.rules.rows.iter().enumerate() {
        let Body::Combination { slots, .. } = &written.body else { continue };
        for slot in slots {
            let set = lowering.set(&slot.drugs);
            index.add(lowering.sets.members(set), rules.len() as u32);
            sets.push(set);
            counts.push(slot.count.value);
            roles.push(slot.role);
        }
        rules.push(rule as u32);
        starts.push(sets.len() as u32);
    }
    CombinationTable {
        rules: Column::new(rules),
        slot_starts: Column::new(starts),
        slot_sets: Column::new(sets),
        slot_counts: Column::new(counts),
        slot_roles: Column::new(roles),
        by_ingredient: index.into_lists(),
    }
}

/// Crossings in the making: each recorded thing with (ingredient that reacts, rule).
struct Crossings {
    by_ingredient: Vec<BTreeSet<(u16, u32)>>,
    by_class: Vec<BTreeSet<(u16, u32)>>,
    by_allergen: Vec<BTreeSet<(u16, u32)>>,
}

/// Tiers that speak of the drug itself, as rules number them.
const SAME_INGREDIENT: u8 = 0;
const SAME_CLASS: u8 = 3;

fn allergies(lowering: &mut Lowering<'_>) -> AllergyTable {
    let names = lowering.names;
    let rows = |n: usize| vec![BTreeSet::new(); n];
    let mut crossings = Crossings {
        by_ingredient: rows(names.ingredients.rows.len()),
        by_class: rows(names.classes.rows.len()),
        by_allergen: rows(names.allergens.rows.len()),
    };
    let same = names.rules.rows.iter().position(|r| matches!(r.body, Body::Allergy { same_ingredient: true, .. }));
    let mut tiers = vec![255u8; names.rules.rows.len()];
    for (rule, written) in names.rules.rows.iter().enumerate() {
        let Body::Allergy { same_ingredient, allergen, drug, tier } = &written.body else { continue };
        tiers[rule] = tier.value;
        if *same_ingredient {
            continue;
        }
        let reacts = drug.as_ref().map(|d| {
            let set = lowering.set(d);
            lowering.sets.members(set).to_vec()
        });
        match allergen {
            Some(AllergenSet::Drugs(recorded)) => {
                let skip_itself = same.is_some() && !matches!(tier.value, SAME_INGREDIENT | SAME_CLASS);
                let reacts = reacts.unwrap_or_default();
                drugs_recorded(lowering, &mut crossings, recorded, &reacts, (rule as u32, skip_itself));
            }
            Some(AllergenSet::Allergen(name)) => {
                let reacts = reacts.unwrap_or_else(|| vec![NONE16]);
                if let Some(row) = names.allergens.get(&name.value) {
                    crossings.by_allergen[row].extend(reacts.iter().map(|r| (*r, rule as u32)));
                }
            }
            None => {}
        }
    }
    crossings.into_table(same.map_or(NONE, |n| n as u32), tiers)
}

/// A rule about recorded ingredients and classes: what a record of each ingredient, and of each class that says no more
/// than the rule, crosses to. What a class says of its members stands beside the rule for every ingredient, also for the
/// drug itself; a side chain speaks of another drug.
fn drugs_recorded(
    lowering: &mut Lowering<'_>,
    crossings: &mut Crossings,
    recorded: &DrugSet,
    reacts: &[u16],
    (rule, skip_itself): (u32, bool),
) {
    let set = lowering.set(recorded);
    let members = lowering.sets.members(set);
    for member in members {
        let others = reacts.iter().filter(|r| !(skip_itself && *r == member));
        crossings.by_ingredient[usize::from(*member)].extend(others.map(|r| (*r, rule)));
    }
    let named: BTreeSet<usize> = recorded.classes.iter().filter_map(|c| lowering.names.classes.get(&c.value)).collect();
    for (class, narrower) in lowering.closures.members.iter().enumerate() {
        let within = !narrower.is_empty() && narrower.iter().all(|m| members.binary_search(m).is_ok());
        if within || named.contains(&class) {
            crossings.by_class[class].extend(reacts.iter().map(|r| (*r, rule)));
        }
    }
}

impl Crossings {
    fn into_table(self, same_ingredient: u32, tiers: Vec<u8>) -> AllergyTable {
        let all = self.by_ingredient.iter().chain(&self.by_class).chain(&self.by_allergen);
        let rows: BTreeSet<(u16, u32)> = all.flatten().copied().collect();
        let numbers: BTreeMap<(u16, u32), u32> = rows.iter().enumerate().map(|(n, row)| (*row, n as u32)).collect();
        let lists = |lists: Vec<BTreeSet<(u16, u32)>>| -> ListTable<u32> {
            lists.into_iter().map(|list| list.iter().filter_map(|row| numbers.get(row).copied()).collect()).collect()
        };
        AllergyTable {
            same_ingredient,
            by_ingredient: lists(self.by_ingredient),
            by_class: lists(self.by_class),
            by_allergen: lists(self.by_allergen),
            crossing_ingredients: rows.iter().map(|row| row.0).collect(),
            crossing_rules: rows.iter().map(|row| row.1).collect(),
            tiers: Column::new(tiers),
            reaction_sets: ListTable::default(),
        }
    }
}

fn duplicates(lowering: &mut Lowering<'_>) -> DuplicateTable {
    let mut same = NONE;
    let (mut rules, mut sets, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (rule, written) in lowering.names.rules.rows.iter().enumerate() {
        let Body::Duplicate { same_ingredient, of, allowed } = &written.body else { continue };
        if *same_ingredient {
            same = rule as u32;
        } else if let Some(of) = of {
            rules.push(rule as u32);
            sets.push(lowering.set(of));
            counts.push(allowed.value);
        }
    }
    let by_ingredient = by_ingredient(lowering, &sets);
    DuplicateTable {
        same_ingredient: same,
        rules: Column::new(rules),
        sets: Column::new(sets),
        allowed: Column::new(counts),
        by_ingredient,
    }
}

fn contraindications(lowering: &mut Lowering<'_>) -> ListTable<u32> {
    let mut index = Index::new(lowering.names.ingredients.rows.len());
    for (rule, written) in lowering.names.rules.rows.iter().enumerate() {
        let Body::Contraindication { drug } = &written.body else { continue };
        let set = lowering.set(drug);
        index.add(lowering.sets.members(set), rule as u32);
    }
    index.into_lists()
}
