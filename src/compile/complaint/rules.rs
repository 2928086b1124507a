//! Complaints about rules as a whole: K0401 to K0429.

use crate::compile::names::Names;
use crate::diagnostic::quote::{list, quote};
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Modifier, Name, Rule};

/// K0401: two rules speak of the same drugs under the same gate with different severity (a warning).
///
/// Why it is said: the louder stands, so the milder one never decides; one of them is probably out of date.
/// Write instead: one rule, or `replaces` in the one that is to stand.
pub fn rules_contradict(first: &Rule, second: &Rule) -> Diagnostic {
    let words = |r: &Rule| r.outcome.severity.as_ref().map_or("silent", |s| s.value.word());
    let message = format!(
        "rules {} and {} speak of the same drugs and differ in severity",
        quote(&first.id.value),
        quote(&second.id.value)
    );
    Diagnostic::warning("K0401", message)
        .label(second.id.span, format!("here it is {}", words(second)))
        .label(first.id.span, format!("here it is {}", words(first)))
        .help("join them into one, or let one of them say `replaces` of the other")
}

/// K0402: a modifier that can never decide, because an earlier one holds whenever it does.
///
/// Why it is refused: the first modifier that holds decides; what this one changes would never be seen.
/// Write instead: the narrower condition first.
pub fn modifier_shadowed(later: &Modifier, earlier: &Modifier) -> Diagnostic {
    Diagnostic::error("K0402", "this modifier can never decide")
        .label(later.when.span, "whenever this holds ...")
        .label(earlier.when.span, "... this holds too, and comes first")
        .help("put the narrower condition first, or take one of the two out")
}

/// K0403: a rule without a level of evidence.
///
/// Why it is refused: nobody could tell a proven harm from a guess.
/// Write instead: `evidence = { level = "...", sources = ["..."] }`.
pub fn evidence_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0403", format!("rule {} has no level of evidence", quote(&rule.id.value)))
        .label(rule.id.span, "how sure is it?")
        .help("add `evidence = { level = \"...\", sources = [\"...\"] }`: established, probable, suspected or theoretical")
}

/// K0404: a rule without a source.
///
/// Why it is refused: nobody could look it up, or tell when it went out of date.
/// Write instead: at least one source, such as a label section or a study.
pub fn sources_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0404", format!("rule {} names no source", quote(&rule.id.value)))
        .label(rule.id.span, "who says so?")
        .help("add `sources` to `evidence`: a section of a label, a guideline, a study")
}

/// K0405: a rule without an author.
///
/// Why it is refused: nobody would answer for it.
/// Write instead: `author = "..."`.
pub fn author_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0405", format!("rule {} has no author", quote(&rule.id.value)))
        .label(rule.id.span, "who answers for it?")
        .help("add `author = \"...\"`")
}

/// K0406: a rule without a date on which it is to be read again, or with one that is no date.
///
/// Why it is refused: knowledge goes out of date, and nobody would be told.
/// Write instead: `review = "YYYY-MM-DD"`.
pub fn review_absent(rule: &Rule) -> Diagnostic {
    match &rule.review {
        None => Diagnostic::error("K0406", format!("rule {} has no review date", quote(&rule.id.value)))
            .label(rule.id.span, "when is it to be read again?")
            .help("add `review = \"YYYY-MM-DD\"`"),
        Some(date) => Diagnostic::error("K0406", format!("review date {} is no day", quote(&date.value)))
            .label(date.span, "not a day of the calendar as `YYYY-MM-DD`")
            .help("write a day as `YYYY-MM-DD`"),
    }
}

/// K0407: a rule without a severity.
///
/// Why it is refused: nothing could decide how loud it is.
/// Write instead: contraindicated, major, moderate or minor; or `silent = true` and modifiers that speak.
pub fn severity_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0407", format!("rule {} has no severity", quote(&rule.id.value)))
        .label(rule.id.span, "how bad is it?")
        .help("add `severity`: contraindicated, major, moderate or minor")
}

/// K0408: contraindicated, and no precautions.
///
/// Why it is refused: the two say opposite things to whoever reads the card.
/// Write instead: `management = "avoid"`, or a lower severity.
pub fn contraindicated_without_precautions(span: Span) -> Diagnostic {
    Diagnostic::error("K0408", "severity `contraindicated` with management `none`")
        .label(span, "should not be done at all, and needs no precautions?")
        .help("write `management = \"avoid\"`, or a lower severity")
}

