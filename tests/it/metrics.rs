//! What Prometheus reads, whom it is told, the trace a call belongs to, and that no log line names a patient.

use crate::client::Client;
use crate::log::Log;
use crate::serve::{late_2026, order_sign};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use caveat::hooks::call::Hook;
use caveat::serve::trace_context::{TRACEPARENT, TraceContext};
use serde_json::Value;
use std::collections::BTreeSet;

const SIGN: &str = "/cds-services/caveat-order-sign";

async fn metrics(client: &Client) -> String {
    let ask = Request::get("/metrics").header(header::AUTHORIZATION, "Bearer secret");
    let reply = client.send_plain(ask.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.body).unwrap()
}

#[tokio::test]
async fn what_was_answered_is_counted_by_rule_kind_and_phase() {
    let client = Client::at(late_2026);
    client.post(SIGN, order_sign(&["197805"], &["855332"])).await;
    client.post(SIGN, order_sign(&["999999999"], &[])).await;
    client.post(SIGN, "{").await;
    let overridden = r#"{"feedback":[{"card":"c","outcome":"overridden","overrideReason":{"reason":{"code":"will-monitor","system":"urn:caveat:override-reason"}},"outcomeTimestamp":"2026-03-05T09:30:00Z"},{"card":"c","outcome":"overridden","overrideReason":{"reason":{"code":"Mrs Jones said so","system":"x"}},"outcomeTimestamp":"2026-03-05T09:30:00Z"}]}"#;
    client.post(&format!("{SIGN}/feedback"), overridden).await;
    let text = metrics(&client).await;
    for line in [
        r#"caveat_calls_total{hook="order-sign",status="200"} 2"#,
        r#"caveat_calls_total{hook="order-sign",status="400"} 1"#,
        r#"caveat_findings_total{rule="warfarin-nsaid",kind="interaction",severity="major",loudness="interruptive",shown="yes"} 1"#,
        r#"caveat_gaps_total{kind="unknown-code"} 1"#,
        r#"caveat_phase_seconds_count{phase="whole"} 2"#,
        r#"caveat_feedback_total{outcome="overridden",reason="will-monitor"} 1"#,
        r#"caveat_feedback_total{outcome="overridden",reason="other"} 1"#,
        "caveat_ready 1",
        "caveat_record_lost 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|l| l == line), "missing `{line}` in\n{text}");
    }
    assert!(!text.contains("Jones"), "a client's word is no label");
}

#[tokio::test]
async fn metrics_are_told_to_an_operator_alone() {
    let client = Client::at(late_2026);
    assert_eq!(client.get("/metrics").await.status, 401);
    let wrong = Request::get("/metrics").header(header::AUTHORIZATION, "Bearer secret2");
    assert_eq!(client.send(wrong.body(Body::empty()).unwrap()).await.status, 401);
    metrics(&client).await;
}

#[test]
fn trace_contexts() {
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(TraceContext::read(good).unwrap().to_string(), good);
    assert_eq!(
        TraceContext::read("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").unwrap().to_string(),
        good
    );
    let child = TraceContext::read(good).unwrap().child();
    assert_eq!(child.trace_id(), "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(child.to_string(), good);
    for wrong in [
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
    ] {
        assert_eq!(TraceContext::read(wrong), None, "{wrong}");
    }
    let mut twice = HeaderMap::new();
    twice.append(TRACEPARENT, HeaderValue::from_static(good));
    assert!(TraceContext::of(&twice).is_some());
    twice.append(TRACEPARENT, HeaderValue::from_static(good));
    assert_eq!(TraceContext::of(&twice), None, "two of them are none");
}

#[tokio::test]
async fn log_lines_bear_the_trace_of_the_call() {
    let log = Log::taken();
    let ask = Request::post(SIGN).header(TRACEPARENT, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let client = Client::at(late_2026);
    client.send(ask.body(Body::from(order_sign(&["197805"], &["855332"]))).unwrap()).await;
    let text = log.text();
    let answered = text.lines().find(|l| l.contains("answered")).expect("a line for the answer");
    assert!(answered.contains("0af7651916cd43dd8448eb211c80319c"), "{answered}");
}

/// What in a request tells who somebody is: names, numbers, addresses, birth dates, ids of patient, user and encounter, and every
/// free text about them.
fn identifiers(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            let person = matches!(
                object.get("resourceType").and_then(Value::as_str),
                Some("Patient" | "Practitioner" | "Person")
            );
            for (inner, value) in object {
                let telling = person && matches!(inner.as_str(), "id" | "birthDate");
                identifiers(value, if telling { "patientId" } else { inner }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| identifiers(item, key, found)),
        Value::String(text) => {
            let telling = matches!(
                key,
                "patientId"
                    | "userId"
                    | "encounterId"
                    | "family"
                    | "given"
                    | "value"
                    | "line"
                    | "postalCode"
                    | "div"
                    | "note"
                    | "access_token"
                    | "userComment"
                    | "comment"
            );
            let bare = text.rsplit('/').next().unwrap_or(text);
            if telling && bare.len() >= 4 {
                found.insert(bare.to_owned());
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_log_line_holds_what_identifies_a_patient() {
    let root = std::path::Path::new("../shared/requests");
    if !root.exists() {
        println!("skipped: ../shared/requests is absent");
        return;
    }
    let (log, client) = (Log::taken(), Client::at(late_2026));
    let (mut folders, mut files, mut found) = (vec![root.to_owned()], 0, BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(body) = std::fs::read(&path).ok().filter(|_| path.extension().is_some_and(|e| e == "json")) else {
                continue;
            };
            let Ok(json) = serde_json::from_slice::<Value>(&body) else { continue };
            identifiers(&json, "", &mut found);
            files += 1;
            let hook = json.get("hook").and_then(Value::as_str).and_then(Hook::of_name).unwrap_or(Hook::OrderSign);
            let service = format!("/cds-services/{}", hook.service_id());
            client.post(&service, body.clone()).await;
            client.post(&format!("{service}/feedback"), body).await;
        }
    }
    let text = log.text();
    assert!(files > 100 && found.len() > 100, "{files} files, {} identifiers", found.len());
    assert!(text.lines().count() > 50, "the log was taken");
    let word = |c: char| c.is_alphanumeric() || c == '-';
    let words: BTreeSet<&str> = text.split(|c: char| !word(c)).collect();
    let told: Vec<&String> = found
        .iter()
        .filter(|id| if id.chars().all(word) { words.contains(id.as_str()) } else { text.contains(id.as_str()) })
        .collect();
    assert!(told.is_empty(), "the log holds {told:?}");
}
