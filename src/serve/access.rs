//! Roles: every admin and read call is closed until a grant opens it.

use crate::serve::peer::Peer;
use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::settings::access::{Access, Grant, Role};
use crate::settings::whole::Settings;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Whether somebody may see `/status` in full: an operator; where nobody can be one, whoever reaches a server on loopback.
pub fn sees_status(settings: &Settings, headers: &HeaderMap, peer: Option<&Peer>) -> bool {
    let trying = settings.access.grants.is_empty() && settings.server.listen.ip().is_loopback();
    trying || granted(&settings.access, Role::Operator, headers, peer).is_ok()
}

/// Lets pharmacists through before anything of the body is read.
pub async fn pharmacists_alone(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    request: Request,
    next: Next,
) -> Response {
    match granted(&service.settings.access, Role::Pharmacist, request.headers(), peer.as_deref()) {
        Ok(_) => next.run(request).await,
        Err(denied) => denied,
    }
}

/// Whether a browser sends it on behalf of a page of another site.
fn comes_from_another_site(headers: &HeaderMap) -> bool {
    let of = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (of("sec-fetch-site"), of("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) != of("host"),
        (None, None) => false,
    }
}

/// Who shows a token or a client certificate that allows this role.
///
/// # Errors
///
/// The answer to send, 401, which does not say why.
#[expect(clippy::result_large_err, reason = "the error is the response that is sent at once")]
pub fn granted<'a>(
    access: &'a Access,
    role: Role,
    headers: &HeaderMap,
    peer: Option<&Peer>,
) -> Result<&'a Grant, Response> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let hash = sent.map(|token| blake3::hash(token.as_bytes()));
    let certificate = peer.and_then(|p| p.certificate.as_deref());
    // A browser shows its certificate on behalf of any page: what another site's page sends is not its user's will.
    let foreign = comes_from_another_site(headers);
    let shown = |grant: &&Grant| {
        let by_token = grant.token.zip(hash).is_some_and(|(token, hash)| token.ct_eq(hash.as_bytes()).into());
        by_token || (!foreign && certificate.is_some() && grant.certificate.as_deref() == certificate)
    };
    let grant = access.grants.iter().filter(|grant| grant.roles.contains(&role)).find(shown);
    grant.ok_or_else(|| error(StatusCode::UNAUTHORIZED, "not allowed"))
}
