//! Monitoring promised with an override, cards just shown, and clients that show few cards.

use crate::scene::{Call, Ward, order, overridden, wait};
use caveat::record::book::{Book, DONE, HEARD_OF_PATIENT_MAX, SHOWN_MAX, UNMATCHED_MAX};
use caveat::record::book_card::BOOK_TEXT_MAX;
use caveat::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use caveat::settings::client::Selection;
use serde_json::{Value, json};

const DAY: i64 = 86_400;
pub const RULE: &str = "digoxin-diuretic";

pub fn potassium(value: f64, on: &str) -> Call {
    Call::sign(&["furosemide on=2026-03-05"], &["digoxin"]).potassium(value, on)
}

pub fn low() -> Call {
    potassium(3.3, "2026-03-05T07:00:00Z")
}

async fn promised_ward() -> (Ward, String) {
    let ward = Ward::new();
    let card = ward.override_of(&low(), RULE, "will-monitor", "").await;
    (ward, card)
}

pub fn promises(answer: &crate::scene::Answer) -> Vec<Value> {
    answer.screening()["obligations"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_promise_is_listed_on_every_hook_until_it_is_kept() {
    let (ward, card) = promised_ward().await;
    wait(DAY);
    for hook in ["order-select", "order-sign", "medication-verify", "medication-refill", "patient-view"] {
        let answer = ward.ask(&low().at(hook).by("Practitioner/2")).await;
        let all = promises(&answer);
        assert_eq!(all.len(), 1, "{hook}");
        let wanted = json!({
            "rule": RULE, "participants": ["digoxin", "furosemide"], "values": ["potassium"], "by": all[0]["by"],
            "at": "2026-03-05T09:30:00Z", "due": "2026-03-12T09:30:00Z", "overdue": false, "card": card
        });
        assert_eq!(all[0], wanted, "{hook}");
        let line = "- digoxin + furosemide: potassium; promised 2026-03-05, due 2026-03-12, rule digoxin-diuretic";
        let told = answer.words().contains(line);
        assert_eq!(
            told,
            ["patient-view", "medication-verify", "medication-refill"].contains(&hook),
            "{hook}: {}",
            answer.words()
        );
    }
}

#[tokio::test]
async fn a_promise_not_kept_in_time_is_said_to_be_overdue() {
    let (ward, _) = promised_ward().await;
    wait(7 * DAY);
    assert_eq!(promises(&ward.ask(&low()).await)[0]["overdue"], json!(false));
    wait(1);
    let answer = ward.ask(&low().at("patient-view")).await;
    assert_eq!(promises(&answer)[0]["overdue"], json!(true));
    assert!(answer.words().contains("OVERDUE since 2026-03-12"), "{}", answer.words());
}

/// Name, what the chart shows some days later, and whether the promise is open still.
type Kept = (&'static str, fn() -> Call, bool);

const KEPT: &[Kept] = &[
    ("the value of before the promise", || potassium(3.3, "2026-03-05T09:00:00Z"), true),
    ("a value of the same day, its hour unknown", || potassium(3.4, "2026-03-05"), true),
    ("a value of the next day", || potassium(3.4, "2026-03-06"), false),
    ("no value at all", || Call { labs: Vec::new(), ..low() }, true),
    (
        "the diuretic was stopped",
        || Call {
            on_file: vec![order("digoxin", "d", "active"), order("furosemide on=2026-03-05", "f", "stopped")],
            orders: vec![order("codeine", "c", "draft")],
            labs: Vec::new(),
            ..low()
        },
        false,
    ),
    (
        "an older course of it was stopped",
        || Call {
            on_file: vec![order("digoxin", "d", "active"), order("furosemide on=2025-03-05", "f", "stopped")],
            orders: vec![order("codeine", "c", "draft")],
            labs: Vec::new(),
            ..low()
        },
        true,
    ),
    (
        "the diuretic is not on the list",
        || Call { orders: vec![order("codeine", "c", "draft")], labs: Vec::new(), ..low() },
        true,
    ),
];

#[tokio::test]
async fn what_keeps_a_promise() {
    for (name, call, open) in KEPT {
        let (ward, _) = promised_ward().await;
        wait(3 * DAY);
        assert_eq!(promises(&ward.ask(&call()).await).len(), usize::from(*open), "{name}");
        // Once kept, it stays so, also where a later call does not bring the value.
        let later = ward.ask(&Call { labs: Vec::new(), ..low() }).await;
        assert_eq!(promises(&later).len(), usize::from(*open), "{name}, at the next call");
    }
}

#[tokio::test]
async fn a_pharmacist_or_a_suggestion_taken_closes_a_promise() {
    let (ward, card) = promised_ward().await;
    let book = &ward.client.service.book;
    assert!(!book.close("another", "pharmacist", crate::scene::now().0 + 60));
    assert_eq!(promises(&ward.ask(&low()).await).len(), 1);
    assert!(book.close(&card, "pharmacist", crate::scene::now().0 + 60));
    assert_eq!(promises(&ward.ask(&low()).await).len(), 0);
    assert_eq!(ward.ask(&low()).await.fate(RULE), "overridden", "the override itself stands");

    let (ward, card) = promised_ward().await;
    let accepted = json!({
        "card": card, "outcome": "accepted", "acceptedSuggestions": [{ "id": "s" }],
        "outcomeTimestamp": crate::scene::now().rfc3339()
    });
    ward.tell("order-sign", accepted).await;
    assert_eq!(promises(&ward.ask(&low()).await).len(), 0);
}

#[tokio::test]
async fn a_promise_made_anew_after_one_was_kept_is_open() {
    let (ward, card) = promised_ward().await;
    wait(DAY);
    ward.client.service.book.close(&card, "pharmacist", crate::scene::now().0);
    wait(60);
    let again = ward.override_of(&low().by("Practitioner/2"), RULE, "will-monitor", "").await;
    let open = promises(&ward.ask(&low()).await);
    assert_eq!((open.len(), &open[0]["card"]), (1, &json!(again)));
}

#[tokio::test]
async fn other_reasons_promise_nothing() {
    let ward = Ward::new();
    ward.override_of(&low(), RULE, "no-alternative", "").await;
    assert_eq!(promises(&ward.ask(&low()).await).len(), 0);
}

#[tokio::test]
async fn a_closing_that_was_recorded_is_learnt_again() {
    let (ward, card) = promised_ward().await;
    let done = FeedbackRecord {
        arrived_ms: (crate::scene::now().0 + 60) * 1_000,
        client: "anyone".to_owned(),
        service: DONE.to_owned(),
        card,
        comment: "pharmacist".to_owned(),
        ..FeedbackRecord::default()
    };
    ward.client.service.book.learn_feedback(&done);
    assert_eq!(promises(&ward.ask(&low()).await).len(), 0);
}

#[tokio::test]
async fn pharmacists_are_told_when_other_instances_were_not_heard() {
    let ward = Ward::new();
    ward.client.service.book.hear_nothing_since(Some((crate::scene::now().0 - 90) * 1_000));
    for hook in ["medication-verify", "medication-refill"] {
        let answer = ward.ask(&low().at(hook)).await;
        assert_eq!(answer.screening()["staleFor"], json!(90));
        assert!(answer.words().contains("nothing was heard of other instances for 90 s"), "{}", answer.words());
    }
    let answer = ward.ask(&low()).await;
    assert_eq!(answer.screening()["staleFor"], json!(90));
    assert!(!answer.words().contains("other instances"), "prescribers are not bothered");
}

fn codeine() -> Call {
    Call::sign(&["codeine on=2026-03-05"], &["lithium", "digoxin"])
}

#[tokio::test]
async fn order_sign_leaves_out_what_order_select_just_showed() {
    let ward = Ward::for_client(|c| c.quiet_repeats = true);
    assert_eq!(ward.ask(&low()).await.fate(RULE), "shown", "nothing was shown before");
    ward.ask(&low().at("order-select")).await;
    wait(600);
    let answer = ward.ask(&low()).await;
    assert_eq!(answer.fate(RULE), "repeated");
    assert_eq!(answer.finding(RULE)["repeated"], json!(true));
    assert_eq!(answer.screening()["suppressed"], json!({ "repeated": 1 }));
    for (name, call) in [
        ("another user", low().by("Practitioner/2")),
        ("another encounter", Call { encounter: "e2", ..low() }),
        ("another patient", Call { patient: "p2", ..low() }),
        ("another value", potassium(2.6, "2026-03-05T07:00:00Z")),
        ("order-select again", low().at("order-select")),
        ("the pharmacist", low().at("medication-verify")),
    ] {
        assert_eq!(ward.ask(&call).await.fate(RULE), "shown", "{name}");
    }
    wait(601);
    assert_eq!(ward.ask(&low()).await.fate(RULE), "shown", "ten minutes later");
}

#[tokio::test]
async fn repeats_are_shown_unless_the_client_asked_for_quiet() {
    let ward = Ward::new();
    ward.ask(&low().at("order-select")).await;
    assert_eq!(ward.ask(&low()).await.fate(RULE), "shown");
}

#[tokio::test]
async fn what_may_never_be_silenced_is_repeated_at_order_sign() {
    let ward = Ward::for_client(|c| c.quiet_repeats = true);
    ward.ask(&codeine().at("order-select")).await;
    assert_eq!(ward.ask(&codeine()).await.fate("codeine-lithium"), "shown");
}

#[tokio::test]
async fn what_was_quieted_at_order_select_was_not_shown() {
    let ward = Ward::for_client(|c| c.quiet_repeats = true);
    ward.override_of(&low(), RULE, "no-alternative", "").await;
    assert_eq!(ward.ask(&low().at("order-select")).await.fate(RULE), "overridden");
    assert_eq!(ward.ask(&low()).await.fate(RULE), "overridden");
}

/// Four drugs that give a handful of findings, one of them never to be silenced, and a drug nobody knows.
fn crowded() -> Call {
    Call::sign(
        &["codeine", "ibuprofen route=26643006", "naproxen route=26643006", "99999999"],
        &["warfarin", "lithium"],
    )
}

#[tokio::test]
async fn a_client_that_shows_few_cards_is_told_of_the_rest() {
    let whole = Ward::new().ask(&crowded()).await;
    let all = whole.json["cards"].as_array().unwrap().len();
    assert!(all >= 5, "{all} cards are too few for this test: {}", whole.words());
    for most in [1usize, 2, 3] {
        let ward = match most {
            1 => Ward::for_client(|c| c.cards_max = Some(1)),
            2 => Ward::for_client(|c| c.cards_max = Some(2)),
            _ => Ward::for_client(|c| c.cards_max = Some(3)),
        };
        let answer = ward.ask(&crowded()).await;
        let cards = answer.json["cards"].as_array().unwrap();
        assert_eq!(cards.len(), most);
        assert_eq!(answer.fate("codeine-lithium"), "shown", "what may never be silenced keeps its card");
        let findings = answer.screening()["findings"].as_array().unwrap();
        let rest = findings.iter().filter(|f| f["suppressed"] == "too-many").count();
        assert_eq!(answer.screening()["suppressed"]["tooMany"], json!(rest));
        assert!(answer.words().contains(&format!(": {rest} more findings")), "{}", answer.words());
        assert_eq!(answer.words().contains("notes of what could not be checked"), most == 1, "{}", answer.words());
    }
    let ward = Ward::for_client(|c| c.cards_max = Some(99));
    assert_eq!(ward.ask(&crowded()).await.json["cards"].as_array().unwrap().len(), all);
}

#[tokio::test]
async fn no_hook_shows_more_cards_than_the_client_takes_and_none_forgets_a_promise() {
    let limits: [fn(&mut caveat::settings::client::Client); 4] =
        [|c| c.cards_max = Some(1), |c| c.cards_max = Some(2), |c| c.cards_max = Some(3), |c| c.cards_max = Some(5)];
    for (limit, most) in limits.into_iter().zip([1usize, 2, 3, 5]) {
        let ward = Ward::for_client(limit);
        ward.override_of(&low(), RULE, "will-monitor", "").await;
        for hook in ["order-select", "order-sign", "medication-verify", "medication-refill", "patient-view"] {
            for call in [crowded(), low(), Call::sign(&["99999999"], &[]), Call::sign(&["digoxin"], &[])] {
                let answer = ward.ask(&call.at(hook)).await;
                let cards = answer.json["cards"].as_array().unwrap().len();
                assert!(cards <= most, "{hook}: {cards} cards of {most}");
                let findings = answer.screening()["findings"].as_array().cloned().unwrap_or_default();
                let pharmacist = hook.starts_with("medication");
                let told = answer.words().contains("Monitoring promised");
                assert!(told || !pharmacist || findings.is_empty(), "{hook} of {most}: {}", answer.words());
            }
        }
    }
}

#[tokio::test]
async fn the_clients_selection_behaviour_stands_on_cards() {
    for (ward, wanted) in
        [(Ward::new(), "any"), (Ward::for_client(|c| c.selection = Selection::AtMostOne), "at-most-one")]
    {
        assert_eq!(ward.ask(&low()).await.card(RULE)["selectionBehavior"], json!(wanted));
    }
}

fn shown(card: String, patient: &str) -> Decision {
    Decision {
        client: "c".to_owned(),
        user: "u".to_owned(),
        patient: patient.to_owned(),
        hook: "order-sign".to_owned(),
        findings: vec![DecidedFinding {
            fingerprint: format!("f-{card}"),
            card,
            override_days: 90,
            ..DecidedFinding::default()
        }],
        ..Decision::default()
    }
}

fn reasoned(card: String) -> FeedbackRecord {
    FeedbackRecord {
        client: "c".to_owned(),
        card,
        accepted: Some(false),
        comment: "x".repeat(4 * BOOK_TEXT_MAX),
        ..FeedbackRecord::default()
    }
}

#[test]
fn the_book_has_bounds() {
    let book = Book::new();
    for n in 0..SHOWN_MAX + 10 {
        book.learn_decision(&shown(format!("s{n}"), &format!("p{n}")));
    }
    assert_eq!(book.fullness().cards, SHOWN_MAX);
    for n in 0..UNMATCHED_MAX + 10 {
        book.learn_feedback(&reasoned(format!("x{n}")));
    }
    let fullness = book.fullness();
    assert_eq!((fullness.cards, fullness.unmatched), (SHOWN_MAX + UNMATCHED_MAX, UNMATCHED_MAX));
    for n in 0..HEARD_OF_PATIENT_MAX + 10 {
        book.learn_decision(&shown(format!("one{n}"), "one"));
        book.learn_feedback(&reasoned(format!("one{n}")));
    }
    let asking = caveat::record::book::Asking { patient: "one", comments: true, ..Default::default() };
    let remembered = book.remembered(&asking);
    assert_eq!(remembered.overrides.len(), HEARD_OF_PATIENT_MAX, "the first are forgotten, and shown again");
    assert!(remembered.overrides.iter().all(|o| o.comment.len() == BOOK_TEXT_MAX));
    assert!(!remembered.overrides.iter().any(|o| o.card == "one0"));
    book.learn_feedback(&reasoned("y".repeat(10_000)));
    assert!(book.fullness().unmatched <= UNMATCHED_MAX, "an endless id is no card of ours");
}

#[test]
fn what_many_threads_tell_is_all_known() {
    let book = Book::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let book = &book;
            scope.spawn(move || {
                for n in 0..200 {
                    let card = format!("t{thread}-{n}");
                    if n % 2 == 0 {
                        book.learn_decision(&shown(card.clone(), &format!("p{n}")));
                        book.learn_feedback(&reasoned(card));
                    } else {
                        book.learn_feedback(&reasoned(card.clone()));
                        book.learn_decision(&shown(card, &format!("p{n}")));
                    }
                }
            });
        }
    });
    let known = |n: i32| {
        let patient = format!("p{n}");
        let asking = caveat::record::book::Asking { patient: &patient, user: "u", ..Default::default() };
        book.remembered(&asking).overrides.iter().filter(|o| o.own).count()
    };
    assert!((0..200).all(|n| known(n) == 4));
    assert_eq!(book.fullness().unmatched, 0);
    assert!(!format!("{book:?}").contains("xxx"), "comments are in no log");
}

#[tokio::test]
async fn many_comments_are_one_override() {
    let ward = Ward::new();
    let card = ward.ask(&low()).await.card_of(RULE);
    for n in 0..40 {
        wait(1);
        ward.tell("order-sign", overridden(&card, Some(json!({ "userComment": format!("words {n}") })))).await;
    }
    let answer = ward.ask(&low().at("medication-verify")).await;
    assert_eq!(answer.words().matches("**Overridden**").count(), 1);
    assert!(answer.words().contains("words 39"), "{}", answer.words());
}
