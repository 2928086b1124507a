//! Units, amounts and their texts: golden tables with near misses, and laws of exact arithmetic.
#![allow(clippy::unwrap_used, reason = "a case that cannot be built is a failed test")]

use caveat::clinical::exact::Exact;
use caveat::clinical::quantity::{Dose, DoseRate, Measure, PerBody, Strength, StrengthPer, Thing, Unit, mosteller};
use caveat::clinical::time::Span;
use proptest::prelude::*;
use std::cmp::Ordering;

fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

fn describe(unit: Option<Unit>) -> String {
    match unit {
        None => "-".into(),
        Some(Unit::Mass(n)) => format!("{n} ng"),
        Some(Unit::Volume(n)) => format!("{n} uL"),
        Some(Unit::Activity(n)) => format!("{n} units"),
        Some(Unit::Equivalents(n)) => format!("{n} mEq"),
        Some(Unit::Moles(n)) => format!("{n} mmol"),
        Some(Unit::Count(thing)) => format!("{thing:?}"),
    }
}

#[test]
fn the_table_of_units() {
    let rows: &[(&str, &str)] = &[
        ("1 ng", "ng"),
        ("1000 ng", "ug mcg \u{b5}g \u{3bc}g"),
        ("1000000 ng", "mg"),
        ("1000000000 ng", "g"),
        ("1000000000000 ng", "kg"),
        ("1 uL", "uL ul \u{b5}L \u{3bc}L"),
        ("1000 uL", "mL ml cc"),
        ("100000 uL", "dL dl"),
        ("1000000 uL", "L l"),
        ("1 units", "[iU] [IU] IU iu unit units unit(s) U UNT [USP'U] {unit} {units}"),
        ("0.001 units", "m[iU] m[IU] mU"),
        ("1000 units", "k[iU] k[IU] 10*3.[iU] 10*3.[IU]"),
        ("1000000 units", "10*6.[iU] 10*6.[IU] M[iU] M[IU] MU"),
        ("1 mEq", "meq mEq"),
        ("1 mmol", "mmol"),
        ("1000 mmol", "mol"),
        ("0.001 mmol", "umol"),
        ("Tablet", "{tablet} {tbl} tablet tablets tablet(s) tab tabs tab(s) TAB Tab 385055001"),
        ("Capsule", "{capsule} capsule capsules capsule(s) cap caps cap(s) CAP Cap"),
        ("Patch", "{patch} patch patches PATCH"),
        (
            "Actuation",
            "{puff} puff puffs {actuat} actuation actuations {spray} spray sprays {inhalation} inhalation inhalations",
        ),
        ("Drop", "[drp] {drop} drop drops gtt OPDROP"),
        ("Suppository", "{suppository} suppository suppositories SUPP VAGTAB"),
        ("Lozenge", "{lozenge} lozenge lozenges"),
        ("Packet", "{packet} packet packets {sachet} sachet sachets"),
        ("Vial", "{vial} vial vials ampule ampules"),
        ("Syringe", "{pen} pen pens {syringe} syringe syringes"),
        ("Application", "{application} application applications APPFUL"),
        ("Each", "1 {each} EA ea each {pill} pill pills {dose} dose doses piece pieces"),
        // Near misses: megagram, megalitre, millilitre shouted, another case, a rate, a concentration, nothing, a blob.
        ("-", "Mg MG ML Kg G meQ mMol TABLET Tablets eA 385049006 mg/kg mg/mL mg. mgs blob 2 {blob} mm[Hg] % h"),
    ];
    for (expected, spellings) in rows {
        for spelling in spellings.split(' ') {
            assert_eq!(describe(Unit::parse(spelling)), *expected, "{spelling}");
        }
    }
    assert_eq!(describe(Unit::parse(" mg ")), "1000000 ng");
    assert_eq!(describe(Unit::parse("million units")), "1000000 units");
    assert_eq!(Unit::parse(""), None);
    assert_eq!(Unit::parse("m g"), None);
}

