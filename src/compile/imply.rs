//! Whether one condition holds whenever another does: how a shadowed modifier and a covered dose band are found.
//!
//! Careful on one side: it says yes only when it is sure.

use crate::clinical::exact::Exact;
use crate::diagnostic::report::Span;
use crate::source::tree::{DrugSet, Name, Written};
use crate::source::tree_condition::{About, Comparison, Condition, ProblemWhen, Test};

/// Whether the second condition holds whenever the first does.
pub fn implies(first: &Test, second: &Test) -> bool {
    if let Test::All(parts) = second {
        return parts.iter().all(|part| implies(first, &part.test));
    }
    if let Test::Any(parts) = first {
        return !parts.is_empty() && parts.iter().all(|part| implies(&part.test, second));
    }
    if let Test::Any(parts) = second
        && parts.iter().any(|part| implies(first, &part.test))
    {
        return true;
    }
    if let Test::All(parts) = first
        && parts.iter().any(|part| implies(&part.test, second))
    {
        return true;
    }
    if let (Test::Not(a), Test::Not(b)) = (first, second) {
        return implies(&b.test, &a.test);
    }
    narrower(first, second) || bare(first) == bare(second)
}

/// Two tests of one kind, the first asking for less.
fn narrower(first: &Test, second: &Test) -> bool {
    match (first, second) {
        (Test::Route { routes: a, of: x }, Test::Route { routes: b, of: y }) => x == y && a.0 & !b.0 == 0,
        (Test::Form { forms: a, of: x }, Test::Form { forms: b, of: y }) => x == y && all_in(a, b),
        (Test::Setting { settings: a, of: x }, Test::Setting { settings: b, of: y }) => x == y && all_in(a, b),
        (Test::Change { changes: a, of: x }, Test::Change { changes: b, of: y }) => x == y && a & !b == 0,
        (Test::Verification(a), Test::Verification(b)) => a & !b == 0,
        (Test::ReactionSeverity(a), Test::ReactionSeverity(b)) => a & !b == 0,
        (Test::Reaction(a), Test::Reaction(b)) => a.iter().all(|r| b.iter().any(|s| s.value == r.value)),
        (Test::Apart { before: a, after: b, of: x }, Test::Apart { before: c, after: d, of: y }) => {
            a >= c && b >= d && (x == y || *x == About::Any)
        }
        (Test::Pregnant(_) | Test::Gestation(_), Test::Pregnant(0)) => true,
        (Test::Problem { problem: a, when: now }, Test::Problem { problem: b, when: then }) => {
            a.value == b.value && as_recent(*now, *then)
        }
        _ => compared_alike(first, second),
    }
}

/// Two comparisons of the same thing, the first within the second.
fn compared_alike(first: &Test, second: &Test) -> bool {
    let (Some(a), Some(b)) = (comparison(first), comparison(second)) else { return false };
    let level = |test: &Test| {
        let mut level = bare(test);
        if let Some(comparison) = comparison_mut(&mut level) {
            *comparison = Comparison { operator: 0, low: Exact::ZERO, high: Exact::ZERO };
        }
        level
    };
    level(first) == level(second) && within(a, b)
}

fn all_in<T: PartialEq>(few: &[T], many: &[T]) -> bool {
    few.iter().all(|x| many.contains(x))
}

/// Whether a problem that counts now also counts then.
fn as_recent(now: ProblemWhen, then: ProblemWhen) -> bool {
    match (now, then) {
        (_, ProblemWhen::Ever) | (ProblemWhen::Active, ProblemWhen::Active | ProblemWhen::Within(_)) => true,
        (ProblemWhen::Active, ProblemWhen::Began(_)) => false,
        (ProblemWhen::Within(a), ProblemWhen::Within(b)) | (ProblemWhen::Began(a), ProblemWhen::Began(b)) => a <= b,
        (ProblemWhen::Ever | ProblemWhen::Within(_) | ProblemWhen::Began(_), _) => false,
    }
}

