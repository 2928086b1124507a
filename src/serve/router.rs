//! The routes, and what every answer has in common: CORS, JSON, an OperationOutcome for every error.

use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::serve::{admin, calls, health, late};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

/// Every route.
pub fn router(service: Arc<Service>) -> Router {
    let limits = &service.settings.server;
    let limit = DefaultBodyLimit::max;
    Router::new()
        .route("/cds-services", get(calls::discover))
        .route("/cds-services/{id}", post(calls::call).layer(limit(limits.call_bytes_max)))
        .route("/cds-services/{id}/feedback", post(calls::take_feedback).layer(limit(limits.feedback_bytes_max)))
        .route("/decisions/{id}/answer", get(late::answer_of))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/status", get(health::status))
        .route("/admin/pack", post(admin::take_pack).layer(limit(limits.pack_bytes_max)))
        .fallback(no_such_place)
        .method_not_allowed_fallback(wrong_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.body_time))
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
