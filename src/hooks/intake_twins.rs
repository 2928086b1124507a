//! What comes under two keys is taken once: equal to the last detail, not by its id alone.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The entries of a chart's lists, by the hash of their references.
#[derive(Default)]
pub struct Twins {
    state: DefaultHashBuilder,
    /// Of the medications.
    pub medications: Kin,
    /// Of the allergies.
    pub allergies: Kin,
    /// Of the problems.
    pub problems: Kin,
    /// Of the labs.
    pub labs: Kin,
}

/// The entries of one list.
#[derive(Default)]
pub struct Kin {
    table: HashTable<(u64, u32)>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It stands at this place of its list.
    At(u32),
    /// The same stands there already.
    Twin,
    /// The list is full.
    Full,
}

impl Twins {
    /// The hash of a reference; `None` where there is none, for such entries have no twins.
    pub fn hash(&self, reference: &str) -> Option<u64> {
        (!reference.is_empty()).then(|| self.state.hash_one(reference))
    }
}

impl Kin {
    /// Makes room for so many more.
    pub fn expect<T>(&mut self, list: &mut Vec<T>, more: usize) {
        list.reserve(more);
        self.table.reserve(more, |(hash, _)| *hash);
    }

    /// Adds an entry to its list, unless the same is there or the list holds as many as it may.
    pub fn keep<T: PartialEq>(&mut self, list: &mut Vec<T>, item: T, hash: Option<u64>, most: usize) -> Kept {
        let is_twin = |(_, n): &(u64, u32)| list.get(*n as usize) == Some(&item);
        if hash.is_some_and(|hash| self.table.find(hash, is_twin).is_some()) {
            return Kept::Twin;
        }
        let Some(n) = u32::try_from(list.len()).ok().filter(|_| list.len() < most) else { return Kept::Full };
        if let Some(hash) = hash {
            self.table.insert_unique(hash, (hash, n), |(hash, _)| *hash);
        }
        list.push(item);
        Kept::At(n)
    }
}
