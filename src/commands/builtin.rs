//! The built-in knowledge: the rules folder, compiled, carried in the binary.
//!
//! Compiling it takes half a second and three times the memory, and a server should start in less. So the pack is kept
//! beside this file, and a test holds it against the rules: `UPDATE=1 cargo test builtin` writes it anew.

/// The compiled `rules/` of this release. It goes through the same door as any other pack file.
pub const PACK: &[u8] = include_bytes!("builtin.pack");
