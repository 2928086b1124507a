//! The journal: files in a local folder that entries are appended to and synced, before anything else is done with them.
//!
//! A file is only ever appended to by the process that made it. What a store has taken over durably is removed with its
//! file; the newest file always stays, for its head says where the chain stands.

use crate::record::disk::{Disk, Tape};
use crate::record::entry::Link;
use crate::record::frame::Header;
use crate::record::segments::{Segment, Segments, path_of};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of about this many bytes is closed and another begun.
pub const SEGMENT_BYTES: u64 = 16 << 20;

/// The journal, as its one writer holds it.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    chain: String,
    disk: Arc<dyn Disk>,
    segments: Arc<Segments>,
    active: Option<Active>,
    next_number: u64,
}

#[derive(Debug)]
struct Active {
    number: u64,
    tape: Box<dyn Tape>,
    /// Bytes in it that are whole frames.
    written: u64,
    /// Bytes in it that are safe.
    synced: u64,
    /// It could not be cut back to whole frames: nothing more may be appended.
    spoilt: bool,
}

impl Journal {
    /// A journal in a folder, whose next file has this number.
    pub fn new(
        folder: PathBuf,
        chain: String,
        disk: Arc<dyn Disk>,
        segments: Arc<Segments>,
        next_number: u64,
    ) -> Journal {
        Journal { folder, chain, disk, segments, active: None, next_number }
    }

    /// Appends whole frames, which go on from a link. On an error nothing of them is left to be read.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn append(&mut self, frames: &[u8], after: Link) -> io::Result<()> {
        if self.active.as_ref().is_none_or(|a| a.spoilt || a.written >= SEGMENT_BYTES) {
            self.begin(after)?;
        }
        let Some(active) = &mut self.active else { return Err(io::Error::other("no journal file is open")) };
        if let Err(e) = active.tape.append(frames) {
            active.spoilt = active.tape.cut(active.written).is_err();
            return Err(e);
        }
        active.written += frames.len() as u64;
        Ok(())
    }

    /// Returns when everything appended is safe.
    ///
    /// # Errors
    ///
    /// What the disk says; nothing appended since the last success counts then, and a new file is begun, whose head says
    /// where the chain really stands.
    pub fn sync(&mut self) -> io::Result<()> {
        let Some(active) = self.active.as_mut().filter(|a| a.synced < a.written) else { return Ok(()) };
        if let Err(e) = active.tape.sync() {
            // What of it reached the disk nobody knows, so it is cut; should even that fail, the next file's head outvotes it.
            let _ = active.tape.cut(active.synced);
            self.active = None;
            return Err(e);
        }
        active.synced = active.written;
        self.segments.synced(active.number, active.synced);
        Ok(())
    }

    /// Begins another file.
    fn begin(&mut self, after: Link) -> io::Result<()> {
        let number = self.next_number;
        let path = path_of(&self.folder, number);
        let header = Header { chain: self.chain.clone(), after }.bytes();
        let mut tape = self.disk.create(&path).inspect_err(|_| discard(&path))?;
        tape.append(&header).and_then(|()| tape.sync()).inspect_err(|_| discard(&path))?;
        self.next_number += 1;
        let written = header.len() as u64;
        self.segments.begun(Segment { number, path, from: written, to: written, damaged: false });
        self.active = Some(Active { number, tape, written, synced: written, spoilt: false });
        Ok(())
    }
}

/// Removes a file of which not even the head could be written.
fn discard(path: &std::path::Path) {
    let _ = std::fs::remove_file(path);
}
