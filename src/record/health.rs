//! How the recorder fares: counts that only grow, and what is wrong now in an operator's words.

use crate::record::damage::Damage;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How the recorder fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Where records are kept: `memory`, `sqlite`, `postgres`.
    pub store: &'static str,
    /// Answers taken since the start.
    pub decisions: u64,
    /// Answers that could not be kept: the queue was full, or the disk refused.
    pub lost: u64,
    /// Entries of feedback kept since the start.
    pub feedback: u64,
    /// Entries of feedback that were refused, so that the client had to send them again.
    pub feedback_refused: u64,
    /// Requests that could not be captured though capture is on.
    pub captures_lost: u64,
    /// Answers waiting to be written.
    pub queued: u64,
    /// Bytes in the journal that the store has not taken over yet.
    pub bytes_behind: u64,
    /// Entries the store has taken over since the start.
    pub stored: u64,
    /// Seconds since other instances' overrides were last seen; `None`: no store is shared.
    pub staleness: Option<u64>,
    /// What is wrong now; `None`: nothing.
    pub trouble: Option<String>,
    /// What happened since the start that an operator should know, oldest first.
    pub notes: Vec<String>,
}

/// What is wrong may concern one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The journal on the local disk.
    Journal,
    /// The queue in memory.
    Queue,
    /// The store.
    Store,
    /// What other instances do.
    Others,
    /// The key of pseudonyms.
    Key,
}

/// The counts, and what is wrong, as the recorder's threads keep them.
#[derive(Debug, Default)]
pub struct Account {
    /// Answers taken.
    pub decisions: AtomicU64,
    /// Answers not kept.
    pub lost: AtomicU64,
    /// Entries of feedback kept.
    pub feedback: AtomicU64,
    /// Entries of feedback refused.
    pub feedback_refused: AtomicU64,
    /// Requests not captured.
    pub captures_lost: AtomicU64,
    /// Entries taken over by the store.
    pub stored: AtomicU64,
    /// What of the store is damaged.
    pub damage: Damage,
    troubles: Mutex<Troubles>,
}

#[derive(Debug, Default)]
struct Troubles {
    /// By part: what is wrong, and until when it is told (for ever: until it is cleared).
    now: [Option<(String, Option<Instant>)>; 5],
    said: [Option<Instant>; 5],
    notes: Vec<String>,
}

/// What is told again in the log at most so often.
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// Notes kept.
const NOTES_MAX: usize = 50;

/// A journal with more bytes than this that the store has not taken over is a trouble. It has no bound but the disk's.
pub const BEHIND_BYTES_TOLD: u64 = 1 << 30;

impl Health {
    /// The same, with so many bytes in the journal that the store has not taken over yet: said, where they are very many.
    pub fn behind(mut self, bytes: u64) -> Health {
        self.bytes_behind = bytes;
        if bytes > BEHIND_BYTES_TOLD {
            let words = format!(
                "the store is {} MiB behind the journal, which grows until the store takes it over or the disk is full",
                bytes >> 20
            );
            self.trouble = Some(self.trouble.map_or(words.clone(), |others| format!("{others}; {words}")));
        }
        self
    }
}

impl Account {
    /// Something is wrong with a part, until it is cleared or, with a time, until that is over. Logged, but not every time.
    pub fn trouble(&self, part: Part, words: &str, lasts: Option<Duration>) {
        let mut troubles = self.lock();
        let now = Instant::now();
        if troubles.said[part as usize].is_none_or(|at| now - at >= SAY_AGAIN) {
            troubles.said[part as usize] = Some(now);
            tracing::error!(why = words, "records are in trouble; screening goes on");
        }
        troubles.now[part as usize] = Some((words.to_owned(), lasts.map(|l| now + l)));
    }

    /// Nothing is wrong with a part any more.
    pub fn cleared(&self, part: Part) {
        let mut troubles = self.lock();
        if troubles.now[part as usize].take().is_some() {
            troubles.said[part as usize] = None;
            tracing::info!(part = ?part, "records are well again");
        }
    }

    /// Something happened that an operator should know.
    pub fn note(&self, words: &str) {
        tracing::warn!(what = words, "records");
        let mut troubles = self.lock();
        if troubles.notes.len() < NOTES_MAX {
            troubles.notes.push(words.to_owned());
        }
    }

    /// All of it; what the account does not know is left at its default.
    pub fn health(&self) -> Health {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let troubles = self.lock();
        let now = Instant::now();
        let current = troubles.now.iter().flatten().filter(|(_, until)| until.is_none_or(|u| now < u));
        let damage = self.damage.words();
        let words: Vec<&str> = current.map(|(words, _)| words.as_str()).chain(damage.as_deref()).collect();
        Health {
            decisions: read(&self.decisions),
            lost: read(&self.lost),
            feedback: read(&self.feedback),
            feedback_refused: read(&self.feedback_refused),
            captures_lost: read(&self.captures_lost),
            stored: read(&self.stored),
            trouble: (!words.is_empty()).then(|| words.join("; ")),
            notes: troubles.notes.clone(),
            ..Health::default()
        }
    }

    /// Every change leaves the account whole, so that it can be used on after a panic.
    fn lock(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
