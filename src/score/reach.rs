//! How far each rule reaches: the ingredients it speaks of, and the questions it puts to the patient.

use crate::pack::ids::NONE;
use crate::pack::read::Pack;
use crate::pack::rule_tables::ConditionKind;
use std::collections::BTreeSet;

/// What one rule speaks of.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Ingredients, by id.
    pub ingredients: BTreeSet<u16>,
    /// Questions of its gate and dose bands: `ConditionKind as u8`.
    pub gate: BTreeSet<u8>,
    /// Questions of its modifiers.
    pub modifiers: BTreeSet<u8>,
    /// Kinds of dose limit: `LimitKind as u8`.
    pub limits: BTreeSet<u8>,
}

impl Reach {
    /// Whether the gate or a band asks any of these.
    pub fn gates_on(&self, kinds: &[ConditionKind]) -> bool {
        kinds.iter().any(|kind| self.gate.contains(&(*kind as u8)))
    }
}

/// The reach of every rule, by rule id.
pub fn reach(pack: &Pack) -> Vec<Reach> {
    let raw = pack.raw();
    let mut reaches = vec![Reach::default(); raw.rules.names.len()];
    for (at, rule) in reaches.iter_mut().enumerate() {
        questions(pack, raw.rules.gates[at], &mut rule.gate);
        for sets in [&raw.rules.object_sets, &raw.rules.precipitant_sets] {
            rule.ingredients.extend(members(pack, sets[at]));
        }
        for modifier in raw.rules.modifier_starts[at]..raw.rules.modifier_starts[at + 1] {
            questions(pack, raw.modifiers.conditions[modifier as usize], &mut rule.modifiers);
        }
    }
    combinations(pack, &mut reaches);
    allergies(pack, &mut reaches);
    doses(pack, &mut reaches);
    for (rule, set) in raw.duplicates.rules.iter().zip(raw.duplicates.sets.iter()) {
        add(&mut reaches, *rule, members(pack, *set));
    }
    for ingredient in 0..raw.contraindications.rows() {
        for rule in raw.contraindications.row(ingredient) {
            add(&mut reaches, *rule, [ingredient as u16]);
        }
    }
    for rule in [raw.duplicates.same_ingredient, raw.allergies.same_ingredient] {
        add(&mut reaches, rule, 0..raw.ingredients.names.len() as u16);
    }
    reaches
}

fn combinations(pack: &Pack, reaches: &mut [Reach]) {
    let table = &pack.raw().combinations;
    for (at, rule) in table.rules.iter().enumerate() {
        for slot in table.slot_starts[at]..table.slot_starts[at + 1] {
            add(reaches, *rule, members(pack, table.slot_sets[slot as usize]));
        }
    }
}

fn allergies(pack: &Pack, reaches: &mut [Reach]) {
    let table = &pack.raw().allergies;
    let known = pack.raw().ingredients.names.len();
    for (ingredient, rule) in table.crossing_ingredients.iter().zip(table.crossing_rules.iter()) {
        add(reaches, *rule, (usize::from(*ingredient) < known).then_some(*ingredient));
    }
}

fn doses(pack: &Pack, reaches: &mut [Reach]) {
    let table = &pack.raw().doses;
    for (at, rule) in table.rules.iter().enumerate() {
        add(reaches, *rule, members(pack, table.sets[at]));
        let Some(reach) = reaches.get_mut(*rule as usize) else { continue };
        for band in table.band_starts[at]..table.band_starts[at + 1] {
            let band = band as usize;
            questions(pack, table.band_conditions[band], &mut reach.gate);
            let limits = table.limit_starts[band] as usize..table.limit_starts[band + 1] as usize;
            reach.limits.extend(table.limit_kinds[limits].iter().copied());
        }
    }
}

fn add(reaches: &mut [Reach], rule: u32, ingredients: impl IntoIterator<Item = u16>) {
    if let Some(reach) = reaches.get_mut(rule as usize) {
        reach.ingredients.extend(ingredients);
    }
}

fn members(pack: &Pack, set: u32) -> impl Iterator<Item = u16> {
    let row = if set == NONE { &[][..] } else { pack.raw().drug_sets.members.row(set as usize) };
    row.iter().copied()
}

/// The kinds of question a condition asks, its children's with it.
fn questions(pack: &Pack, condition: u32, found: &mut BTreeSet<u8>) {
    const JOINING: [u8; 3] = [ConditionKind::All as u8, ConditionKind::Any as u8, ConditionKind::Not as u8];
    let table = &pack.raw().conditions;
    let mut open = vec![condition];
    // INVARIANT (proved by `verify`): children come after their parent, so this ends.
    while let Some(at) = open.pop() {
        let Some(kind) = table.kinds.get(at as usize) else { continue };
        if JOINING.contains(kind) {
            let children = table.firsts[at as usize] as usize..table.seconds[at as usize] as usize;
            open.extend(table.children.get(children).unwrap_or(&[]));
        } else {
            found.insert(*kind);
        }
    }
}
