//! What the pharmacy side reads of a patient: findings that stand, overrides, promises; and records, page by page.

use crate::client::{Client, Reply};
use crate::desk::{IBUPROFEN, PARACETAMOL, WARFARIN, active, bundle, draft, patient, screen};
use crate::serve::{late_2026, order_sign};
use axum::body::Body;
use axum::http::{Request, header};
use caveat::hooks::discovery::PREFETCH;
use caveat::record::decision::{DecidedFinding, Decision};
use caveat::record::standing::standing;
use serde_json::{Value, json};

pub async fn read(client: &Client, path: &str) -> Reply {
    let request = Request::get(path).header(header::AUTHORIZATION, "Bearer secret");
    client.send(request.body(Body::empty()).unwrap()).await
}

pub async fn say(client: &Client, path: &str) -> Reply {
    let request = Request::post(path).header(header::AUTHORIZATION, "Bearer secret");
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn sign(client: &Client, instance: &str, ordered: &[&str], taken: &[&str]) -> Value {
    let body = order_sign(ordered, taken).replace("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", instance);
    client.post("/cds-services/caveat-order-sign", body).await.json()
}

/// The draft of ibuprofen, with every list sent, and empty.
fn complete(instance: &str) -> String {
    let mut body: Value = serde_json::from_str(&order_sign(&[IBUPROFEN], &[])).unwrap();
    body["hookInstance"] = json!(instance);
    for (key, _) in PREFETCH {
        body["prefetch"][key] = json!({"resourceType": "Bundle", "type": "searchset", "entry": []});
    }
    body["prefetch"]["patient"] = patient("p1");
    body.to_string()
}

async fn override_with(client: &Client, card: &str, reason: &str) {
    let body = json!({"feedback": [{"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-23T09:00:00Z",
        "overrideReason": {"reason": {"code": reason, "system": "urn:caveat:override-reason"}, "userComment": "INR on Monday"}}]});
    assert_eq!(client.post("/cds-services/caveat-order-sign/feedback", body.to_string()).await.status, 200);
}

/// The rules of open findings, as `rule shown`.
pub fn open(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let list = json["findings"].as_array().cloned().unwrap_or_default();
    list.iter().map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["shown"])).collect()
}

