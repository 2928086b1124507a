//! The command line.

use caveat::commands;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A request makes some hundreds of small allocations; this one hands them out in about half the time of glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Real-time clinical decision support for medication safety.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve CDS Hooks.
    Serve(commands::serve::Options),
    /// Check, show and explain the settings.
    Config {
        #[command(subcommand)]
        task: commands::config::Task,
    },
    /// Screen one hook request.
    Screen(commands::screen::Options),
    /// Check a rules folder: every mistake, where it is, and what to write instead.
    Check {
        /// The folder, or one file.
        #[arg(default_value = "rules")]
        rules: PathBuf,
        /// Treat warnings as errors.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Compile a rules folder into a pack.
    Compile {
        /// The folder.
        #[arg(default_value = "rules")]
        rules: PathBuf,
        /// Where to write the pack.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Run the cases that stand beside the rules.
    Test {
        /// A rules folder, or a pack file ending in `.pack`.
        #[arg(default_value = "rules")]
        rules: PathBuf,
        /// Only the cases of this rule, the vignettes of this category, or the one of this name.
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// Print passing cases too.
        #[arg(short, long)]
        verbose: bool,
    },
    /// Make a rules folder of other people's tables.
    Import {
        #[command(subcommand)]
        source: commands::import::options::Source,
    },
    /// Read the record of answers: check it, show it, export it.
    Audit {
        #[command(subcommand)]
        what: commands::audit::What,
    },
    /// Give a recorded answer again, from the request captured for it, and compare it byte for byte.
    Replay(commands::replay::Options),
    /// Say how good a pack is: what it covers, what it says of known lists, whom it would interrupt, what its rules lack.
    Score(commands::score::Options),
    /// Ask a running server whether it is ready.
    Health(commands::health::Options),
    /// Make a key that signs packs.
    Keygen {
        /// Where to write the secret half.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Sign a pack file.
    Sign {
        /// The pack file; the signature is put behind it.
        pack: PathBuf,
        /// The secret key, made by `caveat keygen`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// When it counts as signed, such as 2026-03-05T10:00:00Z, so that the same bytes come out again (default: now).
        /// Servers refuse a pack that was signed before the one in service.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Say what a pack holds, and who signed it when.
    Inspect {
        /// The pack file (default: the built-in pack).
        pack: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CAVEAT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A log that cannot be written (its reader is gone) costs the line, never the server.
    let log = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false).with_writer(std::io::stderr);
    match std::env::var("CAVEAT_LOG_FORMAT").as_deref() {
        Ok("json") => log.json().flatten_event(true).init(),
        _ => log.init(),
    }
    match Cli::parse().command {
        Command::Serve(options) => commands::serve::run(&options),
        Command::Config { task } => commands::config::run(&task),
        Command::Screen(options) => commands::screen::run(&options),
        Command::Check { rules, deny_warnings } => commands::check::run(&rules, deny_warnings),
        Command::Compile { rules, output } => commands::compile::run(&rules, &output),
        Command::Test { rules, only, verbose } => commands::test::run(&rules, only.as_deref(), verbose),
        Command::Import { source } => commands::import::options::run(&source),
        Command::Audit { what } => commands::audit::run(&what),
        Command::Replay(options) => commands::replay::run(&options),
        Command::Score(options) => commands::score::run(&options),
        Command::Health(options) => commands::health::run(&options),
        Command::Keygen { output } => commands::sign::keygen(&output),
        Command::Sign { pack, key, at } => commands::sign::run(&pack, &key, at.as_deref()),
        Command::Inspect { pack } => commands::inspect::run(pack.as_deref()),
    }
}
