//! What was read of a store and is not as it was written: told until a read of the same place succeeds. Other reads that go well
//! take nothing of it back.

use crate::record::entry::Entry;
use crate::record::store::{Ask, StoreTrouble};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Places that are kept; further ones are found when these are mended.
pub const PLACES_MAX: usize = 64;

/// Places that are named.
const NAMED_MAX: usize = 3;

/// The damage that is known.
#[derive(Debug, Default)]
pub struct Damage {
    known: Mutex<BTreeMap<String, Place>>,
    any: AtomicBool,
}

#[derive(Debug)]
struct Place {
    /// The entry, where it can be told which.
    entry: Option<(String, u64)>,
    /// The question by which it can be seen whether it was mended: for that entry, or the one that came upon it.
    ask: Option<Ask>,
}

impl Place {
    fn is_entry(&self, chain: &str, seq: u64) -> bool {
        self.entry.as_ref().is_some_and(|(c, s)| c == chain && *s == seq)
    }
}

/// What was read, and what of it can be believed.
#[derive(Debug)]
pub struct Read {
    /// The entries that are as they were written.
    pub sound: Vec<Entry>,
    /// The others, in words; empty: there are none.
    pub spoiled: Vec<String>,
}

impl Damage {
    /// Looks at what a store answered to a question: notes what is damaged, and strikes out what was and is not any more.
    ///
    /// # Errors
    ///
    /// What the store said.
    pub fn look(&self, ask: &Ask, found: Result<Vec<Entry>, StoreTrouble>) -> Result<Read, StoreTrouble> {
        let entries = match found {
            Ok(entries) => entries,
            Err(trouble) => {
                if trouble.is_damage() {
                    self.note(trouble.to_string(), Place { entry: None, ask: Some(ask.clone()) });
                }
                return Err(trouble);
            }
        };
        let (sound, bad): (Vec<_>, Vec<_>) = entries.into_iter().partition(Entry::is_sound);
        let spoiled: Vec<String> = bad.iter().map(|e| format!("entry {} of chain `{}`", e.seq, e.chain)).collect();
        if self.any.load(Ordering::Relaxed) {
            self.strike(|place| match &place.entry {
                Some(_) => sound.iter().any(|e| place.is_entry(&e.chain, e.seq)),
                None => bad.is_empty() && place.ask.as_ref() == Some(ask),
            });
        }
        for (words, entry) in spoiled.iter().zip(bad) {
            let ask = Ask::Walk { chain: entry.chain.clone(), from: entry.seq, most: 1 };
            self.note(words.clone(), Place { entry: Some((entry.chain, entry.seq)), ask: Some(ask) });
        }
        Ok(Read { sound, spoiled })
    }

    /// Something that is no answer to a question is damaged, or is not any more.
    pub fn is_spoiled(&self, what: &str, spoiled: bool) {
        match spoiled {
            true => self.note(what.to_owned(), Place { entry: None, ask: None }),
            false if self.any.load(Ordering::Relaxed) => {
                let mut known = self.lock();
                known.remove(what);
                self.any.store(!known.is_empty(), Ordering::Relaxed);
            }
            false => {}
        }
    }

    /// The questions by which it can be seen whether the damage is mended.
    pub fn questions(&self) -> Vec<Ask> {
        if !self.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut all: Vec<Ask> = Vec::new();
        for ask in self.lock().values().filter_map(|place| place.ask.clone()) {
            if !all.contains(&ask) {
                all.push(ask);
            }
        }
        all
    }

    /// A chain begins with this number; 0: nothing of it is there any more. What was damaged before it is removed, because its
    /// time was over. An entry that is merely gone stays told.
    pub fn begins(&self, chain: &str, first: u64) {
        self.strike(|place| place.entry.as_ref().is_some_and(|(c, seq)| c == chain && (first == 0 || *seq < first)));
    }

    /// What is damaged, for an operator; `None`: nothing.
    pub fn words(&self) -> Option<String> {
        let known = self.lock();
        let named: Vec<&str> = known.keys().take(NAMED_MAX).map(String::as_str).collect();
        let more = match known.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let words = || {
            format!(
                "the record is damaged: not as it was written, or unreadable: {}{more}; `caveat audit verify` tells more",
                named.join(", ")
            )
        };
        (!known.is_empty()).then(words)
    }

    fn note(&self, words: String, place: Place) {
        let mut known = self.lock();
        if known.len() >= PLACES_MAX || known.contains_key(&words) {
            return;
        }
        tracing::error!(what = words, "the record is damaged; screening goes on");
        known.insert(words, place);
        self.any.store(true, Ordering::Relaxed);
    }

    fn strike(&self, is_mended: impl Fn(&Place) -> bool) {
        let mut known = self.lock();
        known.retain(|words, place| {
            let mended = is_mended(place);
            if mended {
                tracing::info!(what = words, "what was damaged in the record can be read again");
            }
            !mended
        });
        self.any.store(!known.is_empty(), Ordering::Relaxed);
    }

    /// Every change leaves it whole, so that it can be used on after a panic.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Place>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
