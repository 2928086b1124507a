//! Three frozen request bodies, compact FHIR R4: about 9 KB, 60 KB and 200 KB. Their hashes stand here; a change is refused.

use crate::synthetic::Dice;
use crate::synthetic::tables::{
    INGREDIENT_CODE, INGREDIENTS, LABS, NEIGHBOUR, ORDERED, PROBLEM_CODE, PROBLEMS, PRODUCT_CODE, PRODUCTS, TWIN,
    ingredient_of, lab_code,
};
use std::fmt::Write as _;

/// What a body holds.
pub struct Shape {
    /// Its name in the tables.
    pub name: &'static str,
    /// Orders in hand.
    pub orders: usize,
    /// Drugs on file.
    pub exposures: usize,
    /// Allergies.
    pub allergies: usize,
    /// Problems.
    pub problems: usize,
    /// Laboratory values.
    pub labs: usize,
    /// Medications say only what they must: code, subject, dosage.
    pub terse: bool,
    /// BLAKE3 of the body.
    pub hash: &'static str,
}

/// The three bodies.
pub const SHAPES: [Shape; 3] = [
    Shape {
        name: "9 KB",
        orders: 1,
        exposures: 10,
        allergies: 1,
        problems: 0,
        labs: 0,
        terse: true,
        hash: "41536863eaa4bfd58da4bd91d80bf0bd49161b40d185e376d36ddf36a602f8b8",
    },
    Shape {
        name: "60 KB",
        orders: 1,
        exposures: 20,
        allergies: 10,
        problems: 20,
        labs: 30,
        terse: false,
        hash: "448566e76f94a322df080799570f4eebf87062b2ed20203599eae1a570bb39ca",
    },
    Shape {
        name: "200 KB",
        orders: 2,
        exposures: 45,
        allergies: 20,
        problems: 80,
        labs: 150,
        terse: false,
        hash: "d78beebb0837214f7cffd7d8c2ef36ba01fa7b18ed9b7bf24c5d875b2337b7aa",
    },
];

/// The body of a shape, checked against its frozen hash.
pub fn body(shape: &Shape) -> Vec<u8> {
    let bytes = write(shape).into_bytes();
    let hash = blake3::hash(&bytes).to_hex();
    assert!(shape.hash == hash.as_str(), "the {} body changed: {} bytes, hash {hash}", shape.name, bytes.len());
    bytes
}

/// Lengths and hashes of the three bodies as they would be written now.
pub fn describe() -> String {
    let line = |shape: &Shape| {
        let text = write(shape);
        format!("{}: {} bytes, hash {}\n", shape.name, text.len(), blake3::hash(text.as_bytes()).to_hex())
    };
    SHAPES.iter().map(line).collect()
}

/// BLAKE3 of the bodies of [`crowd`], one behind the other.
const CROWD: &str = "6430b627fb47db6d7b86b81fa1a8ea428e2af0bbf9666fc85c13551fdaa69bcd";

/// Sixteen bodies like the one of 60 KB, each of another patient: other drugs, allergies, problems, values, and one or two
/// entries more or fewer of each. Frozen together.
///
/// A service never answers one body ten thousand times. A loop that does teaches the processor every branch of it, and what
/// has the most branches gains the most.
pub fn crowd() -> Vec<Vec<u8>> {
    let bodies: Vec<Vec<u8>> = (1..=16u64)
        .map(|seed| {
            let (mut dice, shape) = (Dice(seed), &SHAPES[1]);
            let mut about = |n: usize| n - 2 + dice.below(5);
            let shape = Shape {
                exposures: about(shape.exposures),
                allergies: about(shape.allergies),
                problems: about(shape.problems),
                labs: about(shape.labs),
                ..*shape
            };
            drawn(&shape, 0x0cab_ea75 + seed).into_bytes()
        })
        .collect();
    let hash = blake3::hash(&bodies.concat()).to_hex();
    assert!(CROWD == hash.as_str(), "the sixteen bodies changed: hash {hash}");
    bodies
}

/// A body of any shape, not frozen: for growth curves.
pub fn write(shape: &Shape) -> String {
    drawn(shape, 0x0cab_ea75)
}

fn drawn(shape: &Shape, seed: u64) -> String {
    let mut dice = Dice(seed);
    let orders: Vec<String> =
        (0..shape.orders).map(|n| medication(n, ordered(n, &mut dice), "draft", shape.terse)).collect();
    let taken: Vec<String> =
        (0..shape.exposures).map(|n| medication(1_000 + n, taken(n, &mut dice), "active", shape.terse)).collect();
    let allergies: Vec<String> = (0..shape.allergies).map(|n| allergy(n, &mut dice)).collect();
    let problems: Vec<String> = (0..shape.problems).map(|n| problem(n, &mut dice)).collect();
    let labs: Vec<String> = (0..shape.labs).map(|n| lab(n, &mut dice)).collect();
    format!(
        r#"{{"hook":"order-sign","hookInstance":"6f0d3b52-0d0c-4b0c-9f43-0d7e9d0a9a51","fhirServer":"https://fhir.example.org/r4","context":{{"userId":"Practitioner/prac-1","patientId":"pat-1","encounterId":"enc-1","draftOrders":{}}},"prefetch":{{"patient":{PATIENT},"medications":{},"allergies":{},"problems":{},"labs":{}}}}}"#,
        bundle("collection", &orders),
        bundle("searchset", &taken),
        bundle("searchset", &allergies),
        bundle("searchset", &problems),
        bundle("searchset", &labs)
    )
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"pat-1","meta":{"versionId":"3","lastUpdated":"2026-09-01T08:15:00Z"},"identifier":[{"system":"urn:oid:1.2.36.146.595.217.0.1","value":"12345"}],"active":true,"name":[{"use":"official","family":"Example","given":["Pat"]}],"gender":"female","birthDate":"1948-05-10"}"#;

