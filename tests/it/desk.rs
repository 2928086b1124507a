//! The pharmacy side's question: a Bundle screened without a hook. Each hit stands beside its near miss.

use crate::cards_desk::{NOW, bleeding, call, screening};
use crate::client::{Client, Reply};
use crate::judge_desk::judge_issues;
use crate::replay::{files, folder};
use crate::serve::late_2026;
use axum::body::Body;
use axum::http::{Request, header};
use caveat::clinical::remembered::{Override, Remembered};
use caveat::hooks::call::Hook;
use caveat::hooks::detected_issue::{Desk, write};
use caveat::live::lineup::Lineup;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::whole::Settings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const IBUPROFEN: &str = "197805";
pub const PARACETAMOL: &str = "313782";
pub const WARFARIN: &str = "855332";
const AMOXICILLIN: &str = "308191";

/// An order of a drug of RxNorm for a patient.
pub fn order_of(patient: &str, id: &str, code: &str, status: &str) -> Value {
    let coding = json!({"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code});
    json!({"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
        "subject": {"reference": format!("Patient/{patient}")}, "medicationCodeableConcept": {"coding": [coding]}})
}

pub fn draft(code: &str) -> Value {
    order_of("p1", "draft-1", code, "draft")
}

pub fn active(code: &str) -> Value {
    order_of("p1", "active-1", code, "active")
}

pub fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "birthDate": "1950-01-01", "gender": "female"})
}

fn allergy(words: Value) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"}, "code": words})
}

pub fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|r| json!({"resource": r})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

/// Asks with the token of somebody who may do everything.
pub async fn screen(client: &Client, query: &str, body: &Value) -> Reply {
    sent(client, query, body.to_string(), Some("secret")).await
}

async fn sent(client: &Client, query: &str, body: String, token: Option<&str>) -> Reply {
    let mut request = Request::post(format!("/screen{query}")).header(header::CONTENT_TYPE, "application/fhir+json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    client.send(request.body(Body::from(body)).unwrap()).await
}

fn resources(reply: &Reply, kind: &str) -> Vec<Value> {
    let json = reply.json();
    let entries = json["entry"].as_array().cloned().unwrap_or_default();
    entries.into_iter().map(|e| e["resource"].clone()).filter(|r| r["resourceType"] == kind).collect()
}

/// A member of the extension that carries the finding.
fn member<'v>(issue: &'v Value, name: &str) -> &'v Value {
    let members = issue["extension"][0]["extension"].as_array().unwrap();
    members.iter().find(|m| m["url"] == name).unwrap_or(&Value::Null)
}

/// The findings, as `rule code severity loudness`.
fn issues(reply: &Reply) -> Vec<String> {
    let line = |issue: &Value| {
        let rule = member(issue, "rule")["extension"].as_array().unwrap().clone();
        let rule = rule.iter().find(|m| m["url"] == "id").unwrap()["valueString"].as_str().unwrap().to_owned();
        let code = issue["code"]["coding"][0]["code"].as_str().unwrap();
        let loudness = member(issue, "loudness")["valueString"].as_str().unwrap();
        format!("{rule} {code} {} {loudness}", issue["severity"].as_str().unwrap())
    };
    resources(reply, "DetectedIssue").iter().map(line).collect()
}

/// The gaps, as `severity kind: diagnostics`.
fn gaps(reply: &Reply) -> Vec<String> {
    let outcome = resources(reply, "OperationOutcome").remove(0);
    let issues = outcome["issue"].as_array().cloned().unwrap_or_default();
    let word = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    issues
        .iter()
        .map(|i| {
            let kind = word(&i["details"]["coding"][0]["code"]);
            format!("{} {kind}: {}", word(&i["severity"]), word(&i["diagnostics"]))
        })
        .collect()
}

