//! A ward in small: one patient, a prescriber and a pharmacist, a server over the pack of the check cases, and a clock that the
//! test sets. Calls are made of few words and go over HTTP; the judge reads every answer.

use crate::checks::raw_with;
use crate::client::{Client, Reply};
use caveat::clinical::time::{Dated, Moment};
use caveat::live::lineup::Lineup;
use caveat::pack::format::encode;
use caveat::record::book::Book;
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::recorder::Recorder;
use caveat::settings::client::Client as Profile;
use caveat::settings::whole::Settings;
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// The clock of the scenes of this test.
pub fn now() -> Moment {
    Moment(NOW.get())
}

/// Sets it.
pub fn set_clock(text: &str) {
    NOW.set(Dated::parse(text).unwrap().earliest.0);
}

/// Moves it.
pub fn wait(seconds: i64) {
    NOW.set(NOW.get() + seconds);
}

/// Rules beside those of the check cases: one never to be silenced, one whose override quiets nothing, one for a day.
pub const MORE_RULES: &str = r#"
[[interaction]]
id = "codeine-lithium"
never-silence = true
version = 1
title = "Codeine and lithium"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
mechanism = "Known."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
object = { ingredient = "lithium" }
precipitant = { ingredient = "codeine" }

[[interaction]]
id = "haloperidol-fluoxetine"
override-days = 0
version = 1
title = "Haloperidol and fluoxetine"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
mechanism = "Known."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
object = { ingredient = "haloperidol" }
precipitant = { ingredient = "fluoxetine" }

[[interaction]]
id = "lisinopril-furosemide"
override-days = 1
version = 1
title = "Lisinopril and furosemide"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
mechanism = "Known."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
object = { ingredient = "lisinopril" }
precipitant = { ingredient = "furosemide" }
"#;

/// A server.
pub struct Ward {
    pub client: Client,
    lineup: Arc<Lineup>,
}

impl Ward {
    /// Over the check cases' pack and [`MORE_RULES`], at half past nine on 5 March 2026.
    pub fn new() -> Ward {
        Ward::with(Settings::default())
    }

    /// With settings.
    pub fn with(settings: Settings) -> Ward {
        set_clock("2026-03-05T09:30:00Z");
        let lineup = Arc::new(Lineup::new());
        let ward = Ward { client: Client::with(Arc::clone(&lineup), now, settings), lineup };
        ward.take_rules(MORE_RULES);
        ward
    }

    /// For a client of this profile: the gate is open, so it is set as that of anyone.
    pub fn for_client(change: fn(&mut Profile)) -> Ward {
        let mut ward = Ward::new();
        let mut profile = Profile::default();
        change(&mut profile);
        let service = Arc::get_mut(&mut ward.client.service).unwrap();
        service.gate = caveat::trust::gate::Gate::for_anyone_as(profile);
        ward
    }

    /// The same that starts again: the clock goes on where it stood.
    pub fn started_again(open: impl FnOnce(Arc<Book>) -> Recorder) -> Ward {
        let then = now();
        let ward = Ward::recorded(open);
        NOW.set(then.0);
        ward
    }

    /// With a recorder that is opened for its book.
    pub fn recorded(open: impl FnOnce(Arc<Book>) -> Recorder) -> Ward {
        let mut ward = Ward::new();
        let service = Arc::get_mut(&mut ward.client.service).unwrap();
        service.pseudonyms = Pseudonyms::new(b"a secret of a test");
        service.recorder = Arc::new(open(Arc::clone(&service.book)));
        ward
    }

    /// Another pack goes into service.
    pub fn take_rules(&self, more: &str) {
        self.lineup.activate(&encode(&raw_with(more)), "test", Moment(0)).unwrap();
    }

    /// Makes a call, and answers it.
    pub async fn ask(&self, call: &Call) -> Answer {
        let reply = self.client.post(&format!("/cds-services/caveat-{}", call.hook), call.body().to_string()).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        Answer { json: reply.json(), hook: call.hook }
    }

    /// Sends feedback.
    pub async fn tell(&self, hook: &str, entry: Value) -> Reply {
        let body = json!({ "feedback": [entry] }).to_string();
        let reply = self.client.post(&format!("/cds-services/caveat-{hook}/feedback"), body).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        reply
    }

