//! Cards about more than one finding, or about none: what could not be checked, and the one card of a medication review.

use crate::clinical::chart::{Chart, Entry};
use crate::clinical::severity::Question;
use crate::engine::finding::{Cell, Gap, GapKind, Matrix, Screening};
use crate::hooks::cards_words::{
    QUOTED_CHARS_MAX, SUMMARY_CHARS_MAX, cut, entry_words, gap_phrase, management_words, push_escaped, push_list,
    push_plain, question_words, reference_of, severity_words, summary,
};

/// Gap cards of one answer; beyond it one card names all.
pub const GAP_CARDS_MAX: usize = 3;

/// Findings that the one card of a review lists; the extension lists all.
pub const REVIEW_LINES_MAX: usize = 30;

/// Orders, and rules, named for one gap; the extension names all.
const GAP_NAMES_MAX: usize = 3;

/// Words quoted for one kind of gap in a review.
const GAP_WORDS_MAX: usize = 3;

/// Items named for one question in the summary of what was checked.
const MATRIX_ITEMS_MAX: usize = 8;

/// Runs of gaps that each deserve a card: those of one entry stand together; all of them, where there are more than `most`.
pub fn gaps_on_cards(gaps: &[Gap], most: usize) -> Vec<Vec<&Gap>> {
    let mut runs: Vec<Vec<&Gap>> = Vec::new();
    for gap in gaps.iter().filter(|g| g.on_card) {
        match runs.last_mut().filter(|run| run.first().is_some_and(|g| g.entry == gap.entry)) {
            Some(run) => run.push(gap),
            None => runs.push(vec![gap]),
        }
    }
    if runs.len() > most { vec![runs.concat()] } else { runs }
}

