//! What was tried, when, and what runs now: the account a running service gives of its packs.

use crate::clinical::time::Moment;
use crate::pack::stamp::PackStamp;
use std::collections::VecDeque;

/// How many attempts are remembered.
pub const ATTEMPTS_KEPT: usize = 32;

/// One attempt to put a pack into service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Moment,
    /// Where the bytes came from: a path, `built-in`, `admin call`.
    pub source: String,
    /// The pack put into service, or why it was refused.
    pub outcome: Result<PackStamp, Refused>,
}

/// Why a pack was not put into service. Whatever served before still serves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The bytes could not be read.
    #[error("cannot read `{place}`: {why}")]
    Unreadable {
        /// The file.
        place: String,
        /// What the system said.
        why: String,
    },
    /// The bytes are not a sound pack.
    #[error("{0}")]
    Unsound(String),
    /// Nobody who is trusted signed it.
    #[error("{0}")]
    Unsigned(String),
    /// Its own cases fail.
    #[error("{failed} of its {total} cases fail; first: {first}")]
    CasesFail {
        /// How many failed.
        failed: usize,
        /// How many it carries.
        total: usize,
        /// The first, as `rule / case: what was said`.
        first: String,
    },
}

/// The account of a lineup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What answers now, since when, and from where; `None`: nothing, and the service is not ready.
    pub active: Option<(PackStamp, Moment, String)>,
    /// The last attempts, newest first.
    pub attempts: VecDeque<Attempt>,
    /// How many swaps there have been.
    pub swaps: u64,
    /// Old packs that some request may still be reading.
    pub retired: usize,
}

impl Status {
    /// The last refusal, if the newest attempt was one.
    pub fn last_refusal(&self) -> Option<&Refused> {
        self.attempts.front().and_then(|a| a.outcome.as_ref().err())
    }
}
