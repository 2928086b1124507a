//! Overrides over HTTP: what an override quiets, what shows the finding again, and what pharmacists see of it.

use crate::scene::{Call, MORE_RULES, Ward, overridden, wait};
use caveat::record::decision::DecidedFinding;
use serde_json::json;

const DAY: i64 = 86_400;
const RULE: &str = "warfarin-nsaid";
const IBUPROFEN: &str = "ibuprofen route=26643006 dose=400 times=3 days=10 on=2026-03-05";

fn bleeding() -> Call {
    Call::sign(&[IBUPROFEN], &["warfarin on=2025-01-01"])
}

/// A ward on which the bleeding risk was just overridden with a reason.
async fn overridden_ward() -> (Ward, String) {
    let ward = Ward::new();
    let card = ward.override_of(&bleeding(), RULE, "will-monitor", "").await;
    (ward, card)
}

#[tokio::test]
async fn the_same_order_again_is_quiet_and_stays_in_the_extension() {
    let (ward, card) = overridden_ward().await;
    wait(60);
    let answer = ward.ask(&bleeding()).await;
    assert_eq!(answer.fate(RULE), "overridden");
    let told = &answer.finding(RULE)["overridden"];
    assert_eq!(told["card"], json!(card));
    assert_eq!(told["reason"], json!({ "system": "urn:caveat:override-reason", "code": "will-monitor" }));
    assert_eq!((&told["at"], &told["until"]), (&json!("2026-03-05T09:30:00Z"), &json!("2026-06-03T09:30:00Z")));
    let by = told["by"].as_str().unwrap();
    assert!(by.len() == 32 && !by.contains("Practitioner"), "a pseudonym: {by}");
    assert!(told.get("comment").is_none(), "comments are for pharmacists");
    assert_eq!(answer.screening()["suppressed"], json!({ "overridden": 1 }));
}

