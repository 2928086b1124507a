//! Names that stand for patients and users in records: by keyed hash, so that who holds a record and not the key learns
//! nobody's identity, while the same person has the same name in every record.

use crate::settings::recording::{Recording, Store};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The shortest key taken, in bytes.
pub const KEY_BYTES_MIN: usize = 32;

/// Why there is no key of pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// Its file cannot be read.
    #[error("the key of pseudonyms `{path}` cannot be read: {why}")]
    Unread {
        /// The file.
        path: String,
        /// What the disk said.
        why: String,
    },
    /// It is too short.
    #[error("the key of pseudonyms `{path}` has {found} bytes; at least 32 are wanted: `openssl rand -hex 32`")]
    Short {
        /// The file.
        path: String,
        /// Its bytes.
        found: usize,
    },
    /// None could be made.
    #[error("no key of pseudonyms could be made in `{path}`: {why}")]
    NotMade {
        /// The file.
        path: String,
        /// What the machine said.
        why: String,
    },
}

/// Makes pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(key not shown)")
    }
}

impl Pseudonyms {
    /// With a key made of any secret of 32 bytes or more.
    pub fn new(secret: &[u8]) -> Pseudonyms {
        Pseudonyms {
            key: blake3::derive_key("caveat 2026 pseudonyms of patients and users in decision records", secret),
        }
    }

    /// With the key that the settings name; or, where they name none, the one in the record's folder, made there once. Tells,
    /// besides, when an earlier key of this folder is lost.
    ///
    /// # Errors
    ///
    /// [`NoKey`].
    pub fn open(recording: &Recording) -> Result<(Pseudonyms, Option<String>), NoKey> {
        let folder = match &recording.store {
            Store::Memory => None,
            Store::Sqlite { folder } | Store::Postgres { folder, .. } => Some(folder),
        };
        let secret = match (&recording.pseudonym_key_file, folder) {
            (Some(file), _) => read(file)?,
            (None, Some(folder)) => read_or_make(&folder.join("pseudonym.key"))?,
            (None, None) => fresh(Path::new("memory"))?,
        };
        let pseudonyms = Pseudonyms::new(secret.trim_ascii());
        let lost = folder.and_then(|folder| pseudonyms.compare(&folder.join("pseudonym.check")));
        Ok((pseudonyms, lost))
    }

    /// Tells one key from another, and nothing else of it: 16 hexadecimal digits.
    pub fn check(&self) -> String {
        let mut out = blake3::Hasher::new_keyed(&self.key).update(b"check").finalize().to_hex().to_string();
        out.truncate(16);
        out
    }

    /// Compares the key with the one used in this folder before, and leaves its mark there. A mark that cannot be written only
    /// means that a later loss is not noticed.
    fn compare(&self, file: &Path) -> Option<String> {
        let check = self.check();
        let before = std::fs::read_to_string(file).ok();
        if before.as_deref().map(str::trim) == Some(check.as_str()) {
            return None;
        }
        let _ = std::fs::write(file, &check);
        before.map(|_| {
            String::from(
                "the key of pseudonyms is another than before: patients and users have new names in the record, overrides given before are not honoured, and no old record can be told to belong to a new one; put the old key back if it still exists",
            )
        })
    }

    /// The pseudonym of an id within a client and its tenant: 32 hexadecimal digits; empty for an empty id. `kind` tells a
    /// patient from a user with the same id.
    pub fn of(&self, kind: &str, client: &str, tenant: &str, id: &str) -> String {
        if id.is_empty() {
            return String::new();
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [kind, client, tenant, id] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut out = hasher.finalize().to_hex().to_string();
        out.truncate(32);
        out
    }
}

fn read(file: &Path) -> Result<Vec<u8>, NoKey> {
    let path = file.display().to_string();
    let secret = std::fs::read(file).map_err(|e| NoKey::Unread { path: path.clone(), why: e.to_string() })?;
    match secret.trim_ascii().len() {
        found if found < KEY_BYTES_MIN => Err(NoKey::Short { path, found }),
        _ => Ok(secret),
    }
}

fn read_or_make(file: &Path) -> Result<Vec<u8>, NoKey> {
    if file.exists() {
        return read(file);
    }
    let secret = fresh(file)?;
    write_once(file, &secret).map_err(|e| NoKey::NotMade { path: file.display().to_string(), why: e.to_string() })?;
    Ok(secret)
}

/// A key by the machine's randomness, in hexadecimal digits.
fn fresh(file: &Path) -> Result<Vec<u8>, NoKey> {
    let mut bytes = [0; 32];
    let filled = aws_lc_rs::rand::fill(&mut bytes);
    filled.map_err(|e| NoKey::NotMade { path: file.display().to_string(), why: e.to_string() })?;
    Ok(blake3::Hash::from_bytes(bytes).to_hex().as_bytes().to_vec())
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_once(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let draft: PathBuf = file.with_extension("draft");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&draft)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(draft, file)
}
