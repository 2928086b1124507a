//! The pharmacy side reads by the rules of the book: what still quiets, which promises are open, whose feedback counts; and
//! silence closes no finding where the check may not have been made. Each hit stands beside its near miss.

use crate::client::Client;
use crate::desk::{IBUPROFEN, WARFARIN, active, bundle, draft, patient, screen};
use crate::desk_reading::{open, read, say};
use crate::records::{Folder, answer, lean_pack, means, still};
use crate::serve::{late_2026, order_sign};
use caveat::engine::finding::GapKind;
use caveat::live::lineup::Lineup;
use caveat::record::book::DONE;
use caveat::record::decision::{DecidedFinding, DecidedGap, Decision, FeedbackRecord};
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::recorder::Recorder;
use caveat::record::standing::standing;
use caveat::serve::service::Service;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::recording::{Capture, Recording};
use caveat::settings::whole::Settings;
use serde_json::{Value, json};
use std::sync::Arc;

const DAY: i64 = 86_400;

/// Kind of a gap of the newer answer, the rule that wanted it, kind of the older finding of rule `r`; and whether it stands.
const HIDING: &[(&str, &str, &str, bool)] = &[
    ("", "", "allergy", false),
    ("not-sent", "", "allergy", true),
    ("source-failed", "", "allergy", true),
    ("fetch-failed", "", "contraindication", true),
    ("fetch-late", "", "interaction", true),
    ("incomplete", "", "interaction", true),
    ("check-failed", "", "dose", true),
    ("unresolved-reference", "", "interaction", true),
    ("unknown-code", "", "interaction", true),
    ("some-later-kind", "", "interaction", true),
    ("missing", "r", "contraindication", true),
    ("missing", "also-r", "contraindication", true),
    ("missing", "other", "contraindication", false),
    ("missing", "", "contraindication", true),
    ("dose-unknown", "r", "dose", true),
    ("dose-unknown", "other", "dose", false),
    ("replacing-or-adding", "", "duplicate", true),
    ("replacing-or-adding", "", "interaction", false),
    ("allergies-not-asked", "", "allergy", true),
    ("allergies-not-asked", "", "interaction", false),
    ("uncoded-allergy", "", "interaction", true),
    ("codes-disagree", "", "interaction", false),
];

#[test]
fn silence_closes_no_finding_that_a_gap_may_hide() {
    let words = |word: &str| if word.is_empty() { Vec::new() } else { vec![word.to_owned()] };
    for (gap, rule, kind, stands) in HIDING {
        let finding = DecidedFinding {
            key: "k".to_owned(),
            rule: "r".to_owned(),
            also: words("also-r"),
            kind: (*kind).to_owned(),
            orders: words("x"),
            ..DecidedFinding::default()
        };
        let gap_of = |kind: String| DecidedGap { kind, rule: (*rule).to_owned(), ..DecidedGap::default() };
        // About the same orders, and of the same call about other orders.
        for (instance, asked) in [("b", "x"), ("a", "y")] {
            let newer = Decision {
                id: "2".to_owned(),
                instance: instance.to_owned(),
                asked: words(asked),
                gaps: words(gap).into_iter().map(gap_of).collect(),
                ..Decision::default()
            };
            let older = Decision {
                id: "1".to_owned(),
                instance: "a".to_owned(),
                asked: words("x"),
                findings: vec![finding.clone()],
                ..Decision::default()
            };
            let found = [newer, older];
            assert_eq!(standing(&found).0.len(), usize::from(*stands), "{gap} {rule} {kind} {asked}");
        }
    }
    let known = |word: &str| GapKind::ALL.iter().any(|kind| kind.word() == word);
    assert!(HIDING.iter().all(|(gap, ..)| gap.is_empty() || *gap == "some-later-kind" || known(gap)));
}

