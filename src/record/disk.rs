//! The disk as the journal writes to it: few calls, so that a test can stand in for one that is full or fails.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes files to append to.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// A new file; it must not exist yet.
    ///
    /// # Errors
    ///
    /// What the disk says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Tape>>;
}

/// A file that is only appended to.
pub trait Tape: Send + std::fmt::Debug {
    /// Appends all of it. On an error some of it may have been written.
    ///
    /// # Errors
    ///
    /// What the disk says: that it is full, for one.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended is safe from a loss of power.
    ///
    /// # Errors
    ///
    /// What the disk says; what was appended since the last success may or may not be there.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to a length.
    ///
    /// # Errors
    ///
    /// What the disk says.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The machine's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Tape>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        // The name of a new file is safe only when its folder is synced too.
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Box::new(RealTape { file }))
    }
}

#[derive(Debug)]
struct RealTape {
    file: File,
}

impl Tape for RealTape {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}
