//! HTTP: routes, limits, health. One request reads its body, takes one snapshot of the pack, and answers from it alone.

pub mod access;
pub mod admin;
pub mod admission;
pub mod answer;
pub mod calls;
pub mod certificates;
pub mod health;
pub mod listen;
pub mod metrics;
pub mod peer;
pub mod pulse;
pub mod rate;
pub mod remembering;
pub mod reply;
pub mod router;
pub mod service;
pub mod shed;
pub mod trace_context;
pub mod traffic;
