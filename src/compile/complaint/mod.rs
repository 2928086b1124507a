//! What the compiler complains of: one function to a code, each saying what is wrong, why it is refused, what to write.

pub mod cases;
pub mod classes;
pub mod codes;
pub mod conditions;
pub mod doses;
pub mod names;
pub mod rules;
