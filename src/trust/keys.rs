//! Keys of one origin, kept ready: fetched in the background, with back-off and jitter; asked for at once, though not often,
//! when a token names a key that is not known; used on for a stated time when the origin cannot be reached.

use crate::settings::trust::Trust;
use crate::trust::key::KeySet;
use crate::trust::key_fetch::{CannotAsk, Origin, file};
use crate::trust::reason::Reason;
use crate::trust::report::KeysHealth;
use arc_swap::ArcSwapOption;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, watch};

/// Requests that may wait for one origin at once; further ones are refused at once, so that forged key ids cannot tie up
/// the server.
const WAITING_MAX: usize = 64;

/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Keys of one origin.
#[derive(Debug)]
pub struct Keys {
    origin: Origin,
    trust: Trust,
    held: ArcSwapOption<Held>,
    asking: Mutex<Asking>,
    rounds: watch::Sender<u64>,
    wake: Arc<Notify>,
    waiting: Semaphore,
    started: AtomicBool,
}

/// A key set, and when it was had.
#[derive(Debug)]
pub struct Held {
    /// The keys.
    pub set: KeySet,
    hash: blake3::Hash,
    at: Instant,
}

#[derive(Debug, Default)]
struct Asking {
    begun: Option<Instant>,
    under_way: bool,
    failures: u32,
    trouble: Option<String>,
}

impl Keys {
    /// Keys of this origin. A file is read at once; a server is asked as soon as there is a runtime.
    pub fn new(origin: Origin, trust: &Trust) -> Arc<Keys> {
        let keys = Arc::new(Keys {
            origin,
            trust: trust.clone(),
            held: ArcSwapOption::empty(),
            asking: Mutex::default(),
            rounds: watch::Sender::new(0),
            wake: Arc::new(Notify::new()),
            waiting: Semaphore::new(WAITING_MAX),
            started: AtomicBool::new(false),
        });
        if let Origin::File(path) = &keys.origin {
            keys.take(file(path, trust.keys_bytes_max));
        }
        keys.start();
        keys
    }

    /// The keys, if they have one of this id, after asking the origin once more if need be.
    ///
    /// # Errors
    ///
    /// [`Reason::Key`], or [`Reason::KeysUnknown`] when there are no keys, or none that are fresh enough.
    pub async fn having(self: &Arc<Self>, kid: &str) -> Result<Arc<Held>, Reason> {
        if let Some(held) = self.usable().filter(|held| held.set.has(kid)) {
            return Ok(held);
        }
        self.start();
        self.ask_again().await;
        let held = self.usable().ok_or(Reason::KeysUnknown)?;
        match held.set.has(kid) {
            true => Ok(held),
            false => Err(Reason::Key),
        }
    }

    /// Whether the last attempt failed, so that the keys in use are those of an earlier one.
    pub fn is_stale(&self) -> bool {
        self.lock().failures > 0
    }

    /// How it fares.
    pub fn health(&self) -> KeysHealth {
        let held = self.held.load_full();
        let asking = self.lock();
        KeysHealth {
            origin: self.origin.name(),
            keys: held.as_ref().map_or(0, |h| h.set.len()),
            skipped: held.as_ref().map_or(0, |h| h.set.skipped),
            leaked: held.as_ref().map_or(0, |h| h.set.leaked),
            age_seconds: held.as_ref().map(|h| h.at.elapsed().as_secs()),
            usable: held.is_some_and(|h| self.is_fresh(&h)),
            failures: asking.failures,
            trouble: asking.trouble.clone(),
        }
    }

    fn usable(&self) -> Option<Arc<Held>> {
        self.held.load_full().filter(|held| self.is_fresh(held))
    }

    /// A file is the operator's own word and stays good; a server's is good for a time.
    fn is_fresh(&self, held: &Held) -> bool {
        matches!(self.origin, Origin::File(_)) || held.at.elapsed() <= self.trust.keys_stale_max
    }

