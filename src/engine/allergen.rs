//! What a recorded allergy is to, how it showed, and whether anyone asked at all.

use crate::clinical::chart::{Allergy, Chart, ClinicalStatus, Entry, Verification};
use crate::clinical::code::{Code, Concept};
use crate::engine::bound::{Allergen, BoundAllergy};
use crate::engine::finding::{Gap, GapKind};
use crate::engine::identity::{parts_of, quote};
use crate::engine::ranked::sort_ranked;
use crate::pack::ids::{AllergenId, ClassId, IngredientId, ReactionId};
use crate::pack::read::Pack;
use crate::pack::tables::{AllergenTarget, DrugTarget};
use smallvec::SmallVec;

/// Whether the entries show that somebody asked about drug allergies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An entry is recorded, or its absence is stated.
    Yes,
    /// Neither (entries made by mistake and statements about food say nothing).
    No,
}

/// What a concept names, in the eyes of the pack.
#[derive(Debug, Default)]
struct Named {
    allergens: SmallVec<[Allergen; 2]>,
    generic: bool,
    harmless: bool,
    /// The smallest kind of negation found: 0 no known allergy, 1 no known drug allergy, 2 of another kind.
    negation: Option<u8>,
    codes: bool,
}

/// Binds the allergies that count. Refuted, resolved and mistaken ones are left out; one whose codes name nothing stays,
/// without allergens, beside its gap.
pub fn bind(chart: &Chart, pack: &Pack, gaps: &mut Vec<Gap>) -> (Vec<BoundAllergy>, Asked) {
    let mut bound: Vec<BoundAllergy> = Vec::with_capacity(chart.allergies.len());
    let mut asked = Asked::No;
    for (allergy, index) in chart.allergies.iter().zip(0u32..) {
        if allergy.verification == Verification::EnteredInError {
            continue;
        }
        let mut named = Named::default();
        named.add(&allergy.substance, pack);
        allergy.reactions.iter().for_each(|r| named.add(&r.substance, pack));
        let absent = named.allergens.is_empty() && named.negation.is_some();
        if !absent || named.negation != Some(2) {
            asked = Asked::Yes;
        }
        let over = allergy.verification == Verification::Refuted || allergy.clinical == ClinicalStatus::Resolved;
        if absent || over {
            continue;
        }
        if named.allergens.is_empty() && !named.harmless {
            gaps.push(gap(allergy, index, &named));
        }
        let (reactions, severe_delayed) = reactions(allergy, pack);
        named.allergens.sort_unstable();
        bound.push(BoundAllergy { index, allergens: named.allergens, reactions, severe_delayed });
    }
    let first = |b: &BoundAllergy| match b.allergens.first() {
        None => 0,
        Some(Allergen::Ingredient(i)) => 1 << 32 | i.index() as u64,
        Some(Allergen::Class(c)) => 2 << 32 | c.index() as u64,
        Some(Allergen::Other(o)) => 3 << 32 | o.index() as u64,
    };
    sort_ranked(&mut bound, first, |a, b| compare(chart, a, b));
    (bound, asked)
}

/// The manifestation a concept names: by code, else by words that are exactly those the pack lists for it.
pub fn reaction_of(concept: &Concept, pack: &Pack) -> Option<ReactionId> {
    let coded = concept.codes.iter().find_map(|code| pack.reaction(code));
    coded.or_else(|| by_words(concept.text.as_deref()?, pack)).map(ReactionId)
}

fn by_words(text: &str, pack: &Pack) -> Option<u16> {
    let words = &pack.raw().reactions.words;
    let text = text.trim();
    let lower = if text.is_ascii() { None } else { Some(text.to_lowercase()) };
    let is_same = |known: &str| match &lower {
        Some(text) => known == text,
        // As the lowered text would compare, without making it.
        None => known.len() == text.len() && known.bytes().eq(text.bytes().map(|b| b.to_ascii_lowercase())),
    };
    let means = |row: &usize| words.row(*row).iter().any(|t| is_same(pack.text(*t)));
    (0..words.rows()).find(means).and_then(|row| u16::try_from(row).ok())
}

fn reactions(allergy: &Allergy, pack: &Pack) -> (SmallVec<[ReactionId; 2]>, bool) {
    let mut found: SmallVec<[ReactionId; 2]> = SmallVec::new();
    for concept in allergy.reactions.iter().flat_map(|r| &r.manifestations) {
        if let Some(id) = reaction_of(concept, pack).filter(|id| !found.contains(id)) {
            found.push(id);
        }
    }
    found.sort_unstable();
    let severe = |id: &ReactionId| pack.raw().reactions.flags.get(id.index()).is_some_and(|f| f & 1 == 1);
    let severe_delayed = found.iter().any(severe);
    (found, severe_delayed)
}

impl Named {
    fn add(&mut self, concept: &Concept, pack: &Pack) {
        for code in &concept.codes {
            self.codes = true;
            self.add_code(code, pack);
        }
    }

    fn add_code(&mut self, code: &Code, pack: &Pack) {
        match pack.allergen(code) {
            Some(AllergenTarget::Ingredient(n)) => self.push(Allergen::Ingredient(IngredientId(n))),
            Some(AllergenTarget::Class(n)) => self.push(Allergen::Class(ClassId(n))),
            Some(AllergenTarget::Other(n)) => match pack.raw().allergens.flags.get(n as usize) {
                Some(2) => self.generic = true,
                _ => self.push(Allergen::Other(AllergenId(n))),
            },
            Some(AllergenTarget::Negation(n)) => self.negation = Some(self.negation.map_or(n, |m| m.min(n))),
            None => self.add_drug(code, pack),
        }
    }

    /// An allergy to a product is one to each of its ingredients; one to what is no drug meets no drug.
    fn add_drug(&mut self, code: &Code, pack: &Pack) {
        match pack.drug(code) {
            Some(DrugTarget::Excluded(_)) => self.harmless = true,
            Some(target) => {
                parts_of(target, pack).iter().for_each(|p| self.push(Allergen::Ingredient(p.ingredient)));
            }
            None => {}
        }
    }

    fn push(&mut self, allergen: Allergen) {
        if !self.allergens.contains(&allergen) {
            self.allergens.push(allergen);
        }
    }
}

/// The gap of an allergy whose codes name no allergen: its codes and words as sent.
fn gap(allergy: &Allergy, index: u32, named: &Named) -> Gap {
    let kind = match (named.generic, named.codes) {
        (true, _) => GapKind::GenericAllergy,
        (false, true) => GapKind::UnknownCode,
        (false, false) => GapKind::UncodedAllergy,
    };
    let mut words = String::new();
    quote(&mut words, &allergy.substance);
    allergy.reactions.iter().for_each(|r| quote(&mut words, &r.substance));
    Gap::new(Entry::Allergy(index), kind, words, allergy.in_hand)
}

fn compare(chart: &Chart, a: &BoundAllergy, b: &BoundAllergy) -> std::cmp::Ordering {
    let at = |x: &BoundAllergy| chart.allergies.get(x.index as usize);
    a.allergens.cmp(&b.allergens).then_with(|| a.reactions.cmp(&b.reactions)).then_with(|| {
        let (Some(x), Some(y)) = (at(a), at(b)) else { return std::cmp::Ordering::Equal };
        let spelled = || if x == y { std::cmp::Ordering::Equal } else { format!("{x:?}").cmp(&format!("{y:?}")) };
        x.reference.cmp(&y.reference).then_with(spelled)
    })
}
