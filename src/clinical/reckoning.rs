//! One instruction worked out: what it gives at once, in a day, in a week and in all, before phases are put together.

use crate::clinical::conversion::Delivered;
use crate::clinical::exact::Exact;
use crate::clinical::pace::{Givings, Pace};
use crate::clinical::quantity::Measure;
use crate::clinical::regimen::{Body, Conversion, DoseTrouble, Given, Instruction};
use crate::clinical::time::Span;

const HOUR: Exact = Exact::whole(3_600);
const DAY: Exact = Exact::whole(86_400);
const WEEK: Exact = Exact::whole(604_800);

/// A number three ways: expected, the most of what is scheduled, the most there may be.
pub type Levels = [Exact; 3];

/// A low and a high end.
type Range = (Exact, Exact);

/// Amounts in base units of one measure. What is `None` is not known, or does not apply.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// One giving.
    pub single: Option<Levels>,
    /// A day on which it is given.
    pub daily: Option<Levels>,
    /// Each day on average, days on which it is not given among them.
    pub average: Option<Levels>,
    /// Seven days.
    pub weekly: Option<Levels>,
    /// The whole course.
    pub course: Option<Levels>,
    /// Each hour while it runs.
    pub hourly: Option<Levels>,
    /// Givings on a day on which it is given.
    pub times: Option<Levels>,
}

/// One instruction worked out.
#[derive(Clone, Debug)]
pub struct Part {
    /// A measure of the kind that all sums are counted in.
    pub kind: Measure,
    /// The amounts.
    pub sums: Sums,
    /// The time between two givings, in seconds.
    pub interval: Option<Exact>,
    /// How long it goes on, where it has an end.
    pub lasts: Option<Span>,
    /// Given once in all.
    pub once: bool,
    /// What could not be worked out although the rest was.
    pub trouble: Option<DoseTrouble>,
}

/// What one giving is, in base units of `kind`.
struct Portion {
    kind: Measure,
    flow: Flow,
    /// How fast it goes in, in each hour, where a rate stands beside a dose.
    speed: Option<Range>,
    trouble: Option<DoseTrouble>,
}

/// Given at once, or over time.
#[derive(Clone, Copy)]
enum Flow {
    AtOnce(Range),
    Worn(Range),
    Running(Range),
}

impl Part {
    /// Works out one instruction.
    ///
    /// # Errors
    /// When not even one giving is known.
    pub fn of(instruction: &Instruction, conversion: &Conversion, body: &Body) -> Result<Part, DoseTrouble> {
        let portion = Portion::of(instruction, conversion, body)?;
        let pace = Pace::of(&instruction.timing)?;
        let mut part = portion.over(instruction, conversion, body, pace).ok_or(DoseTrouble::TooLarge)?;
        part.trouble = portion.trouble.or(part.trouble);
        Ok(part)
    }
}

impl Portion {
    fn of(instruction: &Instruction, conversion: &Conversion, body: &Body) -> Result<Portion, DoseTrouble> {
        let (mut kind, mut once, mut worn, mut speed) = (None::<Measure>, None, None, None);
        let (mut trouble, mut unreadable) = (None, None);
        let mut widen = |range: &mut Option<Range>, low: Measure, high: Measure| {
            let first = *kind.get_or_insert(high);
            if !first.mixes_with(low) || !first.mixes_with(high) {
                return Err(DoseTrouble::Units);
            }
            let (a, b) = (low.exact().min(high.exact()), low.exact().max(high.exact()));
            *range = Some(range.map_or((a, b), |(low, high): Range| (low.min(a), high.max(b))));
            Ok(())
        };
        for given in &instruction.given {
            let outcome = match given {
                Given::Unreadable { words } => {
                    unreadable.get_or_insert_with(|| DoseTrouble::Unreadable(words.clone()));
                    continue;
                }
                Given::Dose { low, high } => both(low == high, *low, *high, |dose| conversion.of_dose(dose, body))
                    .and_then(|ends| match ends {
                        (Delivered::AtOnce(low), Delivered::AtOnce(high)) => widen(&mut once, low, high),
                        (Delivered::EachHour(low), Delivered::EachHour(high)) => widen(&mut worn, low, high),
                        _ => Err(DoseTrouble::Units),
                    }),
                Given::Rate { low, high } => both(low == high, *low, *high, |rate| conversion.of_rate(rate, body))
                    .and_then(|(low, high)| widen(&mut speed, low, high)),
            };
            trouble = trouble.or(outcome.err());
        }
        let has_dose = instruction.given.iter().any(|g| matches!(g, Given::Dose { .. }));
        let flow = match (once, worn, speed) {
            (Some(amount), None, _) => Flow::AtOnce(amount),
            (None, Some(amount), _) => Flow::Worn(amount),
            (Some(_), Some(_), _) => return Err(DoseTrouble::Units),
            (None, None, Some(amount)) if !has_dose => Flow::Running(amount),
            (None, None, _) => return Err(unreadable.or(trouble).unwrap_or(DoseTrouble::NoDose)),
        };
        let (Flow::AtOnce(amount) | Flow::Worn(amount) | Flow::Running(amount)) = flow;
        let kind = kind.filter(|_| amount.1.is_positive()).ok_or(DoseTrouble::NoDose)?;
        Ok(Portion { kind, flow, speed, trouble: unreadable })
    }

