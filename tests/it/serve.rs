//! The server: routes, errors, readiness, swaps. Every response passes the judge.

use crate::client::{BUILT_IN, Client};
use axum::body::Body;
use axum::http::{Request, header};
use caveat::clinical::time::{Dated, Moment};
use caveat::hooks::call::Hook;
use caveat::live::lineup::Lineup;
use std::sync::Arc;

pub fn late_2026() -> Moment {
    Dated::parse("2026-11-23T10:00:00Z").unwrap().earliest
}

/// A minimal order-sign call: these drugs ordered, those on file.
pub fn order_sign(ordered: &[&str], taken: &[&str]) -> String {
    let entry = |code: &&str, status: &str, n: usize| {
        format!(
            r#"{{"resource":{{"resourceType":"MedicationRequest","id":"{status}-{n}","status":"{status}","intent":"order","subject":{{"reference":"Patient/p1"}},"medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{code}"}}]}}}}}}"#
        )
    };
    let list = |codes: &[&str], status: &str| {
        let entries: Vec<String> = codes.iter().enumerate().map(|(n, c)| entry(c, status, n)).collect();
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
    };
    format!(
        r#"{{"hook":"order-sign","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{{"userId":"Practitioner/1","patientId":"p1","draftOrders":{}}},"prefetch":{{"medications":{}}}}}"#,
        list(ordered, "draft"),
        list(taken, "active")
    )
}

const SIGN: &str = "/cds-services/caveat-order-sign";

#[tokio::test]
async fn discovery_lists_every_hook_once() {
    let reply = Client::at(late_2026).get("/cds-services").await;
    let json = reply.json();
    let ids: Vec<&str> = json["services"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, Hook::ALL.map(Hook::service_id));
}

#[tokio::test]
async fn warfarin_meets_ibuprofen_and_paracetamol_does_not() {
    let client = Client::at(late_2026);
    let hit = client.post(SIGN, order_sign(&["197805"], &["855332"])).await;
    assert!(hit.findings().iter().any(|f| f.starts_with("warfarin-nsaid major interruptive")), "{:?}", hit.findings());
    let miss = client.post(SIGN, order_sign(&["313782"], &["855332"])).await;
    assert!(!miss.findings().iter().any(|f| f.contains("warfarin-nsaid")), "{:?}", miss.findings());
}

#[tokio::test]
async fn an_unknown_order_is_said_aloud_on_a_card() {
    let reply = Client::at(late_2026).post(SIGN, order_sign(&["999999999"], &[])).await;
    assert_eq!(reply.status, 200);
    assert!(reply.cards().iter().any(|c| c.starts_with("info: ") && c.contains("999999999")), "{:?}", reply.cards());
    assert!(reply.gaps().contains(&"unknown-code".to_owned()));
}

struct Refused {
    name: &'static str,
    path: &'static str,
    body: &'static str,
    status: u16,
    says: &'static str,
}

