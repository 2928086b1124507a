//! From a dose as written to an amount of one ingredient: body first, then strength; and when to refuse.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate, Measure, PerBody, Strength, StrengthPer, Thing};
use crate::clinical::regimen::{Body, Conversion, DoseTrouble};

/// What a dose is in the ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// So much with each giving.
    AtOnce(Measure),
    /// So much in each hour it is worn (patches, rings).
    EachHour(Measure),
}

impl Conversion {
    /// The ingredient in a dose.
    ///
    /// - For each kilogram or square metre: times the body's.
    /// - A mass, activity, equivalents or moles: as it stands, whatever the strength. One exception: a mass of a product
    ///   that is applied (cream, gel) and whose strength is by mass is a mass of that product.
    /// - A volume: by a strength per volume. A count: by a strength per piece of the same thing, where `Each` fits any
    ///   product given in whole pieces, and never a vial, pen, inhaler, bottle or tube.
    /// - A count of patches or rings with a strength per hour is an amount in each hour.
    ///
    /// # Errors
    /// `NoWeight`, `NoSurface`, `NoStrength`, `NotCountable`, `Units` or `TooLarge`.
    pub fn of_dose(&self, dose: Dose, body: &Body) -> Result<Delivered, DoseTrouble> {
        let measure = for_body(dose, body)?;
        match (measure, self.strength) {
            (Measure::Count(count, thing), Some(strength)) => self.of_count(count.exact(), thing, strength),
            (Measure::Count(_, thing), None) => {
                let fits = self.thing.is_none_or(|piece| piece == Thing::Each || fits(thing, piece));
                Err(if fits { DoseTrouble::NoStrength } else { DoseTrouble::NotCountable })
            }
            (Measure::Volume(_), None) => Err(DoseTrouble::NoStrength),
            (Measure::Volume(_), Some(strength)) => by_strength(measure, strength).map(Delivered::AtOnce),
            (Measure::Mass(_), Some(strength)) if self.is_mass_of_product(strength) => {
                by_strength(measure, strength).map(Delivered::AtOnce)
            }
            _ => Ok(Delivered::AtOnce(measure)),
        }
    }

    /// The ingredient that a rate brings in each hour.
    ///
    /// # Errors
    /// As `of_dose`; `Units` for a rate counted in pieces, or over no time.
    pub fn of_rate(&self, rate: DoseRate, body: &Body) -> Result<Measure, DoseTrouble> {
        if rate.dose.measure.thing().is_some() || !rate.seconds.is_positive() {
            return Err(DoseTrouble::Units);
        }
        let Delivered::AtOnce(measure) = self.of_dose(rate.dose, body)? else { return Err(DoseTrouble::Units) };
        let hours = Exact::whole(3_600).checked_div(rate.seconds).ok_or(DoseTrouble::TooLarge)?;
        measure.times(hours).ok_or(DoseTrouble::TooLarge)
    }

    fn is_mass_of_product(&self, strength: Strength) -> bool {
        self.thing == Some(Thing::Application) && matches!(strength.per, StrengthPer::Measure(Measure::Mass(_)))
    }

    fn of_count(&self, count: Exact, thing: Thing, strength: Strength) -> Result<Delivered, DoseTrouble> {
        let (per, piece) = match strength.per {
            StrengthPer::Measure(Measure::Count(per, piece)) => (per.exact(), piece),
            StrengthPer::Hour => {
                let piece = self.thing.unwrap_or(Thing::Patch);
                if !matches!(piece, Thing::Patch | Thing::Suppository) || !fits(thing, piece) {
                    return Err(DoseTrouble::NotCountable);
                }
                let hourly = strength.amount.times(count).ok_or(DoseTrouble::TooLarge)?;
                return Ok(Delivered::EachHour(hourly));
            }
            // A piece measured by volume or mass: how much of it one piece holds is not known.
            StrengthPer::Measure(_) if matches!(thing, Thing::Drop | Thing::Application) => {
                return Err(DoseTrouble::Units);
            }
            StrengthPer::Measure(_) => return Err(DoseTrouble::NotCountable),
        };
        let product_is_whole = self.thing.is_none_or(|product| product == Thing::Each || is_whole(product));
        if thing != piece && !(thing == Thing::Each && is_whole(piece) && product_is_whole) {
            return Err(DoseTrouble::NotCountable);
        }
        let pieces = if per == Exact::ONE { Some(count) } else { count.checked_div(per) };
        let amount = pieces.and_then(|n| strength.amount.times(n)).ok_or(DoseTrouble::TooLarge)?;
        Ok(Delivered::AtOnce(amount))
    }
}

/// Whether one of a thing is given as a whole, so that "1 each" can mean nothing else.
fn is_whole(thing: Thing) -> bool {
    matches!(thing, Thing::Tablet | Thing::Capsule | Thing::Patch | Thing::Suppository | Thing::Lozenge | Thing::Packet)
}

fn fits(written: Thing, piece: Thing) -> bool {
    written == piece || (written == Thing::Each && is_whole(piece))
}

fn by_strength(measure: Measure, strength: Strength) -> Result<Measure, DoseTrouble> {
    let StrengthPer::Measure(per) = strength.per else { return Err(DoseTrouble::Units) };
    if !measure.mixes_with(per) {
        return Err(DoseTrouble::Units);
    }
    let times = measure.divided_by(per).ok_or(DoseTrouble::TooLarge)?;
    strength.amount.times(times).ok_or(DoseTrouble::TooLarge)
}

fn for_body(dose: Dose, body: &Body) -> Result<Measure, DoseTrouble> {
    let (base, whole) = match dose.per {
        PerBody::Whole => return Ok(dose.measure),
        PerBody::Kilogram => (body.weight.ok_or(DoseTrouble::NoWeight)?, 1_000),
        PerBody::SquareMetre => (body.surface.ok_or(DoseTrouble::NoSurface)?, 1_000_000),
    };
    let factor = base.checked_div(Exact::whole(whole)).ok_or(DoseTrouble::TooLarge)?;
    dose.measure.times(factor).ok_or(DoseTrouble::TooLarge)
}
