//! Too much at once: what the server cannot take on now it says at once, so that nobody waits for a check that does not come.

use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::serve::traffic::Open;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Lets a request through when fewer than `in_work_max` are in work; answers 503 at once otherwise. Stands before anything of
/// the body is kept.
pub async fn bounded(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let most = service.settings.server.in_work_max;
    let Some(_in_work) = Open::below(&service.traffic, |t| &t.in_work, most) else {
        if service.traffic.shed.up() {
            tracing::warn!(shed = service.traffic.shed.now(), most, "too much in work; calls are answered 503");
        }
        let words =
            "too many requests are in work; nothing was checked. Send it again, with a new token, or check by hand";
        let _ = tokio::time::timeout(UNREAD_TIME, thrown_away(request.into_body())).await;
        return later(error(StatusCode::SERVICE_UNAVAILABLE, words), Duration::from_secs(1));
    };
    next.run(request).await
}

/// Takes what has arrived of a body and throws it away, up to a bound: a connection that is closed upon bytes nobody read may
/// lose the answer on its way, and a new one would cost more than these.
async fn thrown_away(mut body: Body) {
    let mut left = UNREAD_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
        if left == 0 {
            return;
        }
    }
}

/// How long the body of a request that is shed is taken in.
const UNREAD_TIME: Duration = Duration::from_millis(250);
/// How much of it.
const UNREAD_BYTES_MAX: usize = 1 << 20;

/// Holds a client to its rate.
///
/// # Errors
///
/// The answer to send, 429.
#[expect(clippy::result_large_err, reason = "the error is the response that is sent at once")]
pub fn within_rate(service: &Service, client: &str) -> Result<(), Response> {
    service.traffic.rates.take(client, Instant::now()).map_err(|wait| {
        if service.traffic.throttled.up() {
            tracing::warn!(
                client,
                throttled = service.traffic.throttled.now(),
                "a client asks too often; answered 429"
            );
        }
        let words = "this client asks more often than was agreed; nothing was checked. Send it again, with a new token, or check by hand";
        later(error(StatusCode::TOO_MANY_REQUESTS, words), wait)
    })
}

/// An answer that says when to come again: whole seconds, at least one.
fn later(mut response: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}
