//! One call that was read, screened and answered from one snapshot of the pack. Synchronous.

use crate::clinical::chart::{Chart, Entry, Focus, Standing};
use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::engine::finding::{Finding, Gap, GapKind, Screening, list_word};
use crate::engine::screen::Screener;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::cards_plan::Fate;
use crate::hooks::cards_words::reference_of;
use crate::hooks::extension::entry_word;
use crate::hooks::fetched::Fetched;
use crate::hooks::fingerprint::{Fingerprint, fingerprint};
use crate::hooks::manner::Manner;
use crate::hooks::{cards, outcome, request};
use crate::pack::read::Pack;
use crate::record::decision::{DecidedFinding, DecidedGap, Decision, Took};
use crate::settings::client::Client;
use std::sync::Arc;
use std::time::Instant;

/// The longest hook instance that is recorded as sent; a UUID has 36 characters.
pub const INSTANCE_BYTES_MAX: usize = 64;

/// An answer: the HTTP status, the JSON body, and what the record keeps of it (none of a refusal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// What was answered, where it has an id to be recorded by: codes and names of rules, no words of the patient's record.
    /// Who asked about whom, the caller
    /// of [`answer`] fills in.
    pub decision: Option<Box<Decision>>,
    /// What was fetched for it and what did not come ([`crate::hooks::fetched::Fetched::to_json`]), for whoever keeps whole
    /// requests; `None` when nothing was wanted.
    pub fetched: Option<String>,
    /// The request without the tokens in it, where it holds any: what may be kept of it.
    pub tokenless: Option<Vec<u8>>,
    /// What was remembered when it was written.
    pub remembered: Remembered,
}

impl Answer {
    /// An answer that nothing is kept of.
    pub fn plain(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, body, decision: None, fetched: None, tokenless: None, remembered: Remembered::default() }
    }
}

/// Answers one hook call, bytes in and bytes out, as for a client nobody registered, of whom nothing is remembered.
pub fn plainly(pack: &Arc<Pack>, hook: Hook, body: &[u8], as_of: Moment) -> Answer {
    let (client, remembered) = (Client::default(), Remembered::default());
    let manner = Manner { decision: "", client: &client, remembered: &remembered };
    answer(pack, request::read(hook, body, as_of).as_ref(), &manner)
}

