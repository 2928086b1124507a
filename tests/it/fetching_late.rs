//! Data that is late: the answer goes out in time, says so, and the whole answer follows under the same id.

use crate::client::Reply;
use crate::fetching::{Site, WARFARIN, but, lacking, meets_warfarin, sign};
use crate::fhir_server::{Act, FhirServer, bundle, order, patient};
use axum::body::Body;
use axum::http::{Request, header};
use caveat::hooks::call::Hook;
use std::time::{Duration, Instant};

/// A pharmacist asks for the answer of this id.
async fn answer_of(site: &Site, id: &str, token: &str) -> Reply {
    let request =
        Request::get(format!("/decisions/{id}/answer")).header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.desk.send(request.body(Body::empty()).unwrap()).await
}

/// Waits until the whole answer is there.
async fn whole_answer_of(site: &Site, id: &str) -> Reply {
    let begun = Instant::now();
    loop {
        let reply = answer_of(site, id, "secret").await;
        if reply.status == 200 {
            return reply;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the whole answer never came: {}", reply.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn hurried(server: &FhirServer) -> Site {
    Site::with(server, |client, settings| {
        client.deadline = Duration::from_millis(300);
        settings.fetching.late_time = Duration::from_secs(60);
        settings.fetching.request_time = Duration::from_secs(60);
    })
}

#[tokio::test]
async fn what_is_late_is_a_gap_and_the_whole_answer_follows_under_the_same_id() {
    let late = Act::Gated(bundle(&[&order("warfarin-1", "p1", WARFARIN)]));
    let server = FhirServer::start([("MedicationRequest?", late)]).await;
    let site = hurried(&server);
    let (reply, answer) = site.ask(Hook::OrderSign, &sign(&server, &but("medications"))).await;
    assert_eq!((reply.status, lacking(&reply)), (200, vec![String::from("fetch-late: medications")]));
    assert!(!meets_warfarin(&reply));
    let id = answer.decision.unwrap().id;
    assert_eq!(reply.json()["extension"]["org.caveat.screening"]["decision"], id.as_str());
    assert_eq!(answer_of(&site, &id, "secret").await.status, 202);
    assert_eq!(answer_of(&site, &id, "wrong").await.status, 401);
    assert_eq!(answer_of(&site, "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "secret").await.status, 404);
    server.open();
    let whole = whole_answer_of(&site, &id).await;
    assert!(meets_warfarin(&whole));
    assert_eq!(lacking(&whole), [""; 0]);
    assert_eq!(whole.json()["extension"]["org.caveat.screening"]["decision"], id.as_str());
    let recorded = site.desk.service.recorder.last_decisions(1).remove(0);
    assert_eq!((recorded.id.as_str(), recorded.late, recorded.fetched.len()), (id.as_str(), true, 64));
    assert!(recorded.findings.iter().any(|f| f.rule == "warfarin-nsaid"));
    assert_eq!((site.desk.service.late.waiting(), server.asked().len()), (0, 1));
}

#[tokio::test]
async fn a_hanging_server_is_given_up_and_that_is_said() {
    let server = FhirServer::start([("AllergyIntolerance?", Act::Hang)]).await;
    let mut site = hurried(&server);
    site =
        Site { profile: site.profile, ..Site::with(&server, |_, s| s.fetching.late_time = Duration::from_millis(200)) };
    let (reply, answer) = site.ask(Hook::OrderSign, &sign(&server, &but("allergies"))).await;
    assert_eq!(lacking(&reply), ["fetch-late: allergies"]);
    assert!(meets_warfarin(&reply));
    let whole = whole_answer_of(&site, &answer.decision.unwrap().id).await;
    assert_eq!(lacking(&whole), ["source-failed: allergies: the FHIR server did not answer in time"]);
}

#[tokio::test]
async fn ten_slow_questions_are_asked_at_once_and_the_answer_is_in_time() {
    let server = FhirServer::start([("", Act::Hang)]).await;
    let site = hurried(&server);
    let begun = Instant::now();
    let (reply, _) = site.ask(Hook::OrderSelect, &sign(&server, &[]).replace("order-sign", "order-select")).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "one after the other they would take minutes");
    assert_eq!(reply.status, 200);
    let late = ["patient", "medications", "allergies", "problems", "labs"].map(|list| format!("fetch-late: {list}"));
    let said = lacking(&reply);
    assert!(late.iter().all(|gap| said.contains(gap)), "{said:?}");
    assert!(said.iter().any(|g| g.starts_with("fetch-late: procedures: it had not come")), "{said:?}");
}

#[tokio::test]
async fn what_came_in_time_is_used_beside_what_is_late() {
    let server = FhirServer::start([
        ("MedicationRequest?", Act::Json(bundle(&[&order("warfarin-1", "p1", WARFARIN)]))),
        ("Patient/p1", Act::Json(patient("p1"))),
        ("AllergyIntolerance?", Act::Hang),
    ])
    .await;
    let site = Site::with(&server, |client, _| client.deadline = Duration::from_secs(3));
    let (reply, _) = site.ask(Hook::OrderSign, &sign(&server, &[])).await;
    assert!(meets_warfarin(&reply));
    assert_eq!(lacking(&reply), ["fetch-late: allergies"]);
}

#[tokio::test]
async fn too_many_late_answers_are_not_waited_for_and_that_is_counted() {
    let server = FhirServer::start([("AllergyIntolerance?", Act::Hang)]).await;
    let site = Site::with(&server, |client, settings| {
        client.deadline = Duration::from_millis(200);
        settings.fetching.late_calls_max = 1;
    });
    let body = sign(&server, &but("allergies"));
    let (_, first) = site.ask(Hook::OrderSign, &body).await;
    let (reply, second) = site.ask(Hook::OrderSign, &body).await;
    assert_eq!(lacking(&reply), ["fetch-late: allergies"]);
    assert_eq!(answer_of(&site, &first.decision.unwrap().id, "secret").await.status, 202);
    assert_eq!(answer_of(&site, &second.decision.unwrap().id, "secret").await.status, 404);
    assert_eq!((site.desk.service.late.waiting(), site.desk.service.late.dropped()), (1, 1));
}

#[tokio::test]
async fn nothing_is_asked_after_the_answer_where_that_is_not_wanted_or_the_token_is_dead() {
    for (name, late, expires) in [("switched off", 0, 300), ("the token lived a second", 60, 1)] {
        let server = FhirServer::start([("AllergyIntolerance?", Act::Hang)]).await;
        let site = Site::with(&server, |client, settings| {
            client.deadline = Duration::from_millis(200);
            settings.fetching.late_time = Duration::from_secs(late);
        });
        let body = sign(&server, &but("allergies")).replace("300", &expires.to_string());
        let (_, answer) = site.ask(Hook::OrderSign, &body).await;
        let id = answer.decision.unwrap().id;
        if late == 0 {
            assert_eq!(answer_of(&site, &id, "secret").await.status, 404, "{name}");
        } else {
            let whole = whole_answer_of(&site, &id).await;
            assert_eq!(lacking(&whole), ["source-failed: allergies: the FHIR server did not answer in time"], "{name}");
        }
        assert_eq!(site.desk.service.late.dropped(), 0, "{name}");
    }
}
