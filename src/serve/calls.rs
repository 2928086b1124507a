//! Hook calls and feedback: let in, read, fetched for, answered, recorded.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::feedback::{Feedback, Outcome};
use crate::hooks::manner::Manner;
use crate::hooks::{discovery, feedback};
use crate::record::decision::{Decision, FeedbackRecord, Took};
use crate::serve::answer::{Answer, answer, micros, refused};
use crate::serve::fetching::{Work, answered};
use crate::serve::reply::{error, json, send, unread};
use crate::serve::service::Service;
use crate::trust::caller::Caller;
use crate::trust::gate::Knock;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;

/// `GET /cds-services`.
pub async fn discover() -> Response {
    json(StatusCode::OK, discovery::body())
}

/// `POST /cds-services/{id}`.
pub async fn call(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let begun = Instant::now();
    let caller = match admitted(&service, &uri, &headers).await {
        Ok(caller) => caller,
        Err(denied) => return denied,
    };
    let admit_us = micros(begun);
    let Some(hook) = Hook::of_service(&id) else { return send(refused(&Refusal::NoService { id })) };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    let Some(pack) = service.lineup.snapshot() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no pack is in service; nothing was checked");
    };
    let work = Work::new(&service, &pack, caller, (hook, body.clone()), &headers, begun);
    let (mut answer, later) = answered(work).await;
    let (short, status) = (pack.stamp().short_hash(), answer.status);
    match answer.decision.take() {
        Some(mut decision) => {
            decision.took = Took { admit_us, whole_us: micros(begun), ..decision.took };
            let (cards, gaps, took_us) = (decision.findings.len(), decision.gaps.len(), decision.took.whole_us);
            tracing::debug!(
                hook = hook.name(),
                status,
                cards,
                gaps,
                bytes = body.len(),
                took_us,
                pack = short,
                "answered"
            );
            service.book.learn_decision(&decision);
            service.recorder.record(*decision);
        }
        None => {
            tracing::info!(
                hook = hook.name(),
                status,
                bytes = body.len(),
                took_us = micros(begun),
                pack = short,
                "refused"
            );
        }
    }
    if let Some(later) = later {
        later.start();
    }
    send(answer)
}

/// Lets the caller in, or answers 401 without a word on why.
async fn admitted(service: &Service, uri: &Uri, headers: &HeaderMap) -> Result<Caller, Response> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let url = uri.path();
    let knock = Knock { authorization, certificate: None, url, discovery: false };
    service.gate.admit(&knock, (service.clock)()).await.map_err(|denied| {
        tracing::warn!(%denied, "not let in");
        error(StatusCode::UNAUTHORIZED, "not allowed")
    })
}

/// Answers one call that was read, from one snapshot of the pack: taken now, when all has come that comes.
pub fn composed(work: &Work, call: Result<&Call<'_>, &Refusal>, read_us: u64) -> Answer {
    let service = &work.service;
    let pack = service.lineup.snapshot().unwrap_or_else(|| Arc::clone(&work.pack));
    let remembered = Remembered::default();
    let manner = Manner { decision: &work.id, client: &work.caller.client, remembered: &remembered };
    let mut answer = answer(&pack, call, &manner);
    if let (Some(decision), Ok(call)) = (&mut answer.decision, call) {
        decision.took.read_us = read_us;
        sign(service, &work.caller, call, work.as_of, decision);
    }
    answer
}

/// Fills in who asked about whom, by pseudonyms.
fn sign(service: &Service, caller: &Caller, call: &Call<'_>, as_of: Moment, decision: &mut Decision) {
    let of = |kind: &str, id: &str| service.pseudonyms.of(kind, &caller.client.name, &caller.tenant, id);
    decision.at_ms = as_of.0.saturating_mul(1_000);
    decision.client = caller.client.name.clone();
    decision.tenant = caller.tenant.clone();
    decision.user = of("user", &call.user);
    decision.patient = of("patient", &call.patient);
    decision.encounter = of("encounter", &call.encounter);
}

/// `POST /cds-services/{id}/feedback`.
pub async fn take_feedback(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let caller = match admitted(&service, &uri, &headers).await {
        Ok(caller) => caller,
        Err(denied) => return denied,
    };
    let Some(hook) = Hook::of_service(&id) else { return send(refused(&Refusal::NoService { id })) };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    let entries = match feedback::read(&body) {
        Ok(entries) => entries,
        Err(refusal) => return send(refused(&refusal)),
    };
    let arrived = (service.clock)();
    let records: Vec<_> = entries.into_iter().map(|entry| kept(&caller, hook, arrived, entry)).collect();
    if let Err(not_kept) = service.recorder.feedback(records.clone()).await {
        tracing::error!(%not_kept, "feedback was not kept");
        return error(StatusCode::SERVICE_UNAVAILABLE, "the feedback could not be kept; send it again");
    }
    records.iter().for_each(|record| service.book.learn_feedback(record));
    json(StatusCode::OK, b"{}".to_vec())
}

/// Feedback as it is recorded.
fn kept(caller: &Caller, hook: Hook, arrived: Moment, feedback: Feedback) -> FeedbackRecord {
    let reason = feedback.reason.unwrap_or_default();
    FeedbackRecord {
        arrived_ms: arrived.0.saturating_mul(1_000),
        client: caller.client.name.clone(),
        tenant: caller.tenant.clone(),
        service: hook.service_id().to_owned(),
        card: feedback.card,
        accepted: feedback.outcome.map(|o| o == Outcome::Accepted),
        suggestions: feedback.accepted,
        reason_system: reason.system,
        reason_code: reason.code,
        comment: feedback.comment,
        done_at: feedback.at.map(|d| d.earliest.0),
        troubles: feedback.troubles,
    }
}