const REFUSALS: &[Refused] = &[
    Refused { name: "not_json", path: SIGN, body: "{", status: 400, says: "JSON" },
    Refused { name: "empty_body", path: SIGN, body: "", status: 400, says: "JSON" },
    Refused { name: "trailing_comma", path: SIGN, body: r#"{"hook":"order-sign",}"#, status: 400, says: "JSON" },
    Refused { name: "an_array", path: SIGN, body: "[]", status: 400, says: "" },
    Refused { name: "no_hook", path: SIGN, body: r#"{"context":{"patientId":"p"}}"#, status: 400, says: "hook" },
    Refused { name: "no_context", path: SIGN, body: r#"{"hook":"order-sign"}"#, status: 400, says: "context" },
    Refused {
        name: "context_is_text",
        path: SIGN,
        body: r#"{"hook":"order-sign","context":"x"}"#,
        status: 400,
        says: "context",
    },
    Refused {
        name: "another_hook",
        path: SIGN,
        body: r#"{"hook":"patient-view","context":{"patientId":"p"}}"#,
        status: 400,
        says: "order-sign",
    },
    Refused { name: "no_service", path: "/cds-services/nobody", body: "{}", status: 404, says: "nobody" },
    Refused {
        name: "nothing_to_screen",
        path: "/cds-services/caveat-patient-view",
        body: r#"{"hook":"patient-view","hookInstance":"x","context":{"patientId":"p"}}"#,
        status: 412,
        says: "medications",
    },
    Refused {
        name: "feedback_not_json",
        path: "/cds-services/caveat-order-sign/feedback",
        body: "no",
        status: 400,
        says: "JSON",
    },
];

#[tokio::test]
async fn refusals_name_the_place() {
    let client = Client::at(late_2026);
    for case in REFUSALS {
        let reply = client.post(case.path, case.body).await;
        assert_eq!(reply.status, case.status, "case `{}`: {}", case.name, String::from_utf8_lossy(&reply.body));
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(said.contains("OperationOutcome") && said.contains(case.says), "case `{}`: {said}", case.name);
    }
}

#[tokio::test]
async fn a_deep_or_huge_body_is_refused() {
    let client = Client::at(late_2026);
    let deep = format!(r#"{{"hook":"order-sign","context":{}1{}}}"#, r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    assert_eq!(client.post(SIGN, deep).await.status, 400);
    let huge = format!(r#"{{"hook":"order-sign","context":{{"x":"{}"}}}}"#, "x".repeat(9 << 20));
    assert_eq!(client.post(SIGN, huge).await.status, 413);
}

#[tokio::test]
async fn other_methods_and_places_are_refused_in_json() {
    let client = Client::at(late_2026);
    assert_eq!(client.get(SIGN).await.status, 405);
    assert_eq!(client.post("/cds-services", "{}").await.status, 405);
    assert_eq!(client.get("/").await.status, 404);
}

#[tokio::test]
async fn a_browser_may_ask_before_it_calls() {
    let client = Client::at(late_2026);
    let ask = Request::options(SIGN)
        .header(header::ORIGIN, "https://ehr.example.org")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
    let reply = client.send(ask.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 200);
    let allowed = reply.headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap().to_ascii_lowercase();
    assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{allowed}");
    let post = Request::post("/cds-services/nobody").header(header::ORIGIN, "https://ehr.example.org");
    let error = client.send(post.body(Body::from("{}")).unwrap()).await;
    assert_eq!((error.status, &error.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN]), (404, &"*".parse().unwrap()));
}

#[tokio::test]
async fn without_a_pack_nothing_is_ready_and_no_call_looks_clear() {
    let client = Client::over(Arc::new(Lineup::new()), late_2026);
    assert_eq!(client.get("/livez").await.status, 200);
    assert_eq!(client.get("/readyz").await.status, 503);
    let reply = client.post(SIGN, order_sign(&["197805"], &["855332"])).await;
    assert_eq!(reply.status, 503);
    assert!(String::from_utf8_lossy(&reply.body).contains("nothing was checked"));
}

#[tokio::test]
async fn a_pack_comes_by_admin_call_with_the_token_alone() {
    let client = Client::over(Arc::new(Lineup::new()), late_2026);
    let post = |token: Option<&str>, body: Vec<u8>| {
        let request = Request::post("/admin/pack");
        let request = match token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        client.send(request.body(Body::from(body)).unwrap())
    };
    assert_eq!(post(None, BUILT_IN.to_vec()).await.status, 401);
    assert_eq!(post(Some("wrong"), BUILT_IN.to_vec()).await.status, 401);
    assert_eq!(client.get("/readyz").await.status, 503);
    assert_eq!(post(Some("secret"), BUILT_IN.to_vec()).await.status, 200);
    assert_eq!(client.get("/readyz").await.status, 200);
    let mut spoilt = BUILT_IN.to_vec();
    let middle = spoilt.len() / 2;
    spoilt[middle] ^= 1;
    assert_eq!(post(Some("secret"), spoilt).await.status, 422);
    assert_eq!(client.get("/readyz").await.status, 200, "the pack in service stays");
    let operator = Request::get("/status").header(header::AUTHORIZATION, "Bearer secret");
    let status = client.send(operator.body(Body::empty()).unwrap()).await.json();
    assert!(status["lastRefusal"].as_str().unwrap().contains("hash"), "{status}");
    assert_eq!(status["swaps"], 1);
}
