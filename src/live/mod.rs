//! The packs in service: the only place that swaps. Load, verify, run the pack's own cases, only then swap; say what happened.

pub mod age;
pub mod clock;
pub mod lineup;
pub mod pull;
pub mod shelf;
pub mod status;
pub mod watch;
