//! From tree to pack: names, classes, review, and the tables the engine reads.
//!
//! `build::compile` reads from the top: resolve names, close classes, refuse what a careful pharmacist would refuse, and
//! only when nothing is left to refuse, lower to tables. Every complaint has a code, a function and a golden.

pub mod build;
pub mod cases;
pub mod classes;
pub mod codes;
pub mod complaint;
pub mod conditions;
pub mod imply;
pub mod lower;
pub mod lower_doses;
pub mod lower_meetings;
pub mod lower_questions;
pub mod lower_rules;
pub mod lower_terms;
pub mod names;
pub mod outcomes;
pub mod resolve;
pub mod review;
pub mod review_conditions;
pub mod review_doses;
pub mod review_modifiers;
pub mod sets;
pub mod terms;
pub mod text;
pub mod walk;
pub mod words;
