//! The one test binary: each module is a table of cases, a law, or a judge.

mod checks;
mod compile;
mod condition;
mod exposure;
mod gap;
mod parse;
mod quantity;
mod regimen;
mod time;
mod tiny;
