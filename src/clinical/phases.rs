//! Instructions put together: which are alternatives, which run together, which follow each other, and what they add up to.

use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::reckoning::{Levels, Part, Sums};
use crate::clinical::regimen::Instruction;
use crate::clinical::route_codes::route_of;
use crate::clinical::time::{Interval, Span};
use smallvec::SmallVec;

const DAY: Span = Span::days(1);
const WEEK: Span = Span::days(7);

/// An instruction beside what it was worked out to be.
#[derive(Debug)]
pub struct Member<'a> {
    /// As written.
    pub instruction: &'a Instruction,
    /// Worked out.
    pub part: Part,
}

/// Several instructions as one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phase {
    /// The amounts.
    pub sums: Sums,
    /// The least time between two givings in seconds; `None` when several instructions run together.
    pub interval: Option<Exact>,
    /// How long it goes on, where it has an end.
    pub lasts: Option<Span>,
    /// All of it is a single giving.
    pub once: bool,
    bounds: Interval,
}

/// Whether two instructions offer a choice: of one sequence, with one timing, both or neither only when needed, by
/// routes that are surely different (both known and not the same; else both coded in one system, with no code in common).
pub fn are_alternatives(a: &Instruction, b: &Instruction) -> bool {
    a.sequence == b.sequence
        && a.as_needed == b.as_needed
        && a.timing == b.timing
        && surely_differ(&a.route, &b.route)
        && !a.given.is_empty()
        && !b.given.is_empty()
}

fn surely_differ(a: &Concept, b: &Concept) -> bool {
    if let (Some(x), Some(y)) = (route_of(a), route_of(b)) {
        return x != y;
    }
    let comparable = a.codes.iter().any(|x| b.codes.iter().any(|y| x.system == y.system));
    comparable && !a.codes.iter().any(|x| b.codes.contains(x))
}

/// Folds an alternative into a part: the smaller is expected, the larger is the most.
pub fn or(part: &mut Part, other: &Part) {
    let either = |a: Option<Levels>, b: Option<Levels>| match (a, b) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1]), a[2].max(b[2])]),
        (a, b) => a.or(b),
    };
    let (a, b) = (part.sums, other.sums);
    part.sums = Sums {
        single: either(a.single, b.single),
        daily: either(a.daily, b.daily),
        average: either(a.average, b.average),
        weekly: either(a.weekly, b.weekly),
        course: if a.course.is_some() && b.course.is_some() { either(a.course, b.course) } else { None },
        hourly: either(a.hourly, b.hourly),
        times: either(a.times, b.times),
    };
    part.once = part.once && other.once;
    part.lasts = part.lasts.zip(other.lasts).map(|(a, b)| a.max(b));
    part.interval = part.interval.zip(other.interval).map(|(a, b)| a.min(b));
}

