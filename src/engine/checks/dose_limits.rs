//! One dose limit against what an order adds up to: within, broken, or not to be told.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, Measure, PerBody, Thing};
use crate::clinical::regimen::{Amounts, Body, Bounds, DoseTrouble};
use crate::clinical::time::Span;
use crate::clinical::weight::WeightKind;
use crate::engine::change::instructed;
use crate::engine::checks::dose_equivalents;
use crate::engine::checks::dose_sums::{Dosed, Sum};
use crate::pack::read::Pack;
use crate::pack::tables::LimitKind;
use smallvec::SmallVec;
use std::fmt::{Display, Formatter, Write as _};

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Within the limit, or the limit does not apply (a rate limit, and no infusion).
    Within,
    /// Beyond it.
    Broken(Breach),
    /// It cannot be told: the words say what is missing, for this exposure.
    Unknown(DoseTrouble),
    /// It cannot be told how long it is to be taken.
    NoEnd,
}

/// A limit that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Row of the limit.
    pub limit: usize,
    /// Only by the worst case of what is taken when needed.
    pub prn_only: bool,
    /// `ordered 6 g a day; limit 4 g a day (absolute)`.
    pub words: String,
    /// The other exposures that were added.
    pub with: SmallVec<[u32; 4]>,
    /// It is broken only with them.
    pub by_others: bool,
    /// How many times the limit, by a coarse scale; 0 where it is fallen short of.
    pub times: &'static str,
}

/// A limit's answer, with what could not be added to its sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it came to.
    pub compared: Compared,
    /// Other exposures whose amounts are not known.
    pub left_out: SmallVec<[(u32, DoseTrouble); 1]>,
}

impl From<Compared> for Answer {
    fn from(compared: Compared) -> Answer {
        Answer { compared, left_out: SmallVec::new() }
    }
}

/// Which way a limit bounds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    AtMost,
    AtLeast,
}

/// Compares one limit (a row of the limit columns) with what an exposure adds up to.
pub fn compare(pack: &Pack, dosed: &Dosed<'_, '_>, limit: usize, amounts: &Amounts, body: &Body) -> Answer {
    let kinds = &pack.raw().doses.limit_kinds;
    let Some(kind) = kinds.get(limit).and_then(|k| kind_of(*k)) else { return Compared::Within.into() };
    let untimed = || amounts.timing_trouble.clone().unwrap_or(DoseTrouble::NoTiming);
    let alone = |bounds: &Bounds| dosed.alone(pack, bounds);
    let added = |bounds: &Bounds, of: fn(&Amounts) -> Option<Bounds>| dosed.together(pack, bounds, of);
    let summed = match kind {
        LimitKind::DailyMax if dose_equivalents::adds_up(pack, dosed.row) => dose_equivalents::sum(pack, dosed),
        LimitKind::FrequencyMax | LimitKind::IntervalMin | LimitKind::DurationMax => {
            return in_time(pack, limit, kind, amounts).into();
        }
        LimitKind::SingleMax | LimitKind::SingleMin => match &amounts.single {
            // A PRN giving that is too large is too large each time: its worst is what is ordered.
            Some(bounds) => alone(bounds).map(|s| Sum { scheduled: s.worst, ..s }),
            None => return Compared::Within.into(),
        },
        LimitKind::DailyMax | LimitKind::DailyMin => match &amounts.daily {
            Some(bounds) => added(bounds, |a| a.daily),
            None => Err(untimed()),
        },
        LimitKind::WeeklyMax => match &amounts.weekly {
            Some(bounds) => added(bounds, |a| a.weekly),
            None => Err(untimed()),
        },
        LimitKind::CourseMax => match &amounts.course {
            Some(bounds) => alone(bounds),
            None => return Compared::NoEnd.into(),
        },
        LimitKind::RateMax => match &amounts.hourly {
            Some(bounds) => alone(bounds),
            None => return Compared::Within.into(),
        },
    };
    match summed {
        Ok(sum) => {
            let span = SpanWords(span_words(kind), dose_equivalents::of(pack, dosed.row));
            let compared = in_amount(pack, limit, (kind, span), &sum, amounts, body);
            Answer { compared: by_weight(compared, pack, dosed, body), left_out: sum.left_out }
        }
        Err(trouble) => Compared::Unknown(trouble).into(),
    }
}

