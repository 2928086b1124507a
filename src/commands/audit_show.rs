//! `caveat audit show`: what was answered and what became of it, for a person or as JSON.

use crate::clinical::time::Moment;
use crate::commands::audit::Place;
use crate::record::book::outcome_words;
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::Entry;
use crate::record::marks::{self, mark_of};
use crate::record::recover::{ReadFile, read_all};
use crate::record::store::Ask;
use serde::Serialize;

/// Which answers, and in what form.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// Which answers.
    #[command(flatten)]
    pub choice: Choice,
    /// Print JSON, one answer to a line.
    #[arg(long)]
    pub json: bool,
}

/// Which answers.
#[derive(Clone, Debug, clap::Args)]
#[group(multiple = false)]
pub struct Choice {
    /// The answer of this id.
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// The answers about this patient, by pseudonym.
    #[arg(long, value_name = "PSEUDONYM")]
    pub patient: Option<String>,
    /// The last so many answers (default: 10).
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
}

/// Which of the answers that only the journal has yet are wanted.
type Wanted = Box<dyn Fn(&Decision) -> bool>;

/// The most answers about a patient that are shown.
const PATIENT_MAX: usize = 10_000;

/// An answer with what became of its cards.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// The answer.
    pub decision: Decision,
    /// Feedback about its cards, earliest first.
    pub feedback: Vec<FeedbackRecord>,
}

/// Shows; false when nothing was found.
///
/// # Errors
///
/// In words: what cannot be read.
pub fn show(place: &Place, which: &Which) -> Result<bool, String> {
    let (ask, wanted): (Ask, Wanted) = match (&which.choice.id, &which.choice.patient) {
        (Some(id), _) => {
            let id = id.clone();
            (Ask::Decision(mark_of(&id)), Box::new(move |d| d.id == id))
        }
        (_, Some(patient)) => {
            let patient = patient.clone();
            let ask = Ask::OfPatient { patient: mark_of(&patient), since_ms: i64::MIN, most: PATIENT_MAX };
            (ask, Box::new(move |d| d.patient == patient))
        }
        _ => (Ask::Last(which.choice.last.unwrap_or(10)), Box::new(|_| true)),
    };
    let waiting = waiting(place)?;
    let mut store = place.open()?;
    let mut decisions: Vec<Decision> = waiting.iter().rev().filter_map(marks::decision).filter(|d| wanted(d)).collect();
    if let Some(store) = &mut store {
        let stored = store.find(&ask).map_err(|e| e.to_string())?;
        warn_of_unsound(&stored);
        let stored: Vec<_> = stored.iter().filter_map(marks::decision).filter(|d| !decisions.contains(d)).collect();
        decisions.extend(stored);
    }
    if let Ask::Last(most) = ask {
        decisions.truncate(most);
    }
    for decision in &decisions {
        let cards: Vec<String> = decision.findings.iter().map(|f| f.card.clone()).filter(|c| !c.is_empty()).collect();
        let mut feedback: Vec<_> =
            waiting.iter().filter_map(marks::feedback).filter(|f| cards.contains(&f.card)).collect();
        if let Some(store) = &mut store {
            let asked = Ask::FeedbackOn(cards.iter().map(|c| mark_of(c)).collect());
            let stored = store.find(&asked).map_err(|e| e.to_string())?;
            warn_of_unsound(&stored);
            let stored: Vec<_> = stored.iter().filter_map(marks::feedback).filter(|f| !feedback.contains(f)).collect();
            feedback.extend(stored);
        }
        feedback.sort_by_key(|f| f.arrived_ms);
        let told = Told { decision: decision.clone(), feedback };
        match which.json {
            true => println!("{}", serde_json::to_string(&told).map_err(|e| e.to_string())?),
            false => println!("{}", words(&told)),
        }
    }
    if decisions.is_empty() {
        println!("no such answer is on record");
    }
    Ok(!decisions.is_empty())
}

/// Says of entries that they are not as they were written, whatever is made of them.
pub fn warn_of_unsound(entries: &[Entry]) {
    for entry in entries.iter().filter(|e| !e.is_sound()) {
        let Entry { seq, chain, .. } = entry;
        eprintln!("caveat: entry {seq} of chain `{chain}` is not as it was written; `caveat audit verify` tells more");
    }
}

/// What only the journal has yet.
///
/// # Errors
///
/// In words: what cannot be read.
pub fn waiting(place: &Place) -> Result<Vec<Entry>, String> {
    let Some(folder) = &place.folder else { return Ok(Vec::new()) };
    let files = read_all(folder).map_err(|e| format!("the journal cannot be read: {e}"))?;
    Ok(files.iter().flat_map(ReadFile::entries).cloned().collect())
}

/// A moment in milliseconds, for a person.
pub fn when(ms: i64) -> String {
    Moment(ms.div_euclid(1_000)).rfc3339()
}

/// An answer in words.
fn words(told: &Told) -> String {
    let d = &told.decision;
    let late = if d.late { ", completed later" } else { "" };
    let mut lines = vec![
        format!("{}  {}  {}  status {}{late}", d.id, when(d.at_ms), d.hook, d.status),
        format!("  client {}  tenant {}  user {}", d.client, dash(&d.tenant), dash(&d.user)),
        format!(
            "  patient {}  encounter {}  as of {}",
            dash(&d.patient),
            dash(&d.encounter),
            Moment(d.as_of).rfc3339()
        ),
        format!("  pack {}  engine {}", d.pack, d.engine),
        format!("  request {}", dash(&d.request)),
        format!("  answer  {}", dash(&d.answer)),
        format!("  took {} µs in all, {} µs of it screening", d.took.whole_us, d.took.screen_us),
    ];
    for f in &d.findings {
        let shown = if f.suppressed.is_empty() { "shown" } else { &f.suppressed };
        let who = f.participants.join(" + ");
        lines.push(format!(
            "  finding  {} v{}  {} {}  {who}  {shown}  card {}",
            f.rule,
            f.version,
            f.severity,
            f.loudness,
            dash(&f.card)
        ));
    }
    lines.extend(
        d.gaps.iter().map(|g| {
            format!("  gap      {}  {}  {}", g.kind, if g.list.is_empty() { &g.entry } else { &g.list }, g.rule)
        }),
    );
    for f in &told.feedback {
        let outcome = outcome_words(f);
        lines.push(format!("  feedback {}  {outcome}  {}  card {}", when(f.arrived_ms), dash(&f.reason_code), f.card));
        if f.uncertain {
            lines.push(String::from(
                "           uncertain: it came without a time, and the card had been shown in several forms",
            ));
        }
        if !f.comment.is_empty() {
            lines.push(format!("           says: {}", f.comment));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
