//! Servers that refuse, break, lie, ramble or lead astray: what the prescriber sees.

use crate::fetching::{Site, TOKEN, WARFARIN, but, call, lacking, meets_warfarin, on_file, sign};
use crate::fhir_server::{Act, FhirServer, bundle, empty, order, paged};
use caveat::hooks::call::Hook;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const OUTCOME: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;
const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p2"},"code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"5640"}]}}"#;

/// What a server does when asked for the allergies, and the gaps that the answer then has.
fn table() -> Vec<(&'static str, Act, &'static [&'static str])> {
    let html = "<html>please log in</html>";
    let json = "application/fhir+json";
    let empty_entry = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{OUTCOME}}}]}}"#);
    vec![
        ("nothing wrong", Act::Json(empty()), &[]),
        (
            "401",
            Act::Head(401, String::new()),
            &["source-failed: allergies: the FHIR server did not accept the access token"],
        ),
        (
            "403",
            Act::Raw(403, json, OUTCOME.into()),
            &["source-failed: allergies: the FHIR server does not allow this to be read"],
        ),
        (
            "404",
            Act::Head(404, String::new()),
            &["source-failed: allergies: the FHIR server does not offer this search"],
        ),
        (
            "410",
            Act::Head(410, String::new()),
            &["source-failed: allergies: the record was deleted on the FHIR server"],
        ),
        (
            "429",
            Act::Head(429, "retry-after: 0".into()),
            &["source-failed: allergies: the FHIR server is asked too often, and refused"],
        ),
        (
            "500",
            Act::Raw(500, "text/plain", "p1 not found".into()),
            &["source-failed: allergies: the FHIR server failed"],
        ),
        ("503", Act::Head(503, String::new()), &["source-failed: allergies: the FHIR server is not available"]),
        ("204", Act::Head(204, String::new()), &["source-failed: allergies: the FHIR server sent nothing"]),
        (
            "HTML",
            Act::Raw(200, "text/html", html.into()),
            &["source-failed: allergies: the FHIR server sent a web page instead of data"],
        ),
        (
            "HTML that says it is JSON",
            Act::Raw(200, json, html.into()),
            &["source-failed: allergies: what the FHIR server sent is no readable JSON"],
        ),
        (
            "XML",
            Act::Raw(200, "application/fhir+xml", "<Bundle/>".into()),
            &["source-failed: allergies: the FHIR server sent something that is not JSON"],
        ),
        (
            "no type",
            Act::Head(200, String::new()),
            &["source-failed: allergies: the FHIR server sent something that is not JSON"],
        ),
        (
            "compressed",
            Act::Head(200, format!("content-type: {json}\r\ncontent-encoding: gzip\r\n")),
            &["source-failed: allergies: the FHIR server sent compressed data, which was not asked for"],
        ),
        (
            "half a JSON",
            Act::Raw(200, json, r#"{"resourceType":"Bundle","entry":["#.into()),
            &["source-failed: allergies: what the FHIR server sent is no readable JSON"],
        ),
        (
            "not UTF-8's JSON",
            Act::Raw(200, json, "\u{0}".into()),
            &["source-failed: allergies: what the FHIR server sent is no readable JSON"],
        ),
        (
            "deep JSON",
            Act::Raw(200, json, format!(r#"{{"resourceType":"Bundle","entry":{}"#, "[".repeat(100_000))),
            &["source-failed: allergies: what the FHIR server sent is no readable JSON"],
        ),
        (
            "deep inside a resource",
            Act::Raw(
                200,
                json,
                bundle(&[&format!(
                    r#"{{"resourceType":"AllergyIntolerance","contained":{}1{}}}"#,
                    r#"[{"contained":"#.repeat(200),
                    "}]".repeat(200)
                )]),
            ),
            &["source-failed: allergies: what the FHIR server sent cannot be read"],
        ),
        (
            "OperationOutcome as the body",
            Act::Raw(200, json, OUTCOME.into()),
            &["source-failed: allergies: the FHIR server reported a failure instead of data"],
        ),
        ("OperationOutcome as an entry", Act::Raw(200, json, empty_entry), &["source-failed: allergies: exception"]),
        (
            "a lie: another type",
            Act::Json(bundle(&[&order("x", "p1", "5640")])),
            &["source-failed: allergies: the FHIR server sent something else than was asked for"],
        ),
        (
            "a lie: no Bundle",
            Act::Json(ALLERGY.replace("p2", "p1")),
            &["source-failed: allergies: the FHIR server sent something else than was asked for"],
        ),
        (
            "a lie: another patient",
            Act::Json(bundle(&[ALLERGY])),
            &["other-patient: AllergyIntolerance/a: is about Patient/p2, not about patient p1; not used"],
        ),
        (
            "a huge body",
            Act::Huge(1 << 40),
            &["source-failed: allergies: the FHIR server sent more in one answer than is read"],
        ),
        (
            "an endless body",
            Act::Endless,
            &["source-failed: allergies: the FHIR server sent more in one answer than is read"],
        ),
        (
            "a body that stops in the middle",
            Act::Huge(100),
            &["source-failed: allergies: the FHIR server did not answer in time"],
        ),
        (
            "duplicate keys",
            Act::Raw(200, json, r#"{"resourceType":"Bundle","entry":[],"entry":[]}"#.into()),
            &["source-failed: allergies: what the FHIR server sent is no readable JSON"],
        ),
        (
            "thousands of entries",
            Act::Json(bundle(&vec![ALLERGY.replace("p2", "p1").replace(r#""id":"a","#, "").as_str(); 5_000])),
            &[
                "too-many: prefetch.allergies: has more entries than are read",
                "too-many: allergies: more allergies were sent than are read",
            ],
        ),
        ("closes without a word", Act::Close, &["source-failed: allergies: the connection to the FHIR server broke"]),
        ("closes once, then answers", Act::CloseOnce(empty()), &[]),
        (
            "hangs longer than a request may take",
            Act::Hang,
            &["source-failed: allergies: the FHIR server did not answer in time"],
        ),
        ("pages in a circle", Act::Json(paged(&[], Some("?page=1"))), &["incomplete: allergies"]),
        (
            "a next page elsewhere",
            Act::Json(paged(&[], Some("https://evil.example.org/fhir?page=1"))),
            &["incomplete: allergies"],
        ),
        (
            "a next page outside the base",
            Act::Json(paged(&[], Some("/other/AllergyIntolerance?page=1"))),
            &["incomplete: allergies"],
        ),
        ("a next page up the path", Act::Json(paged(&[], Some("BASE/../admin?page=1"))), &["incomplete: allergies"]),
    ]
}

#[tokio::test]
async fn whatever_a_server_does_the_order_is_screened_and_the_gap_is_said() {
    for (name, act, gaps) in table() {
        let server = FhirServer::start([("AllergyIntolerance?", act)]).await;
        let site = Site::with(&server, |_, settings| settings.fetching.request_time = Duration::from_millis(1_500));
        for (service, hook) in [("order-sign", Hook::OrderSign), ("order-select", Hook::OrderSelect)] {
            let body = sign(&server, &but("allergies")).replace("order-sign", service);
            let (reply, _) = site.ask(hook, &body).await;
            assert_eq!(reply.status, 200, "{name}");
            assert_eq!(lacking(&reply), gaps, "{name}");
            assert!(meets_warfarin(&reply), "{name}: what was sent is screened all the same");
            assert!(!String::from_utf8_lossy(&reply.body).contains("please log in"), "{name}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_gap() {
    let server = FhirServer::start(on_file()).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/fhir", gone.local_addr().unwrap());
    drop(gone);
    let site = Site::with(&server, |client, _| client.fhir_servers = vec![base.clone()]);
    let body = sign(&server, &but("allergies")).replace(&server.base, &base);
    let (reply, _) = site.ask(Hook::OrderSign, &body).await;
    assert_eq!(lacking(&reply), ["source-failed: allergies: the FHIR server could not be reached"]);
    assert!(meets_warfarin(&reply));
}

#[tokio::test]
async fn endless_pages_end_and_what_came_is_used() {
    let next = |n: usize| paged(&[&order(&format!("w-{n}"), "p1", WARFARIN)], Some(&format!("?page={}", n + 1)));
    let paths: Vec<String> = (0..9).map(|n| format!("MedicationRequest?page={n}")).collect();
    let mut acts: Vec<(&str, Act)> = paths.iter().enumerate().map(|(n, p)| (p.as_str(), Act::Json(next(n)))).collect();
    acts.push(("MedicationRequest?patient", Act::Json(next(0))));
    let server = FhirServer::start(acts).await;
    let site = Site::with(&server, |_, settings| settings.fetching.pages_max = 5);
    let (reply, _) = site.ask(Hook::OrderSign, &sign(&server, &but("medications"))).await;
    assert_eq!((server.asked().len(), lacking(&reply)), (5, vec![String::from("incomplete: medications")]));
    assert!(meets_warfarin(&reply));
}

#[tokio::test]
async fn all_answers_together_have_a_limit_too() {
    let long = format!("{}{}", bundle(&[]), " ".repeat(60_000));
    let server = FhirServer::start([("", Act::Json(long))]).await;
    let site = Site::with(&server, |_, settings| settings.fetching.call_bytes_max = 200_000);
    let (reply, _) = site.ask(Hook::OrderSign, &sign(&server, &[])).await;
    assert_eq!(reply.status, 200);
    let said = lacking(&reply).iter().filter(|g| g.contains("sent more than is read for one call")).count();
    assert!(said > 0, "{:?}", lacking(&reply));
}

#[tokio::test]
async fn a_redirect_to_the_inside_is_not_followed() {
    let inside = FhirServer::start(on_file()).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("location: {}/AllergyIntolerance?patient=p1\r\n", inside.base);
        let server = FhirServer::start([("AllergyIntolerance?", Act::Head(status, to))]).await;
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("allergies"))).await;
        let said = "source-failed: allergies: the FHIR server points elsewhere, and that was not followed";
        assert_eq!((lacking(&reply), server.connections()), (vec![said.to_owned()], 1), "{status}");
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_next_page_on_another_server_gets_no_request_and_no_token() {
    let other = FhirServer::start(on_file()).await;
    for link in [
        format!("{}/AllergyIntolerance?page=2", other.base),
        other.base.replace("http://", "//") + "/AllergyIntolerance?page=2",
        other.base.replace("http://", "http://user:word@") + "/AllergyIntolerance?page=2",
    ] {
        let server = FhirServer::start([("AllergyIntolerance?", Act::Json(paged(&[], Some(&link))))]).await;
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("allergies"))).await;
        assert_eq!(lacking(&reply), ["incomplete: allergies"], "{link}");
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_search_a_server_does_not_have_leaves_the_list_as_it_came() {
    let server = FhirServer::start([("MedicationStatement?", Act::Head(404, String::new()))]).await;
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("statements"))).await;
    assert_eq!(lacking(&reply), ["fetch-failed: statements: the FHIR server does not offer this search"]);
    // One that it has, and does not answer, may hold more drugs.
    let server = FhirServer::start([("MedicationStatement?", Act::Head(500, String::new()))]).await;
    let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("statements"))).await;
    assert_eq!(lacking(&reply), ["source-failed: medications: the FHIR server failed"]);
    assert!(meets_warfarin(&reply));
}

#[tokio::test]
async fn patient_ids_that_would_lead_elsewhere_are_not_asked_with() {
    for id in ["..", ".", "p1?x=1", "p1&status=x", "p%2f1", "p_1", &"p".repeat(65)] {
        let server = FhirServer::start(on_file()).await;
        let body = call(
            "order-sign",
            &server,
            r#""draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","status":"draft","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"197805"}]}}}]}"#,
            &[],
        );
        let body =
            body.replace(r#""patientId":"p1""#, &format!(r#""patientId":"{id}""#)).replace(r#","patient":"p1""#, "");
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &body).await;
        assert_eq!((reply.status, server.connections()), (200, 0), "{id}");
        let said = "fetch-failed: context.patientId: the patient's id is not one that FHIR allows, so nothing was fetched by it";
        assert_eq!(lacking(&reply)[0], said, "{id}");
    }
}

#[tokio::test]
async fn a_failure_of_what_is_no_list_is_said_under_its_key() {
    let failed = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{OUTCOME}}}]}}"#);
    for (act, said) in [
        (Act::Json(failed), "fetch-failed: procedures: the FHIR server failed to send it: exception"),
        (Act::Head(403, String::new()), "fetch-failed: procedures: the FHIR server does not allow this to be read"),
    ] {
        let server = FhirServer::start([("Procedure?", act)]).await;
        let (reply, _) = Site::of(&server).ask(Hook::OrderSign, &sign(&server, &but("procedures"))).await;
        assert_eq!(lacking(&reply), [said]);
        assert!(meets_warfarin(&reply));
    }
}

