//! What could not be checked, said once: one datum is one gap whoever asked, and so is what an order wanted of a list that
//! did not come; what must never be silent stays by itself.

use crate::checks::{Case, case, chart, pack_with, run_with};
use caveat::clinical::chart::{Entry, List, Receipt, Received};
use caveat::engine::finding::{Cell, Gap, GapKind};
use caveat::engine::gaps::{WANTED_NAMES_MAX, settle_gaps, wanted};
use caveat::engine::screen::Screener;

/// A rule that asks something of an order.
fn asking(id: &str, drug: &str, when: &str, more: &str) -> String {
    format!(
        r#"[[contraindication]]
id = "{id}"
version = 1
title = "Test"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = {{ level = "probable", sources = ["for the test"] }}
author = "test"
review = "2030-01-01"
drug = {{ ingredient = "{drug}" }}
when = {{ {when} }}
missing = "ask"
{more}
"#
    )
}

fn rules() -> String {
    let problem = |name: &str, title: &str, code: u32| {
        format!("[[problem]]\nname = \"{name}\"\ntitle = \"{title}\"\nsnomed = [\"{code}\"]\n")
    };
    [
        problem("gout", "gout", 90_560_007),
        problem("asthma", "asthma", 195_967_001),
        asking("a-gout", "simvastatin", "problem = \"gout\"", ""),
        asking("b-asthma", "simvastatin", "problem = \"asthma\"", ""),
        asking("c-asthma", "warfarin", "problem = \"asthma\"", ""),
        asking("d-egfr", "lithium", "egfr = \"< 30 mL/min/1.73m2\"", ""),
        asking("e-egfr", "lithium", "egfr = \"< 60 mL/min/1.73m2\"", ""),
        asking("f-never", "digoxin", "problem = \"asthma\"", "never-silence = true"),
        asking("g-too", "digoxin", "problem = \"gout\"", ""),
        asking("h-too", "digoxin", "problem = \"asthma\"", ""),
    ]
    .concat()
}

const CASES: &[Case] = &[
    case("the list came", "orders simvastatin", ""),
    case(
        "two problems for one order",
        "unsent=problems; orders simvastatin",
        "gap missing: whether asthma and gout are among the problems (a-gout, b-asthma) | gap not-sent: problems",
    ),
    case(
        "one problem",
        "unsent=problems; orders warfarin",
        "gap missing: whether asthma is among the problems (c-asthma) | gap not-sent: problems",
    ),
    case(
        "each order by itself",
        "unsent=problems; orders simvastatin; orders warfarin",
        "gap missing: whether asthma and gout are among the problems (a-gout, b-asthma) | gap missing: whether asthma is among the problems (c-asthma) | gap not-sent: problems",
    ),
    case("one datum of the patient for two rules", "orders lithium", "gap missing: eGFR (d-egfr, e-egfr)"),
    case(
        "what must never be silent stays by itself",
        "unsent=problems; orders digoxin",
        "gap missing: whether asthma and gout are among the problems (g-too, h-too) | gap missing: whether asthma is among the problems (f-never) | gap not-sent: problems",
    ),
];

#[test]
fn cases() {
    run_with(pack_with(&rules()), CASES);
}

#[test]
fn nothing_is_lost() {
    let screener = Screener::new(pack_with(&rules()));
    let chart = chart("unsent=problems; orders warfarin; orders digoxin");
    let screening = screener.screen(&chart);
    for row in &screening.checked.rows {
        assert_eq!(row.cells[4], Cell::DataMissing, "{row:?}");
    }
    let cards: Vec<_> =
        screening.gaps.iter().filter(|g| g.on_card).map(|g| (g.rule.as_deref(), g.orders.len())).collect();
    assert_eq!(cards, [(Some("f-never"), 1)]);
    for gap in screening.gaps.iter().filter(|g| g.rule.is_some()) {
        assert_eq!(gap.orders.len(), 1, "{gap:?}");
    }
}

fn want(rule: &str, order: u32, name: &str) -> Gap {
    let entry = Entry::List(List::Problems);
    let gap = Gap::new(entry, GapKind::Missing, wanted(List::Problems, name), false);
    Gap { rule: Some(rule.to_owned()), orders: vec![Entry::Medication(order)], ..gap }
}

fn settled(gaps: Vec<Gap>, problems: Receipt) -> Vec<String> {
    let whole = || Receipt::Complete;
    let received = Received { patient: whole(), medications: whole(), allergies: whole(), problems, labs: whole() };
    let line = |g: Gap| format!("{} <- {} for {:?}", g.words, g.rules().collect::<Vec<_>>().join(", "), g.orders);
    settle_gaps(gaps, &received).into_iter().map(line).collect()
}

#[test]
fn words_are_bounded_and_rules_are_not() {
    let many = |n: usize| (0..n).rev().map(|n| want(&format!("r{n}"), 0, &format!("p{n}"))).collect::<Vec<_>>();
    let rules = |n: usize| (0..n).map(|n| format!("r{n}")).collect::<Vec<_>>().join(", ");
    assert_eq!(
        settled(many(WANTED_NAMES_MAX), Receipt::NotSent),
        [format!("whether p0, p1, p2, p3, p4 and p5 are among the problems <- {} for [Medication(0)]", rules(6))]
    );
    assert_eq!(
        settled(many(9), Receipt::Partial),
        [format!(
            "whether p0, p1, p2, p3, p4, p5 and 3 more are among the problems <- {} for [Medication(0)]",
            rules(9)
        )]
    );
    // A list that came whole is asked for what it lacks one by one.
    assert_eq!(settled(many(3), Receipt::Complete).len(), 3);
}

#[test]
fn orders_that_want_the_same_share_a_gap() {
    let gaps = vec![want("b", 1, "gout"), want("a", 0, "gout"), want("a", 0, "gout")];
    assert_eq!(
        settled(gaps, Receipt::NotSent),
        ["whether gout is among the problems <- a, b for [Medication(0), Medication(1)]"]
    );
}

#[test]
fn what_is_asked_in_other_words_stands_as_it_is() {
    let date = Gap { words: "date of asthma".to_owned(), ..want("b", 0, "asthma") };
    assert_eq!(
        settled(vec![want("a", 0, "gout"), date], Receipt::NotSent),
        ["date of asthma and whether gout is among the problems <- a, b for [Medication(0)]"]
    );
}
