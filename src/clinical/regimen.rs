//! One order's schedule as written: doses, timing, phases, PRN, bounds; and what it adds up to, exactly.

use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::phases::{Member, are_alternatives, or, together};
use crate::clinical::quantity::{Dose, DoseRate, Measure, PerBody, Strength, Thing};
use crate::clinical::reckoning::{Levels, Part};
use crate::clinical::time::{Interval, Moment, Span};
use crate::clinical::weight::WeightKind;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// The whole schedule of an order: one or more instructions, in sequence or together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regimen {
    /// In the order sent. Equal or absent sequence numbers run together; different ones follow each other.
    pub instructions: Vec<Instruction>,
}

/// One dosage instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// Place among the phases.
    pub sequence: Option<u32>,
    /// The words, for people.
    pub text: Option<Box<str>>,
    /// The route, as sent.
    pub route: Concept,
    /// What each giving is. Several are alternatives of one instruction (`doseAndRate` entries); a rate beside a dose
    /// says only how fast that dose goes in.
    pub given: Vec<Given>,
    /// When.
    pub timing: Timing,
    /// Only when needed.
    pub as_needed: bool,
    /// Never more than this dose within this span (`maxDosePerPeriod`).
    pub max_per_period: Option<(Dose, Span)>,
    /// Never more than this at once.
    pub max_per_administration: Option<Dose>,
}

/// What one giving is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Given {
    /// A dose, or a range of doses (low, high); equal when one number was given.
    Dose {
        /// The least that may be given.
        low: Dose,
        /// The most that may be given.
        high: Dose,
    },
    /// A rate, or a range of rates.
    Rate {
        /// The slowest.
        low: DoseRate,
        /// The fastest.
        high: DoseRate,
    },
    /// A number or unit that cannot be read; the words as sent.
    Unreadable {
        /// The value and unit as sent, such as `1 blob`.
        words: Box<str>,
    },
}

/// When the doses are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Times in each period (low, high); absent means once where a period stands.
    pub frequency: Option<(Exact, Exact)>,
    /// The period in seconds (shortest, longest).
    pub period: Option<(Exact, Exact)>,
    /// Givings a day named by events or clock times (`when`, `timeOfDay`).
    pub events_per_day: u8,
    /// Days of the week named, 1 to 7; 0 when none are.
    pub days_of_week: u8,
    /// How many givings in all (low, high).
    pub count: Option<(u32, u32)>,
    /// How long one giving runs, in seconds (infusions).
    pub runs_for: Option<Exact>,
    /// When it begins and ends, by date.
    pub bounds: Interval,
    /// How long it goes on, when given as a length.
    pub lasts: Option<Span>,
    /// Only words were given (`timing.code.text`, or an instruction with text and no timing at all).
    pub words_only: bool,
    /// The times of day that were named, in seconds after midnight by the patient's clock, ascending.
    #[serde(default)]
    pub clock: Vec<u32>,
    /// The moments of all givings, where they were named one by one (`event`).
    #[serde(default)]
    pub moments: Vec<Moment>,
}

/// The body doses are multiplied by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Weight in grams.
    pub weight: Option<Exact>,
    /// Which kind that is.
    pub kind: WeightKind,
    /// The ideal weight in grams, where one was sent.
    pub ideal: Option<Exact>,
    /// Body surface in square millimetres.
    pub surface: Option<Exact>,
}

impl Body {
    /// The body as a rule sees it that goes by the ideal weight: by that one, unless the other is no more.
    pub fn by_ideal(self) -> Body {
        match self.ideal.filter(|ideal| self.weight.is_none_or(|weight| *ideal < weight)) {
            Some(ideal) => Body { weight: Some(ideal), kind: WeightKind::Ideal, ..self },
            None => self,
        }
    }
}

/// How a counted or measured piece of a product becomes an amount of its ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The product's strength in that ingredient, where known.
    pub strength: Option<Strength>,
    /// What one piece of the product is (`Form::thing`); `None` when the form is unknown.
    pub thing: Option<Thing>,
}

