//! One function for each mistake the parser finds: what it is, why it is refused, what to write instead.

use crate::diagnostic::nearest::{near_first, nearest};
use crate::diagnostic::quote::{list, quote};
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::limits::CONDITION_DEPTH_MAX;

/// Longer lists of allowed words are cut in a help line, the nearest first.
const OFFERED_MAX: usize = 60;

/// K0101: the text is not TOML here.
///
/// Why it is refused: what stands there could mean several things, and a rule must mean one.
/// Write instead: what the help says; the statement is left out of this reading, the others are read.
///
/// `fault` is the TOML reader's own word for it, `statement` the text it was found in.
pub fn syntax(span: Span, fault: &str, statement: &str) -> Diagnostic {
    let value = statement.split_once('=').map_or("", |(_, value)| value.trim());
    let (words, cure) = match fault {
        _ if statement.starts_with('[') => (
            "the header of a table cannot be read",
            "write `[[interaction]]`, `[[interaction.case]]` or `[policy]` on a line of its own",
        ),
        _ if !statement.contains('=') => {
            ("the line is no `key = value`", "write `key = value`, or begin a remark with `#`")
        }
        _ if value.is_empty() => ("the value is missing", "write a value after `=`, or take the line out"),
        f if f.starts_with("unclosed inline table") => ("a table is not closed", "close the table with `}`"),
        f if f.starts_with("unclosed array") => ("a list is not closed", "close the list with `]`"),
        f if f.starts_with("missing comma") => {
            ("a comma is missing", "put `,` between the entries, and close what was opened")
        }
        f if f.starts_with("invalid basic string") || f.starts_with("invalid literal string") => {
            ("a text is not closed", "close the text on the same line, and write `\\\\` for a backslash")
        }
        _ if value.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            ("the value is not in quotes", "put texts, dates and quantities in double quotes: `\"...\"`")
        }
        f => {
            return Diagnostic::error("K0101", one_line(f))
                .label(span, "cannot be read from here on")
                .help("write `key = value`, with texts in double quotes");
        }
    };
    Diagnostic::error("K0101", words).label(span, "cannot be read from here on").help(cure)
}

/// K0102: a table of a kind that does not exist.
///
/// Why it is refused: nothing in it would ever be read, and nobody would notice.
/// Write instead: one of the kinds of the handbook; a drug is an `[[ingredient]]` with a `name`.
pub fn unknown_table(span: Span, word: &str, kinds: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("K0102", format!("unknown table {}", quote(word)))
        .label(span, "no table of this kind exists");
    match nearest(word, kinds.iter().copied()) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help(format!("the kinds are {}", list(kinds.iter().copied()))),
    }
}

/// K0103: a key that does not exist here.
///
/// Why it is refused: what it says would be lost in silence.
/// Write instead: one of the keys the help names.
pub fn unknown_key(span: Span, key: &str, what: &str, keys: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("K0103", format!("unknown key {} in {what}", quote(key)))
        .label(span, "no key of this name exists here");
    match nearest(key, keys.iter().copied()) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None if keys.is_empty() => report.help("nothing may be written here; take it out"),
        None => report.help(format!("the keys are {}", offered(key, keys))),
    }
}

/// K0105: a value of another type than the key wants.
///
/// Why it is refused: reading it by guess could change its meaning.
/// Write instead: the type the help shows.
pub fn wrong_type(span: Span, key: &str, found: &str, wanted: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("K0105", format!("{} wants {wanted}", quote(key)))
        .label(span, format!("this is {found}"))
        .help(format!("write {cure}"))
}

/// K0106: something that must be said is not.
///
/// Why it is refused: nothing sensible can be assumed in its place.
/// Write instead: the line the help shows.
pub fn missing_key(span: Span, what: &str, key: &str, write: &str) -> Diagnostic {
    Diagnostic::error("K0106", format!("{what} lacks {}", quote(key)))
        .label(span, format!("{} is missing here", quote(key)))
        .help(format!("write {write}"))
}

/// K0107: a word that is not in a closed list.
///
/// Why it is refused: a word nobody reads would change nothing.
/// Write instead: one of the words the help lists.
pub fn unknown_word(span: Span, key: &str, word: &str, allowed: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("K0107", format!("unknown word {} for {}", quote(word), quote(key)))
        .label(span, "not one of the words allowed here");
    let report = match nearest(word, allowed.iter().copied()) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report,
    };
    report.help(format!("allowed are {}", offered(word, allowed)))
}

