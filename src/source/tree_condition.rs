//! A condition as written: what it asks, of whom, and where it stands.

use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::route::RouteSet;
use crate::diagnostic::report::Span;
use crate::source::tree::{DrugSet, Name};

/// A condition, and the words it was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it asks.
    pub test: Test,
    /// Where.
    pub span: Span,
}

/// A comparison with an exact number (base units of the thing compared), or an inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// 0 `<`, 1 `<=`, 2 `=`, 3 `>=`, 4 `>`, 5 range.
    pub operator: u8,
    /// The number, or the low end.
    pub low: Exact,
    /// The high end of a range (equal to `low` otherwise).
    pub high: Exact,
}

/// Whom a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// `ordered` (default).
    Ordered,
    /// `other`.
    Other,
    /// `object`.
    Object,
    /// `precipitant`.
    Precipitant,
    /// `first`.
    First,
    /// `any`.
    Any,
    /// `patient`.
    Patient,
    /// A slot by number, from 0, as the editor writes it too.
    Slot(u8),
}

/// What a condition asks. Field order follows the handbook; spans of times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is a word of the handbook, rules/README.md")]
pub enum Test {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Route {
        routes: RouteSet,
        of: About,
    },
    Form {
        forms: Vec<Form>,
        of: About,
    },
    /// Settings as `Setting as u8`.
    Setting {
        settings: Vec<u8>,
        of: About,
    },
    /// Comparison in base units of `dimension` (0 mass ng .. 5 count, as packs number them); `per_body` as `PerBody as u8`.
    Dose {
        span: DoseSpan,
        worst: bool,
        comparison: Comparison,
        dimension: u8,
        per_body: u8,
        of: About,
    },
    Duration {
        comparison: Comparison,
        of: About,
    },
    TakenFor {
        comparison: Comparison,
        of: About,
    },
    Overlap {
        comparison: Comparison,
    },
    /// Seconds before and after each giving of the others.
    Apart {
        before: i64,
        after: i64,
        of: About,
    },
    /// Bits 1 << n: 1 start, 2 modify, 3 renew, 4 stop, 5 hold.
    Change {
        changes: u32,
        of: About,
    },
    Ordered {
        of: About,
    },
    AsNeeded {
        of: About,
    },
    OneTime {
        of: About,
    },
    /// In months when `in_days` is false.
    Age {
        comparison: Comparison,
        in_days: bool,
    },
    /// `Sex as u8`.
    Sex(u8),
    /// In grams.
    Weight(Comparison),
    /// mL/min.
    Clearance {
        comparison: Comparison,
        within: Option<i64>,
    },
    /// mL/min/1.73 m².
    Egfr {
        comparison: Comparison,
        within: Option<i64>,
    },
    Dialysis,
    AcuteKidneyInjury,
    /// The number and unit are as written; the compiler converts to the lab's unit. `None`: known at all.
    Lab {
        lab: Name,
        comparison: Option<(Comparison, Name)>,
        within: Option<i64>,
    },
    Problem {
        problem: Name,
        when: ProblemWhen,
    },
    Taking {
        drugs: DrugSet,
        within: Option<i64>,
    },
    /// 0 any, 1 to 3 trimester.
    Pregnant(u8),
    /// Pregnant for so many days.
    Gestation(Comparison),
    Breastfeeding,
    Reaction(Vec<Name>),
    /// `AllergyKind as u8`.
    AllergyKind(u8),
    /// `Criticality as u8`.
    Criticality(u8),
    /// Bits of `Verification as u8`.
    Verification(u32),
    /// Bits of `ReactionSeverity as u8`.
    ReactionSeverity(u32),
    Tolerated,
    RoutesDiffer,
    StrengthsDiffer,
    SettingsDiffer,
    SameProduct,
    AllergyTo(DrugSet),
    Indication {
        problem: Name,
        of: About,
    },
}

/// When a problem counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemWhen {
    /// Active now.
    Active,
    /// Ever.
    Ever,
    /// Active, or ended within so many seconds.
    Within(i64),
    /// Begun within so many seconds, whatever became of it.
    Began(i64),
}

/// Over what a dose is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoseSpan {
    /// At once.
    Single,
    /// On a day on which it is given.
    Daily,
    /// Each day on average.
    Average,
}
