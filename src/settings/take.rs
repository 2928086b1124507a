//! One value taken into its place, or told as a mistake.

use crate::diagnostic::nearest::nearest;
use crate::diagnostic::quote::quote;
use crate::diagnostic::report::Diagnostic;
use crate::settings::field::{Field, Setting};
use crate::settings::given::{Given, Raw};
use crate::settings::mistakes;
use crate::settings::units::{SIZE_FORM, TIME_FORM, guess, size, size_words, time, time_words};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Takes a value into its place. `base`: the folder that relative paths start from.
///
/// # Errors
///
/// Every mistake of the value; then the place keeps what it had.
pub fn take<T>(setting: &Setting<T>, target: &mut T, given: &Given, base: &Path) -> Result<(), Vec<Diagnostic>> {
    let key = setting.key;
    let one = |mistake| vec![mistake];
    match &setting.field {
        Field::Flag(of) => {
            *of(target) = given.flag().ok_or_else(|| one(wants(key, given, "true or false", "`true` or `false`")))?;
        }
        Field::Count(of, limits) => *of(target) = count(key, given, *limits).map_err(one)?,
        Field::MaybeCount(of, limits) => *of(target) = Some(count(key, given, *limits).map_err(one)?),
        Field::Size(of, [min, max]) => {
            let found = unit(key, given, "a size", SIZE_FORM, false, size).map_err(one)?;
            let (least, most) = (size_words(*min), size_words(*max));
            *of(target) = within(key, given, found, [*min, *max], [&least, &most]).map_err(one)?;
        }
        Field::Time(of, limits) => *of(target) = a_time(key, given, *limits).map_err(one)?,
        Field::MaybeTime(of, limits) => *of(target) = Some(a_time(key, given, *limits).map_err(one)?),
        Field::Address(of) => {
            let cure = "write an address and a port: `\"127.0.0.1:8080\"`, or `\"[::1]:8080\"`";
            let text = text(key, given).map_err(one)?;
            let unread = |_| one(mistakes::unreadable(given.span, key, "is no address and port", cure));
            *of(target) = text.parse().map_err(unread)?;
        }
        Field::Text(of, shape) => *of(target) = shaped(key, given, shape.check).map_err(one)?,
        Field::MaybeText(of, shape) | Field::Secret(of, shape) => {
            *of(target) = Some(shaped(key, given, shape.check).map_err(one)?);
        }
        Field::Texts(of, shape) => *of(target) = each(key, given, |item| shaped(key, item, shape.check))?,
        Field::MaybePath(of) => {
            let text = text(key, given).map_err(one)?;
            if text.trim().is_empty() {
                return Err(one(mistakes::unreadable(
                    given.span,
                    key,
                    "is empty",
                    "write a path, or take the line out",
                )));
            }
            *of(target) = Some(base.join(PathBuf::from(text)));
        }
        Field::Word(of, words) => *of(target) = word(key, given, words).map_err(one)?,
        Field::Words(of, words) => {
            let found = each(key, given, |item| word(key, item, words))?;
            if found.is_empty() {
                let cure = "write at least one, or take the line out for what is usual";
                return Err(one(mistakes::unreadable(given.span, key, "is an empty list", cure)));
            }
            *of(target) = found;
        }
    }
    Ok(())
}

fn wants(key: &str, given: &Given, wanted: &str, cure: &str) -> Diagnostic {
    mistakes::wrong_kind(given.span, key, given.raw.kind(), wanted, cure)
}

fn text<'g>(key: &str, given: &'g Given) -> Result<&'g str, Diagnostic> {
    given.text().ok_or_else(|| wants(key, given, "a text", "it in double quotes: `\"...\"`"))
}

fn shaped(
    key: &str,
    given: &Given,
    check: fn(&str) -> Result<(), crate::settings::shapes::Wrong>,
) -> Result<String, Diagnostic> {
    let text = text(key, given)?;
    check(text).map_err(|wrong| mistakes::wrong_shape(given.span, key, wrong))?;
    Ok(text.to_owned())
}

fn count(key: &str, given: &Given, [min, max]: [usize; 2]) -> Result<usize, Diagnostic> {
    let found = given
        .whole()
        .ok_or_else(|| wants(key, given, "a number", &format!("a number without quotes, such as `{min}`")))?;
    let (least, most) = (min.to_string(), max.to_string());
    let low = found < 0 || usize::try_from(found).is_ok_and(|n| n < min);
    match usize::try_from(found) {
        Ok(n) if (min..=max).contains(&n) => Ok(n),
        _ => Err(mistakes::out_of_limits(given.span, key, low, &least, &most)),
    }
}

fn a_time(key: &str, given: &Given, [min, max]: [Duration; 2]) -> Result<Duration, Diagnostic> {
    let found = unit(key, given, "a time", TIME_FORM, true, time)?;
    within(key, given, found, [min, max], [&time_words(min), &time_words(max)])
}

fn unit<N>(
    key: &str,
    given: &Given,
    wanted: &str,
    form: &str,
    for_time: bool,
    read: fn(&str) -> Option<N>,
) -> Result<N, Diagnostic> {
    if let Raw::Whole(number) = given.raw {
        let example = if for_time { format!("`\"{number}s\"`") } else { format!("`\"{number}B\"`") };
        return Err(wants(key, given, &format!("{wanted} with its unit"), &format!("{form}: is {example} meant?")));
    }
    let text = given.text().ok_or_else(|| wants(key, given, wanted, form))?;
    read(text).ok_or_else(|| {
        let cure = match guess(text, for_time) {
            Some(meant) => format!("did you mean {}? write {form}", quote(&format!("\"{meant}\""))),
            None => format!("write {form}"),
        };
        mistakes::unreadable(given.span, key, &format!("is not {wanted} with its unit"), &cure)
    })
}

fn within<N: PartialOrd>(
    key: &str,
    given: &Given,
    found: N,
    [min, max]: [N; 2],
    [least, most]: [&str; 2],
) -> Result<N, Diagnostic> {
    if found < min || found > max {
        return Err(mistakes::out_of_limits(given.span, key, found < min, least, most));
    }
    Ok(found)
}

fn word(key: &str, given: &Given, words: &'static [&'static str]) -> Result<usize, Diagnostic> {
    let found = text(key, given)?;
    let never = ["none", "HS256", "HS384", "HS512"].iter().any(|n| n.eq_ignore_ascii_case(found));
    match words.iter().position(|word| *word == found) {
        Some(place) => Ok(place),
        None if never && words.contains(&"ES384") => Err(mistakes::unknown_word(given.span, key, found, words)
            .help("a token without a signature, or with a shared secret, proves nothing: it is never accepted")),
        None => {
            let near = nearest(found, words.iter().copied()).is_some();
            let mistake = mistakes::unknown_word(given.span, key, found, words);
            Err(if near { mistake.help(format!("the words are {}", words.join(", "))) } else { mistake })
        }
    }
}

fn each<N>(
    key: &str,
    given: &Given,
    mut read: impl FnMut(&Given) -> Result<N, Diagnostic>,
) -> Result<Vec<N>, Vec<Diagnostic>> {
    let Some(items) = given.items() else {
        return Err(vec![wants(key, given, "a list", "it in brackets: `[\"...\", \"...\"]`")]);
    };
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for item in &items {
        match read(item) {
            Ok(value) => found.push(value),
            Err(mistake) => wrong.push(mistake),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}
