//! Is it alive, is it ready, what does it serve.

use crate::live::status::{Attempt, Status};
use crate::pack::stamp::PackStamp;
use crate::record::health::Health;
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// Alive: the process answers.
pub async fn live() -> Response {
    json(StatusCode::OK, br#"{"alive":true}"#.to_vec())
}

/// Ready: a pack is in service. A record in trouble is told as `degraded`, and the answer stays 200: screening goes on, and a
/// load balancer that took the server out would take the checks from prescribers too.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    match service.lineup.snapshot() {
        Some(pack) => {
            let record = Record::of(service.recorder.health());
            let degraded = record.why.as_ref().map(|why| format!("records: {why}"));
            json(StatusCode::OK, body(&Ready { ready: true, pack: Stamp::of(pack.stamp()), degraded, record }))
        }
        None => {
            let status = service.lineup.status();
            let why = status.last_refusal().map(|r| format!(": {r}")).unwrap_or_default();
            error(StatusCode::SERVICE_UNAVAILABLE, &format!("no pack is in service{why}"))
        }
    }
}

/// What was tried, when, what runs now, and why the last one was refused.
pub async fn status(State(service): State<Arc<Service>>) -> Response {
    let record = Record::of(service.recorder.health());
    json(StatusCode::OK, body(&Report::of(&service.lineup.status(), record)))
}

#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    pack: Stamp<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<String>,
    record: Record,
}

/// How the record fares.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    store: &'static str,
    decisions: u64,
    lost: u64,
    feedback: u64,
    feedback_refused: u64,
    captures_lost: u64,
    queued: u64,
    stored: u64,
    bytes_behind: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    staleness_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Record {
    fn of(health: Health) -> Record {
        Record {
            ok: health.trouble.is_none(),
            why: health.trouble,
            store: health.store,
            decisions: health.decisions,
            lost: health.lost,
            feedback: health.feedback,
            feedback_refused: health.feedback_refused,
            captures_lost: health.captures_lost,
            queued: health.queued,
            stored: health.stored,
            bytes_behind: health.bytes_behind,
            staleness_seconds: health.staleness,
            notes: health.notes,
        }
    }
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
    record: Record,
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
    fn of(status: &'a Status, record: Record) -> Report<'a> {
        let active = status.active.as_ref();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            ready: active.is_some(),
            active: active.map(|(stamp, at, source)| Active { pack: Stamp::of(stamp), since: at.rfc3339(), source }),
            swaps: status.swaps,
            retired_packs: status.retired,
            last_refusal: status.last_refusal().map(ToString::to_string),
            attempts: status.attempts.iter().map(Try::of).collect(),
            record,
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
