//! What is written about a screening: goldens that a pharmacist can read, tables of indicator, audience and escaping.

use crate::cards_desk::{
    DRAFT, WARFARIN, bleeding, call, chart, gap, list_gap, medication, raw, rxnorm, screening, stamp, twice, who,
};
use crate::judge::{judge_discovery, judge_exchange, judge_outcome, judge_response};
use caveat::clinical::chart::{Entry, List, RecordKind, Standing, Status};
use caveat::clinical::code::Concept;
use caveat::clinical::remembered::Remembered;
use caveat::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Seriousness, Severity};
use caveat::engine::finding::{Finding, Gap, GapKind, Role, RuleRef, Screening, Texts, TraceLine, Words, WordsOf};
use caveat::hooks::call::{Call, Hook, Refusal};
use caveat::hooks::manner::Manner;
use caveat::hooks::{cards, cards_identity, cards_reasons, cards_words, discovery, outcome};
use caveat::settings::client::Client;
use serde_json::Value;

/// A call and its screening, written as a golden.
struct Golden {
    name: &'static str,
    call: fn() -> Call<'static>,
    screening: fn() -> Screening<'static>,
}

const GOLDENS: &[Golden] = &[
    Golden { name: "interaction_at_sign", call: at_sign, screening: || screening(vec![bleeding()], vec![]) },
    Golden {
        name: "allergy_and_passive_dose",
        call: at_sign,
        screening: || screening(vec![allergy(), dose()], vec![]),
    },
    Golden { name: "nothing_chosen", call: nothing_chosen, screening: empty },
    Golden { name: "ordered_drug_unknown", call: unknown_draft, screening: || screening(vec![dose()], unknown_gaps()) },
    Golden { name: "many_unknown_drugs", call: at_sign, screening: || screening(vec![], many_unknown()) },
    Golden { name: "never_silence_impossible", call: at_sign, screening: || screening(vec![], never_silence()) },
    Golden { name: "verify_in_full", call: at_verify, screening: || screening(vec![for_pharmacist()], some_gaps()) },
    Golden { name: "verify_without_gaps", call: at_verify, screening: || screening(vec![], vec![]) },
    Golden { name: "review", call: at_view, screening: || screening(vec![allergy(), bleeding(), dose()], some_gaps()) },
    Golden { name: "review_of_one", call: at_view, screening: || screening(vec![bleeding()], vec![]) },
    Golden { name: "review_with_gaps_only", call: at_view, screening: || screening(vec![], some_gaps()) },
    Golden { name: "review_clear", call: at_view, screening: empty },
    Golden { name: "hostile_words", call: hostile_call, screening: hostile },
    Golden { name: "active_order_in_hand", call: active_in_hand, screening: || screening(vec![bleeding()], vec![]) },
    Golden { name: "traced", call: at_sign, screening: traced },
];

/// Each is judged and stands as reviewed. `UPDATE=1` rewrites them.
#[test]
fn goldens() {
    for golden in GOLDENS {
        let (call, screening) = ((golden.call)(), (golden.screening)());
        let body = cards::write(&call, &screening);
        assert_eq!(body, cards::write(&call, &screening), "{}: written twice, written alike", golden.name);
        judge_response(call.hook, 200, &body);
        compare(golden.name, &body);
    }
}

#[test]
fn discovery_is_as_reviewed() {
    let body = discovery::body();
    judge_discovery(200, &body);
    compare("discovery", &body);
    let root: Value = serde_json::from_slice(&body).unwrap();
    let services = root["services"].as_array().unwrap();
    assert_eq!(services.len(), Hook::ALL.len());
    for (service, hook) in services.iter().zip(Hook::ALL) {
        assert_eq!(service["hook"], hook.name());
        assert_eq!(service["id"], hook.service_id());
    }
}

