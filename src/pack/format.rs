//! The pack file: an envelope that says what is inside and proves that nothing changed, and the tables as columns.
//!
//! Bytes 0 to 4 the magic `CAVT`, 4 to 6 the format version, 6 to 8 how many counts follow, 8 to 16 the length of the
//! payload, 16 to 48 the BLAKE3 hash of counts and payload; then the counts, 64 bits each; then the payload, the tables
//! as compact MessagePack; then signatures, if any. Every number is little-endian. Nothing is decoded before lengths, limits
//! and hash agree.

use crate::pack::read::Pack;
use crate::pack::signature::split;
use crate::pack::tables::RawPack;
use crate::pack::verify::{PackError, verify};
use serde::Deserialize;

/// What every pack file opens with.
pub const MAGIC: [u8; 4] = *b"CAVT";
/// The version of the format this release writes and reads.
pub const VERSION: u16 = 3;
/// The longest payload that is read.
pub const PACK_BYTES_MAX: u64 = 512 * 1024 * 1024;

const HEADER_BYTES: usize = 48;
const COUNTS: usize = COUNT_LIMITS.len();
const PAYLOAD_AT: usize = HEADER_BYTES + COUNTS * 8;

/// What is counted, and the most of it a pack may hold.
const COUNT_LIMITS: [(&str, u64); 9] = [
    ("ingredients", 65_535),
    ("products", 1 << 28),
    ("classes", 65_535),
    ("rules", 1 << 30),
    ("conditions", PACK_BYTES_MAX),
    ("drug sets", PACK_BYTES_MAX),
    ("meetings", 65_535 * 65_535),
    ("bytes of text", PACK_BYTES_MAX),
    ("bytes of cases", PACK_BYTES_MAX),
];

/// Writes a pack file. Equal tables give equal bytes.
///
/// Tables too large for a reader are still written; `decode` refuses them with both numbers.
pub fn encode(raw: &RawPack) -> Vec<u8> {
    let mut file = vec![0u8; HEADER_BYTES];
    counts(raw).iter().for_each(|count| file.extend_from_slice(&count.to_le_bytes()));
    let mut serializer = rmp_serde::Serializer::new(&mut file);
    // INVARIANT: writing columns and strings of known length into memory cannot fail; if it ever did, the header stays
    // empty and no reader takes the file for a pack.
    if serde::Serialize::serialize(raw, &mut serializer).is_ok() {
        seal(&mut file);
    }
    file
}

/// The content hash a file states; `None` when it is shorter than an envelope. `decode` proves it.
pub fn stated_hash(bytes: &[u8]) -> Option<[u8; 32]> {
    field(bytes, 16).ok()
}

/// The content hash of a file that is whole and unaltered; `None` of any other. It proves nothing of what is inside.
pub fn whole_hash(bytes: &[u8]) -> Option<[u8; 32]> {
    Envelope::read(split(bytes).0).ok().map(|envelope| envelope.hash)
}

/// The same file with its length and hash made right; `None` when it is shorter than an envelope. It proves nothing of
/// what is inside: `decode` does.
pub fn reseal(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file = bytes.to_vec();
    (file.len() >= PAYLOAD_AT).then(|| seal(&mut file))?;
    Some(file)
}

/// Fills in the header of a file whose counts and payload stand.
fn seal(file: &mut [u8]) {
    let length = (file.len() - PAYLOAD_AT) as u64;
    let hash = blake3::hash(&file[HEADER_BYTES..]);
    file[0..4].copy_from_slice(&MAGIC);
    file[4..6].copy_from_slice(&VERSION.to_le_bytes());
    file[6..8].copy_from_slice(&(COUNTS as u16).to_le_bytes());
    file[8..16].copy_from_slice(&length.to_le_bytes());
    file[16..48].copy_from_slice(hash.as_bytes());
}

/// Reads a pack file and proves it. Memory stays within a small multiple of the length of the file.
pub fn decode(bytes: &[u8]) -> Result<Pack, PackError> {
    let (raw, hash) = decode_raw(bytes)?;
    verify(raw, hash)
}

