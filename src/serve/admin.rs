//! Admin calls: a new pack, from someone who holds the token.

use crate::live::clock::now;
use crate::serve::access::granted;
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, TooLarge};
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::settings::access::Role;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use utoipa::ToSchema;

/// A pack that went into service.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it tells the document what the answer looks like")]
struct Taken {
    /// The pack.
    pack: TakenPack,
}

/// Which pack.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it tells the document what the answer looks like")]
struct TakenPack {
    /// BLAKE3 of its content.
    hash: String,
}

/// Takes a pack: verified, tried on its own cases, swapped in. Refused, the one in service stays.
#[utoipa::path(
    post, path = "/admin/pack", tag = "operation", operation_id = "takePack",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A pack file, as `caveat compile` writes it"),
    responses((status = 200, description = "It is in service", body = Taken), DeskRefusals, TooLarge),
    security(("bearer" = []))
)]
pub async fn take_pack(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if let Err(denied) = granted(&service.settings.access, Role::Editor, &headers, peer.as_deref()) {
        return denied;
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
