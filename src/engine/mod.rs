//! The answer: pure and total. No I/O, no clock, no floats, no panic; what cannot be judged is a gap.

pub mod bound;
pub mod condition;
pub mod drug_set;
pub mod finding;
pub mod limits;
