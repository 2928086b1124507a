//! Codes that stand for others: packages of a product, retired codes, concepts below a named one.

use crate::clinical::code::System;
use crate::source::tree::{Written, WrittenCode};

/// Codes that mean what another code means: packages of a product, retired codes, narrower concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The code that is defined elsewhere.
    pub means: WrittenCode,
    /// As what they mean it.
    pub sense: Sense,
    /// The system of the codes; one that packs.
    pub system: System,
    /// The codes, packed.
    pub codes: Vec<Written<u64>>,
}

/// As what a code is read: in an order, on the problem list, as what somebody is allergic to, as what an allergy did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// A drug.
    Drug,
    /// A problem.
    Problem,
    /// An allergen.
    Allergen,
    /// A manifestation.
    Reaction,
}

impl Sense {
    /// Every sense.
    pub const ALL: [Sense; 4] = [Sense::Drug, Sense::Problem, Sense::Allergen, Sense::Reaction];

    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Sense::Drug => "drug",
            Sense::Problem => "problem",
            Sense::Allergen => "allergen",
            Sense::Reaction => "reaction",
        }
    }
}
