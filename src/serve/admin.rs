//! Admin calls: a new pack from an editor, a stop from an operator.

use crate::live::clock::now;
use crate::serve::access::granted;
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, TooLarge};
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::serve::traffic::Phase;
use crate::settings::access::Role;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

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

/// It is about to stop.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document")]
struct Draining {
    /// Always true.
    draining: bool,
}

/// What else is said of a pack.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Going {
    /// Whether to go back on purpose: to a pack that was signed before the one in service.
    #[serde(default)]
    older: bool,
}

/// Takes a pack: verified, tried on its own cases, swapped in. Refused, the one in service stays.
#[utoipa::path(
    post, path = "/admin/pack", tag = "operation", operation_id = "takePack", params(Going),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A pack file, as `caveat compile` writes it"),
    responses((status = 200, description = "It is in service", body = Taken), DeskRefusals, TooLarge),
    security(("bearer" = []))
)]
pub async fn take_pack(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    request: Request,
) -> Response {
    let granted = match granted(&service.settings.access, Role::Editor, request.headers(), peer.as_deref()) {
        Ok(granted) => granted,
        Err(denied) => return denied,
    };
    let Ok(Query(Going { older })) = Query::<Going>::try_from_uri(request.uri()) else {
        return error(StatusCode::BAD_REQUEST, "nothing but `older=true` or `older=false` may follow the `?`");
    };
    // Nothing of a pack is read from somebody who may not send one.
    let body_time = service.settings.server.body_time;
    let Ok(body) = tokio::time::timeout(body_time, Bytes::from_request(request, &())).await else {
        return error(StatusCode::REQUEST_TIMEOUT, "the pack did not arrive in time; the one in service stays");
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return error(rejection.status(), &rejection.body_text()),
    };
    let who = granted.name.as_str();
    let lineup = Arc::clone(&service.lineup);
    let tried = tokio::task::spawn_blocking(move || match older {
        true => lineup.go_back(&body, "admin call, older allowed", now()),
        false => lineup.activate(&body, "admin call", now()),
    });
    match tried.await {
        Ok(Ok(stamp)) => {
            tracing::info!(who, older, pack = %stamp, "pack in service");
            json(StatusCode::OK, format!(r#"{{"pack":{{"hash":"{}"}}}}"#, stamp.hash).into_bytes())
        }
        Ok(Err(refused)) => {
            tracing::error!(who, %refused, "pack refused; the one in service stays");
            error(StatusCode::UNPROCESSABLE_ENTITY, &format!("refused, the pack in service stays: {refused}"))
        }
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "the pack could not be tried; the one in service stays"),
    }
}

/// Stops in good order, as a signal does: not ready from now on, what is open ends, then the process does. 401 without the
/// role.
#[utoipa::path(
    post, path = "/admin/drain", tag = "operation", operation_id = "drain",
    responses((status = 200, description = "It is about to stop", body = Draining), DeskRefusals),
    security(("bearer" = []))
)]
pub async fn drain(State(service): State<Arc<Service>>, peer: Option<Extension<Peer>>, headers: HeaderMap) -> Response {
    match granted(&service.settings.access, Role::Operator, &headers, peer.as_deref()) {
        Ok(granted) => tracing::info!(who = granted.name, "told to drain"),
        Err(denied) => return denied,
    }
    service.traffic.go_on(Phase::Leaving);
    json(StatusCode::OK, br#"{"draining":true}"#.to_vec())
}
