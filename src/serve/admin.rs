//! Admin calls: a new pack, from someone who holds the token.

use crate::live::clock::now;
use crate::serve::router::{Service, error, json};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Takes a pack: verified, tried on its own cases, swapped in. 401 without the token, 422 when it is refused.
pub async fn take_pack(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !allowed(service.admin_token.as_deref(), &headers) {
        return error(StatusCode::UNAUTHORIZED, "not allowed");
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return error(rejection.status(), &rejection.body_text()),
    };
    let lineup = Arc::clone(&service.lineup);
    let tried = tokio::task::spawn_blocking(move || lineup.activate(&body, "admin call", now())).await;
    match tried {
        Ok(Ok(stamp)) => {
            tracing::info!(pack = %stamp, "pack in service");
            json(StatusCode::OK, format!(r#"{{"pack":{{"hash":"{}"}}}}"#, stamp.hash).into_bytes())
        }
        Ok(Err(refused)) => {
            tracing::error!(%refused, "pack refused; the one in service stays");
            error(StatusCode::UNPROCESSABLE_ENTITY, &format!("refused, the pack in service stays: {refused}"))
        }
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "the pack could not be tried; the one in service stays"),
    }
}

fn allowed(token: Option<&str>, headers: &HeaderMap) -> bool {
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    match (token, sent) {
        (Some(token), Some(sent)) if !token.is_empty() => token.as_bytes().ct_eq(sent.as_bytes()).into(),
        _ => false,
    }
}
