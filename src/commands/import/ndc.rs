//! `caveat import ndc`: packages of FDA's directory that a rules folder does not know.

use crate::commands::import::bar::bar;
use crate::commands::import::options::{told, tree};
use crate::import::ndc::read;
use crate::import::terminology::write_table;
use std::path::Path;
use std::process::ExitCode;

const REMARK: &str =
    "Made by `caveat import ndc` from the National Drug Code directory (US Food and Drug Administration).";

/// Reads `product.txt` and `package.txt` below `folder`, with the names of `rules`. Exit code 0 when written, 2 when not.
pub fn run(folder: &Path, rules: &Path, out: &Path) -> ExitCode {
    told(out, || {
        let (directory, skipped) = read(folder, &tree(rules)?, &bar())?;
        std::fs::create_dir_all(out)?;
        let header = ["system", "code", "name", "form", "route", "parts"];
        write_table(&out.join("ndc-products.csv"), REMARK, &header, &directory.products)?;
        write_table(&out.join("ndc-packages.csv"), REMARK, &["ndc", "packages"], &directory.packages)?;
        Ok((format!("{} products", directory.products.len()), skipped))
    })
}
