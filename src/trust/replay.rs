//! Tokens seen: each works once. Remembered as long as it lives, in parts with a lock each, up to a bound; when that is
//! reached, a new token is refused rather than an old one forgotten. A clock that jumps ahead and back makes none be forgotten:
//! the time that passed by the machine's own count must be over too.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Parts with a lock each, so that requests seldom wait for each other.
const SHARDS: usize = 16;

/// A token by a hash of its issuer and `jti`: two different ones never meet by chance, nor by design.
type Mark = [u8; 16];

/// Tokens seen of one issuer.
#[derive(Debug)]
pub struct Seen {
    shards: [Mutex<Shard>; SHARDS],
    held: AtomicUsize,
    held_max: usize,
    refusing: AtomicBool,
}

#[derive(Debug, Default)]
struct Shard {
    /// Each with the moment before which it is not forgotten, whatever the clock says.
    marks: HashMap<Mark, Instant>,
    ends: BinaryHeap<Reverse<(i64, Mark)>>,
}

/// What came of showing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// For the first time.
    First,
    /// Again.
    Again,
    /// It could not be remembered: there are too many.
    Full,
}

impl Seen {
    /// A memory of at most so many living tokens.
    pub fn new(held_max: usize) -> Seen {
        Seen { shards: Default::default(), held: AtomicUsize::new(0), held_max, refusing: AtomicBool::new(false) }
    }

    /// Remembers a token until it has ended (in seconds since 1970). Of one token shown many times at once exactly one is
    /// the first.
    pub fn show(&self, iss: &str, jti: &str, ends: i64, now: i64) -> Shown {
        let mark = mark(iss, jti);
        let mut shown = self.try_show(mark, ends, now);
        if shown == Shown::Full {
            self.shards.iter().for_each(|shard| self.forget_ended(&mut lock(shard), now));
            shown = self.try_show(mark, ends, now);
        }
        if shown != Shown::Again {
            self.refusing.store(shown == Shown::Full, Ordering::Relaxed);
        }
        shown
    }

    fn try_show(&self, mark: Mark, ends: i64, now: i64) -> Shown {
        let mut shard = lock(&self.shards[usize::from(mark[0]) % SHARDS]);
        self.forget_ended(&mut shard, now);
        if shard.marks.contains_key(&mark) {
            return Shown::Again;
        }
        if self.held.fetch_add(1, Ordering::Relaxed) >= self.held_max {
            self.held.fetch_sub(1, Ordering::Relaxed);
            return Shown::Full;
        }
        let lives = Duration::from_secs(u64::try_from(ends.saturating_sub(now)).unwrap_or(0));
        let kept = Instant::now();
        shard.marks.insert(mark, kept.checked_add(lives).unwrap_or(kept));
        shard.ends.push(Reverse((ends, mark)));
        Shown::First
    }

    /// A token that ended before this second is refused for that, and need not be remembered.
    fn forget_ended(&self, shard: &mut Shard, now: i64) {
        let passed = Instant::now();
        while let Some(Reverse((_, mark))) = shard.ends.peek().filter(|Reverse((ends, _))| *ends < now) {
            if shard.marks.get(mark).is_some_and(|until| *until > passed) {
                return;
            }
            shard.marks.remove(mark);
            shard.ends.pop();
            self.held.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How many are remembered.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether the last new token was refused because there are too many.
    pub fn is_refusing(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// How many may be.
    pub fn held_max(&self) -> usize {
        self.held_max
    }
}

fn mark(iss: &str, jti: &str) -> Mark {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(iss.len() as u64).to_le_bytes()).update(iss.as_bytes()).update(jti.as_bytes());
    let mut mark = Mark::default();
    mark.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    mark
}

/// A thread that died here left at worst one mark too many: the memory can be used on.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
