//! One Bundle that was read, screened and answered from one snapshot of the pack. Synchronous; from the same it makes the same.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::engine::screen::Screener;
use crate::hooks::call::Call;
use crate::hooks::cards::Shown;
use crate::hooks::detected_issue::{Desk, write};
use crate::hooks::fingerprint::{Fingerprint, fingerprint};
use crate::hooks::screen_request::{Question, ScreenRequest, Unscreened};
use crate::pack::read::Pack;
use crate::record::decision::{Decision, SCREEN, Took};
use crate::serve::answer::{asked, decided_findings, decided_gaps, micros};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;

/// What was asked about a Bundle, besides the Bundle: kept with it, so that the answer can be repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The patient, as named; empty: the one in the Bundle.
    pub patient: String,
    /// References of the orders in hand; empty: every draft.
    pub orders: Vec<String>,
    /// Whether every rule considered is told.
    pub trace: bool,
}

impl Asked {
    /// As the Bundle is taken apart by.
    pub fn question(&self) -> Question {
        Question { patient: self.patient.clone(), orders: self.orders.clone() }
    }
}

/// What an answer depends on besides the pack, the Bundle and what was asked.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The id of the decision.
    pub id: &'a str,
    /// Pseudonym of the patient.
    pub patient: &'a str,
    /// Now.
    pub now: Moment,
    /// What is remembered of the patient.
    pub remembered: &'a Remembered,
}

/// Screens a Bundle and answers: the body, and what is kept of it, as far as it is known here: of whom and by whom it was
/// asked, and what was remembered, the caller fills in.
pub fn screened(
    pack: &Arc<Pack>,
    (request, call): (&ScreenRequest, &Call<'_>),
    trace: bool,
    setting: &Setting<'_>,
) -> (Vec<u8>, Decision) {
    let (begun, screener) = (Instant::now(), Screener::new(Arc::clone(pack)));
    let (screening, bound) =
        if trace { screener.explain_and_keep(&call.chart) } else { screener.screen_and_keep(&call.chart) };
    let screen_us = micros(begun);
    let begun = Instant::now();
    let known: Vec<Fingerprint> =
        screening.findings.iter().map(|f| fingerprint(&bound, f, &setting.remembered.encounter)).collect();
    let prints: Vec<String> = known.iter().map(|k| k.print.clone()).collect();
    let desk = Desk {
        decision: setting.id,
        reference: &request.reference,
        patient: setting.patient,
        now: setting.now,
        remembered: setting.remembered,
        fingerprints: &prints,
    };
    let issues = write(call, &screening, &desk);
    let shown: Vec<Shown> =
        issues.ids.iter().enumerate().map(|(finding, card)| Shown { card: *card, finding }).collect();
    let mut decision = Decision {
        id: setting.id.to_owned(),
        at_ms: setting.now.0.saturating_mul(1_000),
        as_of: screening.as_of.0,
        patient: setting.patient.to_owned(),
        hook: String::from(SCREEN),
        pack: screening.pack.hash.clone(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        status: 200,
        asked: asked(&call.chart),
        findings: decided_findings(&call.chart, &screening, &shown, &[]),
        gaps: decided_gaps(&screening),
        took: Took { screen_us, write_us: micros(begun), ..Took::default() },
        ..Decision::default()
    };
    for (decided, known) in decision.findings.iter_mut().zip(known) {
        (decided.fingerprint, decided.values) = (known.print, known.values);
    }
    (issues.body, decision)
}

/// Answers a Bundle from all that its answer depends on, as when it was first given. `asked` is what [`Asked`] was written as.
///
/// # Errors
///
/// In words: what was asked cannot be read, or the Bundle is not screened by this version.
pub fn again(
    pack: &Arc<Pack>,
    body: &[u8],
    asked: &str,
    as_of: Moment,
    setting: &Setting<'_>,
) -> Result<Vec<u8>, String> {
    let asked: Asked = serde_json::from_str(asked).map_err(|e| format!("what was asked cannot be read: {e}"))?;
    let unscreened = |why: Unscreened| format!("the Bundle is not screened now: {why}");
    let request = ScreenRequest::of(body, &asked.question()).map_err(unscreened)?;
    let call = request.call(as_of).map_err(unscreened)?;
    Ok(screened(pack, (&request, &call), asked.trace, setting).0)
}
