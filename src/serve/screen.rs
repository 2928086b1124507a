//! `POST /screen`: the pharmacy side asks about a Bundle, without a hook.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::{Dated, Moment};
use crate::hooks::call::Call;
use crate::hooks::limits::SELECTIONS_MAX;
use crate::hooks::outcome;
use crate::hooks::screen_request::{ScreenRequest, Unscreened};
use crate::pack::read::Pack;
use crate::record::decision::{Decision, SCREEN};
use crate::record::queue::Whole;
use crate::serve::access::granted;
use crate::serve::answer::{micros, refused};
use crate::serve::fhir_schemas::{IssueBundle, RecordBundle};
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, NotInService, TooLarge};
use crate::serve::remembering::{note, recall};
use crate::serve::reply::{error, json, send, unread};
use crate::serve::screen_answer::{Asked, Setting, screened};
use crate::serve::service::Service;
use crate::serve::whose::Whose;
use crate::settings::access::Role;
use crate::trust::caller::{Caller, Proof};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Instant;

/// What is asked about the Bundle.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScreenQuery {
    /// Id of the patient, with or without `Patient/`. Default: the one Patient in the Bundle.
    patient: Option<String>,
    /// References of the orders in hand, with commas between: `MedicationRequest/1,MedicationRequest/2`. At most 256. Default:
    /// every draft; where none is a draft, all is asked about as it stands on file.
    orders: Option<String>,
    /// The moment to screen as of, a FHIR date or dateTime; a date stands for its last second (UTC). Default: now.
    #[serde(rename = "as-of")]
    #[param(rename = "as-of")]
    as_of: Option<String>,
    /// `true`: with every rule considered, and why it fired or did not. Default: `false`.
    #[param(value_type = Option<bool>)]
    trace: Option<String>,
    /// Name of the client whose patient it is. Default: the only one.
    client: Option<String>,
    /// Tenant of that client. Default: none, or the only one.
    tenant: Option<String>,
}

/// A query, read.
struct Wanted {
    asked: Asked,
    as_of: Option<Moment>,
}

/// Screens a Bundle of one patient's records, as medication-verify would, and answers with DetectedIssues.
///
/// The answer is a Bundle: one DetectedIssue for each finding, worst first; one OperationOutcome with an issue for each check
/// that could not be made (or one that says that there was none); a Parameters resource `screening` that says what was checked;
/// and, when asked for, a Parameters resource `trace`. No DetectedIssue means safe only where the OperationOutcome says that
/// everything could be checked.
#[utoipa::path(
    post, path = "/screen", tag = "pharmacy", operation_id = "screen", params(ScreenQuery),
    request_body(content = RecordBundle, description = "A FHIR R4 Bundle: Patient, orders, statements, allergies, conditions, observations"),
    responses(
        (status = 200, description = "What was found, and what could not be checked", body = IssueBundle, content_type = "application/fhir+json"),
        DeskRefusals, TooLarge, NotInService,
    ),
    security(("bearer" = []))
)]
pub async fn screen(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    query: Result<Query<ScreenQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let begun = Instant::now();
    let grant = match granted(&service.settings.access, Role::Pharmacist, &headers, peer.as_deref()) {
        Ok(grant) => grant,
        Err(denied) => return denied,
    };
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return error(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    let whose = match Whose::named(&service, query.client.as_deref(), query.tenant.as_deref()) {
        Ok(whose) => whose,
        Err(unknown) => return unknown,
    };
    let wanted = match wanted(&query) {
        Ok(wanted) => wanted,
        Err(words) => return error(StatusCode::BAD_REQUEST, &words),
    };
    let Some(pack) = service.lineup.snapshot() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no pack is in service; nothing was checked");
    };
    match answered(&service, &pack, &whose, &wanted, &body) {
        Ok(mut answered) => {
            let decision = &mut answered.decision;
            decision.user = service.pseudonyms.of("grant", "", "", &grant.name);
            decision.took.whole_us = micros(begun);
            let (findings, gaps, took_us) = (decision.findings.len(), decision.gaps.len(), decision.took.whole_us);
            let (bytes, pack) = (body.len(), pack.stamp().short_hash());
            tracing::debug!(hook = SCREEN, findings, gaps, bytes, took_us, pack, "answered");
            let answer = recorded(&service, &whose, &wanted, body, answered);
            let mut response = json(StatusCode::OK, answer);
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
            response
        }
        Err(unscreened) => {
            tracing::info!(hook = SCREEN, bytes = body.len(), took_us = micros(begun), "refused");
            told(&unscreened)
        }
    }
}

