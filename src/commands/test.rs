//! `caveat test`: runs the cases that stand beside the rules.

use crate::commands::folder::{build, read};
use crate::engine::rehearse::{CaseOutcome, rehearse};
use crate::pack::case::Origin;
use crate::pack::format::decode;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Compiles `place` (or reads it, when it is a pack) and runs its cases. Exit code 0 when all pass, 1 when some fail,
/// 2 when there is nothing to run.
pub fn run(place: &Path, only: Option<&str>, verbose: bool) -> ExitCode {
    let bytes = match bytes_of(place) {
        Ok(bytes) => bytes,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let pack = match decode(&bytes) {
        Ok(pack) => Arc::new(pack),
        Err(e) => {
            eprintln!("caveat: {e}");
            return ExitCode::from(2);
        }
    };
    let outcomes = match rehearse(&pack) {
        Ok(outcomes) => outcomes,
        Err(e) => {
            eprintln!("caveat: {e}");
            return ExitCode::from(2);
        }
    };
    let chosen: Vec<_> = outcomes.iter().filter(|c| only.is_none_or(|o| is_meant(c, o))).collect();
    for case in chosen.iter().filter(|c| verbose || !c.passed) {
        println!("{} {} / {}", if case.passed { "ok  " } else { "FAIL" }, case.origin, case.name);
        case.wanted.iter().for_each(|line| println!("       {line}"));
        println!("       {}", if case.said.is_empty() { "nothing was found" } else { "what was found:" });
        case.said.iter().for_each(|line| println!("         {line}"));
    }
    let failed = chosen.iter().filter(|c| !c.passed).count();
    println!("{} cases passed, {failed} failed ({})", chosen.len() - failed, pack.stamp());
    if chosen.is_empty() {
        eprintln!("caveat: no case to run");
        return ExitCode::from(2);
    }
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A case of this rule, a vignette of this category, or the one of this name.
fn is_meant(case: &CaseOutcome, only: &str) -> bool {
    let origin = match &case.origin {
        Origin::Rule(rule) => rule.as_str(),
        Origin::Vignette(category) => category.word(),
    };
    origin == only || case.name == only
}

fn bytes_of(place: &Path) -> Result<Vec<u8>, String> {
    if place.extension().is_some_and(|e| e == "pack") {
        return std::fs::read(place).map_err(|e| format!("caveat: cannot read `{}`: {e}", place.display()));
    }
    let compiled = build(read(place).map_err(|e| format!("caveat: {e}"))?);
    let report = compiled.report(std::io::stderr().is_terminal());
    compiled.bytes.ok_or_else(|| format!("{report}caveat: the rules do not compile; no case was run"))
}
