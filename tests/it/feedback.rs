//! Feedback as clients really send it.

use caveat::hooks::call::Refusal;
use caveat::hooks::feedback::{FEEDBACK_CHARS_MAX, FEEDBACK_ENTRIES_MAX, Feedback, read};

/// One entry as a line: card, outcome, suggestions, reason, comment, time, troubles.
fn line(feedback: &Feedback) -> String {
    let reason = feedback.reason.as_ref().map(|r| format!("{}|{}", r.system, r.code)).unwrap_or_default();
    let at = feedback.at.map(|d| d.earliest.rfc3339()).unwrap_or_default();
    let outcome = feedback.outcome.map_or("?", |o| o.word());
    let parts = [&feedback.card, outcome, &feedback.accepted.join("+"), &reason, &feedback.comment, &at].join("; ");
    format!("{parts}; {}", feedback.troubles.join(" and "))
}

const CASES: &[(&str, &str, &str)] = &[
    (
        "accepted",
        r#"{"card":"c1","outcome":"accepted","acceptedSuggestions":[{"id":"s1"},{"id":"s2"}],"outcomeTimestamp":"2026-03-05T09:30:00Z"}"#,
        "c1; accepted; s1+s2; ; ; 2026-03-05T09:30:00Z; ",
    ),
    (
        "dismissed without a reason is legal",
        r#"{"card":"c1","outcome":"overridden","outcomeTimestamp":"2026-03-05T09:30:00+01:00"}"#,
        "c1; overridden; ; ; ; 2026-03-05T08:30:00Z; ",
    ),
    (
        "overridden with reason and comment",
        r#"{"card":"c1","outcome":"overridden","overrideReason":{"reason":{"code":"will-monitor","system":"urn:caveat:override-reason"},"userComment":" ok "},"outcomeTimestamp":"2026-03-05T09:30:00.123Z"}"#,
        "c1; overridden; ; urn:caveat:override-reason|will-monitor; ok; 2026-03-05T09:30:00Z; ",
    ),
    (
        "Epic: plural, one object, comment and extension only, an id that is no UUID",
        r#"{"card":"BPA^12^7","outcome":"overridden","overrideReasons":{"extension":{"x":[1]},"userComment":"later"},"outcomeTimestamp":"2026-03-05T09:30:00Z"}"#,
        "BPA^12^7; overridden; ; ; later; 2026-03-05T09:30:00Z; ",
    ),
    (
        "plural as an array, reason as a CodeableConcept",
        r#"{"card":"c1","outcome":"overridden","overrideReasons":[{"reason":{"coding":[{"code":"a"}]}}],"outcomeTimestamp":"2026-03-05T09:30:00Z"}"#,
        "c1; overridden; ; |a; ; 2026-03-05T09:30:00Z; ",
    ),
    (
        "what is missing is noted",
        r#"{"outcome":"ignored"}"#,
        "; ?; ; ; ; ; `card` is missing and `outcome` is `ignored`; `accepted` or `overridden` is wanted and \
         `outcomeTimestamp` is ``; a time is wanted",
    ),
    (
        "accepted without saying what",
        r#"{"card":"c1","outcome":"accepted","acceptedSuggestions":{},"outcomeTimestamp":"2026-03-05T09:30:00Z"}"#,
        "c1; accepted; ; ; ; 2026-03-05T09:30:00Z; `acceptedSuggestions` names none",
    ),
    ("no object", "7", "; ?; ; ; ; ; the entry is not an object"),
];

#[test]
fn entries() {
    for (name, entry, expect) in CASES {
        let sound = CASES[0].1;
        let all = read(format!(r#"{{"feedback":[{sound},{entry}],"unknown":null}}"#).as_bytes()).unwrap();
        assert_eq!(all.len(), 2, "{name}");
        assert_eq!(line(&all[0]), CASES[0].2, "{name}: the sound one is kept");
        assert_eq!(line(&all[1]), *expect, "{name}");
    }
}

#[test]
fn refusals() {
    let place = |body: &str| match read(body.as_bytes()) {
        Err(Refusal::NotJson { .. }) => "not JSON".to_owned(),
        Err(Refusal::Unreadable { place, .. }) => place,
        other => format!("{other:?}"),
    };
    assert_eq!(place("{"), "not JSON");
    assert_eq!(place(""), "not JSON");
    assert_eq!(place("[]"), "feedback");
    assert_eq!(place("{}"), "feedback");
    assert_eq!(place(r#"{"feedback":null}"#), "feedback");
    assert_eq!(place(r#"{"feedback":[7,"x"]}"#), "feedback[0]");
    assert_eq!(place(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))), "not JSON");
    assert_eq!(place(r#"{"feedback":[]}"#), "Ok([])");
}

#[test]
fn bounds() {
    let many = vec![CASES[0].1; FEEDBACK_ENTRIES_MAX + 1].join(",");
    let all = read(format!(r#"{{"feedback":[{many}]}}"#).as_bytes()).unwrap();
    assert_eq!(all.len(), FEEDBACK_ENTRIES_MAX);
    assert_eq!(all.last().unwrap().troubles, ["1 more entries were not read"]);
    let long = "é".repeat(FEEDBACK_CHARS_MAX + 1);
    let all = read(format!(r#"{{"feedback":[{{"card":"{long}"}}]}}"#).as_bytes()).unwrap();
    assert_eq!(all[0].card.chars().count(), FEEDBACK_CHARS_MAX);
}

/// Feedback as the specification prints it.
#[test]
fn as_the_specification_prints_it() {
    for file in ["22-feedback.json", "23-feedback.json", "24-feedback.json"] {
        let Ok(body) = std::fs::read(format!("../shared/requests/hl7-spec-3.0/{file}")) else {
            println!("skipped: ../shared/requests is absent");
            return;
        };
        let all = read(&body).unwrap();
        assert!(all.iter().all(|f| f.troubles.is_empty()), "{file}");
    }
}
