//! Text interned: every word once, numbered in the order in which lowering first says it.

use crate::pack::column::Column;
use crate::pack::ids::NONE;
use crate::pack::tables::TextTable;
use crate::source::tree::Name;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The texts said so far. Where each stands is found by its hash; the words themselves are kept once.
#[derive(Debug, Default)]
pub struct Text {
    places: HashTable<u32>,
    hashes: DefaultHashBuilder,
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl Text {
    /// The id of a text; the same text has the same id.
    pub fn id(&mut self, text: &str) -> u32 {
        let hash = self.hashes.hash_one(text.as_bytes());
        let (bytes, starts, hashes) = (&self.bytes, &self.starts, &self.hashes);
        if let Some(id) = self.places.find(hash, |id| said(bytes, starts, *id) == text.as_bytes()) {
            return *id;
        }
        let id = self.starts.len() as u32;
        self.places.insert_unique(hash, id, |id| hashes.hash_one(said(bytes, starts, *id)));
        self.starts.push(self.bytes.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
        id
    }

    /// The id of a text, `NONE` where nothing is written.
    pub fn optional(&mut self, name: Option<&Name>) -> u32 {
        name.map_or(NONE, |n| self.id(&n.value))
    }

    /// The ids of a list of texts, in order.
    pub fn list(&mut self, names: &[Name]) -> Vec<u32> {
        names.iter().map(|n| self.id(&n.value)).collect()
    }

    /// The table.
    pub fn into_table(mut self) -> TextTable {
        self.starts.push(self.bytes.len() as u32);
        TextTable { bytes: Column::new(self.bytes), starts: Column::new(self.starts) }
    }
}

/// The bytes of a text said before; the last one ends where the bytes end.
fn said<'b>(bytes: &'b [u8], starts: &[u32], id: u32) -> &'b [u8] {
    let from = starts.get(id as usize).map_or(bytes.len(), |start| *start as usize);
    let to = starts.get(id as usize + 1).map_or(bytes.len(), |start| *start as usize);
    bytes.get(from..to).unwrap_or(&[])
}
