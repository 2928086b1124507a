//! The one test binary: each module is a table of cases, a law, or a judge.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod cards;
mod cards_desk;
mod checks;
mod client;
mod compile;
mod condition;
mod exposure;
mod feedback;
mod fuzzed;
mod gap;
mod import;
mod intake;
mod intake_shapes;
mod intake_text;
mod judge;
mod judge_fails;
mod laws;
mod lowering;
mod oracle;
mod parse;
mod quantity;
mod recognition;
mod regimen;
mod replay;
mod serve;
mod tidy;
mod time;
mod tiny;
mod twelve;
mod writing_laws;
