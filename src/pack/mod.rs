//! What the engine reads: dense ids and flat sorted tables, their file format, and the one door by which a pack exists.

pub mod case;
pub mod column;
pub mod format;
pub mod ids;
pub mod keys;
pub mod meeting;
pub mod part;
pub mod proof;
pub mod prove_answers;
pub mod prove_meetings;
pub mod prove_rules;
pub mod prove_terms;
pub mod read;
pub mod rule_tables;
pub mod signature;
pub mod stamp;
pub mod tables;
pub mod verify;