#[test]
fn refusals_name_the_place() {
    let cases: [(&str, Refusal, u16); 5] = [
        ("refusal_not_json", Refusal::NotJson { why: "expected value at line 1 column 1".into() }, 400),
        (
            "refusal_unreadable",
            Refusal::Unreadable { place: "context.draftOrders".into(), why: "is a string; a Bundle is wanted".into() },
            400,
        ),
        ("refusal_other_hook", Refusal::OtherHook { found: "order-sign".into(), wanted: "order-select" }, 400),
        ("refusal_wanting", Refusal::Wanting { keys: vec!["medications", "allergies"] }, 412),
        ("refusal_no_service", Refusal::NoService { id: "nope".into() }, 404),
    ];
    for (name, refusal, status) in cases {
        let (found, body) = outcome::body(&refusal);
        assert_eq!(found, status, "{name}");
        judge_outcome(found, &body);
        compare(name, &body);
    }
    let (status, body) = outcome::error(413, "too-long", "the body has more than 8388608 bytes");
    judge_outcome(status, &body);
}

/// Loudness, severity and management come to one indicator.
#[test]
fn indicators() {
    let mut table = String::new();
    for loudness in [Loudness::Passive, Loudness::Interruptive] {
        for severity in [Severity::Minor, Severity::Moderate, Severity::Major, Severity::Contraindicated] {
            for management in
                [Management::NoPrecautions, Management::Assess, Management::BenefitMustOutweigh, Management::Avoid]
            {
                let (l, s, m) = (loudness.word(), severity.word(), management.word());
                let indicator = cards_reasons::indicator(loudness, severity, management);
                table.push_str(&format!("{l:<12} {s:<15} {m:<21} {indicator}\n"));
            }
        }
    }
    compare_text("indicators.txt", &table);
}

/// Override reasons, as a pharmacist reviews them.
#[test]
fn override_reasons() {
    let mut table = String::new();
    for question in Question::ALL {
        let reasons = cards_reasons::reasons(question);
        assert!((1..=7).contains(&reasons.len()));
        table.push_str(&format!("{}\n", question.word()));
        reasons.iter().for_each(|(code, display)| table.push_str(&format!("  {code:<24} {display}\n")));
    }
    compare_text("override_reasons.txt", &table);
}

/// Who sees what is meant for whom: pharmacist-only stays off the prescriber's screen, and in the extension.
#[test]
fn audiences() {
    let cases = [
        (Hook::OrderSelect, Audience::Both, 1),
        (Hook::OrderSelect, Audience::Prescriber, 1),
        (Hook::OrderSelect, Audience::Pharmacist, 0),
        (Hook::OrderSign, Audience::Pharmacist, 0),
        (Hook::MedicationPrescribe, Audience::Pharmacist, 0),
        (Hook::MedicationVerify, Audience::Pharmacist, 1),
        (Hook::MedicationVerify, Audience::Prescriber, 1),
        (Hook::MedicationRefill, Audience::Pharmacist, 1),
        (Hook::AllergyIntoleranceCreate, Audience::Prescriber, 1),
    ];
    for (hook, audience, cards) in cases {
        let finding = Finding { audience, ..bleeding() };
        let mut screening = screening(vec![finding], vec![]);
        screening.checked.rows.clear();
        let answer = answer(&call(hook), &screening);
        assert_eq!(answer["cards"].as_array().unwrap().len(), cards, "{hook:?} {audience:?}");
        let brief = &answer["extension"]["org.caveat.screening"]["findings"][0];
        assert_eq!(brief["rule"]["id"], "warfarin-nsaid");
        assert_eq!(brief["card"].is_string(), cards == 1);
    }
}

/// Another drug that takes part is never offered for stopping; what stands twice is.
#[test]
fn only_orders_and_duplicates_are_stopped() {
    for (finding, expect) in [(bleeding(), 1), (twice(), 2)] {
        let answer = answer(&call(Hook::OrderSign), &screening(vec![finding], vec![]));
        assert_eq!(answer["cards"][0]["suggestions"].as_array().unwrap().len(), expect);
    }
}

