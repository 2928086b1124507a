//! Who asks: CDS Hooks clients by signed token or client certificate. Failures tell the caller nothing and the log everything
//! but the token.

pub mod caller;
pub mod gate;
