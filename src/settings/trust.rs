//! How tokens are checked and keys are kept: bounds that hold for every client.

use std::path::PathBuf;
use std::time::Duration;

/// Bounds of client trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The longest token read, in bytes; a longer one is refused unread.
    pub token_bytes_max: usize,
    /// How long a token may live, from `iat` to `exp`; a client's leeway is added.
    pub token_life_max: Duration,
    /// Tokens remembered for each issuer, so that none works twice; when so many are alive, further ones are refused.
    pub remembered_max: usize,
    /// How often a key server is asked for its set.
    pub keys_every: Duration,
    /// How long after a key server was asked it may be asked again because a token named a key that is not known.
    pub keys_again_after: Duration,
    /// How long known keys are used while their server cannot be reached.
    pub keys_stale_max: Duration,
    /// How long a key server may take.
    pub keys_time: Duration,
    /// The largest key set read, in bytes.
    pub keys_bytes_max: usize,
    /// How often a file with a key set is looked at.
    pub key_files_every: Duration,
    /// A PEM file with authorities that may sign key servers' certificates, besides those the machine trusts.
    pub key_server_authority: Option<PathBuf>,
}

impl Default for Trust {
    fn default() -> Trust {
        Trust {
            token_bytes_max: 16 << 10,
            token_life_max: Duration::from_secs(3_600),
            remembered_max: 1_000_000,
            keys_every: Duration::from_secs(300),
            keys_again_after: Duration::from_secs(10),
            keys_stale_max: Duration::from_secs(86_400),
            keys_time: Duration::from_secs(2),
            keys_bytes_max: 256 << 10,
            key_files_every: Duration::from_secs(5),
            key_server_authority: None,
        }
    }
}
