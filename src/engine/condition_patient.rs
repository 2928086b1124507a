//! Conditions about the patient's body: age, sex, weight, kidneys, pregnancy, breastfeeding. Nothing is guessed.

use crate::clinical::chart::{Entry, Measured, Pregnancy, Sex, Statement};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment, Span};
use crate::engine::bound::Bound;
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::condition_kidney::{acute_injury, cockcroft_gault, dialysis, estimated, problem_named};
use crate::engine::condition_node::{Node, Say, on_day};
use crate::engine::condition_record::one_problem;
use crate::engine::finding::GapKind;
use crate::engine::limits::{
    LACTATION_NO_LASTS, LACTATION_YES_LASTS, PREGNANCY_NO_LASTS, PREGNANCY_TERM, PREGNANCY_YES_LASTS, TRIMESTERS,
};
use crate::pack::rule_tables::ConditionKind as Kind;

/// Answers a condition about the patient's body.
pub fn answer(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let patient = &situation.bound.chart.patient;
    match node.kind {
        Kind::Age => age(situation, node, say),
        Kind::Sex => match patient.sex {
            None => wanting("sex"),
            Some(sex) => {
                say.put(|| format!("sex {}", sex_word(sex)));
                Verdict::of(node.first == sex as u32)
            }
        },
        Kind::Weight => {
            let (kind, weight) = patient.weighed().unzip();
            measured(situation, node, weight, (kind.unwrap_or_default().name(), "kg", 1_000), say)
        }
        Kind::Clearance => {
            let name = ("creatinine clearance", "mL/min", 1);
            match situation.bound.clearance.get_or_init(|| cockcroft_gault(situation.bound)) {
                Some(worked_out) => estimated(situation, node, worked_out, say),
                None => measured(situation, node, patient.kidneys.clearance, name, say),
            }
        }
        Kind::Egfr => measured(situation, node, patient.kidneys.egfr, ("eGFR", "mL/min/1.73 m²", 1), say),
        Kind::Dialysis => dialysis(situation.bound, say),
        Kind::AcuteKidneyInjury => acute_injury(situation.bound, say),
        Kind::Pregnant | Kind::Gestation => pregnant(situation, node, say),
        _ => breastfeeding(situation, say),
    }
}

/// Unknown for want of something about the patient.
pub fn wanting(what: &str) -> Verdict {
    Verdict::missing(Entry::Patient, GapKind::Missing, what.to_owned())
}

fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
    }
}

/// Age in whole months by the calendar, or in whole days. A date of birth known in part decides where all it may mean does.
fn age(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let now = situation.bound.chart.as_of;
    let Some(born) = situation.bound.chart.patient.born else { return wanting("date of birth") };
    let Some((months, most_months)) = born.months_until(now) else { return wanting("date of birth (it lies ahead)") };
    let (low, high) = match node.first {
        0 => (i64::from(months), i64::from(most_months)),
        _ => (days(born.latest, now).max(0), days(born.earliest, now)),
    };
    say.put(|| age_words(months, most_months, days(born.latest, now)));
    match node.compare(situation.bound.pack, Some(Exact::whole(low)), Some(Exact::whole(high))) {
        Truth::Unknown => wanting("full date of birth"),
        truth => Verdict { truth, ..Verdict::of(false) },
    }
}

fn days(from: Moment, to: Moment) -> i64 {
    to.0.div_euclid(86_400) - from.0.div_euclid(86_400)
}

fn age_words(months: i32, most_months: i32, days: i64) -> String {
    let (years, most_years) = (months / 12, most_months / 12);
    match (years, most_years) {
        (a, b) if a != b => format!("age {a} to {b} years"),
        (0..=1, _) if months == 0 => format!("age {days} days"),
        (0..=1, _) => format!("age {months} months"),
        _ => format!("age {years} years"),
    }
}

/// A measured value of the patient: named, in a unit that is so many of the base unit.
fn measured(
    situation: &Situation<'_, '_>,
    node: &Node,
    value: Option<Measured>,
    (name, unit, size): (&str, &str, i64),
    say: &mut Say<'_>,
) -> Verdict {
    let Some(found) = value else { return wanting(&node.datum(name, None)) };
    say.put(|| {
        let shown = found.value.checked_div(Exact::whole(size)).unwrap_or(found.value);
        format!("{name} {shown} {unit}{}", on_day(found.on))
    });
    if node.is_recent(situation.bound.chart.as_of, found.on) != Some(true) {
        return wanting(&node.datum(name, found.on));
    }
    node.compare_one(situation.bound.pack, found.value)
}

