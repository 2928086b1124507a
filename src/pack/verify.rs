//! The one door: a raw pack becomes a pack only when every id, order and bound has been proved.

use crate::pack::read::Pack;
use crate::pack::signature::hex;
use crate::pack::tables::RawPack;
use crate::pack::{prove_answers, prove_meetings, prove_rules, prove_terms};

/// Why a pack was refused. Every refusal leaves the pack in service untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The file does not open with the magic bytes of a pack.
    #[error("not a pack: the file opens with {found:02x?}, a pack with `CAVT`")]
    NotAPack {
        /// What it opens with.
        found: [u8; 4],
    },
    /// Written in another format version; compile the rules again with this release.
    #[error("format version {found}; this release reads {supported}: compile the rules again")]
    Version {
        /// The version of the file.
        found: u16,
        /// The version this release reads.
        supported: u16,
    },
    /// The file ends too early.
    #[error("cut off: {found} bytes of {wanted}")]
    Truncated {
        /// How long it is.
        found: u64,
        /// How long it says it is, at least.
        wanted: u64,
    },
    /// Something follows the pack.
    #[error("too long: {found} bytes where the pack ends after {wanted}")]
    TooLong {
        /// How long it is.
        found: u64,
        /// How long it says it is.
        wanted: u64,
    },
    /// More than a reader takes.
    #[error("{found} {what}; the limit is {limit}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many it states.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The bytes changed after they were written.
    #[error("altered: the content hash is {}, the file states {}", hex(found), hex(stated))]
    ContentHash {
        /// The hash of what is there.
        found: [u8; 32],
        /// The hash that was written.
        stated: [u8; 32],
    },
    /// The payload is no tables; the words of the decoder.
    #[error("cannot be decoded: {0}")]
    Undecodable(String),
    /// The envelope counts something else than is inside.
    #[error("{found} {what} inside, the envelope states {stated}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many are inside.
        found: u64,
        /// How many are stated.
        stated: u64,
    },
    /// Columns of one table differ in length.
    #[error("table `{table}`: column `{column}` has {found} rows, it must have {wanted}")]
    LengthMismatch {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        wanted: usize,
    },
    /// Offsets that do not cut their list into rows.
    #[error("table `{table}`, row {row}: offset {found} where it must lie between {low} and {high}")]
    BadStarts {
        /// The table.
        table: &'static str,
        /// The row.
        row: usize,
        /// The offset.
        found: u32,
        /// The least it may be.
        low: u32,
        /// The most it may be.
        high: u64,
    },
    /// A row names an id past the end of the table it points into.
    #[error("table `{table}`, row {row}: id {id} is out of range; the table it points into has {limit} rows")]
    OutOfRange {
        /// The table.
        table: &'static str,
        /// The row.
        row: u32,
        /// The id found.
        id: u32,
        /// How many rows there are.
        limit: u32,
    },
    /// Rows that must ascend do not.
    #[error("table `{table}`, row {row}: out of order after row {}", row.saturating_sub(1))]
    NotSorted {
        /// The table.
        table: &'static str,
        /// The first row out of order.
        row: usize,
    },
    /// Text that is no text.
    #[error("text {id} begins or ends inside a character, or is no UTF-8 (byte {at})")]
    BadText {
        /// Which text.
        id: usize,
        /// Which byte.
        at: usize,
    },
    /// A value that means nothing in its column.
    #[error("table `{table}`, column `{column}`, row {row}: {value} means nothing there; the limit is {limit}")]
    BadValue {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        row: usize,
        /// The value.
        value: i128,
        /// What it must be below or within.
        limit: i128,
    },
    /// Two ingredients meet one way and not the other, or differently.
    #[error("meetings: ingredient {row} meets {column} otherwise than {column} meets {row}")]
    NotSymmetric {
        /// One ingredient.
        row: usize,
        /// The other.
        column: usize,
    },
    /// Conditions that lean on themselves, on a shared child, or too deep.
    #[error("conditions, node {node}: {why}")]
    BadCondition {
        /// The node.
        node: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Proves every invariant of the tables and makes a pack of them.
///
/// The content hash is the caller's: the format computes it over the bytes it read or wrote.
pub fn verify(raw: RawPack, hash: [u8; 32]) -> Result<Pack, PackError> {
    prove_terms::prove(&raw)?;
    prove_rules::prove(&raw)?;
    prove_meetings::prove(&raw)?;
    prove_answers::prove(&raw)?;
    Ok(Pack::trusted(raw, hash))
}
