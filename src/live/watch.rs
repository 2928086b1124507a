//! A pack file, watched: when it changes, the lineup tries it.

use crate::live::clock::now;
use crate::live::lineup::Lineup;
use crate::live::status::Refused;
use crate::pack::stamp::PackStamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often the file is looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file that holds the pack to serve. Looking at its length and time of change, not at notifications of the system,
/// works on every file system and sees a file that was moved into place.
#[derive(Debug)]
pub struct WatchedFile {
    path: PathBuf,
    seen: Option<(u64, SystemTime)>,
}

impl WatchedFile {
    /// A file not looked at yet.
    pub fn new(path: PathBuf) -> WatchedFile {
        WatchedFile { path, seen: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tries the file whether it changed or not (start, SIGHUP).
    pub fn load(&mut self, lineup: &Lineup) -> Result<PackStamp, Refused> {
        self.seen = self.look();
        let place = self.path.display().to_string();
        match std::fs::read(&self.path) {
            Ok(bytes) => lineup.activate(&bytes, &place, now()),
            Err(e) => {
                lineup.note_unreadable(&place, &e.to_string(), now());
                Err(Refused::Unreadable { place, why: e.to_string() })
            }
        }
    }

    /// Tries the file if it changed since it was last seen, and has been left alone for a moment: a file still being
    /// written is not read half.
    pub fn load_if_changed(&mut self, lineup: &Lineup) -> Option<Result<PackStamp, Refused>> {
        let found = self.look()?;
        let settled = found.1.elapsed().is_ok_and(|age| age >= LOOK_EVERY / 2);
        (self.seen != Some(found) && settled).then(|| self.load(lineup))
    }

    fn look(&self) -> Option<(u64, SystemTime)> {
        let meta = std::fs::metadata(&self.path).ok()?;
        Some((meta.len(), meta.modified().ok()?))
    }
}

/// Runs until the process ends, on a thread of its own.
pub fn watch(mut file: WatchedFile, lineup: Arc<Lineup>, wake: std::sync::mpsc::Receiver<()>) {
    loop {
        let outcome = match wake.recv_timeout(LOOK_EVERY) {
            Ok(()) => Some(file.load(&lineup)),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => file.load_if_changed(&lineup),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
        };
        match outcome {
            Some(Ok(stamp)) => tracing::info!(pack = %stamp, "pack in service"),
            Some(Err(refused)) => tracing::error!(%refused, "pack refused; the one in service stays"),
            None => {}
        }
    }
}