    /// Makes a call, overrides the card of the rule with this reason and comment, and hands back the card's id.
    pub async fn override_of(&self, call: &Call, rule: &str, code: &str, comment: &str) -> String {
        let card = self.ask(call).await.card_of(rule);
        let mut why = json!({});
        if !code.is_empty() {
            why["reason"] = json!({ "system": "urn:caveat:override-reason", "code": code });
        }
        if !comment.is_empty() {
            why["userComment"] = json!(comment);
        }
        self.tell(call.hook, overridden(&card, Some(why))).await;
        card
    }
}

/// An entry of feedback: overridden now.
pub fn overridden(card: &str, why: Option<Value>) -> Value {
    let mut entry = json!({ "card": card, "outcome": "overridden", "outcomeTimestamp": now().rfc3339() });
    if let Some(why) = why {
        entry["overrideReason"] = why;
    }
    entry
}

/// A hook call in the making.
#[derive(Clone)]
pub struct Call {
    pub hook: &'static str,
    pub instance: String,
    pub patient: &'static str,
    pub user: &'static str,
    pub encounter: &'static str,
    pub orders: Vec<Value>,
    pub on_file: Vec<Value>,
    pub allergies: Vec<Value>,
    pub labs: Vec<Value>,
}

impl Call {
    /// order-sign of these drugs by `Practitioner/1` for patient `p1` in encounter `e1`; each as [`order`] reads it.
    pub fn sign(orders: &[&str], on_file: &[&str]) -> Call {
        Call {
            hook: "order-sign",
            instance: uuid::Uuid::new_v4().to_string(),
            patient: "p1",
            user: "Practitioner/1",
            encounter: "e1",
            orders: orders.iter().enumerate().map(|(n, o)| order(o, &format!("draft-{n}"), "draft")).collect(),
            on_file: on_file.iter().enumerate().map(|(n, o)| order(o, &format!("file-{n}"), "active")).collect(),
            allergies: Vec::new(),
            labs: Vec::new(),
        }
    }

    /// The same call once more: another hook instance.
    pub fn again(&self) -> Call {
        Call { instance: uuid::Uuid::new_v4().to_string(), ..self.clone() }
    }

    /// At another hook.
    pub fn at(&self, hook: &'static str) -> Call {
        Call { hook, ..self.again() }
    }

    /// By another user.
    pub fn by(&self, user: &'static str) -> Call {
        Call { user, ..self.again() }
    }

    /// With a potassium value of that day.
    pub fn potassium(mut self, value: f64, on: &str) -> Call {
        self.labs = vec![json!({
            "resourceType": "Observation", "id": "k", "status": "final",
            "subject": { "reference": format!("Patient/{}", self.patient) },
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2823-3" }] },
            "effectiveDateTime": on,
            "valueQuantity": { "value": value, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L" }
        })];
        self
    }

    /// With an allergy to penicillin V that showed so.
    pub fn allergic(mut self, reaction: &str) -> Call {
        self.allergies = vec![json!({
            "resourceType": "AllergyIntolerance", "id": "a",
            "patient": { "reference": format!("Patient/{}", self.patient) },
            "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active" }] },
            "code": { "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1019" }] },
            "reaction": [{ "manifestation": [{ "coding": [{ "system": "http://snomed.info/sct", "code": reaction }] }] }]
        })];
        self
    }

    /// The request.
    pub fn body(&self) -> Value {
        let bundle = |items: &[Value]| {
            let items: Vec<Value> = items
                .iter()
                .map(|item| {
                    let mut item = item.clone();
                    if item["subject"].is_object() {
                        item["subject"] = json!({ "reference": format!("Patient/{}", self.patient) });
                    }
                    json!({ "resource": item })
                })
                .collect();
            json!({ "resourceType": "Bundle", "type": "searchset", "entry": items })
        };
        let mut context = json!({ "patientId": self.patient, "userId": self.user, "encounterId": self.encounter });
        for key in ["userId", "encounterId"] {
            if context[key] == "" {
                context.as_object_mut().unwrap().remove(key);
            }
        }
        match self.hook {
            "order-select" => {
                let ids = self.orders.iter().map(|o| format!("MedicationRequest/{}", o["id"].as_str().unwrap()));
                context["selections"] = ids.collect();
                context["draftOrders"] = bundle(&self.orders);
            }
            "order-sign" => context["draftOrders"] = bundle(&self.orders),
            "medication-refill" | "medication-prescribe" => context["medications"] = bundle(&self.orders),
            "medication-verify" => context["medication"] = self.orders.first().cloned().unwrap(),
            _ => {}
        }
        json!({
            "hook": self.hook, "hookInstance": self.instance, "context": context,
            "prefetch": {
                "medications": bundle(&self.on_file), "allergies": bundle(&self.allergies),
                "problems": bundle(&[]), "labs": bundle(&self.labs)
            }
        })
    }
}

