//! Laws that hold for every rule and every chart: the engine agrees with the oracle, and with itself however it is asked.

use crate::oracle::{self, Fired};
use caveat::clinical::chart::{
    Allergy, AllergyStatus, Chart, ClinicalStatus, Drug, Focus, Intent, Lab, Measured, Medication, Pregnancy, Problem,
    Procedure, Receipt, Received, RecordKind, Setting, Sex, Standing, Statement, Status, Verification,
};
use caveat::clinical::code::{Code, Concept, System};
use caveat::clinical::exact::Exact;
use caveat::clinical::regimen::{Instruction, Regimen, Timing};
use caveat::clinical::time::{Dated, Interval, Moment};
use caveat::compile::build::compile;
use caveat::diagnostic::render::render;
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::engine::finding::{Role, Screening};
use caveat::engine::screen::Screener;
use caveat::pack::format::{decode, encode};
use caveat::source::parse::parse;
use caveat::source::tree::Tree;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

const INGREDIENTS: usize = 10;
const CLASSES: usize = 4;
const PROBLEMS: usize = 3;
const SEVERITIES: [&str; 4] = ["minor", "moderate", "major", "contraindicated"];
const MISSING: [&str; 3] = ["worst", "ask", "ignore"];

/// A side of a rule: an ingredient, or a class perhaps with an exception.
#[derive(Clone, Debug)]
enum Side {
    Ingredient(usize),
    Class(usize, Option<usize>),
}

#[derive(Clone, Debug)]
enum When {
    Age(u8),
    Weeks(u8),
    Clearance(u8),
    Dialysis,
    Injury,
    Problem(usize, bool),
    Began(usize, u8),
    Apart(u8, u8),
    Lab(u8),
    Taking(Side),
    Not(Box<When>),
    All(Box<When>, Box<When>),
    Any(Box<When>, Box<When>),
}

#[derive(Clone, Debug)]
struct Modifier {
    when: When,
    missing: usize,
    severity: Option<usize>,
}

#[derive(Clone, Debug)]
enum Kind {
    Pair(Side, Side, bool),
    AnyOf(usize, u8),
    SameAllergy,
    Crossing(usize, usize),
    SameDuplicate,
    Contraindication(Side, When, usize),
}

#[derive(Clone, Debug)]
struct Rule {
    kind: Kind,
    severity: usize,
    /// Of a pair: days of overlap before harm begins.
    onset: u8,
    modifiers: Vec<Modifier>,
}

#[derive(Clone, Debug)]
struct World {
    classes: Vec<BTreeSet<usize>>,
    nested: bool,
    rules: Vec<Rule>,
    replaces: Option<(usize, usize)>,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![
        (0..INGREDIENTS).prop_map(Side::Ingredient),
        (0..CLASSES, proptest::option::of(0..INGREDIENTS)).prop_map(|(c, e)| Side::Class(c, e)),
    ]
}

fn when() -> impl Strategy<Value = When> {
    let leaf = prop_oneof![
        (1u8..90).prop_map(When::Age),
        (1u8..42).prop_map(When::Weeks),
        (5u8..120).prop_map(When::Clearance),
        Just(When::Dialysis),
        Just(When::Injury),
        (0..PROBLEMS, any::<bool>()).prop_map(|(p, e)| When::Problem(p, e)),
        (0..PROBLEMS, 1u8..60).prop_map(|(p, days)| When::Began(p, days)),
        (1u8..9, 1u8..9).prop_map(|(before, after)| When::Apart(before, after)),
        (1u8..9).prop_map(When::Lab),
        side().prop_map(When::Taking),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|w| When::Not(Box::new(w))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| When::All(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| When::Any(Box::new(a), Box::new(b))),
        ]
    })
}

