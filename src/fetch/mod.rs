//! Data a client did not send, fetched from its FHIR server: only what is missing, only from where it is allowed, within one
//! deadline.

pub mod address;
pub mod base;
pub mod errand;
pub mod fetcher;
pub mod page;
pub mod request;
pub mod resolver;
pub mod trouble;