struct Case {
    name: &'static str,
    query: &'static str,
    body: fn() -> Value,
    /// A finding that must begin so; `!` before it: none may.
    finding: &'static str,
    /// A gap that must begin so; empty: none is demanded.
    gap: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "a_draft_meets_a_drug_on_file",
        query: "",
        body: || bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "warning not-sent",
    },
    Case {
        name: "another_draft_does_not",
        query: "",
        body: || bundle(&[patient("p1"), draft(PARACETAMOL), active(WARFARIN)]),
        finding: "!warfarin-nsaid",
        gap: "warning not-sent",
    },
    Case {
        name: "without_drafts_all_is_asked_as_on_file_and_nothing_interrupts",
        query: "",
        body: || bundle(&[patient("p1"), order_of("p1", "i", IBUPROFEN, "active"), active(WARFARIN)]),
        finding: "warfarin-nsaid DRG high passive",
        gap: "",
    },
    Case {
        name: "an_order_named_is_in_hand_though_it_is_active",
        query: "?orders=MedicationRequest/i",
        body: || bundle(&[patient("p1"), order_of("p1", "i", IBUPROFEN, "active"), active(WARFARIN)]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "",
    },
    Case {
        name: "an_order_named_that_is_not_there_is_said",
        query: "?orders=MedicationRequest/i,MedicationRequest/gone",
        body: || bundle(&[patient("p1"), order_of("p1", "i", IBUPROFEN, "active"), active(WARFARIN)]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "warning unresolved-reference: MedicationRequest/gone: is asked about and is not in the Bundle",
    },
    Case {
        name: "an_unknown_drug_is_said",
        query: "",
        body: || bundle(&[patient("p1"), draft("999999999"), active(WARFARIN)]),
        finding: "!warfarin-nsaid",
        gap: "warning unknown-code: ",
    },
    Case {
        name: "a_coded_allergy_is_found",
        query: "",
        body: || {
            let penicillin = json!({"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]});
            bundle(&[patient("p1"), draft(AMOXICILLIN), allergy(penicillin)])
        },
        finding: " ALGY high interruptive",
        gap: "",
    },
    Case {
        name: "an_allergy_in_words_is_said",
        query: "",
        body: || bundle(&[patient("p1"), draft(AMOXICILLIN), allergy(json!({"text": "penicillin"}))]),
        finding: "! ALGY",
        gap: "warning uncoded-allergy: ",
    },
    Case {
        name: "of_two_patients_the_one_named_is_screened_and_the_other_is_left_out_and_said",
        query: "?patient=p1",
        body: || bundle(&[patient("p1"), patient("p2"), draft(IBUPROFEN), order_of("p2", "w", WARFARIN, "active")]),
        finding: "!warfarin-nsaid",
        gap: "warning other-patient: MedicationRequest/w: is about Patient/p2",
    },
    Case {
        name: "the_other_patients_draft_is_not_taken_in_hand",
        query: "?patient=Patient/p1",
        body: || bundle(&[patient("p1"), patient("p2"), order_of("p2", "i", IBUPROFEN, "draft"), active(WARFARIN)]),
        finding: "!warfarin-nsaid",
        gap: "warning other-patient: MedicationRequest/i: is about Patient/p2",
    },
    Case {
        name: "a_patient_named_and_not_sent",
        query: "?patient=p1",
        body: || bundle(&[draft(IBUPROFEN), active(WARFARIN)]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "",
    },
    Case {
        name: "a_patient_known_by_the_urn_of_its_entry",
        query: "",
        body: || {
            let mut sent = bundle(&[json!({"resourceType": "Patient"}), draft(IBUPROFEN), active(WARFARIN)]);
            sent["entry"][0]["fullUrl"] = json!("urn:uuid:7c3ba6b1-8f0c-4f43-a5a4-9d8c7c1c7c30");
            for n in [1, 2] {
                sent["entry"][n]["resource"]["subject"]["reference"] = sent["entry"][0]["fullUrl"].clone();
            }
            sent
        },
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "",
    },
    Case {
        name: "answers_to_searches_within_the_bundle_are_read",
        query: "",
        body: || {
            let found = json!({"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [{"resource": active(WARFARIN)}]});
            bundle(&[patient("p1"), draft(IBUPROFEN), found])
        },
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "",
    },
    Case {
        name: "a_first_page_alone_is_said",
        query: "",
        body: || {
            let mut sent = bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)]);
            sent["link"] = json!([{"relation": "next", "url": "https://fhir.example.org/page2"}]);
            sent
        },
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "warning incomplete: ",
    },
    Case {
        name: "a_malformed_entry_is_said_with_its_place",
        query: "",
        body: || bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN), json!({"status": "active"})]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "warning malformed: Bundle.entry[3].resource: is no resource: it has no `resourceType`",
    },
    Case {
        name: "as_of_a_day_before_the_order_ended",
        query: "?as-of=2020-03-05",
        body: || bundle(&[patient("p1"), draft(IBUPROFEN), ended_in_june_2020()]),
        finding: "warfarin-nsaid DRG high interruptive",
        gap: "",
    },
    Case {
        name: "as_of_long_after",
        query: "?as-of=2026-03-05T10:00:00Z",
        body: || bundle(&[patient("p1"), draft(IBUPROFEN), ended_in_june_2020()]),
        finding: "!warfarin-nsaid",
        gap: "",
    },
];

fn ended_in_june_2020() -> Value {
    let mut warfarin = active(WARFARIN);
    warfarin["authoredOn"] = json!("2020-01-01");
    warfarin["dosageInstruction"] =
        json!([{"timing": {"repeat": {"boundsPeriod": {"start": "2020-01-01", "end": "2020-06-30"}}}}]);
    warfarin
}

#[tokio::test]
async fn bundles_are_screened() {
    let client = Client::at(late_2026);
    for case in CASES {
        let reply = screen(&client, case.query, &(case.body)()).await;
        assert_eq!(reply.status, 200, "case `{}`: {}", case.name, String::from_utf8_lossy(&reply.body));
        let (issues, gaps) = (issues(&reply), gaps(&reply));
        match case.finding.strip_prefix('!') {
            Some(none) => assert!(!issues.iter().any(|i| i.contains(none)), "case `{}`: {issues:?}", case.name),
            None => assert!(issues.iter().any(|i| i.contains(case.finding)), "case `{}`: {issues:?}", case.name),
        }
        assert!(case.gap.is_empty() || gaps.iter().any(|g| g.starts_with(case.gap)), "case `{}`: {gaps:?}", case.name);
    }
}

struct Refused {
    name: &'static str,
    query: &'static str,
    body: fn() -> String,
    status: u16,
    says: &'static str,
}

const REFUSED: &[Refused] = &[
    Refused { name: "not_json", query: "", body: || "{".into(), status: 400, says: "JSON" },
    Refused { name: "nothing", query: "", body: String::new, status: 400, says: "JSON" },
    Refused { name: "a_list", query: "", body: || "[]".into(), status: 400, says: "Bundle" },
    Refused {
        name: "another_resource",
        query: "",
        body: || patient("p1").to_string(),
        status: 400,
        says: "resourceType",
    },
    Refused { name: "no_type", query: "", body: || "{}".into(), status: 400, says: "resourceType" },
    Refused {
        name: "entries_are_no_list",
        query: "",
        body: || r#"{"resourceType":"Bundle","entry":3}"#.into(),
        status: 400,
        says: "Bundle.entry",
    },
    Refused {
        name: "too_deep",
        query: "",
        body: || {
            format!(
                r#"{{"resourceType":"Bundle","entry":{}1{}}}"#,
                r#"[{"resource":"#.repeat(50_000),
                "}]".repeat(50_000)
            )
        },
        status: 400,
        says: "JSON",
    },
    Refused {
        name: "entries_twice",
        query: "",
        body: || r#"{"resourceType":"Bundle","entry":[],"entry":[]}"#.into(),
        status: 400,
        says: "duplicate",
    },
    Refused { name: "too_large", query: "", body: || "x".repeat(9 << 20), status: 413, says: "too-long" },
    Refused { name: "empty", query: "", body: || bundle(&[]).to_string(), status: 422, says: "no Patient" },
    Refused {
        name: "no_patient",
        query: "",
        body: || bundle(&[draft(IBUPROFEN)]).to_string(),
        status: 422,
        says: "no Patient",
    },
    Refused {
        name: "a_patient_without_id",
        query: "",
        body: || bundle(&[json!({"resourceType": "Patient", "gender": "male"}), draft(IBUPROFEN)]).to_string(),
        status: 422,
        says: "Patient.id",
    },
    Refused {
        name: "two_patients_and_none_named",
        query: "",
        body: || bundle(&[patient("p1"), patient("p2"), draft(IBUPROFEN)]).to_string(),
        status: 422,
        says: "several Patients",
    },
    Refused {
        name: "no_drug_at_all",
        query: "",
        body: || bundle(&[patient("p1"), allergy(json!({"text": "penicillin"}))]).to_string(),
        status: 422,
        says: "nothing to screen",
    },
    Refused {
        name: "none_of_the_orders_named",
        query: "?orders=MedicationRequest/9",
        body: || bundle(&[patient("p1"), draft(IBUPROFEN)]).to_string(),
        status: 422,
        says: "orders",
    },
    Refused {
        name: "the_order_named_is_another_patients",
        query: "?patient=p1&orders=MedicationRequest/w",
        body: || bundle(&[patient("p1"), patient("p2"), order_of("p2", "w", WARFARIN, "draft")]).to_string(),
        status: 422,
        says: "orders",
    },
    Refused { name: "nobody", query: "?patient=Patient/", body: || sound().to_string(), status: 422, says: "nobody" },
    Refused { name: "no_day", query: "?as-of=2026-02-30", body: || sound().to_string(), status: 400, says: "as-of" },
    Refused { name: "maybe", query: "?trace=maybe", body: || sound().to_string(), status: 400, says: "trace" },
    Refused {
        name: "a_misspelt_parameter",
        query: "?order=1",
        body: || sound().to_string(),
        status: 400,
        says: "order",
    },
    Refused { name: "nobodys_patient", query: "?client=x", body: || sound().to_string(), status: 422, says: "client" },
];

fn sound() -> Value {
    bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)])
}

