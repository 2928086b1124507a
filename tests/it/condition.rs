//! Conditions: each kind, what holds beside what fails and what is unknown.

use crate::tiny::{Cond, Set, allergy, bits, chart, code, date, pack_with};
use caveat::clinical::chart::*;
use caveat::clinical::code::Concept;
use caveat::clinical::exact::Exact;
use caveat::clinical::route::Route;
use caveat::clinical::time::{Dated, Span};
use caveat::engine::bind::bind;
use caveat::engine::bound::Change;
use caveat::engine::condition::{Situation, Truth, describe, evaluate};
use caveat::engine::condition_node::KINDS;
use caveat::engine::finding::Role;
use caveat::pack::ids::{ConditionId, IngredientId};
use caveat::pack::rule_tables::{ConditionKind as Kind, Subject};

const SETS: &[Set] =
    &[(&["omeprazole"], &[], &[]), (&["ibuprofen"], &[], &[Route::Topical]), (&["amoxicillin"], &[], &[])];

fn leaf(kind: Kind) -> Cond {
    Cond { kind: kind as u8, written: "asked", ..Cond::default() }
}

fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

impl Cond {
    fn is(mut self, operator: &str, low: &str) -> Cond {
        self.comparison = ["<", "<=", "=", ">=", ">"].iter().position(|o| *o == operator).unwrap() as u8;
        self.low = Some(exact(low));
        self
    }

    fn between(mut self, low: &str, high: &str) -> Cond {
        (self.comparison, self.low, self.high) = (5, Some(exact(low)), Some(exact(high)));
        self
    }

    fn first(mut self, first: u32) -> Cond {
        self.first = first;
        self
    }

    fn second(mut self, second: u32) -> Cond {
        self.second = second;
        self
    }

    fn within(mut self, days: i64) -> Cond {
        self.within = Some(Span::days(days));
        self
    }

    fn of(mut self, subject: Subject) -> Cond {
        self.subject = subject as u8;
        self
    }
}

fn node(kind: Kind, children: &[Cond]) -> Cond {
    Cond { children: children.to_vec(), ..leaf(kind) }
}

/// Asks one condition: the first exposure is the one ordered, the second the other; the first allergy, if there is one.
#[track_caller]
fn check(chart: &Chart, condition: &Cond, expect: &str) {
    let pack = pack_with(std::slice::from_ref(condition), SETS);
    let bound = bind(chart, &pack);
    let participants: Vec<u32> = (0..bound.exposures.len().min(2) as u32).collect();
    let ingredients: Vec<IngredientId> = participants
        .iter()
        .map(|p| bound.exposures[*p as usize].parts.first().map_or(IngredientId(0), |p| p.ingredient))
        .collect();
    let situation = Situation {
        bound: &bound,
        participants: &participants,
        roles: &[Role::Object, Role::Precipitant],
        ordered: 0,
        allergy: (!bound.allergies.is_empty()).then_some(0),
        ingredients: &ingredients,
    };
    let mut notes = Vec::new();
    let verdict = evaluate(&situation, ConditionId(0), Some(&mut notes));
    assert_eq!(evaluate(&situation, ConditionId(0), None), verdict, "a trace changes nothing");
    assert!(notes.last().unwrap().ends_with(verdict.truth.word()), "{notes:?}");
    let found = match verdict.truth {
        Truth::Holds => format!("holds: {}", describe(&situation, ConditionId(0)).join("; ")),
        Truth::Fails => String::from("fails"),
        Truth::Unknown => {
            let missing = verdict.missing.iter().map(|m| format!("{}: {}", m.kind.word(), m.words));
            missing.collect::<Vec<_>>().join("; ")
        }
    };
    assert_eq!(found, expect);
}

fn with(edit: impl FnOnce(&mut Chart)) -> Chart {
    edited("orders 1001", edit)
}

fn edited(records: &str, edit: impl FnOnce(&mut Chart)) -> Chart {
    let mut chart = chart(records);
    edit(&mut chart);
    chart
}

fn lab(loinc: &str, value: Option<&str>, unit: &str, on: Option<&str>) -> Lab {
    Lab {
        reference: "".into(),
        concept: Concept::of(code(&format!("loinc|{loinc}"))),
        value: value.map(exact),
        bound: None,
        unit: unit.into(),
        on: on.map(date),
    }
}

