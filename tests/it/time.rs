//! Dates as precise as written, moments, intervals, codes and routes: tables with near misses.
#![allow(clippy::unwrap_used, reason = "a case that cannot be built is a failed test")]

use caveat::clinical::code::{Code, System};
use caveat::clinical::route::{Route, RouteSet};
use caveat::clinical::time::{Dated, Interval, Moment, Span};
use proptest::prelude::*;
use std::cmp::Ordering;

fn dated(text: &str) -> Dated {
    Dated::parse(text).unwrap()
}

#[test]
fn dates_as_precise_as_written() {
    for (text, earliest, latest) in [
        ("2020", "2020-01-01T00:00:00Z", "2020-12-31T23:59:59Z"),
        ("2020-02", "2020-02-01T00:00:00Z", "2020-02-29T23:59:59Z"),
        ("2021-02", "2021-02-01T00:00:00Z", "2021-02-28T23:59:59Z"),
        ("2020-02-29", "2020-02-29T00:00:00Z", "2020-02-29T23:59:59Z"),
        ("2020-02-29T10:15", "2020-02-29T10:15:00Z", "2020-02-29T10:15:59Z"),
        ("2020-02-29T10:15:30Z", "2020-02-29T10:15:30Z", "2020-02-29T10:15:30Z"),
        ("2020-02-29T10:15:30.123Z", "2020-02-29T10:15:30Z", "2020-02-29T10:15:30Z"),
        ("2020-02-29T00:15:30+05:30", "2020-02-28T18:45:30Z", "2020-02-28T18:45:30Z"),
        ("2020-12-31T23:15:30-01:00", "2021-01-01T00:15:30Z", "2021-01-01T00:15:30Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        (" 2020 ", "2020-01-01T00:00:00Z", "2020-12-31T23:59:59Z"),
    ] {
        let date = dated(text);
        assert_eq!((date.earliest.rfc3339().as_str(), date.latest.rfc3339().as_str()), (earliest, latest), "{text}");
    }
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "2",
        "202",
        "20200",
        "2020-",
        "2020-1",
        "2020-1-",
        "2020-13",
        "2020-00",
        "2020-02-",
        "2020-02-3",
        "2021-02-29",
        "2020-02-30",
        "2020-02-29T",
        "2020-02-29T1",
        "2020-02-29T10",
        "2020-02-29T10:",
        "2020-02-29T10:1",
        "2020-02-29T24:00",
        "2020-02-29T10:60",
        "2020-02-29T10:15:",
        "2020-02-29T10:15:3",
        "2020-02-29T10:15:30.",
        "2020-02-29T10:15:30.Z",
        "2020-02-29T10:15:30z",
        "2020-02-29T10:15:30+",
        "2020-02-29T10:15:30+5:30",
        "2020-02-29T10:15:30+0530",
        "2020-02-29T10:15:30+15:00",
        "2020-02-29T10:15:30+05:60",
        "2020-02-29 10:15:30Z",
        "2020-02-29T10:15:30ZZ",
        "2020/02/29",
        "20200229",
        "-020-02-29",
        "yesterday",
        "\u{ff12}020-02-29",
    ] {
        assert_eq!(Dated::parse(text), None, "{text}");
    }
}

#[test]
fn ages_to_the_day() {
    for (born, as_of, years, months) in [
        ("2000-02-29", "2018-02-28", Some((17, 17)), Some((215, 215))),
        ("2000-02-29", "2018-03-01", Some((18, 18)), Some((216, 216))),
        ("2000", "2018-06-01", Some((17, 18)), Some((209, 221))),
        ("2018-06", "2018-06-15", Some((0, 0)), Some((0, 0))),
        ("2019", "2018-06-01", None, None),
    ] {
        let at = dated(as_of).earliest;
        assert_eq!((dated(born).years_until(at), dated(born).months_until(at)), (years, months), "{born} {as_of}");
    }
}

#[test]
fn orders_beyond_doubt() {
    for (a, b, order) in [
        ("2019", "2020", Some(Ordering::Less)),
        ("2020-02-02", "2020-02-01T23:59:59Z", Some(Ordering::Greater)),
        ("2020", "2020-06-01", None),
        ("2020-06-01", "2020-06-01", None),
    ] {
        assert_eq!(dated(a).surely_compare(dated(b)), order, "{a} {b}");
    }
}

