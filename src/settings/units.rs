//! Times and sizes as an operator writes them: a number and its unit.

use std::time::Duration;

/// Units of time, longest first, in milliseconds.
const TIMES: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size, largest first, in bytes.
const SIZES: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// How a time is written, for messages.
pub const TIME_FORM: &str = "a whole number and one of `ms`, `s`, `min`, `h`, `d`, such as `\"450ms\"` or `\"5s\"`";

/// How a size is written, for messages.
pub const SIZE_FORM: &str = "a whole number and one of `B`, `KiB`, `MiB`, `GiB`, such as `\"8MiB\"`";

/// Reads `450ms`, `5s`, `10min`, `2h`, `30d`; `None`: it is no such thing, or too long to be held.
pub fn time(text: &str) -> Option<Duration> {
    amount(text, TIMES).map(Duration::from_millis)
}

/// Reads `512B`, `64KiB`, `8MiB`, `1GiB`; `None`: it is no such thing, or too large to be held.
pub fn size(text: &str) -> Option<usize> {
    amount(text, SIZES).and_then(|n| usize::try_from(n).ok())
}

/// A time in the longest unit that holds it exactly; what is shorter than a millisecond is cut off.
pub fn time_words(time: Duration) -> String {
    words(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), TIMES)
}

/// A size in the largest unit that holds it exactly.
pub fn size_words(bytes: usize) -> String {
    words(bytes as u64, SIZES)
}

/// What was probably meant by a text that is no time or size: the same number with the unit most often wanted, or with a
/// unit that differs by letter case or an `i` alone.
pub fn guess(text: &str, for_time: bool) -> Option<String> {
    let (number, unit) = split(text)?;
    let unit = match (unit.to_ascii_lowercase().as_str(), for_time) {
        ("", true) | ("sec" | "secs" | "second" | "seconds", true) => "s",
        ("m" | "mins" | "minute" | "minutes", true) => "min",
        ("hour" | "hours" | "hr" | "hrs", true) => "h",
        ("day" | "days", true) => "d",
        ("msec" | "millis" | "milliseconds", true) => "ms",
        ("" | "byte" | "bytes", false) => "B",
        ("k" | "kb" | "kib", false) => "KiB",
        ("m" | "mb" | "mib", false) => "MiB",
        ("g" | "gb" | "gib", false) => "GiB",
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text.get(..end)?.parse().ok()?, text.get(end..)?.trim_start()))
}

fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = split(text)?;
    let (_, each) = units.iter().find(|(word, _)| *word == unit)?;
    number.checked_mul(*each)
}

fn words(amount: u64, units: &[(&str, u64)]) -> String {
    let last = units.len().saturating_sub(1);
    let exact = |(n, (_, each)): &(usize, &(&str, u64))| (amount != 0 && amount.is_multiple_of(*each)) || *n == last;
    units
        .iter()
        .enumerate()
        .find(exact)
        .map_or_else(String::new, |(_, (unit, each))| format!("{}{unit}", amount / each))
}
