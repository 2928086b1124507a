//! One call, bytes in and bytes out: intake, snapshot, screen, cards, record. Synchronous once the body is read.

use crate::clinical::time::Moment;
use crate::engine::screen::Screener;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::cards;
use crate::hooks::outcome;
use crate::hooks::request;
use crate::pack::read::Pack;
use std::sync::Arc;

/// An answer: the HTTP status and the JSON body, and what the log may say of it (no patient data).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// How many findings.
    pub findings: usize,
    /// How many gaps.
    pub gaps: usize,
    /// The keys and rules of the cards shown, for the record.
    pub shown: Vec<(String, String)>,
}

/// Answers one hook call from one snapshot of the pack.
pub fn answer(pack: &Arc<Pack>, hook: Hook, body: &[u8], as_of: Moment) -> Answer {
    let call = match request::read(hook, body, as_of) {
        Ok(call) => call,
        Err(refusal) => return refused(&refusal),
    };
    if !call.wanting.is_empty() {
        return refused(&Refusal::Wanting { keys: call.wanting });
    }
    screened(pack, &call)
}

fn screened(pack: &Arc<Pack>, call: &Call<'_>) -> Answer {
    let screener = Screener::new(Arc::clone(pack));
    let screening = screener.screen(&call.chart);
    Answer {
        status: 200,
        body: cards::write(call, &screening),
        findings: screening.findings.len(),
        gaps: screening.gaps.len(),
        shown: Vec::new(),
    }
}

/// A refusal as an OperationOutcome.
pub fn refused(refusal: &Refusal) -> Answer {
    let (status, body) = outcome::body(refusal);
    Answer { status, body, findings: 0, gaps: 0, shown: Vec::new() }
}
