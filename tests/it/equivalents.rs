//! Equivalents: opioids add up as oral morphine, each by the factor of its route. As of 15 January 2026.

use crate::checks::{Case, case, chart, pack_with, raw_with, run_with};
use caveat::engine::screen::Screener;
use caveat::pack::column::Column;
use caveat::pack::ids::NONE;
use caveat::pack::tables::RawPack;
use caveat::pack::verify::verify;
use proptest::prelude::*;

/// 50 mg a day informs, 90 mg a day is the end.
const RULE: &str = r#"
[[dose]]
id = "opioids"
version = 1
title = "Opioids together"
severity = "moderate"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
settings = ["outpatient", "home", "discharge"]
equivalent-to = "oral morphine"
equivalents = [
  { ingredient = "morphine", route = ["oral"], factor = "1" },
  { ingredient = "morphine", route = ["intravenous"], factor = "3" },
  { ingredient = "oxycodone", route = ["oral"], factor = "1.5" },
  { ingredient = "codeine", route = ["oral"], factor = "0.15" },
  { ingredient = "fentanyl", route = ["transdermal"], factor = "2.4", per = "ug/h" },
]
[[dose.band]]
name = "everyone"
limits = [ { daily-max = "50 mg", kind = "usual" }, { daily-max = "90 mg", kind = "absolute", severity = "major" } ]
"#;

const CASES: &[Case] = &[
    case("at the limit", "orders morphine route=oral dose=25_mg times=2", ""),
    case("beyond it", "orders morphine route=oral dose=26_mg times=2", "moderate passive opioids: morphine"),
    case("by its factor", "orders oxycodone route=oral dose=15_mg times=2", ""),
    case(
        "by its factor, beyond",
        "orders oxycodone route=oral dose=20_mg times=2",
        "moderate passive opioids: oxycodone",
    ),
    case(
        "by another route another factor",
        "orders morphine route=intravenous dose=10_mg times=2",
        "moderate passive opioids: morphine",
    ),
    case(
        "added up over what is taken",
        "takes morphine route=oral dose=30_mg times=2; orders oxycodone route=oral dose=15_mg times=2",
        "major interruptive opioids: oxycodone, morphine",
    ),
    case(
        "added up, just at the end",
        "takes morphine route=oral dose=30_mg times=2; orders oxycodone route=oral dose=10_mg times=2",
        "moderate passive opioids: oxycodone, morphine",
    ),
    case(
        "what ended is not added",
        "takes morphine route=oral dose=30_mg times=2 until=2025-12-01; orders oxycodone route=oral dose=10_mg times=2",
        "",
    ),
    case(
        "what the order replaces is not added",
        "takes morphine route=oral dose=30_mg times=2 ref=m1; orders oxycodone route=oral dose=15_mg times=2 replaces=m1",
        "",
    ),
    case(
        "a patch of 25 micrograms an hour is 60 mg",
        "orders 5005 dose=1_patch times=1 per=72_h",
        "moderate passive opioids: fentanyl",
    ),
    case(
        "two patches are 120 mg",
        "orders 5005 dose=2_patches times=1 per=72_h",
        "major interruptive opioids: fentanyl",
    ),
    case("an ingredient of a combination", "orders 5006 dose=2_tablet times=4", "moderate passive opioids: oxycodone"),
    case("an ingredient of a combination, less of it", "orders 5006 dose=1_tablet times=4", ""),
    case(
        "a drug without a factor",
        "takes acetaminophen route=oral dose=4_g times=1; orders codeine route=oral dose=60_mg times=4",
        "",
    ),
    case(
        "a route without a factor",
        "orders oxycodone route=intravenous dose=1_mg times=1",
        "gap dose-unknown: dose of oxycodone: it has no factor by its route, to be added up with others (opioids)",
    ),
    case(
        "a route without a factor beside it",
        "takes oxycodone route=intravenous dose=50_mg times=1; orders morphine route=oral dose=10_mg times=1",
        "gap dose-unknown: dose of oxycodone: it has no factor by its route, to be added up with others (opioids)",
    ),
    case(
        "a route nobody said",
        "orders morphine dose=60_mg times=1",
        "gap dose-unknown: dose of morphine: its route is not known, and what it counts depends on it (opioids)",
    ),
    case(
        "a route nobody said, of one factor",
        "orders oxycodone dose=40_mg times=1",
        "moderate passive opioids: oxycodone",
    ),
    case(
        "no dose beside it",
        "takes oxycodone route=oral; orders morphine route=oral dose=10_mg times=1",
        "gap dose-unknown: dose of oxycodone: none was entered (opioids)",
    ),
    case(
        "only when needed it informs",
        "orders morphine route=oral dose=30_mg times=4 prn=1",
        "major passive opioids: morphine",
    ),
    case("in hospital the rule is silent", "orders morphine route=oral dose=60_mg times=2 setting=inpatient", ""),
    case(
        "at the clinic it speaks",
        "orders morphine route=oral dose=60_mg times=2 setting=outpatient",
        "major interruptive opioids: morphine",
    ),
    case(
        "counted in a unit that is no mass",
        "orders morphine route=oral dose=2_tablet times=2",
        "gap dose-unknown: dose of morphine: no strength is known to work it out with (opioids)",
    ),
];

