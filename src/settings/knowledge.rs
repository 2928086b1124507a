//! Where packs come from.

use std::path::PathBuf;
use std::time::Duration;

/// Where packs come from, and whose signature they must bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// A pack file to serve and to watch, or a rules folder compiled once at start. `None`: the built-in knowledge.
    pub path: Option<PathBuf>,
    /// An address to pull packs from: `https://...` or `s3://bucket/key`.
    pub pull: Option<String>,
    /// How often it is asked, by ETag.
    pub pull_every: Duration,
    /// Ed25519 public keys, one of which must have signed a pack that is not built in; empty: unsigned packs are taken.
    pub signers: Vec<[u8; 32]>,
    /// How long ago the pack in service may have been signed before that is told as a trouble (it stays in service); `None`: any time.
    pub signature_age_max: Option<Duration>,
}

impl Default for Knowledge {
    fn default() -> Knowledge {
        Knowledge {
            path: None,
            pull: None,
            pull_every: Duration::from_secs(60),
            signers: Vec::new(),
            signature_age_max: None,
        }
    }
}
