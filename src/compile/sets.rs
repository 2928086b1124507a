//! Sets of drugs with their filters, interned: equal sets have one row.

use crate::clinical::form::Form;
use crate::compile::classes::{Closures, members};
use crate::compile::names::Names;
use crate::compile::text::Text;
use crate::pack::column::Column;
use crate::pack::tables::{DrugSetTable, ListTable};
use crate::source::tree::DrugSet;
use hashbrown::HashMap;

/// A set as the engine reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetRow {
    /// Ingredients, ascending.
    pub members: Vec<u16>,
    /// What to call it.
    pub title: u32,
    /// Routes it is limited to.
    pub routes: u32,
    /// Routes it excludes.
    pub except_routes: u32,
    /// Forms it is limited to, as bits.
    pub forms: u64,
}

/// The sets said so far.
#[derive(Debug, Default)]
pub struct Sets {
    places: HashMap<SetRow, u32>,
    rows: Vec<SetRow>,
}

impl Sets {
    /// The row of a set as written.
    pub fn id(&mut self, set: &DrugSet, names: &Names<'_>, closures: &Closures, text: &mut Text) -> u32 {
        let row = SetRow {
            members: members(names, closures, set),
            title: text.id(&title(set, names)),
            routes: set.routes.0,
            except_routes: set.except_routes.0,
            forms: form_bits(&set.forms),
        };
        if let Some(id) = self.places.get(&row) {
            return *id;
        }
        let id = self.rows.len() as u32;
        self.places.insert(row.clone(), id);
        self.rows.push(row);
        id
    }

    /// The ingredients of a row.
    pub fn members(&self, id: u32) -> &[u16] {
        self.rows.get(id as usize).map_or(&[], |r| &r.members)
    }

    /// The table.
    pub fn into_table(self) -> DrugSetTable {
        DrugSetTable {
            titles: self.rows.iter().map(|r| r.title).collect(),
            routes: self.rows.iter().map(|r| r.routes).collect(),
            except_routes: self.rows.iter().map(|r| r.except_routes).collect(),
            forms: Column::new(self.rows.iter().map(|r| r.forms).collect()),
            members: self.rows.into_iter().map(|r| r.members).collect::<ListTable<u16>>(),
        }
    }
}

/// Forms as bits of `Form as u8`.
pub fn form_bits(forms: &[Form]) -> u64 {
    forms.iter().fold(0, |bits, form| bits | 1 << (*form as u8))
}

/// What to call a set on a card: titles of its classes, then names of its ingredients.
pub fn title(set: &DrugSet, names: &Names<'_>) -> String {
    let class = |n: &str| names.classes.get(n).map(|c| names.classes.rows[c].title.value.as_str());
    let classes = set.classes.iter().map(|n| class(&n.value).unwrap_or(&n.value));
    let words: Vec<&str> = classes.chain(set.ingredients.iter().map(|n| n.value.as_str())).collect();
    words.join(", ")
}
