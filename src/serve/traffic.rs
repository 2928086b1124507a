//! What comes and goes: connections and requests open, what was turned away and why, and whether the server is leaving.

use crate::serve::certificates::Certificates;
use crate::serve::neighbours::Neighbours;
use crate::serve::rate::Rates;
use crate::settings::client::Client;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// What comes and goes. Counts go on from the start of the process.
#[derive(Debug)]
pub struct Traffic {
    /// Connections open now.
    pub connections: Gauge,
    /// Requests open now, health included.
    pub requests: Gauge,
    /// Hook calls and feedback in work now.
    pub in_work: Gauge,
    /// Connections closed at once because too many were open.
    pub turned_away: Count,
    /// Connections closed at once because too many were open from their address.
    pub turned_away_by_address: Count,
    /// Times that the system gave no connection, for want of file descriptors for instance.
    pub not_taken: Count,
    /// Whether the last try to take a connection failed.
    pub starved: AtomicBool,
    /// Requests answered 503 at once because too many were in work.
    pub shed: Count,
    /// Requests answered 429 because their client sent too many.
    pub throttled: Count,
    /// Connections hung up on because the head of a request did not come in time.
    pub slow_heads: Count,
    /// Connections hung up on because an answer was not taken in time.
    pub slow_readers: Count,
    /// TLS handshakes that failed or did not end in time.
    pub handshakes_failed: Count,
    /// How many connections each address has open.
    pub neighbours: Neighbours,
    /// How often each client may ask.
    pub rates: Rates,
    /// The certificate in use, where there is TLS.
    pub certificates: OnceLock<Arc<Certificates>>,
    phase: watch::Sender<Phase>,
}

/// How far a server is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It serves.
    #[default]
    Serving,
    /// It says that it is not ready, and still takes what comes: the load balancer has yet to notice.
    Leaving,
    /// It takes nothing new, and lets what is open end.
    Closing,
}

impl Traffic {
    /// Nothing yet. `clients`: those with a rate of their own are held to it.
    pub fn new<'a>(clients: impl IntoIterator<Item = &'a Client>) -> Traffic {
        Traffic {
            connections: Gauge::default(),
            requests: Gauge::default(),
            in_work: Gauge::default(),
            turned_away: Count::default(),
            turned_away_by_address: Count::default(),
            not_taken: Count::default(),
            starved: AtomicBool::new(false),
            shed: Count::default(),
            throttled: Count::default(),
            slow_heads: Count::default(),
            slow_readers: Count::default(),
            handshakes_failed: Count::default(),
            neighbours: Neighbours::default(),
            rates: Rates::new(clients),
            certificates: OnceLock::new(),
            phase: watch::Sender::new(Phase::Serving),
        }
    }

    /// Goes on to a later phase; never back.
    pub fn go_on(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = to > *phase;
            if later {
                *phase = to;
            }
            later
        });
    }

    /// The phase now.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// To wait for a later phase.
    pub fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }
}

/// How many are open now.
#[derive(Debug, Default)]
pub struct Gauge(AtomicUsize);

impl Gauge {
    /// How many now.
    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of those counted as open, until it is dropped.
pub struct Open(Arc<Traffic>, fn(&Traffic) -> &Gauge);

impl Open {
    /// Counts one more.
    pub fn one(traffic: &Arc<Traffic>, gauge: fn(&Traffic) -> &Gauge) -> Open {
        gauge(traffic).0.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(traffic), gauge)
    }

    /// Counts one more, unless so many are open.
    pub fn below(traffic: &Arc<Traffic>, gauge: fn(&Traffic) -> &Gauge, most: usize) -> Option<Open> {
        let more = |now: usize| (now < most).then_some(now + 1);
        gauge(traffic).0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Open(Arc::clone(traffic), gauge))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        (self.1)(&self.0).0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often something happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Once more. True when it is worth a line in the log: the first, then every power of two, so that an attack does not
    /// fill a disk and yet is seen.
    pub fn up(&self) -> bool {
        (self.0.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two()
    }

    /// How often so far.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