/// When an order is stopped, how, and when not.
#[test]
fn suggestions() {
    type Change = fn(&mut Call<'static>);
    let cases: &[(&str, Change, &str)] = &[
        ("draft deleted, order on file stopped", |_| {}, "delete MedicationRequest/draft-1, update w1 stopped"),
        ("a draft without an id cannot be deleted", |c| c.raw[0].id.clear(), "update w1 stopped"),
        ("an id that is none of FHIR's is not used", |c| c.raw[0].id = "a/b".into(), "update w1 stopped"),
        ("the raw order is not at hand", |c| _ = c.raw.pop(), "delete MedicationRequest/draft-1"),
        ("a draft on file is not touched", |c| c.chart.medications[1].status = Status::Draft, DELETE),
        ("completed: nothing to stop", |c| c.chart.medications[1].status = Status::Completed, DELETE),
        ("on hold: stopped", |c| c.chart.medications[1].status = Status::OnHold, BOTH),
        ("a statement is no order", |c| c.chart.medications[1].kind = RecordKind::Statement, DELETE),
        ("no intent: not complete", |c| c.raw[1] = raw(1, NO_INTENT), DELETE),
        ("a null within: not sent back", |c| c.raw[1] = raw(1, WITH_NULL), DELETE),
        ("status twice: not sent back", |c| c.raw[1] = raw(1, STATUS_TWICE), DELETE),
        ("DSTU2: its own order", |c| c.raw[1] = raw(1, DSTU2), "delete MedicationRequest/draft-1, update o1 stopped"),
    ];
    for (name, change, expect) in cases {
        let mut call = call(Hook::OrderSign);
        change(&mut call);
        let body = cards::write(&call, &screening(vec![twice()], vec![]));
        judge_response(Hook::OrderSign, 200, &body);
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let none = Vec::new();
        let suggestions = answer["cards"][0]["suggestions"].as_array().unwrap_or(&none);
        let said: Vec<String> = suggestions.iter().map(|s| said(&s["actions"][0])).collect();
        assert_eq!(said.join(", "), *expect, "{name}");
    }
}

const DELETE: &str = "delete MedicationRequest/draft-1";
const BOTH: &str = "delete MedicationRequest/draft-1, update w1 stopped";
const NO_INTENT: &str = r#"{"resourceType":"MedicationRequest","id":"w1","status":"active","subject":{"reference":"Patient/p1"},"medicationReference":{"reference":"Medication/1"}}"#;
const WITH_NULL: &str = r#"{"resourceType":"MedicationRequest","id":"w1","status":"active","intent":"order","note":[ ],"subject":{"reference":"Patient/p1"},"medicationReference":{"reference":"Medication/1"}}"#;
const STATUS_TWICE: &str = r#"{"resourceType":"MedicationRequest","id":"w1","status":"active","st\u0061tus":"draft","intent":"order","subject":{"reference":"Patient/p1"},"medicationReference":{"reference":"Medication/1"}}"#;
const DSTU2: &str = r#"{"resourceType":"MedicationOrder","id":"o1","status":"active","patient":{"reference":"Patient/p1"},"medicationReference":{"reference":"Medication/1"}}"#;

fn said(action: &Value) -> String {
    match action["resourceId"].as_str() {
        Some(id) => format!("delete {id}"),
        None => format!(
            "{} {} {}",
            action["type"].as_str().unwrap(),
            action["resource"]["id"].as_str().unwrap(),
            action["resource"]["status"].as_str().unwrap()
        ),
    }
}

/// An update sends everything back as it came, to the last digit, save the status.
#[test]
fn an_update_changes_the_status_alone() {
    let body = cards::write(&call(Hook::OrderSign), &screening(vec![twice()], vec![]));
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains(r#""value":2.50,"unit":"mg""#), "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let mut found = answer["cards"][0]["suggestions"][1]["actions"][0]["resource"].clone();
    let sent: Value = serde_json::from_str(WARFARIN).unwrap();
    assert_eq!(found["status"], "stopped");
    assert_eq!(found["contained"][0]["status"], "active", "only its own status");
    found["status"] = "active".into();
    assert_eq!(found, sent);
    let request = format!(
        r#"{{"context":{{"draftOrders":{{"entry":[{{"resource":{DRAFT}}}]}}}},"prefetch":{{"a":{{"entry":[{{"resource":{WARFARIN}}}]}}}}}}"#
    );
    judge_exchange(Hook::OrderSign, request.as_bytes(), 200, text.as_bytes());
}

/// Same call, same names; another call, others; the same finding on two drafts, two names.
#[test]
fn uuids() {
    let names = |call: &Call<'_>, screening: &Screening<'_>| -> Vec<String> {
        let answer = answer(call, screening);
        let cards = answer["cards"].as_array().unwrap().iter();
        cards.map(|c| c["uuid"].as_str().unwrap().to_owned()).collect()
    };
    let one = screening(vec![bleeding()], vec![]);
    let call_a = call(Hook::OrderSign);
    let mut call_b = call(Hook::OrderSign);
    call_b.instance = "another".into();
    let mut anonymous = call(Hook::OrderSign);
    anonymous.instance.clear();
    let mut other_patient = anonymous.clone();
    other_patient.patient = "p2".into();
    assert_eq!(names(&call_a, &one), names(&call_a, &one));
    assert_ne!(names(&call_a, &one), names(&call_b, &one));
    assert_ne!(names(&anonymous, &one), names(&other_patient, &one));
    assert_ne!(names(&call_a, &one), names(&call(Hook::OrderSelect), &one));
    let twice = names(&call_a, &screening(vec![bleeding(), bleeding()], vec![]));
    assert_ne!(twice[0], twice[1]);
    assert_eq!(twice[0], names(&call_a, &one)[0]);
    let (client, remembered) = (Client::default(), Remembered::default());
    let manner = Manner { decision: "", client: &client, remembered: &remembered };
    let shown = cards::answer(&call_a, &one, &manner).shown;
    assert_eq!(shown[0].card.to_string(), names(&call_a, &one)[0]);
}

/// An override of one card cannot silence another: same rule and participants, same code; anything else, another.
#[test]
fn topics() {
    let topic = |finding: &Finding<'_>| {
        let mut out = String::new();
        cards_identity::topic(&mut out, finding);
        out
    };
    let base = bleeding();
    assert_eq!(topic(&base), "warfarin-nsaid.5640.11289.major");
    let mut swapped = bleeding();
    swapped.participants.reverse();
    swapped.drivers.clear();
    swapped.rule.version = 4;
    assert_eq!(topic(&swapped), topic(&base), "whichever is ordered, whatever drove it");
    let worse = Finding { severity: Severity::Contraindicated, ..bleeding() };
    assert_ne!(topic(&worse), topic(&base), "a worse one is shown again");
    let mut other = bleeding();
    other.participants[0].rxcui = 7258;
    assert_ne!(topic(&other), topic(&base));
    let mut many = bleeding();
    many.participants = (0..30).map(|n| who(Role::Mutual, Entry::Medication(n), "x", 1_000_000 + n)).collect();
    let mut many_more = many.clone();
    many_more.participants.push(who(Role::Mutual, Entry::Medication(31), "y", 9));
    assert_eq!(topic(&many).len(), 100);
    assert_ne!(topic(&many), topic(&many_more));
    let (mut greek, mut greeks) = (bleeding(), bleeding());
    greek.participants[0] = who(Role::Allergen, Entry::Allergy(0), "β-lactam", 0);
    greeks.participants[0] = who(Role::Allergen, Entry::Allergy(0), "γ-lactam", 0);
    assert_ne!(topic(&greek), topic(&greeks), "what the code cannot spell is hashed");
}

/// Drugs, risk, action, in at most 139 characters.
#[test]
fn summaries() {
    type Names = &'static [(&'static str, Role)];
    let participants = |names: Names| -> Vec<_> {
        names.iter().enumerate().map(|(n, (name, role))| who(*role, Entry::Medication(n as u32), name, 1)).collect()
    };
    const MUTUAL: Role = Role::Mutual;
    const DRUG: Role = Role::Drug;
    let cases: &[(Names, &str, &str, &str)] = &[
        (
            &[("warfarin", MUTUAL), ("ibuprofen", MUTUAL)],
            "bleeding",
            "add a PPI.",
            "Warfarin + ibuprofen: bleeding. Add a PPI",
        ),
        (&[("ibuprofen", DRUG)], "more than 3200 mg a day.", "", "Ibuprofen: more than 3200 mg a day"),
        (
            &[("ibuprofen", MUTUAL), ("ibuprofen", MUTUAL)],
            "same drug twice",
            "stop one",
            "Ibuprofen ×2: same drug twice. Stop one",
        ),
        (
            &[("amoxicillin", DRUG), ("penicillin", Role::Allergen)],
            "anaphylaxis",
            "choose a macrolide",
            "Amoxicillin, allergy to penicillin: anaphylaxis. Choose a macrolide",
        ),
        (
            &[("penicillin", DRUG), ("penicillin", Role::Allergen)],
            "anaphylaxis",
            "avoid",
            "Penicillin, allergy to penicillin: anaphylaxis. Avoid",
        ),
        (
            &[("metformin", DRUG), ("acidosis", Role::Problem)],
            "lactic acidosis",
            "stop",
            "Metformin, with acidosis: lactic acidosis. Stop",
        ),
        (
            &[("MAO inhibitor", MUTUAL), ("pH buffer", MUTUAL)],
            "x",
            "pH first",
            "MAO inhibitor + pH buffer: x. pH first",
        ),
    ];
    for (names, risk, advice, expect) in cases {
        let words = Words { risk, advice, ..bleeding().words.spelt() };
        let words = WordsOf::Are(&words);
        let finding = Finding { participants: participants(names), words, ..bleeding() };
        assert_eq!(summary(&finding), *expect);
    }
    let many: Vec<_> = ["amiodarone", "haloperidol", "methadone", "citalopram", "ondansetron", "moxifloxacin"]
        .iter()
        .enumerate()
        .map(|(n, name)| who(Role::Mutual, Entry::Medication(n as u32), name, n as u32))
        .collect();
    let finding = Finding { participants: many, ..bleeding() };
    let expect = "Amiodarone + haloperidol + methadone + citalopram + ondansetron + 1 more: serious bleeding. \
                  Use paracetamol instead, or add a PPI and…";
    assert_eq!(summary(&finding), expect);
    let long = Words {
        risk: "é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é",
        ..bleeding().words.spelt()
    };
    assert!(summary(&Finding { words: WordsOf::Are(&long), ..bleeding() }).chars().count() <= 139);
}