/// K0108: a number that cannot be read exactly, or is out of range.
///
/// Why it is refused: no number may be rounded or guessed.
/// Write instead: a number of the range the help names.
pub fn bad_number(span: Span, key: &str, found: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error("K0108", format!("{} is no number for {}", quote(found), quote(key)))
        .label(span, "cannot be used")
        .help(format!("write {wanted}"))
}

/// K0109: a decimal without quotes where an exact number is wanted.
///
/// Why it is refused: TOML decimals are binary approximations, and clinical numbers are exact.
/// Write instead: the same number as a text.
pub fn inexact_number(span: Span, key: &str, found: &str) -> Diagnostic {
    Diagnostic::error("K0109", format!("{} wants an exact number", quote(key)))
        .label(span, "a decimal without quotes is not exact")
        .help(format!("write it as a text: `\"{}\"`, with its unit if it has one", found.trim()))
}

/// K0110: a quantity that cannot be read.
///
/// Why it is refused: a unit that is not known cannot be compared with an order.
/// Write instead: a number, a space, and a unit of the closed list.
pub fn bad_quantity(span: Span, key: &str, found: &str, example: &str) -> Diagnostic {
    Diagnostic::error("K0110", format!("{} is no quantity for {}", quote(found), quote(key)))
        .label(span, "number or unit cannot be read")
        .help(format!("write a number and a unit, such as `\"{example}\"`"))
}

/// K0111: a comparison that cannot be read.
///
/// Why it is refused: it would hold for nobody, or for everybody.
/// Write instead: an operator, a number and a unit, or an inclusive range.
pub fn bad_comparison(span: Span, key: &str, found: &str, why: &str, example: &str) -> Diagnostic {
    Diagnostic::error("K0111", format!("{} is no comparison for {}", quote(found), quote(key))).label(span, why).help(
        format!(
            "write `<`, `<=`, `=`, `>=` or `>`, a number and a unit, such as `\"{example}\"`, or a range with `to`"
        ),
    )
}

/// K0112: a date that cannot be read.
///
/// Why it is refused: no time is ever guessed.
/// Write instead: `"2026-01-15"`; where less is known, `"2026-01"` or `"2026"`.
pub fn bad_date(span: Span, key: &str, found: &str, example: &str) -> Diagnostic {
    Diagnostic::error("K0112", format!("{} is no date for {}", quote(found), quote(key)))
        .label(span, "no day of the calendar")
        .help(format!("write {example}"))
}

/// K0113: a length of time that cannot be read.
///
/// Why it is refused: a look-back of unknown length would find nothing, or everything.
/// Write instead: a number and a unit of time that come to whole seconds.
pub fn bad_duration(span: Span, key: &str, found: &str) -> Diagnostic {
    Diagnostic::error("K0113", format!("{} is no length of time for {}", quote(found), quote(key)))
        .label(span, "number or unit of time cannot be read")
        .help("write a number and `s`, `min`, `h`, `d`, `wk`, `months` or `years`, such as `\"7 d\"`")
}

/// K0114: an empty text.
///
/// Why it is refused: an empty name or code would match nothing or everything.
/// Write instead: the text, or leave the key out.
pub fn empty_text(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error("K0114", format!("{} is empty", quote(key)))
        .label(span, "an empty text would match nothing or everything")
        .help("write it, or leave it out")
}

/// K0115: a name with characters that a name may not have.
///
/// Why it is refused: names are matched exactly, and look-alikes would not meet.
/// Write instead: lower-case letters, digits and hyphens; ingredients as RxNorm writes them, in lower case.
pub fn bad_name(span: Span, key: &str, found: &str, allowed: &str, instead: &str) -> Diagnostic {
    let report = Diagnostic::error("K0115", format!("{} is no name for {}", quote(found), quote(key)))
        .label(span, format!("allowed are {allowed}"));
    if instead.is_empty() {
        report.help("begin with a letter or digit")
    } else {
        report.help(format!("write `\"{instead}\"`"))
    }
}