/// Puts all instructions together; `None` when the numbers do not fit, or there are no instructions.
pub fn together(members: &[Member<'_>]) -> Option<Phase> {
    if let [only] = members {
        return Phase::of([only].into_iter());
    }
    let mut sequences: SmallVec<[u32; 8]> = members.iter().filter_map(|m| m.instruction.sequence).collect();
    sequences.sort_unstable();
    sequences.dedup();
    if sequences.len() < 2 {
        return Phase::of(members.iter());
    }
    let mut phases: SmallVec<[Phase; 4]> = SmallVec::new();
    for sequence in sequences {
        phases.push(Phase::of(members.iter().filter(|m| m.instruction.sequence == Some(sequence)))?);
    }
    let followed = follow(&phases)?;
    if members.iter().all(|m| m.instruction.sequence.is_some()) {
        return Some(followed);
    }
    let beside = Phase::of(members.iter().filter(|m| m.instruction.sequence.is_none()))?;
    Some(Phase {
        sums: beside.sums.and(&followed.sums)?,
        lasts: beside.lasts.zip(followed.lasts).map(|(a, b)| a.max(b)),
        ..Phase::default()
    })
}

impl Phase {
    /// Instructions that run together: amounts add up. A single giving beside others (a loading dose) may fall on the
    /// same day as they do, but is expected to take their place on it, and has no part in their average.
    fn of<'m, 'a: 'm>(members: impl Iterator<Item = &'m Member<'a>>) -> Option<Phase> {
        let mut phase: Option<Phase> = None;
        let (mut once_a_day, mut often_a_day) = (Exact::ZERO, Exact::ZERO);
        let (mut once_on_average, mut often_on_average) = (None, None);
        for member in members {
            let part = &member.part;
            if let Some(daily) = part.sums.daily {
                let expected = if part.once { &mut once_a_day } else { &mut often_a_day };
                *expected = expected.checked_add(daily[0])?;
            }
            let average = if part.once { &mut once_on_average } else { &mut often_on_average };
            *average = add(*average, part.sums.average)?;
            let bounds = member.instruction.timing.bounds;
            phase = Some(match phase {
                None => Phase { sums: part.sums, interval: part.interval, lasts: part.lasts, once: part.once, bounds },
                Some(sum) => Phase {
                    sums: sum.sums.and(&part.sums)?,
                    interval: None,
                    lasts: sum.lasts.zip(part.lasts).map(|(a, b)| a.max(b)),
                    once: false,
                    bounds: hull(sum.bounds, bounds),
                },
            });
        }
        if let Some(daily) = phase.as_mut().and_then(|p| p.sums.daily.as_mut()) {
            daily[0] = once_a_day.max(often_a_day);
        }
        if let Some(phase) = &mut phase {
            phase.sums.average = often_on_average.or(once_on_average);
        }
        phase
    }

    /// Whether nothing says when it ends, although something is to follow it.
    fn never_ends_before(&self, next: &Phase) -> bool {
        let next_starts_later = matches!((self.bounds.start, next.bounds.start), (Some(a), Some(b)) if a < b);
        self.lasts.is_none() && self.bounds.end.is_none() && !next_starts_later
    }

    /// Whether the dates of both say that they run together. A shared day is the day of the change.
    fn overlaps(&self, other: &Phase) -> bool {
        let dated = |phase: &Phase| phase.bounds.start.is_some() && phase.bounds.end.is_some();
        let shared = self.bounds.shared(&other.bounds).and_then(|shared| shared.length());
        dated(self) && dated(other) && shared.is_some_and(|shared| shared > DAY)
    }
}

fn hull(a: Interval, b: Interval) -> Interval {
    Interval { start: a.start.zip(b.start).map(|(a, b)| a.min(b)), end: a.end.zip(b.end).map(|(a, b)| a.max(b)) }
}

impl Sums {
    fn and(&self, other: &Sums) -> Option<Sums> {
        let course = match (self.course, other.course) {
            (Some(a), Some(b)) => add(Some(a), Some(b))?,
            _ => None,
        };
        Some(Sums {
            single: most(self.single, other.single),
            daily: add(self.daily, other.daily)?,
            average: add(self.average, other.average)?,
            weekly: add(self.weekly, other.weekly)?,
            course,
            hourly: add(self.hourly, other.hourly)?,
            times: add(self.times, other.times)?,
        })
    }
}

