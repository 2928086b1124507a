//! Sums of dose: what one ingredient adds up to over the exposures that are taken together, in the salt a rule speaks of.

use crate::clinical::chart::Setting;
use crate::clinical::exact::Exact;
use crate::clinical::quantity::Measure;
use crate::clinical::regimen::{Amounts, Bounds, DoseTrouble};
use crate::engine::amount::amounts_of;
use crate::engine::bound::{Bound, Exposure};
use crate::engine::drug_set;
use crate::engine::scope::adds_up;
use crate::pack::ids::{IngredientId, NONE16};
use crate::pack::read::Pack;
use smallvec::SmallVec;

/// One exposure by one ingredient, as one dose rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct Dosed<'b, 'a> {
    /// The chart, bound.
    pub bound: &'b Bound<'a>,
    /// Index of `bound.exposures`.
    pub exposure: u32,
    /// Which of its ingredients.
    pub ingredient: IngredientId,
    /// Row of the dose table.
    pub row: usize,
}

/// What an ingredient adds up to, over one exposure or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What this exposure alone has of it at its worst.
    pub own: Measure,
    /// What is scheduled, over all of them.
    pub scheduled: Measure,
    /// The most that may be taken, every PRN at its most.
    pub worst: Measure,
    /// The other exposures that were added.
    pub with: SmallVec<[u32; 4]>,
    /// Why some other exposure could not be added: the sum is at least so much.
    pub left_out: SmallVec<[(u32, DoseTrouble); 1]>,
}

impl<'b> Dosed<'b, '_> {
    /// The exposure.
    pub fn exposure(&self) -> &'b Exposure {
        &self.bound.exposures[self.exposure as usize]
    }

    /// Bounds of this exposure alone, in the rule's salt.
    ///
    /// # Errors
    /// `Units` when the fraction of a salt is not known; `TooLarge` when the numbers do not fit.
    pub fn alone(&self, pack: &Pack, bounds: &Bounds) -> Result<Sum, DoseTrouble> {
        let factor = basis(pack, self.row, self.exposure(), self.ingredient).ok_or(DoseTrouble::Units)?;
        let convert = |m: Measure| m.times(factor).ok_or(DoseTrouble::TooLarge);
        let worst = convert(bounds.worst)?;
        let scheduled = convert(bounds.scheduled)?;
        Ok(Sum { own: worst, scheduled, worst, with: SmallVec::new(), left_out: SmallVec::new() })
    }

    /// The sum over every exposure to the ingredient that is taken at the same time, by what `of` picks of its amounts.
    ///
    /// Counted are those that the rule's set holds and, when this one reaches the whole body, those that do too. What this
    /// order replaces or renews is not; nor is the alternative: both only when needed, by different routes; nor what stands on
    /// the list of another place, which a hospital goes through one by one: there the duplicate check asks.
    ///
    /// # Errors
    /// As [`Dosed::alone`], for this exposure; trouble of another one is `left_out`.
    pub fn together(
        &self,
        pack: &Pack,
        bounds: &Bounds,
        of: impl Fn(&Amounts) -> Option<Bounds>,
    ) -> Result<Sum, DoseTrouble> {
        let mut sum = self.alone(pack, bounds)?;
        for other in (0u32..).take(self.bound.exposures.len()) {
            if !self.counts(pack, other) {
                continue;
            }
            let dosed = Dosed { exposure: other, ..*self };
            let theirs = amounts_of(self.bound, dosed.exposure(), self.ingredient)
                .and_then(|a| of(&a).ok_or_else(|| a.timing_trouble.clone().unwrap_or(DoseTrouble::NoTiming)))
                .and_then(|b| dosed.alone(pack, &b));
            match theirs {
                Ok(theirs) => {
                    match (sum.scheduled.checked_add(theirs.scheduled), sum.worst.checked_add(theirs.worst)) {
                        (Some(scheduled), Some(worst)) => {
                            (sum.scheduled, sum.worst) = (scheduled, worst);
                            sum.with.push(other);
                        }
                        _ => sum.left_out.push((other, DoseTrouble::Units)),
                    }
                }
                Err(trouble) => sum.left_out.push((other, trouble)),
            }
        }
        Ok(sum)
    }

    fn counts(&self, pack: &Pack, other: u32) -> bool {
        let (own, theirs) = (self.exposure(), &self.bound.exposures[other as usize]);
        if other == self.exposure || !theirs.holds(self.ingredient) || !adds_up(self.bound, self.exposure, other) {
            return false;
        }
        if apart(own.setting, theirs.setting) {
            return false;
        }
        let routes = !own.routes.is_unknown() && !theirs.routes.is_unknown() && !own.routes.meets(theirs.routes);
        if routes && own.as_needed && theirs.as_needed {
            return false;
        }
        let set = pack.raw().doses.sets.get(self.row).copied().unwrap_or(0);
        drug_set::matches(pack, set, theirs, self.ingredient)
            || (own.routes.may_be_systemic() && theirs.routes.may_be_systemic())
    }
}

/// Whether one is given in hospital and the other belongs to a home or clinic list, as both records say.
fn apart(a: Setting, b: Setting) -> bool {
    let elsewhere = |s: Setting| matches!(s, Setting::Home | Setting::Outpatient | Setting::Discharge);
    a == Setting::Inpatient && elsewhere(b) || b == Setting::Inpatient && elsewhere(a)
}

/// What an amount of an exposure is multiplied by to be in the salt of a rule's limits: one, where they are meant as
/// labelled or the salts are the same. `None` when a fraction is not known.
fn basis(pack: &Pack, row: usize, exposure: &Exposure, ingredient: IngredientId) -> Option<Exact> {
    let wanted = pack.raw().doses.salts.get(row).copied().unwrap_or(NONE16);
    let mut salts = exposure.parts.iter().filter(|p| p.ingredient == ingredient).map(|p| p.salt);
    let salt = salts.next().unwrap_or(NONE16);
    if wanted == NONE16 || salt == wanted && salts.clone().all(|s| s == wanted) {
        return Some(Exact::ONE);
    }
    if salts.any(|s| s != salt) {
        return None;
    }
    fraction(pack, salt)?.checked_div(fraction(pack, wanted)?)
}

/// The base's fraction of a salt's mass; one for the base itself.
fn fraction(pack: &Pack, salt: u16) -> Option<Exact> {
    if salt == NONE16 {
        return Some(Exact::ONE);
    }
    let table = &pack.raw().ingredients;
    let above = *table.salt_fraction_numerators.get(usize::from(salt))?;
    let below = *table.salt_fraction_denominators.get(usize::from(salt))?;
    Exact::ratio(above, below).filter(|f| f.is_positive())
}