/// Name, the call that comes after the override, and whether the finding is shown.
type Rearm = (&'static str, fn() -> Call, bool);

const REARMS: &[Rearm] = &[
    ("the same", bleeding, false),
    (
        "the same, with another id",
        || Call { orders: vec![crate::scene::order(IBUPROFEN, "other", "draft")], ..bleeding() },
        false,
    ),
    ("at order-select", || bleeding().at("order-select"), false),
    ("at medication-prescribe", || bleeding().at("medication-prescribe"), false),
    ("at medication-refill", || bleeding().at("medication-refill"), false),
    ("at medication-verify", || bleeding().at("medication-verify"), true),
    ("another drug beside it", || Call::sign(&[IBUPROFEN, "codeine"], &["warfarin on=2025-01-01"]), false),
    (
        "another dose",
        || {
            Call::sign(
                &["ibuprofen route=26643006 dose=600 times=3 days=10 on=2026-03-05"],
                &["warfarin on=2025-01-01"],
            )
        },
        true,
    ),
    (
        "more often",
        || {
            Call::sign(
                &["ibuprofen route=26643006 dose=400 times=4 days=10 on=2026-03-05"],
                &["warfarin on=2025-01-01"],
            )
        },
        true,
    ),
    (
        "another route",
        || {
            Call::sign(
                &["ibuprofen route=47625008 dose=400 times=3 days=10 on=2026-03-05"],
                &["warfarin on=2025-01-01"],
            )
        },
        true,
    ),
    (
        "a longer course",
        || {
            Call::sign(
                &["ibuprofen route=26643006 dose=400 times=3 days=20 on=2026-03-05"],
                &["warfarin on=2025-01-01"],
            )
        },
        true,
    ),
    (
        "a new course",
        || {
            Call::sign(
                &["ibuprofen route=26643006 dose=400 times=3 days=10 on=2026-03-06"],
                &["warfarin on=2025-01-01"],
            )
        },
        true,
    ),
    (
        "another partner drug",
        || Call::sign(&["naproxen route=26643006 dose=400 times=3 days=10 on=2026-03-05"], &["warfarin on=2025-01-01"]),
        true,
    ),
    ("another encounter", || Call { encounter: "e2", ..bleeding() }, true),
    ("no encounter", || Call { encounter: "", ..bleeding() }, true),
    ("another prescriber", || bleeding().by("Practitioner/2"), true),
    ("nobody named", || bleeding().by(""), true),
    ("another patient", || Call { patient: "p2", ..bleeding() }, true),
];

#[tokio::test]
async fn what_shows_an_overridden_finding_again() {
    let (ward, _) = overridden_ward().await;
    for (name, call, shown) in REARMS {
        let answer = ward.ask(&call()).await;
        let fate = answer.fate(RULE);
        assert_eq!(fate, if *shown { "shown" } else { "overridden" }, "{name}");
    }
}

#[tokio::test]
async fn a_quieted_finding_is_shown_again_when_a_value_changes() {
    let call = |value: f64| Call::sign(&["furosemide"], &["digoxin"]).potassium(value, "2026-03-05T07:00:00Z");
    let ward = Ward::new();
    ward.override_of(&call(3.3), "digoxin-diuretic", "no-alternative", "").await;
    assert_eq!(ward.ask(&call(3.3)).await.fate("digoxin-diuretic"), "overridden");
    assert_eq!(ward.ask(&call(3.2)).await.fate("digoxin-diuretic"), "overridden", "the same step");
    assert_eq!(ward.ask(&call(2.6)).await.fate("digoxin-diuretic"), "shown");
}

#[tokio::test]
async fn a_quieted_finding_is_shown_again_when_a_reaction_changes() {
    let call = |reaction: &str| Call::sign(&["amoxicillin"], &[]).allergic(reaction);
    let ward = Ward::new();
    let rule = "penicillin-class";
    ward.override_of(&call("271807003"), rule, "not-an-allergy", "").await;
    assert_eq!(ward.ask(&call("271807003")).await.fate(rule), "overridden");
    assert_eq!(ward.ask(&call("39579001")).await.fate(rule), "shown");
}

#[tokio::test]
async fn a_quieted_finding_is_shown_again_when_the_pack_means_something_else() {
    let call = || Call::sign(&["furosemide"], &["lisinopril"]);
    let rule = "lisinopril-furosemide";
    let ward = Ward::new();
    ward.override_of(&call(), rule, "no-alternative", "").await;
    let raised = |old: &str, new: &str| {
        let at = MORE_RULES.find(rule).unwrap();
        format!("{}{}", &MORE_RULES[..at], MORE_RULES[at..].replacen(old, new, 1))
    };
    ward.take_rules(&raised("risk = \"harm\"", "risk = \"other words\""));
    assert_eq!(ward.ask(&call()).await.fate(rule), "overridden", "a pack with other words alone");
    ward.take_rules(&raised("version = 1", "version = 2"));
    assert_eq!(ward.ask(&call()).await.fate(rule), "shown", "a raised version");
    ward.take_rules(&raised("severity = \"major\"", "severity = \"contraindicated\""));
    assert_eq!(ward.ask(&call()).await.fate(rule), "shown", "a raised severity");
    ward.take_rules(MORE_RULES);
    assert_eq!(ward.ask(&call()).await.fate(rule), "overridden", "the pack as it was");
}

#[tokio::test]
async fn an_override_ends_with_the_days_of_its_rule() {
    let call = || Call::sign(&["furosemide"], &["lisinopril"]);
    let ward = Ward::new();
    ward.override_of(&call(), "lisinopril-furosemide", "no-alternative", "").await;
    wait(DAY - 1);
    assert_eq!(ward.ask(&call()).await.fate("lisinopril-furosemide"), "overridden");
    wait(1);
    assert_eq!(ward.ask(&call()).await.fate("lisinopril-furosemide"), "shown");
}

#[tokio::test]
async fn what_may_never_be_silenced_and_what_has_no_days_is_shown() {
    let ward = Ward::new();
    for (call, rule) in [
        (Call::sign(&["codeine"], &["lithium"]), "codeine-lithium"),
        (Call::sign(&["fluoxetine"], &["haloperidol"]), "haloperidol-fluoxetine"),
    ] {
        ward.override_of(&call, rule, "no-alternative", "tried all").await;
        let answer = ward.ask(&call.again()).await;
        assert_eq!(answer.fate(rule), "shown");
        let told = &answer.finding(rule)["overridden"];
        assert!(told["at"].is_string() && told.get("until").is_none(), "{told}");
    }
}

#[tokio::test]
async fn a_dismissal_quiets_nothing_and_a_comment_alone_does() {
    let ward = Ward::new();
    for (why, fate) in [
        (None, "shown"),
        (Some(json!({})), "shown"),
        (Some(json!({ "userComment": "  " })), "shown"),
        (Some(json!({ "userComment": "INR on Monday" })), "overridden"),
    ] {
        let card = ward.ask(&bleeding()).await.card_of(RULE);
        ward.tell("order-sign", overridden(&card, why.clone())).await;
        assert_eq!(ward.ask(&bleeding()).await.fate(RULE), fate, "{why:?}");
    }
}

#[tokio::test]
async fn epics_plural_form_quiets_too() {
    let ward = Ward::new();
    let card = ward.ask(&bleeding()).await.card_of(RULE);
    let mut entry = overridden(&card, None);
    entry["overrideReasons"] = json!({ "extension": { "x": 1 }, "userComment": "known" });
    ward.tell("order-sign", entry).await;
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "overridden");
}

