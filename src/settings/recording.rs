//! Where decisions are recorded, and how overrides are remembered.

use std::path::PathBuf;
use std::time::Duration;

/// Where decisions are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The store.
    pub store: Store,
    /// The name of this instance among several that share a store; each has a chain of its own.
    pub instance: String,
    /// A file with the key of pseudonyms (32 bytes or more). `None`: a key made at start and kept beside the store, or only in
    /// memory where there is none.
    pub pseudonym_key_file: Option<PathBuf>,
    /// Decisions waiting to be written; further ones are counted as lost and said so.
    pub queue_max: usize,
    /// Decisions written in one transaction.
    pub batch_max: usize,
    /// How long a record is kept.
    pub keep: Duration,
    /// Whole requests and what was fetched for them, encrypted, so that `caveat replay` can repeat the answer.
    pub capture: Option<Capture>,
    /// How old what is known of other instances' overrides may be at most.
    pub staleness_max: Duration,
}

/// A store.
#[derive(Clone, PartialEq, Eq)]
pub enum Store {
    /// In memory only: the last few thousand, for trying.
    Memory,
    /// SQLite in this folder, with its journal.
    Sqlite {
        /// The folder.
        folder: PathBuf,
    },
    /// PostgreSQL, with a journal in a local folder.
    Postgres {
        /// Connection string (`host=... user=... dbname=...` or a URL).
        connection: String,
        /// The folder of the journal.
        folder: PathBuf,
    },
}

impl std::fmt::Debug for Store {
    /// Without the connection string, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Store::Memory => f.write_str("Memory"),
            Store::Sqlite { folder } => f.debug_struct("Sqlite").field("folder", folder).finish(),
            Store::Postgres { folder, .. } => {
                f.debug_struct("Postgres").field("folder", folder).finish_non_exhaustive()
            }
        }
    }
}

/// Request capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// A file with the key: 32 bytes as 64 hexadecimal digits.
    pub key_file: PathBuf,
}

impl Default for Recording {
    fn default() -> Recording {
        Recording {
            store: Store::Memory,
            instance: String::from("caveat"),
            pseudonym_key_file: None,
            queue_max: 65_536,
            batch_max: 1_024,
            keep: Duration::from_secs(10 * 365 * 86_400),
            capture: None,
            staleness_max: Duration::from_secs(2),
        }
    }
}

/// How overrides are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overriding {
    /// Whether an override quiets the same finding.
    pub on: bool,
    /// Codes of override reasons that promise monitoring: such an override becomes an obligation.
    pub monitoring_reasons: Vec<String>,
    /// How long a promised check may take before later calls list it as open.
    pub obligation_time: Duration,
}

impl Default for Overriding {
    fn default() -> Overriding {
        Overriding {
            on: true,
            monitoring_reasons: vec![String::from("will-monitor")],
            obligation_time: Duration::from_secs(7 * 86_400),
        }
    }
}
