//! The checks, one room to a question, all of one shape: `check(docket, bound, scope)`. Each reads the bound chart and the
//! pack, and writes findings, gaps and marks into the docket; none of them knows of the others.

pub mod allergies;
pub mod contraindications;
pub mod dose_equivalents;
pub mod dose_limits;
pub mod dose_sums;
pub mod doses;
pub mod duplicates;
pub mod interactions;