/// What a regimen adds up to, for one ingredient. All measures are of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// One giving. `None` where nothing is given at once: a continuous infusion, a patch.
    pub single: Option<Bounds>,
    /// Any one day on which it is taken. `None` when the timing is not known: see `timing_trouble`.
    pub daily: Option<Bounds>,
    /// Each day on average over its schedule, days on which it is not given among them: 25 mg every other day is 12.5 mg.
    /// `None` when no schedule says.
    pub average: Option<Bounds>,
    /// Any seven days. `None` when the timing is not known: see `timing_trouble`.
    pub weekly: Option<Bounds>,
    /// The whole course, where it has an end.
    pub course: Option<Bounds>,
    /// How fast it goes in, as an amount in each hour: infusions, doses with a running time, patches.
    pub hourly: Option<Bounds>,
    /// Givings a day (expected, most), where known.
    pub times_a_day: Option<(Exact, Exact)>,
    /// The least time between givings in seconds, where known.
    pub interval: Option<Exact>,
    /// How long the whole course lasts, where it has an end.
    pub lasts: Option<Span>,
    /// Given once in all.
    pub one_time: bool,
    /// Every instruction is only when needed.
    pub as_needed: bool,
    /// What could not be worked out although something was. Where it is set, an amount that is absent is unknown, and
    /// one that is present is at least so much: it may be found too large, never found small enough.
    pub timing_trouble: Option<DoseTrouble>,
    /// Whether `single` is at least so much, too: some giving could not be worked out. When it is given is another matter:
    /// of a drug taken when needed, without a maximum, one giving is known all the same.
    pub single_is_open: bool,
}

/// One quantity three ways: what is expected, the most of what is scheduled, and the most that PRN givings allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What is expected: the low end of ranges, PRN at its low end.
    pub expected: Measure,
    /// The most of what is scheduled (high ends; PRN instructions left out; nothing when all are PRN).
    pub scheduled: Measure,
    /// The most that may be taken: as scheduled, plus every PRN at its most (bounded by its maximum, if any).
    pub worst: Measure,
}

/// Why a dose could not be worked out. Each is said aloud as a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoseTrouble {
    /// No dose was entered.
    NoDose,
    /// No timing was entered, or only in words.
    NoTiming,
    /// A value or unit that cannot be read, as sent.
    Unreadable(Box<str>),
    /// A count or volume, and no strength to convert it with.
    NoStrength,
    /// The count is not of the thing the product is made of (1 EA of an injection vial).
    NotCountable,
    /// The units do not convert.
    Units,
    /// A dose by weight, and no weight.
    NoWeight,
    /// A dose by body surface, and no surface.
    NoSurface,
    /// Only when needed, with neither a pace nor a maximum: one giving is known, a day is not.
    NoMaximum,
    /// The numbers do not fit.
    TooLarge,
    /// It has no factor by its route, to be added up with others.
    NoFactor,
    /// Its route is not known, and its factor depends on it.
    NoRoute,
}

impl DoseTrouble {
    /// Whether only how often is not known.
    fn is_of_timing(&self) -> bool {
        matches!(self, DoseTrouble::NoTiming | DoseTrouble::NoMaximum)
    }
}

impl Regimen {
    /// Whether nothing was entered: no dose, no timing, no maximum, and no words either.
    pub fn is_empty(&self) -> bool {
        self.instructions.iter().all(|i| {
            i.given.is_empty()
                && i.timing == Timing::default()
                && i.max_per_period.is_none()
                && i.max_per_administration.is_none()
                && i.text.is_none()
        })
    }

    /// Whether some dose of it is for each kilogram.
    pub fn is_by_weight(&self) -> bool {
        let given = self.instructions.iter().flat_map(|i| &i.given);
        given.into_iter().any(|given| match given {
            Given::Dose { high, .. } => high.per == PerBody::Kilogram,
            Given::Rate { high, .. } => high.dose.per == PerBody::Kilogram,
            Given::Unreadable { .. } => false,
        })
    }

    /// Whether the same amounts are given at the same pace, whatever the words, the routes, the dates, the hours and the length.
    ///
    /// Instructions are compared in order: two that are written the other way round are not the same schedule.
    pub fn same_schedule(&self, other: &Regimen) -> bool {
        self.instructions.len() == other.instructions.len()
            && self.instructions.iter().zip(&other.instructions).all(|(a, b)| a.same_schedule(b))
    }
}

impl Instruction {
    fn same_schedule(&self, other: &Instruction) -> bool {
        let (a, b) = (&self.timing, &other.timing);
        self.given == other.given
            && self.as_needed == other.as_needed
            && self.max_per_period == other.max_per_period
            && self.max_per_administration == other.max_per_administration
            && (a.frequency, a.period, a.events_per_day, a.days_of_week, a.count, a.runs_for, a.words_only)
                == (b.frequency, b.period, b.events_per_day, b.days_of_week, b.count, b.runs_for, b.words_only)
    }
}

