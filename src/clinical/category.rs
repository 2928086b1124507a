//! The categories of whole-patient vignettes: what kind of error in ordering one shows.
//!
//! They follow the Leapfrog CPOE evaluation (Kilbridge and others 2006, Jt Comm J Qual Patient Saf 32:57; Classen and others
//! 2020, JAMA Netw Open 3:e205547). The words are ours, and so are the patients.

use serde::{Deserialize, Serialize};

/// What kind of error in ordering a vignette shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Category {
    /// A drug to which an allergy is recorded.
    Allergy,
    /// A drug that cross-reacts with one to which an allergy is recorded.
    CrossAllergy,
    /// Drugs that do harm together.
    Interaction,
    /// One drug, or one class, twice.
    Duplicate,
    /// Too much, or too little, at once.
    SingleDose,
    /// Too much, or too little, in a day.
    DailyDose,
    /// Too much over several orders, or over a course.
    CumulativeDose,
    /// A way of giving that the drug is not for.
    Route,
    /// Wrong at the patient's age.
    Age,
    /// Harm to an unborn child.
    Pregnancy,
    /// Harm to a breastfed child.
    Lactation,
    /// Kidneys that cannot bear the drug, or the dose.
    Renal,
    /// A laboratory value that forbids the drug, or the dose.
    Lab,
    /// A problem that forbids the drug.
    Diagnosis,
    /// Something that must be watched while the drug is taken.
    Monitoring,
    /// Ordinary practice, of which nobody wants to hear.
    Nuisance,
}

impl Category {
    /// Every category, in the order of a report.
    pub const ALL: [Category; 16] = [
        Category::Allergy,
        Category::CrossAllergy,
        Category::Interaction,
        Category::Duplicate,
        Category::SingleDose,
        Category::DailyDose,
        Category::CumulativeDose,
        Category::Route,
        Category::Age,
        Category::Pregnancy,
        Category::Lactation,
        Category::Renal,
        Category::Lab,
        Category::Diagnosis,
        Category::Monitoring,
        Category::Nuisance,
    ];

    /// The words of all categories, in the same order.
    pub const WORDS: &'static [&'static str] = &[
        "allergy",
        "cross-allergy",
        "interaction",
        "duplicate",
        "single-dose",
        "daily-dose",
        "cumulative-dose",
        "route",
        "age",
        "pregnancy",
        "lactation",
        "renal",
        "lab",
        "diagnosis",
        "monitoring",
        "nuisance",
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Category::WORDS[self as usize]
    }

    /// The category of a word.
    pub fn from_word(word: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|c| c.word() == word)
    }
}
