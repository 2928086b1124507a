//! One call that was read, screened and answered from one snapshot of the pack. Synchronous.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::engine::finding::{Finding, Gap, GapKind, Screening};
use crate::engine::screen::Screener;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::extension::entry_word;
use crate::hooks::manner::Manner;
use crate::hooks::{cards, outcome, request};
use crate::pack::read::Pack;
use crate::record::decision::{DecidedFinding, DecidedGap, Decision, Took};
use crate::settings::client::Client;
use std::sync::Arc;
use std::time::Instant;

/// An answer: the HTTP status, the JSON body, and what the record keeps of it (none of a refusal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// What was answered, by codes and names of rules: no words of the patient's record. Who asked about whom, the caller
    /// of [`answer`] fills in.
    pub decision: Option<Box<Decision>>,
    /// What was fetched for it and what did not come ([`crate::hooks::fetched::Fetched::to_json`]), for whoever keeps whole
    /// requests; `None` when nothing was wanted.
    pub fetched: Option<String>,
}

/// Answers one hook call, bytes in and bytes out, as for a client nobody registered, of whom nothing is remembered.
pub fn plainly(pack: &Arc<Pack>, hook: Hook, body: &[u8], as_of: Moment) -> Answer {
    let (client, remembered) = (Client::default(), Remembered::default());
    let manner = Manner { decision: "", client: &client, remembered: &remembered };
    answer(pack, request::read(hook, body, as_of).as_ref(), &manner)
}

/// Answers a call that was read, or says why it was not.
pub fn answer(pack: &Arc<Pack>, call: Result<&Call<'_>, &Refusal>, manner: &Manner<'_>) -> Answer {
    match call {
        Ok(call) if call.wanting.is_empty() => screened(pack, call, manner),
        Ok(call) => refused(&Refusal::Wanting { keys: call.wanting.clone() }),
        Err(refusal) => refused(refusal),
    }
}

fn screened(pack: &Arc<Pack>, call: &Call<'_>, manner: &Manner<'_>) -> Answer {
    let begun = Instant::now();
    let screener = Screener::new(Arc::clone(pack));
    let screening = screener.screen(&call.chart);
    let screen_us = micros(begun);
    for broken in screening.gaps.iter().filter(|g| g.kind == GapKind::CheckFailed) {
        tracing::error!(
            hook = call.hook.name(),
            check = broken.words,
            "a check broke and was caught; the others answered"
        );
    }
    let writing = Instant::now();
    let cards::Answer { body, shown } = cards::answer(call, &screening, manner);
    let took = Took { screen_us, write_us: micros(writing), ..Took::default() };
    let decision = Decision {
        id: manner.decision.to_owned(),
        as_of: screening.as_of.0,
        hook: call.hook.name().to_owned(),
        instance: call.instance.clone(),
        pack: screening.pack.hash.clone(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        status: 200,
        findings: decided_findings(&screening, &shown),
        gaps: decided_gaps(&screening),
        took,
        ..Decision::default()
    };
    Answer { status: 200, body, decision: Some(Box::new(decision)), fetched: None }
}

/// Every finding of the answer, with the card it stands on.
fn decided_findings(screening: &Screening<'_>, shown: &[cards::Shown]) -> Vec<DecidedFinding> {
    let decided = |(at, finding): (usize, &Finding<'_>)| DecidedFinding {
        card: shown.iter().find(|s| s.finding == at).map(|s| s.card.to_string()).unwrap_or_default(),
        suppressed: String::new(),
        key: finding.key.clone(),
        fingerprint: String::new(),
        rule: finding.rule.id.to_owned(),
        version: finding.rule.version,
        kind: finding.question.word().to_owned(),
        severity: finding.severity.word().to_owned(),
        loudness: finding.loudness.word().to_owned(),
        participants: finding.participants.iter().map(|p| p.name.to_owned()).collect(),
        override_days: finding.override_days,
        never_silence: finding.never_silence,
    };
    screening.findings.iter().enumerate().map(decided).collect()
}

/// Every gap of the answer, without its words: they may quote the patient's record.
fn decided_gaps(screening: &Screening<'_>) -> Vec<DecidedGap> {
    let gap = |gap: &Gap| DecidedGap {
        kind: gap.kind.word().to_owned(),
        entry: entry_word(gap.entry).to_owned(),
        rule: gap.rule.clone().unwrap_or_default(),
    };
    screening.gaps.iter().map(gap).collect()
}

/// A refusal as an OperationOutcome.
pub fn refused(refusal: &Refusal) -> Answer {
    let (status, body) = outcome::body(refusal);
    Answer { status, body, decision: None, fetched: None }
}

/// Microseconds since then.
pub fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
