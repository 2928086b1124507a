//! Fetching what a client did not send: exactly that, from its own FHIR server, and what the prescriber then sees.

use crate::client::{BUILT_IN, Client as Desk, Reply};
use crate::fhir_server::{Act, FhirServer, bundle, empty, medication, order, order_by_reference, paged, patient};
use crate::judge::judge_response;
use crate::serve::late_2026;
use axum::body::Bytes;
use axum::http::HeaderMap;
use caveat::clinical::time::Moment;
use caveat::hooks::call::Hook;
use caveat::hooks::fetched::Fetched;
use caveat::live::lineup::Lineup;
use caveat::serve::answer::Answer;
use caveat::serve::fetching::{Work, answered};
use caveat::settings::client::Client;
use caveat::settings::whole::Settings;
use caveat::trust::caller::{Caller, Proof};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

pub const WARFARIN: &str = "855332";
pub const IBUPROFEN: &str = "197805";
pub const TOKEN: &str = "T0k3n-that-nobody-may-see";

/// The built-in pack, tried once for all these tests.
static LINEUP: LazyLock<Arc<Lineup>> = LazyLock::new(|| {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(BUILT_IN, "built-in", Moment(0)).unwrap();
    lineup
});

/// A service, and a client of it that may have data fetched.
pub struct Site {
    pub desk: Desk,
    pub profile: Client,
}

impl Site {
    /// A client of this server with much time.
    pub fn of(server: &FhirServer) -> Site {
        Site::with(server, |_, _| {})
    }

    /// The same, changed.
    pub fn with(server: &FhirServer, edit: impl FnOnce(&mut Client, &mut Settings)) -> Site {
        let mut profile = Client {
            name: "site".to_owned(),
            fhir_servers: vec![server.base.clone()],
            fhir_servers_private: true,
            deadline: Duration::from_secs(60),
            ..Client::default()
        };
        let mut settings = Settings::default();
        edit(&mut profile, &mut settings);
        Site { desk: Desk::with(Arc::clone(&LINEUP), late_2026, settings), profile }
    }

    /// Asks as the client would; 200s pass the judge.
    pub async fn ask(&self, hook: Hook, body: &str) -> (Reply, Answer) {
        self.ask_with(hook, body, &HeaderMap::new()).await
    }

    /// The same, with headers.
    pub async fn ask_with(&self, hook: Hook, body: &str, headers: &HeaderMap) -> (Reply, Answer) {
        let caller = Caller { client: Arc::new(self.profile.clone()), tenant: String::new(), proof: Proof::Nothing };
        let service = &self.desk.service;
        let pack = service.lineup.snapshot().unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let work = Work::new(service, &pack, caller, (hook, body), headers, Instant::now());
        let (answer, later) = answered(work).await;
        if let Some(later) = later {
            later.start();
        }
        if answer.status == 200 {
            judge_response(hook, 200, &answer.body);
        }
        let reply = Reply { status: answer.status, headers: HeaderMap::new(), body: answer.body.clone() };
        (reply, answer)
    }
}

/// The gaps of an answer that tell of data, as `kind: words`.
pub fn lacking(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let gaps = json["extension"]["org.caveat.screening"]["gaps"].as_array().cloned().unwrap_or_default();
    let of_data = |kind: &str| {
        kind.starts_with("fetch")
            || matches!(kind, "not-sent" | "source-failed" | "incomplete" | "other-patient" | "too-many")
    };
    let lines = gaps.iter().map(|g| (g["kind"].as_str().unwrap(), g["words"].as_str().unwrap_or("")));
    lines.filter(|(kind, _)| of_data(kind)).map(|(kind, words)| format!("{kind}: {words}")).collect()
}

pub fn meets_warfarin(reply: &Reply) -> bool {
    let found = reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid major interruptive"));
    assert_eq!(found, reply.cards().iter().any(|c| c.contains("arfarin")), "a finding has its card");
    found
}

