//! How much of a call is read: every list has an end, and what lies beyond it is said aloud as too many.

/// Records of drugs kept in a chart, orders in hand first.
pub const CHART_MEDICATIONS_MAX: usize = 512;
/// Allergies kept in a chart.
pub const CHART_ALLERGIES_MAX: usize = 256;
/// Problems kept in a chart.
pub const CHART_PROBLEMS_MAX: usize = 512;
/// Procedures kept in a chart.
pub const CHART_PROCEDURES_MAX: usize = 256;
/// Laboratory values kept in a chart.
pub const CHART_LABS_MAX: usize = 1_024;
/// Items said to be unread; the last one says that there were more.
pub const CHART_UNREAD_MAX: usize = 256;
/// Entries read of one Bundle or list of resources.
pub const BUNDLE_ENTRIES_MAX: usize = 4_096;
/// Prefetch keys read.
pub const PREFETCH_KEYS_MAX: usize = 64;
/// Keys read of what was fetched for a call.
pub const FETCHED_KEYS_MAX: usize = 256;
/// References fetched for one call: medications, orders replaced, orders dispatched.
pub const REFERENCES_MAX: usize = 64;
/// Selections and dispatched orders read.
pub const SELECTIONS_MAX: usize = 256;
/// Elements read of any repeating element inside a resource (codings, dosages, reactions, ingredients ...).
pub const ELEMENTS_MAX: usize = 64;
