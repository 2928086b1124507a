//! States of the body that change with days: weeks of a pregnancy, dialysis, acute kidney injury; each hit beside its near
//! miss. As of 15 January 2026.

use crate::checks::{Case, case, pack_with, run_with};

/// NSAIDs from 20 weeks on, and worse from 30 weeks on.
const PREGNANCY: &str = r#"
[[contraindication]]
id = "nsaid-weeks"
version = 1
title = "NSAID late in pregnancy"
severity = "moderate"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
drug = { class = "nsaid" }
when = { pregnant = ">= 20 weeks" }
missing = "ask"
[[contraindication.modifier]]
when = { pregnant = ">= 30 weeks" }
missing = "ignore"
because = "30 weeks or more"
severity = "contraindicated"
"#;

const WEEKS: &[Case] = &[
    case("19 weeks and 6 days", "pregnant due=2026-06-05; orders ibuprofen route=oral", ""),
    case("20 weeks", "pregnant due=2026-06-04; orders ibuprofen route=oral", "moderate passive nsaid-weeks: ibuprofen"),
    case(
        "29 weeks and 6 days",
        "pregnant due=2026-03-27; orders ibuprofen route=oral",
        "moderate passive nsaid-weeks: ibuprofen",
    ),
    case(
        "30 weeks",
        "pregnant due=2026-03-26; orders ibuprofen route=oral",
        "contraindicated interruptive nsaid-weeks: ibuprofen",
    ),
    case(
        "pregnant, and nobody says how far",
        "pregnant; orders ibuprofen route=oral",
        "gap missing: gestational age (nsaid-weeks)",
    ),
    case(
        "the month of the due date alone, beyond doubt",
        "pregnant due=2026-05; orders ibuprofen route=oral",
        "moderate passive nsaid-weeks: ibuprofen",
    ),
    case(
        "the month of the due date alone, in doubt",
        "pregnant due=2026-06; orders ibuprofen route=oral",
        "gap missing: gestational age to the day (nsaid-weeks)",
    ),
    case("not pregnant", "pregnant no; orders ibuprofen route=oral", ""),
    case("not said", "orders ibuprofen route=oral", "gap missing: pregnancy status (nsaid-weeks)"),
];

#[test]
fn weeks_of_a_pregnancy() {
    run_with(pack_with(PREGNANCY), WEEKS);
}
