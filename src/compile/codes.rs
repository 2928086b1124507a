//! Codes: from the writing to the code, and the sorted tables in which the engine looks them up.

use crate::clinical::code::{Code, System};
use crate::compile::complaint::names::{code_twice, code_unfit, system_unknown};
use crate::compile::text::Text;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::pack::column::Column;
use crate::pack::tables::CodeTable;
use crate::source::tree::WrittenCode;
use std::collections::BTreeMap;

/// A code with what sorts it: system and packed value for those the product knows by heart, URI and value for others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeKey {
    /// System ordinal and packed value.
    Known(u8, u64),
    /// URI and value.
    Other(String, String),
}

/// What codes of one kind mean, each said once.
#[derive(Debug)]
pub struct CodeRows<T> {
    rows: BTreeMap<CodeKey, (T, Span, String)>,
}

impl<T> Default for CodeRows<T> {
    fn default() -> CodeRows<T> {
        CodeRows { rows: BTreeMap::new() }
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

impl<T: PartialEq + Clone> CodeRows<T> {
    /// Says what a code means; `means` names it for people. A code that already means something else is a complaint.
    pub fn say(&mut self, written: &WrittenCode, target: T, means: &str, complaints: &mut Vec<Diagnostic>) {
        let key = match checked_key(written) {
            Ok(key) => key,
            Err(complaint) => return complaints.push(complaint),
        };
        match self.rows.get(&key) {
            Some((earlier, _, _)) if *earlier == target => {}
            Some((_, span, other)) => complaints.push(code_twice(written, means, other, *span)),
            None => {
                self.rows.insert(key, (target, written.value.span, means.to_owned()));
            }
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
        match checked_key(written) {
            Ok(key) => add(&mut self.rows.entry(key).or_insert((start, written.value.span, String::new())).0),
            Err(complaint) => complaints.push(complaint),
        }
    }

    /// What a code means so far, its place and its words.
    pub fn get(&self, key: &CodeKey) -> Option<&(T, Span, String)> {
        self.rows.get(key)
    }

    /// Every code with what it means, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&CodeKey, &T)> {
        self.rows.iter().map(|(key, row)| (key, &row.0))
    }

    /// The table, sorted as the engine wants it.
    pub fn table(&self, text: &mut Text, mut target: impl FnMut(&T) -> u32) -> CodeTable {
        let (mut systems, mut keys, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut uris, mut values, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (key, (row, _, _)) in &self.rows {
            match key {
                CodeKey::Known(system, packed) => {
                    systems.push(*system);
                    keys.push(*packed);
                    targets.push(target(row));
                }
                CodeKey::Other(uri, value) => {
                    uris.push(text.id(uri));
                    values.push(text.id(value));
                    others.push(target(row));
                }
            }
        }
        CodeTable {
            systems: Column::new(systems),
            keys: Column::new(keys),
            targets: Column::new(targets),
            other_systems: Column::new(uris),
            other_values: Column::new(values),
            other_targets: Column::new(others),
        }
    }
}
