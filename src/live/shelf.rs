//! What outlives a restart: the newest pack that was taken, and when it was signed.

use crate::clinical::time::Dated;
use crate::live::age::Newest;
use crate::pack::signature::{hex, of_hex};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the file with the time opens with.
const TITLE: &str = "caveat newest signature 1";

/// A file with the time that is longer than this is none of ours.
const FILE_BYTES_MAX: u64 = 1_024;

/// A folder that keeps the newest pack (`newest.pack`), and when it was signed (`newest-signature`).
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// In a folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Shelf {
        Shelf { folder }
    }

    /// What an earlier run kept; `None`: nothing.
    ///
    /// # Errors
    ///
    /// Why it cannot be told, in words that name no path; the log does.
    pub fn newest(&self) -> Result<Option<Newest>, String> {
        read(&self.time()).map_err(|why| {
            tracing::error!(file = %self.time().display(), why, "it is not known which pack was the newest");
            format!("what an earlier run kept does not tell how new packs must be: {why}; an older one may be taken")
        })
    }

    /// The pack that an earlier run kept. It is to be tried like any other.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn pack(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.place())
    }

    /// Where the pack is kept.
    pub fn place(&self) -> PathBuf {
        self.folder.join("newest.pack")
    }

    /// Keeps a pack, then its time; without a time neither.
    ///
    /// # Errors
    ///
    /// Why it could not be kept, in words that name no path; the log does.
    pub fn keep(&self, newest: Option<&Newest>, pack: &[u8]) -> Result<(), String> {
        let kept = match newest {
            Some(newest) => {
                let time = format!("{TITLE}\n{}\n{}\n", newest.at.rfc3339(), newest.hash);
                write(&self.place(), pack).and_then(|()| write(&self.time(), time.as_bytes()))
            }
            None => remove(&self.time()).and_then(|()| remove(&self.place())),
        };
        kept.map_err(|e| {
            tracing::error!(folder = %self.folder.display(), error = %e, "the newest pack cannot be kept");
            format!("the newest pack cannot be kept: {e}; after a restart an older one may be taken")
        })
    }

    fn time(&self) -> PathBuf {
        self.folder.join("newest-signature")
    }
}

fn read(file: &Path) -> Result<Option<Newest>, String> {
    match std::fs::metadata(file) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(meta) if meta.len() > FILE_BYTES_MAX => return Err(String::from("it is not what was written there")),
        _ => {}
    }
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let lines: Vec<&str> = text.lines().collect();
    let found = match lines.as_slice() {
        [TITLE, at, hash] => Dated::parse(at).zip(of_hex(hash)),
        _ => None,
    };
    let (at, hash) = found.ok_or("it is not what was written there")?;
    Ok(Some(Newest { at: at.earliest, hash: hex(&hash) }))
}

/// Written beside and moved into place, and safe from a loss of power: a start never finds half of it.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension("tmp");
    let mut to = std::fs::File::create(&beside)?;
    to.write_all(bytes)?;
    to.sync_all()?;
    std::fs::rename(&beside, file)?;
    match file.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn remove(file: &Path) -> std::io::Result<()> {
    std::fs::remove_file(file).or_else(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(e),
    })
}
