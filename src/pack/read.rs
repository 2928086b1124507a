//! A verified pack, and the questions the engine asks of it.

use crate::clinical::code::{Code, System};
use crate::pack::ids::{IngredientId, NONE, ProductId, RuleId};
use crate::pack::keys::KeyTable;
use crate::pack::meeting::{MeetingRow, Meetings};
use crate::pack::part::{Part, ProductParts};
use crate::pack::stamp::PackStamp;
use crate::pack::tables::{AllergenTarget, CodeTable, DrugTarget, RawPack};
use hashbrown::HashMap;

/// Compiled knowledge whose every id, order and bound has been proved. Only `verify` makes one.
#[derive(Debug)]
pub struct Pack {
    raw: RawPack,
    /// All text, taken out of the tables: what is known to be UTF-8 need not be looked at again for every word.
    text: Box<str>,
    stamp: PackStamp,
    /// Who meets whom, taken out of the tables too: asked here alone.
    meetings: Meetings,
    parts: ProductParts,
    drug: CodeIndex,
    allergen: CodeIndex,
    problem: CodeIndex,
    lab: CodeIndex,
    reaction: CodeIndex,
}

/// Codes by system: packed keys for the known ones, text for the others.
#[derive(Debug, Default)]
struct CodeIndex {
    packed: [KeyTable; 7],
    other: HashMap<(Box<str>, Box<str>), u32>,
}

impl Pack {
    /// Builds the indexes over tables that `verify` has proved.
    pub(in crate::pack) fn trusted(mut raw: RawPack, hash: [u8; 32]) -> Pack {
        // INVARIANT (proved by `verify`): the text is UTF-8.
        let text = String::from_utf8(std::mem::take(&mut raw.text.bytes).into_vec()).unwrap_or_default();
        let stamp = PackStamp {
            name: raw.about.name.clone(),
            version: raw.about.version.clone(),
            hash: hash.iter().map(|b| format!("{b:02x}")).collect(),
        };
        let meetings = Meetings::taken_from(&mut raw.meetings);
        let parts = ProductParts::of(&raw.products);
        let mut pack = Pack {
            raw,
            text: text.into_boxed_str(),
            stamp,
            meetings,
            parts,
            drug: CodeIndex::default(),
            allergen: CodeIndex::default(),
            problem: CodeIndex::default(),
            lab: CodeIndex::default(),
            reaction: CodeIndex::default(),
        };
        pack.drug = pack.index(&pack.raw.drug_codes);
        pack.allergen = pack.index(&pack.raw.allergen_codes);
        pack.problem = pack.index(&pack.raw.problem_codes);
        pack.lab = pack.index(&pack.raw.lab_codes);
        pack.reaction = pack.index(&pack.raw.reaction_codes);
        pack
    }

    fn index(&self, table: &CodeTable) -> CodeIndex {
        let mut counts = [0usize; 7];
        table.systems.iter().for_each(|s| counts[usize::from(*s).min(6)] += 1);
        let mut packed = counts.map(KeyTable::with_capacity);
        for ((system, key), target) in table.systems.iter().zip(table.keys.iter()).zip(table.targets.iter()) {
            packed[usize::from(*system).min(6)].insert(*key, *target);
        }
        let other = table.other_systems.iter().zip(table.other_values.iter()).zip(table.other_targets.iter());
        let other = other.map(|((s, v), t)| ((self.text(*s).into(), self.text(*v).into()), *t)).collect();
        CodeIndex { packed, other }
    }

    /// Who it is.
    pub fn stamp(&self) -> &PackStamp {
        &self.stamp
    }

    /// The tables; their text is read through [`Pack::text`] alone.
    pub fn raw(&self) -> &RawPack {
        &self.raw
    }

    /// A piece of text; empty for `NONE`.
    pub fn text(&self, id: u32) -> &str {
        if id == NONE {
            return "";
        }
        let starts = &self.raw.text.starts;
        match starts.get(id as usize..).and_then(|starts| starts.first_chunk::<2>()) {
            Some([from, to]) => self.text.get(*from as usize..*to as usize).unwrap_or(""),
            None => "",
        }
    }

    /// What a code of a drug means; `None` when the pack does not know it.
    pub fn drug(&self, code: &Code) -> Option<DrugTarget> {
        DrugTarget::unpack(self.drug.get(code)?)
    }

    /// What a code of an allergen means; drug codes are not tried here.
    pub fn allergen(&self, code: &Code) -> Option<AllergenTarget> {
        AllergenTarget::unpack(self.allergen.get(code)?)
    }

    /// The problems a code stands for, its own and every wider one; `None` when the pack does not know the code.
    pub fn problems(&self, code: &Code) -> Option<&[u16]> {
        Some(self.raw.problem_sets.row(self.problem.get(code)? as usize))
    }

    /// The laboratory value a code stands for.
    pub fn lab(&self, code: &Code) -> Option<u16> {
        self.lab.get(code).and_then(|n| u16::try_from(n).ok())
    }

    /// The manifestation a code stands for.
    pub fn reaction(&self, code: &Code) -> Option<u16> {
        self.reaction.get(code).and_then(|n| u16::try_from(n).ok())
    }

    /// The parts of a product, ascending by ingredient and salt.
    pub fn parts(&self, product: ProductId) -> &[Part] {
        self.parts.of_product(product)
    }

    /// How many pairs of ingredients meet.
    pub fn pairs_met(&self) -> usize {
        self.raw.meetings.starts.last().map_or(0, |n| *n as usize / 2)
    }

    /// The memory that who meets whom takes, in bytes, without the rules of the rule sets.
    pub fn meeting_bytes(&self) -> usize {
        self.meetings.bytes()
    }

    /// The row of an ingredient: whom it meets.
    pub fn meeting_row(&self, ingredient: IngredientId) -> MeetingRow<'_> {
        self.meetings.row(ingredient)
    }

    /// The rules in which two ingredients meet, as `rule << 2 | 1 (the first may be object) | 2 (the second may be)`.
    pub fn meeting(&self, first: IngredientId, second: IngredientId) -> &[u32] {
        self.meeting_row(first).meets(second).map_or(&[], |set| self.raw.meetings.sets.row(set as usize))
    }

    /// The name of a rule.
    pub fn rule_name(&self, rule: RuleId) -> &str {
        self.raw.rules.names.get(rule.index()).map_or("", |t| self.text(*t))
    }
}

impl CodeIndex {
    fn get(&self, code: &Code) -> Option<u32> {
        match (&code.system, code.system.ordinal()) {
            (System::Other(uri), _) => {
                if self.other.is_empty() {
                    return None;
                }
                self.other.get(&(uri.clone(), code.value.clone())).copied()
            }
            (_, Some(system)) => self.packed.get(usize::from(system))?.get(code.packed()?),
            (_, None) => None,
        }
    }
}