fn modifier() -> impl Strategy<Value = Modifier> {
    (when(), 0..3usize, proptest::option::of(0..4usize)).prop_map(|(when, missing, severity)| Modifier {
        when,
        missing,
        severity,
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let kind = prop_oneof![
        4 => (side(), side(), any::<bool>()).prop_map(|(a, b, m)| Kind::Pair(a, b, m)),
        1 => (0..CLASSES, 2u8..4).prop_map(|(c, n)| Kind::AnyOf(c, n)),
        1 => Just(Kind::SameAllergy),
        2 => (0..CLASSES, 0..CLASSES).prop_map(|(a, b)| Kind::Crossing(a, b)),
        1 => Just(Kind::SameDuplicate),
        2 => (side(), when(), 0..3usize).prop_map(|(s, w, m)| Kind::Contraindication(s, w, m)),
    ];
    let onset = prop_oneof![2 => Just(0u8), 1 => 1u8..12];
    (kind, 0..4usize, onset, proptest::collection::vec(modifier(), 0..3))
        .prop_map(|(kind, severity, onset, modifiers)| Rule { kind, severity, onset, modifiers })
}

fn world() -> impl Strategy<Value = World> {
    let class = proptest::collection::btree_set(0..INGREDIENTS, 2..5);
    let rules = proptest::collection::vec(rule(), 1..7);
    let replaces = proptest::option::of((0..7usize, 0..7usize));
    (proptest::collection::vec(class, CLASSES), any::<bool>(), rules, replaces).prop_map(
        |(classes, nested, mut rules, replaces)| {
            // A pack has one rule that speaks for every ingredient, of each kind.
            let (mut allergy, mut duplicate) = (false, false);
            rules.retain(|r| match r.kind {
                Kind::SameAllergy => !std::mem::replace(&mut allergy, true),
                Kind::SameDuplicate => !std::mem::replace(&mut duplicate, true),
                _ => true,
            });
            World { classes, nested, rules, replaces }
        },
    )
}

fn drugs(side: &Side) -> String {
    match side {
        Side::Ingredient(n) => format!(r#"{{ ingredient = "drug{n}" }}"#),
        Side::Class(c, None) => format!(r#"{{ class = "k{c}" }}"#),
        Side::Class(c, Some(e)) => format!(r#"{{ class = "k{c}", except = ["drug{e}"] }}"#),
    }
}

/// Only where several drugs take part can they be apart.
fn condition(when: &When, several: bool) -> String {
    match when {
        When::Age(n) => format!(r#"{{ age = ">= {n} years" }}"#),
        When::Weeks(n) => format!(r#"{{ pregnant = ">= {n} weeks" }}"#),
        When::Clearance(n) => format!(r#"{{ crcl = "< {n} mL/min" }}"#),
        When::Dialysis => "{ dialysis = true }".to_owned(),
        When::Injury => "{ acute-kidney-injury = true }".to_owned(),
        When::Problem(p, true) => format!(r#"{{ problem = "p{p}", ever = true }}"#),
        When::Problem(p, false) => format!(r#"{{ problem = "p{p}" }}"#),
        When::Began(p, days) => format!(r#"{{ problem = "p{p}", began-within = "{days} d" }}"#),
        When::Apart(before, _) if !several => format!(r#"{{ age = ">= {before} years" }}"#),
        When::Apart(before, after) if before == after => format!(r#"{{ apart = "{before} h" }}"#),
        When::Apart(before, after) => {
            format!(r#"{{ apart = "{before} h before or {after} h after", of = "any" }}"#)
        }
        When::Lab(n) => format!(r#"{{ lab = "potassium", is = "> {n} mmol/L", within = "30 d" }}"#),
        When::Taking(side) => format!("{{ taking = {} }}", drugs(side)),
        When::Not(inner) => format!("{{ not = {} }}", condition(inner, several)),
        When::All(a, b) => format!("{{ all = [{}, {}] }}", condition(a, several), condition(b, several)),
        When::Any(a, b) => format!("{{ any = [{}, {}] }}", condition(a, several), condition(b, several)),
    }
}

impl World {
    fn text(&self) -> String {
        let mut text = String::from(
            "[policy]\nname = \"law\"\nversion = \"1\"\ntitle = \"Law\"\noverride-days = 1\nattribution = []\n[policy.loudness]\n\
             interaction = [\"contraindicated\", \"major\"]\nallergy = [\"contraindicated\", \"major\", \"moderate\"]\n\
             dose = [\"contraindicated\", \"major\"]\nduplicate = [\"contraindicated\", \"major\"]\ncontraindication = [\"contraindicated\"]\nprn-worst-case = \"passive\"\n\
             [[lab]]\nname = \"potassium\"\ntitle = \"potassium\"\nloinc = [\"2823-3\"]\nunit = \"mmol/L\"\n\
             [[lab]]\nname = \"creatinine\"\ntitle = \"creatinine\"\nloinc = [\"2160-0\"]\nunit = \"mg/dL\"\n\
             [[problem]]\nname = \"dialysis\"\ntitle = \"dialysis\"\nsnomed = [\"265764009\"]\n\
             [[problem]]\nname = \"acute-kidney-injury\"\ntitle = \"acute kidney injury\"\nsnomed = [\"14669001\"]\n",
        );
        for n in 0..INGREDIENTS {
            let _ = writeln!(text, "[[ingredient]]\nname = \"drug{n}\"\nrxnorm = \"{}\"", 1_001 + n);
        }
        for n in 0..PROBLEMS {
            let _ = writeln!(text, "[[problem]]\nname = \"p{n}\"\ntitle = \"p{n}\"\nsnomed = [\"{}\"]", 5_000_001 + n);
        }
        for (n, members) in self.classes.iter().enumerate() {
            let names: Vec<String> = members.iter().map(|m| format!("\"drug{m}\"")).collect();
            let inner = if n == 0 && self.nested { "classes = [\"k1\"]\n" } else { "" };
            let _ = writeln!(
                text,
                "[[class]]\nname = \"k{n}\"\ntitle = \"k{n}\"\ningredients = [{}]\n{inner}source = \"law\"",
                names.join(", ")
            );
        }
        self.rules.iter().enumerate().for_each(|(n, rule)| self.rule(&mut text, n, rule));
        text
    }

    fn rule(&self, text: &mut String, n: usize, rule: &Rule) {
        let (kind, body) = match &rule.kind {
            Kind::Pair(a, b, false) => (
                "interaction",
                format!("object = {}\nprecipitant = {}\nonset = \"{} d\"", drugs(a), drugs(b), rule.onset),
            ),
            Kind::Pair(a, b, true) => {
                ("interaction", format!("mutual = [{}, {}]\nonset = \"{} d\"", drugs(a), drugs(b), rule.onset))
            }
            Kind::AnyOf(c, count) => ("interaction", format!("any = {count}\nof = {{ class = \"k{c}\" }}")),
            Kind::SameAllergy => ("allergy", "same-ingredient = true\ntier = \"same-ingredient\"".to_owned()),
            Kind::Crossing(a, b) => (
                "allergy",
                format!("allergen = {{ class = \"k{a}\" }}\ndrug = {{ class = \"k{b}\" }}\ntier = \"same-class\""),
            ),
            Kind::SameDuplicate => ("duplicate", "same-ingredient = true\nallowed = 1".to_owned()),
            Kind::Contraindication(side, when, missing) => (
                "contraindication",
                format!(
                    "drug = {}\nwhen = {}\nmissing = \"{}\"",
                    drugs(side),
                    condition(when, false),
                    MISSING[*missing]
                ),
            ),
        };
        let _ = write!(
            text,
            "[[{kind}]]\nid = \"r{n}\"\nversion = 1\ntitle = \"Rule {n}\"\nseverity = \"{}\"\nmanagement = \"assess\"\nrisk = \"risk {n}\"\n\
             advice = \"advice {n}\"\nconsequence = \"c\"\nactions = [\"a\"]\nevidence = {{ level = \"probable\", sources = [\"s\"] }}\n\
             author = \"law\"\nreview = \"2027-01-01\"\n{body}\n",
            SEVERITIES[rule.severity]
        );
        if let Some((by, of)) = self.replaces.filter(|(by, of)| *by == n && of < by) {
            let _ = by;
            let _ = writeln!(text, "replaces = [\"r{of}\"]");
        }
        for modifier in &rule.modifiers {
            let _ = write!(
                text,
                "[[{kind}.modifier]]\nwhen = {}\nmissing = \"{}\"\nbecause = \"b\"\n",
                condition(&modifier.when, kind == "interaction"),
                MISSING[modifier.missing]
            );
            let _ = match modifier.severity {
                Some(severity) => writeln!(text, "severity = \"{}\"", SEVERITIES[severity]),
                None => writeln!(text, "silent = true"),
            };
        }
    }
}

/// A medication as drawn: ingredient, and whether ordered, drafted beside, or on file.
fn chart() -> impl Strategy<Value = Chart> {
    let ordered = proptest::collection::vec(0..INGREDIENTS, 1..4);
    let taken = proptest::collection::vec((0..INGREDIENTS, 0..4u8, 0..8u8), 0..6);
    let allergies = proptest::collection::vec((0..INGREDIENTS, 0..4u8), 0..3);
    let ago = || proptest::option::of(0i64..90);
    let problems = proptest::collection::vec((0..PROBLEMS, any::<bool>(), (ago(), ago())), 0..3);
    let labs = proptest::collection::vec((0i64..100, 0i64..60), 0..3);
    let days = || proptest::option::of(0i64..15);
    let clock = || proptest::option::of(proptest::collection::btree_set(0u32..48, 1..3));
    let periods = proptest::collection::vec(((days(), days()), clock()), 9);
    let pregnancy = proptest::option::of(proptest::option::of(proptest::option::of(-10i64..270)));
    let sessions = proptest::collection::vec(0i64..120, 0..2);
    let kidneys = (sessions, proptest::collection::vec((5i64..30, 0i64..240), 0..5));
    let steady = proptest::option::of((5i64..60, 0i64..500));
    let body = (proptest::option::of(any::<bool>()), proptest::option::of(40i64..140), steady);
    let kidneys = (kidneys, body);
    let about = (
        proptest::option::of(1930i16..2020),
        any::<[bool; 2]>(),
        periods,
        prop::bool::weighted(0.3),
        pregnancy,
        kidneys,
    );
    (ordered, taken, allergies, problems, labs, about).prop_map(
        |(ordered, taken, allergies, problems, labs, (born, sent, periods, existing, pregnancy, (kidneys, body)))| {
            let mut chart = Chart::empty(now());
            let receipt = |sent| if sent { Receipt::Complete } else { Receipt::NotSent };
            chart.received = Received {
                patient: Receipt::Complete,
                medications: Receipt::Complete,
                allergies: Receipt::Complete,
                problems: receipt(sent[0]),
                labs: receipt(sent[1]),
            };
            chart.patient.born = born.and_then(|year| Dated::parse(&format!("{year}-06-15")));
            chart.patient.sex = body.0.map(|male| if male { Sex::Male } else { Sex::Female });
            let measured = |value, days: i64| Measured { value, on: Some(Dated::at(Moment(now().0 - days * 86_400))) };
            // Measured, dry, or as stated, beside an ideal one that never counts here.
            let weights = &mut chart.patient.weights;
            let kinds = [&mut chart.patient.weight, &mut weights.dry, &mut weights.stated];
            for (n, kind) in kinds.into_iter().enumerate() {
                *kind = body.1.filter(|kg| kg % 3 == n as i64).map(|kg| measured(Exact::whole(kg * 1_000), 0));
            }
            weights.ideal = Some(measured(Exact::whole(60_000), 0));
            chart.patient.kidneys.creatinine = body.2.map(|(tenths, days)| measured(Exact::whole(tenths * 100), days));
            chart.patient.pregnancy = pregnancy.map(|stated| {
                let due = |ahead: i64| Dated::at(Moment(now().0 + ahead * 86_400));
                let value = stated.map_or(Pregnancy::No, |ahead| Pregnancy::Yes { due: ahead.map(due) });
                Statement { value, on: Some(Dated::at(now())) }
            });
            for (n, ingredient) in ordered.iter().enumerate() {
                chart.medications.push(medication(&format!("order-{n}"), *ingredient, Standing::InHand, Status::Draft));
            }
            for (n, (ingredient, status, link)) in taken.iter().enumerate() {
                let status =
                    [Status::Active, Status::Active, Status::OnHold, Status::EnteredInError][usize::from(*status)];
                let mut record = medication(&format!("file-{n}"), *ingredient, Standing::Existing, status);
                let order = &mut chart.medications[n % ordered.len()];
                match link {
                    // One id is one drug.
                    0 => (record.reference, record.drug) = (order.reference.clone(), order.drug.clone()),
                    1 => record.replaces.push(order.reference.clone()),
                    2 => record.based_on.push(order.reference.clone()),
                    3 => order.replaces.push(record.reference.clone()),
                    4 => order.based_on.push(record.reference.clone()),
                    _ => {}
                }
                chart.medications.push(record);
            }
            if existing {
                all_on_file(&mut chart);
            }
            for (record, ((ago, ahead), clock)) in chart.medications.iter_mut().zip(&periods) {
                record.regimen.instructions.extend(clock.as_ref().map(at));
                if record.standing == Standing::Existing {
                    let day = |days: i64| Moment(now().0 + days * 86_400);
                    record.period = Interval { start: ago.map(|d| day(-d)), end: ahead.map(day) };
                }
            }
            chart.allergies = allergies.iter().enumerate().map(|(n, (i, s))| allergy(n, *i, *s)).collect();
            chart.allergy_status =
                if chart.allergies.is_empty() { AllergyStatus::NoneKnown } else { AllergyStatus::Recorded };
            if sent[0] {
                chart.problems = problems
                    .iter()
                    .enumerate()
                    .map(|(n, (p, active, dates))| problem(n, *p, *active, *dates))
                    .collect();
            }
            chart.procedures = kidneys.0.iter().map(|days| session(*days)).collect();
            if sent[1] {
                chart
                    .labs
                    .extend(kidneys.1.iter().enumerate().map(|(n, (tenths, hours))| creatinine(n, *tenths, *hours)));
                let potassium = labs.iter().enumerate().map(|(n, (tenths, days))| lab(n, *tenths, *days));
                chart.labs.extend(potassium);
            }
            chart
        },
    )
}

/// Asks about what is there: every order is in force, and none names another.
fn all_on_file(chart: &mut Chart) {
    chart.focus = Focus::Existing;
    for (n, record) in chart.medications.iter_mut().enumerate() {
        record.reference = format!("MedicationRequest/{n}").into();
        record.replaces.clear();
        record.based_on.clear();
        if record.standing == Standing::InHand {
            (record.standing, record.status) = (Standing::Existing, Status::Active);
        }
    }
}

/// An instruction that says nothing but its times of day, in half hours.
fn at(halves: &BTreeSet<u32>) -> Instruction {
    let clock: Vec<u32> = halves.iter().map(|half| half * 1_800).collect();
    let timing = Timing { events_per_day: clock.len() as u8, clock, ..Timing::default() };
    Instruction { timing, ..Instruction::default() }
}

fn now() -> Moment {
    Dated::parse("2026-11-23T12:00:00Z").unwrap().earliest
}

fn code(system: System, value: &str) -> Concept {
    Concept::of(Code::new(system, value).unwrap())
}

fn medication(reference: &str, ingredient: usize, standing: Standing, status: Status) -> Medication {
    Medication {
        reference: format!("MedicationRequest/{reference}").into(),
        kind: RecordKind::Request,
        standing,
        status,
        intent: Intent::Order,
        negated: false,
        drug: Drug { concept: code(System::RxNorm, &(1_001 + ingredient).to_string()), ..Drug::default() },
        setting: Setting::Unknown,
        authored: None,
        period: Interval::default(),
        supply: None,
        replaces: vec![],
        based_on: vec![],
        reasons: vec![],
        regimen: Regimen::default(),
    }
}

fn allergy(n: usize, ingredient: usize, status: u8) -> Allergy {
    Allergy {
        reference: format!("AllergyIntolerance/{n}").into(),
        in_hand: false,
        substance: code(System::RxNorm, &(1_001 + ingredient).to_string()),
        kind: None,
        reactions: vec![],
        criticality: None,
        clinical: [ClinicalStatus::Active, ClinicalStatus::Unsaid, ClinicalStatus::Resolved, ClinicalStatus::Active]
            [usize::from(status)],
        verification: if status == 3 { Verification::Refuted } else { Verification::Unsaid },
        onset: None,
        last: None,
        categories: vec![],
    }
}

/// Begun so many days ago, recorded so many days ago.
fn problem(n: usize, problem: usize, active: bool, (onset, recorded): (Option<i64>, Option<i64>)) -> Problem {
    let day = |days: i64| Dated::at(Moment(now().0 - days * 86_400));
    Problem {
        reference: format!("Condition/{n}").into(),
        concept: code(System::Snomed, &(5_000_001 + problem).to_string()),
        clinical: if active { ClinicalStatus::Active } else { ClinicalStatus::Resolved },
        verification: Verification::Confirmed,
        onset: onset.map(day),
        ended: None,
        recorded: recorded.map(day),
    }
}

/// Labs of distinct days, so that "the latest" is one value.
fn lab(n: usize, tenths: i64, days: i64) -> Lab {
    let on = Moment(now().0 - (days * 3 + n as i64) * 86_400);
    Lab {
        reference: format!("Observation/{n}").into(),
        concept: code(System::Loinc, "2823-3"),
        value: Exact::ratio(tenths, 10),
        bound: None,
        unit: "mmol/L".into(),
        on: Some(Dated::at(on)),
    }
}

/// Creatinines of distinct moments.
fn creatinine(n: usize, tenths: i64, hours: i64) -> Lab {
    let on = Moment(now().0 - hours * 3_600 - n as i64);
    let reference = format!("Observation/c{n}").into();
    let (concept, unit) = (code(System::Loinc, "2160-0"), "mg/dL".into());
    Lab { reference, concept, value: Exact::ratio(tenths, 10), bound: None, unit, on: Some(Dated::at(on)) }
}

/// Dialysis so many days ago.
fn session(days: i64) -> Procedure {
    let on = Some(Dated::at(Moment(now().0 - days * 86_400)));
    Procedure { reference: "".into(), concept: code(System::Snomed, "265764009"), ongoing: false, on }
}

fn tree_of(world: &World) -> Option<(Tree, Screener)> {
    let files = [SourceFile { path: "law.toml".to_owned(), text: world.text() }];
    let (tree, mut diagnostics) = parse(&files);
    assert!(diagnostics.iter().all(|d| d.level == Level::Warning), "{}", render(&diagnostics, &files, false));
    let (raw, more) = compile(&tree);
    diagnostics.extend(more);
    let sound = !diagnostics.iter().any(|d| d.level == Level::Error);
    let pack = decode(&encode(&raw.filter(|_| sound)?)).unwrap();
    Some((tree, Screener::new(Arc::new(pack))))
}

/// What the engine fired, flattened: each rule with the drugs and allergies it fired for.
fn flat(screening: &Screening<'_>) -> BTreeSet<(String, BTreeSet<String>)> {
    let mut all = BTreeSet::new();
    for finding in &screening.findings {
        let names: BTreeSet<String> = finding
            .participants
            .iter()
            .filter(|p| p.role != Role::Problem)
            .map(|p| if p.role == Role::Allergen { format!("allergy to {}", p.name) } else { p.name.to_owned() })
            .collect();
        for rule in std::iter::once(&finding.rule).chain(&finding.also) {
            all.insert((rule.id.to_owned(), names.clone()));
        }
    }
    all
}

/// For each question and set of drugs, the loudest and worst: two findings of one key are one, and the louder speaks.
fn loudest(tree: &Tree, fired: &BTreeSet<Fired>) -> BTreeSet<(usize, BTreeSet<String>, String)> {
    let question = |id: &str| {
        tree.rules.iter().find(|r| r.id.value == id).map_or(9, |r| match r.body {
            caveat::source::tree::Body::Pair { .. } | caveat::source::tree::Body::Combination { .. } => 0,
            caveat::source::tree::Body::Allergy { .. } => 1,
            caveat::source::tree::Body::Dose { .. } => 2,
            caveat::source::tree::Body::Duplicate { .. } => 3,
            caveat::source::tree::Body::Contraindication { .. } => 4,
        })
    };
    let of = |f: &Fired| (question(&f.rule), f.names.clone());
    let best = |f: &Fired| fired.iter().filter(|g| of(g) == of(f)).map(|g| (g.loudness, g.severity)).max();
    fired
        .iter()
        .filter_map(|f| {
            let (loudness, severity) = best(f)?;
            Some((of(f).0, of(f).1, format!("{} {}", loudness.word(), severity.word())))
        })
        .collect()
}

/// Four hundred, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_global_rejects: 1 << 20, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_the_oracle(world in world(), chart in chart()) {
        let Some((tree, screener)) = tree_of(&world) else { return Err(TestCaseError::reject("refused by the compiler")) };
        let screening = screener.screen(&chart);
        let wanted = oracle::fired(&tree, &chart);
        let flat_wanted: BTreeSet<_> = wanted.iter().map(|f| (f.rule.clone(), f.names.clone())).collect();
        prop_assert_eq!(flat(&screening), flat_wanted, "{}", world.text());
        let said: BTreeSet<String> = screening.findings.iter().map(|f| format!("{} {}", f.loudness.word(), f.severity.word())).collect();
        for (_, names, words) in loudest(&tree, &wanted) {
            prop_assert!(said.contains(&words), "{words} for {names:?} is not said; {said:?}\n{}", world.text());
        }
    }

    #[test]
    fn the_order_of_the_chart_never_matters(world in world(), chart in chart(), seed in any::<u64>()) {
        let Some((_, screener)) = tree_of(&world) else { return Err(TestCaseError::reject("refused by the compiler")) };
        let mut other = chart.clone();
        shuffle(&mut other.medications, seed);
        shuffle(&mut other.allergies, seed ^ 1);
        shuffle(&mut other.problems, seed ^ 2);
        shuffle(&mut other.labs, seed ^ 3);
        prop_assert_eq!(lines(&chart, &screener.screen(&chart)), lines(&other, &screener.screen(&other)));
    }

    #[test]
    fn another_drug_removes_no_finding_unless_a_rule_names_it(world in world(), chart in chart(), added in 0..INGREDIENTS) {
        let mut world = world;
        world.rules.iter_mut().for_each(|r| r.modifiers.clear());
        world.rules.retain(|r| !matches!(r.kind, Kind::Contraindication(..) | Kind::AnyOf(..)));
        world.replaces = None;
        let Some((_, screener)) = tree_of(&world) else { return Err(TestCaseError::reject("refused by the compiler")) };
        let before = flat(&screener.screen(&chart));
        let mut more = chart.clone();
        more.medications.push(medication("added", added, Standing::Existing, Status::Active));
        let after = flat(&screener.screen(&more));
        prop_assert!(before.is_subset(&after), "{before:?} is not within {after:?}");
    }

    #[test]
    fn the_own_copy_of_an_order_changes_nothing(world in world(), chart in chart(), signed in any::<bool>()) {
        let Some((_, screener)) = tree_of(&world) else { return Err(TestCaseError::reject("refused by the compiler")) };
        let mut more = chart.clone();
        for order in chart.medications.iter().filter(|m| m.standing == Standing::InHand) {
            let (standing, status) = (Standing::Existing, if signed { Status::Active } else { Status::Draft });
            more.medications.push(Medication { standing, status, authored: Some(Dated::at(now())), ..order.clone() });
        }
        let said = |chart: &Chart| {
            let screening = screener.screen(chart);
            screening.findings.iter().map(|f| (f.key.clone(), f.loudness, f.severity)).collect::<Vec<_>>()
        };
        prop_assert_eq!(said(&chart), said(&more));
    }

    #[test]
    fn compiling_twice_gives_equal_bytes(world in world()) {
        let files = [SourceFile { path: "law.toml".to_owned(), text: world.text() }];
        let bytes = || {
            let (tree, _) = parse(&files);
            compile(&tree).0.map(|raw| encode(&raw))
        };
        prop_assert_eq!(bytes(), bytes());
    }
}

fn lines(chart: &Chart, screening: &Screening<'_>) -> Vec<String> {
    let mut lines: Vec<String> = screening
        .findings
        .iter()
        .map(|f| {
            let names: Vec<&str> = f.participants.iter().map(|p| chart.reference(p.entry)).collect();
            format!("{} {} {} {names:?} {:?} {}", f.rule.id, f.severity.word(), f.loudness.word(), f.drivers, f.key)
        })
        .collect();
    let mut gaps: Vec<String> =
        screening.gaps.iter().map(|g| format!("{} {} {}", g.kind.word(), g.words, chart.reference(g.entry))).collect();
    gaps.sort();
    lines.extend(gaps);
    lines
}

fn shuffle<T>(list: &mut [T], mut seed: u64) {
    for n in (1..list.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.swap(n, (seed >> 33) as usize % (n + 1));
    }
}