    /// `None` stands for numbers that do not fit.
    fn over(&self, instruction: &Instruction, conversion: &Conversion, body: &Body, pace: Pace) -> Option<Part> {
        let most_at_once = instruction
            .max_per_administration
            .and_then(|most| self.cap(conversion.of_dose(most, body).ok()?))
            .filter(|most| most.is_positive());
        let runs_for = instruction.timing.runs_for.filter(|seconds| seconds.is_positive());
        let mut amounts = Ranges::default();
        let mut once = pace.once;
        let mut lasts = pace.lasts;
        let mut trouble = None;
        match self.flow {
            Flow::AtOnce(written) => {
                let single = least(written, most_at_once);
                amounts.single = Some(single);
                amounts.hourly = match (self.speed, runs_for) {
                    (Some(speed), _) => Some(speed),
                    (None, Some(seconds)) => Some(scale(single, HOUR.checked_div(seconds)?)?),
                    (None, None) => None,
                };
                amounts.repeat(single, &pace)?;
            }
            Flow::Worn(hourly) | Flow::Running(hourly) => {
                let running = Running::of(instruction, runs_for, &pace)?;
                amounts.hourly = Some(hourly);
                amounts.daily = Some(for_seconds(hourly, running.a_day)?);
                amounts.average = Some(for_seconds(hourly, running.on_average)?);
                amounts.weekly = Some(for_seconds(hourly, running.a_week)?);
                if let Some(all) = running.in_all {
                    amounts.course = Some(for_seconds(hourly, all)?);
                }
                if let (Flow::Running(_), Some(seconds)) = (self.flow, runs_for) {
                    amounts.single = Some(least(for_seconds(hourly, (seconds, seconds))?, most_at_once));
                    if pace.a_day.is_none() {
                        once = true;
                        lasts = lasts.or(Some(Span(seconds.ceil().numerator())));
                    }
                }
                if matches!(self.flow, Flow::Worn(_)) && pace.a_day.is_none() {
                    trouble = Some(DoseTrouble::NoTiming);
                }
            }
        }
        let cap = instruction.max_per_period.and_then(|(dose, span)| {
            let most = self.cap(conversion.of_dose(dose, body).ok()?)?;
            (most.is_positive() && span.0 > 0).then_some((most, span))
        });
        if amounts.daily.is_none() {
            trouble = Some(if instruction.as_needed { DoseTrouble::NoMaximum } else { DoseTrouble::NoTiming });
            amounts.bound_by_count(pace.in_all)?;
        }
        if let Some((most, span)) = cap {
            amounts.bound_by_maximum(most, span, lasts)?;
        }
        if instruction.as_needed && amounts.daily.is_some() {
            trouble = trouble.filter(|t| *t != DoseTrouble::NoMaximum);
        }
        let times = pace.a_day.filter(|_| !matches!(self.flow, Flow::Running(_)) || runs_for.is_some());
        let sums = amounts.levels(times, instruction.as_needed);
        Some(Part { kind: self.kind, sums, interval: pace.interval, lasts, once, trouble })
    }

    /// A maximum in base units; `None` when it is of another kind: then it caps nothing, and the larger amount stands.
    fn cap(&self, most: Delivered) -> Option<Exact> {
        match most {
            Delivered::AtOnce(most) if most.mixes_with(self.kind) => Some(most.exact()),
            _ => None,
        }
    }
}

/// Seconds for which it runs or is worn.
struct Running {
    a_day: Range,
    on_average: Range,
    a_week: Range,
    in_all: Option<Range>,
}

