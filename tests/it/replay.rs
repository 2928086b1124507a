//! Every real request nobody here wrote, replayed through the server: no refusal but those that must be, and the findings
//! that the file itself or its authors' own logic tells. Where `../shared/requests` is absent the replay says it was skipped.

use crate::client::{Client, Reply};
use caveat::clinical::time::{Dated, Moment};
use caveat::hooks::call::Hook;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/requests");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there, so no real request was replayed", folder.display());
    None
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            files.extend(self::files(&entry));
        } else if entry.extension().is_some_and(|e| e == "json") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// A clock for each moment a file must be screened at: a `fn` cannot hold a date.
macro_rules! clock {
    ($name:ident, $date:literal) => {
        pub fn $name() -> Moment {
            Dated::parse($date).unwrap().latest
        }
    };
}
clock!(march_5_2020, "2020-03-05");
clock!(march_30_2020, "2020-03-30");
clock!(mid_2018, "2018-06-01");
clock!(august_2018, "2018-08-30");
clock!(april_30_2020, "2020-04-30");
clock!(late_2026, "2026-11-23");

/// The moment of a file: its own time where its dates say one.
fn clock_of(name: &str) -> fn() -> Moment {
    match name {
        n if n.contains("artifact-") => august_2018,
        n if n.contains("digoxin-cyclosporine-order") => march_30_2020,
        n if n.contains("multi-update-draft-orders-2") || n.contains("multi-update-draft-orders-4") => april_30_2020,
        n if n.contains("warfarin-nsaids") || n.contains("multi-update") => march_5_2020,
        n if n.contains("pddi-cds-ig/request-") => mid_2018,
        _ => late_2026,
    }
}

/// What a file must come to. `rule severity loudness` for findings; a `!` before it forbids the rule.
struct Demand {
    file: &'static str,
    status: u16,
    demands: &'static [&'static str],
    why: &'static str,
}

const WARFARIN_CRITICAL: &[&str] = &["warfarin-nsaid major interruptive", "critical: "];

/// Read by hand: the decision logic of the HL7 interaction guide worked through for its own test requests, and what other
/// files say of themselves.
const DEMANDS: &[Demand] = &[
    Demand {
        file: "pddi-cds-ig/warfarin-nsaids-order-select-coordination.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "ketorolac with warfarin on file, no gastroprotection, a bleeding ulcer on file: critical",
    },
    Demand {
        file: "pddi-cds-ig/warfarin-nsaids-order-select-no-coordination.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "as above",
    },
    Demand {
        file: "pddi-cds-ig/warfarin-nsaids-order-sign-coordination.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "repeat suppression is not remembered between calls yet: shown again, the safe direction",
    },
    Demand {
        file: "pddi-cds-ig/warfarin-nsaids-order-sign-no-coordination.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "a draft without an id",
    },
    Demand {
        file: "pddi-cds-ig/digoxin-cyclosporine-order-select-coordination.json",
        status: 200,
        demands: &["digoxin-cyclosporine minor passive", "!warfarin-nsaid"],
        why: "continuation, digoxin 0.7, electrolytes and creatinine normal, no diuretic: info only",
    },
    Demand {
        file: "pddi-cds-ig/digoxin-cyclosporine-order-select-no-coordination.json",
        status: 200,
        demands: &["digoxin-cyclosporine minor passive"],
        why: "as above",
    },
    Demand {
        file: "pddi-cds-ig/digoxin-cyclosporine-order-sign-coordination.json",
        status: 200,
        demands: &["digoxin-cyclosporine minor passive"],
        why: "as above",
    },
    Demand {
        file: "pddi-cds-ig/digoxin-cyclosporine-order-sign-no-coordination.json",
        status: 200,
        demands: &["digoxin-cyclosporine minor passive"],
        why: "as above",
    },
    Demand {
        file: "pddi-cds-ig/multi-update-draft-orders-1.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "ketorolac selected, warfarin on file",
    },
    Demand {
        file: "pddi-cds-ig/multi-update-draft-orders-2.json",
        status: 200,
        demands: &["digoxin-cyclosporine minor passive", "!warfarin-nsaid"],
        why: "only digoxin is selected; the ketorolac draft must not be answered for again",
    },
    Demand {
        file: "pddi-cds-ig/request-warfarin-nsaid-scenario-01.json",
        status: 200,
        demands: &["warfarin-nsaid minor passive"],
        why: "topical diclofenac: info only",
    },
    Demand {
        file: "pddi-cds-ig/request-warfarin-nsaid-scenario-02.json",
        status: 200,
        demands: &["warfarin-nsaid major interruptive", "warning: "],
        why: "ibuprofen with rabeprazole: a warning, not critical",
    },
    Demand {
        file: "pddi-cds-ig/request-warfarin-nsaid-scenario-03.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "no gastroprotection, over 65, dexamethasone; warfarin as a dispense",
    },
    Demand {
        file: "pddi-cds-ig/request-warfarin-nsaid-scenario-04.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "no gastroprotection, a gastric bleed; warfarin as an administration",
    },
    Demand {
        file: "pddi-cds-ig/request-warfarin-nsaid-scenario-05.json",
        status: 200,
        demands: WARFARIN_CRITICAL,
        why: "no gastroprotection, spironolactone; warfarin as a statement",
    },
    Demand {
        file: "pddi-cds-ig/request-digoxin-cyclosporine-scenario-01.json",
        status: 200,
        demands: &["digoxin-cyclosporine major interruptive"],
        why: "a new order of cyclosporine beside digoxin and furosemide",
    },
    Demand {
        file: "pddi-cds-ig/request-digoxin-cyclosporine-scenario-02.json",
        status: 200,
        demands: &["digoxin-cyclosporine major interruptive"],
        why: "potassium alone is known",
    },
    Demand {
        file: "pddi-cds-ig/request-digoxin-cyclosporine-scenario-03.json",
        status: 200,
        demands: &["digoxin-cyclosporine major interruptive"],
        why: "renal function alone is known",
    },
    Demand {
        file: "pddi-cds-ig/request-digoxin-cyclosporine-scenario-04.json",
        status: 200,
        demands: &["digoxin-cyclosporine major interruptive"],
        why: "the digoxin level alone is known",
    },
    Demand {
        file: "sandbox-recorded/order-select-r2-no-drug-chosen-yet.request.json",
        status: 200,
        demands: &["no cards"],
        why: "no drug chosen yet",
    },
    Demand {
        file: "sandbox-recorded/order-sign-r4-no-drug-chosen.request.json",
        status: 200,
        demands: &["gap no-drug", "info: "],
        why: "an order is signed that names no drug: said aloud",
    },
    Demand {
        file: "hl7-hook-definitions/patient-view-x-1.json",
        status: 412,
        demands: &[],
        why: "nothing to screen was sent",
    },
    Demand {
        file: "hl7-hook-definitions/patient-view-x-2.json",
        status: 412,
        demands: &[],
        why: "nothing to screen was sent",
    },
    Demand {
        file: "hl7-hook-definitions/encounter-discharge-x-1.json",
        status: 412,
        demands: &[],
        why: "nothing to screen was sent",
    },
    Demand {
        file: "hl7-hook-definitions/order-dispatch-R4-1.json",
        status: 200,
        demands: &["no cards"],
        why: "what is dispatched is a ServiceRequest: no drug",
    },
];

