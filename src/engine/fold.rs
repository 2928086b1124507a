//! Records become exposures: one drug, however many records tell of it, in an order that no input order changes.
//!
//! Two records on file fold when they hold the same ingredients and say nothing against it (strength, form and route equal,
//! or one unknown), and they are of different kinds, or of one kind other than an order. Records that name each other fold
//! whatever their strength. Two orders fold only when they name each other, or when one had ended before the other
//! began: then they are successive, and the later leads. Orders in hand and other drafts never fold; what tells of one of
//! them (its dispense, its statement) folds with no other order.

use crate::clinical::chart::{Chart, Medication, RecordKind, Standing};
use crate::engine::bound::{Currency, Exposure};
use crate::engine::identity::same_strength;
use crate::engine::ranked::ranked;
use crate::engine::timeline::{is_as_needed, is_one_time};
use crate::pack::part::Part;
use smallvec::SmallVec;
use std::cmp::{Ordering, Reverse};

type Members = SmallVec<[u32; 4]>;
/// The orders in hand and other drafts.
type Orders<'c> = SmallVec<[&'c Medication; 8]>;

/// Folds exposures of one record each, and puts them in canonical order: by standing, ingredients, product, reference, then
/// whatever else tells two records apart.
pub fn fold(chart: &Chart, mut reads: Vec<Option<Exposure>>) -> Vec<Exposure> {
    let by_content = |a: &Option<Exposure>, b: &Option<Exposure>| match (a, b) {
        (Some(a), Some(b)) => compare(chart, a, b),
        _ => a.is_some().cmp(&b.is_some()),
    };
    let order = ranked(&reads, |e| e.as_ref().map_or(0, key), by_content);
    let orders: Orders<'_> = chart.medications.iter().filter(|m| m.standing != Standing::Existing).collect();
    let mut folded = Vec::with_capacity(reads.len());
    let mut rest = order.as_slice();
    while let Some(first) = rest.first() {
        let run = run_length(&reads, rest);
        if run == 1 {
            folded.extend(reads[*first as usize].take());
        } else {
            fold_run(chart, &orders, &mut reads, &rest[..run], &mut folded);
        }
        rest = &rest[run..];
    }
    folded
}

/// Whether two exposures hold the same ingredients; never true of two that hold none.
pub fn same_ingredients(a: &Exposure, b: &Exposure) -> bool {
    let first = |e: &Exposure| e.parts.first().map(|p| p.ingredient);
    first(a).is_some() && first(a) == first(b) && distinct(a).eq(distinct(b))
}

/// Whether nothing tells the products of two exposures of the same ingredients apart: strengths, forms and routes are
/// equal, or one of them is unknown.
pub fn compatible(a: &Exposure, b: &Exposure) -> bool {
    let routes = a.routes.is_unknown() || b.routes.is_unknown() || a.routes.meets(b.routes);
    let same = a.product.is_some() && a.product == b.product;
    routes && (same || (a.form == b.form || a.form == 255 || b.form == 255) && strengths_agree(&a.parts, &b.parts))
}

/// Whether one record names the other, or both are the same resource.
pub fn linked(a: &Medication, b: &Medication) -> bool {
    let same = !a.reference.is_empty() && a.reference == b.reference;
    same || names(a, &b.reference) || names(b, &a.reference)
}

/// Whether a record says that it replaces or rests on another.
pub fn names(record: &Medication, reference: &str) -> bool {
    !reference.is_empty() && record.replaces.iter().chain(&record.based_on).any(|r| **r == *reference)
}

fn distinct(exposure: &Exposure) -> impl Iterator<Item = u16> + '_ {
    let before = |n: usize| n.checked_sub(1).map(|n| exposure.parts[n].ingredient);
    exposure
        .parts
        .iter()
        .enumerate()
        .filter(move |(n, p)| before(*n) != Some(p.ingredient))
        .map(|(_, p)| p.ingredient.0)
}

fn strengths_agree(a: &[Part], b: &[Part]) -> bool {
    a.iter().all(|p| {
        let mut same = b.iter().filter(|o| o.ingredient == p.ingredient).peekable();
        same.peek().is_none() || same.any(|o| same_strength(p, o) != Some(false))
    })
}