/// An independent reading of UCUM judges every code of our table that is one. It is asked only about sizes, since it
/// converts tablets to capsules and milliequivalents to millimoles.
#[test]
fn a_ucum_library_agrees_on_sizes() {
    for (codes, base) in [
        ("ng ug mg g kg", "ng"),
        ("uL ul mL ml dL dl L l", "uL"),
        ("[iU] [IU] m[iU] k[iU] M[iU] 10*3.[iU] 10*6.[iU] 10*3.[IU] 10*6.[IU]", "[iU]"),
        ("meq", "meq"),
        ("umol mmol mol", "mmol"),
    ] {
        let size = |code: &str| match Unit::parse(code) {
            Some(Unit::Mass(n) | Unit::Volume(n) | Unit::Activity(n) | Unit::Equivalents(n) | Unit::Moles(n)) => n,
            other => panic!("{code}: {other:?}"),
        };
        assert_eq!(size(base), Exact::ONE, "{base}");
        for code in codes.split(' ') {
            let (ours, theirs) = (size(code), octofhir_ucum::convert(1.0, code, base).unwrap());
            let ours = ours.numerator() as f64 / ours.denominator() as f64;
            assert!((ours / theirs - 1.0).abs() < 1e-12, "{code}: {ours} against {theirs}");
        }
    }
    // Codes that UCUM knows and means otherwise: refused here, or (a dose in U, a drop) read as prescriptions mean them.
    for (code, to, size) in
        [("Mg", "kg", 1_000.0), ("ML", "L", 1_000_000.0), ("[drp]", "mL", 0.05), ("U", "umol/min", 1.0)]
    {
        assert!((octofhir_ucum::convert(1.0, code, to).unwrap() / size - 1.0).abs() < 1e-12, "{code}");
    }
}

#[test]
fn measures_read_and_written() {
    // As read, as written; "-" where it is refused.
    for (text, written) in [
        ("500 mg", "500 mg"),
        ("500mg", "500 mg"),
        ("0.0625 mg", "62.5 \u{b5}g"),
        ("0.25 ug", "0.25 \u{b5}g"),
        ("5 ng", "5 ng"),
        ("4000 mg", "4 g"),
        ("1/2 tablet", "0.5 tablet"),
        ("1 TAB", "1 tablet"),
        ("2 tab(s)", "2 tablets"),
        ("10 cc", "10 mL"),
        ("0.5 mL", "0.5 mL"),
        ("1.5 L", "1.5 L"),
        ("1000 [iU]", "1000 units"),
        ("1 U", "1 unit"),
        ("2.4 MU", "2400000 units"),
        ("3 million units", "3 million units"),
        ("20 meq", "20 mEq"),
        ("40 mmol", "40 mmol"),
        ("2 EA", "2 pieces"),
        ("2 puffs", "2 puffs"),
        ("0 mg", "0 mg"),
        ("-1 mg", "-"),
        ("mg", "-"),
        ("5", "-"),
        ("", "-"),
        ("5 blob", "-"),
        ("1,000 mg", "-"),
        ("5 mg/kg", "-"),
        ("99999999999999 kg", "-"),
    ] {
        let measure = Measure::parse(text);
        assert_eq!(measure.map_or("-".into(), |m| m.to_string()), written, "{text}");
        if let Some(measure) = measure.filter(|m| m.exact().is_positive()) {
            assert_eq!(Measure::parse(&measure.to_string()), Some(measure), "{text} written and read again");
        }
    }
}

