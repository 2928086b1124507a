//! One call, bytes in and bytes out: intake, snapshot, screen, cards. Synchronous once the body is read.

use crate::clinical::time::Moment;
use crate::engine::finding::GapKind;
use crate::engine::screen::Screener;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::{cards, outcome, request};
use crate::pack::read::Pack;
use crate::record::memory::{AnswerRecord, CardRecord};
use std::sync::Arc;

/// An answer: the HTTP status, the JSON body, and what the record keeps of it (none of a refusal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// What was answered, by codes and names of rules: no words of the patient's record.
    pub record: Option<AnswerRecord>,
}

/// Answers one hook call from one snapshot of the pack.
pub fn answer(pack: &Arc<Pack>, hook: Hook, body: &[u8], as_of: Moment) -> Answer {
    match request::read(hook, body, as_of) {
        Ok(call) if call.wanting.is_empty() => screened(pack, &call),
        Ok(call) => refused(&Refusal::Wanting { keys: call.wanting }),
        Err(refusal) => refused(&refusal),
    }
}

fn screened(pack: &Arc<Pack>, call: &Call<'_>) -> Answer {
    let screener = Screener::new(Arc::clone(pack));
    let screening = screener.screen(&call.chart);
    for broken in screening.gaps.iter().filter(|g| g.kind == GapKind::CheckFailed) {
        tracing::error!(
            hook = call.hook.name(),
            check = broken.words,
            "a check broke and was caught; the others answered"
        );
    }
    let cards::Answer { body, shown } = cards::answer(call, &screening);
    let card = |shown: &cards::Shown<'_>| CardRecord {
        card: shown.card.to_string(),
        rule: shown.rule.id.to_owned(),
        version: shown.rule.version,
        key: shown.key.to_owned(),
    };
    let record = AnswerRecord {
        service: call.hook.service_id(),
        instance: call.instance.clone(),
        pack: screening.pack.hash.clone(),
        as_of: screening.as_of.0,
        took_us: 0,
        gaps: u32::try_from(screening.gaps.len()).unwrap_or(u32::MAX),
        cards: shown.iter().map(card).collect(),
    };
    Answer { status: 200, body, record: Some(record) }
}

/// A refusal as an OperationOutcome.
pub fn refused(refusal: &Refusal) -> Answer {
    let (status, body) = outcome::body(refusal);
    Answer { status, body, record: None }
}
