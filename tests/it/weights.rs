//! Kinds of weight: measured, dry, stated, estimated, ideal; each hit beside its near miss. As of 15 January 2026.

use crate::checks::{Case, case, pack_with, run_with, told_with};

/// A dose of naproxen for each kilogram, by the weight that counts; of lisinopril, by the ideal one.
const RULES: &str = r#"
[[dose]]
id = "by-weight"
version = 1
title = "Naproxen by weight"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
drug = { ingredient = "naproxen" }
[[dose.band]]
name = "all"
limits = [ { single-max = "10 mg/kg", kind = "absolute" } ]
[[dose]]
id = "by-ideal-weight"
version = 1
title = "Lisinopril by ideal weight"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
drug = { ingredient = "lisinopril" }
weight = "ideal"
[[dose.band]]
name = "all"
limits = [ { single-max = "1 mg/kg", kind = "absolute" } ]
[[contraindication]]
id = "light"
version = 1
title = "Digoxin below 50 kg"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
drug = { ingredient = "digoxin" }
when = { weight = "< 50 kg" }
missing = "ask"
"#;

const TOO_MUCH: &str = "major interruptive by-weight: naproxen";
const TOO_MUCH_IDEAL: &str = "major interruptive by-ideal-weight: lisinopril";

const KINDS: &[Case] = &[
    case("measured", "weight=49_kg; orders naproxen dose=500_mg times=1", TOO_MUCH),
    case("measured, just enough", "weight=50_kg; orders naproxen dose=500_mg times=1", ""),
    case("measured before dry", "weight=50_kg; dry=45_kg; orders naproxen dose=500_mg times=1", ""),
    case("dry before stated", "dry=45_kg; stated=60_kg; orders naproxen dose=500_mg times=1", TOO_MUCH),
    case("stated alone", "stated=49_kg; orders naproxen dose=500_mg times=1", TOO_MUCH),
    case("estimated alone, just enough", "estimated=50_kg; orders naproxen dose=500_mg times=1", ""),
    case(
        "the later of stated and estimated",
        "stated=49_kg 2025-12-01; estimated=50_kg 2026-01-10; orders naproxen dose=500_mg times=1",
        "",
    ),
    case(
        "the later, the other way",
        "stated=49_kg 2026-01-10; estimated=50_kg 2025-12-01; orders naproxen dose=500_mg times=1",
        TOO_MUCH,
    ),
    case(
        "of one day, what was stated",
        "stated=49_kg 2026-01-10; estimated=50_kg 2026-01-10; orders naproxen dose=500_mg times=1",
        TOO_MUCH,
    ),
    case("ideal alone is none", "ideal=49_kg; orders naproxen dose=500_mg times=1", "gap missing: weight (by-weight)"),
    case("none", "orders naproxen dose=500_mg times=1", "gap missing: weight (by-weight)"),
    case(
        "by the ideal one, where a rule asks for it",
        "weight=100_kg; ideal=60_kg; orders lisinopril dose=61_mg times=1",
        TOO_MUCH_IDEAL,
    ),
    case("by the ideal one, just enough", "weight=100_kg; ideal=60_kg; orders lisinopril dose=60_mg times=1", ""),
    case(
        "by the other, where that is less",
        "weight=50_kg; ideal=60_kg; orders lisinopril dose=55_mg times=1",
        TOO_MUCH_IDEAL,
    ),
    case(
        "by the other, where no ideal one is known",
        "weight=60_kg; orders lisinopril dose=61_mg times=1",
        TOO_MUCH_IDEAL,
    ),
    case("the ideal one alone is enough", "ideal=60_kg; orders lisinopril dose=60_mg times=1", ""),
    case(
        "ordered for each kilogram of what was measured",
        "weight=100_kg; ideal=60_kg; orders lisinopril dose=1_mg/kg times=1",
        TOO_MUCH_IDEAL,
    ),
    case("a condition, by what was stated", "stated=49_kg; orders digoxin", "major interruptive light: digoxin"),
    case("a condition, never by the ideal one", "ideal=49_kg; orders digoxin", "gap missing: weight (light)"),
];

#[test]
fn which_weight_counts() {
    run_with(pack_with(RULES), KINDS);
}

#[test]
fn the_kind_is_said_where_it_was_not_simply_measured() {
    for (chart, words) in [
        (
            "weight=49_kg; orders naproxen dose=500_mg times=1",
            "ordered 500 mg at once; limit 10 mg/kg at once = 490 mg at once (absolute)",
        ),
        (
            "stated=49_kg; orders naproxen dose=500_mg times=1",
            "ordered 500 mg at once; limit 10 mg/kg at once = 490 mg at once (absolute), by the stated weight",
        ),
        (
            "dry=49_kg; orders naproxen dose=500_mg times=1",
            "ordered 500 mg at once; limit 10 mg/kg at once = 490 mg at once (absolute), by the dry weight",
        ),
        (
            "weight=100_kg; ideal=60_kg; orders lisinopril dose=61_mg times=1",
            "ordered 61 mg at once; limit 1 mg/kg at once = 60 mg at once (absolute), by the ideal weight",
        ),
        (
            "weight=60_kg; orders lisinopril dose=61_mg times=1",
            "ordered 61 mg at once; limit 1 mg/kg at once = 60 mg at once (absolute), by the measured weight, as no ideal one is known",
        ),
        ("estimated=49_kg; orders digoxin", "estimated weight 49 kg on 2026-01-15"),
        ("weight=49_kg; orders digoxin", "weight 49 kg on 2026-01-15"),
    ] {
        let told = told_with(pack_with(RULES), chart).join("\n");
        assert!(told.ends_with(words), "{chart}: {told}");
    }
}
