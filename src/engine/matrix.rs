//! The matrix of what was checked: a row for each exposure and allergy, a cell for each question.

use crate::clinical::chart::{ClinicalStatus, Entry, Focus, Receipt, Standing, Verification};
use crate::clinical::severity::Question;
use crate::engine::bound::{Allergen, Bound, BoundAllergy, Currency};
use crate::engine::checks::allergies;
use crate::engine::docket::Docket;
use crate::engine::finding::{Cell, Matrix, MatrixRow};
use crate::engine::ranked::order_of;
use crate::pack::ids::NONE;
use smallvec::SmallVec;

/// The matrix, in order of entry.
///
/// Folded records share the row of the exposure's first record. What is only context of the call (not asked about) has
/// its interactions and duplicates checked against the orders, and no other question asked.
pub fn matrix(docket: &Docket<'_>, bound: &Bound<'_>) -> Matrix {
    let mut rows = Vec::with_capacity(bound.exposures.len() + bound.chart.allergies.len());
    // Medications come before allergies, and exposures are known by their first records.
    let firsts = bound.exposures.iter().map(|e| e.records.first().map_or(0, |r| u64::from(*r)));
    let firsts: SmallVec<[u64; 32]> = firsts.collect();
    rows.extend(order_of(&firsts).iter().map(|index| exposure_row(docket, bound, *index as usize)));
    rows.extend((0u32..).take(bound.chart.allergies.len()).map(|index| allergy_row(docket, bound, index)));
    Matrix { rows }
}

fn exposure_row(docket: &Docket<'_>, bound: &Bound<'_>, index: usize) -> MatrixRow {
    let exposure = &bound.exposures[index];
    let entry = exposure.entry();
    if exposure.excluded {
        return MatrixRow { entry, cells: [Cell::Excluded; 5] };
    }
    if exposure.currency == Currency::Void {
        return MatrixRow { entry, cells: [Cell::NotApplicable; 5] };
    }
    let mut cells = docket.cells[index];
    let context = bound.chart.focus == Focus::Orders && exposure.standing != Standing::InHand;
    if exposure.unknown || exposure.parts.is_empty() {
        let asked: &[Question] = match (bound.chart.focus, context) {
            (Focus::NewAllergy, _) => &[Question::Allergy],
            (_, true) => &[Question::Interaction, Question::Duplicate],
            _ => &Question::ALL,
        };
        asked.iter().for_each(|q| cells[*q as usize] = Cell::DataMissing);
        return MatrixRow { entry, cells };
    }
    if bound.chart.focus == Focus::NewAllergy {
        return MatrixRow { entry, cells };
    }
    for question in [Question::Interaction, Question::Duplicate] {
        let cell = &mut cells[question as usize];
        if *cell == Cell::NotApplicable && context {
            *cell = spoken_of(docket, bound, index, question);
        }
        if *cell == Cell::Checked && !context && bound.chart.received.medications != Receipt::Complete {
            *cell = Cell::DataMissing;
        }
    }
    MatrixRow { entry, cells }
}

/// Whether the pack has a rule for a drug that is only context.
fn spoken_of(docket: &Docket<'_>, bound: &Bound<'_>, index: usize, question: Question) -> Cell {
    let raw = docket.pack.raw();
    let known = bound.exposures[index].parts.iter().map(|p| p.ingredient.index()).any(|n| match question {
        Question::Interaction => {
            let starts = &raw.meetings.starts;
            matches!((starts.get(n), starts.get(n + 1)), (Some(a), Some(b)) if a < b)
                || !raw.combinations.by_ingredient.row(n).is_empty()
        }
        _ => raw.duplicates.same_ingredient != NONE || !raw.duplicates.by_ingredient.row(n).is_empty(),
    });
    if known { Cell::Checked } else { Cell::NoRule }
}

fn allergy_row(docket: &Docket<'_>, bound: &Bound<'_>, index: u32) -> MatrixRow {
    let mut cells = [Cell::NotApplicable; 5];
    let allergy = &bound.chart.allergies[index as usize];
    let left_out = matches!(allergy.verification, Verification::Refuted | Verification::EnteredInError)
        || allergy.clinical == ClinicalStatus::Resolved;
    let counted = bound.allergies.iter().find(|a| a.index == index);
    cells[Question::Allergy as usize] = match counted {
        Some(counted) if !allergies::is_asked(bound, counted) => Cell::NotApplicable,
        Some(counted) => known(docket, counted),
        None if left_out => Cell::Excluded,
        None => unread(docket, index),
    };
    MatrixRow { entry: Entry::Allergy(index), cells }
}

/// Whether the pack has a rule for what an allergy is to.
fn known(docket: &Docket<'_>, allergy: &BoundAllergy) -> Cell {
    let table = &docket.pack.raw().allergies;
    let spoken_of = allergy.allergens.iter().any(|a| match a {
        Allergen::Ingredient(i) => table.same_ingredient != NONE || !table.by_ingredient.row(i.index()).is_empty(),
        Allergen::Class(c) => !table.by_class.row(c.index()).is_empty(),
        Allergen::Other(o) => !table.by_allergen.row(o.index()).is_empty(),
    });
    match (spoken_of, allergy.allergens.is_empty()) {
        (true, _) => Cell::Checked,
        (false, true) => unread(docket, allergy.index),
        (false, false) => Cell::NoRule,
    }
}

/// An entry that names no allergen: data is missing where a gap says so; else it states an absence or no drug.
fn unread(docket: &Docket<'_>, index: u32) -> Cell {
    let said = docket.gaps.iter().any(|g| g.entry == Entry::Allergy(index));
    if said { Cell::DataMissing } else { Cell::NotApplicable }
}