fn problem(snomed: &str, clinical: ClinicalStatus) -> Problem {
    Problem {
        reference: "".into(),
        concept: Concept::of(code(&format!("snomed|{snomed}"))),
        clinical,
        verification: Verification::Confirmed,
        onset: None,
        ended: None,
        recorded: None,
    }
}

#[test]
fn numbers_of_kinds_match_their_place() {
    KINDS.iter().zip(0u8..).for_each(|(kind, n)| assert_eq!(*kind as u8, n));
}

#[test]
fn three_answers_follow_kleene() {
    let (yes, no) = (leaf(Kind::Sex).first(1), leaf(Kind::Sex).first(0));
    let unknown = leaf(Kind::Clearance).is("<", "30");
    let chart = with(|c| c.patient.sex = Some(Sex::Male));
    check(&chart, &node(Kind::All, &[yes.clone(), no.clone()]), "fails");
    check(&chart, &node(Kind::All, &[unknown.clone(), no.clone()]), "fails");
    check(&chart, &node(Kind::All, &[unknown.clone(), yes.clone()]), "missing: creatinine clearance");
    check(&chart, &node(Kind::Any, &[unknown.clone(), yes.clone()]), "holds: sex male");
    check(&chart, &node(Kind::Any, &[unknown.clone(), no.clone()]), "missing: creatinine clearance");
    check(&chart, &node(Kind::Not, &[no]), "holds: sex male");
    check(&chart, &node(Kind::Not, &[unknown]), "missing: creatinine clearance");
    check(&chart, &node(Kind::Not, &[yes]), "fails");
}

#[test]
fn age_by_the_calendar() {
    let adult = || leaf(Kind::Age).is(">=", "780");
    let born = |text: &'static str| with(move |c| c.patient.born = Some(date(text)));
    check(&born("1961-01-15"), &adult(), "holds: age 65 years");
    check(&born("1961-01-16"), &adult(), "fails");
    check(&born("1960"), &adult(), "holds: age 65 to 66 years");
    check(&born("1961"), &adult(), "missing: full date of birth");
    check(&with(|_| ()), &adult(), "missing: date of birth");
    check(&born("2026-01-01"), &leaf(Kind::Age).first(1).is("<", "28"), "holds: age 14 days");
    check(&born("2025-12-18"), &leaf(Kind::Age).first(1).is("<", "28"), "fails");
}

#[test]
fn body_and_kidneys_never_stand_for_each_other() {
    let at = |value: &str, on: &str| Some(Measured { value: exact(value), on: Some(date(on)) });
    let low = leaf(Kind::Clearance).is("<", "30").within(365);
    let cleared = with(|c| c.patient.kidneys.clearance = at("25", "2025-12-01"));
    check(&cleared, &low, "holds: creatinine clearance 25 mL/min on 2025-12-01");
    let old = with(|c| c.patient.kidneys.clearance = at("25", "2024-12-01"));
    check(&old, &low, "missing: creatinine clearance within 365 days (last 2024-12-01)");
    check(
        &with(|c| c.patient.kidneys.egfr = at("25", "2025-12-01")),
        &low,
        "missing: creatinine clearance within 365 days",
    );
    check(&cleared, &leaf(Kind::Egfr).is("<", "30"), "missing: eGFR");
    check(
        &with(|c| c.patient.weight = at("49500", "2025-12-01")),
        &leaf(Kind::Weight).is("<", "50000"),
        "holds: weight 49.5 kg on 2025-12-01",
    );
    let dialysis = leaf(Kind::Dialysis);
    check(&with(|c| c.patient.kidneys.dialysis = Some(true)), &dialysis, "holds: dialysis");
    check(&with(|c| c.problems.push(problem("265764009", ClinicalStatus::Active))), &dialysis, "holds: dialysis");
    check(&with(|c| c.problems.push(problem("265764009", ClinicalStatus::Resolved))), &dialysis, "fails");
    check(&with(|_| ()), &dialysis, "fails");
    check(&with(|c| c.received.problems = Receipt::NotSent), &dialysis, "missing: dialysis");
    let injury = leaf(Kind::AcuteKidneyInjury);
    check(
        &with(|c| c.problems.push(problem("14669001", ClinicalStatus::Unsaid))),
        &injury,
        "holds: acute kidney injury",
    );
}

