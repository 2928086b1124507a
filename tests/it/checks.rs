//! The checks, from rule text to plain lines: each hit beside its near miss. As of 15 January 2026, noon.

use crate::tiny::{self, date};
use caveat::clinical::chart::*;
use caveat::clinical::code::{Code, Concept, System};
use caveat::clinical::exact::Exact;
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::engine::finding::Screening;
use caveat::engine::print::plain;
use caveat::engine::screen::Screener;
use caveat::pack::read::Pack;
use caveat::pack::tables::RawPack;
use caveat::pack::verify::verify;
use std::sync::Arc;

/// Drugs, classes, a lab, problems, reactions and a policy under which major and worse interrupt.
const TERMS: &str = include_str!("checks_terms.toml");
/// The rules all cases share.
const RULES: &str = include_str!("checks_rules.toml");
/// Products: code, name, form, route, parts.
const PRODUCTS: &str = "system,code,name,form,route,parts
rxnorm,5001,acetaminophen 500 mg tablet,tablet,oral,acetaminophen 500 mg / 1 tablet
rxnorm,5002,acetaminophen and codeine tablet,tablet,oral,acetaminophen 300 mg / 1 tablet + codeine 30 mg / 1 tablet
rxnorm,5003,diclofenac gel,gel,topical,diclofenac 10 mg / 1 g
rxnorm,5005,fentanyl patch,patch,transdermal,fentanyl 25 ug / 1 h
rxnorm,5006,oxycodone and acetaminophen tablet,tablet,oral,oxycodone 5 mg / 1 tablet + acetaminophen 325 mg / 1 tablet
rxnorm,5004,latex-capped heparin,vial,intravenous,heparin 1000 units / 1 mL + excipient: latex
";

pub struct Case {
    name: &'static str,
    chart: &'static str,
    says: &'static str,
}

pub const fn case(name: &'static str, chart: &'static str, says: &'static str) -> Case {
    Case { name, chart, says }
}

