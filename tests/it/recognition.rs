//! How many codes of lists nobody here wrote lead to ingredients of the built-in knowledge, and why the others do not.
//! Where `../shared/facts` is absent the test says it was skipped.

use caveat::clinical::code::{Code, System};
use caveat::commands::builtin;
use caveat::import::drug_name::read;
use caveat::import::substances::{fitting, without_suffix};
use caveat::import::table::{csv, each};
use caveat::pack::format::decode;
use caveat::pack::read::Pack;
use caveat::pack::tables::DrugTarget;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A list, its columns of code and name, and the least share that must lead to ingredients, in thousandths.
struct List {
    file: &'static str,
    columns: &'static [&'static str],
    least: usize,
}

const LISTS: &[List] = &[
    List { file: "synthea_rxnorm.csv", columns: &["rxcui", "display"], least: 990 },
    List { file: "products_cdshooks_sandbox.csv.gz", columns: &["rxcui", "name"], least: 970 },
    List { file: "products.csv.gz", columns: &["rxcui", "name"], least: 950 },
    List { file: "ndc_rxcui.csv.gz", columns: &["ndc11", "rxcui"], least: 950 },
];

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/rxnorm");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there, so no code was looked up", folder.display());
    None
}

fn pack() -> Pack {
    decode(builtin::PACK).unwrap()
}

#[test]
fn codes_of_other_peoples_lists_lead_to_ingredients() {
    let Some(folder) = folder() else { return };
    let pack = pack();
    let names: BTreeSet<&str> = pack.raw().ingredients.names.iter().map(|t| pack.text(*t)).collect();
    let mut short = Vec::new();
    for list in LISTS {
        let (mut all, mut known) = (0usize, 0usize);
        let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let system = if list.columns[0] == "ndc11" { System::Ndc } else { System::RxNorm };
        each(&folder.join(list.file), csv(list.columns), &|_| {}, |cells| {
            all += 1;
            match reason(&pack, &names, &system, cells[0], cells[1]) {
                None => known += 1,
                Some(reason) => reasons.entry(reason).or_default().push(format!("{} {}", cells[0], cells[1])),
            }
        })
        .unwrap();
        println!("{}: {known} of {all} codes, {:.2} %", list.file, 100.0 * known as f64 / all as f64);
        let mut reasons = Vec::from_iter(reasons);
        reasons.sort_by_key(|(_, codes)| std::cmp::Reverse(codes.len()));
        for (reason, codes) in &reasons {
            println!("  {} {reason}: {}", codes.len(), codes.iter().take(3).cloned().collect::<Vec<_>>().join("; "));
        }
        if known * 1_000 < all * list.least {
            short.push(format!("{}: {known} of {all}, at least {} in 1000 are wanted", list.file, list.least));
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

/// Why a code leads to no ingredient; `None` where it leads to one.
fn reason(pack: &Pack, names: &BTreeSet<&str>, system: &System, code: &str, name: &str) -> Option<String> {
    match Code::new(system.clone(), code).and_then(|code| pack.drug(&code)) {
        Some(DrugTarget::Ingredient(_)) => return None,
        Some(DrugTarget::Product(n)) => {
            let starts = &pack.raw().products.part_starts;
            assert!(starts[n as usize] < starts[n as usize + 1], "{code} {name} holds nothing");
            return None;
        }
        Some(DrugTarget::Excluded(_)) => return Some(String::from("no drug, by hand")),
        None if *system == System::Ndc => return Some(String::from("package of an unknown product")),
        None => {}
    }
    let is_known = |name: &str| {
        let name = fitting(name);
        names.contains(name.as_str()) || without_suffix(&name).is_some_and(|bare| names.contains(bare))
    };
    let read = read(name);
    let lost: Vec<&str> = read.parts.iter().map(|p| p.name).filter(|name| !is_known(name)).collect();
    Some(match lost.as_slice() {
        [] => String::from("its ingredients are known, the code is not"),
        [only] => format!("`{only}` is not known"),
        [first, ..] => format!("`{first}` and others are not known"),
    })
}

/// What the built-in tables hold of a few products whose strength, salt or route is easily read wrongly.
#[test]
fn products_hold_what_their_names_say() {
    const ROWS: &[&str] = &[
        "855332,warfarin sodium 5 MG Oral Tablet,tablet,oral,warfarin as warfarin sodium 5 mg / 1 tablet",
        "1049221,acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet,tablet,oral,acetaminophen 325 mg / 1 tablet + \
         oxycodone as oxycodone hydrochloride 5 mg / 1 tablet",
        "197407,betamethasone 1 MG/ML Topical Cream,cream,topical,betamethasone 1 mg / 1 mL",
        "197405,betamethasone 0.0005 MG/MG Topical Ointment,ointment,topical,betamethasone 0.5 mg / 1 g",
    ];
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/terminology/rxnorm/products.csv");
    let table = std::fs::read_to_string(table).unwrap();
    for row in ROWS {
        assert!(table.lines().any(|line| line == *row), "{row}");
    }
}
