//! What a screening says: findings, gaps, and what was checked. Clear means no findings AND no gaps.

use crate::clinical::chart::{Entry, List};
use crate::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Seriousness, Severity};
use crate::clinical::time::Moment;
use crate::pack::ids::RuleId;
use crate::pack::read::Pack;
use crate::pack::stamp::PackStamp;

/// What one pack says about one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening<'p> {
    /// Which pack answered.
    pub pack: &'p PackStamp,
    /// As of when.
    pub as_of: Moment,
    /// Loudest and worst first; ties by question, rule name and participants.
    pub findings: Vec<Finding<'p>>,
    /// In order of entry and kind.
    pub gaps: Vec<Gap>,
    /// What was checked, item by item.
    pub checked: Matrix,
    /// Every rule considered and why it fired or not; empty unless asked for.
    pub trace: Vec<TraceLine<'p>>,
}

/// One detected issue: two or more participants (or one drug and what in the patient it meets).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'p> {
    /// Which question it answers.
    pub question: Question,
    /// The rule that speaks.
    pub rule: RuleRef<'p>,
    /// Other rules that fired for the same participants (or the same order and effect), louder first.
    pub also: Vec<RuleRef<'p>>,
    /// How bad.
    pub severity: Severity,
    /// Whether it can kill, disable or hospitalise.
    pub seriousness: Seriousness,
    /// Whether it may interrupt.
    pub loudness: Loudness,
    /// What to do, in one word.
    pub management: Management,
    /// How sure.
    pub evidence: Evidence,
    /// For whom.
    pub audience: Audience,
    /// The effect that adds up, if any: its name.
    pub effect: Option<&'p str>,
    /// For allergies: the tier word (`same-ingredient`, `identical-side-chain` ...).
    pub tier: Option<&'static str>,
    /// The orders in hand that caused it (medication entries); empty for existing-only findings.
    pub orders: Vec<Entry>,
    /// Who takes part, the ordered one first.
    pub participants: Vec<Participant<'p>>,
    /// What in this patient drove it, in words, in the order in which the rule asked.
    pub drivers: Vec<String>,
    /// Where the words of the rule stand.
    pub words: WordsOf<'p>,
    /// Days an override may quiet it.
    pub override_days: u16,
    /// Whether an override may ever quiet it.
    pub never_silence: bool,
    /// Its identity: rule and version, participants' codes, dose bucket, drivers. Same finding, same key.
    pub key: String,
}

/// A rule by its lasting name and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleRef<'p> {
    /// Its identity.
    pub id: &'p str,
    /// Its version.
    pub version: u32,
}

/// One participant of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant<'p> {
    /// Its part.
    pub role: Role,
    /// The entry it stands for.
    pub entry: Entry,
    /// Other records folded into the same exposure.
    pub folded: Vec<Entry>,
    /// Name of the ingredient (or allergen, or problem) that takes part.
    pub name: &'p str,
    /// The RxCUI of the ingredient; 0 when it has none or is no drug.
    pub rxcui: u32,
}

/// The part a participant plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The drug affected.
    Object,
    /// The drug affecting.
    Precipitant,
    /// Neither, or both.
    Mutual,
    /// The drug judged alone (dose, contraindication) or against an allergy.
    Drug,
    /// The recorded allergy.
    Allergen,
    /// The problem that forbids.
    Problem,
}

/// Where the words of a finding stand: looked up when they are read, since most findings are settled and never spelled out.
#[derive(Clone, Copy)]
pub enum WordsOf<'p> {
    /// In a pack: those of a rule and an outcome, with the actions for the side that is being ordered.
    Pack(&'p Pack, RuleId, u32, &'p [u32]),
    /// The words themselves.
    Are(&'p Words<'p>),
}

impl PartialEq for WordsOf<'_> {
    fn eq(&self, other: &WordsOf<'_>) -> bool {
        self.spelt() == other.spelt()
    }
}

impl Eq for WordsOf<'_> {}

impl std::fmt::Debug for WordsOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spelt().fmt(f)
    }
}

/// The words of a rule, borrowed from the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'p> {
    /// Title of the rule.
    pub title: &'p str,
    /// The risk, in a few words.
    pub risk: &'p str,
    /// The action, in a few words.
    pub advice: &'p str,
    /// What may happen.
    pub consequence: &'p str,
    /// How.
    pub mechanism: &'p str,
    /// What to do, in order.
    pub actions: Texts<'p>,
    /// Who says so.
    pub sources: Texts<'p>,
    /// How often patients are exposed, in words.
    pub exposure_frequency: &'p str,
    /// How often harm follows, in words.
    pub harm_frequency: &'p str,
}

/// Several texts of a pack, looked up when they are read: most findings are settled and never spelled out.
#[derive(Clone, Copy)]
pub enum Texts<'p> {
    /// Ids of texts in their pack.
    Of(&'p Pack, &'p [u32]),
    /// The texts themselves.
    Are(&'p [&'p str]),
}

