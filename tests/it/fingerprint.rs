//! What an override is good for: each change that asks anew beside one that does not.

use crate::checks::{chart, pack, pack_with};
use caveat::clinical::chart::{Allergy, Chart};
use caveat::clinical::time::Moment;
use caveat::engine::grounds::{grounds, step};
use caveat::engine::screen::Screener;
use caveat::hooks::fingerprint::{self, fingerprint};
use caveat::pack::read::Pack;
use std::path::Path;
use std::sync::Arc;

/// The fingerprints of all findings, each behind its rule.
fn prints(pack: Arc<Pack>, chart: &Chart, encounter: &str) -> Vec<String> {
    let screener = Screener::new(pack);
    let (screening, bound) = screener.screen_and_keep(chart);
    let mut all: Vec<String> = screening
        .findings
        .iter()
        .map(|f| format!("{} {}", f.rule.id, fingerprint(&bound, f, encounter).print))
        .collect();
    all.sort_unstable();
    all
}

fn of(text: &str) -> Vec<String> {
    let prints = prints(pack(), &chart(text), "e1");
    assert!(!prints.is_empty(), "nothing is found in `{text}`");
    prints
}

const BLEEDING: &str =
    "takes warfarin ref=a on=2025-03-01; orders ibuprofen ref=b route=oral on=2026-01-14 dose=400_mg times=3 for=10_d";
const LOW_POTASSIUM: &str = "takes digoxin; orders furosemide; lab potassium 3.1 mmol/L 2026-01-14";
const ALLERGY: &str = "orders amoxicillin; allergy penicillin v reaction=1";

/// Name, how it was overridden, how it comes again, and whether it is the same.
const CASES: &[(&str, &str, &str, bool)] = &[
    ("nothing changes", BLEEDING, BLEEDING, true),
    (
        "other ids, other order of input",
        BLEEDING,
        "orders ibuprofen ref=x route=oral on=2026-01-14 dose=400_mg times=3 for=10_d; takes warfarin ref=y on=2025-03-01",
        true,
    ),
    (
        "the other side is ordered",
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-14",
        "orders warfarin on=2025-03-01; takes ibuprofen route=oral on=2026-01-14",
        true,
    ),
    (
        "other words for the same drug",
        "takes warfarin; orders ibuprofen route=oral words=Ibuprofen",
        "takes warfarin; orders ibuprofen route=oral words=Brufen_400",
        true,
    ),
    (
        "more of the dose",
        BLEEDING,
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-14 dose=600_mg times=3 for=10_d",
        false,
    ),
    (
        "the same amount, otherwise written",
        "takes warfarin; orders 5001 dose=3_tablet times=4",
        "takes warfarin; orders 5001 dose=1500_mg times=4",
        true,
    ),
    (
        "more often",
        BLEEDING,
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-14 dose=400_mg times=4 for=10_d",
        false,
    ),
    (
        "the partner's dose",
        "takes warfarin dose=5_mg times=1; orders ibuprofen route=oral",
        "takes warfarin dose=7.5_mg times=1; orders ibuprofen route=oral",
        false,
    ),
    (
        "only when needed",
        BLEEDING,
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-14 dose=400_mg times=3 for=10_d prn=1",
        false,
    ),
    (
        "another route",
        "takes warfarin; orders ibuprofen route=oral",
        "takes warfarin; orders ibuprofen route=rectal",
        false,
    ),
    (
        "a longer course",
        BLEEDING,
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-14 dose=400_mg times=3 for=20_d",
        false,
    ),
    (
        "a new course",
        BLEEDING,
        "takes warfarin on=2025-03-01; orders ibuprofen route=oral on=2026-01-15 dose=400_mg times=3 for=10_d",
        false,
    ),
    (
        "later the same day",
        "takes warfarin; orders ibuprofen route=oral on=2026-01-14T08:00:00Z",
        "takes warfarin; orders ibuprofen route=oral on=2026-01-14T18:00:00Z",
        true,
    ),
    (
        "the same course goes on: it is on file, and is renewed",
        "takes warfarin; orders ibuprofen route=oral on=2026-01-10 dose=400_mg times=3",
        "takes warfarin; takes ibuprofen route=oral on=2026-01-10 dose=400_mg times=3 ref=b; \
         orders ibuprofen route=oral on=2026-01-15 dose=400_mg times=3 replaces=b",
        true,
    ),
    (
        "another partner",
        "takes warfarin; orders ibuprofen route=oral",
        "takes warfarin; orders naproxen route=oral",
        false,
    ),
    (
        "a value falls by a step",
        LOW_POTASSIUM,
        "takes digoxin; orders furosemide; lab potassium 2.7 mmol/L 2026-01-14",
        false,
    ),
    (
        "a value stays where it was",
        LOW_POTASSIUM,
        "takes digoxin; orders furosemide; lab potassium 3 mmol/L 2026-01-15",
        true,
    ),
    ("another reaction", ALLERGY, "orders amoxicillin; allergy penicillin v reaction=2", false),
    ("a reaction more", ALLERGY, "orders amoxicillin; allergy penicillin v reaction=1 reaction=2", false),
    (
        "the reactions in another order",
        "orders amoxicillin; allergy penicillin v reaction=1 reaction=2",
        "orders amoxicillin; allergy penicillin v reaction=2 reaction=1",
        true,
    ),
    (
        "worse by the same rule",
        "takes simvastatin dose=20_mg times=1; orders amiodarone",
        "takes simvastatin dose=40_mg times=1; orders amiodarone",
        false,
    ),
    (
        "a problem the rule does not ask about",
        "takes warfarin; orders ibuprofen route=oral",
        "takes warfarin; orders ibuprofen route=oral; problem snomed|13645005",
        true,
    ),
    (
        "words of the schedule that is not understood",
        "takes warfarin; orders ibuprofen blob=one",
        "takes warfarin; orders ibuprofen blob=two",
        false,
    ),
];

