//! What the engine reads: dense ids and flat sorted tables, their file format, and the one door by which a pack exists.

pub mod case;
pub mod column;
pub mod ids;
pub mod meeting;
pub mod read;
pub mod stamp;
pub mod tables;
pub mod verify;
