//! Conditions about what is on record: labs, problems, co-medication, allergies, indications.

use crate::clinical::chart::{Bound as LabBound, ClinicalStatus, Entry, Lab, List, Problem, Procedure};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Moment, Span};
use crate::engine::bound::{Allergen, Bound, Change, Currency, Exposure, Taken};
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::condition_node::{Node, Say, absent, ingredient_name, medications, on_day, recent, unsaid};
use crate::engine::drug_set;
use crate::engine::finding::GapKind;
use crate::engine::gaps::wanted;
use crate::pack::ids::{IngredientId, LabId, ProblemId};
use crate::pack::read::Pack;
use crate::pack::rule_tables::ConditionKind as Kind;

/// Answers a condition about what is on record.
pub fn answer(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    match node.kind {
        Kind::Lab => lab(situation, node, say),
        Kind::LabKnown => lab_known(situation, node, say),
        Kind::Problem => problem(situation, node, say),
        Kind::Taking => taking(situation, node, say),
        Kind::AllergyTo => allergy_to(situation, node, say),
        _ => indication(situation, node, say),
    }
}

/// The latest value of a lab, whatever it is.
fn latest<'b>(situation: &Situation<'b, '_>, node: &Node) -> Option<(Entry, &'b Lab)> {
    let id = LabId(u16::try_from(node.first).ok()?);
    let bound = situation.bound;
    let at = bound.labs.binary_search_by_key(&id, |(lab, _)| *lab).ok()?;
    let index = bound.labs.get(at)?.1;
    Some((Entry::Lab(index), bound.chart.labs.get(index as usize)?))
}

fn lab_title<'a>(pack: &'a Pack, node: &Node) -> &'a str {
    pack.raw().labs.titles.get(node.first as usize).map_or("", |t| pack.text(*t))
}

/// Only the latest value counts, never the latest normal one; older than the look-back is missing, and so is one that came
/// in words or without a date where a look-back is asked.
fn lab(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let pack = situation.bound.pack;
    let title = lab_title(pack, node);
    let missing = |entry: Entry, words: String| Verdict::missing(entry, GapKind::Missing, words);
    let Some((entry, found)) = latest(situation, node) else {
        return missing(Entry::List(List::Labs), node.datum(title, None));
    };
    if node.is_recent(situation.bound.chart.as_of, found.on) != Some(true) {
        say.put(|| format!("{title} last{}", on_day(found.on)));
        return missing(entry, node.datum(title, found.on));
    }
    let Some(value) = found.value else {
        return missing(entry, format!("{title} as a number (the latest{} is words)", on_day(found.on)));
    };
    let factor = match factor(pack, node.first as usize, &found.unit) {
        Some(factor) => factor,
        None => {
            let unit = if found.unit.is_empty() { "no unit" } else { &found.unit };
            let words = format!("{title} in {} (sent in {unit})", rule_unit(pack, node.first as usize));
            return Verdict::missing(entry, GapKind::UnitMismatch, words);
        }
    };
    let Some(value) = value.checked_mul(factor) else {
        return missing(entry, format!("{title} (the number does not fit)"));
    };
    let (low, high) = match found.bound {
        None => (Some(value), Some(value)),
        Some(LabBound::Below) => (None, Some(value)),
        Some(LabBound::Above) => (Some(value), None),
    };
    say.put(|| {
        let sign = found.bound.map_or("", |b| if b == LabBound::Below { "<" } else { ">" });
        format!("{title} {sign}{value} {}{}", rule_unit(pack, node.first as usize), on_day(found.on))
    });
    match node.compare(pack, low, high) {
        Truth::Unknown => missing(entry, format!("exact {title}")),
        truth => Verdict { truth, ..Verdict::of(false) },
    }
}

fn rule_unit(pack: &Pack, lab: usize) -> &str {
    let labs = &pack.raw().labs;
    let unit = labs.unit_starts.get(lab).and_then(|row| labs.units.get(*row as usize));
    unit.map_or("", |t| pack.text(*t))
}