/// K0116: the same key or table twice.
///
/// Why it is refused: only one of the two could count.
/// Write instead: one of them; for several tables of a kind use double brackets.
pub fn duplicate_key(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error("K0116", format!("{} is written twice", quote(key)))
        .label(span, "written before in the same table")
        .help("take one of them out; several tables of one kind have double brackets, `[[...]]`")
}

/// K0117: single brackets for a table of which there may be many, or double ones for the only one.
///
/// Why it is refused: with single brackets a second one would be an error of its own.
/// Write instead: the brackets the help shows.
pub fn wrong_brackets(span: Span, kind: &str, many: bool) -> Diagnostic {
    let (found, wanted) =
        if many { (format!("[{kind}]"), format!("[[{kind}]]")) } else { (format!("[[{kind}]]"), format!("[{kind}]")) };
    let why = if many { "there may be many of these" } else { "there is only one of these" };
    Diagnostic::error("K0117", format!("{} has the wrong brackets", quote(&found)))
        .label(span, why)
        .help(format!("write {}", quote(&wanted)))
}

/// K0118: keys that contradict each other, or one that has no effect beside the others.
///
/// Why it is refused: it is not clear what is meant, and dropping one would be a guess.
/// Write instead: one of them.
///
/// Further places are labelled by the caller.
pub fn keys_disagree(span: Span, message: impl Into<String>, label: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("K0118", message).label(span, label).help(cure)
}

/// K0119: a code that cannot be one of its system, or a system that is not known.
///
/// Why it is refused: it would never be met in an order.
/// Write instead: the code exactly as its system writes it, after the short name or the URI of the system.
pub fn bad_code(span: Span, found: &str, why: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("K0119", format!("{} is no code", quote(found))).label(span, why).help(cure)
}

/// K0120: more of something than the parser reads.
///
/// Why it is refused: a bound keeps time and memory within limits, and reading only a part would be silent.
/// Write instead: several files.
pub fn over_limit(span: Span, what: &str, found: usize, most: usize) -> Diagnostic {
    Diagnostic::error("K0120", format!("{found} {what}; at most {most} are read"))
        .label(span, "too many in one place")
        .help("split it over several files")
}

/// K0121: conditions too deep within each other.
///
/// Why it is refused: nobody can review it, and depth must have a bound.
/// Write instead: fewer levels; several keys in one table already mean all of them.
pub fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("K0121", format!("conditions lie more than {CONDITION_DEPTH_MAX} deep within each other"))
        .label(span, "this one lies too deep")
        .help("several keys in one table mean all of them: leave out needless `all`, `any` and `not`")
}

/// K0122: a row of a table with too many or too few cells.
///
/// Why it is refused: the cells could not be told apart.
/// Write instead: as many cells as the header has; a cell that holds a comma stands in double quotes.
pub fn bad_row(span: Span, found: usize, wanted: usize) -> Diagnostic {
    Diagnostic::error("K0122", format!("the row has {found} cells; the header has {wanted}"))
        .label(span, "cells are missing or too many")
        .help("a cell that holds a comma stands in double quotes; an unknown cell stays empty between its commas")
}

/// K0123: a table without a header that says what it holds.
///
/// Why it is refused: columns are known by their names alone.
/// Write instead: one of the header lines the help shows.
pub fn bad_header(span: Span, headers: &[String]) -> Diagnostic {
    let report = Diagnostic::error("K0123", "the table does not begin with the header of a table")
        .label(span, "another header is wanted");
    report.help(format!("write one of these as the first line: {}", list(headers.iter().map(String::as_str))))
}

/// K0124: a part of a product that cannot be read.
///
/// Why it is refused: a product with a part left out would be screened in part.
/// Write instead: `ingredient as salt 5 mg / 1 tablet`, parts joined by ` + `, or `excipient: name`.
pub fn bad_part(span: Span, found: &str, why: &str) -> Diagnostic {
    Diagnostic::error("K0124", format!("the part {} cannot be read", quote(found)))
        .label(span, why)
        .help("write `ingredient as salt 5 mg / 1 tablet` (salt and strength may be absent), parts joined by ` + `")
}

