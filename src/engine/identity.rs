//! What a drug of the chart is: its codings brought together into parts (ingredient, salt, strength) and a product.

use crate::clinical::chart::{Drug, DrugPart};
use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Measure, StrengthPer};
use crate::engine::finding::GapKind;
use crate::pack::ids::{IngredientId, NONE16, ProductId};
use crate::pack::part::Part;
use crate::pack::read::Pack;
use crate::pack::tables::DrugTarget;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::fmt::Write;

/// The parts of a drug, ascending by ingredient.
pub type Parts = SmallVec<[Part; 2]>;

/// What a drug is, as far as its codes say.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Its ingredients, ascending; a drug that holds two salts of one ingredient has it twice.
    pub parts: Parts,
    /// The product, where one is known and nothing contradicts it.
    pub product: Option<ProductId>,
    /// It is no drug.
    pub excluded: bool,
    /// No code says what it is.
    pub unknown: bool,
    /// What could not be done; the words come from [`words`].
    pub trouble: SmallVec<[GapKind; 1]>,
}

/// Brings the codings of one drug together.
///
/// The most specific wins (a product with strength and form, a product, an ingredient). A coding that says less of the
/// same is explained by it; one that says something else makes the union of the parts, without strengths, and the trouble
/// `CodesDisagree`. Codings of one ingredient set with different strengths keep the set and lose the strength, with the
/// same trouble. An unknown code beside a known one is no trouble. `Medication.ingredient` is used when the concept is
/// unknown, fills in strengths, and counts as a further coding. Each code is looked up once.
pub fn identify(drug: &Drug, pack: &Pack) -> Identity {
    let mut identity = Identity::default();
    if let ([code], []) = (drug.concept.codes.as_slice(), drug.ingredients.as_slice()) {
        match pack.drug(code) {
            Some(target) => identity.take(target, pack),
            None => return listed_only(drug, pack),
        }
        return identity;
    }
    let mut targets: SmallVec<[DrugTarget; 4]> = SmallVec::new();
    for target in drug.concept.codes.iter().filter_map(|code| pack.drug(code)) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    match *targets.as_slice() {
        [] => return listed_only(drug, pack),
        [only] => identity.take(only, pack),
        _ => several(&mut targets, &mut identity, pack),
    }
    if !drug.ingredients.is_empty() && !identity.excluded {
        let (listed, _) = listed(&drug.ingredients, pack);
        fill_strengths(&mut identity.parts, &listed);
        identity.weigh(&listed);
    }
    identity
}

/// The words of a gap about a drug: its codes and words as sent.
pub fn words(kind: GapKind, drug: &Drug) -> String {
    let mut out = String::new();
    if kind == GapKind::NoDrug {
        return String::from("which drug");
    }
    if kind == GapKind::UnresolvedReference {
        out.push_str(drug.unresolved.as_deref().unwrap_or_default());
    }
    quote(&mut out, &drug.concept);
    if kind != GapKind::CodesDisagree {
        drug.ingredients.iter().for_each(|p| quote(&mut out, &p.concept));
    }
    out
}

/// Writes a concept as sent: `system|code, system|code (words)`.
pub fn quote(out: &mut String, concept: &Concept) {
    for code in &concept.codes {
        let comma = if out.is_empty() { "" } else { ", " };
        let _ = write!(out, "{comma}{code}");
    }
    match &concept.text {
        Some(text) if out.is_empty() => out.push_str(text),
        Some(text) => {
            let _ = write!(out, " ({text})");
        }
        None => {}
    }
}

impl Identity {
    fn take(&mut self, target: DrugTarget, pack: &Pack) {
        match target {
            DrugTarget::Excluded(_) => self.excluded = true,
            DrugTarget::Ingredient(_) => self.parts = parts_of(target, pack),
            DrugTarget::Product(id) => {
                self.parts = parts_of(target, pack);
                self.product = Some(ProductId(id));
            }
        }
    }

    /// Weighs another coding against what is known: explained, or disagreeing.
    fn weigh(&mut self, other: &[Part]) {
        let strange = other.iter().any(|o| !self.parts.iter().any(|p| p.ingredient == o.ingredient));
        let mut clash = false;
        for part in &mut self.parts {
            let differs = |o: &&Part| o.ingredient == part.ingredient && same_strength(part, o) == Some(false);
            // A salt listed twice (mixed salts) agrees when any of its rows does.
            let agrees = |o: &Part| o.ingredient == part.ingredient && same_strength(part, o) != Some(false);
            if other.iter().find(differs).is_some() && !other.iter().any(agrees) {
                part.strength = None;
                clash = true;
            }
        }
        if strange {
            for part in other {
                if !self.parts.iter().any(|p| p.ingredient == part.ingredient) {
                    self.parts.push(*part);
                }
            }
            self.parts.iter_mut().for_each(|p| p.strength = None);
            self.parts.sort_by_key(|p| (p.ingredient, p.salt));
        }
        if strange || clash {
            self.product = None;
            self.disagree();
        }
    }

