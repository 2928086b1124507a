//! `caveat import`: other people's tables to rules folders. One file to a source.

pub mod atc;
pub mod bar;
pub mod facts;
pub mod interactions;
pub mod ndc;
pub mod options;
pub mod rxnorm;
pub mod snomed;
