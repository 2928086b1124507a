//! Kinds of body weight: how one came to be known, and which of them counts.

use crate::clinical::chart::{Measured, Patient};
use crate::clinical::exact::Exact;
use serde::{Deserialize, Serialize};

/// How a weight came to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum WeightKind {
    /// On a scale, or nobody says otherwise.
    #[default]
    Measured,
    /// Without the water that dialysis takes away.
    Dry,
    /// As the patient or somebody else says.
    Stated,
    /// As somebody guesses.
    Estimated,
    /// What it should be by height and sex. Never stands for the weight itself.
    Ideal,
}

/// The weights that were not simply measured, in grams, the latest of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Without the water that dialysis takes away.
    pub dry: Option<Measured>,
    /// As the patient or somebody else says.
    pub stated: Option<Measured>,
    /// As somebody guesses.
    pub estimated: Option<Measured>,
    /// What it should be.
    pub ideal: Option<Measured>,
}

impl WeightKind {
    /// The word before `weight`.
    pub fn word(self) -> &'static str {
        match self {
            WeightKind::Measured => "measured",
            WeightKind::Dry => "dry",
            WeightKind::Stated => "stated",
            WeightKind::Estimated => "estimated",
            WeightKind::Ideal => "ideal",
        }
    }

    /// `weight`, and of which kind where it is not simply measured.
    pub fn name(self) -> &'static str {
        match self {
            WeightKind::Measured => "weight",
            WeightKind::Dry => "dry weight",
            WeightKind::Stated => "stated weight",
            WeightKind::Estimated => "estimated weight",
            WeightKind::Ideal => "ideal weight",
        }
    }
}

impl Patient {
    /// The weight that counts: measured before dry, dry before what was stated or estimated, of these two the later. Never
    /// the ideal one, and none that is nothing.
    pub fn weighed(&self) -> Option<(WeightKind, Measured)> {
        let told = [(WeightKind::Stated, self.weights.stated), (WeightKind::Estimated, self.weights.estimated)];
        let told = told
            .into_iter()
            .filter_map(positive)
            .max_by_key(|(kind, weight)| (weight.on.map(|on| (on.earliest, on.latest)), std::cmp::Reverse(*kind)));
        let firm = [(WeightKind::Measured, self.weight), (WeightKind::Dry, self.weights.dry)];
        firm.into_iter().find_map(positive).or(told)
    }

    /// The ideal weight in grams, where one was sent.
    pub fn ideal_weight(&self) -> Option<Exact> {
        positive((WeightKind::Ideal, self.weights.ideal)).map(|(_, weight)| weight.value)
    }
}

fn positive((kind, weight): (WeightKind, Option<Measured>)) -> Option<(WeightKind, Measured)> {
    weight.filter(|w| w.value.is_positive()).map(|w| (kind, w))
}
