//! Rehearsal: a pack's own cases, screened by itself, before it may answer for anybody.

use crate::clinical::severity::Loudness;
use crate::engine::finding::{Gap, Screening};
use crate::engine::print::{finding_line, gap_line};
use crate::engine::screen::Screener;
use crate::pack::case::{Case, Expected, Origin, decode};
use crate::pack::read::Pack;
use std::sync::Arc;

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Where it stands.
    pub origin: Origin,
    /// What it shows.
    pub name: String,
    /// Whether everything demanded was found and nothing forbidden.
    pub passed: bool,
    /// What was found, line by line.
    pub said: Vec<String>,
    /// What was wanted and not met, line by line; empty when it passed.
    pub wanted: Vec<String>,
}

impl CaseOutcome {
    /// On one line: what was wanted and not met, and what was found instead.
    pub fn told(&self) -> String {
        let found = if self.said.is_empty() { "nothing was found".to_owned() } else { self.said.join("; ") };
        format!("{}; instead: {found}", self.wanted.join("; "))
    }
}

/// Fewer cases than this are screened before a thread has started.
const CASES_PER_THREAD_MIN: usize = 500;
/// More threads than this are not worth their start.
const THREADS_MAX: usize = 4;

/// Screens every case of a pack and compares; the outcomes stand in the order of the cases.
///
/// # Errors
/// When the cases cannot be read; the words say why.
pub fn rehearse(pack: &Arc<Pack>) -> Result<Vec<CaseOutcome>, String> {
    let cases = decode(&pack.raw().cases).map_err(|e| e.to_string())?;
    let screener = Screener::new(Arc::clone(pack));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let share = cases.len().div_ceil(threads).max(CASES_PER_THREAD_MIN);
    let all = |cases: &[Case]| cases.iter().map(|case| try_case(&screener, case)).collect::<Vec<_>>();
    let mut shares = cases.chunks(share);
    let own = shares.next().unwrap_or(&[]);
    Ok(std::thread::scope(|scope| {
        let others: Vec<_> = shares.map(|cases| scope.spawn(move || all(cases))).collect();
        let mut outcomes = all(own);
        for other in others {
            // A thread that panicked took a fault of ours with it: it goes on here.
            outcomes.extend(other.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)));
        }
        outcomes
    }))
}

/// Screens one case and compares.
pub fn try_case(screener: &Screener, case: &Case) -> CaseOutcome {
    let screening = screener.screen(&case.chart);
    let mut wanted = Vec::new();
    for expected in &case.expect {
        if !is_found(&screening, expected) {
            let words = [Some(&expected.rule), expected.severity.as_ref(), expected.loudness.as_ref()];
            let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
            wanted.push(format!("expected `{}`", words.join(" ")));
        }
    }
    for rule in &case.expect_not {
        if speaks(&screening, rule) {
            wanted.push(format!("expected no `{rule}`"));
        }
    }
    for (kind, words) in &case.expect_gaps {
        let wants = words.to_lowercase();
        let met = |g: &Gap| g.kind.word() == kind && gap_line(&case.chart, g).to_lowercase().contains(&wants);
        if !screening.gaps.iter().any(met) {
            wanted.push(format!("expected gap `{}`", format!("{kind} {words}").trim_end()));
        }
    }
    wanted.extend(loudness_wanted(&screening, case));
    let said = screening.findings.iter().map(finding_line);
    let said = said.chain(screening.gaps.iter().map(|g| gap_line(&case.chart, g))).collect();
    CaseOutcome { origin: case.origin.clone(), name: case.name.clone(), passed: wanted.is_empty(), said, wanted }
}

/// What is demanded of all findings together, and not met.
fn loudness_wanted(screening: &Screening<'_>, case: &Case) -> Option<String> {
    let interrupts = screening.findings.iter().any(|f| f.loudness == Loudness::Interruptive);
    match case.interrupts {
        _ if case.quiet && !screening.findings.is_empty() => Some("expected no finding at all".to_owned()),
        Some(true) if !interrupts => Some("expected that something interrupts".to_owned()),
        Some(false) if interrupts => Some("expected that nothing interrupts".to_owned()),
        _ => None,
    }
}

/// A rule that speaks, or, where neither severity nor loudness is demanded, one that is named beside a louder one.
fn is_found(screening: &Screening<'_>, expected: &Expected) -> bool {
    let (severity, loudness) = (expected.severity.as_deref(), expected.loudness.as_deref());
    let exactly = screening.findings.iter().any(|f| {
        f.rule.id == expected.rule
            && severity.is_none_or(|s| s == f.severity.word())
            && loudness.is_none_or(|l| l == f.loudness.word())
    });
    exactly || (severity.is_none() && loudness.is_none() && speaks(screening, &expected.rule))
}

fn speaks(screening: &Screening<'_>, rule: &str) -> bool {
    screening.findings.iter().any(|f| f.rule.id == rule || f.also.iter().any(|r| r.id == rule))
}