#[test]
fn doses_and_rates_read_and_written() {
    for (text, written) in [
        ("15 mg/kg", "15 mg/kg"),
        ("15 mg/kg/dose", "15 mg/kg"),
        ("1000 mg/m2", "1 g/m\u{b2}"),
        ("0.1 mL/kg", "0.1 mL/kg"),
        ("18 units/kg", "18 units/kg"),
        ("4 g", "4 g"),
        ("15 mg/kg/d", "-"),
        ("15 mg/dose/kg", "-"),
        ("15 mg/lb", "-"),
        ("1 tablet/kg", "-"),
        ("75 mL/h", "-"),
    ] {
        let dose = Dose::parse(text);
        assert_eq!(dose.map_or("-".into(), |d| d.to_string()), written, "{text}");
        if let Some(dose) = dose {
            assert_eq!(Dose::parse(&dose.to_string()), Some(dose), "{text}");
        }
    }
    for (text, written) in [
        ("4 ug/kg/min", "4 \u{b5}g/kg/min"),
        ("75 ml/hr", "75 mL/h"),
        ("18 units/kg/h", "18 units/kg/h"),
        ("10 mg/kg/d", "10 mg/kg/d"),
        ("2 mg/h", "2 mg/h"),
        ("2 mg", "-"),
        ("2 mg/kg", "-"),
        ("2 min", "-"),
        ("2 mg/", "-"),
    ] {
        let rate = DoseRate::parse(text);
        assert_eq!(rate.map_or("-".into(), |r| r.to_string()), written, "{text}");
        if let Some(rate) = rate {
            assert_eq!(DoseRate::parse(&rate.to_string()), Some(rate), "{text}");
        }
    }
    assert_eq!(Dose::of(exact("15"), "mg/kg").unwrap().per, PerBody::Kilogram);
    assert_eq!(DoseRate::of(exact("4"), "ug/kg/min").unwrap().seconds, Exact::whole(60));
    // Thousandths of a unit, as oxytocin and vasopressin run; a capital is a million of them.
    for (text, same) in [("2 mU", "0.002 units"), ("2 mU/kg", "0.002 units/kg")] {
        assert_eq!(Dose::parse(text), Dose::parse(same), "{text}");
    }
    for (text, same) in
        [("2 mU/min", "0.002 units/min"), ("2 mU/kg/min", "0.002 units/kg/min"), ("1 MU/h", "1000000 units/h")]
    {
        assert_eq!(DoseRate::parse(text).unwrap(), DoseRate::parse(same).unwrap(), "{text}");
    }
}

#[test]
fn strengths_read_and_written() {
    for (text, written) in [
        ("500 mg / 1 tablet", "500 mg / 1 tablet"),
        ("2 mg / 1 mL", "2 mg / 1 mL"),
        ("5 mg / 5 mL", "5 mg / 5 mL"),
        ("10 mg / 1 g", "10 mg / 1 g"),
        ("25 ug / 1 h", "25 \u{b5}g / 1 h"),
        ("0.6 mg / 24 h", "25 \u{b5}g / 1 h"),
        ("100 units / 1 mL", "100 units / 1 mL"),
        ("90 ug / 1 actuation", "90 \u{b5}g / 1 puff"),
        ("20 mEq/1 tablet", "20 mEq / 1 tablet"),
        ("500 mg", "-"),
        ("500 mg / tablet", "-"),
        ("500 mg / 0 mL", "-"),
        ("0 mg / 1 mL", "-"),
        ("500 mg / 0 h", "-"),
        ("500 mg / 1 blob", "-"),
    ] {
        let strength = Strength::parse(text);
        assert_eq!(strength.map_or("-".into(), |s| s.to_string()), written, "{text}");
        if let Some(strength) = strength {
            assert_eq!(Strength::parse(&strength.to_string()), Some(strength), "{text}");
        }
    }
    assert_eq!(Strength::parse("25 ug / 1 h").unwrap().per, StrengthPer::Hour);
}

#[test]
fn units_that_cannot_mix() {
    let m = |text: &str| Measure::parse(text).unwrap();
    for (a, b, order) in [
        ("0.005 g", "5 mg", Some(Ordering::Equal)),
        ("1001 ug", "1 mg", Some(Ordering::Greater)),
        ("1 tablet", "2 tablets", Some(Ordering::Less)),
        ("1 tablet", "1 capsule", None),
        ("1 tablet", "1 EA", None),
        ("1 mEq", "1 mmol", None),
        ("1 mg", "1 mL", None),
        ("1 mg", "1 unit", None),
    ] {
        assert_eq!(m(a).compare(m(b)), order, "{a} {b}");
        assert_eq!(m(a).checked_add(m(b)).is_some(), order.is_some(), "{a} {b}");
        assert_eq!(m(a).divided_by(m(b)).is_some(), order.is_some(), "{a} {b}");
    }
    assert_eq!(m("1 g").divided_by(m("250 mg")), Some(Exact::whole(4)));
    assert_eq!(m("1 g").divided_by(m("0 mg")), None);
    assert_eq!(m("1 g").zero_like(), m("0 mg"));
    for text in ["1 mg", "1 mL", "1 unit", "1 mEq", "1 mmol", "1 patch"] {
        let measure = m(text);
        let thing = measure.thing().unwrap_or(Thing::Each);
        assert_eq!(Measure::from_parts(measure.dimension(), thing, measure.exact()), Some(measure));
    }
    assert_eq!(Measure::from_parts(6, Thing::Each, Exact::ONE), None);
}

