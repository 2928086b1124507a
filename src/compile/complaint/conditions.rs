//! Complaints about conditions: K0430 to K0449.

use crate::diagnostic::quote::{list, quote};
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Lab, Name};

/// K0430: a condition reads the patient, and nothing says what happens when the datum is missing.
///
/// Why it is refused: silence about a missing potassium must be a decision, not an accident.
/// Write instead: `missing`: worst, ask or ignore.
pub fn missing_unsaid(span: Span, place: &str, datum: &str) -> Diagnostic {
    Diagnostic::error("K0430", format!("this {place} does not say what happens when {datum} is missing"))
        .label(span, "reads the patient")
        .help("add `missing = \"worst\"` (assume the worst), `\"ask\"` (a gap) or `\"ignore\"` beside `when`")
}

/// K0431: a unit that a laboratory value cannot be converted from.
///
/// Why it is refused: the comparison could never be made.
/// Write instead: the unit of the lab, or one of its `convert` table.
pub fn unit_unknown(lab: &Lab, unit: &Name) -> Diagnostic {
    let known = std::iter::once(lab.unit.value.as_str()).chain(lab.convert.iter().map(|(u, _)| u.value.as_str()));
    let message = format!("lab {} cannot be compared in {}", quote(&lab.name.value), quote(&unit.value));
    Diagnostic::error("K0431", message)
        .label(unit.span, "not a unit of this lab")
        .help(format!("write one of {}, or add the unit to `convert`", list(known)))
}

/// K0432: a condition that cannot be asked in this kind of rule.
///
/// Why it is refused: what it reads does not exist there.
/// Write instead: the condition in a rule of the right kind.
pub fn asked_elsewhere(span: Span, asked: &str, belongs: &str) -> Diagnostic {
    Diagnostic::error("K0432", format!("{} can be asked only in {belongs} rules", quote(asked)))
        .label(span, "not here")
        .help(format!("move it to a rule of kind {belongs}, or ask something else"))
}

/// K0433: a condition about somebody who is not in the rule.
///
/// Why it is refused: there is no such participant to ask.
/// Write instead: `of` with a participant this rule has.
pub fn nobody_asked(span: Span, of: &str, allowed: &str) -> Diagnostic {
    Diagnostic::error("K0433", format!("`of = {of}` names nobody in this rule"))
        .label(span, "there is no such participant")
        .help(format!("write one of {allowed}"))
}

/// K0434: a comparison that nothing meets.
///
/// Why it is refused: the condition would never hold.
/// Write instead: the lower end first, and numbers a patient can have.
pub fn range_empty(span: Span, written: &str) -> Diagnostic {
    Diagnostic::error("K0434", format!("nothing meets {}", quote(written)))
        .label(span, "no value lies there")
        .help("write the lower end first, and numbers that can be")
}

/// K0435: conditions nested too deep.
///
/// Why it is refused: nobody could read them, and a pack holds at most 32 levels.
/// Write instead: a class, a second rule, or fewer levels.
pub fn too_deep(span: Span, most: u8) -> Diagnostic {
    Diagnostic::error("K0435", format!("conditions are nested deeper than {most}"))
        .label(span, "this one")
        .help("write fewer levels, or a second rule")
}

/// K0436: a condition that asks nothing.
///
/// Why it is refused: it would always hold, or never.
/// Write instead: what is to be asked; a modifier without a condition is the rule itself.
pub fn asks_nothing(span: Span) -> Diagnostic {
    Diagnostic::error("K0436", "this condition asks nothing")
        .label(span, "empty")
        .help("write what is to be asked, or leave `when` out")
}

/// K0437: a number too large or too fine to be kept exactly.
///
/// Why it is refused: numbers are exact, and this one does not fit.
/// Write instead: a rounder number.
pub fn number_unfit(span: Span) -> Diagnostic {
    Diagnostic::error("K0437", "this number cannot be kept exactly in the unit of its lab")
        .label(span, "too large or too fine after conversion")
        .help("write it in the unit of the lab, or round it")
}

/// K0438: a dose compared in a unit none of the drug's products is measured in.
///
/// Why it is refused: the comparison could never be made.
/// Write instead: the unit of the products' strengths.
pub fn dose_unit_unfit(span: Span, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("K0438", format!("a dose in {wanted} cannot be compared with products in {found}"))
        .label(span, format!("in {wanted}"))
        .help(format!("write it in {found}, or add products with a strength in {wanted}"))
}
