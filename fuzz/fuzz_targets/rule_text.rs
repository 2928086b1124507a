//! Any text is parsed and compiled to a pack or to diagnostics; neither the parser, the compiler nor the renderer breaks, and
//! what compiles is taken by its reader and runs its own cases.
#![no_main]

use caveat::compile::build::compile;
use caveat::diagnostic::render::{render, render_json};
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::engine::rehearse::rehearse;
use caveat::pack::format::{decode, encode};
use caveat::source::parse::parse;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const BASE: [(&str, &str); 2] = [
    ("base.toml", include_str!("../../tests/golden/compile/base.toml")),
    ("base.csv", include_str!("../../tests/golden/compile/base.csv")),
];

fuzz_target!(|text: &str| {
    let files = folder(text);
    let (tree, mut diagnostics) = parse(&files);
    let (raw, more) = compile(&tree);
    diagnostics.extend(more);
    // Writing out hundreds of reports costs more than finding them: long lists are written out now and then.
    if diagnostics.len() <= 20 || text.len() % 16 == 0 {
        let _ = render(&diagnostics, &files, true);
        let _ = render_json(&diagnostics, &files);
    }
    if let Some(raw) = raw
        && !diagnostics.iter().any(|d| d.level == Level::Error)
    {
        let bytes = encode(&raw);
        let pack = decode(&bytes).expect("the compiler made a pack that its reader refuses");
        rehearse(&Arc::new(pack)).expect("the compiler wrote cases that its reader refuses");
    }
});

/// The text as a folder: cut into files at form feeds, product tables opening with a comma. A folder without a policy of its
/// own stands beside a small terminology, so that rules reach the review and the lowering.
fn folder(text: &str) -> Vec<SourceFile> {
    let own = text.contains("[policy]");
    let file = |path: String, text: &str| SourceFile { path, text: text.to_owned() };
    let base = BASE.iter().filter(|_| !own).map(|(path, text)| file((*path).to_owned(), text));
    let pieces = text.split('\u{c}').enumerate().map(|(n, piece)| match piece.strip_prefix(',') {
        Some(table) => file(format!("{n}.csv"), table),
        None => file(format!("{n}.toml"), piece),
    });
    base.chain(pieces).collect()
}
