//! Looks ahead: all that a chart's codes stand for is asked of the pack at once, before any of it is used.
//!
//! A pack is larger than the caches near the processor, and each patient takes other drugs. What is looked up one after
//! another waits for memory each time; what is asked together waits once. Nothing is answered here: the tables are read,
//! so that whoever binds and checks finds them near.

use crate::clinical::chart::Chart;
use crate::clinical::code::{Code, Concept};
use crate::pack::ids::{IngredientId, ProductId};
use crate::pack::read::Pack;
use crate::pack::tables::DrugTarget;
use smallvec::SmallVec;
use std::hint::black_box;

/// Drugs that are looked ahead for; those of a longer list are looked up one by one as they come.
const DRUGS_MAX: usize = 64;

/// Reads the places in the pack that the first codes of a chart lead to: first where the codes stand, then the products,
/// then what is kept for each ingredient. Between the steps nothing but the sum of what was read is carried, and no
/// branch hangs on it.
pub fn look_ahead(chart: &Chart, pack: &Pack) {
    let mut seen = 0u64;
    for record in chart.medications.iter().take(DRUGS_MAX) {
        seen ^= first(&record.drug.concept).map_or(0, |code| pack.glance_at_drug(code));
    }
    for allergy in &chart.allergies {
        seen ^= first(&allergy.substance).map_or(0, |code| pack.glance_at_allergen(code));
    }
    for problem in &chart.problems {
        seen ^= first(&problem.concept).map_or(0, |code| pack.glance_at_problem(code));
    }
    for lab in &chart.labs {
        seen ^= first(&lab.concept).map_or(0, |code| pack.glance_at_lab(code));
    }
    let mut products: SmallVec<[ProductId; DRUGS_MAX]> = SmallVec::new();
    let first_codes = chart.medications.iter().take(DRUGS_MAX).filter_map(|m| first(&m.drug.concept));
    for target in first_codes.filter_map(|c| pack.drug(c)) {
        if let DrugTarget::Product(id) = target {
            products.push(ProductId(id));
        }
    }
    for product in &products {
        seen ^= pack.glance_at_product(*product);
    }
    let mut ingredients: SmallVec<[IngredientId; DRUGS_MAX]> = SmallVec::new();
    ingredients.extend(products.iter().filter_map(|p| pack.parts(*p).first()).map(|part| part.ingredient));
    for ingredient in &ingredients {
        seen ^= pack.glance_at_ingredient(*ingredient);
    }
    black_box(seen);
}

fn first(concept: &Concept) -> Option<&Code> {
    concept.codes.first()
}
