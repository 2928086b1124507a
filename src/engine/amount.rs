//! The dose of an exposure for one of its ingredients: its regimen, the strength of the part, the form, the body.

use crate::clinical::chart::{Chart, Patient};
use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::quantity::{Measure, Strength};
use crate::clinical::regimen::{Amounts, Body, Conversion, DoseTrouble, Given, Instruction, amounts};
use crate::engine::bound::{Added, Bound, Exposure};
use crate::engine::change::instructed;
use crate::pack::ids::IngredientId;
use crate::pack::part::Part;
use std::rc::Rc;

/// What an exposure adds up to for one of its ingredients, from its first record that says how it is taken.
///
/// Two salts of the ingredient in one product add up. In a product of several ingredients only a dose counted in pieces
/// or by volume says how much of each is given; a dose by mass does not say of which.
///
/// # Errors
/// As `regimen::amounts`; `NoDose` when no record has instructions, `Units` for a dose by mass of several ingredients.
///
/// Worked out once for each exposure and ingredient, however many limits and conditions ask.
pub fn amounts_of(
    bound: &Bound<'_>,
    exposure: &Exposure,
    ingredient: IngredientId,
) -> Result<Rc<Amounts>, DoseTrouble> {
    let Some(&first) = exposure.records.first() else { return Err(DoseTrouble::NoDose) };
    let mut known = bound.amounts.borrow_mut();
    if let Some(added) = known.iter().find(|a| a.record == first && a.ingredient == ingredient) {
        return added.amounts.clone();
    }
    let amounts = work_out(bound, exposure, ingredient).map(Rc::new);
    known.push(Added { record: first, ingredient, amounts: amounts.clone() });
    amounts
}

fn work_out(bound: &Bound<'_>, exposure: &Exposure, ingredient: IngredientId) -> Result<Amounts, DoseTrouble> {
    let record = instructed(bound.chart, exposure).ok_or(DoseTrouble::NoDose)?;
    if record.regimen.instructions.is_empty() {
        return Err(DoseTrouble::NoDose);
    }
    let others = exposure.parts.iter().any(|p| p.ingredient != ingredient);
    if others && record.regimen.instructions.iter().any(weighed) {
        return Err(DoseTrouble::Units);
    }
    let conversion = Conversion { strength: strength(exposure, ingredient), thing: thing(exposure) };
    amounts(&record.regimen, &conversion, &bound.body)
}

/// Weight and body surface of the patient. The surface is the one that was sent, else worked out from height and weight
/// (Mosteller: the root of height in cm times weight in kg over 3600), rounded down to a whole square millimetre.
pub fn body(chart: &Chart) -> Body {
    let patient = &chart.patient;
    let (kind, weight) = patient.weighed().map(|(kind, w)| (kind, w.value)).unzip();
    let sent = patient.surface.map(|m| m.value).filter(|s| s.is_positive());
    let surface = sent.or_else(|| mosteller(patient));
    Body { weight, kind: kind.unwrap_or_default(), ideal: patient.ideal_weight(), surface }
}

fn mosteller(patient: &Patient) -> Option<Exact> {
    let (grams, millimetres) = (patient.weighed()?.1.value, patient.height?.value);
    let product = grams.checked_mul(millimetres).filter(|p| p.is_positive())?;
    // In square millimetres: the root of g * mm * 1,000,000 / 36.
    let under = i128::from(product.numerator()).checked_mul(1_000_000)? / (36 * i128::from(product.denominator()));
    i64::try_from(under.checked_isqrt()?).ok().map(Exact::whole)
}

fn weighed(instruction: &Instruction) -> bool {
    let mass = |m: &Measure| !matches!(m, Measure::Count(..) | Measure::Volume(_));
    instruction.given.iter().any(|given| match given {
        Given::Dose { low, high } => mass(&low.measure) || mass(&high.measure),
        Given::Rate { low, high } => mass(&low.dose.measure) || mass(&high.dose.measure),
        Given::Unreadable { .. } => false,
    })
}

fn strength(exposure: &Exposure, ingredient: IngredientId) -> Option<Strength> {
    let mut parts = exposure.parts.iter().filter(|p| p.ingredient == ingredient);
    let first = parts.next()?.strength?;
    parts.try_fold(first, plus)
}

fn plus(sum: Strength, part: &Part) -> Option<Strength> {
    let more = part.strength.filter(|s| s.per == sum.per)?;
    let total = sum.amount.exact().checked_add(more.amount.exact()).filter(|_| sum.amount.mixes_with(more.amount))?;
    let amount = sum.amount.with_exact(total);
    Some(Strength { amount, per: sum.per })
}

fn thing(exposure: &Exposure) -> Option<crate::clinical::quantity::Thing> {
    Form::ALL.get(exposure.form as usize).map(|f| f.thing())
}
