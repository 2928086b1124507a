//! Fetching what one call lacks.

use crate::fetch::base::{Base, Refused};
use crate::fetch::errand::Errand;
use crate::fetch::request::{Kit, headers};
use crate::fetch::resolver::{Guarded, LookUp, System};
use crate::fetch::trouble::Ill;
use crate::settings::client::Client;
use crate::settings::fetching::Fetching;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// One thing wanted: the key under which a prefetch would have brought it, and the FHIR address relative to the server's base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The key.
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
    /// `traceparent` of the call, passed on.
    pub trace: Option<&'a str>,
}

/// Fetches.
#[derive(Debug)]
pub struct Fetcher {
    bounds: Fetching,
    names: Arc<dyn LookUp>,
    /// Made when first needed: reading the machine's certificates takes a while. One that connects to the outside alone, one that
    /// may connect to the inside; they share no connection.
    outside: OnceLock<Option<reqwest::Client>>,
    inside: OnceLock<Option<reqwest::Client>>,
}

impl Fetcher {
    /// A fetcher within these bounds, that looks names up as the machine does.
    pub fn new(bounds: &Fetching) -> Fetcher {
        Fetcher::with_names(bounds, Arc::new(System))
    }

    /// A fetcher within these bounds, that looks names up elsewhere.
    pub fn with_names(bounds: &Fetching, names: Arc<dyn LookUp>) -> Fetcher {
        Fetcher { bounds: bounds.clone(), names, outside: OnceLock::new(), inside: OnceLock::new() }
    }

    /// Its bounds.
    pub fn bounds(&self) -> &Fetching {
        &self.bounds
    }

    /// Whether anything may be fetched for a client at all.
    pub fn serves(&self, client: &Client) -> bool {
        self.bounds.on && !client.fhir_servers.is_empty()
    }

    /// An errand to the server that a call names.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the client may not have data fetched from there.
    pub fn errand(&self, client: &Client, leave: Leave<'_>) -> Result<Errand, Refused> {
        let base = Base::of(client, leave.server)?;
        let kit = headers(leave.token, leave.trace).and_then(|headers| {
            let http = self.http(base.inside()).ok_or_else(|| Ill::failed("no connection can be made here"))?;
            Ok(Arc::new(Kit {
                http,
                base,
                headers,
                permits: Semaphore::new(self.bounds.parallel_max.max(1)),
                bytes_left: AtomicUsize::new(self.bounds.call_bytes_max),
                response_bytes_max: self.bounds.response_bytes_max,
                request_time: self.bounds.request_time,
                pages_max: self.bounds.pages_max,
            }))
        });
        Ok(Errand::new(kit))
    }

    fn http(&self, inside: bool) -> Option<reqwest::Client> {
        let cell = if inside { &self.inside } else { &self.outside };
        let make = || {
            let names = Guarded { names: Arc::clone(&self.names), inside };
            let made = reqwest::Client::builder()
                .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_proxy()
                .https_only(!inside)
                .dns_resolver(names)
                .build();
            made.inspect_err(|error| tracing::error!(%error, "no connection to FHIR servers can be made")).ok()
        };
        cell.get_or_init(make).clone()
    }
}