    fn disagree(&mut self) {
        if !self.trouble.contains(&GapKind::CodesDisagree) {
            self.trouble.push(GapKind::CodesDisagree);
        }
    }
}

/// More than one target: takes the most specific and weighs the others against it.
fn several(targets: &mut SmallVec<[DrugTarget; 4]>, identity: &mut Identity, pack: &Pack) {
    targets.sort_by_key(|t| (Reverse(specificity(*t, pack)), t.pack()));
    identity.take(targets[0], pack);
    for target in &targets[1..] {
        match target {
            DrugTarget::Excluded(_) if !identity.excluded => identity.disagree(),
            DrugTarget::Excluded(_) => {}
            _ => identity.weigh(&parts_of(*target, pack)),
        }
    }
}

fn specificity(target: DrugTarget, pack: &Pack) -> u8 {
    match target {
        DrugTarget::Excluded(_) => 0,
        DrugTarget::Ingredient(_) => 1,
        DrugTarget::Product(id) => {
            let formed = pack.raw().products.forms.get(id as usize).is_some_and(|f| *f != 255);
            let strong = parts_of(target, pack).iter().any(|p| p.strength.is_some());
            2 + u8::from(formed) + 2 * u8::from(strong)
        }
    }
}

/// No code of the concept is known: what the resource lists, or nothing.
fn listed_only(drug: &Drug, pack: &Pack) -> Identity {
    let mut identity = Identity::default();
    let (parts, rest) = listed(&drug.ingredients, pack);
    identity.parts = parts;
    identity.unknown = identity.parts.is_empty();
    if identity.unknown && !drug.ingredients.is_empty() && rest.is_none() {
        (identity.excluded, identity.unknown) = (true, false);
        return identity;
    }
    let coded = |c: &Concept| !c.codes.is_empty();
    if let Some(kind) = rest.filter(|_| !identity.unknown) {
        identity.trouble.push(kind);
    }
    if identity.unknown {
        identity.trouble.push(if coded(&drug.concept) || drug.ingredients.iter().any(|p| coded(&p.concept)) {
            GapKind::UnknownCode
        } else if drug.unresolved.is_some() {
            GapKind::UnresolvedReference
        } else if drug.concept.text.is_some() || drug.ingredients.iter().any(|p| p.concept.text.is_some()) {
            GapKind::UncodedDrug
        } else {
            GapKind::NoDrug
        });
    }
    identity
}

/// The parts a resource lists, and what kind of gap the ones not known leave. Carrier fluids are passed over.
fn listed(ingredients: &[DrugPart], pack: &Pack) -> (Parts, Option<GapKind>) {
    let mut parts = Parts::new();
    let mut rest = None;
    for item in ingredients {
        let Some(target) = item.concept.codes.iter().find_map(|code| pack.drug(code)) else {
            let kind = if item.concept.codes.is_empty() { GapKind::UncodedDrug } else { GapKind::UnknownCode };
            rest = rest.max(Some(kind));
            continue;
        };
        for mut part in parts_of(target, pack) {
            part.strength = item.strength.or(part.strength);
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.sort_by_key(|p| (p.ingredient, p.salt));
    (parts, rest)
}

fn fill_strengths(parts: &mut Parts, listed: &[Part]) {
    for part in parts.iter_mut().filter(|p| p.strength.is_none()) {
        let mut same = listed.iter().filter(|l| l.ingredient == part.ingredient && l.strength.is_some());
        if let (Some(found), None) = (same.next(), same.next()) {
            part.strength = found.strength;
        }
    }
}

/// Whether two parts of one ingredient have one strength: `None` where either is unknown or they are counted in
/// different things (a tablet and a millilitre), so that nothing can be said.
pub fn same_strength(a: &Part, b: &Part) -> Option<bool> {
    let (a, b) = (a.strength?, b.strength?);
    if a == b {
        return Some(true);
    }
    let (amount_a, amount_b) = same_dimension(a.amount, b.amount)?;
    let (per_a, per_b) = match (a.per, b.per) {
        (StrengthPer::Hour, StrengthPer::Hour) => (Exact::ONE, Exact::ONE),
        (StrengthPer::Measure(x), StrengthPer::Measure(y)) => same_dimension(x, y)?,
        _ => return None,
    };
    Some(amount_a.checked_mul(per_b)? == amount_b.checked_mul(per_a)?)
}

fn same_dimension(a: Measure, b: Measure) -> Option<(Exact, Exact)> {
    a.mixes_with(b).then(|| (a.exact(), b.exact()))
}

/// The parts a target stands for, ascending by ingredient.
pub fn parts_of(target: DrugTarget, pack: &Pack) -> Parts {
    match target {
        DrugTarget::Excluded(_) => Parts::new(),
        DrugTarget::Ingredient(n) => {
            Parts::from_iter([Part { ingredient: IngredientId(n), salt: NONE16, strength: None }])
        }
        DrugTarget::Product(id) => Parts::from_slice(pack.parts(ProductId(id))),
    }
}
