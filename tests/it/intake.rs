//! Intake against what none of us wrote, and against what nobody would write: every real request, cut, bent and scrambled.

#![allow(clippy::unwrap_used)]

use crate::intake_text::print;
use caveat::clinical::chart::{AllergyStatus, Receipt, Standing, UnreadWhy};
use caveat::clinical::time::{Dated, Moment};
use caveat::hooks::call::{Call, Hook, Refusal};
use caveat::hooks::request::{read, read_any};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn as_of() -> Moment {
    Dated::parse("2020-03-05T12:00:00Z").unwrap().earliest
}

/// The folder of real requests; `None`, said aloud, where it is not there.
fn requests() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = root.ancestors().map(|folder| folder.join("shared/requests")).find(|folder| folder.exists());
    if found.is_none() {
        println!("skipped: no ../shared/requests");
    }
    found
}

fn files() -> Vec<(String, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "json") {
                out.push(path);
            }
        }
    }
    let Some(folder) = requests() else { return Vec::new() };
    let mut paths = Vec::new();
    walk(&folder, &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn file(name: &str) -> Option<String> {
    requests().map(|folder| std::fs::read_to_string(folder.join(name)).unwrap())
}

/// A hook call as it is; a resource alone put into a call that holds nothing else; anything else is none of ours.
fn composed(json: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    if value.get("hook").is_some_and(serde_json::Value::is_string) && value.get("context").is_some() {
        return Some(json.to_owned());
    }
    Some(match value.get("resourceType")?.as_str()? {
        "MedicationRequest" | "MedicationOrder" => {
            format!(
                r#"{{"hook":"order-sign","context":{{"draftOrders":{{"resourceType":"Bundle","entry":[{{"resource":{json}}}]}}}}}}"#
            )
        }
        _ => format!(r#"{{"hook":"patient-view","context":{{}},"prefetch":{{"all":{json}}}}}"#),
    })
}

#[test]
fn every_real_request_is_read() {
    const NOT_OURS: [&str; 4] = [
        "hl7-hook-definitions/order-review-DSTU2-2.json",
        "hl7-hook-definitions/order-review-STU3-1.json",
        "inferno-crd/encounter_start_hook_request.json",
        "inferno-crd/fancy_structure_hook_request.json",
    ];
    let (mut calls, mut resources) = (0, 0);
    for (name, json) in files() {
        let Some(body) = composed(&json) else { continue };
        match read_any(body.as_bytes(), as_of()) {
            Ok(call) => {
                calls += usize::from(body == json);
                resources += usize::from(body != json);
                agree(&name, &json, &call);
            }
            Err(refusal) => assert!(NOT_OURS.contains(&name.as_str()), "{name}: {refusal}"),
        }
    }
    println!("{calls} calls and {resources} resources were read");
    assert!(requests().is_none() || (calls >= 50 && resources >= 70), "{calls} calls, {resources} resources");
}

/// What can be counted in the text alone: every record of a drug, allergy or problem is in the chart, or said to be unread.
fn agree(name: &str, json: &str, call: &Call<'_>) {
    fn count(value: &serde_json::Value, kinds: &[&str], seen: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                if fields.get("resourceType").and_then(|t| t.as_str()).is_some_and(|t| kinds.contains(&t)) {
                    let id = fields.get("id").and_then(|id| id.as_str()).map_or(seen.len().to_string(), str::to_owned);
                    seen.push(id);
                }
                fields.iter().filter(|(key, _)| *key != "contained").for_each(|(_, v)| count(v, kinds, seen));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|v| count(v, kinds, seen)),
            _ => {}
        }
    }
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let others = call.chart.unread.iter().filter(|u| u.why == UnreadWhy::OtherPatient).count();
    let drugs: &[&str] = &[
        "MedicationRequest",
        "MedicationOrder",
        "MedicationStatement",
        "MedicationDispense",
        "MedicationAdministration",
    ];
    for (kinds, found) in [
        (drugs, call.chart.medications.len()),
        (&["AllergyIntolerance"][..], call.chart.allergies.len()),
        (&["Condition"][..], call.chart.problems.len()),
    ] {
        let mut sent = Vec::new();
        count(&value, kinds, &mut sent);
        sent.sort();
        let all = sent.len();
        sent.dedup();
        assert!(found <= all && found + others >= sent.len(), "{name}: {found} of {all} {kinds:?}\n{}", print(call));
    }
}

