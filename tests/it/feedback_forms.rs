//! Feedback about a card that was shown in several forms: credited to the one shown last before it came, and where it says no
//! time, said to be uncertain.

use crate::client::Client;
use crate::desk_reading::read;
use crate::promises::{RULE, low, potassium};
use crate::records::{Folder, means};
use crate::scene::{Call, Ward, now, wait};
use caveat::clinical::time::Moment;
use caveat::record::book::Book;
use caveat::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use caveat::record::opening::Means;
use caveat::record::recorder::Recorder;
use serde_json::{Value, json};
use std::sync::Arc;

/// What happens, one after the other, to one hook instance.
#[derive(Clone, Copy)]
enum Step {
    /// It is asked with a potassium of 3.3, or with one of 2.6: two forms of one card.
    First,
    Second,
    /// Seconds pass.
    Wait(i64),
    /// The card is overridden: no time said, or one so many seconds from now.
    Told,
    ToldAt(i64),
}

use Step::{First, Second, Told, ToldAt, Wait};

/// Name, what happens, the form that is quiet after (`1` or `2`), and whether the record says that this is uncertain.
type Case = (&'static str, &'static [Step], u8, bool);

const CASES: &[Case] = &[
    ("before there is another form", &[First, Wait(60), Told], 1, false),
    ("before the other form", &[First, Wait(60), Told, Wait(60), Second], 1, false),
    ("in the second of the other form, and before it", &[First, Told, Second], 1, false),
    ("after both", &[First, Wait(60), Second, Wait(60), Told], 2, true),
    ("in the second of both, and after them", &[First, Second, Told], 2, true),
    ("after both, the first shown again", &[First, Wait(60), Second, Wait(60), First, Wait(1), Told], 1, true),
    ("with the time of the first", &[First, Wait(60), Second, Wait(60), ToldAt(-90)], 1, false),
    ("with the time of the second", &[First, Wait(60), Second, Wait(60), ToldAt(-30)], 2, false),
    ("with a time ahead of ours, which is none", &[First, Wait(60), Second, Wait(60), ToldAt(3_600)], 2, true),
    ("with a time of before both", &[First, Wait(60), Second, Wait(60), ToldAt(-3_600)], 1, false),
    ("the same form twice", &[First, Wait(60), First, Wait(60), Told], 1, false),
];

fn form(second: bool) -> Call {
    if second { potassium(2.6, "2026-03-05T07:00:00Z") } else { low() }
}

fn told(card: &str, at: Option<i64>) -> Value {
    let reason = json!({"system": "urn:caveat:override-reason", "code": "no-alternative"});
    let mut entry = json!({"card": card, "outcome": "overridden", "overrideReason": {"reason": reason}});
    if let Some(at) = at {
        entry["outcomeTimestamp"] = json!(Moment(now().0 + at).rfc3339());
    }
    entry
}

async fn play(ward: &Ward, steps: &[Step]) -> FeedbackRecord {
    let instance = uuid::Uuid::new_v4().to_string();
    let mut cards = Vec::new();
    for step in steps {
        match step {
            First | Second => {
                let call = Call { instance: instance.clone(), ..form(matches!(step, Second)) };
                let answer = ward.ask(&call).await;
                if answer.fate(RULE) == "shown" {
                    cards.push(answer.card_of(RULE));
                }
            }
            Wait(seconds) => wait(*seconds),
            Told => drop(ward.tell("order-sign", told(&cards[0], None)).await),
            ToldAt(at) => drop(ward.tell("order-sign", told(&cards[0], Some(*at))).await),
        }
    }
    assert!(cards.iter().all(|card| *card == cards[0]), "one card in several forms");
    ward.client.service.recorder.last_feedback(1).remove(0)
}

async fn quiet(ward: &Ward) -> [bool; 2] {
    [ward.ask(&form(false)).await.fate(RULE) == "overridden", ward.ask(&form(true)).await.fate(RULE) == "overridden"]
}

#[tokio::test]
async fn feedback_counts_for_the_form_shown_last_before_it_came() {
    for (name, steps, wanted, uncertain) in CASES {
        let ward = Ward::new();
        let record = play(&ward, steps).await;
        assert_eq!(quiet(&ward).await, [*wanted == 1, *wanted == 2], "{name}");
        assert_eq!((record.uncertain, record.form.len()), (*uncertain, 32), "{name}");
        let overrides = read(&ward.client, "/patients/p1/overrides").await.json()["overrides"].clone();
        assert_eq!(overrides[0]["uncertain"].as_bool().unwrap_or(false), *uncertain, "{name}: {overrides}");
    }
}

#[tokio::test]
async fn what_feedback_was_credited_to_is_known_after_a_restart() {
    for (name, steps, wanted, _) in [&CASES[2], &CASES[3]] {
        let folder = Folder::new();
        let open = |book: Arc<Book>| Recorder::open(&folder.recording(), &Means { learner: book, ..means() }).unwrap();
        let ward = Ward::recorded(open);
        play(&ward, steps).await;
        ward.client.service.recorder.close();
        let ward = Ward::started_again(open);
        assert_eq!(quiet(&ward).await, [*wanted == 1, *wanted == 2], "{name}");
        ward.client.service.recorder.close();
        folder.verify().unwrap();
    }
}

/// An answer whose finding is so bad, as first given or as completed.
fn shown(late: bool, severity: &str) -> Decision {
    Decision {
        id: "d1".to_owned(),
        at_ms: crate::serve::late_2026().0 * 1_000 - 60_000,
        late,
        client: "anyone".to_owned(),
        user: "u".to_owned(),
        hook: "order-sign".to_owned(),
        findings: vec![DecidedFinding {
            card: "c1".to_owned(),
            key: "k".to_owned(),
            fingerprint: format!("{severity:x<32}"),
            severity: severity.to_owned(),
            override_days: 90,
            ..DecidedFinding::default()
        }],
        ..Decision::default()
    }
}

#[tokio::test]
async fn what_completed_an_answer_is_no_form_that_a_prescriber_saw() {
    for (name, answers, wanted) in [
        ("completed after the feedback", &[(false, "moderate"), (true, "major")][..], "moderate"),
        ("the completed one alone is on record", &[(true, "major")], "major"),
        ("the first alone", &[(false, "moderate")], "moderate"),
    ] {
        let client = Client::at(crate::serve::late_2026);
        let service = &client.service;
        let patient = service.pseudonyms.of("patient", "anyone", "", "p1");
        for (late, severity) in answers {
            let decision = Decision { patient: patient.clone(), ..shown(*late, severity) };
            service.book.learn_decision(&decision);
            service.recorder.record(decision);
        }
        let body = json!({"feedback": [told("c1", None)]}).to_string();
        assert_eq!(client.post("/cds-services/caveat-order-sign/feedback", body).await.status, 200);
        let record = service.recorder.last_feedback(1).remove(0);
        assert!(!record.uncertain, "{name}: only one was shown");
        let overrides = read(&client, "/patients/p1/overrides").await.json()["overrides"].clone();
        assert_eq!((overrides.as_array().unwrap().len(), &overrides[0]["severity"]), (1, &json!(wanted)), "{name}");
        let of_card = service.recorder.of_card("c1").await.unwrap().unwrap();
        assert_eq!(of_card.findings[0].severity, wanted, "{name}");
    }
}
