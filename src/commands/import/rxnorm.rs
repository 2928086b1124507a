//! `caveat import rxnorm`: a release of RxNorm to tables.

use crate::commands::import::bar::bar;
use crate::commands::import::options::told;
use crate::import::facts_routes::Routes;
use crate::import::rxnorm::read;
use crate::import::table::{each, tabbed};
use std::path::Path;
use std::process::ExitCode;

/// What stands above every table.
const REMARK: &str =
    "Made by `caveat import rxnorm` from a release of RxNorm; do not edit: what is written by hand extends it.
This product uses publicly available data from the US National Library of Medicine (NLM); NLM is not responsible for it
and does not endorse it.";

/// Reads the release below `folder`, and routes of injections from FDA's `product.txt` where it is given. Exit code 0
/// when written, 2 when not.
pub fn run(folder: &Path, fda: Option<&Path>, out: &Path) -> ExitCode {
    told(out, || {
        let (mut terminology, skipped) = read(folder, &bar())?;
        if let Some(fda) = fda {
            let mut routes = Routes::default();
            each(fda, tabbed(&["PRODUCTNDC", "ROUTENAME"]), &bar(), |cells| routes.note(cells[0], cells[1]))?;
            routes.give(&mut terminology.products, &terminology.packages);
        }
        terminology.write(out, REMARK)?;
        Ok((terminology.summary(), skipped))
    })
}
