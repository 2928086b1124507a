//! The one test binary: each module is a table of cases, a law, or a judge.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cards;
mod cards_desk;
mod feedback;
mod judge;
mod judge_fails;
mod writing_laws;
