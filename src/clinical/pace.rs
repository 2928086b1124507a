//! How often an instruction is given: from its timing to givings a day, a week and in all, exactly.

use crate::clinical::exact::Exact;
use crate::clinical::regimen::{DoseTrouble, Timing};
use crate::clinical::time::Span;

const DAY: Exact = Exact::whole(86_400);
const WEEK: Exact = Exact::whole(604_800);

/// Numbers of givings as (expected, most). The expected end follows the lowest frequency and the longest period and
/// need not be whole; the most is the number that can fall within such a stretch, and is whole.
pub type Givings = (Exact, Exact);

/// How often an instruction is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// On a day on which it is given, never less than one; `None` when the timing does not say.
    pub a_day: Option<Givings>,
    /// In seven days in which it is given, never less than one.
    pub a_week: Option<Givings>,
    /// Each day on average, as exact at both ends: a seventh each day for once a week. A single giving counts on its day.
    pub on_average: Option<Givings>,
    /// In all, where it has an end.
    pub in_all: Option<Givings>,
    /// The time between two givings in seconds, spread evenly; between named days of the week the shortest there may be.
    /// `None` where only events of the day are named.
    pub interval: Option<Exact>,
    /// How long it goes on, where it has an end. A single giving counts as one day.
    pub lasts: Option<Span>,
    /// Given once in all.
    pub once: bool,
}

/// A frequency over a period, ends put in order: times (low, high), seconds (shortest, longest).
#[derive(Clone, Copy)]
struct Rate {
    times: Givings,
    period: (Exact, Exact),
}

impl Pace {
    /// Reads a timing.
    ///
    /// A count of one is once, whatever else is said. Otherwise a frequency over a period, events of the day, days of
    /// the week, or several of them together; where two of them disagree on how often, the larger is the most. A count
    /// and an end cap every number. Words alone, or a frequency without its period, say nothing.
    ///
    /// # Errors
    /// `TooLarge` when a number does not fit.
    pub fn of(timing: &Timing) -> Result<Pace, DoseTrouble> {
        reckon(timing).ok_or(DoseTrouble::TooLarge)
    }
}

/// `None` stands for numbers that do not fit.
fn reckon(timing: &Timing) -> Option<Pace> {
    let length = timing.lasts.or_else(|| timing.bounds.length()).filter(|l| l.0 > 0);
    let count = timing.count.map(|(a, b)| (a.min(b), a.max(b))).filter(|(_, most)| *most > 0);
    if matches!(count, Some((_, 1))) {
        let once = Some((Exact::ONE, Exact::ONE));
        let lasts = length.or(Some(Span::days(1)));
        return Some(Pace {
            a_day: once,
            a_week: once,
            on_average: once,
            in_all: once,
            interval: None,
            lasts,
            once: true,
        });
    }
    let count = count.map(|(low, high)| (Exact::whole(i64::from(low)), Exact::whole(i64::from(high))));
    let rate = Rate::of(timing);
    let (events, days) = (i64::from(timing.events_per_day), i64::from(timing.days_of_week.min(7)));
    let Some((a_day, a_week)) = often(rate, events, days)? else {
        return Some(Pace { in_all: count, lasts: length, ..Pace::default() });
    };
    let within = match length {
        Some(length) => Some(givings_in(Exact::whole(length.0), rate, events, days, a_day, a_week)?),
        None => None,
    };
    let in_all = match (within, count) {
        (Some(a), Some(b)) => Some((a.0.min(b.0).max(Exact::ONE), a.1.min(b.1))),
        (a, b) => a.or(b),
    };
    let lasts = match (length, count) {
        (Some(length), _) => Some(length),
        (None, Some((_, most))) => Some(Span(WEEK.checked_mul(most)?.checked_div(a_week.0)?.ceil().numerator())),
        (None, None) => None,
    };
    let capped = |(low, high): Givings| match in_all {
        Some((least, most)) => (low.min(least).max(Exact::ONE).min(most), high.min(most)),
        None => (low, high),
    };
    let interval = interval(rate, events, days)?;
    let (low, high) = on_average(rate, events, days)?;
    let most = in_all.map_or(high, |(_, most)| high.min(most));
    // A schedule that says two things at once (every 14 hours, and three times a day) must not come to more on average
    // than on its fullest day.
    let on_average = Some((low.min(most).min(a_day.0), most.min(a_day.1)));
    Some(Pace {
        a_day: Some(capped(a_day)),
        a_week: Some(capped(a_week)),
        on_average,
        in_all,
        interval,
        lasts,
        once: false,
    })
}

impl Rate {
    fn of(timing: &Timing) -> Option<Rate> {
        let (a, b) = timing.period?;
        let (shortest, longest) = (a.min(b), a.max(b));
        let (c, d) = timing.frequency.unwrap_or((Exact::ONE, Exact::ONE));
        let times = (c.min(d), c.max(d));
        let sound = shortest.is_positive() && times.1.is_positive() && times.0 >= Exact::ZERO;
        sound.then_some(Rate { times, period: (shortest, longest) })
    }

