//! The words of a card: summary in the order drugs, risk, action; detail in short Markdown; nothing from the request unescaped.

use crate::clinical::chart::{Chart, Entry, Standing};
use crate::clinical::code::Concept;
use crate::clinical::severity::{Evidence, Management, Question, Seriousness, Severity};
use crate::engine::finding::{Finding, GapKind, Participant, Role, Screening, Words, list_word};
use std::borrow::Cow;

/// Characters a summary may have; CDS Hooks wants fewer than 140.
pub const SUMMARY_CHARS_MAX: usize = 139;

/// Characters of a name or of words from the request that stand in a card; the rest is cut. Extensions carry them whole.
pub const QUOTED_CHARS_MAX: usize = 100;

/// Characters of all the drugs' names in a summary, so that risk and action keep their room.
const NAMES_CHARS_MAX: usize = 64;

/// Characters of one drug's name in a summary.
const NAME_CHARS_MAX: usize = 40;

/// Appends words from elsewhere as plain text on one line: control and direction marks are dropped, white space becomes
/// one blank, and after `max` characters a `…` stands for the rest.
pub fn push_plain(out: &mut String, words: &str, max: usize) {
    push_words(out, words, max, false);
}

/// Appends words from elsewhere so that Markdown and HTML show them as they are and make no link of them.
pub fn push_escaped(out: &mut String, words: &str, max: usize) {
    push_words(out, words, max, true);
}

fn push_words(out: &mut String, words: &str, max: usize, escape: bool) {
    if words.len() <= max && is_ordinary(words.as_bytes(), escape) {
        return out.push_str(words);
    }
    let (mut written, mut blank) = (0usize, false);
    let start = out.len();
    for (at, c) in words.char_indices() {
        if c.is_whitespace() {
            blank = written > 0;
            continue;
        }
        if is_unseen(c) {
            continue;
        }
        if written + usize::from(blank) >= max {
            out.push('…');
            return;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
            written += 1;
        }
        written += 1;
        match c {
            _ if !escape => out.push(c),
            // Entities, so that a client which shows HTML without Markdown runs nothing either.
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '@' => out.extend(['\\', c]),
            // What would make a link of plain words.
            ':' if words[at + 1..].starts_with("//") => out.push_str("\\:"),
            '.' if ends_with_www(&out[start..]) => out.push_str("\\."),
            _ => out.push(c),
        }
    }
}

/// Whether words go out as they are: each byte stands for itself wherever it stands, and no blank follows another, begins
/// or ends them. In Markdown colons and dots may make links, so they are looked at one by one elsewhere.
fn is_ordinary(words: &[u8], escape: bool) -> bool {
    let ends = (words.first(), words.last());
    if matches!(ends, (None, _) | (Some(b' '), _) | (_, Some(b' '))) {
        return ends.0.is_none();
    }
    // No branch within: the compiler looks at sixteen bytes at once.
    let strange = match escape {
        true => words.iter().fold(0u8, |any, b| any | u8::from(!is_plain_markup(*b))),
        false => words.iter().fold(0u8, |any, b| any | u8::from(b.wrapping_sub(b' ') > b'~' - b' ')),
    };
    let doubled =
        words.iter().zip(&words[1..]).fold(0u8, |any, (a, b)| any | u8::from(*a == b' ') & u8::from(*b == b' '));
    strange | doubled == 0
}

/// Letters, digits, and blank, `"`, `%`, `(`, `)`, `,`, `-`, `/`.
#[inline(always)]
fn is_plain_markup(byte: u8) -> bool {
    let within = |from: u8, to: u8| byte.wrapping_sub(from) <= to - from;
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    letter
        | within(b'/', b'9')
        | within(b'(', b')')
        | within(b',', b'-')
        | (byte == b' ')
        | (byte == b'"')
        | (byte == b'%')
}

