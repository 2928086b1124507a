//! The reader of one file: where spans come from, and where mistakes are gathered.

use crate::diagnostic::report::{Diagnostic, FileId, Level, Span};
use crate::source::limits::MISTAKES_PER_FILE_MAX;
use crate::source::mistakes;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A value of a file with its place.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// The reader of one file.
pub struct Reader {
    file: FileId,
    partial: BTreeSet<usize>,
    mistakes: Vec<Diagnostic>,
    count: usize,
    errors: usize,
}

impl Reader {
    /// A reader of a file. `partial` names the headers whose tables lost a statement to a syntax error.
    pub fn new(file: FileId, partial: BTreeSet<usize>) -> Reader {
        Reader { file, partial, mistakes: Vec::new(), count: 0, errors: 0 }
    }

    /// The span of a byte range of this file.
    pub fn span(&self, range: Range<usize>) -> Span {
        let byte = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file: self.file, start: byte(range.start), end: byte(range.end) }
    }

    /// The span of a value.
    pub fn place(&self, value: &Value<'_>) -> Span {
        self.span(value.span())
    }

    /// Whether the table whose header lies here lost a statement.
    pub fn is_partial(&self, span: Span) -> bool {
        self.partial.contains(&(span.start as usize))
    }

    /// Takes note of a mistake. Beyond the limit of a file mistakes are counted only.
    pub fn report(&mut self, mistake: Diagnostic) {
        self.count += 1;
        self.errors += usize::from(mistake.level == Level::Error);
        if self.mistakes.len() < MISTAKES_PER_FILE_MAX {
            self.mistakes.push(mistake);
        }
    }

    /// How many errors were found so far; warnings do not count.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Every mistake found.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.count > self.mistakes.len() {
            let start = self.span(0..0);
            self.mistakes.push(mistakes::over_limit(start, "mistakes", self.count, MISTAKES_PER_FILE_MAX));
        }
        self.mistakes
    }
}

/// What kind of value it is, as an editor would say it.
pub fn kind_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a bare date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
