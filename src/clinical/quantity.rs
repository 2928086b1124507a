//! Exact amounts, doses, rates and strengths: units that cannot mix, and arithmetic that refuses instead of guessing.

use crate::clinical::exact::Exact;
use crate::clinical::time::Span;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::marker::PhantomData;

/// An exact amount of one dimension, in that dimension's base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Amount<D> {
    exact: Exact,
    dimension: PhantomData<D>,
}

/// Mass of substance; base unit the nanogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mass {}
/// Volume; base unit the microlitre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Volume {}
/// International (and USP) units of activity; base unit the unit. One drug's unit is never another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {}
/// Charge equivalents; base unit the milliequivalent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Equivalents {}
/// Amount of substance; base unit the millimole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moles {}
/// Things counted: tablets, puffs, patches; base unit one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Things {}

impl<D> Amount<D> {
    /// An amount in the base unit.
    pub const fn new(exact: Exact) -> Amount<D> {
        Amount { exact, dimension: PhantomData }
    }

    /// The number of base units.
    pub fn exact(self) -> Exact {
        self.exact
    }
}

/// What kind of thing is counted. A count of one kind says nothing of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Thing {
    /// A unit that does not say what: `1`, `EA`, `{pill}`, `dose`. Fits a product given in whole pieces.
    Each,
    /// Tablets of any make.
    Tablet,
    /// Capsules.
    Capsule,
    /// Patches.
    Patch,
    /// Puffs, sprays, actuations, inhalations.
    Actuation,
    /// Drops.
    Drop,
    /// Suppositories, vaginal tablets and rings.
    Suppository,
    /// Lozenges and films.
    Lozenge,
    /// Sachets and packets.
    Packet,
    /// Vials, ampoules, bags.
    Vial,
    /// Pens and prefilled syringes.
    Syringe,
    /// Applications of a cream or gel.
    Application,
}

impl Thing {
    /// Every kind, in the order of their numbers in a pack.
    pub const ALL: [Thing; 12] = [
        Thing::Each,
        Thing::Tablet,
        Thing::Capsule,
        Thing::Patch,
        Thing::Actuation,
        Thing::Drop,
        Thing::Suppository,
        Thing::Lozenge,
        Thing::Packet,
        Thing::Vial,
        Thing::Syringe,
        Thing::Application,
    ];

    /// The kind of this number; `None` when there is none.
    pub fn from_ordinal(number: u8) -> Option<Thing> {
        Thing::ALL.get(usize::from(number)).copied()
    }
}

/// An amount whose dimension is known only at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// A mass.
    Mass(Amount<Mass>),
    /// A volume.
    Volume(Amount<Volume>),
    /// Units of activity.
    Activity(Amount<Activity>),
    /// Equivalents.
    Equivalents(Amount<Equivalents>),
    /// Moles.
    Moles(Amount<Moles>),
    /// A count of things.
    Count(Amount<Things>, Thing),
}

/// By what part of the body an amount is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum PerBody {
    /// As it stands.
    Whole,
    /// For each kilogram of weight.
    Kilogram,
    /// For each square metre of body surface.
    SquareMetre,
}

/// An amount for one giving: `5 mg`, `10 mg/kg`, `1000 mg/m2`, `2 tablets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dose {
    /// How much.
    pub measure: Measure,
    /// For each kilogram or square metre, or as it stands.
    pub per: PerBody,
}

/// A dose that runs over time: `4 ug/kg/min`, `75 mL/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DoseRate {
    /// How much in each period.
    pub dose: Dose,
    /// The period, in seconds.
    pub seconds: Exact,
}

/// What a product holds: `500 mg / 1 tablet`, `2 mg / 1 mL`, `25 ug / 1 h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Strength {
    /// The amount of the ingredient ...
    pub amount: Measure,
    /// ... in this much of the product.
    pub per: StrengthPer,
}

/// What a strength is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StrengthPer {
    /// So much of the product (one tablet, one millilitre, one gram).
    Measure(Measure),
    /// Released in each hour (patches, rings).
    Hour,
}

