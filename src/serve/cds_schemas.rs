//! The shapes of CDS Hooks 2.0.1, as the OpenAPI document tells them. The standard is the full word on each.
#![expect(missing_docs, reason = "each member is that of CDS Hooks; its own words say what stands in it here")]

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The answer to discovery.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Discovery {
    pub services: Vec<CdsService>,
}

/// A service: one for each hook.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CdsService {
    /// The hook it answers.
    pub hook: String,
    pub title: String,
    pub description: String,
    /// What to call: `POST /cds-services/{id}`.
    pub id: String,
    /// Version of CDS Hooks.
    pub version: String,
    pub usage_requirements: String,
    /// What is asked to be sent, under keys of ours: templates of FHIR reads and searches.
    #[schema(value_type = Object, required = false)]
    pub prefetch: Option<Value>,
}

/// A hook call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "MedicationRequest", "id": "ibuprofen-1", "status": "draft", "intent": "order",
            "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197805"}]}}}]}}
}))]
pub struct HookRequest {
    /// The hook of the service called.
    pub hook: String,
    /// A UUID of this call.
    #[schema(required = false)]
    pub hook_instance: Option<String>,
    /// Base of the FHIR server that what was not sent may be fetched from.
    #[schema(required = false)]
    pub fhir_server: Option<String>,
    /// The access token for it; used once, neither kept nor logged.
    #[schema(value_type = Object, required = false)]
    pub fhir_authorization: Option<Value>,
    /// What the hook is about: `patientId`, `userId`, and the hook's own members.
    #[schema(value_type = Object)]
    pub context: Value,
    /// What was asked for by discovery, or by other keys: found by resource type.
    #[schema(value_type = Object, required = false)]
    pub prefetch: Option<Value>,
}

/// The answer to a hook call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HookResponse {
    /// Worst first.
    pub cards: Vec<Card>,
    /// `org.caveat.screening`: the whole answer, with what could not be checked.
    #[schema(value_type = Object)]
    pub extension: Value,
}

/// A card.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    #[schema(format = "uuid")]
    pub uuid: String,
    /// Fewer than 140 characters: drugs, risk, action.
    #[schema(max_length = 139)]
    pub summary: String,
    /// Short Markdown.
    pub detail: String,
    #[schema(pattern = "^(info|warning|critical)$")]
    pub indicator: String,
    /// Who says so.
    #[schema(value_type = Object)]
    pub source: Value,
    #[schema(value_type = Vec<Object>, required = false)]
    pub suggestions: Option<Vec<Value>>,
    #[schema(required = false)]
    pub selection_behavior: Option<String>,
    /// Reasons that may be given for overriding it.
    #[schema(required = false)]
    pub override_reasons: Option<Vec<Coding>>,
    /// `org.caveat.finding`: the finding behind the card.
    #[schema(value_type = Object, required = false)]
    pub extension: Option<Value>,
}

/// A code.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Coding {
    pub code: String,
    #[schema(required = false)]
    pub system: Option<String>,
    #[schema(required = false)]
    pub display: Option<String>,
}

/// What became of cards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"feedback": [{"card": "f6b95768-b1c8-40dc-8385-bf3504b82ffb", "outcome": "overridden",
    "overrideReason": {"reason": {"code": "will-monitor", "system": "urn:caveat:override-reason"}},
    "outcomeTimestamp": "2026-11-23T10:15:00Z"}]}))]
pub struct FeedbackRequest {
    /// At most 1,000 are read.
    pub feedback: Vec<FeedbackEntry>,
}

/// What became of one card.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackEntry {
    /// Its uuid.
    pub card: String,
    /// `accepted` or `overridden`.
    pub outcome: String,
    #[schema(value_type = Vec<Object>, required = false)]
    pub accepted_suggestions: Option<Vec<Value>>,
    #[schema(value_type = Object, required = false)]
    pub override_reason: Option<Value>,
    #[schema(format = "date-time", required = false)]
    pub outcome_timestamp: Option<String>,
}

/// Nothing more to say.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Done {}