/// Standing (2 bits), the first two ingredients (17 each) and all but the last bit of the product (28, as in the code table)
/// in one number; a third ingredient leaves the product to `compare`.
fn key(exposure: &Exposure) -> u64 {
    const NO_PRODUCT: u32 = 0x0fff_ffff;
    let part = |n: usize| exposure.parts.get(n).map_or(0, |p| u64::from(p.ingredient.0) + 1);
    let product = exposure.product.map_or(NO_PRODUCT, |p| p.0.min(NO_PRODUCT));
    let product = if exposure.parts.len() > 2 { 0 } else { product };
    (exposure.standing as u64) << 61 | part(0) << 44 | part(1) << 27 | u64::from(product) >> 1
}

fn record<'c>(chart: &'c Chart, exposure: &Exposure) -> Option<&'c Medication> {
    chart.medications.get(*exposure.records.first()? as usize)
}

/// The canonical order. Two records that differ in anything at all are never equal, so that sorting forgets their order.
fn compare(chart: &Chart, a: &Exposure, b: &Exposure) -> Ordering {
    let ids = |p: &Part| (p.ingredient, p.salt);
    let ids = || a.parts.iter().map(ids).cmp(b.parts.iter().map(ids));
    let first = a.standing.cmp(&b.standing).then_with(ids);
    let first = first.then_with(|| a.product.map_or(u32::MAX, |p| p.0).cmp(&b.product.map_or(u32::MAX, |p| p.0)));
    let (Some(x), Some(y)) = (record(chart, a), record(chart, b)) else { return first };
    let key = |m: &Medication| (m.kind, m.status, m.intent, m.authored, m.period, m.supply, m.setting, m.negated);
    first.then_with(|| x.reference.cmp(&y.reference)).then_with(|| key(x).cmp(&key(y))).then_with(|| {
        // The last resort, never on the way of a well-kept chart: the whole record spelled out.
        if x == y { Ordering::Equal } else { format!("{x:?}").cmp(&format!("{y:?}")) }
    })
}

/// How many of the first entries are on file and hold the same ingredients.
fn run_length(reads: &[Option<Exposure>], order: &[u32]) -> usize {
    let at = |n: usize| reads[order[n] as usize].as_ref();
    let Some(first) = at(0).filter(|e| e.standing == Standing::Existing && !e.parts.is_empty()) else { return 1 };
    (1..order.len()).take_while(|n| at(*n).is_some_and(|e| same_ingredients(first, e))).count() + 1
}

/// Folds records on file of one ingredient set.
fn fold_run(
    chart: &Chart,
    orders: &Orders<'_>,
    reads: &mut [Option<Exposure>],
    run: &[u32],
    folded: &mut Vec<Exposure>,
) {
    let from = folded.len();
    let mut cores: SmallVec<[Members; 4]> = SmallVec::new();
    let mut members: SmallVec<[u32; 8]> = SmallVec::new();
    for n in run {
        match &reads[*n as usize] {
            Some(e) if e.currency == Currency::Void => folded.extend(reads[*n as usize].take()),
            Some(_) => members.push(*n),
            None => {}
        }
    }
    // Orders first, by time, so that successive ones meet; the sort is stable over the canonical order.
    members.sort_by_key(|n| reads[*n as usize].as_ref().map(|e| (record(chart, e).map(|m| m.kind), e.interval.start)));
    for n in members {
        let best =
            (0..cores.len()).filter_map(|c| Some((joins(chart, orders, reads, &cores[c], n)?, Reverse(c)))).max();
        match best {
            Some((_, Reverse(core))) => cores[core].push(n),
            None => cores.push(Members::from_slice(&[n])),
        }
    }
    folded.extend(cores.into_iter().filter_map(|core| merge(chart, reads, core)));
    if folded.len() > from + 1 {
        folded[from..].sort_by(|a, b| compare(chart, a, b));
    }
}

