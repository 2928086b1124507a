//! Keeping one slip from hiding the rest of a file: statements are tried one by one, broken ones are blanked out.

use crate::source::limits::{MISTAKES_PER_FILE_MAX, STATEMENTS_JOINED_MAX};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::DeTable;

/// A file whose broken statements are blanked out, so that the rest can be read at its own place.
pub struct Mended {
    /// The text, equally long, line for line; spaces where something was broken.
    pub text: String,
    /// What was wrong with each broken statement.
    pub faults: Vec<Fault>,
    /// Where the headers start whose tables lost a statement: what these lack is not to be judged.
    pub partial: BTreeSet<usize>,
}

/// The first fault of a broken statement.
pub struct Fault {
    /// Where it is.
    pub at: Range<usize>,
    /// The TOML reader's word for it.
    pub words: String,
    /// The whole statement.
    pub statement: Range<usize>,
}

/// Blanks out every statement that does not stand on its own.
///
/// A statement starts at a line that begins with a letter or with a header's bracket, and goes on to the next such line.
/// A broken header takes its whole table with it. One fault is told of each broken statement: what follows in it may be
/// an echo of the first.
pub fn mend(text: &str) -> Mended {
    let statements = split(text);
    let mut mended = Mended { text: String::new(), faults: Vec::new(), partial: BTreeSet::new() };
    let mut bytes = text.as_bytes().to_vec();
    let (mut rule, mut table) = (None, None);
    let mut at = 0;
    while let Some(statement) = statements.get(at) {
        let header = Header::of(&text[statement.clone()]);
        let fault = fault(text, statement.clone());
        let joined = fault.as_ref().and_then(|_| join(text, &statements[at..]));
        at += joined.unwrap_or(1);
        if matches!(header, Header::Rule) {
            rule = Some(statement.start);
        }
        if !matches!(header, Header::None) {
            table = Some(statement.start);
        }
        let Some(fault) = fault.filter(|_| joined.is_none()) else { continue };
        mended.faults.push(fault);
        mended.partial.extend([rule, table].into_iter().flatten());
        let mut blank = statement.clone();
        if !matches!(header, Header::None) {
            while let Some(next) = statements.get(at).filter(|s| !ends(&header, &Header::of(&text[(*s).clone()]))) {
                blank.end = next.end;
                at += 1;
            }
        }
        if mended.faults.len() > MISTAKES_PER_FILE_MAX {
            blank.end = text.len();
            at = statements.len();
        }
        for byte in bytes[blank].iter_mut().filter(|byte| **byte != b'\n') {
            *byte = b' ';
        }
    }
    // INVARIANT: statements begin and end with lines, so only whole characters were blanked out.
    mended.text = String::from_utf8(bytes).unwrap_or_default();
    mended
}

/// What a statement opens.
enum Header {
    /// Nothing: it is a key.
    None,
    /// `[[rule]]` or `[policy]`.
    Rule,
    /// `[[rule.case]]`.
    Part,
}

impl Header {
    fn of(statement: &str) -> Header {
        let line = statement.lines().next().unwrap_or("");
        match line.strip_prefix('[') {
            None => Header::None,
            Some(_) if line.contains('.') => Header::Part,
            Some(_) => Header::Rule,
        }
    }
}

/// Whether a header ends the table of a broken one: any header ends a part, only a rule's ends a rule.
fn ends(broken: &Header, next: &Header) -> bool {
    match broken {
        Header::Rule => matches!(next, Header::Rule),
        Header::Part | Header::None => !matches!(next, Header::None),
    }
}

fn split(text: &str) -> Vec<Range<usize>> {
    let mut statements: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        match statements.last_mut() {
            Some(last) if !begins(line) => last.end = start + line.len(),
            _ => statements.push(start..start + line.len()),
        }
        start += line.len();
    }
    statements
}

fn begins(line: &str) -> bool {
    let mut bytes = line.bytes();
    match bytes.next() {
        Some(b'[') => bytes.next().is_some_and(|b| b == b'[' || b.is_ascii_alphabetic()),
        Some(b) => b.is_ascii_alphabetic() || b == b'_',
        None => false,
    }
}

/// The first fault of a stretch of text read on its own.
fn fault(text: &str, range: Range<usize>) -> Option<Fault> {
    let (_, errors) = DeTable::parse_recoverable(&text[range.clone()]);
    let error = errors.first()?;
    let at = error.span().map_or(range.clone(), |s| range.start + s.start..range.start + s.end);
    Some(Fault { at, words: error.message().to_owned(), statement: range })
}

/// How many statements make a whole one together, when the first alone is none: a text over several lines.
fn join(text: &str, statements: &[Range<usize>]) -> Option<usize> {
    let first = statements.first()?;
    if !text[first.clone()].contains("\"\"\"") && !text[first.clone()].contains("'''") {
        return None;
    }
    (2..=statements.len().min(STATEMENTS_JOINED_MAX))
        .find(|n| fault(text, first.start..statements[n - 1].end).is_none())
}