/// Phases in order of their sequence. The day, the average day, the hour and the giving of the heaviest phase count; a
/// week and the course run through several. A single giving has no part in the average of others.
fn follow(phases: &[Phase]) -> Option<Phase> {
    let mut all = Phase::default();
    for (at, phase) in phases.iter().enumerate() {
        let mut sums = phase.sums;
        for (other_at, other) in phases.iter().enumerate().filter(|(other_at, _)| *other_at != at) {
            let (former, latter) = if at < other_at { (phase, other) } else { (other, phase) };
            let levels = if phase.overlaps(other) {
                0..3
            } else if former.never_ends_before(latter) {
                2..3
            } else {
                continue;
            };
            for level in levels {
                sums.daily = add_level(sums.daily, other.sums.daily, level)?;
                sums.average = add_level(sums.average, other.sums.average, level)?;
                sums.weekly = add_level(sums.weekly, other.sums.weekly, level)?;
                sums.hourly = add_level(sums.hourly, other.sums.hourly, level)?;
                sums.times = add_level(sums.times, other.sums.times, level)?;
            }
        }
        all.sums.single = most(all.sums.single, sums.single);
        all.sums.daily = most(all.sums.daily, sums.daily);
        if !phase.once || phases.iter().all(|p| p.once) {
            all.sums.average = most(all.sums.average, sums.average);
        }
        all.sums.weekly = most(all.sums.weekly, sums.weekly);
        all.sums.hourly = most(all.sums.hourly, sums.hourly);
        all.sums.times = most(all.sums.times, sums.times);
        all.interval = if at == 0 { phase.interval } else { all.interval.zip(phase.interval).map(|(a, b)| a.min(b)) };
        all.sums.weekly = most(all.sums.weekly, week(phases[at..].iter())?);
        all.sums.weekly = most(all.sums.weekly, week(phases[..=at].iter().rev())?);
        all.sums.course = match (at, all.sums.course, phase.sums.course) {
            (0, _, course) => course,
            (_, Some(a), Some(b)) => add(Some(a), Some(b))?,
            _ => None,
        };
    }
    all.lasts = course_length(phases);
    Some(all)
}

/// From the first to the last day where all are dated, else one length after the other.
fn course_length(phases: &[Phase]) -> Option<Span> {
    let dated = phases.iter().map(|p| p.bounds).reduce(hull).and_then(|bounds| bounds.length());
    dated.or_else(|| phases.iter().try_fold(Span(0), |sum, p| Some(Span(sum.0.checked_add(p.lasts?.0)?))))
}

/// What falls into seven days that begin (or, run backwards, end) with the first of these phases.
fn week<'p>(phases: impl Iterator<Item = &'p Phase>) -> Option<Option<Levels>> {
    let (mut total, mut left) = (None, WEEK);
    for phase in phases {
        let lasts = phase.lasts.unwrap_or(WEEK).min(left);
        let Some(weekly) = phase.sums.weekly else { break };
        let share = if phase.lasts.is_some_and(|whole| whole <= left) {
            weekly
        } else {
            share_of(weekly, phase.sums.daily.unwrap_or(weekly), lasts, phase.lasts.unwrap_or(WEEK).min(WEEK))?
        };
        total = add(total, Some(share))?;
        left = Span(left.0 - lasts.0);
        if left.0 <= 0 {
            break;
        }
    }
    Some(total)
}

/// What falls into a part of a phase of which `weekly` is given in `whole`. Expected is its share by time; the most is
/// its heaviest day on each day of the part, and no more than in a week.
fn share_of(weekly: Levels, daily: Levels, part: Span, whole: Span) -> Option<Levels> {
    let days = Exact::ratio(part.0, DAY.0)?.ceil();
    Some([
        weekly[0].checked_mul(Exact::ratio(part.0, whole.0)?)?,
        daily[1].checked_mul(days)?.min(weekly[1]),
        daily[2].checked_mul(days)?.min(weekly[2]),
    ])
}

/// The sum; what is not known is left out. The outer `None` when it does not fit.
fn add(a: Option<Levels>, b: Option<Levels>) -> Option<Option<Levels>> {
    Some(match (a, b) {
        (Some(a), Some(b)) => Some([a[0].checked_add(b[0])?, a[1].checked_add(b[1])?, a[2].checked_add(b[2])?]),
        (a, b) => a.or(b),
    })
}

fn add_level(a: Option<Levels>, b: Option<Levels>, level: usize) -> Option<Option<Levels>> {
    Some(match (a, b) {
        (Some(mut a), Some(b)) => {
            a[level] = a[level].checked_add(b[level])?;
            Some(a)
        }
        (a, _) => a,
    })
}

fn most(a: Option<Levels>, b: Option<Levels>) -> Option<Levels> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].max(b[0]), a[1].max(b[1]), a[2].max(b[2])]),
        (a, b) => a.or(b),
    }
}
