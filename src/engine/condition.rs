//! One evaluator for the conditions of every kind of rule: holds, fails, unknown.

use crate::clinical::chart::Entry;
use crate::engine::bound::Bound;
use crate::engine::condition_allergy;
use crate::engine::condition_drug;
use crate::engine::condition_node::{Node, Say};
use crate::engine::condition_patient;
use crate::engine::condition_record;
use crate::engine::finding::{GapKind, Role};
use crate::engine::limits::CONDITION_DEPTH_MAX;
use crate::pack::ids::{ConditionId, NONE};
use crate::pack::rule_tables::ConditionKind as Kind;
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
    pub kind: GapKind,
    /// What is missing, as a person would say it: `potassium within 7 days`, `weight`, `daily dose of simvastatin`.
    pub words: String,
}

/// Answers a condition. Never fails: what the chart does not say is `Unknown`, with the datum named.
///
/// `all`, `any` and `not` follow Kleene: what decides without the unknown part decides. `NONE` asks nothing and holds.
/// When `notes` is given, every node asked is written into it, as `condition: value found -> truth`; without it nothing
/// is allocated for the trace.
pub fn evaluate(situation: &Situation<'_, '_>, condition: ConditionId, notes: Option<&mut Vec<String>>) -> Verdict {
    if condition.0 == NONE {
        return Verdict::of(true);
    }
    let mut notes = notes;
    ask(situation, condition.0, CONDITION_DEPTH_MAX, &mut notes)
}

/// What in this patient made a condition hold, in words with values (`potassium 5.6 mmol/L on 2026-01-10`, `age 78 years`,
/// `takes omeprazole`), in the order in which the rule asks. Empty for one that does not hold.
pub fn describe(situation: &Situation<'_, '_>, condition: ConditionId) -> Vec<String> {
    let mut facts = Vec::new();
    if condition.0 == NONE {
        return facts;
    }
    if is_leaf(situation, condition.0) || evaluate(situation, condition, None).truth == Truth::Holds {
        gather(situation, condition.0, Truth::Holds, CONDITION_DEPTH_MAX, &mut facts);
    }
    facts
}

impl Verdict {
    /// A plain answer.
    pub fn of(holds: bool) -> Verdict {
        Verdict { truth: if holds { Truth::Holds } else { Truth::Fails }, missing: SmallVec::new() }
    }

    /// Unknown, for want of a datum.
    pub fn missing(entry: Entry, kind: GapKind, words: String) -> Verdict {
        Verdict { truth: Truth::Unknown, missing: SmallVec::from_iter([Missing { entry, kind, words }]) }
    }

    /// Both must hold.
    pub(in crate::engine) fn and(mut self, other: Verdict) -> Verdict {
        match (self.truth, other.truth) {
            (Truth::Fails, _) | (_, Truth::Holds) => self,
            (_, Truth::Fails) | (Truth::Holds, _) => other,
            (Truth::Unknown, Truth::Unknown) => {
                self.gather(other);
                self
            }
        }
    }

    /// One must hold.
    pub(in crate::engine) fn or(mut self, other: Verdict) -> Verdict {
        match (self.truth, other.truth) {
            (Truth::Holds, _) | (_, Truth::Fails) => self,
            (_, Truth::Holds) | (Truth::Fails, _) => other,
            (Truth::Unknown, Truth::Unknown) => {
                self.gather(other);
                self
            }
        }
    }

    fn negated(mut self) -> Verdict {
        self.truth = self.truth.negated();
        self
    }

    fn gather(&mut self, other: Verdict) {
        for missing in other.missing {
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
        }
    }
}

