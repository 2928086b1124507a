//! W3C trace context: the trace a call belongs to, as its client says, so that our log lines and our calls to a FHIR server can be
//! found beside the client's.

use axum::http::HeaderMap;
use std::fmt;

/// The header's name.
pub const TRACEPARENT: &str = "traceparent";

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: u128,
    /// The span that called.
    pub parent: u64,
    /// Flags; bit 0: sampled.
    pub flags: u8,
}

impl TraceContext {
    /// The trace a request says it belongs to; `None` when it says nothing, or nothing that can be read.
    pub fn of(headers: &HeaderMap) -> Option<TraceContext> {
        let mut sent = headers.get_all(TRACEPARENT).iter();
        let (first, more) = (sent.next()?, sent.next());
        if more.is_some() { None } else { TraceContext::read(first.to_str().ok()?) }
    }

    /// Reads `00-<32 digits>-<16 digits>-<2 digits>`; of a later version, the part that version 00 has.
    pub fn read(text: &str) -> Option<TraceContext> {
        let lower = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let mut parts = text.trim().split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound = lower(version, 2) && lower(trace, 32) && lower(parent, 16) && lower(flags, 2) && version != "ff";
        if !sound || (version == "00" && parts.next().is_some()) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|t| *t != 0)?;
        let parent = u64::from_str_radix(parent, 16).ok().filter(|p| *p != 0)?;
        Some(TraceContext { trace, parent, flags: u8::from_str_radix(flags, 16).ok()? })
    }

    /// A trace of our own, for a call that belongs to none.
    pub fn begun() -> TraceContext {
        let (trace, parent) = (uuid::Uuid::new_v4().as_u128(), uuid::Uuid::new_v4().as_u64_pair().1);
        TraceContext { trace: trace.max(1), parent: parent.max(1), flags: 0 }
    }

    /// The same trace with a span of our own: what goes to a FHIR server.
    pub fn child(self) -> TraceContext {
        TraceContext { parent: TraceContext::begun().parent, ..self }
    }

    /// The trace, as it stands in logs.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.parent, self.flags & 1)
    }
}
