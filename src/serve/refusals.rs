//! The refusals that calls have in common, for the OpenAPI document: each an OperationOutcome.

use crate::serve::fhir_schemas::OperationOutcome;

/// Refusals of a call that somebody's role opens.
#[derive(utoipa::IntoResponses)]
#[expect(missing_docs, reason = "each variant is told by its description")]
pub enum DeskRefusals {
    #[response(status = 400, description = "The path, the query or the body could not be read; the place is named")]
    Unreadable(OperationOutcome),
    #[response(status = 401, description = "No token, or not one of this role. It is not said why")]
    Denied(OperationOutcome),
    #[response(status = 408, description = "The request did not arrive in time, or took too long")]
    OutOfTime(OperationOutcome),
    #[response(status = 422, description = "It was read, and cannot be answered so; the place is named")]
    Unfit(OperationOutcome),
}

/// Refusals of a hook call.
#[derive(utoipa::IntoResponses)]
#[expect(missing_docs, reason = "each variant is told by its description")]
pub enum CallRefusals {
    #[response(status = 400, description = "The body is no hook call; the place is named")]
    Unreadable(OperationOutcome),
    #[response(status = 401, description = "The client was not let in. It is not said why")]
    Denied(OperationOutcome),
    #[response(status = 404, description = "No such service")]
    NoService(OperationOutcome),
    #[response(status = 408, description = "The request did not arrive in time, or took too long")]
    OutOfTime(OperationOutcome),
}

/// Nothing of that name.
#[derive(utoipa::IntoResponses)]
#[response(status = 404, description = "Nothing is known of it")]
pub struct NotKnown(pub OperationOutcome);

/// The body is too large.
#[derive(utoipa::IntoResponses)]
#[response(status = 413, description = "The body is larger than is read")]
pub struct TooLarge(pub OperationOutcome);

/// Nothing can be answered now.
#[derive(utoipa::IntoResponses)]
#[response(
    status = 503,
    description = "Nothing can be answered now: no pack is in service, the store does not answer, or too much is in work. Nothing was checked"
)]
pub struct NotInService(pub OperationOutcome);
