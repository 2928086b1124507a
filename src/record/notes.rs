//! What entries about the chain itself hold, as JSON.

use serde::{Deserialize, Serialize};

/// The first entry of a chain, and one at each later start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Begin {
    /// Name of the instance.
    pub instance: String,
    /// When it started, in milliseconds since 1970.
    pub started_ms: i64,
    /// Version of the engine.
    pub engine: String,
    /// Tells one key of pseudonyms from another, and nothing else.
    pub pseudonym_check: String,
}

/// Older entries were removed because their time was over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Checkpoint {
    /// The chain they stood in: the own one, or one that nobody writes any more.
    pub chain: String,
    /// Number of the last one removed.
    pub through: u64,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

/// The store was begun anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Anew {
    /// Where what came before stands.
    pub aside: String,
    /// Why.
    pub why: String,
}

/// Plain strings and numbers always serialise.
fn json<T: Serialize>(note: &T) -> Vec<u8> {
    serde_json::to_vec(note).unwrap_or_default()
}

impl Begin {
    /// Its bytes.
    pub fn payload(&self) -> Vec<u8> {
        json(self)
    }
}

impl Checkpoint {
    /// Its bytes.
    pub fn payload(&self) -> Vec<u8> {
        json(self)
    }

    /// Reads it.
    pub fn of(payload: &[u8]) -> Option<Checkpoint> {
        serde_json::from_slice(payload).ok()
    }
}

impl Anew {
    /// Its bytes.
    pub fn payload(&self) -> Vec<u8> {
        json(self)
    }

    /// Reads it.
    pub fn of(payload: &[u8]) -> Option<Anew> {
        serde_json::from_slice(payload).ok()
    }
}
