//! Whether the clock on the wall can be believed when it says that records are old: it must not have run away from the one
//! that only counts on.

use std::time::{Duration, Instant};

/// How far the clock may stand ahead of where counting puts it: more than any leap second, time zone or correction by hand.
pub const AHEAD_MAX: Duration = Duration::from_secs(86_400);

/// What both clocks said at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    wall_ms: i64,
    counted: Instant,
}

impl Steady {
    /// Begins to count, at a moment at which the wall says this many milliseconds since 1970.
    pub fn since(wall_ms: i64, counted: Instant) -> Steady {
        Steady { wall_ms, counted }
    }

    /// Days by which the wall stands ahead of where it should by now; `None` as long as that is not more than [`AHEAD_MAX`].
    /// A wall that stands behind makes nothing old that is not.
    pub fn days_ahead(&self, wall_ms: i64, counted: Instant) -> Option<i64> {
        let went = i64::try_from(counted.saturating_duration_since(self.counted).as_millis()).unwrap_or(i64::MAX);
        let ahead = wall_ms.saturating_sub(self.wall_ms.saturating_add(went));
        let most = i64::try_from(AHEAD_MAX.as_millis()).unwrap_or(i64::MAX);
        (ahead > most).then_some(ahead / most)
    }
}