#[tokio::test]
async fn what_cannot_be_screened_is_refused_with_its_place() {
    let client = Client::at(late_2026);
    for case in REFUSED {
        let reply = sent(&client, case.query, (case.body)(), Some("secret")).await;
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, case.status, "case `{}`: {said}", case.name);
        assert!(said.contains(case.says), "case `{}`: {said}", case.name);
    }
    assert!(client.service.recorder.last_decisions(1).is_empty(), "a refusal is no answer");
}

#[tokio::test]
async fn only_a_pharmacist_may_ask() {
    let grant = |name: &str, role: Role| Grant {
        name: name.to_owned(),
        roles: vec![role],
        token: Some(*blake3::hash(name.as_bytes()).as_bytes()),
        certificate: None,
    };
    let mut client = Client::at(late_2026);
    let grants = vec![
        grant("pharmacist", Role::Pharmacist),
        grant("auditor", Role::Auditor),
        grant("editor", Role::Editor),
        grant("operator", Role::Operator),
    ];
    let settings = Settings { access: Access { grants }, ..Settings::default() };
    Arc::get_mut(&mut client.service).unwrap().settings = Arc::new(settings);
    for (token, status) in [
        (None, 401),
        (Some(""), 401),
        (Some("wrong"), 401),
        (Some("auditor"), 401),
        (Some("editor"), 401),
        (Some("operator"), 401),
        (Some("pharmacist"), 200),
    ] {
        assert_eq!(sent(&client, "", sound().to_string(), token).await.status, status, "{token:?}");
        let request = Request::get("/patients/p1/findings");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.unwrap_or("")));
        let read = client.send(request.body(Body::empty()).unwrap()).await.status;
        assert_eq!(read, status, "{token:?}");
    }
}

