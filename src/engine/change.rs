//! What an order does to what is on file: starts, modifies, renews, stops, holds, or nothing says which.
//!
//! It replaces another only when a record says so: the same reference, `priorPrescription`, `basedOn`, from whichever side.
//! The order's own copy on file, its dispenses and what else tells of it are replaced by it too: a drug counts once. The
//! same drug on file without such a word is a renewal when strength, route and schedule are the same; otherwise it is
//! `Unclear`, with a gap that asks.
//!
//! A copy that is itself a draft, or that was written within the day before the call and differs in nothing, says nothing
//! of what was taken before: the order starts.

use crate::clinical::chart::{Chart, Medication, RecordKind, Standing, Status};
use crate::clinical::regimen::Regimen;
use crate::clinical::time::Span;
use crate::engine::bound::{Change, Currency, Exposure};
use crate::engine::finding::{Gap, GapKind};
use crate::engine::fold::{compatible, names, same_ingredients};
use crate::engine::identity::same_strength;
use crate::pack::read::Pack;
use smallvec::SmallVec;

/// Sets `change` of every order in hand and draft, and `replaced_by` of what is on file. Exposures are in canonical order.
pub fn settle(chart: &Chart, pack: &Pack, exposures: &mut [Exposure], gaps: &mut Vec<Gap>) {
    for order in 0..exposures.len() {
        if exposures[order].standing == Standing::Existing {
            break;
        }
        let Some(record) = lead(chart, &exposures[order]) else { continue };
        let named = mark_replaced(chart, exposures, order, record);
        exposures[order].change = change_of(chart, exposures, order, record, &named);
        if named.is_empty() && record.status == Status::Cancelled {
            exposures[order].currency = Currency::Void;
        }
        if exposures[order].change == Change::Unclear && exposures[order].standing == Standing::InHand {
            gaps.extend(question(chart, pack, exposures, order, record));
        }
    }
}

/// The record of an exposure that says how it is taken: its first with instructions, else its first.
pub fn instructed<'c>(chart: &'c Chart, exposure: &Exposure) -> Option<&'c Medication> {
    let mut records = exposure.records.iter().filter_map(|r| chart.medications.get(*r as usize));
    records.clone().find(|m| !m.regimen.instructions.is_empty()).or_else(|| records.next())
}

fn lead<'c>(chart: &'c Chart, exposure: &Exposure) -> Option<&'c Medication> {
    chart.medications.get(*exposure.records.first()? as usize)
}

/// Marks what the order replaces because a record says so; which exposures those are.
fn mark_replaced(chart: &Chart, exposures: &mut [Exposure], order: usize, record: &Medication) -> SmallVec<[usize; 2]> {
    let mut named = SmallVec::new();
    if record.reference.is_empty() && record.replaces.is_empty() && record.based_on.is_empty() {
        return named;
    }
    let number = u32::try_from(order).ok();
    let (before, rest) = exposures.split_at_mut(order + 1);
    let Some(own) = before.last() else { return named };
    for (exposure, n) in rest.iter_mut().zip(order + 1..) {
        if exposure.standing != Standing::Existing || exposure.currency == Currency::Void {
            continue;
        }
        let known = exposure.records.iter().filter_map(|r| chart.medications.get(*r as usize));
        let within = || exposure.parts.iter().all(|p| own.holds(p.ingredient));
        let told = |m: &Medication| is_same_resource(record, m) || names(record, &m.reference);
        if known.into_iter().any(|m| told(m) || (names(m, &record.reference) && within())) {
            exposure.replaced_by = exposure.replaced_by.or(number);
            named.push(n);
        }
    }
    named
}

fn is_same_resource(a: &Medication, b: &Medication) -> bool {
    !a.reference.is_empty() && a.reference == b.reference
}

fn change_of(chart: &Chart, exposures: &[Exposure], order: usize, record: &Medication, named: &[usize]) -> Change {
    match record.status {
        Status::Stopped | Status::Cancelled | Status::EnteredInError | Status::NotTaken => return Change::Stop,
        Status::Completed if !named.is_empty() => return Change::Stop,
        Status::OnHold => return Change::Hold,
        _ if record.negated => return Change::Stop,
        _ => {}
    }
    let own = &exposures[order];
    let told = || named.iter().map(|n| &exposures[*n]).filter(|e| !is_mere_copy(chart, own, record, e));
    let mut replaced = told().filter(|e| same_ingredients(own, e)).peekable();
    if replaced.peek().is_some() {
        let goes_on =
            |e: &Exposure| is_told_of(chart, record, e) || is_same(chart, own, e) || is_undosed_alike(chart, own, e);
        return if replaced.any(goes_on) { Change::Renew } else { Change::Modify };
    }
    if told().next().is_some() {
        return Change::Start;
    }
    if same_drug(exposures, own).next().is_none() {
        Change::Start
    } else if same_drug(exposures, own).all(|e| is_same(chart, own, e)) {
        Change::Renew
    } else {
        Change::Unclear
    }
}

