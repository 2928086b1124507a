//! One table read key by key: what is asked for is known, and what was never asked for is a mistake.

use crate::clinical::exact::Exact;
use crate::clinical::time::Dated;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::amounts;
use crate::source::mistakes;
use crate::source::reader::{Reader, Value, kind_words};
use crate::source::tree::{Name, Written};
use toml::de::{DeTable, DeValue};

/// One table, and which of its keys were asked for.
pub struct Fields<'t, 'i> {
    table: &'t DeTable<'i>,
    span: Span,
    what: &'static str,
    partial: bool,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Opens a table; a value of another type is reported. `what` is how a message names it: `the class`.
    pub fn open(r: &mut Reader, key: &str, value: &'t Value<'i>, what: &'static str) -> Option<Fields<'t, 'i>> {
        let span = r.place(value);
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields { table, span, what, partial: r.is_partial(span), asked: Vec::new() }),
            other => {
                r.report(mistakes::wrong_type(
                    span,
                    key,
                    kind_words(other),
                    "a table",
                    "`{ ... }` with its keys inside",
                ));
                None
            }
        }
    }

    /// Where the table stands: its header, or the whole of an inline table.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether a statement of the table was lost to a syntax error.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// The value of a key, if it is there.
    pub fn get(&mut self, key: &'static str) -> Option<&'t Value<'i>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// The value of a key, without having asked for it.
    pub fn peek(&self, key: &str) -> Option<&'t Value<'i>> {
        self.table.get(key)
    }

    /// Says that a key is missing, unless a syntax error may have taken it.
    pub fn lacks(&self, r: &mut Reader, key: &str, write: &str) {
        if !self.partial {
            r.report(mistakes::missing_key(self.span, self.what, key, write));
        }
    }

    /// Reports every key that was never asked for.
    pub fn close(self, r: &mut Reader) {
        for (key, _) in self.table.iter() {
            let word: &str = key.get_ref();
            if !self.asked.contains(&word) {
                let span = r.span(key.span());
                let mut keys = self.asked.clone();
                keys.sort_unstable();
                keys.dedup();
                r.report(mistakes::unknown_key(span, word, self.what, &keys));
            }
        }
    }

    /// A text.
    pub fn text(&mut self, r: &mut Reader, key: &'static str) -> Option<Name> {
        let value = self.get(key)?;
        text(r, key, value)
    }

    /// A text that must be there; `write` is the line to show when it is not.
    pub fn need_text(&mut self, r: &mut Reader, key: &'static str, write: &str) -> Option<Name> {
        if self.get(key).is_none() {
            self.lacks(r, key, write);
            return None;
        }
        self.text(r, key)
    }

    /// A name of letters, digits and hyphens that must be there.
    pub fn need_name(&mut self, r: &mut Reader, key: &'static str, write: &str) -> Option<Name> {
        let name = self.need_text(r, key, write)?;
        if !is_kebab(&name.value) {
            let instead = kebab(&name.value);
            r.report(mistakes::bad_name(name.span, key, &name.value, "`a-z`, `0-9` and `-`", &instead));
        }
        Some(name)
    }

    /// Texts: a list, or one text alone. Absent is empty.
    pub fn texts(&mut self, r: &mut Reader, key: &'static str) -> Vec<Name> {
        let Some(value) = self.get(key) else { return Vec::new() };
        items(value).iter().filter_map(|item| text(r, key, item)).collect()
    }

    /// Tables: a list of them, or none.
    pub fn tables(&mut self, r: &mut Reader, key: &'static str) -> &'t [Value<'i>] {
        match self.get(key) {
            None => &[],
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => items,
                _ => {
                    let span = r.place(value);
                    r.report(mistakes::wrong_brackets(span, key, true));
                    std::slice::from_ref(value)
                }
            },
        }
    }

    /// True or false.
    pub fn flag(&mut self, r: &mut Reader, key: &'static str) -> Option<Written<bool>> {
        let value = self.get(key)?;
        let span = r.place(value);
        match value.get_ref() {
            DeValue::Boolean(b) => Some(Written::new(*b, span)),
            other => {
                r.report(mistakes::wrong_type(
                    span,
                    key,
                    kind_words(other),
                    "true or false",
                    "`true` or `false` without quotes",
                ));
                None
            }
        }
    }

    /// True or false; absent or unreadable is false.
    pub fn is_set(&mut self, r: &mut Reader, key: &'static str) -> bool {
        self.flag(r, key).is_some_and(|f| f.value)
    }

    /// A whole number between two bounds, both allowed.
    pub fn whole(&mut self, r: &mut Reader, key: &'static str, least: i64, most: i64) -> Option<Written<i64>> {
        let value = self.get(key)?;
        let span = r.place(value);
        let wanted = format!("a whole number from {least} to {most}, without quotes");
        match value.get_ref() {
            DeValue::Integer(n) => {
                let read = i64::from_str_radix(n.as_str(), n.radix()).ok().filter(|n| (least..=most).contains(n));
                if read.is_none() {
                    r.report(mistakes::bad_number(span, key, n.as_str(), &wanted));
                }
                read.map(|n| Written::new(n, span))
            }
            other => {
                r.report(mistakes::wrong_type(span, key, kind_words(other), "a whole number", &wanted));
                None
            }
        }
    }

    /// An exact number above nothing: a whole number, or a text such as `"0.93"` or `"1/3"`.
    pub fn exact(&mut self, r: &mut Reader, key: &'static str) -> Option<Written<Exact>> {
        let value = self.get(key)?;
        let span = r.place(value);
        let words: &str = match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => n.as_str(),
            DeValue::String(s) => s,
            DeValue::Float(n) => {
                r.report(mistakes::inexact_number(span, key, n.as_str()));
                return None;
            }
            other => {
                r.report(mistakes::wrong_type(
                    span,
                    key,
                    kind_words(other),
                    "an exact number",
                    "a text such as `\"0.93\"`",
                ));
                return None;
            }
        };
        let read = Exact::parse(words).filter(|n| n.is_positive());
        if read.is_none() {
            r.report(mistakes::bad_number(span, key, words, "a number above 0, such as `\"0.93\"` or `\"1/3\"`"));
        }
        read.map(|n| Written::new(n, span))
    }

    /// A text brought to a value; what cannot be is reported as `mistake` says.
    pub fn read<T>(
        &mut self,
        r: &mut Reader,
        key: &'static str,
        convert: impl FnOnce(&str) -> Option<T>,
        mistake: impl FnOnce(Span, &str, &str) -> Diagnostic,
    ) -> Option<Written<T>> {
        let value = self.get(key)?;
        let words = text(r, key, value)?;
        let read = convert(&words.value);
        if read.is_none() {
            r.report(mistake(words.span, key, &words.value));
        }
        read.map(|v| Written::new(v, words.span))
    }

    /// A word of a closed list.
    pub fn word<T>(
        &mut self,
        r: &mut Reader,
        key: &'static str,
        from: impl FnOnce(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Option<Written<T>> {
        self.read(r, key, from, |span, key, word| mistakes::unknown_word(span, key, word, allowed))
    }

    /// Words of a closed list: a list, or one word alone.
    pub fn words<T>(
        &mut self,
        r: &mut Reader,
        key: &'static str,
        from: impl Fn(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Vec<Written<T>> {
        let mut read = Vec::new();
        for name in self.texts(r, key) {
            match from(&name.value) {
                Some(value) => read.push(Written::new(value, name.span)),
                None => r.report(mistakes::unknown_word(name.span, key, &name.value, allowed)),
            }
        }
        read
    }

    /// A length of time in seconds.
    pub fn seconds(&mut self, r: &mut Reader, key: &'static str) -> Option<Written<i64>> {
        self.read(r, key, amounts::whole_seconds, mistakes::bad_duration)
    }

    /// A date, as precise as it is written.
    pub fn date(&mut self, r: &mut Reader, key: &'static str) -> Option<Written<Dated>> {
        self.read(r, key, Dated::parse, |span, key, found| {
            mistakes::bad_date(span, key, found, "`\"2026-01-15\"`; where less is known, `\"2026-01\"` or `\"2026\"`")
        })
    }
}

/// The entries of a list, or the value itself as a list of one.
pub fn items<'t, 'i>(value: &'t Value<'i>) -> &'t [Value<'i>] {
    match value.get_ref() {
        DeValue::Array(items) => items,
        _ => std::slice::from_ref(value),
    }
}

/// A text that is not empty; anything else is reported.
pub fn text(r: &mut Reader, key: &str, value: &Value<'_>) -> Option<Name> {
    let span = r.place(value);
    match value.get_ref() {
        DeValue::String(words) if words.trim().is_empty() => {
            r.report(mistakes::empty_text(span, key));
            None
        }
        DeValue::String(words) => Some(Written::new(words.trim().to_owned(), span)),
        DeValue::Float(n) => {
            r.report(mistakes::inexact_number(span, key, n.as_str()));
            None
        }
        other => {
            let cure = match other {
                DeValue::Datetime(date) => format!("the date in quotes: `\"{date}\"`"),
                DeValue::Integer(n) => format!("it in quotes, with its unit if it has one: `\"{}\"`", n.as_str()),
                _ => "it in quotes: `\"...\"`".to_owned(),
            };
            r.report(mistakes::wrong_type(span, key, kind_words(other), "a text", &cure));
            None
        }
    }
}

/// Whether a text is a name of lower-case letters, digits and hyphens.
pub fn is_kebab(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn kebab(text: &str) -> String {
    let words: String = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}
