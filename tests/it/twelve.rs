//! A rules folder with twelve different mistakes: all twelve are told at once, each with its place and its cure.

use caveat::commands::folder::{build, read};
use std::path::Path;

#[test]
fn all_twelve_are_told_with_their_places_and_cures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/twelve-mistakes");
    let mut files = read(&root.join("rules")).unwrap();
    for file in &mut files {
        file.path = file.path.rsplit('/').next().unwrap().to_owned();
    }
    let compiled = build(files);
    assert!(compiled.bytes.is_none(), "a pack was made of mistakes");
    assert_eq!(compiled.counts().0, 12, "{}", compiled.report(false));
    for diagnostic in &compiled.diagnostics {
        assert!(!diagnostic.labels.is_empty(), "{} has no place", diagnostic.code);
        assert!(!diagnostic.help.is_empty(), "{} has no cure", diagnostic.code);
    }
    let golden = root.join("expected.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, compiled.report(false)).unwrap();
    }
    assert_eq!(compiled.report(false), std::fs::read_to_string(&golden).unwrap(), "UPDATE=1 rewrites it");
}
