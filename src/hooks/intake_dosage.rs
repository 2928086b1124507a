//! From dosage instructions as sent to a regimen: what is given, when, and what could only be kept in words.

use crate::clinical::apart::{time_of_day, to_the_minute};
use crate::clinical::code::{Concept, System};
use crate::clinical::exact::Exact;
use crate::clinical::quantity::Dose;
use crate::clinical::regimen::{Given, Instruction, Regimen, Timing};
use crate::clinical::time::{Interval, Moment, Span};
use crate::hooks::fhir_parts::{self as fhir, Dosage, Quantity, Range, Ratio, Repeat};
use crate::hooks::intake_units::{self as units, words};
use crate::hooks::lenient::{Flag, Lenient, Number};

/// The regimen of a record's dosage instructions.
pub fn regimen(dosages: &mut [Dosage<'_>]) -> Regimen {
    Regimen { instructions: dosages.iter_mut().map(instruction).collect() }
}

fn instruction(dosage: &mut Dosage<'_>) -> Instruction {
    let text = dosage.text.boxed().or_else(|| dosage.patient_text.boxed());
    let mut given = Vec::new();
    for entry in dosage.dose_and_rate.iter() {
        amounts(&mut given, (&entry.dose, &entry.dose_range), (&entry.rate_ratio, &entry.rate, &entry.rate_range));
    }
    amounts(&mut given, (&dosage.dose, &dosage.dose_range), (&dosage.rate_ratio, &dosage.rate, &dosage.rate_range));
    Instruction {
        sequence: dosage.sequence.count(),
        timing: timing(dosage.timing.as_deref_mut(), text.is_some()),
        route: dosage.route.take(),
        given,
        as_needed: dosage.as_needed == Flag::Is(true) || dosage.as_needed_for.is_set,
        max_per_period: dosage.max_per_period.iter().find_map(max_per_period),
        max_per_administration: dosage.max_per_administration.as_deref().and_then(units::dose),
        text,
    }
}

type Doses<'q, 'a> = (&'q Option<Box<Quantity<'a>>>, &'q Option<Box<Range<'a>>>);
type Rates<'q, 'a> = (&'q Option<Box<Ratio<'a>>>, &'q Option<Box<Quantity<'a>>>, &'q Option<Box<Range<'a>>>);

/// Adds what one entry says, unless it was said already (real senders repeat the dose at both levels).
fn amounts(given: &mut Vec<Given>, doses: Doses<'_, '_>, rates: Rates<'_, '_>) {
    let mut add = |what: Given| {
        if !given.contains(&what) {
            given.push(what);
        }
    };
    if let Some(quantity) = doses.0.as_deref().filter(|q| !is_blank(q)) {
        add(match units::dose(quantity) {
            Some(dose) => Given::Dose { low: dose, high: dose },
            None => Given::Unreadable { words: words(quantity) },
        });
    }
    if let Some(range) = doses.1.as_deref() {
        let ends = between(range, units::dose).filter(|(low, high)| in_order(low, high));
        add(match ends {
            Some((low, high)) => Given::Dose { low, high },
            None => Given::Unreadable { words: range_words(range) },
        });
    }
    if let Some(ratio) = rates.0.as_deref() {
        add(match units::rate_of(ratio) {
            Some(rate) => Given::Rate { low: rate, high: rate },
            None => Given::Unreadable {
                words: [words(&ratio.numerator), words(&ratio.denominator)].join(" in ").into_boxed_str(),
            },
        });
    }
    if let Some(quantity) = rates.1.as_deref().filter(|q| !is_blank(q)) {
        add(match units::rate(quantity) {
            Some(rate) => Given::Rate { low: rate, high: rate },
            None => Given::Unreadable { words: words(quantity) },
        });
    }
    if let Some(range) = rates.2.as_deref() {
        let ends = between(range, units::rate).filter(|(low, high)| in_order(&low.dose, &high.dose));
        add(match ends {
            Some((low, high)) => Given::Rate { low, high },
            None => Given::Unreadable { words: range_words(range) },
        });
    }
}

/// Whether two ends of a range are of one kind, the low one no more than the high one.
fn in_order(low: &Dose, high: &Dose) -> bool {
    low.per == high.per && low.measure.compare(high.measure).is_some_and(std::cmp::Ordering::is_le)
}

/// A quantity of which nothing was sent: no dose was entered.
fn is_blank(quantity: &Quantity<'_>) -> bool {
    !quantity.value.is_present() && quantity.odd.is_none()
}

/// Both ends of a range. An end without a unit takes the other's; without its low end the high one counts for both, since
/// nothing else is known; without its high end it has no end we could judge.
fn between<T: Copy>(range: &Range<'_>, read: impl Fn(&Quantity<'_>) -> Option<T>) -> Option<(T, T)> {
    let high = read(&with_unit_of(&range.high, &range.low))?;
    if is_blank(&range.low) {
        return Some((high, high));
    }
    Some((read(&with_unit_of(&range.low, &range.high))?, high))
}

