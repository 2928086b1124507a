//! A value as it was given, in the file, in a variable or by an option, with its place.

use crate::diagnostic::report::{FileId, Span};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub raw: Raw,
    /// Where it stands.
    pub span: Span,
}

/// A value as it was given.
#[derive(Clone, Debug)]
pub enum Raw {
    /// A text in quotes.
    Text(String),
    /// A bare word of a variable or option, which becomes what the setting wants; a list by commas.
    Word(String),
    /// A whole number.
    Whole(i64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Given>),
    /// Something no setting wants, by its name.
    Other(&'static str),
}

impl Raw {
    /// What kind of value it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Raw::Text(_) | Raw::Word(_) => "a text",
            Raw::Whole(_) => "a number",
            Raw::Flag(_) => "true or false",
            Raw::List(_) => "a list",
            Raw::Other(kind) => kind,
        }
    }
}

impl Given {
    /// A value of a TOML file.
    pub fn of_toml(file: FileId, value: &Spanned<DeValue<'_>>) -> Given {
        let span = span(file, value.span());
        let raw = match value.get_ref() {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Raw::Whole(number),
                Err(_) => Raw::Other("a number too large"),
            },
            DeValue::Boolean(flag) => Raw::Flag(*flag),
            DeValue::Array(items) => Raw::List(items.iter().map(|item| Given::of_toml(file, item)).collect()),
            DeValue::Float(_) => Raw::Other("a decimal number"),
            DeValue::Datetime(_) => Raw::Other("a bare date"),
            DeValue::Table(_) => Raw::Other("a table"),
        };
        Given { raw, span }
    }

    /// The parts of a list; a bare word is one with its parts between commas; `None`: it is no list.
    pub fn items(&self) -> Option<Vec<Given>> {
        match &self.raw {
            Raw::List(items) => Some(items.clone()),
            Raw::Word(words) => {
                let parts = words.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(parts.map(|part| Given { raw: Raw::Word(part.to_owned()), span: self.span }).collect())
            }
            _ => None,
        }
    }

    /// A text; a bare word is one.
    pub fn text(&self) -> Option<&str> {
        match &self.raw {
            Raw::Text(text) | Raw::Word(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn whole(&self) -> Option<i64> {
        match &self.raw {
            Raw::Whole(number) => Some(*number),
            Raw::Word(word) => word.trim().parse().ok(),
            _ => None,
        }
    }

    /// True or false.
    pub fn flag(&self) -> Option<bool> {
        match &self.raw {
            Raw::Flag(flag) => Some(*flag),
            Raw::Word(word) => word.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }
}

/// A byte range of a file.
pub fn span(file: FileId, range: Range<usize>) -> Span {
    let byte = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { file, start: byte(range.start), end: byte(range.end) }
}
