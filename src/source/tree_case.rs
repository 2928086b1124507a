//! Cases and vignettes as written: a small chart, and what must and must not be found in it.

use crate::clinical::category::Category;
use crate::diagnostic::report::Span;
use crate::source::tree::{Name, Written, WrittenCode};

/// A case as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: Name,
    /// As of when, a date.
    pub as_of: Name,
    /// The chart, with names unresolved.
    pub chart: CaseChart,
    /// `RULE [SEVERITY] [LOUDNESS]`.
    pub expect: Vec<Name>,
    /// Rules that must not fire.
    pub expect_not: Vec<Name>,
    /// `KIND [words]`.
    pub expect_gap: Vec<Name>,
    /// Whether some finding must interrupt, or none may.
    pub interrupts: Option<Written<bool>>,
    /// `quiet = true`: no finding at all.
    pub quiet: Option<Written<bool>>,
    /// Its header.
    pub span: Span,
}

/// `[[vignette]]`: a whole patient that no single rule owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vignette {
    /// What kind of error it shows.
    pub category: Written<Category>,
    /// The patient, and what is to be found.
    pub case: Case,
}

/// A case's chart. Where a drug, allergen, problem, lab or reaction is named, the compiler puts a code of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseChart {
    /// The patient: everything but what is named below is filled in already.
    pub patient: crate::clinical::chart::Patient,
    /// Setting of the encounter, `Setting as u8`.
    pub setting: u8,
    /// `orders`, `existing`, `verify`, `allergy`: `None` = orders.
    pub focus: Option<Name>,
    /// Drugs: the record complete but for its code (`drug.concept`); a route stands as its word in the route's text.
    pub medications: Vec<(DrugWord, crate::clinical::chart::Medication)>,
    /// Allergies: complete but for substance and manifestations. Named manifestations belong to `reactions[0]`, which is
    /// there whenever any is named.
    pub allergies: Vec<(DrugWord, Vec<Name>, crate::clinical::chart::Allergy)>,
    /// Whether no allergies are stated to be known.
    pub no_known_allergies: bool,
    /// What follows from the entries and the statement above.
    pub allergy_status: crate::clinical::chart::AllergyStatus,
    /// What became of each list: complete, unless `not-sent`, `incomplete` or `failed` names it.
    pub received: crate::clinical::chart::Received,
    /// Problems: complete but for the code.
    pub problems: Vec<(DrugWord, crate::clinical::chart::Problem)>,
    /// Procedures: complete but for the code, named as problems are.
    pub procedures: Vec<(DrugWord, crate::clinical::chart::Procedure)>,
    /// Labs: complete but for the code.
    pub labs: Vec<(DrugWord, crate::clinical::chart::Lab)>,
}

/// How a case names a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrugWord {
    /// By its name in the terminology.
    Name(Name),
    /// By `system|code`.
    Code(WrittenCode),
    /// In words only.
    Words(Name),
}