/// Whether a record joins a core, and how well: named, of the same product, current.
fn joins(
    chart: &Chart,
    orders: &Orders<'_>,
    reads: &[Option<Exposure>],
    core: &Members,
    n: u32,
) -> Option<(bool, bool, bool)> {
    let joining = reads[n as usize].as_ref()?;
    let own = record(chart, joining)?;
    let (mut named, mut fits, mut product, mut current) = (false, true, false, false);
    for member in core.iter().filter_map(|m| reads[*m as usize].as_ref()) {
        let other = record(chart, member)?;
        named |= linked(own, other);
        let both_orders = own.kind == RecordKind::Request && other.kind == RecordKind::Request;
        fits &= compatible(joining, member) && !(both_orders && joining.interval.overlaps(&member.interval));
        fits &= !tells_of_another(orders, own, other) && !tells_of_another(orders, other, own);
        product |= joining.product.is_some() && joining.product == member.product;
        current |= member.currency == Currency::Current;
    }
    (named || fits).then_some((named, product, current))
}

/// Whether a record tells of an order in hand (or a draft) and not of the order on file beside it.
fn tells_of_another(orders: &Orders<'_>, record: &Medication, order: &Medication) -> bool {
    record.kind != RecordKind::Request
        && order.kind == RecordKind::Request
        && orders.iter().any(|o| names(record, &o.reference) && o.reference != order.reference)
}

/// One exposure of a core. The lead is what stands best in time; then an order before other records, one that no other
/// replaces, the latest.
fn merge(chart: &Chart, reads: &mut [Option<Exposure>], core: Members) -> Option<Exposure> {
    if let [only] = *core.as_slice() {
        return reads[only as usize].take();
    }
    let mut taken: Vec<Exposure> = core.iter().filter_map(|n| reads[*n as usize].take()).collect();
    let references: SmallVec<[&Medication; 4]> = taken.iter().filter_map(|e| record(chart, e)).collect();
    let replaced =
        |m: &Medication| references.iter().any(|o| o.replaces.iter().any(|r| !r.is_empty() && *r == m.reference));
    taken.sort_by_key(|e| {
        let own = record(chart, e);
        (e.currency, own.map(|m| m.kind), own.is_some_and(replaced), Reverse(e.interval.start))
    });
    let mut rest = taken.into_iter();
    let mut lead = rest.next()?;
    let (mut instructed, mut timed) = (is_instructed(chart, &lead), has_instructions(chart, &lead));
    for other in rest {
        lead.records.extend(other.records.iter().copied());
        for part in lead.parts.iter_mut().filter(|p| p.strength.is_none()) {
            part.strength = other.parts.iter().find(|o| o.ingredient == part.ingredient).and_then(|o| o.strength);
        }
        lead.product = lead.product.or(other.product);
        lead.form = if lead.form == 255 { other.form } else { lead.form };
        if lead.routes.is_unknown() || !instructed && is_instructed(chart, &other) {
            lead.routes = other.routes;
            instructed = is_instructed(chart, &other);
        }
        if other.currency == lead.currency {
            lead.interval.start = lead.interval.start.into_iter().chain(other.interval.start).min();
            lead.interval.end = lead.interval.end.zip(other.interval.end).map(|(a, b)| a.max(b));
        }
        if !timed && has_instructions(chart, &other) {
            (lead.as_needed, lead.one_time, timed) = (other.as_needed, other.one_time, true);
        }
        if lead.setting == crate::clinical::chart::Setting::Unknown {
            lead.setting = other.setting;
        }
    }
    Some(lead)
}

fn is_instructed(chart: &Chart, exposure: &Exposure) -> bool {
    let routed = |m: &Medication| m.regimen.instructions.iter().any(|i| !i.route.is_empty());
    record(chart, exposure).is_some_and(routed)
}

fn has_instructions(chart: &Chart, exposure: &Exposure) -> bool {
    record(chart, exposure).is_some_and(|m| !m.regimen.instructions.is_empty())
}

/// Whether an exposure of one record is taken only when needed, and whether it is given once.
pub fn manner(record: &Medication) -> (bool, bool) {
    (is_as_needed(&record.regimen), is_one_time(&record.regimen))
}
