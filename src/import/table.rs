//! Reading other people's tables row by row, plain or gzipped, with memory for one row and the reading told as it goes.

use flate2::read::MultiGzDecoder;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Why a table could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A column is not there.
    #[error("`{}` has no column `{column}`; its header is `{header}`", path.display())]
    NoColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What is there.
        header: String,
    },
    /// A file that must be there is not.
    #[error("no `{name}` in `{}`", folder.display())]
    Missing {
        /// The file's name.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
}

/// How far the reading of files is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'n> {
    /// A file of so many bytes is begun.
    Begin {
        /// Its name.
        name: &'n str,
        /// How long it is.
        bytes: u64,
    },
    /// So many bytes more were read.
    Read(u64),
    /// The file is done.
    End,
}

/// Who is told how far the reading is.
pub type Progress<'p> = dyn Fn(Step<'_>) + 'p;

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// What stands between cells.
    pub delimiter: u8,
    /// Whether cells may stand in double quotes.
    pub quoted: bool,
    /// The columns wanted: by name where the file has a header.
    pub columns: Columns,
}

/// Where the columns wanted stand.
#[derive(Clone, Copy, Debug)]
pub enum Columns {
    /// The file begins with a header that names them.
    Named(&'static [&'static str]),
    /// The file has no header: their places.
    At(&'static [usize]),
}

/// Comma-separated, quoted, with a header.
pub const fn csv(columns: &'static [&'static str]) -> Layout {
    Layout { delimiter: b',', quoted: true, columns: Columns::Named(columns) }
}

/// Tab-separated, not quoted, with a header.
pub const fn tabbed(columns: &'static [&'static str]) -> Layout {
    Layout { delimiter: b'\t', quoted: false, columns: Columns::Named(columns) }
}

/// Separated by `|`, not quoted, no header: a file of the RRF family.
pub const fn rrf(columns: &'static [usize]) -> Layout {
    Layout { delimiter: b'|', quoted: false, columns: Columns::At(columns) }
}

/// Reads a file row by row; `row` gets the cells of the columns wanted, in that order. A row that ends early has empty
/// cells. Bytes that are no UTF-8 are read as Latin-1. Gives the number of rows.
///
/// # Errors
/// When the file cannot be read or lacks a column.
pub fn each(
    path: &Path,
    layout: Layout,
    progress: &Progress<'_>,
    mut row: impl FnMut(&[&str]),
) -> Result<usize, TableError> {
    let unreadable = |source: std::io::Error| TableError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_or(0, |m| m.len());
    progress(Step::Begin { name: &path.file_name().unwrap_or_default().to_string_lossy(), bytes });
    let counted = Counted { inner: file, progress };
    let gzipped = path.extension().is_some_and(|e| e == "gz");
    let reader: Box<dyn Read + '_> =
        if gzipped { Box::new(MultiGzDecoder::new(BufReader::new(counted))) } else { Box::new(counted) };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(layout.delimiter)
        .quoting(layout.quoted)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(reader);
    let mut record = csv::ByteRecord::new();
    let mut places: Vec<usize> = match layout.columns {
        Columns::At(places) => places.to_vec(),
        Columns::Named(_) => Vec::new(),
    };
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(|e| unreadable(e.into()))? {
        if let (Columns::Named(names), true) = (layout.columns, places.is_empty()) {
            places = header(path, names, &record)?;
            continue;
        }
        rows += 1;
        let texts: SmallVec<[Cow<'_, str>; 16]> =
            places.iter().map(|at| text(record.get(*at).unwrap_or_default())).collect();
        let cells: SmallVec<[&str; 16]> = texts.iter().map(|cell| &**cell).collect();
        row(&cells);
    }
    progress(Step::End);
    Ok(rows)
}

fn header(path: &Path, names: &[&'static str], record: &csv::ByteRecord) -> Result<Vec<usize>, TableError> {
    let header: Vec<String> =
        record.iter().map(|cell| text(cell).trim_start_matches('\u{feff}').trim().to_owned()).collect();
    let place = |name: &&'static str| {
        header.iter().position(|cell| cell.eq_ignore_ascii_case(name)).ok_or_else(|| TableError::NoColumn {
            path: path.to_owned(),
            column: name,
            header: header.join(","),
        })
    };
    names.iter().map(place).collect()
}

/// UTF-8, or Latin-1 where it is none.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
    }
}

struct Counted<'p, R> {
    inner: R,
    progress: &'p Progress<'p>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        (self.progress)(Step::Read(n as u64));
        Ok(n)
    }
}

/// A file of a folder, plain or gzipped, by its name without letter case.
///
/// # Errors
/// When there is none.
pub fn find(folder: &Path, name: &str) -> Result<PathBuf, TableError> {
    find_where(folder, name, |found| {
        found.eq_ignore_ascii_case(name) || found.eq_ignore_ascii_case(&format!("{name}.gz"))
    })
}

/// The first file of a folder, or of a folder in it, whose name fits; `name` stands in the error.
///
/// # Errors
/// When there is none.
pub fn find_where(folder: &Path, name: &str, fits: impl Fn(&str) -> bool) -> Result<PathBuf, TableError> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(inner) = folders.pop() {
        let entries =
            std::fs::read_dir(&inner).map_err(|source| TableError::Unreadable { path: inner.clone(), source })?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|n| fits(&n.to_string_lossy())) {
                found.push(path);
            }
        }
    }
    // A release may hold a smaller one in a folder of its own.
    found.sort_by_key(|path| (path.components().count(), path.clone()));
    found.into_iter().next().ok_or_else(|| TableError::Missing { name: name.to_owned(), folder: folder.to_owned() })
}
