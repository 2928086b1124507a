//! A screening for a person at a terminal: what was found and what to do, what could not be checked, what was checked.

use crate::clinical::chart::{Chart, Entry, Standing};
use crate::clinical::severity::{Loudness, Question};
use crate::engine::finding::{Finding, Screening, TraceLine};
use crate::engine::print::gap_line;
use std::fmt::Write;

/// The whole report. Nothing of the screening is left out.
pub fn report(chart: &Chart, screening: &Screening<'_>) -> String {
    let mut out = format!("as of {}, by {}\n", screening.as_of.rfc3339(), screening.pack);
    let _ = writeln!(out, "\nFINDINGS: {}", counted(screening.findings.len()));
    for (n, one) in screening.findings.iter().enumerate() {
        finding(&mut out, chart, n + 1, one);
    }
    let _ = writeln!(out, "\nNOT CHECKED: {}", counted(screening.gaps.len()));
    for gap in &screening.gaps {
        let line = gap_line(chart, gap);
        let line = line.strip_prefix("gap ").unwrap_or(&line);
        let _ = writeln!(out, "  {line}{}", about(chart, gap.entry));
    }
    matrix(&mut out, chart, screening);
    if !screening.trace.is_empty() {
        let _ = writeln!(out, "\nWHY AND WHY NOT: {} rules considered", screening.trace.len());
        screening.trace.iter().for_each(|line| trace(&mut out, chart, line));
    }
    out
}

fn counted(n: usize) -> String {
    if n == 0 { String::from("none") } else { n.to_string() }
}

fn about(chart: &Chart, entry: Entry) -> String {
    match chart.reference(entry) {
        "" => String::new(),
        reference => format!(", {reference}"),
    }
}

fn finding(out: &mut String, chart: &Chart, number: usize, finding: &Finding<'_>) {
    let loud = if finding.loudness == Loudness::Interruptive { "interrupts" } else { "informs" };
    let names: Vec<&str> = finding.participants.iter().map(|p| p.name).collect();
    let words = finding.words.spelt();
    let (severity, risk) = (finding.severity.word(), words.risk);
    let _ =
        writeln!(out, "  {number}. {}: {risk} ({}, {severity}, {loud})", names.join(" + "), finding.question.word());
    let _ = writeln!(out, "     in short {}", words.advice);
    for (n, action) in words.actions.iter().enumerate() {
        let _ = writeln!(out, "     {:<8} {}. {action}", if n == 0 { "to do" } else { "" }, n + 1);
    }
    for driver in &finding.drivers {
        let _ = writeln!(out, "     because  {driver}");
    }
    let records: Vec<String> = finding.participants.iter().map(|p| place(chart, p.entry)).collect();
    let _ = writeln!(out, "     records  {}", records.join(", "));
    let rules: Vec<String> = finding.also.iter().map(|r| format!("; also {} v{}", r.id, r.version)).collect();
    let _ = writeln!(out, "     rule     {} v{}{}", finding.rule.id, finding.rule.version, rules.concat());
    let _ = writeln!(
        out,
        "     source   {}: {}",
        finding.evidence.word(),
        words.sources.iter().collect::<Vec<_>>().join("; ")
    );
}

/// An entry by its reference, or by its place where it has none.
fn place(chart: &Chart, entry: Entry) -> String {
    match (chart.reference(entry), entry) {
        ("", Entry::Medication(n)) => format!("medication {}", n + 1),
        ("", Entry::Allergy(n)) => format!("allergy {}", n + 1),
        ("", Entry::Problem(n)) => format!("problem {}", n + 1),
        ("", _) => String::from("the patient"),
        (reference, _) => reference.to_owned(),
    }
}

fn matrix(out: &mut String, chart: &Chart, screening: &Screening<'_>) {
    let heads: Vec<String> = Question::ALL.iter().map(|q| format!("{:<16}", q.word())).collect();
    let _ = writeln!(out, "\nCHECKED\n  {:<44}{}", "", heads.concat().trim_end());
    for row in &screening.checked.rows {
        let cells: Vec<String> = row.cells.iter().map(|c| format!("{:<16}", c.word())).collect();
        let name: String =
            format!("{}{}", called(chart, row.entry), standing(chart, row.entry)).chars().take(43).collect();
        let _ = writeln!(out, "  {name:<44}{}", cells.concat().trim_end());
    }
}

/// An entry by its words, or by its reference where nobody gave it any.
fn called(chart: &Chart, entry: Entry) -> String {
    let words = match entry {
        Entry::Medication(n) => chart.medications.get(n as usize).and_then(|m| m.drug.concept.text.clone()),
        Entry::Allergy(n) => chart.allergies.get(n as usize).and_then(|a| a.substance.text.clone()),
        _ => None,
    };
    match words {
        Some(words) => words.chars().take(32).collect(),
        None => place(chart, entry),
    }
}

fn standing(chart: &Chart, entry: Entry) -> &'static str {
    let Entry::Medication(n) = entry else { return "" };
    match chart.medications.get(n as usize).map(|m| m.standing) {
        Some(Standing::InHand) => " (ordered)",
        Some(Standing::Draft) => " (draft)",
        _ => "",
    }
}

fn trace(out: &mut String, chart: &Chart, line: &TraceLine<'_>) {
    let entries: Vec<String> = line.entries.iter().map(|e| place(chart, *e)).collect();
    let fired = if line.fired { "fired  " } else { "stopped" };
    let _ = writeln!(out, "  {fired} {} v{} for {}", line.rule.id, line.rule.version, entries.join(", "));
    for because in &line.because {
        let _ = writeln!(out, "          {because}");
    }
}
