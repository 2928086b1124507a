//! Small calls, each shape beside its near miss; what became of them is in `tests/golden/intake/shapes.txt`.
//!
//! With `CAVEAT_BLESS=1` the golden file is written anew; read the difference before you keep it. With `CAVEAT_SEEDS=FOLDER` each
//! body is written there as well, as a seed for `fuzz/`.

#![allow(clippy::unwrap_used)]

use crate::intake_text::print;
use caveat::clinical::time::{Dated, Moment};
use caveat::hooks::request::read_any;
use std::fmt::Write;
use std::path::Path;

fn as_of() -> Moment {
    Dated::parse("2026-11-23T10:00:00Z").unwrap().earliest
}

/// `prefetch` and further keys of an order-sign call whose draft has these further fields.
fn sign(order: &str) -> String {
    format!(
        r#"{{"hook":"order-sign","context":{{"patientId":"p","userId":"Practitioner/u","draftOrders":{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"MedicationRequest","id":"o","status":"draft",{order}}}}}]}}}}}}"#
    )
}

/// The draft is warfarin, with these dosage instructions.
fn dosed(dosage: &str) -> String {
    sign(&format!(
        r#""medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}}]}},"dosageInstruction":{dosage}"#
    ))
}

/// A timing's rule of repetition.
fn repeated(repeat: &str) -> String {
    dosed(&format!(r#"[{{"timing":{{"repeat":{repeat}}}}}]"#))
}

/// A dose.
fn dose(quantity: &str) -> String {
    dosed(&format!(r#"[{{"doseAndRate":[{{"doseQuantity":{quantity}}}]}}]"#))
}

/// A patient-view call with these prefetch keys.
fn view(prefetch: &str) -> String {
    format!(r#"{{"hook":"patient-view","context":{{"patientId":"p"}},"prefetch":{{{prefetch}}}}}"#)
}

/// A patient-view call with these resources.
fn file(resources: &str) -> String {
    let entries = resources.replace("},,{", "}},{\"resource\":{");
    view(&format!(r#""x":{{"resourceType":"Bundle","entry":[{{"resource":{entries}}}]}}"#))
}

fn observed(code: &str, value: &str) -> String {
    file(&format!(
        r#"{{"resourceType":"Observation","id":"v","status":"final","effectiveDateTime":"2026-11-20","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},{value}}}"#
    ))
}

/// A gestational age of three days ago, and when the patient was born.
fn pregnant_for(quantity: &str, born: &str) -> String {
    let patient = format!(r#"{{"resourceType":"Patient","id":"p","birthDate":"{born}"}}"#);
    let coded = r#""code":{"coding":[{"system":"http://loinc.org","code":"18185-9"}]}"#;
    let age = format!(
        r#"{{"resourceType":"Observation","id":"v","effectiveDateTime":"2026-11-20",{coded},"valueQuantity":{quantity}}}"#
    );
    view(&format!(r#""x":[{patient},{age}]"#))
}

/// A statement for a reason that stands elsewhere.
fn given_for(reference: &str) -> String {
    let problem = r#"{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"http://snomed.info/sct","code":"13645005"}]}}"#;
    let drug = format!(
        r#"{{"resourceType":"MedicationStatement","id":"s","medicationCodeableConcept":{{"text":"x"}},"reasonReference":[{{"reference":"{reference}"}}]}}"#
    );
    view(&format!(
        r#""x":{{"resourceType":"Bundle","entry":[{{"resource":{drug}}},{{"fullUrl":"urn:uuid:c","resource":{problem}}}]}}"#
    ))
}

fn allergic(fields: &str) -> String {
    file(&format!(r#"{{"resourceType":"AllergyIntolerance","id":"a",{fields}}}"#))
}

fn select(selections: &str, drafts: &str) -> String {
    format!(
        r#"{{"hook":"order-select","context":{{"patientId":"p","selections":{selections},"draftOrders":{{"resourceType":"Bundle","entry":[{drafts}]}}}}}}"#
    )
}

const WARFARIN: &str = r#"{"resource":{"resourceType":"MedicationRequest","id":"w","status":"draft","medicationCodeableConcept":{"text":"warfarin"}}}"#;
const DIGOXIN: &str = r#"{"resource":{"resourceType":"MedicationRequest","id":"d","status":"draft","medicationCodeableConcept":{"text":"digoxin"}}}"#;
const UNCHOSEN: &str = r#"{"resource":{"resourceType":"MedicationRequest","id":"n","status":"draft"}}"#;
const DIET: &str = r#"{"resource":{"resourceType":"NutritionOrder","id":"diet","status":"draft"}}"#;

fn prescribed(fields: &str) -> String {
    file(&format!(
        r#"{{"resourceType":"MedicationRequest","id":"m","medicationCodeableConcept":{{"text":"x"}},{fields}}}"#
    ))
}

fn taken(fields: &str) -> String {
    file(&format!(
        r#"{{"resourceType":"MedicationStatement","id":"s","medicationCodeableConcept":{{"text":"x"}},{fields}}}"#
    ))
}

/// References that have an identifier and nothing else.
fn identified() -> Vec<(&'static str, String)> {
    let key = |system: &str, value: &str| format!(r#"{{"system":"http://{system}","value":"{value}"}}"#);
    let by = |system: &str, value: &str| format!(r#"{{"identifier":{}}}"#, key(system, value));
    let order = |id: &str, bears: &str, more: &str| {
        let what = r#""medicationCodeableConcept":{"text":"x"}"#;
        format!(r#"{{"resourceType":"MedicationRequest","id":"{id}","identifier":[{bears}],{what}{more}}}"#)
    };
    let stock = format!(
        r#"{{"resourceType":"Medication","id":"M","identifier":[{},{}],"code":{{"text":"aspirin"}}}}"#,
        key("shelf", "7"),
        key("ean", "4001")
    );
    let pointing = |reference: &str| {
        file(&format!(r#"{{"resourceType":"MedicationRequest","id":"o","medicationReference":{reference}}},,{stock}"#))
    };
    let contained = |value: &str| {
        let inside = stock.replace(r#""id":"M""#, r#""id":"c""#);
        let reference = by("ean", value);
        file(&format!(
            r#"{{"resourceType":"MedicationRequest","id":"o","contained":[{inside}],"medicationReference":{reference}}}"#
        ))
    };
    let dispense = |number: &str| {
        format!(
            r#"{{"resourceType":"MedicationDispense","id":"d","identifier":[{}],"medicationCodeableConcept":{{"text":"x"}},"authorizingPrescription":[{}]}}"#,
            key("rx", "1"),
            by("rx", number)
        )
    };
    let patient = format!(r#"{{"resourceType":"Patient","id":"p","identifier":[{}]}}"#, key("mrn", "77"));
    let other = format!(r#"{{"resourceType":"Patient","id":"q","identifier":[{}]}}"#, key("mrn", "88"));
    let of = |subject: &str| format!("{patient},,{}", order("o", "", &format!(r#","subject":{subject}"#)));
    let problem = format!(
        r#"{{"resourceType":"Condition","id":"c","identifier":[{}],"code":{{"text":"gout"}}}}"#,
        key("problems", "5")
    );
    let because = |value: &str| {
        let reason = format!(r#","reasonReference":[{}]"#, by("problems", value));
        file(&format!("{},,{problem}", order("o", "", &reason)))
    };
    let prior = |value: &str| format!(r#","priorPrescription":{},"basedOn":[{}]"#, by("rx", value), by("plan", "9"));
    vec![
        ("a Medication by identifier", pointing(&by("ean", "4001"))),
        ("a Medication by an identifier that nobody bears", pointing(&by("ean", "4002"))),
        ("a Medication by the identifier of another system", pointing(&by("mrn", "4001"))),
        (
            "a reference counts before an identifier",
            pointing(r#"{"reference":"Medication/N","identifier":{"system":"http://ean","value":"4001"}}"#),
        ),
        (
            "R5, by identifier",
            file(&format!(
                r#"{{"resourceType":"MedicationRequest","id":"o","medication":{{"reference":{}}}}},,{stock}"#,
                by("ean", "4001")
            )),
        ),
        ("contained, by identifier", contained("4001")),
        ("contained, by an identifier that nobody bears", contained("4002")),
        (
            "an identifier without a value is none",
            pointing(r#"{"identifier":{"system":"http://ean"},"display":"words"}"#),
        ),
        (
            "the order before it, by identifier",
            file(&format!("{},,{}", order("o", "", &prior("1")), order("old", &key("rx", "1"), ""))),
        ),
        (
            "the order before it, and nobody bears that",
            file(&format!("{},,{}", order("o", "", &prior("2")), order("old", &key("rx", "1"), ""))),
        ),
        (
            "an order and its dispense bear one number",
            file(&format!("{},,{}", order("o", &key("rx", "1"), ""), dispense("1"))),
        ),
        ("nothing rests on itself", file(&dispense("1"))),
        ("the patient by identifier", file(&of(&by("mrn", "77")))),
        ("another patient of the same system", file(&of(&by("mrn", "78")))),
        ("another patient, who was sent", file(&format!("{other},,{}", of(&by("mrn", "88"))))),
        ("a patient by an identifier of a system nobody knows", file(&of(&by("insurer", "77")))),
        ("the reason by identifier", because("5")),
        ("the reason by an identifier that nobody bears", because("6")),
    ]
}

fn cases() -> Vec<(&'static str, String)> {
    let mut cases = Vec::new();
    cases.extend(identified());
    cases.extend(drugs());
    cases.extend(doses());
    cases.extend(timings());
    cases.extend(standings());
    cases.extend(lists());
    cases.extend(people());
    cases.extend(bodies());
    cases.extend(records());
    cases.extend(oddities());
    cases
}

fn drugs() -> Vec<(&'static str, String)> {
    let medication = r#"{"resourceType":"Medication","id":"M","code":{"coding":[{"system":"urn:oid:2.16.840.1.113883.6.88","code":"1"}]},"form":{"text":"tablet"},"ingredient":[{"itemCodeableConcept":{"text":"a"},"strength":{"numerator":{"value":5,"code":"mg","system":"http://unitsofmeasure.org"},"denominator":{"value":1,"unit":"tablet"}}},{"itemReference":{"reference":"Substance/s"},"strength":{"numerator":{"value":1,"unit":"mg"},"denominator":{"value":1,"unit":"mg"}}}]}"#;
    let substance = r#"{"resourceType":"Substance","id":"s","code":{"coding":[{"system":"http://fdasis.nlm.nih.gov","code":"362O9ITL9D"}]}}"#;
    let with = |reference: &str, extra: &str| {
        format!(
            r#"{{"hook":"order-sign","context":{{"patientId":"p","draftOrders":{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"MedicationRequest","id":"o","medicationReference":{reference}}}}},{extra}]}}}}}}"#
        )
    };
    let beside =
        format!(r#"{{"fullUrl":"https://ehr/fhir/Medication/M","resource":{medication}}},{{"resource":{substance}}}"#);
    vec![
        (
            "a product by several codes, IN and SCD, OID and URI, and words of a display",
            sign(
                r#""medicationCodeableConcept":{"coding":[{"system":"urn:oid:2.16.840.1.113883.6.88","code":"11289"},{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":855332,"display":"Warfarin 5"}]}"#,
            ),
        ),
        (
            "a blank code is none",
            sign(
                r#""medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":" "}],"text":"x"}"#,
            ),
        ),
        ("words only", sign(r#""medicationCodeableConcept":{"text":"insulin pen"}"#)),
        ("a bare string for a concept", sign(r#""medicationCodeableConcept":"insulin pen""#)),
        ("no drug at all", sign(r#""intent":"order""#)),
        ("R5 concept", sign(r#""medication":{"concept":{"text":"x"}}"#)),
        (
            "R5 reference",
            sign(
                r##""contained":[{"resourceType":"Medication","id":"c","code":{"text":"contained"}}],"medication":{"reference":{"reference":"#c"}}"##,
            ),
        ),
        (
            "contained",
            sign(
                r##""contained":[{"resourceType":"Medication","id":"c","code":{"text":"contained"}}],"medicationReference":{"reference":"#c"}"##,
            ),
        ),
        (
            "contained elsewhere is not contained here",
            sign(
                r##""contained":[{"resourceType":"Medication","id":"c","code":{"text":"contained"}}],"medicationReference":{"reference":"#d","display":"words"}"##,
            ),
        ),
        (
            "a Medication beside the order, with its ingredients; equal strengths say nothing",
            with(r#"{"reference":"Medication/M"}"#, &beside),
        ),
        (
            "the same by absolute reference and version",
            with(r#"{"reference":"https://ehr/fhir/Medication/M/_history/2"}"#, &beside),
        ),
        ("by URN, which leads nowhere here", with(r#"{"reference":"urn:uuid:5"}"#, &beside)),
        ("display only is words", with(r#"{"display":"aspirin"}"#, DIET)),
        (
            "a reference that leads nowhere keeps its words",
            with(r#"{"reference":"Medication/9","display":"aspirin"}"#, DIET),
        ),
        (
            "DSTU2 product",
            with(
                r#"{"reference":"Medication/2"}"#,
                r#"{"resource":{"resourceType":"Medication","id":"2","code":{"text":"m"},"product":{"form":{"text":"film"},"ingredient":[{"item":{"reference":"Substance/s"},"amount":{"numerator":{"value":25,"code":"ug"},"denominator":{"value":1,"code":"h"}}}]}}},{"resource":{"resourceType":"Substance","id":"s","code":{"text":"fentanyl"}}}"#,
            ),
        ),
    ]
}

fn doses() -> Vec<(&'static str, String)> {
    const UCUM: &str = r#""system":"http://unitsofmeasure.org""#;
    vec![
        ("code is read, not unit", dose(&format!(r#"{{"value":0.25,"unit":"milligrams",{UCUM},"code":"mg"}}"#))),
        ("unit words of the closed list, without a code", dose(r#"{"value":2,"unit":"tablets"}"#)),
        ("unit words outside it", dose(r#"{"value":1,"unit":"blob"}"#)),
        ("code and unit contradict", dose(&format!(r#"{{"value":5,"unit":"mcg",{UCUM},"code":"mg"}}"#))),
        ("1 of EA", dose(&format!(r#"{{"value":1,"unit":"EA",{UCUM},"code":"1"}}"#))),
        ("1 of tab(s)", dose(&format!(r#"{{"value":1,"unit":"tab(s)",{UCUM},"code":"1"}}"#))),
        ("1 of who knows", dose(&format!(r#"{{"value":1,"unit":"squirt",{UCUM},"code":"1"}}"#))),
        (
            "UCUM unit said to be SNOMED's, with words",
            dose(r#"{"value":5,"unit":"mg","system":"http://snomed.info/sct","code":"258684004"}"#),
        ),
        ("without words", dose(r#"{"value":5,"system":"http://snomed.info/sct","code":"258684004"}"#)),
        (
            "orderable drug form",
            dose(
                r#"{"value":1,"unit":"TAB","system":"http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm","code":"TAB"}"#,
            ),
        ),
        ("a number without a unit", dose(r#"{"value":5}"#)),
        ("a number as a string", dose(r#"{"value":"5.50","unit":"mg"}"#)),
        ("a number that is none", dose(r#"{"value":{"x":1},"unit":"mg"}"#)),
        ("a number too long for us", dose(r#"{"value":1e999,"unit":"mg"}"#)),
        ("a bound is no dose", dose(r#"{"value":5,"comparator":"<","unit":"mg"}"#)),
        ("less than nothing", dose(r#"{"value":-5,"unit":"mg"}"#)),
        ("an empty quantity is no dose", dose("{}")),
        ("by weight", dose(r#"{"value":10,"code":"mg/kg"}"#)),
        (
            "doseAndRate an object, a range whose low end takes the other's unit",
            dosed(r#"[{"doseAndRate":{"doseRange":{"low":{"value":1},"high":{"value":2,"unit":"tablets"}}}}]"#),
        ),
        (
            "a range upside down",
            dosed(r#"[{"doseAndRate":{"doseRange":{"low":{"value":2,"unit":"g"},"high":{"value":2,"unit":"mg"}}}}]"#),
        ),
        ("a range without its high end", dosed(r#"[{"doseAndRate":{"doseRange":{"low":{"value":2,"unit":"g"}}}}]"#)),
        (
            "STU3: dose at the level of the instruction, again below it",
            dosed(
                r#"[{"doseQuantity":{"value":5,"unit":"mg"},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]"#,
            ),
        ),
        (
            "rates: ratio, quantity, range",
            dosed(
                r#"[{"rateRatio":{"numerator":{"value":150,"unit":"mL"},"denominator":{"value":2,"unit":"h"}}},{"doseAndRate":[{"rateQuantity":{"value":4,"code":"ug/kg/min"}}]},{"rateRange":{"low":{"value":1,"code":"mL/h"},"high":{"value":2,"code":"mL/h"}}}]"#,
            ),
        ),
        ("a rate without time", dosed(r#"[{"rateQuantity":{"value":4,"code":"mL"}}]"#)),
        (
            "a most a day, R4 and R5, and at once",
            dosed(
                r#"[{"asNeededBoolean":true,"maxDosePerPeriod":{"numerator":{"value":4,"unit":"g"},"denominator":{"value":1,"unit":"d"}}},{"asNeededFor":[{"text":"pain"}],"maxDosePerPeriod":[{"numerator":{"value":4,"unit":"g"},"denominator":{"value":24,"code":"h"}}],"maxDosePerAdministration":{"value":1,"unit":"g"}}]"#,
            ),
        ),
        (
            "as needed for something, in every version; and not",
            dosed(r#"[{"asNeededCodeableConcept":{"text":"pain"}},{"asNeeded":true},{"asNeededBoolean":false}]"#),
        ),
        (
            "one instruction, not a list, with sequence and route",
            dosed(
                r#"{"sequence":2,"text":"by mouth","route":{"coding":[{"system":"http://snomed.info/sct","code":"26643006"}]}}"#,
            ),
        ),
    ]
}

fn timings() -> Vec<(&'static str, String)> {
    let code = |system: &str, code: &str| {
        dosed(&format!(r#"[{{"timing":{{"code":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}}}}}]"#))
    };
    vec![
        ("twice a day", repeated(r#"{"frequency":2,"period":1,"periodUnit":"d"}"#)),
        ("ranges of both", repeated(r#"{"frequency":1,"frequencyMax":2,"period":4,"periodMax":6,"periodUnit":"h"}"#)),
        (
            "DSTU2 and draft units",
            dosed(
                r#"[{"timing":{"repeat":{"frequency":1,"period":8,"periodUnits":"h"}}},{"timing":{"repeat":{"frequency":6,"period":1,"unit":"d"}}}]"#,
            ),
        ),
        ("a period in no unit is not trusted", repeated(r#"{"frequency":2,"period":1}"#)),
        ("a frequency of nothing is not trusted", repeated(r#"{"frequency":0,"period":1,"periodUnit":"d"}"#)),
        ("a frequency in words is not trusted", repeated(r#"{"frequency":"two","period":1,"periodUnit":"d"}"#)),
        ("half a day", repeated(r#"{"frequency":1,"period":0.5,"periodUnit":"d"}"#)),
        ("events of the day and clock times", repeated(r#"{"when":["MORN","HS"],"timeOfDay":["12:00:00"]}"#)),
        ("before each meal", repeated(r#"{"when":"AC"}"#)),
        (
            "clock times as often as it is given",
            repeated(r#"{"frequency":2,"period":1,"periodUnit":"d","timeOfDay":["20:00:00","08:00"]}"#),
        ),
        ("a clock time nobody can read", repeated(r#"{"timeOfDay":["8 am","20:00:00"]}"#)),
        (
            "moments by the clock of the ward",
            dosed(r#"[{"timing":{"event":["2026-11-24T20:00:00+01:00","2026-11-24T08:00:00+01:00"]}}]"#),
        ),
        ("moments known to the day", dosed(r#"[{"timing":{"event":["2026-11-24","2026-11-25"]}}]"#)),
        ("an event nobody knows", repeated(r#"{"when":["FULLMOON"]}"#)),
        (
            "days of the week, bounds by date",
            repeated(r#"{"dayOfWeek":["mon","thu"],"boundsPeriod":{"start":"2026-11-01","end":"2026-12"}}"#),
        ),
        (
            "a length, by duration and by range",
            dosed(
                r#"[{"timing":{"repeat":{"boundsDuration":{"value":10,"unit":"days","code":"d"}}}},{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d","boundsRange":{"low":{"value":3,"code":"d"},"high":{"value":5,"code":"d"}}}}}]"#,
            ),
        ),
        (
            "so many times, running so long",
            repeated(r#"{"count":3,"countMax":5,"duration":30,"durationMax":45,"durationUnit":"min"}"#),
        ),
        ("HL7's abbreviation", code("http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "BID")),
        ("the same letters in a local system", code("http://local", "BID")),
        (
            "an abbreviation that is not in the list",
            code("http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "JB"),
        ),
        (
            "what is written beside an abbreviation goes first",
            dosed(
                r#"[{"timing":{"code":{"coding":[{"code":"QD"}]},"repeat":{"frequency":3,"period":1,"periodUnit":"d"}}}]"#,
            ),
        ),
        (
            "moments named one by one",
            dosed(r#"[{"timing":{"event":["2026-11-24T08:00:00Z","2026-11-25T08:00:00Z"]}}]"#),
        ),
        ("words only", dosed(r#"[{"text":"one daily"}]"#)),
        ("words for the patient alone", dosed(r#"[{"patientInstruction":"one daily"}]"#)),
        ("a timing in words", dosed(r#"[{"timing":"daily"}]"#)),
        (
            "bounds beside words are no schedule",
            dosed(r#"[{"text":"one daily","timing":{"repeat":{"boundsPeriod":{"start":"2026-11-01"}}}}]"#),
        ),
        ("no timing and no words", dosed(r#"[{"doseQuantity":{"value":5,"unit":"mg"}}]"#)),
    ]
}

fn standings() -> Vec<(&'static str, String)> {
    let both = format!("{WARFARIN},{DIGOXIN},{UNCHOSEN},{DIET}");
    let hook = |hook: &str, context: &str| {
        format!(r#"{{"hook":"{hook}","hookInstance":"i","context":{{"patientId":"Patient/p",{context}}}}}"#)
    };
    let order =
        r#"{"resourceType":"MedicationOrder","id":"v","status":"active","medicationCodeableConcept":{"text":"x"}}"#;
    let allergy = r#"{"resourceType":"AllergyIntolerance","id":"b","code":{"text":"bees"}}"#;
    vec![
        ("one of two selected", select(r#"["MedicationRequest/w"]"#, &both)),
        ("by absolute URL and by bare id", select(r#"["https://ehr/fhir/MedicationRequest/w","d"]"#, &both)),
        ("nothing selected", select("[]", &both)),
        ("selections that lead nowhere", select(r#"["MedicationRequest/z"]"#, &both)),
        ("one that leads nowhere beside one that does", select(r#"["MedicationRequest/z","MedicationRequest/w"]"#, &both)),
        ("a diet selected", select(r#"["NutritionOrder/diet"]"#, &both)),
        ("a draft without a drug selected", select(r#"["MedicationRequest/n"]"#, &both)),
        ("a draft without a drug, of a patient under another id", select("[]", r#"{"resource":{"resourceType":"MedicationRequest","id":"n","subject":{"reference":"Patient/q"}}}"#)),
        ("selected, and no drafts", select(r#"["MedicationRequest/w"]"#, "")),
        ("medication-verify: medication", hook("medication-verify", &format!(r#""medication":{order}"#))),
        ("medication-verify: order.resource", hook("medication-verify", &format!(r#""order":{{"resource":{order}}}"#))),
        ("medication-verify: a reference is no order", hook("medication-verify", r#""order":"MedicationRequest/1""#)),
        ("medication-refill: a list", hook("medication-refill", &format!(r#""medications":[{order}]"#))),
        ("order-sign: a single resource", hook("order-sign", &format!(r#""draftOrders":{order}"#))),
        ("order-sign: bare resources as entries", hook("order-sign", &format!(r#""draftOrders":{{"resourceType":"Bundle","entry":[{order}]}}"#))),
        ("order-sign: no draft at all", hook("order-sign", r#""draftOrders":{"resourceType":"Bundle"}"#)),
        ("order-sign: null", hook("order-sign", r#""draftOrders":null"#)),
        ("order-sign: a string", hook("order-sign", r#""draftOrders":"none""#)),
        ("allergyintolerance-create: wrapped", hook("allergyintolerance-create", &format!(r#""allergyIntolerance":{{"resource":{allergy}}}"#))),
        ("allergyintolerance-create: a Bundle", hook("allergyintolerance-create", &format!(r#""allergyIntolerances":{{"resourceType":"Bundle","entry":[{{"resource":{allergy}}}]}}"#))),
        ("allergyintolerance-create: none", hook("allergyintolerance-create", r#""userId":"u""#)),
        ("order-dispatch: found under any key", format!(r#"{{"hook":"order-dispatch","context":{{"patientId":"p","dispatchedOrders":["MedicationOrder/v","ServiceRequest/1"]}},"prefetch":{{"z":{{"resource":{order}}}}}}}"#)),
        ("order-dispatch: not sent", hook("order-dispatch", r#""dispatchedOrders":["MedicationRequest/1","ServiceRequest/1"]"#)),
        ("order-dispatch: an older one", hook("order-dispatch", r#""order":"ServiceRequest/1","task":{"resourceType":"Task"}"#)),
        ("order-dispatch: nothing", hook("order-dispatch", r#""performer":"Organization/1""#)),
        ("encounter-discharge, the encounter's class", r#"{"hook":"encounter-discharge","context":{"patientId":"p","encounterId":"Encounter/e"},"prefetch":{"e":{"resourceType":"Encounter","id":"e","class":{"code":"IMP"}},"f":{"resourceType":"Encounter","id":"f","class":{"code":"AMB"}}}}"#.into()),
        ("no context", r#"{"hook":"patient-view"}"#.into()),
        ("no hook", r#"{"context":{}}"#.into()),
        ("a hook nobody knows", r#"{"hook":"order-review","context":{}}"#.into()),
        ("no JSON", r#"{"hook":"order-sign",}"#.into()),
        ("something after the end", r#"{"hook":"patient-view","context":{}} x"#.into()),
        ("a list", "[]".into()),
    ]
}

fn lists() -> Vec<(&'static str, String)> {
    let outcome = |severity: &str| {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","code":"timeout","diagnostics":"the allergy module is down"}}]}}"#
        )
    };
    let bundle = |inside: &str| format!(r#"{{"resourceType":"Bundle",{inside}}}"#);
    let allergy = r#"{"resourceType":"AllergyIntolerance","id":"b","code":{"text":"bees"}}"#;
    vec![
        (
            "our keys, null or empty: asked and none",
            view(
                r#""patient":null,"medications":{"resourceType":"Bundle","total":0},"allergies":{"resourceType":"Bundle","entry":[]},"problems":[],"labs":null"#,
            ),
        ),
        ("no key at all", view("")),
        ("a failure under our key", view(&format!(r#""allergies":{}"#, outcome("error")))),
        (
            "a failure as the only entry",
            view(&format!(
                r#""allergies":{}"#,
                bundle(&format!(
                    r#""total":0,"entry":[{{"search":{{"mode":"outcome"}},"resource":{}}}]"#,
                    outcome("fatal")
                ))
            )),
        ),
        (
            "a warning is no failure",
            view(&format!(
                r#""allergies":{}"#,
                bundle(&format!(r#""total":0,"entry":[{{"resource":{}}}]"#, outcome("warning")))
            )),
        ),
        ("a failure under a key nobody knows", view(&format!(r#""item7":{}"#, outcome("error")))),
        (
            "a failure under a key nobody knows, its link says what was asked",
            view(&format!(
                r#""item7":{}"#,
                bundle(&format!(
                    r#""link":[{{"relation":"self","url":"https://ehr/fhir/AllergyIntolerance?patient=p"}}],"entry":[{{"resource":{}}}]"#,
                    outcome("error")
                ))
            )),
        ),
        (
            "some came and some failed",
            view(&format!(
                r#""allergies":{}"#,
                bundle(&format!(r#""entry":[{{"resource":{allergy}}},{{"resource":{}}}]"#, outcome("error")))
            )),
        ),
        ("one key of four fails", view(&format!(r#""medications":null,"dispenses":{}"#, outcome("error")))),
        (
            "a further page",
            view(&format!(
                r#""item1":{}"#,
                bundle(&format!(r#""link":[{{"relation":"next","url":"x"}}],"entry":[{{"resource":{allergy}}}]"#))
            )),
        ),
        (
            "more counted than sent",
            view(&format!(r#""item1":{}"#, bundle(&format!(r#""total":2,"entry":[{{"resource":{allergy}}}]"#)))),
        ),
        (
            "empty under a key nobody knows, posted search",
            view(
                r#""item1":{"resourceType":"Bundle","link":[{"relation":"self","url":"https://ehr/fhir/Condition/_search"}]},"item2":null"#,
            ),
        ),
        (
            "empty under a key that speaks",
            view(r#""AllergyIntoleranceBundle":null,"medicationStatements":null,"serviceRequestBundle":null"#),
        ),
        ("the same thing under two keys, once", view(&format!(r#""a":{allergy},"b":[{allergy}]"#))),
        (
            "another thing under the same id",
            view(&format!(
                r#""a":{allergy},"b":{{"resourceType":"AllergyIntolerance","id":"b","code":{{"text":"wasps"}}}}"#
            )),
        ),
        (
            "wrapped with its response",
            view(&format!(
                r#""a":{{"response":{{"status":"200 OK"}},"resource":{}}}"#,
                bundle(&format!(r#""entry":[{allergy}]"#))
            )),
        ),
        (
            "inside the context, and beside it there",
            format!(
                r#"{{"hook":"patient-view","context":{{"patientId":"p","item9":{{"resource":{allergy}}},"performer":{{"name":"x"}},"prefetch":{{"a":{{"resourceType":"Condition","id":"c","code":{{"text":"gout"}}}}}}}}}}"#
            ),
        ),
        (
            "a string where a list was wanted",
            view(
                r#""allergies":"none","labs":{"foo":1},"problems":[1,{"resourceType":"Condition","code":{"text":"gout"}}]"#,
            ),
        ),
        (
            "a null in a wrapper is nothing; a wrapper without anything is not",
            view(
                r#""allergies":{"response":{"status":"200"},"resource":null},"problems":{"response":{"status":"401"}},"labs":{}"#,
            ),
        ),
        (
            "entries without a type are not an empty list",
            view(r#""allergies":{"resourceType":"Bundle","entry":[{"resource":{"id":"b","code":{"text":"bees"}}}]}"#),
        ),
        (
            "foreign things under our key are not an empty list",
            view(
                r#""allergies":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"l","entry":[{"item":{"reference":"AllergyIntolerance/1"}}]}}]}"#,
            ),
        ),
        (
            "a batch: each Bundle within it answers its own search",
            view(
                r#""all":{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Patient","id":"p","gender":"male"},"response":{"status":"200"}},{"resource":{"resourceType":"Bundle","total":0,"link":[{"relation":"self","url":"https://ehr/fhir/AllergyIntolerance?patient=p"}]}},{"resource":{"resourceType":"Bundle","total":0,"link":{"relation":"self","url":"https://ehr/fhir/MedicationStatement?patient=p"}}}]}"#,
            ),
        ),
        (
            "resourceType at the end",
            view(r#""a":{"id":"b","code":{"text":"bees"},"resourceType":"AllergyIntolerance"}"#),
        ),
    ]
}

fn people() -> Vec<(&'static str, String)> {
    let of = |subject: &str| {
        format!(
            r#"{{"resourceType":"MedicationStatement","id":"s","subject":{{"reference":"{subject}"}},"medicationCodeableConcept":{{"text":"x"}}}}"#
        )
    };
    let sign = |order: &str, rest: &str| {
        format!(
            r#"{{"hook":"order-sign","context":{{"patientId":"p","draftOrders":[{order}]}},"prefetch":{{"a":[{rest}]}}}}"#
        )
    };
    let order = |subject: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","id":"o","subject":{{"reference":"{subject}"}},"medicationCodeableConcept":{{"text":"o"}}}}"#
        )
    };
    vec![
        (
            "no patient in the context: the only Patient sent, wherever it stands",
            format!(
                r#"{{"hook":"patient-view","context":{{}},"prefetch":{{"a":[{},{},{{"resourceType":"Patient","id":"r"}}]}}}}"#,
                of("Patient/q"),
                of("Patient/r")
            ),
        ),
        (
            "the patient, by every form of reference",
            file(&format!(
                "{},,{},,{},,{}",
                of("Patient/p"),
                of("https://ehr/fhir/Patient/p/_history/1").replace("\"s\"", "\"t\""),
                of("p").replace("\"s\"", "\"u\""),
                of("urn:uuid:p").replace("\"s\"", "\"v\"")
            )),
        ),
        ("another patient", file(&of("Patient/q"))),
        ("a group", file(&of("Group/p"))),
        (
            "nobody named",
            file(r#"{"resourceType":"MedicationStatement","id":"s","medicationCodeableConcept":{"text":"x"}}"#),
        ),
        (
            "an order of another patient, consistently: two ids, one patient, said aloud",
            sign(&order("Patient/q"), &format!("{},{}", of("Patient/q"), of("Patient/r").replace("\"s\"", "\"t\""))),
        ),
        (
            "orders of two patients: the other's is not used",
            sign(
                &format!("{},{}", order("Patient/p"), order("Patient/q").replace("\"id\":\"o\"", "\"id\":\"k\"")),
                &of("Patient/q"),
            ),
        ),
        (
            "no patient in the context: the first one named",
            format!(
                r#"{{"hook":"patient-view","context":{{}},"prefetch":{{"a":[{},{}]}}}}"#,
                of("Patient/q"),
                of("Patient/r")
            ),
        ),
        (
            "by the URN of the patient's entry",
            view(&format!(
                r#""a":{{"resourceType":"Bundle","entry":[{{"fullUrl":"urn:uuid:7","resource":{{"resourceType":"Patient","id":"p","gender":"female"}}}},{{"resource":{}}}]}}"#,
                of("urn:uuid:7")
            )),
        ),
        (
            "demographics of another",
            view(r#""patient":{"resourceType":"Patient","id":"q","gender":"female","birthDate":"1970"}"#),
        ),
        (
            "born in a month, died",
            view(
                r#""patient":{"resourceType":"Patient","id":"p","gender":"unknown","birthDate":"1970-02","deceasedDateTime":"2020"}"#,
            ),
        ),
        (
            "not deceased",
            view(
                r#""patient":{"resourceType":"Patient","gender":"male","birthDate":"31.12.1970","deceasedBoolean":false}"#,
            ),
        ),
    ]
}

fn bodies() -> Vec<(&'static str, String)> {
    let quantity = |value: &str, unit: &str| format!(r#""valueQuantity":{{"value":{value},"unit":"{unit}"}}"#);
    let coded = |system: &str, code: &str| {
        format!(r#""valueCodeableConcept":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#)
    };
    let sct = "http://snomed.info/sct";
    let old = r#"{"resourceType":"Observation","effectiveDateTime":"2020","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":50,"unit":"kg"}}"#;
    let new = r#"{"resourceType":"Observation","effectivePeriod":{"start":"2026-01-01","end":"2026-01-02"},"code":{"coding":[{"system":"http://loinc.org","code":"3141-9"}]},"valueQuantity":{"value":70.5,"unit":"kg"}}"#;
    vec![
        ("the latest weight", file(&format!("{new},,{old}"))),
        ("whatever the order", file(&format!("{old},,{new}"))),
        (
            "pounds and inches",
            file(&format!(
                r#"{},,{}"#,
                old.replace("\"kg\"", "\"[lb_av]\""),
                old.replace("29463-7", "8302-2").replace("\"kg\"", "\"[in_i]\"")
            )),
        ),
        ("the code of its kind beside that of any weight", {
            let any = r#"{"system":"http://loinc.org","code":"29463-7"}"#;
            let both = |kind: &str| {
                let kind = format!(r#"{any},{{"system":"http://loinc.org","code":"{kind}"}}"#);
                old.replace(any, &kind)
            };
            file(&format!("{},,{},,{},,{new}", both("3142-7"), both("8335-2"), both("50064-5")))
        }),
        ("a dry weight, and what the patient says, by SNOMED CT", {
            let snomed = |code: &str| old.replace("http://loinc.org", sct).replace("29463-7", code);
            file(&format!("{},,{}", snomed("445541000"), snomed("784399000")))
        }),
        ("a dry weight in stones", observed("8341-0", &quantity("12", "stone"))),
        ("a weight by a code of none of these kinds", observed("8339-4", &quantity("3.4", "kg"))),
        ("stones are not read, and said", observed("29463-7", &quantity("12", "stone"))),
        (
            "a weight entered in error",
            file(&old.replace("\"effectiveDateTime\"", "\"status\":\"entered-in-error\",\"effectiveDateTime\"")),
        ),
        ("creatinine in micromoles, a lab too", observed("2160-0", &quantity("88.42", "umol/L"))),
        (
            "eGFR above a bound counts as the bound",
            observed(
                "98979-8",
                r#""valueQuantity":{"value":60,"comparator":">","code":"mL/min/{1.73_m2}","system":"http://unitsofmeasure.org"}"#,
            ),
        ),
        (
            "eGFR below one is not read, and said",
            observed("98979-8", r#""valueQuantity":{"value":15,"comparator":"<","unit":"mL/min/1.73m2"}"#),
        ),
        ("clearance", observed("2164-2", &quantity("45", "mL/min"))),
        ("body surface", observed("8277-6", &quantity("1.73", "m2"))),
        ("pregnant", observed("82810-3", &coded(sct, "77386006"))),
        ("not pregnant", observed("82810-3", &coded("http://loinc.org", "LA26683-5"))),
        ("possibly", observed("82810-3", &coded("http://loinc.org", "LA4489-6"))),
        ("a due date ahead", observed("11778-8", r#""valueDateTime":"2027-03-01""#)),
        ("a due date long past", observed("11778-8", r#""valueDateTime":"2020-03-01""#)),
        ("weeks of a pregnancy, the patient's age not known", observed("18185-9", &quantity("24", "wk"))),
        ("weeks of a pregnancy", pregnant_for(r#"{"value":24,"unit":"weeks"}"#, "1990-01-01")),
        (
            "days of a pregnancy",
            pregnant_for(r#"{"value":171,"code":"d","system":"http://unitsofmeasure.org"}"#, "1990-01-01"),
        ),
        ("weeks in parts stay whole weeks", pregnant_for(r#"{"value":24.3,"unit":"weeks"}"#, "1990-01-01")),
        ("weeks at which a child was born", pregnant_for(r#"{"value":34,"unit":"weeks"}"#, "2026-01-01")),
        ("weeks in a unit of no time", pregnant_for(r#"{"value":24,"unit":"kg"}"#, "1990-01-01")),
        ("breastfeeding", observed("63895-7", &coded("http://loinc.org", "LA29252-6"))),
        (
            "a lab, digits kept",
            observed(
                "2823-3",
                r#""valueQuantity":{"value":4.10,"unit":"milliequivalents","system":"http://unitsofmeasure.org","code":"meq/L"}"#,
            ),
        ),
        (
            "a lab below its bound",
            observed("2823-3", r#""valueQuantity":{"value":0.2,"comparator":"<","unit":"mmol/L"}"#),
        ),
        ("a lab in words", observed("2823-3", r#""valueString":"hemolysed""#)),
        (
            "a weight without its system is a lab without meaning",
            file(&old.replace("http://loinc.org", "http://local")),
        ),
    ]
}

fn records() -> Vec<(&'static str, String)> {
    let status = |word: &str| prescribed(&format!(r#""status":"{word}""#));
    let drug = |kind: &str, fields: &str| {
        file(&format!(r#"{{"resourceType":"{kind}","id":"r","medicationCodeableConcept":{{"text":"x"}},{fields}}}"#))
    };
    let done = |fields: &str| {
        let code = r#""code":{"coding":[{"system":"http://snomed.info/sct","code":"302497006"}]}"#;
        file(&format!(r#"{{"resourceType":"Procedure","id":"r",{code},{fields}}}"#))
    };
    vec![
        ("a procedure done at a time", done(r#""status":"completed","performedDateTime":"2026-11-20""#)),
        (
            "a procedure done over a time (R5)",
            done(r#""status":"completed","occurrencePeriod":{"start":"2026-11-01","end":"2026-11-20T10:00:00Z"}"#),
        ),
        ("a procedure that goes on", done(r#""status":"in-progress","performedPeriod":{"start":"2026-11-01"}"#)),
        ("a procedure not done", done(r#""status":"not-done""#)),
        (
            "a procedure not done (STU3)",
            done(r#""status":"completed","notDone":true,"performedDateTime":"2026-11-20""#),
        ),
        ("a procedure planned", done(r#""status":"preparation","performedDateTime":"2026-11-20""#)),
        (
            "a procedure in words says nothing",
            file(r#"{"resourceType":"Procedure","id":"r","status":"completed","code":{"text":"dialysis"}}"#),
        ),
        ("given for a problem, by reference", given_for("https://ehr/fhir/Condition/c")),
        ("given for a problem, by URN", given_for("urn:uuid:c")),
        ("given for a problem that was not sent", given_for("Condition/d")),
        ("on hold", status("on-hold")),
        ("ended (R5)", status("ended")),
        ("cancelled", status("cancelled")),
        ("entered in error", status("entered-in-error")),
        ("a status nobody knows", status("zombie")),
        ("no status, a plan, not to be performed", prescribed(r#""intent":"proposal","doNotPerform":true"#)),
        (
            "settings, object or list, old system or none",
            prescribed(r#""category":{"coding":[{"code":"local"},{"code":"community"}]},"authoredOn":"2026-01-02""#),
        ),
        (
            "discharge",
            prescribed(
                r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/medicationrequest-category","code":"discharge"}]}]"#,
            ),
        ),
        (
            "replaces, rests on, because of",
            prescribed(
                r#""priorPrescription":{"reference":"MedicationRequest/1"},"basedOn":[{"reference":"CarePlan/1"},{"display":"no reference"}],"reasonCode":[{"text":"pain"}],"dispenseRequest":{"validityPeriod":{"end":"2020"},"expectedSupplyDuration":{"value":30,"unit":"days","code":"d"}}"#,
            ),
        ),
        (
            "a supply in no time",
            prescribed(r#""dispenseRequest":{"expectedSupplyDuration":{"value":30,"unit":"tablets"}}"#),
        ),
        (
            "taken, from when to when",
            taken(
                r#""status":"active","effectivePeriod":{"start":"2026-01","end":"2026-02"},"dateAsserted":"2026-03-01""#,
            ),
        ),
        ("STU3 not taken", taken(r#""status":"active","taken":"n""#)),
        ("STU3 taken", taken(r#""status":"active","taken":"y""#)),
        ("DSTU2 not taken", taken(r#""patient":{"reference":"Patient/p"},"status":"completed","wasNotTaken":true"#)),
        (
            "DSTU2 statement: dosage and reason",
            taken(
                r#""reasonForUseCodeableConcept":{"text":"pain"},"dosage":[{"quantityQuantity":{"value":5,"unit":"mg"},"asNeededBoolean":true,"timing":{"repeat":{"frequency":1,"period":8,"periodUnits":"h"}}}]"#,
            ),
        ),
        ("R4 not taken", taken(r#""status":"not-taken""#)),
        (
            "R5 recorded, not taking",
            taken(r#""status":"recorded","adherence":{"code":{"coding":[{"code":"not-taking"}]}}"#),
        ),
        (
            "R5 recorded, taking",
            taken(r#""status":"recorded","adherence":{"code":{"coding":[{"code":"taking-as-directed"}]}}"#),
        ),
        (
            "handed out",
            drug(
                "MedicationDispense",
                r#""status":"completed","whenHandedOver":"2026-11-01","daysSupply":{"value":90,"unit":"Day","code":"d"},"authorizingPrescription":[{"reference":"MedicationRequest/1"}]"#,
            ),
        ),
        ("declined", drug("MedicationDispense", r#""status":"declined""#)),
        (
            "given",
            drug(
                "MedicationAdministration",
                r#""status":"completed","effectiveDateTime":"2026-11-22T08:00:00Z","request":{"reference":"MedicationRequest/1"},"dosage":{"text":"5 mg","route":{"text":"PO"},"dose":{"value":5,"unit":"mg"}}"#,
            ),
        ),
        ("not given", drug("MedicationAdministration", r#""status":"not-done""#)),
        (
            "DSTU2 not given",
            drug("MedicationAdministration", r#""wasNotGiven":true,"effectiveTimePeriod":{"start":"2026-11-22"}"#),
        ),
        (
            "R4 allergy, reactions",
            allergic(
                r#""clinicalStatus":{"coding":[{"system":"https://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},"type":"allergy","category":["food","medication"],"criticality":"unable-to-assess","code":{"text":"penicillin"},"onsetDateTime":"2001","lastOccurrence":"2002-03","reaction":[{"substance":{"text":"amoxicillin"},"manifestation":[{"text":"rash"},{"coding":[{"system":"http://snomed.info/sct","code":"39579001"}]}],"severity":"severe"}]"#,
            ),
        ),
        (
            "R5 reaction",
            allergic(
                r#""code":{"text":"x"},"type":{"coding":[{"code":"intolerance"}]},"reaction":[{"manifestation":[{"concept":{"text":"rash"}}]}]"#,
            ),
        ),
        (
            "STU3 statuses as strings",
            allergic(
                r#""code":{"text":"x"},"clinicalStatus":"inactive","verificationStatus":"refuted","assertedDate":"2018-11-15""#,
            ),
        ),
        (
            "DSTU2 substance and status",
            allergic(
                r#""patient":{"reference":"p"},"substance":{"text":"x"},"status":"unconfirmed","category":"food","criticality":"CRITH""#,
            ),
        ),
        (
            "entered in error, with nothing else",
            allergic(r#""verificationStatus":{"coding":[{"code":"entered-in-error"}]}"#),
        ),
        (
            "only a reaction names it",
            allergic(r#""reaction":{"substance":{"text":"x"},"manifestation":{"text":"rash"}}"#),
        ),
        (
            "a problem, abated by date",
            file(
                r#"{"resourceType":"Condition","code":{"text":"gout"},"onsetPeriod":{"start":"2019"},"abatementDateTime":"2020-01-01","recordedDate":"2019-02-01"}"#,
            ),
        ),
        (
            "a problem, abated, nobody knows when",
            file(r#"{"resourceType":"Condition","code":{"text":"gout"},"abatementBoolean":true}"#),
        ),
        (
            "a problem in doubt",
            file(
                r#"{"resourceType":"Condition","code":{"text":"gout"},"clinicalStatus":"relapse","verificationStatus":"differential","dateRecorded":"2019"}"#,
            ),
        ),
    ]
}

fn oddities() -> Vec<(&'static str, String)> {
    vec![
        ("fields of the wrong kind are passed over and said", file(r#"{"resourceType":"MedicationRequest","id":"m","status":{"x":[1,{"y":2}]},"subject":17.5,"medicationCodeableConcept":{"coding":"x","text":["a","b"]},"dosageInstruction":[1,{"text":"t"}],"authoredOn":"yesterday"}"#)),
        ("a key twice: the last that is not null", sign(r#""medicationCodeableConcept":{"text":"a"},"medicationCodeableConcept":{"text":"b"},"medicationCodeableConcept":null"#)),
        ("escapes in keys and words", sign(r#""medication\u0043odeableConcept":{"text":"caf\u00e9 \"x\""}"#)),
        ("white space inside an order is kept for the way back", "{\"hook\":\"order-sign\",\"context\":{\"draftOrders\":\n [ {  \"resourceType\" : \"MedicationRequest\" , \"medicationCodeableConcept\":{\"text\":\"}\"}  } ] }}".into()),
        ("an entry that is no object", r#"{"hook":"order-sign","context":{"patientId":"p","draftOrders":{"resourceType":"Bundle","entry":[5,null,{"resource":"x"},{"resource":null},{"medicationCodeableConcept":{"text":"x"}}]}}}"#.into()),
        ("a user who is a number", r#"{"hook":"patient-view","hookInstance":7,"user":"Practitioner/1","patient":"q","context":{"userId":12}}"#.into()),
        ("prefetch that is no object", r#"{"hook":"patient-view","context":{"patientId":"p"},"prefetch":[1]}"#.into()),
    ]
}

#[test]
fn shapes_beside_their_near_misses() {
    let mut out = String::new();
    let seeds = std::env::var_os("CAVEAT_SEEDS");
    for (n, (name, body)) in cases().into_iter().enumerate() {
        if let Some(folder) = &seeds {
            std::fs::write(Path::new(folder).join(format!("shape-{n}")), &body).unwrap();
        }
        writeln!(out, "== {name}").unwrap();
        match read_any(body.as_bytes(), as_of()) {
            Ok(call) => out += &print(&call),
            Err(refusal) => writeln!(out, "REFUSED {refusal}").unwrap(),
        }
        out.push('\n');
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/intake/shapes.txt");
    if std::env::var_os("CAVEAT_BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &out).unwrap();
    }
    let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
    for (n, (found, wanted)) in out.lines().zip(wanted.lines()).enumerate() {
        let section = out.lines().take(n + 1).filter(|l| l.starts_with("== ")).last().unwrap_or("");
        assert_eq!(found, wanted, "line {} of {}, {section}", n + 1, golden.display());
    }
    assert_eq!(out.lines().count(), wanted.lines().count(), "lines of {}", golden.display());
}
