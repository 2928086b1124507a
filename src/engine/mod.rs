//! The answer: pure and total. No I/O, no clock, no floats, no panic; what cannot be judged is a gap.

pub mod allergen;
pub mod amount;
pub mod bind;
pub mod bound;
pub mod change;
pub mod condition;
pub mod condition_allergy;
pub mod condition_drug;
pub mod condition_node;
pub mod condition_patient;
pub mod condition_record;
pub mod drug_set;
pub mod finding;
pub mod fold;
pub mod identity;
pub mod limits;
pub mod timeline;
