//! Whole patients of a public generator: what fires when each is viewed, and when each drug they take is ordered once more,
//! without a word of the order on file and as its renewal. The golden is read by a pharmacist: see `docs/synthea-review.md`.

use crate::client::{Client, Reply};
use crate::replay::{files, folder, golden, late_2026};
use caveat::hooks::call::Hook;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The day on which the patients are seen, and on which the drafts are written.
const DAY: &str = "2026-11-23";

#[tokio::test]
async fn every_drug_of_every_patient_is_ordered_again() {
    let Some(folder) = folder() else { return };
    let client = Client::at(late_2026);
    let (mut lines, mut drugs) = (Vec::new(), 0);
    for path in files(&folder.join("synthea-r4")) {
        let chart: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        lines.extend(introduce(&path.file_name().unwrap().to_string_lossy(), &chart));
        let reply = send(&client, Hook::PatientView, &chart, None).await;
        lines.push(format!("  viewed: {}", said(&findings(&reply), &reply.gaps())));
        for order in current(&chart) {
            lines.push(reordered(&client, &chart, order).await);
            drugs += 1;
        }
        lines.push(String::new());
    }
    golden("synthea", &lines);
    assert!(drugs > 30, "only {drugs} drugs were ordered again");
}

fn resources<'a>(chart: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = chart["entry"].as_array().unwrap().iter();
    entries.map(|e| &e["resource"]).filter(|r| r["resourceType"] == kind).collect()
}

fn current(chart: &Value) -> Vec<&Value> {
    resources(chart, "MedicationRequest").into_iter().filter(|r| r["status"] == "active").collect()
}

/// A block's head: who this is, and what a pharmacist would look at first.
fn introduce(file: &str, chart: &Value) -> Vec<String> {
    let patient = resources(chart, "Patient")[0];
    let born = patient["birthDate"].as_str().unwrap();
    let (year, day): (u32, _) = (born[..4].parse().unwrap(), &born[5..]);
    let age = 2026 - year - u32::from(*day > DAY[5..]);
    let died = patient["deceasedDateTime"].as_str().map_or(String::new(), |d| format!(", died {}", &d[..10]));
    let text = |r: &Value| words(r, "code");
    let active = |r: &&Value| r["clinicalStatus"]["coding"][0]["code"] == "active";
    let list = |kind| resources(chart, kind).into_iter().filter(active).map(text).collect::<Vec<_>>().join("; ");
    let values = resources(chart, "Observation").into_iter().map(value).collect::<Vec<_>>().join("; ");
    let takes = current(chart).into_iter().map(|r| format!("{}, {}", words(r, "medicationCodeableConcept"), dose(r)));
    let mut lines = vec![format!("{}: {}, {age}{died}", file.trim_end_matches(".trimmed.json"), sex(patient))];
    lines.extend(
        [("problems", list("Condition")), ("allergies", list("AllergyIntolerance")), ("values", values)]
            .map(|(what, list)| format!("  {what}: {}", if list.is_empty() { "none sent" } else { &list })),
    );
    lines.push(format!("  takes: {}", takes.collect::<Vec<_>>().join("; ")));
    lines
}

fn sex(patient: &Value) -> &str {
    patient["gender"].as_str().unwrap_or("of no known sex")
}

fn words(resource: &Value, member: &str) -> String {
    let concept = &resource[member];
    concept["text"].as_str().or_else(|| concept["coding"][0]["display"].as_str()).unwrap_or("?").to_owned()
}

fn value(observation: &Value) -> String {
    let quantity = &observation["valueQuantity"];
    let day = &observation["effectiveDateTime"].as_str().unwrap()[..10];
    format!(
        "{} {:.1} {} ({day})",
        words(observation, "code").replace('\u{200b}', ""),
        quantity["value"].as_f64().unwrap(),
        quantity["unit"].as_str().unwrap()
    )
}

/// What the record says of the dose: mostly nothing.
fn dose(order: &Value) -> String {
    let dosage = &order["dosageInstruction"][0];
    let (repeat, quantity) = (&dosage["timing"]["repeat"], &dosage["doseAndRate"][0]["doseQuantity"]["value"]);
    match (quantity.as_f64(), repeat["frequency"].as_u64()) {
        (Some(n), Some(times)) => {
            let unit = repeat["periodUnit"].as_str().unwrap_or("?");
            format!("{n} (no unit), {times} times in {} {unit}", repeat["period"])
        }
        _ if dosage["asNeededBoolean"] == true => "as needed".to_owned(),
        _ => "no dose".to_owned(),
    }
}

/// The chart as it is, seen or with a draft.
async fn send(client: &Client, hook: Hook, chart: &Value, draft: Option<&Value>) -> Reply {
    let patient = resources(chart, "Patient")[0]["id"].clone();
    let mut context = json!({"patientId": patient, "userId": "Practitioner/1"});
    if let Some(draft) = draft {
        context["draftOrders"] =
            json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]});
    }
    let call = json!({"hook": hook.name(), "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context, "prefetch": {"everything": chart}});
    let reply = client.post(&format!("/cds-services/{}", hook.service_id()), call.to_string()).await;
    assert_eq!(reply.status, 200);
    reply
}

/// One line: the order written again, and what a renewal that names it says instead.
async fn reordered(client: &Client, chart: &Value, order: &Value) -> String {
    let mut draft = order.clone();
    (draft["id"], draft["status"], draft["authoredOn"]) = (json!("again"), json!("draft"), json!(DAY));
    let again = send(client, Hook::OrderSign, chart, Some(&draft)).await;
    draft["priorPrescription"] = json!({"reference": format!("MedicationRequest/{}", order["id"].as_str().unwrap())});
    let renewed = send(client, Hook::OrderSign, chart, Some(&draft)).await;
    let (first, second) = (said(&findings(&again), &again.gaps()), said(&findings(&renewed), &renewed.gaps()));
    let drug = words(order, "medicationCodeableConcept");
    let second = if first == second { "the same".to_owned() } else { second };
    format!("  again {drug}: {first} || renewed: {second}")
}

/// Findings as `rule severity loudness`, the rule followed by who takes part beside the first.
fn findings(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let list = json["extension"]["org.caveat.screening"]["findings"].as_array().cloned().unwrap_or_default();
    let others = list.iter().map(|f| {
        let names = f["participants"].as_array().unwrap().iter().skip(1).filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(", ")
    });
    let with = |(finding, others): (String, String)| match others.as_str() {
        "" => finding,
        _ => format!("{finding} (with {others})"),
    };
    reply.findings().into_iter().zip(others).map(with).collect()
}

fn said(findings: &[String], gaps: &[String]) -> String {
    let count = |list: &[String]| {
        let mut counts = BTreeMap::new();
        list.iter().for_each(|w| *counts.entry(w.as_str()).or_insert(0) += 1);
        let each = counts.into_iter().map(|(w, n)| if n > 1 { format!("{w} ×{n}") } else { w.to_owned() });
        each.collect::<Vec<_>>().join(", ")
    };
    let or_none = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
    format!("{} | gaps: {}", or_none(count(findings)), or_none(count(gaps)))
}
