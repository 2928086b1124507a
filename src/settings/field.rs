//! One setting described: where it goes, what it may be, what it means. Reading, showing and documenting all follow this.

use crate::settings::shapes::Shape;
use crate::settings::units::{size_words, time_words};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// One setting of a table `T`.
pub struct Setting<T: 'static> {
    /// The table it stands in, such as `server.tls`.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// What it means: one sentence or two, with the reason of a limit.
    pub says: &'static str,
    /// What it may be, and where it goes.
    pub field: Field<T>,
}

impl<T> Setting<T> {
    /// `server.tls.certificate`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.key)
    }

    /// `CAVEAT_SERVER__TLS__CERTIFICATE`.
    pub fn variable(&self) -> String {
        format!("CAVEAT_{}__{}", self.table.replace('.', "__").to_ascii_uppercase(), self.key.to_ascii_uppercase())
    }
}

/// What a setting may be, and where it goes.
pub enum Field<T: 'static> {
    /// True or false.
    Flag(fn(&mut T) -> &mut bool),
    /// A number within limits.
    Count(fn(&mut T) -> &mut usize, [usize; 2]),
    /// A number within limits, or nothing.
    MaybeCount(fn(&mut T) -> &mut Option<usize>, [usize; 2]),
    /// A number of bytes within limits.
    Size(fn(&mut T) -> &mut usize, [usize; 2]),
    /// A time within limits.
    Time(fn(&mut T) -> &mut Duration, [Duration; 2]),
    /// A time within limits, or nothing.
    MaybeTime(fn(&mut T) -> &mut Option<Duration>, [Duration; 2]),
    /// Address and port.
    Address(fn(&mut T) -> &mut SocketAddr),
    /// A text of some shape.
    Text(fn(&mut T) -> &mut String, Shape),
    /// A text of some shape, or nothing.
    MaybeText(fn(&mut T) -> &mut Option<String>, Shape),
    /// A text that is never shown, or nothing.
    Secret(fn(&mut T) -> &mut Option<String>, Shape),
    /// Texts of some shape.
    Texts(fn(&mut T) -> &mut Vec<String>, Shape),
    /// A file or folder, or nothing. Relative to the folder of the settings file; in a variable or option to the working
    /// folder.
    MaybePath(fn(&mut T) -> &mut Option<PathBuf>),
    /// One of these words, by its place among them.
    Word(fn(&mut T) -> &mut usize, &'static [&'static str]),
    /// Some of these words, by their places among them.
    Words(fn(&mut T) -> &mut Vec<usize>, &'static [&'static str]),
}

impl<T> Field<T> {
    /// The value as it would stand in the file; `None`: not set.
    pub fn written(&self, value: &mut T) -> Option<String> {
        match self {
            Field::Flag(of) => Some(of(value).to_string()),
            Field::Count(of, _) => Some(of(value).to_string()),
            Field::MaybeCount(of, _) => of(value).map(|n| n.to_string()),
            Field::Size(of, _) => Some(quoted(&size_words(*of(value)))),
            Field::Time(of, _) => Some(quoted(&time_words(*of(value)))),
            Field::MaybeTime(of, _) => of(value).map(|time| quoted(&time_words(time))),
            Field::Address(of) => Some(quoted(&of(value).to_string())),
            Field::Text(of, _) => Some(of(value)).filter(|text| !text.is_empty()).map(|text| quoted(text)),
            Field::MaybeText(of, _) => of(value).as_deref().map(quoted),
            Field::Secret(of, _) => of(value).as_ref().map(|_| String::from("\"(hidden)\"")),
            Field::Texts(of, _) => Some(list(of(value).iter().map(String::as_str))),
            Field::MaybePath(of) => of(value).as_ref().map(|path| quoted(&path.display().to_string())),
            Field::Word(of, words) => words.get(*of(value)).map(|word| quoted(word)),
            Field::Words(of, words) => Some(list(of(value).iter().filter_map(|n| words.get(*n).copied()))),
        }
    }

    /// What may be written, in words, with the limits.
    pub fn form(&self) -> String {
        match self {
            Field::Flag(_) => String::from("`true` or `false`"),
            Field::Count(_, [min, max]) | Field::MaybeCount(_, [min, max]) => format!("a number, {min} to {max}"),
            Field::Size(_, [min, max]) => format!("a size, {} to {}", size_words(*min), size_words(*max)),
            Field::Time(_, [min, max]) | Field::MaybeTime(_, [min, max]) => {
                format!("a time, {} to {}", time_words(*min), time_words(*max))
            }
            Field::Address(_) => String::from("an address and a port"),
            Field::Text(_, shape) | Field::MaybeText(_, shape) => shape.says.to_owned(),
            Field::Secret(_, shape) => format!("{}; never shown", shape.says),
            Field::Texts(_, shape) => format!("a list; each {}", shape.says),
            Field::MaybePath(_) => String::from("a path"),
            Field::Word(_, words) => format!("one of {}", words.map_words()),
            Field::Words(_, words) => format!("a list of {}", words.map_words()),
        }
    }

    /// Whether it may be left without a value, so that the reference shows it as a remark; with an example to show.
    pub fn example(&self) -> &'static str {
        match self {
            Field::Text(_, shape) | Field::MaybeText(_, shape) | Field::Secret(_, shape) => shape.example,
            Field::MaybePath(_) => "\"/etc/caveat/...\"",
            Field::MaybeCount(..) => "10",
            Field::MaybeTime(..) => "\"90d\"",
            Field::Words(..) => "[\"operator\"]",
            _ => "\"\"",
        }
    }
}

trait MapWords {
    fn map_words(&self) -> String;
}

impl MapWords for &'static [&'static str] {
    fn map_words(&self) -> String {
        self.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
    }
}

/// A text in the quotes of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", items.map(quoted).collect::<Vec<_>>().join(", "))
}
