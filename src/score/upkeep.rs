//! What rules lack: a case, a near miss, a source, a date on which somebody reads them again.

use crate::clinical::time::{Dated, Moment};
use crate::pack::case::{Case, Origin};
use crate::pack::read::Pack;
use serde::Serialize;
use std::collections::BTreeSet;

/// Rules by what they lack, each list in order of name.
#[derive(Clone, Debug, Serialize)]
pub struct Upkeep {
    /// No case and no vignette expects them.
    pub without_case: Vec<String>,
    /// No case shows what is near and must not be found.
    pub without_near_miss: Vec<String>,
    /// They say something and name nobody who says so.
    pub without_source: Vec<String>,
    /// Nobody signed them.
    pub without_author: Vec<String>,
    /// No day is set on which somebody reads them again.
    pub without_review: Vec<String>,
    /// That day has passed.
    pub overdue: Vec<String>,
    /// The earliest such day of all rules, `YYYY-MM-DD`; empty when there is none.
    pub next_review: String,
}

/// Looks every rule over, as of a moment.
pub fn upkeep(pack: &Pack, cases: &[Case], as_of: Moment) -> Upkeep {
    let raw = pack.raw();
    let expected: BTreeSet<&str> = cases.iter().flat_map(|c| &c.expect).map(|e| e.rule.as_str()).collect();
    let near: BTreeSet<&str> = cases.iter().flat_map(near_misses).collect();
    let text = |ids: &[u32], at: usize| ids.get(at).map_or("", |t| pack.text(*t));
    let unsourced =
        |at: usize| raw.rules.outcomes.get(at).is_none_or(|o| raw.outcomes.sources.row(*o as usize).is_empty());
    let review = |at: usize| Dated::parse(text(&raw.rules.reviews, at));
    let lacking = |lacks: &dyn Fn(usize, &str) -> bool| -> Vec<String> {
        let rules = (0..raw.rules.names.len()).map(|at| (at, text(&raw.rules.names, at)));
        rules.filter(|(at, name)| lacks(*at, name)).map(|(_, name)| name.to_owned()).collect()
    };
    Upkeep {
        without_case: lacking(&|_, name| !expected.contains(name)),
        without_near_miss: lacking(&|_, name| !near.contains(name)),
        without_source: lacking(&|at, _| unsourced(at)),
        without_author: lacking(&|at, _| text(&raw.rules.authors, at).is_empty()),
        without_review: lacking(&|at, _| review(at).is_none()),
        overdue: lacking(&|at, _| review(at).is_some_and(|day| day.surely_before(as_of))),
        next_review: raw.about.review_by.clone(),
    }
}

/// The rules of which a case shows that they stay silent: those it names, and its own where it demands no finding at all.
fn near_misses(case: &Case) -> impl Iterator<Item = &str> {
    let own = match &case.origin {
        Origin::Rule(rule) if case.quiet => Some(rule.as_str()),
        _ => None,
    };
    case.expect_not.iter().map(String::as_str).chain(own)
}
