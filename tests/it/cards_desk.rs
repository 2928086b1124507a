//! Charts, findings and calls built by hand, for tests of what is written about them.

use caveat::clinical::chart::{
    Allergy, Chart, ClinicalStatus, Drug, Entry, Intent, List, Medication, Problem, RecordKind, Setting, Standing,
    Status, Verification,
};
use caveat::clinical::code::{Code, Concept, System};
use caveat::clinical::regimen::Regimen;
use caveat::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Seriousness, Severity};
use caveat::clinical::time::{Interval, Moment};
use caveat::engine::finding::{
    Cell, Finding, Gap, GapKind, Matrix, MatrixRow, Participant, Role, RuleRef, Screening, Texts, Words, WordsOf,
};
use caveat::hooks::access::{Access, Authorization};
use caveat::hooks::call::{Call, Hook, RawOrder};
use caveat::hooks::intake_sent::Sent;
use caveat::pack::stamp::PackStamp;

/// 2026-03-05T09:30:00Z.
pub const NOW: Moment = Moment(1_772_703_000);

/// A pack's stamp that lives as long as the tests.
pub fn stamp() -> &'static PackStamp {
    Box::leak(Box::new(PackStamp { name: "core".into(), version: "2026.1".into(), hash: "0123456789abcdef".repeat(4) }))
}

/// A concept of an RxCUI, with words.
pub fn rxnorm(rxcui: &str, words: &str) -> Concept {
    Concept { text: Some(words.into()), ..Concept::of(Code::new(System::RxNorm, rxcui).unwrap()) }
}

/// A record of a drug.
pub fn medication(reference: &str, drug: Concept, standing: Standing, status: Status) -> Medication {
    Medication {
        reference: reference.into(),
        kind: RecordKind::Request,
        standing,
        status,
        intent: Intent::Order,
        negated: false,
        drug: Drug { concept: drug, ..Drug::default() },
        setting: Setting::Unknown,
        authored: None,
        period: Interval::default(),
        supply: None,
        replaces: Vec::new(),
        based_on: Vec::new(),
        reasons: Vec::new(),
        regimen: Regimen::default(),
    }
}

/// A draft of ibuprofen in hand (0), warfarin on file as an order (1), as a statement (2), and a penicillin allergy and a
/// problem.
pub fn chart() -> Chart {
    let mut chart = Chart::empty(NOW);
    let warfarin = || rxnorm("855332", "Warfarin Sodium 5 MG Oral Tablet");
    chart.medications = vec![
        medication("MedicationRequest/draft-1", rxnorm("197805", "Ibuprofen 400 MG"), Standing::InHand, Status::Draft),
        medication("MedicationRequest/w1", warfarin(), Standing::Existing, Status::Active),
        medication("MedicationStatement/w2", warfarin(), Standing::Existing, Status::Active),
    ];
    chart.medications[2].kind = RecordKind::Statement;
    chart.allergies = vec![Allergy {
        reference: "AllergyIntolerance/a1".into(),
        in_hand: false,
        substance: Concept {
            text: Some("Penicillin".into()),
            ..Concept::of(Code::new(System::Snomed, "91936005").unwrap())
        },
        kind: None,
        reactions: Vec::new(),
        criticality: None,
        clinical: ClinicalStatus::Active,
        verification: Verification::Confirmed,
        onset: None,
        last: None,
        categories: Vec::new(),
    }];
    chart.problems = vec![Problem {
        reference: "Condition/c1".into(),
        concept: Concept {
            text: Some("Acute ulcer <b>bleeding</b> *now*".into()),
            ..Concept::of(Code::new(System::Snomed, "12847006").unwrap())
        },
        clinical: ClinicalStatus::Active,
        verification: Verification::Confirmed,
        onset: None,
        ended: None,
        recorded: None,
    }];
    chart
}

/// The draft as a client sends it.
pub const DRAFT: &str = r#"{"resourceType":"MedicationRequest","id":"draft-1","status":"draft","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Ibuprofen 400 MG"}}"#;

/// The order on file as a client sends it: members we do not read, an escaped quote, a nested status, exact decimals.
pub const WARFARIN: &str = r##"{"resourceType":"MedicationRequest", "id":"w1","contained":[{"resourceType":"Medication","id":"m","status":"active"}],
 "status" : "active","intent":"order","medicationReference":{"reference":"#m","display":"say \"warfarin\""},"subject":{"reference":"Patient/p1"},"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":2.50,"unit":"mg"}}]}]}"##;