impl Running {
    /// With a running time: that long each giving, and once where no pace is known. Without: without pause, until the
    /// end if there is one, on the days of the week named if any are.
    fn of(instruction: &Instruction, runs_for: Option<Exact>, pace: &Pace) -> Option<Running> {
        let Some(seconds) = runs_for else {
            let length = pace.lasts.filter(|_| !pace.once).map(|l| Exact::whole(l.0));
            let a_day = length.map_or(DAY, |l| l.min(DAY));
            let a_week = match instruction.timing.days_of_week.min(7) {
                0 => length.map_or(WEEK, |l| l.min(WEEK)),
                days => a_day.checked_mul(Exact::whole(i64::from(days)))?,
            };
            let on_average = match instruction.timing.days_of_week.min(7) {
                0 => a_day,
                days => a_day.checked_mul(Exact::ratio(i64::from(days), 7)?)?,
            };
            let in_all = length.map(|l| (l, l));
            let both = |seconds: Exact| (seconds, seconds);
            return Some(Running { a_day: both(a_day), on_average: both(on_average), a_week: both(a_week), in_all });
        };
        let within = |(low, high): Givings, most: Exact| {
            Some((seconds.checked_mul(low)?.min(most), seconds.checked_mul(high)?.min(most)))
        };
        let one = (Exact::ONE, Exact::ONE);
        let all = if pace.a_day.is_none() { Some(one) } else { pace.in_all };
        Some(Running {
            a_day: within(pace.a_day.unwrap_or(one), DAY)?,
            on_average: within(pace.on_average.unwrap_or(one), DAY)?,
            a_week: within(pace.a_week.unwrap_or(one), WEEK)?,
            in_all: match all {
                Some(all) => Some(within(all, Exact::whole(i64::MAX))?),
                None => None,
            },
        })
    }
}

#[derive(Default)]
struct Ranges {
    single: Option<Range>,
    daily: Option<Range>,
    average: Option<Range>,
    weekly: Option<Range>,
    course: Option<Range>,
    hourly: Option<Range>,
}

impl Ranges {
    fn repeat(&mut self, single: Range, pace: &Pace) -> Option<()> {
        if let (Some(a_day), Some(a_week)) = (pace.a_day, pace.a_week) {
            self.daily = Some(multiply(single, a_day)?);
            self.weekly = Some(multiply(single, a_week)?);
            if let Some(on_average) = pace.on_average {
                self.average = Some(multiply(single, on_average)?);
            }
            if let Some(in_all) = pace.in_all {
                self.course = Some(multiply(single, in_all)?);
            }
        }
        Some(())
    }

    /// Without a pace, all the givings counted may fall on one day.
    fn bound_by_count(&mut self, in_all: Option<Givings>) -> Option<()> {
        if let (Some(single), Some((low, high))) = (self.single, in_all) {
            let all = (single.0.checked_mul(low)?, single.1.checked_mul(high)?);
            let some = Some((single.0, all.1));
            (self.daily, self.weekly, self.course) = (some, some, Some(all));
        }
        Some(())
    }

    /// A maximum within a span caps what is known, and says the most where only one giving is.
    fn bound_by_maximum(&mut self, most: Exact, span: Span, lasts: Option<Span>) -> Option<()> {
        let within =
            |seconds: Exact| most.checked_mul(seconds.checked_div(Exact::whole(span.0))?.ceil().max(Exact::ONE));
        let least_known = self.single.map_or(most, |(low, _)| low);
        let capped = |known: Option<Range>, most: Exact| Some(least(known.unwrap_or((least_known, most)), Some(most)));
        self.daily = capped(self.daily, within(DAY)?);
        self.average = capped(self.average, most.checked_mul(DAY)?.checked_div(Exact::whole(span.0))?);
        self.weekly = capped(self.weekly, within(WEEK)?);
        self.course = match lasts {
            Some(lasts) => capped(self.course, within(Exact::whole(lasts.0))?),
            None => self.course,
        };
        Some(())
    }

    fn levels(&self, times: Option<Givings>, as_needed: bool) -> Sums {
        let of =
            |range: Option<Range>| range.map(|(low, high)| [low, if as_needed { Exact::ZERO } else { high }, high]);
        Sums {
            single: of(self.single),
            daily: of(self.daily),
            average: of(self.average),
            weekly: of(self.weekly),
            course: of(self.course),
            hourly: of(self.hourly),
            times: of(times),
        }
    }
}

fn both<A, B: Copy>(
    same: bool,
    low: A,
    high: A,
    convert: impl Fn(A) -> Result<B, DoseTrouble>,
) -> Result<(B, B), DoseTrouble> {
    let high = convert(high)?;
    Ok((if same { high } else { convert(low)? }, high))
}

fn least((low, high): Range, most: Option<Exact>) -> Range {
    most.map_or((low, high), |most| (low.min(most), high.min(most)))
}

fn scale((low, high): Range, factor: Exact) -> Option<Range> {
    Some((low.checked_mul(factor)?, high.checked_mul(factor)?))
}

fn multiply(amount: Range, times: Givings) -> Option<Range> {
    Some((amount.0.checked_mul(times.0)?, amount.1.checked_mul(times.1)?))
}

fn for_seconds(hourly: Range, seconds: Range) -> Option<Range> {
    multiply(hourly, (seconds.0.checked_div(HOUR)?, seconds.1.checked_div(HOUR)?))
}