fn ends_with_www(text: &str) -> bool {
    text.len() >= 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// Characters that change how others are shown, or are not shown themselves.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Cuts a text to `max` characters, at a blank where there is one in its second half, and ends it with `…`.
pub fn cut(text: &mut String, max: usize) {
    if text.len() <= max || text.chars().count() <= max {
        return;
    }
    let end = text.char_indices().nth(max.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let kept = &text[..end];
    let at = kept.rfind(' ').filter(|at| *at >= end / 2).unwrap_or(end);
    text.truncate(at);
    let worded = text.trim_end_matches([' ', ',', ';', ':', '.', '(']).len();
    text.truncate(worded);
    text.push('…');
}

/// The reference of an entry; empty when it has none or a blank one.
pub fn reference_of(chart: &Chart, entry: Entry) -> &str {
    trimmed(chart.reference(entry))
}

/// The words of a chart's entry as they were sent; its code where it has no words; a plain phrase where it has neither.
pub fn entry_words(chart: &Chart, entry: Entry) -> Cow<'_, str> {
    let place = |n: u32| n as usize;
    let (concept, nameless) = match entry {
        Entry::Medication(n) => match chart.medications.get(place(n)) {
            Some(m) => {
                let part = m.drug.ingredients.first().map(|p| &p.concept);
                let drug = if m.drug.concept.is_empty() { part } else { Some(&m.drug.concept) };
                (drug, m.drug.unresolved.as_deref().unwrap_or("an order that names no drug"))
            }
            None => (None, "an order"),
        },
        Entry::Allergy(n) => (chart.allergies.get(place(n)).map(|a| &a.substance), "an allergy without a substance"),
        Entry::Problem(n) => (chart.problems.get(place(n)).map(|p| &p.concept), "a problem without a name"),
        Entry::Lab(n) => (chart.labs.get(place(n)).map(|l| &l.concept), "a value without a name"),
        Entry::Unread(n) => (None, chart.unread.get(place(n)).map_or("an entry", |u| &u.words)),
        Entry::Patient => (None, "the patient"),
        Entry::List(list) => (None, list_word(list)),
    };
    let nameless = if trimmed(nameless).is_empty() { "an entry without words" } else { nameless };
    concept.and_then(concept_words).unwrap_or(Cow::Borrowed(nameless))
}

fn concept_words(concept: &Concept) -> Option<Cow<'_, str>> {
    match (concept.text.as_deref().filter(|t| !trimmed(t).is_empty()), concept.codes.first()) {
        (Some(text), _) => Some(Cow::Borrowed(text)),
        (None, Some(code)) => Some(Cow::Owned(format!("code {}", code.value))),
        (None, None) => None,
    }
}

/// The summary of a finding, in the order drugs, risk, action: `Warfarin + ibuprofen: serious bleeding. Add a PPI`.
pub fn summary(out: &mut String, finding: &Finding<'_>) {
    out.clear();
    let words = finding.words.spelt();
    push_who(out, &finding.participants);
    if out.is_empty() {
        out.push_str(words.title);
    }
    out.push_str(": ");
    out.push_str(bare(words.risk));
    if !trimmed(words.advice).is_empty() {
        out.push_str(". ");
        push_capitalised(out, bare(words.advice));
    }
    cut(out, SUMMARY_CHARS_MAX);
}

