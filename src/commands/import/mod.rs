//! `caveat import`: other people's tables to rules folders. One file to a source.

pub mod bar;
pub mod facts;
pub mod options;
