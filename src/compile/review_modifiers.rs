//! Review of modifiers: those that can never decide, those that change nothing, and short courses that quiet rapid rules.

use crate::clinical::time::SLOW_ONSET;
use crate::compile::complaint::rules::{always_silent, modifier_idle, modifier_shadowed, short_course_quiets_rapid};
use crate::compile::imply::implies;
use crate::compile::lower_rules::question;
use crate::compile::outcomes::{Direction, SILENT, direction, weight};
use crate::compile::review::Review;
use crate::diagnostic::report::Diagnostic;
use crate::source::tree::{Body, Modifier, Outcome, Rule};
use crate::source::tree_condition::Test;

/// Reviews the modifiers of a rule.
pub fn review(review: Review<'_, '_>, rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    let weigh = |over: Option<&Outcome>| weight(&rule.outcome, over, question(rule), review.policy);
    let base = weigh(None);
    for (n, modifier) in rule.modifiers.iter().enumerate() {
        let changes = modifier.outcome != Outcome::default();
        if !changes && modifier.because.is_none() {
            complaints.push(modifier_idle(modifier));
        }
        let earlier = rule.modifiers[..n].iter().filter(|e| e.outcome != Outcome::default());
        let shadow = earlier.into_iter().find(|e| implies(&modifier.when.test, &e.when.test));
        if let Some(earlier) = shadow.filter(|_| changes) {
            complaints.push(modifier_shadowed(modifier, earlier));
        }
        let quiets = direction(base, weigh(Some(&modifier.outcome))) == Direction::Quieter;
        if quiets && is_rapid(rule) && asks_short_course(modifier) {
            complaints.push(short_course_quiets_rapid(modifier, rule));
        }
    }
    let speaks = |m: &Modifier| weigh(Some(&m.outcome)).severity != SILENT;
    if base.severity == SILENT && !rule.modifiers.iter().any(speaks) {
        complaints.push(always_silent(rule));
    }
}

/// Whether harm begins before three days of use together. What is not said is rapid.
fn is_rapid(rule: &Rule) -> bool {
    match &rule.body {
        Body::Pair { onset, .. } => onset.as_ref().is_none_or(|o| o.value < SLOW_ONSET.0),
        Body::Combination { .. } => true,
        _ => false,
    }
}

/// Whether a modifier holds only, or also, because a course or an overlap is short.
fn asks_short_course(modifier: &Modifier) -> bool {
    fn short(test: &Test, turned: bool) -> bool {
        match test {
            Test::All(inner) | Test::Any(inner) => inner.iter().any(|c| short(&c.test, turned)),
            Test::Not(inner) => short(&inner.test, !turned),
            Test::Duration { comparison, .. } | Test::Overlap { comparison } => match comparison.operator {
                0 | 1 => !turned,
                3 | 4 => turned,
                _ => true,
            },
            _ => false,
        }
    }
    short(&modifier.when.test, false)
}
