//! `caveat check`: every mistake of a rules folder at once, with its place and its cure.

use crate::commands::folder::{build, read};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

/// Checks a folder (or one file). Exit code 0 without errors, 1 with errors, 2 when it could not be read.
pub fn run(place: &Path, deny_warnings: bool) -> ExitCode {
    let files = match read(place) {
        Ok(files) => files,
        Err(why) => {
            eprintln!("caveat: {why}");
            return ExitCode::from(2);
        }
    };
    let compiled = build(files);
    let (errors, warnings) = compiled.counts();
    print!("{}", compiled.report(std::io::stdout().is_terminal()));
    println!("{} files, {errors} errors, {warnings} warnings", compiled.files.len());
    if errors > 0 || (deny_warnings && warnings > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