/// Summary and detail of a gap card: what was not checked, and that it is to be checked by hand.
pub fn gap_card(line: &mut String, text: &mut String, chart: &Chart, gaps: &[&Gap]) {
    line.clear();
    let unidentified = gaps.iter().any(|g| is_unidentified(g.kind));
    let (start, end) = if unidentified {
        ("Not checked: ", ". Check interactions and allergies by hand")
    } else {
        ("Not fully checked: ", ". Check by hand")
    };
    let mut names: Vec<String> = Vec::new();
    for gap in gaps {
        let mut name = String::new();
        let subject = entry_words(chart, gap.entry);
        if is_unidentified(gap.kind) {
            push_plain(&mut name, if gap.words.trim().is_empty() { &subject } else { &gap.words }, QUOTED_CHARS_MAX);
        } else {
            push_plain(&mut name, &subject, QUOTED_CHARS_MAX / 2);
            name.push_str(", ");
            push_plain(&mut name, &gap.words, QUOTED_CHARS_MAX / 2);
            name.push(' ');
            name.push_str(gap_phrase(gap.kind));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let room = SUMMARY_CHARS_MAX - start.len() - end.len();
    line.push_str(&names.join("; "));
    if names.len() > 1 && line.chars().count() > room {
        let more = format!(" and {} more", names.len() - 1);
        line.clear();
        line.push_str(&names[0]);
        cut(line, room - more.len());
        line.push_str(&more);
    }
    cut(line, room);
    line.insert_str(0, start);
    line.push_str(end);
    text.clear();
    push_list(text, "Not checked");
    gaps.iter().for_each(|gap| push_gap(text, chart, gap));
    push_list(text, "What to do");
    text.push_str(if unidentified {
        "\n1. Check what was meant against interactions, allergies, dose and duplicates by hand.\
         \n2. Where you can, choose a coded drug; then it is checked here."
    } else {
        "\n1. Look for what is missing, and judge by hand.\n2. Record it; then it is checked here."
    });
}

/// Whether a gap means that nobody knows what the entry is.
fn is_unidentified(kind: GapKind) -> bool {
    matches!(
        kind,
        GapKind::UnknownCode
            | GapKind::UncodedDrug
            | GapKind::NoDrug
            | GapKind::UnresolvedReference
            | GapKind::Malformed
            | GapKind::OtherPatient
            | GapKind::TooMany
    )
}

/// `- needed and not on file: "potassium", for "Digoxin 0.25 MG" (MedicationRequest/1), rule digoxin-potassium`; what is of
/// the patient or of a list names the orders it was wanted for.
fn push_gap(text: &mut String, chart: &Chart, gap: &Gap) {
    text.push_str("\n- ");
    text.push_str(gap_phrase(gap.kind));
    if !gap.words.trim().is_empty() {
        text.push_str(": \"");
        push_escaped(text, &gap.words, 2 * QUOTED_CHARS_MAX);
        text.push('"');
    }
    let subject = entry_words(chart, gap.entry);
    let named = !matches!(gap.entry, Entry::Patient | Entry::List(_) | Entry::Unread(_));
    if named && subject != gap.words.as_str() {
        text.push_str(", for \"");
        push_escaped(text, &subject, QUOTED_CHARS_MAX);
        text.push('"');
    }
    let reference = reference_of(chart, gap.entry);
    if !reference.is_empty() {
        text.push_str(" (");
        push_escaped(text, reference, QUOTED_CHARS_MAX);
        text.push(')');
    }
    for (n, order) in gap.orders.iter().filter(|o| !named && **o != gap.entry).take(GAP_NAMES_MAX).enumerate() {
        text.push_str(if n == 0 { ", for \"" } else { ", \"" });
        push_escaped(text, &entry_words(chart, *order), QUOTED_CHARS_MAX);
        text.push('"');
    }
    if !named {
        push_more(text, gap.orders.len(), GAP_NAMES_MAX);
    }
    for (n, rule) in gap.rules().take(GAP_NAMES_MAX).enumerate() {
        text.push_str(match (n, gap.also.is_empty()) {
            (0, true) => ", rule ",
            (0, false) => ", rules ",
            _ => ", ",
        });
        push_escaped(text, rule, QUOTED_CHARS_MAX);
    }
    push_more(text, gap.rules().count(), GAP_NAMES_MAX);
}

/// Whether the verifying pharmacist is to be told what was not checked.
pub fn is_anything_unchecked(screening: &Screening<'_>) -> bool {
    let unchecked = |cell: &Cell| matches!(cell, Cell::NoRule | Cell::DataMissing);
    !screening.gaps.is_empty() || screening.checked.rows.iter().any(|row| row.cells.iter().any(unchecked))
}

/// Summary and detail of the pharmacist's card: every gap in full, and what was checked.
pub fn unchecked_card(line: &mut String, text: &mut String, chart: &Chart, screening: &Screening<'_>) {
    line.clear();
    text.clear();
    let count = screening.gaps.len();
    match count {
        0 => line.push_str("What could not be checked: for some items this release has no rule. See which"),
        1 => {
            let gap = &screening.gaps[0];
            line.push_str("What could not be checked: ");
            push_plain(line, &gap.words, QUOTED_CHARS_MAX);
            line.push_str(", ");
            line.push_str(gap_phrase(gap.kind));
        }
        _ => {
            line.push_str("What could not be checked: ");
            line.push_str(&count.to_string());
            line.push_str(" gaps. Check them by hand");
        }
    }
    cut(line, SUMMARY_CHARS_MAX);
    if count > 0 {
        push_list(text, "Could not be checked");
        screening.gaps.iter().for_each(|gap| push_gap(text, chart, gap));
    }
    push_matrix(text, chart, &screening.checked);
}

/// For each question: how many items were checked, and which were not for want of a rule or of data.
fn push_matrix(text: &mut String, chart: &Chart, matrix: &Matrix) {
    if matrix.rows.is_empty() {
        return;
    }
    push_list(text, "What was checked");
    for (at, question) in Question::ALL.into_iter().enumerate() {
        let of = |cell: Cell| matrix.rows.iter().filter(move |row| row.cells[at] == cell);
        text.push_str("\n- ");
        text.push_str(question_words(question));
        text.push_str(": ");
        text.push_str(&of(Cell::Checked).count().to_string());
        text.push_str(" checked");
        for (cell, words) in [(Cell::NoRule, "; no rule for "), (Cell::DataMissing, "; data missing for ")] {
            for (nth, row) in of(cell).take(MATRIX_ITEMS_MAX).enumerate() {
                text.push_str(if nth == 0 { words } else { ", " });
                text.push('"');
                push_escaped(text, &entry_words(chart, row.entry), QUOTED_CHARS_MAX / 2);
                text.push('"');
            }
            push_more(text, of(cell).count(), MATRIX_ITEMS_MAX);
        }
    }
}

fn push_more(text: &mut String, count: usize, shown: usize) {
    if count > shown {
        text.push_str(" and ");
        text.push_str(&(count - shown).to_string());
        text.push_str(" more");
    }
}

/// Summary and detail of the one card of a review: the findings, worst first, and the gaps by kind.
pub fn review_card(line: &mut String, text: &mut String, screening: &Screening<'_>) {
    text.clear();
    for (at, finding) in screening.findings.iter().take(REVIEW_LINES_MAX).enumerate() {
        summary(line, finding);
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&(at + 1).to_string());
        text.push_str(". ");
        push_escaped(text, line, SUMMARY_CHARS_MAX + 1);
        text.push_str(" (");
        text.push_str(severity_words(finding.severity));
        text.push_str("; ");
        text.push_str(management_words(finding.management));
        text.push(')');
        for driver in finding.drivers.iter().filter(|d| !d.trim().is_empty()) {
            text.push_str("; ");
            push_escaped(text, driver, QUOTED_CHARS_MAX);
        }
        text.push_str("; rule ");
        push_escaped(text, finding.rule.id, QUOTED_CHARS_MAX);
        text.push_str(" version ");
        text.push_str(&finding.rule.version.to_string());
    }
    if screening.findings.len() > REVIEW_LINES_MAX {
        text.push('\n');
        push_more(text, screening.findings.len(), REVIEW_LINES_MAX);
    }
    push_gaps_by_kind(text, &screening.gaps);
    review_summary(line, screening);
}

fn review_summary(line: &mut String, screening: &Screening<'_>) {
    match screening.findings.as_slice() {
        [] => {
            line.clear();
            line.push_str("No finding in what could be checked. Not all could: ");
            line.push_str(&screening.gaps.len().to_string());
            line.push_str(if screening.gaps.len() == 1 { " gap, see which" } else { " gaps, see which" });
        }
        [only] => summary(line, only),
        [worst, others @ ..] => {
            let more = format!(" (and {} more)", others.len());
            summary(line, worst);
            cut(line, SUMMARY_CHARS_MAX - more.len());
            line.push_str(&more);
        }
    }
}

fn push_gaps_by_kind(text: &mut String, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    push_list(text, "Could not be checked");
    for kind in GapKind::ALL {
        let of_kind: Vec<&Gap> = gaps.iter().filter(|g| g.kind == *kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        text.push_str("\n- ");
        text.push_str(gap_phrase(*kind));
        for (nth, gap) in of_kind.iter().filter(|g| !g.words.trim().is_empty()).take(GAP_WORDS_MAX).enumerate() {
            text.push_str(if nth == 0 { ": \"" } else { ", \"" });
            push_escaped(text, &gap.words, QUOTED_CHARS_MAX);
            text.push('"');
        }
        push_more(text, of_kind.len(), GAP_WORDS_MAX);
    }
}
