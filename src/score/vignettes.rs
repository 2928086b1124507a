//! The vignettes of a pack and its cases, run: what passed, by category, and what failed.

use crate::clinical::category::Category;
use crate::engine::rehearse::try_case;
use crate::engine::screen::Screener;
use crate::pack::case::{Case, Origin};
use serde::Serialize;

/// What became of the vignettes, and of the cases beside the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Vignettes {
    /// How many vignettes.
    pub all: usize,
    /// How many passed.
    pub passed: usize,
    /// Those in which nothing may interrupt, or nothing may be said at all.
    pub silent: usize,
    /// By category, those without a vignette too.
    pub categories: Vec<Row>,
    /// The ones that failed.
    pub failed: Vec<Failed>,
    /// Cases beside rules.
    pub cases: usize,
    /// How many of them passed.
    pub cases_passed: usize,
}

/// One category.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its word.
    pub word: &'static str,
    /// Vignettes in which something must be found.
    pub hits: usize,
    /// How many of them passed.
    pub hits_passed: usize,
    /// Vignettes that must stay silent.
    pub silent: usize,
    /// How many of them passed.
    pub silent_passed: usize,
}

/// A vignette that failed.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// Its category.
    pub category: &'static str,
    /// Its name.
    pub name: String,
    /// What was wanted, and what was found instead.
    pub told: String,
}

/// Runs them all.
pub fn run(screener: &Screener, cases: &[Case]) -> Vignettes {
    let row = |word| Row { word, hits: 0, hits_passed: 0, silent: 0, silent_passed: 0 };
    let mut found = Vignettes {
        all: 0,
        passed: 0,
        silent: 0,
        categories: Category::WORDS.iter().copied().map(row).collect(),
        failed: Vec::new(),
        cases: 0,
        cases_passed: 0,
    };
    for case in cases {
        let outcome = try_case(screener, case);
        let passed = usize::from(outcome.passed);
        let Origin::Vignette(category) = case.origin else {
            (found.cases, found.cases_passed) = (found.cases + 1, found.cases_passed + passed);
            continue;
        };
        (found.all, found.passed) = (found.all + 1, found.passed + passed);
        let row = &mut found.categories[category as usize];
        if is_silent(case) {
            found.silent += 1;
            (row.silent, row.silent_passed) = (row.silent + 1, row.silent_passed + passed);
        } else {
            (row.hits, row.hits_passed) = (row.hits + 1, row.hits_passed + passed);
        }
        if !outcome.passed {
            found.failed.push(Failed { category: category.word(), told: outcome.told(), name: outcome.name });
        }
    }
    found
}

/// Whether a case demands silence: nothing may interrupt, or nothing is to be found and something must not be.
pub fn is_silent(case: &Case) -> bool {
    let demands = case.expect.is_empty() && case.expect_gaps.is_empty() && case.interrupts != Some(true);
    case.quiet || case.interrupts == Some(false) || demands
}
