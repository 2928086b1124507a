//! Each assertion of the judge can fail: a good answer, spoilt in one place, and the complaint that must follow.

use crate::cards_desk::{DRAFT, WARFARIN, bleeding, call, gap, screening, twice};
use crate::judge::{
    discovery_complaints, exchange_complaints, header_complaints, judge_headers, outcome_complaints,
    response_complaints,
};
use caveat::clinical::chart::Entry;
use caveat::engine::finding::GapKind;
use caveat::hooks::call::{Hook, Refusal};
use caveat::hooks::{cards, discovery, outcome};
use serde_json::{Value, json};

/// Where an answer is spoilt (a JSON pointer), with what (`None` removes it), and a part of the complaint.
type Spoilt = (&'static str, Option<Value>, &'static str);

fn some(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

#[track_caller]
fn expect(complaints: &[String], wanted: &str, case: &str) {
    assert!(complaints.iter().any(|c| c.contains(wanted)), "{case}: wanted `{wanted}`, heard {complaints:#?}");
}

fn spoil(good: &Value, place: &str, with: Option<Value>) -> Vec<u8> {
    let mut bad = good.clone();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match (bad.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")), with) {
        (Value::Object(object), Some(value)) => _ = object.insert(key.to_owned(), value),
        (Value::Object(object), None) => assert!(object.remove(key).is_some(), "no {place}"),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        _ => panic!("no {place}"),
    }
    serde_json::to_vec(&bad).unwrap()
}

/// A card with a delete and an update, a gap card, a passive card, and a gap.
fn good_response() -> Value {
    let mut passive = bleeding();
    passive.loudness = caveat::clinical::severity::Loudness::Passive;
    let gap = gap(Entry::Medication(0), GapKind::UnknownCode, "RxNorm 999", true);
    let body = cards::write(&call(Hook::OrderSign), &screening(vec![twice(), passive], vec![gap]));
    assert_eq!(response_complaints(Hook::OrderSign, 200, &body), Vec::<String>::new());
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn responses() {
    let long = "x".repeat(140);
    let many: Vec<Value> =
        (0..8).map(|n| json!({"code": format!("c{n}"), "system": "urn:x", "display": "d"})).collect();
    let link = |change: fn(&mut Value)| {
        let mut link = json!({"label": "l", "url": "https://example.org", "type": "absolute"});
        change(&mut link);
        Some(json!([link]))
    };
    let delete = "/cards/0/suggestions/0/actions/0";
    let update = "/cards/0/suggestions/1/actions/0";
    let at = |place: &str, rest: &str| -> &'static str { Box::leak(format!("{place}{rest}").into_boxed_str()) };
    let finding = "/cards/0/extension/org.caveat.finding";
    let whole = "/extension/org.caveat.screening";
    let cases: Vec<Spoilt> = vec![
        ("/cards", None, "cards: is missing"),
        ("/cards", some("x"), "cards: is missing or no array"),
        ("/cards/0", some("x"), "cards[0]: is no object"),
        ("/systemActions", some(json!([1])), "systemActions are never sent"),
        ("/more", some("x"), "`more`"),
        ("/cards/0/uuid", None, "`uuid` is missing"),
        ("/cards/0/uuid", some("x"), "`uuid` is no UUID"),
        ("/cards/1/uuid", some(good_response()["cards"][0]["uuid"].clone()), "`uuid` is not unique"),
        ("/cards/0/summary", None, "`summary` is missing"),
        ("/cards/0/summary", some(7), "`summary` is no string"),
        ("/cards/0/summary", some(" "), "`summary` is empty"),
        ("/cards/0/summary", some(long), "140 characters"),
        ("/cards/0/summary", some("a\nb"), "control characters"),
        ("/cards/0/detail", some("a <b>c</b>"), "detail holds HTML"),
        ("/cards/0/detail", some("a \u{7} c"), "detail holds control"),
        ("/cards/0/detail", some("**a"), "unclosed `**`"),
        ("/cards/0/detail", some("`a"), "unclosed back-tick"),
        ("/cards/0/detail", some(Value::Null), "is null"),
        ("/cards/0/indicator", some("hard-stop"), "`indicator` is `hard-stop`"),
        ("/cards/0/indicator", None, "`indicator` is missing"),
        ("/cards/2/indicator", some("warning"), "stands after a passive one"),
        ("/cards/0/source", None, "`source` is missing"),
        ("/cards/0/source/label", None, "`label` is missing"),
        ("/cards/0/source/url", some("http://x"), "`url` is no absolute URL"),
        ("/cards/0/source/name", some("x"), "`name`"),
        ("/cards/0/source/topic", None, "`topic` is missing"),
        ("/cards/0/source/topic/system", None, "`system` is missing"),
        ("/cards/0/source/topic/code", some("a b"), "topic code"),
        ("/cards/0/source/topic/code", some("x".repeat(101)), "topic code"),
        ("/cards/0/selectionBehavior", None, "`selectionBehavior` is missing"),
        ("/cards/0/selectionBehavior", some("all"), "`selectionBehavior` is `all`"),
        ("/cards/0/suggestions", None, "selectionBehavior of nothing"),
        ("/cards/0/suggestions", some(json!([])), "empty array"),
        ("/cards/0/suggestions", some(1), "`suggestions` is no array"),
        ("/cards/0/suggestions/0/label", None, "`label` is missing"),
        ("/cards/0/suggestions/0/uuid", None, "`uuid` is missing"),
        ("/cards/0/suggestions/0/isRecommended", some(true), "pre-selected"),
        ("/cards/0/suggestions/0/isRecommended", None, "isRecommended is no boolean"),
        ("/cards/0/suggestions/0/actionSelectionBehavior", some("all"), "`actionSelectionBehavior`"),
        ("/cards/0/suggestions/0/actions", some(json!([])), "has not one action"),
        ("/cards/0/suggestions/0/actions", None, "`actions` is missing"),
        (at(delete, "/type"), some("remove"), "`type` is `remove`"),
        (at(delete, "/description"), None, "`description` is missing"),
        (at(delete, "/resourceId"), None, "`resourceId` is missing"),
        (at(delete, "/resourceId"), some("draft-1"), "not of the form Type/id"),
        (at(delete, "/resource"), some(json!({"a": 1})), "delete has a resource"),
        (at(update, "/resource"), None, "`resource` is missing"),
        (at(update, "/resource/id"), None, "update lacks"),
        (at(update, "/resource/status"), None, "lacks `status`"),
        (at(update, "/resource/intent"), None, "lacks `intent`"),
        (at(update, "/resource/subject"), None, "lacks `subject`"),
        (at(update, "/resource/medicationReference"), None, "lacks `medication[x]`"),
        (at(update, "/resource/resourceType"), some("Task"), "no order of a drug"),
        (at(update, "/resource/note"), some(json!({})), "empty object"),
        ("/cards/0/overrideReasons", some(many), "more than seven"),
        ("/cards/0/overrideReasons/0/display", None, "`display` is missing"),
        ("/cards/0/overrideReasons/0/system", None, "`system` is missing"),
        ("/cards/0/overrideReasons/0/code", some("switching"), "stands twice"),
        ("/cards/0/links", link(|l| l["label"] = json!(1)), "`label` is no string"),
        ("/cards/0/links", link(|l| l["url"] = json!("/x")), "url is not absolute"),
        ("/cards/0/links", link(|l| l["type"] = json!("pdf")), "`type` is `pdf`"),
        ("/cards/0/links", link(|l| l["appContext"] = json!("x")), "appContext without smart"),
        ("/cards/0/links", link(|l| l["autolaunchable"] = json!(true)), "launches itself"),
        ("/cards/0/extension", None, "interrupts without the extension"),
        ("/cards/0/extension", some(json!({"a": 1})), "lacks org.caveat.finding"),
        (at(finding, "/version"), some("2"), "`version` is `2`"),
        (at(finding, "/kind"), some("ddi"), "`kind` is `ddi`"),
        (at(finding, "/severity"), some("high"), "`severity` is `high`"),
        (at(finding, "/evidence"), None, "`evidence` is missing"),
        (at(finding, "/rule"), None, "`rule` is missing"),
        (at(finding, "/rule/version"), some("1"), "rule has no version"),
        (at(finding, "/participants"), None, "has no participants"),
        (at(finding, "/participants/0/role"), some("victim"), "`role` is `victim`"),
        (at(finding, "/participants/0/code/system"), None, "`system` is missing"),
        ("/extension", None, "org.caveat.screening: is missing"),
        (at(whole, "/findings/0/suppressed"), some("overridden"), "is suppressed and has a card"),
        (at(whole, "/findings/0/suppressed"), some("forgotten"), "`suppressed` is `forgotten`"),
        (at(whole, "/findings/0/card"), None, "has no card and does not say why"),
        (at(whole, "/findings/0/overridden"), some(json!({"by": "Dr X", "card": "c"})), "`by` is no pseudonym"),
        (at(whole, "/findings/0/overridden"), some(json!({"by": "0a", "card": "c", "at": "x"})), "is no time"),
        (at(whole, "/obligations"), some(json!([{"rule": "r", "by": "0a", "card": "c"}])), "`due` is missing"),
        (at(whole, "/pack"), None, "`pack` is missing"),
        (at(whole, "/pack/hash"), None, "`hash` is missing"),
        (at(whole, "/asOf"), some("2026-03-05"), "asOf is no time"),
        (at(whole, "/complete"), some(true), "`complete` does not say"),
        (at(whole, "/gaps"), None, "`complete` does not say"),
        (at(whole, "/gaps/0/kind"), some("odd"), "`kind` is `odd`"),
        (at(whole, "/findings/0/card"), some("x"), "a card that is not there"),
        (at(whole, "/checked/0/dose"), some("ok"), "`dose` is `ok`"),
        (at(whole, "/checked/0/reference"), None, "a row names no entry"),
        (at(whole, "/findings"), some(json!([])), "empty array"),
    ];
    let good = good_response();
    for (place, with, wanted) in cases {
        let case = format!("{place} {with:?}");
        expect(&response_complaints(Hook::OrderSign, 200, &spoil(&good, place, with)), wanted, &case);
    }
    let body = serde_json::to_vec(&good).unwrap();
    expect(&response_complaints(Hook::OrderSign, 204, &body), "status is not 200", "204");
    expect(&response_complaints(Hook::OrderSign, 200, b"[]"), "no object", "an array");
    expect(&response_complaints(Hook::OrderSign, 200, b"{"), "not JSON", "half");
    expect(&response_complaints(Hook::PatientView, 200, &body), "a review is one card", "review");
    let mut one = good.clone();
    one["cards"].as_array_mut().unwrap().truncate(1);
    let one = serde_json::to_vec(&one).unwrap();
    expect(&response_complaints(Hook::PatientView, 200, &one), "a review does not interrupt", "review");
}

#[test]
fn exchanges() {
    let body = serde_json::to_vec(&good_response()).unwrap();
    let request = |draft: &str, known: &str| {
        format!(r#"{{"context":{{"draftOrders":{{"entry":[{draft}]}}}},"prefetch":{{"m":[{known}]}}}}"#)
    };
    assert!(exchange_complaints(request(DRAFT, WARFARIN).as_bytes(), &body).is_empty());
    expect(&exchange_complaints(request("1", WARFARIN).as_bytes(), &body), "no draft of the call", "delete");
    expect(&exchange_complaints(request(DRAFT, "1").as_bytes(), &body), "was not sent", "update");
}

#[test]
fn discoveries() {
    let good: Value = serde_json::from_slice(&discovery::body()).unwrap();
    let cases: Vec<Spoilt> = vec![
        ("/services", None, "services: is missing"),
        ("/services/0", some(1), "is no object"),
        ("/services/0/hook", None, "`hook` is missing"),
        ("/services/0/description", None, "`description` is missing"),
        ("/services/0/id", None, "`id` is missing"),
        ("/services/1/id", some("caveat-order-select"), "id stands twice"),
        ("/services/0/usageRequirements", some(""), "empty"),
        ("/services/0/extra", some("x"), "`extra`"),
        ("/services/0/prefetch/a  b", some("Patient/{{context.patientId}}"), "no FHIR code"),
        ("/services/0/prefetch/x", some("Patient/{{context.userId}}"), "not always there"),
        ("/services/0/prefetch/x", some("Condition?patient={{context.encounterId}}"), "not always there"),
        ("/services/0/prefetch/x", some("Condition?patient={{context.draftOrders.id}}"), "not always there"),
        ("/services/0/prefetch/x", some("Condition?patient={{today()}}"), "not always there"),
        ("/services/0/prefetch/x", some("Condition?patient=context.patientId}}"), "unopened token"),
        ("/services/0/prefetch/x", some("Observation/{{context.patientId}}"), "no read by the patient's id"),
        ("/services/0/prefetch/x", some("Condition?subject:Patient.name=x"), "recommended subset"),
        ("/services/0/prefetch/x", some("Condition?_include=x"), "recommended subset"),
        ("/services/0/prefetch/x", some("Condition?patient="), "without a value"),
        ("/services/0/prefetch/x", some("Con dition?patient=1"), "no resource type"),
    ];
    for (place, with, wanted) in cases {
        let case = format!("{place} {with:?}");
        expect(&discovery_complaints(200, &spoil(&good, place, with)), wanted, &case);
    }
    expect(&discovery_complaints(500, &discovery::body()), "status is not 200", "500");
}

#[test]
fn outcomes() {
    let (status, body) = outcome::body(&Refusal::Wanting { keys: vec!["medications"] });
    assert!(outcome_complaints(status, &body).is_empty());
    let good: Value = serde_json::from_slice(&body).unwrap();
    let cases: Vec<Spoilt> = vec![
        ("/resourceType", some("Bundle"), "is not OperationOutcome"),
        ("/message", some("x"), "`message`"),
        ("/issue", None, "is missing or empty"),
        ("/issue/0/severity", some("bad"), "`severity` is `bad`"),
        ("/issue/0/code", some("oops"), "`code` is `oops`"),
        ("/issue/0/diagnostics", None, "`diagnostics` is missing"),
        ("/issue/0/expression", None, "412 does not name the keys"),
        ("/issue/0/expression", some(json!([null])), "is null"),
    ];
    for (place, with, wanted) in cases {
        let case = format!("{place} {with:?}");
        expect(&outcome_complaints(412, &spoil(&good, place, with)), wanted, &case);
    }
    expect(&outcome_complaints(500, &body), "status is no refusal of ours", "500");
    expect(&outcome_complaints(200, &body), "status is no refusal of ours", "200");
}

#[test]
fn headers() {
    let (json, cors) = (("Content-Type", "application/json"), ("access-control-allow-origin", "*"));
    judge_headers([json, cors]);
    expect(&header_complaints([cors]), "content-type", "no type");
    expect(&header_complaints([("content-type", "text/html"), cors]), "content-type", "HTML");
    expect(&header_complaints([json]), "access-control-allow-origin", "no CORS");
}
