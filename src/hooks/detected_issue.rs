//! The answer of the pharmacy side: a Bundle of DetectedIssues, one OperationOutcome that says what was not checked, and the
//! whole screening as Parameters. See `docs/pharmacy.md`.

use crate::clinical::chart::{Chart, Entry, RecordKind};
use crate::clinical::remembered::{Override, Remembered};
use crate::clinical::severity::{Question, Severity};
use crate::clinical::time::Moment;
use crate::engine::finding::{Finding, Gap, GapKind, Role, Screening};
use crate::hooks::call::Call;
use crate::hooks::cards_identity::Namer;
use crate::hooks::cards_plan::plan;
use crate::hooks::cards_reasons::REASON_SYSTEM;
use crate::hooks::cards_words::{detail, entry_words, gap_phrase, question_words, reference_of};
use crate::hooks::extension::{self, Fates};
use crate::hooks::fhir_extension::{extensions, parameters};
use crate::hooks::json::Json;
use crate::hooks::manner::Manner;
use crate::settings::client::Client;
use hashbrown::HashMap;
use serde_json::Value;
use uuid::Uuid;

/// HL7's code system of detected issues.
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// What stands in the answer beside the screening.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The id of the answer, as it is recorded.
    pub decision: &'a str,
    /// How the answer refers to the patient; empty: not at all.
    pub reference: &'a str,
    /// Pseudonym of the patient: issues are named within it.
    pub patient: &'a str,
    /// When it is answered.
    pub now: Moment,
    /// What is remembered of earlier answers.
    pub remembered: &'a Remembered,
    /// What an override of each finding is good for, in the order of the findings; empty where nothing is remembered.
    pub fingerprints: &'a [String],
}

/// The answer, and the id of the DetectedIssue of each finding, in their order.
#[derive(Debug)]
pub struct Issues {
    /// JSON.
    pub body: Vec<u8>,
    /// The ids.
    pub ids: Vec<Uuid>,
}

/// Writes the answer.
pub fn write(call: &Call<'_>, screening: &Screening<'_>, desk: &Desk<'_>) -> Issues {
    let mut namer = Namer::new(call);
    let ids = ids(&mut namer, screening, desk);
    let whole = whole(call, screening, desk);
    let mut json = Json::with_capacity(8192 * (1 + ids.len()));
    json.object(|json| {
        json.word_at("resourceType", "Bundle");
        json.text_at("id", desk.decision);
        json.word_at("type", "collection");
        json.text_at("timestamp", &desk.now.rfc3339());
        json.array_at("entry", |json| {
            for (n, finding) in screening.findings.iter().enumerate() {
                let print = desk.fingerprints.get(n).map_or("", String::as_str);
                entry(json, ids[n], |json| issue(json, call, screening, finding, &Named { id: ids[n], print }, desk));
            }
            entry(json, namer.uuid(&["outcome", desk.decision]), |json| outcome(json, &call.chart, screening, &whole));
            entry(json, namer.uuid(&["screening", desk.decision]), |json| {
                parameters(json, "screening", &checked(&whole, desk));
            });
            if !screening.trace.is_empty() {
                entry(json, namer.uuid(&["trace", desk.decision]), |json| {
                    parameters(json, "trace", &serde_json::json!({ "line": whole["trace"] }));
                });
            }
        });
    });
    Issues { body: json.into_bytes(), ids }
}

fn entry(json: &mut Json, id: Uuid, resource: impl FnOnce(&mut Json)) {
    json.object(|json| {
        json.text_at("fullUrl", id.urn().encode_lower(&mut Uuid::encode_buffer()));
        json.object_at("resource", resource);
    });
}

/// The same finding about the same patient has the same id in every answer. Findings with the same key are told apart by a
/// number.
fn ids(namer: &mut Namer, screening: &Screening<'_>, desk: &Desk<'_>) -> Vec<Uuid> {
    let mut twins: HashMap<&str, u32> = HashMap::new();
    let mut ids = Vec::with_capacity(screening.findings.len());
    for finding in &screening.findings {
        let twin = twins.entry(finding.key.as_str()).and_modify(|n| *n += 1).or_insert(0);
        let twin = itoa::Buffer::new().format(*twin).to_owned();
        ids.push(namer.uuid(&["issue", desk.patient, &finding.key, finding.loudness.word(), &twin]));
    }
    ids
}

/// The screening as the response extension of a hook says it.
fn whole(call: &Call<'_>, screening: &Screening<'_>, desk: &Desk<'_>) -> Value {
    let client = Client::default();
    let manner = Manner { decision: desk.decision, client: &client, remembered: desk.remembered };
    let plan = plan(call, screening, &manner, desk.fingerprints);
    let fates = Fates { cards: &[], plan: &plan, prints: desk.fingerprints, manner: &manner };
    let mut json = Json::default();
    json.object(|json| extension::screening(json, call, screening, &fates));
    let mut value: Value = serde_json::from_slice(&json.into_bytes()).unwrap_or_default();
    value["extension"]["org.caveat.screening"].take()
}