/// A call of order-sign: ibuprofen for p1, with what was prefetched, a FHIR server and a token.
pub fn sign(server: &FhirServer, prefetch: &[(&str, String)]) -> String {
    let draft = order("ibuprofen-1", "p1", IBUPROFEN).replace("active", "draft");
    call("order-sign", server, &format!(r#""draftOrders":{}"#, bundle(&[&draft])), prefetch)
}

/// A call of any hook, with these members of its context.
pub fn call(hook: &str, server: &FhirServer, context: &str, prefetch: &[(&str, String)]) -> String {
    let members: Vec<String> = prefetch.iter().map(|(key, value)| format!(r#""{key}":{value}"#)).collect();
    let comma = if context.is_empty() { "" } else { "," };
    format!(
        r#"{{"hook":"{hook}","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","fhirServer":"{}","fhirAuthorization":{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":300,"scope":"patient/*.read","subject":"caveat","patient":"p1"}},"context":{{"userId":"Practitioner/1","patientId":"p1"{comma}{context}}},"prefetch":{{{}}}}}"#,
        server.base,
        members.join(",")
    )
}

/// Every key of ours, empty but for the patient and warfarin.
pub fn everything() -> Vec<(&'static str, String)> {
    vec![
        ("patient", patient("p1")),
        ("medications", bundle(&[&order("warfarin-1", "p1", WARFARIN)])),
        ("statements", empty()),
        ("dispenses", String::from("null")),
        ("administrations", empty()),
        ("allergies", empty()),
        ("problems", empty()),
        ("labs", empty()),
        ("pregnancy", String::from("null")),
        ("procedures", empty()),
    ]
}

pub fn but(key: &str) -> Vec<(&'static str, String)> {
    everything().into_iter().filter(|(k, _)| *k != key).collect()
}

/// What the server has when nothing went wrong.
pub fn on_file() -> Vec<(&'static str, Act)> {
    vec![
        ("Patient/p1", Act::Json(patient("p1"))),
        ("MedicationRequest?", Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN)]))),
    ]
}

#[tokio::test]
async fn when_everything_was_sent_nothing_is_asked() {
    let server = FhirServer::start(on_file()).await;
    let (reply, answer) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &everything())).await;
    assert!(meets_warfarin(&reply));
    assert_eq!((server.asked(), server.connections(), answer.fetched), (vec![], 0, None));
}

#[tokio::test]
async fn one_missing_key_is_the_only_one_asked_for() {
    const PATHS: [(&str, &str); 10] = [
        ("patient", "/fhir/Patient/p1"),
        (
            "medications",
            "/fhir/MedicationRequest?patient=p1&status=active,on-hold,completed,stopped&_sort=-authoredon&_count=200",
        ),
        ("statements", "/fhir/MedicationStatement?patient=p1&_sort=-effective&_count=200"),
        ("dispenses", "/fhir/MedicationDispense?patient=p1&_sort=-whenhandedover&_count=200"),
        ("administrations", "/fhir/MedicationAdministration?patient=p1&_sort=-effective-time&_count=200"),
        ("allergies", "/fhir/AllergyIntolerance?patient=p1&_count=200"),
        ("problems", "/fhir/Condition?patient=p1&_count=200"),
        ("labs", "/fhir/Observation?patient=p1&category=laboratory,vital-signs&_sort=-date&_count=200"),
        (
            "pregnancy",
            "/fhir/Observation?patient=p1&code=http://loinc.org%7C82810-3,http://loinc.org%7C11449-6,http://loinc.org%7C11778-8,http://loinc.org%7C18185-9,http://loinc.org%7C11884-4,http://loinc.org%7C63895-7&_sort=-date&_count=20",
        ),
        ("procedures", "/fhir/Procedure?patient=p1&_sort=-date&_count=50"),
    ];
    for (key, path) in PATHS {
        let server = FhirServer::start(on_file()).await;
        let (reply, answer) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but(key))).await;
        assert_eq!(server.asked(), [path], "{key}");
        assert_eq!(lacking(&reply), [""; 0], "{key}");
        assert!(meets_warfarin(&reply), "{key}");
        let fetched = Fetched::of_json(&answer.fetched.unwrap()).unwrap();
        assert!(fetched.prefetch.starts_with(&format!("{{\"{key}\":")) && fetched.lacks.is_empty(), "{fetched:?}");
        let decision = answer.decision.unwrap();
        assert_eq!((decision.fetched.len(), decision.late), (64, false));
    }
}

