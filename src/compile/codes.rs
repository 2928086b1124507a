//! Codes: from the writing to the code, and the sorted tables in which the engine looks them up.

use crate::clinical::code::{Code, System};
use crate::compile::complaint::names::{alias_of_two, code_twice, code_unfit, system_unknown};
use crate::compile::text::Text;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::pack::column::Column;
use crate::pack::tables::CodeTable;
use crate::source::alias::Alias;
use crate::source::tree::{Written, WrittenCode};
use hashbrown::HashMap;
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
///
/// Codes in systems the product knows by heart are many, and most of them stand for others: they are kept as numbers that
/// lead to what is meant, and sorted once.
#[derive(Debug)]
pub struct CodeRows<'t, T> {
    rows: Vec<Row<'t, T>>,
    known: HashMap<u64, u32>,
    other: BTreeMap<(String, String), u32>,
    /// Codes that stand for others, ascending, none of them in `known`.
    aliases: Vec<(u64, u32)>,
}

/// The bits of a packed code.
const PACKED_BITS: u32 = 60;
const CODE_BITS: u64 = (1 << PACKED_BITS) - 1;

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
        CodeRows { rows: Vec::new(), known: HashMap::new(), other: BTreeMap::new(), aliases: Vec::new() }
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

/// The key of a plain RxNorm code. Most codes are such, and need no text of their own to be read.
fn plain_key(written: &WrittenCode) -> Option<CodeKey> {
    let digits = written.value.value.as_bytes();
    let plain = written.system == "rxnorm" && (1..=18).contains(&digits.len()) && digits[0] != b'0';
    let digit = |n: u64, b: &u8| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0'));
    let number = if plain { digits.iter().try_fold(0u64, digit)? } else { return None };
    System::RxNorm.ordinal().map(|system| CodeKey::Known(system, number))
}

/// The key of a writing, or why it has none.
pub fn checked_key(written: &WrittenCode) -> Result<CodeKey, Diagnostic> {
    if let Some(key) = plain_key(written) {
        return Ok(key);
    }
    let code = code(written).ok_or_else(|| code_unfit(written))?;
    match &code.system {
        System::Other(uri) if !uri.contains(':') => Err(system_unknown(written)),
        _ => key(&code).ok_or_else(|| code_unfit(written)),
    }
}