/// Who takes part: `Warfarin + ibuprofen`, `Amoxicillin, allergy to penicillin`, `Metformin, with lactic acidosis`,
/// `Ibuprofen ×2`.
pub fn push_who(out: &mut String, participants: &[Participant<'_>]) {
    let start = out.len();
    let (mut shown, mut left) = (0usize, 0usize);
    for (at, who) in participants.iter().enumerate() {
        let same = |p: &&Participant<'_>| p.name == who.name && is_drug(p.role) == is_drug(who.role);
        if participants[..at].iter().any(|p| same(&p)) {
            continue;
        }
        if shown >= 2 && out[start..].chars().count() + who.name.chars().count() > NAMES_CHARS_MAX {
            left += 1;
            continue;
        }
        out.push_str(match who.role {
            _ if shown == 0 => "",
            Role::Allergen => ", allergy to ",
            Role::Problem => ", with ",
            _ => " + ",
        });
        let from = out.len();
        push_plain(out, who.name, NAME_CHARS_MAX);
        if shown == 0 {
            capitalise_at(out, from);
        }
        let times = participants[at..].iter().filter(same).count();
        if times > 1 {
            out.push_str(" ×");
            out.push_str(itoa::Buffer::new().format(times));
        }
        shown += 1;
    }
    if left > 0 {
        out.push_str(" + ");
        out.push_str(itoa::Buffer::new().format(left));
        out.push_str(" more");
    }
}

/// The detail of a finding: what may happen; what to do, in order; what in this patient drove it; how sure; source.
pub fn detail(out: &mut String, chart: &Chart, screening: &Screening<'_>, finding: &Finding<'_>) {
    out.clear();
    let words = finding.words.spelt();
    push_section(out, "What may happen");
    push_sentence(out, if trimmed(words.consequence).is_empty() { words.risk } else { words.consequence });
    if !trimmed(words.mechanism).is_empty() {
        out.push(' ');
        push_sentence(out, words.mechanism);
    }
    out.push_str("\n\n**What to do** (");
    out.push_str(management_words(finding.management));
    out.push_str(")\n");
    push_actions(out, &words);
    push_list(out, "In this patient");
    for participant in &finding.participants {
        push_participant(out, chart, participant);
    }
    for driver in finding.drivers.iter().filter(|d| !trimmed(d).is_empty()) {
        out.push_str("\n- ");
        push_escaped(out, driver, 2 * QUOTED_CHARS_MAX);
    }
    push_section(out, "How sure");
    out.push_str(evidence_words(finding.evidence));
    out.push_str("; ");
    out.push_str(severity_words(finding.severity));
    out.push_str(", ");
    out.push_str(seriousness_words(finding.seriousness));
    out.push('.');
    if !trimmed(words.harm_frequency).is_empty() {
        out.push_str(" Harm follows: ");
        out.push_str(bare(words.harm_frequency));
        out.push('.');
    }
    push_sources(out, screening, finding, &words);
}

fn push_actions(out: &mut String, words: &Words<'_>) {
    let mut number = 0u32;
    for action in words.actions.iter().filter(|a| !trimmed(a).is_empty()) {
        number += 1;
        out.push('\n');
        out.push_str(itoa::Buffer::new().format(number));
        out.push_str(". ");
        push_sentence(out, action);
    }
    if number == 0 && !trimmed(words.advice).is_empty() {
        out.push_str("\n1. ");
        push_sentence(out, words.advice);
    }
}

/// `- warfarin: "Warfarin 5 MG Oral Tablet" (on file, MedicationRequest/1; 2 more records of it)`
fn push_participant(out: &mut String, chart: &Chart, participant: &Participant<'_>) {
    out.push_str("\n- ");
    push_escaped(out, participant.name, QUOTED_CHARS_MAX);
    out.push_str(": \"");
    push_escaped(out, &entry_words(chart, participant.entry), QUOTED_CHARS_MAX);
    out.push_str("\" (");
    out.push_str(match participant.entry {
        Entry::Medication(n) => match chart.medications.get(n as usize).map(|m| m.standing) {
            Some(Standing::InHand) => "this order",
            Some(Standing::Draft) => "another draft",
            Some(Standing::Existing) | None => "on file",
        },
        Entry::Allergy(n) if chart.allergies.get(n as usize).is_some_and(|a| a.in_hand) => "just recorded",
        Entry::Allergy(_) => "recorded allergy",
        Entry::Problem(_) => "recorded problem",
        _ => "on file",
    });
    let reference = reference_of(chart, participant.entry);
    if !reference.is_empty() {
        out.push_str(", ");
        push_escaped(out, reference, QUOTED_CHARS_MAX);
    }
    match participant.folded.len() {
        0 => {}
        1 => out.push_str("; 1 more record of it"),
        n => {
            out.push_str("; ");
            out.push_str(itoa::Buffer::new().format(n));
            out.push_str(" more records of it");
        }
    }
    out.push(')');
}

fn push_sources(out: &mut String, screening: &Screening<'_>, finding: &Finding<'_>, words: &Words<'_>) {
    push_section(out, "Source");
    for source in words.sources.iter().filter(|s| !trimmed(s).is_empty()) {
        push_rule_words(out, trimmed(source));
        out.push_str("; ");
    }
    out.push_str("rule ");
    push_escaped(out, finding.rule.id, QUOTED_CHARS_MAX);
    out.push_str(" version ");
    out.push_str(itoa::Buffer::new().format(finding.rule.version));
    out.push_str(", ");
    push_escaped(out, &screening.pack.name, QUOTED_CHARS_MAX);
    out.push(' ');
    push_escaped(out, &screening.pack.version, QUOTED_CHARS_MAX);
    out.push('.');
}

/// The name of a list that follows, in bold.
pub fn push_list(out: &mut String, name: &str) {
    if !out.is_empty() {
        out.push_str("\n\n");
    }
    out.push_str("**");
    out.push_str(name);
    out.push_str("**");
}

/// A paragraph that opens with its name in bold.
fn push_section(out: &mut String, name: &str) {
    if !out.is_empty() {
        out.push_str("\n\n");
    }
    out.push_str("**");
    out.push_str(name);
    out.push_str(":** ");
}

/// A rule's own sentence, with its first letter large and a full stop.
fn push_sentence(out: &mut String, sentence: &str) {
    let from = out.len();
    push_rule_words(out, trimmed(sentence));
    capitalise_at(out, from);
    if out.len() > from && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
}

/// A rule's own words, on one line and without HTML; their Markdown and links stand.
fn push_rule_words(out: &mut String, words: &str) {
    if !words.bytes().fold(false, |odd, b| odd | (b == b'<') | (b < b' ')) {
        return out.push_str(words);
    }
    for c in words.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

fn bare(phrase: &str) -> &str {
    if is_bare(phrase) && !phrase.ends_with(['.', ':', ';']) {
        return phrase;
    }
    phrase.trim().trim_end_matches(['.', ':', ';', ' '])
}

/// Whether nothing blank stands at either end, told by the bytes alone: so it is with nearly every sentence of a rule.
fn is_bare(phrase: &str) -> bool {
    let graphic = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
    graphic(phrase.as_bytes().first()) && graphic(phrase.as_bytes().last())
}

/// As [`str::trim`], quickly where there is nothing to trim.
fn trimmed(phrase: &str) -> &str {
    if is_bare(phrase) { phrase } else { phrase.trim() }
}

fn push_capitalised(out: &mut String, phrase: &str) {
    let from = out.len();
    out.push_str(phrase);
    capitalise_at(out, from);
}

/// Makes the letter at a place large, where it is a small ASCII letter of a word that has no other large one (`pH` stays).
fn capitalise_at(out: &mut String, from: usize) {
    let word = out.as_bytes()[from..].iter().take_while(|b| b.is_ascii_alphanumeric());
    if !word.clone().any(u8::is_ascii_uppercase) && word.clone().next().is_some_and(u8::is_ascii_lowercase) {
        out[from..=from].make_ascii_uppercase();
    }
}

fn is_drug(role: Role) -> bool {
    !matches!(role, Role::Allergen | Role::Problem)
}

/// What to do, in a few words.
pub fn management_words(management: Management) -> &'static str {
    match management {
        Management::NoPrecautions => "no special precautions",
        Management::Assess => "assess the risk, act if necessary",
        Management::BenefitMustOutweigh => "use only if the benefit outweighs the risk",
        Management::Avoid => "avoid",
    }
}

fn evidence_words(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Theoretical => "Theoretical (expected from pharmacology)",
        Evidence::Suspected => "Suspected (case reports or conflicting studies)",
        Evidence::Probable => "Probable (good studies, or a label warning with data)",
        Evidence::Established => "Established (well-controlled studies, or contraindicated by label)",
    }
}

