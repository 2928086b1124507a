//! Is it alive, is it ready, what does it serve.

use crate::live::status::{Attempt, Status};
use crate::pack::stamp::PackStamp;
use crate::serve::access::granted;
use crate::serve::metrics::CONTENT_TYPE;
use crate::serve::peer::Peer;
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::settings::access::Role;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// Alive: the process answers.
pub async fn live() -> Response {
    json(StatusCode::OK, br#"{"alive":true}"#.to_vec())
}

/// Ready: a pack is in service.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    match service.lineup.snapshot() {
        Some(pack) => json(StatusCode::OK, body(&Ready { ready: true, pack: Stamp::of(pack.stamp()) })),
        None => {
            let status = service.lineup.status();
            let why = status.last_refusal().map(|r| format!(": {r}")).unwrap_or_default();
            error(StatusCode::SERVICE_UNAVAILABLE, &format!("no pack is in service{why}"))
        }
    }
}

/// The counts and times, for whom may see them: an operator.
pub async fn metrics(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = granted(&service.settings.access, Role::Operator, &headers, peer.as_deref()) {
        return denied;
    }
    let mut response = Response::new(Body::from(service.metrics.text(&service)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// What was tried, when, what runs now, and why the last one was refused.
pub async fn status(State(service): State<Arc<Service>>) -> Response {
    json(StatusCode::OK, body(&Report::of(&service.lineup.status())))
}

#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    pack: Stamp<'a>,
}

#[derive(Serialize)]
struct Stamp<'a> {
    name: &'a str,
    version: &'a str,
    hash: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    version: &'static str,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<Active<'a>>,
    swaps: u64,
    retired_packs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_refusal: Option<String>,
    attempts: Vec<Try<'a>>,
}

#[derive(Serialize)]
struct Active<'a> {
    #[serde(flatten)]
    pack: Stamp<'a>,
    since: String,
    source: &'a str,
}

#[derive(Serialize)]
struct Try<'a> {
    at: String,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<Stamp<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl<'a> Stamp<'a> {
    fn of(stamp: &'a PackStamp) -> Stamp<'a> {
        Stamp { name: &stamp.name, version: &stamp.version, hash: &stamp.hash }
    }
}

impl<'a> Report<'a> {
    fn of(status: &'a Status) -> Report<'a> {
        let active = status.active.as_ref();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            ready: active.is_some(),
            active: active.map(|(stamp, at, source)| Active { pack: Stamp::of(stamp), since: at.rfc3339(), source }),
            swaps: status.swaps,
            retired_packs: status.retired,
            last_refusal: status.last_refusal().map(ToString::to_string),
            attempts: status.attempts.iter().map(Try::of).collect(),
        }
    }
}

impl<'a> Try<'a> {
    fn of(attempt: &'a Attempt) -> Try<'a> {
        Try {
            at: attempt.at.rfc3339(),
            source: &attempt.source,
            pack: attempt.outcome.as_ref().ok().map(Stamp::of),
            refused: attempt.outcome.as_ref().err().map(ToString::to_string),
        }
    }
}

/// These shapes are plain strings and numbers, which always serialise.
fn body<T: Serialize>(report: &T) -> Vec<u8> {
    serde_json::to_vec(report).unwrap_or_default()
}
