//! Hours between the givings of two drugs, and problems by when they began; each hit beside its near miss. As of 15 January
//! 2026, noon.

use crate::checks::{Case, case, pack_with, run_with};
use caveat::clinical::apart::{Givings, clock_of, time_of_day};
use caveat::clinical::regimen::{Instruction, Regimen, Timing};
use caveat::clinical::time::Dated;

/// Digoxin and amoxicillin four hours apart; codeine two hours before or six after lisinopril, else worse.
const APART: &str = r#"
[[interaction]]
id = "four-hours"
version = 1
title = "Four hours apart"
object = { ingredient = "digoxin" }
precipitant = { ingredient = "amoxicillin" }
severity = "moderate"
management = "assess"
risk = "less"
advice = "4 hours apart"
consequence = "Less."
actions = ["Four hours apart."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
[[interaction.modifier]]
when = { apart = "4 h" }
missing = "ask"
because = "they are given four hours apart"
silent = true
[[interaction]]
id = "two-and-six"
version = 1
title = "Two hours before or six after"
object = { ingredient = "codeine" }
precipitant = { ingredient = "lisinopril" }
severity = "moderate"
management = "assess"
risk = "less"
advice = "2 h before or 6 h after"
consequence = "Less."
actions = ["Two hours before or six after."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
[[interaction.modifier]]
when = { not = { apart = "2 h before or 6 h after", of = "object" } }
missing = "ignore"
because = "they are given too near"
severity = "major"
"#;

const MEETS: &str = "moderate passive four-hours: digoxin, amoxicillin";

const HOURS: &[Case] = &[
    case("four hours", "takes amoxicillin at=12:00; orders digoxin at=08:00", ""),
    case("a minute less", "takes amoxicillin at=11:59; orders digoxin at=08:00", MEETS),
    case("one second less", "takes amoxicillin at=12:00; orders digoxin at=08:00:01", MEETS),
    case("the other way round", "takes digoxin at=08:00; orders amoxicillin at=04:00,12:00,20:00", ""),
    case("around midnight", "takes amoxicillin at=01:00; orders digoxin at=21:00", ""),
    case("too near around midnight", "takes amoxicillin at=00:59; orders digoxin at=21:00", MEETS),
    case("at one time", "takes amoxicillin at=08:00; orders digoxin at=08:00", MEETS),
    case("one of three is too near", "takes amoxicillin at=06:00,14:00,22:00; orders digoxin at=08:00", MEETS),
    case(
        "nobody wrote the times of one",
        "takes amoxicillin times=2; orders digoxin at=08:00",
        "moderate passive four-hours: digoxin, amoxicillin | gap missing: times of day of amoxicillin (four-hours)",
    ),
    case(
        "nobody wrote any",
        "takes amoxicillin; orders digoxin",
        "moderate passive four-hours: digoxin, amoxicillin | gap missing: times of day of amoxicillin (four-hours) | gap missing: times of day of digoxin (four-hours)",
    ),
    case(
        "three times a day, and one of them written",
        "takes amoxicillin at=14:00 times=3; orders digoxin at=08:00",
        "moderate passive four-hours: digoxin, amoxicillin | gap missing: times of day of amoxicillin (four-hours)",
    ),
    case(
        "three times a day, and the one written is near",
        "takes amoxicillin at=09:00 times=3; orders digoxin at=08:00",
        MEETS,
    ),
    case("twice a day, and both written", "takes amoxicillin at=14:00,22:00 times=2; orders digoxin at=08:00", ""),
    case(
        "once a week, and its time written",
        "takes amoxicillin at=14:00 times=1 per=7_d; orders digoxin at=08:00",
        "",
    ),
    case(
        "at bedtime too, and nobody knows when that is",
        "takes amoxicillin at=14:00 events=2; orders digoxin at=08:00",
        "moderate passive four-hours: digoxin, amoxicillin | gap missing: times of day of amoxicillin (four-hours)",
    ),
    case(
        "when needed, whatever its times",
        "takes amoxicillin at=14:00 prn=1; orders digoxin at=08:00",
        "moderate passive four-hours: digoxin, amoxicillin | gap missing: times of day of amoxicillin (four-hours)",
    ),
    case(
        "two hours before",
        "takes lisinopril at=10:00; orders codeine at=08:00",
        "moderate passive two-and-six: codeine, lisinopril",
    ),
    case(
        "less than two hours before",
        "takes lisinopril at=09:59; orders codeine at=08:00",
        "major interruptive two-and-six: codeine, lisinopril",
    ),
    case(
        "six hours after",
        "takes lisinopril at=08:00; orders codeine at=14:00",
        "moderate passive two-and-six: codeine, lisinopril",
    ),
    case(
        "less than six hours after",
        "takes lisinopril at=08:01; orders codeine at=14:00",
        "major interruptive two-and-six: codeine, lisinopril",
    ),
    case(
        "before the evening one, but too soon after the morning one",
        "takes lisinopril at=08:00,20:00; orders codeine at=13:00",
        "major interruptive two-and-six: codeine, lisinopril",
    ),
    case(
        "asked from the other side",
        "takes codeine at=08:00; orders lisinopril at=09:30",
        "major interruptive two-and-six: lisinopril, codeine",
    ),
    case(
        "not written: nothing worse",
        "takes lisinopril; orders codeine at=14:00",
        "moderate passive two-and-six: codeine, lisinopril",
    ),
];

#[test]
fn hours_between_two_givings() {
    run_with(pack_with(APART), HOURS);
}

/// Digoxin within 90 days of a bleed: worse; where nobody dated it, the worst.
const BEGUN: &str = r#"
[[contraindication]]
id = "after-a-bleed"
version = 1
title = "Digoxin soon after a bleed"
drug = { ingredient = "digoxin" }
when = { problem = "upper-gi-bleed", ever = true }
missing = "ignore"
severity = "moderate"
management = "assess"
risk = "bleeding"
advice = "think again"
consequence = "Bleeding."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
[[contraindication.modifier]]
when = { problem = "upper-gi-bleed", began-within = "90 d" }
missing = "worst"
because = "it bled within 90 days"
severity = "contraindicated"
"#;

const OLD: &str = "moderate passive after-a-bleed: digoxin, upper gastrointestinal bleeding";
const NEW: &str = "contraindicated interruptive after-a-bleed: digoxin, upper gastrointestinal bleeding";
const UNDATED: &str = "contraindicated interruptive after-a-bleed: digoxin, upper gastrointestinal bleeding | gap missing: when upper gastrointestinal bleeding began (after-a-bleed)";

const ONSETS: &[Case] = &[
    case("90 days ago", "problem snomed|12847006 2025-10-17; orders digoxin", NEW),
    case("91 days ago, though still active", "problem snomed|12847006 2025-10-16; orders digoxin", OLD),
    case("years ago", "problem snomed|12847006 2019; orders digoxin", OLD),
    case("this month, no day said", "problem snomed|12847006 2026-01; orders digoxin", NEW),
    case("last October, no day said", "problem snomed|12847006 2025-10; orders digoxin", UNDATED),
    case("no date at all", "problem snomed|12847006; orders digoxin", UNDATED),
    case("no date, recorded lately", "problem snomed|12847006 recorded=2026-01-10; orders digoxin", UNDATED),
    case("no date, recorded long ago", "problem snomed|12847006 recorded=2024-01-10; orders digoxin", OLD),
    case("no date, over long ago", "problem snomed|12847006 ended=2024-01-10; orders digoxin", OLD),
    case(
        "begun lately, over already",
        "problem snomed|12847006 onset=2026-01-02 ended=2026-01-10; orders digoxin",
        NEW,
    ),
    case(
        "an old one and a new one",
        "problem snomed|12847006 2019; problem snomed|12847006 2026-01-10; orders digoxin",
        NEW,
    ),
    case("another problem of this week", "problem snomed|13645005 2026-01-10; orders digoxin", ""),
    case("none", "orders digoxin", ""),
];

#[test]
fn problems_by_when_they_began() {
    run_with(pack_with(BEGUN), ONSETS);
}

#[test]
fn times_of_day_as_fhir_writes_them() {
    for (text, wanted) in [
        ("08:00:00", Some(28_800)),
        ("08:00", Some(28_800)),
        ("23:59:59.999", Some(86_399)),
        ("24:00:00", None),
        ("8:00", None),
        ("08:60:00", None),
        ("08:00:00:00", None),
        ("08:00:0", None),
        ("", None),
        ("morning", None),
    ] {
        assert_eq!(time_of_day(text), wanted, "{text}");
    }
    for (text, wanted) in [
        ("2026-01-15T08:00:00+01:00", Some(28_800)),
        ("2026-01-15T08:00:00-05:00", Some(28_800)),
        ("2026-01-15T08:00", Some(28_800)),
        ("2026-01-15T08:00:00Z", None),
        ("2026-01-15T08:00:00-00:00", None),
        ("2026-01-15", None),
    ] {
        assert_eq!(clock_of(text), wanted, "{text}");
    }
}

/// A schedule of moments, as `event` names them.
fn on(moments: &[&str]) -> Givings {
    let moments = moments.iter().map(|m| Dated::parse(m).unwrap().earliest).collect();
    let timing = Timing { moments, count: Some((1, 1)), ..Timing::default() };
    Givings::of(&Regimen { instructions: vec![Instruction { timing, ..Instruction::default() }] })
}

#[test]
fn moments_are_compared_as_they_are() {
    let hour = 3_600;
    let one = on(&["2026-01-15T08:00:00Z"]);
    assert_eq!(one.keep_from(&on(&["2026-01-15T12:00:00Z"]), 4 * hour, 4 * hour), Some(true));
    assert_eq!(one.keep_from(&on(&["2026-01-15T11:59:59Z"]), 4 * hour, 4 * hour), Some(false));
    // The same hour of another day is a day apart.
    assert_eq!(one.keep_from(&on(&["2026-01-16T08:00:00Z"]), 4 * hour, 4 * hour), Some(true));
    assert_eq!(one.keep_from(&on(&["2026-01-15T13:00:00+01:00"]), 4 * hour, 4 * hour), Some(true));
    assert_eq!(one.keep_from(&Givings::default(), 4 * hour, 4 * hour), None);
}
