//! A client that was let in.

use crate::settings::client::Client;
use std::sync::Arc;

/// A client that was let in, and how it showed who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its profile.
    pub client: Arc<Client>,
    /// The tenant its token names; empty when it names none.
    pub tenant: String,
    /// How it showed who it is.
    pub proof: Proof,
}

/// How a client showed who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Not at all: no client is registered.
    Nothing,
    /// By a signed token.
    Token,
    /// By a client certificate.
    Certificate,
}

/// Why somebody was not let in: for the log, never for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Denied {
    /// What was wrong, without the token.
    pub why: String,
}