/// A resource as sent.
pub fn raw(medication: u32, json: &str) -> RawOrder<'_> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let word = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    RawOrder { medication, tail: json, resource_type: word("resourceType"), id: word("id") }
}

/// A call of a hook about the chart above.
pub fn call(hook: Hook) -> Call<'static> {
    Call {
        hook,
        instance: "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea".into(),
        patient: "p1".into(),
        user: "Practitioner/1".into(),
        encounter: String::new(),
        chart: chart(),
        raw: vec![raw(0, DRAFT), raw(1, WARFARIN)],
        nothing_chosen: false,
        wanting: Vec::new(),
        access: Access::default(),
        authorization: Authorization::default(),
        sent: Sent::default(),
        undispatched: Vec::new(),
    }
}

/// A screening with these findings and gaps, and a matrix of the chart above.
pub fn screening(findings: Vec<Finding<'static>>, gaps: Vec<Gap>) -> Screening<'static> {
    use Cell::{Checked, DataMissing, NoRule, NotApplicable};
    let row = |entry, cells| MatrixRow { entry, cells };
    let rows = vec![
        row(Entry::Medication(0), [Checked, Checked, DataMissing, Checked, NoRule]),
        row(Entry::Medication(1), [Checked, Checked, NoRule, Checked, Checked]),
        row(Entry::Allergy(0), [NotApplicable, Checked, NotApplicable, NotApplicable, NotApplicable]),
    ];
    Screening { pack: stamp(), as_of: NOW, findings, gaps, checked: Matrix { rows }, trace: Vec::new() }
}

/// A participant.
pub fn who(role: Role, entry: Entry, name: &'static str, rxcui: u32) -> Participant<'static> {
    Participant { role, entry, folded: Vec::new(), name, rxcui }
}

/// The finding that every table starts from: warfarin and ibuprofen, major, interrupting.
/// The same two orders found to be one drug twice: what is on file may be stopped as well.
pub fn twice() -> Finding<'static> {
    Finding { question: Question::Duplicate, ..bleeding() }
}

pub fn bleeding() -> Finding<'static> {
    let mut warfarin = who(Role::Object, Entry::Medication(1), "warfarin", 11289);
    warfarin.folded = vec![Entry::Medication(2)];
    Finding {
        question: Question::Interaction,
        rule: RuleRef { id: "warfarin-nsaid", version: 3 },
        also: Vec::new(),
        severity: Severity::Major,
        seriousness: Seriousness::Serious,
        loudness: Loudness::Interruptive,
        management: Management::BenefitMustOutweigh,
        evidence: Evidence::Established,
        audience: Audience::Both,
        effect: Some("bleeding"),
        tier: None,
        orders: vec![Entry::Medication(0)],
        participants: vec![who(Role::Precipitant, Entry::Medication(0), "ibuprofen", 5640), warfarin],
        drivers: vec!["no proton pump inhibitor or misoprostol in the last 100 days".into(), "age 78 years".into()],
        words: WordsOf::Are(&Words {
            title: "Warfarin with an NSAID",
            risk: "serious bleeding",
            advice: "use paracetamol instead, or add a PPI and watch INR",
            consequence: "bleeding of the stomach and gut, which may be fatal",
            mechanism: "NSAIDs harm the lining of the stomach and inhibit platelets",
            actions: Texts::Are(&[
                "choose paracetamol instead",
                "if an NSAID is needed, add a proton pump inhibitor",
                "check INR within a week; act if INR <2 or > 3",
            ]),
            sources: Texts::Are(&["Coumadin label, section 7, 2017", "https://example.org/a_b_c"]),
            exposure_frequency: "",
            harm_frequency: "in about 3 of 100 patients a year",
        }),
        override_days: 30,
        never_silence: false,
        key: "warfarin-nsaid@3|11289|5640|no-ppi|age".into(),
    }
}

/// A gap.
pub fn gap(entry: Entry, kind: GapKind, words: &str, on_card: bool) -> Gap {
    Gap::new(entry, kind, words.into(), on_card)
}

/// One gap of a whole list.
pub fn list_gap(list: List, kind: GapKind) -> Gap {
    gap(Entry::List(list), kind, caveat::engine::finding::list_word(list), false)
}
