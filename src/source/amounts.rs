//! Comparisons, ages, lengths, weights and times as an editor writes them, brought to base units exactly.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate, PerBody};
use crate::clinical::time::Span;
use crate::source::tree_condition::Comparison;

/// A number and its unit: `65 years`, `30 mL/min`, `4.5`. The unit may be empty, the number below nothing.
pub fn number_and_unit(text: &str) -> Option<(Exact, &str)> {
    let text = text.trim();
    let (sign, digits) = if let Some(rest) = text.strip_prefix('-') { ("-", rest) } else { ("", text) };
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(digits.len());
    let (number, unit) = digits.split_at(end);
    Some((Exact::parse(&format!("{sign}{number}"))?, unit.trim()))
}

/// Reads a comparison: an operator and a quantity, or an inclusive range (`3.5 to 5.0 mmol/L`).
///
/// `read` brings one quantity to what it is measured in (`K`) and how much. The two ends of a range must be measured
/// alike. An error says what is wrong, for the label of a diagnostic.
pub fn compare<K: PartialEq>(
    text: &str,
    read: impl Fn(&str) -> Option<(K, Exact)>,
) -> Result<(K, Comparison), &'static str> {
    const UNREAD: &str = "number or unit cannot be read";
    let text = text.trim();
    for (operator, sign) in [(1, "<="), (3, ">="), (0, "<"), (4, ">"), (2, "=")] {
        if let Some(rest) = text.strip_prefix(sign) {
            let (kind, n) = read(rest.trim()).ok_or(UNREAD)?;
            return Ok((kind, Comparison { operator, low: n, high: n }));
        }
    }
    let Some((low, high)) = text.split_once(" to ") else {
        return Err("does not say how to compare");
    };
    let (kind, most) = read(high.trim()).ok_or(UNREAD)?;
    let low = match number_and_unit(low) {
        Some((_, "")) => {
            let (_, unit) = number_and_unit(high).ok_or(UNREAD)?;
            read(format!("{} {unit}", low.trim()).trim())
        }
        _ => read(low.trim()),
    };
    let (other, least) = low.ok_or(UNREAD)?;
    if other != kind {
        return Err("the two ends have units that do not compare");
    }
    if most < least {
        return Err("the range is the wrong way round");
    }
    Ok((kind, Comparison { operator: 5, low: least, high: most }))
}

/// An age: (whether it counts in days, not months; how many).
pub fn age(text: &str) -> Option<(bool, Exact)> {
    let (n, unit) = not_below_nothing(text)?;
    let (in_days, times) = match unit {
        "year" | "years" | "a" | "y" | "yr" => (false, 12),
        "month" | "months" | "mo" => (false, 1),
        "week" | "weeks" | "wk" => (true, 7),
        "day" | "days" | "d" => (true, 1),
        _ => return None,
    };
    Some((in_days, n.checked_mul(Exact::whole(times))?))
}

/// A gestational age in days.
pub fn gestation(text: &str) -> Option<((), Exact)> {
    age(text).and_then(|(in_days, n)| in_days.then_some(((), n)))
}

/// A length of time in seconds, exactly.
pub fn seconds(text: &str) -> Option<((), Exact)> {
    let (n, unit) = not_below_nothing(text)?;
    Some(((), n.checked_mul(Exact::whole(Span::unit_seconds(unit)?))?))
}

/// A length of time in whole seconds.
pub fn whole_seconds(text: &str) -> Option<i64> {
    let (_, n) = seconds(text)?;
    (n.denominator() == 1).then(|| n.numerator())
}

/// How far apart two drugs are given: seconds before, seconds after, and whether one distance holds for both ways. `4 h`, or
/// `2 h before or 6 h after`. Together they leave a time of the day that is far enough.
pub fn apart(text: &str) -> Option<(i64, i64, bool)> {
    let (before, after, alike) = match text.split_once(" or ") {
        None => whole_seconds(text).map(|n| (n, n, true))?,
        Some((before, after)) => {
            let before = whole_seconds(before.trim().strip_suffix("before")?)?;
            (before, whole_seconds(after.trim().strip_suffix("after")?)?, false)
        }
    };
    let both = before.checked_add(after)?;
    (before >= 0 && after >= 0 && (1..=86_400).contains(&both)).then_some((before, after, alike))
}

