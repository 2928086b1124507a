//! The two extensions, in version 1: `org.caveat.finding` on a card and `org.caveat.screening` on a response. See
//! `docs/extensions.md`.

use crate::clinical::chart::{Chart, Entry};
use crate::clinical::code::{Concept, System};
use crate::clinical::severity::Question;
use crate::engine::finding::{
    Finding, Gap, Matrix, MatrixRow, Participant, Role, RuleRef, Screening, TraceLine, list_word,
};
use crate::hooks::call::Call;
use crate::hooks::cards_reasons::indicator;
use crate::hooks::cards_words::{entry_words, reference_of};
use crate::hooks::json::Json;
use uuid::Uuid;

/// The version of both extensions. It changes when a member is removed or changes its meaning, not when one is added.
pub const VERSION: &str = "1";

/// Writes a card's `extension`.
pub fn finding(json: &mut Json, chart: &Chart, finding: &Finding<'_>) {
    json.object_at("extension", |json| {
        json.object_at("org.caveat.finding", |json| {
            json.word_at("version", VERSION);
            kind_and_weight(json, finding);
            json.word_at("seriousness", finding.seriousness.word());
            json.word_at("management", finding.management.word());
            json.word_at("evidence", finding.evidence.word());
            json.word_at("audience", finding.audience.word());
            json.object_at("rule", |json| rule(json, finding.rule));
            json.array_at("also", |json| finding.also.iter().for_each(|r| json.object(|json| rule(json, *r))));
            json.array_at("participants", |json| {
                for who in &finding.participants {
                    json.object(|json| participant(json, chart, who));
                }
            });
            json.text_at("effect", finding.effect.unwrap_or(""));
            json.text_at("tier", finding.tier.unwrap_or(""));
            json.array_at("drivers", |json| finding.drivers.iter().for_each(|d| json.text(d)));
            orders(json, chart, finding);
            json.text_at("key", &finding.key);
            json.number_at("overrideDays", u64::from(finding.override_days));
            json.flag_at("neverSilence", finding.never_silence);
        });
    });
}

/// Writes a response's `extension`. `cards` says for each finding on which card it stands, if on any; `decision` is the id
/// under which the answer is recorded, empty when none is.
pub fn screening(json: &mut Json, call: &Call<'_>, screening: &Screening<'_>, cards: &[Option<Uuid>], decision: &str) {
    let chart = &call.chart;
    json.object_at("extension", |json| {
        json.object_at("org.caveat.screening", |json| {
            json.word_at("version", VERSION);
            json.object_at("pack", |json| {
                json.text_at("name", &screening.pack.name);
                json.text_at("version", &screening.pack.version);
                json.text_at("hash", &screening.pack.hash);
            });
            json.text_at("decision", decision);
            json.text_at("asOf", &screening.as_of.rfc3339());
            json.flag_at("complete", screening.gaps.is_empty());
            json.array_at("findings", |json| {
                for (at, found) in screening.findings.iter().enumerate() {
                    let card = cards.get(at).copied().flatten();
                    json.object(|json| brief(json, chart, found, card));
                }
            });
            json.array_at("gaps", |json| screening.gaps.iter().for_each(|g| json.object(|json| gap(json, chart, g))));
            checked(json, chart, &screening.checked);
            json.array_at("trace", |json| {
                for line in &screening.trace {
                    json.object(|json| traced(json, chart, line));
                }
            });
        });
    });
}