fn with_unit_of<'a>(quantity: &Quantity<'a>, other: &Quantity<'a>) -> Quantity<'a> {
    let from = if quantity.unit.is_empty() && quantity.code.is_empty() { other } else { quantity };
    let mut copy = Quantity::default();
    (copy.value, copy.comparator, copy.odd) = (quantity.value, quantity.comparator.clone(), quantity.odd);
    (copy.unit, copy.system, copy.code) = (from.unit.clone(), from.system.clone(), from.code.clone());
    copy
}

fn range_words(range: &Range<'_>) -> Box<str> {
    [words(&range.low), words(&range.high)].join(" to ").into_boxed_str()
}

fn max_per_period(ratio: &Ratio<'_>) -> Option<(Dose, Span)> {
    Some((units::dose(&ratio.numerator)?, units::span(&ratio.denominator)?))
}

/// The schedule. What is odd in any part is not trusted in the others: it counts as words only.
fn timing(sent: Option<&mut fhir::Timing<'_>>, has_text: bool) -> Timing {
    let Some(sent) = sent else { return Timing { words_only: has_text, ..Timing::default() } };
    let code = sent.parts.code.take();
    let events = &sent.parts.event;
    let mut timing = match sent.parts.repeat.as_deref() {
        Some(repeat) => repetition(repeat),
        None => Some(Timing::default()),
    };
    if sent.is_odd() {
        timing = None;
    }
    let Some(mut timing) = timing else { return Timing { words_only: true, ..Timing::default() } };
    let mut scheduled = is_scheduled(&timing);
    if !scheduled && let Some((times, seconds)) = abbreviation(&code) {
        timing.frequency = Some((times, times));
        timing.period = Some((seconds, seconds));
        scheduled = true;
    }
    if !scheduled && !events.is_empty() {
        let times = u32::try_from(events.len()).unwrap_or(u32::MAX);
        timing.count = Some((times, times));
        let precise: Option<Vec<Moment>> = events.iter().map(|e| to_the_minute(e.when.date()?)).collect();
        timing.moments = precise.unwrap_or_default();
        timing.clock = events.iter().map(|e| e.clock).collect::<Option<Vec<u32>>>().unwrap_or_default();
        timing.moments.sort_unstable();
        timing.clock.sort_unstable();
        let events = || events.iter().map(|e| &e.when);
        let start = events().filter_map(fhir::Stretch::start).map(|d| d.earliest).min();
        let end = events().filter_map(fhir::Stretch::last).map(|d| d.latest).max();
        timing.bounds = Interval { start, end };
        scheduled = true;
    }
    timing.words_only = !scheduled && (has_text || sent.is_words || !code.is_empty());
    timing
}

fn is_scheduled(timing: &Timing) -> bool {
    timing.frequency.is_some()
        || timing.period.is_some()
        || timing.events_per_day > 0
        || timing.days_of_week > 0
        || timing.count.is_some()
}