#[test]
fn labs_count_by_their_latest_value() {
    let high = || leaf(Kind::Lab).first(1).is(">", "5").within(7);
    let two = |latest: &'static str| {
        with(move |c| {
            c.labs.push(lab("2823-3", Some("5.6"), "mmol/L", Some("2026-01-10")));
            c.labs.push(lab("2823-3", Some(latest), "mmol/L", Some("2026-01-12")));
        })
    };
    check(&two("5.8"), &high(), "holds: potassium 5.8 mmol/L on 2026-01-12");
    check(&two("4.1"), &high(), "fails");
    let one = |value: &'static str, unit: &'static str, on: Option<&'static str>| {
        with(move |c| c.labs.push(lab("2823-3", Some(value), unit, on)))
    };
    check(&one("5.6", "mmol/L", Some("2025-01-02")), &high(), "missing: potassium within 7 days (last 2025-01-02)");
    check(&one("5.6", "mmol/L", Some("2026-01-08")), &high(), "holds: potassium 5.6 mmol/L on 2026-01-08");
    check(&one("5.6", "mmol/L", Some("2026-01-07")), &high(), "missing: potassium within 7 days (last 2026-01-07)");
    check(&one("5.6", "mmol/L", None), &high(), "missing: potassium within 7 days");
    check(&one("5.6", "mmol/L", Some("2026-01-16")), &high(), "missing: potassium within 7 days");
    check(&with(|_| ()), &high(), "missing: potassium within 7 days");
    check(&one("20", "mg/dL", Some("2026-01-10")), &high(), "holds: potassium 5.116 mmol/L on 2026-01-10");
    check(&one("20", "mg%", Some("2026-01-10")), &high(), "unit-mismatch: potassium in mmol/L (sent in mg%)");
    check(&one("5.6", "", Some("2026-01-10")), &high(), "unit-mismatch: potassium in mmol/L (sent in no unit)");
    let words = with(|c| c.labs.push(lab("2823-3", None, "", Some("2026-01-10"))));
    check(&words, &high(), "missing: potassium as a number (the latest on 2026-01-10 is words)");
    check(
        &one("3.5", "mmol/L", Some("2026-01-10")),
        &leaf(Kind::Lab).first(1).between("3.5", "5"),
        "holds: potassium 3.5 mmol/L on 2026-01-10",
    );
    check(
        &with(|c| c.labs.push(lab("6301-6", Some("3.2"), "", Some("2026-01-10")))),
        &leaf(Kind::Lab).is(">", "3"),
        "holds: INR 3.2 {INR} on 2026-01-10",
    );
}

#[test]
fn a_value_below_a_bound_decides_only_what_it_can() {
    let below = |value: &'static str| {
        with(move |c| {
            let mut found = lab("2823-3", Some(value), "mmol/L", Some("2026-01-10"));
            found.bound = Some(Bound::Below);
            c.labs.push(found);
        })
    };
    check(&below("0.1"), &leaf(Kind::Lab).first(1).is("<", "0.9"), "holds: potassium <0.1 mmol/L on 2026-01-10");
    check(&below("0.9"), &leaf(Kind::Lab).first(1).is(">", "1"), "fails");
    check(&below("2"), &leaf(Kind::Lab).first(1).is("<", "0.9"), "missing: exact potassium");
}

#[test]
fn a_lab_may_be_asked_for_alone() {
    let known = leaf(Kind::LabKnown).first(1).within(7);
    check(
        &with(|c| c.labs.push(lab("2823-3", Some("4"), "?", Some("2026-01-10")))),
        &known,
        "holds: potassium known on 2026-01-10",
    );
    check(&with(|c| c.labs.push(lab("2823-3", Some("4"), "?", Some("2025-01-10")))), &known, "fails");
    check(&with(|_| ()), &known, "fails");
    check(&with(|c| c.received.labs = Receipt::Partial), &known, "missing: potassium within 7 days");
}

