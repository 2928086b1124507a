//! Hostile pack bytes are refused with a reason, within bounded memory and time; what is accepted can screen.
#![no_main]

use caveat::compile::build::compile;
use caveat::diagnostic::report::SourceFile;
use caveat::engine::rehearse::{rehearse, try_case};
use caveat::engine::screen::Screener;
use caveat::pack::case::{self, Case};
use caveat::pack::format::{decode, decode_raw, reseal};
use caveat::pack::verify::PackError;
use caveat::source::parse::parse;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

const FOLDER: [(&str, &str); 4] = [
    ("base.toml", include_str!("../../tests/golden/compile/base.toml")),
    ("base.csv", include_str!("../../tests/golden/compile/base.csv")),
    ("whole.toml", include_str!("../../tests/golden/compile/whole.toml")),
    ("every.toml", include_str!("../every.toml")),
];

/// Charts that speak the codes of the seeds.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let file = |(path, text): (&str, &str)| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let (tree, _) = parse(&FOLDER.map(file));
    let (pack, _) = compile(&tree);
    case::decode(&pack.expect("the folder compiles").cases).expect("its cases are read")
});

fuzz_target!(|bytes: &[u8]| {
    let _ = decode(bytes);
    let Some(sealed) = sealed(bytes) else { return };
    let Ok(pack) = decode(&sealed) else { return };
    let pack = Arc::new(pack);
    let _ = rehearse(&pack);
    let screener = Screener::new(pack);
    for case in CASES.iter() {
        let _ = try_case(&screener, case);
    }
});

/// What the envelope counts, in its order.
const COUNTED: [&str; 9] =
    ["ingredients", "products", "classes", "rules", "conditions", "drug sets", "meetings", "bytes of text", "bytes of cases"];

/// The same bytes with a right hash over them and right counts before them, so that the fuzzer reaches `verify` behind both.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file = reseal(bytes)?;
    for _ in 0..2 * COUNTED.len() {
        let (what, found) = match decode_raw(&file) {
            Err(PackError::Count { what, found, .. }) => (what, found),
            Err(PackError::TooLarge { what, .. }) => (what, 0),
            _ => break,
        };
        let at = 48 + 8 * COUNTED.iter().position(|counted| *counted == what)?;
        file[at..at + 8].copy_from_slice(&found.to_le_bytes());
        file = reseal(&file)?;
    }
    Some(file)
}