    /// Asks the origin unless that was done just now, and waits until it answered.
    async fn ask_again(&self) {
        let mut rounds = self.rounds.subscribe();
        let Ok(_place) = self.waiting.try_acquire() else { return };
        {
            let mut asking = self.lock();
            if !asking.under_way {
                if asking.begun.is_some_and(|begun| begun.elapsed() < self.trust.keys_again_after) {
                    return;
                }
                asking.under_way = true;
                self.wake.notify_one();
            }
        }
        let patience = self.trust.keys_time + Duration::from_millis(500);
        let _ = tokio::time::timeout(patience, rounds.changed()).await;
    }

    /// Starts the task in the background, once, where there is a runtime. It ends with the keys.
    fn start(self: &Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.started.swap(true, Ordering::AcqRel) {
            self.lock().under_way = true;
            runtime.spawn(tend(Arc::downgrade(self), Arc::clone(&self.wake)));
        }
    }

    /// Asks once; the pause until the next time.
    async fn refresh(&self) -> Duration {
        {
            let mut asking = self.lock();
            asking.under_way = true;
            asking.begun = Some(Instant::now());
        }
        self.take(self.origin.bytes(self.trust.keys_bytes_max).await);
        let failures = {
            let mut asking = self.lock();
            asking.under_way = false;
            asking.failures
        };
        self.rounds.send_modify(|round| *round += 1);
        match (&self.origin, failures) {
            (Origin::File(_), _) => self.trust.key_files_every,
            (Origin::Server { .. }, 0) => jittered(self.trust.keys_every),
            (Origin::Server { .. }, n) => {
                jittered(FIRST_PAUSE.saturating_mul(1 << (n - 1).min(16)).min(self.trust.keys_every))
            }
        }
    }

    /// Takes what came: a key set replaces the one before it, anything else leaves that in use.
    fn take(&self, came: Result<Vec<u8>, CannotAsk>) {
        let read = came.and_then(|bytes| {
            let set = KeySet::read(&bytes).map_err(|e| CannotAsk(e.to_string()))?;
            Ok((set, blake3::hash(&bytes)))
        });
        let origin = self.origin.name();
        match read {
            Ok((set, hash)) => {
                if self.held.load().as_ref().is_none_or(|held| held.hash != hash) {
                    tell(&origin, &set);
                }
                self.held.store(Some(Arc::new(Held { set, hash, at: Instant::now() })));
                let mut asking = self.lock();
                (asking.failures, asking.trouble) = (0, None);
            }
            Err(why) => {
                let mut asking = self.lock();
                asking.failures = asking.failures.saturating_add(1);
                let kept = self.held.load().is_some();
                if asking.trouble.as_deref() != Some(why.0.as_str()) {
                    tracing::warn!(%origin, %why, kept, "keys could not be had; those known stay in use");
                }
                asking.trouble = Some(why.0);
            }
        }
    }

    /// A thread that died here left plain values: they can be used on.
    fn lock(&self) -> MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn tend(keys: Weak<Keys>, wake: Arc<Notify>) {
    loop {
        let Some(tended) = keys.upgrade() else { return };
        let pause = tended.refresh().await;
        drop(tended);
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = wake.notified() => {} }
    }
}

fn tell(origin: &str, set: &KeySet) {
    let (keys, skipped) = (set.len(), set.skipped);
    tracing::info!(%origin, keys, skipped, "a key set is in use");
    if set.leaked > 0 {
        tracing::error!(%origin, leaked = set.leaked, "the key set holds private keys; they are not used, and are lost");
    }
    if set.is_empty() {
        tracing::warn!(%origin, "the key set has no usable key: nobody can be let in by it");
    }
}

/// A pause between nine and eleven tenths of this, so that instances do not ask in step.
fn jittered(pause: Duration) -> Duration {
    let dice = RandomState::new().build_hasher().finish() % 1_000;
    pause.mul_f64(0.9 + dice as f64 / 5_000.0)
}