/// The card of a rule in a hook's answer.
fn card_of(answer: &Value, rule: &str) -> String {
    let findings = answer["extension"]["org.caveat.screening"]["findings"].as_array().unwrap();
    findings.iter().find(|f| f["rule"]["id"] == rule).unwrap()["card"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_patient_nobody_asked_about_is_not_known_rather_than_clear() {
    let client = Client::at(late_2026);
    sign(&client, "1", &[IBUPROFEN], &[WARFARIN]).await;
    for what in ["findings", "overrides", "obligations"] {
        assert_eq!(read(&client, &format!("/patients/p1/{what}")).await.status, 200);
        assert_eq!(read(&client, &format!("/patients/p2/{what}")).await.status, 404);
        assert_eq!(read(&client, &format!("/patients/p1/{what}?tenant=other")).await.status, 404);
        assert_eq!(read(&client, &format!("/patients/p1/{what}?client=other")).await.status, 422);
        assert_eq!(read(&client, &format!("/patients/p1/{what}?since=yesterday")).await.status, 400);
        assert_eq!(read(&client, &format!("/patients/%ff/{what}")).await.status, 400);
    }
    assert_eq!(open(&read(&client, "/patients/Patient%2Fp1/findings").await), ["warfarin-nsaid true"]);
}

#[tokio::test]
async fn a_finding_stands_until_a_newer_answer_about_its_orders_is_silent() {
    let client = Client::at(late_2026);
    sign(&client, "1", &[IBUPROFEN], &[WARFARIN]).await;
    let findings = read(&client, "/patients/p1/findings").await;
    assert_eq!(open(&findings), ["warfarin-nsaid true"]);
    assert!(!findings.json()["gaps"].as_array().unwrap().is_empty(), "what was not checked is said too");
    screen(&client, "", &bundle(&[patient("p1"), draft(PARACETAMOL)])).await;
    assert_eq!(
        open(&read(&client, "/patients/p1/findings").await),
        ["warfarin-nsaid true"],
        "other orders say nothing"
    );
    sign(&client, "2", &[IBUPROFEN], &[]).await;
    assert_eq!(
        open(&read(&client, "/patients/p1/findings").await),
        ["warfarin-nsaid true"],
        "not all lists came: it may be hidden"
    );
    assert_eq!(client.post("/cds-services/caveat-order-sign", complete("3")).await.status, 200);
    let left = open(&read(&client, "/patients/p1/findings").await);
    assert!(!left.contains(&"warfarin-nsaid true".to_owned()), "warfarin is gone: {left:?}");
}

#[tokio::test]
async fn an_override_is_seen_with_who_and_why_and_its_promise_stays_open_until_it_is_kept() {
    let client = Client::at(late_2026);
    let answer = sign(&client, "1", &[IBUPROFEN], &[WARFARIN]).await;
    let card = card_of(&answer, "warfarin-nsaid");
    let path = format!("/patients/p1/obligations/{card}/done");
    assert_eq!(say(&client, &path).await.status, 404, "nothing was promised yet");
    override_with(&client, &card, "will-monitor").await;
    let findings = read(&client, "/patients/p1/findings").await.json();
    let response = &findings["findings"][0]["responses"][0];
    let by = client.service.pseudonyms.of("user", "anyone", "", "Practitioner/1");
    assert_eq!((&response["by"], &response["reason"]), (&json!(by), &json!("will-monitor")));
    assert_eq!(response["comment"], "INR on Monday");
    let overrides = read(&client, "/patients/p1/overrides").await.json();
    assert_eq!(overrides["overrides"][0]["rule"], "warfarin-nsaid");
    assert_eq!(overrides["overrides"][0]["at"], "2026-11-23T09:00:00Z");
    let open = read(&client, "/patients/p1/obligations").await.json();
    assert_eq!(open["obligations"][0]["due"], "2026-11-30T09:00:00Z");
    assert_eq!(open["obligations"][0]["overdue"], false);
    assert_eq!(say(&client, &format!("/patients/p2/obligations/{card}/done")).await.status, 404, "another patient");
    assert_eq!(say(&client, &path).await.status, 200);
    assert_eq!(say(&client, &path).await.status, 200, "said twice, it stays done");
    let open = read(&client, "/patients/p1/obligations").await.json();
    assert!(open["obligations"].as_array().unwrap().is_empty());
    let again = read(&client, "/patients/p1/findings").await.json();
    assert_eq!(
        again["findings"][0]["responses"].as_array().unwrap().len(),
        1,
        "a promise kept is no response to the card"
    );
}

#[tokio::test]
async fn an_override_without_a_promise_is_no_obligation() {
    let client = Client::at(late_2026);
    let card = card_of(&sign(&client, "1", &[IBUPROFEN], &[WARFARIN]).await, "warfarin-nsaid");
    override_with(&client, &card, "benefit-outweighs-risk").await;
    assert!(read(&client, "/patients/p1/obligations").await.json()["obligations"].as_array().unwrap().is_empty());
    assert_eq!(read(&client, "/patients/p1/overrides").await.json()["overrides"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn records_come_page_by_page_and_each_by_its_id() {
    let client = Client::at(late_2026);
    for n in 0..5 {
        sign(&client, &n.to_string(), &[IBUPROFEN], &[WARFARIN]).await;
    }
    screen(&client, "", &bundle(&[patient("p2"), crate::desk::order_of("p2", "x", WARFARIN, "active")])).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    for _ in 0..9 {
        let page = read(&client, &format!("/decisions?patient=p1&limit=2&after={after}")).await.json();
        let ids = page["decisions"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(read(&client, "/decisions").await.json()["decisions"].as_array().unwrap().len(), 6);
    let one = read(&client, &format!("/decisions/{}", seen[0])).await;
    assert_eq!((one.status, &one.json()["hook"]), (200, &json!("order-sign")));
    assert_eq!(read(&client, "/decisions/nothing").await.status, 404);
    for query in ["limit=0", "limit=501", "limit=x", "since=x", "before=x", "unknown=1"] {
        assert_eq!(read(&client, &format!("/decisions?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(read(&client, "/decisions?after=nothing").await.status, 422);
    assert_eq!(read(&client, "/decisions?since=2027").await.json()["decisions"], json!([]));
    assert_eq!(read(&client, "/decisions?before=2026-11-23T10:00:00Z").await.json()["decisions"], json!([]));
    assert_eq!(client.get("/decisions").await.status, 401);
    assert_eq!(client.get(&format!("/decisions/{}", seen[0])).await.status, 401);
}

#[tokio::test]
async fn a_screening_at_the_desk_shows_in_what_stands() {
    let client = Client::at(late_2026);
    screen(&client, "", &bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)])).await;
    let findings = read(&client, "/patients/p1/findings").await;
    assert!(open(&findings).contains(&"warfarin-nsaid true".to_owned()), "{:?}", open(&findings));
    assert_eq!(findings.json()["findings"][0]["answer"]["hook"], "screen");
}

fn answered(id: &str, instance: &str, asked: &[&str], findings: &[(&str, &[&str])]) -> Decision {
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let finding = |(key, orders): &(&str, &[&str])| DecidedFinding {
        key: (*key).to_owned(),
        orders: words(orders),
        ..DecidedFinding::default()
    };
    Decision {
        id: id.to_owned(),
        hook: "order-sign".to_owned(),
        instance: instance.to_owned(),
        asked: words(asked),
        findings: findings.iter().map(finding).collect(),
        ..Decision::default()
    }
}

type Answer = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static [&'static str])]);

/// Answers, newest first, and the keys of the findings that stand.
const STANDING: &[(&str, &[Answer], &[&str])] = &[
    ("one answer", &[("1", "a", &["x"], &[("k", &["x"])])], &["k"]),
    ("said again", &[("2", "b", &["x"], &[("k", &["x"])]), ("1", "a", &["x"], &[("k", &["x"])])], &["k"]),
    ("no longer said of the same order", &[("2", "b", &["x"], &[]), ("1", "a", &["x"], &[("k", &["x"])])], &[]),
    ("another order says nothing", &[("2", "b", &["y"], &[]), ("1", "a", &["x"], &[("k", &["x"])])], &["k"]),
    (
        "one of two orders says nothing",
        &[("2", "b", &["x"], &[]), ("1", "a", &["x", "y"], &[("k", &["x", "y"])])],
        &["k"],
    ),
    ("the same call again", &[("2", "a", &["y"], &[]), ("1", "a", &["x"], &[("k", &["x"])])], &[]),
    ("two calls without an instance", &[("2", "", &["y"], &[]), ("1", "", &["x"], &[("k", &["x"])])], &["k"]),
    ("orders without an id", &[("2", "b", &[], &[]), ("1", "a", &[], &[("k", &[])])], &["k"]),
    ("completed later", &[("1", "", &["x"], &[]), ("1", "", &["x"], &[("k", &["x"])])], &[]),
    ("said with another key", &[("2", "b", &["x"], &[("l", &["x"])]), ("1", "a", &["x"], &[("k", &["x"])])], &["l"]),
];

#[test]
fn what_stands_follows_from_the_answers() {
    for (name, answers, keys) in STANDING {
        let decisions: Vec<Decision> = answers.iter().map(|(id, i, asked, f)| answered(id, i, asked, f)).collect();
        let stand: Vec<&str> = standing(&decisions).0.iter().map(|s| s.finding.key.as_str()).collect();
        assert_eq!(stand, *keys, "{name}");
    }
}

/// What is logged while a test runs on its own thread.
struct Log;

static LOGGED: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_holds_the_id_of_a_patient_a_token_or_a_comment() {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Log).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let client = Client::at(late_2026);
    let zebra = crate::desk::order_of("zebra-77", "gnu-1", IBUPROFEN, "draft");
    let known = crate::desk::order_of("zebra-77", "gnu-2", WARFARIN, "active");
    let answer = screen(&client, "?patient=zebra-77&orders=MedicationRequest/gnu-1", &bundle(&[zebra, known])).await;
    screen(&client, "?patient=zebra-77&zebra-77=1", &bundle(&[patient("zebra-77")])).await;
    screen(&client, "", &bundle(&[patient("zebra-77")])).await;
    let card = answer.json()["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
    override_with(&client, &card, "will-monitor").await;
    for path in ["findings", "overrides", "obligations", "nothing", "findings?since=zebra-77"] {
        read(&client, &format!("/patients/zebra-77/{path}")).await;
    }
    say(&client, &format!("/patients/zebra-77/obligations/{card}/done")).await;
    read(&client, "/decisions?patient=zebra-77").await;
    client.get("/patients/zebra-77/findings").await;
    let logged = String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("answered") && logged.contains("refused"), "{logged}");
    for word in ["zebra", "gnu", "secret", "INR"] {
        assert!(!logged.contains(word), "`{word}` stands in the log: {logged}");
    }
}