/// The unit of a dose as written, with its size: what a table of spellings says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanograms in one of it.
    Mass(Exact),
    /// Microlitres in one of it.
    Volume(Exact),
    /// Units in one of it.
    Activity(Exact),
    /// Milliequivalents in one of it.
    Equivalents(Exact),
    /// Millimoles in one of it.
    Moles(Exact),
    /// A thing counted.
    Count(Thing),
}

impl Measure {
    /// An amount in a unit as written; `None` when the unit is not in the table, the value is below nothing, or it does
    /// not fit.
    pub fn of(value: Exact, unit: &str) -> Option<Measure> {
        if value < Exact::ZERO {
            return None;
        }
        Some(match Unit::parse(unit)? {
            Unit::Mass(size) => Measure::Mass(Amount::new(value.checked_mul(size)?)),
            Unit::Volume(size) => Measure::Volume(Amount::new(value.checked_mul(size)?)),
            Unit::Activity(size) => Measure::Activity(Amount::new(value.checked_mul(size)?)),
            Unit::Equivalents(size) => Measure::Equivalents(Amount::new(value.checked_mul(size)?)),
            Unit::Moles(size) => Measure::Moles(Amount::new(value.checked_mul(size)?)),
            Unit::Count(thing) => Measure::Count(Amount::new(value), thing),
        })
    }

    /// A small number for the dimension: 0 mass (ng), 1 volume (uL), 2 activity (units), 3 mEq, 4 mmol, 5 count.
    pub fn dimension(self) -> u8 {
        match self {
            Measure::Mass(_) => 0,
            Measure::Volume(_) => 1,
            Measure::Activity(_) => 2,
            Measure::Equivalents(_) => 3,
            Measure::Moles(_) => 4,
            Measure::Count(..) => 5,
        }
    }

    /// The number of base units.
    pub fn exact(self) -> Exact {
        match self {
            Measure::Mass(a) => a.exact(),
            Measure::Volume(a) => a.exact(),
            Measure::Activity(a) => a.exact(),
            Measure::Equivalents(a) => a.exact(),
            Measure::Moles(a) => a.exact(),
            Measure::Count(a, _) => a.exact(),
        }
    }

    /// What is counted; `None` when it is no count.
    pub fn thing(self) -> Option<Thing> {
        match self {
            Measure::Count(_, thing) => Some(thing),
            _ => None,
        }
    }

    /// A measure from its numbers, as `dimension` and `exact` give them. The thing is read for counts alone; `None` for
    /// a dimension above 5.
    pub fn from_parts(dimension: u8, thing: Thing, exact: Exact) -> Option<Measure> {
        Some(match dimension {
            0 => Measure::Mass(Amount::new(exact)),
            1 => Measure::Volume(Amount::new(exact)),
            2 => Measure::Activity(Amount::new(exact)),
            3 => Measure::Equivalents(Amount::new(exact)),
            4 => Measure::Moles(Amount::new(exact)),
            5 => Measure::Count(Amount::new(exact), thing),
            _ => return None,
        })
    }

    /// The same kind of measure with another number of base units.
    pub fn with_exact(self, exact: Exact) -> Measure {
        match self {
            Measure::Mass(_) => Measure::Mass(Amount::new(exact)),
            Measure::Volume(_) => Measure::Volume(Amount::new(exact)),
            Measure::Activity(_) => Measure::Activity(Amount::new(exact)),
            Measure::Equivalents(_) => Measure::Equivalents(Amount::new(exact)),
            Measure::Moles(_) => Measure::Moles(Amount::new(exact)),
            Measure::Count(_, thing) => Measure::Count(Amount::new(exact), thing),
        }
    }

    /// Whether two measures may be added and compared: one dimension and, for counts, one thing.
    pub fn mixes_with(self, other: Measure) -> bool {
        self.dimension() == other.dimension() && self.thing() == other.thing()
    }

