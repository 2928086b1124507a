//! What the editor wrote: TOML and CSV as a tree that keeps every span.

pub mod tree;
