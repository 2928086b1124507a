//! Interactions of three or more drugs, and of any n of a set: slots filled by distinct ingredients of at least two exposures.

use crate::clinical::severity::Question;
use crate::engine::bound::Bound;
use crate::engine::condition::Situation;
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, Role};
use crate::engine::fold::same_ingredients;
use crate::engine::judge_rule::{Gate, judge};
use crate::engine::scope::{
    Scope, Together, is_ending, is_on_hold, is_quiet, on_hold_words, speaks_of_ending, together, waits,
};
use crate::engine::trace::stopped;
use crate::pack::ids::{IngredientId, RuleId};
use smallvec::SmallVec;

/// Ingredients that may fill one slot, each by an exposure; those of the subject first.
type Candidates = SmallVec<[Taker; 8]>;

/// Raises every combination in which an exposure asked about fills a slot and the others can be filled beside it.
///
/// One exposure may fill several slots, by an ingredient each (a tablet of two drugs); at least two exposures take part, for
/// a product never interacts with itself alone. Everything that fits a slot takes part, not only as many as it needs.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    let pack = docket.pack;
    let mut done: Vec<(u32, SmallVec<[u32; 8]>)> = Vec::new();
    for &subject in &scope.subjects {
        let mut rows: SmallVec<[u32; 8]> = SmallVec::new();
        for part in &bound.exposures[subject as usize].parts {
            rows.extend_from_slice(pack.raw().combinations.by_ingredient.row(part.ingredient.index()));
        }
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            let Some(takers) = fill(docket, bound, scope, subject, row, true) else {
                unfilled(docket, bound, subject, row);
                continue;
            };
            let mut who: SmallVec<[u32; 8]> = takers.iter().map(|t| t.exposure).collect();
            who.sort_unstable();
            who.dedup();
            if !done.iter().any(|(r, w)| *r == row && *w == who) {
                raise(docket, bound, scope, subject, row, &takers);
                done.push((row, who));
            }
        }
    }
}

/// Notes that a combination was considered and lacks its other drugs.
fn unfilled(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32, row: u32) {
    if docket.trace.is_none() {
        return;
    }
    let rule = RuleId(docket.pack.raw().combinations.rules[row as usize]);
    let situation = Situation {
        bound,
        participants: &[subject],
        roles: &[Role::Mutual],
        ordered: 0,
        allergy: None,
        ingredients: &[],
    };
    stopped(docket, &situation, rule, "the other drugs that the rule needs are not taken at the same time");
}

fn raise(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope, subject: u32, row: u32, takers: &[Taker]) {
    let rule = RuleId(docket.pack.raw().combinations.rules[row as usize]);
    let participants: SmallVec<[u32; 8]> = takers.iter().map(|t| t.exposure).collect();
    let roles: SmallVec<[Role; 8]> = takers.iter().map(|t| t.role).collect();
    let ingredients: SmallVec<[IngredientId; 8]> = takers.iter().map(|t| t.ingredient).collect();
    let ordered = participants.iter().position(|p| *p == subject).unwrap_or(0);
    let situation = Situation {
        bound,
        participants: &participants,
        roles: &roles,
        ordered,
        allergy: None,
        ingredients: &ingredients,
    };
    let (gate, judged) = judge(docket, &situation, rule, false);
    if gate == Gate::Unanswered {
        docket.mark(subject, Question::Interaction, Cell::DataMissing);
    }
    let Some(judged) = judged else { return };
    let waits = waits(docket, bound, rule, takers, || fill(docket, bound, scope, subject, row, false).is_some());
    let quiet = waits || is_quiet(bound, participants.iter().copied());
    let said = if waits { on_hold_words(docket, bound, takers) } else { Vec::new() };
    let raised = Raised::new(Question::Interaction, rule, judged.outcome, takers, ordered);
    docket.raised.push(Raised { held: judged.held, quiet, said, ..raised });
}

/// Fills the slots of a combination around a subject: first those that were needed, slot by slot, then everything else
/// that fits. `None` when some slot cannot be filled with the subject in one of them; without `held`, by what is not on
/// hold.
fn fill(
    docket: &Docket<'_>,
    bound: &Bound<'_>,
    scope: &Scope,
    subject: u32,
    row: u32,
    held: bool,
) -> Option<SmallVec<[Taker; 8]>> {
    let table = &docket.pack.raw().combinations;
    let rule = RuleId(*table.rules.get(row as usize)?);
    if is_ending(&bound.exposures[subject as usize]) && !speaks_of_ending(docket.pack, rule) {
        return None;
    }
    let (from, to) = (*table.slot_starts.get(row as usize)?, *table.slot_starts.get(row as usize + 1)?);
    let mut slots: SmallVec<[Candidates; 4]> = SmallVec::new();
    let mut needs: SmallVec<[u32; 8]> = SmallVec::new();
    for slot in from..to {
        let n = slot as usize;
        let role = match table.slot_roles[n] {
            0 => Role::Object,
            1 => Role::Precipitant,
            _ => Role::Mutual,
        };
        let mut found = candidates(docket, bound, scope, subject, rule, table.slot_sets[n], role);
        if !held {
            found.retain(|taker| !is_on_hold(bound, taker.exposure));
        }
        if found.len() < usize::from(table.slot_counts[n]) {
            return None;
        }
        needs.extend(std::iter::repeat_n(slot - from, usize::from(table.slot_counts[n])));
        slots.push(found);
    }
    let mut chosen: SmallVec<[Taker; 8]> = SmallVec::new();
    let choices: SmallVec<[Candidates; 4]> = slots.iter().map(|found| telling(found, subject)).collect();
    if !assign(&choices, &needs, &mut chosen, subject) {
        return None;
    }
    for taker in slots.iter().flatten() {
        if !chosen.iter().any(|c| (c.exposure, c.ingredient) == (taker.exposure, taker.ingredient)) {
            chosen.push(*taker);
        }
    }
    Some(chosen)
}

