//! What `caveat import` can read, and what it says when it is done.

use crate::commands::folder;
use crate::commands::import::{atc, facts, interactions, ndc, rxnorm, snomed};
use crate::diagnostic::render::tally;
use crate::diagnostic::report::Level;
use crate::import::skipped::Skipped;
use crate::source::parse::parse;
use crate::source::tree::Tree;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to import.
#[derive(Clone, Debug, Subcommand)]
pub enum Source {
    /// A release of RxNorm (RXNCONSO, RXNREL, RXNSAT, RXNCUICHANGES): tables of ingredients, products and packages.
    Rxnorm {
        /// The folder that holds the RRF files.
        folder: PathBuf,
        /// FDA's product.txt: the routes of injections.
        #[arg(long, value_name = "FILE")]
        fda: Option<PathBuf>,
        /// Where the tables go.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// A snapshot of SNOMED CT (RF2): the codes below those that the rules name.
    Snomed {
        /// The folder that holds the snapshot.
        folder: PathBuf,
        /// The rules folder whose codes are meant.
        #[arg(long, value_name = "FOLDER", default_value = "rules")]
        rules: PathBuf,
        /// Where the table goes.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// FDA's directory (product.txt, package.txt): packages that the rules do not know.
    Ndc {
        /// The folder that holds the tables.
        folder: PathBuf,
        /// The rules folder whose ingredients are meant.
        #[arg(long, value_name = "FOLDER", default_value = "rules")]
        rules: PathBuf,
        /// Where the tables go.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// A table of ATC codes and names: codes for the ingredients of the rules.
    Atc {
        /// The table, with the columns atc_code and atc_name.
        table: PathBuf,
        /// The rules folder whose ingredients are meant.
        #[arg(long, value_name = "FOLDER", default_value = "rules")]
        rules: PathBuf,
        /// Where the table goes.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// Pairs of drugs with levels, of a source whose licence you hold: rules that speak quietly.
    Interactions(interactions::Options),
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
        Source::Rxnorm { folder, fda, output } => rxnorm::run(folder, fda.as_deref(), output),
        Source::Snomed { folder, rules, output } => snomed::run(folder, rules, output),
        Source::Ndc { folder, rules, output } => ndc::run(folder, rules, output),
        Source::Atc { table, rules, output } => atc::run(table, rules, output),
        Source::Interactions(options) => interactions::run(options),
        Source::Facts { folder, output } => facts::run(folder, output),
    }
}

/// What an import tells: a line of how much, and what was left out.
pub type Told = Result<(String, Skipped), Box<dyn std::error::Error>>;

/// Runs an import and tells what came of it: what was written where, what was left out and why.
pub fn told(out: &Path, import: impl FnOnce() -> Told) -> ExitCode {
    match import() {
        Ok((summary, skipped)) => {
            println!("{summary}\nwritten to {}", out.display());
            if !skipped.is_empty() {
                print!("\nleft out, or to be looked at:\n{skipped}");
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

/// The tree of a rules folder. One that does not parse is refused: an import would miss what it lacks.
pub fn tree(rules: &Path) -> Result<Tree, String> {
    let (tree, mistakes) = parse(&folder::read(rules)?);
    if mistakes.iter().any(|m| m.level == Level::Error) {
        return Err(format!("`{}` has {}: run `caveat check` first", rules.display(), tally(&mistakes)));
    }
    Ok(tree)
}
