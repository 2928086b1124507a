//! A drug on hold counts as taken; what only it makes true informs until it is resumed. As of 15 January 2026.

use crate::checks::{Case, case, chart, pack, pack_with, run, run_with};
use caveat::engine::screen::Screener;

const CASES: &[Case] = &[
    case(
        "taken",
        "takes warfarin; orders ibuprofen route=oral",
        "major interruptive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "on hold",
        "takes warfarin status=on-hold; orders ibuprofen route=oral",
        "major passive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "on hold in one record, taken by another",
        "takes warfarin status=on-hold; takes warfarin as=statement; orders ibuprofen route=oral",
        "major interruptive warfarin-nsaid: ibuprofen, warfarin",
    ),
    case(
        "resumed by the order in hand",
        "takes warfarin status=on-hold ref=MedicationRequest/1; takes ibuprofen route=oral; orders warfarin ref=MedicationRequest/1",
        "major interruptive warfarin-nsaid: warfarin, ibuprofen",
    ),
    case(
        "one partner on hold, another taken",
        "takes ondansetron status=on-hold; takes amiodarone; orders haloperidol",
        "major interruptive qt-any-two: haloperidol, amiodarone, ondansetron",
    ),
    case(
        "every partner on hold",
        "takes ondansetron status=on-hold; takes amiodarone status=on-hold; orders haloperidol",
        "major passive qt-any-two: haloperidol, amiodarone, ondansetron",
    ),
    case(
        "of three that are needed one is on hold",
        "takes lisinopril; takes furosemide status=on-hold; orders ibuprofen route=oral",
        "major passive triple-whammy: ibuprofen, lisinopril, furosemide",
    ),
    case(
        "of three that are needed one is on hold, and taken too in another product",
        "takes lisinopril+acetaminophen; takes lisinopril status=on-hold; takes furosemide; orders ibuprofen route=oral",
        "major interruptive triple-whammy: ibuprofen, lisinopril, furosemide",
    ),
    case(
        "a sum of doses",
        "takes 5002 dose=2_tablet times=4 status=on-hold; orders 5001 dose=2_tablet times=4",
        "major passive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
    case(
        "too much without it",
        "takes 5002 dose=2_tablet times=4 status=on-hold; orders 5001 dose=3_tablet times=4",
        "major interruptive acetaminophen-dose: acetaminophen, acetaminophen | moderate passive same-ingredient-twice: acetaminophen, acetaminophen",
    ),
];

#[test]
fn on_hold() {
    run(CASES);
}

/// Rules that interrupt by themselves.
fn rules(never: &str) -> String {
    let rule = |kind: &str, id: &str, body: &str| {
        format!(
            r#"[[{kind}]]
id = "{id}"
version = 1
title = "Test"
severity = "major"
management = "assess"
loudness = "interruptive"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = {{ level = "probable", sources = ["for the test"] }}
author = "test"
review = "2030-01-01"
{never}
{body}
"#
        )
    };
    rule("interaction", "pair", "mutual = [{ ingredient = \"digoxin\" }, { ingredient = \"simvastatin\" }]")
        + &rule("duplicate", "class", "of = { class = \"penicillins\" }\nallowed = 1")
}

const LOUD: &[Case] = &[
    case("taken", "takes digoxin; orders simvastatin", "major interruptive pair: simvastatin, digoxin"),
    case("on hold", "takes digoxin status=on-hold; orders simvastatin", "major passive pair: simvastatin, digoxin"),
    case("a class", "takes ampicillin; orders amoxicillin", "major interruptive class: amoxicillin, ampicillin"),
    case(
        "a class, on hold",
        "takes ampicillin status=on-hold; orders amoxicillin",
        "major passive class: amoxicillin, ampicillin",
    ),
];

const NEVER: &[Case] = &[
    case(
        "on hold",
        "takes digoxin status=on-hold; orders simvastatin",
        "major interruptive pair: simvastatin, digoxin",
    ),
    case(
        "a class, on hold",
        "takes ampicillin status=on-hold; orders amoxicillin",
        "major interruptive class: amoxicillin, ampicillin",
    ),
];

#[test]
fn loud_rules_wait_too() {
    run_with(pack_with(&rules("")), LOUD);
}

#[test]
fn what_may_never_be_silenced_does_not_wait() {
    run_with(pack_with(&rules("never-silence = true")), NEVER);
}

#[test]
fn the_card_says_who_is_on_hold() {
    let screener = Screener::new(pack());
    let drivers = |text: &str| {
        let chart = chart(text);
        screener.screen(&chart).findings.iter().map(|f| f.drivers.join("; ")).collect::<Vec<_>>()
    };
    assert_eq!(drivers("takes warfarin status=on-hold; orders ibuprofen route=oral"), ["warfarin is on hold"]);
    assert_eq!(drivers("takes warfarin; orders ibuprofen route=oral"), [""]);
    assert_eq!(
        drivers("takes 5002 dose=2_tablet times=4 status=on-hold; orders 5001 dose=2_tablet times=4")[0],
        "ordered 4 g a day, 6.4 g a day with what else is taken; limit 4 g a day (absolute); acetaminophen is on hold"
    );
}