#[tokio::test]
async fn the_verifying_pharmacist_reads_on_a_card_what_did_not_come() {
    for (act, said) in [
        (
            Act::Head(401, String::new()),
            "could not be fetched: \"allergies: the FHIR server did not accept the access token",
        ),
        (Act::Hang, "still being fetched when this answer was due: \"allergies\""),
        (Act::Json(empty()), ""),
    ] {
        let server = FhirServer::start([("AllergyIntolerance?", act)]).await;
        let site = Site::with(&server, |client, _| client.deadline = Duration::from_secs(2));
        let context = format!(r#""medication":{}"#, order("ibuprofen-1", "p1", "197805"));
        let body = call("medication-verify", &server, &context, &but("allergies"));
        let (reply, _) = site.ask(Hook::MedicationVerify, &body).await;
        let json = reply.json();
        let details: Vec<&str> =
            json["cards"].as_array().unwrap().iter().filter_map(|c| c["detail"].as_str()).collect();
        let details = details.join("\n");
        let fetched = details.contains("fetched");
        assert!(details.contains(said) && fetched != said.is_empty(), "{said}\n{details}");
    }
}

/// Everything that is logged, at the most talkative level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_the_token_nor_the_patient_is_ever_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for act in
        [Act::Json(empty()), Act::Head(401, String::new()), Act::Close, Act::Raw(200, "text/html", String::new())]
    {
        let server = FhirServer::start([("AllergyIntolerance?", act)]).await;
        let site = Site::of(&server);
        for body in [sign(&server, &but("allergies")), sign(&server, &but("allergies")).replace("300", "0")] {
            let body = body.replace("p1", "patient-4711");
            site.ask(Hook::OrderSign, &body).await;
        }
        let elsewhere = sign(&server, &but("allergies")).replace("/fhir\"", "/elsewhere\"");
        site.ask(Hook::OrderSign, &elsewhere).await;
    }
    drop(guard);
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("fetched") && said.contains("is not asked"), "the log was listened to: {said}");
    assert!(!said.contains(TOKEN) && !said.contains("patient-4711"), "{said}");
}
