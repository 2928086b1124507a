//! What the editor wrote: TOML and CSV as a tree that keeps every span.
//!
//! `parse` reads a whole folder and never stops at the first mistake; `tree` is what it hands to the compiler; `mistakes`
//! holds one function for each code `K01..`, and `codes` says in a line what each code means.

pub mod alias;
pub mod amounts;
pub mod bodies;
pub mod bulk;
pub mod cases;
pub mod check_digits;
pub mod code_tables;
pub mod codes;
pub mod conditions;
pub mod drugs;
pub mod fields;
pub mod join;
pub mod limits;
pub mod medications;
pub mod mistakes;
pub mod parse;
pub mod policy;
pub mod products;
pub mod reader;
pub mod rows;
pub mod rules;
pub mod statements;
pub mod terminology;
pub mod tree;
pub mod tree_case;
pub mod tree_condition;
pub mod tree_sum;
