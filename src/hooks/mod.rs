//! CDS Hooks and FHIR: discovery, the call, the thin slice of FHIR we read, intake, cards, feedback. Codes in, findings out.

pub mod call;
pub mod cards;
pub mod cards_identity;
pub mod cards_overview;
pub mod cards_reasons;
pub mod cards_suggestions;
pub mod cards_words;
pub mod discovery;
pub mod extension;
pub mod feedback;
pub mod json;
pub mod outcome;
