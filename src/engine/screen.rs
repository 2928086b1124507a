//! The screener: one chart, one pack, one answer. Its main function is the table of contents of the engine.

use crate::clinical::chart::{Chart, Entry, Focus};
use crate::clinical::severity::Question;
use crate::engine::bind::bind;
use crate::engine::bound::Bound;
use crate::engine::checks::{allergies, contraindications, doses, duplicates, interactions};
use crate::engine::docket::Docket;
use crate::engine::finding::{Cell, Gap, GapKind, Screening};
use crate::engine::gaps::settle_gaps;
use crate::engine::matrix::matrix;
use crate::engine::scope::Scope;
use crate::engine::settle::settle;
use crate::pack::read::Pack;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Answers from one pack. Made for one request from the pack in service, so no answer mixes two packs.
#[derive(Clone, Debug)]
pub struct Screener {
    pack: Arc<Pack>,
}

/// A check: reads the chart, writes into the docket.
pub type Check = fn(&mut Docket<'_>, &Bound<'_>, &Scope);

impl Screener {
    /// A screener over a pack.
    pub fn new(pack: Arc<Pack>) -> Screener {
        Screener { pack }
    }

    /// Screens one chart: binds its codes to the pack, asks the five questions, settles the order.
    ///
    /// Never fails and does no I/O. What could not be judged comes back as a [`Gap`], beside the findings; a check that
    /// breaks is one too, and the others still answer.
    pub fn screen(&self, chart: &Chart) -> Screening<'_> {
        self.answer(chart, false).0
    }

    /// Screens one chart as [`Screener::screen`] does, and hands over the chart as it was read, for whoever asks what a
    /// finding rests on.
    pub fn screen_and_keep<'p: 'c, 'c>(&'p self, chart: &'c Chart) -> (Screening<'p>, Bound<'c>) {
        self.answer(chart, false)
    }

    /// Screens one chart and says why and why not: the trace holds every rule considered, with what stopped it.
    ///
    /// The trace costs several times the screening; without it nothing is written for it.
    pub fn explain(&self, chart: &Chart) -> Screening<'_> {
        self.answer(chart, true).0
    }

    /// As [`Screener::explain`], with the chart as it was read.
    pub fn explain_and_keep<'p: 'c, 'c>(&'p self, chart: &'c Chart) -> (Screening<'p>, Bound<'c>) {
        self.answer(chart, true)
    }

    fn answer<'p: 'c, 'c>(&'p self, chart: &'c Chart, tracing: bool) -> (Screening<'p>, Bound<'c>) {
        let pack = &*self.pack;
        let mut bound = bind(chart, pack);
        let scope = Scope::of(&bound);
        let mut docket = Docket::new(pack, bound.exposures.len(), tracing);
        docket.gaps = std::mem::take(&mut bound.gaps);
        if chart.focus != Focus::NewAllergy {
            guard(Question::Interaction, interactions::check, &mut docket, &bound, &scope);
            guard(Question::Dose, doses::check, &mut docket, &bound, &scope);
            guard(Question::Duplicate, duplicates::check, &mut docket, &bound, &scope);
            guard(Question::Contraindication, contraindications::check, &mut docket, &bound, &scope);
        }
        guard(Question::Allergy, allergies::check, &mut docket, &bound, &scope);
        let findings = settle(&docket, &bound);
        let screening = Screening {
            pack: pack.stamp(),
            as_of: chart.as_of,
            findings,
            checked: matrix(&docket, &bound),
            gaps: settle_gaps(docket.gaps, &chart.received),
            trace: docket.trace.unwrap_or_default(),
        };
        (screening, bound)
    }
}

/// Runs a check; one that breaks becomes a gap and missing data in the matrix, and what it raised before still stands.
pub fn guard(question: Question, check: Check, docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    // What a broken check leaves behind is only lists with fewer entries: nothing of the docket can be torn.
    if catch_unwind(AssertUnwindSafe(|| check(docket, bound, scope))).is_err() {
        let words = format!("the {} check broke and was stopped", question.word());
        docket.gaps.push(Gap::new(Entry::Patient, GapKind::CheckFailed, words, true));
        for subject in &scope.subjects {
            docket.mark(*subject, question, Cell::DataMissing);
        }
    }
}
