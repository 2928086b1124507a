//! One order's schedule as written: doses, timing, phases, PRN, bounds; and what it adds up to, exactly.

use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate};
use crate::clinical::time::{Interval, Span};
use serde::{Deserialize, Serialize};

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
    /// What each giving is. Several are alternatives of one instruction (`doseAndRate` entries).
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
}

/// The body doses are multiplied by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Weight in grams.
    pub weight: Option<Exact>,
    /// Body surface in square millimetres.
    pub surface: Option<Exact>,
}

/// How a counted or measured piece of a product becomes an amount of its ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The product's strength in that ingredient, where known.
    pub strength: Option<crate::clinical::quantity::Strength>,
    /// What one piece of the product is (`Form::thing`); `None` when the form is unknown.
    pub thing: Option<crate::clinical::quantity::Thing>,
}

/// What a regimen adds up to, for one ingredient. All measures are of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// One giving. `None` where nothing is given at once: a continuous infusion, a patch.
    pub single: Option<Bounds>,
    /// Any one day on which it is taken. `None` when the timing is not known: see `timing_trouble`.
    pub daily: Option<Bounds>,
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
}

/// One quantity three ways: what is expected, the most of what is scheduled, and the most that PRN givings allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What is expected: the low end of ranges, PRN at its low end.
    pub expected: crate::clinical::quantity::Measure,
    /// The most of what is scheduled (high ends; PRN instructions left out; zero of the unit when all are PRN).
    pub scheduled: crate::clinical::quantity::Measure,
    /// The most that may be taken: as scheduled, plus every PRN at its most (bounded by its maximum, if any).
    pub worst: crate::clinical::quantity::Measure,
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
    /// PRN without any maximum or interval.
    NoMaximum,
    /// The numbers do not fit.
    TooLarge,
}

/// What a regimen adds up to for one ingredient.
///
/// # Errors
/// `DoseTrouble` when nothing at all can be worked out.
pub fn amounts(regimen: &Regimen, _conversion: &Conversion, _body: &Body) -> Result<Amounts, DoseTrouble> {
    match regimen.instructions.first() {
        None => Err(DoseTrouble::NoDose),
        Some(_) => Err(DoseTrouble::NoTiming),
    }
}