fn brief(json: &mut Json, chart: &Chart, finding: &Finding<'_>, card: Option<Uuid>) {
    kind_and_weight(json, finding);
    json.object_at("rule", |json| rule(json, finding.rule));
    json.array_at("participants", |json| finding.participants.iter().for_each(|p| json.text(p.name)));
    orders(json, chart, finding);
    json.text_at("effect", finding.effect.unwrap_or(""));
    json.text_at("key", &finding.key);
    if let Some(card) = card {
        json.text_at("card", card.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
}

fn kind_and_weight(json: &mut Json, finding: &Finding<'_>) {
    json.word_at("kind", finding.question.word());
    json.word_at("severity", finding.severity.word());
    json.word_at("loudness", finding.loudness.word());
    json.word_at("indicator", indicator(finding.loudness, finding.severity, finding.management));
}

fn orders(json: &mut Json, chart: &Chart, finding: &Finding<'_>) {
    json.array_at("orders", |json| finding.orders.iter().for_each(|o| json.text(reference_of(chart, *o))));
}

fn rule(json: &mut Json, rule: RuleRef<'_>) {
    json.text_at("id", rule.id);
    json.number_at("version", u64::from(rule.version));
}

fn participant(json: &mut Json, chart: &Chart, who: &Participant<'_>) {
    json.word_at("role", role_word(who.role));
    json.text_at("name", who.name);
    json.object_at("code", |json| code(json, chart, who));
    let reference = reference_of(chart, who.entry);
    match who.entry {
        Entry::Medication(_) => json.text_at("order", reference),
        _ => json.text_at("reference", reference),
    }
    json.text_at("words", &entry_words(chart, who.entry));
    json.array_at("folded", |json| who.folded.iter().for_each(|f| json.text(reference_of(chart, *f))));
}

/// The ingredient's RxCUI; for what is no drug, the first code under which it was recorded.
fn code(json: &mut Json, chart: &Chart, who: &Participant<'_>) {
    if who.rxcui != 0 {
        json.text_at("system", System::RxNorm.uri());
        json.text_at("code", itoa::Buffer::new().format(who.rxcui));
    } else if let Some(recorded) = concept(chart, who.entry).and_then(|c| c.codes.first())
        && !recorded.system.uri().trim().is_empty()
    {
        json.text_at("system", recorded.system.uri());
        json.text_at("code", &recorded.value);
    }
}

fn concept(chart: &Chart, entry: Entry) -> Option<&Concept> {
    match entry {
        Entry::Medication(n) => chart.medications.get(n as usize).map(|m| &m.drug.concept),
        Entry::Allergy(n) => chart.allergies.get(n as usize).map(|a| &a.substance),
        Entry::Problem(n) => chart.problems.get(n as usize).map(|p| &p.concept),
        Entry::Lab(n) => chart.labs.get(n as usize).map(|l| &l.concept),
        Entry::Patient | Entry::Unread(_) | Entry::List(_) => None,
    }
}

/// The word for a participant's part.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::Object => "object",
        Role::Precipitant => "precipitant",
        Role::Mutual => "mutual",
        Role::Drug => "drug",
        Role::Allergen => "allergen",
        Role::Problem => "problem",
    }
}

fn gap(json: &mut Json, chart: &Chart, gap: &Gap) {
    json.word_at("kind", gap.kind.word());
    json.text_at("words", &gap.words);
    json.word_at("entry", entry_word(gap.entry));
    if let Entry::List(list) = gap.entry {
        json.word_at("list", list_word(list));
    }
    json.text_at("reference", reference_of(chart, gap.entry));
    json.text_at("rule", gap.rule.as_deref().unwrap_or(""));
    json.array_at("also", |json| gap.also.iter().for_each(|rule| json.text(rule)));
    json.array_at("orders", |json| gap.orders.iter().for_each(|o| json.text(reference_of(chart, *o))));
    json.flag_at("onCard", gap.on_card);
}

/// The word for what a gap or a row is about.
pub fn entry_word(entry: Entry) -> &'static str {
    match entry {
        Entry::Patient => "patient",
        Entry::Medication(_) => "medication",
        Entry::Allergy(_) => "allergy",
        Entry::Problem(_) => "problem",
        Entry::Lab(_) => "lab",
        Entry::Unread(_) => "unread",
        Entry::List(_) => "list",
    }
}

fn checked(json: &mut Json, chart: &Chart, matrix: &Matrix) {
    json.array_at("checked", |json| {
        for MatrixRow { entry, cells } in &matrix.rows {
            json.object(|json| {
                json.word_at("entry", entry_word(*entry));
                let reference = reference_of(chart, *entry);
                json.text_at("reference", reference);
                if reference.is_empty() {
                    json.text_at("words", &entry_words(chart, *entry));
                }
                for (question, cell) in Question::ALL.iter().zip(cells) {
                    json.word_at(question.word(), cell.word());
                }
            });
        }
    });
}

fn traced(json: &mut Json, chart: &Chart, line: &TraceLine<'_>) {
    json.object_at("rule", |json| rule(json, line.rule));
    json.array_at("entries", |json| {
        for entry in &line.entries {
            let reference = reference_of(chart, *entry);
            json.text(if reference.is_empty() { entry_word(*entry) } else { reference });
        }
    });
    json.flag_at("fired", line.fired);
    json.array_at("because", |json| line.because.iter().for_each(|b| json.text(b)));
}
