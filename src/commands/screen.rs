//! `caveat screen`: one hook request or Bundle, screened and printed for a person or as JSON.

use crate::clinical::time::{Dated, Moment};
use crate::commands::builtin;
use crate::commands::folder::{build, read};
use crate::commands::report::report;
use crate::engine::screen::Screener;
use crate::hooks::cards::write;
use crate::hooks::request::read_any;
use crate::hooks::screen_request::{Question, ScreenRequest, Unscreened, is_bundle};
use crate::live::clock::now;
use crate::pack::format::decode;
use crate::pack::read::Pack;
use std::borrow::Cow;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What to screen, and how to print it.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The hook request, or a FHIR Bundle of one patient's records, as JSON; `-` reads standard input.
    pub file: PathBuf,
    /// The moment to screen as of, such as 2020-03-05 or 2020-03-05T10:00:00Z (default: now).
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Say of every rule considered why it fired or did not.
    #[arg(long)]
    pub trace: bool,
    /// Print the CDS Hooks response as JSON.
    #[arg(long)]
    pub json: bool,
    /// A pack file or a rules folder (default: the built-in knowledge).
    #[arg(long, value_name = "PATH")]
    pub pack: Option<PathBuf>,
}

/// Screens one request. Exit code 0 when answered, 1 when the request was refused, 2 when something cannot be read.
pub fn run(options: &Options) -> ExitCode {
    match answer(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

fn answer(options: &Options) -> Result<bool, String> {
    let as_of = moment(options.as_of.as_deref())?;
    let body = body_of(&options.file)?;
    let screener = Screener::new(Arc::new(pack_of(options.pack.as_deref())?));
    let bundle;
    let read = if is_bundle(&body) {
        bundle = ScreenRequest::of(&body, &Question::default());
        bundle.as_ref().map_err(Clone::clone).and_then(|bundle| bundle.call(as_of))
    } else {
        read_any(&body, as_of).map_err(Unscreened::from)
    };
    let call = match read {
        Ok(call) => call,
        Err(refusal) => {
            eprintln!("caveat: the request was refused: {refusal}");
            return Ok(false);
        }
    };
    let screening = if options.trace { screener.explain(&call.chart) } else { screener.screen(&call.chart) };
    let text = if options.json { write(&call, &screening) } else { report(&call.chart, &screening).into_bytes() };
    let mut out = std::io::stdout().lock();
    out.write_all(&text).and_then(|()| out.write_all(b"\n")).map_err(|e| e.to_string())?;
    Ok(true)
}

/// A date stands for its last second, so that what was written that day has happened.
pub fn moment(text: Option<&str>) -> Result<Moment, String> {
    let Some(text) = text else { return Ok(now()) };
    let wanted = "write a date such as 2020-03-05 or a time such as 2020-03-05T10:00:00Z";
    Dated::parse(text).map(|d| d.latest).ok_or_else(|| format!("`--as-of {text}` is no date or time; {wanted}"))
}

fn body_of(file: &Path) -> Result<Vec<u8>, String> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().read_to_end(&mut body).map_err(|e| format!("cannot read standard input: {e}"))?;
        return Ok(body);
    }
    std::fs::read(file).map_err(|e| format!("cannot read `{}`: {e}", file.display()))
}

/// The pack of a path: a pack file as it is, a folder compiled, nothing: the built-in knowledge.
pub fn pack_of(path: Option<&Path>) -> Result<Pack, String> {
    let bytes = bytes_of(path)?;
    decode(&bytes).map_err(|e| format!("the pack is refused: {e}"))
}

/// The bytes of that pack.
pub fn bytes_of(path: Option<&Path>) -> Result<Cow<'static, [u8]>, String> {
    let files = match path {
        None => return Ok(Cow::Borrowed(builtin::PACK)),
        Some(path) if path.is_dir() => read(path)?,
        Some(path) => {
            let file = std::fs::read(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
            return Ok(Cow::Owned(file));
        }
    };
    let compiled = build(files);
    let said = compiled.report(false);
    compiled.bytes.map(Cow::Owned).ok_or_else(|| format!("the rules do not compile:\n{said}"))
}
