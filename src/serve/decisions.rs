//! Records of answers, for who may read them.

use crate::clinical::time::Moment;
use crate::record::decision::Decision;
use crate::serve::access::granted;
use crate::serve::desk_bodies::Decisions;
use crate::serve::patients::{since, spoken, unasked};
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, NotInService, NotKnown};
use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::serve::whose::Whose;
use crate::settings::access::Role;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// Records on one page at most.
pub const PAGE_MAX: usize = 500;

/// Records on one page where nothing else is asked for.
pub const PAGE: usize = 50;

/// Records looked through for one page, newest first.
pub const LOOKED_AT_MAX: usize = 5_000;

/// Which records.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecisionsQuery {
    /// Id of the patient, with or without `Patient/`. Default: of any patient.
    patient: Option<String>,
    /// Name of the client whose patient it is. Default: the only one.
    client: Option<String>,
    /// Tenant of that client. Default: none, or the only one.
    tenant: Option<String>,
    /// Not older than this, a FHIR date or dateTime. Default: however old.
    since: Option<String>,
    /// Older than this, a FHIR date or dateTime. Default: however new.
    before: Option<String>,
    /// After the record of this id: `next` of the page before. Default: from the newest on.
    after: Option<String>,
    /// Records on this page, 1 to 500. Default: 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
}

/// The record of one answer: who asked, what was found and not checked, which cards were shown, how long it took.
#[utoipa::path(
    get, path = "/decisions/{id}", tag = "records", operation_id = "decision",
    params(("id" = String, Path, description = "The id of the answer, as the answer itself names it")),
    responses((status = 200, description = "The record", body = Decision), DeskRefusals, NotKnown, NotInService),
    security(("bearer" = []))
)]
pub async fn decision(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let access = &service.settings.access;
    let auditor = granted(access, Role::Auditor, &headers, peer.as_deref()).is_ok();
    if !auditor && let Err(denied) = granted(access, Role::Pharmacist, &headers, peer.as_deref()) {
        return denied;
    }
    let Ok(Path(id)) = id else { return error(StatusCode::BAD_REQUEST, "the path cannot be read") };
    match service.recorder.decision(&id).await {
        Ok(Some(decision)) => spoken(&decision),
        Ok(None) => error(StatusCode::NOT_FOUND, "no answer of this id is on record"),
        Err(why) => unasked(&why),
    }
}

/// Records of answers, newest first, a page at a time.
#[utoipa::path(
    get, path = "/decisions", tag = "records", operation_id = "decisions", params(DecisionsQuery),
    responses((status = 200, description = "The records", body = Decisions), DeskRefusals, NotInService),
    security(("bearer" = []))
)]
pub async fn decisions(
    State(service): State<Arc<Service>>,
    peer: Option<Extension<Peer>>,
    query: Result<Query<DecisionsQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = granted(&service.settings.access, Role::Auditor, &headers, peer.as_deref()) {
        return denied;
    }
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return error(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    match page(&service, &query).await {
        Ok(page) => spoken(&page),
        Err(refused) => refused,
    }
}

async fn page(service: &Service, query: &DecisionsQuery) -> Result<Decisions, Response> {
    let limit = match query.limit.as_deref().filter(|text| !text.is_empty()) {
        None => PAGE,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if (1..=PAGE_MAX).contains(&limit) => limit,
            _ => return Err(error(StatusCode::BAD_REQUEST, "`limit` is no number from 1 to 500")),
        },
    };
    let after_ms = since(query.since.as_deref(), Moment(0))?.0.saturating_mul(1_000);
    let before_ms = match since(query.before.as_deref(), Moment(i64::MAX))?.0 {
        i64::MAX => i64::MAX,
        seconds => seconds.saturating_mul(1_000),
    };
    let read = match query.patient.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            let whose = Whose::named(service, query.client.as_deref(), query.tenant.as_deref())?;
            let patient = whose.patient(service, id);
            if patient.is_empty() {
                return Err(error(StatusCode::BAD_REQUEST, "`patient` names nobody"));
            }
            service.recorder.of_patient(&patient, after_ms, LOOKED_AT_MAX).await.map_err(|e| unasked(&e))?
        }
        None => service.recorder.last(LOOKED_AT_MAX).await.map_err(|e| unasked(&e))?,
    };
    let whole = read.len() < LOOKED_AT_MAX;
    let mut matching: Vec<Decision> = read.into_iter().filter(|d| (after_ms..before_ms).contains(&d.at_ms)).collect();
    if let Some(id) = query.after.as_deref().filter(|id| !id.is_empty()) {
        let Some(at) = matching.iter().position(|d| d.id == id) else {
            return Err(error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "`after` names no record that matches; begin anew without it",
            ));
        };
        matching.drain(..=at);
    }
    let further = matching.len() > limit;
    matching.truncate(limit);
    let next = matching.last().filter(|_| further).map(|last| last.id.clone());
    let more = further || !whole;
    Ok(Decisions { decisions: matching, more, next })
}
