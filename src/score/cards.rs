//! Card lint in the spirit of I-MeDeSA: whether the line of a card names the drugs, the risk and one thing to do, in this
//! order and in few words, and whether its signal word fits the severity (Zachariah and others 2011, J Am Med Inform Assoc
//! 18 Suppl 1:i62). The cards are those that the pack's own cases bring forth.

use crate::clinical::severity::{Loudness, Severity};
use crate::engine::finding::Finding;
use crate::engine::screen::Screener;
use crate::hooks::cards_reasons::indicator;
use crate::hooks::cards_words::{SUMMARY_CHARS_MAX, summary};
use crate::pack::case::Case;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was found of the cards.
#[derive(Clone, Debug, Serialize)]
pub struct Cards {
    /// Different lines that the cases bring forth.
    pub lines: usize,
    /// The longest of them, in characters; 139 may be shown.
    pub longest: usize,
    /// Half of them are shorter than this.
    pub median: usize,
    /// Different lines by signal word.
    pub signals: BTreeMap<&'static str, usize>,
    /// What is wrong, with the rules it is wrong in.
    pub complaints: Vec<Complaint>,
}

/// Something wrong, and where.
#[derive(Clone, Debug, Serialize)]
pub struct Complaint {
    /// What.
    pub what: &'static str,
    /// In how many different lines.
    pub lines: usize,
    /// Of which rules.
    pub rules: Vec<String>,
    /// One of the lines.
    pub example: String,
}

/// Reads every card that the cases of a pack bring forth; the same line of the same rule counts once.
pub fn lint(screener: &Screener, cases: &[Case]) -> Cards {
    let (mut seen, mut lengths) = (BTreeSet::new(), Vec::new());
    let mut signals: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut wrong: BTreeMap<&'static str, (usize, BTreeSet<String>, String)> = BTreeMap::new();
    let mut line = String::new();
    for case in cases {
        for finding in &screener.screen(&case.chart).findings {
            summary(&mut line, finding);
            let signal = indicator(finding.loudness, finding.severity, finding.management);
            if !seen.insert((finding.rule.id.to_owned(), line.clone(), signal)) {
                continue;
            }
            lengths.push(line.chars().count());
            *signals.entry(signal).or_default() += 1;
            for what in complaints(finding, &line) {
                let entry = wrong.entry(what).or_default();
                entry.0 += 1;
                entry.1.insert(finding.rule.id.to_owned());
                if entry.2.is_empty() {
                    entry.2.clone_from(&line);
                }
            }
        }
    }
    lengths.sort_unstable();
    let complaint = |(what, (lines, rules, example)): (&'static str, (usize, BTreeSet<String>, String))| Complaint {
        what,
        lines,
        rules: rules.into_iter().collect(),
        example,
    };
    Cards {
        lines: lengths.len(),
        longest: lengths.last().copied().unwrap_or(0),
        median: lengths.get(lengths.len() / 2).copied().unwrap_or(0),
        signals,
        complaints: wrong.into_iter().map(complaint).collect(),
    }
}

/// What is wrong with one card.
fn complaints(finding: &Finding<'_>, line: &str) -> Vec<&'static str> {
    let words = finding.words.spelt();
    let advice = advice(words.advice);
    let no_actions = words.actions.iter().all(|action| action.trim().is_empty());
    let signal = matches!(
        (finding.loudness, finding.severity),
        (Loudness::Interruptive, Severity::Minor | Severity::Moderate) | (Loudness::Passive, Severity::Contraindicated)
    );
    let checks = [
        (!is_in_order(line, words.risk), "drugs, risk and action do not follow each other"),
        (line.chars().count() > SUMMARY_CHARS_MAX || line.ends_with('…'), "the line is cut"),
        (words.risk.trim().is_empty(), "no risk is named"),
        (words.consequence.trim().is_empty(), "no consequence is told"),
        (no_actions, "no list of what to do"),
        (words.advice.trim().is_empty(), "nothing to do is named"),
        (advice == Advice::NoVerb && !words.advice.trim().is_empty(), "the advice does not begin with what to do"),
        (advice == Advice::Several, "the advice asks for more than one thing"),
        (signal, "signal word and severity do not fit"),
    ];
    checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, what)| what).collect()
}

/// Whether a line reads drugs, risk, action: `Warfarin + ibuprofen: serious bleeding. Add a PPI`.
fn is_in_order(line: &str, risk: &str) -> bool {
    let risk = risk.trim().trim_end_matches('.');
    let opening: String = risk.chars().take(12).collect();
    line.split_once(": ").is_some_and(|(drugs, rest)| !drugs.is_empty() && rest.starts_with(&opening))
}

/// How a piece of advice reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    /// One thing to do, or the limit of a dose.
    One,
    /// Several things to do.
    Several,
    /// No thing to do.
    NoVerb,
}

/// Each part between semicolons and full stops that begins with a verb is a thing to do; the limit of a dose is one, and so
/// is to change nothing.
fn advice(words: &str) -> Advice {
    let parts =
        words.split([';', ':']).flat_map(|part| part.split(". ")).map(str::trim).filter(|part| !part.is_empty());
    let verbs = parts.clone().filter(|part| begins_with_verb(part)).count();
    let first = parts.clone().next().unwrap_or("");
    match (begins_with_verb(first) || is_limit(first), verbs) {
        (_, 2..) => Advice::Several,
        (true, _) => Advice::One,
        (false, _) => Advice::NoVerb,
    }
}

fn is_limit(part: &str) -> bool {
    const OPENINGS: &[&str] =
        &["no change ", "at most ", "at least ", "usually ", "never more ", "no more ", "once ", "twice ", "every "];
    let lower = part.to_lowercase();
    OPENINGS.iter().any(|o| lower.starts_with(o)) || lower.starts_with(|c: char| c.is_ascii_digit())
}

fn begins_with_verb(part: &str) -> bool {
    let first: String = part.chars().take_while(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
    VERBS.contains(&first.as_str())
}

/// What a clinician can be asked to do.
const VERBS: &[&str] = &[
    "add",
    "adjust",
    "allow",
    "ask",
    "avoid",
    "begin",
    "change",
    "check",
    "choose",
    "compare",
    "confirm",
    "consider",
    "continue",
    "correct",
    "count",
    "cut",
    "decide",
    "do",
    "double",
    "enter",
    "examine",
    "expect",
    "find",
    "follow",
    "give",
    "go",
    "halve",
    "have",
    "hold",
    "keep",
    "leave",
    "limit",
    "look",
    "lower",
    "measure",
    "monitor",
    "move",
    "name",
    "offer",
    "order",
    "pause",
    "plan",
    "prefer",
    "premedicate",
    "prescribe",
    "raise",
    "read",
    "record",
    "reduce",
    "refer",
    "repeat",
    "replace",
    "review",
    "say",
    "see",
    "separate",
    "shorten",
    "space",
    "split",
    "start",
    "stop",
    "swap",
    "switch",
    "take",
    "talk",
    "taper",
    "tell",
    "test",
    "think",
    "titrate",
    "treat",
    "try",
    "use",
    "verify",
    "wait",
    "watch",
    "weigh",
    "withhold",
    "write",
];
