//! What is remembered of a patient when a call comes in: overrides, promised monitoring, cards just shown. A promise that the
//! chart itself shows to be kept is closed here, once, and the closing recorded.

use crate::clinical::chart::{Chart, Receipt};
use crate::clinical::remembered::{Obligation, Remembered};
use crate::clinical::time::Moment;
use crate::engine::bind::bind;
use crate::engine::grounds::{KIDNEYS, ended, latest_values};
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::cards_plan::is_for_pharmacists;
use crate::pack::read::Pack;
use crate::record::book::{Asking, BY_CHART, DONE, DONE_SYSTEM, HEARD_OF_PATIENT_MAX};
use crate::record::decision::{Decision, FeedbackRecord};
use crate::serve::service::Service;
use crate::trust::caller::Caller;

/// What is remembered of the patient of a call, for its user; nothing of a call that was refused. `id` is that of the answer.
pub fn recall(
    service: &Service,
    pack: &Pack,
    caller: &Caller,
    call: Result<&Call<'_>, &Refusal>,
    (as_of, id): (Moment, &str),
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
    if !remembered.obligations.is_empty() {
        let closing = Closing { service, caller, patient: &patient, as_of, id };
        closing.close(&shown(&call.chart, pack), &asking, &mut remembered);
    }
    remembered.stale_for = service.recorder.stale_for().or(remembered.stale_for);
    remembered
}

/// One answer's part in closing promises.
struct Closing<'a> {
    service: &'a Service,
    caller: &'a Caller,
    patient: &'a str,
    as_of: Moment,
    id: &'a str,
}

impl Closing<'_> {
    /// Closes the promises that the chart shows to be kept, and records each closing once: later calls find it closed. Behind a
    /// promise another may stand about the same drugs, which only now is told: it is looked at too.
    fn close(&self, shown: &ShownByChart, asking: &Asking<'_>, remembered: &mut Remembered) {
        let mut news = Vec::new();
        for _ in 0..HEARD_OF_PATIENT_MAX {
            let kept: Vec<FeedbackRecord> = remembered.obligations.iter().filter_map(|p| self.kept(shown, p)).collect();
            if kept.is_empty() {
                break;
            }
            news.extend(kept.into_iter().filter(|kept| self.service.book.keep_word(self.patient, kept)));
            *remembered = self.service.book.remembered(asking);
        }
        if !news.is_empty() {
            self.service.recorder.note_kept(news);
        }
    }

    /// The closing of a promise, as it is recorded, dated by what the chart shows; `None` where it shows nothing.
    fn kept(&self, shown: &ShownByChart, promise: &Obligation) -> Option<FeedbackRecord> {
        let at = shown.kept(promise)?.min(self.as_of.0);
        // Nothing is kept before it is promised; clocks differ.
        (at >= promise.at).then(|| FeedbackRecord {
            arrived_ms: self.as_of.0.saturating_mul(1_000),
            client: self.caller.client.name.clone(),
            tenant: self.caller.tenant.clone(),
            service: DONE.to_owned(),
            card: promise.card.clone(),
            reason_system: DONE_SYSTEM.to_owned(),
            reason_code: BY_CHART.to_owned(),
            comment: format!("shown by the chart of answer {}", self.id),
            done_at: Some(at),
            ..FeedbackRecord::default()
        })
    }
}

/// Writes into the record what was remembered, where it had a part in the answer.
pub fn note(remembered: &Remembered, decision: &mut Decision) {
    if remembered.says_anything() {
        decision.remembered = serde_json::to_string(remembered).unwrap_or_default();
    }
}

/// What a chart shows of promises: values by name, and drugs that are taken no more, each with its moment.
struct ShownByChart {
    values: Vec<(String, i64)>,
    ended: Vec<(String, i64)>,
}

fn shown(chart: &Chart, pack: &Pack) -> ShownByChart {
    let bound = bind(chart, pack);
    let values = latest_values(&bound).iter().filter_map(|v| Some((v.name.to_owned(), v.on?.earliest.0))).collect();
    let whole = chart.received.medications == Receipt::Complete;
    let ended = if whole { ended(&bound) } else { Vec::new() };
    ShownByChart { values, ended: ended.into_iter().map(|(name, last)| (name.to_owned(), last.0)).collect() }
}

impl ShownByChart {
    /// When a promise was kept, or became void: every value that the rule asks for was measured after it, or one of the drugs
    /// was stopped after it.
    fn kept(&self, promise: &Obligation) -> Option<i64> {
        let over = self.ended.iter().filter(|(name, last)| *last > promise.at && promise.participants.contains(name));
        self.measured(promise).into_iter().chain(over.map(|(_, last)| *last)).max()
    }

    /// Up to when all of the values that the rule asks for were measured after the promise: of the latest of each, the earliest. Of kidney function one
    /// measure is enough.
    fn measured(&self, promise: &Obligation) -> Option<i64> {
        let kidneys = |name: &str| KIDNEYS.contains(&name);
        let same = |wanted: &str, name: &str| wanted == name || (kidneys(wanted) && kidneys(name));
        let later = |wanted: &String| {
            let found = self.values.iter().filter(|(name, on)| same(wanted, name) && *on > promise.at);
            found.map(|(_, on)| *on).max()
        };
        promise.values.iter().map(later).collect::<Option<Vec<i64>>>()?.into_iter().min()
    }
}
