//! Telling the editor: what is wrong, where, and what to write instead.

pub mod report;
