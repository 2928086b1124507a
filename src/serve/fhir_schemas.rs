//! The FHIR shapes that come in and go out, as the OpenAPI document tells them. Only what we read or write is told; FHIR R4
//! itself is the full word on each.
#![expect(
    missing_docs,
    reason = "each member is the FHIR element of that name; its own words say what stands in it here"
)]

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A FHIR R4 Bundle of one patient's records: Patient, MedicationRequest, MedicationStatement, MedicationDispense,
/// MedicationAdministration, Medication, AllergyIntolerance, Condition, Observation, Procedure, Encounter. An entry may be a
/// Bundle too, such as the answer to a search: then an empty one says that there is none of what it searched.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "resourceType": "Bundle", "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "p1"}},
        {"resource": {"resourceType": "MedicationRequest", "id": "ibuprofen-1", "status": "draft", "intent": "order",
            "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197805"}]}}},
        {"resource": {"resourceType": "MedicationRequest", "id": "warfarin-1", "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "855332"}]}}}
    ]
}))]
pub struct RecordBundle {
    /// `Bundle`.
    pub resource_type: String,
    /// `collection`, `searchset` or any other.
    #[schema(required = false)]
    pub r#type: Option<String>,
    #[schema(required = false)]
    pub entry: Option<Vec<RecordEntry>>,
}

/// An entry of a Bundle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordEntry {
    /// Others may refer to the resource by it.
    #[schema(required = false)]
    pub full_url: Option<String>,
    /// A resource of any type.
    #[schema(value_type = Object)]
    pub resource: Value,
}

/// A Bundle of type `collection`: DetectedIssues, one OperationOutcome, Parameters `screening`, and Parameters `trace` when it
/// was asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueBundle {
    /// `Bundle`.
    #[schema(pattern = "^Bundle$")]
    pub resource_type: String,
    /// The id of the answer, under which it is recorded (`GET /decisions/{id}`).
    #[schema(format = "uuid")]
    pub id: String,
    /// `collection`.
    #[schema(pattern = "^collection$")]
    pub r#type: String,
    /// When it was answered.
    #[schema(format = "date-time")]
    pub timestamp: String,
    pub entry: Vec<IssueEntry>,
}

/// An entry of the answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueEntry {
    /// `urn:uuid:` and a UUID.
    pub full_url: String,
    pub resource: IssueResource,
}

/// What stands in the answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum IssueResource {
    DetectedIssue(Box<DetectedIssue>),
    OperationOutcome(NotChecked),
    Parameters(Parameters),
}

/// A FHIR R4 DetectedIssue: one finding.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetectedIssue {
    /// `DetectedIssue`.
    #[schema(pattern = "^DetectedIssue$")]
    pub resource_type: String,
    /// The same for the same finding about the same patient in every answer.
    #[schema(format = "uuid")]
    pub id: String,
    /// One extension `urn:caveat:finding`, which says all that a card's `org.caveat.finding` says.
    #[schema(value_type = Vec<Object>)]
    pub extension: Vec<Value>,
    /// `final`.
    pub status: String,
    /// HL7's v3-ActCode (DRG, ALGY, DOSE, DUPTHPY, COND, OBSA) and our own kind.
    #[schema(value_type = Object)]
    pub code: Value,
    /// `high` (contraindicated, major), `moderate`, `low` (minor).
    #[schema(pattern = "^(high|moderate|low)$")]
    pub severity: String,
    #[schema(value_type = Object, required = false)]
    pub patient: Option<Value>,
    /// The moment it was screened as of.
    #[schema(format = "date-time")]
    pub identified_date_time: String,
    /// Which pack says it.
    #[schema(value_type = Object)]
    pub author: Value,
    /// The orders, drugs, allergies and problems that take part, by their references; by words where they have no id.
    #[schema(value_type = Vec<Object>)]
    pub implicated: Vec<Value>,
    /// How sure, and what in this patient drove it.
    #[schema(value_type = Vec<Object>)]
    pub evidence: Vec<Value>,
    /// Short Markdown: what may happen, what to do, in this patient, how sure, source.
    pub detail: String,
    /// Address of the first source that has one.
    #[schema(required = false)]
    pub reference: Option<String>,
    /// Overrides of the same finding that are still good: reason, comment, when, by whom (a pseudonym).
    #[schema(value_type = Vec<Object>, required = false)]
    pub mitigation: Option<Vec<Value>>,
}

/// A FHIR R4 OperationOutcome: an issue for each check that could not be made, or one `informational` when all could.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotChecked {
    /// `OperationOutcome`.
    #[schema(pattern = "^OperationOutcome$")]
    pub resource_type: String,
    /// `not-checked`.
    pub id: String,
    pub issue: Vec<OutcomeIssue>,
}

/// FHIR R4 Parameters: our own JSON, member by member.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// `Parameters`.
    #[schema(pattern = "^Parameters$")]
    pub resource_type: String,
    /// `screening` or `trace`.
    pub id: String,
    #[schema(value_type = Vec<Object>)]
    pub parameter: Vec<Value>,
}

/// A FHIR OperationOutcome: why a call was refused.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationOutcome {
    /// `OperationOutcome`.
    #[schema(pattern = "^OperationOutcome$")]
    pub resource_type: String,
    #[schema(min_items = 1)]
    pub issue: Vec<OutcomeIssue>,
}

/// An issue of an OperationOutcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeIssue {
    /// `error` of a refusal; of a gap `warning`, or `information` where some rule lacks a datum.
    #[schema(pattern = "^(fatal|error|warning|information)$")]
    pub severity: String,
    /// A FHIR issue type.
    pub code: String,
    /// The kind of gap.
    #[schema(value_type = Object, required = false)]
    pub details: Option<Value>,
    /// What is wrong, in words.
    pub diagnostics: String,
    /// Where.
    #[schema(required = false)]
    pub expression: Option<Vec<String>>,
}