#[test]
fn body_surface() {
    // 70 kg, 175 cm: 1.8447 m²; 80 kg, 180 cm: exactly 2 m²; a newborn of 3.5 kg and 50 cm: 0.2205 m².
    for (grams, millimetres, square_millimetres) in [
        ("70000", "1750", Some(1_844_661)),
        ("80000", "1800", Some(2_000_000)),
        ("3500", "500", Some(220_479)),
        ("0", "1750", None),
        ("70000", "-1", None),
    ] {
        assert_eq!(mosteller(exact(grams), exact(millimetres)), square_millimetres.map(Exact::whole), "{grams}");
    }
    assert_eq!(mosteller(exact("70000.5"), exact("1750.25")), Some(Exact::whole(1_844_800)));
}

#[test]
fn spans_read_and_written() {
    for (text, seconds, written) in [
        ("30 d", 2_592_000, "30 days"),
        ("1 day", 86_400, "1 day"),
        ("5 weeks", 3_024_000, "35 days"),
        ("4 h", 14_400, "4 hours"),
        ("4h", 14_400, "4 hours"),
        ("1.5 h", 5_400, "90 minutes"),
        ("90 s", 90, "90 seconds"),
        ("5 years", 157_788_000, "5 years"),
        ("0 d", 0, "0 seconds"),
    ] {
        let span = Span::parse(text).unwrap();
        assert_eq!((span.0, span.to_string().as_str()), (seconds, written), "{text}");
        assert_eq!(Span::parse(&span.to_string()), Some(span));
    }
    for text in ["", "d", "5", "5 moons", "-5 d", "0.3 s", "5 d d", "99999999999999999 years"] {
        assert_eq!(Span::parse(text), None, "{text}");
    }
}

