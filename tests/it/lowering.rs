//! What the compiler makes of a small folder with every kind of rule: looked up in the tables as the engine reads them.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use caveat::clinical::chart::{AllergyStatus, Receipt};
use caveat::clinical::code::{Code, System};
use caveat::compile::build::compile;
use caveat::diagnostic::render::render;
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::pack::case::Case;
use caveat::pack::format::{decode, encode};
use caveat::pack::ids::{NONE, NONE16};
use caveat::pack::read::Pack;
use caveat::pack::tables::{AllergenTarget, DrugTarget, RawPack};
use caveat::pack::verify::verify;
use caveat::source::parse::parse;
use std::path::Path;

fn raw() -> RawPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/compile");
    let read = |name: &&str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        SourceFile { path: (*name).to_owned(), text }
    };
    let files: Vec<SourceFile> = ["base.toml", "base.csv", "whole.toml"].iter().map(read).collect();
    let (tree, mistakes) = parse(&files);
    assert!(mistakes.is_empty(), "{}", render(&mistakes, &files, false));
    let (raw, complaints) = compile(&tree);
    let errors: Vec<_> =
        complaints.into_iter().filter(|c| c.level == Level::Error || !c.code.starts_with("K04")).collect();
    assert!(errors.is_empty() || errors.iter().all(|c| c.code == "K0305"), "{}", render(&errors, &files, false));
    raw.unwrap()
}

fn pack() -> Pack {
    decode(&encode(&raw())).unwrap()
}

fn code(system: System, value: &str) -> Code {
    Code::new(system, value).unwrap()
}

fn ingredient(pack: &Pack, id: u16) -> &str {
    if id == NONE16 { "any product" } else { pack.text(pack.raw().ingredients.names[usize::from(id)]) }
}

fn rule(pack: &Pack, name: &str) -> usize {
    pack.raw().rules.names.iter().position(|n| pack.text(*n) == name).unwrap()
}

#[test]
fn codes_of_drugs_lead_where_they_should() {
    let pack = pack();
    let words = |target: Option<DrugTarget>| match target {
        Some(DrugTarget::Ingredient(id)) => format!("ingredient {}", ingredient(&pack, id)),
        Some(DrugTarget::Product(row)) => {
            let products = &pack.raw().products;
            let part = products.part_starts[row as usize] as usize;
            let salt = products.part_salts[part];
            let salt =
                if salt == NONE16 { "" } else { pack.text(pack.raw().ingredients.salt_names[usize::from(salt)]) };
            let strength = (products.amount_dimensions[part], products.amount_numerators[part]);
            format!(
                "{} / {} / {salt} / {strength:?}",
                pack.text(products.names[row as usize]),
                ingredient(&pack, products.part_ingredients[part])
            )
        }
        Some(DrugTarget::Excluded(reason)) => format!("excluded: {}", pack.text(reason)),
        None => String::from("unknown"),
    };
    for (rxnorm, expected) in [
        ("11289", "ingredient warfarin"),
        ("203188", "ingredient cefalexin"),
        ("114194", "warfarin sodium / warfarin / warfarin sodium / (255, 0)"),
        ("855332", "warfarin sodium 5 MG Oral Tablet / warfarin / warfarin sodium / (0, 5000000)"),
        ("310965", "ibuprofen 200 MG Oral Tablet / ibuprofen /  / (0, 200000000)"),
        ("313002", "excluded: carrier fluid"),
        ("11280", "unknown"),
    ] {
        assert_eq!(words(pack.drug(&code(System::RxNorm, rxnorm))), expected, "{rxnorm}");
    }
}

#[test]
fn codes_of_allergens_lead_where_they_should() {
    let pack = pack();
    let words = |target: Option<AllergenTarget>| match target {
        Some(AllergenTarget::Ingredient(id)) => format!("ingredient {}", ingredient(&pack, id)),
        Some(AllergenTarget::Class(id)) => format!("class {}", pack.text(pack.raw().classes.names[usize::from(id)])),
        Some(AllergenTarget::Other(id)) => {
            format!("allergen {}", pack.text(pack.raw().allergens.names[usize::from(id)]))
        }
        Some(AllergenTarget::Negation(kind)) => format!("negation {kind}"),
        None => String::from("unknown"),
    };
    for (snomed, expected) in [
        ("764146007", "class penicillin"),
        ("91936005", "class penicillin"),
        ("294505008", "ingredient amoxicillin"),
        ("111088007", "allergen latex"),
        ("409137002", "negation 1"),
        ("7984", "unknown"),
    ] {
        assert_eq!(words(pack.allergen(&code(System::Snomed, snomed))), expected, "{snomed}");
    }
}

#[test]
fn a_problem_is_every_wider_one_too() {
    let pack = pack();
    let words = |snomed: &str| -> Vec<&str> {
        let ids = pack.problems(&code(System::Snomed, snomed)).unwrap();
        ids.iter().map(|id| pack.text(pack.raw().problems.names[usize::from(*id)])).collect()
    };
    assert_eq!(words("74474003"), ["bleed", "gi-bleed"]);
    assert_eq!(words("131148009"), ["bleed"]);
}