#[tokio::test]
async fn when_nothing_was_sent_all_is_fetched_and_the_card_comes() {
    let server = FhirServer::start(on_file()).await;
    let site = Site::of(&server);
    let (reply, _) = site.ask(Hook::OrderSign, &sign(&server, &[])).await;
    assert_eq!(server.asked().len(), 10);
    assert!(meets_warfarin(&reply));
    assert_eq!(lacking(&reply), [""; 0]);
    let json = reply.json();
    assert_eq!(json["extension"]["org.caveat.screening"]["decision"].as_str().map(str::len), Some(36));
    for head in server.heads() {
        assert!(head.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{head}");
        assert!(head.contains("accept: application/fhir+json") && !head.contains("accept-encoding"), "{head}");
    }
}

#[tokio::test]
async fn nothing_is_fetched_for_a_client_without_a_list_of_servers() {
    let server = FhirServer::start(on_file()).await;
    for (name, edit) in [
        ("no list", (|client, _| client.fhir_servers.clear()) as fn(&mut Client, &mut Settings)),
        ("switched off", |_, settings| settings.fetching.on = false),
    ] {
        let (reply, answer) = Site::with(&server, edit).ask(Hook::OrderSign, &sign(&server, &but("allergies"))).await;
        assert_eq!((server.connections(), answer.fetched), (0, None), "{name}");
        assert_eq!(lacking(&reply), ["not-sent: allergies"], "{name}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_on_the_list_is_not_asked_and_the_answer_says_so() {
    let (server, other) = (FhirServer::start(on_file()).await, FhirServer::start(on_file()).await);
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&other, &but("allergies"))).await;
    assert_eq!((server.connections(), other.connections()), (0, 0));
    let said = "fetch-failed: fhirServer: the FHIR server of the call is not one that may be asked for this client";
    assert_eq!(lacking(&reply), [said, "not-sent: allergies"]);
}

#[tokio::test]
async fn a_token_that_is_not_good_for_this_call_is_not_used() {
    const WORDS: &str = ", so nothing was fetched";
    for (from, to, said) in [
        (r#""expires_in":300"#, r#""expires_in":0"#, "the access token had expired when the call came"),
        (r#""expires_in":300"#, r#""expires_in":-5"#, "the access token had expired when the call came"),
        (r#""patient":"p1""#, r#""patient":"p2""#, "the access token is for another patient than the call"),
        ("Bearer", "MAC", "the access token is of a kind that is not used here"),
    ] {
        let server = FhirServer::start(on_file()).await;
        let body = sign(&server, &but("allergies")).replace(from, to);
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
        assert_eq!(server.connections(), 0, "{to}");
        assert_eq!(lacking(&reply)[0], format!("fetch-failed: fhirAuthorization: {said}{WORDS}"));
    }
    let server = FhirServer::start(on_file()).await;
    let body = sign(&server, &but("allergies")).replace(TOKEN, "a b");
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
    assert_eq!(lacking(&reply), ["source-failed: allergies: the access token cannot be used, so nothing was fetched"]);
    assert_eq!(server.connections(), 0);
}

/// Nearly every access token is a JWT: read as a token here, though it counts as nothing anywhere else.
#[tokio::test]
async fn an_access_token_of_any_form_is_shown_as_it_was_sent() {
    for token in ["eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6InMifQ.c2ln", "Zm9v-_.~+/==", "(token)"] {
        let server = FhirServer::start(on_file()).await;
        let body = sign(&server, &but("allergies")).replace(TOKEN, token);
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
        assert!(server.heads()[0].contains(&format!("authorization: Bearer {token}\r\n")), "{:?}", server.heads());
        assert!(!String::from_utf8(reply.body).unwrap().contains(token));
    }
}

#[tokio::test]
async fn a_server_that_wants_no_token_is_asked_without() {
    let server = FhirServer::start(on_file()).await;
    let body = sign(&server, &but("medications")).replace("fhirAuthorization", "somethingElse");
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
    assert!(meets_warfarin(&reply));
    assert!(!server.heads()[0].contains("authorization"), "{:?}", server.heads());
}

#[tokio::test]
async fn the_trace_is_passed_on_when_it_is_one() {
    for (trace, passed) in [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false),
        ("p1", false),
    ] {
        let server = FhirServer::start(on_file()).await;
        let headers = HeaderMap::from_iter([("traceparent".parse().unwrap(), trace.parse().unwrap())]);
        Site::of(&server).ask_with(Hook::OrderSign, &sign(&server, &but("labs")), &headers).await;
        assert_eq!(server.heads()[0].contains(&format!("traceparent: {trace}\r\n")), passed, "{trace}");
    }
}

#[tokio::test]
async fn all_pages_of_a_search_are_fetched() {
    let second = paged(&[&order("x-2", "p1", "313782")], Some("?page=3"));
    let server = FhirServer::start([
        ("MedicationRequest?patient", Act::Json(paged(&[], Some("BASE/MedicationRequest?page=2")))),
        ("MedicationRequest?page=2", Act::Json(second)),
        ("MedicationRequest?page=3", Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN)]))),
    ])
    .await;
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("medications"))).await;
    assert!(meets_warfarin(&reply));
    assert_eq!(lacking(&reply), [""; 0]);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn further_pages_of_what_was_sent_are_fetched_under_whatever_key() {
    let server = FhirServer::start([("?_getpages", Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN)])))]).await;
    let page = |url: String| paged(&[&order("x-1", "p1", "313782")], Some(&url));
    let mut sent = but("medications");
    sent.push(("Site Meds", page(format!("{}?_getpages=7", server.base))));
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &sent)).await;
    assert_eq!(server.asked(), ["/fhir?_getpages=7"]);
    assert!(meets_warfarin(&reply));
    assert_eq!(lacking(&reply), [""; 0]);
    // Not followed to another server; what came stays, and that more exists is said.
    let server = FhirServer::start(on_file()).await;
    sent.pop();
    sent.push(("Site Meds", page(String::from("http://127.0.0.1:1/fhir?_getpages=7"))));
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &sent)).await;
    assert_eq!(server.connections(), 0);
    assert_eq!(lacking(&reply), ["incomplete: medications"]);
}

