//! HTTP: routes, limits, health. One request reads its body, takes one snapshot of the pack, and answers from it alone.

pub mod access;
pub mod admin;
pub mod answer;
pub mod calls;
pub mod fetching;
pub mod health;
pub mod late;
pub mod peer;
pub mod reply;
pub mod router;
pub mod service;