#[test]
fn problems_now_ever_and_since() {
    let bleed = |clinical| with(move |c| c.problems.push(problem("74474003", clinical)));
    let (now, ever) = (leaf(Kind::Problem).first(2), leaf(Kind::Problem).first(2).second(1));
    let since = leaf(Kind::Problem).first(2).second(2).within(1826);
    check(&bleed(ClinicalStatus::Active), &now, "holds: gi bleed");
    check(&bleed(ClinicalStatus::Unsaid), &now, "holds: gi bleed");
    check(&bleed(ClinicalStatus::Resolved), &now, "fails");
    check(&bleed(ClinicalStatus::Resolved), &ever, "holds: gi bleed on record");
    check(&bleed(ClinicalStatus::Resolved), &since, "missing: date of gi bleed");
    let ended = |on: &'static str| {
        with(move |c| {
            let mut p = problem("74474003", ClinicalStatus::Resolved);
            (p.onset, p.ended) = (Some(date("2010")), Some(date(on)));
            c.problems.push(p);
        })
    };
    check(&ended("2023"), &since, "holds: gi bleed on record");
    check(&ended("2019"), &since, "fails");
    check(&ended("2021"), &since, "missing: date of gi bleed");
    for (verification, expect) in [
        (Verification::Refuted, "fails"),
        (Verification::EnteredInError, "fails"),
        (Verification::Unconfirmed, "holds: gi bleed"),
    ] {
        let mut chart = bleed(ClinicalStatus::Active);
        chart.problems[0].verification = verification;
        check(&chart, &now, expect);
    }
    check(&with(|_| ()), &now, "fails");
    for receipt in [Receipt::NotSent, Receipt::Partial, Receipt::Failed("down".into())] {
        check(
            &with(|c| c.received.problems = receipt.clone()),
            &now,
            "missing: whether gi bleed is among the problems",
        );
    }
}

#[test]
fn comedication_other_than_the_participants() {
    let ppi = leaf(Kind::Taking);
    let takes = |records: &str| chart(&format!("orders 1001 ; takes 1003 ; {records}"));
    check(&takes("takes 1014"), &ppi, "holds: takes omeprazole");
    check(&takes(""), &ppi, "fails");
    check(&takes("drafts 1014"), &leaf(Kind::Taking).first(1), "holds: takes ibuprofen");
    let past = "takes 1014 status=stopped until=2025-12-20";
    check(&takes(past), &ppi, "fails");
    check(&takes(past), &leaf(Kind::Taking).within(100), "holds: took omeprazole");
    check(&takes("takes 1014 status=entered-in-error"), &ppi, "fails");
    let mut unsent = takes("");
    unsent.received.medications = Receipt::Failed("timeout".into());
    check(&unsent, &ppi, "missing: whether omeprazole is taken");
    // Gel does not belong to a set that leaves topical routes out.
    check(&chart("orders 1001 ; takes 1012 ; takes 1004"), &leaf(Kind::Taking).first(1), "fails");
    check(&chart("orders 1001 ; takes 1012 ; takes 5640"), &leaf(Kind::Taking).first(1), "holds: takes ibuprofen");
}

#[test]
fn pregnancy_is_a_dated_statement() {
    let due = |on: &'static str| {
        with(move |c| {
            let value = Pregnancy::Yes { due: Some(date(on)) };
            c.patient.pregnancy = Some(Statement { value, on: Some(date("2025-12-01")) });
        })
    };
    let (any, third) = (leaf(Kind::Pregnant), leaf(Kind::Pregnant).first(3));
    check(&due("2026-03-01"), &any, "holds: pregnant on 2025-12-01");
    check(&due("2026-03-01"), &third, "holds: pregnant, trimester 3");
    check(&due("2026-06-01"), &third, "fails");
    check(&due("2026"), &third, "missing: full due date");
    check(&due("2025-06-01"), &any, "missing: recent pregnancy status");
    let no = |on: &'static str| {
        with(move |c| c.patient.pregnancy = Some(Statement { value: Pregnancy::No, on: Some(date(on)) }))
    };
    check(&no("2026-01-10"), &any, "fails");
    check(&no("2024-01-10"), &any, "missing: recent pregnancy status");
    check(&with(|c| c.patient.sex = Some(Sex::Male)), &any, "missing: pregnancy status");
    let feeding = with(|c| c.patient.lactation = Some(Statement { value: true, on: None }));
    check(&feeding, &leaf(Kind::Breastfeeding), "holds: breastfeeding");
    check(&with(|_| ()), &leaf(Kind::Breastfeeding), "missing: whether breastfeeding");
}