/// ` a day`, and of what the sum is where several drugs add up: ` a day (as oral morphine)`.
#[derive(Clone, Copy)]
struct SpanWords<'p>(&'static str, &'p str);

impl Display for SpanWords<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)?;
        if self.1.is_empty() { Ok(()) } else { write!(f, " (as {})", self.1) }
    }
}

fn in_amount(
    pack: &Pack,
    limit: usize,
    (kind, span): (LimitKind, SpanWords<'_>),
    sum: &Sum,
    amounts: &Amounts,
    body: &Body,
) -> Compared {
    let Some(dose) = dose_of(pack, limit) else { return Compared::Within };
    let allowed = match for_body(dose, body) {
        Ok(allowed) => allowed,
        Err(trouble) => return Compared::Unknown(trouble),
    };
    if !sum.worst.mixes_with(allowed) {
        return Compared::Unknown(DoseTrouble::Units);
    }
    let way = match kind {
        LimitKind::DailyMin | LimitKind::SingleMin => Way::AtLeast,
        _ => Way::AtMost,
    };
    // One piece of text, written in order: nothing of it is put together first.
    let mut words = String::with_capacity(96);
    let limit_words = |words: &mut String| match dose.per {
        PerBody::Whole => write!(words, "{allowed}{span}"),
        PerBody::Kilogram | PerBody::SquareMetre => write!(words, "{dose}{span} = {allowed}{span}"),
    };
    let strict = strictness(pack, limit);
    if way == Way::AtLeast {
        // What is unknown beside it might make it enough: only a whole sum can be too small.
        // One giving is what it is, whenever it is given.
        let whole = match kind {
            LimitKind::SingleMin => !amounts.single_is_open,
            _ => sum.left_out.is_empty() && amounts.timing_trouble.is_none() && !amounts.as_needed,
        };
        if !whole || !sum.worst.exact().is_positive() || sum.worst.exact() >= allowed.exact() {
            return Compared::Within;
        }
        let _ = write!(words, "ordered {}{span}; smallest useful ", sum.worst);
        let _ = limit_words(&mut words).and_then(|()| write!(words, " ({strict})"));
        let (with, times) = (sum.with.clone(), "too-little");
        return Compared::Broken(Breach { limit, prn_only: false, words, with, by_others: false, times });
    }
    let scheduled = sum.scheduled.exact() > allowed.exact();
    if !scheduled && sum.worst.exact() <= allowed.exact() {
        return Compared::Within;
    }
    let reached = if scheduled { sum.scheduled } else { sum.worst };
    let _ = match (scheduled, sum.with.is_empty()) {
        (true, true) => write!(words, "ordered {reached}{span}"),
        (true, false) => write!(words, "ordered {}{span}, {reached}{span} with what else is taken", sum.own),
        (false, true) => write!(words, "up to {reached}{span} if every as-needed dose is taken"),
        (false, false) => {
            write!(words, "up to {reached}{span} with what else is taken, if every as-needed dose is taken")
        }
    };
    words.push_str("; limit ");
    let _ = limit_words(&mut words).and_then(|()| write!(words, " ({strict})"));
    let times = scale(reached.divided_by(allowed));
    let (with, by_others) = (sum.with.clone(), sum.own.exact() <= allowed.exact());
    Compared::Broken(Breach { limit, prn_only: !scheduled, words, with, by_others, times })
}

/// The body as a dose rule sees it: by the ideal weight where the rule asks for that.
pub fn body_of(pack: &Pack, dosed: &Dosed<'_, '_>) -> Body {
    let body = dosed.bound.body;
    if asks_ideal(pack, dosed) { body.by_ideal() } else { body }
}

fn asks_ideal(pack: &Pack, dosed: &Dosed<'_, '_>) -> bool {
    pack.raw().doses.weights.get(dosed.row) == Some(&1)
}

/// Says by which kind of weight a limit is broken, where a weight has a part in it and it is not simply the measured one.
fn by_weight(compared: Compared, pack: &Pack, dosed: &Dosed<'_, '_>, body: &Body) -> Compared {
    let Compared::Broken(mut breach) = compared else { return compared };
    let own = dosed.bound.body.kind;
    let limited = dose_of(pack, breach.limit).is_some_and(|dose| dose.per == PerBody::Kilogram);
    let ordered = || instructed(dosed.bound.chart, dosed.exposure()).is_some_and(|m| m.regimen.is_by_weight());
    let words = &mut breach.words;
    let _ = match (limited, body.kind) {
        (true, WeightKind::Ideal) => write!(words, ", by the ideal weight"),
        (true, kind) if asks_ideal(pack, dosed) && body.ideal.is_none() => {
            write!(words, ", by the {} weight, as no ideal one is known", kind.word())
        }
        _ if own != WeightKind::Measured && (limited || ordered()) => write!(words, ", by the {}", own.name()),
        _ => Ok(()),
    };
    Compared::Broken(breach)
}

fn in_time(pack: &Pack, limit: usize, kind: LimitKind, amounts: &Amounts) -> Compared {
    let Some(allowed) = exact_of(pack, limit) else { return Compared::Within };
    let untimed = || amounts.timing_trouble.clone().unwrap_or(DoseTrouble::NoTiming);
    let strict = strictness(pack, limit);
    let broken = |words: String, times: &'static str| {
        let prn_only = amounts.as_needed && kind != LimitKind::DurationMax;
        Compared::Broken(Breach { limit, prn_only, words, with: SmallVec::new(), by_others: false, times })
    };
    match kind {
        LimitKind::FrequencyMax => match amounts.times_a_day {
            Some((_, most)) if most > allowed => {
                let words = format!("ordered {most} times a day; limit {allowed} times a day ({strict})");
                broken(words, scale(most.checked_div(allowed)))
            }
            Some(_) => Compared::Within,
            None if amounts.one_time => Compared::Within,
            None => Compared::Unknown(untimed()),
        },
        LimitKind::IntervalMin => match amounts.interval {
            Some(interval) if interval < allowed => {
                let words = format!("ordered every {}; at least {} apart ({strict})", time(interval), time(allowed));
                broken(words, scale(allowed.checked_div(interval)))
            }
            Some(_) => Compared::Within,
            None if amounts.one_time => Compared::Within,
            None => Compared::Unknown(untimed()),
        },
        _ => match amounts.lasts {
            Some(lasts) if Exact::whole(lasts.0) > allowed => {
                let words = format!("ordered for {lasts}; limit {} ({strict})", time(allowed));
                broken(words, scale(Exact::whole(lasts.0).checked_div(allowed)))
            }
            Some(_) => Compared::Within,
            None if amounts.one_time => Compared::Within,
            None => Compared::NoEnd,
        },
    }
}