#[tokio::test]
async fn a_suggestion_taken_later_withdraws_the_override() {
    let (ward, card) = overridden_ward().await;
    wait(30);
    let accepted = json!({
        "card": card, "outcome": "accepted", "acceptedSuggestions": [{ "id": "s" }],
        "outcomeTimestamp": crate::scene::now().rfc3339()
    });
    ward.tell("order-sign", accepted).await;
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown");
}

#[tokio::test]
async fn feedback_about_unknown_cards_is_taken_and_counted() {
    let ward = Ward::new();
    for card in ["BPA^12^7", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"] {
        let reply = ward.tell("order-sign", overridden(card, Some(json!({ "userComment": "x" })))).await;
        assert_eq!(reply.json(), json!({}));
    }
    assert_eq!(ward.client.service.book.fullness().unmatched, 2);
    assert_eq!(ward.client.service.recorder.last_feedback(9).len(), 2);
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown");
}

#[tokio::test]
async fn an_override_said_to_be_given_in_the_future_counts_from_its_arrival() {
    let ward = Ward::new();
    let call = || Call::sign(&["furosemide"], &["lisinopril"]);
    let card = ward.ask(&call()).await.card_of("lisinopril-furosemide");
    let mut entry = overridden(&card, Some(json!({ "userComment": "x" })));
    entry["outcomeTimestamp"] = json!("2099-01-01T00:00:00Z");
    ward.tell("order-sign", entry).await;
    assert_eq!(ward.ask(&call()).await.fate("lisinopril-furosemide"), "overridden");
    wait(DAY);
    assert_eq!(ward.ask(&call()).await.fate("lisinopril-furosemide"), "shown");
}

#[tokio::test]
async fn a_clock_set_back_ends_no_silence_later_than_promised() {
    let (ward, _) = overridden_ward().await;
    wait(-400 * DAY);
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown", "given in what is now the future");
}

#[tokio::test]
async fn nobody_overrides_a_card_told_to_another_client() {
    let (ward, other) = (Ward::new(), Ward::for_client(|c| c.name = "other".to_owned()));
    let card = ward.ask(&bleeding()).await.card_of(RULE);
    // The same book, reached by another client.
    let book = &ward.client.service.book;
    other.tell("order-sign", overridden(&card, Some(json!({ "userComment": "x" })))).await;
    other.client.service.recorder.last_feedback(1).iter().for_each(|f| book.learn_feedback(f));
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown");
}

#[tokio::test]
async fn a_review_cannot_be_overridden_for_all_it_tells() {
    let ward = Ward::new();
    let review = Call {
        on_file: vec![
            crate::scene::order(IBUPROFEN, "i", "active"),
            crate::scene::order("warfarin on=2025-01-01", "w", "active"),
        ],
        ..Call::sign(&[], &[])
    }
    .at("patient-view");
    let card = ward.ask(&review).await.card_of(RULE);
    ward.tell("patient-view", overridden(&card, Some(json!({ "userComment": "all known" })))).await;
    assert_eq!(ward.ask(&review).await.fate(RULE), "shown");
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown");
}