#[test]
fn weeks_of_a_pregnancy() {
    // As of 15 January 2026: 30 weeks and 0 days are reached by a due date of 26 March.
    let stated = |due: Option<&'static str>| {
        with(move |c| {
            let value = Pregnancy::Yes { due: due.map(date) };
            c.patient.pregnancy = Some(Statement { value, on: Some(date("2026-01-10")) });
        })
    };
    let at_least = |weeks: i64| leaf(Kind::Gestation).is(">=", &(weeks * 7).to_string());
    check(&stated(Some("2026-03-26")), &at_least(30), "holds: pregnant for 30 weeks and 0 days");
    check(&stated(Some("2026-03-27")), &at_least(30), "fails");
    check(&stated(Some("2026-03-27")), &at_least(20), "holds: pregnant for 29 weeks and 6 days");
    check(&stated(Some("2026-06-05")), &at_least(20), "fails");
    check(&stated(Some("2026-03")), &at_least(30), "missing: gestational age to the day");
    check(&stated(Some("2026-03")), &at_least(20), "holds: pregnant for 29 to 33 weeks");
    check(&stated(None), &at_least(20), "missing: gestational age");
    check(&with(|_| ()), &at_least(20), "missing: pregnancy status");
    let no = Statement { value: Pregnancy::No, on: Some(date("2026-01-10")) };
    check(&with(move |c| c.patient.pregnancy = Some(no)), &at_least(20), "fails");
}

#[test]
fn drugs_that_take_part() {
    let topical = leaf(Kind::Route).first(bits(&[Route::Topical]));
    check(&chart("orders 1004"), &topical, "holds: route of ibuprofen: topical");
    check(&chart("orders 1003"), &topical, "fails");
    check(&chart("orders 5640"), &topical, "missing: route of ibuprofen");
    check(&chart("orders 5640 route=topical"), &topical, "holds: route of ibuprofen: topical");
    check(&chart("orders 1003 ; takes 1001"), &topical.clone().of(Subject::Other), "fails");
    check(&chart("orders 1001 ; takes 1004"), &topical.clone().of(Subject::Any), "holds: route of ibuprofen: topical");
    check(&chart("orders 1001 ; takes 5640"), &topical.of(Subject::Precipitant), "missing: route of ibuprofen");
    let prn = leaf(Kind::AsNeeded);
    check(&chart("orders 1008 dose=1_tablet prn=yes"), &prn, "holds: acetaminophen is given only when needed");
    check(&chart("orders 1008 dose=1_tablet times=4"), &prn, "fails");
    check(&chart("orders 1008"), &prn, "missing: instructions of acetaminophen");
    let ordered = leaf(Kind::Ordered);
    check(&chart("orders 1001 ; takes 1003"), &ordered.clone().of(Subject::Object), "holds: warfarin is ordered");
    check(&chart("orders 1001 ; takes 1003"), &ordered.of(Subject::Precipitant), "fails");
    let start = leaf(Kind::Change).first(1 << Change::Start as u8);
    check(&chart("orders 1001"), &start, "holds: warfarin is started");
    check(&chart("orders 1001 dose=1_tablet times=1 ; takes 1001 dose=1_tablet times=1"), &start, "fails");
    check(&chart("orders 1002 ; takes 1001"), &start, "missing: whether the order of warfarin replaces or adds");
    let inpatient = leaf(Kind::Setting).first(1 << Setting::Inpatient as u8);
    check(
        &edited("orders 1001", |c| c.setting = Setting::Inpatient),
        &inpatient,
        "holds: setting of warfarin: inpatient",
    );
    check(&chart("orders 1001"), &inpatient.of(Subject::Patient), "missing: setting of the encounter");
}

