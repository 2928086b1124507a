//! The two extensions, in version 1: `org.caveat.finding` on a card and `org.caveat.screening` on a response. See
//! `docs/extensions.md`.

use crate::clinical::chart::{Chart, Entry};
use crate::clinical::code::{Concept, System};
use crate::clinical::remembered::Remembered;
use crate::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Seriousness, Severity};
use crate::clinical::time::Moment;
use crate::engine::finding::{
    Cell, Finding, Gap, Matrix, MatrixRow, Participant, Role, RuleRef, Screening, TraceLine, list_word,
};
use crate::hooks::call::{Call, Hook};
use crate::hooks::cards_plan::{Fate, Plan, is_for_pharmacists};
use crate::hooks::cards_reasons::indicator;
use crate::hooks::cards_remembered::{is_overdue, overrides_of};
use crate::hooks::cards_words::{entry_words, reference_of};
use crate::hooks::json::{Json, Piece};
use crate::hooks::manner::Manner;
use uuid::Uuid;

/// The version of both extensions. It changes when a member is removed or changes its meaning, not when one is added.
pub const VERSION: &str = "1";

/// What became of the findings of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Fates<'a> {
    /// For each finding, on which card it stands, if on any.
    pub cards: &'a [Option<Uuid>],
    /// What was decided.
    pub plan: &'a Plan,
    /// For each finding, its fingerprint; empty where nothing is remembered.
    pub prints: &'a [String],
    /// For whom, and with what in mind.
    pub manner: &'a Manner<'a>,
}

/// Writes a card's `extension`.
pub fn finding(json: &mut Json, call: &Call<'_>, finding: &Finding<'_>, remembered: &Remembered, print: &str) {
    let chart = &call.chart;
    json.object_at("extension", |json| {
        json.object_at("org.caveat.finding", |json| {
            json.word_at("version", VERSION);
            kind_and_weight(json, finding);
            json.piece(&SERIOUSNESS[finding.seriousness as usize]);
            json.piece(&MANAGEMENT[finding.management as usize]);
            json.piece(&EVIDENCE[finding.evidence as usize]);
            json.piece(&AUDIENCE[finding.audience as usize]);
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
            overridden(json, call.hook, finding, remembered, print);
        });
    });
}