/// What a regimen adds up to for one ingredient.
///
/// One giving: a dose goes by body and strength as `Conversion::of_dose` says. Several `given` are alternatives: the
/// smaller is expected, the larger is the most; those that cannot be converted are passed over where another can. A rate
/// beside a dose only says how fast. A maximum for one giving caps it.
///
/// How often: as `Pace::of` says. A day is one on which it is taken, so a weekly dose is the whole dose on its day and
/// the same in a week; every 36 hours is one giving a day and 4 2/3 (at most 5) in a week. The average of a day is exact:
/// a seventh of the weekly dose, two thirds of a giving every 36 hours.
///
/// Over time: a rate runs for its running time with each giving (once, where no pace is known), or without pause where
/// it has none; a patch with a strength per hour is worn without pause unless it has a running time, each giving
/// replacing the former. Neither has a single amount, except a rate with a running time.
///
/// Only when needed: left out of `scheduled`; `expected` at the low end, `worst` at the high end, both capped by the
/// maximum per period. Without a pace, the maximum or the count is the most and one giving is expected. Without any of
/// them one giving is all that is known: the trouble is `NoMaximum`.
///
/// Several instructions:
/// - of one sequence number, or without: run together, and add up. A single giving beside others (a loading dose) adds
///   to what is scheduled and to the worst day, and replaces them in the expected one.
/// - of one sequence and timing, by surely different routes (oral or intravenous): alternatives.
/// - of different sequence numbers: follow each other. A day, an hour, a giving is that of the heaviest phase, never the
///   sum; a week and the course run through them. If their dates overlap by more than a day they add up after all; and
///   where nothing says that the former ends (no length, count or date), the worst day is the sum.
/// - without sequence number beside numbered ones: run along with every phase.
///
/// What cannot be worked out is left out and named in `timing_trouble`, as long as one giving of one instruction is known.
///
/// # Errors
/// When not even one giving is known, or numbers do not fit.
pub fn amounts(regimen: &Regimen, conversion: &Conversion, body: &Body) -> Result<Amounts, DoseTrouble> {
    let mut members: SmallVec<[Member<'_>; 2]> = SmallVec::new();
    let (mut trouble, mut complete, mut single_is_open) = (None, true, false);
    for instruction in &regimen.instructions {
        let part = Part::of(instruction, conversion, body).and_then(|part| match members.first() {
            Some(first) if !first.part.kind.mixes_with(part.kind) => Err(DoseTrouble::Units),
            _ => Ok(part),
        });
        match part {
            Ok(mut part) => {
                single_is_open |= part.trouble.as_ref().is_some_and(|t| !t.is_of_timing());
                trouble = trouble.or(part.trouble.take());
                match members.iter_mut().find(|m| are_alternatives(m.instruction, instruction)) {
                    Some(other) => or(&mut other.part, &part),
                    None => members.push(Member { instruction, part }),
                }
            }
            Err(DoseTrouble::TooLarge) => return Err(DoseTrouble::TooLarge),
            Err(why) => {
                complete = false;
                trouble = trouble.or(Some(why));
            }
        }
    }
    let Some(kind) = members.first().map(|m| m.part.kind) else {
        return Err(trouble.unwrap_or(DoseTrouble::NoDose));
    };
    let whole = together(&members).ok_or(DoseTrouble::TooLarge)?;
    let bounds = |levels: Option<Levels>| {
        levels.map(|[expected, scheduled, worst]| Bounds {
            expected: kind.with_exact(expected),
            scheduled: kind.with_exact(scheduled),
            worst: kind.with_exact(worst),
        })
    };
    Ok(Amounts {
        single: bounds(whole.sums.single),
        daily: bounds(whole.sums.daily),
        average: bounds(whole.sums.average),
        weekly: bounds(whole.sums.weekly),
        course: bounds(whole.sums.course),
        hourly: bounds(whole.sums.hourly),
        times_a_day: whole.sums.times.map(|[expected, _, most]| (expected, most)),
        interval: whole.interval,
        lasts: whole.lasts.filter(|_| complete),
        one_time: whole.once && complete,
        as_needed: regimen.instructions.iter().all(|i| i.as_needed),
        timing_trouble: trouble,
        single_is_open: single_is_open || !complete,
    })
}