/// A limit for this body.
fn for_body(dose: Dose, body: &Body) -> Result<Measure, DoseTrouble> {
    // Grams in a kilogram; square millimetres in a square metre.
    let (size, one) = match dose.per {
        PerBody::Whole => return Ok(dose.measure),
        PerBody::Kilogram => (body.weight.ok_or(DoseTrouble::NoWeight)?, 1_000),
        PerBody::SquareMetre => (body.surface.ok_or(DoseTrouble::NoSurface)?, 1_000_000),
    };
    let times = size.checked_div(Exact::whole(one)).ok_or(DoseTrouble::TooLarge)?;
    dose.measure.times(times).ok_or(DoseTrouble::TooLarge)
}

fn dose_of(pack: &Pack, limit: usize) -> Option<Dose> {
    let doses = &pack.raw().doses;
    let thing = Thing::from_ordinal(*doses.limit_things.get(limit)?)?;
    let measure = Measure::from_parts(*doses.limit_dimensions.get(limit)?, thing, exact_of(pack, limit)?)?;
    let per = match doses.limit_per_body.get(limit)? {
        1 => PerBody::Kilogram,
        2 => PerBody::SquareMetre,
        _ => PerBody::Whole,
    };
    Some(Dose { measure, per })
}

fn exact_of(pack: &Pack, limit: usize) -> Option<Exact> {
    let doses = &pack.raw().doses;
    Exact::ratio(*doses.limit_numerators.get(limit)?, *doses.limit_denominators.get(limit)?)
}