#[tokio::test]
async fn medications_that_are_referred_to_are_fetched_also_those_of_fetched_orders() {
    let acts = || {
        [
            ("Medication/ibu", Act::Json(medication("ibu", IBUPROFEN))),
            ("Medication/war", Act::Json(medication("war", WARFARIN))),
            ("MedicationRequest?", Act::Json(bundle(&[&order_by_reference("warfarin-1", "Medication/war")]))),
        ]
    };
    let draft = |name: &str| order_by_reference("ibuprofen-1", name).replace("active", "draft");
    for (name, asked) in [
        ("Medication/ibu", true),
        ("BASE/Medication/ibu/_history/2", true),
        ("http://127.0.0.1:1/fhir/Medication/ibu", false),
        ("Organization/ibu", false),
        ("#ibu", false),
    ] {
        let server = FhirServer::start(acts()).await;
        let context = format!(r#""draftOrders":{}"#, bundle(&[&draft(&name.replace("BASE", &server.base))]));
        let body = call("order-sign", &server, &context, &but("medications"));
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
        let medications: Vec<_> = server.asked().into_iter().filter(|p| p.contains("/Medication/")).collect();
        let expect = ["/fhir/Medication/ibu", "/fhir/Medication/war"];
        assert_eq!(medications, expect[usize::from(!asked)..], "{name}");
        assert_eq!(lacking(&reply), [""; 0], "{name}");
        assert_eq!(meets_warfarin(&reply), asked, "{name}: {:?} {:?}", reply.findings(), reply.gaps());
        assert_eq!(reply.gaps().contains(&String::from("unresolved-reference")), !asked, "{name}");
    }
}

#[tokio::test]
async fn a_reference_to_nothing_is_a_gap_and_the_rest_is_answered() {
    let server = FhirServer::start([("Medication/", Act::Head(404, String::new()))]).await;
    let mut sent = but("medications");
    let orders = [order("warfarin-1", "p1", WARFARIN), order_by_reference("x-1", "Medication/gone")];
    sent.push(("medications", bundle(&[&orders[0], &orders[1]])));
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &sent)).await;
    assert_eq!(server.asked(), ["/fhir/Medication/gone"]);
    assert_eq!(lacking(&reply), ["fetch-failed: Medication/gone: the FHIR server has no such record"]);
    assert!(reply.gaps().contains(&String::from("unresolved-reference")), "{:?}", reply.gaps());
    assert!(meets_warfarin(&reply));
}