/// Whether what is on file is nothing but the order itself, before anybody took it: a draft of it, or the same to the last
/// detail and written within the day before the call.
pub fn is_mere_copy(chart: &Chart, own: &Exposure, record: &Medication, on_file: &Exposure) -> bool {
    let fresh = |m: &Medication| m.authored.is_some_and(|on| on.earliest >= chart.as_of.minus(Span::days(1)));
    on_file.records.iter().filter_map(|r| chart.medications.get(*r as usize)).all(|m| {
        let unsigned = matches!(m.status, Status::Draft | Status::Planned);
        is_same_resource(record, m) && (unsigned || (fresh(m) && is_same(chart, own, on_file)))
    })
}

/// Whether dispenses, statements or administrations of the order itself are among what is on file: it is taken already.
fn is_told_of(chart: &Chart, record: &Medication, on_file: &Exposure) -> bool {
    let mut known = on_file.records.iter().filter_map(|r| chart.medications.get(*r as usize));
    known.any(|m| m.kind != RecordKind::Request && names(m, &record.reference))
}

/// What is on file and being taken of the same ingredients, and not replaced by an order.
fn same_drug<'e>(exposures: &'e [Exposure], own: &'e Exposure) -> impl Iterator<Item = &'e Exposure> {
    let taken = |e: &&Exposure| matches!(e.currency, Currency::Current | Currency::Future) && e.replaced_by.is_none();
    exposures.iter().filter(|e| e.standing == Standing::Existing).filter(taken).filter(|e| same_ingredients(own, e))
}

/// Whether two orders of one product say no dose at all: where one names the other, nothing tells that anything changes.
fn is_undosed_alike(chart: &Chart, a: &Exposure, b: &Exposure) -> bool {
    let undosed = |e| instructed(chart, e).is_some_and(|m| m.regimen.instructions.iter().all(|i| i.given.is_empty()));
    a.product.is_some() && a.product == b.product && compatible(a, b) && undosed(a) && undosed(b)
}

/// Whether strength, form, route and schedule are the same; a schedule that is not known is not the same.
fn is_same(chart: &Chart, a: &Exposure, b: &Exposure) -> bool {
    let strengths =
        a.parts.iter().zip(&b.parts).all(|(x, y)| x.strength == y.strength || same_strength(x, y) == Some(true));
    let (Some(x), Some(y)) = (instructed(chart, a), instructed(chart, b)) else { return false };
    strengths && compatible(a, b) && same_schedule(&x.regimen, &y.regimen)
}

fn same_schedule(a: &Regimen, b: &Regimen) -> bool {
    a.instructions.iter().any(|i| !i.given.is_empty()) && a.same_schedule(b)
}

/// The gap that asks "replacing or adding?"; none while the dose may still follow and nothing differs yet.
fn question(chart: &Chart, pack: &Pack, exposures: &[Exposure], order: usize, record: &Medication) -> Option<Gap> {
    let own = &exposures[order];
    let undosed = record.regimen.instructions.iter().all(|i| i.given.is_empty());
    let differs = same_drug(exposures, own).any(|e| !compatible(own, e));
    if chart.doses_may_follow && undosed && !differs {
        return None;
    }
    let mut words = String::new();
    for part in &own.parts {
        let name = pack.raw().ingredients.names.get(part.ingredient.index()).map_or("", |t| pack.text(*t));
        words.push_str(if words.is_empty() { "" } else { " + " });
        words.push_str(name);
    }
    let known = same_drug(exposures, own).filter_map(|e| lead(chart, e)).map(|m| &*m.reference);
    let known: SmallVec<[&str; 2]> = known.filter(|r| !r.is_empty()).collect();
    if !known.is_empty() {
        words.push_str(", on file as ");
        words.push_str(&known.join(", "));
    }
    Some(Gap::new(own.entry(), GapKind::ReplacingOrAdding, words, false))
}
