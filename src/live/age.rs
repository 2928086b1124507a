//! Older or newer: since when a pack is vouched for, and the newest of these times. A pack signed before that does not come into
//! service by itself.

use crate::clinical::time::{Moment, Span};
use crate::live::status::Refused;
use std::time::Duration;

/// How far ahead of our clock a signature may have been made. More would be a slip or a wrong clock, and would shut out every later
/// pack.
pub const AHEAD_MAX: Span = Span::days(1);

/// Who vouches for a pack, and since when: of all good signatures of those who are trusted, the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The public key of who signed.
    pub signer: [u8; 32],
    /// When; `None`: the signature is of the first format, which does not tell.
    pub at: Option<Moment>,
}

/// The newest signature that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// When it was made.
    pub at: Moment,
    /// BLAKE3 of the pack it is of, as hexadecimal digits.
    pub hash: String,
}

/// What is remembered of the newest signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The newest; `None`: no signature that tells its time was taken yet.
    pub newest: Option<Newest>,
    /// Whether it outlives a restart.
    pub outlives: bool,
    /// Why it is not known what an earlier run took, or why the next will not know what this one took.
    pub trouble: Option<String>,
}

impl Memory {
    /// Whether a pack may come by itself: not signed in the future, and not before the newest, unless it is that very pack.
    ///
    /// # Errors
    ///
    /// [`Refused::Ahead`], [`Refused::Older`].
    pub fn allows(&self, hash: &str, signed: Option<Moment>, now: Moment) -> Result<(), Refused> {
        self.not_ahead(signed, now)?;
        match &self.newest {
            Some(newest) if newest.hash != hash && signed.is_none_or(|at| at < newest.at) => {
                Err(Refused::Older { signed, newest: newest.at })
            }
            _ => Ok(()),
        }
    }

    /// Whether a signature was not made in the future. A clock that stands before the newest signature is not believed.
    ///
    /// # Errors
    ///
    /// [`Refused::Ahead`].
    pub fn not_ahead(&self, signed: Option<Moment>, now: Moment) -> Result<(), Refused> {
        let now = self.newest.as_ref().map_or(now, |newest| newest.at.max(now));
        match signed {
            Some(at) if at > now.plus(AHEAD_MAX) => Err(Refused::Ahead { signed: at, now }),
            _ => Ok(()),
        }
    }

    /// A pack came by itself: the newest is never older for it. True when it is another now.
    pub fn took(&mut self, hash: &str, signed: Option<Moment>) -> bool {
        let newer = |at: Moment| {
            self.newest.as_ref().is_none_or(|newest| newest.at < at || (newest.at == at && newest.hash != hash))
        };
        let Some(at) = signed.filter(|at| newer(*at)) else { return false };
        self.newest = Some(Newest { at, hash: hash.to_owned() });
        true
    }

    /// Somebody went back on purpose: what is newest is what they chose, and what comes by itself is measured by it.
    pub fn went_back(&mut self, hash: &str, signed: Option<Moment>) {
        self.newest = signed.map(|at| Newest { at, hash: hash.to_owned() });
    }
}

/// Why the pack in service may not be the newest there is: nobody signed it anew for longer than is allowed. `None`: all is well, or
/// nobody has to sign it.
pub fn too_old(voucher: Option<&Voucher>, most: Option<Duration>, now: Moment) -> Option<String> {
    let (voucher, most) = (voucher?, Span(i64::try_from(most?.as_secs()).unwrap_or(i64::MAX)));
    let Some(at) = voucher.at else {
        return Some(String::from("the signature of the pack in service does not tell its age; sign it again"));
    };
    (now.since(at) > most).then(|| {
        format!(
            "the pack in service was signed at {}, longer ago than `signature_age_max` allows ({most}): do newer ones arrive?",
            at.rfc3339()
        )
    })
}
