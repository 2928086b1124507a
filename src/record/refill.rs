//! What must be known again after a start: overrides that may still be good, and answers that may still be overridden.

use crate::record::learner::Learner;
use crate::record::shelver::sorted;
use crate::record::store::{Ask, Store, StoreTrouble};

/// How far back feedback is read, in milliseconds: no rule lets an override be good for longer than a year and a day.
pub const FEEDBACK_BACK_MS: i64 = 366 * 86_400_000;

/// How far back answers are read to which no feedback has come yet, in milliseconds.
pub const ANSWERS_BACK_MS: i64 = 2 * 86_400_000;

/// Learns from a store what must be known again.
///
/// # Errors
///
/// [`StoreTrouble`]; then part of it may have been learnt.
pub fn from_store(store: &mut dyn Store, learner: &dyn Learner, now_ms: i64) -> Result<(), StoreTrouble> {
    let (long, short) = (now_ms.saturating_sub(FEEDBACK_BACK_MS), now_ms.saturating_sub(ANSWERS_BACK_MS));
    for ask in [Ask::AnsweredSince(long), Ask::DecisionsSince(short), Ask::FeedbackSince(long)] {
        let (decisions, feedback) = sorted(&store.find(&ask)?);
        decisions.iter().for_each(|d| learner.decision(d));
        feedback.iter().for_each(|f| learner.feedback(f));
    }
    Ok(())
}
