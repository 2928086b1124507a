//! Whoever must know of answers and feedback that did not pass through this process: of earlier runs, and of other instances.

use crate::record::book::Book;
use crate::record::decision::{Decision, FeedbackRecord};

/// Learns. Each answer and each entry may come more than once, and in any order.
pub trait Learner: Send + Sync {
    /// Learns of an answer.
    fn decision(&self, decision: &Decision);
    /// Learns of feedback.
    fn feedback(&self, feedback: &FeedbackRecord);
    /// Since when, in milliseconds since 1970, it needs what is on record to know again after a restart what it knows now; `None`: it
    /// needs nothing.
    fn needs_since(&self, _now_ms: i64) -> Option<i64> {
        None
    }
}

impl Learner for Book {
    fn decision(&self, decision: &Decision) {
        self.learn_decision(decision);
    }

    fn feedback(&self, feedback: &FeedbackRecord) {
        self.learn_feedback(feedback);
    }

    fn needs_since(&self, now_ms: i64) -> Option<i64> {
        self.rests_on(now_ms)
    }
}