impl<'p> Texts<'p> {
    /// The texts, in order.
    pub fn iter(self) -> impl Iterator<Item = &'p str> {
        let (pack, ids, texts) = match self {
            Texts::Of(pack, ids) => (Some(pack), ids, &[][..]),
            Texts::Are(texts) => (None, &[][..], texts),
        };
        ids.iter().filter_map(move |id| pack.map(|p| p.text(*id))).chain(texts.iter().copied())
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Texts<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Texts<'_> {}

impl std::fmt::Debug for Texts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A check that could not be made, or a fact that could not be used. A clinician sees it; nothing swallows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The entry of the chart it is about.
    pub entry: Entry,
    /// What kind of gap.
    pub kind: GapKind,
    /// The code or words as sent, or the datum that is missing, as a person would read it.
    pub words: String,
    /// The rule that wanted it (by name), when one did; of several the first by name.
    pub rule: Option<String>,
    /// The other rules that wanted it, in order of name.
    pub also: Vec<String>,
    /// The orders (or drugs asked about) that it was wanted for, in order; empty when no rule asked.
    pub orders: Vec<Entry>,
    /// Whether it deserves a card of its own: the ordered drug is not identified, or a never-silence check was impossible.
    pub on_card: bool,
}

macro_rules! gap_kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// Why a check could not be made.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GapKind { $($(#[$doc])* $variant),+ }

        impl GapKind {
            /// The word in the response extension.
            pub fn word(self) -> &'static str {
                match self { $(GapKind::$variant => $word),+ }
            }

            /// Every kind.
            pub const ALL: &'static [GapKind] = &[$(GapKind::$variant),+];
        }
    };
}

gap_kinds! {
    /// The chart holds a code this pack does not know.
    UnknownCode = "unknown-code",
    /// A drug was recorded in words only.
    UncodedDrug = "uncoded-drug",
    /// An order names no drug at all.
    NoDrug = "no-drug",
    /// An allergy was recorded in words only.
    UncodedAllergy = "uncoded-allergy",
    /// An allergy was recorded with a code that names no substance ("drug allergy"); the words are quoted.
    GenericAllergy = "generic-allergy",
    /// A problem was recorded in words only.
    UncodedProblem = "uncoded-problem",
    /// The codings of one drug mean different drugs: all were screened.
    CodesDisagree = "codes-disagree",
    /// A condition of a rule needs a datum that the chart does not hold.
    Missing = "missing",
    /// A value came in a unit that does not convert to the rule's.
    UnitMismatch = "unit-mismatch",
    /// The dose of an order could not be worked out.
    DoseUnknown = "dose-unknown",
    /// The same drug is on file in another strength or schedule and nothing says whether this order replaces it.
    ReplacingOrAdding = "replacing-or-adding",
    /// A list was not sent.
    NotSent = "not-sent",
    /// The client failed to send a list.
    SourceFailed = "source-failed",
    /// A list is incomplete: further pages exist.
    Incomplete = "incomplete",
    /// An item is not shaped as FHIR shapes it.
    Malformed = "malformed",
    /// An item is about another patient and was not used.
    OtherPatient = "other-patient",
    /// A reference led nowhere.
    UnresolvedReference = "unresolved-reference",
    /// More entries than this release reads.
    TooMany = "too-many",
    /// Something was to be fetched from the client's FHIR server, and could not be.
    FetchFailed = "fetch-failed",
    /// Something was still being fetched when the answer was due; the whole answer may be had later.
    FetchLate = "fetch-late",
    /// Allergies were never asked for.
    AllergiesNotAsked = "allergies-not-asked",
    /// A check broke; it was caught, and the others still answer.
    CheckFailed = "check-failed",
}

/// What was checked: a row for each item, a column for each question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Rows in order of entry.
    pub rows: Vec<MatrixRow>,
}

/// One item of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The item.
    pub entry: Entry,
    /// For each question, in the order of `Question::ALL`.
    pub cells: [Cell; 5],
}

/// Whether a question was asked of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Asked and answered.
    Checked,
    /// The pack has no rule that speaks of it.
    NoRule,
    /// A rule speaks of it, and data is missing.
    DataMissing,
    /// The question does not arise (an allergy has no dose).
    NotApplicable,
    /// It is no drug, or was left out on purpose.
    Excluded,
}

impl Cell {
    /// Every cell, in the order of their declaration.
    pub const ALL: [Cell; 5] = [Cell::Checked, Cell::NoRule, Cell::DataMissing, Cell::NotApplicable, Cell::Excluded];

    /// The word in the response extension.
    pub const fn word(self) -> &'static str {
        match self {
            Cell::Checked => "checked",
            Cell::NoRule => "no-rule",
            Cell::DataMissing => "data-missing",
            Cell::NotApplicable => "not-applicable",
            Cell::Excluded => "excluded",
        }
    }
}

/// One line of a trace: a rule considered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine<'p> {
    /// The rule.
    pub rule: RuleRef<'p>,
    /// The entries it was considered for.
    pub entries: Vec<Entry>,
    /// `fired`, or `stopped`.
    pub fired: bool,
    /// Each condition as written, with the value found and what it came to.
    pub because: Vec<String>,
}

/// The list an entry belongs to, for gaps about whole lists.
pub fn list_word(list: List) -> &'static str {
    match list {
        List::Patient => "patient",
        List::Medications => "medications",
        List::Allergies => "allergies",
        List::Problems => "problems",
        List::Labs => "labs",
    }
}