impl Truth {
    /// The word in a trace.
    pub fn word(self) -> &'static str {
        match self {
            Truth::Holds => "holds",
            Truth::Fails => "fails",
            Truth::Unknown => "unknown",
        }
    }

    fn negated(self) -> Truth {
        match self {
            Truth::Holds => Truth::Fails,
            Truth::Fails => Truth::Holds,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

fn ask(situation: &Situation<'_, '_>, row: u32, depth: u32, notes: &mut Option<&mut Vec<String>>) -> Verdict {
    let pack = situation.bound.pack;
    let node = Node::at(pack, row).filter(|_| depth > 0);
    // INVARIANT: `verify` proves every condition in range and no deeper than this; unknown is what is left to say.
    let Some(node) = node else { return Verdict { truth: Truth::Unknown, missing: SmallVec::new() } };
    let mut found = String::new();
    let verdict = match node.kind {
        Kind::All => {
            let mut verdict = Verdict::of(true);
            for child in node.children(pack) {
                verdict = verdict.and(ask(situation, *child, depth - 1, notes));
                if verdict.truth == Truth::Fails && notes.is_none() {
                    break;
                }
            }
            verdict
        }
        Kind::Any => {
            let mut verdict = Verdict::of(false);
            for child in node.children(pack) {
                verdict = verdict.or(ask(situation, *child, depth - 1, notes));
                if verdict.truth == Truth::Holds && notes.is_none() {
                    break;
                }
            }
            verdict
        }
        Kind::Not => match node.children(pack) {
            [child] => ask(situation, *child, depth - 1, notes).negated(),
            _ => Verdict { truth: Truth::Unknown, missing: SmallVec::new() },
        },
        _ => leaf(situation, &node, &mut if notes.is_some() { Say::into(&mut found) } else { Say::nothing() }),
    };
    if let Some(notes) = notes {
        let written = node.written(pack);
        let found = if found.is_empty() { "" } else { &format!(" {found}") };
        notes.push(format!("{written}:{found} -> {}", verdict.truth.word()));
    }
    verdict
}

/// One room to a group of questions: about the drugs, the patient's body, the record, the allergy.
fn leaf(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    match node.kind {
        Kind::All | Kind::Any | Kind::Not => Verdict { truth: Truth::Unknown, missing: SmallVec::new() },
        Kind::Age
        | Kind::Sex
        | Kind::Weight
        | Kind::Clearance
        | Kind::Egfr
        | Kind::Dialysis
        | Kind::AcuteKidneyInjury
        | Kind::Pregnant
        | Kind::Gestation
        | Kind::Breastfeeding => condition_patient::answer(situation, node, say),
        Kind::Lab | Kind::LabKnown | Kind::Problem | Kind::Taking | Kind::AllergyTo | Kind::Indication => {
            condition_record::answer(situation, node, say)
        }
        Kind::Reaction
        | Kind::AllergyKind
        | Kind::Criticality
        | Kind::Verification
        | Kind::ReactionSeverity
        | Kind::Tolerated => condition_allergy::answer(situation, node, say),
        _ => condition_drug::answer(situation, node, say),
    }
}

/// Whether a node asks the chart itself.
fn is_leaf(situation: &Situation<'_, '_>, row: u32) -> bool {
    let kind = situation.bound.pack.raw().conditions.kinds.get(row as usize);
    kind.is_some_and(|k| ![Kind::All, Kind::Any, Kind::Not].iter().any(|inner| *inner as u8 == *k))
}

/// Gathers the words of the leaves that made a node come out as it did; a leaf that came out otherwise says nothing.
fn gather(situation: &Situation<'_, '_>, row: u32, truth: Truth, depth: u32, facts: &mut Vec<String>) {
    let pack = situation.bound.pack;
    let Some(node) = Node::at(pack, row).filter(|_| depth > 0) else { return };
    match node.kind {
        Kind::All | Kind::Any => {
            for child in node.children(pack) {
                if is_leaf(situation, *child) || ask(situation, *child, depth - 1, &mut None).truth == truth {
                    gather(situation, *child, truth, depth - 1, facts);
                }
            }
        }
        Kind::Not => {
            if let [child] = node.children(pack) {
                gather(situation, *child, truth.negated(), depth - 1, facts);
            }
        }
        _ => {
            let mut found = String::new();
            let answer = leaf(situation, &node, &mut Say::into(&mut found));
            if answer.truth == truth && !found.is_empty() && !facts.contains(&found) {
                facts.push(found);
            }
        }
    }
}
