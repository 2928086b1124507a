//! How the gate fares, for health, metrics and readiness.

/// How the gate fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateHealth {
    /// Clients registered.
    pub clients: usize,
    /// Calls let in by a token.
    pub by_token: u64,
    /// Calls let in by a client certificate.
    pub by_certificate: u64,
    /// Calls not let in, by reason: every reason, with its word.
    pub denied: Vec<(&'static str, u64)>,
    /// Calls let in by keys that could not be refreshed.
    pub by_stale_keys: u64,
    /// Tokens remembered, over all issuers.
    pub remembered: usize,
    /// Key sets.
    pub keys: Vec<KeysHealth>,
    /// What is wrong now, in an operator's words.
    pub troubles: Vec<String>,
}

/// How one origin of keys fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysHealth {
    /// The host of the key server, or the path of the file.
    pub origin: String,
    /// Keys that can be used.
    pub keys: usize,
    /// Keys of the set that cannot.
    pub skipped: usize,
    /// Private keys that the set gives away.
    pub leaked: usize,
    /// How old the set is; `None`: there is none yet.
    pub age_seconds: Option<u64>,
    /// Whether the set may be used: there is one, and it is not too old.
    pub usable: bool,
    /// Attempts that failed since the last that did not.
    pub failures: u32,
    /// What went wrong last; `None`: nothing.
    pub trouble: Option<String>,
}
