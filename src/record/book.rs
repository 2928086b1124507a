//! The book of overrides: what clinicians overrode, by patient, as far as later answers have to know it. In memory, so that no
//! screening waits; learnt from decisions and feedback, in whatever order they come, and from other instances' too.

use crate::record::decision::{Decision, FeedbackRecord};

/// The book.
#[derive(Debug, Default)]
pub struct Book {}

impl Book {
    /// An empty book.
    pub fn new() -> Book {
        Book::default()
    }

    /// Learns of an answer: its cards may be overridden later. Cheap; called after the answer is on its way.
    pub fn learn_decision(&self, _decision: &Decision) {}

    /// Learns of feedback.
    pub fn learn_feedback(&self, _feedback: &FeedbackRecord) {}
}