fn summary(finding: &Finding<'_>) -> String {
    let mut out = String::new();
    cards_words::summary(&mut out, finding);
    out
}

/// Words from the request are shown as they are: no markup, no links, no hidden characters, no end.
#[test]
fn words_from_the_request() {
    let cases = [
        ("Warfarin 5 mg, (once)", "Warfarin 5 mg, (once)"),
        ("**bold** _under_ `code`", "\\*\\*bold\\*\\* \\_under\\_ \\`code\\`"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("a & b &lt;", "a &amp; b &amp;lt;"),
        ("[x](http://evil.example)", "\\[x\\](http\\://evil.example)"),
        ("www.evil.example WwW.evil", "www\\.evil.example WwW\\.evil"),
        ("ww.fine at 10:30", "ww.fine at 10:30"),
        ("me@evil.example", "me\\@evil.example"),
        ("two\nlines\t\t# heading", "two lines # heading"),
        ("\u{202e}left\u{200b} \u{0}x", "left x"),
        ("   ", ""),
        (" x  y ", "x y"),
        ("x ", "x"),
    ];
    for (sent, expect) in cases {
        let mut out = String::new();
        cards_words::push_escaped(&mut out, sent, 100);
        assert_eq!(out, expect);
    }
    let mut out = String::new();
    cards_words::push_escaped(&mut out, &"x".repeat(101), 100);
    assert_eq!(out, format!("{}…", "x".repeat(100)));
    out.clear();
    cards_words::push_plain(&mut out, &"x".repeat(100), 100);
    assert_eq!(out, "x".repeat(100));
}

fn at_sign() -> Call<'static> {
    call(Hook::OrderSign)
}

