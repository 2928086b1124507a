//! A chart bound to a pack: exposures instead of records, ids instead of codes. Everything a check reads.

use crate::clinical::chart::{Chart, Entry, Setting, Standing};
use crate::clinical::regimen::{Amounts, Body, DoseTrouble};
use crate::clinical::route::RouteSet;
use crate::clinical::time::{Interval, Moment};
use crate::engine::condition_kidney::WorkedOut;
use crate::engine::finding::Gap;
use crate::pack::ids::{AllergenId, ClassId, IngredientId, LabId, ProblemId, ProductId, ReactionId};
use crate::pack::part::Part;
use crate::pack::read::Pack;
use smallvec::SmallVec;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// A chart bound to a pack.
#[derive(Debug)]
pub struct Bound<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// The chart.
    pub chart: &'a Chart,
    /// What the patient takes, took, will take, or is being ordered: folded, in canonical order (orders in hand first, by
    /// ingredients, product, reference), never in order of input.
    pub exposures: Vec<Exposure>,
    /// The allergies that count (refuted, resolved and mistaken ones are left out), in canonical order.
    pub allergies: Vec<BoundAllergy>,
    /// Problems the pack knows.
    pub problems: Vec<BoundProblem>,
    /// For each lab the pack knows and the chart holds, its latest value: (lab, index into `chart.labs`), ascending.
    pub labs: Vec<(LabId, u32)>,
    /// Weight and body surface, worked out once.
    pub body: Body,
    /// What binding could not do.
    pub gaps: Vec<Gap>,
    /// Who takes what, as far as conditions asked: each question goes through all exposures once, however many pairs ask it.
    pub taken: RefCell<SmallVec<[Taken; 2]>>,
    /// What exposures add up to, as far as limits and conditions asked; see `engine::amount`.
    pub amounts: RefCell<Vec<Added>>,
    /// The creatinine clearance, worked out once when a condition asks for it; `None` inside where it cannot be.
    pub clearance: OnceCell<Option<WorkedOut>>,
}

/// The answer to "who takes a drug of this set?".
#[derive(Clone, Debug)]
pub struct Taken {
    /// The set: a row of `drug_sets`.
    pub set: u32,
    /// How far back what has ended counts too.
    pub since: Option<Moment>,
    /// The exposures, in their order, each with the ingredient that belongs to the set.
    pub who: SmallVec<[(u32, IngredientId); 2]>,
}

/// What an exposure, known by its first record, adds up to for one of its ingredients.
#[derive(Clone, Debug)]
pub struct Added {
    /// Index of `chart.medications`.
    pub record: u32,
    /// The ingredient.
    pub ingredient: IngredientId,
    /// The amounts, or why there are none.
    pub amounts: Result<Rc<Amounts>, DoseTrouble>,
}

/// One drug the patient takes, took, or is to take, however many records tell of it.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The records folded into it, the one that says most first: indexes of `chart.medications`.
    pub records: SmallVec<[u32; 2]>,
    /// Its standing: the strongest of its records (in hand before draft before existing).
    pub standing: Standing,
    /// Its ingredients. Empty when it is unknown or excluded.
    pub parts: SmallVec<[Part; 2]>,
    /// Its product, where one is known.
    pub product: Option<ProductId>,
    /// It is no drug (saline, dressings).
    pub excluded: bool,
    /// No code of it is known: it was not checked.
    pub unknown: bool,
    /// Its routes: as instructed, else as the product is made for; unknown when neither says.
    pub routes: RouteSet,
    /// Its form, as `Form as u8`; 255 unknown.
    pub form: u8,
    /// When it is taken: open where nothing is said.
    pub interval: Interval,
    /// Where it stands in time.
    pub currency: Currency,
    /// Where.
    pub setting: Setting,
    /// What the order does; `Change::None` for what is on file.
    pub change: Change,
    /// Of what is on file: the order (index into `exposures`) that replaces it, because a record says so.
    pub replaced_by: Option<u32>,
    /// Taken only when needed: every instruction is.
    pub as_needed: bool,
    /// Given once.
    pub one_time: bool,
}

/// Where an exposure stands in time, as of the chart's moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Currency {
    /// Being taken (or ordered).
    Current,
    /// Meant for later.
    Future,
    /// Ended: it still counts where a rule looks back that far.
    Past,
    /// Not taken at all (cancelled, not taken, entered in error, a proposal): counts for nothing.
    Void,
}

/// What an order does to what is on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Change {
    /// Not an order in hand.
    None,
    /// Starts a drug.
    Start,
    /// Changes one that is taken (same id or `priorPrescription`, with another dose, strength or route).
    Modify,
    /// Goes on with one as it is.
    Renew,
    /// Stops one.
    Stop,
    /// Holds one.
    Hold,
    /// The same drug is on file and nothing says whether this replaces it.
    Unclear,
}

/// An allergy that counts.
#[derive(Clone, Debug)]
pub struct BoundAllergy {
    /// Index into `chart.allergies`.
    pub index: u32,
    /// What it is to, by every code that means something to the pack.
    pub allergens: SmallVec<[Allergen; 2]>,
    /// Its manifestations, where the pack knows them.
    pub reactions: SmallVec<[ReactionId; 2]>,
    /// Some manifestation is a severe delayed reaction: bypasses every de-escalation.
    pub severe_delayed: bool,
}

/// What an allergy is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allergen {
    /// An ingredient.
    Ingredient(IngredientId),
    /// A class.
    Class(ClassId),
    /// Something else.
    Other(AllergenId),
}

/// A problem the pack knows.
#[derive(Clone, Debug)]
pub struct BoundProblem {
    /// Index into `chart.problems`.
    pub index: u32,
    /// The problems it is, narrow and wide.
    pub problems: SmallVec<[ProblemId; 4]>,
}

impl Exposure {
    /// The entry findings and gaps about it point at.
    pub fn entry(&self) -> Entry {
        Entry::Medication(self.records.first().copied().unwrap_or(0))
    }

    /// Whether it holds an ingredient.
    pub fn holds(&self, ingredient: IngredientId) -> bool {
        self.parts.iter().any(|p| p.ingredient == ingredient)
    }
}
