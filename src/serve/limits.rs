//! The limits of the server, each with its reason.

use std::time::Duration;

/// The largest hook call read. A 200-kilobyte prefetch is large; forty times that is a mistake or an attack.
pub const HOOK_BODY_BYTES_MAX: usize = 8 << 20;

/// The largest feedback body read: thousands of outcomes fit.
pub const FEEDBACK_BODY_BYTES_MAX: usize = 1 << 20;

/// The largest pack taken by an admin call.
pub const PACK_BODY_BYTES_MAX: usize = 512 << 20;

/// How long a client may take to send its request. An order screen has given up long before.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// How long open requests may take to end after a signal to stop.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(20);
