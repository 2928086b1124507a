//! Is it alive, is it ready, what does it serve.

use crate::clinical::time::Moment;
use crate::live::status::{Attempt, Status};
use crate::pack::signature::hex;
use crate::pack::stamp::PackStamp;
use crate::record::health::Health;
use crate::serve::access::{granted, sees_status};
use crate::serve::certificates::Certificates;
use crate::serve::metrics::CONTENT_TYPE;
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, NotInService};
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::serve::traffic::{Phase, Traffic};
use crate::settings::access::Role;
use crate::trust::report::KeysHealth;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Alive: the process answers.
#[utoipa::path(
    get, path = "/livez", tag = "operation", operation_id = "alive",
    responses((status = 200, description = "It answers", body = Alive))
)]
pub async fn live() -> Response {
    json(StatusCode::OK, body(&Alive { alive: true }))
}

/// Ready: a pack is in service, and the server is not about to stop. A record in trouble, or knowledge that may not be the newest,
/// is told as `degraded`, and the answer stays 200: screening goes on, and a load balancer that took the server out would take the
/// checks from prescribers.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "ready",
    responses((status = 200, description = "It is ready", body = Ready), NotInService)
)]
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.traffic.phase() > Phase::Serving {
        return error(StatusCode::SERVICE_UNAVAILABLE, "the server is about to stop; ask another");
    }
    match service.lineup.snapshot() {
        Some(pack) => {
            let record = Record::of(service.recorder.health());
            let unusable = service.gate.health().keys.iter().filter(|keys| !keys.usable).count();
            let keys = (unusable > 0).then(|| format!("{unusable} key sets of clients cannot be used"));
            let doubt = doubt(&service).map(|why| format!("knowledge: {why}"));
            let troubles = [record.why.as_ref().map(|why| format!("records: {why}")), doubt, keys];
            let told = troubles.into_iter().flatten().collect::<Vec<_>>().join("; ");
            let degraded = Some(told).filter(|told| !told.is_empty());
            json(StatusCode::OK, body(&Ready { ready: true, pack: Stamp::of(pack.stamp()), degraded, record }))
        }
        None => error(StatusCode::SERVICE_UNAVAILABLE, "no pack is in service; /status tells an operator why"),
    }
}

/// Why the knowledge in service may not be the newest there is.
fn doubt(service: &Service) -> Option<String> {
    service.lineup.doubt(service.settings.knowledge.signature_age_max, (service.clock)())
}

/// The counts and times, for whom may see them: an operator.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "Counts and times, as OpenMetrics text", body = String, content_type = "application/openmetrics-text"), DeskRefusals),
    security(("bearer" = []))
)]
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
#[utoipa::path(
    get, path = "/status", tag = "operation", operation_id = "status",
    responses((status = 200, description = "How it fares: in full to an operator, else only whether it is ready", body = HowItFares))
)]
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

/// In full, or in short.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "it stands in the OpenAPI document alone")]
enum HowItFares<'a> {
    Full(Report<'a>),
    Short(Short<'a>),
}

/// How the service fares, for whoever asks.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Short<'a> {
    /// Version of the engine.
    version: &'static str,
    /// Whether it answers.
    ready: bool,
    /// The pack in service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<Stamp<'a>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<String>,
    record: Record,
}

/// How the record fares.
#[derive(Serialize, ToSchema)]
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
    /// Which packs are too old, where packs must be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<Signatures>,
    /// What is wrong with registered clients or their keys, in words.
    trust: Vec<String>,
    /// Key sets of clients.
    key_sets: Vec<KeySet>,
    record: Record,
    traffic: Flow,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
}

/// Which packs are too old to come into service by themselves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Signatures {
    /// A pack signed before this (UTC), or at a time that its signature does not tell, is refused. Absent: no signature that
    /// tells its time was taken yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_before: Option<String>,
    /// Whether that is so after a restart too: there is a folder to keep it in.
    outlives_restart: bool,
    /// Why the knowledge in service may not be the newest there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl Signatures {
    fn of(status: &Status, service: &Service) -> Option<Signatures> {
        (!service.settings.knowledge.signers.is_empty()).then(|| Signatures {
            refused_before: status.memory.newest.as_ref().map(|newest| newest.at.rfc3339()),
            outlives_restart: status.memory.outlives,
            trouble: doubt(service),
        })
    }
}

/// A key set of a client.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeySet {
    /// Host of the key server, or path of the file.
    origin: String,
    /// Keys that can be used.
    keys: usize,
    /// Whether the set may be used now.
    usable: bool,
    /// How old it is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl KeySet {
    fn of(health: KeysHealth) -> KeySet {
        let KeysHealth { origin, keys, usable, age_seconds, trouble, .. } = health;
        KeySet { origin, keys, usable, age_seconds, trouble }
    }
}

/// What comes and goes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Flow {
    draining: bool,
    connections: usize,
    requests: usize,
    in_work: usize,
    turned_away: u64,
    turned_away_by_address: u64,
    not_taken: u64,
    /// Whether no connection can be taken just now: the system has no file descriptor left, for instance.
    starved: bool,
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
            turned_away_by_address: traffic.turned_away_by_address.now(),
            not_taken: traffic.not_taken.now(),
            starved: traffic.starved.load(Ordering::Relaxed),
            shed: traffic.shed.now(),
            throttled: traffic.throttled.now(),
            slow_heads: traffic.slow_heads.now(),
            slow_readers: traffic.slow_readers.now(),
            handshakes_failed: traffic.handshakes_failed.now(),
        }
    }
}

/// The certificate in use.
#[derive(Serialize, ToSchema)]
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

/// The pack in service.
#[derive(Serialize, ToSchema)]
struct Active<'a> {
    #[serde(flatten)]
    pack: Stamp<'a>,
    /// Since when (UTC).
    since: String,
    /// Where it came from.
    source: &'a str,
    /// The public key of who vouches for it, where packs must be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// When they signed it (UTC), where the signature tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
}

impl<'a> Active<'a> {
    fn of(status: &'a Status) -> Option<Active<'a>> {
        let (stamp, at, source) = status.active.as_ref()?;
        let signer = status.voucher.as_ref().map(|voucher| hex(&voucher.signer));
        let signed = status.voucher.as_ref().and_then(|voucher| voucher.at).map(Moment::rfc3339);
        Some(Active { pack: Stamp::of(stamp), since: at.rfc3339(), source, signer, signed })
    }
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
    fn of(status: &'a Status, service: &Service) -> Report<'a> {
        let active = Active::of(status);
        let gate = service.gate.health();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            ready: active.is_some(),
            active,
            swaps: status.swaps,
            retired_packs: status.retired,
            last_refusal: status.last_refusal().map(ToString::to_string),
            attempts: status.attempts.iter().map(Try::of).collect(),
            signatures: Signatures::of(status, service),
            trust: gate.troubles,
            key_sets: gate.keys.into_iter().map(KeySet::of).collect(),
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
