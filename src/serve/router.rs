//! The routes, and what every answer has in common: CORS, JSON, an OperationOutcome for every error.

use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::serve::trace_context::TraceContext;
use crate::serve::{access, admin, admission, calls, decisions, health, late, openapi, patients, screen, shed};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument;

/// Every route.
pub fn router(service: Arc<Service>) -> Router {
    let limits = &service.settings.server;
    let limit = DefaultBodyLimit::max;
    let called = from_fn_with_state(Arc::clone(&service), admission::for_call);
    let discovery = from_fn_with_state(Arc::clone(&service), admission::for_discovery);
    // What takes work stands behind the bound on requests in work, and strangers take no place in it; health, status and admin calls
    // answer beside it.
    let bounded = Router::new()
        .route("/cds-services/{id}", post(calls::call).layer(limit(limits.call_bytes_max)))
        .route("/cds-services/{id}/feedback", post(calls::take_feedback).layer(limit(limits.feedback_bytes_max)))
        .route_layer(from_fn_with_state(Arc::clone(&service), shed::bounded))
        .route_layer(called);
    let desk = Router::new()
        .route("/screen", post(screen::screen).layer(limit(limits.call_bytes_max)))
        .route_layer(from_fn_with_state(Arc::clone(&service), shed::bounded))
        .route_layer(from_fn_with_state(Arc::clone(&service), access::pharmacists_alone));
    Router::new()
        .merge(bounded)
        .merge(desk)
        .route("/cds-services", get(calls::discover).route_layer(discovery))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/status", get(health::status))
        .route("/metrics", get(health::metrics))
        .route("/admin/drain", post(admin::drain))
        .route("/patients/{id}/findings", get(patients::findings))
        .route("/patients/{id}/overrides", get(patients::overrides))
        .route("/patients/{id}/obligations", get(patients::obligations))
        .route("/patients/{id}/obligations/{card}/done", post(patients::obligation_done))
        .route("/decisions", get(decisions::decisions))
        .route("/decisions/{id}", get(decisions::decision))
        .route("/decisions/{id}/answer", get(late::answer_of))
        .route("/openapi.json", get(openapi::send))
        .merge(openapi::pages())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.body_time))
        // A pack is tried on its cases before it is answered for: only its arrival has a time, and the handler keeps it.
        .route("/admin/pack", post(admin::take_pack).layer(limit(limits.pack_bytes_max)))
        .fallback(no_such_place)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(traced))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(never_bare))
        .layer(cors())
        .with_state(service)
}

/// Whatever is logged about a request bears the trace it belongs to. Its path is not logged: it may name a patient.
async fn traced(request: Request, next: Next) -> Response {
    let context = TraceContext::of(request.headers()).unwrap_or_else(TraceContext::begun);
    let span = tracing::info_span!("request", trace = %context.trace_id());
    next.run(request).instrument(span).await
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

async fn no_such_place() -> Response {
    error(StatusCode::NOT_FOUND, "there is nothing here; see /cds-services")
}

async fn wrong_method() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "this place answers another method; see /openapi.json")
}

/// An error that some layer answered without a body of ours gets one: no client is left to guess.
async fn never_bare(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let spoken = kind.is_some_and(|kind| kind.starts_with("application/"));
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