/// Reads the tables of a pack file without proving them, with the hash they were proved unchanged by. Signatures may follow;
/// they are not looked at.
pub fn decode_raw(bytes: &[u8]) -> Result<(RawPack, [u8; 32]), PackError> {
    let envelope = Envelope::read(split(bytes).0)?;
    let mut decoder = rmp_serde::Deserializer::from_read_ref(envelope.payload);
    let raw = RawPack::deserialize(&mut decoder).map_err(|e| PackError::Undecodable(e.to_string()))?;
    for ((what, _), (found, stated)) in COUNT_LIMITS.iter().zip(counts(&raw).into_iter().zip(envelope.counts)) {
        if found != stated {
            return Err(PackError::Count { what, found, stated });
        }
    }
    Ok((raw, envelope.hash))
}

/// An envelope whose lengths, limits and hash agree.
struct Envelope<'b> {
    counts: [u64; COUNTS],
    payload: &'b [u8],
    hash: [u8; 32],
}

impl<'b> Envelope<'b> {
    fn read(bytes: &'b [u8]) -> Result<Envelope<'b>, PackError> {
        let magic: [u8; 4] = field(bytes, 0)?;
        if magic != MAGIC {
            return Err(PackError::NotAPack { found: magic });
        }
        let version = u16::from_le_bytes(field(bytes, 4)?);
        if version != VERSION {
            return Err(PackError::Version { found: version, supported: VERSION });
        }
        let stated = u16::from_le_bytes(field(bytes, 6)?);
        if usize::from(stated) != COUNTS {
            let (found, stated) = (COUNTS as u64, u64::from(stated));
            return Err(PackError::Count { what: "counts", found, stated });
        }
        let length = u64::from_le_bytes(field(bytes, 8)?);
        if length > PACK_BYTES_MAX {
            return Err(PackError::TooLarge { what: "payload", found: length, limit: PACK_BYTES_MAX });
        }
        let hash: [u8; 32] = field(bytes, 16)?;
        let counts = Envelope::counts(bytes)?;
        let wanted = PAYLOAD_AT as u64 + length;
        match (bytes.len() as u64).cmp(&wanted) {
            std::cmp::Ordering::Less => return Err(PackError::Truncated { found: bytes.len() as u64, wanted }),
            std::cmp::Ordering::Greater => return Err(PackError::TooLong { found: bytes.len() as u64, wanted }),
            std::cmp::Ordering::Equal => {}
        }
        let found = *blake3::hash(&bytes[HEADER_BYTES..]).as_bytes();
        if found != hash {
            return Err(PackError::ContentHash { found, stated: hash });
        }
        Ok(Envelope { counts, payload: &bytes[PAYLOAD_AT..], hash })
    }

    fn counts(bytes: &[u8]) -> Result<[u64; COUNTS], PackError> {
        let mut counts = [0u64; COUNTS];
        for (n, count) in counts.iter_mut().enumerate() {
            *count = u64::from_le_bytes(field(bytes, HEADER_BYTES + n * 8)?);
            let (what, limit) = COUNT_LIMITS[n];
            if *count > limit {
                return Err(PackError::TooLarge { what, found: *count, limit });
            }
        }
        Ok(counts)
    }
}

/// So many bytes from a place on.
fn field<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], PackError> {
    let field = bytes.get(at..at + N).and_then(|b| <[u8; N]>::try_from(b).ok());
    field.ok_or(PackError::Truncated { found: bytes.len() as u64, wanted: (at + N) as u64 })
}

fn counts(raw: &RawPack) -> [u64; COUNTS] {
    let counts: [usize; COUNTS] = [
        raw.ingredients.names.len(),
        raw.products.names.len(),
        raw.classes.names.len(),
        raw.rules.names.len(),
        raw.conditions.kinds.len(),
        raw.drug_sets.titles.len(),
        raw.meetings.rule_sets.len(),
        raw.text.bytes.len(),
        raw.cases.len(),
    ];
    counts.map(|n| n as u64)
}
