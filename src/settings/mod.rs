//! What an operator may set: every setting with its default, unit and limit. Plain values; `read` makes them of a file and
//! of environment variables, and refuses what is wrong with its line and the cure.

pub mod access;
pub mod client;
pub mod draft;
pub mod fetching;
pub mod field;
pub mod finish;
pub mod given;
pub mod knowledge;
pub mod mistakes;
pub mod page;
pub mod read;
pub mod recording;
pub mod review;
pub mod review_clients;
pub mod server;
pub mod shapes;
pub mod table;
pub mod table_lists;
pub mod take;
pub mod tls_files;
pub mod trust;
pub mod units;
pub mod whole;
