//! Codes: from the writing to the code, and the sorted tables in which the engine looks them up.

use crate::clinical::code::{Code, System};
use crate::compile::complaint::names::{code_twice, code_unfit, system_unknown};
use crate::compile::text::Text;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::pack::column::Column;
use crate::pack::tables::CodeTable;
use crate::source::tree::{Alias, Written, WrittenCode};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::collections::BTreeMap;

/// A code with what sorts it: system and packed value for those the product knows by heart, URI and value for others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeKey {
    /// System ordinal and packed value.
    Known(u8, u64),
    /// URI and value.
    Other(String, String),
}

/// What codes of one kind mean, each said once. Codes in systems the product knows by heart are many: they are kept by
/// number, and sorted once.
#[derive(Debug)]
pub struct CodeRows<'t, T> {
    known: HashMap<(u8, u64), Row<'t, T>>,
    other: BTreeMap<(String, String), Row<'t, T>>,
}

/// What a code means, where that was said, and what to call it.
#[derive(Clone, Debug)]
struct Row<'t, T> {
    target: T,
    span: Span,
    means: Means<'t>,
}

/// What a code means, in words: the kind of thing, and its name where it has one.
#[derive(Clone, Copy, Debug)]
pub struct Means<'t>(pub &'static str, pub &'t str);

impl std::fmt::Display for Means<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Means(kind, "") => f.write_str(kind),
            Means(kind, name) => write!(f, "{kind} `{name}`"),
        }
    }
}

impl<T> Default for CodeRows<'_, T> {
    fn default() -> Self {
        CodeRows { known: HashMap::new(), other: BTreeMap::new() }
    }
}

/// The code behind a writing; `None` when it cannot be a code of its system.
pub fn code(written: &WrittenCode) -> Option<Code> {
    Code::new(System::from_uri(&written.system), &written.value.value)
}

/// What sorts a code; `None` when its value cannot be one of its system.
pub fn key(code: &Code) -> Option<CodeKey> {
    match (&code.system, code.system.ordinal()) {
        (System::Other(uri), _) => Some(CodeKey::Other(uri.to_string(), code.value.to_string())),
        (_, Some(system)) => Some(CodeKey::Known(system, code.packed()?)),
        (_, None) => None,
    }
}

/// The key of a writing, or why it has none.
pub fn checked_key(written: &WrittenCode) -> Result<CodeKey, Diagnostic> {
    let code = code(written).ok_or_else(|| code_unfit(written))?;
    match &code.system {
        System::Other(uri) if !uri.contains(':') => Err(system_unknown(written)),
        _ => key(&code).ok_or_else(|| code_unfit(written)),
    }
}

impl<'t, T: PartialEq + Clone> CodeRows<'t, T> {
    /// Says what a code means. A code that already means something else is a complaint.
    pub fn say(&mut self, written: &WrittenCode, target: T, means: Means<'t>, complaints: &mut Vec<Diagnostic>) {
        let key = match checked_key(written) {
            Ok(key) => key,
            Err(complaint) => return complaints.push(complaint),
        };
        match self.row(&key) {
            Some(earlier) if earlier.target == target => {}
            Some(earlier) => {
                complaints.push(code_twice(written, &means.to_string(), &earlier.means.to_string(), earlier.span));
            }
            None => self.put(key, Row { target, span: written.value.span, means }),
        }
    }

    /// Says what a code means beside what it meant already.
    pub fn join(
        &mut self,
        written: &WrittenCode,
        start: T,
        add: impl FnOnce(&mut T),
        complaints: &mut Vec<Diagnostic>,
    ) {
        let key = match checked_key(written) {
            Ok(key) => key,
            Err(complaint) => return complaints.push(complaint),
        };
        let row = Row { target: start, span: written.value.span, means: Means("", "") };
        let row = match key {
            CodeKey::Known(system, packed) => self.known.entry((system, packed)).or_insert(row),
            CodeKey::Other(uri, value) => self.other.entry((uri, value)).or_insert(row),
        };
        add(&mut row.target);
    }

