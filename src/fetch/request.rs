//! One request to a FHIR server: sent with the token of the call, its answer read no further than it may be long.

use crate::fetch::base::Base;
use crate::fetch::trouble::{Ill, tls_fault, was_reset};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// What all requests for one call share.
#[derive(Debug)]
pub struct Kit {
    /// Sends.
    pub http: reqwest::Client,
    /// Where to.
    pub base: Base,
    /// What stands on each: the token, marked as a secret, and the trace.
    pub headers: HeaderMap,
    /// How many may be under way at once.
    pub permits: Semaphore,
    /// Bytes that may still be read for the call.
    pub bytes_left: AtomicUsize,
    /// The longest answer read, in bytes.
    pub response_bytes_max: usize,
    /// How long one request may take.
    pub request_time: Duration,
    /// Pages followed of one search.
    pub pages_max: usize,
    /// How often a server was not what its certificate would have to say, for all calls together.
    pub distrusted: Arc<AtomicU64>,
}

/// The headers of each request.
///
/// # Errors
///
/// When the token cannot stand in a header.
pub fn headers(token: Option<&str>, trace: Option<&str>) -> Result<HeaderMap, Ill> {
    const TRACE: HeaderName = HeaderName::from_static("traceparent");
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/fhir+json, application/json;q=0.9"));
    if let Some(token) = token {
        let spelt = token.bytes().all(|b| b.is_ascii_graphic());
        let value = HeaderValue::try_from(["Bearer ", token].concat()).ok().filter(|_| spelt);
        let mut value = value.ok_or_else(|| Ill::failed("the access token cannot be used, so nothing was fetched"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if let Some(trace) = trace.filter(|trace| is_trace(trace)).and_then(|trace| HeaderValue::from_str(trace).ok()) {
        headers.insert(TRACE, trace);
    }
    Ok(headers)
}

/// Whether it is written as W3C writes a `traceparent`.
fn is_trace(trace: &str) -> bool {
    let parts: Vec<&str> = trace.split('-').collect();
    let hex = |part: &&str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    matches!(parts.as_slice(), [v, t, s, f] if (v.len(), t.len(), s.len(), f.len()) == (2, 32, 16, 2))
        && parts.iter().all(hex)
}

impl Kit {
    /// Asks one address.
    ///
    /// # Errors
    ///
    /// What went wrong, in words. `search` tells a search from a record by its id.
    pub async fn get(&self, url: &Url, search: bool) -> Result<String, Ill> {
        let _permit = self.permits.acquire().await.map_err(|_| Ill::failed("fetching has stopped"))?;
        let mut sent = self.send(url).await;
        if sent.as_ref().is_err_and(was_reset) {
            sent = self.send(url).await;
        }
        let response = sent.map_err(|error| self.ill(&error))?;
        if response.status() != StatusCode::OK {
            return Err(Ill::of_status(response.status(), search));
        }
        is_json(response.headers())?;
        self.read(response).await
    }

    /// What to tell the pharmacist; what only an operator can cure stands in the log as well: the first time, then at every power of
    /// two.
    fn ill(&self, error: &reqwest::Error) -> Ill {
        if let Some(fault) = tls_fault(error) {
            let so_far = self.distrusted.fetch_add(1, Ordering::Relaxed) + 1;
            if so_far.is_power_of_two() {
                let server = self.base.host();
                tracing::warn!(server, so_far, %fault, "TLS to a FHIR server failed; nothing was sent to it");
            }
        }
        Ill::of_error(error)
    }

    async fn send(&self, url: &Url) -> Result<Response, reqwest::Error> {
        let request = self.http.get(url.clone()).headers(self.headers.clone()).timeout(self.request_time);
        request.send().await
    }

    /// Reads the body, and stops where it gets too long.
    async fn read(&self, mut response: Response) -> Result<String, Ill> {
        let too_long = || Ill::failed("the FHIR server sent more in one answer than is read");
        if response.content_length().is_some_and(|length| length > self.response_bytes_max as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Ill::of_error(&error))? {
            if body.len() + chunk.len() > self.response_bytes_max {
                return Err(too_long());
            }
            let left =
                self.bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(chunk.len()));
            if left.is_err() {
                return Err(Ill::failed("the FHIR server sent more than is read for one call"));
            }
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8(body).map_err(|_| Ill::failed("what the FHIR server sent is no readable JSON"))?;
        Ok(match body.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => body,
        })
    }
}

/// Whether the head of an answer promises JSON as it stands.
fn is_json(headers: &HeaderMap) -> Result<(), Ill> {
    let value = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("").trim();
    let kind = value(CONTENT_TYPE).split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if kind == "text/html" {
        return Err(Ill::failed("the FHIR server sent a web page instead of data"));
    }
    if !(matches!(kind.as_str(), "application/json" | "text/json") || kind.ends_with("+json")) {
        return Err(Ill::failed("the FHIR server sent something that is not JSON"));
    }
    match value(CONTENT_ENCODING) {
        "" | "identity" => Ok(()),
        _ => Err(Ill::failed("the FHIR server sent compressed data, which was not asked for")),
    }
}
