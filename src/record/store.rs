//! What a store does: takes entries over from the journal, once and for good, and finds them again.

use crate::record::entry::{Entry, Link};
use std::collections::BTreeMap;

/// A store, as one thread holds it.
pub trait Store: Send {
    /// Takes entries over durably. One that it has already is passed over when it is the same.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`]; then none of them was taken.
    fn put(&mut self, entries: &[Entry]) -> Result<(), StoreTrouble>;

    /// Finds entries.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn find(&mut self, ask: &Ask) -> Result<Vec<Entry>, StoreTrouble>;

    /// The chains it holds.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn chains(&mut self) -> Result<Vec<ChainFacts>, StoreTrouble>;

    /// The last entry of the oldest stretch of a chain that was written before a moment, in milliseconds since 1970; `None`:
    /// the first entry is younger.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn old_stretch(&mut self, chain: &str, before_ms: i64) -> Result<Option<Link>, StoreTrouble>;

    /// What the entries of a chain from one number to another are found by.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn marks(&mut self, chain: &str, from: u64, to: u64) -> Result<BTreeMap<u64, Marks>, StoreTrouble>;

    /// Removes the entries of a chain up to and including a number; tells how many.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn forget(&mut self, chain: &str, through: u64) -> Result<u64, StoreTrouble>;

    /// Says, where a store is shared, that this chain's instance is alive and has nothing more to store; or that it stops.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn beat(&mut self, _chain: &str, _stopping: bool) -> Result<(), StoreTrouble> {
        Ok(())
    }
}

/// Answers that showed one card that are found at most: the same call answered again, and what completed it.
pub const OF_CARD_MAX: usize = 16;

/// What is wanted of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Entries of a chain from a number on, by number, up to so many.
    Walk {
        /// The chain.
        chain: String,
        /// The first number wanted.
        from: u64,
        /// How many at most.
        most: usize,
    },
    /// The answer of an id, latest first.
    Decision(String),
    /// The encrypted request of an answer, latest first.
    Capture(String),
    /// The last answers that showed a card, [`OF_CARD_MAX`] at most, latest first.
    OfCard(String),
    /// The answers about a patient since a moment in milliseconds, latest first.
    OfPatient {
        /// The pseudonym.
        patient: String,
        /// Since when, in milliseconds since 1970.
        since_ms: i64,
        /// How many at most.
        most: usize,
    },
    /// Feedback about these cards, earliest first.
    FeedbackOn(Vec<String>),
    /// The last answers, latest first.
    Last(usize),
    /// Feedback from one moment in milliseconds up to before another, earliest first.
    Feedback(i64, i64),
    /// Answers from one moment in milliseconds up to before another, earliest first.
    Decisions(i64, i64),
    /// Answers one of whose cards was given feedback from one moment in milliseconds up to before another.
    Answered(i64, i64),
}

/// What a store knows of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFacts {
    /// Its name.
    pub chain: String,
    /// Where it stands in the store.
    pub head: Link,
    /// When its instance last said that it had nothing more to store, in milliseconds ago; `None`: the store is not shared.
    pub silent_ms: Option<i64>,
    /// Whether its instance said that it stops.
    pub stopped: bool,
}

/// What is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreTrouble {
    /// It cannot be used now; it may be later.
    #[error("{0}")]
    Away(String),
    /// Its contents are damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A row or a table is not of the form in which it was made; the rest can be used.
    #[error("the record is damaged: {0}")]
    Spoiled(String),
    /// It holds another entry under the same number.
    #[error(
        "the store holds another entry {seq} of chain `{chain}`: two instances write under one name, or an old copy was put back"
    )]
    Conflict {
        /// The chain.
        chain: String,
        /// The number.
        seq: u64,
    },
    /// It was made by a newer version.
    #[error(
        "the store was made by a newer version of caveat (its form is {found}, this version knows {known}); use that version"
    )]
    Newer {
        /// Its form.
        found: i64,
        /// The form known here.
        known: i64,
    },
}

impl StoreTrouble {
    /// Whether its contents are damaged, so that it does not help to ask again.
    pub fn is_damage(&self) -> bool {
        matches!(self, StoreTrouble::Damaged(_) | StoreTrouble::Spoiled(_))
    }
}

/// What stands beside an entry in a store so that it can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Id of the decision.
    pub decision: String,
    /// Pseudonym of the patient.
    pub patient: String,
    /// Cards shown, or the card that was judged.
    pub cards: Vec<String>,
}