/// What was checked, by whom, as of when.
fn checked(whole: &Value, desk: &Desk<'_>) -> Value {
    serde_json::json!({
        "version": whole["version"],
        "decision": desk.decision,
        "pack": whole["pack"],
        "asOf": whole["asOf"],
        "complete": whole["complete"],
        "checked": whole["checked"],
        "obligations": whole["obligations"],
        "staleFor": whole["staleFor"],
    })
}

/// What a finding is known by.
struct Named<'a> {
    /// The id of its DetectedIssue.
    id: Uuid,
    /// What an override of it is good for; empty: nobody knows.
    print: &'a str,
}

/// Overrides of the same finding that are still good.
fn overrides<'a>(desk: &Desk<'a>, print: &str) -> impl Iterator<Item = &'a Override> {
    desk.remembered.overrides.iter().filter(move |o| !print.is_empty() && o.fingerprint == print)
}

fn issue(
    json: &mut Json,
    call: &Call<'_>,
    screening: &Screening<'_>,
    finding: &Finding<'_>,
    named: &Named<'_>,
    desk: &Desk<'_>,
) {
    let chart = &call.chart;
    json.word_at("resourceType", "DetectedIssue");
    json.text_at("id", named.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    let mut own = Json::default();
    own.object(|json| extension::finding(json, call, finding, desk.remembered, named.print));
    let mut own: Value = serde_json::from_slice(&own.into_bytes()).unwrap_or_default();
    let own = own["extension"]["org.caveat.finding"].take();
    json.array_at("extension", |json| extensions(json, "urn:caveat:finding", &own));
    json.word_at("status", "final");
    json.object_at("code", |json| code(json, finding));
    json.word_at("severity", severity(finding.severity));
    json.object_at("patient", |json| json.text_at("reference", desk.reference));
    json.text_at("identifiedDateTime", &screening.as_of.rfc3339());
    json.object_at("author", |json| {
        json.text_at("display", &format!("Caveat, pack {} {}", screening.pack.name, screening.pack.version));
    });
    json.array_at("implicated", |json| implicated(json, chart, finding));
    json.array_at("evidence", |json| evidence(json, finding));
    let mut words = String::new();
    detail(&mut words, chart, screening, finding);
    json.text_at("detail", &words);
    json.text_at("reference", finding.words.spelt().sources.iter().find_map(address).unwrap_or(""));
    json.array_at("mitigation", |json| {
        overrides(desk, named.print).for_each(|o| json.object(|json| mitigation(json, o)));
    });
}

/// HL7's code of the finding's kind, and ours.
fn code(json: &mut Json, finding: &Finding<'_>) {
    let problem = finding.participants.iter().any(|p| p.role == Role::Problem);
    let (code, display) = match finding.question {
        Question::Interaction => ("DRG", "Drug Interaction Alert"),
        Question::Allergy => ("ALGY", "Allergy Alert"),
        Question::Dose => ("DOSE", "Dosage problem"),
        Question::Duplicate => ("DUPTHPY", "Duplicate Therapy Alert"),
        Question::Contraindication if problem => ("COND", "Condition Alert"),
        Question::Contraindication => ("OBSA", "Observation Alert"),
    };
    json.array_at("coding", |json| {
        coding(json, ACT_CODE, code, display);
        coding(json, "urn:caveat:kind", finding.question.word(), question_words(finding.question));
    });
    json.text_at("text", finding.words.spelt().title);
}

fn coding(json: &mut Json, system: &str, code: &str, display: &str) {
    json.object(|json| {
        json.text_at("system", system);
        json.text_at("code", code);
        json.text_at("display", display);
    });
}

/// FHIR has three words where we have four: contraindicated is high, as is major. The extension says which.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Contraindicated | Severity::Major => "high",
        Severity::Moderate => "moderate",
        Severity::Minor => "low",
    }
}

/// Every record that takes part, and the records folded into it. One without an id is named by its words.
fn implicated(json: &mut Json, chart: &Chart, finding: &Finding<'_>) {
    let mut said: Vec<Entry> = Vec::new();
    for who in &finding.participants {
        for entry in std::iter::once(&who.entry).chain(&who.folded) {
            if !matches!(entry, Entry::Patient | Entry::List(_)) && !said.contains(entry) {
                said.push(*entry);
            }
        }
    }
    for entry in said {
        json.object(|json| {
            json.text_at("reference", reference_of(chart, entry));
            json.text_at("type", resource_type(chart, entry));
            json.text_at("display", &entry_words(chart, entry));
        });
    }
}

