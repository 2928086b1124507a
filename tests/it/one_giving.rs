//! One giving, a day and an average day as rules ask for them: what is written is known, whatever else is not.

use crate::checks::{Case, case, pack_with, run_with};

const HEAD: &str = r#"version = 1
title = "Test"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
"#;

/// A rule that asks something of a simvastatin order.
fn asking(when: &str) -> String {
    format!(
        "[[contraindication]]\nid = \"asked\"\n{HEAD}drug = {{ ingredient = \"simvastatin\" }}\nwhen = {{ {when} }}\nmissing = \"ask\"\n"
    )
}

/// At least 20 mg at once, by a gate and by a limit.
const SINGLE: &[Case] = &[
    case("by schedule", "orders simvastatin dose=40_mg times=1", "major interruptive asked: simvastatin"),
    case("by schedule, too little", "orders simvastatin dose=10_mg times=4", "major interruptive floor: simvastatin"),
    case(
        "when needed, with a maximum",
        "orders simvastatin dose=40_mg prn=1 max=80_mg",
        "major interruptive asked: simvastatin",
    ),
    case(
        "when needed, without a maximum",
        "orders simvastatin dose=40_mg prn=1",
        "major interruptive asked: simvastatin",
    ),
    case(
        "when needed, too little each time",
        "orders simvastatin dose=10_mg prn=1",
        "major interruptive floor: simvastatin",
    ),
    case("when needed, just enough", "orders simvastatin dose=20_mg prn=1", "major interruptive asked: simvastatin"),
    case(
        "a range counts by its larger end",
        "orders simvastatin dose=10_mg..20_mg prn=1",
        "major interruptive asked: simvastatin",
    ),
    case("no timing at all", "orders simvastatin dose=10_mg", "major interruptive floor: simvastatin"),
    case(
        "an alternative that cannot be read may be larger",
        "orders simvastatin dose=10_mg blob=1_blob prn=1",
        "gap dose-unknown: single dose of simvastatin (asked)",
    ),
    case(
        "an instruction beside it that cannot be worked out may be larger",
        "orders simvastatin dose=10_mg prn=1 and dose=1_tablet times=1",
        "gap dose-unknown: single dose of simvastatin (asked)",
    ),
    case(
        "it cannot make a large one smaller",
        "orders simvastatin dose=40_mg blob=1_blob prn=1",
        "major interruptive asked: simvastatin",
    ),
    case(
        "no dose",
        "orders simvastatin prn=1",
        "gap dose-unknown: dose of simvastatin: none was entered (floor) | gap dose-unknown: single dose of simvastatin (asked)",
    ),
];

#[test]
fn single() {
    let floor = format!(
        "[[dose]]\nid = \"floor\"\n{HEAD}drug = {{ ingredient = \"simvastatin\" }}\n[[dose.band]]\nname = \"all\"\n\
         limits = [ {{ single-min = \"20 mg\" }} ]\n"
    );
    run_with(pack_with(&(asking("single-dose = \">= 20 mg\"") + &floor)), SINGLE);
}
