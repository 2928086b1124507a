//! What the pharmacy side may read about one patient: findings that still stand, overrides, and monitoring that was promised.
//!
//! The id of the patient stands in the path, is turned into a pseudonym at once, and is neither kept nor logged.

use crate::clinical::time::{Dated, Moment};
use crate::record::book::{DONE, DONE_SYSTEM};
use crate::record::decision::FeedbackRecord;
use crate::record::recorder::NotKept;
use crate::record::refill::FEEDBACK_BACK_MS;
use crate::record::standing::standing;
use crate::serve::access::granted;
use crate::serve::cds_schemas::Done;
use crate::serve::desk_bodies::{Basis, Obligations, OpenFinding, OpenFindings, OpenGap, Overrides, Source, at, said};
use crate::serve::on_record::{OnRecord, by_the_book, with_those_remembered};
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, NotInService, NotKnown};
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::serve::whose::Whose;
use crate::settings::access::{Grant, Role};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Answers about one patient that are read at once, newest first.
pub const ANSWERS_MAX: usize = 500;

/// How far back is read for findings where nothing else is asked for, in seconds: 90 days.
pub const FINDINGS_BACK: i64 = 90 * 86_400;

/// How far back is read for overrides and promises where nothing else is asked for, in seconds: as long as any can last.
pub const OVERRIDES_BACK: i64 = FEEDBACK_BACK_MS / 1_000;

/// Whose patient, and how far back.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PatientQuery {
    /// Name of the client whose patient it is. Default: the only one.
    client: Option<String>,
    /// Tenant of that client. Default: none, or the only one.
    tenant: Option<String>,
    /// How far back to read, a FHIR date or dateTime. Default: 90 days for findings; for overrides and obligations as long as
    /// one can last, ten years.
    since: Option<String>,
}

/// What every call here begins with.
type Asked = (Result<Path<String>, PathRejection>, Result<Query<PatientQuery>, QueryRejection>);

/// The findings about a patient that still stand.
///
/// A finding stands from the newest answer that says it until a newer answer about all the orders that caused it is silent
/// about it and has no gap that may hide it. An answer to the same hook instance takes the place of an older one, in the same
/// way. Shown or not, overridden or not: all are here, with why. 404 where no answer about this patient is on record, so that a
/// wrong id never looks safe.
#[utoipa::path(
    get, path = "/patients/{id}/findings", tag = "pharmacy", operation_id = "findings",
    params(("id" = String, Path, description = "The patient's id, as the client knows it", example = "p1"), PatientQuery),
    responses((status = 200, description = "The findings", body = OpenFindings), DeskRefusals, NotKnown, NotInService),
    security(("bearer" = []))
)]
pub async fn findings(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<PatientQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let read = match on_record(&service, peer.as_deref(), &headers, (id, query), FINDINGS_BACK).await {
        Ok((read, ..)) => read,
        Err(refused) => return refused,
    };
    let (stand, answers) = standing(&read.decisions);
    let findings =
        stand.iter().map(|s| OpenFinding::of(s.decision, s.finding, read.responses(&s.finding.key))).collect();
    let gaps = answers.iter().flat_map(|decision| decision.gaps.iter().map(|gap| (gap, Source::of(decision))));
    let gaps = gaps
        .map(|(gap, answer)| OpenGap {
            kind: gap.kind.clone(),
            entry: gap.entry.clone(),
            rule: said(&gap.rule),
            answer,
        })
        .collect();
    spoken(&OpenFindings { basis: read.basis, findings, gaps })
}

/// Overrides of a patient's findings: what was overridden, by whom, why, and until when it quiets.
#[utoipa::path(
    get, path = "/patients/{id}/overrides", tag = "pharmacy", operation_id = "overrides",
    params(("id" = String, Path, description = "The patient's id, as the client knows it", example = "p1"), PatientQuery),
    responses((status = 200, description = "The overrides", body = Overrides), DeskRefusals, NotKnown, NotInService),
    security(("bearer" = []))
)]
pub async fn overrides(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<PatientQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let read = match on_record(&service, peer.as_deref(), &headers, (id, query), OVERRIDES_BACK).await {
        Ok((read, ..)) => read,
        Err(refused) => return refused,
    };
    let overrides = read.overrides();
    spoken(&Overrides { basis: read.basis, overrides })
}

/// Monitoring that was promised when a finding was overridden, and is still open.
#[utoipa::path(
    get, path = "/patients/{id}/obligations", tag = "pharmacy", operation_id = "obligations",
    params(("id" = String, Path, description = "The patient's id, as the client knows it", example = "p1"), PatientQuery),
    responses((status = 200, description = "The obligations", body = Obligations), DeskRefusals, NotKnown, NotInService),
    security(("bearer" = []))
)]
pub async fn obligations(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<PatientQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let read = match on_record(&service, peer.as_deref(), &headers, (id, query), OVERRIDES_BACK).await {
        Ok((read, ..)) => read,
        Err(refused) => return refused,
    };
    let obligations = read.obligations();
    spoken(&Obligations { basis: read.basis, obligations })
}