#[tokio::test]
async fn an_answer_without_the_allergies_does_not_end_an_allergy() {
    let client = Client::at(late_2026);
    let penicillin = json!({"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]});
    let allergy = json!({"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"},
        "code": penicillin, "clinicalStatus": {"coding": [{"code": "active"}]}});
    screen(&client, "", &bundle(&[patient("p1"), draft("308191"), allergy])).await;
    let first = open(&read(&client, "/patients/p1/findings").await);
    assert!(!first.is_empty());
    screen(&client, "", &bundle(&[patient("p1"), draft("308191")])).await;
    assert_eq!(open(&read(&client, "/patients/p1/findings").await), first, "the newer answer could not check it");
}

/// A service that records in a folder or in memory; `secret` is the token of somebody who may do everything.
fn over(recorder: Recorder) -> Client {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(&lean_pack(), "lean", late_2026()).unwrap();
    let everything = Grant {
        name: "everything".to_owned(),
        roles: vec![Role::Pharmacist, Role::Auditor, Role::Operator],
        token: Some(*blake3::hash(b"secret").as_bytes()),
        certificate: None,
    };
    let settings = Settings { access: Access { grants: vec![everything] }, ..Settings::default() };
    let secret = Pseudonyms::new(b"a secret of a test");
    let mut service = Service::new(lineup, Arc::new(settings), Arc::new(recorder), secret);
    service.clock = late_2026;
    Client { service: Arc::new(service) }
}

/// A card with a finding whose overrides last so many days, shown to one user of `anyone` so many days ago.
fn show(client: &Client, days_ago: i64, override_days: u16) {
    let finding = DecidedFinding {
        card: "c1".to_owned(),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        rule: "warfarin-nsaid".to_owned(),
        severity: "major".to_owned(),
        participants: vec!["warfarin".to_owned()],
        override_days,
        ..DecidedFinding::default()
    };
    let decision = Decision {
        id: "d1".to_owned(),
        at_ms: (late_2026().0 - days_ago * DAY) * 1_000,
        client: "anyone".to_owned(),
        user: "u1".to_owned(),
        patient: client.service.pseudonyms.of("patient", "anyone", "", "p1"),
        hook: "order-sign".to_owned(),
        findings: vec![finding],
        ..Decision::default()
    };
    client.service.book.learn_decision(&decision);
    client.service.recorder.record(decision);
}

/// What is said of the card so many days ago; `ahead` seconds later by the client's clock.
#[derive(Clone, Copy)]
struct Said(Option<bool>, &'static str, i64, i64);

async fn hear(client: &Client, said: Said, from: &str, service: &str) {
    let Said(accepted, reason, days_ago, ahead) = said;
    let arrived = late_2026().0 - days_ago * DAY;
    let record = FeedbackRecord {
        arrived_ms: arrived * 1_000,
        client: from.to_owned(),
        service: service.to_owned(),
        card: "c1".to_owned(),
        accepted,
        reason_code: reason.to_owned(),
        done_at: Some(arrived + ahead),
        ..FeedbackRecord::default()
    };
    client.service.recorder.feedback(vec![record.clone()]).await.unwrap();
    client.service.book.learn_feedback(&record);
}

/// The overrides of the patient, as `at until over`, and the number of open promises.
async fn told(client: &Client) -> (Vec<String>, usize) {
    let overrides = read(client, "/patients/p1/overrides").await.json();
    let word = |v: &Value| v.as_str().unwrap_or("-").get(..10).unwrap_or("-").to_owned();
    let line = |o: &Value| format!("{} {} {}", word(&o["at"]), word(&o["quietsUntil"]), o["over"]);
    let overrides = overrides["overrides"].as_array().unwrap().iter().map(line).collect();
    let promises = read(client, "/patients/p1/obligations").await.json();
    (overrides, promises["obligations"].as_array().unwrap().len())
}

const NO: Option<bool> = Some(false);
const YES: Option<bool> = Some(true);

/// Name; days an override lasts; days ago it was shown; what was said; the overrides told, newest first; promises open.
type Rule = (&'static str, u16, i64, &'static [Said], &'static [&'static str], usize);

const RULES: &[Rule] = &[
    ("with a reason", 30, 1, &[Said(NO, "x", 1, 0)], &["2026-11-22 2026-12-22 false"], 0),
    ("dismissed without a reason", 30, 1, &[Said(NO, "", 1, 0)], &["2026-11-22 - true"], 0),
    ("never quieted", 0, 1, &[Said(NO, "x", 1, 0)], &["2026-11-22 - true"], 0),
    ("a promise", 30, 1, &[Said(NO, "will-monitor", 1, 0)], &["2026-11-22 2026-12-22 false"], 1),
    (
        "withdrawn, and with it the promise",
        30,
        2,
        &[Said(NO, "will-monitor", 2, 0), Said(YES, "", 1, 0)],
        &["2026-11-21 - true"],
        0,
    ),
    (
        "accepted before, overridden after",
        30,
        2,
        &[Said(YES, "", 2, 0), Said(NO, "will-monitor", 1, 0)],
        &["2026-11-22 2026-12-22 false"],
        1,
    ),
    (
        "another takes its place",
        30,
        3,
        &[Said(NO, "x", 2, 0), Said(NO, "y", 1, 0)],
        &["2026-11-22 2026-12-22 false", "2026-11-21 - true"],
        0,
    ),
    ("a clock that is ahead", 30, 1, &[Said(NO, "x", 1, 500 * DAY)], &["2026-11-22 2026-12-22 false"], 0),
    ("long ago, and it lasts", 365, 200, &[Said(NO, "x", 200, 0)], &["2026-05-07 2027-05-07 false"], 0),
    ("long ago, and it is over", 30, 200, &[Said(NO, "x", 200, 0)], &["2026-05-07 - true"], 0),
    ("lately, and it is over", 10, 20, &[Said(NO, "x", 20, 0)], &["2026-11-03 2026-11-13 true"], 0),
];

#[tokio::test]
async fn the_pharmacy_side_tells_overrides_and_promises_by_the_rules_of_the_book() {
    for (name, days, shown, said, overrides, promises) in RULES {
        let client = Client::over(Arc::new(Lineup::new()), late_2026);
        show(&client, *shown, *days);
        for deed in *said {
            hear(&client, *deed, "anyone", "caveat-order-sign").await;
        }
        let (got, open) = told(&client).await;
        assert_eq!((got, open), (overrides.iter().map(|o| (*o).to_owned()).collect(), *promises), "{name}");
    }
}

#[tokio::test]
async fn nobody_speaks_for_the_cards_of_another_client_at_the_desk() {
    let client = Client::over(Arc::new(Lineup::new()), late_2026);
    show(&client, 2, 30);
    let promise = Said(NO, "will-monitor", 1, 0);
    hear(&client, promise, "other", "caveat-order-sign").await;
    assert_eq!(told(&client).await, (Vec::new(), 0));
    assert_eq!(say(&client, "/patients/p1/obligations/c1/done").await.status, 404);
    let findings = read(&client, "/patients/p1/findings").await.json();
    assert_eq!(findings["findings"][0]["responses"], json!([]));
    hear(&client, promise, "anyone", "caveat-order-sign").await;
    assert_eq!(told(&client).await.1, 1);
    hear(&client, Said(None, "done", 0, 0), "other", DONE).await;
    assert_eq!(told(&client).await.1, 1, "another client's word keeps no promise");
    assert_eq!(say(&client, "/patients/p1/obligations/c1/done").await.status, 200);
    assert_eq!(told(&client).await.1, 0);
}

#[tokio::test]
async fn a_promise_made_anew_after_it_was_kept_can_be_kept_again() {
    let client = Client::over(Arc::new(Lineup::new()), late_2026);
    show(&client, 3, 30);
    hear(&client, Said(NO, "will-monitor", 3, 0), "anyone", "caveat-order-sign").await;
    hear(&client, Said(None, "done", 2, 0), "anyone", DONE).await;
    assert_eq!(told(&client).await.1, 0);
    hear(&client, Said(NO, "will-monitor", 1, 0), "anyone", "caveat-order-sign").await;
    assert_eq!(told(&client).await.1, 1);
    assert_eq!(say(&client, "/patients/p1/obligations/c1/done").await.status, 200);
    assert_eq!(told(&client).await.1, 0);
}

#[tokio::test]
async fn records_that_only_the_store_has_are_listed_too() {
    let folder = Folder::new();
    let before = folder.open();
    for n in 0..3 {
        before.record(answer(&format!("old-{n}"), "p", still() + n));
    }
    before.close();
    let client = over(folder.open());
    client.service.recorder.record(answer("new", "p", still() + 9));
    assert!(client.service.recorder.last_decisions(9).len() < 4, "not all is in memory");
    let page = read(&client, "/decisions?limit=3").await.json();
    let ids: Vec<&str> = page["decisions"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
    assert_eq!((ids, &page["more"]), (vec!["new", "old-2", "old-1"], &json!(true)));
    let last = read(&client, "/decisions?limit=3&after=old-1").await.json();
    assert_eq!((&last["decisions"][0]["id"], &last["more"]), (&json!("old-0"), &json!(false)));
}

#[tokio::test]
async fn a_screening_is_recorded_and_no_capture_of_it_is_lost() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let key_file = folder.0.join("capture.key");
    std::fs::write(&key_file, format!("{}\n", "c4".repeat(32))).unwrap();
    let recording = Recording { capture: Some(Capture { key_file }), ..folder.recording() };
    let client = over(Recorder::open(&recording, &means()).unwrap());
    screen(&client, "", &bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)])).await;
    client.service.recorder.close();
    let health = client.service.recorder.health();
    assert_eq!((health.decisions, health.captures_lost), (1, 0));
    let without = over(Recorder::open(&recording, &means()).unwrap());
    without.service.recorder.record(Decision { hook: "order-sign".to_owned(), ..answer("d", "p", still()) });
    without.service.recorder.close();
    assert_eq!(without.service.recorder.health().captures_lost, 1, "a hook's answer without its request is one");
}

#[tokio::test]
async fn a_screening_counts_among_the_calls() {
    let client = Client::at(late_2026);
    let calls = |client: &Client| {
        let text = client.service.metrics.text(&client.service);
        text.lines().filter(|l| l.starts_with("caveat_calls_total")).map(str::to_owned).collect::<Vec<_>>()
    };
    client.post("/cds-services/caveat-order-sign", order_sign(&[IBUPROFEN], &[WARFARIN])).await;
    let before = calls(&client);
    assert!(!before.iter().any(|l| l.contains("screen")), "{before:?}");
    screen(&client, "", &bundle(&[patient("p1"), draft(IBUPROFEN)])).await;
    assert!(calls(&client).iter().any(|l| l.contains("hook=\"screen\"") && l.ends_with(" 1")), "{:?}", calls(&client));
}
