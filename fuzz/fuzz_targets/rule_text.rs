//! Any text is parsed and compiled to a pack or to diagnostics; neither the parser, the compiler nor the renderer breaks.
#![no_main]

use caveat::compile::build::compile;
use caveat::diagnostic::render::render;
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::pack::format::{decode, encode};
use caveat::source::parse::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A first line of `,` makes it a product table, so that both readers are reached.
    let (path, text) = match text.strip_prefix(',') {
        Some(rest) => ("products.csv", rest),
        None => ("rules.toml", text),
    };
    let files = vec![SourceFile { path: path.to_owned(), text: text.to_owned() }];
    let (tree, mut diagnostics) = parse(&files);
    let (raw, more) = compile(&tree);
    diagnostics.extend(more);
    let _ = render(&diagnostics, &files, false);
    if let Some(raw) = raw
        && !diagnostics.iter().any(|d| d.level == Level::Error)
    {
        let bytes = encode(&raw);
        assert!(decode(&bytes).is_ok(), "the compiler made a pack that its reader refuses");
    }
});
