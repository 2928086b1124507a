//! How an answer is written: under what id, for which client, and with what in mind of earlier answers.

use crate::clinical::remembered::Remembered;
use crate::settings::client::Client;

/// How an answer is written.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// Its id, which stands in the answer and in the record; empty: none is kept (the command line).
    pub decision: &'a str,
    /// The client's profile.
    pub client: &'a Client,
    /// What is remembered.
    pub remembered: &'a Remembered,
}