#[test]
fn doses_compare_exactly() {
    let daily = || leaf(Kind::DailyDose).is(">", "20000000");
    check(&chart("orders 1007 dose=1_tablet times=1"), &daily(), "holds: daily dose of simvastatin 40 mg");
    check(&chart("orders 1010 dose=1_tablet times=1"), &daily(), "fails");
    check(&chart("orders 1007"), &daily(), "dose-unknown: daily dose of simvastatin");
    check(&chart("orders 1007 blob=1_blob times=1"), &daily(), "dose-unknown: daily dose of simvastatin (`1_blob`)");
    check(&chart("orders 1010 dose=1_tablet..2_tablets times=1"), &daily(), "holds: daily dose of simvastatin 40 mg");
    check(&chart("orders 1010 dose=1_tablet..2_tablets times=1"), &daily().second(0x100), "fails");
    // A dose without a timing is known once.
    check(
        &chart("orders 1008 dose=2_tablets prn=yes"),
        &leaf(Kind::SingleDose).is(">", "500000000"),
        "holds: single dose of acetaminophen 1 g",
    );
    check(&chart("orders 1008 dose=1_tablet prn=yes"), &leaf(Kind::SingleDose).is(">", "500000000"), "fails");
    let per_kilogram = leaf(Kind::SingleDose).is(">", "15000000").second(1);
    let weighs = |grams: &'static str| {
        edited("orders 1008 dose=1_tablet times=1", move |c| {
            c.patient.weight = Some(Measured { value: exact(grams), on: None });
        })
    };
    check(&weighs("20000"), &per_kilogram, "holds: single dose of acetaminophen 500 mg");
    check(&weighs("40000"), &per_kilogram, "fails");
    check(&chart("orders 1008 dose=1_tablet times=1"), &per_kilogram, "missing: weight");
    check(&chart("orders 161 dose=5_mL times=1"), &daily(), "dose-unknown: daily dose of acetaminophen");
}

#[test]
fn time_planned_taken_and_shared() {
    let short = leaf(Kind::Duration).is("<", "604800");
    check(&chart("orders 1003 dose=1_tablet times=3 for=5_d"), &short, "holds: planned duration of ibuprofen: 5 days");
    check(&chart("orders 1003 dose=1_tablet times=3 for=7_d"), &short, "fails");
    check(&chart("orders 1003 dose=1_tablet times=3"), &short, "missing: planned duration of ibuprofen");
    let long = leaf(Kind::TakenFor).is(">=", "1209600").of(Subject::Other);
    check(&chart("orders 1001 ; takes 1003 on=2025-12-01"), &long, "holds: taken for of ibuprofen: 45 days");
    check(&chart("orders 1001 ; takes 1003 on=2026-01-10"), &long, "fails");
    check(&chart("orders 1001 ; takes 1003 as=statement"), &long, "missing: start of ibuprofen");
    let ordered = leaf(Kind::TakenFor).is(">=", "1209600");
    check(&chart("orders 1001 ; takes 1001 on=2025-01-01"), &ordered, "holds: taken for of warfarin: 379 days");
    check(&chart("orders 1001"), &ordered, "fails");
    let shared = leaf(Kind::Overlap).is(">", "259200");
    check(&chart("orders 1003 dose=1_tablet times=3 for=5_d ; takes 1001"), &shared, "holds: overlap 5 days");
    check(&chart("orders 1003 dose=1_tablet times=3 for=2_d ; takes 1001"), &shared, "fails");
    check(&chart("orders 1003 dose=1_tablet times=3 ; takes 1001"), &shared, "holds: overlap without an end");
}

#[test]
fn two_records_of_one_drug() {
    let two = "orders 1008 dose=1_tablet times=4 ; takes 1013 dose=1_g times=4";
    check(&chart(two), &leaf(Kind::RoutesDiffer), "holds: different routes");
    check(&chart(two), &leaf(Kind::StrengthsDiffer), "missing: strength of acetaminophen");
    check(&chart("orders 1002 ; takes 1001"), &leaf(Kind::StrengthsDiffer), "holds: different strengths");
    check(&chart("orders 1011 ; takes 1001"), &leaf(Kind::StrengthsDiffer), "fails");
    check(&chart("orders 1011 ; takes 1001"), &leaf(Kind::SameProduct), "fails");
    check(&chart("orders 1001 ; takes 1001"), &leaf(Kind::SameProduct), "holds: same product");
    let home = "orders 1001 setting=inpatient ; takes 1001 setting=home";
    check(&chart(home), &leaf(Kind::SettingsDiffer), "holds: inpatient and home");
    check(&chart("orders 1001 setting=outpatient ; takes 1001 setting=home"), &leaf(Kind::SettingsDiffer), "fails");
    check(&chart("orders 1001 ; takes 1001 setting=home"), &leaf(Kind::SettingsDiffer), "missing: setting of warfarin");
}

