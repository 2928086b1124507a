//! Scope: whom the call asks about, whom they may meet, and whether two exposures act on the body at the same time.

use crate::clinical::chart::{Focus, Standing, Status};
use crate::clinical::time::{Interval, Moment, SLOW_ONSET, Span};
use crate::engine::bound::{Bound, Change, Currency, Exposure};
use crate::engine::change::is_mere_copy;
use crate::engine::condition_node::ingredient_name;
use crate::engine::docket::{Docket, Taker};
use crate::engine::timeline::plans_its_end;
use crate::pack::ids::{NONE, RuleId};
use crate::pack::read::Pack;
use crate::pack::rule_tables::ConditionKind;
use smallvec::SmallVec;

/// Whom the call asks about. Indexes are into `bound.exposures`, ascending, so nothing depends on the order of input.
#[derive(Debug)]
pub struct Scope {
    /// The exposures asked about: the orders in hand, what is taken, or both.
    pub subjects: SmallVec<[u32; 16]>,
    /// Whom they may meet: everything that is or was taken, themselves too.
    pub others: SmallVec<[u32; 32]>,
}

/// Whether two exposures act at the same time, as one rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// The first (0) or second (1) ended, nobody says when, and the rule looks back.
    EndUnknown(usize),
}

impl Scope {
    /// Whom a chart's focus asks about.
    pub fn of(bound: &Bound<'_>) -> Scope {
        let mut scope = Scope { subjects: SmallVec::new(), others: SmallVec::new() };
        for (index, exposure) in (0u32..).zip(&bound.exposures) {
            if exposure.currency == Currency::Void || exposure.excluded {
                continue;
            }
            scope.others.push(index);
            let in_hand = exposure.standing == Standing::InHand;
            let taken = exposure.currency == Currency::Current;
            let asked = match bound.chart.focus {
                Focus::Orders => in_hand,
                Focus::OrdersAndExisting => {
                    let kept = exposure.standing == Standing::Existing && exposure.replaced_by.is_none();
                    in_hand || (taken && kept)
                }
                Focus::Existing | Focus::NewAllergy => taken && !is_ending(exposure),
            };
            if asked {
                scope.subjects.push(index);
            }
        }
        scope
    }

    /// Whether a pair was already looked at from the other side.
    pub fn seen(&self, subject: u32, other: u32) -> bool {
        other < subject && self.subjects.binary_search(&other).is_ok()
    }
}

/// Whether a finding among these may not interrupt: none of them is an order in hand.
pub fn is_quiet(bound: &Bound<'_>, exposures: impl IntoIterator<Item = u32>) -> bool {
    bound.chart.focus == Focus::Existing || !exposures.into_iter().any(|i| is_in_hand(bound, i))
}

/// Whether a drug on file is on hold: a record says so, and none says that it is taken.
///
/// It counts as taken, for it is to be resumed; what only it makes true informs until then (see [`waits`]).
pub fn is_on_hold(bound: &Bound<'_>, exposure: u32) -> bool {
    let Some(exposure) = bound.exposures.get(exposure as usize) else { return false };
    let status = |r: &u32| bound.chart.medications.get(*r as usize).map(|m| m.status);
    exposure.standing == Standing::Existing
        && exposure.records.iter().any(|r| status(r) == Some(Status::OnHold))
        && !exposure.records.iter().any(|r| status(r) == Some(Status::Active))
}

/// Whether a finding waits for a drug on hold, and may not interrupt until it is resumed: some of these are on hold, and
/// those that are not (`stands` tells) would not raise it. Never where the rule may not be silenced.
pub fn waits(
    docket: &Docket<'_>,
    bound: &Bound<'_>,
    rule: RuleId,
    takers: &[Taker],
    stands: impl FnOnce() -> bool,
) -> bool {
    takers.iter().any(|t| is_on_hold(bound, t.exposure)) && !docket.never_silence(rule) && !stands()
}

/// Who of these is on hold, in words for the card.
pub fn on_hold_words(docket: &Docket<'_>, bound: &Bound<'_>, takers: &[Taker]) -> Vec<String> {
    let held = takers.iter().filter(|t| is_on_hold(bound, t.exposure));
    held.map(|t| format!("{} is on hold", ingredient_name(docket.pack, t.ingredient))).collect()
}

/// Whether an exposure is an order in hand.
pub fn is_in_hand(bound: &Bound<'_>, exposure: u32) -> bool {
    bound.exposures.get(exposure as usize).is_some_and(|e| e.standing == Standing::InHand)
}

/// Whether an order ends or holds what is taken.
pub fn is_ending(exposure: &Exposure) -> bool {
    matches!(exposure.change, Change::Stop | Change::Hold)
}

/// Whether what an exposure gives adds to what a subject gives: beside it, and not the same drug renewed without a word of
/// the record (then one of the two counts, and the duplicate check asks).
pub fn adds_up(bound: &Bound<'_>, subject: u32, other: u32) -> bool {
    let (Some(a), Some(b)) = (bound.exposures.get(subject as usize), bound.exposures.get(other as usize)) else {
        return false;
    };
    is_beside(bound, subject, other) && !is_renewed(bound, subject, b) && !is_renewed(bound, other, a)
}

