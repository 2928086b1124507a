//! Duplicate check: the same ingredient twice, and more of one class than is allowed at once.

use crate::clinical::severity::Question;
use crate::engine::bound::Bound;
use crate::engine::condition::Situation;
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, Role};
use crate::engine::judge_rule::{Gate, judge};
use crate::engine::scope::{Scope, is_beside, is_ending, is_on_hold, is_quiet, on_hold_words, waits};
use crate::engine::trace::stopped;
use crate::pack::ids::{IngredientId, NONE, RuleId};
use crate::pack::part::Part;
use smallvec::SmallVec;

type Takers = SmallVec<[Taker; 8]>;

/// Raises same-ingredient duplicates of each exposure asked about, then class duplicates.
///
/// What an order replaces, renews, stops or holds is no duplicate of it.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    for &subject in &scope.subjects {
        let exposure = &bound.exposures[subject as usize];
        if is_ending(exposure) {
            continue;
        }
        mark(docket, bound, subject);
        for &other in &scope.others {
            if other != subject && !scope.seen(subject, other) {
                same(docket, bound, subject, other);
            }
        }
        let mut rows: SmallVec<[u32; 8]> = SmallVec::new();
        for part in &exposure.parts {
            rows.extend_from_slice(docket.pack.raw().duplicates.by_ingredient.row(part.ingredient.index()));
        }
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            class(docket, bound, scope, subject, row);
        }
    }
}

fn mark(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32) {
    let table = &docket.pack.raw().duplicates;
    let parts = &bound.exposures[subject as usize].parts;
    let spoken_of = parts.iter().any(|p| !table.by_ingredient.row(p.ingredient.index()).is_empty());
    if !parts.is_empty() {
        let known = spoken_of || table.same_ingredient != NONE;
        docket.mark(subject, Question::Duplicate, if known { Cell::Checked } else { Cell::NoRule });
    }
}

fn same(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32, other: u32) {
    let rule = docket.pack.raw().duplicates.same_ingredient;
    if rule == NONE {
        return;
    }
    let (mine, theirs) = (&bound.exposures[subject as usize], &bound.exposures[other as usize]);
    let Some(shared) = mine.parts.iter().find(|p| theirs.holds(p.ingredient)) else { return };
    if !is_beside(bound, subject, other) {
        return;
    }
    let takers = [subject, other].map(|exposure| taker(exposure, shared.ingredient));
    raise(docket, bound, RuleId(rule), &takers, 1);
}

/// More of one class than is allowed. Two exposures to one ingredient count once: they are a same-ingredient duplicate.
fn class(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope, subject: u32, row: u32) {
    let pack = docket.pack;
    let table = &pack.raw().duplicates;
    let (set, rule) = (table.sets[row as usize], RuleId(table.rules[row as usize]));
    let Some(own) = drug_set::member(pack, set, &bound.exposures[subject as usize]) else { return };
    let mut takers: Takers = SmallVec::from_iter([taker(subject, own)]);
    for &other in &scope.others {
        let exposure = &bound.exposures[other as usize];
        // Most drugs are of no class of this one: their own short lists tell it sooner than the long list of the class.
        let spoken_of = |p: &Part| table.by_ingredient.row(p.ingredient.index()).contains(&row);
        if !exposure.parts.iter().any(spoken_of) {
            continue;
        }
        let Some(ingredient) = drug_set::member(pack, set, exposure) else { continue };
        let counted = takers.iter().any(|t| {
            let holds = |i: IngredientId| drug_set::matches(pack, set, exposure, i) && exposure.holds(i);
            t.exposure == other || holds(t.ingredient)
        });
        if !counted && is_beside(bound, subject, other) {
            takers.push(taker(other, ingredient));
        }
    }
    let allowed = usize::from(table.allowed[row as usize]).max(1);
    if takers.len() > allowed {
        raise(docket, bound, rule, &takers, allowed);
    } else if docket.trace.is_some() {
        let participants: SmallVec<[u32; 8]> = takers.iter().map(|t| t.exposure).collect();
        let roles = [Role::Mutual; 1];
        let situation = Situation {
            bound,
            participants: &participants,
            roles: &roles,
            ordered: 0,
            allergy: None,
            ingredients: &[own],
        };
        stopped(docket, &situation, rule, &format!("{} of the class at once: not more than allowed", takers.len()));
    }
}

fn raise(docket: &mut Docket<'_>, bound: &Bound<'_>, rule: RuleId, takers: &[Taker], allowed: usize) {
    let participants: SmallVec<[u32; 8]> = takers.iter().map(|t| t.exposure).collect();
    let roles: SmallVec<[Role; 8]> = takers.iter().map(|t| t.role).collect();
    let ingredients: SmallVec<[IngredientId; 8]> = takers.iter().map(|t| t.ingredient).collect();
    let situation = Situation {
        bound,
        participants: &participants,
        roles: &roles,
        ordered: 0,
        allergy: None,
        ingredients: &ingredients,
    };
    let (gate, judged) = judge(docket, &situation, rule, false);
    if gate == Gate::Unanswered {
        docket.mark(participants[0], Question::Duplicate, Cell::DataMissing);
    }
    let Some(judged) = judged else { return };
    let running = || takers.iter().filter(|t| !is_on_hold(bound, t.exposure)).count();
    let waits = waits(docket, bound, rule, takers, || running() > allowed);
    let quiet = waits || is_quiet(bound, participants.iter().copied());
    let said = if waits { on_hold_words(docket, bound, takers) } else { Vec::new() };
    let raised = Raised::new(Question::Duplicate, rule, judged.outcome, takers, 0);
    docket.raised.push(Raised { held: judged.held, quiet, said, ..raised });
}

fn taker(exposure: u32, ingredient: IngredientId) -> Taker {
    Taker { exposure, ingredient, role: Role::Mutual }
}
