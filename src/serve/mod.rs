//! HTTP: routes, limits, health. One request reads its body, takes one snapshot of the pack, and answers from it alone.

pub mod access;
pub mod admin;
pub mod answer;
pub mod calls;
pub mod cds_schemas;
pub mod decisions;
pub mod desk_bodies;
pub mod fhir_schemas;
pub mod health;
pub mod openapi;
pub mod patients;
pub mod peer;
pub mod refusals;
pub mod reply;
pub mod router;
pub mod screen;
pub mod service;
pub mod whose;
