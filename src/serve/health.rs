//! Is it alive, is it ready, what does it serve.

use crate::live::status::{Attempt, Status};
use crate::pack::stamp::PackStamp;
use crate::serve::refusals::NotInService;
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Alive: the process answers.
#[utoipa::path(
    get, path = "/livez", tag = "operation", operation_id = "alive",
    responses((status = 200, description = "It answers", body = Alive))
)]
pub async fn live() -> Response {
    json(StatusCode::OK, body(&Alive { alive: true }))
}

/// Ready: a pack is in service.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "ready",
    responses((status = 200, description = "It is ready", body = Ready), NotInService)
)]
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

/// What was tried, when, what runs now, and why the last one was refused.
#[utoipa::path(
    get, path = "/status", tag = "operation", operation_id = "status",
    responses((status = 200, description = "How it fares", body = Report))
)]
pub async fn status(State(service): State<Arc<Service>>) -> Response {
    json(StatusCode::OK, body(&Report::of(&service.lineup.status())))
}

/// It answers.
#[derive(Serialize, ToSchema)]
struct Alive {
    /// Always true.
    alive: bool,
}

/// It is ready.
#[derive(Serialize, ToSchema)]
struct Ready<'a> {
    /// Always true.
    ready: bool,
    /// The pack in service.
    pack: Stamp<'a>,
}

/// Which pack.
#[derive(Serialize, ToSchema)]
struct Stamp<'a> {
    /// Its name.
    name: &'a str,
    /// Its version.
    version: &'a str,
    /// BLAKE3 of its content.
    hash: &'a str,
}

/// How the service fares.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    /// Version of the engine.
    version: &'static str,
    /// Whether a pack is in service.
    ready: bool,
    /// The pack in service.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<Active<'a>>,
    /// How many packs went into service since the start.
    swaps: u64,
    /// Packs no longer in service that some request still reads.
    retired_packs: usize,
    /// Why the last pack was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_refusal: Option<String>,
    /// The last packs tried.
    attempts: Vec<Try<'a>>,
}

/// The pack in service.
#[derive(Serialize, ToSchema)]
struct Active<'a> {
    #[serde(flatten)]
    pack: Stamp<'a>,
    /// Since when (UTC).
    since: String,
    /// Where it came from.
    source: &'a str,
}

/// A pack that was tried.
#[derive(Serialize, ToSchema)]
struct Try<'a> {
    /// When (UTC).
    at: String,
    /// Where it came from.
    source: &'a str,
    /// Which it is, where it went into service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<Stamp<'a>>,
    /// Why it was refused.
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
