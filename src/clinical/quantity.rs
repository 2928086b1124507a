//! Exact amounts and the units they may be written in; units that cannot mix; conversions that refuse.

use crate::clinical::exact::Exact;
use serde::{Deserialize, Serialize};
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
    /// A unit that does not say what: `1`, `EA`, `{pill}`, `dose`. Fits a product taken in whole pieces by mouth.
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
    /// Base units in one of it, and the dimension.
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
