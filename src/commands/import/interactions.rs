//! `caveat import interactions`: pairs with levels to rules that speak quietly.

use crate::commands::import::bar::bar;
use crate::commands::import::options::{told, tree};
use crate::import::interactions::{About, names, read_pairs, rules};
use crate::import::interactions_ansm;
use crate::import::skipped::Skipped;
use crate::live::clock::now;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to read, and what to say of it.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Pairs: a `.csv` with the columns Drug_A, Drug_B, Level, or a `.json` of the French thesaurus.
    pub pairs: PathBuf,
    /// The members of the thesaurus' classes, as JSON.
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
    /// Names of the source by RxNorm code: a table with the columns name, rxnorm.
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
    /// Where the rules come from, as a card names it.
    #[arg(long, value_name = "WORDS")]
    pub source: String,
    /// What the ids of the rules begin with: lower-case letters, digits and hyphens.
    #[arg(long, value_name = "WORD", default_value = "imported")]
    pub id: String,
    /// The day by which somebody reads the rules again (default: a year from now).
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub review: Option<String>,
    /// The rules folder whose ingredients are meant.
    #[arg(long, value_name = "FOLDER", default_value = "rules")]
    pub rules: PathBuf,
    /// The folder the rules go to.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
}

/// Reads pairs and writes rules. Exit code 0 when written, 2 when not.
pub fn run(options: &Options) -> ExitCode {
    told(&options.output, || {
        let mut skipped = Skipped::default();
        let tree = tree(&options.rules)?;
        let bar = bar();
        let substances = names(options.names.as_deref(), &tree, &bar, &mut skipped)?;
        let pairs = if options.pairs.extension().is_some_and(|e| e == "json") {
            interactions_ansm::read(&options.pairs, options.classes.as_deref(), &substances, &mut skipped)?
        } else {
            read_pairs(&options.pairs, &substances, &bar, &mut skipped)?
        };
        let review = options.review.clone().unwrap_or_else(in_a_year);
        let about = About { id: options.id.clone(), source: options.source.clone(), review };
        std::fs::create_dir_all(&options.output)?;
        let files = rules(&pairs, &about);
        for (n, text) in files.iter().enumerate() {
            std::fs::write(options.output.join(format!("{}-{:03}.toml", options.id, n + 1)), text)?;
        }
        Ok((format!("{} pairs in {} files", pairs.len(), files.len()), skipped))
    })
}

/// A year from now, as a date.
fn in_a_year() -> String {
    const YEAR_SECONDS: i64 = 365 * 86_400;
    let then = crate::clinical::time::Moment(now().0.saturating_add(YEAR_SECONDS));
    then.rfc3339().chars().take("2027-11-01".len()).collect()
}
