//! How missing data is fetched from a client's FHIR server.

use std::time::Duration;

/// Bounds of fetching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetching {
    /// Whether anything is fetched at all.
    pub on: bool,
    /// Requests to a FHIR server at once, for one call.
    pub parallel_max: usize,
    /// Pages followed of one search.
    pub pages_max: usize,
    /// The largest single response read, in bytes.
    pub response_bytes_max: usize,
    /// All responses for one call together, in bytes.
    pub call_bytes_max: usize,
    /// How long, after the answer went out with gaps, the rest may still be fetched so that the pharmacy side can have the
    /// whole answer.
    pub late_time: Duration,
}

impl Default for Fetching {
    fn default() -> Fetching {
        Fetching {
            on: true,
            parallel_max: 8,
            pages_max: 20,
            response_bytes_max: 4 << 20,
            call_bytes_max: 16 << 20,
            late_time: Duration::from_secs(15),
        }
    }
}
