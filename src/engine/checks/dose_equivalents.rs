//! Equivalents: what several ingredients add up to in a day, each by the factor of its route, over everything that is taken
//! at the same time (morphine equivalents).

use crate::clinical::exact::Exact;
use crate::clinical::quantity::Measure;
use crate::clinical::regimen::{Bounds, DoseTrouble};
use crate::engine::amount::amounts_of;
use crate::engine::bound::Exposure;
use crate::engine::checks::dose_sums::{Dosed, Sum};
use crate::engine::drug_set;
use crate::engine::scope;
use crate::pack::ids::{IngredientId, NONE};
use crate::pack::part::Part;
use crate::pack::read::Pack;
use smallvec::SmallVec;
use std::ops::Range;

/// Whether a dose rule (a row of the dose table) adds several ingredients up.
pub fn adds_up(pack: &Pack, row: usize) -> bool {
    !each(pack, row).is_empty()
}

/// Whether such a rule was asked for an exposure already, by an earlier part: it counts all parts at once.
pub fn is_counted(pack: &Pack, row: usize, earlier: &[Part]) -> bool {
    let rows = &pack.raw().doses.by_ingredient;
    let asked = |p: &Part| rows.row(p.ingredient.index()).iter().any(|r| *r as usize == row);
    adds_up(pack, row) && earlier.iter().any(asked)
}

/// What they add up to, in words (`oral morphine`); empty for a rule about one drug.
pub fn of(pack: &Pack, row: usize) -> &str {
    match pack.raw().doses.equivalent_words.get(row) {
        Some(of) if *of != NONE => pack.text(*of),
        _ => "",
    }
}

/// The sum over an exposure and all that is taken beside it and has a factor.
///
/// Counted as in the sum of one drug: not what the order replaces or renews; of one drug only when needed by two routes, the
/// alternative is not. What cannot be worked out is left out, and said.
///
/// # Errors
/// Why the exposure itself cannot be counted.
pub fn sum(pack: &Pack, dosed: &Dosed<'_, '_>) -> Result<Sum, DoseTrouble> {
    let own = one(pack, dosed, dosed.exposure()).unwrap_or(Err(DoseTrouble::NoFactor))?;
    let mut sum = Sum {
        own: own.worst,
        scheduled: own.scheduled,
        worst: own.worst,
        with: SmallVec::new(),
        left_out: SmallVec::new(),
    };
    for (other, exposure) in (0u32..).zip(&dosed.bound.exposures) {
        let beside = other != dosed.exposure && scope::adds_up(dosed.bound, dosed.exposure, other);
        if !beside || is_alternative(dosed.exposure(), exposure) {
            continue;
        }
        match one(pack, dosed, exposure) {
            None => {}
            Some(Err(trouble)) => sum.left_out.push((other, trouble)),
            Some(Ok(theirs)) => {
                match (sum.scheduled.checked_add(theirs.scheduled), sum.worst.checked_add(theirs.worst)) {
                    (Some(scheduled), Some(worst)) => {
                        (sum.scheduled, sum.worst) = (scheduled, worst);
                        sum.with.push(other);
                    }
                    _ => sum.left_out.push((other, DoseTrouble::TooLarge)),
                }
            }
        }
    }
    Ok(sum)
}

/// The equivalents of a rule.
fn each(pack: &Pack, row: usize) -> Range<usize> {
    let starts = &pack.raw().doses.equivalent_starts;
    match (starts.get(row), starts.get(row + 1)) {
        (Some(from), Some(to)) => *from as usize..*to as usize,
        _ => 0..0,
    }
}

/// The same drug only when needed, by another route: one or the other.
fn is_alternative(a: &Exposure, b: &Exposure) -> bool {
    let routes = !a.routes.is_unknown() && !b.routes.is_unknown() && !a.routes.meets(b.routes);
    routes && a.as_needed && b.as_needed && a.parts.iter().any(|p| b.holds(p.ingredient))
}

/// What a day of one exposure counts; `None` when none of its ingredients adds up here, or only by routes that stay local.
fn one(pack: &Pack, dosed: &Dosed<'_, '_>, exposure: &Exposure) -> Option<Result<Bounds, DoseTrouble>> {
    let mut total: Option<Bounds> = None;
    for (n, part) in exposure.parts.iter().enumerate() {
        if exposure.parts[..n].iter().any(|p| p.ingredient == part.ingredient) {
            continue;
        }
        let counted = match factor(pack, dosed.row, exposure, part.ingredient) {
            None => continue,
            Some(factor) => factor.and_then(|factor| weighted(dosed, exposure, part.ingredient, factor)),
        };
        total = match (total, counted) {
            (_, Err(trouble)) => return Some(Err(trouble)),
            (None, Ok(own)) => Some(own),
            (Some(sum), Ok(own)) => match added(&sum, &own) {
                Some(sum) => Some(sum),
                None => return Some(Err(DoseTrouble::TooLarge)),
            },
        };
    }
    total.map(Ok)
}

/// The factor of an ingredient by the routes of its exposure, the largest of several routes.
fn factor(
    pack: &Pack,
    row: usize,
    exposure: &Exposure,
    ingredient: IngredientId,
) -> Option<Result<Exact, DoseTrouble>> {
    let doses = &pack.raw().doses;
    let (mut known, mut least, mut most) = (false, None::<Exact>, None::<Exact>);
    for n in each(pack, row) {
        let set = doses.equivalent_sets.get(n).copied().unwrap_or(NONE);
        known |= pack.raw().drug_sets.members.row(set as usize).binary_search(&ingredient.0).is_ok();
        if !drug_set::matches(pack, set, exposure, ingredient) {
            continue;
        }
        let ratio = doses.equivalent_numerators.get(n).zip(doses.equivalent_denominators.get(n));
        let Some(found) = ratio.and_then(|(above, below)| Exact::ratio(*above, *below)) else { continue };
        least = Some(least.map_or(found, |least| least.min(found)));
        most = Some(most.map_or(found, |most| most.max(found)));
    }
    match most {
        Some(_) if exposure.routes.is_unknown() && least != most => Some(Err(DoseTrouble::NoRoute)),
        Some(most) => Some(Ok(most)),
        None if known && exposure.routes.may_be_systemic() => Some(Err(DoseTrouble::NoFactor)),
        None => None,
    }
}

/// A day of an ingredient, in masses of the equivalent.
fn weighted(
    dosed: &Dosed<'_, '_>,
    exposure: &Exposure,
    ingredient: IngredientId,
    factor: Exact,
) -> Result<Bounds, DoseTrouble> {
    let amounts = amounts_of(dosed.bound, exposure, ingredient)?;
    let daily = amounts.daily.ok_or_else(|| amounts.timing_trouble.clone().unwrap_or(DoseTrouble::NoTiming))?;
    if !matches!(daily.worst, Measure::Mass(_)) {
        return Err(DoseTrouble::Units);
    }
    let times = |m: Measure| m.times(factor).ok_or(DoseTrouble::TooLarge);
    Ok(Bounds { expected: times(daily.expected)?, scheduled: times(daily.scheduled)?, worst: times(daily.worst)? })
}

fn added(a: &Bounds, b: &Bounds) -> Option<Bounds> {
    Some(Bounds {
        expected: a.expected.checked_add(b.expected)?,
        scheduled: a.scheduled.checked_add(b.scheduled)?,
        worst: a.worst.checked_add(b.worst)?,
    })
}