#[test]
fn what_changes_a_fingerprint_and_what_does_not() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter(|(_, before, after, same)| (of(before) == of(after)) != *same)
        .map(|(name, before, after, _)| format!("{name}: {:?} and {:?}", of(before), of(after)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Overrides are kept by what is hashed: a change of this text asks for every one of them anew, and is made on purpose or
/// not at all (then the number of its form changes with it). `UPDATE=1` rewrites the golden.
#[test]
fn what_is_hashed_stands_as_reviewed() {
    let charts = [
        BLEEDING,
        LOW_POTASSIUM,
        "orders amoxicillin; allergy penicillin v reaction=1 reaction=2",
        "takes warfarin; orders ibuprofen blob=one",
        "takes warfarin dose=5_mg; orders ibuprofen route=oral",
        "takes simvastatin dose=20_mg times=1; orders amiodarone",
    ];
    let mut found = String::new();
    for text in charts {
        let (chart, screener) = (chart(text), Screener::new(pack()));
        let (screening, bound) = screener.screen_and_keep(&chart);
        found.push_str(&format!("## {text}\n"));
        for finding in &screening.findings {
            found.push_str(&fingerprint::text(finding, &grounds(&bound, finding), "e1"));
            found.push('\n');
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/fingerprints.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == found, "{} is not as reviewed (UPDATE=1 rewrites it)\n{found}", file.display());
}

#[test]
fn another_encounter_asks_anew() {
    let chart = chart(BLEEDING);
    assert_eq!(prints(pack(), &chart, "e1"), prints(pack(), &chart, "e1"));
    assert_ne!(prints(pack(), &chart, "e1"), prints(pack(), &chart, "e2"));
    assert_ne!(prints(pack(), &chart, "e1"), prints(pack(), &chart, ""));
}

#[test]
fn the_day_alone_changes_nothing() {
    for text in [BLEEDING, LOW_POTASSIUM, ALLERGY, "born=2024-01-15; weight=20_kg; orders 5001 dose=1_tablet times=4"] {
        let (today, mut later) = (chart(text), chart(text));
        later.as_of = Moment(today.as_of.0 + 2 * 86_400);
        assert_eq!(prints(pack(), &today, ""), prints(pack(), &later, ""), "{text}");
    }
}

type Worse = (&'static str, fn(&mut Allergy), bool);

#[test]
fn a_reaction_recorded_as_worse_asks_anew() {
    let change: [Worse; 4] = [
        ("severity", |a| a.reactions[0].severity = Some(caveat::clinical::chart::ReactionSeverity::Severe), false),
        ("criticality", |a| a.criticality = Some(caveat::clinical::chart::Criticality::High), false),
        ("it happened again", |a| a.last = Some(crate::tiny::date("2026-01-10")), false),
        ("another id", |a| a.reference = "AllergyIntolerance/9".into(), true),
    ];
    for (name, change, same) in change {
        let (before, mut after) = (chart(ALLERGY), chart(ALLERGY));
        change(&mut after.allergies[0]);
        assert_eq!(prints(pack(), &before, "") == prints(pack(), &after, ""), same, "{name}");
    }
}

const RULE: &str = r#"
[[interaction]]
id = "codeine-lithium"
version = 1
title = "Codeine and lithium"
severity = "moderate"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
mechanism = "Known."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
object = { ingredient = "lithium" }
precipitant = { ingredient = "codeine" }
"#;

#[test]
fn a_rule_that_means_something_else_asks_anew() {
    let chart = chart("takes lithium; orders codeine");
    let before = prints(pack_with(RULE), &chart, "");
    let cases = [
        ("version = 1", "version = 2", false),
        ("severity = \"moderate\"", "severity = \"major\"", false),
        ("severity = \"moderate\"", "severity = \"moderate\"\nloudness = \"interruptive\"", false),
        ("management = \"assess\"", "management = \"avoid\"", false),
        ("risk = \"harm\"", "risk = \"some harm\"", true),
        ("advice = \"think again\"", "advice = \"think twice\"", true),
        ("author = \"test\"", "author = \"another\"", true),
    ];
    for (old, new, same) in cases {
        let after = prints(pack_with(&RULE.replacen(old, new, 1)), &chart, "");
        assert_eq!(before == after, same, "{new}: {before:?} {after:?}");
    }
}

#[test]
fn the_scale_of_values() {
    let cases = [
        ("5.1", "5.6", true),
        ("5.6", "5.7", false),
        ("5.1", "6.2", false),
        ("0.9", "1.0", false),
        ("29", "31", true),
        ("29", "34", false),
        ("100", "111", true),
        ("0", "0", true),
        ("0", "-1", false),
        ("50", "5.0", false),
        ("9223372036854775807", "1", false),
    ];
    let exact = |text: &str| caveat::clinical::exact::Exact::parse(text).unwrap();
    for (a, b, same) in cases {
        assert_eq!(step(exact(a)) == step(exact(b)), same, "{a} {b}: {} {}", step(exact(a)), step(exact(b)));
    }
}

/// Not a proof but a figure: what fingerprints cost beside screening and writing (`cargo test -- --ignored --nocapture`).
#[test]
#[ignore = "measures"]
fn what_fingerprints_cost() {
    let text = "takes warfarin on=2025-03-01; takes digoxin; takes lisinopril; takes simvastatin dose=40_mg times=1; \
                orders amiodarone; orders ibuprofen route=oral on=2026-01-14 dose=400_mg times=3 for=10_d";
    let (chart, screener) = (chart(text), Screener::new(pack()));
    let (screening, bound) = screener.screen_and_keep(&chart);
    let time = |work: &dyn Fn()| {
        let begun = std::time::Instant::now();
        (0..2_000).for_each(|_| work());
        begun.elapsed().as_micros() as f64 / 2_000.0
    };
    let call = crate::cards_desk::call(caveat::hooks::call::Hook::OrderSign);
    let call = caveat::hooks::call::Call { chart: chart.clone(), ..call };
    let (screen, write) = (
        time(&|| drop(std::hint::black_box(screener.screen(&chart)))),
        time(&|| drop(std::hint::black_box(caveat::hooks::cards::write(&call, &screening)))),
    );
    let print =
        time(&|| screening.findings.iter().for_each(|f| drop(std::hint::black_box(fingerprint(&bound, f, "e")))));
    println!(
        "{} findings: screening {screen} us, writing {write} us, fingerprints {print} us",
        screening.findings.len()
    );
}
