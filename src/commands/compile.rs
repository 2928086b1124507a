//! `caveat compile`: a rules folder to a pack file, written whole or not at all.

use crate::commands::folder::{build, read};
use crate::pack::format::decode;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Compiles `place` and writes the pack to `out`. Exit code 0 when written, 1 on errors, 2 when something cannot be
/// read or written.
pub fn run(place: &Path, out: &Path) -> ExitCode {
    let files = match read(place) {
        Ok(files) => files,
        Err(why) => {
            eprintln!("caveat: {why}");
            return ExitCode::from(2);
        }
    };
    let compiled = build(files);
    eprint!("{}", compiled.report(std::io::stderr().is_terminal()));
    let Some(bytes) = compiled.bytes else {
        eprintln!("{} errors: no pack was written", compiled.counts().0);
        return ExitCode::FAILURE;
    };
    let stamp = match decode(&bytes) {
        Ok(pack) => pack.stamp().clone(),
        Err(e) => {
            eprintln!("caveat: the compiler made a pack that its own reader refuses: {e}. This is a fault of caveat.");
            return ExitCode::FAILURE;
        }
    };
    if let Err(e) = write_whole(out, &bytes) {
        eprintln!("caveat: cannot write `{}`: {e}", out.display());
        return ExitCode::from(2);
    }
    println!("{stamp}: {} bytes in {}", bytes.len(), out.display());
    ExitCode::SUCCESS
}

/// Writes beside the target and moves it into place, so that a watching server never sees half a file.
pub fn write_whole(out: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = out.with_extension("pack.tmp");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, out)
}