#[test]
fn modifiers_inherit_and_know_their_direction() {
    let pack = pack();
    let (rules, modifiers, outcomes) = (&pack.raw().rules, &pack.raw().modifiers, &pack.raw().outcomes);
    let row = rule(&pack, "warfarin-nsaid");
    assert_eq!((rules.onsets[row], rules.offsets[row], rules.versions[row]), (345_600, 172_800, 3));
    assert_eq!(
        pack.text(pack.raw().conditions.written[rules.gates[row] as usize]),
        "not (route local of the precipitant)"
    );
    let found: Vec<String> = (rules.modifier_starts[row]..rules.modifier_starts[row + 1])
        .map(|n| n as usize)
        .map(|n| {
            let outcome = modifiers.outcomes[n] as usize;
            let texts = |ids: &[u32]| ids.iter().map(|id| pack.text(*id)).collect::<Vec<_>>().join("+");
            format!(
                "{}: missing {} direction {} severity {} loudness {} risk {} | {} | {} | {}",
                pack.text(pack.raw().conditions.written[modifiers.conditions[n] as usize]),
                modifiers.missing[n],
                modifiers.directions[n],
                outcomes.severities[outcome],
                outcomes.loudness[outcome],
                pack.text(outcomes.risks[outcome]),
                texts(outcomes.actions.row(outcome)),
                texts(outcomes.actions_object.row(outcome)),
                pack.text(modifiers.because[n]),
            )
        })
        .collect();
    let expected = [
        "duration < 3 d of the precipitant: missing 1 direction 2 severity 1 loudness 0 risk bleeding | stop it | stop the other | ",
        "age >= 65 years and bleed ever: missing 0 direction 1 severity 3 loudness 0 risk bleeding | never |  | old, and bled",
        "potassium 3.5 to 5 mEq/L within 7 d: missing 1 direction 2 severity 255 loudness 0 risk bleeding | stop it | stop the other | ",
        "as needed of the precipitant: missing 1 direction 2 severity 2 loudness 1 risk bleeding | stop it | stop the other | ",
        "route rectal of the precipitant: missing 1 direction 0 severity 2 loudness 0 risk bleeding all the same | stop it | stop the other | ",
    ];
    assert_eq!(found, expected);
}

#[test]
fn allergies_cross_as_the_record_is_wide() {
    let pack = pack();
    let table = &pack.raw().allergies;
    let words = |rows: &[u32]| -> Vec<String> {
        let crossing = |row: &u32| {
            let rule = caveat::pack::ids::RuleId(table.crossing_rules[*row as usize]);
            format!("{} {}", ingredient(&pack, table.crossing_ingredients[*row as usize]), pack.rule_name(rule))
        };
        rows.iter().map(crossing).collect()
    };
    let named = |names: &[u32], name: &str| names.iter().position(|n| pack.text(*n) == name).unwrap();
    assert_eq!(table.same_ingredient as usize, rule(&pack, "same"));
    let all = ["amoxicillin beta-lactams", "cefalexin beta-lactams", "penicillin v beta-lactams"];
    let raw = pack.raw();
    let class = |name: &str| words(table.by_class.row(named(&raw.classes.names, name)));
    assert_eq!(class("penicillin"), all, "the class itself");
    assert_eq!(class("cephalosporin"), all, "another class of the rule");
    assert_eq!(class("beta-lactam"), all, "wider in name, and no member more");
    assert_eq!(class("nsaid"), [""; 0]);
    let drug = |name: &str| words(table.by_ingredient.row(named(&raw.ingredients.names, name)));
    assert_eq!(drug("amoxicillin"), all, "the drug itself too: a class stands beside the rule for every ingredient");
    assert_eq!(drug("warfarin"), [""; 0]);
    let other = |name: &str| words(table.by_allergen.row(named(&raw.allergens.names, name)));
    assert_eq!(other("latex"), ["any product latex"]);
    assert_eq!(other("some-penicillin"), ["amoxicillin some-penicillin", "penicillin v some-penicillin"]);
}

