//! The docket: what the checks raise, ask for and mark while they read; ids only, words come when it is settled.

use crate::clinical::chart::Entry;
use crate::clinical::severity::Question;
use crate::engine::bound::{Allergen, Bound};
use crate::engine::condition::{Missing, Situation};
use crate::engine::finding::{Cell, Gap, GapKind, Role, TraceLine};
use crate::pack::ids::{IngredientId, ProblemId, RuleId};
use crate::pack::read::Pack;
use smallvec::SmallVec;

/// What the checks of one screening write down.
#[derive(Debug)]
pub struct Docket<'p> {
    /// The pack that answers.
    pub pack: &'p Pack,
    /// What was raised, in the order in which the checks came to it.
    pub raised: Vec<Raised>,
    /// What could not be checked.
    pub gaps: Vec<Gap>,
    /// For each exposure, what became of each question.
    pub cells: Vec<[Cell; 5]>,
    /// Every rule considered; `None` when nobody asked.
    pub trace: Option<Vec<TraceLine<'p>>>,
}

/// One rule that fired, before folding: everything by id.
#[derive(Clone, Debug)]
pub struct Raised {
    /// Which question.
    pub question: Question,
    /// Which rule.
    pub rule: RuleId,
    /// The outcome that its modifiers chose: a row of the outcome table.
    pub outcome: u32,
    /// The modifiers that hold, in written order: rows of the modifier table.
    pub held: SmallVec<[u32; 4]>,
    /// The exposures that take part, in the order of the rule's slots.
    pub takers: SmallVec<[Taker; 2]>,
    /// Which of the takers is the one asked about: index into `takers`.
    pub ordered: u8,
    /// The allergy that takes part: index of `bound.allergies`, and by which of its allergens.
    pub allergy: Option<(u32, Allergen)>,
    /// The problem that forbids: index of `chart.problems`, and which problem.
    pub problem: Option<(u32, ProblemId)>,
    /// Tier of an allergy rule; 255 otherwise.
    pub tier: u8,
    /// It may not interrupt, whatever the policy says: nothing in hand caused it, or only a PRN's worst case.
    pub quiet: bool,
    /// What the check itself has to say (doses), worst first.
    pub said: Vec<String>,
    /// The dose bucket: what was exceeded, in words that do not change with the amount; empty when no dose is judged.
    pub bucket: String,
}

/// An exposure that takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taker {
    /// Index of `bound.exposures`.
    pub exposure: u32,
    /// By which of its ingredients.
    pub ingredient: IngredientId,
    /// Its part.
    pub role: Role,
}

impl<'p> Docket<'p> {
    /// An empty docket for so many exposures.
    pub fn new(pack: &'p Pack, exposures: usize, tracing: bool) -> Docket<'p> {
        Docket {
            pack,
            raised: Vec::with_capacity(16),
            gaps: Vec::new(),
            cells: vec![[Cell::NotApplicable; 5]; exposures],
            trace: tracing.then(Vec::new),
        }
    }

    /// Marks what became of a question for an exposure. Missing data outweighs an answer, an answer outweighs no rule.
    pub fn mark(&mut self, exposure: u32, question: Question, cell: Cell) {
        let weight = |c: Cell| match c {
            Cell::NotApplicable => 0,
            Cell::NoRule => 1,
            Cell::Checked => 2,
            Cell::DataMissing => 3,
            Cell::Excluded => 4,
        };
        if let Some(row) = self.cells.get_mut(exposure as usize) {
            let place = &mut row[question as usize];
            if weight(cell) > weight(*place) {
                *place = cell;
            }
        }
    }

    /// A place for notes when a trace was asked for; nothing is allocated otherwise.
    pub fn notes(&self) -> Option<Vec<String>> {
        self.trace.is_some().then(Vec::new)
    }

    /// Says what a rule wanted and the chart does not hold. `stopped` tells that the rule could not speak for want of it.
    pub fn missing(&mut self, rule: RuleId, situation: &Situation<'_, '_>, missing: &[Missing], stopped: bool) {
        let on_card = stopped && self.never_silence(rule);
        let order = ordered_entry(situation);
        for datum in missing {
            self.wanted(rule, order, on_card, datum.clone());
        }
        if missing.is_empty() {
            let words = format!("what the rule `{}` asks for", self.pack.rule_name(rule));
            self.wanted(rule, order, on_card, Missing { entry: order, kind: GapKind::Missing, words });
        }
    }

    /// Says that a rule wanted a datum for an order.
    pub fn wanted(&mut self, rule: RuleId, order: Entry, on_card: bool, datum: Missing) {
        let rule = Some(self.pack.rule_name(rule).to_owned());
        let Missing { entry, kind, words } = datum;
        self.gaps.push(Gap { rule, orders: vec![order], ..Gap::new(entry, kind, words, on_card) });
    }

    /// Whether a rule may never be silenced.
    pub fn never_silence(&self, rule: RuleId) -> bool {
        self.pack.raw().rules.flags.get(rule.index()).is_some_and(|f| f & 1 == 1)
    }
}

impl Raised {
    /// A rule that fired for these takers, the one asked about at `ordered`.
    pub fn new(question: Question, rule: RuleId, outcome: u32, takers: &[Taker], ordered: usize) -> Raised {
        Raised {
            question,
            rule,
            outcome,
            held: SmallVec::new(),
            takers: SmallVec::from_slice(takers),
            ordered: u8::try_from(ordered).unwrap_or(0),
            allergy: None,
            problem: None,
            tier: u8::MAX,
            quiet: false,
            said: Vec::new(),
            bucket: String::new(),
        }
    }
}

/// The entry of the exposure a situation is about.
pub fn ordered_entry(situation: &Situation<'_, '_>) -> Entry {
    let asked = situation.participants.get(situation.ordered).or(situation.participants.first());
    asked.and_then(|i| situation.bound.exposures.get(*i as usize)).map_or(Entry::Patient, |e| e.entry())
}

/// Entries of some exposures.
pub fn entries(bound: &Bound<'_>, participants: &[u32]) -> Vec<Entry> {
    participants.iter().filter_map(|i| bound.exposures.get(*i as usize)).map(|e| e.entry()).collect()
}
