//! What was decided: answers, what became of them, and what is remembered of it. Codes, keys and pseudonyms, never names.

pub mod book;
pub mod decision;
pub mod pseudonym;
pub mod recorder;
pub mod standing;