/// Whether a statement still answers, a dated one for so long after its date.
fn stands<T>(statement: &Statement<T>, now: Moment, lasts: Span) -> bool {
    statement.on.is_none_or(|on| on.latest.plus(lasts) >= now)
}

fn pregnant(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let now = situation.bound.chart.as_of;
    let stated = situation.bound.chart.patient.pregnancy.or_else(|| by_problem(situation.bound));
    let Some(statement) = &stated else { return wanting("pregnancy status") };
    match statement.value {
        Pregnancy::No => {
            if !stands(statement, now, PREGNANCY_NO_LASTS) {
                return wanting("recent pregnancy status");
            }
            say.put(|| format!("not pregnant{}", on_day(statement.on)));
            Verdict::of(false)
        }
        Pregnancy::Yes { due } => {
            let over = due.is_some_and(|d| d.latest.minus(PREGNANCY_TERM).plus(PREGNANCY_YES_LASTS) < now);
            if over || due.is_none() && !stands(statement, now, PREGNANCY_YES_LASTS) {
                return wanting("recent pregnancy status");
            }
            if node.kind == Kind::Gestation {
                return gestation(situation, node, due, say);
            }
            if node.first == 0 {
                say.put(|| format!("pregnant{}", on_day(statement.on)));
                return Verdict::of(true);
            }
            trimester(node, due, now, say)
        }
    }
}

/// An active problem of the name `pregnancy` states one, where it is dated; its absence states nothing.
fn by_problem(bound: &Bound<'_>) -> Option<Statement<Pregnancy>> {
    let pregnancy = problem_named(bound.pack, "pregnancy")?;
    let known = bound.problems.iter().filter(|b| b.problems.contains(&pregnancy));
    let problems = known.filter_map(|b| bound.chart.problems.get(b.index as usize));
    let active = problems.filter(|p| one_problem(p, bound.chart.as_of, None) == Truth::Holds);
    let on = active.filter_map(|p| p.onset.max(p.recorded)).max()?;
    Some(Statement { value: Pregnancy::Yes { due: None }, on: Some(on) })
}

/// Which day of the pregnancy it is: (at least, at most). Day 0 lies 280 days before the due date.
fn day_of_pregnancy(due: Dated, now: Moment) -> (i64, i64) {
    let day = |due: Moment| days(due.minus(PREGNANCY_TERM), now);
    (day(due.latest), day(due.earliest))
}

/// The weeks of a pregnancy that is known to be one. What nobody dated is unknown, and so is a limit that lies between the
/// days it may be.
fn gestation(situation: &Situation<'_, '_>, node: &Node, due: Option<Dated>, say: &mut Say<'_>) -> Verdict {
    let Some(due) = due else { return wanting("gestational age") };
    let (low, high) = day_of_pregnancy(due, situation.bound.chart.as_of);
    say.put(|| match low == high {
        true => format!("pregnant for {} weeks and {} days", low.div_euclid(7), low.rem_euclid(7)),
        false => format!("pregnant for {} to {} weeks", low.div_euclid(7), high.div_euclid(7)),
    });
    match node.compare(situation.bound.pack, Some(Exact::whole(low)), Some(Exact::whole(high))) {
        Truth::Unknown => wanting("gestational age to the day"),
        truth => Verdict { truth, ..Verdict::of(false) },
    }
}

/// The trimester follows from the due date, where it leaves no doubt.
fn trimester(node: &Node, due: Option<Dated>, now: Moment, say: &mut Say<'_>) -> Verdict {
    let Some(due) = due else { return wanting("due date") };
    let number = |day: i64| 1 + TRIMESTERS.iter().filter(|first| day >= **first).count();
    let (least, most) = day_of_pregnancy(due, now);
    let (earliest, latest) = (number(least), number(most));
    if earliest != latest {
        return wanting("full due date");
    }
    say.put(|| format!("pregnant, trimester {latest}"));
    Verdict::of(usize::try_from(node.first) == Ok(latest))
}

fn breastfeeding(situation: &Situation<'_, '_>, say: &mut Say<'_>) -> Verdict {
    let now = situation.bound.chart.as_of;
    let Some(statement) = &situation.bound.chart.patient.lactation else { return wanting("whether breastfeeding") };
    let lasts = if statement.value { LACTATION_YES_LASTS } else { LACTATION_NO_LASTS };
    if !stands(statement, now, lasts) {
        return wanting("recently, whether breastfeeding");
    }
    let word = if statement.value { "breastfeeding" } else { "not breastfeeding" };
    say.put(|| format!("{word}{}", on_day(statement.on)));
    Verdict::of(statement.value)
}
