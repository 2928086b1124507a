//! `caveat keygen` and `caveat sign`: who vouches for a pack.

use crate::clinical::time::{Dated, Moment};
use crate::commands::compile::write_whole;
use crate::live::age::AHEAD_MAX;
use crate::live::clock::now;
use crate::pack::format::{decode, stated_hash};
use crate::pack::signature::{SIGNATURES_MAX, Signature, SigningKey, append, hex, of_hex, split};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Makes a signing key: its seed goes to `out`, readable by its owner alone; its public half is printed. An existing file stays
/// as it is. Exit code 0 when made, 2 when not.
pub fn keygen(out: &Path) -> ExitCode {
    told(new_key(out).map(|signer| {
        format!(
            "public key {}\nput it into `knowledge.signers` of every server; keep `{}` secret",
            hex(&signer),
            out.display()
        )
    }))
}

/// Signs a pack file, as of now or of a time. A signature that this key gave before makes room for the new one. Exit code 0 when
/// signed, 2 when not.
pub fn run(pack: &Path, key: &Path, at: Option<&str>) -> ExitCode {
    told(time_of(at).and_then(|at| signed(pack, key, at)))
}

/// When it is to be signed.
fn time_of(text: Option<&str>) -> Result<Moment, String> {
    let now = now();
    let Some(text) = text else { return Ok(now) };
    let wanted = "write a date such as 2026-03-05 or a time such as 2026-03-05T10:00:00Z";
    let at = Dated::parse(text).ok_or_else(|| format!("`--at {text}` is no date or time; {wanted}"))?.earliest;
    if at > now.plus(AHEAD_MAX) {
        return Err(format!("`--at {text}` lies in the future, and no server would take the pack before; {wanted}"));
    }
    Ok(at)
}

fn told(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

fn new_key(out: &Path) -> Result<[u8; 32], String> {
    let mut seed = [0u8; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| String::from("this machine gives no random numbers"))?;
    let key = SigningKey::of_seed(&seed).ok_or("no key could be made")?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(out).map_err(|e| format!("cannot make `{}`: {e}", out.display()))?;
    file.write_all(format!("{}\n", hex(&seed)).as_bytes())
        .map_err(|e| format!("cannot write `{}`: {e}", out.display()))?;
    Ok(key.signer())
}

/// The key in a file of 64 hexadecimal digits.
pub fn key_of(file: &Path) -> Result<SigningKey, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read `{}`: {e}", file.display()))?;
    let wanted = || format!("`{}` holds no signing key; make one with `caveat keygen`", file.display());
    SigningKey::of_seed(&of_hex(&text).ok_or_else(wanted)?).ok_or_else(wanted)
}

fn signed(pack: &Path, key: &Path, at: Moment) -> Result<String, String> {
    let key = key_of(key)?;
    let file = std::fs::read(pack).map_err(|e| format!("cannot read `{}`: {e}", pack.display()))?;
    let sound = decode(&file).map_err(|e| format!("`{}` is refused: {e}", pack.display()))?;
    let hash = stated_hash(&file).unwrap_or_default();
    let (content, signatures) = split(&file);
    // The last stands first; the others keep their order.
    let others: Vec<&Signature> = signatures.iter().rev().filter(|s| s.signer != key.signer()).collect();
    if others.len() >= SIGNATURES_MAX {
        return Err(format!("`{}` bears {SIGNATURES_MAX} signatures of others, and no more are read", pack.display()));
    }
    let mut bytes = content.to_vec();
    others.into_iter().for_each(|other| append(&mut bytes, other));
    append(&mut bytes, &key.sign(&hash, Some(at)));
    write_whole(pack, &bytes).map_err(|e| format!("cannot write `{}`: {e}", pack.display()))?;
    Ok(format!("{}: signed by {} at {}", sound.stamp(), hex(&key.signer()), at.rfc3339()))
}
