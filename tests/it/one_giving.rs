//! One giving, a day and an average day as rules ask for them: what is written is known, whatever else is not.

use crate::checks::{Case, case, chart, pack_with, run_with};
use caveat::engine::screen::Screener;

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

/// More than 12.5 mg a day on average.
const AVERAGE: &[Case] = &[
    case("every day", "orders simvastatin dose=25_mg times=1", "major interruptive asked: simvastatin"),
    case("every other day", "orders simvastatin dose=25_mg times=1 per=48_h", ""),
    case(
        "a little more every other day",
        "orders simvastatin dose=26_mg times=1 per=48_h",
        "major interruptive asked: simvastatin",
    ),
    case("once a week", "orders simvastatin dose=87.5_mg times=1 per=7_d", ""),
    case(
        "a little more once a week",
        "orders simvastatin dose=88_mg times=1 per=7_d",
        "major interruptive asked: simvastatin",
    ),
    case("once in four weeks", "orders simvastatin dose=350_mg times=1 per=28_d", ""),
    case(
        "a little more once in four weeks",
        "orders simvastatin dose=351_mg times=1 per=28_d",
        "major interruptive asked: simvastatin",
    ),
    case("every 36 hours", "orders simvastatin dose=18.75_mg times=1 per=36_h", ""),
    case(
        "a little more every 36 hours",
        "orders simvastatin dose=18.76_mg times=1 per=36_h",
        "major interruptive asked: simvastatin",
    ),
    case("on three days of the week", "orders simvastatin dose=29_mg days=3", ""),
    case("on four days of the week", "orders simvastatin dose=29_mg days=4", "major interruptive asked: simvastatin"),
    case(
        "twice on one day of the week",
        "orders simvastatin dose=50_mg days=1 events=2",
        "major interruptive asked: simvastatin",
    ),
    case("twice on one day of the week, less", "orders simvastatin dose=43.75_mg days=1 events=2", ""),
    case(
        "more on some days than on others",
        "orders simvastatin dose=25_mg days=2 and dose=10_mg days=5",
        "major interruptive asked: simvastatin",
    ),
    case("less on some days than on others", "orders simvastatin dose=15_mg days=2 and dose=10_mg days=5", ""),
    case(
        "when needed, at most every day",
        "orders simvastatin dose=10_mg times=2 prn=1",
        "major interruptive asked: simvastatin",
    ),
    case("when needed, with a maximum", "orders simvastatin dose=10_mg prn=1 max=10_mg", ""),
    case(
        "a single giving counts on its day",
        "orders simvastatin dose=25_mg count=1",
        "major interruptive asked: simvastatin",
    ),
    case("a loading dose has no part in it", "orders simvastatin dose=50_mg count=1 and dose=10_mg times=1", ""),
    case("a loading dose before", "orders simvastatin seq=1 dose=50_mg count=1 then seq=2 dose=10_mg times=1", ""),
    case(
        "the heaviest phase counts",
        "orders simvastatin seq=1 dose=20_mg times=1 for=7_d then seq=2 dose=10_mg times=1",
        "major interruptive asked: simvastatin",
    ),
    case("no schedule", "orders simvastatin dose=25_mg", "gap dose-unknown: average dose of simvastatin (asked)"),
    case(
        "when needed, without a maximum",
        "orders simvastatin dose=25_mg prn=1",
        "gap dose-unknown: average dose of simvastatin (asked)",
    ),
    case(
        "so many in all, and no word of when",
        "orders simvastatin dose=25_mg count=6",
        "gap dose-unknown: average dose of simvastatin (asked)",
    ),
    case(
        "a part of it cannot be worked out",
        "orders simvastatin dose=10_mg times=1 and dose=1_tablet times=1",
        "gap dose-unknown: average dose of simvastatin (asked)",
    ),
];

#[test]
fn average() {
    run_with(pack_with(&asking("average-dose = \"> 12.5 mg\"")), AVERAGE);
}

/// A day on which it is given: as before.
const DAILY: &[Case] = &[
    case("every other day", "orders simvastatin dose=25_mg times=1 per=48_h", "major interruptive asked: simvastatin"),
    case("once a week", "orders simvastatin dose=25_mg times=1 per=7_d", "major interruptive asked: simvastatin"),
    case("every other day, less", "orders simvastatin dose=12.5_mg times=1 per=48_h", ""),
];

#[test]
fn daily() {
    run_with(pack_with(&asking("daily-dose = \"> 12.5 mg\"")), DAILY);
}

#[test]
fn the_average_is_said_each_day() {
    let screener = Screener::new(pack_with(&asking("average-dose = \"> 0.1 mg\"")));
    let drivers = |text: &str| {
        let chart = chart(text);
        screener.screen(&chart).findings.iter().map(|f| f.drivers.join("; ")).collect::<Vec<_>>()
    };
    assert_eq!(
        drivers("orders simvastatin dose=25_mg times=1 per=48_h"),
        ["average dose of simvastatin 12.5 mg a day"]
    );
    assert_eq!(
        drivers("orders simvastatin dose=25_mg times=1 per=7_d"),
        ["average dose of simvastatin ≈3.571 mg a day"]
    );
}