fn wanted(query: &ScreenQuery) -> Result<Wanted, String> {
    let orders: Vec<String> = match &query.orders {
        Some(orders) => orders.split(',').map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned).collect(),
        None => Vec::new(),
    };
    if orders.len() > SELECTIONS_MAX {
        return Err(format!("`orders` names more than {SELECTIONS_MAX} orders"));
    }
    let as_of = match query.as_of.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => match Dated::parse(text) {
            Some(dated) => Some(dated.latest),
            None => return Err(String::from("`as-of` is no date; wanted such as 2026-11-23 or 2026-11-23T10:00:00Z")),
        },
    };
    let trace = match query.trace.as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(String::from("`trace` is neither `true` nor `false`")),
    };
    let patient = query.patient.as_deref().unwrap_or("").trim().to_owned();
    Ok(Wanted { asked: Asked { patient, orders, trace }, as_of })
}

/// Why nothing was screened: 400 where the body could not be read, 422 where what it holds cannot be screened so.
fn told(unscreened: &Unscreened) -> Response {
    match unscreened {
        Unscreened::Refused(refusal) => send(refused(refusal)),
        Unscreened::Unfit { place, .. } => {
            let (status, body) = outcome::unfit(place, &unscreened.to_string());
            json(StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), body)
        }
    }
}

/// An answer: its body, what is kept of it, and what was remembered.
struct Answered {
    body: Vec<u8>,
    decision: Decision,
    remembered: Remembered,
}

/// Reads, screens and answers: one read of the clock, one snapshot of the pack.
fn answered(
    service: &Service,
    pack: &Arc<Pack>,
    whose: &Whose,
    wanted: &Wanted,
    body: &[u8],
) -> Result<Answered, Unscreened> {
    let begun = Instant::now();
    let now = (service.clock)();
    let request = ScreenRequest::of(body, &wanted.asked.question())?;
    let call = request.call(wanted.as_of.unwrap_or(now))?;
    let read_us = micros(begun);
    let patient = whose.patient(service, &request.patient);
    let caller = Caller { client: Arc::clone(&whose.client), tenant: whose.tenant.clone(), proof: Proof::Nothing };
    let id = uuid::Uuid::new_v4().to_string();
    let remembered = recall(service, pack, &caller, Ok(&call), (now, &id));
    let setting = Setting { id: &id, patient: &patient, now, remembered: &remembered };
    let (body, mut decision) = screened(pack, (&request, &call), wanted.asked.trace, &setting);
    (decision.client, decision.tenant) = (whose.client.name.clone(), whose.tenant.clone());
    decision.took.read_us = read_us;
    note(&remembered, &mut decision);
    let decision = by_pseudonyms(service, whose, &call, decision);
    Ok(Answered { body, decision, remembered })
}

/// Records an answer with all it was made of, and gives its body back.
fn recorded(service: &Service, whose: &Whose, wanted: &Wanted, body: Bytes, answered: Answered) -> Bytes {
    let Answered { body: answer, decision, remembered } = answered;
    let answer = Bytes::from(answer);
    service.metrics.answered(&decision);
    service.book.learn_decision(&decision);
    let whole = Whole {
        body,
        answer: answer.clone(),
        fetched: None,
        client: Arc::clone(&whose.client),
        remembered,
        asked: serde_json::to_string(&wanted.asked).unwrap_or_default(),
    };
    service.recorder.record_whole(decision, whole);
    answer
}

/// Orders, by pseudonyms.
fn by_pseudonyms(service: &Service, whose: &Whose, call: &Call<'_>, mut decision: Decision) -> Decision {
    let of = |kind: &str, id: &str| service.pseudonyms.of(kind, &whose.client.name, &whose.tenant, id);
    decision.encounter = of("encounter", &call.encounter);
    let orders = decision.findings.iter_mut().flat_map(|f| &mut f.orders);
    decision.asked.iter_mut().chain(orders).for_each(|order| *order = of("order", order));
    decision
}