#[tokio::test]
async fn dispatched_orders_are_fetched_by_their_ids() {
    let draft = order("ibuprofen-1", "p1", IBUPROFEN);
    let server = FhirServer::start([("MedicationRequest/ibuprofen-1", Act::Json(draft))]).await;
    let body = |names: &str| {
        call(
            "order-dispatch",
            &server,
            &format!(r#""dispatchedOrders":[{names}],"performer":"Organization/1""#),
            &everything(),
        )
    };
    let (reply, _) = Site::of(&server)
        .ask(Hook::OrderDispatch, &body(r#""MedicationRequest/ibuprofen-1","ServiceRequest/2""#))
        .await;
    assert_eq!(server.asked(), ["/fhir/MedicationRequest/ibuprofen-1"]);
    assert_eq!((reply.status, lacking(&reply)), (200, vec![]));
    assert!(meets_warfarin(&reply), "{:?}", reply.findings());
    let only = r#""dispatchedOrders":["MedicationRequest/ibuprofen-1"]"#;
    // A record fetched by its id is no list of medications.
    let server = FhirServer::start([
        ("MedicationRequest/ibuprofen-1", Act::Json(order("ibuprofen-1", "p1", IBUPROFEN))),
        ("", Act::Head(500, String::new())),
    ])
    .await;
    let (reply, _) = Site::of(&server).ask(Hook::OrderDispatch, &call("order-dispatch", &server, only, &[])).await;
    assert_eq!(reply.status, 200);
    assert!(lacking(&reply).contains(&String::from("source-failed: medications: the FHIR server failed")));
    let server = FhirServer::start([("", Act::Head(500, String::new()))]).await;
    let (reply, _) = Site::of(&server).ask(Hook::OrderDispatch, &call("order-dispatch", &server, only, &[])).await;
    assert_eq!(reply.status, 412, "neither sent nor fetched: nothing to screen");
}

#[tokio::test]
async fn the_order_that_is_replaced_is_fetched() {
    let prior = order("warfarin-0", "p1", WARFARIN).replace("active", "stopped");
    let server = FhirServer::start([("MedicationRequest/warfarin-0", Act::Json(prior))]).await;
    let draft = order("ibuprofen-1", "p1", IBUPROFEN)
        .replace("active", "draft")
        .replace(r#""intent""#, r#""priorPrescription":{"reference":"MedicationRequest/warfarin-0"},"basedOn":[{"reference":"CarePlan/1"},{"reference":"MedicationRequest/../x"}],"intent""#);
    let body = call("order-sign", &server, &format!(r#""draftOrders":{}"#, bundle(&[&draft])), &everything());
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
    assert_eq!(server.asked(), ["/fhir/MedicationRequest/warfarin-0"]);
    let said = "fetch-failed: MedicationRequest/../x: the id is not one that FHIR allows, so it was not fetched";
    assert_eq!(lacking(&reply), [said]);
}

#[tokio::test]
async fn a_review_of_fetched_drugs_is_no_412() {
    let server = FhirServer::start([(
        "MedicationRequest?",
        Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN), &order("ibuprofen-1", "p1", IBUPROFEN)])),
    )])
    .await;
    let (reply, _) = Site::of(&server).ask(Hook::PatientView, &call("patient-view", &server, "", &[])).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.cards().len(), 1, "{:?}", reply.cards());
    // Where the server fails as well there is nothing to screen.
    let server = FhirServer::start([("", Act::Head(500, String::new()))]).await;
    let (reply, _) = Site::of(&server).ask(Hook::PatientView, &call("patient-view", &server, "", &[])).await;
    assert_eq!(reply.status, 412);
}

#[tokio::test]
async fn an_order_that_was_fetched_is_kept_as_it_is_so_that_it_may_be_stopped() {
    let server = FhirServer::start(on_file()).await;
    let body = sign(&server, &but("medications"));
    let (_, answer) = Site::of(&server).ask(Hook::OrderSign, &body).await;
    let fetched = Fetched::of_json(&answer.fetched.unwrap()).unwrap();
    let call = caveat::hooks::request::read_with(Hook::OrderSign, body.as_bytes(), &fetched, late_2026()).unwrap();
    let raw = call.raw.iter().find(|raw| raw.id == "warfarin-1").unwrap();
    assert_eq!(raw.json().unwrap().get(), order("warfarin-1", "p1", WARFARIN));
}

#[tokio::test]
async fn before_a_drug_is_chosen_nothing_is_fetched() {
    let server = FhirServer::start(on_file()).await;
    let draft = r#"{"resourceType":"MedicationRequest","id":"d","status":"draft","intent":"order","subject":{"reference":"Patient/p1"}}"#;
    let context = format!(r#""selections":["MedicationRequest/d"],"draftOrders":{}"#, bundle(&[draft]));
    let (reply, _) = Site::of(&server).ask(Hook::OrderSelect, &call("order-select", &server, &context, &[])).await;
    assert_eq!((reply.status, server.connections()), (200, 0));
}

#[tokio::test]
async fn the_answer_can_be_repeated_from_body_and_what_was_fetched() {
    let server = FhirServer::start([
        ("AllergyIntolerance?", Act::Head(403, String::new())),
        ("MedicationRequest?", Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN)]))),
    ])
    .await;
    let body = sign(&server, &[]);
    let (reply, answer) = Site::of(&server).ask(Hook::OrderSign, &body).await;
    let fetched = Fetched::of_json(&answer.fetched.unwrap()).unwrap();
    let call = caveat::hooks::request::read_with(Hook::OrderSign, body.as_bytes(), &fetched, late_2026()).unwrap();
    let client = Client::default();
    let manner = caveat::hooks::manner::Manner {
        decision: &answer.decision.unwrap().id,
        client: &client,
        remembered: &Default::default(),
    };
    let again = caveat::serve::answer::answer(&LINEUP.snapshot().unwrap(), Ok(&call), &manner);
    assert_eq!(String::from_utf8(again.body).unwrap(), String::from_utf8(reply.body).unwrap());
    // The token can be left out of what is kept.
    let mut kept = body.clone().into_bytes();
    call.authorization.blank(&body, &mut kept);
    let kept = String::from_utf8(kept).unwrap();
    assert!(body.contains(TOKEN) && !kept.contains(TOKEN) && !kept.contains("patient/*.read"), "{kept}");
    let same = caveat::hooks::request::read_with(Hook::OrderSign, kept.as_bytes(), &fetched, late_2026()).unwrap();
    assert_eq!(same.chart, call.chart);
    assert!(!format!("{call:?}").contains(TOKEN));
}
