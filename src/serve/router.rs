//! The routes, and what every answer has in common: CORS, JSON, an OperationOutcome for every error.

use crate::clinical::time::Moment;
use crate::hooks::call::{Hook, Refusal};
use crate::hooks::feedback::{Feedback, Outcome};
use crate::hooks::{discovery, feedback, outcome};
use crate::live::clock::now;
use crate::live::lineup::Lineup;
use crate::record::memory::{AnswerRecord, FeedbackRecord, Memory};
use crate::serve::answer::{Answer, answer, refused};
use crate::serve::limits::{FEEDBACK_BODY_BYTES_MAX, HOOK_BODY_BYTES_MAX, PACK_BODY_BYTES_MAX, REQUEST_TIME_MAX};
use crate::serve::{admin, health};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

/// What the handlers share.
#[derive(Debug)]
pub struct Service {
    /// The pack in service.
    pub lineup: Arc<Lineup>,
    /// What was answered and what came back.
    pub memory: Memory,
    /// The token of admin calls; `None` closes them.
    pub admin_token: Option<String>,
    /// What time it is: the machine's clock, or a test's.
    pub clock: fn() -> Moment,
}

impl Service {
    /// A service over a lineup, by the machine's clock.
    pub fn new(lineup: Arc<Lineup>, admin_token: Option<String>) -> Service {
        Service { lineup, memory: Memory::new(), admin_token, clock: now }
    }
}

/// Every route.
pub fn router(service: Arc<Service>) -> Router {
    let limit = DefaultBodyLimit::max;
    Router::new()
        .route("/cds-services", get(discover))
        .route("/cds-services/{id}", post(call).layer(limit(HOOK_BODY_BYTES_MAX)))
        .route("/cds-services/{id}/feedback", post(take_feedback).layer(limit(FEEDBACK_BODY_BYTES_MAX)))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/status", get(health::status))
        .route("/admin/pack", post(admin::take_pack).layer(limit(PACK_BODY_BYTES_MAX)))
        .fallback(no_such_place)
        .method_not_allowed_fallback(wrong_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(never_bare))
        .layer(cors())
        .with_state(service)
}

/// Browser clients call from anywhere: every endpoint and every error carries the headers.
fn cors() -> CorsLayer {
    const TRACE: HeaderName = HeaderName::from_static("traceparent");
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST, Method::OPTIONS]).allow_headers([
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::ACCEPT,
        TRACE,
    ])
}

async fn discover() -> Response {
    json(StatusCode::OK, discovery::body())
}

async fn call(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let begun = Instant::now();
    let Some(hook) = Hook::of_service(&id) else { return send(refused(&Refusal::NoService { id })) };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    let Some(pack) = service.lineup.snapshot() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no pack is in service; nothing was checked");
    };
    let mut answer = answer(&pack, hook, &body, (service.clock)());
    let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (pack, status) = (pack.stamp().short_hash(), answer.status);
    match answer.record.take() {
        Some(record) => {
            let (cards, gaps) = (record.cards.len(), record.gaps);
            tracing::debug!(hook = hook.name(), status, cards, gaps, bytes = body.len(), took_us, pack, "answered");
            service.memory.record_answer(AnswerRecord { took_us, ..record });
        }
        None => tracing::info!(hook = hook.name(), status, bytes = body.len(), took_us, pack, "refused"),
    }
    send(answer)
}

async fn take_feedback(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(hook) = Hook::of_service(&id) else { return send(refused(&Refusal::NoService { id })) };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    match feedback::read(&body) {
        Ok(entries) => {
            let records = entries.into_iter().map(|entry| remembered(hook, entry));
            records.for_each(|record| {
                service.memory.record_feedback(record);
            });
            json(StatusCode::OK, b"{}".to_vec())
        }
        Err(refusal) => send(refused(&refusal)),
    }
}

/// Feedback as the memory keeps it.
fn remembered(hook: Hook, feedback: Feedback) -> FeedbackRecord {
    FeedbackRecord {
        service: hook.service_id(),
        card: feedback.card,
        accepted: feedback.outcome.map(|o| o == Outcome::Accepted),
        suggestions: feedback.accepted,
        reason: feedback.reason.map(|r| (r.system, r.code)),
        comment: feedback.comment,
        at: feedback.at.map(|d| d.earliest.0),
        rules: Vec::new(),
    }
}

async fn no_such_place() -> Response {
    error(StatusCode::NOT_FOUND, "there is nothing here; see /cds-services")
}

async fn wrong_method() -> Response {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "this place answers another method; discovery is GET, calls and feedback are POST",
    )
}

/// An error that some layer answered without a body gets one: no client is left to guess.
async fn never_bare(response: Response) -> Response {
    let status = response.status();
    let spoken = response.headers().contains_key(header::CONTENT_TYPE);
    if spoken || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let words = match status {
        StatusCode::REQUEST_TIMEOUT => "the request did not arrive in time; nothing was checked",
        _ => "the request could not be answered; nothing was checked",
    };
    error(status, words)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request broke; it was answered 500 and nothing was checked");
    error(StatusCode::INTERNAL_SERVER_ERROR, "this request broke; nothing was checked. Check by hand, and report it")
}

fn unread(rejection: &BytesRejection) -> Response {
    error(rejection.status(), &rejection.body_text())
}

fn send(answer: Answer) -> Response {
    json(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body)
}

/// An error as an OperationOutcome.
pub fn error(status: StatusCode, words: &str) -> Response {
    let code = match status {
        StatusCode::UNAUTHORIZED => "security",
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "not-supported",
        StatusCode::PAYLOAD_TOO_LARGE => "too-long",
        StatusCode::REQUEST_TIMEOUT => "timeout",
        StatusCode::SERVICE_UNAVAILABLE => "transient",
        StatusCode::INTERNAL_SERVER_ERROR => "exception",
        _ => "invalid",
    };
    json(status, outcome::error(status.as_u16(), code, words).1)
}

/// A JSON answer.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