    /// Exact low end, whole high end, in a stretch of so many seconds.
    fn within(self, seconds: Exact) -> Option<Givings> {
        let low = self.times.0.checked_mul(seconds)?.checked_div(self.period.1)?;
        let high = self.times.1.checked_mul(seconds)?.checked_div(self.period.0)?.ceil();
        Some((low, high))
    }

    fn is_longer_than_a_day(self) -> bool {
        self.period.1 > DAY
    }
}

/// Givings on a day and in a week in which there are any; the inner `None` when the timing does not say.
fn often(rate: Option<Rate>, events: i64, days: i64) -> Option<Option<(Givings, Givings)>> {
    let (events_exact, days_exact) = (Exact::whole(events), Exact::whole(days));
    let Some(rate) = rate else {
        if events == 0 && days == 0 {
            return Some(None);
        }
        let (a_day, days) = (Exact::whole(events.max(1)), if days == 0 { 7 } else { days });
        let a_week = a_day.checked_mul(Exact::whole(days))?;
        return Some(Some(((a_day, a_day), (a_week, a_week))));
    };
    let (mut a_day, mut a_week) = (rate.within(DAY)?, rate.within(WEEK)?);
    if events > 0 && rate.period.0 >= DAY {
        let days_a_week = WEEK.checked_div(rate.period.0)?;
        a_day.1 = a_day.1.max(events_exact);
        a_week.1 = a_week.1.max(events_exact.checked_mul(days_a_week)?.ceil());
    }
    if days > 0 {
        if rate.is_longer_than_a_day() {
            a_day.0 = a_week.0.checked_div(days_exact)?;
            a_day.1 = a_day.1.max(a_week.1.checked_div(days_exact)?.ceil());
            a_week.1 = a_week.1.max(days_exact.checked_mul(Exact::whole(events.max(1)))?);
        } else {
            a_day.0 = a_day.0.max(Exact::ONE);
            a_week = (a_day.0.checked_mul(days_exact)?, a_day.1.checked_mul(days_exact)?);
        }
    }
    let at_least_one = |(low, high): Givings| (low.max(Exact::ONE), high.max(Exact::ONE));
    Some(Some((at_least_one(a_day), at_least_one(a_week))))
}

/// Givings each day on average, spread over days on which it is not given: as [`often`], and nothing is made whole.
fn on_average(rate: Option<Rate>, events: i64, days: i64) -> Option<Givings> {
    let each_day = Exact::whole(events.max(1));
    let named = Exact::ratio(if days == 0 { 7 } else { days }, 7)?;
    let Some(rate) = rate else {
        let average = each_day.checked_mul(named)?;
        return Some((average, average));
    };
    let low = rate.times.0.checked_mul(DAY)?.checked_div(rate.period.1)?;
    let mut high = rate.times.1.checked_mul(DAY)?.checked_div(rate.period.0)?;
    if events > 0 && rate.period.0 >= DAY {
        high = high.max(each_day.checked_mul(DAY)?.checked_div(rate.period.0)?);
    }
    Some(match days {
        0 => (low, high),
        _ if rate.is_longer_than_a_day() => (low, high.max(each_day.checked_mul(named)?)),
        _ => (low.max(Exact::ONE).checked_mul(named)?, high.max(Exact::ONE).checked_mul(named)?),
    })
}

/// Givings in the whole of a stretch.
fn givings_in(
    seconds: Exact,
    rate: Option<Rate>,
    events: i64,
    days: i64,
    a_day: Givings,
    a_week: Givings,
) -> Option<Givings> {
    let days_long = seconds.checked_div(DAY)?.ceil();
    let weeks = seconds.checked_div(WEEK)?;
    let by_days = a_day.1.checked_mul(days_long)?;
    let (low, high) = match rate {
        Some(rate) if days == 0 => {
            let (low, high) = rate.within(seconds)?;
            let named = if events > 0 && rate.period.0 >= DAY {
                Exact::whole(events).checked_mul(seconds.checked_div(rate.period.0)?.ceil())?
            } else {
                Exact::ZERO
            };
            (low, high.max(named))
        }
        _ => (a_week.0.checked_mul(weeks)?, a_week.1.checked_mul(weeks.ceil())?.min(by_days)),
    };
    let high = high.max(Exact::ONE);
    Some((low.max(Exact::ONE).min(high), high))
}

fn interval(rate: Option<Rate>, events: i64, days: i64) -> Option<Option<Exact>> {
    let between_days = if days == 1 { WEEK } else { DAY };
    Some(match rate {
        Some(rate) if days > 0 && events <= 1 && rate.period.0 >= DAY && rate.times.1 <= Exact::ONE => {
            Some(if days == 1 { WEEK.max(rate.period.0) } else { DAY })
        }
        Some(rate) if days == 0 && (events <= 1 || rate.period.0 < DAY) => {
            Some(rate.period.0.checked_div(rate.times.1)?)
        }
        None if events <= 1 => Some(between_days),
        _ => None,
    })
}