fn at_verify() -> Call<'static> {
    call(Hook::MedicationVerify)
}

fn at_view() -> Call<'static> {
    call(Hook::PatientView)
}

fn nothing_chosen() -> Call<'static> {
    let mut call = call(Hook::OrderSelect);
    call.nothing_chosen = true;
    call.chart = caveat::clinical::chart::Chart::empty(chart().as_of);
    call
}

fn unknown_draft() -> Call<'static> {
    let mut call = call(Hook::OrderSign);
    let tea = Concept { text: Some("Grandma's *tea*\nmixture".into()), ..Concept::default() };
    call.chart.medications.push(medication("MedicationRequest/d2", tea, Standing::InHand, Status::Draft));
    call
}

fn active_in_hand() -> Call<'static> {
    let mut call = call(Hook::OrderSign);
    call.chart.medications[0].status = Status::Active;
    call.chart.medications[0].drug.concept = rxnorm("197805", "Ibuprofen 400 MG");
    call
}

fn hostile_call() -> Call<'static> {
    let mut call = unknown_draft();
    call.chart.medications[0].drug.concept.text = Some("<img src=x onerror=alert(1)> ![](https://e.example)".into());
    call.chart.medications[0].reference = "urn:uuid:1|<b>".into();
    call
}

fn hostile() -> Screening<'static> {
    let mut contra = bleeding();
    contra.question = Question::Contraindication;
    contra.participants[1] = who(Role::Problem, Entry::Problem(0), "ulcer bleeding", 0);
    contra.drivers = vec!["problem \"Acute ulcer <b>bleeding</b> *now*\"".into()];
    screening(vec![contra], vec![gap(Entry::Medication(3), GapKind::UncodedDrug, "\u{202e}<b>\"tea\"</b>", true)])
}

