//! States of the body that change with days: weeks of a pregnancy, dialysis, acute kidney injury; each hit beside its near
//! miss. As of 15 January 2026.

use crate::checks::{Case, case, pack_with, run_with};

/// NSAIDs from 20 weeks on, and worse from 30 weeks on.
const PREGNANCY: &str = r#"
[[problem]]
name = "pregnancy"
title = "pregnancy"
snomed = ["77386006"]
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
    case(
        "an active problem of this autumn",
        "problem snomed|77386006 2025-10-01; orders ibuprofen route=oral",
        "gap missing: gestational age (nsaid-weeks)",
    ),
    case(
        "an active problem nobody dated",
        "problem snomed|77386006; orders ibuprofen route=oral",
        "gap missing: pregnancy status (nsaid-weeks)",
    ),
    case(
        "an active problem of two years ago",
        "problem snomed|77386006 2024-01-01; orders ibuprofen route=oral",
        "gap missing: recent pregnancy status (nsaid-weeks)",
    ),
    case("not pregnant", "pregnant no; orders ibuprofen route=oral", ""),
    case("not said", "orders ibuprofen route=oral", "gap missing: pregnancy status (nsaid-weeks)"),
];

#[test]
fn weeks_of_a_pregnancy() {
    run_with(pack_with(PREGNANCY), WEEKS);
}

/// Metformin on dialysis, and in acute kidney injury.
const KIDNEYS: &str = r#"
[[problem]]
name = "dialysis"
title = "dialysis"
snomed = ["265764009"]
[[problem]]
name = "acute-kidney-injury"
title = "acute kidney injury"
snomed = ["14669001"]
[[lab]]
name = "creatinine"
title = "creatinine"
loinc = ["2160-0"]
unit = "mg/dL"
convert = [ { unit = "umol/L", times = "100/8842" } ]
[[contraindication]]
id = "on-dialysis"
version = 1
title = "Lithium on dialysis"
severity = "major"
management = "assess"
risk = "harm"
advice = "think again"
consequence = "Harm."
actions = ["Think again."]
evidence = { level = "probable", sources = ["for the test"] }
author = "test"
review = "2030-01-01"
drug = { ingredient = "lithium" }
when = { dialysis = true }
missing = "ask"
[[contraindication]]
id = "in-injury"
version = 1
title = "Naproxen in acute kidney injury"
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
when = { acute-kidney-injury = true }
missing = "ask"
"#;

const ON_DIALYSIS: &str = "major interruptive on-dialysis: lithium";

const DIALYSIS: &[Case] = &[
    case("a problem", "problem snomed|265764009; orders lithium", ON_DIALYSIS),
    case("no problem", "orders lithium", ""),
    case("a session a week ago", "procedure snomed|265764009 2026-01-08; orders lithium", ON_DIALYSIS),
    case("a session two weeks ago", "procedure snomed|265764009 2026-01-01; orders lithium", ON_DIALYSIS),
    case(
        "a session more than two weeks ago",
        "procedure snomed|265764009 2025-12-31; orders lithium",
        "gap missing: whether still on dialysis (last on 2025-12-31) (on-dialysis)",
    ),
    case("a session half a year ago", "procedure snomed|265764009 2025-07-01; orders lithium", ""),
    case(
        "the last of several sessions counts",
        "procedure snomed|265764009 2025-07-01; procedure snomed|265764009 2026-01-12; orders lithium",
        ON_DIALYSIS,
    ),
    case("one that goes on", "procedure snomed|265764009 ongoing; orders lithium", ON_DIALYSIS),
    case("one still ahead", "procedure snomed|265764009 2026-02-01; orders lithium", ""),
    case("another procedure", "procedure snomed|80146002 2026-01-12; orders lithium", ""),
    case(
        "neither problems nor procedures came",
        "unsent=problems; orders lithium",
        "gap missing: dialysis (on-dialysis) | gap not-sent: problems",
    ),
    case(
        "problems did not come, a session did",
        "unsent=problems; procedure snomed|265764009 2026-01-12; orders lithium",
        "major interruptive on-dialysis: lithium | gap not-sent: problems",
    ),
];

