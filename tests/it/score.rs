//! The scorecard of a small pack with faults on purpose, as a person reads it; and the lists it asks by.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its own pack has failed")]

use caveat::clinical::time::Dated;
use caveat::commands::folder::{build, read};
use caveat::pack::format::decode;
use caveat::pack::read::Pack;
use caveat::score::complaints::complaints;
use caveat::score::lists::{OncList, class_pairs, everyday};
use caveat::score::page::page;
use caveat::score::recognition::{CodesError, recognition};
use caveat::score::scorecard::{Asked, Scorecard};
use caveat::score::traffic::Request;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/score").join(name)
}

fn small() -> Arc<Pack> {
    let compiled = build(read(&golden("rules.toml")).unwrap());
    let report = compiled.report(false);
    Arc::new(decode(&compiled.bytes.unwrap_or_else(|| panic!("{report}"))).unwrap())
}

fn scored() -> Scorecard {
    let request = |name: &str| Request { name: name.into(), body: std::fs::read(golden(name)).unwrap() };
    let asked = Asked {
        as_of: Dated::parse("2026-01-15").unwrap().latest,
        codes: vec![("codes.csv".into(), std::fs::read_to_string(golden("codes.csv")).unwrap())],
        requests: Some(vec![request("no-request.json"), request("order-sign.json")]),
    };
    Scorecard::of(&small(), &asked).unwrap()
}

#[test]
fn the_scorecard_of_a_small_pack_reads_as_its_golden() {
    let found = page(&scored());
    // The hash changes with every release of the compiler.
    let hash = small().stamp().short_hash().to_owned();
    let found = found.replace(&hash, "hash");
    let expected = golden("expected.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&expected, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&expected).unwrap_or_default(), "UPDATE=1 rewrites it");
}

#[test]
fn the_faults_for_which_a_check_fails_are_told_one_by_one() {
    let faults = complaints(&scored());
    assert_eq!(
        faults,
        [
            "vignette `Mr F, 58, takes lisinopril and losartan together, as some still do` (nuisance) fails: expected that \
             nothing interrupts; instead: major interruptive lisinopril-losartan: losartan, lisinopril",
            "pair 23 that should not interrupt does: lisinopril + losartan (lisinopril-losartan)",
        ]
    );
}

#[test]
fn the_json_holds_every_section_and_every_list_whole() {
    let json = serde_json::to_value(scored()).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted: BTreeSet<&str> =
        "pack coverage onc everyday vignettes cards upkeep recognition traffic".split(' ').collect();
    assert_eq!(keys.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(json["onc"]["high_priority"].as_array().unwrap().len(), 15);
    assert_eq!(json["onc"]["non_interruptive"].as_array().unwrap().len(), 33);
    assert_eq!(json["onc"]["high_priority"][1]["interrupt"], 1);
    assert_eq!(json["recognition"][0]["unknown"].as_array().unwrap().len(), 2);
    assert_eq!(json["traffic"]["interruptive_per_100_orders"], 50.0);
}

#[test]
fn every_row_of_the_lists_is_read() {
    let pairs = class_pairs();
    for (list, wanted) in [(OncList::HighPriority, 15), (OncList::NonInterruptive, 33)] {
        let numbers: Vec<u32> = pairs.iter().filter(|p| p.list == list).map(|p| p.n).collect();
        assert_eq!(numbers, (1..=wanted).collect::<Vec<u32>>(), "{list:?}");
    }
    for pair in &pairs {
        for group in [&pair.first, &pair.second] {
            assert!(!group.members.is_empty(), "{}", group.title);
            for member in &group.members {
                let name = member.names.first().unwrap();
                assert!(!name.is_empty() && !name.contains(['@', ';', ',']), "{name} in {}", group.title);
            }
        }
    }
    let groups = include_str!("../../src/score/onc-groups.csv");
    let written: usize =
        groups.lines().skip_while(|l| l.starts_with('#')).skip(1).map(|l| l.matches(';').count() + 1).sum();
    let mut titles = BTreeSet::new();
    let sides = pairs.iter().flat_map(|p| [&p.first, &p.second]);
    let read: usize = sides.filter(|g| titles.insert(format!("{g:?}"))).map(|g| g.members.len()).sum();
    assert_eq!(read, written, "a member of a group is not read");
    let drugs = everyday();
    assert_eq!(drugs.len(), 100);
    assert!(drugs.windows(2).all(|two| two[0].name < two[1].name), "they stand in alphabetical order");
}

#[test]
fn codes_come_as_a_table_or_line_by_line() {
    let pack = small();
    let known = |text: &str| recognition(&pack, "a list", text).map(|r| (r.known(), r.codes));
    assert_eq!(known("723\nrxnorm|5640\n# a remark\n\nhttp://www.nlm.nih.gov/research/umls/rxnorm|1\n"), Ok((2, 3)));
    assert_eq!(known("display,rxcui\n\"amoxicillin, dry\",723\n"), Ok((1, 1)));
    assert_eq!(known("723\nwarfarin\n"), Err(CodesError::NoCode { line: 2, found: "warfarin".into() }));
    assert_eq!(known("rxcui,name\n,nothing\n"), Err(CodesError::NoCode { line: 2, found: String::new() }));
    assert_eq!(known("# nothing\n"), Err(CodesError::Empty));
}
