//! `caveat import atc`: WHO's codes for the ingredients of a rules folder.

use crate::commands::import::bar::bar;
use crate::commands::import::options::{told, tree};
use crate::import::atc::read;
use crate::import::terminology::write_table;
use std::path::Path;
use std::process::ExitCode;

const REMARK: &str =
    "Made by `caveat import atc`, by name. ATC: WHO Collaborating Centre for Drug Statistics Methodology.";

/// Reads `table` with the names of `rules`. Exit code 0 when written, 2 when not.
pub fn run(table: &Path, rules: &Path, out: &Path) -> ExitCode {
    told(out, || {
        let (rows, skipped) = read(table, &tree(rules)?, &bar())?;
        std::fs::create_dir_all(out)?;
        write_table(&out.join("atc.csv"), REMARK, &["ingredient", "atc"], &rows)?;
        Ok((format!("codes for {} ingredients", rows.len()), skipped))
    })
}
