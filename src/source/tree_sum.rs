//! What several drugs add up to, as written: each with the factor of its route.

use crate::clinical::exact::Exact;
use crate::source::tree::{DrugSet, Name, Written};

/// Ingredients that add up to an equivalent of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumOf {
    /// Of what: words for a card (`oral morphine`).
    pub of: Name,
    /// Each with its factor.
    pub each: Vec<Addend>,
}

/// What one of them counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addend {
    /// Which drugs, by which routes.
    pub drugs: DrugSet,
    /// How many milligrams of the equivalent one of its units counts.
    pub factor: Written<Exact>,
    /// Its unit is the microgram an hour; else the milligram.
    pub hourly: bool,
}
