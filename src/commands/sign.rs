//! `caveat keygen` and `caveat sign`: who vouches for a pack.

use crate::commands::compile::write_whole;
use crate::pack::format::{decode, stated_hash};
use crate::pack::signature::{SigningKey, append, hex, of_hex, split};
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

/// Signs a pack file. Exit code 0 when signed (or signed already by this key), 2 when not.
pub fn run(pack: &Path, key: &Path) -> ExitCode {
    told(signed(pack, key))
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

fn signed(pack: &Path, key: &Path) -> Result<String, String> {
    let key = key_of(key)?;
    let mut bytes = std::fs::read(pack).map_err(|e| format!("cannot read `{}`: {e}", pack.display()))?;
    let sound = decode(&bytes).map_err(|e| format!("`{}` is refused: {e}", pack.display()))?;
    let hash = stated_hash(&bytes).unwrap_or_default();
    let signer = hex(&key.signer());
    if split(&bytes).1.iter().any(|s| s.signer == key.signer() && s.holds(&hash)) {
        return Ok(format!("{}: already signed by {signer}", sound.stamp()));
    }
    append(&mut bytes, &key.sign(&hash));
    write_whole(pack, &bytes).map_err(|e| format!("cannot write `{}`: {e}", pack.display()))?;
    Ok(format!("{}: signed by {signer}", sound.stamp()))
}
