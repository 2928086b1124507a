//! The one test binary: each module is a table of cases, a law, or a judge.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod condition;
mod exposure;
mod gap;
mod quantity;
mod regimen;
mod time;
mod tiny;
