//! The OpenAPI document, made of the handlers themselves, and pages to browse it without the network.

use crate::serve::reply::json;
use crate::serve::service::Service;
use crate::serve::{admin, calls, decisions, health, late, patients, screen};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::{Arc, LazyLock};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Caveat",
        description = "Real-time medication-safety decision support: CDS Hooks 2.0.1 for prescribers, FHIR R4 for pharmacies. \
            Every answer says what could not be checked; every error is an OperationOutcome. Times are UTC."
    ),
    paths(
        calls::discover,
        calls::call,
        calls::take_feedback,
        screen::screen,
        patients::findings,
        patients::overrides,
        patients::obligations,
        patients::obligation_done,
        decisions::decisions,
        decisions::decision,
        late::answer_of,
        health::live,
        health::ready,
        health::status,
        health::metrics,
        admin::take_pack,
        admin::drain,
        send,
    ),
    tags(
        (name = "cds-hooks", description = "For EHRs: discovery, hook calls, feedback"),
        (name = "pharmacy", description = "For pharmacy modules: complete without a hook. Role pharmacist"),
        (name = "records", description = "What was answered. Role auditor"),
        (name = "operation", description = "For whoever runs it"),
    ),
    modifiers(&Everywhere)
)]
pub struct Document;

/// What holds of every operation: the security scheme, and the answers that any of them may get before its handler is asked.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let words =
            "Of a hook call: the client's signed token (CDS Hooks, JWT). Of all else: a token that grants the role.";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        for item in document.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                for (status, words) in EVERYWHERE {
                    let answers = &mut operation.responses.responses;
                    answers.entry(status.to_owned()).or_insert_with(|| refusal(words).into());
                }
            }
        }
    }
}

/// Answers of the layers around every handler.
const EVERYWHERE: [(&str, &str); 3] = [
    ("408", "The request did not arrive in time, or took too long"),
    ("429", "This client asks more often than was agreed. Nothing was checked"),
    ("503", "Nothing can be answered now, or too much is in work. Nothing was checked"),
];

/// A refusal: an OperationOutcome.
fn refusal(words: &str) -> utoipa::openapi::Response {
    let outcome = ContentBuilder::new().schema(Some(Ref::from_schema_name("OperationOutcome"))).build();
    ResponseBuilder::new().description(words).content("application/json", outcome).build()
}

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| match Document::openapi().to_pretty_json() {
    Ok(text) => text.into_bytes(),
    Err(_) => b"{}".to_vec(),
});

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation", operation_id = "document",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object))
)]
pub async fn send() -> Response {
    json(StatusCode::OK, DOCUMENT.clone())
}

/// Pages that show the document and let one try it: `GET /docs`. All they need is within this program.
pub fn pages() -> Router<Arc<Service>> {
    Router::from(SwaggerUi::new("/docs").config(Config::from("/openapi.json")))
}
