//! Input quoted in a message: on one line, in backticks, and not too long.

/// More than this is cut off in a message; the snippet below it shows the whole.
const QUOTED_CHARS_MAX: usize = 60;

/// Input as a message may hold it: in backticks, control characters escaped, long text cut with `…`.
pub fn quote(input: &str) -> String {
    let mut words = String::from("`");
    for (n, c) in input.chars().enumerate() {
        if n == QUOTED_CHARS_MAX {
            words.push('…');
            break;
        }
        if c.is_control() { words.extend(c.escape_default()) } else { words.push(c) }
    }
    words.push('`');
    words
}

/// Words in backticks with commas between: `a`, `b`, `c`.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(", ")
}