/// Writes a response's `extension`.
pub fn screening(json: &mut Json, call: &Call<'_>, screening: &Screening<'_>, fates: &Fates<'_>) {
    let chart = &call.chart;
    json.object_at("extension", |json| {
        json.object_at("org.caveat.screening", |json| {
            json.word_at("version", VERSION);
            json.object_at("pack", |json| {
                json.text_at("name", &screening.pack.name);
                json.text_at("version", &screening.pack.version);
                json.text_at("hash", &screening.pack.hash);
            });
            json.text_at("decision", fates.manner.decision);
            json.text_at("asOf", &screening.as_of.rfc3339());
            json.flag_at("complete", screening.gaps.is_empty());
            json.array_at("findings", |json| {
                for (at, found) in screening.findings.iter().enumerate() {
                    json.object(|json| {
                        brief(json, chart, found, fates.cards.get(at).copied().flatten());
                        fate(json, call.hook, found, fates, at);
                    });
                }
            });
            json.array_at("gaps", |json| screening.gaps.iter().for_each(|g| json.object(|json| gap(json, chart, g))));
            checked(json, chart, &screening.checked);
            remembered(json, screening, fates);
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

/// Why a finding is on no card, and who overrode it.
fn fate(json: &mut Json, hook: Hook, finding: &Finding<'_>, fates: &Fates<'_>, at: usize) {
    let fate = fates.plan.fates.get(at).copied().unwrap_or(Fate::Shown);
    if fate != Fate::Shown {
        json.word_at("suppressed", fate.word());
    }
    if fate == Fate::Repeated {
        json.flag_at("repeated", true);
    }
    overridden(json, hook, finding, fates.manner.remembered, fates.prints.get(at).map_or("", String::as_str));
}

/// The latest override of a finding. One of the same drugs as they stood at another time is told to pharmacists alone.
fn overridden(json: &mut Json, hook: Hook, finding: &Finding<'_>, remembered: &Remembered, print: &str) {
    let Some((told, same)) = overrides_of(remembered, finding, print).next() else { return };
    if !same && !is_for_pharmacists(hook) {
        return;
    }
    json.object_at("overridden", |json| {
        json.text_at("by", &told.by);
        json.text_at("at", &Moment(told.at).rfc3339());
        if told.until > told.at {
            json.text_at("until", &Moment(told.until).rfc3339());
        }
        if !told.reason_code.is_empty() {
            json.object_at("reason", |json| {
                json.text_at("system", &told.reason_system);
                json.text_at("code", &told.reason_code);
            });
        }
        if is_for_pharmacists(hook) {
            json.text_at("comment", &told.comment);
        }
        json.text_at("card", &told.card);
        if !same {
            json.flag_at("changed", true);
        }
    });
}

/// How many findings are on no card, and why; what monitoring was promised; whether overrides may be missing.
fn remembered(json: &mut Json, screening: &Screening<'_>, fates: &Fates<'_>) {
    let count = |fate: Fate| fates.plan.fates.iter().filter(|f| **f == fate).count();
    let counts = [("overridden", Fate::Overridden), ("repeated", Fate::Repeated), ("tooMany", Fate::TooMany)];
    if counts.iter().any(|(_, fate)| count(*fate) > 0) {
        json.object_at("suppressed", |json| {
            for (word, fate) in counts {
                if count(fate) > 0 {
                    json.number_at(word, u64::try_from(count(fate)).unwrap_or(u64::MAX));
                }
            }
        });
    }
    let remembered = fates.manner.remembered;
    json.array_at("obligations", |json| {
        for promise in &remembered.obligations {
            json.object(|json| {
                json.text_at("rule", &promise.rule);
                json.array_at("participants", |json| promise.participants.iter().for_each(|p| json.text(p)));
                json.array_at("values", |json| promise.values.iter().for_each(|v| json.text(v)));
                json.text_at("by", &promise.by);
                json.text_at("at", &Moment(promise.at).rfc3339());
                json.text_at("due", &Moment(promise.due).rfc3339());
                json.flag_at("overdue", is_overdue(promise, screening.as_of));
                json.text_at("card", &promise.card);
            });
        }
    });
    if let Some(seconds) = remembered.stale_for {
        json.number_at("staleFor", seconds);
    }
}

fn kind_and_weight(json: &mut Json, finding: &Finding<'_>) {
    json.word_at("kind", finding.question.word());
    json.piece(&SEVERITY[finding.severity as usize]);
    json.piece(&LOUDNESS[finding.loudness as usize]);
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

static SEVERITY: [Piece; 4] = pieces("severity", Severity::WORDS);
static LOUDNESS: [Piece; 2] = pieces("loudness", Loudness::WORDS);
static SERIOUSNESS: [Piece; 3] = pieces("seriousness", Seriousness::WORDS);
static MANAGEMENT: [Piece; 4] = pieces("management", Management::WORDS);
static EVIDENCE: [Piece; 4] = pieces("evidence", Evidence::WORDS);
static AUDIENCE: [Piece; 3] = pieces("audience", Audience::WORDS);

/// One member for each word of an enumeration, by its number.
const fn pieces<const N: usize>(name: &str, words: &[&str]) -> [Piece; N] {
    assert!(words.len() == N, "a piece for each word, and a word for each piece");
    let mut all = [Piece::of("", ""); N];
    let mut n = 0;
    while n < N {
        all[n] = Piece::of(name, words[n]);
        n += 1;
    }
    all
}

/// What is said of each question, by question and cell.
static CELLS: [[Piece; 5]; 5] = {
    let mut all = [[Piece::of("", ""); 5]; 5];
    let mut question = 0;
    while question < 5 {
        let mut cell = 0;
        while cell < 5 {
            all[question][cell] = Piece::of(Question::ALL[question].word(), Cell::ALL[cell].word());
            cell += 1;
        }
        question += 1;
    }
    all
};

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
                for (pieces, cell) in CELLS.iter().zip(cells) {
                    json.piece(&pieces[*cell as usize]);
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