/// An order: `ibuprofen route=26643006 dose=400 times=3 days=10 on=2026-03-05`, or `5001` for a product.
pub fn order(text: &str, id: &str, status: &str) -> Value {
    const CODES: [(&str, &str); 11] = [
        ("warfarin", "1022"),
        ("ibuprofen", "1013"),
        ("naproxen", "1017"),
        ("digoxin", "1008"),
        ("furosemide", "1010"),
        ("amoxicillin", "1003"),
        ("lithium", "1016"),
        ("codeine", "1006"),
        ("haloperidol", "1011"),
        ("fluoxetine", "1009"),
        ("lisinopril", "1015"),
    ];
    let (drug, rest) = text.split_once(' ').unwrap_or((text, ""));
    let code = CODES.iter().find(|(name, _)| *name == drug).map_or(drug, |(_, code)| code);
    let mut resource = json!({
        "resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
        "subject": { "reference": "Patient/p1" },
        "medicationCodeableConcept": {
            "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code }], "text": drug
        }
    });
    let mut dosage = json!({});
    for (key, value) in rest.split_whitespace().map(|word| word.split_once('=').unwrap()) {
        let number = || value.parse::<u32>().unwrap();
        match key {
            "route" => dosage["route"] = json!({ "coding": [{ "system": "http://snomed.info/sct", "code": value }] }),
            "dose" => {
                let quantity =
                    json!({ "value": number(), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg" });
                dosage["doseAndRate"] = json!([{ "doseQuantity": quantity }]);
            }
            "times" => dosage["timing"]["repeat"] = json!({ "frequency": number(), "period": 1, "periodUnit": "d" }),
            "days" => {
                dosage["timing"]["repeat"]["boundsDuration"] =
                    json!({ "value": number(), "unit": "d", "system": "http://unitsofmeasure.org", "code": "d" });
            }
            "on" => resource["authoredOn"] = json!(value),
            other => panic!("unknown key `{other}`"),
        }
    }
    if dosage != json!({}) {
        resource["dosageInstruction"] = json!([dosage]);
    }
    resource
}

/// An answer.
pub struct Answer {
    pub json: Value,
    pub hook: &'static str,
}

impl Answer {
    /// The extension of the response.
    pub fn screening(&self) -> &Value {
        &self.json["extension"]["org.caveat.screening"]
    }

    /// The finding of a rule, as the extension tells it.
    #[track_caller]
    pub fn finding(&self, rule: &str) -> &Value {
        let all = self.screening()["findings"].as_array();
        let found = all.and_then(|all| all.iter().find(|f| f["rule"]["id"] == rule));
        found.unwrap_or_else(|| panic!("no finding of {rule}: {:#}", self.json))
    }

    /// The card of a rule's finding, whole; null when it has none.
    pub fn card(&self, rule: &str) -> &Value {
        let id = &self.finding(rule)["card"];
        let cards = self.json["cards"].as_array().unwrap();
        cards.iter().find(|card| !id.is_null() && card["uuid"] == *id).unwrap_or(&Value::Null)
    }

    /// Its id.
    #[track_caller]
    pub fn card_of(&self, rule: &str) -> String {
        self.finding(rule)["card"].as_str().unwrap_or_else(|| panic!("{rule} has no card: {:#}", self.json)).to_owned()
    }

    /// `shown`, or why not.
    #[track_caller]
    pub fn fate(&self, rule: &str) -> String {
        let finding = self.finding(rule);
        assert_eq!(finding["card"].is_null(), finding["suppressed"].is_string(), "{}: {finding}", self.hook);
        finding["suppressed"].as_str().unwrap_or("shown").to_owned()
    }

    /// All words of all cards.
    pub fn words(&self) -> String {
        let cards = self.json["cards"].as_array().unwrap();
        let words = |c: &Value| format!("{}\n{}\n", c["summary"].as_str().unwrap(), c["detail"].as_str().unwrap_or(""));
        cards.iter().map(words).collect()
    }
}
