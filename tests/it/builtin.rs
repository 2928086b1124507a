//! The built-in pack is what the rules folder compiles to, to the byte.

use caveat::commands::builtin;
use caveat::commands::folder::{build, read};
use std::path::Path;

#[test]
fn the_builtin_pack_is_the_rules_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiled = build(read(&root.join("rules")).unwrap());
    let bytes = compiled.bytes.as_ref().unwrap_or_else(|| panic!("{}", compiled.report(false)));
    if bytes == builtin::PACK {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root.join("src/commands/builtin.pack"), bytes).unwrap();
        println!(
            "src/commands/builtin.pack was written anew; run the tests once more, they were built with the old one"
        );
        return;
    }
    panic!(
        "the rules have changed and the built-in pack has not: run `UPDATE=1 cargo test builtin`, then the tests again"
    );
}
