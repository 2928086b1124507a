//! Kidneys: dialysis and acute injury, from what states or shows them (a statement, a problem, recent dialysis, a rise of the
//! creatinine), and the clearance worked out by Cockcroft and Gault. Clearance and eGFR never stand for each other. What they are called by (problems `dialysis` and `acute-kidney-injury`, lab `creatinine`) is the pack's.
//!
//! Not derived: from urine output, from a creatinine older than seven days as the baseline, from eGFR or clearance; no
//! stage; of a patient on dialysis no injury from creatinine, which dialysis lowers and lets rise again.

use crate::clinical::chart::{Receipt, Sex};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment};
use crate::clinical::weight::WeightKind;
use crate::engine::bound::Bound;
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::condition_node::{Node, Say, day};
use crate::engine::condition_patient::wanting;
use crate::engine::condition_record::{factor, problem_state, procedures};
use crate::engine::limits::{
    CREATININE_FACTOR, CREATININE_LASTS, CREATININE_RISE, CREATININE_RISE_WITHIN, CREATININES_MAX,
    DIALYSIS_DOUBT_LASTS, DIALYSIS_LASTS, INJURY_LASTS,
};
use crate::pack::ids::{LabId, ProblemId};
use crate::pack::read::Pack;
use smallvec::SmallVec;

/// On dialysis: as stated; by an active problem or procedure; by one that was done within a fortnight. One done within three
/// months leaves it unknown.
pub fn dialysis(bound: &Bound<'_>, say: &mut Say<'_>) -> Verdict {
    const TITLE: &str = "dialysis";
    if let Some(stated) = bound.chart.patient.kidneys.dialysis {
        return said(stated, TITLE, say);
    }
    let Some(problem) = problem_named(bound.pack, "dialysis") else { return wanting(TITLE) };
    if problem_state(bound, problem, None) == Truth::Holds {
        return said(true, TITLE, say);
    }
    let now = bound.chart.as_of;
    let done = procedures(bound, problem).filter(|p| p.on.is_none_or(|on| !on.surely_after(now)));
    let mut latest: Option<Dated> = None;
    for procedure in done {
        match procedure.on {
            _ if procedure.ongoing => return said(true, TITLE, say),
            on if on > latest => latest = on,
            _ => {}
        }
    }
    match latest {
        Some(on) if on.latest >= now.minus(DIALYSIS_LASTS) => {
            say.put(|| format!("dialysis on {}", day(on)));
            Verdict::of(true)
        }
        Some(on) if on.latest >= now.minus(DIALYSIS_DOUBT_LASTS) => {
            wanting(&format!("whether still on dialysis (last on {})", day(on)))
        }
        _ => by_absence(bound, TITLE, say),
    }
}

/// Acute kidney injury: as stated; by an active problem; by a rise of the creatinine that has not come down again.
pub fn acute_injury(bound: &Bound<'_>, say: &mut Say<'_>) -> Verdict {
    const TITLE: &str = "acute kidney injury";
    if let Some(stated) = bound.chart.patient.kidneys.acute_injury {
        return said(stated, TITLE, say);
    }
    let Some(problem) = problem_named(bound.pack, "acute-kidney-injury") else { return wanting(TITLE) };
    if problem_state(bound, problem, None) == Truth::Holds {
        return said(true, TITLE, say);
    }
    let values = creatinines(bound);
    if let Some((before, after)) = rise(&values, bound.chart.as_of)
        && dialysis(bound, &mut Say::nothing()).truth != Truth::Holds
    {
        say.put(|| {
            let one = |(value, on): (Exact, Dated)| format!("{value} mg/dL on {}", day(on));
            format!("creatinine risen from {} to {}", one(before), one(after))
        });
        return Verdict::of(true);
    }
    by_absence(bound, TITLE, say)
}

/// A creatinine clearance worked out.
#[derive(Clone, Copy, Debug)]
pub struct WorkedOut {
    /// In mL/min: at least, at most.
    range: (Exact, Exact),
    /// The creatinine it rests on, in micrograms per decilitre, and when that was taken.
    creatinine: Exact,
    on: Dated,
    /// The weight, in grams, and which kind that is.
    weight: Exact,
    kind: WeightKind,
}

/// The clearance by Cockcroft and Gault, (140 - age in years) x weight in kg / (72 x creatinine in mg/dL), of women times
/// 0.85: of an adult of known age, sex and weight, by a creatinine of the last year. `None` where one was measured or sent
/// that is no older, and where creatinine is not steady: on dialysis, in acute injury, or if nobody can tell whether.
pub fn cockcroft_gault(bound: &Bound<'_>) -> Option<WorkedOut> {
    let (patient, now) = (&bound.chart.patient, bound.chart.as_of);
    let creatinine = patient.kidneys.creatinine.filter(|c| c.value.is_positive())?;
    let on = creatinine.on.filter(|on| on.latest >= now.minus(CREATININE_LASTS))?;
    let sent = patient.kidneys.clearance.map(|c| c.on);
    if sent.is_some_and(|sent| sent.is_none_or(|sent| sent.latest >= on.earliest)) {
        return None;
    }
    let (least, most) = patient.born?.years_until(now).filter(|(least, most)| *least >= 18 && *most < 140)?;
    let fraction = match patient.sex? {
        Sex::Female => Exact::ratio(17, 20)?,
        Sex::Male => Exact::ONE,
        Sex::Other => return None,
    };
    let (kind, weight) = patient.weighed().map(|(kind, w)| (kind, w.value))?;
    let steady = |asked: Verdict| asked.truth != Truth::Holds;
    if !steady(dialysis(bound, &mut Say::nothing())) || !steady(acute_injury(bound, &mut Say::nothing())) {
        return None;
    }
    // Grams by micrograms per decilitre: the thousands of both cancel out.
    let of = |years: i32| {
        let above = Exact::whole(i64::from(140 - years)).checked_mul(weight)?.checked_mul(fraction)?;
        above.checked_div(creatinine.value.checked_mul(Exact::whole(72))?)
    };
    Some(WorkedOut { range: (of(most)?, of(least)?), creatinine: creatinine.value, on, weight, kind })
}