#[tokio::test]
async fn the_pharmacist_sees_who_overrode_and_why() {
    let ward = Ward::new();
    ward.override_of(&bleeding(), RULE, "will-monitor", "INR on *Monday*").await;
    for hook in ["medication-verify", "medication-refill"] {
        let answer = ward.ask(&bleeding().at(hook).by("Practitioner/9")).await;
        assert_eq!(answer.fate(RULE), "shown");
        let detail = answer.card(RULE)["detail"].as_str().unwrap().to_owned();
        let line = "**Overridden** 2026-03-05 by the prescriber: will monitor (\"INR on \\*Monday\\*\").";
        assert!(detail.contains(line), "{hook}: {detail}");
        let own = &answer.card(RULE)["extension"]["org.caveat.finding"]["overridden"];
        assert_eq!((own, &own["comment"]), (&answer.finding(RULE)["overridden"], &json!("INR on *Monday*")));
    }
    let other =
        Call::sign(&["ibuprofen route=26643006 dose=800 times=3 days=10 on=2026-03-05"], &["warfarin on=2025-01-01"]);
    let answer = ward.ask(&other.at("medication-verify").by("Practitioner/9")).await;
    let detail = answer.card(RULE)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("by the prescriber, as it stood then: will monitor"), "{detail}");
    assert_eq!(answer.finding(RULE)["overridden"]["changed"], json!(true));
    let prescriber = ward.ask(&other.by("Practitioner/2")).await;
    assert!(prescriber.finding(RULE).get("overridden").is_none(), "what changed since is for pharmacists");
}

#[tokio::test]
async fn an_answer_records_what_it_left_out_and_what_it_remembered() {
    let (ward, _) = overridden_ward().await;
    ward.ask(&bleeding()).await;
    let last = &ward.client.service.recorder.last_decisions(2);
    let finding = last[0].findings.iter().find(|f| f.rule == RULE).unwrap();
    assert_eq!((finding.suppressed.as_str(), finding.card.as_str()), ("overridden", ""));
    assert_eq!(finding.fingerprint.len(), 32);
    assert!(last[0].remembered.contains(&finding.fingerprint), "{}", last[0].remembered);
    assert_eq!(last[1].remembered, "", "nothing was remembered at first");
}

#[tokio::test]
async fn switched_off_nothing_is_quieted_and_pharmacists_still_see() {
    let mut settings = caveat::settings::whole::Settings::default();
    settings.overriding.on = false;
    let ward = Ward::with(settings);
    ward.override_of(&bleeding(), RULE, "will-monitor", "").await;
    assert_eq!(ward.ask(&bleeding()).await.fate(RULE), "shown");
    let answer = ward.ask(&bleeding().at("medication-verify")).await;
    assert!(answer.words().contains("**Overridden** 2026-03-05"), "{}", answer.words());
}

#[tokio::test]
async fn what_was_remembered_repeats_the_answer_to_the_byte() {
    let (ward, _) = overridden_ward().await;
    let service = &ward.client.service;
    for hook in ["order-sign", "medication-verify", "patient-view"] {
        let call = bleeding().at(hook);
        let body = call.body().to_string();
        let reply = ward.client.post(&format!("/cds-services/caveat-{hook}"), body.clone()).await;
        let recorded = &service.recorder.last_decisions(1)[0];
        let remembered = serde_json::from_str(&recorded.remembered).unwrap();
        let client = caveat::settings::client::Client::default();
        let manner = caveat::hooks::manner::Manner { decision: &recorded.id, client: &client, remembered: &remembered };
        let hook = caveat::hooks::call::Hook::of_name(hook).unwrap();
        let read = caveat::hooks::request::read(hook, body.as_bytes(), crate::scene::now());
        let again = caveat::serve::answer::answer(&service.lineup.snapshot().unwrap(), read.as_ref(), &manner);
        assert_eq!(String::from_utf8_lossy(&reply.body), String::from_utf8_lossy(&again.body));
        // Orders are recorded by pseudonyms, which only the service knows to make.
        let bare = |findings: &[DecidedFinding]| -> Vec<DecidedFinding> {
            findings.iter().map(|f| DecidedFinding { orders: Vec::new(), ..f.clone() }).collect()
        };
        assert_eq!(bare(&again.decision.unwrap().findings), bare(&recorded.findings));
    }
}
