//! Contraindication check: each exposure asked about against problems, age, pregnancy, lactation, kidneys and laboratory values.

use crate::clinical::severity::Question;
use crate::engine::bound::Bound;
use crate::engine::condition::{Situation, Truth, evaluate};
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, Role};
use crate::engine::judge_rule::{Gate, judge};
use crate::engine::scope::{Scope, is_ending, is_in_hand, is_quiet, speaks_of_ending};
use crate::engine::trace::stopped;
use crate::pack::ids::{ConditionId, IngredientId, NONE, ProblemId, RuleId};
use crate::pack::rule_tables::ConditionKind;
use smallvec::SmallVec;

/// Raises every rule that forbids an ingredient to this patient.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    for &subject in &scope.subjects {
        let exposure = &bound.exposures[subject as usize];
        for (n, part) in exposure.parts.iter().enumerate() {
            if exposure.parts[..n].iter().any(|p| p.ingredient == part.ingredient) {
                continue;
            }
            let rules = docket.pack.raw().contraindications.row(part.ingredient.index());
            let cell = if rules.is_empty() { Cell::NoRule } else { Cell::Checked };
            docket.mark(subject, Question::Contraindication, cell);
            for rule in rules {
                weigh(docket, bound, subject, part.ingredient, RuleId(*rule));
            }
        }
    }
}

fn weigh(docket: &mut Docket<'_>, bound: &Bound<'_>, subject: u32, ingredient: IngredientId, rule: RuleId) {
    let exposure = &bound.exposures[subject as usize];
    if is_ending(exposure) && is_in_hand(bound, subject) && !speaks_of_ending(docket.pack, rule) {
        return;
    }
    let situation = Situation {
        bound,
        participants: &[subject],
        roles: &[Role::Drug],
        ordered: 0,
        allergy: None,
        ingredients: &[ingredient],
    };
    let set = docket.pack.raw().rules.object_sets.get(rule.index()).copied().unwrap_or(NONE);
    if set != NONE && !drug_set::matches(docket.pack, set, exposure, ingredient) {
        stopped(docket, &situation, rule, "route or form: not one that the rule speaks of");
        return;
    }
    let (gate, judged) = judge(docket, &situation, rule, false);
    if gate == Gate::Unanswered {
        docket.mark(subject, Question::Contraindication, Cell::DataMissing);
    }
    let Some(judged) = judged else { return };
    let taker = Taker { exposure: subject, ingredient, role: Role::Drug };
    let raised = Raised::new(Question::Contraindication, rule, judged.outcome, &[taker], 0);
    let problem = forbidding(docket, &situation, rule);
    docket.raised.push(Raised { held: judged.held, problem, quiet: is_quiet(bound, [subject]), ..raised });
}

/// The problem that made the rule speak, where its gate asks for one and it holds: the first as the rule names them.
fn forbidding(docket: &Docket<'_>, situation: &Situation<'_, '_>, rule: RuleId) -> Option<(u32, ProblemId)> {
    let raw = docket.pack.raw();
    let conditions = &raw.conditions;
    let mut open: SmallVec<[u32; 8]> = SmallVec::new();
    open.extend(raw.rules.gates.get(rule.index()).copied().filter(|g| *g != NONE));
    while let Some(node) = open.pop() {
        let n = node as usize;
        let (kind, first, second) =
            (*conditions.kinds.get(n)?, *conditions.firsts.get(n)?, *conditions.seconds.get(n)?);
        if kind == ConditionKind::All as u8 || kind == ConditionKind::Any as u8 {
            let children = conditions.children.get(first as usize..second as usize).unwrap_or(&[]);
            open.extend(children.iter().rev().copied());
        } else if kind == ConditionKind::Problem as u8
            && evaluate(situation, ConditionId(node), None).truth == Truth::Holds
        {
            let id = ProblemId(u16::try_from(first).ok()?);
            let bearing = situation.bound.problems.iter().find(|p| p.problems.contains(&id))?;
            return Some((bearing.index, id));
        }
    }
    None
}
