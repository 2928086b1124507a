//! The one test binary: each module is a table of cases, a law, or a judge.

mod compile;
mod lowering;
mod parse;