/// A weight in grams.
pub fn grams(text: &str) -> Option<((), Exact)> {
    let (n, unit) = not_below_nothing(text)?;
    let size = match unit {
        "kg" => Exact::whole(1_000),
        "g" => Exact::ONE,
        "lb" | "[lb_av]" => Exact::ratio(45_359_237, 100_000)?,
        _ => return None,
    };
    Some(((), n.checked_mul(size)?))
}

/// A height in millimetres.
pub fn millimetres(text: &str) -> Option<Exact> {
    let (n, unit) = not_below_nothing(text)?;
    let size = match unit {
        "m" => Exact::whole(1_000),
        "cm" => Exact::whole(10),
        "mm" => Exact::ONE,
        "in" | "[in_i]" => Exact::ratio(254, 10)?,
        _ => return None,
    };
    n.checked_mul(size)
}

/// A body surface in square millimetres.
pub fn square_millimetres(text: &str) -> Option<Exact> {
    let (n, unit) = not_below_nothing(text)?;
    matches!(unit, "m2" | "m²").then(|| n.checked_mul(Exact::whole(1_000_000)))?
}

/// A creatinine clearance in mL/min.
pub fn clearance(text: &str) -> Option<((), Exact)> {
    let (n, unit) = not_below_nothing(text)?;
    (unit == "mL/min").then_some(((), n))
}

/// A filtration rate in mL/min/1.73 m².
pub fn filtration(text: &str) -> Option<((), Exact)> {
    let (n, unit) = not_below_nothing(text)?;
    matches!(unit, "mL/min/1.73m2" | "mL/min/1.73 m2" | "mL/min/1.73m²" | "mL/min/1.73 m²" | "mL/min/{1.73_m2}")
        .then_some(((), n))
}

/// Serum creatinine in micrograms per decilitre.
pub fn creatinine(text: &str) -> Option<Exact> {
    let (n, unit) = not_below_nothing(text)?;
    (unit == "mg/dL").then(|| n.checked_mul(Exact::whole(1_000)))?
}

/// A dose: its dimension (as packs number them) with what part of the body multiplies it, and how much in base units.
pub fn dose(text: &str) -> Option<((u8, PerBody), Exact)> {
    let dose = Dose::parse(text)?;
    Some(((dose.measure.dimension(), dose.per), dose.measure.exact()))
}

/// A rate as the dose of one hour.
pub fn hourly(text: &str) -> Option<Dose> {
    let rate = DoseRate::parse(text)?;
    let hours = Exact::whole(3_600).checked_div(rate.seconds)?;
    Some(Dose { measure: rate.dose.measure.times(hours)?, per: rate.dose.per })
}

/// A quantity in a unit that is not known here: the unit as written (may be empty), and the number.
pub fn in_any_unit(text: &str) -> Option<(String, Exact)> {
    number_and_unit(text).map(|(n, unit)| (unit.to_owned(), n))
}

/// Doses from the least to the most: `400 mg`, or `1 to 2 tablets`.
pub fn dose_range(text: &str) -> Option<(Dose, Dose)> {
    let Some((low, high)) = text.split_once(" to ") else {
        return Dose::parse(text).map(|dose| (dose, dose));
    };
    let most = Dose::parse(high)?;
    let least = match number_and_unit(low)? {
        (_, "") => Dose::parse(&format!("{} {}", low.trim(), number_and_unit(high)?.1))?,
        _ => Dose::parse(low)?,
    };
    let alike = least.per == most.per && least.measure.mixes_with(most.measure);
    (alike && least.measure.exact() <= most.measure.exact()).then_some((least, most))
}

fn not_below_nothing(text: &str) -> Option<(Exact, &str)> {
    number_and_unit(text).filter(|(n, _)| *n >= Exact::ZERO)
}
