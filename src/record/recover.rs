//! What a journal's folder holds after an end that was no stop: every whole entry is found, a torn tail is cut, a damaged
//! place in the middle is passed over and told.

use crate::record::entry::{Entry, Link};
use crate::record::frame::{Header, Piece, pieces};
use crate::record::segments::{Segment, files_in};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Default)]
pub struct Recovered {
    /// The files, oldest first.
    pub segments: Vec<Segment>,
    /// Number of the next file.
    pub next_number: u64,
    /// Where this instance's chain stands by the journal; `None`: the journal does not know of it.
    pub head: Option<Link>,
    /// Number of the entry that the oldest file goes on from: what came before must be in the store.
    pub begins_after: u64,
    /// When the last entry was written.
    pub last_ms: Option<i64>,
    /// What an operator should know.
    pub notes: Vec<String>,
}

/// One file, read.
#[derive(Debug)]
pub struct ReadFile {
    /// Its number.
    pub number: u64,
    /// Where it is.
    pub path: PathBuf,
    /// Its head; `None`: not whole.
    pub header: Option<Header>,
    /// Where its first frame begins.
    pub from: usize,
    /// Its pieces, without what a later file outvotes.
    pub pieces: Vec<Piece>,
    /// How long it is.
    pub length: usize,
}

impl ReadFile {
    /// Its whole entries.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Entry(entry, _) => Some(&**entry),
            Piece::Damage(..) => None,
        })
    }

    /// Where its last whole entry ends.
    fn end(&self) -> usize {
        let end = |piece: &Piece| if let Piece::Entry(_, end) = piece { Some(*end) } else { None };
        self.pieces.iter().rev().find_map(end).unwrap_or(self.from)
    }

    /// Bytes behind its last whole entry.
    pub fn torn(&self) -> usize {
        self.length.saturating_sub(self.end())
    }

    /// Damaged places before the last whole entry, in bytes.
    fn damage(&self) -> usize {
        let end = self.end();
        let within = |piece: &Piece| match piece {
            Piece::Damage(from, to) if *from < end => Some(to - from),
            _ => None,
        };
        self.pieces.iter().filter_map(within).sum()
    }
}

/// Reads every file of a journal, changing nothing. An entry that a later file's head outvotes (it could not be synced, and
/// its number was given again) is left out.
///
/// # Errors
///
/// When the folder or a file cannot be read.
pub fn read_all(folder: &Path) -> io::Result<Vec<ReadFile>> {
    let mut files: Vec<ReadFile> = Vec::new();
    for (number, path) in files_in(folder)? {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // Carried to the store and removed since the folder was listed.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        let (header, from) = Header::read(&bytes).map_or((None, 0), |(header, from)| (Some(header), from));
        files.push(ReadFile { number, path, header, from, pieces: pieces(&bytes, from), length: bytes.len() });
    }
    for n in 1..files.len() {
        let (earlier, later) = files.split_at_mut(n);
        let Some(header) = &later[0].header else { continue };
        for file in earlier {
            let outvoted = |piece: &Piece| matches!(piece, Piece::Entry(e, _) if e.chain == header.chain && e.seq > header.after.seq);
            if let Some(at) = file.pieces.iter().position(outvoted) {
                file.pieces.truncate(at);
            }
        }
    }
    Ok(files)
}

/// Makes a folder's journal fit to go on with, and tells what it holds.
///
/// # Errors
///
/// When the folder or a file cannot be read.
pub fn recover(folder: &Path, chain: &str) -> io::Result<Recovered> {
    let files = read_all(folder)?;
    let mut recovered = Recovered { next_number: 1, ..Recovered::default() };
    for (n, file) in files.iter().enumerate() {
        recovered.next_number = file.number + 1;
        if file.header.is_none() && file.entries().next().is_none() {
            // The process ended before the head of a new file was written: nothing can have been kept in it.
            let _ = std::fs::remove_file(&file.path);
            continue;
        }
        learn_head(&mut recovered, file, chain);
        let (end, damaged) = (file.end(), file.damage());
        let torn = file.length.saturating_sub(end);
        let gone_on = files.get(n + 1).is_none_or(|next| goes_on(file, next));
        let lost = damaged > 0 || (torn > 0 && !gone_on);
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if lost {
            let bad = damaged + if gone_on { 0 } else { torn };
            recovered.notes.push(format!("{name}: {bad} bytes in the middle of the journal are no entries; it is set aside once its other entries are stored"));
        } else if torn > 0 {
            recovered.notes.push(format!("{name}: {torn} bytes of an entry that was never finished were cut off"));
            cut(&file.path, end);
        }
        let (from, to) = (file.from as u64, end as u64);
        recovered.segments.push(Segment { number: file.number, path: file.path.clone(), from, to, damaged: lost });
    }
    Ok(recovered)
}

/// Where the chain stands: by a file's head, and by its last entry.
fn learn_head(recovered: &mut Recovered, file: &ReadFile, chain: &str) {
    if let Some(header) = file.header.as_ref().filter(|h| h.chain == chain) {
        if recovered.head.is_none() {
            recovered.begins_after = header.after.seq;
        }
        recovered.head = Some(header.after);
    }
    if let Some(last) = file.entries().rev().find(|e| e.chain == chain) {
        recovered.head = Some(last.link());
        recovered.last_ms = Some(last.at_ms);
    }
}

/// Whether the next file goes on where this one's last whole entry ends, so that nothing is missing between them.
fn goes_on(file: &ReadFile, next: &ReadFile) -> bool {
    let Some(header) = &next.header else { return false };
    let last = file.entries().rev().find(|e| e.chain == header.chain).map(Entry::link);
    let begun = file.header.as_ref().filter(|h| h.chain == header.chain).map(|h| h.after);
    last.or(begun).is_none_or(|link| link == header.after)
}

/// Cuts a torn tail. Should it fail, nothing is lost: a reader stops there in any case.
fn cut(path: &Path, length: usize) {
    let file = OpenOptions::new().write(true).open(path);
    let _ = file.and_then(|f| f.set_len(length as u64).and_then(|()| f.sync_all()));
}
