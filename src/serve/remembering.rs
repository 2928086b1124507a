//! What is remembered of a patient when a call comes in: overrides, promised monitoring, cards just shown. A promise that the
//! chart itself shows to be kept is closed here.

use crate::clinical::chart::{Chart, Receipt};
use crate::clinical::remembered::{Obligation, Remembered};
use crate::clinical::time::Moment;
use crate::engine::bind::bind;
use crate::engine::grounds::{KIDNEYS, Value, ended, latest_values};
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::cards_plan::is_for_pharmacists;
use crate::pack::read::Pack;
use crate::record::book::Asking;
use crate::record::decision::Decision;
use crate::serve::service::Service;
use crate::trust::caller::Caller;

/// What is remembered of the patient of a call, for its user; nothing of a call that was refused.
pub fn recall(
    service: &Service,
    pack: &Pack,
    caller: &Caller,
    call: Result<&Call<'_>, &Refusal>,
    as_of: Moment,
) -> Remembered {
    let Ok(call) = call else { return Remembered::default() };
    let of = |kind: &str, id: &str| service.pseudonyms.of(kind, &caller.client.name, &caller.tenant, id);
    let (patient, user) = (of("patient", &call.patient), of("user", &call.user));
    let asking = Asking {
        patient: &patient,
        user: &user,
        encounter: &of("encounter", &call.encounter),
        now_ms: as_of.0.saturating_mul(1_000),
        comments: is_for_pharmacists(call.hook),
        just_shown: caller.client.quiet_repeats && call.hook == Hook::OrderSign,
    };
    let mut remembered = service.book.remembered(&asking);
    remembered.stale_for = service.recorder.stale_for().or(remembered.stale_for);
    if !remembered.obligations.is_empty() {
        let kept = kept_words(&call.chart, pack, &remembered.obligations);
        for card in kept {
            service.book.keep_word(&patient, &card, as_of.0);
            remembered.obligations.retain(|promise| promise.card != card);
        }
    }
    remembered
}

/// Writes into the record what was remembered, where it had a part in the answer.
pub fn note(remembered: &Remembered, decision: &mut Decision) {
    if remembered.says_anything() {
        decision.remembered = serde_json::to_string(remembered).unwrap_or_default();
    }
}

/// Cards of the promises that the chart shows to be kept, or to be kept no more: every value that the rule asks for was
/// measured after the promise, or one of the drugs was stopped after it.
fn kept_words(chart: &Chart, pack: &Pack, promises: &[Obligation]) -> Vec<String> {
    let bound = bind(chart, pack);
    let values = latest_values(&bound);
    let whole = chart.received.medications == Receipt::Complete;
    let ended = if whole { ended(&bound) } else { Vec::new() };
    let over = |promise: &Obligation| {
        ended.iter().any(|(name, last)| last.0 > promise.at && promise.participants.iter().any(|p| p == name))
    };
    promises.iter().filter(|p| is_measured(p, &values) || over(p)).map(|p| p.card.clone()).collect()
}

/// Whether each value that the rule asks for was measured after the promise. Of kidney function one measure is enough.
fn is_measured(promise: &Obligation, values: &[Value<'_>]) -> bool {
    let later = |name: &str| {
        let found = values.iter().filter(|v| v.name == name).filter_map(|v| v.on);
        found.into_iter().any(|on| on.earliest.0 > promise.at)
    };
    let kidneys = |name: &str| KIDNEYS.contains(&name);
    let kept = |name: &String| later(name) || (kidneys(name) && KIDNEYS.iter().any(|k| later(k)));
    !promise.values.is_empty() && promise.values.iter().all(kept)
}