    /// Which is more; `None` when the units cannot mix.
    pub fn compare(self, other: Measure) -> Option<Ordering> {
        self.mixes_with(other).then(|| self.exact().cmp(&other.exact()))
    }

    /// The sum; `None` when the units cannot mix or it does not fit.
    pub fn checked_add(self, other: Measure) -> Option<Measure> {
        if !self.mixes_with(other) {
            return None;
        }
        self.exact().checked_add(other.exact()).map(|sum| self.with_exact(sum))
    }

    /// So many times as much; `None` when it does not fit.
    pub fn times(self, factor: Exact) -> Option<Measure> {
        self.exact().checked_mul(factor).map(|product| self.with_exact(product))
    }

    /// How many times the other goes into it; `None` when the units cannot mix, or the other is nothing.
    pub fn divided_by(self, other: Measure) -> Option<Exact> {
        if !self.mixes_with(other) {
            return None;
        }
        self.exact().checked_div(other.exact())
    }

    /// Nothing, of the same kind.
    pub fn zero_like(self) -> Measure {
        self.with_exact(Exact::ZERO)
    }
}

impl Dose {
    /// A dose in a unit as written: one of the table, alone or for each `kg` or `m2`, with or without a closing `dose`
    /// (`mg/kg`, `mg/m2`, `mL/kg`, `mg/kg/dose`).
    ///
    /// `None` for any other unit, a value below nothing, a count for each kilogram, or what does not fit.
    pub fn of(value: Exact, unit: &str) -> Option<Dose> {
        let unit = unit.trim();
        let unit = unit.strip_suffix("/dose").or_else(|| unit.strip_suffix("/{dose}")).unwrap_or(unit);
        // Units are short: a search made for long texts costs more.
        let slash = unit.bytes().position(|b| b == b'/');
        let (unit, per) = match slash.map(|at| (&unit[..at], &unit[at + 1..])) {
            None => (unit, PerBody::Whole),
            Some((unit, "kg")) => (unit, PerBody::Kilogram),
            Some((unit, "m2" | "m\u{b2}")) => (unit, PerBody::SquareMetre),
            Some(_) => return None,
        };
        let measure = Measure::of(value, unit)?;
        (per == PerBody::Whole || measure.thing().is_none()).then_some(Dose { measure, per })
    }
}

impl DoseRate {
    /// A rate in a unit as written: a dose unit over a unit of time (`mg/h`, `mL/h`, `ml/hr`, `ug/kg/min`, `mg/kg/d`).
    ///
    /// `None` for any other unit, a value below nothing, or what does not fit.
    pub fn of(value: Exact, unit: &str) -> Option<DoseRate> {
        let (unit, time) = unit.trim().rsplit_once('/')?;
        let seconds = Exact::whole(Span::unit_seconds(time)?);
        Some(DoseRate { dose: Dose::of(value, unit)?, seconds })
    }
}

/// Body surface in square millimetres, rounded down to a whole one, from weight in grams and height in millimetres.
///
/// The square root of height in centimetres times weight in kilograms over 3600, in square metres (Mosteller RD.
/// Simplified calculation of body-surface area. N Engl J Med 1987;317:1098). `None` unless both are above nothing, or
/// when it does not fit.
pub fn mosteller(weight_g: Exact, height_mm: Exact) -> Option<Exact> {
    if !weight_g.is_positive() || !height_mm.is_positive() {
        return None;
    }
    // cm times kg over 3600 is g times mm over 36,000,000; and a square metre is 10^6 mm², squared under the root.
    let above = u128::from(weight_g.numerator().unsigned_abs())
        .checked_mul(u128::from(height_mm.numerator().unsigned_abs()))?
        .checked_mul(250_000)?;
    let below = u128::from(weight_g.denominator().unsigned_abs())
        .checked_mul(u128::from(height_mm.denominator().unsigned_abs()))?
        .checked_mul(9)?;
    i64::try_from((above / below).isqrt()).ok().map(Exact::whole)
}