/// Whether an exposure counts beside a subject as something taken at the same time.
pub fn is_beside(bound: &Bound<'_>, subject: u32, other: u32) -> bool {
    let (Some(a), Some(b)) = (bound.exposures.get(subject as usize), bound.exposures.get(other as usize)) else {
        return false;
    };
    let counts = |e: &Exposure| {
        matches!(e.currency, Currency::Current | Currency::Future) && e.replaced_by.is_none() && !is_ending(e)
    };
    subject != other && counts(b) && a.replaced_by.is_none() && together(bound, (a, 0), (b, 0)) == Together::Yes
}

/// Whether an order goes on with what is on file although no record names it: same drug, strength and schedule. The mere
/// copy of the order changes nothing in that.
fn is_renewed(bound: &Bound<'_>, order: u32, on_file: &Exposure) -> bool {
    let renews = bound.exposures.get(order as usize).filter(|o| o.change == Change::Renew);
    let Some(order_exposure) = renews.filter(|_| on_file.standing == Standing::Existing) else { return false };
    let same = order_exposure.parts.iter().map(|p| p.ingredient).eq(on_file.parts.iter().map(|p| p.ingredient));
    let record = order_exposure.records.first().and_then(|r| bound.chart.medications.get(*r as usize));
    let mere_copy = |e: &Exposure| record.is_some_and(|r| is_mere_copy(bound.chart, order_exposure, r, e));
    same && !bound.exposures.iter().any(|e| e.replaced_by == Some(order) && !mere_copy(e))
}

/// Whether two exposures act at some moment from now on, each for so many seconds after its end.
pub fn together(bound: &Bound<'_>, first: (&Exposure, i64), second: (&Exposure, i64)) -> Together {
    let now = bound.chart.as_of;
    let (a, b) = (acting(now, first.0, first.1), acting(now, second.0, second.1));
    let from = a.start.max(b.start).max(Some(now));
    let reaches = |end: Option<Moment>| end.is_none_or(|e| from.is_none_or(|f| f <= e));
    if reaches(a.end) && reaches(b.end) {
        return Together::Yes;
    }
    for (side, (exposure, offset)) in [first, second].into_iter().enumerate() {
        if offset > 0 && exposure.currency == Currency::Past && exposure.interval.end.is_none() {
            return Together::EndUnknown(side);
        }
    }
    Together::No
}

/// Whether two exposures on file share, as planned, less time than a rule with a slow onset needs to harm: from the later
/// known start to the earlier planned end, each acting for so many seconds after its end. Never of an order in hand, a
/// draft, or one meant for later: what is only planned may be planned on. An end nobody planned is open.
pub fn ends_before_onset(bound: &Bound<'_>, onset: i64, sides: [(&Exposure, i64); 2]) -> bool {
    if onset < SLOW_ONSET.0 {
        return false;
    }
    let mut shared = Interval::default();
    for (exposure, offset) in sides {
        if exposure.standing != Standing::Existing || !matches!(exposure.currency, Currency::Current | Currency::Past) {
            return false;
        }
        let mut records = exposure.records.iter().filter_map(|r| bound.chart.medications.get(*r as usize));
        let planned = exposure.interval.end.filter(|_| records.all(plans_its_end));
        let acting = Interval { start: exposure.interval.start, end: planned.map(|e| e.plus(Span(offset))) };
        let Some(both) = shared.shared(&acting) else { return false };
        shared = both;
    }
    shared.length().is_some_and(|together| together.0 < onset)
}

/// When an exposure acts: to its end and so many seconds beyond. What ended, is stopped, held or replaced acts beyond now
/// only by that washout; where nobody says when a past one ended, its start stands for its end.
fn acting(now: Moment, exposure: &Exposure, offset: i64) -> Interval {
    let mut interval = exposure.interval;
    let before_now = now.minus(Span(1));
    if exposure.currency == Currency::Past {
        let end = interval.end.or(interval.start).unwrap_or(Moment(i64::MIN));
        interval.end = Some(end.min(before_now));
    } else if is_ending(exposure) || exposure.replaced_by.is_some() {
        interval.end = Some(interval.end.map_or(before_now, |e| e.min(before_now)));
    }
    interval.end = interval.end.map(|e| e.plus(Span(offset)));
    interval
}

/// Whether a rule speaks of orders that end a drug: its gate asks for a change that is `stop` or `hold`.
pub fn speaks_of_ending(pack: &Pack, rule: RuleId) -> bool {
    let conditions = &pack.raw().conditions;
    let mut open: SmallVec<[u32; 8]> = SmallVec::new();
    open.extend(pack.raw().rules.gates.get(rule.index()).copied().filter(|g| *g != NONE));
    let bits = 1u32 << Change::Stop as u8 | 1u32 << Change::Hold as u8;
    while let Some(node) = open.pop() {
        let n = node as usize;
        let (Some(kind), Some(first), Some(second)) =
            (conditions.kinds.get(n), conditions.firsts.get(n), conditions.seconds.get(n))
        else {
            continue;
        };
        if *kind == ConditionKind::Change as u8 && first & bits != 0 {
            return true;
        }
        if *kind == ConditionKind::All as u8 || *kind == ConditionKind::Any as u8 {
            open.extend_from_slice(conditions.children.get(*first as usize..*second as usize).unwrap_or(&[]));
        }
    }
    false
}
