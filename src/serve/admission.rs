//! Letting callers in before anything of theirs is read: hook calls, feedback and discovery pass here. What goes wrong
//! after that is said in the shape that the client's profile asks for.

use crate::serve::answer::micros;
use crate::serve::peer::Peer;
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::serve::shed::within_rate;
use crate::settings::client::ErrorShape;
use crate::settings::server::Server;
use crate::trust::caller::Caller;
use crate::trust::gate::Knock;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json as object};
use std::sync::Arc;
use std::time::Instant;

/// Who was let in; stands among the request's extensions.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who.
    pub caller: Caller,
    /// How long it took to find out, in microseconds.
    pub took_us: u64,
}

/// Hook calls and feedback.
pub async fn for_call(service: State<Arc<Service>>, request: Request, next: Next) -> Response {
    pass(service, request, next, false).await
}

/// Discovery.
pub async fn for_discovery(service: State<Arc<Service>>, request: Request, next: Next) -> Response {
    pass(service, request, next, true).await
}

async fn pass(State(service): State<Arc<Service>>, request: Request, next: Next, discovery: bool) -> Response {
    let begun = Instant::now();
    let (mut parts, body) = request.into_parts();
    let Some(caller) = admitted(&service, &parts, discovery).await else { return not_allowed() };
    let (shape, name) = (caller.client.errors, caller.client.name.clone());
    parts.extensions.insert(Admitted { caller, took_us: micros(begun) });
    let held = if discovery { Ok(()) } else { within_rate(&service, &name) };
    let response = match held {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(too_often) => too_often,
    };
    match shape {
        ErrorShape::Message if response.status().is_client_error() || response.status().is_server_error() => {
            as_message(response).await
        }
        _ => response,
    }
}

async fn admitted(service: &Service, request: &Parts, discovery: bool) -> Option<Caller> {
    let authorizations: Vec<&[u8]> =
        request.headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes()).collect();
    let peer = request.extensions.get::<Peer>();
    let url = called(&service.settings.server, peer, request);
    let certificate = peer.and_then(|peer| peer.certificate.as_deref());
    let knock = Knock { authorizations: &authorizations, certificate, url: &url, discovery };
    service.gate.admit(&knock, (service.clock)()).await.ok()
}

/// The absolute address that was called: under the public address where it is set, else as the caller says.
fn called(server: &Server, peer: Option<&Peer>, request: &Parts) -> String {
    let path = request.uri.path();
    if let Some(base) = &server.public_url {
        return format!("{}{path}", base.trim_end_matches('/'));
    }
    let scheme = if peer.map_or(server.tls.is_some(), |peer| peer.tls) { "https" } else { "http" };
    let named = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match request.uri.authority().map(|a| a.as_str()).or(named) {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => format!("{scheme}://{}{path}", server.listen),
    }
}

/// The same words whatever was wrong.
fn not_allowed() -> Response {
    let mut response = error(StatusCode::UNAUTHORIZED, "not allowed");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

/// An OperationOutcome as `{"message": "..."}`. Our own errors are short; anything else is passed on as it is.
async fn as_message(response: Response) -> Response {
    const ERROR_BYTES_MAX: usize = 64 << 10;
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let issues = said["issue"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut words: Vec<&str> = issues.iter().filter_map(|issue| issue["diagnostics"].as_str()).collect();
    words.dedup();
    let words = if words.is_empty() { String::from("nothing was checked") } else { words.join("; ") };
    parts.headers.remove(header::CONTENT_LENGTH);
    let shaped = json(parts.status, object!({ "message": words }).to_string().into_bytes());
    Response::from_parts(parts, shaped.into_body())
}
