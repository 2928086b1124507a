//! HTTP: routes, limits, health. One request reads its body, takes one snapshot of the pack, and answers from it alone.

pub mod admin;
pub mod answer;
pub mod health;
pub mod limits;
pub mod router;