#[tokio::test]
async fn without_a_pack_nothing_looks_clear() {
    let client = Client::over(Arc::new(Lineup::new()), late_2026);
    let reply = screen(&client, "", &sound()).await;
    assert_eq!(reply.status, 503);
    assert!(String::from_utf8_lossy(&reply.body).contains("nothing was checked"));
}

#[tokio::test]
async fn a_trace_says_why_and_why_not() {
    let client = Client::at(late_2026);
    let plain = screen(&client, "?trace=false", &sound()).await;
    assert!(resources(&plain, "Parameters").iter().all(|p| p["id"] != "trace"));
    let traced = screen(&client, "?trace=true", &sound()).await;
    let trace = resources(&traced, "Parameters").into_iter().find(|p| p["id"] == "trace").unwrap();
    let lines = trace["parameter"].as_array().unwrap();
    let fired = |line: &Value| {
        line["part"].as_array().unwrap().iter().any(|p| p["name"] == "fired" && p["valueBoolean"] == true)
    };
    assert!(lines.iter().any(fired) && !lines.iter().all(fired), "{} lines", lines.len());
    assert_eq!(issues(&plain), issues(&traced));
}

#[tokio::test]
async fn the_same_finding_has_the_same_id_in_every_answer_and_another_patients_has_not() {
    let client = Client::at(late_2026);
    let ids =
        |reply: &Reply| -> Vec<Value> { resources(reply, "DetectedIssue").iter().map(|i| i["id"].clone()).collect() };
    let first = screen(&client, "", &sound()).await;
    let again = screen(&client, "", &sound()).await;
    let other =
        bundle(&[patient("p2"), order_of("p2", "d", IBUPROFEN, "draft"), order_of("p2", "a", WARFARIN, "active")]);
    let other = screen(&client, "", &other).await;
    assert_eq!(ids(&first), ids(&again));
    assert_ne!(first.json()["id"], again.json()["id"], "each answer has an id of its own");
    assert!(ids(&other).iter().all(|id| !ids(&first).contains(id)));
}

