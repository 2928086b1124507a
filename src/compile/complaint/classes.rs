//! Complaints about classes and problems as graphs: K03xx.

use crate::compile::names::Roll;
use crate::diagnostic::quote::quote;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Allergen, Class, DrugSet, Name, Problem};

/// K0301: classes that contain each other in a circle.
///
/// Why it is refused: membership of each would hang on itself.
/// Write instead: break one of the links.
pub fn class_goes_in_a_circle(classes: &Roll<'_, Class>, circle: &[usize], links: &[Span]) -> Diagnostic {
    let word = |n: &usize| classes.rows.get(*n).map_or("", |c| c.name.value.as_str());
    let mut path: Vec<&str> = circle.iter().map(word).collect();
    path.extend(circle.first().map(word));
    let mut report = Diagnostic::error("K0301", format!("classes lead in a circle: {}", quote(&path.join(" → "))));
    for (n, span) in links.iter().enumerate() {
        let next = path.get(n + 1).copied().unwrap_or_default();
        report = report.label(*span, format!("{} leads on to {}", quote(path[n]), quote(next)));
    }
    report.help("take one of these names out of `classes` or `except`")
}

/// K0302: a class nobody belongs to.
///
/// Why it is refused: every rule that names it would be silent for ever.
/// Write instead: its `ingredients` or `classes`; look whether `except` takes out all of them.
pub fn class_empty(class: &Class) -> Diagnostic {
    Diagnostic::error("K0302", format!("class {} is empty", quote(&class.name.value)))
        .label(class.name.span, "no ingredient belongs to it")
        .help("list `ingredients` or `classes`, or see whether `except` takes out all of them")
}

/// K0303: a class no rule reads (a warning).
///
/// Why it is said: a class is written to be spoken of; perhaps a rule was meant to.
/// Write instead: a rule that names it, or take it out.
pub fn class_unreachable(class: &Class) -> Diagnostic {
    Diagnostic::warning("K0303", format!("no rule reads class {}", quote(&class.name.value)))
        .label(class.name.span, "not named by a rule or by a class that a rule names")
        .help("name it in a rule, or take it out")
}

/// K0304: an exception that takes nothing out (a warning).
///
/// Why it is said: whoever wrote it thought the drug was in; perhaps the class is not the one meant.
/// Write instead: leave it out, or correct the name.
pub fn exception_idle(written: &Name) -> Diagnostic {
    Diagnostic::warning("K0304", format!("{} was not in, so `except` takes nothing out", quote(&written.value)))
        .label(written.span, "no member of what is listed")
        .help("leave it out, or see whether another class was meant")
}

/// K0305: a class an allergy to which can be recorded, and no allergy rule reads it (a warning).
///
/// Why it is said: a recorded allergy to the class would be known and lead to no finding.
/// Write instead: an `[[allergy]]` rule whose `allergen` is the class or one that holds all its members.
pub fn class_allergy_unread(class: &Class) -> Diagnostic {
    Diagnostic::warning("K0305", format!("an allergy to class {} leads to no rule", quote(&class.name.value)))
        .label(class.name.span, "its codes may stand in an allergy list")
        .help("write an `[[allergy]]` rule whose `allergen` is this class or a wider one")
}

/// K0306: an unspecified allergen no allergy rule reads (a warning).
///
/// Why it is said: its record would be known and lead to no finding.
/// Write instead: an `[[allergy]]` rule with `allergen = { allergen = "..." }`.
pub fn allergen_unread(allergen: &Allergen) -> Diagnostic {
    let name = &allergen.name;
    Diagnostic::warning("K0306", format!("a record of allergen {} leads to no rule", quote(&name.value)))
        .label(name.span, "no allergy rule names it")
        .help(format!("write an `[[allergy]]` rule with `allergen = {{ allergen = {:?} }}`", name.value))
}

/// K0307: problems that include each other in a circle.
///
/// Why it is refused: each would be wider than itself.
/// Write instead: break one of the links in `problems`.
pub fn problem_goes_in_a_circle(problems: &Roll<'_, Problem>, circle: &[usize]) -> Diagnostic {
    let written: Vec<&Problem> = circle.iter().filter_map(|n| problems.rows.get(*n).copied()).collect();
    let mut path: Vec<&str> = written.iter().map(|p| p.name.value.as_str()).collect();
    path.extend(written.first().map(|p| p.name.value.as_str()));
    let mut report = Diagnostic::error("K0307", format!("problems lead in a circle: {}", quote(&path.join(" → "))));
    for (n, problem) in written.iter().enumerate() {
        let next = path.get(n + 1).copied().unwrap_or_default();
        let link = problem.problems.iter().find(|p| p.value == next).map_or(problem.name.span, |p| p.span);
        report = report.label(link, format!("includes {}", quote(next)));
    }
    report.help("take one of these names out of `problems`")
}

/// K0308: a set of drugs nothing belongs to.
///
/// Why it is refused: the rule or condition would be silent for ever.
/// Write instead: ingredients or classes; look whether `except` takes out all of them.
pub fn set_empty(set: &DrugSet) -> Diagnostic {
    Diagnostic::error("K0308", "no drug is left in this set")
        .label(set.span, "nothing belongs to it")
        .help("name ingredients or classes, or see whether `except` takes out all of them")
}

/// K0309: routes limited and excluded so that none is left.
///
/// Why it is refused: the rule would be silent for ever.
/// Write instead: only `route` or only `except-route`.
pub fn routes_empty(set: &DrugSet) -> Diagnostic {
    Diagnostic::error("K0309", "`except-route` takes out every route that `route` names")
        .label(set.span, "no route is left")
        .help("write only `route`, or only `except-route`")
}
