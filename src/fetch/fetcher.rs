//! Fetching what one call lacks.

use crate::settings::client::Client;
use crate::settings::fetching::Fetching;
use std::time::Instant;

/// One thing wanted: the key under which a prefetch would have brought it, and the FHIR address relative to the server's base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Our key.
    pub key: String,
    /// Relative address, such as `Patient/1` or `AllergyIntolerance?patient=1`.
    pub path: String,
}

/// Where to fetch, and by whose leave.
#[derive(Clone, Copy)]
pub struct Leave<'a> {
    /// `fhirServer`.
    pub server: &'a str,
    /// `fhirAuthorization.access_token`: used for this call, never kept, never logged.
    pub token: Option<&'a str>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// A JSON object, as `prefetch` would have been: a resource under each key that was answered. Empty when nothing came.
    pub prefetch: String,
    /// What could not be fetched, and why: for the gaps.
    pub troubles: Vec<Trouble>,
}

/// One thing that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The key wanted.
    pub key: String,
    /// Why, in words a pharmacist can read; no token, no identifier of the patient.
    pub words: String,
    /// Whether it was only late: it may still come.
    pub late: bool,
}

/// Fetches.
#[derive(Debug)]
pub struct Fetcher {
    bounds: Fetching,
}

impl Fetcher {
    /// A fetcher within these bounds.
    pub fn new(bounds: &Fetching) -> Fetcher {
        Fetcher { bounds: bounds.clone() }
    }

    /// Fetches what is wanted for one call, until a moment. Whatever did not come is told.
    pub async fn fetch(&self, _client: &Client, _leave: Leave<'_>, wants: &[Want], _until: Instant) -> Fetched {
        let words = if self.bounds.on { "the FHIR server was not asked" } else { "fetching is switched off" };
        let trouble = |want: &Want| Trouble { key: want.key.clone(), words: String::from(words), late: false };
        Fetched { prefetch: String::new(), troubles: wants.iter().map(trouble).collect() }
    }
}
