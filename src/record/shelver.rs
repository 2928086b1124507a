//! The one thread that carries entries from the journal to the store. A store that is locked, damaged or away holds up
//! nobody but this thread; the journal keeps what it could not take yet.

use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::{Entry, Kind, hex};
use crate::record::frame::{Piece, pieces};
use crate::record::health::{Account, Part};
use crate::record::learner::Learner;
use crate::record::marks;
use crate::record::notes::{Anew, Checkpoint};
use crate::record::queue::Queue;
use crate::record::refill;
use crate::record::segments::{Segment, Segments};
use crate::record::steady::Steady;
use crate::record::store::{Ask, ChainFacts, Store, StoreTrouble};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Opens the store, anew after a damaged one was set aside.
pub trait Opener: Send {
    /// Opens it, or makes it.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn open(&mut self) -> Result<Box<dyn Store>, StoreTrouble>;

    /// Reads it through for damage, once after the start.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    fn check(&mut self) -> Result<(), StoreTrouble>;

    /// Sets a damaged store aside; tells where, or `None` where that is not ours to do.
    fn set_aside(&mut self) -> Option<String>;
}

/// Carries.
pub struct Shelver {
    /// Opens the store.
    pub opener: Box<dyn Opener>,
    /// The store; `None`: it is not open.
    pub store: Option<Box<dyn Store>>,
    /// The journal's files.
    pub segments: Arc<Segments>,
    /// How it fares.
    pub account: Arc<Account>,
    /// Takes entries about the chain itself.
    pub queue: Arc<Queue>,
    /// Name of the chain.
    pub chain: String,
    /// How long an entry is kept, unless somebody still needs it.
    pub keep: Duration,
    /// Who may still need old entries.
    pub learner: Arc<dyn Learner>,
    /// Whether the learner knows what is in the store: before that it cannot say what it needs.
    pub learnt: Learnt,
    /// When old entries are looked for next; `None`: as soon as the learner knows.
    pub retire_at: Option<Instant>,
    /// What time it is, in milliseconds since 1970.
    pub clock: fn() -> i64,
    /// Whether it is to stop: once nothing is left to carry, or at once when the store is away.
    pub stopping: Arc<AtomicBool>,
}

/// Whether what is in the store was learnt, and who sees to it.
#[derive(Clone, Debug)]
pub enum Learnt {
    /// It was.
    Yes,
    /// It was not; it is to be learnt by whoever opens the store.
    NotYet,
    /// The thread that learns from other instances learns it, and says so here.
    ByAnother(Arc<AtomicBool>),
}

/// The most that is read of the journal at once, in bytes, unless one entry is longer.
const CHUNK_BYTES: u64 = 4 << 20;

/// How long it waits for something to carry before it looks round.
const LOOK_ROUND: Duration = Duration::from_millis(500);

/// Waits after the first failure and at most, doubled each time.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How often old entries are looked for, and how soon again when they could not be removed.
const RETIRE_EVERY: Duration = Duration::from_secs(3_600);
const RETIRE_AGAIN: Duration = Duration::from_secs(5);