/// What a value in a unit as sent is multiplied by to stand in the rules' unit; `None` when it does not convert. Units are
/// compared letter by letter. No unit at all is right for a ratio (`1`, `{INR}`), and only for that.
pub fn factor(pack: &Pack, lab: usize, unit: &str) -> Option<Exact> {
    let labs = &pack.raw().labs;
    let (from, to) = (*labs.unit_starts.get(lab)? as usize, *labs.unit_starts.get(lab + 1)? as usize);
    let unit = unit.trim();
    for row in from..to {
        let spelling = pack.text(*labs.units.get(row)?);
        let bare = row == from && unit.is_empty() && (spelling == "1" || spelling.starts_with('{'));
        if spelling == unit || bare {
            return Exact::ratio(*labs.factor_numerators.get(row)?, *labs.factor_denominators.get(row)?);
        }
    }
    None
}

fn lab_known(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let title = lab_title(situation.bound.pack, node);
    let list = Entry::List(List::Labs);
    let receipt = &situation.bound.chart.received.labs;
    let Some((entry, found)) = latest(situation, node) else {
        say.put(|| format!("no {title}"));
        return absent(receipt, list, || node.datum(title, None));
    };
    say.put(|| format!("{title} known{}", on_day(found.on)));
    if found.value.is_none() {
        return Verdict::missing(entry, GapKind::Missing, format!("{title} as a number"));
    }
    match node.is_recent(situation.bound.chart.as_of, found.on) {
        Some(true) => Verdict::of(true),
        Some(false) => absent(receipt, list, || node.datum(title, found.on)),
        None => Verdict::missing(entry, GapKind::Missing, node.datum(title, found.on)),
    }
}

fn problem(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let bound = situation.bound;
    let title = bound.pack.raw().problems.titles.get(node.first as usize).map_or("", |t| bound.pack.text(*t));
    let Ok(id) = u16::try_from(node.first).map(ProblemId) else { return Verdict::of(false) };
    if node.second == 3 {
        return begun(situation, node, id, title, say);
    }
    let since = match (node.second, node.within) {
        (2, Some(within)) => Some(bound.chart.as_of.minus(within)),
        (0, _) => None,
        _ => Some(Moment(i64::MIN)),
    };
    match problem_state(bound, id, since) {
        Truth::Holds => {
            say.put(|| if node.second == 0 { title.to_owned() } else { format!("{title} on record") });
            Verdict::of(true)
        }
        Truth::Unknown => Verdict::missing(Entry::List(List::Problems), GapKind::Missing, format!("date of {title}")),
        Truth::Fails => {
            say.put(|| format!("no {title} on record"));
            let words = || wanted(List::Problems, title);
            absent(&bound.chart.received.problems, Entry::List(List::Problems), words)
        }
    }
}

/// A problem that began within the look-back, whatever became of it.
fn begun(situation: &Situation<'_, '_>, node: &Node, id: ProblemId, title: &str, say: &mut Say<'_>) -> Verdict {
    let bound = situation.bound;
    let now = bound.chart.as_of;
    let since = now.minus(node.within.unwrap_or(Span(0)));
    let known = bound.problems.iter().filter(|b| b.problems.contains(&id));
    let mut wanting = None;
    for (index, problem) in known.filter_map(|b| Some((b.index, bound.chart.problems.get(b.index as usize)?))) {
        match began(problem, since, now) {
            Truth::Holds => {
                say.put(|| format!("{title} begun{}", on_day(problem.onset)));
                return Verdict::of(true);
            }
            Truth::Unknown => wanting = wanting.or(Some(index)),
            Truth::Fails => {}
        }
    }
    if let Some(index) = wanting {
        return Verdict::missing(Entry::Problem(index), GapKind::Missing, format!("when {title} began"));
    }
    let within = Span(now.since(since).0);
    say.put(|| format!("no {title} begun within {within}"));
    absent(&bound.chart.received.problems, Entry::List(List::Problems), || wanted(List::Problems, title))
}

