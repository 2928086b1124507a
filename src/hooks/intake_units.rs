//! From quantities as sent to exact amounts: which of code and words names the unit, and when the two contradict.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate, Measure, Strength, StrengthPer, Thing};
use crate::clinical::time::Span;
use crate::hooks::fhir_parts::{Quantity, Ratio};

/// The quantity as sent, for people: `1 blob`.
pub fn words(quantity: &Quantity<'_>) -> Box<str> {
    let unit = if quantity.unit.is_empty() { quantity.code.as_str() } else { quantity.unit.as_str() };
    let value = quantity.value.written();
    let value = if value.len() > 40 { "?" } else { value };
    let code = match quantity.code.as_str() {
        "" | "1" => String::new(),
        code if code == unit => String::new(),
        code => ["(", code, ")"].concat(),
    };
    let parts = [quantity.comparator.as_str(), value, unit, &code];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ").into_boxed_str()
}

/// The unit's code, where its system is UCUM, HL7's orderable drug forms, or not said.
fn code<'q>(quantity: &'q Quantity<'_>) -> Option<&'q str> {
    let known = matches!(
        quantity.system.as_str().trim_end_matches('/'),
        "" | "http://unitsofmeasure.org"
            | "https://unitsofmeasure.org"
            | "http://unitsofmeasure.org/ucum.html"
            | "urn:oid:2.16.840.1.113883.6.8"
            | "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm"
            | "http://hl7.org/fhir/v3/orderableDrugForm"
            | "urn:oid:2.16.840.1.113883.5.85"
    );
    // A SNOMED CT dose form counts where nothing else names the unit.
    let form = quantity.unit.is_empty() && quantity.system.as_str() == "http://snomed.info/sct";
    ((known || form) && !quantity.code.is_empty()).then(|| quantity.code.as_str())
}

/// The unit as it is best written: its UCUM code, else its words. Empty when none was sent.
pub fn unit<'q>(quantity: &'q Quantity<'_>) -> &'q str {
    match code(quantity) {
        Some(code) if code != "1" || quantity.unit.is_empty() => code,
        _ => quantity.unit.as_str(),
    }
}

/// Reads a quantity by its code and by its words. Both must say the same, where both can be read; a count of nothing in
/// particular (`1`, `{pill}`) gives way to words that say of what.
fn read<T: PartialEq>(
    quantity: &Quantity<'_>,
    of: impl Fn(Exact, &str) -> Option<T>,
    vague: impl Fn(&T) -> bool,
) -> Option<T> {
    if quantity.odd.is_some() || !quantity.comparator.is_empty() {
        return None;
    }
    let value = quantity.value.exact().filter(|v| *v >= Exact::ZERO)?;
    let code = code(quantity);
    let by_code = code.and_then(|code| of(value, code));
    let by_words = if quantity.unit.is_empty() { None } else { of(value, quantity.unit.as_str()) };
    match (by_code, by_words) {
        (Some(a), Some(b)) if a == b || vague(&b) => Some(a),
        (Some(a), Some(b)) => vague(&a).then_some(b),
        (Some(a), None) => (code != Some("1") || quantity.unit.is_empty()).then_some(a),
        (None, by_words) => by_words,
    }
}

/// A value in a unit of somebody else's choice.
pub fn scaled(quantity: &Quantity<'_>, of: impl Fn(Exact, &str) -> Option<Exact>) -> Option<Exact> {
    read(quantity, of, |_| false)
}

/// As [`scaled`], whatever comparator stands before the number.
pub fn unbounded(quantity: &Quantity<'_>, of: impl Fn(Exact, &str) -> Option<Exact>) -> Option<Exact> {
    let value = quantity.value.exact()?;
    [code(quantity).unwrap_or(""), quantity.unit.as_str()].into_iter().find_map(|unit| of(value, unit))
}

fn counts_anything(measure: &Measure) -> bool {
    matches!(measure, Measure::Count(_, Thing::Each))
}

/// A dose.
pub fn dose(quantity: &Quantity<'_>) -> Option<Dose> {
    read(quantity, Dose::of, |dose| counts_anything(&dose.measure))
}

/// A rate written as one quantity.
pub fn rate(quantity: &Quantity<'_>) -> Option<DoseRate> {
    read(quantity, DoseRate::of, |rate| counts_anything(&rate.dose.measure))
}

/// A rate written as a ratio: so much in so long.
pub fn rate_of(ratio: &Ratio<'_>) -> Option<DoseRate> {
    if !ratio.denominator.comparator.is_empty() || ratio.denominator.odd.is_some() {
        return None;
    }
    let long = if ratio.denominator.value.is_present() { ratio.denominator.value.exact()? } else { Exact::ONE };
    let time = unit(&ratio.denominator);
    let per = |value: Exact, what: &str| DoseRate::of(value.checked_div(long)?, &[what, "/", time].concat());
    read(&ratio.numerator, per, |rate| counts_anything(&rate.dose.measure))
}

/// A plain amount.
pub fn measure(quantity: &Quantity<'_>) -> Option<Measure> {
    read(quantity, Measure::of, counts_anything)
}

/// The strength a ratio writes. Equal above and below the line it says nothing, and is none.
pub fn strength(ratio: &Ratio<'_>) -> Option<Strength> {
    let amount = measure(&ratio.numerator)?;
    let below = &ratio.denominator;
    if matches!(unit(below), "h" | "hr" | "hour") {
        return (below.value.exact()? == Exact::ONE).then_some(Strength { amount, per: StrengthPer::Hour });
    }
    let per = match unit(below) {
        "" => Measure::of(if below.value.is_present() { below.value.exact()? } else { Exact::ONE }, "1")?,
        _ => measure(below)?,
    };
    (per != amount).then_some(Strength { amount, per: StrengthPer::Measure(per) })
}

/// A length of time, in whole seconds.
pub fn span(quantity: &Quantity<'_>) -> Option<Span> {
    let of = |value: Exact, unit: &str| value.checked_mul(Exact::whole(Span::unit_seconds(unit)?));
    let seconds = read(quantity, of, |_| false)?;
    (seconds.denominator() == 1 && seconds.is_positive()).then(|| Span(seconds.numerator()))
}
