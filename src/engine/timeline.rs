//! Where a record of a drug stands in time: current, meant for later, past, or never taken; and from when to when.
//!
//! - An order in hand (or another draft of the session) is taken from its stated start, else from now.
//! - On file and active, on hold or of unknown status: current whatever its age. A stated end that has passed makes it
//!   past all the same; an end that was only worked out (a course of seven days written a year ago) does not.
//! - Completed, handed out, given: current within its stated end, else its course, else its days' supply, counted from its
//!   date; else for the look-back of 100 days. Without any date it counts as current.
//! - Stopped: past, ended on its stated end; without one, when it would have ended anyway, and no later than now.
//! - Cancelled, not taken, entered in error, negated, or only proposed: void.

use crate::clinical::chart::{Intent, Medication, RecordKind, Standing, Status};
use crate::clinical::exact::Exact;
use crate::clinical::regimen::{Instruction, Regimen, Timing};
use crate::clinical::time::{Interval, Moment, Span};
use crate::engine::bound::Currency;
use crate::engine::limits::{LOOK_BACK, ONE_TIME_LASTS};

/// A record placed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// From when to when; open where nothing is said.
    pub interval: Interval,
    /// Where that is, as of the chart's moment.
    pub currency: Currency,
}

/// Places a record in time, as of a moment. Nothing infers the moment.
pub fn place(record: &Medication, as_of: Moment) -> Placed {
    if never_taken(record) {
        return Placed { interval: stated(record), currency: Currency::Void };
    }
    if record.standing != Standing::Existing {
        return ordered(record, as_of);
    }
    let said = stated(record);
    if record.intent == Intent::Plan || matches!(record.status, Status::Draft | Status::Planned) {
        return planned(record, said, as_of);
    }
    match record.status {
        Status::Stopped => stopped(record, said, as_of),
        Status::Completed => event(record, said, as_of),
        Status::Unknown if matches!(record.kind, RecordKind::Dispense | RecordKind::Administration) => {
            event(record, said, as_of)
        }
        _ => in_force(record, said, as_of),
    }
}

/// Whether the end a record has was planned: stated, or worked out of its course or days' supply. The look-back that stands
/// in for an end nobody planned is none, and neither is the end of something stopped unless it was stated.
pub fn plans_its_end(record: &Medication) -> bool {
    let stated = record.kind != RecordKind::Administration && stated(record).end.is_some();
    let lasts = || course(&record.regimen).or(record.supply).is_some();
    stated || record.status != Status::Stopped && lasts()
}

/// The length of the whole planned course, where its instructions say one. Phases in sequence add up, instructions of one
/// phase run together. Given once: no time at all.
pub fn course(regimen: &Regimen) -> Option<Span> {
    let instructions = &regimen.instructions;
    let (first, rest) = instructions.split_first()?;
    if rest.is_empty() {
        return length(&first.timing);
    }
    let dated = |i: &Instruction| Some((i.timing.bounds.start?, i.timing.bounds.end?));
    if let Some(all) = instructions.iter().map(dated).collect::<Option<Vec<_>>>() {
        let start = all.iter().map(|d| d.0).min()?;
        let end = all.iter().map(|d| d.1).max()?;
        return Some(end.plus(Span(1)).since(start));
    }
    let mut total = Span(0);
    for (n, instruction) in instructions.iter().enumerate() {
        let phase = instruction.sequence;
        if instructions[..n].iter().any(|i| i.sequence == phase) {
            continue;
        }
        let mut longest = Span(0);
        for other in instructions[n..].iter().filter(|i| i.sequence == phase) {
            longest = longest.max(length(&other.timing)?);
        }
        total = Span(total.0.saturating_add(longest.0));
    }
    Some(total)
}

/// Whether every instruction is given once in all; false when there are none.
pub fn is_one_time(regimen: &Regimen) -> bool {
    let once = |i: &Instruction| i.timing.count.is_some_and(|(_, most)| most == 1);
    !regimen.instructions.is_empty() && regimen.instructions.iter().all(once)
}

/// Whether every instruction is only when needed; false when there are none.
pub fn is_as_needed(regimen: &Regimen) -> bool {
    !regimen.instructions.is_empty() && regimen.instructions.iter().all(|i| i.as_needed)
}

fn never_taken(record: &Medication) -> bool {
    let existing = record.standing == Standing::Existing;
    record.negated
        || matches!(record.status, Status::EnteredInError | Status::NotTaken | Status::Cancelled)
            && (existing || record.status != Status::Cancelled)
}

