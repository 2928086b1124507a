//! What earlier answers left behind, in the words of a card: overrides as pharmacists see them, promised monitoring,
//! staleness, and what had no room.

use crate::clinical::remembered::{Obligation, Override, Remembered};
use crate::clinical::severity::Loudness;
use crate::clinical::severity::Question;
use crate::clinical::time::Moment;
use crate::engine::finding::{Finding, Screening};
use crate::hooks::cards_plan::{Fate, Plan};
use crate::hooks::cards_reasons::{REASON_SYSTEM, reasons};
use crate::hooks::cards_words::{QUOTED_CHARS_MAX, SUMMARY_CHARS_MAX, push_escaped, push_list, summary};

/// Overrides of one finding, promises, and findings without a card, that are told in words; the extension tells all.
const TOLD_MAX: usize = 10;

/// Characters of a comment that stand on a card.
const COMMENT_CHARS_MAX: usize = 300;

/// Overrides of a finding: those of exactly this one, else those of the same rule and drugs as it stood at another time.
/// The latest first.
pub fn overrides_of<'r>(
    remembered: &'r Remembered,
    finding: &Finding<'_>,
    print: &str,
) -> impl Iterator<Item = (&'r Override, bool)> {
    let exact = |o: &&Override| !print.is_empty() && o.fingerprint == print;
    let same: Vec<(&Override, bool)> = remembered.overrides.iter().filter(exact).map(|o| (o, true)).collect();
    let all = if same.is_empty() { alike(remembered, finding) } else { same };
    all.into_iter().rev()
}

fn alike<'r>(remembered: &'r Remembered, finding: &Finding<'_>) -> Vec<(&'r Override, bool)> {
    if remembered.overrides.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<&str> = finding.participants.iter().map(|p| p.name).collect();
    names.sort_unstable();
    names.dedup();
    let alike = |o: &&Override| {
        o.rule == finding.rule.id && o.participants.iter().map(String::as_str).eq(names.iter().copied())
    };
    remembered.overrides.iter().filter(alike).map(|o| (o, false)).collect()
}

/// `Overridden 2026-03-05 by the prescriber: will monitor ("INR on Monday").`, a line to each.
pub fn push_overrides(text: &mut String, remembered: &Remembered, finding: &Finding<'_>, print: &str) {
    for (told, same) in overrides_of(remembered, finding, print).take(TOLD_MAX) {
        text.push_str("\n\n**Overridden** ");
        push_day(text, told.at);
        text.push_str(" by the prescriber");
        text.push_str(if same { ": " } else { ", as it stood then: " });
        let words = reason_words(told);
        push_escaped(text, &words, QUOTED_CHARS_MAX);
        if !told.comment.trim().is_empty() {
            text.push_str(if words.is_empty() { "\"" } else { " (\"" });
            push_escaped(text, &told.comment, COMMENT_CHARS_MAX);
            text.push_str(if words.is_empty() { "\"" } else { "\")" });
        }
        text.push('.');
    }
}

/// The reason as it was offered, in small letters; the code where it was none of ours.
fn reason_words(told: &Override) -> String {
    let ours = told.reason_system.is_empty() || told.reason_system == REASON_SYSTEM;
    let all = Question::ALL.iter().flat_map(|q| reasons(*q));
    let known = all.filter(|_| ours).find(|(code, _)| *code == told.reason_code);
    let Some((_, words)) = known else { return told.reason_code.clone() };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The promises that are open, as a list; nothing where there are none.
pub fn push_obligations(text: &mut String, remembered: &Remembered, now: Moment) {
    if remembered.obligations.is_empty() {
        return;
    }
    push_list(text, "Monitoring promised");
    for promise in remembered.obligations.iter().take(TOLD_MAX) {
        text.push_str("\n- ");
        push_escaped(text, &promise.participants.join(" + "), QUOTED_CHARS_MAX);
        if !promise.values.is_empty() {
            text.push_str(": ");
            push_escaped(text, &promise.values.join(", "), QUOTED_CHARS_MAX);
        }
        text.push_str("; promised ");
        push_day(text, promise.at);
        text.push_str(if is_overdue(promise, now) { ", OVERDUE since " } else { ", due " });
        push_day(text, promise.due);
        text.push_str(", rule ");
        push_escaped(text, &promise.rule, QUOTED_CHARS_MAX);
    }
    push_count(text, remembered.obligations.len());
}

fn push_count(text: &mut String, count: usize) {
    if count > TOLD_MAX {
        text.push_str(&format!("\n- and {} more", count - TOLD_MAX));
    }
}

/// Says that other instances' overrides may be missing.
pub fn push_staleness(text: &mut String, remembered: &Remembered) {
    if let Some(seconds) = remembered.stale_for {
        push_list(text, "Overrides may be missing");
        text.push_str(&format!("\n- nothing was heard of other instances for {seconds} s"));
    }
}

/// The first line of a card that tells nothing else.
pub fn remembered_summary(line: &mut String, remembered: &Remembered, now: Moment) {
    line.clear();
    let overdue = remembered.obligations.iter().filter(|o| is_overdue(o, now)).count();
    match (remembered.obligations.len(), overdue) {
        (0, _) => line.push_str("Overrides given at other instances may be missing here"),
        (open, 0) => line.push_str(&format!("Monitoring was promised and is still open: {open}. See which")),
        (open, late) => line.push_str(&format!("Monitoring was promised and is still open: {open}, {late} overdue")),
    }
}

/// Whether a promise should have been kept by now.
pub fn is_overdue(promise: &Obligation, now: Moment) -> bool {
    promise.due < now.0
}

/// What had no room: how many findings, the first of them by name, and whether they would interrupt.
pub fn push_rest(text: &mut String, line: &mut String, screening: &Screening<'_>, plan: &Plan, gaps_left_out: usize) {
    let rest: Vec<&Finding<'_>> = left_out(screening, plan).collect();
    let loud = rest.iter().filter(|f| f.loudness == Loudness::Interruptive).count();
    push_list(text, "Not on a card of their own");
    text.push_str(&format!(
        " (this client shows few cards): {} more findings, {loud} of them interruptive",
        rest.len()
    ));
    if gaps_left_out > 0 {
        text.push_str(&format!("; {gaps_left_out} notes of what could not be checked"));
    }
    for finding in rest.iter().take(TOLD_MAX) {
        summary(line, finding);
        text.push_str("\n- ");
        push_escaped(text, line, SUMMARY_CHARS_MAX + 1);
    }
    push_count(text, rest.len());
}

fn left_out<'s, 'p>(screening: &'s Screening<'p>, plan: &Plan) -> impl Iterator<Item = &'s Finding<'p>> {
    let fates = plan.fates.clone();
    screening.findings.iter().zip(fates).filter(|(_, fate)| *fate == Fate::TooMany).map(|(finding, _)| finding)
}

fn push_day(text: &mut String, at: i64) {
    match Moment(at).date() {
        Some(date) => text.push_str(&date.to_string()),
        None => text.push_str("on an unreadable day"),
    }
}
