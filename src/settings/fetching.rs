//! How missing data is fetched from a client's FHIR server.

use std::path::PathBuf;
use std::time::Duration;

/// Bounds of fetching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetching {
    /// Whether anything is fetched at all.
    pub on: bool,
    /// A PEM file with authorities that may sign FHIR servers' certificates, besides those the machine trusts.
    pub fhir_server_authority: Option<PathBuf>,
    /// How long one request to a FHIR server may take, the reading of its answer included.
    pub request_time: Duration,
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
    /// Calls whose rest is fetched so at once; of further ones nothing is fetched after the answer.
    pub late_calls_max: usize,
    /// Whole answers kept for the pharmacy side; the oldest goes first.
    pub late_answers_max: usize,
    /// How long a whole answer is kept for the pharmacy side.
    pub late_answers_time: Duration,
}

impl Default for Fetching {
    fn default() -> Fetching {
        Fetching {
            on: true,
            fhir_server_authority: None,
            request_time: Duration::from_secs(5),
            parallel_max: 8,
            pages_max: 20,
            response_bytes_max: 4 << 20,
            call_bytes_max: 16 << 20,
            late_time: Duration::from_secs(15),
            late_calls_max: 256,
            late_answers_max: 1_024,
            late_answers_time: Duration::from_secs(3_600),
        }
    }
}