fn ordered(n: usize, dice: &mut Dice) -> usize {
    if n == 0 { ORDERED } else { dice.below(PRODUCTS) }
}

/// The first two on file make duplicates of the first order: one of its class, one of its ingredient.
fn taken(n: usize, dice: &mut Dice) -> usize {
    match n {
        0 => NEIGHBOUR,
        1 => TWIN,
        _ => dice.below(PRODUCTS),
    }
}

fn bundle(kind: &str, resources: &[String]) -> String {
    let mut text = format!(r#"{{"resourceType":"Bundle","type":"{kind}","total":{},"entry":["#, resources.len());
    for (n, resource) in resources.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(text, r#"{comma}{{"fullUrl":"https://fhir.example.org/r4/x/{n}","resource":{resource}}}"#);
    }
    text.push_str("]}");
    text
}

fn medication(n: usize, product: usize, status: &str, terse: bool) -> String {
    let code = PRODUCT_CODE + product as u64;
    let name = format!("ingredient-{:05} {} MG Oral Tablet", ingredient_of(product), 50 * (1 + product % 8));
    let day = 1 + n % 9;
    let (about, display, supply) = if terse {
        (String::new(), "", "")
    } else {
        (
            format!(
                r#""meta":{{"versionId":"1","lastUpdated":"2026-10-0{day}T09:04:41Z"}},"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/medicationrequest-category","code":"outpatient","display":"Outpatient"}}]}}],"encounter":{{"reference":"Encounter/enc-1"}},"authoredOn":"2026-10-0{day}T09:00:00Z","requester":{{"reference":"Practitioner/prac-1","display":"A Prescriber"}},"#
            ),
            r#","display":"Oral route""#,
            r#","dispenseRequest":{"numberOfRepeatsAllowed":3,"quantity":{"value":60,"unit":"tablet"},"expectedSupplyDuration":{"value":30,"unit":"days","system":"http://unitsofmeasure.org","code":"d"}}"#,
        )
    };
    format!(
        r#"{{"resourceType":"MedicationRequest","id":"med-{n}",{about}"status":"{status}","intent":"order","medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{code}","display":"{name}"}}],"text":"{name}"}},"subject":{{"reference":"Patient/pat-1"}},"dosageInstruction":[{{"text":"Take one tablet by mouth twice daily","timing":{{"repeat":{{"frequency":2,"period":1,"periodUnit":"d"}}}},"route":{{"coding":[{{"system":"http://snomed.info/sct","code":"26643006"{display}}}]}},"doseAndRate":[{{"doseQuantity":{{"value":1,"unit":"tablet","system":"http://unitsofmeasure.org","code":"{{tablet}}"}}}}]}}]{supply}}}"#
    )
}

fn allergy(n: usize, dice: &mut Dice) -> String {
    let ingredient = match n {
        0 => ingredient_of(ORDERED),
        1 => ingredient_of(NEIGHBOUR),
        _ => dice.below(INGREDIENTS),
    };
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"alg-{n}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}}]}},"type":"allergy","category":["medication"],"criticality":"high","code":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{}","display":"ingredient-{ingredient:05}"}}],"text":"ingredient-{ingredient:05}"}},"patient":{{"reference":"Patient/pat-1"}},"recordedDate":"2020-01-0{}","reaction":[{{"manifestation":[{{"text":"Rash"}}],"severity":"mild"}}]}}"#,
        INGREDIENT_CODE + ingredient as u64,
        1 + n % 9,
    )
}

fn problem(n: usize, dice: &mut Dice) -> String {
    let problem = if n == 0 { 0 } else { dice.below(PROBLEMS) };
    format!(
        r#"{{"resourceType":"Condition","id":"cnd-{n}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}}]}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{}","display":"Problem {problem}"}}],"text":"Problem {problem}"}},"subject":{{"reference":"Patient/pat-1"}},"onsetDateTime":"2019-03-1{}","recordedDate":"2019-03-20"}}"#,
        PROBLEM_CODE + problem as u64,
        n % 10,
    )
}

fn lab(n: usize, dice: &mut Dice) -> String {
    let lab = n % LABS;
    format!(
        r#"{{"resourceType":"Observation","id":"obs-{n}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"{}","display":"Lab {lab} [Moles/volume] in Serum or Plasma"}}],"text":"Lab {lab}"}},"subject":{{"reference":"Patient/pat-1"}},"effectiveDateTime":"2026-10-1{}T07:30:00Z","valueQuantity":{{"value":{}.{},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}}}"#,
        lab_code(lab),
        n % 10,
        dice.below(9),
        dice.below(10),
    )
}
