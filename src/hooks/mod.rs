//! CDS Hooks and FHIR: discovery, the call, the thin slice of FHIR we read, intake, cards, feedback. Codes in, findings out.

pub mod call;
pub mod fhir;
pub mod fhir_kind;
pub mod fhir_parts;
pub mod intake;
pub mod intake_chart;
pub mod intake_dosage;
pub mod intake_identity;
pub mod intake_library;
pub mod intake_medication;
pub mod intake_patient;
pub mod intake_receipts;
pub mod intake_record;
pub mod intake_twins;
pub mod intake_units;
pub mod lenient;
pub mod limits;
pub mod request;
