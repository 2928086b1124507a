//! A clock that runs away makes no record old.

use caveat::record::steady::Steady;
use std::time::{Duration, Instant};

#[test]
fn a_clock_that_runs_ahead_is_not_believed_and_one_that_is_set_right_is() {
    const DAY: i64 = 86_400_000;
    const BEGAN: i64 = 20_000 * DAY;
    let cases: [(&str, i64, i64, Option<i64>); 8] = [
        ("an hour later", 3_600_000, 3_600_000, None),
        ("a year later", 365 * DAY, 365 * DAY, None),
        ("corrected by a minute", 3_660_000, 3_600_000, None),
        ("ahead by a day exactly", 3_600_000 + DAY, 3_600_000, None),
        ("ahead by more than a day", 3_600_001 + DAY, 3_600_000, Some(1)),
        ("ten years within an hour", 3_650 * DAY, 3_600_000, Some(3_649)),
        ("set back", -3_650 * DAY, 3_600_000, None),
        ("beyond all time", i64::MAX, 0, Some((i64::MAX - BEGAN) / DAY)),
    ];
    let began = Instant::now();
    let steady = Steady::since(BEGAN, began);
    for (name, wall, counted, ahead) in cases {
        let counted = began + Duration::from_millis(counted.unsigned_abs());
        assert_eq!(steady.days_ahead(BEGAN.saturating_add(wall), counted), ahead, "{name}");
    }
}