#[test]
fn exact_numbers_read_and_written() {
    for (text, written) in [
        ("0.25", "0.25"),
        ("-3", "-3"),
        ("+3", "3"),
        ("1e3", "1000"),
        ("2.5E-2", "0.025"),
        ("1/3", "\u{2248}0.333"),
        ("2/3", "\u{2248}0.667"),
        ("-2/3", "\u{2248}-0.667"),
        ("1/-3", "\u{2248}-0.333"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1/10000000"),
        ("1/7000000", "1/7000000"),
        ("0.10000000000000000000000000000000000000000", "0.1"),
        ("00012", "12"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0e99", "0"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
    ] {
        assert_eq!(Exact::parse(text).map(|e| e.to_string()).as_deref(), Some(written), "{text}");
    }
    let slashes = "1/".repeat(100_000) + "1";
    for text in [
        "",
        ".",
        "-",
        "e5",
        "1e",
        "1e99",
        "1e-99",
        "1/0",
        "1/1/1",
        "0x10",
        "1_000",
        "1,5",
        "NaN",
        "inf",
        "1 2",
        "--1",
        "9223372036854775808",
        "0.1234567890123456789012",
        "1e99999999999",
        slashes.as_str(),
    ] {
        assert_eq!(Exact::parse(text), None, "{:.40}", text);
    }
}

#[test]
fn a_ratio_that_is_not_reduced_is_refused_on_reading() {
    let half = exact("0.5");
    assert_eq!(serde_json::to_string(&half).unwrap(), "[1,2]");
    assert_eq!(serde_json::from_str::<Exact>("[1,2]").unwrap(), half);
    for bytes in ["[2,4]", "[1,0]", "[0,0]", "[0,2]", "[1,-2]", "[-9223372036854775808,-1]"] {
        assert!(serde_json::from_str::<Exact>(bytes).is_err(), "{bytes}");
    }
}

#[test]
fn whole_ends() {
    for (text, floor, ceil) in [("7/2", 3, 4), ("-7/2", -4, -3), ("4", 4, 4), ("0", 0, 0), ("1/3", 0, 1)] {
        assert_eq!((exact(text).floor(), exact(text).ceil()), (Exact::whole(floor), Exact::whole(ceil)), "{text}");
    }
}

fn any_exact() -> impl Strategy<Value = Exact> {
    let part = prop_oneof![-1_000i64..1_000, any::<i32>().prop_map(i64::from), any::<i64>()];
    (part, prop_oneof![1i64..1_000, 1i64..i64::MAX]).prop_map(|(a, b)| Exact::ratio(a, b).unwrap())
}

proptest! {
    #[test]
    fn order_is_that_of_cross_multiplication(a in any_exact(), b in any_exact()) {
        let left = i128::from(a.numerator()) * i128::from(b.denominator());
        let right = i128::from(b.numerator()) * i128::from(a.denominator());
        prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
    }

    #[test]
    fn adding_and_multiplying_commute_and_undo(a in any_exact(), b in any_exact()) {
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
        prop_assert_eq!(a.checked_mul(b), b.checked_mul(a));
        if let Some(sum) = a.checked_add(b) {
            prop_assert_eq!(sum.checked_sub(b).is_none_or(|back| back == a), true);
        }
        if let Some(product) = a.checked_mul(b).filter(|_| !b.is_zero()) {
            prop_assert_eq!(product.checked_div(b), Some(a));
        }
    }

    #[test]
    fn small_sums_and_products_are_right(a in -10_000i64..10_000, b in 1i64..1_000, c in -10_000i64..10_000, d in 1i64..1_000) {
        let (x, y) = (Exact::ratio(a, b).unwrap(), Exact::ratio(c, d).unwrap());
        prop_assert_eq!(x.checked_add(y), Exact::ratio(a * d + c * b, b * d));
        prop_assert_eq!(x.checked_mul(y), Exact::ratio(a * c, b * d));
        prop_assert!(x.floor() <= x && x <= x.ceil());
        prop_assert!(x.ceil().checked_sub(x.floor()).unwrap() <= Exact::ONE);
    }

    #[test]
    fn what_ends_within_six_places_is_read_again(n in any::<i32>(), places in 0u32..=6) {
        let number = Exact::ratio(i64::from(n), 10i64.pow(places)).unwrap();
        prop_assert_eq!(Exact::parse(&number.to_string()), Some(number));
    }

    #[test]
    fn no_text_makes_a_panic(text in "\\PC{0,24}", number in "[-+0-9.eE/ ]{0,40}") {
        for text in [text.as_str(), number.as_str(), &format!("{number} mg"), &format!("{number} mg/{number} mL")] {
            let _ = (Exact::parse(text), Measure::parse(text), Dose::parse(text), DoseRate::parse(text));
            if let Some(strength) = Strength::parse(text) {
                let _ = strength.to_string();
            }
            if let Some(number) = Exact::parse(text) {
                let _ = (number.to_string(), number.ceil(), number.floor());
            }
            let _ = Span::parse(text).map(|s| s.to_string());
        }
    }

    #[test]
    fn body_surface_is_the_whole_root(grams in 1i64..500_000, millimetres in 1i64..3_000) {
        let root = mosteller(Exact::whole(grams), Exact::whole(millimetres)).unwrap().numerator();
        let square = i128::from(grams) * i128::from(millimetres) * 250_000;
        prop_assert!(i128::from(root).pow(2) * 9 <= square);
        prop_assert!(i128::from(root + 1).pow(2) * 9 > square);
    }
}

#[test]
fn things_are_found_by_their_numbers() {
    use caveat::clinical::quantity::Thing;
    for (number, thing) in (0u8..).zip(Thing::ALL) {
        assert_eq!((thing as u8, Thing::from_ordinal(number)), (number, Some(thing)));
    }
    assert_eq!(Thing::from_ordinal(12), None);
}
