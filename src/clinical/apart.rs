//! At what times a drug is given, where that was written, and whether the givings of two keep a distance from each other.

use crate::clinical::exact::Exact;
use crate::clinical::regimen::{Regimen, Timing};
use crate::clinical::time::{Dated, Moment, Span};
use smallvec::SmallVec;
use std::fmt::Write as _;

/// Seconds of a day.
pub const DAY: u32 = 86_400;

/// What is known of when a drug is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Givings {
    /// Times of day, in seconds after midnight by the patient's clock.
    clock: SmallVec<[u32; 4]>,
    /// Single moments.
    moments: SmallVec<[Moment; 4]>,
    /// Whether every giving is among the times of day.
    clock_is_all: bool,
    /// Whether every giving is among the moments.
    moments_are_all: bool,
}

impl Givings {
    /// Of a whole schedule. What is taken only when needed is given at no known time; phases that follow each other count
    /// together.
    pub fn of(regimen: &Regimen) -> Givings {
        let any = !regimen.instructions.is_empty();
        let mut all = Givings { clock_is_all: any, moments_are_all: any, ..Givings::default() };
        for instruction in &regimen.instructions {
            let timing = &instruction.timing;
            if instruction.as_needed {
                (all.clock_is_all, all.moments_are_all) = (false, false);
                continue;
            }
            all.clock.extend_from_slice(&timing.clock);
            all.moments.extend_from_slice(&timing.moments);
            all.clock_is_all &= names_every_giving(timing);
            all.moments_are_all &= !timing.moments.is_empty();
        }
        all.clock.sort_unstable();
        all.clock.dedup();
        all
    }

    /// Whether every time is written, one way or the other.
    pub fn are_known(&self) -> bool {
        self.clock_is_all || self.moments_are_all
    }

    /// Whether each giving stands so many seconds before, or so many after, each of the other's. `None` where times are not
    /// written, unless two of those that are stand too near.
    ///
    /// Times of day come again every day, so that 23:00 is two hours before 01:00. Moments are compared as they are.
    pub fn keep_from(&self, other: &Givings, before: u32, after: u32) -> Option<bool> {
        let by_moment = self.moments.iter().any(|a| other.moments.iter().any(|b| moments_near(*a, *b, before, after)));
        if by_moment || (self.moments_are_all && other.moments_are_all) {
            return Some(!by_moment);
        }
        let by_clock = self.clock.iter().any(|a| other.clock.iter().any(|b| clock_near(*a, *b, before, after)));
        let of_days = self.moments.is_empty() || other.moments.is_empty();
        match self.clock_is_all && other.clock_is_all {
            true => Some(!by_clock),
            false => (by_clock && of_days).then_some(false),
        }
    }

    /// `at 08:00 and 20:00`; empty where no time is written.
    pub fn words(&self) -> String {
        let mut words = String::new();
        let mut say = |time: &str| {
            let _ = write!(words, "{}{time}", if words.is_empty() { "at " } else { " and " });
        };
        if self.clock.is_empty() {
            self.moments.iter().for_each(|m| say(&m.rfc3339()));
        }
        self.clock.iter().for_each(|second| say(&of_clock(*second)));
        words
    }
}

/// Whether the times of day written are all of a schedule: as many as are named, and as often as it is given.
fn names_every_giving(timing: &Timing) -> bool {
    let times = timing.clock.len() as i64;
    if times == 0 || (timing.events_per_day > 0 && i64::from(timing.events_per_day) != times) {
        return false;
    }
    let Some((_, most)) = timing.frequency else { return timing.period.is_none_or(|(least, _)| is_days(least)) };
    let day = Exact::whole(i64::from(DAY));
    let (least, _) = timing.period.unwrap_or((day, day));
    let allowed = least.checked_mul(Exact::whole(times));
    most.checked_mul(day).zip(allowed).is_some_and(|(given, allowed)| given <= allowed)
}

fn is_days(period: Exact) -> bool {
    period >= Exact::whole(i64::from(DAY))
}

fn moments_near(a: Moment, b: Moment, before: u32, after: u32) -> bool {
    match b.since(a).0 {
        0 => before > 0 || after > 0,
        ahead @ 1.. => ahead < i64::from(before),
        behind => -behind < i64::from(after),
    }
}

fn clock_near(a: u32, b: u32, before: u32, after: u32) -> bool {
    let ahead = (i64::from(b) - i64::from(a)).rem_euclid(i64::from(DAY));
    match ahead {
        0 => before > 0 || after > 0,
        ahead => ahead < i64::from(before) || i64::from(DAY) - ahead < i64::from(after),
    }
}

/// A time of day as FHIR writes it, in seconds after midnight: `08:00`, `08:00:00`. Fractions of a second are dropped.
pub fn time_of_day(text: &str) -> Option<u32> {
    let text = text.trim();
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = text.split(':');
    let mut next = |most: u32| {
        let part = parts.next()?;
        let number = (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())??;
        (number < most).then_some(number)
    };
    let (hour, minute): (u32, u32) = (next(24)?, next(60)?);
    let second = if text.len() > 5 { next(60)? } else { 0 };
    (text.len() <= 8).then_some(hour * 3_600 + minute * 60 + second)
}

/// The time of day by the clock of whoever wrote a moment; `None` for a day alone, and for one brought to UTC (`Z`), which
/// does not say what that clock showed.
pub fn clock_of(text: &str) -> Option<u32> {
    let (_, time) = text.trim().split_once('T')?;
    if time.ends_with('Z') || time.ends_with("-00:00") {
        return None;
    }
    time_of_day(time.rfind(['+', '-']).map_or(time, |at| &time[..at]))
}

/// A date known to the minute, as a moment.
pub fn to_the_minute(on: Dated) -> Option<Moment> {
    (on.latest.since(on.earliest) < Span(60)).then_some(on.earliest)
}

/// `08:00`.
fn of_clock(second: u32) -> String {
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