    /// Lets codes mean what another code means, as that was said before any of these. A code that means something
    /// already keeps its meaning where `alike` finds no difference; else it is a complaint. Says of each whether the
    /// other code means anything here.
    pub fn aliases(
        &mut self,
        aliases: &[Alias],
        alike: impl Fn(&T, &T) -> bool,
        complaints: &mut Vec<Diagnostic>,
    ) -> Vec<bool> {
        let rows: Vec<Option<Row<'t, T>>> = aliases.iter().map(|a| self.meant(a)).collect();
        self.known.reserve(aliases.iter().zip(&rows).filter(|(_, r)| r.is_some()).map(|(a, _)| a.codes.len()).sum());
        for (alias, row) in aliases.iter().zip(&rows) {
            let (Some(row), Some(system)) = (row, alias.system.ordinal()) else { continue };
            for code in &alias.codes {
                match self.known.entry((system, code.value)) {
                    Entry::Vacant(place) => {
                        place.insert(Row { span: code.span, ..row.clone() });
                    }
                    Entry::Occupied(place) if alike(&place.get().target, &row.target) => {}
                    Entry::Occupied(place) => complaints.push(alias_twice(alias, code, row, place.get())),
                }
            }
        }
        rows.iter().map(Option::is_some).collect()
    }

    /// The same where a code may mean several things: what the other code means is added by `add`.
    pub fn aliases_joined(&mut self, aliases: &[Alias], add: impl Fn(&mut T, &T)) -> Vec<bool> {
        let rows: Vec<Option<Row<'t, T>>> = aliases.iter().map(|a| self.meant(a)).collect();
        for (alias, row) in aliases.iter().zip(&rows) {
            let (Some(row), Some(system)) = (row, alias.system.ordinal()) else { continue };
            for code in &alias.codes {
                let new = || Row { span: code.span, ..row.clone() };
                add(&mut self.known.entry((system, code.value)).or_insert_with(new).target, &row.target);
            }
        }
        rows.iter().map(Option::is_some).collect()
    }

    /// What the code means that others stand for.
    fn meant(&self, alias: &Alias) -> Option<Row<'t, T>> {
        self.row(&checked_key(&alias.means).ok()?).cloned()
    }

    fn row(&self, key: &CodeKey) -> Option<&Row<'t, T>> {
        match key {
            CodeKey::Known(system, packed) => self.known.get(&(*system, *packed)),
            CodeKey::Other(uri, value) => self.other.get(&(uri.clone(), value.clone())),
        }
    }

    fn put(&mut self, key: CodeKey, row: Row<'t, T>) {
        match key {
            CodeKey::Known(system, packed) => self.known.insert((system, packed), row),
            CodeKey::Other(uri, value) => self.other.insert((uri, value), row),
        };
    }

    /// What codes mean, in no order.
    pub fn targets(&self) -> impl Iterator<Item = &T> {
        self.known.values().chain(self.other.values()).map(|row| &row.target)
    }

    /// The table, sorted as the engine wants it.
    pub fn table(&self, text: &mut Text, mut target: impl FnMut(&T) -> u32) -> CodeTable {
        let mut known: Vec<((u8, u64), u32)> =
            self.known.iter().map(|(key, row)| (*key, target(&row.target))).collect();
        known.sort_unstable();
        let (mut uris, mut values, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for ((uri, value), row) in &self.other {
            uris.push(text.id(uri));
            values.push(text.id(value));
            others.push(target(&row.target));
        }
        CodeTable {
            systems: known.iter().map(|((system, _), _)| *system).collect(),
            keys: known.iter().map(|((_, packed), _)| *packed).collect(),
            targets: known.iter().map(|(_, target)| *target).collect(),
            other_systems: Column::new(uris),
            other_values: Column::new(values),
            other_targets: Column::new(others),
        }
    }
}

/// A code that stands for another, and means something else already.
fn alias_twice<T>(alias: &Alias, code: &Written<u64>, row: &Row<'_, T>, earlier: &Row<'_, T>) -> Diagnostic {
    let width = if alias.system == System::Ndc { 11 } else { 1 };
    let value = Written::new(format!("{:0width$}", code.value), code.span);
    let system = if alias.system == System::Ndc { "ndc" } else { alias.means.system.as_str() };
    let written = WrittenCode { system: system.to_owned(), value };
    code_twice(&written, &row.means.to_string(), &earlier.means.to_string(), earlier.span)
}
