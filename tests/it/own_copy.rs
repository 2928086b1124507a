//! An order and what is on file of it count once: every shape in which one names the other, each beside its near miss. The
//! dose (2 tablets four times a day) is just at the limit of 4 g: counted twice it is beyond, and a duplicate.

use crate::checks::{Case, case, pack, run};
use caveat::clinical::time::Dated;
use caveat::engine::print::plain;
use caveat::engine::screen::Screener;
use caveat::hooks::request::read_any;

/// What counting twice says.
const TWICE: &str = "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen";

const RECORDS: &[Case] = &[
    case(
        "its copy on file",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/1 dose=2_tablet times=4",
        "",
    ),
    case(
        "its copy on file, at another dose",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/1 dose=1_tablet times=4",
        "",
    ),
    case(
        "another order of the same dose",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 dose=2_tablet times=3",
        "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen | gap replacing-or-adding: acetaminophen, on file as MedicationRequest/2",
    ),
    case(
        "its dispense",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 as=dispense status=completed on=2026-01-14 based-on=MedicationRequest/1 dose=2_tablet times=4",
        "",
    ),
    case(
        "the dispense of another order",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 as=dispense status=completed on=2026-01-14 based-on=MedicationRequest/2 dose=2_tablet times=3",
        "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen | gap replacing-or-adding: acetaminophen",
    ),
    case(
        "its statement",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes acetaminophen as=statement based-on=MedicationRequest/1 dose=1_g times=4",
        "",
    ),
    case(
        "its administration",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 as=administration status=completed on=2026-01-15 based-on=MedicationRequest/1 dose=2_tablet",
        "",
    ),
    case(
        "an order on file that came of it",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 replaces=MedicationRequest/1 dose=1_tablet times=4",
        "",
    ),
    case(
        "it rests on what is on file",
        "orders 5001 ref=MedicationRequest/1 based-on=MedicationRequest/2 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 dose=2_tablet times=4",
        "",
    ),
    case(
        "its dispense does not hide another order",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 dose=2_tablet times=4; takes 5001 as=dispense status=completed on=2026-01-14 based-on=MedicationRequest/1 dose=2_tablet times=4",
        "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
    case(
        "renewed without a word, its own draft on file",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/1 status=draft dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 dose=2_tablet times=4",
        "moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
    case(
        "renewed without a word, nothing of it on file",
        "orders 5001 ref=MedicationRequest/1 dose=2_tablet times=4; takes 5001 ref=MedicationRequest/2 dose=2_tablet times=4",
        "moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
    case(
        "another drug that names it stays beside it",
        "orders warfarin ref=MedicationRequest/1; takes ibuprofen route=oral ref=MedicationRequest/2 replaces=MedicationRequest/1",
        "major interruptive warfarin-nsaid: warfarin, ibuprofen",
    ),
    case(
        "another draft and its copy",
        "orders ibuprofen route=oral; drafts warfarin ref=MedicationRequest/1; takes warfarin ref=MedicationRequest/1",
        "major interruptive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "verified: one finding, not one for the order and one for its copy",
        "focus=verify; problem snomed|12847006; orders ibuprofen route=oral ref=MedicationRequest/1; takes ibuprofen route=oral ref=MedicationRequest/1",
        "contraindicated interruptive nsaid-bleed: ibuprofen, upper gastrointestinal bleeding",
    ),
    case(
        "verified: what else is on file has its own",
        "focus=verify; problem snomed|12847006; orders ibuprofen route=oral ref=MedicationRequest/1; takes naproxen route=oral ref=MedicationRequest/2",
        "contraindicated interruptive nsaid-bleed: ibuprofen, upper gastrointestinal bleeding | contraindicated passive nsaid-bleed: naproxen, upper gastrointestinal bleeding | moderate passive two-nsaids: ibuprofen, naproxen",
    ),
];

#[test]
fn records() {
    run(RECORDS);
}

/// A draft with these fields and what is on file, as a client sends them.
struct Sent {
    name: &'static str,
    /// Fields of the draft, `fullUrl` of its entry.
    draft: (&'static str, &'static str),
    /// The type of the record on file, its fields, `fullUrl` of its entry.
    on_file: (&'static str, &'static str, &'static str),
    says: &'static str,
}

const fn sent(
    name: &'static str,
    draft: (&'static str, &'static str),
    on_file: (&'static str, &'static str, &'static str),
    says: &'static str,
) -> Sent {
    Sent { name, draft, on_file, says }
}

const ID: &str = r#""id":"1","#;
const SENT: &[Sent] = &[
    sent("the same id", (ID, ""), ("MedicationRequest", r#""id":"1","status":"active","#, ""), ""),
    sent("the same id, still a draft", (ID, ""), ("MedicationRequest", r#""id":"1","status":"draft","#, ""), ""),
    sent("another id", (ID, ""), ("MedicationRequest", r#""id":"2","status":"active","#, ""), TWICE),
    sent(
        "the id of a record of another kind",
        (ID, ""),
        ("MedicationStatement", r#""id":"1","status":"active","#, ""),
        TWICE,
    ),
    sent(
        "no id, but the URL of the entry",
        ("", "https://ehr/fhir/MedicationRequest/1"),
        ("MedicationRequest", r#""id":"1","status":"active","#, ""),
        "",
    ),
    sent(
        "no id, the URL of another",
        ("", "https://ehr/fhir/MedicationRequest/2"),
        ("MedicationRequest", r#""id":"1","status":"active","#, ""),
        TWICE,
    ),
    sent(
        "the same URN and no id",
        ("", "urn:uuid:6b1c"),
        ("MedicationRequest", r#""status":"active","#, "urn:uuid:6b1c"),
        "",
    ),
    sent(
        "a prior prescription by absolute URL",
        (r#""id":"1","priorPrescription":{"reference":"https://ehr/fhir/MedicationRequest/2"},"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, ""),
        "",
    ),
    sent(
        "a prior prescription by version",
        (r#""id":"1","priorPrescription":{"reference":"MedicationRequest/2/_history/3"},"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, ""),
        "",
    ),
    sent(
        "a prior prescription by URN",
        (r#""id":"1","priorPrescription":{"reference":"urn:uuid:77"},"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, "urn:uuid:77"),
        "",
    ),
    sent(
        "a prior prescription by the URN of another",
        (r#""id":"1","priorPrescription":{"reference":"urn:uuid:78"},"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, "urn:uuid:77"),
        TWICE,
    ),
    sent(
        "it rests on the one on file",
        (r#""id":"1","basedOn":[{"reference":"MedicationRequest/2"}],"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, ""),
        "",
    ),
    sent(
        "it rests on a plan",
        (r#""id":"1","basedOn":[{"reference":"CarePlan/2"}],"#, ""),
        ("MedicationRequest", r#""id":"2","status":"active","#, ""),
        TWICE,
    ),
    sent(
        "a statement that rests on it",
        (ID, ""),
        (
            "MedicationStatement",
            r#""id":"s","status":"active","basedOn":[{"reference":"https://ehr/fhir/MedicationRequest/1"}],"#,
            "",
        ),
        "",
    ),
    sent(
        "a dispense that it authorised",
        (ID, ""),
        (
            "MedicationDispense",
            r#""id":"d","status":"completed","whenHandedOver":"2026-01-14","authorizingPrescription":[{"reference":"MedicationRequest/1"}],"#,
            "",
        ),
        "",
    ),
    sent(
        "a dispense that another authorised",
        (ID, ""),
        (
            "MedicationDispense",
            r#""id":"d","status":"completed","whenHandedOver":"2026-01-14","authorizingPrescription":[{"reference":"MedicationRequest/11"}],"#,
            "",
        ),
        TWICE,
    ),
];

#[test]
fn as_sent() {
    let screener = Screener::new(pack());
    let as_of = Dated::parse("2026-01-15T12:00:00Z").unwrap().earliest;
    let mut wrong = String::new();
    for case in SENT {
        let call_text = body(case);
        let call = read_any(call_text.as_bytes(), as_of).unwrap();
        let screening = screener.screen(&call.chart);
        let said: Vec<String> = plain(&call.chart, &screening)
            .lines()
            .filter(|line| !line.starts_with("gap "))
            .map(str::to_owned)
            .collect();
        if said.join(" | ") != case.says {
            wrong.push_str(&format!("{}\n    wanted {}\n    found  {}\n", case.name, case.says, said.join(" | ")));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn body(case: &Sent) -> String {
    let tablets = r#""medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"5001"}]},"subject":{"reference":"Patient/p"}"#;
    let dosage = |times: u8| {
        format!(
            r#"[{{"timing":{{"repeat":{{"frequency":{times},"period":1,"periodUnit":"d"}}}},"doseAndRate":[{{"doseQuantity":{{"value":2,"unit":"tablet"}}}}]}}]"#
        )
    };
    let (fields, url) = case.draft;
    let draft = format!(
        r#"{{"fullUrl":"{url}","resource":{{"resourceType":"MedicationRequest","intent":"order","status":"draft",{fields}{tablets},"dosageInstruction":{}}}}}"#,
        dosage(4)
    );
    let (kind, fields, url) = case.on_file;
    let key = if kind == "MedicationStatement" { "dosage" } else { "dosageInstruction" };
    let dosage = dosage(3);
    let on_file =
        format!(r#"{{"fullUrl":"{url}","resource":{{"resourceType":"{kind}",{fields}{tablets},"{key}":{dosage}}}}}"#);
    let patient = r#"{"resourceType":"Patient","id":"p","birthDate":"1980-01-01"}"#;
    format!(
        r#"{{"hook":"order-sign","hookInstance":"1","context":{{"patientId":"p","userId":"Practitioner/u","draftOrders":{{"resourceType":"Bundle","entry":[{draft}]}}}},"prefetch":{{"patient":{patient},"medications":{{"resourceType":"Bundle","type":"searchset","entry":[{on_file}]}}}}}}"#
    )
}
