//! What an operator may set: every setting with its default, unit and limit. Plain values; `read` makes them of a file and
//! of environment variables, and refuses what is wrong with its line and the cure.

pub mod access;
pub mod client;
pub mod fetching;
pub mod knowledge;
pub mod recording;
pub mod server;
pub mod trust;
pub mod whole;
