//! What was kept last, in memory: found at once, before the store has it.

use crate::record::decision::{Decision, FeedbackRecord};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Answers and entries of feedback that are kept in memory; the oldest goes first.
pub const KEPT_MAX: usize = 4_096;

/// The last answers and the last feedback.
#[derive(Debug, Default)]
pub struct Rings {
    rings: Mutex<Both>,
}

#[derive(Debug, Default)]
struct Both {
    decisions: VecDeque<Arc<Decision>>,
    feedback: VecDeque<FeedbackRecord>,
}

impl Rings {
    /// Takes answers.
    pub fn answered(&self, decisions: impl Iterator<Item = Arc<Decision>>) {
        let mut rings = self.lock();
        decisions.for_each(|decision| {
            if rings.decisions.len() >= KEPT_MAX {
                rings.decisions.pop_front();
            }
            rings.decisions.push_back(decision);
        });
    }

    /// Takes feedback.
    pub fn commented(&self, entries: Vec<FeedbackRecord>) {
        let mut rings = self.lock();
        for entry in entries {
            if rings.feedback.len() >= KEPT_MAX {
                rings.feedback.pop_front();
            }
            rings.feedback.push_back(entry);
        }
    }

    /// The answers that are wanted, newest first.
    pub fn decisions(&self, wanted: impl Fn(&Decision) -> bool, most: usize) -> Vec<Decision> {
        let rings = self.lock();
        rings.decisions.iter().rev().filter(|d| wanted(d)).take(most).map(|d| (**d).clone()).collect()
    }

    /// The feedback that is wanted, newest first.
    pub fn feedback(&self, wanted: impl Fn(&FeedbackRecord) -> bool, most: usize) -> Vec<FeedbackRecord> {
        let rings = self.lock();
        rings.feedback.iter().rev().filter(|f| wanted(f)).take(most).cloned().collect()
    }

    /// A thread that died while writing left at worst a ring with one entry more or less: it can be used on.
    fn lock(&self) -> MutexGuard<'_, Both> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