#[test]
fn warfarin_and_ketorolac_as_hl7_sends_them() {
    let Some(body) = file("pddi-cds-ig/warfarin-nsaids-order-select-coordination.json") else { return };
    let call = read(Hook::OrderSelect, body.as_bytes(), as_of()).unwrap();
    let codes: Vec<(Standing, String)> =
        call.chart.medications.iter().map(|m| (m.standing, m.drug.concept.codes[0].to_string())).collect();
    let rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
    assert_eq!(
        codes,
        [(Standing::InHand, format!("{rxnorm}|834022")), (Standing::Existing, format!("{rxnorm}|855350")),]
    );
    assert_eq!(call.chart.problems.len(), 1);
    // Three matches were counted and one was sent: the rest is not known.
    assert_eq!(call.chart.received.medications, Receipt::Partial);
    assert_eq!(call.chart.received.allergies, Receipt::NotSent);
    assert_eq!(call.chart.allergy_status, AllergyStatus::NotAsked);
    assert!(call.raw[0].json().unwrap().get().contains("ketorolac-draft-order-test"));
    let refused = read(Hook::OrderSign, body.as_bytes(), as_of()).unwrap_err();
    assert_eq!(refused, Refusal::OtherHook { found: "order-select".into(), wanted: "order-sign" });
}

#[test]
fn a_call_before_a_drug_is_chosen_and_one_at_signing() {
    let Some(body) = file("sandbox-recorded/order-select-r2-no-drug-chosen-yet.request.json") else { return };
    assert!(read_any(body.as_bytes(), as_of()).unwrap().nothing_chosen);
    let body = file("sandbox-recorded/order-sign-r4-no-drug-chosen.request.json").unwrap();
    let call = read_any(body.as_bytes(), as_of()).unwrap();
    assert!(!call.nothing_chosen);
    assert!(call.chart.medications[0].drug.is_unchosen());
}

#[test]
fn two_ids_for_one_patient_are_said_aloud() {
    let Some(body) = file("pddi-cds-ig/request-warfarin-nsaid-scenario-03.json") else { return };
    let call = read_any(body.as_bytes(), as_of()).unwrap();
    assert_eq!(call.chart.medications.len(), 3);
    assert!(call.chart.patient.born.is_some());
    let said: Vec<_> = call.chart.unread.iter().map(|u| (u.why, u.in_hand)).collect();
    assert_eq!(said, [(UnreadWhy::OtherPatient, true)]);
}

