//! Binding: the codes of a chart become the ids of a pack. The one place where "unknown" is born.

use crate::clinical::chart::{
    AllergyStatus, Chart, Drug, Entry, Focus, Lab, List, Medication, Problem, Receipt, Setting, Standing, UnreadWhy,
    Verification,
};
use crate::clinical::form::Form;
use crate::clinical::route::RouteSet;
use crate::clinical::route_codes::{form_of, route_of};
use crate::engine::allergen::{self, Asked};
use crate::engine::amount;
use crate::engine::bound::{Bound, BoundProblem, Change, Currency, Exposure};
use crate::engine::change;
use crate::engine::finding::{Gap, GapKind, list_word};
use crate::engine::fold;
use crate::engine::identity::{Identity, identify, words};
use crate::engine::ranked::sort_ranked;
use crate::engine::timeline;
use crate::pack::ids::{LabId, ProblemId};
use crate::pack::read::Pack;
use smallvec::SmallVec;

/// Binds a chart to a pack: folds the records of drugs into exposures, places them in time, finds out what allergies,
/// problems and labs mean, and says what could not be done. Never fails; the order of input changes nothing but indexes.
pub fn bind<'a>(chart: &'a Chart, pack: &'a Pack) -> Bound<'a> {
    let mut gaps = Vec::new();
    let mut reads = Vec::with_capacity(chart.medications.len());
    reads.extend(chart.medications.iter().zip(0u32..).map(|(record, n)| Some(read(chart, pack, record, n, &mut gaps))));
    let mut exposures = fold::fold(chart, reads);
    change::settle(chart, pack, &mut exposures, &mut gaps);
    let (allergies, asked) = allergen::bind(chart, pack, &mut gaps);
    let problems = problems(chart, pack, &mut gaps);
    let labs = labs(chart, pack);
    unread(chart, &mut gaps);
    received(chart, asked, &mut gaps);
    gaps.sort();
    gaps.dedup();
    let body = amount::body(chart);
    Bound {
        pack,
        chart,
        exposures,
        allergies,
        problems,
        labs,
        body,
        gaps,
        taken: Default::default(),
        amounts: Default::default(),
        clearance: Default::default(),
    }
}

/// One record as an exposure of its own.
fn read(chart: &Chart, pack: &Pack, record: &Medication, n: u32, gaps: &mut Vec<Gap>) -> Exposure {
    let placed = timeline::place(record, chart.as_of);
    let identity = identify(&record.drug, pack);
    if !identity.trouble.is_empty() && placed.currency != Currency::Void {
        said_aloud(chart, record, n, &identity, gaps);
    }
    let row = identity.product.map(|p| p.0 as usize);
    let form = row.and_then(|r| pack.raw().products.forms.get(r)).copied().filter(|f| *f != 255);
    let made_for = || row.and_then(|r| pack.raw().products.routes.get(r)).copied();
    let instructed = record.regimen.instructions.iter().filter_map(|i| route_of(&i.route));
    let instructed = instructed.fold(RouteSet::UNKNOWN, |set, route| set.with(RouteSet::of(route)));
    let (as_needed, one_time) = fold::manner(record);
    let in_hand = record.standing != Standing::Existing;
    Exposure {
        records: SmallVec::from_slice(&[n]),
        standing: record.standing,
        parts: identity.parts,
        product: identity.product,
        excluded: identity.excluded,
        unknown: identity.unknown,
        routes: if instructed.is_unknown() { made_for().map_or(instructed, RouteSet) } else { instructed },
        form: form.unwrap_or_else(|| form_word(&record.drug)),
        interval: placed.interval,
        currency: placed.currency,
        setting: if in_hand && record.setting == Setting::Unknown { chart.setting } else { record.setting },
        change: Change::None,
        replaced_by: None,
        as_needed,
        one_time,
    }
}

fn form_word(drug: &Drug) -> u8 {
    if drug.form.is_empty() { 255 } else { form_of(&drug.form).map_or(255, |f: Form| f as u8) }
}

/// The gaps of a drug that is not known, not wholly known, or said to be two things.
fn said_aloud(chart: &Chart, record: &Medication, n: u32, identity: &Identity, gaps: &mut Vec<Gap>) {
    let ordered = record.standing != Standing::Existing;
    if chart.doses_may_follow && ordered && record.drug.is_unchosen() {
        return;
    }
    let asked = record.standing == Standing::InHand
        || chart.focus == Focus::OrdersAndExisting && record.standing == Standing::Existing;
    for kind in &identity.trouble {
        gaps.push(Gap::new(Entry::Medication(n), *kind, words(*kind, &record.drug), asked));
    }
}

