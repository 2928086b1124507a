//! Data a client did not send, fetched from its FHIR server: only what is missing, only from where it is allowed, within one
//! deadline.

pub mod fetcher;