#[tokio::test]
async fn issues_refer_to_the_records_sent_and_name_by_words_those_without_id() {
    let client = Client::at(late_2026);
    let mut nameless = draft(IBUPROFEN);
    nameless.as_object_mut().unwrap().remove("id");
    nameless["medicationCodeableConcept"]["text"] = json!("Ibuprofen 400 mg");
    let reply = screen(&client, "", &bundle(&[patient("p1"), nameless, active(WARFARIN)])).await;
    let issue = resources(&reply, "DetectedIssue").remove(0);
    assert_eq!(issue["patient"]["reference"], "Patient/p1");
    assert_eq!(issue["identifiedDateTime"], "2026-11-23T10:00:00Z");
    let implicated = issue["implicated"].as_array().unwrap();
    assert!(implicated.iter().any(|i| i["reference"] == "MedicationRequest/active-1"), "{implicated:?}");
    assert!(
        implicated.iter().any(|i| i["display"] == "Ibuprofen 400 mg" && i["reference"].is_null()),
        "{implicated:?}"
    );
}

#[tokio::test]
async fn an_answer_is_recorded_by_pseudonyms_alone() {
    let client = Client::at(late_2026);
    let reply = screen(&client, "", &sound()).await;
    let decision = client.service.recorder.last_decisions(1).remove(0);
    assert_eq!(reply.json()["id"], decision.id.as_str());
    assert_eq!(decision.hook, "screen");
    assert_eq!(decision.patient, client.service.pseudonyms.of("patient", "anyone", "", "p1"));
    assert!(decision.findings.iter().all(|f| !f.card.is_empty() && !f.orders.is_empty()), "{:?}", decision.findings);
    let kept = serde_json::to_string(&decision).unwrap();
    for word in ["p1", "draft-1", "active-1", "1950"] {
        assert!(!kept.contains(word), "`{word}` stands in {kept}");
    }
}

/// What a reply says, for comparing: rule, severity and loudness of each finding, and each gap but those that name places.
fn findings_of(reply: &Reply) -> BTreeMap<String, usize> {
    let mut said = BTreeMap::new();
    for issue in resources(reply, "DetectedIssue") {
        let word = |name: &str| member(&issue, name)["valueString"].as_str().unwrap().to_owned();
        *said.entry(format!("{} {} {}", word("key"), word("severity"), word("loudness"))).or_insert(0) += 1;
    }
    said
}

fn findings_of_hook(reply: &Reply) -> BTreeMap<String, usize> {
    let mut said = BTreeMap::new();
    let json = reply.json();
    for f in json["extension"]["org.caveat.screening"]["findings"].as_array().into_iter().flatten() {
        let word = |name: &str| f[name].as_str().unwrap().to_owned();
        *said.entry(format!("{} {} {}", word("key"), word("severity"), word("loudness"))).or_insert(0) += 1;
    }
    said
}

/// Every real call with drafts, and every real patient, asked both ways.
#[tokio::test]
async fn the_answer_is_that_of_medication_verify() {
    let Some(folder) = folder() else { return };
    let client = Client::at(late_2026);
    let (mut compared, mut found) = (0, 0);
    for path in files(&folder) {
        let Ok(value) = serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()) else { continue };
        let Some((query, asked, verify)) = both_ways(&value) else { continue };
        let desk = screen(&client, &query, &asked).await;
        let hook = client.post("/cds-services/caveat-medication-verify", verify.to_string()).await;
        if (desk.status, hook.status) == (422, 200) && findings_of_hook(&hook).is_empty() {
            continue;
        }
        assert_eq!((desk.status, hook.status), (200, 200), "{}", path.display());
        assert_eq!(findings_of(&desk), findings_of_hook(&hook), "{}", path.display());
        (compared, found) = (compared + 1, found + findings_of(&desk).len());
    }
    println!("compared {compared} files, {found} findings");
    assert!(compared > 20 && found > 20, "{compared} files, {found} findings");
}