/// The hook calls among the files, posted as they are to the service of their hook.
#[tokio::test]
async fn every_hook_call_is_answered() {
    let Some(folder) = folder() else { return };
    let mut seen = BTreeMap::new();
    let (mut lines, mut complaints) = (Vec::new(), Vec::new());
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(&path).unwrap();
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let Some(hook) = value["hook"].as_str().and_then(Hook::of_name) else { continue };
        if !value["context"].is_object() {
            continue;
        }
        let client = Client::at(clock_of(&name));
        let reply = client.post(&format!("/cds-services/{}", hook.service_id()), bytes).await;
        complaints.extend(complain(&name, &reply));
        lines.push(line(&name, &reply));
        seen.insert(name, reply.status);
    }
    for demand in DEMANDS {
        assert!(seen.contains_key(demand.file), "{} was not replayed", demand.file);
    }
    golden("calls", &lines);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("replayed {} hook calls", seen.len());
}

fn complain(name: &str, reply: &Reply) -> Vec<String> {
    let Some(demand) = DEMANDS.iter().find(|d| d.file == name) else {
        let allowed = reply.status == 200 || (reply.status == 412 && !name.contains("order-"));
        return if allowed { vec![] } else { vec![format!("{name}: status {} is not expected", reply.status)] };
    };
    let mut complaints = Vec::new();
    if reply.status != demand.status {
        complaints.push(format!("{name}: status {}, wanted {} ({})", reply.status, demand.status, demand.why));
    }
    for wanted in demand.demands {
        let (findings, cards, gaps) = (reply.findings(), reply.cards(), reply.gaps());
        let met = match wanted.split_at_checked(1) {
            Some(("!", rule)) => !findings.iter().any(|f| f.starts_with(rule)),
            _ if *wanted == "no cards" => cards.is_empty(),
            _ if wanted.ends_with(": ") => cards.iter().any(|c| c.starts_with(wanted)),
            _ if wanted.starts_with("gap ") => gaps.iter().any(|g| *g == wanted[4..]),
            _ => findings.iter().any(|f| f == wanted),
        };
        if !met {
            complaints
                .push(format!("{name}: wanted `{wanted}` ({}); findings {findings:?}, cards {cards:?}", demand.why));
        }
    }
    complaints
}

