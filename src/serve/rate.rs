//! How often a client may ask: an average over a second, without a lock.

use crate::settings::client::Client;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The rates of the clients that have one.
#[derive(Debug)]
pub struct Rates {
    begun: Instant,
    clients: HashMap<String, Rate>,
}

/// One client's rate: each request moves the moment up to which its allowance is spent. As many as a second allows may come at
/// once after a pause.
#[derive(Debug)]
struct Rate {
    each: u64,
    spent_until: AtomicU64,
}

const SECOND: u64 = 1_000_000_000;

impl Rates {
    /// The rates of these clients.
    pub fn new<'a>(clients: impl IntoIterator<Item = &'a Client>) -> Rates {
        let rate = |client: &Client| {
            let most = client.per_second_max?;
            let rate = Rate { each: SECOND / u64::from(most.max(1)), spent_until: AtomicU64::new(0) };
            Some((client.name.clone(), rate))
        };
        Rates { begun: Instant::now(), clients: clients.into_iter().filter_map(rate).collect() }
    }

    /// Takes one request of a client out of its allowance.
    ///
    /// # Errors
    ///
    /// How long it should wait, when nothing is left.
    pub fn take(&self, client: &str, now: Instant) -> Result<(), Duration> {
        let Some(rate) = self.clients.get(client) else { return Ok(()) };
        let now = u64::try_from(now.saturating_duration_since(self.begun).as_nanos()).unwrap_or(u64::MAX);
        let next = |spent: u64| {
            let from = spent.max(now);
            (from - now <= SECOND - rate.each).then_some(from.saturating_add(rate.each))
        };
        let taken = rate.spent_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        taken.map(|_| ()).map_err(|spent| Duration::from_nanos((spent - now).saturating_sub(SECOND - rate.each)))
    }
}
