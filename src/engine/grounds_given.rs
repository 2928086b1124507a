//! How a drug is given, as [`grounds`](crate::engine::grounds) write it where its amounts cannot be worked out: by numbers
//! and words of our own. Overrides are kept by it for weeks, so it must not change with the names of our types.

use crate::clinical::chart::{AllergyKind, Criticality, ReactionSeverity, Verification};
use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate, Measure, PerBody, Strength, StrengthPer};
use crate::clinical::regimen::{Given, Instruction};

/// A word and numbers, each behind a blank; several times quicker than `write!`, and a finding has many.
pub fn push_numbers(line: &mut String, word: &str, numbers: &[i64]) {
    line.push_str(word);
    for number in numbers {
        line.push(' ');
        line.push_str(itoa::Buffer::new().format(*number));
    }
}

/// An exact number: numerator and denominator.
fn push_exact(line: &mut String, word: &str, exact: Exact) {
    push_numbers(line, word, &[exact.numerator(), exact.denominator()]);
}

/// The dimension, of counts the thing, and the number of base units.
pub fn push_measure(line: &mut String, word: &str, measure: Measure) {
    push_numbers(line, word, &[i64::from(measure.dimension())]);
    // Pieces without a known strength: of what, the form says.
    push_numbers(line, "", measure.thing().map(|thing| thing as i64).as_slice());
    push_exact(line, "", measure.exact());
}

/// The strength of a part: so much in so much of the product.
pub fn push_strength(line: &mut String, strength: Option<Strength>) {
    let Some(Strength { amount, per }) = strength else { return line.push_str(" strength unsaid") };
    push_measure(line, " strength", amount);
    match per {
        StrengthPer::Measure(per) => push_measure(line, " in", per),
        StrengthPer::Hour => line.push_str(" in an hour"),
    }
}

fn push_dose(line: &mut String, word: &str, dose: Dose) {
    push_measure(line, word, dose.measure);
    line.push_str(match dose.per {
        PerBody::Whole => "",
        PerBody::Kilogram => " a kilogram",
        PerBody::SquareMetre => " a square metre",
    });
}

fn push_rate(line: &mut String, word: &str, rate: DoseRate) {
    push_dose(line, word, rate.dose);
    push_exact(line, " in seconds", rate.seconds);
}

/// An instruction as written, without its dates, its sequence and its route; its words in one case and spacing.
pub fn push_instruction(line: &mut String, instruction: &Instruction) {
    let timing = &instruction.timing;
    line.push_str(" |");
    for given in &instruction.given {
        match given {
            Given::Dose { low, high } => {
                push_dose(line, " dose", *low);
                push_dose(line, " to", *high);
            }
            Given::Rate { low, high } => {
                push_rate(line, " rate", *low);
                push_rate(line, " to", *high);
            }
            Given::Unreadable { words } => {
                line.push_str(" unreadable ");
                push_words(line, words);
            }
        }
    }
    let mut range = |word: &str, range: Option<(Exact, Exact)>| {
        if let Some((low, high)) = range {
            push_exact(line, word, low);
            push_exact(line, " to", high);
        }
    };
    range(" times", timing.frequency);
    range(" period", timing.period);
    push_numbers(line, " events", &[i64::from(timing.events_per_day), i64::from(timing.days_of_week)]);
    if let Some((low, high)) = timing.count {
        push_numbers(line, " count", &[i64::from(low), i64::from(high)]);
    }
    if let Some((dose, span)) = instruction.max_per_period {
        push_dose(line, " at most", dose);
        push_numbers(line, " in", &[span.0]);
    }
    if let Some(dose) = instruction.max_per_administration {
        push_dose(line, " at once", dose);
    }
    line.push(' ');
    push_words(line, instruction.text.as_deref().unwrap_or(""));
}

/// Words in one case and spacing, a blank behind each.
pub fn push_words(line: &mut String, words: &str) {
    for word in words.split_whitespace() {
        line.push_str(&word.to_lowercase());
        line.push(' ');
    }
}

/// How severe a reaction was, in a word.
pub fn severity(severity: Option<ReactionSeverity>) -> &'static str {
    match severity {
        None => "unsaid",
        Some(ReactionSeverity::Mild) => "mild",
        Some(ReactionSeverity::Moderate) => "moderate",
        Some(ReactionSeverity::Severe) => "severe",
    }
}

/// Allergy or intolerance, in a word.
pub fn kind(kind: Option<AllergyKind>) -> &'static str {
    match kind {
        None => "unsaid",
        Some(AllergyKind::Allergy) => "allergy",
        Some(AllergyKind::Intolerance) => "intolerance",
    }
}

/// The potential for harm, in a word.
pub fn criticality(criticality: Option<Criticality>) -> &'static str {
    match criticality {
        None => "unsaid",
        Some(Criticality::Low) => "low",
        Some(Criticality::High) => "high",
        Some(Criticality::Unassessable) => "unassessable",
    }
}

/// How sure an allergy is, in a word.
pub fn verification(verification: Verification) -> &'static str {
    match verification {
        Verification::Unsaid => "unsaid",
        Verification::Confirmed => "confirmed",
        Verification::Unconfirmed => "unconfirmed",
        Verification::Refuted => "refuted",
        Verification::EnteredInError => "entered-in-error",
    }
}