/// System and packed code in one number.
///
/// INVARIANT: a packed code has at most 60 bits (`Code::packed`), so that the system fits above it.
fn joint(system: u8, packed: u64) -> u64 {
    u64::from(system) << PACKED_BITS | packed
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
        if self.row(&key).is_none() {
            self.put(key.clone(), Row { target: start, span: written.value.span, means: Means("", "") });
        }
        if let Some(n) = self.place(&key) {
            add(&mut self.rows[n].target);
        }
    }

    /// Lets codes mean what another code means, as that was said before any of these. A code that means something
    /// already keeps its meaning where `alike` finds no difference; else it is a complaint. Says of each whether the
    /// other code means anything here.
    pub fn aliases(
        &mut self,
        aliases: &[&'t Alias],
        alike: impl Fn(&T, &T) -> bool,
        complaints: &mut Vec<Diagnostic>,
    ) -> Vec<bool> {
        let meant: Vec<Option<usize>> = aliases.iter().map(|a| self.meant(a)).collect();
        let count = aliases.iter().zip(&meant).filter(|(_, n)| n.is_some()).map(|(a, _)| a.codes.len()).sum();
        let mut found: Vec<(u64, u32)> = Vec::with_capacity(count);
        for (alias, row) in aliases.iter().zip(&meant) {
            let (Some(row), Some(system)) = (row, alias.system.ordinal()) else { continue };
            for code in &alias.codes {
                let key = joint(system, code.value);
                match self.known.get(&key).map(|n| *n as usize) {
                    None => found.push((key, *row as u32)),
                    Some(n) if alike(&self.rows[n].target, &self.rows[*row].target) => {}
                    Some(n) => complaints.push(alias_twice(alias, code, &self.rows[*row], &self.rows[n])),
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        for pair in found.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let [first, second] = [0, 1].map(|n| pair[n].1 as usize);
            if !alike(&self.rows[first].target, &self.rows[second].target) {
                let of = |row: usize| (&self.rows[row].means, written(aliases, &meant, pair[0].0, row));
                complaints.push(alias_of_two(pair[0].0 & CODE_BITS, of(first), of(second)));
            }
        }
        found.dedup_by_key(|(key, _)| *key);
        self.aliases = found;
        meant.iter().map(Option::is_some).collect()
    }

    /// The same where a code may mean several things: what the other code means is added by `add`.
    pub fn aliases_joined(&mut self, aliases: &[&'t Alias], add: impl Fn(&mut T, &T)) -> Vec<bool> {
        let meant: Vec<Option<Row<'t, T>>> =
            aliases.iter().map(|a| self.meant(a).map(|n| self.rows[n].clone())).collect();
        for (alias, row) in aliases.iter().zip(&meant) {
            let (Some(row), Some(system)) = (row, alias.system.ordinal()) else { continue };
            for code in &alias.codes {
                let key = CodeKey::Known(system, code.value);
                match self.place(&key) {
                    Some(n) => add(&mut self.rows[n].target, &row.target),
                    None => self.put(key, Row { span: code.span, ..row.clone() }),
                }
            }
        }
        meant.iter().map(Option::is_some).collect()
    }

    /// What the code means that others stand for.
    fn meant(&self, alias: &Alias) -> Option<usize> {
        self.place(&checked_key(&alias.means).ok()?)
    }

    fn place(&self, key: &CodeKey) -> Option<usize> {
        let place = match key {
            CodeKey::Known(system, packed) => self.known.get(&joint(*system, *packed)),
            CodeKey::Other(uri, value) => self.other.get(&(uri.clone(), value.clone())),
        };
        place.map(|n| *n as usize)
    }

    fn row(&self, key: &CodeKey) -> Option<&Row<'t, T>> {
        self.place(key).map(|n| &self.rows[n])
    }

    fn put(&mut self, key: CodeKey, row: Row<'t, T>) {
        let place = self.rows.len() as u32;
        self.rows.push(row);
        match key {
            CodeKey::Known(system, packed) => self.known.insert(joint(system, packed), place),
            CodeKey::Other(uri, value) => self.other.insert((uri, value), place),
        };
    }

    /// What codes mean, in the order in which it was said.
    pub fn targets(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|row| &row.target)
    }

    /// The table, sorted as the engine wants it.
    pub fn table(&self, text: &mut Text, target: impl FnMut(&T) -> u32) -> CodeTable {
        let targets: Vec<u32> = self.targets().map(target).collect();
        let mut known: Vec<(u64, u32)> = Vec::with_capacity(self.known.len() + self.aliases.len());
        known.extend(self.known.iter().map(|(key, row)| (*key, *row)));
        known.sort_unstable();
        known.extend(&self.aliases);
        // Two ascending stretches: a merging sort joins them in one walk.
        known.sort();
        let (mut uris, mut values, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for ((uri, value), row) in &self.other {
            uris.push(text.id(uri));
            values.push(text.id(value));
            others.push(targets[*row as usize]);
        }
        CodeTable {
            systems: known.iter().map(|(key, _)| (key >> PACKED_BITS) as u8).collect(),
            keys: known.iter().map(|(key, _)| key & CODE_BITS).collect(),
            targets: known.iter().map(|(_, row)| targets[*row as usize]).collect(),
            other_systems: Column::new(uris),
            other_values: Column::new(values),
            other_targets: Column::new(others),
        }
    }
}

/// Where a code is written as one that stands for a row.
fn written(aliases: &[&Alias], meant: &[Option<usize>], key: u64, row: usize) -> Span {
    let rows = aliases.iter().zip(meant).filter(|(_, n)| **n == Some(row));
    let mut codes = rows.flat_map(|(a, _)| a.codes.iter().map(|c| (a.system.ordinal().unwrap_or(0), c)));
    codes.find(|(system, c)| joint(*system, c.value) == key).map_or_else(Span::default, |(_, c)| c.span)
}

/// A code that stands for another, and means something else already.
fn alias_twice<T>(alias: &Alias, code: &Written<u64>, row: &Row<'_, T>, earlier: &Row<'_, T>) -> Diagnostic {
    let width = if alias.system == System::Ndc { 11 } else { 1 };
    let value = Written::new(format!("{:0width$}", code.value), code.span);
    let system = if alias.system == System::Ndc { "ndc" } else { alias.means.system.as_str() };
    let written = WrittenCode { system: system.to_owned(), value };
    code_twice(&written, &row.means.to_string(), &earlier.means.to_string(), earlier.span)
}
