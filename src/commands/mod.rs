//! One file to a subcommand, and what several of them share: reading a rules folder, choosing a pack.

pub mod audit;
pub mod audit_export;
pub mod audit_show;
pub mod builtin;
pub mod check;
pub mod compile;
pub mod config;
pub mod folder;
pub mod health;
pub mod import;
pub mod inspect;
pub mod knowledge;
pub mod replay;
pub mod report;
pub mod score;
pub mod screen;
pub mod serve;
pub mod sign;
pub mod test;
