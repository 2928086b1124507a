//! What must be known again after a start: overrides that may still be good, and answers that may still be overridden.

use crate::record::damage::Damage;
use crate::record::learner::Learner;
use crate::record::shelver::sorted;
use crate::record::store::{Ask, Store, StoreTrouble};

/// How far back feedback is read, in milliseconds: no rule may let an override be good for longer than 3,650 days.
pub const FEEDBACK_BACK_MS: i64 = 3_651 * DAY_MS;

/// How far back answers are read to which no feedback has come yet, in milliseconds.
pub const ANSWERS_BACK_MS: i64 = 2 * DAY_MS;

const DAY_MS: i64 = 86_400_000;

/// Feedback and answers are read by so long a stretch at once, so that a busy site's fit the memory.
const STRETCHES_MS: (i64, i64) = (3 * DAY_MS, DAY_MS / 48);

/// Learns from a store what must be known again.
///
/// # Errors
///
/// [`StoreTrouble`]; then part of it may have been learnt.
pub fn from_store(
    store: &mut dyn Store,
    learner: &dyn Learner,
    damage: &Damage,
    now_ms: i64,
) -> Result<(), StoreTrouble> {
    let oldest = oldest(store)?.unwrap_or(now_ms);
    for (from, to) in stretches(now_ms.saturating_sub(FEEDBACK_BACK_MS), oldest, now_ms, STRETCHES_MS.0) {
        learn(store, learner, damage, &Ask::Answered(from, to))?;
        learn(store, learner, damage, &Ask::Feedback(from, to))?;
    }
    for (from, to) in stretches(now_ms.saturating_sub(ANSWERS_BACK_MS), oldest, now_ms, STRETCHES_MS.1) {
        learn(store, learner, damage, &Ask::Decisions(from, to))?;
    }
    Ok(())
}

/// When the oldest entry was written.
fn oldest(store: &mut dyn Store) -> Result<Option<i64>, StoreTrouble> {
    let mut oldest = None;
    for facts in store.chains()? {
        let first = store.find(&Ask::Walk { chain: facts.chain, from: 0, most: 1 })?;
        oldest = first.first().map(|e| e.at_ms).into_iter().chain(oldest).min();
    }
    Ok(oldest)
}

/// From a beginning to the end of time in stretches: one up to the oldest entry, where a clock that went back may have left
/// others, then one after the other up to now, then one for what a clock that was ahead left.
fn stretches(begin: i64, oldest: i64, now: i64, stretch: i64) -> Vec<(i64, i64)> {
    let mut ends = vec![oldest.max(begin)];
    while let Some(last) = ends.last().copied().filter(|last| *last < now) {
        ends.push(last.saturating_add(stretch));
    }
    ends.push(i64::MAX);
    let starts = std::iter::once(begin).chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).filter(|(from, to)| from < to).collect()
}

/// Learns what is as it was written. What is damaged is noted, and holds up nothing else.
fn learn(store: &mut dyn Store, learner: &dyn Learner, damage: &Damage, ask: &Ask) -> Result<(), StoreTrouble> {
    let (decisions, feedback) = match damage.look(ask, store.find(ask)) {
        Ok(read) => sorted(&read.sound),
        Err(StoreTrouble::Spoiled(_)) => return Ok(()),
        Err(trouble) => return Err(trouble),
    };
    decisions.iter().for_each(|d| learner.decision(d));
    feedback.iter().for_each(|f| learner.feedback(f));
    Ok(())
}