const IN_INJURY: &str = "major interruptive in-injury: naproxen";

const INJURY: &[Case] = &[
    case("a problem", "problem snomed|14669001; orders naproxen", IN_INJURY),
    case("one creatinine shows no rise", "creatinine 4.0 mg/dL 2026-01-15T08:00:00Z; orders naproxen", ""),
    case(
        "0.3 within 48 hours",
        "creatinine 1.0 mg/dL 2026-01-13T08:00:00Z; creatinine 1.3 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        IN_INJURY,
    ),
    case(
        "0.29 within 48 hours",
        "creatinine 1.0 mg/dL 2026-01-13T08:00:00Z; creatinine 1.29 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "0.3 within 49 hours",
        "creatinine 1.0 mg/dL 2026-01-13T07:00:00Z; creatinine 1.3 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "0.3 from one day to the next",
        "creatinine 1.0 mg/dL 2026-01-14; creatinine 1.3 mg/dL 2026-01-15; orders naproxen",
        IN_INJURY,
    ),
    case(
        "0.3 over two days, at hours nobody said",
        "creatinine 1.0 mg/dL 2026-01-13; creatinine 1.3 mg/dL 2026-01-15; orders naproxen",
        "",
    ),
    case(
        "0.3 on one day, in an order nobody said",
        "creatinine 1.0 mg/dL 2026-01-15; creatinine 1.3 mg/dL 2026-01-15; orders naproxen",
        "",
    ),
    case(
        "26.5 micromoles",
        "creatinine 80 umol/L 2026-01-14T08:00:00Z; creatinine 106.5 umol/L 2026-01-15T08:00:00Z; orders naproxen",
        IN_INJURY,
    ),
    case(
        "26.4 micromoles",
        "creatinine 80 umol/L 2026-01-14T08:00:00Z; creatinine 106.4 umol/L 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "1.5 times within seven days",
        "creatinine 0.5 mg/dL 2026-01-09T08:00:00Z; creatinine 0.75 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        IN_INJURY,
    ),
    case(
        "less than 1.5 times within seven days",
        "creatinine 0.5 mg/dL 2026-01-09T08:00:00Z; creatinine 0.74 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "1.5 times in eight days",
        "creatinine 0.5 mg/dL 2026-01-07T08:00:00Z; creatinine 0.75 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "risen and falling, not yet down",
        "creatinine 1.0 mg/dL 2026-01-10T08:00:00Z; creatinine 2.5 mg/dL 2026-01-12T08:00:00Z; creatinine 2.0 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        IN_INJURY,
    ),
    case(
        "risen and down again",
        "creatinine 1.0 mg/dL 2026-01-10T08:00:00Z; creatinine 2.5 mg/dL 2026-01-12T08:00:00Z; creatinine 1.1 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "a rise of last month",
        "creatinine 1.0 mg/dL 2025-12-10T08:00:00Z; creatinine 2.5 mg/dL 2025-12-11T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "falling only",
        "creatinine 2.0 mg/dL 2026-01-14T08:00:00Z; creatinine 1.0 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case("without a date", "creatinine 1.0 mg/dL 2026-01-14T08:00:00Z; creatinine 1.5 mg/dL; orders naproxen", ""),
    case(
        "in a unit that does not convert",
        "creatinine 1.0 mg/dL 2026-01-14T08:00:00Z; creatinine 150 mg/L 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "on dialysis it rises between sessions",
        "procedure snomed|265764009 2026-01-12; creatinine 3.0 mg/dL 2026-01-13T08:00:00Z; creatinine 6.0 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "",
    ),
    case(
        "problems did not come, the rise shows",
        "unsent=problems; creatinine 1.0 mg/dL 2026-01-14T08:00:00Z; creatinine 1.5 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "major interruptive in-injury: naproxen | gap missing: whether upper gastrointestinal bleeding is among the problems (nsaid-bleed) | gap not-sent: problems",
    ),
    case(
        "problems did not come, no rise shows",
        "unsent=problems; creatinine 1.0 mg/dL 2026-01-14T08:00:00Z; creatinine 1.1 mg/dL 2026-01-15T08:00:00Z; orders naproxen",
        "gap missing: acute kidney injury (in-injury) | gap missing: whether upper gastrointestinal bleeding is among the problems (nsaid-bleed) | gap not-sent: problems",
    ),
];

/// Digoxin below 30 mL/min.
const CLEARANCE: &str = r#"
[[contraindication]]
id = "low-clearance"
version = 1
title = "Digoxin with weak kidneys"
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
when = { crcl = "< 30 mL/min" }
missing = "ask"
"#;

const LOW: &str = "major interruptive low-clearance: digoxin";
const NOT_KNOWN: &str = "gap missing: creatinine clearance (low-clearance)";

/// Of a man of 80 years and 72 kg with a creatinine of 2 mg/dL: 60 x 72 / (72 x 2) = 30.
const WORKED_OUT: &[Case] = &[
    case("30 mL/min", "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.0 2026-01-10; orders digoxin", ""),
    case("a little less", "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.01 2026-01-10; orders digoxin", LOW),
    case("a woman, by 0.85", "born=1946-01-15; sex=female; weight=72_kg; kidneys 2.0 2026-01-10; orders digoxin", LOW),
    case("a woman, 30 mL/min", "born=1946-01-15; sex=female; weight=72_kg; kidneys 1.7 2026-01-10; orders digoxin", ""),
    case(
        "the day before a birthday",
        "born=1946-01-16; sex=male; weight=72_kg; kidneys 2.01 2026-01-10; orders digoxin",
        "",
    ),
    case(
        "the year of birth alone, in doubt",
        "born=1946; sex=male; weight=72_kg; kidneys 2.01 2026-01-10; orders digoxin",
        "gap missing: full date of birth (low-clearance)",
    ),
    case(
        "the year of birth alone, beyond doubt",
        "born=1946; sex=male; weight=72_kg; kidneys 2.1 2026-01-10; orders digoxin",
        LOW,
    ),
    case("no weight", "born=1946-01-15; sex=male; kidneys 2.1 2026-01-10; orders digoxin", NOT_KNOWN),
    case("no sex", "born=1946-01-15; weight=72_kg; kidneys 2.1 2026-01-10; orders digoxin", NOT_KNOWN),
    case("a child", "born=2009-01-15; sex=male; weight=72_kg; kidneys 9.0 2026-01-10; orders digoxin", NOT_KNOWN),
    case(
        "a creatinine of two years ago",
        "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.1 2024-01-10; orders digoxin",
        NOT_KNOWN,
    ),
    case(
        "an older clearance gives way",
        "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.1 2026-01-10; clearance 60 2026-01-02; orders digoxin",
        LOW,
    ),
    case(
        "a newer clearance stands",
        "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.1 2026-01-10; clearance 60 2026-01-12; orders digoxin",
        "",
    ),
    case(
        "in acute injury nothing is worked out",
        "born=1946-01-15; sex=male; weight=72_kg; kidneys 2.1 2026-01-15T08:00:00Z; creatinine 1.0 mg/dL 2026-01-14T08:00:00Z; creatinine 2.1 mg/dL 2026-01-15T08:00:00Z; orders digoxin",
        NOT_KNOWN,
    ),
];

#[test]
fn clearance_is_worked_out() {
    run_with(pack_with(&[KIDNEYS, CLEARANCE].concat()), WORKED_OUT);
}

#[test]
fn dialysis() {
    run_with(pack_with(KIDNEYS), DIALYSIS);
}

#[test]
fn acute_kidney_injury() {
    run_with(pack_with(KIDNEYS), INJURY);
}
