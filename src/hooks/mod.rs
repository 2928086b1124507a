//! CDS Hooks and FHIR: discovery, the call, the thin slice of FHIR we read, intake, cards, feedback. Codes in, findings out.

pub mod call;