/// Whether a problem began since a moment. Nothing begins after it was recorded, or after it ended: where no onset is known,
/// an old date of these says that it is old, and a late one says nothing.
pub fn began(problem: &Problem, since: Moment, now: Moment) -> Truth {
    if let Some(onset) = problem.onset {
        return match recent(since, onset) {
            _ if onset.surely_after(now) => Truth::Fails,
            Some(true) => Truth::Holds,
            Some(false) => Truth::Fails,
            None => Truth::Unknown,
        };
    }
    let old = [problem.recorded, problem.ended].into_iter().flatten().any(|on| on.surely_before(since));
    if old { Truth::Fails } else { Truth::Unknown }
}

/// Whether a problem on the list stands: now (`since` absent), or at any time since a moment. Unconfirmed ones count.
/// Unknown when it is over and nothing says when. A list that was not sent is the caller's to think of.
pub fn problem_state(bound: &Bound<'_>, id: ProblemId, since: Option<Moment>) -> Truth {
    let now = bound.chart.as_of;
    let mut state = Truth::Fails;
    for known in bound.problems.iter().filter(|b| b.problems.contains(&id)) {
        let Some(problem) = bound.chart.problems.get(known.index as usize) else { continue };
        match one_problem(problem, now, since) {
            Truth::Holds => return Truth::Holds,
            Truth::Unknown => state = Truth::Unknown,
            Truth::Fails => {}
        }
    }
    state
}

/// The procedures on record whose code means a problem of the pack (`dialysis`).
pub fn procedures<'b>(bound: &'b Bound<'_>, id: ProblemId) -> impl Iterator<Item = &'b Procedure> {
    let means = move |code| bound.pack.problems(code).is_some_and(|known| known.contains(&id.0));
    bound.chart.procedures.iter().filter(move |p| p.concept.codes.iter().any(means))
}

/// Whether one problem stands now, or stood at any time since a moment.
pub fn one_problem(problem: &Problem, now: Moment, since: Option<Moment>) -> Truth {
    let ended = problem.ended.is_some_and(|e| e.surely_before(now));
    let over = ended || matches!(problem.clinical, ClinicalStatus::Inactive | ClinicalStatus::Resolved);
    let ahead = problem.onset.is_some_and(|o| o.surely_after(now));
    match since {
        _ if ahead => Truth::Fails,
        _ if !over => Truth::Holds,
        None => Truth::Fails,
        Some(Moment(i64::MIN)) => Truth::Holds,
        Some(since) => {
            let last = problem.ended.or(problem.onset).or(problem.recorded);
            match last.and_then(|on| recent(since, on)) {
                Some(true) => Truth::Holds,
                Some(false) => Truth::Fails,
                None => Truth::Unknown,
            }
        }
    }
}

/// Co-medication: what is taken or being ordered beside the participants; with a look-back also what ended within it. What an
/// order replaces or stops does not count.
fn taking(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let bound = situation.bound;
    let since = node.within.map(|w| bound.chart.as_of.minus(w));
    if let Some((index, ingredient)) = taker(bound, node.first, since, situation.participants) {
        say.put(|| {
            let past = bound.exposures.get(index as usize).is_some_and(|e| e.currency == Currency::Past);
            format!("{} {}", if past { "took" } else { "takes" }, ingredient_name(bound.pack, ingredient))
        });
        return Verdict::of(true);
    }
    let title = set_title(bound.pack, node.first);
    say.put(|| format!("no {title} on the list"));
    absent(medications(bound.chart), Entry::List(List::Medications), || wanted(List::Medications, title))
}

