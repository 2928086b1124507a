//! One evaluator for the conditions of every kind of rule: holds, fails, unknown.

use crate::clinical::chart::Entry;
use crate::engine::bound::Bound;
use crate::engine::finding::Role;
use crate::pack::ids::ConditionId;
use smallvec::SmallVec;

/// What a condition says. A modifier that quiets a rule needs `Holds`; one that worsens it also acts on `Unknown` where
/// the rule says so, with a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// The chart does not say.
    Unknown,
}

/// For whom a condition is asked.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'b, 'a> {
    /// The chart, bound.
    pub bound: &'b Bound<'a>,
    /// The participants: indexes of `bound.exposures`, in the order of the rule's slots (pair: object, precipitant).
    pub participants: &'b [u32],
    /// Their roles.
    pub roles: &'b [Role],
    /// Which of the participants is the one being ordered (or asked about): index into `participants`.
    pub ordered: usize,
    /// The allergy, for allergy rules: index of `bound.allergies`.
    pub allergy: Option<u32>,
    /// The ingredient in question, by participant (the part of a combination product that meets the rule).
    pub ingredients: &'b [crate::pack::ids::IngredientId],
}

/// The answer to a condition, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub truth: Truth,
    /// What was missing, when unknown.
    pub missing: SmallVec<[Missing; 1]>,
}

/// A datum that a condition wanted and the chart does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The entry it would belong to.
    pub entry: Entry,
    /// `Missing`, `UnitMismatch` or `DoseUnknown`.
    pub kind: crate::engine::finding::GapKind,
    /// What is missing, as a person would say it: `potassium within 7 days`, `weight`, `daily dose of simvastatin`.
    pub words: String,
}

/// Answers a condition. Never fails: what the chart does not say is `Unknown`, with the datum named.
///
/// When `notes` is given, every node asked is written into it, as `condition: value found -> truth`; without it nothing
/// is allocated for the trace.
pub fn evaluate(situation: &Situation<'_, '_>, condition: ConditionId, notes: Option<&mut Vec<String>>) -> Verdict {
    let _ = (situation, condition, notes);
    Verdict { truth: Truth::Unknown, missing: SmallVec::new() }
}
