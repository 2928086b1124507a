//! What an entry is found by, read from what it holds.

use crate::record::capture::decision_of;
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::{Entry, Kind};
use crate::record::store::Marks;

/// The longest mark that stands in a store as it is, in bytes.
const MARK_BYTES_MAX: usize = 200;

/// What stands in a store for an id that a client made up: the id, or its hash where it is long or holds what a database does
/// not take.
pub fn mark_of(id: &str) -> String {
    if id.len() <= MARK_BYTES_MAX && !id.contains('\0') {
        return id.to_owned();
    }
    format!("blake3:{}", blake3::hash(id.as_bytes()).to_hex())
}

/// What an entry is found by.
pub fn marks(entry: &Entry) -> Marks {
    match entry.kind {
        Kind::Decision => decision(entry).map_or_else(Marks::default, |d| {
            let cards =
                d.findings.into_iter().map(|f| f.card).filter(|card| !card.is_empty()).map(|card| mark_of(&card));
            let mut cards: Vec<String> = cards.collect();
            cards.sort_unstable();
            cards.dedup();
            Marks { decision: mark_of(&d.id), patient: mark_of(&d.patient), cards }
        }),
        Kind::Feedback => feedback(entry).map_or_else(Marks::default, |f| {
            let cards = if f.card.is_empty() { Vec::new() } else { vec![mark_of(&f.card)] };
            Marks { cards, ..Marks::default() }
        }),
        Kind::Capture => {
            Marks { decision: mark_of(decision_of(&entry.payload).unwrap_or_default()), ..Marks::default() }
        }
        Kind::Genesis | Kind::Checkpoint | Kind::Anew | Kind::Start => Marks::default(),
    }
}

/// The answer that an entry holds; `None` when it holds none.
pub fn decision(entry: &Entry) -> Option<Decision> {
    (entry.kind == Kind::Decision).then(|| serde_json::from_slice(&entry.payload).ok()).flatten()
}

/// The feedback that an entry holds; `None` when it holds none.
pub fn feedback(entry: &Entry) -> Option<FeedbackRecord> {
    (entry.kind == Kind::Feedback).then(|| serde_json::from_slice(&entry.payload).ok()).flatten()
}