fn resource_type(chart: &Chart, entry: Entry) -> &'static str {
    match entry {
        Entry::Medication(n) => match chart.medications.get(n as usize).map(|m| m.kind) {
            Some(RecordKind::Request) => "MedicationRequest",
            Some(RecordKind::Statement) => "MedicationStatement",
            Some(RecordKind::Dispense) => "MedicationDispense",
            Some(RecordKind::Administration) => "MedicationAdministration",
            None => "",
        },
        Entry::Allergy(_) => "AllergyIntolerance",
        Entry::Problem(_) => "Condition",
        Entry::Lab(_) => "Observation",
        Entry::Patient | Entry::Unread(_) | Entry::List(_) => "",
    }
}

/// How sure, and what in this patient drove it.
fn evidence(json: &mut Json, finding: &Finding<'_>) {
    json.object(|json| {
        json.array_at("code", |json| {
            json.object(|json| {
                let word = finding.evidence.word();
                json.array_at("coding", |json| coding(json, "urn:caveat:evidence", word, word));
            });
        });
    });
    for driver in &finding.drivers {
        json.object(|json| json.array_at("code", |json| json.object(|json| json.text_at("text", driver))));
    }
}

/// The first address in a source's words.
fn address(source: &str) -> Option<&str> {
    let at = source.find("https://").or_else(|| source.find("http://"))?;
    let rest = &source[at..];
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '>' | '"' | ',' | ';')).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('.'))
}

/// An override that somebody gave: the reason, the comment, when, and who by pseudonym.
fn mitigation(json: &mut Json, over: &Override) {
    json.object_at("action", |json| {
        let system = if over.reason_system.is_empty() { REASON_SYSTEM } else { &over.reason_system };
        match over.reason_code.as_str() {
            "" => {}
            code => json.array_at("coding", |json| coding(json, system, code, "")),
        }
        let silent = over.reason_code.is_empty() && over.comment.trim().is_empty();
        json.text_at("text", if silent { "overridden without a reason" } else { &over.comment });
    });
    json.text_at("date", &Moment(over.at).rfc3339());
    json.object_at("author", |json| {
        json.object_at("identifier", |json| {
            if !over.by.is_empty() {
                json.word_at("system", "urn:caveat:user");
                json.text_at("value", &over.by);
            }
        });
    });
}

/// One issue for each gap; where there is none, that is said too.
fn outcome(json: &mut Json, chart: &Chart, screening: &Screening<'_>, whole: &Value) {
    json.word_at("resourceType", "OperationOutcome");
    json.word_at("id", "not-checked");
    json.array_at("issue", |json| {
        if screening.gaps.is_empty() {
            json.object(|json| {
                json.word_at("severity", "information");
                json.word_at("code", "informational");
                json.word_at("diagnostics", "everything that was asked could be checked");
            });
        }
        for (n, gap) in screening.gaps.iter().enumerate() {
            json.object(|json| not_checked(json, chart, gap, &whole["gaps"][n]));
        }
    });
}

fn not_checked(json: &mut Json, chart: &Chart, gap: &Gap, own: &Value) {
    let reference = reference_of(chart, gap.entry);
    json.array_at("extension", |json| extensions(json, "urn:caveat:gap", own));
    json.word_at("severity", if weighs(gap) { "warning" } else { "information" });
    json.word_at("code", issue_type(gap.kind));
    json.object_at("details", |json| {
        json.array_at("coding", |json| coding(json, "urn:caveat:gap-kind", gap.kind.word(), gap_phrase(gap.kind)));
    });
    let mut words =
        if gap.words.trim().is_empty() { entry_words(chart, gap.entry).into_owned() } else { gap.words.clone() };
    words.push_str(": ");
    words.push_str(gap_phrase(gap.kind));
    // What was not read says its place itself.
    if !reference.is_empty() && !matches!(gap.entry, Entry::Unread(_)) {
        words.push_str(" (");
        words.push_str(reference);
        words.push(')');
    }
    json.text_at("diagnostics", &words);
}

/// Whether a gap is a warning. What is only a datum that some rule would have liked to know informs, unless it would deserve
/// a card.
fn weighs(gap: &Gap) -> bool {
    let detail = matches!(gap.kind, GapKind::Missing | GapKind::CodesDisagree | GapKind::ReplacingOrAdding);
    gap.on_card || !detail
}

/// The FHIR issue type nearest to a kind of gap.
fn issue_type(kind: GapKind) -> &'static str {
    match kind {
        GapKind::UnknownCode => "code-invalid",
        GapKind::UncodedDrug | GapKind::UncodedAllergy | GapKind::UncodedProblem | GapKind::GenericAllergy => {
            "code-invalid"
        }
        GapKind::Malformed => "structure",
        GapKind::UnitMismatch | GapKind::DoseUnknown | GapKind::CodesDisagree => "value",
        GapKind::ReplacingOrAdding => "multiple-matches",
        GapKind::OtherPatient => "conflict",
        GapKind::UnresolvedReference => "not-found",
        GapKind::TooMany => "too-costly",
        GapKind::SourceFailed | GapKind::CheckFailed => "exception",
        _ => "incomplete",
    }
}
