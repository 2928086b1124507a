//! Onset: amiodarone harms a patient on warfarin after five days, ibuprofen at once. What ends before is quiet, but only
//! among what is on file. As of 15 January 2026.

use crate::checks::{Case, case, chart, pack, pack_with, run};
use caveat::engine::screen::Screener;

const SAID: &str = "moderate passive warfarin-amiodarone: amiodarone, warfarin";

const ONSET: &[Case] = &[
    case(
        "on file, four days together",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone from=2026-01-13 until=2026-01-16",
        "",
    ),
    case(
        "on file, five days together",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone from=2026-01-13 until=2026-01-17",
        SAID,
    ),
    case(
        "on file, a course of four days",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone on=2026-01-14 dose=400_mg times=3 for=4_d",
        "",
    ),
    case(
        "on file, an open end",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone from=2026-01-13",
        SAID,
    ),
    case(
        "on file, four days beside what goes on for ever",
        "focus=existing; takes warfarin as=statement; takes amiodarone from=2026-01-13 until=2026-01-16",
        "",
    ),
    case(
        "on file, begun on no known day",
        "focus=existing; takes warfarin as=statement; takes amiodarone as=statement until=2026-01-16",
        SAID,
    ),
    case(
        "on file, its end only guessed",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone as=dispense status=completed on=2025-10-09",
        SAID,
    ),
    case(
        "on file, four days' supply, the day of handing out not known to the hour",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes amiodarone as=dispense status=completed on=2026-01-13 supply=3_d",
        "",
    ),
    case(
        "ordered for four days",
        "takes warfarin from=2025-12-01 until=2026-03-01; orders amiodarone starts=2026-01-15 ends=2026-01-18",
        SAID,
    ),
    case(
        "ordered, while four days are on file",
        "orders warfarin; takes amiodarone from=2026-01-13 until=2026-01-16",
        "moderate passive warfarin-amiodarone: warfarin, amiodarone",
    ),
    case("ordered for next month, open", "takes warfarin from=2025-12-01; orders amiodarone starts=2026-02-15", SAID),
    case(
        "verified: the order itself speaks, what is on file beside it does not",
        "focus=verify; orders warfarin; takes lithium from=2025-12-01 until=2026-03-01; takes ibuprofen route=oral from=2026-01-13 until=2026-01-16",
        "major interruptive warfarin-nsaid: warfarin, ibuprofen",
    ),
    case(
        "a rapid rule is quieted by nothing",
        "focus=existing; takes warfarin from=2025-12-01 until=2026-03-01; takes ibuprofen route=oral from=2026-01-15 until=2026-01-15",
        "major passive warfarin-nsaid: ibuprofen, warfarin",
    ),
];

#[test]
fn onset() {
    run(ONSET);
}

#[test]
fn the_trace_says_so() {
    let screener = caveat::engine::screen::Screener::new(pack());
    let chart = crate::checks::chart(
        "focus=existing; takes warfarin from=2025-12-01; takes amiodarone from=2026-01-13 until=2026-01-16",
    );
    let screening = screener.explain(&chart);
    let line = screening.trace.iter().find(|t| t.rule.id == "warfarin-amiodarone").unwrap();
    assert_eq!(line.because, ["onset: both end, as planned, before the harm begins"]);
}

/// Two records of amiodarone meet warfarin, both at once and only one for as long as harm takes to begin: one finding, and
/// both rules are named.
#[test]
fn what_one_record_alone_brings_is_named_too() {
    let at_once = "[[interaction]]\nid = \"at-once\"\nversion = 1\ntitle = \"At once\"\nseverity = \"major\"\nmanagement = \"assess\"\n\
        risk = \"harm\"\nadvice = \"think again\"\nconsequence = \"Harm.\"\nactions = [\"Think again.\"]\n\
        evidence = { level = \"probable\", sources = [\"for the test\"] }\nauthor = \"test\"\nreview = \"2030-01-01\"\n\
        mutual = [{ ingredient = \"warfarin\" }, { ingredient = \"amiodarone\" }]\n";
    let screener = Screener::new(pack_with(at_once));
    let also = |records: &str| {
        let chart = chart(&format!("focus=existing; takes warfarin; {records}"));
        let screening = screener.screen(&chart);
        let findings = screening.findings.iter().filter(|f| f.rule.id == "at-once");
        findings.map(|f| f.also.iter().map(|r| r.id.to_owned()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let short = "takes amiodarone from=2026-01-13 until=2026-01-16";
    assert_eq!(also(short), [Vec::<String>::new()]);
    assert_eq!(also(&format!("{short}; takes amiodarone as=statement")), [["warfarin-amiodarone"]]);
    assert_eq!(also(&format!("takes amiodarone as=statement; {short}")), [["warfarin-amiodarone"]]);
}
