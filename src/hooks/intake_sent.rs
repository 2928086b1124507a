//! What a client sent, as far as it decides what is still to be fetched: keys, kinds of resources, and further pages.

use crate::hooks::discovery::PREFETCH;
use crate::hooks::fhir::Resource;
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_identity::bare;
use crate::hooks::intake_receipts::is_nothing;
use crate::hooks::limits::PREFETCH_KEYS_MAX;
use crate::hooks::request::Slots;
use std::borrow::Cow;

/// What a client sent.
#[derive(Clone, Debug, Default)]
pub struct Sent<'a> {
    /// The keys under which something readable stood, null included: null means asked, and there is none.
    keys: Vec<Cow<'a, str>>,
    /// The kinds of resources that came or were searched for, one bit each.
    kinds: u32,
    /// The addresses of further pages, by key.
    pub next: Vec<(String, String)>,
}

impl<'a> Sent<'a> {
    /// Looks through the keys of a prefetch.
    pub fn look(&mut self, slots: &Slots<'a>) {
        for (key, value) in &slots.items {
            if is_nothing(value) || value.kind != Kind::Unsaid || value.is_collection() {
                self.keys.push(key.clone());
            }
            self.value(key, value);
        }
    }

    fn value(&mut self, key: &str, value: &Resource<'a>) {
        if !value.is_collection() {
            self.kinds |= bit(value.kind);
            return;
        }
        for link in value.links.iter() {
            match link.relation.as_str() {
                "next" if self.next.len() < PREFETCH_KEYS_MAX => {
                    self.next.push((key.to_owned(), link.url.as_str().to_owned()));
                }
                "self" => {
                    let url = link.url.as_str();
                    let path = url.split(['?', '#']).next().unwrap_or(url);
                    path.rsplit('/').map(|word| Kind::of(bare(word))).for_each(|kind| self.kinds |= bit(kind));
                }
                _ => {}
            }
        }
        value.entries.items.iter().for_each(|entry| self.value(key, entry));
    }

    /// Whether something readable, or null, stood under this key.
    pub fn has_key(&self, key: &str) -> bool {
        self.keys.iter().any(|k| k == key)
    }

    /// Whether a resource of this type came, or was searched for, under whatever key.
    pub fn has_kind(&self, name: &str) -> bool {
        self.kinds & bit(Kind::of(name)) != 0
    }

    /// Whether the client sends under our keys: then a key that is absent was not asked for.
    pub fn by_our_keys(&self) -> bool {
        PREFETCH.iter().any(|(key, _)| *key != "patient" && self.has_key(key))
    }
}

/// Of kinds that are no answer to any question of ours no note is taken.
fn bit(kind: Kind) -> u32 {
    match kind {
        Kind::Unsaid | Kind::Other | Kind::Bundle | Kind::OperationOutcome => 0,
        kind => 1 << kind as u32,
    }
}