/// Says that promised monitoring was done. Said twice, it stays done.
#[utoipa::path(
    post, path = "/patients/{id}/obligations/{card}/done", tag = "pharmacy", operation_id = "obligationDone",
    params(
        ("id" = String, Path, description = "The patient's id, as the client knows it", example = "p1"),
        ("card" = String, Path, description = "The card that was overridden with the promise"),
        PatientQuery,
    ),
    responses((status = 200, description = "It is on record", body = Done), DeskRefusals, NotKnown, NotInService),
    security(("bearer" = []))
)]
pub async fn obligation_done(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<PatientQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let (id, card) = match path {
        Ok(Path((id, card))) => (Ok(Path(id)), card),
        Err(rejection) => (Err(rejection), String::new()),
    };
    let (read, grant, whose) = match on_record(&service, peer.as_deref(), &headers, (id, query), OVERRIDES_BACK).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(promised) = read.promised(&card, &service.settings.overriding.monitoring_reasons) else {
        return error(StatusCode::NOT_FOUND, "no monitoring was promised for this patient on that card");
    };
    if read.is_kept(&card, promised) {
        return spoken(&Done {});
    }
    let record = FeedbackRecord {
        arrived_ms: read.now.0.saturating_mul(1_000),
        client: whose.client.name.clone(),
        tenant: whose.tenant,
        service: DONE.to_owned(),
        card,
        reason_system: DONE_SYSTEM.to_owned(),
        reason_code: String::from("done"),
        comment: format!("said by {}", grant.name),
        done_at: Some(read.now.0),
        ..FeedbackRecord::default()
    };
    if let Err(not_kept) = service.recorder.feedback(vec![record.clone()]).await {
        tracing::error!(%not_kept, "a promise kept was not recorded");
        return error(StatusCode::SERVICE_UNAVAILABLE, "it could not be recorded; say it again");
    }
    service.book.learn_feedback(&record);
    spoken(&Done {})
}

/// Who asks, about whom, and what is on record about them.
async fn on_record<'s>(
    service: &'s Service,
    peer: Option<&Peer>,
    headers: &HeaderMap,
    (id, query): Asked,
    back: i64,
) -> Result<(OnRecord, &'s Grant, Whose), Response> {
    let grant = granted(&service.settings.access, Role::Pharmacist, headers, peer)?;
    let Path(id) = id.map_err(|rejection| error(rejection.status(), "the path cannot be read"))?;
    let Query(query) = query.map_err(|rejection| error(StatusCode::BAD_REQUEST, &rejection.body_text()))?;
    let whose = Whose::named(service, query.client.as_deref(), query.tenant.as_deref())?;
    let now = (service.clock)();
    let since = since(query.since.as_deref(), Moment(now.0.saturating_sub(back)))?;
    let patient = whose.patient(service, &id);
    let recorder = &service.recorder;
    let mut decisions =
        recorder.of_patient(&patient, since.0.saturating_mul(1_000), ANSWERS_MAX + 1).await.map_err(|e| unasked(&e))?;
    let more = decisions.len() > ANSWERS_MAX;
    decisions.truncate(ANSWERS_MAX);
    if decisions.is_empty() || patient.is_empty() {
        let words = "no answer about this patient is on record within that time: nothing is known, which is not safe. \
            Is it the right id, `client` and `tenant`?";
        return Err(error(StatusCode::NOT_FOUND, words));
    }
    let remembered = by_the_book(service, &patient, now);
    let answers = decisions.len();
    if back == OVERRIDES_BACK {
        let read = with_those_remembered(recorder, &patient, &remembered, &mut decisions).await;
        read.map_err(|e| unasked(&e))?;
    }
    let cards = decisions.iter().flat_map(|d| &d.findings).map(|f| f.card.clone()).filter(|c| !c.is_empty());
    let mut cards: Vec<String> = cards.collect();
    cards.sort_unstable();
    cards.dedup();
    let feedback = recorder.feedback_on(&cards).await.map_err(|e| unasked(&e))?;
    let basis = Basis { now: now.rfc3339(), since: at(since.0.saturating_mul(1_000)), answers, more };
    Ok((OnRecord { now, basis, decisions, feedback, remembered }, grant, whose))
}

/// The store did not answer, or not with what was written.
pub fn unasked(why: &NotKept) -> Response {
    tracing::error!(%why, "the record could not be read");
    let words = if why.damaged {
        "the record is damaged: what was asked for is on record and cannot be read as it was written. Asking again does not \
         help until it is mended; `caveat audit verify` names the place"
    } else {
        "the record could not be read; ask again"
    };
    error(StatusCode::SERVICE_UNAVAILABLE, words)
}

/// A moment of a query, or the one meant where none is named.
///
/// # Errors
///
/// The answer to send, 400.
#[expect(clippy::result_large_err, reason = "the error is the response that is sent at once")]
pub fn since(text: Option<&str>, otherwise: Moment) -> Result<Moment, Response> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(otherwise),
        Some(text) => Dated::parse(text).map(|dated| dated.earliest).ok_or_else(|| {
            error(
                StatusCode::BAD_REQUEST,
                "`since` or `before` is no date; wanted such as 2026-11-23 or 2026-11-23T10:00:00Z",
            )
        }),
    }
}

/// A body of plain strings and numbers, which always serialises.
pub fn spoken<T: Serialize>(body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => json(StatusCode::OK, body),
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written"),
    }
}
