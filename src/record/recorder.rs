//! The recorder: takes every answer without making it wait, and every feedback so that it is not lost.

use crate::record::decision::{Decision, FeedbackRecord};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers and entries of feedback that are kept in memory; the oldest goes first.
pub const KEPT_MAX: usize = 4_096;

/// How the recorder fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Answers taken since the start.
    pub decisions: u64,
    /// Answers that could not be kept: the queue was full, or the store refused.
    pub lost: u64,
    /// Entries of feedback kept since the start.
    pub feedback: u64,
    /// Answers waiting to be written.
    pub queued: u64,
    /// What is wrong now, in an operator's words; `None`: nothing.
    pub trouble: Option<String>,
}

/// Why feedback was not kept: the client must send it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("feedback could not be kept: {why}")]
pub struct NotKept {
    /// What the store said.
    pub why: String,
}

/// The recorder.
#[derive(Debug, Default)]
pub struct Recorder {
    rings: Mutex<Rings>,
}

#[derive(Debug, Default)]
struct Rings {
    decisions: VecDeque<Decision>,
    feedback: VecDeque<FeedbackRecord>,
    health: Health,
}

impl Recorder {
    /// A recorder that keeps the last few thousand in memory.
    pub fn in_memory() -> Recorder {
        Recorder::default()
    }

    /// Takes an answer. Never waits for a disk.
    pub fn record(&self, decision: Decision) {
        let mut rings = self.lock();
        rings.health.decisions += 1;
        if rings.decisions.len() >= KEPT_MAX {
            rings.decisions.pop_front();
        }
        rings.decisions.push_back(decision);
    }

    /// Takes feedback; when this returns, it is safe.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store refused.
    pub async fn feedback(&self, entries: Vec<FeedbackRecord>) -> Result<(), NotKept> {
        let mut rings = self.lock();
        for entry in entries {
            rings.health.feedback += 1;
            if rings.feedback.len() >= KEPT_MAX {
                rings.feedback.pop_front();
            }
            rings.feedback.push_back(entry);
        }
        Ok(())
    }

    /// How it fares.
    pub fn health(&self) -> Health {
        self.lock().health.clone()
    }

    /// The last answers, newest first.
    pub fn last_decisions(&self, most: usize) -> Vec<Decision> {
        self.lock().decisions.iter().rev().take(most).cloned().collect()
    }

    /// The last entries of feedback, newest first.
    pub fn last_feedback(&self, most: usize) -> Vec<FeedbackRecord> {
        self.lock().feedback.iter().rev().take(most).cloned().collect()
    }

    /// The answer of this id; of an answer completed later, the completed one.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn decision(&self, id: &str) -> Result<Option<Decision>, NotKept> {
        Ok(self.lock().decisions.iter().rev().find(|d| d.id == id).cloned())
    }

    /// The answer that showed this card.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn of_card(&self, card: &str) -> Result<Option<Decision>, NotKept> {
        Ok(self.lock().decisions.iter().rev().find(|d| d.findings.iter().any(|f| f.card == card)).cloned())
    }

    /// The answers about a patient (by pseudonym) since a moment in milliseconds, newest first.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn of_patient(&self, patient: &str, since_ms: i64, most: usize) -> Result<Vec<Decision>, NotKept> {
        let rings = self.lock();
        let theirs = rings.decisions.iter().rev().filter(|d| d.patient == patient && d.at_ms >= since_ms);
        Ok(theirs.take(most).cloned().collect())
    }

    /// Feedback about these cards, oldest first.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn feedback_on(&self, cards: &[String]) -> Result<Vec<FeedbackRecord>, NotKept> {
        Ok(self.lock().feedback.iter().filter(|f| cards.contains(&f.card)).cloned().collect())
    }

    /// A thread that died while writing left at worst a ring with one entry more or less: it can be used on.
    fn lock(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