#[test]
fn lists_have_an_end_and_say_so() {
    let many = |kind: &str, n: usize| {
        let items: Vec<String> = (0..n).map(|i| format!(r#"{{"resourceType":"{kind}","id":"{i}"}}"#)).collect();
        format!(r#"{{"hook":"patient-view","context":{{}},"prefetch":{{"a":[{}]}}}}"#, items.join(","))
    };
    for (kind, most) in
        [("MedicationStatement", 512), ("AllergyIntolerance", 256), ("Condition", 512), ("Observation", 1_024)]
    {
        for (n, said) in [(most, 0), (most + 1, 1), (5_000, 2)] {
            let body = many(kind, n);
            let call = read_any(body.as_bytes(), as_of()).unwrap();
            let chart = &call.chart;
            let kept = chart.medications.len() + chart.allergies.len() + chart.problems.len() + chart.labs.len();
            assert_eq!(kept, most, "{kind} {n}");
            assert_eq!(chart.unread.iter().filter(|u| u.why == UnreadWhy::TooMany).count(), said, "{kind} {n}");
        }
    }
}

#[test]
fn depth_is_refused() {
    for open in ["[", "{\"resource\":", "{\"entry\":[", "{\"extension\":"] {
        let body = format!(r#"{{"hook":"patient-view","context":{{}},"prefetch":{{"a":{}"#, open.repeat(100_000));
        assert!(read_any(body.as_bytes(), as_of()).is_err(), "{open}");
    }
}

#[test]
fn every_prefix_of_a_request_is_refused() {
    let Some(body) = file("sandbox-recorded/order-select-r2-855332.request.json") else { return };
    let whole = body.trim_end();
    for end in (0..whole.len()).filter(|n| whole.is_char_boundary(*n)) {
        assert!(read_any(&body.as_bytes()[..end], as_of()).is_err(), "{end}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let word = prop::sample::select(vec![
        "",
        "x",
        "active",
        "Patient/p",
        "#c",
        "MedicationRequest",
        "Bundle",
        "AllergyIntolerance",
        "Observation",
        "Patient",
        "OperationOutcome",
        "2020-01-01",
        "http://loinc.org",
        "29463-7",
        "1e9",
        "mg",
        "p",
        "Medication",
        "\u{200b}",
        "d",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "resourceType",
        "id",
        "status",
        "subject",
        "reference",
        "identifier",
        "value",
        "timeOfDay",
        "coding",
        "code",
        "system",
        "text",
        "entry",
        "resource",
        "link",
        "dosageInstruction",
        "doseAndRate",
        "doseQuantity",
        "value",
        "unit",
        "timing",
        "repeat",
        "frequency",
        "period",
        "periodUnit",
        "medicationCodeableConcept",
        "medicationReference",
        "medication",
        "concept",
        "contained",
        "ingredient",
        "reaction",
        "manifestation",
        "category",
        "effectiveDateTime",
        "effectivePeriod",
        "start",
        "end",
        "issue",
        "total",
        "fullUrl",
        "valueQuantity",
        "product",
        "dispenseRequest",
        "basedOn",
        "birthDate",
        "when",
        "maxDosePerPeriod",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_it(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_any(&body, as_of());
    }

    #[test]
    fn no_json_inside_a_call_is_refused(hook in 0..Hook::ALL.len(), value in json(), other in json()) {
        let hook = Hook::ALL[hook];
        let context = format!(
            r#"{{"patientId":"p","selections":{other},"dispatchedOrders":["MedicationRequest/x"],"userId":{other},"draftOrders":[{value}],"medications":[{other}],"allergyIntolerance":[{value}],"foo":{other}}}"#
        );
        let body = format!(r#"{{"hook":"{}","context":{context},"prefetch":{{"a":{value},"allergies":{other}}}}}"#, hook.name());
        let call = read(hook, body.as_bytes(), as_of()).unwrap();
        print(&call);
        let twice = read(hook, body.as_bytes(), as_of()).unwrap();
        prop_assert_eq!(call.chart, twice.chart);
    }
}

/// A bent request: one scalar, list or object of it replaced by another of its own.
#[test]
fn bent_requests_are_read_or_refused() {
    fn spots(value: &serde_json::Value, at: &mut Vec<String>, path: String) {
        at.push(path.clone());
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(k, v)| spots(v, at, format!("{path}/{}", k.replace('/', "~1"))))
            }
            serde_json::Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, v)| spots(v, at, format!("{path}/{n}")))
            }
            _ => {}
        }
    }
    let mut seed = 7usize;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for (_, json) in files().into_iter().filter(|(_, json)| json.len() < 15_000) {
        let Some(body) = composed(&json) else { continue };
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        let mut at = Vec::new();
        spots(&value, &mut at, String::new());
        for _ in 0..12 {
            let mut bent = value.clone();
            let (from, to) = (&at[next(at.len())], &at[next(at.len())]);
            let taken = value.pointer(from).unwrap().clone();
            *bent.pointer_mut(to).unwrap() = taken;
            if let Ok(call) = read_any(bent.to_string().as_bytes(), as_of()) {
                print(&call);
            }
        }
    }
}
