//! The one thread that learns, from a store that several instances share, what the others answered and were told.

use crate::record::health::{Account, Part};
use crate::record::learner::Learner;
use crate::record::refill;
use crate::record::shelver::sorted;
use crate::record::store::{Ask, ChainFacts, Store, StoreTrouble};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How fresh what is known of the others is.
#[derive(Debug)]
pub struct Seen {
    begun: Instant,
    /// Milliseconds after `begun` when all that the others had stored was known.
    at_ms: AtomicU64,
    /// How long the most silent of them had been silent then, in milliseconds.
    silent_ms: AtomicU64,
    learnt: Arc<AtomicBool>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { begun: Instant::now(), at_ms: AtomicU64::new(0), silent_ms: AtomicU64::new(0), learnt: Arc::default() }
    }
}

impl Seen {
    /// Whether all that was in the store at the start is known.
    pub fn learnt(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.learnt)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Seconds since what the others did was last known; since the start, if it never was.
    pub fn staleness(&self) -> u64 {
        let since = self.now_ms().saturating_sub(self.at_ms.load(Ordering::Relaxed));
        since.saturating_add(self.silent_ms.load(Ordering::Relaxed)) / 1_000
    }
}

/// Learns from the others.
pub struct Poller {
    /// Opens the store to read it.
    pub open: crate::record::asker::OpenToRead,
    /// This instance's own chain.
    pub chain: String,
    /// Who learns.
    pub learner: Arc<dyn Learner>,
    /// How fresh it is.
    pub seen: Arc<Seen>,
    /// How it fares.
    pub account: Arc<Account>,
    /// What time it is, in milliseconds since 1970.
    pub clock: fn() -> i64,
    /// Whether it is to stop.
    pub stopping: Arc<AtomicBool>,
}

/// How often it looks.
pub const EVERY: Duration = Duration::from_millis(500);

/// An instance that has said nothing for so long counts as gone: its last overrides may be in its journal alone.
const GONE_AFTER_MS: i64 = 600_000;

/// Entries read at once.
const PAGE: usize = 1_000;

impl std::fmt::Debug for Poller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poller").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Poller {
    /// Looks until told to stop.
    pub fn run(mut self) {
        let mut store: Option<Box<dyn Store>> = None;
        let mut known: Option<BTreeMap<String, u64>> = None;
        while !self.stopping.load(Ordering::Acquire) {
            let begun = self.seen.now_ms();
            match self.look(&mut store, &mut known) {
                Ok(silent_ms) => {
                    self.seen.silent_ms.store(silent_ms, Ordering::Relaxed);
                    self.seen.at_ms.store(begun, Ordering::Relaxed);
                    self.account.cleared(Part::Others);
                }
                Err(trouble) => {
                    store = None;
                    let words = format!("what other instances record cannot be read: {trouble}");
                    self.account.trouble(Part::Others, &words, None);
                }
            }
            std::thread::park_timeout(EVERY);
        }
    }

    /// Learns what is new; tells how long the most silent of the others has been silent, in milliseconds.
    fn look(
        &mut self,
        store: &mut Option<Box<dyn Store>>,
        known: &mut Option<BTreeMap<String, u64>>,
    ) -> Result<u64, StoreTrouble> {
        let opened = match store.take() {
            Some(store) => store,
            None => (self.open)()?,
        };
        let store = store.insert(opened);
        let chains = store.chains()?;
        match known {
            None => {
                refill::from_store(&mut **store, &*self.learner, &self.account.damage, (self.clock)())?;
                self.seen.learnt.store(true, Ordering::Release);
                *known = Some(chains.iter().map(|c| (c.chain.clone(), c.head.seq)).collect());
            }
            Some(known) => {
                for chain in chains.iter().filter(|c| c.chain != self.chain) {
                    self.follow(&mut **store, known, chain)?;
                }
            }
        }
        let others = chains.iter().filter(|c| c.chain != self.chain && !c.stopped);
        let silent = others.filter_map(|c| c.silent_ms).filter(|ms| *ms < GONE_AFTER_MS).max();
        Ok(silent.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0))
    }

    /// Learns what a chain has more than is known. One instance stores its entries in their order, so that a number once seen
    /// has none below it still to come.
    fn follow(
        &self,
        store: &mut dyn Store,
        known: &mut BTreeMap<String, u64>,
        chain: &ChainFacts,
    ) -> Result<(), StoreTrouble> {
        let at = known.entry(chain.chain.clone()).or_default();
        while *at < chain.head.seq {
            let ask = Ask::Walk { chain: chain.chain.clone(), from: *at + 1, most: PAGE };
            let page = store.find(&ask)?;
            let reached = page.last().map(|last| last.seq);
            let (decisions, feedback) = sorted(&self.account.damage.look(&ask, Ok(page))?.sound);
            decisions.iter().for_each(|d| self.learner.decision(d));
            feedback.iter().for_each(|f| self.learner.feedback(f));
            *at = reached.unwrap_or(chain.head.seq);
        }
        Ok(())
    }
}
