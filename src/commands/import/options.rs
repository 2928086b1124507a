//! What `caveat import` can read, and what it says when it is done.

use crate::commands::import::facts;
use crate::import::skipped::Skipped;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to import.
#[derive(Clone, Debug, Subcommand)]
pub enum Source {
    /// Make the built-in tables anew from extracts of RxNorm and FDA data.
    Facts {
        /// The folder that holds `rxnorm/` and `fda/`.
        folder: PathBuf,
        /// Where the tables go.
        #[arg(short, long, value_name = "FOLDER", default_value = "rules/terminology/rxnorm")]
        output: PathBuf,
    },
}

/// Imports.
pub fn run(source: &Source) -> ExitCode {
    match source {
        Source::Facts { folder, output } => facts::run(folder, output),
    }
}

/// Runs an import and tells what came of it: what was written where, what was left out and why.
pub fn told(out: &Path, import: impl FnOnce() -> Result<(String, Skipped), Box<dyn std::error::Error>>) -> ExitCode {
    match import() {
        Ok((summary, skipped)) => {
            println!("{summary}\nwritten to {}", out.display());
            if !skipped.is_empty() {
                print!("\nleft out:\n{skipped}");
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}
