//! Interactions of three or more: one tablet may bring several of the drugs, and a product never meets itself alone.
//! `a+b` is a product of two ingredients.

use crate::checks::{Case, case, chart, pack, run};
use caveat::engine::screen::Screener;
use proptest::prelude::*;
use std::collections::BTreeSet;

const CASES: &[Case] = &[
    case(
        "three tablets",
        "takes lisinopril; takes furosemide; orders ibuprofen route=oral",
        "major interruptive triple-whammy: ibuprofen, lisinopril, furosemide",
    ),
    case(
        "two of them in one tablet",
        "takes lisinopril+furosemide; orders ibuprofen route=oral",
        "major interruptive triple-whammy: ibuprofen, lisinopril, furosemide",
    ),
    case(
        "the tablet of two is ordered",
        "takes ibuprofen route=oral; orders lisinopril+furosemide",
        "major interruptive triple-whammy: lisinopril, ibuprofen, furosemide",
    ),
    case("the tablet of two alone", "orders lisinopril+furosemide", ""),
    case("the tablet of two beside another drug", "takes acetaminophen; orders lisinopril+furosemide", ""),
    case("one of the two is no part of it", "takes lisinopril+acetaminophen; orders ibuprofen route=oral", ""),
    case("all three in one product, alone", "orders ibuprofen+lisinopril+furosemide route=oral", ""),
    case(
        "all three in one, beside another drug",
        "takes acetaminophen; orders ibuprofen+lisinopril+furosemide route=oral",
        "",
    ),
    case("two of a class in one product, alone", "orders amiodarone+haloperidol", ""),
    case(
        "two of a class in one product, and a third",
        "takes amiodarone+haloperidol; orders ondansetron",
        "major interruptive qt-any-two: ondansetron, amiodarone, haloperidol",
    ),
    case(
        "one of a class in a product, and another",
        "takes amiodarone+acetaminophen; orders ondansetron",
        "major interruptive qt-any-two: ondansetron, amiodarone",
    ),
];

#[test]
fn combinations() {
    run(CASES);
}

const NAMES: [&str; 6] = ["ibuprofen", "lisinopril", "furosemide", "amiodarone", "haloperidol", "ondansetron"];
/// The slots of `triple-whammy` and of `qt-any-two`, by places in `NAMES`.
const TRIPLE: &[&[usize]] = &[&[0], &[1], &[2]];
const TWO: &[&[usize]] = &[&[3, 4, 5], &[3, 4, 5]];

/// Whether the slots can be filled: tried out, every tablet and ingredient in every slot.
fn filled(slots: &[&[usize]], tablets: &[(BTreeSet<usize>, bool)], chosen: &mut Vec<(usize, usize)>) -> bool {
    let Some(slot) = slots.get(chosen.len()) else {
        let ordered = chosen.iter().any(|(tablet, _)| tablets[*tablet].1);
        return ordered && chosen.iter().any(|(tablet, _)| *tablet != chosen[0].0);
    };
    for (n, (tablet, _)) in tablets.iter().enumerate() {
        for drug in slot.iter().filter(|d| tablet.contains(d)) {
            if chosen.iter().all(|(_, other)| other != drug) {
                chosen.push((n, *drug));
                let found = filled(slots, tablets, chosen);
                chosen.pop();
                if found {
                    return true;
                }
            }
        }
    }
    false
}

proptest! {
    #[test]
    fn slots_are_filled_as_by_trying_out(
        tablets in prop::collection::btree_map(prop::collection::btree_set(0..NAMES.len(), 1..4), any::<bool>(), 1..5)
    ) {
        let tablets: Vec<(BTreeSet<usize>, bool)> = tablets.into_iter().collect();
        let line = |(drugs, ordered): &(BTreeSet<usize>, bool)| {
            let names: Vec<&str> = drugs.iter().map(|d| NAMES[*d]).collect();
            format!("{} {} route=oral", if *ordered { "orders" } else { "takes" }, names.join("+"))
        };
        let text = tablets.iter().map(line).collect::<Vec<_>>().join("; ");
        let screener = Screener::new(pack());
        let chart = chart(&text);
        let screening = screener.screen(&chart);
        for (rule, slots) in [("triple-whammy", TRIPLE), ("qt-any-two", TWO)] {
            let said = screening.findings.iter().any(|f| f.rule.id == rule || f.also.iter().any(|a| a.id == rule));
            prop_assert_eq!(said, filled(slots, &tablets, &mut Vec::new()), "{} for {}", rule, text);
        }
    }
}