/// K0409: rules that stand in for each other in a circle, or a rule for itself.
///
/// Why it is refused: each would silence the other.
/// Write instead: only the more specific one says `replaces`.
pub fn replaces_in_a_circle(names: &Names<'_>, circle: &[usize]) -> Diagnostic {
    let rules: Vec<&Rule> = circle.iter().filter_map(|n| names.rules.rows.get(*n).copied()).collect();
    let mut path: Vec<&str> = rules.iter().map(|r| r.id.value.as_str()).collect();
    path.extend(rules.first().map(|r| r.id.value.as_str()));
    let mut report = Diagnostic::error("K0409", format!("rules replace in a circle: {}", quote(&path.join(" → "))));
    for (n, rule) in rules.iter().enumerate() {
        let next = path.get(n + 1).copied().unwrap_or_default();
        let link = rule.replaces.iter().find(|r| r.value == next).map_or(rule.id.span, |r| r.span);
        report = report.label(link, format!("replaces {}", quote(next)));
    }
    report.help("keep `replaces` in the more specific rule alone")
}

/// K0410: a rule replaces one that answers another question.
///
/// Why it is refused: they never fire for the same participants, so it would replace nothing.
/// Write instead: the `id` of a rule of the same kind.
pub fn replaces_another_kind(written: &Name) -> Diagnostic {
    Diagnostic::error("K0410", format!("rule {} answers another question", quote(&written.value)))
        .label(written.span, "a rule of another kind")
        .help("name a rule of the same kind, or leave `replaces` out")
}

/// K0411: cases that show what the rule finds, and none that shows what it must not (a warning).
///
/// Why it is said: a rule that fires always passes its hits too.
/// Write instead: a case just beside the hit, with `expect-not`.
pub fn near_miss_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::warning("K0411", format!("rule {} has a hit without a near miss", quote(&rule.id.value)))
        .label(rule.id.span, "no case expects it not to fire")
        .help(format!("add a case just beside the hit, with `expect-not = [{:?}]`", rule.id.value))
}

/// K0412: a rule without a case that shows it (a warning).
///
/// Why it is said: nobody has seen it fire.
/// Write instead: a case with `expect`.
pub fn hit_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::warning("K0412", format!("no case shows that rule {} fires", quote(&rule.id.value)))
        .label(rule.id.span, "no case expects it")
        .help(format!("add a case with `expect = [{:?}]`, and a near miss beside it", rule.id.value))
}

/// K0413: a short course quiets a rule whose harm comes quickly.
///
/// Why it is refused: the harm would be done before the course is over.
/// Write instead: another condition; or an `onset` of three days or more, if that is what the sources say.
pub fn short_course_quiets_rapid(modifier: &Modifier, rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0413", "a short course quiets only rules whose onset is slow")
        .label(modifier.when.span, "a short course")
        .label(rule.id.span, "harm begins within three days")
        .help("take the modifier out, or give the rule an `onset` of `3 d` or more if its sources say so")
}

/// K0414: the same drugs on both sides.
///
/// Why it is refused: nobody could tell which is the object; or no two different drugs are left to meet.
/// Write instead: `any = 2` with `of`, or `mutual`, or the other side.
pub fn sides_alike(rule: &Rule, span: Span) -> Diagnostic {
    Diagnostic::error("K0414", format!("rule {} has the same drugs on both sides", quote(&rule.id.value)))
        .label(span, "no different from the other side")
        .help("write `any = 2` with `of = ...` for drugs that add up, or name the other side")
}

/// K0415: a second rule that speaks for every ingredient.
///
/// Why it is refused: a pack has one answer to the same ingredient twice.
/// Write instead: modifiers of the first rule.
pub fn same_ingredient_twice(first: &Rule, second: &Rule) -> Diagnostic {
    Diagnostic::error("K0415", "two rules of one kind say `same-ingredient = true`")
        .label(second.id.span, "this one too")
        .label(first.id.span, "the first one")
        .help("join them: what differs is a modifier")
}