const INTERACTIONS: &[Case] = &[
    case(
        "order meets what is taken",
        "takes warfarin; orders ibuprofen route=oral",
        "major interruptive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "from the other side too",
        "takes ibuprofen route=oral; orders warfarin",
        "major interruptive warfarin-nsaid: warfarin, ibuprofen",
    ),
    case("a drug alone meets nobody", "orders ibuprofen route=oral", ""),
    case("neither is in hand", "takes warfarin; takes ibuprofen route=oral", ""),
    case(
        "neither is in hand, and that is asked",
        "focus=existing; takes warfarin; takes ibuprofen route=oral",
        "major passive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "orders meet each other, once",
        "orders warfarin; orders ibuprofen route=oral",
        "major interruptive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case("another draft is context", "drafts warfarin; drafts ibuprofen route=oral", ""),
    case(
        "an order meets another draft",
        "orders warfarin; drafts ibuprofen route=oral",
        "major interruptive warfarin-nsaid: warfarin, ibuprofen",
    ),
    case("quieted by route", "takes warfarin; orders 5003", "minor passive warfarin-nsaid: diclofenac, warfarin"),
    case(
        "an unknown route quiets nothing",
        "takes warfarin; orders diclofenac",
        "major interruptive warfarin-nsaid: diclofenac, warfarin | gap missing: route of diclofenac (warfarin-nsaid)",
    ),
    case("what was never taken", "takes warfarin status=not-taken; orders ibuprofen route=oral", ""),
    case("what ended", "takes warfarin from=2025-01-01 until=2025-12-01; orders ibuprofen route=oral", ""),
    case(
        "within the washout",
        "takes phenelzine from=2025-01-01 until=2026-01-10; orders fluoxetine",
        "contraindicated interruptive maoi-ssri: fluoxetine, phenelzine",
    ),
    case("after the washout", "takes phenelzine from=2025-01-01 until=2025-12-30; orders fluoxetine", ""),
    case(
        "a stop order starts nothing",
        "takes warfarin ref=MedicationRequest/1; orders warfarin ref=MedicationRequest/1 status=stopped; takes ibuprofen route=oral",
        "",
    ),
    case(
        "stopped and begun in one session: no washout",
        "takes warfarin ref=MedicationRequest/1; orders warfarin ref=MedicationRequest/1 status=stopped; orders ibuprofen route=oral",
        "",
    ),
    case(
        "stopped and begun in one session: within the washout",
        "takes phenelzine ref=MedicationRequest/1; orders phenelzine ref=MedicationRequest/1 status=stopped; orders fluoxetine",
        "contraindicated interruptive maoi-ssri: fluoxetine, phenelzine",
    ),
    case(
        "what it replaces is no partner",
        "takes warfarin ref=MedicationRequest/1; orders ibuprofen route=oral replaces=MedicationRequest/1",
        "",
    ),
    case(
        "two drugs of a session that never overlap",
        "takes ibuprofen route=oral from=2026-01-01 until=2026-01-20; orders warfarin starts=2026-02-01",
        "",
    ),
];

const MODIFIERS: &[Case] = &[
    case(
        "the gate holds",
        "takes digoxin; orders furosemide; lab potassium 3.1 mmol/L 2026-01-14",
        "major interruptive digoxin-diuretic: furosemide, digoxin",
    ),
    case("the gate fails", "takes digoxin; orders furosemide; lab potassium 4.1 mmol/L 2026-01-14", ""),
    case(
        "the gate is unanswered, and asks",
        "takes digoxin; orders furosemide",
        "gap missing: potassium within 7 days (digoxin-diuretic)",
    ),
    case(
        "a worsening datum is missing: the worst is assumed",
        "takes simvastatin; orders amiodarone",
        "contraindicated interruptive simvastatin-amiodarone: amiodarone, simvastatin | gap dose-unknown: daily dose of simvastatin (simvastatin-amiodarone)",
    ),
    case(
        "a worsening datum holds",
        "takes simvastatin dose=40_mg times=1; orders amiodarone",
        "contraindicated interruptive simvastatin-amiodarone: amiodarone, simvastatin",
    ),
    case(
        "a worsening datum fails",
        "takes simvastatin dose=10_mg times=1; orders amiodarone",
        "moderate passive simvastatin-amiodarone: amiodarone, simvastatin",
    ),
    case("silenced", "takes lithium; orders ibuprofen route=oral for=3_days", ""),
    case(
        "not silenced",
        "takes lithium; orders ibuprofen route=oral for=30_days",
        "moderate passive lithium-nsaid: ibuprofen, lithium",
    ),
];

const FOLDING: &[Case] = &[
    case(
        "one card for an order and an effect",
        "takes ondansetron; takes amiodarone; orders haloperidol",
        "major interruptive qt-any-two: haloperidol, amiodarone, ondansetron",
    ),
    case("one drug adds up to nothing", "orders haloperidol", ""),
    case(
        "one drug twice adds up to nothing",
        "takes ondansetron route=oral; orders ondansetron route=intravenous",
        "moderate passive same-ingredient-twice: ondansetron, ondansetron | gap replacing-or-adding: ondansetron",
    ),
    case(
        "three different drugs",
        "takes lisinopril; takes furosemide; orders ibuprofen route=oral",
        "major interruptive triple-whammy: ibuprofen, lisinopril, furosemide",
    ),
    case("two of the three", "takes furosemide; orders ibuprofen route=oral", ""),
    case(
        "a more specific rule replaces",
        "takes warfarin; orders ketorolac route=oral",
        "contraindicated interruptive warfarin-ketorolac: ketorolac, warfarin",
    ),
];

const ALLERGIES: &[Case] = &[
    case(
        "same ingredient",
        "allergy amoxicillin; orders amoxicillin",
        "contraindicated interruptive same-ingredient-allergy: amoxicillin, amoxicillin",
    ),
    case(
        "class recorded",
        "allergy class:penicillins; orders amoxicillin",
        "major interruptive penicillin-class: amoxicillin, Penicillins",
    ),
    case(
        "strongest tier speaks",
        "allergy ampicillin; orders cephalexin",
        "major interruptive ampicillin-cephalexin: cephalexin, ampicillin",
    ),
    case(
        "another tier alone",
        "allergy penicillin v; orders cephalexin",
        "minor passive penicillin-cephalosporin: cephalexin, penicillin v",
    ),
    case("no relation", "allergy amoxicillin; orders warfarin", ""),
    case("refuted", "allergy amoxicillin verification=refuted; orders amoxicillin", ""),
    case("only on file", "allergy amoxicillin; takes amoxicillin", ""),
    case(
        "just recorded",
        "focus=allergy; allergy amoxicillin in-hand; takes amoxicillin; takes warfarin; takes ibuprofen route=oral",
        "contraindicated interruptive same-ingredient-allergy: amoxicillin, amoxicillin",
    ),
    case(
        "another was just recorded",
        "focus=allergy; allergy ampicillin in-hand; allergy amoxicillin; takes warfarin; takes amoxicillin",
        "major interruptive penicillin-class: amoxicillin, ampicillin",
    ),
    case(
        "intolerance quiets",
        "allergy penicillin v kind=intolerance; orders amoxicillin",
        "minor passive penicillin-class: amoxicillin, penicillin v",
    ),
    case(
        "a severe delayed reaction bypasses what quiets",
        "allergy penicillin v kind=intolerance reaction=7001; orders amoxicillin",
        "major interruptive penicillin-class: amoxicillin, penicillin v",
    ),
    case(
        "excipient",
        "allergy snomed|111088007; orders 5004",
        "major interruptive latex: heparin, natural rubber latex",
    ),
    case("no such excipient", "allergy snomed|111088007; orders 5001 dose=1_tablet times=2", ""),
];

const DOSES: &[Case] = &[
    case("a day", "orders 5001 dose=3_tablet times=4", "major interruptive acetaminophen-dose: acetaminophen"),
    case("at the limit", "orders 5001 dose=2_tablet times=4", ""),
    case("at once", "orders 5001 dose=3_tablet times=1", "moderate passive acetaminophen-dose: acetaminophen"),
    case(
        "over exposures",
        "takes 5002 dose=2_tablet times=4; orders 5001 dose=2_tablet times=4",
        "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
    case(
        "a PRN's worst case informs",
        "orders 5001 dose=2_tablet times=6 prn=1",
        "major passive acetaminophen-dose: acetaminophen",
    ),
    case(
        "none entered",
        "orders 5001",
        "gap dose-unknown: dose of acetaminophen: none was entered (acetaminophen-dose)",
    ),
    case("not yet entered", "select; orders 5001", ""),
    case(
        "by weight",
        "born=2020-01-15; weight=20_kg; orders 5001 dose=1_tablet times=4",
        "major interruptive acetaminophen-dose: acetaminophen",
    ),
    case("by weight, enough of it", "born=2020-01-15; weight=30_kg; orders 5001 dose=1_tablet times=4", ""),
    case(
        "by weight, none known",
        "born=2020-01-15; orders 5001 dose=1_tablet times=4",
        "gap missing: weight (acetaminophen-dose)",
    ),
    case("no rule", "orders warfarin dose=5_mg times=1", ""),
];

const DUPLICATES: &[Case] = &[
    case("class", "takes naproxen; orders ibuprofen route=oral", "moderate passive two-nsaids: ibuprofen, naproxen"),
    case("another class", "takes warfarin; orders amoxicillin", ""),
    case(
        "same ingredient is no class duplicate",
        "takes ibuprofen route=oral dose=200_mg times=1; orders ibuprofen route=oral dose=400_mg times=1",
        "moderate passive same-ingredient-twice: ibuprofen, ibuprofen | gap replacing-or-adding: ibuprofen",
    ),
    case(
        "the same again, and no record says that it replaces",
        "takes ibuprofen route=oral dose=200_mg times=1; orders ibuprofen route=oral dose=200_mg times=1",
        "moderate passive same-ingredient-twice: ibuprofen, ibuprofen",
    ),
    case(
        "replaced",
        "takes ibuprofen route=oral dose=200_mg times=1 ref=m1; orders ibuprofen route=oral dose=400_mg times=1 replaces=m1",
        "",
    ),
];

const CONTRAINDICATIONS: &[Case] = &[
    case(
        "problem",
        "problem snomed|12847006; orders ibuprofen route=oral",
        "contraindicated interruptive nsaid-bleed: ibuprofen, upper gastrointestinal bleeding",
    ),
    case("another problem", "problem snomed|13645005; orders ibuprofen route=oral", ""),
    case(
        "problems not sent",
        "unsent=problems; orders ibuprofen route=oral",
        "gap missing: whether upper gastrointestinal bleeding is among the problems (nsaid-bleed) | gap not-sent: problems",
    ),
    case("route filter", "problem snomed|12847006; orders 5003", ""),
];

#[test]
fn interactions() {
    run(INTERACTIONS);
}

#[test]
fn modifiers() {
    run(MODIFIERS);
}

#[test]
fn folding() {
    run(FOLDING);
}

#[test]
fn allergies() {
    run(ALLERGIES);
}

#[test]
fn doses() {
    run(DOSES);
}

#[test]
fn duplicates() {
    run(DUPLICATES);
}

#[test]
fn contraindications() {
    run(CONTRAINDICATIONS);
}

/// The one place that calls the engine: screen, print, compare.
pub fn run(cases: &[Case]) {
    run_with(pack(), cases);
}

/// The same with another pack.
pub fn run_with(pack: Arc<Pack>, cases: &[Case]) {
    let screener = Screener::new(pack);
    let mut wrong = String::new();
    for case in cases {
        let chart = chart(case.chart);
        let screening = screener.screen(&chart);
        let said = plain(&chart, &screening).trim_end().replace('\n', " | ");
        if said != case.says {
            let keys: Vec<&str> = screening.findings.iter().map(|f| f.key.as_str()).collect();
            wrong.push_str(&format!(
                "{}: {}\n    wanted {}\n    found  {said}\n    {keys:?}\n",
                case.name, case.chart, case.says
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The order in which records come changes nothing but where they stand.
#[test]
fn order_of_input() {
    let pack = pack();
    let screener = Screener::new(pack);
    let all = [INTERACTIONS, MODIFIERS, FOLDING, ALLERGIES, DOSES, DUPLICATES, CONTRAINDICATIONS].concat_cases();
    for case in all {
        let chart = chart(case.chart);
        let mut turned = chart.clone();
        turned.medications.reverse();
        turned.allergies.reverse();
        turned.problems.reverse();
        let keys = |s: &Screening<'_>| s.findings.iter().map(|f| f.key.clone()).collect::<Vec<_>>();
        let (there, back) = (screener.screen(&chart), screener.screen(&turned));
        assert_eq!(plain(&chart, &there), plain(&turned, &back), "case `{}`", case.name);
        assert_eq!(keys(&there), keys(&back), "case `{}`", case.name);
        assert_eq!(there, Screening { trace: Vec::new(), ..screener.explain(&chart) }, "case `{}`", case.name);
    }
}

trait Concat {
    fn concat_cases(&self) -> Vec<&'static Case>;
}

impl Concat for [&'static [Case]; 7] {
    fn concat_cases(&self) -> Vec<&'static Case> {
        self.iter().flat_map(|c| c.iter()).collect()
    }
}

#[test]
fn a_trace_says_why_not() {
    let screener = Screener::new(pack());
    let chart = chart("takes digoxin; orders furosemide; lab potassium 4.1 mmol/L 2026-01-14");
    let screening = screener.explain(&chart);
    let line = screening.trace.iter().find(|t| t.rule.id == "digoxin-diuretic").unwrap();
    assert!(!line.fired && line.because.iter().any(|w| w.contains("4.1")), "{line:?}");
}

#[test]
fn what_was_checked() {
    let screener = Screener::new(pack());
    let chart = chart("takes warfarin; orders amoxicillin; orders 5001; orders 99999999; allergy words=bees");
    let screening = screener.screen(&chart);
    let rows: Vec<String> = screening
        .checked
        .rows
        .iter()
        .map(|r| format!("{:?} {}", r.entry, r.cells.map(|c| c.word()).join(" ")))
        .collect();
    let wanted = [
        "Medication(0) checked not-applicable not-applicable checked not-applicable",
        "Medication(1) no-rule checked no-rule checked no-rule",
        "Medication(2) no-rule checked data-missing checked no-rule",
        "Medication(3) data-missing data-missing data-missing data-missing data-missing",
        "Allergy(0) not-applicable data-missing not-applicable not-applicable not-applicable",
    ];
    assert_eq!(rows, wanted);
}

pub fn pack() -> Arc<Pack> {
    pack_with("")
}

/// The pack of all cases with further rules.
pub fn pack_with(more: &str) -> Arc<Pack> {
    Arc::new(verify(raw_with(more), [7; 32]).unwrap())
}

/// Its tables, unverified.
pub fn raw_with(more: &str) -> RawPack {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let files =
        [file("terms.toml", TERMS), file("rules.toml", RULES), file("products.csv", PRODUCTS), file("more.toml", more)];
    let (tree, mistakes) = caveat::source::parse::parse(&files);
    let errors: Vec<_> = mistakes.iter().filter(|m| m.level == Level::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let (raw, complaints) = caveat::compile::build::compile(&tree);
    raw.unwrap_or_else(|| panic!("{complaints:#?}"))
}

/// A chart of statements separated by `;`: records of drugs as in `tiny` (by ingredient name or product code), and
/// `allergy`, `problem`, `lab`, `creatinine` (as a lab), `kidneys` (creatinine) and
/// `clearance` of the patient, `procedure`, `born=`, `sex=`, `pregnant`, `weight=`, `focus=`, `unsent=`, `select`.
pub fn chart(text: &str) -> Chart {
    let mut chart = tiny::chart("");
    for line in text.split(';').map(str::trim) {
        let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
        match word {
            "orders" | "drafts" | "takes" => {
                let (drug, keys) = rest.split_once(' ').unwrap_or((rest, ""));
                chart.medications.push(tiny::record(&format!("{word} {} {keys}", drug_code(drug))));
            }
            "allergy" => chart.allergies.push(allergy(rest)),
            "problem" => {
                let (code, on) = rest.split_once(' ').unwrap_or((rest, ""));
                let mut problem = Problem {
                    reference: "".into(),
                    concept: Concept::of(tiny::code(code)),
                    clinical: ClinicalStatus::Active,
                    verification: Verification::Confirmed,
                    onset: None,
                    ended: None,
                    recorded: None,
                };
                for word in on.split_whitespace() {
                    match word.split_once('=') {
                        None | Some(("onset", _)) => problem.onset = Some(date(word.trim_start_matches("onset="))),
                        Some(("ended", on)) => problem.ended = Some(date(on)),
                        Some((_, on)) => problem.recorded = Some(date(on)),
                    }
                }
                chart.problems.push(problem);
            }
            "sex" => chart.patient.sex = Some(if rest == "male" { Sex::Male } else { Sex::Female }),
            "kidneys" | "clearance" => {
                let (value, on) = rest.split_once(' ').unwrap();
                let value = Exact::parse(value).unwrap();
                let size = Exact::whole(if word == "kidneys" { 1_000 } else { 1 });
                let found = Some(Measured { value: value.checked_mul(size).unwrap(), on: Some(date(on)) });
                let kidneys = &mut chart.patient.kidneys;
                *(if word == "kidneys" { &mut kidneys.creatinine } else { &mut kidneys.clearance }) = found;
            }
            "lab" => {
                let words: Vec<&str> = rest.split(' ').collect();
                chart.labs.push(Lab {
                    reference: "".into(),
                    concept: Concept::of(Code::new(System::Loinc, "2823-3").unwrap()),
                    value: Exact::parse(words[1]),
                    bound: None,
                    unit: words[2].into(),
                    on: Some(date(words[3])),
                });
            }
            "born" => chart.patient.born = Some(date(rest)),
            "weight" => {
                let kilograms = Exact::parse(rest.trim_end_matches("_kg")).unwrap();
                let value = kilograms.checked_mul(Exact::whole(1000)).unwrap();
                chart.patient.weight = Some(Measured { value, on: Some(date("2026-01-15")) });
            }
            "dry" | "stated" | "estimated" | "ideal" => {
                let (weight, on) = rest.split_once(' ').unwrap_or((rest, "2026-01-15"));
                let kilograms = Exact::parse(weight.trim_end_matches("_kg")).unwrap();
                let value = kilograms.checked_mul(Exact::whole(1000)).unwrap();
                let weights = &mut chart.patient.weights;
                let place = match word {
                    "dry" => &mut weights.dry,
                    "stated" => &mut weights.stated,
                    "estimated" => &mut weights.estimated,
                    _ => &mut weights.ideal,
                };
                *place = Some(Measured { value, on: Some(date(on)) });
            }
            "creatinine" => {
                let words: Vec<&str> = rest.split(' ').collect();
                chart.labs.push(Lab {
                    reference: "".into(),
                    concept: Concept::of(Code::new(System::Loinc, "2160-0").unwrap()),
                    value: Exact::parse(words[0]),
                    bound: None,
                    unit: words[1].into(),
                    on: words.get(2).map(|on| date(on)),
                });
            }
            "procedure" => {
                let (code, on) = rest.split_once(' ').unwrap();
                chart.procedures.push(Procedure {
                    reference: "".into(),
                    concept: Concept::of(tiny::code(code)),
                    ongoing: on == "ongoing",
                    on: (on != "ongoing").then(|| date(on)),
                });
            }
            "pregnant" => {
                let due = rest.strip_prefix("due=").map(date);
                let value = if rest == "no" { Pregnancy::No } else { Pregnancy::Yes { due } };
                chart.patient.pregnancy = Some(Statement { value, on: Some(date("2026-01-10")) });
            }
            "focus" if rest == "existing" => chart.focus = Focus::Existing,
            "focus" if rest == "verify" => chart.focus = Focus::OrdersAndExisting,
            "focus" => chart.focus = Focus::NewAllergy,
            "unsent" => chart.received.problems = Receipt::NotSent,
            "select" => chart.doses_may_follow = true,
            other => panic!("unknown word `{other}`"),
        }
    }
    if !chart.allergies.is_empty() {
        chart.allergy_status = AllergyStatus::Recorded;
    }
    if chart.patient.born.is_none() {
        chart.patient.born = Some(date("1980-01-01"));
    }
    chart
}

fn allergy(text: &str) -> Allergy {
    let words = text.split(' ').filter(|w| *w != "v");
    let name = text.split(" v").next().unwrap();
    let mut allergy = Allergy {
        reference: "".into(),
        in_hand: false,
        substance: Concept::default(),
        kind: Some(AllergyKind::Allergy),
        reactions: Vec::new(),
        criticality: None,
        clinical: ClinicalStatus::Active,
        verification: Verification::Confirmed,
        onset: None,
        last: None,
        categories: Vec::new(),
    };
    for (n, word) in words.enumerate() {
        match word.split_once('=') {
            None if word == "in-hand" => allergy.in_hand = true,
            None => {
                assert_eq!(n, 0);
                let of = if name == "penicillin" { "penicillin v" } else { word };
                let code = if of.contains('|') { of.to_owned() } else { drug_code(of) };
                allergy.substance = Concept::of(tiny::code(&code));
            }
            Some(("kind", _)) => allergy.kind = Some(AllergyKind::Intolerance),
            Some(("verification", _)) => allergy.verification = Verification::Refuted,
            Some(("words", words)) => allergy.substance.text = Some(words.into()),
            Some(("reaction", code)) => allergy.reactions.push(Reaction {
                manifestations: vec![Concept::of(Code::new(System::Snomed, code).unwrap())],
                ..Reaction::default()
            }),
            Some((other, _)) => panic!("unknown key `{other}`"),
        }
    }
    allergy
}

/// A code: as it stands, or that of an ingredient or class by name (as `checks_terms.toml` numbers them); of `a+b` a part
/// for each.
fn drug_code(word: &str) -> String {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.to_owned();
    }
    if word.contains('+') {
        return word.split('+').map(|name| format!("part={} ", drug_code(name))).collect();
    }
    let name = word.strip_prefix("class:").unwrap_or(word);
    let wanted = format!("name = \"{name}\"");
    let mut lines = TERMS.lines().skip_while(|l| **l != *wanted).skip(1);
    let code = lines.next().unwrap_or_else(|| panic!("no `{name}`"));
    let value = code.split('"').nth(1).unwrap();
    if code.starts_with("snomed") { format!("snomed|{value}") } else { value.to_owned() }
}

/// Each finding's key and drivers.
fn told(text: &str) -> Vec<String> {
    told_with(pack(), text)
}

/// The same under other rules.
pub fn told_with(pack: Arc<Pack>, text: &str) -> Vec<String> {
    let screener = Screener::new(pack);
    let chart = chart(text);
    let screening = screener.screen(&chart);
    let line = |f: &caveat::engine::finding::Finding<'_>| format!("{} <- {}", f.key, f.drivers.join("; "));
    screening.findings.iter().map(line).collect()
}

#[test]
fn drivers_and_keys() {
    let cases = [
        (
            "takes digoxin; orders furosemide; lab potassium 3.1 mmol/L 2026-01-14",
            "digoxin-diuretic@1|1008,1010|| <- potassium 3.1 mmol/L on 2026-01-14",
        ),
        (
            "takes simvastatin dose=40_mg times=1; orders amiodarone",
            "simvastatin-amiodarone@1|1002,1021||more than 20 mg a day <- more than 20 mg a day (daily dose of simvastatin 40 mg)",
        ),
        (
            "orders 5001 dose=3_tablet times=4",
            "acetaminophen-dose@1|1001|adult/daily-max/absolute/to-1.5| <- ordered 6 g a day; limit 4 g a day (absolute); ordered 1.5 g at once; limit 1 g at once (usual)",
        ),
        (
            "takes 5002 dose=2_tablet times=4; orders 5001 dose=2_tablet times=4",
            "acetaminophen-dose@1|1001,1001|adult/daily-max/absolute/to-2| <- ordered 4 g a day, 6.4 g a day with what else is taken; limit 4 g a day (absolute)\nsame-ingredient-twice@1|1001,1001|| <- ",
        ),
        // The home list is gone through at admission: its doses do not add to the ward's, the duplicate asks.
        (
            "takes 5002 dose=2_tablet times=4 setting=home; orders 5001 dose=2_tablet times=4 setting=inpatient",
            "same-ingredient-twice@1|1001,1001|| <- ",
        ),
        (
            "takes 5002 dose=2_tablet times=4 setting=inpatient; orders 5001 dose=2_tablet times=4 setting=inpatient",
            "acetaminophen-dose@1|1001,1001|adult/daily-max/absolute/to-2| <- ordered 4 g a day, 6.4 g a day with what else is taken; limit 4 g a day (absolute)\nsame-ingredient-twice@1|1001,1001|| <- ",
        ),
        (
            "born=2020-01-15; weight=20_kg; orders 5001 dose=1_tablet times=4",
            "acetaminophen-dose@1|1001|child/daily-max/absolute/to-1.5| <- ordered 2 g a day; limit 75 mg/kg a day = 1.5 g a day (absolute)",
        ),
        (
            "orders 5001 dose=2_tablet times=6 prn=1",
            "acetaminophen-dose@1|1001|adult/daily-max/absolute/to-1.5| <- up to 6 g a day if every as-needed dose is taken; limit 4 g a day (absolute)",
        ),
        ("takes ondansetron; takes amiodarone; orders haloperidol", "qt-any-two@1|1002,1011,1018|| <- "),
        (
            "problem snomed|12847006; orders ibuprofen route=oral",
            "nsaid-bleed@1|upper gastrointestinal bleeding,1013|| <- upper gastrointestinal bleeding on record",
        ),
        (
            "takes warfarin; orders 5003",
            "warfarin-nsaid@1|1007,1022||used on the skin <- used on the skin (route of diclofenac: topical)",
        ),
        (
            "allergy penicillin v kind=intolerance; orders amoxicillin",
            "penicillin-class@1|1003,a:1019||recorded as an intolerance <- recorded as an intolerance (intolerance)",
        ),
    ];
    for (chart, wanted) in cases {
        assert_eq!(told(chart).join("\n"), wanted, "{chart}");
    }
}

#[test]
fn a_check_that_breaks_is_a_gap() {
    use caveat::clinical::severity::Question;
    use caveat::engine::bind::bind;
    use caveat::engine::docket::Docket;
    use caveat::engine::scope::Scope;
    use caveat::engine::screen::guard;
    let (pack, chart) = (pack(), chart("orders warfarin"));
    let bound = bind(&chart, &pack);
    let (scope, mut docket) = (Scope::of(&bound), Docket::new(&pack, bound.exposures.len(), false));
    guard(Question::Dose, |_, _, _| panic!("on purpose"), &mut docket, &bound, &scope);
    let gap = &docket.gaps[0];
    assert_eq!((gap.kind.word(), gap.words.as_str()), ("check-failed", "the dose check broke and was stopped"));
    assert_eq!(docket.cells[0][Question::Dose as usize].word(), "data-missing");
}

/// Two exposures of one drug that meet another are one finding, not two.
#[test]
fn one_drug_in_two_records_is_one_finding() {
    let screener = Screener::new(pack());
    let chart = chart(
        "takes ibuprofen route=oral dose=200_mg times=1; takes ibuprofen route=oral dose=400_mg times=2 prn=1; orders warfarin",
    );
    let screening = screener.screen(&chart);
    assert_eq!(plain(&chart, &screening), "major interruptive warfarin-nsaid: warfarin, ibuprofen\n");
    assert_eq!(screening.findings[0].participants[1].folded.len(), 1);
}
