//! What must be known again after a start: overrides that may still be good, and answers that may still be overridden.

use crate::record::learner::Learner;
use crate::record::shelver::sorted;
use crate::record::store::{Ask, Store, StoreTrouble};

/// How far back feedback is read, in milliseconds: no rule lets an override be good for longer than a year and a day.
pub const FEEDBACK_BACK_MS: i64 = 366 * DAY_MS;

/// How far back answers are read to which no feedback has come yet, in milliseconds.
pub const ANSWERS_BACK_MS: i64 = 2 * DAY_MS;

const DAY_MS: i64 = 86_400_000;

/// Answers are read by so long a stretch at once, so that a busy site's fit the memory.
const STRETCH_MS: i64 = DAY_MS / 48;

/// Learns from a store what must be known again.
///
/// # Errors
///
/// [`StoreTrouble`]; then part of it may have been learnt.
pub fn from_store(store: &mut dyn Store, learner: &dyn Learner, now_ms: i64) -> Result<(), StoreTrouble> {
    let stretches = |back: i64, stretch: i64| {
        let begin = now_ms.saturating_sub(back);
        (0..=back / stretch).map(move |n| {
            let from = begin.saturating_add(n * stretch);
            // A clock that had been ahead left entries of the future: the last stretch has no end.
            (from, if n == back / stretch { i64::MAX } else { from.saturating_add(stretch) })
        })
    };
    for (from, to) in stretches(FEEDBACK_BACK_MS, DAY_MS) {
        learn(store, learner, &Ask::Answered(from, to))?;
        learn(store, learner, &Ask::Feedback(from, to))?;
    }
    for (from, to) in stretches(ANSWERS_BACK_MS, STRETCH_MS) {
        learn(store, learner, &Ask::Decisions(from, to))?;
    }
    Ok(())
}

fn learn(store: &mut dyn Store, learner: &dyn Learner, ask: &Ask) -> Result<(), StoreTrouble> {
    let (decisions, feedback) = sorted(&store.find(ask)?);
    decisions.iter().for_each(|d| learner.decision(d));
    feedback.iter().for_each(|f| learner.feedback(f));
    Ok(())
}
