//! What a call lacks: near misses of what counts as sent.

use crate::fhir_server::{bundle, empty, order, paged};
use crate::serve::late_2026;
use caveat::hooks::call::Hook;
use caveat::hooks::request::read;
use caveat::hooks::wanted::{is_id, wanted};

/// The keys wanted by a call with this prefetch.
fn keys(prefetch: &str) -> String {
    let draft = order("d", "p1", "197805").replace("active", "draft");
    let body = format!(
        r#"{{"hook":"order-sign","fhirServer":"https://h.example.org/r4","context":{{"patientId":"p1","draftOrders":{}}},"prefetch":{{{prefetch}}}}}"#,
        bundle(&[&draft])
    );
    let call = read(Hook::OrderSign, body.as_bytes(), late_2026()).unwrap();
    let wants = wanted(&call);
    let keys: Vec<&str> = wants.list.iter().map(|w| w.key.as_str()).collect();
    keys.join(" ")
}

/// All ten but these.
fn all_but(sent: &[&str]) -> String {
    let keys = [
        "patient",
        "medications",
        "statements",
        "dispenses",
        "administrations",
        "allergies",
        "problems",
        "labs",
        "pregnancy",
        "procedures",
    ];
    keys.into_iter().filter(|key| !sent.contains(key)).collect::<Vec<_>>().join(" ")
}

const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p1"}}"#;
const FAILED: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;

#[test]
fn what_was_sent_denied_or_failed_is_not_wanted() {
    let searched = r#"{"resourceType":"Bundle","link":[{"relation":"self","url":"https://h.example.org/r4/Condition?patient=p1"}]}"#;
    let meds = bundle(&[&order("m", "p1", "855332")]);
    for (prefetch, sent) in [
        (String::new(), &[][..]),
        (format!(r#""allergies":{}"#, empty()), &["allergies"]),
        (r#""allergies":null"#.to_owned(), &["allergies"]),
        (format!(r#""allergies":{FAILED}"#), &["allergies"]),
        // Of the right type under another key; by the link of an empty Bundle; by the words of a key.
        (format!(r#""item7":{}"#, bundle(&[ALLERGY])), &["allergies"]),
        (format!(r#""item7":{searched}"#), &["problems"]),
        (format!(r#""PatientAllergies":{}"#, empty()), &["allergies"]),
        (format!(r#""PatientAllergies":{FAILED}"#), &["allergies"]),
        // A site with keys of its own decides itself which lists of drugs there are; one that sends by our keys left out three.
        (format!(r#""Meds":{meds}"#), &["medications", "statements", "dispenses", "administrations"]),
        (format!(r#""medications":{meds}"#), &["medications"]),
        (format!(r#""medications":{meds},"statements":null"#), &["medications", "statements"]),
        // A man is not pregnant; somebody else may be.
        (r#""patient":{"resourceType":"Patient","id":"p1","gender":"male"}"#.to_owned(), &["patient", "pregnancy"]),
        (r#""patient":{"resourceType":"Patient","id":"p1","gender":"unknown"}"#.to_owned(), &["patient"]),
        // Nothing readable is nothing sent.
        (r#""allergies":"see chart""#.to_owned(), &[]),
        (r#""allergies":{"no":"type"}"#.to_owned(), &[]),
    ] {
        assert_eq!(keys(&prefetch), all_but(sent), "{prefetch}");
    }
}

#[test]
fn further_pages_are_wanted_on_the_same_server_alone() {
    for (url, path) in [
        ("https://h.example.org/r4/Condition?page=2", Some("/Condition?page=2")),
        ("https://h.example.org/r4?page=2", Some("?page=2")),
        ("Condition?page=2", Some("Condition?page=2")),
        ("https://h.example.org/r4evil/Condition?page=2", None),
        ("https://evil.org/r4/Condition?page=2", None),
        ("//evil.org/r4/Condition?page=2", None),
    ] {
        let prefetch = paged(&[ALLERGY], Some(url));
        let body = format!(
            r#"{{"hook":"order-sign","fhirServer":"https://h.example.org/r4/","context":{{"patientId":"p1","draftOrders":{}}},"prefetch":{{"allergies":{prefetch}}}}}"#,
            bundle(&[&order("d", "p1", "197805")])
        );
        let call = read(Hook::OrderSign, body.as_bytes(), late_2026()).unwrap();
        let wants = wanted(&call);
        let page = wants.list.iter().find(|w| w.key == "allergies").map(|w| w.path.as_str());
        assert_eq!((page, wants.lacks.len()), (path, usize::from(path.is_none())), "{url}");
    }
}

#[test]
fn without_a_server_or_a_patient_nothing_is_wanted() {
    let body = |server: &str, patient: &str| {
        format!(
            r#"{{"hook":"patient-view","fhirServer":"{server}","context":{{"patientId":"{patient}"}},"prefetch":{{}}}}"#
        )
    };
    for (server, patient, count) in
        [("", "p1", 0), ("https://h.example.org", "", 0), ("https://h.example.org", "p1", 10)]
    {
        let body = body(server, patient);
        let call = read(Hook::PatientView, body.as_bytes(), late_2026()).unwrap();
        assert_eq!(wanted(&call).list.len(), count, "{server} {patient}");
    }
}

#[test]
fn ids_are_those_that_fhir_allows() {
    for (id, allowed) in [
        ("p1", true),
        ("a.b-C.9", true),
        (&"x".repeat(64), true),
        (&"x".repeat(65), false),
        ("", false),
        (".", false),
        ("..", false),
        ("a/b", false),
        ("a?b", false),
        ("a%2fb", false),
        ("a b", false),
        ("\u{e4}", false),
    ] {
        assert_eq!(is_id(id), allowed, "{id:?}");
    }
}
