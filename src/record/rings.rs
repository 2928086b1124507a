//! What was kept last, in memory: found at once, before the store has it.

use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::weight::Weighed;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Answers and entries of feedback that are kept in memory; the oldest goes first.
pub const KEPT_MAX: usize = 4_096;

/// About how many bytes of answers, and of feedback, are kept in memory; the oldest goes first.
pub const KEPT_BYTES_MAX: usize = 32 << 20;

/// The last answers and the last feedback.
#[derive(Debug, Default)]
pub struct Rings {
    decisions: Mutex<Ring<Decision>>,
    feedback: Mutex<Ring<FeedbackRecord>>,
}

/// The last of one kind, oldest first, each with its weight.
#[derive(Debug)]
struct Ring<T> {
    kept: VecDeque<(usize, Arc<T>)>,
    bytes: usize,
}

impl<T> Default for Ring<T> {
    fn default() -> Ring<T> {
        Ring { kept: VecDeque::new(), bytes: 0 }
    }
}

impl<T> Ring<T> {
    /// Takes one. The newest always stays, however large it is.
    fn push(&mut self, bytes: usize, item: Arc<T>) {
        self.bytes += bytes;
        self.kept.push_back((bytes, item));
        while self.kept.len() > KEPT_MAX || (self.bytes > KEPT_BYTES_MAX && self.kept.len() > 1) {
            let Some((gone, _)) = self.kept.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(gone);
        }
    }

    fn newest_first(&self) -> Vec<Arc<T>> {
        self.kept.iter().rev().map(|(_, item)| Arc::clone(item)).collect()
    }
}

impl Rings {
    /// Takes answers.
    pub fn answered(&self, decisions: impl Iterator<Item = Arc<Decision>>) {
        let weighed: Vec<_> = decisions.map(|d| (d.bytes(), d)).collect();
        let mut ring = lock(&self.decisions);
        weighed.into_iter().for_each(|(bytes, decision)| ring.push(bytes, decision));
    }

    /// Takes feedback.
    pub fn commented(&self, entries: Vec<FeedbackRecord>) {
        let weighed: Vec<_> = entries.into_iter().map(|e| (e.bytes(), Arc::new(e))).collect();
        let mut ring = lock(&self.feedback);
        weighed.into_iter().for_each(|(bytes, entry)| ring.push(bytes, entry));
    }

    /// The answers, newest first. They are shared, not copied: whoever takes answers waits for nothing longer.
    pub fn decisions(&self) -> Vec<Arc<Decision>> {
        lock(&self.decisions).newest_first()
    }

    /// The feedback, newest first. Shared, not copied.
    pub fn feedback(&self) -> Vec<Arc<FeedbackRecord>> {
        lock(&self.feedback).newest_first()
    }
}

/// A thread that died while writing left at worst a ring with one entry more or less: it can be used on.
fn lock<T>(ring: &Mutex<Ring<T>>) -> MutexGuard<'_, Ring<T>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}
