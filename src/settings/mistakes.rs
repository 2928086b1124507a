//! One function for each mistake among the settings: what it is, why it is refused, what to write instead.

use crate::diagnostic::nearest::{near_first, nearest};
use crate::diagnostic::quote::{list, quote};
use crate::diagnostic::report::{Diagnostic, Span};
use crate::settings::shapes::Wrong;

/// Every code, in order.
pub const CODES: &[&str] = &[
    "S0101", "S0102", "S0103", "S0104", "S0105", "S0106", "S0107", "S0108", "S0109", "S0110", "S0111", "S0112",
    "S0113", "S0114", "S0115", "S0116", "S0117", "S0118", "S0119", "S0120",
];

/// The code of a secret in the clear: what it points at is never shown.
pub const SECRET: &str = "S0110";

/// S0101: the text is not TOML here. `fault` is the TOML reader's own word for it.
pub fn syntax(span: Span, fault: &str) -> Diagnostic {
    let fault: String = fault.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cure = match fault.as_str() {
        "duplicate key" => "the same stands above: take one of the two out",
        f if f.starts_with("unclosed table") => "close the header on its line: `[server]`, `[[client]]`",
        f if f.starts_with("unclosed array") => "close the list with `]`",
        f if f.starts_with("invalid basic string") || f.starts_with("invalid literal string") => {
            "close the text on the same line, and write `\\\\` for a backslash"
        }
        _ => "write `key = value`, texts in double quotes, tables as `[server]` and `[[client]]` on lines of their own",
    };
    Diagnostic::error("S0101", format!("the file cannot be read here: {fault}"))
        .label(span, "this is not TOML")
        .help(cure)
}

/// S0102: a table that does not exist.
pub fn unknown_table(span: Span, word: &str, tables: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("S0102", format!("there is no table {}", quote(word)))
        .label(span, "nothing in it would be read");
    match nearest(word, tables.iter().copied()) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help(format!("the tables are {}", list(tables.iter().copied()))),
    }
}

/// S0103: a setting that does not exist.
pub fn unknown_key(span: Span, key: &str, table: &str, keys: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("S0103", format!("there is no setting {} in {}", quote(key), quote(table)))
        .label(span, "what it says would be lost in silence");
    match nearest(key, keys.iter().copied()) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help(format!("the settings here are {}", list(near_first(key, keys)))),
    }
}

/// S0104: a value of another kind than the setting wants.
pub fn wrong_kind(span: Span, key: &str, found: &str, wanted: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0104", format!("{} wants {wanted}", quote(key)))
        .label(span, format!("this is {found}"))
        .help(format!("write {cure}"))
}

/// S0105: a text that cannot be read as what it should be: a time without its unit, an address without a port.
pub fn unreadable(span: Span, key: &str, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0105", format!("{} cannot be read", quote(key))).label(span, what).help(cure)
}

/// S0106: a value outside the limits.
pub fn out_of_limits(span: Span, key: &str, low: bool, min: &str, max: &str) -> Diagnostic {
    let (what, bound) = if low { ("is too small", min) } else { ("is too large", max) };
    Diagnostic::error("S0106", format!("{} must lie between {min} and {max}", quote(key)))
        .label(span, what)
        .help(format!("write {} or {}", bound, if low { "more" } else { "less" }))
}

/// S0107: a word that is none of those allowed.
pub fn unknown_word(span: Span, key: &str, word: &str, words: &[&str]) -> Diagnostic {
    let report = Diagnostic::error("S0107", format!("{} does not know the word {}", quote(key), quote(word)));
    match nearest(word, words.iter().copied()) {
        Some(near) => report.label(span, "is no such word").help(format!("did you mean {}?", quote(near))),
        None => report.label(span, "is no such word").help(format!("write one of {}", list(words.iter().copied()))),
    }
}

/// S0108: something needed is missing.
pub fn missing(span: Span, what: &str, why: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0108", format!("{what} is missing")).label(span, why).help(cure)
}

/// S0109: two that must differ are the same.
pub fn twice(span: Span, first: Span, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0109", format!("{what} stands twice"))
        .label(span, "stands here again")
        .label(first, "stood here first")
        .help(cure)
}

/// S0110: a secret in the clear.
pub fn secret(span: Span, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::error(SECRET, format!("{what} stands in the clear"))
        .label(span, "whoever reads this file has it")
        .help(cure)
}

/// S0111: a file named by a setting is wrong.
pub fn bad_file(span: Span, key: &str, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0111", format!("the file of {} cannot be used", quote(key))).label(span, what).help(cure)
}

/// S0112: a variable named by a setting is not set.
pub fn no_variable(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("S0112", format!("the variable {} is not set, or empty", quote(name)))
        .label(span, "names it")
        .help(format!("set it before the start: `export {name}=...`"))
}

/// S0113: a text of the wrong shape, or one that would be dangerous.
pub fn wrong_shape(span: Span, key: &str, wrong: Wrong) -> Diagnostic {
    Diagnostic::error("S0113", format!("{} is not right", quote(key))).label(span, wrong.what).help(wrong.cure)
}

/// S0114: two settings that cannot both be meant.
pub fn contradiction(span: Span, message: &str, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::error("S0114", message).label(span, what).help(cure)
}

/// S0115: two settings of which one does nothing (a warning).
pub fn idle(span: Span, message: &str, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::warning("S0115", message).label(span, what).help(cure)
}

/// S0116: a public address without client trust and TLS.
pub fn open_address(span: Span, address: &str, lacks: &str) -> Diagnostic {
    Diagnostic::error("S0116", format!("{address} can be reached by others, and {lacks}"))
        .label(span, "is no loopback address")
        .help("register clients as `[[client]]`, and set `certificate` and `key` in `[server.tls]`")
        .help("or, behind a proxy that asks for both, say `open_to_anyone = true` in `[server]`, or `--open-to-anyone`")
        .help("or, for trying, listen on `127.0.0.1`")
}

/// S0117: a variable that looks like a setting and is none.
pub fn unknown_variable(span: Span, name: &str, names: &[String]) -> Diagnostic {
    let report = Diagnostic::error("S0117", format!("the variable {} sets nothing", quote(name)))
        .label(span, "no setting has this name");
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help("write `CAVEAT_`, the table, `__`, and the key: `CAVEAT_SERVER__LISTEN`; or unset it"),
    }
}

/// S0118: a token that could be guessed.
pub fn weak(span: Span, least: usize) -> Diagnostic {
    Diagnostic::error("S0118", format!("the token has fewer than {least} characters"))
        .label(span, "could be guessed")
        .help("make one with `openssl rand -hex 32`")
}

/// S0119: something that works, and that somebody should look at (a warning).
pub fn risky(span: Span, message: &str, what: &str, cure: &str) -> Diagnostic {
    Diagnostic::warning("S0119", message).label(span, what).help(cure)
}

/// S0120: the settings file is too large, or no text.
pub fn no_text(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("S0120", message)
        .label(span, "nothing of it was read")
        .help("`caveat config reference` prints a file to begin with")
}