/// The rule of repetition; `None` when a part of it cannot be read.
fn repetition(repeat: &Repeat<'_>) -> Option<Timing> {
    if repeat.odd.is_some() {
        return None;
    }
    let mut timing = Timing {
        frequency: pair(repeat.frequency, repeat.frequency_max)?,
        bounds: repeat.bounds_period.interval(),
        events_per_day: events_a_day(repeat)?,
        days_of_week: u8::try_from(repeat.day_of_week.len().min(7)).unwrap_or(7),
        clock: repeat.time_of_day.iter().filter_map(|t| time_of_day(t.as_str())).collect(),
        ..Timing::default()
    };
    if let Some((low, high)) = pair(repeat.period, repeat.period_max)? {
        let seconds = Exact::whole(Span::unit_seconds(repeat.period_unit.as_str())?);
        timing.period = Some((low.checked_mul(seconds)?, high.checked_mul(seconds)?));
    }
    timing.clock.sort_unstable();
    timing.count = match (repeat.count.count(), repeat.count_max.count()) {
        (Some(low), high) => Some((low, high.unwrap_or(low).max(low))),
        (None, Some(high)) => Some((high, high)),
        (None, None) if repeat.count.is_present() || repeat.count_max.is_present() => return None,
        (None, None) => None,
    };
    if let Some((_, longest)) = pair(repeat.duration, repeat.duration_max)? {
        let seconds = Exact::whole(Span::unit_seconds(repeat.duration_unit.as_str())?);
        timing.runs_for = Some(longest.checked_mul(seconds)?);
    }
    let length = repeat.bounds_duration.as_deref().or(repeat.bounds_range.as_deref().map(|range| &range.high));
    timing.lasts = length.and_then(units::span);
    Some(timing)
}

/// A number and its maximum, both above nothing: `Some(None)` when neither was sent, `None` when one cannot be read.
#[expect(clippy::option_option, reason = "absent and unreadable are different answers")]
fn pair(low: Number<'_>, high: Number<'_>) -> Option<Option<(Exact, Exact)>> {
    let read = |n: Number<'_>| n.exact().filter(|e| e.is_positive());
    match (low.is_present(), high.is_present()) {
        (false, false) => Some(None),
        (true, false) => read(low).map(|n| Some((n, n))),
        (false, true) => read(high).map(|n| Some((n, n))),
        (true, true) => {
            let (low, high) = (read(low)?, read(high)?);
            Some(Some((low, high.max(low))))
        }
    }
}

/// Givings a day that events and clock times name; a meal that is not named stands for three.
fn events_a_day(repeat: &Repeat<'_>) -> Option<u8> {
    let mut events = 0u8;
    for when in repeat.when.iter() {
        events = events.saturating_add(match when.as_str() {
            "" => 0,
            "C" | "AC" | "PC" => 3,
            "MORN" | "MORN.early" | "MORN.late" | "NOON" | "AFT" | "AFT.early" | "AFT.late" | "EVE" | "EVE.early"
            | "EVE.late" | "NIGHT" | "PHS" | "HS" | "WAKE" | "CM" | "CD" | "CV" | "ACM" | "ACD" | "ACV" | "PCM"
            | "PCD" | "PCV" | "IMD" => 1,
            _ => return None,
        });
    }
    Some(events.saturating_add(u8::try_from(repeat.time_of_day.len()).unwrap_or(u8::MAX)))
}

/// A schedule by its HL7 abbreviation: times in so many seconds. Only a code of HL7's own systems, or of none, counts.
fn abbreviation(code: &Concept) -> Option<(Exact, Exact)> {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 86_400;
    code.codes.iter().find_map(|code| {
        let System::Other(system) = &code.system else { return None };
        if !matches!(
            system.as_ref(),
            "" | "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
                | "http://hl7.org/fhir/v3/GTSAbbreviation"
                | "http://hl7.org/fhir/timing-abbreviation"
                | "urn:oid:2.16.840.1.113883.5.1001"
        ) {
            return None;
        }
        let (times, seconds) = match code.value.as_ref() {
            "QD" | "AM" | "PM" | "BED" => (1, DAY),
            "BID" => (2, DAY),
            "TID" => (3, DAY),
            "QID" => (4, DAY),
            "QOD" => (1, 2 * DAY),
            "Q1H" => (1, HOUR),
            "Q2H" => (1, 2 * HOUR),
            "Q3H" => (1, 3 * HOUR),
            "Q4H" => (1, 4 * HOUR),
            "Q6H" => (1, 6 * HOUR),
            "Q8H" => (1, 8 * HOUR),
            "Q12H" => (1, 12 * HOUR),
            "WK" => (1, 7 * DAY),
            "MO" => (1, 30 * DAY),
            _ => return None,
        };
        Some((Exact::whole(times), Exact::whole(seconds)))
    })
}
