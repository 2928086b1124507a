//! `caveat import snomed`: the codes below those that a rules folder names.

use crate::commands::import::bar::bar;
use crate::commands::import::options::{told, tree};
use crate::import::snomed::{read, rows};
use crate::import::terminology::write_table;
use std::path::Path;
use std::process::ExitCode;

const REMARK: &str = "Made by `caveat import snomed` from an RF2 snapshot: codes below those that the rules name.
SNOMED CT is owned by SNOMED International; whoever uses this table needs the licence that applies in their country.";

/// Reads the snapshot below `folder` for the codes of `rules`. Exit code 0 when written, 2 when not.
pub fn run(folder: &Path, rules: &Path, out: &Path) -> ExitCode {
    told(out, || {
        let (narrower, skipped) = read(folder, &tree(rules)?, &bar())?;
        std::fs::create_dir_all(out)?;
        write_table(&out.join("narrower.csv"), REMARK, &["snomed", "as", "narrower"], &rows(&narrower))?;
        let codes: usize = narrower.values().map(std::collections::BTreeSet::len).sum();
        Ok((format!("{codes} codes below {} named ones", narrower.len()), skipped))
    })
}