/// How bad, in a few words.
pub fn severity_words(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "minor",
        Severity::Moderate => "moderate",
        Severity::Major => "major",
        Severity::Contraindicated => "contraindicated",
    }
}

fn seriousness_words(seriousness: Seriousness) -> &'static str {
    match seriousness {
        Seriousness::Unknown => "no source says whether it can kill, disable or bring into hospital",
        Seriousness::NotSerious => "not known to kill, disable or bring into hospital",
        Seriousness::Serious => "can kill, disable or bring into hospital",
    }
}

/// Why a check could not be made, as a person would say it; what it concerns is said beside it.
pub fn gap_phrase(kind: GapKind) -> &'static str {
    match kind {
        GapKind::UnknownCode => "code not known here",
        GapKind::UncodedDrug => "drug recorded in words only",
        GapKind::NoDrug => "order names no drug",
        GapKind::UncodedAllergy => "allergy recorded in words only",
        GapKind::GenericAllergy => "allergy code names no substance",
        GapKind::UncodedProblem => "problem recorded in words only",
        GapKind::CodesDisagree => "codes mean different drugs, all were checked",
        GapKind::Missing => "needed and not on file",
        GapKind::UnitMismatch => "unit cannot be compared",
        GapKind::DoseUnknown => "dose could not be worked out",
        GapKind::ReplacingOrAdding => "same drug on file, replacing or adding?",
        GapKind::NotSent => "not sent",
        GapKind::SourceFailed => "could not be fetched",
        GapKind::Incomplete => "incomplete, further pages exist",
        GapKind::Malformed => "could not be read",
        GapKind::OtherPatient => "about another patient, not used",
        GapKind::UnresolvedReference => "reference leads nowhere",
        GapKind::TooMany => "more than can be read",
        GapKind::FetchFailed => "could not be fetched from the FHIR server",
        GapKind::FetchLate => "still being fetched when this answer was due",
        GapKind::AllergiesNotAsked => "nothing says that anyone asked",
        GapKind::CheckFailed => "check broke, check by hand",
    }
}

/// The kind of a finding, as a person would say it.
pub fn question_words(question: Question) -> &'static str {
    match question {
        Question::Interaction => "interactions",
        Question::Allergy => "allergies",
        Question::Dose => "doses",
        Question::Duplicate => "duplicates",
        Question::Contraindication => "contraindications",
    }
}
