//! Caveat: real-time clinical decision support for medication safety.
//!
//! Two flows meet only in the pack. Authoring: rule text, tree, compiler, pack. Answering: hook call, chart, screening,
//! cards. Rooms are laid out by floors; a room imports only from floors below its own (see `ARCHITECTURE.md`).

pub mod clinical;
pub mod commands;
pub mod compile;
pub mod diagnostic;
pub mod engine;
pub mod fetch;
pub mod hooks;
pub mod import;
pub mod live;
pub mod pack;
pub mod record;
pub mod score;
pub mod serve;
pub mod settings;
pub mod source;
pub mod trust;
