//! How entries lie in a journal file: each in a frame that says how long it is, so that a torn one is known.

use crate::record::entry::{Entry, Hash, Link, PAYLOAD_BYTES_MAX};

/// What each frame begins with; a search for it finds the next sound one behind a damaged place.
const MARK: [u8; 4] = [0xca, 0xfe, b'R', b'1'];

/// What each file begins with.
const MAGIC: &[u8; 8] = b"CAVEATJ1";

/// Before an entry in its frame: the mark and a length.
const FRAME_HEAD: usize = 8;

/// What stands at the head of a journal file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The chain it goes on with.
    pub chain: String,
    /// Where that chain stood when the file was begun.
    pub after: Link,
}

/// A piece of a journal file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole entry, and the place behind it.
    Entry(Box<Entry>, usize),
    /// Bytes that are no entry, from here to there.
    Damage(usize, usize),
}

impl Header {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&u32::try_from(self.chain.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.chain.as_bytes());
        out.extend_from_slice(&self.after.seq.to_le_bytes());
        out.extend_from_slice(&self.after.hash);
        let check = blake3::hash(&out);
        out.extend_from_slice(check.as_bytes());
        out
    }

    /// Reads the head of a file, and tells where the first frame begins. `None` when it is not whole.
    pub fn read(bytes: &[u8]) -> Option<(Header, usize)> {
        let length = u32::from_le_bytes(bytes.strip_prefix(MAGIC)?.get(..4)?.try_into().ok()?) as usize;
        let (text, seq) = (12, 12usize.checked_add(length)?);
        let (hash, check) = (seq.checked_add(8)?, seq.checked_add(40)?);
        let end = check.checked_add(32)?;
        let stated: Hash = bytes.get(check..end)?.try_into().ok()?;
        if *blake3::hash(&bytes[..check]).as_bytes() != stated {
            return None;
        }
        let chain = String::from_utf8(bytes[text..seq].to_vec()).ok()?;
        let seq = u64::from_le_bytes(bytes[seq..hash].try_into().ok()?);
        let hash = bytes[hash..check].try_into().ok()?;
        Some((Header { chain, after: Link { seq, hash } }, end))
    }
}

/// Writes an entry in its frame.
pub fn push(out: &mut Vec<u8>, entry: &Entry) {
    let at = out.len();
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&[0; 4]);
    entry.write(out);
    let length = u32::try_from(out.len() - at - FRAME_HEAD).unwrap_or(u32::MAX);
    out[at + 4..at + FRAME_HEAD].copy_from_slice(&length.to_le_bytes());
}

/// The pieces of a file's bytes from a place on. Bytes that are no entry are passed over to the next one that is whole.
pub fn pieces(bytes: &[u8], from: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        if let Some((entry, end)) = entry_at(bytes, at) {
            pieces.push(Piece::Entry(Box::new(entry), end));
            at = end;
            continue;
        }
        let next = (at + 1..bytes.len()).find(|n| bytes[*n] == MARK[0] && entry_at(bytes, *n).is_some());
        let end = next.unwrap_or(bytes.len());
        pieces.push(Piece::Damage(at, end));
        at = end;
    }
    pieces
}

/// The whole entry that begins here, and the place behind it.
fn entry_at(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    let rest = bytes.get(at..)?.strip_prefix(&MARK)?;
    let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    if length > PAYLOAD_BYTES_MAX {
        return None;
    }
    let entry = Entry::read(rest.get(4..4usize.checked_add(length)?)?)?;
    Some((entry, at + FRAME_HEAD + length))
}
