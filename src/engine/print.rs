//! A screening in plain lines, for cases, goldens and the command line: what was found, then what could not be checked.

use crate::clinical::chart::Chart;
use crate::engine::finding::{Finding, Gap, Screening};
use std::fmt::Write;

/// One line a finding (`severity loudness rule: participants`) and one a gap (`gap kind: words`), in the screening's order.
/// Each line ends with a line feed; nothing at all means clear.
pub fn plain(chart: &Chart, screening: &Screening<'_>) -> String {
    let mut out = String::new();
    for finding in &screening.findings {
        out.push_str(&finding_line(finding));
        out.push('\n');
    }
    for gap in &screening.gaps {
        out.push_str(&gap_line(chart, gap));
        out.push('\n');
    }
    out
}

/// `major interruptive warfarin-nsaid: ibuprofen, warfarin`.
pub fn finding_line(finding: &Finding<'_>) -> String {
    let mut line = format!("{} {} {}: ", finding.severity.word(), finding.loudness.word(), finding.rule.id);
    for (n, participant) in finding.participants.iter().enumerate() {
        let _ = write!(line, "{}{}", if n == 0 { "" } else { ", " }, participant.name);
    }
    line
}

/// `gap missing: potassium within 7 days (digoxin-diuretic)`, with every rule that wanted it; the reference of what it is
/// about where the words are empty.
pub fn gap_line(chart: &Chart, gap: &Gap) -> String {
    let words = if gap.words.is_empty() { chart.reference(gap.entry) } else { &gap.words };
    let mut line = format!("gap {}: {words}", gap.kind.word());
    for (n, rule) in gap.rules().enumerate() {
        let _ = write!(line, "{}{rule}", if n == 0 { " (" } else { ", " });
    }
    line.push_str(if gap.rule.is_some() { ")" } else { "" });
    line
}
