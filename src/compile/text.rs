//! Text interned: every word once, numbered in the order in which lowering first says it.

use crate::pack::column::Column;
use crate::pack::ids::NONE;
use crate::pack::tables::TextTable;
use crate::source::tree::Name;
use hashbrown::HashMap;

/// The texts said so far.
#[derive(Debug, Default)]
pub struct Text {
    places: HashMap<String, u32>,
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl Text {
    /// The id of a text; the same text has the same id.
    pub fn id(&mut self, text: &str) -> u32 {
        if let Some(id) = self.places.get(text) {
            return *id;
        }
        let id = self.starts.len() as u32;
        self.starts.push(self.bytes.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
        self.places.insert(text.to_owned(), id);
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
