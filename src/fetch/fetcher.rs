//! Fetching what one call lacks.

use crate::fetch::base::{Base, Refused};
use crate::fetch::errand::Errand;
use crate::fetch::request::{Kit, headers};
use crate::fetch::resolver::{Guarded, LookUp, System};
use crate::fetch::trouble::Ill;
use crate::settings::client::Client;
use crate::settings::fetching::Fetching;
use crate::settings::tls_files;
use reqwest::Certificate;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize};
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
    outside: OnceLock<reqwest::Client>,
    inside: OnceLock<reqwest::Client>,
    distrusted: Arc<AtomicU64>,
}

impl Fetcher {
    /// A fetcher within these bounds, that looks names up as the machine does.
    pub fn new(bounds: &Fetching) -> Fetcher {
        Fetcher::with_names(bounds, Arc::new(System))
    }

    /// A fetcher within these bounds, that looks names up elsewhere.
    pub fn with_names(bounds: &Fetching, names: Arc<dyn LookUp>) -> Fetcher {
        Fetcher {
            bounds: bounds.clone(),
            names,
            outside: OnceLock::new(),
            inside: OnceLock::new(),
            distrusted: Arc::default(),
        }
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
                distrusted: Arc::clone(&self.distrusted),
            }))
        });
        Ok(Errand::new(kit))
    }

    /// What requests are sent with; where it cannot be made that is logged, and tried again at the next call.
    fn http(&self, inside: bool) -> Option<reqwest::Client> {
        let cell = if inside { &self.inside } else { &self.outside };
        if let Some(http) = cell.get() {
            return Some(http.clone());
        }
        let made = self.made(inside);
        let made = made.inspect_err(|why| tracing::error!(why, "no connection to FHIR servers can be made")).ok()?;
        Some(cell.get_or_init(|| made).clone())
    }

    fn made(&self, inside: bool) -> Result<reqwest::Client, String> {
        let names = Guarded { names: Arc::clone(&self.names), inside };
        let authorities = self.bounds.fhir_server_authority.as_deref().map(authorities).transpose()?;
        let builder = reqwest::Client::builder()
            .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .https_only(!inside)
            .tls_certs_merge(authorities.unwrap_or_default())
            .dns_resolver(names);
        builder.build().map_err(|error| error.to_string())
    }
}

/// Authorities that are trusted besides those of the machine.
fn authorities(path: &Path) -> Result<Vec<Certificate>, String> {
    let found = tls_files::certificates("fhir_server_authority", path).map_err(|bad| bad.to_string())?;
    found.iter().map(|der| Certificate::from_der(der).map_err(|error| error.to_string())).collect()
}
