//! One entry of a record's chain: what was kept, by its exact bytes, tied by hash to the entry before it.

/// A BLAKE3 hash.
pub type Hash = [u8; 32];

/// Where a chain stands: the number and the hash of an entry. Number 0 with a hash of zeros is the place before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Number of the entry, counted from 1 within its chain.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The first of a chain: instance, start, engine.
    Genesis = 0,
    /// An answer.
    Decision = 1,
    /// What became of a card.
    Feedback = 2,
    /// A whole request, encrypted.
    Capture = 3,
    /// Older entries were removed because their time was over: says through which, and its hash.
    Checkpoint = 4,
    /// The store had to be begun anew: what came before stands elsewhere.
    Anew = 5,
    /// The server started again.
    Start = 6,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the chain: the instance that wrote it.
    pub chain: String,
    /// Its number within the chain, from 1.
    pub seq: u64,
    /// Hash of the entry before it; zeros for the first.
    pub prev: Hash,
    /// What it holds.
    pub kind: Kind,
    /// Whether the clock stood earlier than at the entry before it.
    pub clock_back: bool,
    /// When it was written, in milliseconds since 1970, by the instance's clock. The order is that of `seq`, never of this.
    pub at_ms: i64,
    /// What it holds: JSON, or for a capture its bytes.
    pub payload: Vec<u8>,
    /// BLAKE3 over all of the above.
    pub hash: Hash,
}

/// Largest payload of an entry, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 256 << 20;

/// Says what these bytes are, so that no hash of ours is the hash of something else.
const DOMAIN: &[u8] = b"caveat record entry 1\0";

impl Kind {
    /// The kind behind its number.
    pub fn of(number: u8) -> Option<Kind> {
        use Kind::{Anew, Capture, Checkpoint, Decision, Feedback, Genesis, Start};
        [Genesis, Decision, Feedback, Capture, Checkpoint, Anew, Start].into_iter().find(|k| *k as u8 == number)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Genesis => "genesis",
            Kind::Decision => "decision",
            Kind::Feedback => "feedback",
            Kind::Capture => "capture",
            Kind::Checkpoint => "checkpoint",
            Kind::Anew => "anew",
            Kind::Start => "start",
        }
    }
}

impl Entry {
    /// The entry that follows a link.
    pub fn seal(chain: &str, after: Link, kind: Kind, clock_back: bool, at_ms: i64, payload: Vec<u8>) -> Entry {
        let (chain, seq) = (chain.to_owned(), after.seq.saturating_add(1));
        let mut entry = Entry { chain, seq, prev: after.hash, kind, clock_back, at_ms, payload, hash: [0; 32] };
        entry.hash = entry.reckoned();
        entry
    }

    /// The hash that its contents have.
    pub fn reckoned(&self) -> Hash {
        let mut head = Vec::with_capacity(128);
        self.write_head(&mut head);
        *blake3::Hasher::new().update(DOMAIN).update(&head).update(&self.payload).finalize().as_bytes()
    }

    /// Whether its contents are those it was sealed with.
    pub fn is_sound(&self) -> bool {
        self.hash == self.reckoned()
    }

    /// Its place in the chain.
    pub fn link(&self) -> Link {
        Link { seq: self.seq, hash: self.hash }
    }

    /// Writes it: its hash, then what the hash is over.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash);
        self.write_head(out);
        out.extend_from_slice(&self.payload);
    }

    /// Reads what [`Entry::write`] wrote; `None` when it is not whole or not as it was sealed.
    pub fn read(bytes: &[u8]) -> Option<Entry> {
        let mut rest = bytes;
        let hash = take(&mut rest, 32)?.try_into().ok()?;
        let length = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?) as usize;
        let chain = String::from_utf8(take(&mut rest, length)?.to_vec()).ok()?;
        let seq = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let prev = take(&mut rest, 32)?.try_into().ok()?;
        let kind = Kind::of(take(&mut rest, 1)?[0])?;
        let clock_back = match take(&mut rest, 1)?[0] {
            0 => false,
            1 => true,
            _ => return None,
        };
        let at_ms = i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let length = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        if length != rest.len() as u64 {
            return None;
        }
        let entry = Entry { chain, seq, prev, kind, clock_back, at_ms, payload: rest.to_vec(), hash };
        entry.is_sound().then_some(entry)
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&u32::try_from(self.chain.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.chain.as_bytes());
        out.extend_from_slice(&self.seq.to_le_bytes());
        out.extend_from_slice(&self.prev);
        out.extend_from_slice(&[self.kind as u8, u8::from(self.clock_back)]);
        out.extend_from_slice(&self.at_ms.to_le_bytes());
        out.extend_from_slice(&(self.payload.len() as u64).to_le_bytes());
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// A hash in 64 hexadecimal digits.
pub fn hex(hash: &Hash) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}

/// A hash from its 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Hash> {
    blake3::Hash::from_hex(text.trim()).ok().map(|h| *h.as_bytes())
}