#[test]
fn the_recorded_allergy() {
    let penicillin = |edit: fn(&mut Allergy)| {
        edited("orders 1006", move |c| {
            let mut a = allergy("372687004");
            edit(&mut a);
            c.allergies.push(a);
            c.allergy_status = AllergyStatus::Recorded;
        })
    };
    let anaphylaxis = leaf(Kind::Reaction);
    let with_reaction = |snomed: &'static str, severity: Option<ReactionSeverity>| {
        let mut chart = penicillin(|_| ());
        let manifestations = vec![Concept::of(code(&format!("snomed|{snomed}")))];
        chart.allergies[0].reactions.push(Reaction { manifestations, severity, ..Reaction::default() });
        chart
    };
    check(&with_reaction("39579001", None), &anaphylaxis, "holds: reaction: anaphylaxis");
    check(&with_reaction("271807003", None), &anaphylaxis, "fails");
    check(&with_reaction("999", None), &anaphylaxis, "missing: how the allergy showed");
    check(&penicillin(|_| ()), &anaphylaxis, "missing: how the allergy showed");
    let mild = leaf(Kind::ReactionSeverity).first(1);
    check(&with_reaction("271807003", Some(ReactionSeverity::Mild)), &mild, "holds: reaction mild");
    check(&with_reaction("271807003", Some(ReactionSeverity::Severe)), &mild, "fails");
    check(&with_reaction("271807003", None), &mild, "missing: severity of the reaction");
    let intolerance = leaf(Kind::AllergyKind).first(1);
    check(&penicillin(|a| a.kind = Some(AllergyKind::Intolerance)), &intolerance, "holds: intolerance");
    check(&penicillin(|_| ()), &intolerance, "missing: whether it is an allergy or an intolerance");
    check(&penicillin(|a| a.criticality = Some(Criticality::Low)), &leaf(Kind::Criticality), "holds: criticality low");
    check(
        &penicillin(|a| a.criticality = Some(Criticality::Unassessable)),
        &leaf(Kind::Criticality),
        "missing: criticality of the allergy",
    );
    let unsure = leaf(Kind::Verification).first(1 << Verification::Unconfirmed as u8);
    check(&penicillin(|a| a.verification = Verification::Unconfirmed), &unsure, "holds: allergy unconfirmed");
    check(&penicillin(|_| ()), &unsure, "fails");
    let to = leaf(Kind::AllergyTo).first(2);
    check(&penicillin(|_| ()), &to, "holds: allergy to amoxicillin");
    check(&penicillin(|a| a.clinical = ClinicalStatus::Inactive), &to, "fails");
    check(&chart("orders 1006"), &to, "fails");
    check(
        &edited("orders 1006", |c| c.allergy_status = AllergyStatus::NotAsked),
        &to,
        "missing: whether there is an allergy to amoxicillin",
    );
    check(
        &edited("orders 1006", |c| c.received.allergies = Receipt::NotSent),
        &to,
        "missing: whether there is an allergy to amoxicillin",
    );
    for class in ["764146007", "91936005"] {
        check(&edited("orders 1006", |c| c.allergies.push(allergy(class))), &to, "holds: allergy to amoxicillin");
    }
}

#[test]
fn tolerated_after_the_reaction() {
    let given = |record: &str, on: Option<&str>| {
        let on: Option<Dated> = on.map(date);
        edited(&format!("orders 1006 ; {record}"), move |c| {
            let mut a = allergy("372687004");
            a.last = on;
            c.allergies.push(a);
        })
    };
    let since = leaf(Kind::Tolerated);
    let dispensed = "takes 1006 as=dispense status=completed on=2025-06-01 supply=7_d";
    check(&given(dispensed, Some("2020")), &since, "holds: amoxicillin given on 2025-06-01, after the reaction");
    check(&given(dispensed, Some("2025-07-01")), &since, "fails");
    check(&given(dispensed, Some("2025")), &since, "missing: date of the reaction");
    check(&given(dispensed, None), &since, "missing: date of the reaction");
    check(&given("takes 1006 on=2025-06-01", Some("2020")), &since, "fails");
    check(&given("takes 1006 as=dispense status=cancelled on=2025-06-01", Some("2020")), &since, "fails");
    let mut unsent = given("", Some("2020"));
    unsent.received.medications = Receipt::NotSent;
    check(&unsent, &since, "missing: whether amoxicillin was given since the reaction");
}

#[test]
fn indications_are_coded_reasons() {
    let bleed = leaf(Kind::Indication).first(2);
    check(&chart("orders 1001 reason=snomed|74474003"), &bleed, "holds: given for gi bleed");
    check(&chart("orders 1001 reason=snomed|14669001"), &bleed, "fails");
    check(&chart("orders 1001"), &bleed, "missing: indication of warfarin");
}