fn line(name: &str, reply: &Reply) -> String {
    if reply.status != 200 {
        return format!("{name}: {}", reply.status);
    }
    let count = |list: Vec<String>| {
        let mut counts = BTreeMap::new();
        list.into_iter().for_each(|w| *counts.entry(w).or_insert(0) += 1);
        counts.into_iter().map(|(w, n)| if n > 1 { format!("{w} ×{n}") } else { w }).collect::<Vec<_>>().join(", ")
    };
    format!("{name}: 200, {} cards | {} | gaps: {}", reply.cards().len(), count(reply.findings()), count(reply.gaps()))
}

/// Single resources and whole patients, composed into calls: an order or statement is ordered, an allergy meets an order of
/// amoxicillin, a patient is viewed.
#[tokio::test]
async fn every_resource_is_answered_in_a_composed_call() {
    let Some(folder) = folder() else { return };
    let client = Client::at(late_2026);
    let (mut lines, mut refused) = (Vec::new(), Vec::new());
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let Ok(value) = serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()) else { continue };
        let Some((hook, call)) = compose(&value) else { continue };
        let reply = client.post(&format!("/cds-services/{}", hook.service_id()), call.to_string()).await;
        if reply.status != 200 {
            refused.push(format!("{name}: {}", reply.status));
        }
        lines.push(line(&name, &reply));
    }
    golden("composed", &lines);
    assert!(refused.is_empty(), "{refused:?}");
    assert!(lines.len() > 60, "only {} resources were found", lines.len());
}

/// An order for amoxicillin, to try allergies on.
fn amoxicillin(subject: &Value) -> Value {
    let coding = json!({"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "308191"});
    json!({"resourceType": "MedicationRequest", "id": "a", "status": "draft", "intent": "order", "subject": subject,
        "medicationCodeableConcept": {"coding": [coding]}})
}

fn compose(value: &Value) -> Option<(Hook, Value)> {
    let subject = |v: &Value| {
        let reference = v["subject"]["reference"].as_str().or_else(|| v["patient"]["reference"].as_str());
        reference.unwrap_or("Patient/p1").rsplit('/').next().unwrap_or("p1").to_owned()
    };
    let call = |hook: Hook, patient: &str, context: Value, prefetch: Value| {
        let mut context = context;
        context["patientId"] = json!(patient);
        context["userId"] = json!("Practitioner/1");
        let instance = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea";
        Some((hook, json!({"hook": hook.name(), "hookInstance": instance, "context": context, "prefetch": prefetch})))
    };
    let bundle = |entries: Value| json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    match value["resourceType"].as_str()? {
        "MedicationRequest" => {
            let drafts = bundle(json!([{"resource": value}]));
            call(Hook::OrderSign, &subject(value), json!({"draftOrders": drafts}), json!({}))
        }
        "MedicationStatement" => call(Hook::PatientView, &subject(value), json!({}), json!({"medications": value})),
        "AllergyIntolerance" => {
            let drafts = bundle(json!([{"resource": amoxicillin(&value["patient"])}]));
            call(Hook::OrderSign, &subject(value), json!({"draftOrders": drafts}), json!({"allergies": value}))
        }
        "Bundle" => {
            let entries = value["entry"].as_array()?;
            let patient = entries.iter().map(|e| &e["resource"]).find(|r| r["resourceType"] == "Patient");
            let id = patient
                .and_then(|p| p["id"].as_str())
                .map_or_else(|| subject(&entries.first()?["resource"]).into(), |i| Some(i.to_owned()))?;
            let has_drugs =
                entries.iter().any(|e| e["resource"]["resourceType"].as_str().is_some_and(|t| t.starts_with("Medic")));
            if has_drugs {
                return call(Hook::PatientView, &id, json!({}), json!({"everything": value}));
            }
            let drafts = bundle(json!([{"resource": amoxicillin(&json!({"reference": format!("Patient/{id}")}))}]));
            call(Hook::OrderSign, &id, json!({"draftOrders": drafts}), json!({"everything": value}))
        }
        _ => None,
    }
}

/// A golden of our own answers: read by a pharmacist, rewritten with `UPDATE=1`.
pub fn golden(name: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/replay/{name}.txt"));
    let text = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    for (n, (got, wanted)) in text.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(got, wanted, "{} line {}; UPDATE=1 rewrites it", path.display(), n + 1);
    }
    assert_eq!(text.lines().count(), wanted.lines().count(), "{}; UPDATE=1 rewrites it", path.display());
}
