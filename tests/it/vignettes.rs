//! Whole patients: what a vignette demands, and what is said when it is not met.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its own pack has failed")]

use caveat::clinical::category::Category;
use caveat::compile::build::compile;
use caveat::diagnostic::render::render;
use caveat::diagnostic::report::SourceFile;
use caveat::engine::rehearse::{CaseOutcome, rehearse};
use caveat::pack::case::Origin;
use caveat::pack::format::{decode, encode};
use caveat::source::parse::parse;
use std::path::Path;
use std::sync::Arc;

const RULES: &str = r#"
[[interaction]]
id = "warfarin-ibuprofen"
object = { ingredient = "warfarin" }
precipitant = { ingredient = "ibuprofen" }
version = 1
title = "A title"
severity = "major"
management = "avoid"
risk = "bleeding"
advice = "use another drug"
evidence = { level = "established", sources = ["a label"] }
author = "us"
review = "2027-11-01"

[[interaction]]
id = "warfarin-naproxen"
object = { ingredient = "warfarin" }
precipitant = { ingredient = "naproxen" }
version = 1
title = "A title"
severity = "moderate"
management = "assess"
risk = "bleeding"
advice = "use another drug"
evidence = { level = "established", sources = ["a label"] }
author = "us"
review = "2027-11-01"
"#;

/// One vignette of the category `nuisance` that takes warfarin; the small terminology of the compiler's goldens.
fn outcome(orders: &str, demands: &str) -> CaseOutcome {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/compile/base.toml");
    let vignette = format!(
        "{RULES}\n[[vignette]]\nname = \"a patient\"\ncategory = \"nuisance\"\nas-of = \"2026-01-15\"\norders = \
         [{{ drug = \"{orders}\", route = \"oral\" }}]\ntakes = [{{ drug = \"warfarin\", route = \"oral\" \
         }}]\nno-known-allergies = true\n{demands}\n"
    );
    let files = [
        SourceFile { path: "base.toml".into(), text: std::fs::read_to_string(base).unwrap() },
        SourceFile { path: "vignettes.toml".into(), text: vignette },
    ];
    let (tree, mut said) = parse(&files);
    let (raw, more) = compile(&tree);
    said.extend(more);
    let raw = raw.unwrap_or_else(|| panic!("{}", render(&said, &files, false)));
    let mut outcomes = rehearse(&Arc::new(decode(&encode(&raw)).unwrap())).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

#[test]
fn a_vignette_demands_of_all_findings_together() {
    let found = "major interruptive warfarin-ibuprofen: ibuprofen, warfarin";
    let passive = "moderate passive warfarin-naproxen: naproxen, warfarin";
    for (orders, demands, told) in [
        ("ibuprofen", "interrupts = true", None),
        ("naproxen", "interrupts = false", None),
        ("amoxicillin", "quiet = true", None),
        ("naproxen", "interrupts = false\nexpect = [\"warfarin-naproxen moderate\"]", None),
        ("ibuprofen", "interrupts = false", Some(format!("expected that nothing interrupts; instead: {found}"))),
        ("naproxen", "interrupts = true", Some(format!("expected that something interrupts; instead: {passive}"))),
        ("naproxen", "quiet = true", Some(format!("expected no finding at all; instead: {passive}"))),
        (
            "amoxicillin",
            "expect = [\"warfarin-ibuprofen major\"]",
            Some("expected `warfarin-ibuprofen major`; instead: nothing was found".to_owned()),
        ),
    ] {
        let outcome = outcome(orders, demands);
        assert_eq!(outcome.passed, told.is_none(), "{orders}, {demands}: {}", outcome.told());
        if let Some(told) = told {
            assert_eq!(outcome.told(), told, "{orders}, {demands}");
        }
        assert_eq!(outcome.origin, Origin::Vignette(Category::Nuisance));
        assert_eq!(format!("{} / {}", outcome.origin, outcome.name), "vignette, nuisance / a patient");
    }
}

#[test]
fn every_category_has_its_word() {
    assert_eq!(Category::ALL.len(), Category::WORDS.len());
    for (category, word) in Category::ALL.into_iter().zip(Category::WORDS) {
        assert_eq!((category.word(), Category::from_word(word)), (*word, Some(category)));
    }
}