fn empty() -> Screening<'static> {
    let mut screening = screening(vec![], vec![]);
    screening.checked.rows.clear();
    screening
}

fn traced() -> Screening<'static> {
    let mut screening = screening(vec![], vec![]);
    screening.trace = vec![TraceLine {
        rule: RuleRef { id: "warfarin-nsaid", version: 3 },
        entries: vec![Entry::Medication(0), Entry::Medication(1), Entry::Patient],
        fired: false,
        because: vec!["route is topical: fails (oral)".into()],
    }];
    screening
}

fn allergy() -> Finding<'static> {
    Finding {
        question: Question::Allergy,
        rule: RuleRef { id: "penicillin-same-class", version: 1 },
        also: vec![RuleRef { id: "beta-lactam-theoretical", version: 2 }],
        severity: Severity::Contraindicated,
        management: Management::Avoid,
        effect: None,
        tier: Some("same-class"),
        participants: vec![
            who(Role::Drug, Entry::Medication(0), "amoxicillin", 723),
            who(Role::Allergen, Entry::Allergy(0), "penicillin", 0),
        ],
        drivers: vec!["anaphylaxis recorded".into()],
        words: WordsOf::Are(&Words {
            title: "Penicillin in penicillin allergy",
            risk: "anaphylaxis",
            advice: "choose an antibiotic of another class",
            consequence: "anaphylaxis, within minutes",
            mechanism: "",
            actions: Texts::Are(&[]),
            sources: Texts::Are(&["CDC 2021"]),
            exposure_frequency: "",
            harm_frequency: "",
        }),
        never_silence: true,
        override_days: 0,
        key: "penicillin-same-class@1|723|91936005".into(),
        ..bleeding()
    }
}