/// What may fill a slot beside a subject: in time with it, of the slot's set.
fn candidates(
    docket: &Docket<'_>,
    bound: &Bound<'_>,
    scope: &Scope,
    subject: u32,
    rule: RuleId,
    set: u32,
    role: Role,
) -> Candidates {
    let asked = &bound.exposures[subject as usize];
    let offset = docket.pack.raw().rules.offsets.get(rule.index()).copied().unwrap_or(0);
    let subject_first = std::iter::once(subject).chain(scope.others.iter().copied().filter(|o| *o != subject));
    let mut found = Candidates::new();
    for other in subject_first {
        let exposure = &bound.exposures[other as usize];
        let fits = |i: &IngredientId| drug_set::matches(docket.pack, set, exposure, *i);
        let mut ingredients = exposure.parts.iter().map(|p| p.ingredient).filter(fits).peekable();
        if ingredients.peek().is_none() {
            continue;
        }
        // Two exposures to one combination are one drug twice: they fill no two slots.
        if other != subject && asked.parts.len() > 1 && same_ingredients(asked, exposure) {
            continue;
        }
        // A subject that ends meets what goes on acting.
        let beside = if is_ending(asked) { exposure } else { asked };
        let with = other == subject || together(bound, (beside, offset), (exposure, offset)) == Together::Yes;
        if with {
            found.extend(ingredients.map(|ingredient| Taker { exposure: other, ingredient, role }));
        }
    }
    // Two salts of one ingredient in a product are one.
    found.dedup();
    found
}

/// For each ingredient the subject, and the first exposure beside it: any further one would fill the slot no better.
fn telling(candidates: &Candidates, subject: u32) -> Candidates {
    let mut each = Candidates::new();
    for taker in candidates {
        let own = taker.exposure == subject;
        if !each.iter().any(|e| e.ingredient == taker.ingredient && (e.exposure == subject) == own) {
            each.push(*taker);
        }
    }
    each
}

/// Chooses a distinct ingredient for every need, the subject and another exposure among those who bring them. Slots are
/// few and hold two candidates an ingredient: a search that steps back, and leaves a branch that can no longer reach the
/// subject or another, is enough.
fn assign(slots: &[Candidates], needs: &[u32], chosen: &mut SmallVec<[Taker; 8]>, subject: u32) -> bool {
    let has = |own: bool| chosen.iter().any(|c| (c.exposure == subject) == own);
    let (has_subject, has_other) = (has(true), has(false));
    let Some(slot) = needs.get(chosen.len()) else { return has_subject && has_other };
    let same_slot = chosen.len().checked_sub(1).filter(|n| needs.get(*n) == Some(slot)).map(|n| chosen[n]);
    let candidates = &slots[*slot as usize];
    // Within one slot the order of choice does not matter: go on after the last one chosen for it.
    let from = same_slot.and_then(|last| candidates.iter().position(|c| *c == last)).map_or(0, |n| n + 1);
    // The subject stands first in every slot it fits, and the others last.
    let own = |taker: Option<&Taker>| taker.map(|c| c.exposure == subject);
    let leads = |slot: u32| own(slots[slot as usize].first()) == Some(true);
    let trails = |slot: u32| own(slots[slot as usize].last()) == Some(false);
    let later = |is: &dyn Fn(u32) -> bool| needs[chosen.len()..].iter().any(|s| s != slot && is(*s));
    let (subject_later, other_later) = (has_subject || later(&leads), has_other || later(&trails) || trails(*slot));
    for (n, taker) in candidates.iter().enumerate().skip(from) {
        let reachable = (subject_later || own(candidates.get(n)) == Some(true)) && other_later;
        if !reachable {
            return false;
        }
        if chosen.iter().any(|c| c.ingredient == taker.ingredient) {
            continue;
        }
        chosen.push(*taker);
        if assign(slots, needs, chosen, subject) {
            return true;
        }
        chosen.pop();
    }
    false
}
