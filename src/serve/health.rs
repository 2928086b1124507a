//! Is it alive, is it ready, what does it serve.

use crate::clinical::time::Moment;
use crate::live::status::{Attempt, Status};
use crate::pack::stamp::PackStamp;
use crate::record::health::Health;
use crate::serve::access::{granted, sees_status};
use crate::serve::certificates::Certificates;
use crate::serve::metrics::CONTENT_TYPE;
use crate::serve::peer::Peer;
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::serve::traffic::{Phase, Traffic};
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

/// Ready: a pack is in service, and the server is not about to stop. A record in trouble is told as `degraded`, and the answer stays 200: screening goes on, and a
/// load balancer that took the server out would take the checks from prescribers too.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.traffic.phase() > Phase::Serving {
        return error(StatusCode::SERVICE_UNAVAILABLE, "the server is about to stop; ask another");
    }
    match service.lineup.snapshot() {
        Some(pack) => {
            let record = Record::of(service.recorder.health());
            let degraded = record.why.as_ref().map(|why| format!("records: {why}"));
            json(StatusCode::OK, body(&Ready { ready: true, pack: Stamp::of(pack.stamp()), degraded, record }))
        }
        None => error(StatusCode::SERVICE_UNAVAILABLE, "no pack is in service; /status tells an operator why"),
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

/// What was tried, when, what runs now, why the last one was refused, and what comes and goes: for an operator. Others learn
/// whether it is ready and which pack answers.
pub async fn status(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    let status = service.lineup.status();
    let ready = status.active.is_some() && service.traffic.phase() == Phase::Serving;
    if !sees_status(&service.settings, &headers, peer.as_deref()) {
        let pack = status.active.as_ref().map(|(stamp, _, _)| Stamp::of(stamp));
        return json(StatusCode::OK, body(&Short { version: env!("CARGO_PKG_VERSION"), ready, pack }));
    }
    json(StatusCode::OK, body(&Report { ready, ..Report::of(&status, &service) }))
}

#[derive(Serialize)]
struct Short<'a> {
    version: &'static str,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<Stamp<'a>>,
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
    traffic: Flow,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
}

/// What comes and goes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flow {
    draining: bool,
    connections: usize,
    requests: usize,
    in_work: usize,
    turned_away: u64,
    shed: u64,
    throttled: u64,
    slow_heads: u64,
    slow_readers: u64,
    handshakes_failed: u64,
}

impl Flow {
    fn of(traffic: &Traffic) -> Flow {
        Flow {
            draining: traffic.phase() > Phase::Serving,
            connections: traffic.connections.now(),
            requests: traffic.requests.now(),
            in_work: traffic.in_work.now(),
            turned_away: traffic.turned_away.now(),
            shed: traffic.shed.now(),
            throttled: traffic.throttled.now(),
            slow_heads: traffic.slow_heads.now(),
            slow_readers: traffic.slow_readers.now(),
            handshakes_failed: traffic.handshakes_failed.now(),
        }
    }
}

/// The certificate in use.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    #[serde(skip_serializing_if = "Option::is_none")]
    good_until: Option<String>,
    renewals: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl Certificate {
    fn of(certificates: &Certificates) -> Certificate {
        let good_until = certificates.not_after().map(|end| Moment(end).rfc3339());
        Certificate { good_until, renewals: certificates.renewals(), trouble: certificates.trouble() }
    }
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
    fn of(status: &'a Status, service: &Service) -> Report<'a> {
        let active = status.active.as_ref();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            ready: active.is_some(),
            active: active.map(|(stamp, at, source)| Active { pack: Stamp::of(stamp), since: at.rfc3339(), source }),
            swaps: status.swaps,
            retired_packs: status.retired,
            last_refusal: status.last_refusal().map(ToString::to_string),
            attempts: status.attempts.iter().map(Try::of).collect(),
            record: Record::of(service.recorder.health()),
            traffic: Flow::of(&service.traffic),
            certificate: service.traffic.certificates.get().map(|c| Certificate::of(c)),
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