/// Compares a clearance that was worked out.
pub fn estimated(situation: &Situation<'_, '_>, node: &Node, found: &WorkedOut, say: &mut Say<'_>) -> Verdict {
    say.put(|| {
        let thousandth = |n: Exact| n.checked_div(Exact::whole(1_000)).unwrap_or(n);
        // To the whole millilitre, downward: for people. The comparison is exact.
        let shown = found.range.0.numerator().div_euclid(found.range.0.denominator());
        let (creatinine, weight) = (thousandth(found.creatinine), thousandth(found.weight));
        let on = day(found.on);
        let kind = if found.kind == WeightKind::Measured { "" } else { found.kind.word() };
        let kind = if kind.is_empty() { String::new() } else { format!(" {kind}") };
        format!(
            "creatinine clearance {shown} mL/min (Cockcroft-Gault: creatinine {creatinine} mg/dL on {on}, {weight} kg{kind})"
        )
    });
    if node.is_recent(situation.bound.chart.as_of, Some(found.on)) != Some(true) {
        return wanting(&node.datum("creatinine clearance", Some(found.on)));
    }
    match node.compare(situation.bound.pack, Some(found.range.0), Some(found.range.1)) {
        Truth::Unknown => wanting("full date of birth"),
        truth => Verdict { truth, ..Verdict::of(false) },
    }
}

fn said(holds: bool, title: &str, say: &mut Say<'_>) -> Verdict {
    say.put(|| if holds { title.to_owned() } else { format!("no {title}") });
    Verdict::of(holds)
}

/// Nothing states it: it fails where the whole list of problems came.
fn by_absence(bound: &Bound<'_>, title: &str, say: &mut Say<'_>) -> Verdict {
    if bound.chart.received.problems != Receipt::Complete {
        return wanting(title);
    }
    say.put(|| format!("no {title} among the problems"));
    Verdict::of(false)
}

/// The problem of a name.
pub fn problem_named(pack: &Pack, name: &str) -> Option<ProblemId> {
    let found = pack.raw().problems.names.binary_search_by(|t| pack.text(*t).cmp(name)).ok()?;
    u16::try_from(found).ok().map(ProblemId)
}

/// A creatinine in mg/dL, and when it was taken.
type Creatinine = (Exact, Dated);

/// The dated creatinines up to now, in mg/dL, the latest so many, latest first. None where the pack's lab of that name speaks
/// another unit.
fn creatinines(bound: &Bound<'_>) -> SmallVec<[Creatinine; 16]> {
    let pack = bound.pack;
    let mut values = SmallVec::new();
    let Ok(lab) = pack.raw().labs.names.binary_search_by(|t| pack.text(*t).cmp("creatinine")) else { return values };
    let speaks = pack.raw().labs.unit_starts.get(lab).and_then(|row| pack.raw().labs.units.get(*row as usize));
    if speaks.map(|t| pack.text(*t)) != Some("mg/dL") {
        return values;
    }
    let asked = |code| pack.lab(code).is_some_and(|id| usize::from(LabId(id).0) == lab);
    for found in bound.chart.labs.iter().filter(|l| l.bound.is_none() && l.concept.codes.iter().any(asked)) {
        let (Some(value), Some(on), Some(factor)) = (found.value, found.on, factor(pack, lab, &found.unit)) else {
            continue;
        };
        if let Some(value) = value.checked_mul(factor).filter(|_| on.earliest <= bound.chart.as_of) {
            values.push((value, on));
        }
    }
    values.sort_unstable_by(|a: &Creatinine, b: &Creatinine| b.1.cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
    values.truncate(CREATININES_MAX);
    values
}

/// A rise as KDIGO defines it: 0.3 mg/dL (26.5 µmol/L) or more within 48 hours, or to 1.5 times or more within seven days,
/// seen within the last seven days and still there in the latest value. Dates known in part count only where no day they may
/// mean breaks that. Gives the value before and the one risen to.
fn rise(values: &[Creatinine], now: Moment) -> Option<(Creatinine, Creatinine)> {
    let latest = values.first()?.0;
    let (least, within) = (Exact::ratio(CREATININE_RISE.0, CREATININE_RISE.1)?, CREATININE_RISE_WITHIN);
    let times = Exact::ratio(CREATININE_FACTOR.0, CREATININE_FACTOR.1)?;
    for (n, after) in values.iter().enumerate().filter(|(_, v)| v.1.earliest >= now.minus(INJURY_LASTS)) {
        for before in values[n..].iter().filter(|b| b.1.latest < after.1.earliest) {
            let apart = after.1.latest.since(before.1.earliest);
            let risen = before.0.checked_add(least).is_some_and(|to| apart <= within && after.0 >= to && latest >= to);
            let tall = |to: Exact| apart <= INJURY_LASTS && after.0 >= to && latest >= to;
            if risen || before.0.checked_mul(times).is_some_and(tall) {
                return Some((*before, *after));
            }
        }
    }
    None
}
