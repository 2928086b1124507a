//! Hook calls and feedback of callers that were let in: read, fetched for, answered, recorded.

use crate::clinical::time::Moment;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::feedback::{Feedback, Outcome};
use crate::hooks::manner::Manner;
use crate::hooks::{discovery, feedback};
use crate::record::decision::{Decision, FeedbackRecord, Took};
use crate::record::queue::Whole;
use crate::record::recorder::NotKept;
use crate::serve::admission::Admitted;
use crate::serve::answer::{Answer, answer, micros, refused};
use crate::serve::cds_schemas::{Discovery, Done, FeedbackRequest, HookRequest, HookResponse};
use crate::serve::fetching::{Work, answered};
use crate::serve::fhir_schemas::OperationOutcome;
use crate::serve::refusals::{CallRefusals, NotInService, TooLarge};
use crate::serve::remembering::{note, recall};
use crate::serve::reply::{error, json, send, unread};
use crate::serve::service::Service;
use crate::settings::client::Client;
use crate::trust::caller::Caller;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;

/// Discovery: the services, one for each hook, and what each asks to be sent.
#[utoipa::path(
    get, path = "/cds-services", tag = "cds-hooks", operation_id = "discover",
    responses((status = 200, description = "The services", body = Discovery))
)]
pub async fn discover() -> Response {
    json(StatusCode::OK, discovery::body())
}

/// A hook call, answered with cards and with all that could not be checked.
///
/// 412 only of patient-view, encounter-discharge and order-dispatch, when nothing to screen was sent.
#[utoipa::path(
    post, path = "/cds-services/{id}", tag = "cds-hooks", operation_id = "call",
    params(("id" = String, Path, description = "The id of a service, as discovery names it", example = "caveat-order-sign")),
    request_body(content = HookRequest),
    responses(
        (status = 200, description = "The cards", body = HookResponse), CallRefusals, TooLarge, NotInService,
        (status = 412, description = "Nothing to screen was sent; the prefetch wanting is named", body = OperationOutcome),
    ),
    security((), ("bearer" = []))
)]
pub async fn call(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Extension(Admitted { caller, took_us: admit_us }): Extension<Admitted>,
    headers: HeaderMap,
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
    let client = Arc::clone(&caller.client);
    let work = Work::new(&service, &pack, caller, (hook, body.clone()), &headers, begun);
    let (mut answer, later) = answered(work).await;
    let (short, status) = (pack.stamp().short_hash(), answer.status);
    match answer.decision.take() {
        Some(mut decision) => {
            decision.took = Took { admit_us, whole_us: admit_us + micros(begun), ..decision.took };
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
            let out = recorded(&service, &client, body, *decision, answer);
            if let Some(later) = later {
                later.start();
            }
            json(StatusCode::OK, out)
        }
        None => {
            service.metrics.refused(hook.name(), status);
            tracing::info!(
                hook = hook.name(),
                status,
                bytes = body.len(),
                took_us = micros(begun),
                pack = short,
                "refused"
            );
            send(answer)
        }
    }
}

/// Answers one call that was read, from one snapshot of the pack: taken now, when all has come that comes.
pub fn composed(work: &Work, call: Result<&Call<'_>, &Refusal>, read_us: u64) -> Answer {
    let service = &work.service;
    let pack = service.lineup.snapshot().unwrap_or_else(|| Arc::clone(&work.pack));
    let remembered = recall(service, &pack, &work.caller, call, (work.as_of, &work.id));
    let manner = Manner { decision: &work.id, client: &work.caller.client, remembered: &remembered };
    let mut answer = answer(&pack, call, &manner);
    if let (Some(decision), Ok(call)) = (&mut answer.decision, call) {
        decision.took.read_us = read_us;
        sign(service, &work.caller, call, work.as_of, decision);
        note(&remembered, decision);
        answer.tokenless = call.authorization.without_tokens(&work.body);
    }
    answer.remembered = remembered;
    answer
}

/// Records an answer and all it was made of, and gives its body back: counted, not copied; the record's writer hashes both when
/// the answer is long on its way.
pub fn recorded(service: &Service, client: &Arc<Client>, body: Bytes, decision: Decision, answer: Answer) -> Bytes {
    let out = Bytes::from(answer.body);
    service.metrics.answered(&decision);
    if u128::from(decision.took.whole_us) > client.deadline.as_micros() {
        service.book.learn_slow_decision(&decision);
    } else {
        service.book.learn_decision(&decision);
    }
    let whole = Whole {
        body: answer.tokenless.map_or(body, Bytes::from),
        answer: out.clone(),
        fetched: answer.fetched,
        client: Arc::clone(client),
        remembered: answer.remembered,
        asked: String::new(),
    };
    service.recorder.record_whole(decision, whole);
    out
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
    let orders = decision.findings.iter_mut().flat_map(|f| &mut f.orders);
    decision.asked.iter_mut().chain(orders).for_each(|order| *order = of("order", order));
}

/// Feedback: what became of cards. When this answers 200, it is kept.
#[utoipa::path(
    post, path = "/cds-services/{id}/feedback", tag = "cds-hooks", operation_id = "feedback",
    params(("id" = String, Path, description = "The id of a service, as discovery names it", example = "caveat-order-sign")),
    request_body(content = FeedbackRequest),
    responses((status = 200, description = "It is kept", body = Done), CallRefusals, TooLarge, NotInService),
    security((), ("bearer" = []))
)]
pub async fn take_feedback(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Extension(Admitted { caller, .. }): Extension<Admitted>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
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
    let mut records: Vec<_> = entries.into_iter().map(|entry| kept(&caller, hook, arrived, entry)).collect();
    records.iter_mut().for_each(|record| service.book.credit(record));
    // On a task of its own: what was taken is kept and learnt though the client may hang up meanwhile.
    let taken = tokio::spawn(async move {
        service.recorder.feedback(records.clone()).await?;
        for record in &records {
            service.metrics.heard(record);
            service.book.learn_feedback(record);
        }
        Ok::<(), NotKept>(())
    });
    match taken.await {
        Ok(Ok(())) => json(StatusCode::OK, b"{}".to_vec()),
        Ok(Err(not_kept)) => {
            tracing::error!(%not_kept, "feedback was not kept");
            error(StatusCode::SERVICE_UNAVAILABLE, "the feedback could not be kept; send it again")
        }
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "taking the feedback broke; send it again"),
    }
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
        ..FeedbackRecord::default()
    }
}