fn dose() -> Finding<'static> {
    Finding {
        question: Question::Dose,
        rule: RuleRef { id: "ibuprofen-daily", version: 1 },
        severity: Severity::Moderate,
        seriousness: Seriousness::Unknown,
        loudness: Loudness::Passive,
        management: Management::Assess,
        evidence: Evidence::Probable,
        effect: None,
        participants: vec![who(Role::Drug, Entry::Medication(0), "ibuprofen", 5640)],
        drivers: vec!["4800 mg a day ordered, usual limit 3200 mg a day".into()],
        key: "ibuprofen-daily@1|5640|x1.5".into(),
        words: WordsOf::Are(Box::leak(Box::new(Words {
            title: "Ibuprofen, daily dose",
            risk: "4800 mg a day is more than 3200 mg",
            advice: "reduce to 800 mg four times a day at most",
            ..bleeding().words.spelt()
        }))),
        ..bleeding()
    }
}

fn for_pharmacist() -> Finding<'static> {
    Finding { audience: Audience::Pharmacist, loudness: Loudness::Passive, ..bleeding() }
}

fn unknown_gaps() -> Vec<Gap> {
    vec![gap(Entry::Medication(3), GapKind::UncodedDrug, "Grandma's *tea*\nmixture", true)]
}

fn many_unknown() -> Vec<Gap> {
    (0..12).map(|n| gap(Entry::Unread(n), GapKind::UnresolvedReference, &format!("Medication/{n}"), true)).collect()
}

fn never_silence() -> Vec<Gap> {
    let potassium = gap(Entry::Medication(1), GapKind::Missing, "potassium of the last 7 days", true);
    vec![Gap { rule: Some("digoxin-potassium".into()), ..potassium }]
}

fn some_gaps() -> Vec<Gap> {
    vec![
        gap(Entry::Medication(0), GapKind::DoseUnknown, "1 EA as directed", false),
        gap(Entry::Allergy(0), GapKind::GenericAllergy, "Drug allergy", false),
        Gap { rule: Some("warfarin-nsaid".into()), ..gap(Entry::Patient, GapKind::Missing, "weight", false) },
        list_gap(List::Labs, GapKind::NotSent),
    ]
}

fn answer(call: &Call<'_>, screening: &Screening<'_>) -> Value {
    let body = cards::write(call, screening);
    judge_response(call.hook, 200, &body);
    serde_json::from_slice(&body).unwrap()
}

/// A golden of JSON, in the order written, an indented line for each member.
#[track_caller]
fn compare(name: &str, body: &[u8]) {
    let text = std::str::from_utf8(body).unwrap();
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    for c in text.chars() {
        if quoted || c == '"' {
            quoted = if c == '"' && !escaped { !quoted } else { quoted };
            escaped = quoted && c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        match c {
            '{' | '[' => {
                depth += 1;
                out.push(c);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out.push('\n');
    compare_text(&format!("{name}.json"), &out);
}

/// A golden of plain text; `UPDATE=1` rewrites it.
#[track_caller]
fn compare_text(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cards").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expect == text, "{file} is not as reviewed (UPDATE=1 rewrites it)\n{text}");
}

/// The same gap twice, with another between: each card has a name of its own, and the first the name it has alone.
#[test]
fn a_gap_given_twice_has_two_names() {
    let tea = || gap(Entry::Medication(3), GapKind::UncodedDrug, "tea", true);
    let uuids = |gaps: Vec<Gap>| {
        let answer = answer(&call(Hook::OrderSign), &screening(vec![], gaps));
        answer["cards"].as_array().unwrap().iter().map(|c| c["uuid"].to_string()).collect::<Vec<_>>()
    };
    let between = gap(Entry::Medication(1), GapKind::UncodedDrug, "coffee", true);
    let three = uuids(vec![tea(), between, tea()]);
    assert_eq!(three.len(), 3);
    assert_ne!(three[0], three[2]);
    assert_eq!(three[0], uuids(vec![tea()])[0]);
}

/// The stamp stands in every answer.
#[test]
fn the_pack_stands_in_every_answer() {
    for hook in Hook::ALL {
        let answer = answer(&call(hook), &screening(vec![bleeding()], vec![]));
        assert_eq!(answer["extension"]["org.caveat.screening"]["pack"]["hash"], stamp().hash.as_str());
    }
}