/// A question to the desk and a call of medication-verify about the same data.
fn both_ways(value: &Value) -> Option<(String, Value, Value)> {
    let verify = |patient: &str, medication: Value, prefetch: Value| {
        json!({"hook": "medication-verify", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"patientId": patient, "medication": medication}, "prefetch": prefetch})
    };
    if value["resourceType"] == "Bundle" {
        let entries = value["entry"].as_array()?.iter().map(|e| &e["resource"]);
        let patients: Vec<&Value> = entries.filter(|r| r["resourceType"] == "Patient").collect();
        let [patient] = patients.as_slice() else { return None };
        let id = patient["id"].as_str()?;
        let none = json!({"resourceType": "Bundle"});
        return Some((String::new(), value.clone(), verify(id, none, json!({"everything": value}))));
    }
    let context = value["context"].as_object()?;
    let patient = context.get("patientId")?.as_str()?.rsplit('/').next()?;
    let orders = context.get("draftOrders").or_else(|| context.get("medications"))?;
    let drafts = orders["entry"].as_array()?.iter().map(|e| e["resource"].clone());
    let drafts: Vec<Value> = drafts.filter(|r| r["resourceType"] == "MedicationRequest").collect();
    let names: Option<Vec<String>> =
        drafts.iter().map(|r| Some(format!("MedicationRequest/{}", r["id"].as_str()?))).collect();
    let (names, prefetch) = (names?, value["prefetch"].as_object().cloned().unwrap_or_default());
    let owner = |r: &Value| r["subject"]["reference"].as_str().is_none_or(|s| s.ends_with(&format!("/{patient}")));
    let plain = names.iter().all(|n| n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'/' || b == b'-'));
    if drafts.is_empty() || !plain || !drafts.iter().all(owner) {
        return None;
    }
    let rest = prefetch.values().filter(|v| v.is_object());
    let all: Vec<Value> = drafts.iter().cloned().chain(rest.cloned()).collect();
    let query = format!("?patient={patient}&orders={}", names.join(","));
    Some((query, bundle(&all), verify(patient, bundle(&drafts), Value::Object(prefetch))))
}

#[test]
fn an_override_still_good_stands_as_mitigation_of_its_finding_alone() {
    let mut other = bleeding();
    other.key = "another finding".to_owned();
    let (call, screening) = (call(Hook::MedicationVerify), screening(vec![bleeding(), other], vec![]));
    let given = |fingerprint: &str, reason: &str, comment: &str| Override {
        fingerprint: fingerprint.to_owned(),
        rule: "warfarin-nsaid".to_owned(),
        participants: vec!["ibuprofen".to_owned(), "warfarin".to_owned()],
        reason_code: reason.to_owned(),
        comment: comment.to_owned(),
        by: "0123456789abcdef".to_owned(),
        at: NOW.0 - 86_400,
        ..Override::default()
    };
    let overrides = vec![given("one", "will-monitor", "INR on Monday"), given("one", "", ""), given("gone", "x", "y")];
    let remembered = Remembered { overrides, ..Remembered::default() };
    let fingerprints = ["one".to_owned(), "two".to_owned()];
    let desk = Desk {
        decision: "5a3ae3bb-4b7c-4e7c-8f5b-0d6c1c0a2e52",
        reference: "Patient/p1",
        patient: "00ff",
        now: NOW,
        remembered: &remembered,
        fingerprints: &fingerprints,
    };
    let body = write(&call, &screening, &desk).body;
    judge_issues(&body);
    let json: Value = serde_json::from_slice(&body).unwrap();
    let mitigation = json["entry"][0]["resource"]["mitigation"].as_array().unwrap();
    assert_eq!(mitigation.len(), 2);
    let action = &mitigation[0]["action"];
    assert_eq!(action["coding"][0], json!({"system": "urn:caveat:override-reason", "code": "will-monitor"}));
    assert_eq!((&action["text"], &mitigation[0]["date"]), (&json!("INR on Monday"), &json!("2026-03-04T09:30:00Z")));
    assert_eq!(mitigation[1]["action"]["text"], "overridden without a reason");
    assert!(json["entry"][1]["resource"]["mitigation"].is_null());
    let changed = |n: usize| {
        let told = member(&json["entry"][n]["resource"], "overridden")["extension"].as_array().unwrap();
        told.iter().any(|m| m["url"] == "changed")
    };
    assert_eq!(
        (changed(0), changed(1)),
        (false, true),
        "exactly this finding was overridden, that one as it stood then"
    );
    let outcome = &json["entry"][2]["resource"]["issue"][0];
    assert_eq!((&outcome["severity"], &outcome["code"]), (&json!("information"), &json!("informational")), "no gaps");
}
