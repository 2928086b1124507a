//! The parser: a sample of the whole language reads without a word, and every mistake has its golden rendering.

use caveat::diagnostic::render::{render, render_json};
use caveat::diagnostic::report::{Diagnostic, SourceFile};
use caveat::source::codes::CODES;
use caveat::source::parse::parse;
use caveat::source::tree::Tree;
use std::path::{Path, PathBuf};

fn golden(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind)
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

fn read(folder: &Path, name: &str) -> SourceFile {
    file(name, &std::fs::read_to_string(folder.join(name)).unwrap())
}

/// Parses one rules file.
fn rules(text: &str) -> (Tree, Vec<Diagnostic>) {
    parse(&[file("rules/a.toml", text)])
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn every_key_of_the_language_reads() {
    let folder = golden("valid");
    let files = [read(&folder, "every-key.toml"), read(&folder, "products.csv")];
    let (tree, diagnostics) = parse(&files);
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &files, false));
    assert_eq!(tree.rules.len(), 11);
    assert_eq!(tree.products.len(), 6);
    assert!(tree.broken.is_empty());
}
