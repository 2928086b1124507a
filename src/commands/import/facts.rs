//! `caveat import facts`: the built-in tables of `rules/terminology/rxnorm`, made anew from extracts of RxNorm and FDA data.

use crate::commands::import::bar::bar;
use crate::commands::import::options::told;
use crate::import::facts::read;
use std::path::Path;
use std::process::ExitCode;

/// What stands above every table.
const REMARK: &str = "Made by `caveat import facts`; do not edit: `[[ingredient]]` and `products-by-hand.csv` extend it.
Codes, names and strengths: RxNorm (US National Library of Medicine), current prescribable content of 2025-11, with
codes retired since 2014. Routes of injections and UNII: US Food and Drug Administration. ATC codes: WHO, mapped by name.
This product uses publicly available data from the US National Library of Medicine (NLM); NLM is not responsible for it
and does not endorse it.";

/// Reads the extracts below `folder` and writes tables into `out`. Exit code 0 when written, 2 when not.
pub fn run(folder: &Path, out: &Path) -> ExitCode {
    told(out, || {
        let (terminology, skipped) = read(folder, &bar())?;
        terminology.write(out, REMARK)?;
        Ok((terminology.summary(), skipped))
    })
}