/// The problems the pack knows; refuted and mistaken ones left out. Words without a code are a gap.
fn problems(chart: &Chart, pack: &Pack, gaps: &mut Vec<Gap>) -> Vec<BoundProblem> {
    let mut bound: Vec<BoundProblem> = Vec::with_capacity(chart.problems.len());
    for (problem, index) in chart.problems.iter().zip(0u32..) {
        if matches!(problem.verification, Verification::Refuted | Verification::EnteredInError) {
            continue;
        }
        let mut found: SmallVec<[ProblemId; 4]> = SmallVec::new();
        for known in problem.concept.codes.iter().filter_map(|code| pack.problems(code)) {
            for id in known {
                if !found.contains(&ProblemId(*id)) {
                    found.push(ProblemId(*id));
                }
            }
        }
        if problem.concept.codes.is_empty() {
            let words = problem.concept.text.as_deref().unwrap_or_default().to_owned();
            let entry = Entry::Problem(index);
            gaps.push(Gap::new(entry, GapKind::UncodedProblem, words, false));
        }
        if !found.is_empty() {
            found.sort_unstable();
            bound.push(BoundProblem { index, problems: found });
        }
    }
    let at = |b: &BoundProblem| chart.problems.get(b.index as usize);
    let key = |p: &Problem| (p.onset, p.ended, p.recorded, p.clinical as u8, p.verification as u8);
    // Every entry has a problem, and mostly one of its own.
    let first = |b: &BoundProblem| b.problems.first().map_or(0, |p| 1 + p.index() as u64);
    sort_ranked(&mut bound, first, |a, b| {
        let keys = || at(a).map(key).cmp(&at(b).map(key));
        a.problems
            .cmp(&b.problems)
            .then_with(keys)
            .then_with(|| at(a).map(|p| &p.reference).cmp(&at(b).map(|p| &p.reference)))
    });
    bound
}

/// For each lab the pack knows, its latest value as of the chart's moment: by date alone, whatever the value. One without a
/// date stands behind every dated one.
fn labs(chart: &Chart, pack: &Pack) -> Vec<(LabId, u32)> {
    let mut latest: Vec<(LabId, u32)> = Vec::with_capacity(8);
    for (lab, index) in chart.labs.iter().zip(0u32..) {
        if lab.on.is_some_and(|on| on.earliest > chart.as_of) {
            continue;
        }
        let Some(id) = lab.concept.codes.iter().find_map(|code| pack.lab(code)).map(LabId) else { continue };
        match latest.iter_mut().find(|(known, _)| *known == id) {
            None => latest.push((id, index)),
            Some((_, known)) => {
                let before = chart.labs.get(*known as usize);
                if before.is_none_or(|before| lab_order(before).cmp(&lab_order(lab)).is_lt()) {
                    *known = index;
                }
            }
        }
    }
    latest.sort_unstable();
    latest
}

type LabOrder<'l> = (Option<(i64, i64)>, Option<crate::clinical::exact::Exact>, &'l str, &'l str, u8);

/// By date; at one and the same moment by what else is written, so that input order never decides.
fn lab_order(lab: &Lab) -> LabOrder<'_> {
    let on = lab.on.map(|on| (on.latest.0, on.earliest.0));
    (on, lab.value, &lab.unit, &lab.reference, lab.bound.map_or(0, |b| 1 + b as u8))
}

fn unread(chart: &Chart, gaps: &mut Vec<Gap>) {
    for (item, n) in chart.unread.iter().zip(0u32..) {
        let kind = match item.why {
            UnreadWhy::Malformed => GapKind::Malformed,
            UnreadWhy::OtherPatient => GapKind::OtherPatient,
            UnreadWhy::UnresolvedReference => GapKind::UnresolvedReference,
            UnreadWhy::TooMany => GapKind::TooMany,
            UnreadWhy::FetchFailed => GapKind::FetchFailed,
            UnreadWhy::FetchLate => GapKind::FetchLate,
        };
        let words = match (item.place.is_empty(), item.words.is_empty()) {
            (false, false) => format!("{}: {}", item.place, item.words),
            (true, _) => item.words.to_string(),
            (false, true) => item.place.to_string(),
        };
        gaps.push(Gap::new(Entry::Unread(n), kind, words, item.in_hand));
    }
}

fn received(chart: &Chart, asked: Asked, gaps: &mut Vec<Gap>) {
    let lists = [
        (List::Patient, &chart.received.patient),
        (List::Medications, &chart.received.medications),
        (List::Allergies, &chart.received.allergies),
        (List::Problems, &chart.received.problems),
        (List::Labs, &chart.received.labs),
    ];
    for (list, receipt) in lists {
        let (kind, words) = match receipt {
            Receipt::Complete => continue,
            Receipt::NotSent => (GapKind::NotSent, list_word(list).to_owned()),
            Receipt::Partial => (GapKind::Incomplete, list_word(list).to_owned()),
            Receipt::Late => (GapKind::FetchLate, list_word(list).to_owned()),
            Receipt::Failed(words) if words.is_empty() => (GapKind::SourceFailed, list_word(list).to_owned()),
            Receipt::Failed(words) => (GapKind::SourceFailed, format!("{}: {words}", list_word(list))),
        };
        gaps.push(Gap::new(Entry::List(list), kind, words, false));
    }
    let complete = chart.received.allergies == Receipt::Complete;
    if complete && asked == Asked::No && chart.allergy_status != AllergyStatus::NoneKnown {
        let (entry, kind) = (Entry::List(List::Allergies), GapKind::AllergiesNotAsked);
        gaps.push(Gap::new(entry, kind, list_word(List::Allergies).to_owned(), false));
    }
}