impl std::fmt::Debug for Shelver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelver").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Shelver {
    /// Carries until told to stop.
    pub fn run(mut self) {
        self.check();
        let mut wait = BACK_OFF.0;
        let steady = Steady::since((self.clock)(), Instant::now());
        let mut beaten = Instant::now();
        loop {
            let stopping = self.stopping.load(Ordering::Acquire);
            let next = self.segments.next(if stopping { Duration::ZERO } else { LOOK_ROUND });
            let went = match next {
                // Work without end is no silence, as long as it is kept up with.
                Some(segment) if beaten.elapsed() >= LOOK_ROUND && self.segments.bytes_behind() < CHUNK_BYTES => {
                    beaten = Instant::now();
                    self.carry(&segment).and_then(|()| self.beat(false))
                }
                Some(segment) => self.carry(&segment),
                None if stopping => return self.farewell(),
                None => {
                    beaten = Instant::now();
                    self.beat(false)
                }
            };
            match went {
                Ok(()) => {
                    wait = BACK_OFF.0;
                    self.account.cleared(Part::Store);
                }
                Err(_) if stopping => return,
                Err(trouble) => {
                    self.mend(&trouble);
                    std::thread::park_timeout(wait);
                    wait = (wait * 2).min(BACK_OFF.1);
                    continue;
                }
            }
            if self.retire_at.is_none_or(|at| at <= Instant::now()) && self.knows() {
                self.retire_at = Some(Instant::now() + RETIRE_EVERY);
                self.retire(steady);
            }
        }
    }

    /// Reads the store through for damage.
    fn check(&mut self) {
        match self.opener.check() {
            Err(trouble @ StoreTrouble::Damaged(_)) => self.mend(&trouble),
            Err(trouble) => self.account.trouble(Part::Store, &trouble.to_string(), None),
            Ok(()) => {}
        }
    }

    fn open(&mut self) -> Result<&mut Box<dyn Store>, StoreTrouble> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.opener.open()?,
        };
        if let Learnt::NotYet = self.learnt {
            refill::from_store(&mut *store, &*self.learner, &self.account.damage, (self.clock)())?;
            self.learnt = Learnt::Yes;
        }
        Ok(self.store.insert(store))
    }

    /// Whether the learner knows what is in the store.
    fn knows(&self) -> bool {
        match &self.learnt {
            Learnt::Yes => true,
            Learnt::NotYet => false,
            Learnt::ByAnother(thread) => thread.load(Ordering::Acquire),
        }
    }

    /// Carries a stretch of a file.
    fn carry(&mut self, segment: &Segment) -> Result<(), StoreTrouble> {
        let (entries, upto) =
            read(segment).map_err(|e| StoreTrouble::Away(format!("the journal cannot be read: {e}")))?;
        self.open()?.put(&entries)?;
        self.account.stored.fetch_add(entries.len() as u64, Ordering::Relaxed);
        for entry in entries.iter().filter(|e| e.kind == Kind::Checkpoint) {
            self.forget(entry);
        }
        for done in self.segments.carried(segment.number, upto) {
            let gone = if done.damaged {
                std::fs::rename(&done.path, done.path.with_extension("damaged"))
            } else {
                std::fs::remove_file(&done.path)
            };
            if let Err(e) = gone {
                tracing::warn!(%e, "a journal file that is done with could not be removed; it is read again at the next start");
            }
        }
        Ok(())
    }

    /// What can be done about a trouble: a damaged store is set aside, and a new one begun; any other is tried again.
    fn mend(&mut self, trouble: &StoreTrouble) {
        self.account.trouble(Part::Store, &trouble.to_string(), None);
        self.store = None;
        if !matches!(trouble, StoreTrouble::Damaged(_)) {
            return;
        }
        if let Some(aside) = self.opener.set_aside() {
            let words = format!(
                "{trouble}; it was set aside as `{aside}` and a new one begun: earlier records stand only there"
            );
            self.account.note(&words);
            self.queue.push_note(Kind::Anew, Anew { aside, why: trouble.to_string() }.payload());
        }
    }

    fn beat(&mut self, stopping: bool) -> Result<(), StoreTrouble> {
        let chain = self.chain.clone();
        self.open()?.beat(&chain, stopping)
    }

    fn farewell(&mut self) {
        if let Err(trouble) = self.beat(true) {
            tracing::warn!(%trouble, "the store was not told of the stop");
        }
    }

    /// Looks for entries whose time is over, and has a checkpoint written of them: what that names is removed when it is carried.
    fn retire(&mut self, steady: Steady) {
        if let Some(days) = steady.days_ahead((self.clock)(), Instant::now()) {
            let words = "the clock stands days ahead of where it should: no record is called old and removed; set the clock, or restart";
            return tracing::error!(days, "{words}");
        }
        let over = self.over();
        let spoiled = matches!(over, Err(StoreTrouble::Spoiled(_)));
        self.account.damage.is_spoiled("the ends of its chains", spoiled);
        match over {
            Ok(over) => over.iter().for_each(|c| self.queue.push_note(Kind::Checkpoint, c.payload())),
            Err(trouble) => {
                self.retire_at = Some(Instant::now() + RETIRE_AGAIN);
                self.mend(&trouble);
            }
        }
    }

    /// The oldest stretch of the own chain whose time is over, and every other chain that nobody writes any more and whose last
    /// entry's time is over. Nothing that an override in effect or an open promise rests on, and nothing that came after it, for a
    /// chain loses its beginning alone.
    fn over(&mut self) -> Result<Vec<Checkpoint>, StoreTrouble> {
        let keep = i64::try_from(self.keep.as_millis()).unwrap_or(i64::MAX);
        let now = (self.clock)();
        let mut before = now.saturating_sub(keep);
        if let Some(needed) = self.learner.needs_since(now).filter(|needed| *needed < before) {
            let days = (before - needed) / 86_400_000;
            tracing::info!(days, "records are kept longer: an override in effect or an open promise rests on them");
            before = needed;
        }
        let own = self.chain.clone();
        let store = self.open()?;
        let mut over = Vec::new();
        if let Some(last) = store.old_stretch(&own, before)? {
            over.push(Checkpoint { chain: own.clone(), through: last.seq, hash: hex(&last.hash) });
        }
        let left = |c: &ChainFacts| c.chain != own && c.silent_ms.is_none_or(|ms| ms > keep);
        for facts in store.chains()?.into_iter().filter(left) {
            let last = store.find(&Ask::Walk { chain: facts.chain.clone(), from: facts.head.seq, most: 1 })?;
            if last.first().is_none_or(|e| e.at_ms < before) {
                over.push(Checkpoint { chain: facts.chain, through: facts.head.seq, hash: hex(&facts.head.hash) });
            }
        }
        Ok(over)
    }

    /// Removes what a checkpoint names. A failure is made good by the next one, which is soon.
    fn forget(&mut self, entry: &Entry) {
        let Some(checkpoint) = Checkpoint::of(&entry.payload) else { return };
        match self.open().and_then(|store| store.forget(&checkpoint.chain, checkpoint.through)) {
            Ok(count) => tracing::info!(count, through = checkpoint.through, "records whose time is over were removed"),
            Err(trouble) => {
                tracing::warn!(%trouble, "records whose time is over could not be removed");
                self.retire_at = Some(Instant::now() + RETIRE_AGAIN);
            }
        }
    }
}

/// The whole entries of a file from where carrying stands, and where the last of them ends.
fn read(segment: &Segment) -> std::io::Result<(Vec<Entry>, u64)> {
    let mut file = File::open(&segment.path)?;
    let mut most = CHUNK_BYTES;
    loop {
        file.seek(SeekFrom::Start(segment.from))?;
        let length = (segment.to - segment.from).min(most);
        let mut bytes = Vec::new();
        (&mut file).take(length).read_to_end(&mut bytes)?;
        let whole = segment.from + length >= segment.to;
        let (mut entries, mut upto) = (Vec::new(), 0);
        for piece in pieces(&bytes, 0) {
            if let Piece::Entry(entry, end) = piece {
                upto = end as u64;
                entries.push(*entry);
            }
        }
        if whole {
            return Ok((entries, segment.to));
        }
        if !entries.is_empty() {
            return Ok((entries, segment.from + upto));
        }
        most *= 4;
    }
}

/// What entries hold, sorted by what it is.
pub fn sorted(entries: &[Entry]) -> (Vec<Decision>, Vec<FeedbackRecord>) {
    (entries.iter().filter_map(marks::decision).collect(), entries.iter().filter_map(marks::feedback).collect())
}