#[test]
fn equivalents() {
    run_with(pack_with(RULE), CASES);
}

#[test]
fn words() {
    let screener = Screener::new(pack_with(RULE));
    let chart = chart("takes morphine route=oral dose=30_mg times=2; orders oxycodone route=oral dose=15_mg times=2");
    let screening = screener.screen(&chart);
    assert_eq!(
        screening.findings[0].drivers,
        [
            "ordered 45 mg a day (as oral morphine), 105 mg a day (as oral morphine) with what else is taken; limit 90 mg a day (as oral morphine) (absolute)",
            "ordered 45 mg a day (as oral morphine), 105 mg a day (as oral morphine) with what else is taken; limit 50 mg a day (as oral morphine) (usual)"
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The slow twin: hundredths of a milligram, drug by drug.
    #[test]
    fn the_sum_is_as_a_hand_reckons_it(drugs in prop::collection::vec((0usize..4, 1u32..40, 1u32..5), 1..5)) {
        const DRUGS: [(&str, &str, u32); 4] = [
            ("morphine", "oral", 100), ("morphine", "intravenous", 300), ("oxycodone", "oral", 150), ("codeine", "oral", 15),
        ];
        let screener = Screener::new(pack_with(RULE));
        let line = |(n, (drug, mg, times)): (usize, &(usize, u32, u32))| {
            let (name, route, _) = DRUGS[*drug];
            let word = if n == 0 { "orders" } else { "takes" };
            // Each its own order of its own drug: unlinked, of another schedule than any other.
            format!("{word} {name} route={route} ref=r{n} dose={mg}_mg times={times}")
        };
        let text: Vec<String> = drugs.iter().enumerate().map(line).collect();
        let renewed = drugs[1..].iter().any(|other| *other == drugs[0]);
        prop_assume!(!renewed);
        let hundredths: u32 = drugs.iter().map(|(drug, mg, times)| DRUGS[*drug].2 * mg * times).sum();
        let screening = screener.screen(&chart(&text.join("; ")));
        let said = screening.findings.iter().find(|f| f.rule.id == "opioids").map(|f| f.severity.word());
        let wanted = match hundredths {
            0..=5_000 => None,
            5_001..=9_000 => Some("moderate"),
            _ => Some("major"),
        };
        prop_assert_eq!(said, wanted, "{}", text.join("; "));
    }
}

#[test]
fn the_pack_holds_factors_and_proves_them() {
    type Change = fn(&mut RawPack);
    let raw = || raw_with(RULE);
    let doses = raw().doses;
    let row = doses.equivalent_words.iter().position(|w| *w != NONE).unwrap();
    let each = doses.equivalent_starts[row] as usize..doses.equivalent_starts[row + 1] as usize;
    let factors: Vec<(i64, i64)> =
        each.map(|n| (doses.equivalent_numerators[n], doses.equivalent_denominators[n])).collect();
    // 2.4 mg for each microgram an hour are 100 mg for each milligram of a day.
    assert_eq!(factors, [(1, 1), (3, 1), (3, 2), (3, 20), (100, 1)]);
    let cases: [(Change, &str); 4] = [
        (
            |p| p.doses.equivalent_numerators = Column::new(vec![1, 0, 1, 1, 1]),
            "table `doses`, column `equivalent_numerators`, row 1: 0 means",
        ),
        (
            |p| p.doses.equivalent_denominators = Column::new(vec![1]),
            "table `doses`: column `equivalent_denominators` has 1 rows, it must have 5",
        ),
        (|p| p.doses.equivalent_sets = Column::new(vec![9_999; 5]), "table `doses`, row 0: id 9999 is out of range"),
        (|p| p.doses.equivalent_starts = Column::new(vec![0]), "table `doses`"),
    ];
    for (change, expected) in cases {
        let mut changed = raw();
        change(&mut changed);
        let error = verify(changed, [0; 32]).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\ninstead of {expected}");
    }
}
