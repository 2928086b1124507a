//! Interaction check: each exposure asked about against everything it meets in time, ingredient by ingredient.

use crate::clinical::severity::Question;
use crate::engine::bound::{Bound, Exposure};
use crate::engine::combination;
use crate::engine::condition::Situation;
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, Role};
use crate::engine::fold::same_ingredients;
use crate::engine::judge_rule::{Gate, end_unknown, judge};
use crate::engine::scope::{
    Scope, Together, ends_before_onset, is_ending, is_quiet, on_hold_words, speaks_of_ending, together, waits,
};
use crate::engine::trace::stopped;
use crate::pack::ids::{IngredientId, NONE, RuleId};
use crate::pack::rule_tables::RuleTable;
use smallvec::SmallVec;

/// One side of a pair: an exposure by one of its ingredients.
type Side = (u32, IngredientId);

/// Raises every rule in which two exposures meet, then every rule with three or more.
///
/// A drug never interacts with itself: two exposures to one ingredient are a duplicate, and so are two to one combination.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    let pack = docket.pack;
    let mut met: SmallVec<[Side; 48]> = SmallVec::new();
    for other in &scope.others {
        met.extend(bound.exposures[*other as usize].parts.iter().map(|p| (*other, p.ingredient)));
    }
    met.dedup();
    for &subject in &scope.subjects {
        let exposure = &bound.exposures[subject as usize];
        for (n, part) in exposure.parts.iter().enumerate() {
            if exposure.parts[..n].iter().any(|p| p.ingredient == part.ingredient) {
                continue;
            }
            docket.mark(subject, Question::Interaction, known(docket, part.ingredient));
            let row = pack.meeting_row(part.ingredient);
            row.meet_each(
                &met,
                |side| side.1,
                |&(other, ingredient), set| {
                    if other == subject || ingredient == part.ingredient || scope.seen(subject, other) {
                        return;
                    }
                    if exposure.parts.len() > 1 && same_ingredients(exposure, &bound.exposures[other as usize]) {
                        return;
                    }
                    let pair = [(subject, part.ingredient), (other, ingredient)];
                    for entry in pack.raw().meetings.sets.row(set as usize) {
                        meet(docket, bound, pair, *entry);
                    }
                },
            );
        }
    }
    combination::check(docket, bound, scope);
}

/// Whether the pack has any interaction of an ingredient.
fn known(docket: &Docket<'_>, ingredient: IngredientId) -> Cell {
    let raw = docket.pack.raw();
    let (n, starts) = (ingredient.index(), &raw.meetings.starts);
    let meets = matches!((starts.get(n), starts.get(n + 1)), (Some(a), Some(b)) if a < b);
    if meets || !raw.combinations.by_ingredient.row(n).is_empty() { Cell::Checked } else { Cell::NoRule }
}

/// One rule for one pair, from each side from which it may be read.
fn meet(docket: &mut Docket<'_>, bound: &Bound<'_>, [subject, other]: [Side; 2], entry: u32) {
    let rule = RuleId(entry >> 2);
    let ending = is_ending(&bound.exposures[subject.0 as usize]);
    if ending && !speaks_of_ending(docket.pack, rule) {
        return;
    }
    let mutual = docket.pack.raw().rules.pair_flags.get(rule.index()).is_some_and(|f| f & 1 == 1);
    if entry & 1 != 0 && oriented(docket, bound, rule, [subject, other], 0, mutual) && mutual {
        return;
    }
    if entry & 2 != 0 {
        oriented(docket, bound, rule, [other, subject], 1, mutual);
    }
}

/// One rule for a pair read as (object, precipitant). Whether the rule's sets match it so.
fn oriented(
    docket: &mut Docket<'_>,
    bound: &Bound<'_>,
    rule: RuleId,
    [object, precipitant]: [Side; 2],
    ordered: usize,
    mutual: bool,
) -> bool {
    let roles = if mutual { [Role::Mutual, Role::Mutual] } else { [Role::Object, Role::Precipitant] };
    let situation = Situation {
        bound,
        participants: &[object.0, precipitant.0],
        roles: &roles,
        ordered,
        allergy: None,
        ingredients: &[object.1, precipitant.1],
    };
    let rules = &docket.pack.raw().rules;
    let (first, second) = (&bound.exposures[object.0 as usize], &bound.exposures[precipitant.0 as usize]);
    let member = |sets: &[u32], exposure: &Exposure, ingredient| {
        let set = sets.get(rule.index()).copied().unwrap_or(NONE);
        set == NONE || drug_set::matches(docket.pack, set, exposure, ingredient)
    };
    if !member(&rules.object_sets, first, object.1) || !member(&rules.precipitant_sets, second, precipitant.1) {
        stopped(docket, &situation, rule, "route or form: not one that the rule speaks of");
        return false;
    }
    if !in_time(docket, &situation, rule, offsets(rules, rule, mutual)) {
        return true;
    }
    let (gate, judged) = judge(docket, &situation, rule, false);
    if gate == Gate::Unanswered {
        docket.mark(situation.participants[ordered], Question::Interaction, Cell::DataMissing);
    }
    let Some(judged) = judged else { return true };
    let takers = [
        Taker { exposure: object.0, ingredient: object.1, role: roles[0] },
        Taker { exposure: precipitant.0, ingredient: precipitant.1, role: roles[1] },
    ];
    let waits = waits(docket, bound, rule, &takers, || false);
    let quiet = waits || is_quiet(bound, [object.0, precipitant.0]);
    let said = if waits { on_hold_words(docket, bound, &takers) } else { Vec::new() };
    let raised = Raised::new(Question::Interaction, rule, judged.outcome, &takers, ordered);
    docket.raised.push(Raised { held: judged.held, quiet, said, ..raised });
    true
}

/// Whether both sides act at one time, as the rule sees it; where they do not, that is noted, and where it cannot be told, said.
///
/// An order that ends a drug meets what goes on acting: its partner alone is placed in time.
fn in_time(docket: &mut Docket<'_>, situation: &Situation<'_, '_>, rule: RuleId, offsets: (i64, i64)) -> bool {
    let bound = situation.bound;
    let exposure = |side: usize| &bound.exposures[situation.participants[side] as usize];
    let sides = [(exposure(0), offsets.0), (exposure(1), offsets.1)];
    let ends = is_ending(exposure(situation.ordered));
    let partner = 1 - situation.ordered;
    let placed = if ends { [sides[partner]; 2] } else { sides };
    match together(bound, placed[0], placed[1]) {
        Together::Yes => {
            let onset = docket.pack.raw().rules.onsets.get(rule.index()).copied().unwrap_or(0);
            let over = !ends && !docket.never_silence(rule) && ends_before_onset(bound, onset, sides);
            if over {
                stopped(docket, situation, rule, "onset: both end, as planned, before the harm begins");
            }
            !over
        }
        Together::No => {
            stopped(docket, situation, rule, "time: they are not taken together, nor within the rule's washout");
            false
        }
        Together::EndUnknown(side) => {
            let unknown = situation.participants[if ends { partner } else { side }];
            end_unknown(docket, situation, rule, unknown);
            false
        }
    }
}

/// How long each side keeps acting after its end, in seconds: (object, precipitant). Of a mutual pair either may linger.
pub fn offsets(rules: &RuleTable, rule: RuleId, mutual: bool) -> (i64, i64) {
    let offset = rules.offsets.get(rule.index()).copied().unwrap_or(0);
    let object = rules.object_offsets.get(rule.index()).copied().unwrap_or(0);
    if mutual { (object.max(offset), offset) } else { (object, offset) }
}
