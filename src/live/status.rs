//! What was tried, when, and what runs now: the account a running service gives of its packs.

use crate::clinical::time::Moment;
use crate::live::age::{Memory, Voucher};
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
    /// It was signed before another that was taken, or nobody knows when.
    #[error("{}", older(*signed, *newest))]
    Older {
        /// When it was signed, if that is known.
        signed: Option<Moment>,
        /// When the newest pack that was taken was signed.
        newest: Moment,
    },
    /// It was signed in the future.
    #[error(
        "it was signed at {}, and here it is {}: the clock of whoever signed it is wrong, or ours; sign it again",
        signed.rfc3339(),
        now.rfc3339()
    )]
    Ahead {
        /// When it was signed, as it says.
        signed: Moment,
        /// What time it is by our clock.
        now: Moment,
    },
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

fn older(signed: Option<Moment>, newest: Moment) -> String {
    let when = match signed {
        Some(at) => format!("it was signed at {}", at.rfc3339()),
        None => String::from("its signature does not tell when it was made"),
    };
    format!(
        "{when}, and a pack signed at {} was taken before: an older pack does not come by itself; sign it again, or go back on \
         purpose with `POST /admin/pack?older=true`",
        newest.rfc3339()
    )
}

/// The account of a lineup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What answers now, since when, and from where; `None`: nothing, and the service is not ready.
    pub active: Option<(PackStamp, Moment, String)>,
    /// Who vouches for it, and since when; `None`: nobody has to.
    pub voucher: Option<Voucher>,
    /// What is remembered of the newest signature.
    pub memory: Memory,
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
