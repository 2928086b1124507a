//! RxNorm's normalized names of products, read back: ingredients with strengths, dose form, brand, and the parts of a pack.

use crate::clinical::exact::Exact;
use crate::import::dose_form::{DoseForm, dose_form_of};

/// A name taken apart. A pack has the parts of all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrugName<'a> {
    /// Ingredients in written order.
    pub parts: Vec<NamePart<'a>>,
    /// Dose forms: one, or those of the things in a pack.
    pub forms: Vec<&'static DoseForm>,
    /// Whether it is a pack.
    pub is_pack: bool,
    /// The brand in brackets.
    pub brand: Option<&'a str>,
}

/// One ingredient of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamePart<'a> {
    /// Its name, with whatever words RxNorm put in front of it.
    pub name: &'a str,
    /// Number and unit as written: `("5", "MG/ML")`.
    pub strength: Option<(&'a str, &'a str)>,
}

/// Quantities and durations that stand before the first ingredient: `12 HR`, `0.5 ML`, `200 ACTUAT`.
const QUALIFIERS: &[&str] = &["HR", "ML", "ACTUAT", "DAY", "MG", "APPLICATIONS", "BLISTER"];

/// Takes a name apart; never fails, but may find no form and no strengths.
pub fn read(name: &str) -> DrugName<'_> {
    let (name, brand) = match name.strip_suffix(']').and_then(|name| name.rsplit_once(" [")) {
        Some((name, brand)) => (name.trim_end(), Some(brand)),
        None => (name.trim_end(), None),
    };
    if let Some(inside) = name.strip_prefix('{') {
        let mut pack = DrugName { is_pack: true, brand, ..DrugName::default() };
        for one in in_parentheses(inside) {
            let one = read(one);
            if !one.forms.is_empty() {
                pack.parts.extend(one.parts);
                pack.forms.extend(one.forms);
            }
        }
        return pack;
    }
    let (before, form) = match dose_form_of(name) {
        Some((before, form)) => (before, Some(form)),
        None => (name, None),
    };
    let parts = unqualified(before).split(" / ").map(part).collect();
    DrugName { parts, forms: form.into_iter().collect(), is_pack: false, brand }
}

/// The texts between the outer parentheses of a pack.
fn in_parentheses(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            ')' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(text[start..at].trim());
                }
            }
            _ => {}
        }
    }
    found
}

/// A name without what stands before its first ingredient.
fn unqualified(mut name: &str) -> &str {
    loop {
        let mut words = name.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some(number), Some(unit), Some(rest)) if QUALIFIERS.contains(&unit) && is_number(number) => name = rest,
            (Some(first), Some(_), _) if is_application(first) => name = name[first.len()..].trim_start(),
            _ => return name,
        }
    }
}

/// `NDA021457`: a name that tells products of one strength apart by their applications.
fn is_application(word: &str) -> bool {
    let number = word.strip_prefix("NDA").or_else(|| word.strip_prefix("ANDA")).or_else(|| word.strip_prefix("BLA"));
    number.is_some_and(|n| n.len() >= 5 && n.bytes().all(|b| b.is_ascii_digit()))
}

fn part(text: &str) -> NamePart<'_> {
    let text = text.trim();
    let bare = NamePart { name: text, strength: None };
    let Some((before, unit)) = text.rsplit_once(' ') else { return bare };
    let Some((name, number)) = before.rsplit_once(' ') else { return bare };
    let is_unit = unit.bytes().all(|b| b.is_ascii_uppercase() || b == b'/' || b == b'%' || b == b'-');
    if is_unit && is_number(number) { NamePart { name: name.trim_end(), strength: Some((number, unit)) } } else { bare }
}

fn is_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit) && Exact::parse(word).is_some()
}

/// A strength as product tables write it: `5 mg / 1 tablet`. `None` where the unit is not one of ours or it is not certain
/// in how much of the product the amount is.
pub fn strength(number: &str, unit: &str, form: &DoseForm) -> Option<String> {
    let amount = Exact::parse(number).filter(|n| n.is_positive())?;
    let (amount_unit, per) = match unit.split_once('/') {
        Some((amount, per)) => (amount, Some(per)),
        None => (unit, None),
    };
    let word = match amount_unit {
        "MG" => "mg",
        "MCG" => "ug",
        "G" => "g",
        "UNT" => "units",
        "MEQ" => "mEq",
        "MMOL" => "mmol",
        _ => return None,
    };
    let number = number.trim_end_matches('.');
    match per {
        Some("ML") => Some(format!("{number} {word} / 1 mL")),
        Some("ACTUAT") => Some(format!("{number} {word} / 1 actuation")),
        Some("HR") if hourly(form) => Some(format!("{number} {word} / 1 h")),
        // So much in a milligram is a thousand times as much in a gram.
        Some("MG") => Some(format!("{} {word} / 1 g", decimal(amount.checked_mul(Exact::whole(1_000))?)?)),
        None => form.piece.map(|piece| format!("{number} {word} / 1 {piece}")),
        Some(_) => None,
    }
}

fn hourly(form: &DoseForm) -> bool {
    use crate::clinical::form::Form;
    matches!(form.form, Form::Patch | Form::VaginalRing)
}

/// An exact number as a decimal; `None` when it has none that ends.
fn decimal(value: Exact) -> Option<String> {
    let (mut below, mut scale) = (value.denominator(), 1i64);
    let mut places = 0usize;
    while below != 1 {
        scale = scale.checked_mul(10)?;
        places += 1;
        let whole = i128::from(value.numerator()) * i128::from(scale) % i128::from(value.denominator()) == 0;
        below = if whole { 1 } else { below };
        if places > 15 {
            return None;
        }
    }
    let digits = i128::from(value.numerator()) * i128::from(scale) / i128::from(value.denominator());
    if places == 0 {
        return Some(digits.to_string());
    }
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    Some(format!("{whole}.{fraction}"))
}
