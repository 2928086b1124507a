//! `caveat score`: how good a pack is, for a person or as JSON.

use crate::commands::screen::{moment, pack_of};
use crate::score::complaints::complaints;
use crate::score::page::page;
use crate::score::scorecard::{Asked, Scorecard};
use crate::score::traffic::Request;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What to score, and by what.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// A pack file or a rules folder (default: the built-in knowledge).
    pub pack: Option<PathBuf>,
    /// Print JSON: every list whole.
    #[arg(long)]
    pub json: bool,
    /// Codes to look up: a table with a column `rxcui`, or one `system|code` or RxCUI a line. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub codes: Vec<PathBuf>,
    /// A folder of hook requests (`.json`, at any depth) to answer.
    #[arg(long, value_name = "DIR")]
    pub requests: Option<PathBuf>,
    /// The moment to answer them as of, such as 2020-03-05 (default: now).
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Fail when a vignette fails, a pair that should not interrupt does, or a rule names no source.
    #[arg(long)]
    pub check: bool,
}

/// Scores a pack. Exit code 0, 1 when `--check` finds a fault, 2 when something cannot be read.
pub fn run(options: &Options) -> ExitCode {
    let card = match score(options) {
        Ok(card) => card,
        Err(why) => {
            eprintln!("caveat: {why}");
            return ExitCode::from(2);
        }
    };
    match options.json.then(|| serde_json::to_string_pretty(&card)) {
        None => print!("{}", page(&card)),
        Some(Ok(json)) => println!("{json}"),
        Some(Err(e)) => {
            eprintln!("caveat: the scorecard cannot be written: {e}");
            return ExitCode::from(2);
        }
    }
    let faults = if options.check { complaints(&card) } else { Vec::new() };
    faults.iter().for_each(|fault| eprintln!("caveat: {fault}"));
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn score(options: &Options) -> Result<Scorecard, String> {
    let asked = Asked {
        as_of: moment(options.as_of.as_deref())?,
        codes: options.codes.iter().map(|file| codes_of(file)).collect::<Result<_, _>>()?,
        requests: options.requests.as_deref().map(requests_of).transpose()?,
    };
    let pack = Arc::new(pack_of(options.pack.as_deref())?);
    Scorecard::of(&pack, &asked).map_err(|e| e.to_string())
}

/// A list of codes by the name of its file.
fn codes_of(file: &Path) -> Result<(String, String), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read `{}`: {e}", file.display()))?;
    Ok((name_of(file), text))
}

fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Every `.json` below a folder, in order of path.
fn requests_of(folder: &Path) -> Result<Vec<Request>, String> {
    let unread = |place: &Path, e: &std::io::Error| format!("cannot read `{}`: {e}", place.display());
    let (mut open, mut requests) = (vec![folder.to_owned()], Vec::new());
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(&place).map_err(|e| unread(&place, &e))? {
            let path = entry.map_err(|e| unread(&place, &e))?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                let body = std::fs::read(&path).map_err(|e| unread(&path, &e))?;
                requests.push(Request { name: path.display().to_string(), body });
            }
        }
    }
    requests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(requests)
}
