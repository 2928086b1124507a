//! What was decided: answers, what became of them, and what is remembered of it. Codes, keys and pseudonyms, never names.

pub mod asker;
pub mod book;
pub mod capture;
pub mod chain;
pub mod decision;
pub mod disk;
pub mod entry;
pub mod frame;
pub mod health;
pub mod journal;
pub mod learner;
pub mod marks;
pub mod notes;
pub mod opening;
pub mod poller;
pub mod pseudonym;
pub mod queue;
pub mod recorder;
pub mod recover;
pub mod refill;
pub mod rings;
pub mod segments;
pub mod shelver;
pub mod sqlite;
pub mod store;
pub mod writer;
