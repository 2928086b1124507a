//! The journal's files, as its writer and the one who carries entries to the store both see them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number.
    pub number: u64,
    /// Where it is.
    pub path: PathBuf,
    /// Where what is still to be carried begins, in bytes.
    pub from: u64,
    /// Where what is safe ends, in bytes.
    pub to: u64,
    /// Whether some of it could not be read: such a file is set aside, not removed.
    pub damaged: bool,
}

/// The files, oldest first; the last one may be growing.
#[derive(Debug, Default)]
pub struct Segments {
    files: Mutex<VecDeque<Segment>>,
    more: Condvar,
}

impl Segments {
    /// Of files found in a folder.
    pub fn of(files: Vec<Segment>) -> Segments {
        Segments { files: Mutex::new(files.into()), more: Condvar::new() }
    }

    /// A file was begun.
    pub fn begun(&self, segment: Segment) {
        self.lock().push_back(segment);
    }

    /// A file is safe up to here.
    pub fn synced(&self, number: u64, to: u64) {
        let mut files = self.lock();
        if let Some(file) = files.iter_mut().rev().find(|f| f.number == number) {
            file.to = to;
        }
        drop(files);
        self.more.notify_all();
    }

    /// The oldest file with something to carry; waits for one as long as told.
    pub fn next(&self, wait: Duration) -> Option<Segment> {
        let files = self.lock();
        let has = |files: &VecDeque<Segment>| files.iter().find(|f| f.from < f.to).cloned();
        if let Some(found) = has(&files) {
            return Some(found);
        }
        let waited = self.more.wait_timeout(files, wait);
        has(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Wakes whoever waits in [`Segments::next`].
    pub fn wake(&self) {
        self.more.notify_all();
    }

    /// A file was carried up to here. Files that are done with are taken off the list and returned: all but the newest.
    pub fn carried(&self, number: u64, from: u64) -> Vec<Segment> {
        let mut files = self.lock();
        if let Some(file) = files.iter_mut().find(|f| f.number == number) {
            file.from = from;
        }
        let mut done = Vec::new();
        while files.len() > 1 && files.front().is_some_and(|f| f.from >= f.to) {
            done.extend(files.pop_front());
        }
        done
    }

    /// Bytes still to be carried.
    pub fn bytes_behind(&self) -> u64 {
        self.lock().iter().map(|f| f.to.saturating_sub(f.from)).sum()
    }

    /// Every change leaves the list whole, so that it can be used on after a panic.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Segment>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path of a file of the journal.
pub fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("journal-{number:012}.log"))
}

/// The files of a journal's folder, oldest first, with their numbers.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn files_in(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let number = |path: &Path| -> Option<u64> {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("journal-")?.strip_suffix(".log")?.parse().ok()
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        files.extend(number(&path).map(|n| (n, path)));
    }
    files.sort();
    Ok(files)
}
