//! Whether a chain is whole: every entry as it was sealed, none missing, none put in, none moved, from its first to its last.

use crate::record::entry::{Entry, Hash, Kind, Link, from_hex, hex};
use crate::record::notes::{Anew, Checkpoint};
use crate::record::recover::{ReadFile, read_all};
use crate::record::store::{Ask, Store, StoreTrouble};
use std::collections::BTreeMap;
use std::path::Path;

/// A chain that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Its name.
    pub chain: String,
    /// Number of the first entry that is there.
    pub first: u64,
    /// Its head: note it elsewhere, and a later check can tell that nothing up to here was cut off or written anew.
    pub head: Link,
    /// Entries.
    pub entries: u64,
    /// How many of them only the journal has yet.
    pub in_journal: u64,
    /// Where the entry stands that tells of older ones removed, when there are such.
    pub checkpoint: Option<u64>,
    /// Entries at which the clock stood earlier than before.
    pub clock_back: u64,
    /// Where the store was begun anew, and what that entry says.
    pub anew: Vec<(u64, Anew)>,
    /// Where the pinned head was found.
    pub pinned: Option<u64>,
    /// Bytes at the journal's end that are no whole entry: being written, or torn.
    pub torn: usize,
}

/// The first thing that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is not as it was sealed, or stands under another number.
    #[error("entry {seq} was altered or moved: its hash is not that of what it holds")]
    Altered {
        /// Its number.
        seq: u64,
    },
    /// Entries are missing.
    #[error("entries {from} to {to} are missing")]
    Missing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// An entry does not follow the one before it.
    #[error("entry {seq} does not follow the one before it: one of the two was put in or replaced")]
    Unlinked {
        /// Its number.
        seq: u64,
    },
    /// The beginning is missing, and no later entry tells of its removal.
    #[error(
        "the chain begins with entry {seq}: what came before is missing, and no checkpoint tells of its removal{hint}"
    )]
    Beginning {
        /// The first number there is.
        seq: u64,
        /// Where it may stand.
        hint: String,
    },
    /// The pinned head is not in the chain.
    #[error("the pinned head {0} is not in the chain: its end was cut off, or it was written anew")]
    NoHead(String),
    /// The journal or the store's own table of chains knows of entries that are nowhere.
    #[error(
        "the chain ends with entry {last}, and the record knows that it reached entry {known}: its end was cut off"
    )]
    CutOff {
        /// The last number there is.
        last: u64,
        /// The number it reached.
        known: u64,
    },
    /// What an entry is found by is not what it holds.
    #[error("entry {seq} is found by other marks than those it holds: the index was altered")]
    Marks {
        /// Its number.
        seq: u64,
    },
    /// There is no such chain.
    #[error("there is no such chain")]
    Nothing,
}

/// Why a chain could not be called whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// It is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It cannot be read.
    #[error("the record cannot be read: {0}")]
    Unread(String),
}

impl From<StoreTrouble> for NotWhole {
    fn from(trouble: StoreTrouble) -> NotWhole {
        NotWhole::Unread(trouble.to_string())
    }
}

/// What to check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// The chain.
    pub chain: String,
    /// The number to begin with; 0: the first there is, which must be the chain's first or stand behind a checkpoint.
    pub from: u64,
    /// A head noted earlier, which must be in the chain.
    pub pinned: Option<Hash>,
}

/// Entries read at once.
const PAGE: usize = 500;

/// A walk along a chain.
#[derive(Debug, Default)]
struct Walk {
    whole: Whole,
    pinned: Option<Hash>,
    /// What the first entry says came before it.
    before: Hash,
    checkpoints: Vec<(u64, Checkpoint)>,
}

impl Walk {
    fn step(&mut self, entry: &Entry) -> Result<(), Broken> {
        let (seq, head) = (entry.seq, self.whole.head);
        if !entry.is_sound() {
            return Err(Broken::Altered { seq });
        }
        if self.whole.entries == 0 {
            (self.whole.first, self.before) = (seq, entry.prev);
        } else if seq != head.seq.saturating_add(1) {
            return Err(Broken::Missing { from: head.seq.saturating_add(1), to: seq.saturating_sub(1) });
        } else if entry.prev != head.hash {
            return Err(Broken::Unlinked { seq });
        }
        self.whole.head = entry.link();
        self.whole.entries += 1;
        self.whole.clock_back += u64::from(entry.clock_back);
        if self.pinned == Some(entry.hash) {
            self.whole.pinned = Some(seq);
        }
        match entry.kind {
            Kind::Checkpoint => {
                let own = Checkpoint::of(&entry.payload).filter(|c| c.chain == entry.chain);
                self.checkpoints.extend(own.map(|c| (seq, c)));
            }
            Kind::Anew => self.whole.anew.extend(Anew::of(&entry.payload).map(|a| (seq, a))),
            _ => {}
        }
        Ok(())
    }

