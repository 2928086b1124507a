//! `caveat config`: settings checked, shown, and explained.

use crate::diagnostic::render::tally;
use crate::diagnostic::report::SourceFile;
use crate::settings::page;
use crate::settings::read::{Reading, Said, Sources, read};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with settings.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Task {
    /// Check a settings file as `caveat serve` would read it here: every mistake, where it is, what to write instead.
    Check {
        /// The file.
        #[arg(value_name = "FILE", env = "CAVEAT_CONFIG")]
        file: Option<PathBuf>,
        /// Treat warnings as errors.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Show what is in force and where each value came from. Secrets are hidden.
    Show {
        /// The settings file.
        #[arg(long, value_name = "FILE", env = "CAVEAT_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Print a file with every setting, its usual value, its limits and what it means.
    Reference,
}

/// Runs a task. Exit code 0 without mistakes, 1 with mistakes, 2 when the file could not be read.
pub fn run(task: &Task) -> ExitCode {
    let (file, deny_warnings) = match task {
        Task::Reference => {
            print!("{}", page::reference());
            return ExitCode::SUCCESS;
        }
        Task::Check { file, deny_warnings } => (file, *deny_warnings),
        Task::Show { config } => (config, false),
    };
    let sources = match sources(file.as_deref(), Vec::new(), admin_token()) {
        Ok(sources) => sources,
        Err(why) => {
            eprintln!("caveat: {why}");
            return ExitCode::from(2);
        }
    };
    let reading = read(&sources);
    let (errors, all) = (reading.errors(), reading.mistakes.len());
    eprint!("{}", reading.report(std::io::stderr().is_terminal()));
    match task {
        Task::Show { .. } => print!("{}", page::show(&reading)),
        _ if all == 0 => println!("no mistakes"),
        _ => println!("{}", tally(&reading.mistakes)),
    }
    if errors > 0 || (deny_warnings && all > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The settings that hold here, or why not: the whole report when there are mistakes. Warnings are told on standard error.
pub fn settled(config: Option<&Path>, options: Vec<Said>, admin_token: Option<String>) -> Result<Reading, String> {
    let reading = read(&sources(config, options, admin_token)?);
    let report = reading.report(std::io::stderr().is_terminal());
    if reading.errors() > 0 {
        return Err(format!(
            "the settings have mistakes, so nothing was started\n\n{report}{}",
            tally(&reading.mistakes)
        ));
    }
    eprint!("{report}");
    Ok(reading)
}

/// The file, the variables of this process, and options.
fn sources(config: Option<&Path>, options: Vec<Said>, admin_token: Option<String>) -> Result<Sources, String> {
    let file = config.map(|path| {
        let unread = |why: String| format!("cannot read the settings file {}: {why}", path.display());
        let bytes = std::fs::read(path).map_err(|e| unread(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unread(String::from("it is no UTF-8 text")))?;
        Ok::<_, String>(SourceFile { path: path.display().to_string(), text })
    });
    let folder = config.and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Sources { file: file.transpose()?, folder, environment: environment.collect(), options, admin_token })
}

fn admin_token() -> Option<String> {
    std::env::var("CAVEAT_ADMIN_TOKEN").ok().filter(|token| !token.is_empty())
}