/// Whether every number of the first range lies in the second.
fn within(a: &Comparison, b: &Comparison) -> bool {
    let ((a_low, a_high), (b_low, b_high)) = (ends(a), ends(b));
    let above = match (a_low, b_low) {
        (_, None) => true,
        (Some((a, a_in)), Some((b, b_in))) => a > b || (a == b && (b_in || !a_in)),
        (None, Some(_)) => false,
    };
    let below = match (a_high, b_high) {
        (_, None) => true,
        (Some((a, a_in)), Some((b, b_in))) => a < b || (a == b && (b_in || !a_in)),
        (None, Some(_)) => false,
    };
    above && below
}

/// An end of a range, and whether it belongs to it.
type End = Option<(Exact, bool)>;

fn ends(comparison: &Comparison) -> (End, End) {
    let low = comparison.low;
    match comparison.operator {
        0 => (None, Some((low, false))),
        1 => (None, Some((low, true))),
        2 => (Some((low, true)), Some((low, true))),
        3 => (Some((low, true)), None),
        4 => (Some((low, false)), None),
        _ => (Some((low, true)), Some((comparison.high, true))),
    }
}

/// The comparison of a test, where it has one.
pub fn comparison(test: &Test) -> Option<&Comparison> {
    match test {
        Test::Dose { comparison, .. }
        | Test::Duration { comparison, .. }
        | Test::TakenFor { comparison, .. }
        | Test::Overlap { comparison }
        | Test::Age { comparison, .. }
        | Test::Weight(comparison)
        | Test::Gestation(comparison)
        | Test::Clearance { comparison, .. }
        | Test::Egfr { comparison, .. }
        | Test::Lab { comparison: Some((comparison, _)), .. } => Some(comparison),
        _ => None,
    }
}

fn comparison_mut(test: &mut Test) -> Option<&mut Comparison> {
    match test {
        Test::Dose { comparison, .. }
        | Test::Duration { comparison, .. }
        | Test::TakenFor { comparison, .. }
        | Test::Overlap { comparison }
        | Test::Age { comparison, .. }
        | Test::Weight(comparison)
        | Test::Gestation(comparison)
        | Test::Clearance { comparison, .. }
        | Test::Egfr { comparison, .. }
        | Test::Lab { comparison: Some((comparison, _)), .. } => Some(comparison),
        _ => None,
    }
}

/// A test without the places it was written in, so that two may be compared.
pub fn bare(test: &Test) -> Test {
    let nowhere = |name: &Name| Written::new(name.value.clone(), Span::default());
    let inner = |c: &Condition| Condition { test: bare(&c.test), span: Span::default() };
    match test {
        Test::All(parts) => Test::All(parts.iter().map(inner).collect()),
        Test::Any(parts) => Test::Any(parts.iter().map(inner).collect()),
        Test::Not(part) => Test::Not(Box::new(inner(part))),
        Test::Lab { lab, comparison, within } => Test::Lab {
            lab: nowhere(lab),
            comparison: comparison.as_ref().map(|(c, unit)| (*c, nowhere(unit))),
            within: *within,
        },
        Test::Problem { problem, when } => Test::Problem { problem: nowhere(problem), when: *when },
        Test::Indication { problem, of } => Test::Indication { problem: nowhere(problem), of: *of },
        Test::Taking { drugs, within } => Test::Taking { drugs: bare_set(drugs), within: *within },
        Test::AllergyTo(drugs) => Test::AllergyTo(bare_set(drugs)),
        Test::Reaction(reactions) => Test::Reaction(sorted(reactions)),
        other => other.clone(),
    }
}

/// A set without places, its names sorted.
pub fn bare_set(set: &DrugSet) -> DrugSet {
    DrugSet {
        ingredients: sorted(&set.ingredients),
        classes: sorted(&set.classes),
        except: sorted(&set.except),
        span: Span::default(),
        ..set.clone()
    }
}

fn sorted(names: &[Name]) -> Vec<Name> {
    let mut words: Vec<&String> = names.iter().map(|n| &n.value).collect();
    words.sort();
    words.into_iter().map(|w| Written::new(w.clone(), Span::default())).collect()
}
