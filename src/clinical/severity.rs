//! Severity, seriousness, evidence, management, loudness: five different things, never one number.

use serde::{Deserialize, Serialize};

/// How bad the harm would be if nobody acted. Declared mildest first, so that `max` is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Severity {
    /// Rarely felt, needs no change.
    Minor,
    /// May worsen the patient's condition or need a change of therapy.
    Moderate,
    /// May threaten life or leave lasting damage, or needs medical intervention.
    Major,
    /// Should not be done at all.
    Contraindicated,
}

/// Whether the harm can kill, disable, or bring into hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Seriousness {
    /// No source says, and that is stated.
    Unknown,
    /// It cannot.
    NotSerious,
    /// It can.
    Serious,
}

/// How sure we are that the harm is caused so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Evidence {
    /// Expected from pharmacology alone.
    Theoretical,
    /// Case reports or conflicting studies.
    Suspected,
    /// Good studies, or a label warning with data.
    Probable,
    /// Proven in well-controlled studies, or contraindicated by label.
    Established,
}

/// The operational classification of what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Management {
    /// No special precautions.
    NoPrecautions,
    /// Assess the risk and take action if necessary.
    Assess,
    /// Use only if the benefit outweighs the risk.
    BenefitMustOutweigh,
    /// Avoid the combination.
    Avoid,
}

/// How a finding may be shown. Decided by the pack's policy table in `engine::settle`, so that records, scorecards and
/// rehearsals know it too; `hooks::cards` only spells it as a CDS Hooks `indicator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Loudness {
    /// Shown where the clinician may look; does not interrupt.
    Passive,
    /// May stop the clinician's work.
    Interruptive,
}

/// For whom a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Audience {
    /// Prescribers and pharmacists.
    Both,
    /// Who writes the order.
    Prescriber,
    /// Who verifies it.
    Pharmacist,
}

/// The question a rule answers, and the kind of every finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Question {
    /// Two or more drugs together.
    Interaction,
    /// A drug against the recorded allergies.
    Allergy,
    /// The amount, rate, frequency or duration.
    Dose,
    /// The same drug or class twice.
    Duplicate,
    /// A drug against a problem, age, pregnancy, lactation or laboratory value.
    Contraindication,
}

impl Question {
    /// All questions, in the order in which a screening asks them.
    pub const ALL: [Question; 5] =
        [Question::Interaction, Question::Allergy, Question::Dose, Question::Duplicate, Question::Contraindication];

    /// The word used in rules, cards and extensions.
    pub const fn word(self) -> &'static str {
        match self {
            Question::Interaction => "interaction",
            Question::Allergy => "allergy",
            Question::Dose => "dose",
            Question::Duplicate => "duplicate",
            Question::Contraindication => "contraindication",
        }
    }
}

macro_rules! words {
    ($type:ty, $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// The word used in rules, cards and extensions.
            pub fn word(self) -> &'static str {
                match self { $(<$type>::$variant => $word),+ }
            }

            /// The value behind a word; `None` when no such word exists.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(<$type>::$variant),)+ _ => None }
            }

            /// Every word, mildest first.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The value behind its `repr(u8)` number, as packs store it; `None` out of range.
            pub fn from_ordinal(n: u8) -> Option<Self> {
                [$(<$type>::$variant),+].into_iter().find(|v| *v as u8 == n)
            }
        }
    };
}

words!(Severity, Minor = "minor", Moderate = "moderate", Major = "major", Contraindicated = "contraindicated");
words!(Seriousness, Unknown = "unknown", NotSerious = "not-serious", Serious = "serious");
words!(
    Evidence,
    Theoretical = "theoretical",
    Suspected = "suspected",
    Probable = "probable",
    Established = "established"
);
words!(
    Management,
    NoPrecautions = "none",
    Assess = "assess",
    BenefitMustOutweigh = "benefit-must-outweigh",
    Avoid = "avoid"
);
words!(Loudness, Passive = "passive", Interruptive = "interruptive");
words!(Audience, Both = "both", Prescriber = "prescriber", Pharmacist = "pharmacist");
