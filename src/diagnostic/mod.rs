//! Telling the editor: what is wrong, where, and what to write instead.

pub mod nearest;
pub mod quote;
pub mod render;
pub mod report;
