//! The tables of `docs/` that name tests as proof: each test named exists.

use std::collections::BTreeSet;
use std::path::Path;

/// `module::name` of every test.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let (module, text) =
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap());
        let mut test = false;
        for line in text.lines().map(str::trim) {
            test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let name = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            if let (true, Some(name)) = (test, name) {
                names.insert(format!("{module}::{}", name.split('(').next().unwrap()));
                test = false;
            }
        }
    }
    names
}

#[test]
fn every_test_that_a_table_names_exists() {
    let tests = tests();
    let (mut named, mut missing) = (0, Vec::new());
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|l| l.starts_with('|')) {
            let quoted = line.split('`').skip(1).step_by(2);
            for name in
                quoted.filter(|q| q.contains("::") && q.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c)))
            {
                named += 1;
                if !tests.contains(name) {
                    missing.push(format!("{}: `{name}`", path.file_name().unwrap().to_string_lossy()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
    assert!(named > 20, "only {named} tests are named in tables of docs/");
}
