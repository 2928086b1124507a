//! Orders that end a drug: furosemide is stopped, and lithium with its washout of seven days speaks only where it still acts.
//! As of 15 January 2026.

use crate::checks::{Case, case, run};

const SAID: &str = "moderate passive lithium-furosemide-stopped: furosemide, lithium";

const STOPPING: &[Case] = &[
    case("lithium goes on", "takes lithium; orders furosemide status=stopped", SAID),
    case(
        "lithium ended years ago",
        "takes lithium from=2022-01-01 until=2024-12-31; orders furosemide status=stopped",
        "",
    ),
    case("lithium begins next week", "takes lithium from=2026-01-22; orders furosemide status=stopped", SAID),
    case("furosemide is started", "takes lithium; orders furosemide", ""),
];

#[test]
fn stopping() {
    run(STOPPING);
}
