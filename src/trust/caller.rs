//! A client that was let in, or why not.

use crate::settings::client::Client;
use crate::trust::reason::Reason;
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
    /// Not at all: no client is registered, or discovery is open.
    Nothing,
    /// By a signed token.
    Token,
    /// By a client certificate.
    Certificate,
}

/// Why somebody was not let in: for the log, never for the caller. Never holds the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .reason.sentence())]
pub struct Denied {
    /// What was wrong.
    pub reason: Reason,
    /// What the token said of itself, as far as it was read; nothing of it is proved.
    pub claimed: Claimed,
}

/// What a token says of itself, cut short and escaped: fit for a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// `iss`.
    pub iss: String,
    /// `kid`.
    pub kid: String,
    /// The host of `jku`.
    pub jku_host: String,
}

/// The longest text of a token that stands in a log.
const SHOWN_MAX: usize = 100;

impl Claimed {
    /// A text of a token, fit for a log.
    pub fn fit(text: &str) -> String {
        text.chars().take(SHOWN_MAX).flat_map(char::escape_default).collect()
    }
}