    fn end(mut self, from: u64) -> Result<Whole, Broken> {
        let first = self.whole.first;
        if self.whole.entries == 0 {
            return Err(Broken::Nothing);
        }
        if let Some(pinned) = self.pinned.filter(|_| self.whole.pinned.is_none()) {
            return Err(Broken::NoHead(hex(&pinned)));
        }
        if from > 0 {
            return if first == from { Ok(self.whole) } else { Err(Broken::Missing { from, to: first - 1 }) };
        }
        let told = |c: &&(u64, Checkpoint)| c.1.through + 1 == first && from_hex(&c.1.hash) == Some(self.before);
        let checkpoint = self.checkpoints.iter().find(told).map(|(seq, _)| *seq);
        if first != 1 && checkpoint.is_none() {
            let aside = self.whole.anew.first().map(|(seq, a)| match a.aside.as_str() {
                "" => format!("; entry {seq} says: {}", a.why),
                aside => format!("; entry {seq} says that it stands in `{aside}`"),
            });
            let hint = aside.map(|a| format!("{a}. Check what is here with --from {first}")).unwrap_or_default();
            return Err(Broken::Beginning { seq: first, hint });
        }
        self.whole.checkpoint = checkpoint;
        Ok(self.whole)
    }
}

/// Walks a chain through its store and the journal in a folder.
///
/// # Errors
///
/// [`NotWhole`], with the first thing that is wrong.
pub fn verify(mut store: Option<&mut dyn Store>, journal: Option<&Path>, check: &Check) -> Result<Whole, NotWhole> {
    // The journal first: what is carried to the store meanwhile is then seen in both, and never in neither.
    let files = journal.map(read_all).transpose().map_err(|e| NotWhole::Unread(e.to_string()))?.unwrap_or_default();
    let theirs = files.iter().flat_map(ReadFile::entries).filter(|e| e.chain == check.chain);
    let mut waiting: BTreeMap<u64, &Entry> = theirs.map(|e| (e.seq, e)).collect();
    let mut walk = Walk { pinned: check.pinned, ..Walk::default() };
    walk.whole.chain.clone_from(&check.chain);
    let mut known = 0;
    if let Some(store) = &mut store {
        known = store.chains()?.iter().find(|c| c.chain == check.chain).map_or(0, |c| c.head.seq);
    }
    let mut next = check.from.max(1);
    while let Some(store) = &mut store {
        let page = store.find(&Ask::Walk { chain: check.chain.clone(), from: next, most: PAGE })?;
        for entry in &page {
            walk.step(entry)?;
            if waiting.remove(&entry.seq).is_some_and(|other| other.hash != entry.hash) {
                return Err(Broken::Altered { seq: entry.seq }.into());
            }
        }
        marks_agree(&mut **store, &check.chain, &page)?;
        match page.last() {
            Some(last) => next = last.seq + 1,
            None => break,
        }
    }
    for entry in waiting.range(next..).map(|(_, e)| *e) {
        walk.step(entry)?;
        walk.whole.in_journal += 1;
    }
    walk.whole.torn = files.last().map_or(0, ReadFile::torn);
    reached(&walk.whole, &files, known)?;
    Ok(walk.end(check.from)?)
}

/// Whether the store finds these entries by what they hold.
fn marks_agree(store: &mut dyn Store, chain: &str, page: &[Entry]) -> Result<(), NotWhole> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
    let found = store.marks(chain, first.seq, last.seq)?;
    for entry in page {
        let held = crate::record::marks::marks(entry);
        if found.get(&entry.seq).is_none_or(|marks| *marks != held) {
            return Err(Broken::Marks { seq: entry.seq }.into());
        }
    }
    Ok(())
}

/// Whether the chain goes as far as the store's table of chains and the heads of the journal's files say that it went.
fn reached(whole: &Whole, files: &[ReadFile], known: u64) -> Result<(), Broken> {
    let heads = files.iter().filter_map(|f| f.header.as_ref()).filter(|h| h.chain == whole.chain);
    match heads.map(|h| h.after.seq).chain([known]).max() {
        Some(known) if known > whole.head.seq => Err(Broken::CutOff { last: whole.head.seq, known }),
        _ => Ok(()),
    }
}
