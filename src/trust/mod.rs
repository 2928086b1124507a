//! Who asks: CDS Hooks clients by signed token or client certificate. Failures tell the caller nothing and the log everything
//! but the token.

pub mod address;
pub mod algorithm;
pub mod caller;
pub mod claims;
pub mod gate;
pub mod key;
pub mod key_fetch;
pub mod keys;
pub mod reason;
pub mod replay;
pub mod report;
pub mod roster;
pub mod token;