/// What the record itself says of its start and end, nothing worked out.
fn stated(record: &Medication) -> Interval {
    let all = &record.regimen.instructions;
    let start = record.period.start.or_else(|| all.iter().filter_map(|i| i.timing.bounds.start).min());
    let last = || all.iter().map(|i| i.timing.bounds.end).collect::<Option<Vec<_>>>()?.into_iter().max();
    let end = record.period.end.or_else(|| match all.as_slice() {
        [only] => only.timing.bounds.end,
        _ => last(),
    });
    Interval { start, end }
}

fn ordered(record: &Medication, as_of: Moment) -> Placed {
    let said = stated(record);
    if matches!(record.status, Status::Stopped | Status::Cancelled) {
        return Placed { interval: Interval { start: said.start, end: Some(as_of) }, currency: Currency::Past };
    }
    let start = said.start.unwrap_or(as_of);
    // A stated end that has passed says nothing of an order being written now.
    let end = said.end.filter(|e| *e >= as_of).or_else(|| Some(start.max(as_of).plus(course(&record.regimen)?)));
    Placed { interval: Interval { start: Some(start), end }, currency: Currency::Current }
}

fn planned(record: &Medication, said: Interval, as_of: Moment) -> Placed {
    let proposal = record.intent == Intent::Plan && said.start.is_none_or(|s| s <= as_of);
    if proposal || said.end.is_some_and(|e| e < as_of) {
        return Placed { interval: said, currency: Currency::Void };
    }
    let start = said.start.filter(|s| *s > as_of).unwrap_or(as_of);
    let end = said.end.or_else(|| Some(start.plus(course(&record.regimen)?)));
    Placed { interval: Interval { start: Some(start), end }, currency: Currency::Future }
}

fn in_force(record: &Medication, said: Interval, as_of: Moment) -> Placed {
    let start = said.start.or_else(|| written(record));
    let currency = match (said.start, said.end) {
        (_, Some(end)) if end < as_of => Currency::Past,
        (Some(start), _) if start > as_of => Currency::Future,
        _ => Currency::Current,
    };
    let worked_out = || Some(start?.plus(course(&record.regimen)?)).filter(|e| *e >= as_of);
    Placed { interval: Interval { start, end: said.end.or_else(worked_out) }, currency }
}

/// When an order began, where only its writing is known. What was only noted (a statement) began at some time before.
fn written(record: &Medication) -> Option<Moment> {
    match record.kind {
        RecordKind::Statement => None,
        _ => record.authored.map(|d| d.earliest),
    }
}

fn event(record: &Medication, said: Interval, as_of: Moment) -> Placed {
    let single = record.kind == RecordKind::Administration;
    // A date known only in part counts from its last day: the drug may have lasted that long.
    let Some(date) = said.start.or(record.authored.map(|d| d.latest)).or(said.end) else {
        return Placed { interval: said, currency: Currency::Current };
    };
    // The end of one giving is not the end of the drug.
    let end = said.end.filter(|_| !single).unwrap_or_else(|| lasting(record, date));
    let start = said.start.or_else(|| written(record));
    let currency = match start {
        Some(start) if start > as_of => Currency::Future,
        _ if end < as_of => Currency::Past,
        _ => Currency::Current,
    };
    Placed { interval: Interval { start, end: Some(end) }, currency }
}

fn stopped(record: &Medication, said: Interval, as_of: Moment) -> Placed {
    let start = said.start.or_else(|| written(record));
    let date = said.start.or(record.authored.map(|d| d.latest));
    let end = said.end.or_else(|| Some(lasting(record, date?))).map_or(as_of, |end| end.min(as_of));
    Placed { interval: Interval { start: start.map(|s| s.min(end)), end: Some(end) }, currency: Currency::Past }
}

/// When a drug begun on a date runs out: by its course, its days' supply, or the look-back.
fn lasting(record: &Medication, date: Moment) -> Moment {
    let course = course(&record.regimen).map(|c| c.max(ONE_TIME_LASTS));
    date.plus(course.or(record.supply).unwrap_or(LOOK_BACK))
}

fn length(timing: &Timing) -> Option<Span> {
    if let Some(span) = timing.lasts {
        return Some(span);
    }
    if let (Some(start), Some(end)) = (timing.bounds.start, timing.bounds.end) {
        return Some(end.plus(Span(1)).since(start));
    }
    let (_, most) = timing.count?;
    if most <= 1 {
        return Some(Span(0));
    }
    let (_, period) = timing.period?;
    let least = timing.frequency.map_or(Exact::ONE, |(least, _)| least);
    let seconds = Exact::whole(i64::from(most)).checked_mul(period)?.checked_div(least)?;
    // Rounded up to the next whole second.
    Some(Span(seconds.numerator().checked_add(seconds.denominator() - 1)?.div_euclid(seconds.denominator())))
}