/// The first exposure beside the participants that is taken and belongs to a set, and by which ingredient. What a participant
/// replaces (its own copy, its own past) is not beside it.
fn taker(bound: &Bound<'_>, set: u32, since: Option<Moment>, participants: &[u32]) -> Option<(u32, IngredientId)> {
    let mut answered = bound.taken.borrow_mut();
    let known = answered.iter().position(|t| t.set == set && t.since == since);
    let at = known.unwrap_or_else(|| {
        let taken = (0u32..).zip(&bound.exposures).filter(|(_, e)| is_taken(e, since));
        let who = taken.filter_map(|(n, e)| Some((n, drug_set::member(bound.pack, set, e)?))).collect();
        answered.push(Taken { set, since, who });
        answered.len() - 1
    });
    let replaced_by = |index: u32| bound.exposures.get(index as usize).and_then(|e| e.replaced_by);
    let beside = |index: u32| {
        !participants.contains(&index) && replaced_by(index).is_none_or(|order| !participants.contains(&order))
    };
    answered.get(at)?.who.iter().find(|(index, _)| beside(*index)).copied()
}

fn set_title(pack: &Pack, set: u32) -> &str {
    pack.raw().drug_sets.titles.get(set as usize).map_or("", |t| pack.text(*t))
}

fn is_taken(exposure: &Exposure, since: Option<Moment>) -> bool {
    match exposure.currency {
        Currency::Current => exposure.replaced_by.is_none() && exposure.change != Change::Hold,
        Currency::Past => since.is_some_and(|since| exposure.interval.end.is_some_and(|end| end >= since)),
        Currency::Future | Currency::Void => false,
    }
}

/// An allergy on record to a member of a set: to the ingredient, or to a class (also one whose member is not named) that
/// shares a member with it. Inactive ones do not count here.
fn allergy_to(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let (bound, raw) = (situation.bound, situation.bound.pack.raw());
    let members = raw.drug_sets.members.row(node.first as usize);
    let class_meets =
        |class: u16| raw.classes.members.row(usize::from(class)).iter().any(|m| members.binary_search(m).is_ok());
    let title = set_title(bound.pack, node.first);
    for allergy in &bound.allergies {
        let recorded = bound.chart.allergies.get(allergy.index as usize);
        if recorded.is_some_and(|a| a.clinical == ClinicalStatus::Inactive) {
            continue;
        }
        let meets = allergy.allergens.iter().any(|allergen| match allergen {
            Allergen::Ingredient(id) => members.binary_search(&id.0).is_ok(),
            Allergen::Class(id) => class_meets(id.0),
            Allergen::Other(id) => {
                raw.allergen_classes.get(id.index()).is_some_and(|c| *c != u16::MAX && class_meets(*c))
            }
        });
        if meets {
            say.put(|| format!("allergy to {title}"));
            return Verdict::of(true);
        }
    }
    say.put(|| format!("no allergy to {title} on record"));
    let words = || wanted(List::Allergies, title);
    let list = Entry::List(List::Allergies);
    if bound.gaps.iter().any(|g| g.kind == GapKind::AllergiesNotAsked) {
        return Verdict::missing(list, GapKind::Missing, words());
    }
    absent(&bound.chart.received.allergies, list, words)
}

/// The reason recorded for a drug; unknown when none is, or none in codes.
fn indication(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let (bound, pack) = (situation.bound, situation.bound.pack);
    let title = pack.raw().problems.titles.get(node.first as usize).map_or("", |t| pack.text(*t));
    node.of_subjects(situation, say, |place, exposure, say| {
        let records = exposure.records.iter().filter_map(|r| bound.chart.medications.get(*r as usize));
        let mut codes = records.flat_map(|m| &m.reasons).flat_map(|r| &r.codes).peekable();
        if codes.peek().is_none() {
            return unsaid(situation, place, "indication");
        }
        let means = |set: &[u16]| set.iter().any(|id| u32::from(*id) == node.first);
        let holds = codes.any(|code| pack.problems(code).is_some_and(means));
        say.put(|| if holds { format!("given for {title}") } else { format!("given for something else than {title}") });
        Verdict::of(holds)
    })
}