/// K0416: a rule that does not say what it is about.
///
/// Why it is refused: it could never fire.
/// Write instead: the drugs; for an allergy `allergen` and `drug`; for a duplicate `of` or `same-ingredient`.
pub fn subject_absent(rule: &Rule, what: &str) -> Diagnostic {
    Diagnostic::error("K0416", format!("rule {} does not say {what}", quote(&rule.id.value)))
        .label(rule.id.span, "it could never fire")
        .help("name the drugs it is about")
}

/// K0417: an allergen without drugs that is no excipient.
///
/// Why it is refused: only an excipient is found in products by itself.
/// Write instead: `drug = ...`: what reacts.
pub fn drug_absent_for_allergen(rule: &Rule, allergen: &Name) -> Diagnostic {
    Diagnostic::error("K0417", format!("rule {} does not say which drugs react", quote(&rule.id.value)))
        .label(allergen.span, "no excipient, so no product is known to hold it")
        .help("add `drug = ...`, or define the allergen with `kind = \"excipient\"`")
}

/// K0418: a combination that one drug alone would fill, or that never can be filled.
///
/// Why it is refused: a combination is of two or more.
/// Write instead: `any = 2` or more, of a set that holds as many; or more participants.
pub fn combination_unfit(rule: &Rule, span: Span) -> Diagnostic {
    Diagnostic::error("K0418", format!("rule {} cannot be filled as it stands", quote(&rule.id.value)))
        .label(span, "one drug would do, or there are not enough drugs to choose from")
        .help("ask for two or more drugs in all, and for no more than the set holds")
}

/// K0419: a contraindication without a condition.
///
/// Why it is refused: it would fire for every patient.
/// Write instead: `when = ...`.
pub fn gate_absent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0419", format!("contraindication {} has no `when`", quote(&rule.id.value)))
        .label(rule.id.span, "it would fire for every patient")
        .help("add `when = { problem = \"...\" }`, or another condition")
}

/// K0420: a modifier that changes nothing and says nothing (a warning).
///
/// Why it is said: it was written for a reason.
/// Write instead: what it changes, or `because`.
pub fn modifier_idle(modifier: &Modifier) -> Diagnostic {
    Diagnostic::warning("K0420", "this modifier changes nothing")
        .label(modifier.when.span, "when this holds, the rule says what it says anyway")
        .help("write what it changes, or `because = \"...\"`")
}

/// K0421: words too long for the line they stand in (a warning).
///
/// Why it is said: a summary has 139 characters for drugs, risk and advice; what is too long is cut.
/// Write instead: fewer words; the rest belongs into `actions` or `consequence`.
pub fn words_too_long(name: &Name, key: &str, found: usize, most: usize) -> Diagnostic {
    Diagnostic::warning("K0421", format!("`{key}` has {found} characters, a card's line takes {most}"))
        .label(name.span, "too long for the summary of a card")
        .help("say it shorter, and put the rest into `actions` or `consequence`")
}

/// K0422: a rule that is silent whatever the patient is like.
///
/// Why it is refused: it reads as if something were checked.
/// Write instead: a modifier that speaks; or take the rule out.
pub fn always_silent(rule: &Rule) -> Diagnostic {
    Diagnostic::error("K0422", format!("rule {} never says anything", quote(&rule.id.value)))
        .label(rule.id.span, "silent itself, and no modifier speaks")
        .help("give a modifier a severity, or take the rule out")
}

/// K0423: more participants than a rule may have.
///
/// Why it is refused: the slots of a rule are numbered up to 16.
/// Write instead: fewer participants, or a class.
pub fn too_many_participants(rule: &Rule, found: usize, most: usize) -> Diagnostic {
    let message = format!("rule {} has {found} participants, and a rule holds at most {most}", quote(&rule.id.value));
    Diagnostic::error("K0423", message).label(rule.id.span, "too many").help("join drugs into a class")
}

/// K0424: drugs on both sides of a rule with roles (a warning).
///
/// Why it is said: for two of them the rule reads both ways, and gives both sides' advice.
/// Write instead: `except` on one side, if that is not meant.
pub fn sides_overlap(rule: &Rule, both: &[&str]) -> Diagnostic {
    let message = format!("rule {} has the same drugs as object and precipitant", quote(&rule.id.value));
    Diagnostic::warning("K0424", message)
        .label(rule.id.span, format!("on both sides: {}", list(both.iter().copied().take(5))))
        .help("take them out of one side with `except`, if the rule is not meant both ways")
}
