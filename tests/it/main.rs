//! The one test binary: each module is a table of cases, a law, or a judge.
mod intake;
mod intake_shapes;
mod intake_text;