/// K0125: a condition that asks nothing.
///
/// Why it is refused: it would hold always, or never.
/// Write instead: a question, such as `{ age = ">= 65 years" }`, or leave the condition out.
pub fn empty_condition(span: Span) -> Diagnostic {
    Diagnostic::error("K0125", "the condition asks nothing")
        .label(span, "no question in here")
        .help("write a question, such as `{ age = \">= 65 years\" }`, or leave the condition out")
}

/// K0126: a file that is neither rules nor a product table.
///
/// Why it is refused: it would be left out in silence.
/// Write instead: rules in a file that ends in `.toml`, products in one that ends in `.csv`.
pub fn unknown_file(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error("K0126", format!("{} is neither rules nor a product table", quote(path)))
        .label(span, "this file is not read")
        .help("rules end in `.toml`, product tables in `.csv`; keep other files elsewhere")
}

/// K0127: a set of drugs that names none.
///
/// Why it is refused: it would match no drug, or every drug.
/// Write instead: an ingredient or a class by name.
pub fn no_drug(span: Span) -> Diagnostic {
    Diagnostic::error("K0127", "the set of drugs names no drug")
        .label(span, "no ingredient and no class in here")
        .help("write `{ ingredient = \"...\" }` or `{ class = \"...\" }`")
}

/// K0128: a code whose check digit is wrong; a warning.
///
/// Why it is told: a mistyped code never matches, and nobody would notice.
/// Write instead: the code as its system writes it.
pub fn wrong_check_digit(span: Span, found: &str, system: &str) -> Diagnostic {
    Diagnostic::warning("K0128", format!("{} has a wrong check digit", quote(found)))
        .label(span, format!("{system} has no such code"))
        .help("look the code up again: a digit is wrong, or two are swapped")
}

/// K0129: a table and something written by hand contradict each other.
///
/// Why it is refused: what is written by hand extends a row of a table; it cannot mean another thing by the same name.
/// Write instead: the code of the table, or another name.
pub fn contradiction(hand: Span, table: Span, what: String) -> Diagnostic {
    Diagnostic::error("K0129", what)
        .label(hand, "written by hand here")
        .label(table, "the row of the table")
        .help("what is written by hand extends the row: correct its code or its ingredients, or give it another name")
}

/// K0130: a row of a table belongs to an ingredient that nobody defines.
///
/// Why it is refused: a salt of it would be a salt of nothing, and a class of it would hold nothing.
/// Write instead: the name of an ingredient, as a table or an `[[ingredient]]` gives it.
pub fn of_nothing(span: Span, what: &str, ingredient: &str) -> Diagnostic {
    Diagnostic::error(
        "K0130",
        format!("{} belongs to ingredient {}, which nobody defines", quote(what), quote(ingredient)),
    )
    .label(span, "no ingredient of this name is defined")
    .help("define the ingredient in a table of ingredients or with `[[ingredient]]`")
}

/// K0131: a row of a code table for something that no file defines.
///
/// Why it is refused: the code would mean nothing, and nobody would notice.
/// Write instead: the name as its table has it, or define it first.
pub fn unknown_name(span: Span, kind: &str, found: &str, near: Option<&str>) -> Diagnostic {
    let report =
        Diagnostic::error("K0131", format!("no {kind} is called {}", quote(found))).label(span, "no file defines it");
    match near {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help(format!("define it as `[[{kind}]]` first")),
    }
}

/// K0132: a distance between two givings that cannot be read, or that no day has room for.
///
/// Why it is refused: it would be kept by nobody, or by everybody.
/// Write instead: the hours between them, or the hours before and the hours after, together no more than a day.
pub fn bad_distance(span: Span, key: &str, found: &str) -> Diagnostic {
    Diagnostic::error("K0132", format!("{} is no distance between two givings for {}", quote(found), quote(key)))
        .label(span, "it cannot be read, or no day has room for it")
        .help("write `\"4 h\"`, or `\"2 h before or 6 h after\"` with `of` for the drug that is given then")
}

fn offered(word: &str, words: &[&str]) -> String {
    let near = near_first(word, words);
    let shown = list(near.iter().copied().take(OFFERED_MAX));
    if near.len() > OFFERED_MAX { format!("{shown} and {} more", near.len() - OFFERED_MAX) } else { shown }
}

fn one_line(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
