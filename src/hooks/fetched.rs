//! What was fetched for a call, as if it had been prefetched, and what could not be: the second half of what an answer
//! depends on.

use crate::hooks::fhir::Resource;
use crate::hooks::lenient::{Fill, Key};
use crate::hooks::limits::FETCHED_KEYS_MAX;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Something that was wanted and did not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// The key under which it was wanted: one of ours, one of the client's (for a further page), or a reference.
    pub key: String,
    /// Why, in words a pharmacist can read.
    pub words: String,
    /// Why, in kind.
    pub why: Why,
}

/// Why something did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It was refused, or broke.
    Failed,
    /// The server does not offer this question at all, so that nothing is behind it.
    NotOffered,
    /// It was still on its way.
    Late,
    /// Some came, and there are more pages than are read.
    More,
}

/// What was fetched for a call: everything besides the body that reading it depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fetched {
    /// A JSON object: under each key a resource, or a list of the pages of a search. Empty when nothing came.
    pub prefetch: String,
    /// What did not come.
    pub lacks: Vec<Lack>,
}

impl Fetched {
    /// Whether nothing was fetched and nothing was missed.
    pub fn is_empty(&self) -> bool {
        self.prefetch.is_empty() && self.lacks.is_empty()
    }

    /// As one JSON object, to be kept with the record so that the answer can be repeated.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What [`Fetched::to_json`] wrote; `None` when it is not that.
    pub fn of_json(json: &str) -> Option<Fetched> {
        serde_json::from_str(json).ok()
    }
}

/// The values of what was fetched, each read by itself, so that one that cannot be read spoils no other.
#[derive(Debug, Default)]
pub struct Further<'a> {
    /// Key and value, in the order fetched.
    pub items: Vec<(Cow<'a, str>, Resource<'a>)>,
    /// What could not be read, besides what did not come.
    pub unreadable: Vec<Lack>,
    /// What did not come.
    pub lacks: &'a [Lack],
    /// The text it was read from.
    pub text: &'a str,
}

impl<'a> Further<'a> {
    /// Reads what was fetched.
    pub fn of(text: &'a str, lacks: &'a [Lack]) -> Further<'a> {
        let mut further = Further { lacks, text, ..Further::default() };
        if text.is_empty() {
            return further;
        }
        let values = serde_json::Deserializer::from_str(text).deserialize_map(Values).unwrap_or_default();
        for (key, value) in values {
            let mut resource = Resource::default();
            let mut json = serde_json::Deserializer::from_str(value);
            match Fill(&mut resource).deserialize(&mut json) {
                Ok(()) => further.items.push((key, resource)),
                Err(_) => further.unreadable.push(Lack {
                    key: key.into_owned(),
                    words: String::from("what the FHIR server sent cannot be read"),
                    why: Why::Failed,
                }),
            }
        }
        further
    }

    /// Whether the client's value under this key was followed to its last page.
    pub fn followed(&self, key: &str) -> bool {
        self.items.iter().any(|(k, _)| k == key) && self.all_lacks().all(|lack| lack.key != key)
    }

    /// Everything that did not come or could not be read.
    pub fn all_lacks(&self) -> impl Iterator<Item = &Lack> {
        self.lacks.iter().chain(&self.unreadable)
    }
}

struct Values;

impl<'a> Visitor<'a> for Values {
    type Value = Vec<(Cow<'a, str>, &'a str)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some((Key(key), value)) = object.next_entry::<Key<'a>, &'a RawValue>()? {
            if values.len() < FETCHED_KEYS_MAX {
                values.push((key, value.get()));
            }
        }
        Ok(values)
    }
}