#[test]
fn doses_duplicates_and_contraindications_stand_with_their_drugs() {
    let pack = pack();
    let raw = pack.raw();
    let drug = |name: &str| raw.ingredients.names.iter().position(|n| pack.text(*n) == name).unwrap();
    assert_eq!(raw.doses.by_ingredient.row(drug("ibuprofen")), [0]);
    assert_eq!(raw.doses.by_ingredient.row(drug("naproxen")), [0; 0]);
    let bands: Vec<(&str, bool)> = raw
        .doses
        .band_names
        .iter()
        .zip(raw.doses.band_conditions.iter())
        .map(|(n, c)| (pack.text(*n), *c == NONE))
        .collect();
    assert_eq!(bands, [("child", false), ("everybody", true)]);
    assert_eq!(raw.doses.limit_starts.to_vec(), [0, 2, 4]);
    let limits: Vec<_> = (0..4)
        .map(|n| {
            let d = &raw.doses;
            let severity = raw.outcomes.severities[d.limit_outcomes[n] as usize];
            (
                d.limit_kinds[n],
                d.limit_strictness[n],
                d.limit_dimensions[n],
                d.limit_per_body[n],
                d.limit_numerators[n],
                severity,
            )
        })
        .collect();
    assert_eq!(
        limits,
        [(0, 1, 0, 1, 10_000_000, 2), (5, 0, 8, 0, 21_600, 1), (1, 1, 0, 0, 2_400_000_000, 1), (4, 0, 7, 0, 4, 1)]
    );
    assert_eq!(raw.duplicates.same_ingredient as usize, rule(&pack, "same-twice"));
    assert_eq!(raw.duplicates.by_ingredient.row(drug("naproxen")), [0]);
    assert_eq!(raw.contraindications.row(drug("naproxen")), [rule(&pack, "nsaid-pregnancy") as u32]);
    assert_eq!(raw.contraindications.row(drug("warfarin")), [0; 0]);
    assert_eq!(raw.combinations.by_ingredient.row(drug("ibuprofen")), [0]);
    assert_eq!(raw.about.review_by, "2026-11-01");
}

#[test]
fn cases_become_charts_of_codes() {
    let cases: Vec<Case> = rmp_serde::from_slice(&raw().cases).unwrap();
    let names: Vec<&str> = cases.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["both taken", "one alone"]);
    let chart = &cases[0].chart;
    let drugs: Vec<String> = chart.medications.iter().map(|m| m.drug.concept.codes[0].value.to_string()).collect();
    assert_eq!(drugs, ["11289", "310965"]);
    assert_eq!(&*chart.allergies[0].substance.codes[0].value, "764146007");
    assert_eq!(&*chart.allergies[0].reactions[0].manifestations[0].codes[0].value, "39579001");
    assert!(chart.allergies[1].substance.codes.is_empty());
    assert_eq!(&*chart.problems[0].concept.codes[0].value, "74474003");
    assert_eq!(&*chart.labs[0].concept.codes[0].value, "2823-3");
    assert_eq!(chart.received.problems, Receipt::Complete);
    let expected = &cases[0].expect[0];
    assert_eq!((expected.severity.as_deref(), expected.loudness.as_deref()), (Some("major"), Some("interruptive")));
    assert_eq!(cases[0].expect_gaps, [("missing".to_owned(), "the age".to_owned())]);
    assert_eq!(
        (chart.allergy_status, cases[1].chart.allergy_status),
        (AllergyStatus::Recorded, AllergyStatus::NoneKnown)
    );
}

/// One wrong number in an otherwise right pack, and what `verify` says of it.
#[test]
fn verify_names_the_table_the_row_and_both_numbers() {
    use caveat::pack::column::Column;
    fn set<T: Copy>(column: &mut Column<T>, row: usize, value: T) {
        let mut values = column.to_vec();
        values[row] = value;
        *column = Column::new(values);
    }
    type Change = fn(&mut RawPack);
    let cases: [(Change, &str); 12] = [
        (
            |p| set(&mut p.rules.outcomes, 0, 99),
            "table `rules`, row 0: id 99 is out of range; the table it points into has",
        ),
        (
            |p| set(&mut p.outcomes.severities, 1, 4),
            "table `outcomes`, column `severities`, row 1: 4 means nothing there",
        ),
        (|p| p.rules.versions = Column::new(vec![1]), "table `rules`: column `versions` has 1 rows, it must have 10"),
        (
            |p| set(&mut p.text.starts, 1, 9_999_999),
            "table `text`, row 1: offset 9999999 where it must lie between 0 and",
        ),
        (|p| set(&mut p.text.bytes, 0, 0xff), "text 0 begins or ends inside a character, or is no UTF-8 (byte 0)"),
        (|p| set(&mut p.drug_codes.keys, 0, u64::MAX), "table `drug_codes`, row 1: out of order after row 0"),
        (
            |p| set(&mut p.drug_codes.targets, 0, 3 << 28),
            "table `drug_codes`, column `targets`, row 0: 805306368 means",
        ),
        (
            |p| set(&mut p.products.per_denominators, 0, 0),
            "table `products`, column `per_denominators`, row 0: 0 means",
        ),
        (|p| set(&mut p.meetings.rule_sets, 0, 1), "meetings: ingredient"),
        (|p| set(&mut p.conditions.children, 0, 0), "conditions, node"),
        (|p| set(&mut p.conditions.kinds, 0, 77), "table `conditions`, column `kinds`, row 0: 77 means nothing there"),
        (
            |p| set(&mut p.doses.limit_dimensions, 1, 0),
            "table `dose limits`, column `limit_dimensions`, row 1: 0 means",
        ),
    ];
    for (change, expected) in cases {
        let mut raw = raw();
        change(&mut raw);
        let error = verify(raw, [0; 32]).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\ninstead of {expected}");
    }
    assert!(verify(raw(), [0; 32]).is_ok());
}