/// The kind behind its number.
fn kind_of(number: u8) -> Option<LimitKind> {
    const KINDS: [LimitKind; 10] = [
        LimitKind::SingleMax,
        LimitKind::DailyMax,
        LimitKind::DailyMin,
        LimitKind::CourseMax,
        LimitKind::FrequencyMax,
        LimitKind::IntervalMin,
        LimitKind::DurationMax,
        LimitKind::WeeklyMax,
        LimitKind::RateMax,
        LimitKind::SingleMin,
    ];
    KINDS.into_iter().find(|k| *k as u8 == number)
}

/// The word of a limit's kind, as rules write it.
pub fn kind_word(pack: &Pack, limit: usize) -> &'static str {
    match pack.raw().doses.limit_kinds.get(limit).and_then(|k| kind_of(*k)) {
        Some(LimitKind::SingleMax) => "single-max",
        Some(LimitKind::DailyMax) => "daily-max",
        Some(LimitKind::DailyMin) => "daily-min",
        Some(LimitKind::CourseMax) => "course-max",
        Some(LimitKind::FrequencyMax) => "frequency-max",
        Some(LimitKind::IntervalMin) => "interval-min",
        Some(LimitKind::DurationMax) => "duration-max",
        Some(LimitKind::WeeklyMax) => "weekly-max",
        Some(LimitKind::RateMax) => "rate-max",
        Some(LimitKind::SingleMin) => "single-min",
        None => "",
    }
}

/// `usual` or `absolute`.
pub fn strictness(pack: &Pack, limit: usize) -> &'static str {
    if pack.raw().doses.limit_strictness.get(limit) == Some(&1) { "absolute" } else { "usual" }
}

fn span_words(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::SingleMax | LimitKind::SingleMin => " at once",
        LimitKind::DailyMax | LimitKind::DailyMin => " a day",
        LimitKind::WeeklyMax => " a week",
        LimitKind::CourseMax => " in the whole course",
        LimitKind::RateMax => " an hour",
        LimitKind::FrequencyMax | LimitKind::IntervalMin | LimitKind::DurationMax => "",
    }
}

/// How far beyond, coarsely: an override of a little too much does not quiet ten times too much.
fn scale(times: Option<Exact>) -> &'static str {
    const STEPS: [(i64, i64, &str); 5] =
        [(5, 4, "to-1.25"), (3, 2, "to-1.5"), (2, 1, "to-2"), (5, 1, "to-5"), (10, 1, "to-10")];
    let Some(times) = times else { return "beyond" };
    let within = |(n, d, _): &&(i64, i64, &'static str)| Exact::ratio(*n, *d).is_some_and(|step| times <= step);
    STEPS.iter().find(within).map_or("over-10", |(_, _, word)| word)
}

/// Seconds as a person says them.
fn time(seconds: Exact) -> impl Display {
    if seconds.denominator() == 1 { Span(seconds.numerator()).to_string() } else { format!("{seconds} seconds") }
}
