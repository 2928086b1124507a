//! What was decided: answers and what became of them, kept in memory for now. Codes and ids, never names.

pub mod memory;