#[test]
fn intervals() {
    let interval = |start: &str, end: &str| Interval {
        start: Dated::parse(start).map(|d| d.earliest),
        end: Dated::parse(end).map(|d| d.latest),
    };
    let may = interval("2026-05-01", "2026-05-31");
    for (other, overlaps, shared_days) in [
        (interval("2026-05-31", "2026-06-10"), true, Some(1)),
        (interval("2026-06-01", "2026-06-10"), false, None),
        (interval("", "2026-05-02"), true, Some(2)),
        (interval("2026-04-01", ""), true, Some(31)),
        (interval("", ""), true, Some(31)),
        (interval("", "2026-04-30"), false, None),
    ] {
        assert_eq!((may.overlaps(&other), other.overlaps(&may)), (overlaps, overlaps), "{other:?}");
        let shared = may.shared(&other).and_then(|s| s.length());
        assert_eq!(shared, shared_days.map(Span::days), "{other:?}");
        assert_eq!(may.shared(&other), other.shared(&may));
    }
    assert_eq!(interval("2026-05-01", "").length(), None);
    assert_eq!(interval("2026-05-02", "2026-05-01").length(), None);
    assert!(may.holds(dated("2026-05-31T23:59:59Z").earliest));
    assert!(!may.holds(dated("2026-06-01T00:00:00Z").earliest));
}

#[test]
fn national_drug_codes() {
    for (text, value, packs) in [
        ("0002-7510-01", "00002751001", true),
        ("50242-040-62", "50242004062", true),
        ("60575-4112-1", "60575411201", true),
        ("50242-0040-62", "50242004062", true),
        ("50242004062", "50242004062", true),
        ("5024204062", "5024204062", false),
        ("1-1-1", "1-1-1", false),
        ("50242-040", "50242-040", false),
        ("50242-040-6a", "50242-040-6a", false),
    ] {
        let code = Code::new(System::Ndc, text).unwrap();
        assert_eq!((&*code.value, code.packed().is_some()), (value, packs), "{text}");
    }
    assert_eq!(Code::new(System::RxNorm, " \u{200b}"), None);
}

#[test]
fn packed_codes() {
    for (system, value, packed) in [
        (System::RxNorm, "11289", Some(11_289)),
        (System::RxNorm, "011289", None),
        (System::RxNorm, "", None),
        (System::Snomed, "385055001", Some(385_055_001)),
        (System::Snomed, "1234567890123456789", None),
        (System::Atc, "B01AA03 X", None),
        (System::Other("urn:x".into()), "1", None),
    ] {
        assert_eq!(Code::new(system, value).and_then(|c| c.packed()), packed, "{value}");
    }
    let packed = |value: &str| Code::new(System::Icd10Cm, value).unwrap().packed().unwrap();
    assert_ne!(packed("K26.0"), packed("K26.00"));
    assert_ne!(packed("K260"), packed("K26.0"));
    assert_eq!(packed("k26.0"), packed("K26.0"));
}

#[test]
fn local_and_systemic_routes_part_all_routes() {
    for route in Route::ALL {
        let set = RouteSet::of(*route);
        assert_eq!(set.meets(RouteSet::local()), route.is_local(), "{}", route.word());
        assert_ne!(set.meets(RouteSet::systemic()), route.is_local(), "{}", route.word());
        assert_eq!(set.may_be_systemic(), !route.is_local());
        assert_eq!(Route::from_word(route.word()), Some(*route));
    }
    assert!(RouteSet::UNKNOWN.may_be_systemic());
    assert_eq!(RouteSet::of(Route::Oral).with(RouteSet::of(Route::Otic)).iter().count(), 2);
}

proptest! {
    #[test]
    fn no_text_makes_a_panic(text in "[-0-9T:.Z+]{0,30}", any in "\\PC{0,30}") {
        let _ = (Dated::parse(&text), Dated::parse(&any), Code::new(System::Ndc, &text));
    }

    #[test]
    fn a_moment_written_is_read_again(second in -60_000_000_000i64..250_000_000_000) {
        let moment = Moment(second);
        prop_assert_eq!(Dated::parse(&moment.rfc3339()), Some(Dated::at(moment)));
    }
}
