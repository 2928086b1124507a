//! What the compiler complains of: one function to a code, each saying what is wrong, why it is refused, what to write.

pub mod classes;
pub mod names;
