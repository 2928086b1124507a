//! Dialysis and acute kidney injury, from what states or shows them: a statement, a problem, recent dialysis, a rise of the
//! creatinine. What they are called by (problems `dialysis` and `acute-kidney-injury`, lab `creatinine`) is the pack's.
//!
//! Not derived: from urine output, from a creatinine older than seven days as the baseline, from eGFR or clearance; no
//! stage; of a patient on dialysis no injury from creatinine, which dialysis lowers and lets rise again.

use crate::clinical::chart::Receipt;
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment};
use crate::engine::bound::Bound;
use crate::engine::condition::{Truth, Verdict};
use crate::engine::condition_node::{Say, day};
use crate::engine::condition_patient::wanting;
use crate::engine::condition_record::{factor, problem_state, procedures};
use crate::engine::limits::{
    CREATININE_FACTOR, CREATININE_RISE, CREATININE_RISE_WITHIN, CREATININES_MAX, DIALYSIS_DOUBT_LASTS, DIALYSIS_LASTS,
    INJURY_LASTS,
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

fn problem_named(pack: &Pack, name: &str) -> Option<ProblemId> {
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