/// Answers one hook call from all that its answer depends on, as when it was first given. `fetched` is what was fetched for it, as
/// [`Fetched::to_json`] wrote it.
pub fn again(
    pack: &Arc<Pack>,
    hook: Hook,
    body: &[u8],
    fetched: Option<&str>,
    as_of: Moment,
    manner: &Manner<'_>,
) -> Answer {
    match fetched.and_then(Fetched::of_json) {
        Some(fetched) => answer(pack, request::read_with(hook, body, &fetched, as_of).as_ref(), manner),
        None => answer(pack, request::read(hook, body, as_of).as_ref(), manner),
    }
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
    let (screening, bound) = screener.screen_and_keep(&call.chart);
    let screen_us = micros(begun);
    for broken in screening.gaps.iter().filter(|g| g.kind == GapKind::CheckFailed) {
        tracing::error!(
            hook = call.hook.name(),
            check = broken.words,
            "a check broke and was caught; the others answered"
        );
    }
    let writing = Instant::now();
    // Where nothing is remembered, the answer is written first and known by its fingerprints after.
    let print = |finding: &Finding<'_>| fingerprint(&bound, finding, &manner.remembered.encounter);
    let mut known: Vec<Fingerprint> = Vec::new();
    if manner.remembered.says_anything() {
        known = screening.findings.iter().map(print).collect();
    }
    let prints: Vec<String> = known.iter().map(|k| k.print.clone()).collect();
    let cards::Answer { body, shown, fates } = cards::answer_knowing(call, &screening, manner, &prints);
    if manner.decision.is_empty() {
        return Answer::plain(200, body);
    }
    let took = Took { screen_us, write_us: micros(writing), ..Took::default() };
    let mut decision = Decision {
        id: manner.decision.to_owned(),
        as_of: screening.as_of.0,
        hook: call.hook.name().to_owned(),
        instance: instance_of(call),
        pack: screening.pack.hash.clone(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        status: 200,
        asked: asked(&call.chart),
        findings: decided_findings(&call.chart, &screening, &shown, &fates),
        gaps: decided_gaps(&screening),
        took,
        ..Decision::default()
    };
    if known.is_empty() {
        known = screening.findings.iter().map(print).collect();
    }
    for (decided, known) in decision.findings.iter_mut().zip(known) {
        (decided.fingerprint, decided.values) = (known.print, known.values);
    }
    Answer { decision: Some(Box::new(decision)), ..Answer::plain(200, body) }
}

/// The hook instance, as sent where it is an id; of anything else a hash, since it might be anything.
fn instance_of(call: &Call<'_>) -> String {
    let id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    match call.instance.as_str() {
        sent if sent.len() <= INSTANCE_BYTES_MAX && sent.bytes().all(id) => sent.to_owned(),
        odd => blake3::hash(odd.as_bytes()).to_hex().to_string(),
    }
}

/// Every finding of the answer, with the card it stands on.
pub fn decided_findings(
    chart: &Chart,
    screening: &Screening<'_>,
    shown: &[cards::Shown],
    fates: &[Fate],
) -> Vec<DecidedFinding> {
    let decided = |(at, finding): (usize, &Finding<'_>)| DecidedFinding {
        card: shown.iter().find(|s| s.finding == at).map(|s| s.card.to_string()).unwrap_or_default(),
        suppressed: fates.get(at).map(|f| f.word().to_owned()).unwrap_or_default(),
        key: finding.key.clone(),
        fingerprint: String::new(),
        rule: finding.rule.id.to_owned(),
        version: finding.rule.version,
        also: finding.also.iter().map(|r| r.id.to_owned()).collect(),
        kind: finding.question.word().to_owned(),
        severity: finding.severity.word().to_owned(),
        loudness: finding.loudness.word().to_owned(),
        orders: orders(chart, finding),
        participants: finding.participants.iter().map(|p| p.name.to_owned()).collect(),
        values: Vec::new(),
        override_days: finding.override_days,
        never_silence: finding.never_silence,
    };
    screening.findings.iter().enumerate().map(decided).collect()
}

/// References of the records of drugs that were asked about: pseudonyms are made of them before they are recorded.
pub fn asked(chart: &Chart) -> Vec<String> {
    let whole = matches!(chart.focus, Focus::Existing | Focus::OrdersAndExisting);
    let asked = chart.medications.iter().filter(|m| whole || m.standing == Standing::InHand);
    asked.map(|m| m.reference.to_string()).filter(|r| !r.is_empty()).collect()
}

/// References of the orders that caused a finding, or of the drugs that take part in it.
fn orders(chart: &Chart, finding: &Finding<'_>) -> Vec<String> {
    let participants = finding.participants.iter().map(|p| p.entry).filter(|e| matches!(e, Entry::Medication(_)));
    let mut orders: Vec<Entry> = finding.orders.clone();
    if orders.is_empty() {
        orders.extend(participants);
    }
    orders.iter().map(|o| reference_of(chart, *o).to_owned()).filter(|r| !r.is_empty()).collect()
}

/// Every gap of the answer, without its words: they may quote the patient's record.
pub fn decided_gaps(screening: &Screening<'_>) -> Vec<DecidedGap> {
    let gap = |gap: &Gap| DecidedGap {
        kind: gap.kind.word().to_owned(),
        entry: entry_word(gap.entry).to_owned(),
        list: if let Entry::List(list) = gap.entry { list_word(list).to_owned() } else { String::new() },
        rule: gap.rule.clone().unwrap_or_default(),
        also: gap.also.clone(),
    };
    screening.gaps.iter().map(gap).collect()
}

/// A refusal as an OperationOutcome.
pub fn refused(refusal: &Refusal) -> Answer {
    let (status, body) = outcome::body(refusal);
    Answer::plain(status, body)
}

/// Microseconds since then.
pub fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
