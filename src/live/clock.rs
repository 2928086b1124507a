//! The clock: the one place that asks the machine for the time.

use crate::clinical::time::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, to the second. A machine whose clock stands before 1970 reads as 1970.
pub fn now() -> Moment {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    Moment(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// Now, in milliseconds since 1970. A machine whose clock stands before 1970 reads as 1970.
pub fn now_ms() -> i64 {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    i64::try_from(ms).unwrap_or(i64::MAX)
}
