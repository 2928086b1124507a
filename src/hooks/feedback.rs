//! Feedback about cards, read as clients really send it: what cannot be read is noted on its entry, and the rest is kept.

use crate::clinical::time::Dated;
use crate::hooks::call::Refusal;
use serde_json::{Map, Value};

/// Entries of one call that are read; more are left unread, and the last one read says so.
pub const FEEDBACK_ENTRIES_MAX: usize = 1_000;

/// Characters that are kept of any text in feedback.
pub const FEEDBACK_CHARS_MAX: usize = 2_000;

/// What became of one card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// The card's uuid as sent (some clients send an id of their own); empty when it was missing.
    pub card: String,
    /// What the clinician did; `None` when it was neither of the two words.
    pub outcome: Option<Outcome>,
    /// Ids of the suggestions accepted.
    pub accepted: Vec<String>,
    /// Why it was overridden, coded.
    pub reason: Option<Reason>,
    /// Why it was overridden, in words; empty when nothing was said.
    pub comment: String,
    /// When.
    pub at: Option<Dated>,
    /// What could not be read of this entry, as a person would say it.
    pub troubles: Vec<String>,
}

/// What a clinician did with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Took at least one suggestion.
    Accepted,
    /// Took none.
    Overridden,
}

/// A coded reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Its code.
    pub code: String,
    /// Its system; empty when it was not sent.
    pub system: String,
    /// Its words; empty when they were not sent.
    pub display: String,
}

impl Outcome {
    /// The word in CDS Hooks.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Overridden => "overridden",
        }
    }
}

/// Reads the body of a feedback call.
///
/// An entry that is partly unreadable is kept, with its troubles. Refused is a body that is not JSON, that has no array
/// `feedback`, or of whose entries none is an object.
pub fn read(body: &[u8]) -> Result<Vec<Feedback>, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let root: Value = serde_json::from_slice(body).map_err(|e| Refusal::NotJson { why: e.to_string() })?;
    let entries = match root.get("feedback") {
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(unreadable("feedback", "is not an array")),
        None => return Err(unreadable("feedback", "is missing; an array with an entry for each card is wanted")),
    };
    let mut all: Vec<Feedback> = entries.iter().take(FEEDBACK_ENTRIES_MAX).map(entry).collect();
    if !all.is_empty() && !entries.iter().any(Value::is_object) {
        return Err(unreadable("feedback[0]", "is not an object"));
    }
    if let Some(last) = all.last_mut().filter(|_| entries.len() > FEEDBACK_ENTRIES_MAX) {
        last.troubles.push(format!("{} more entries were not read", entries.len() - FEEDBACK_ENTRIES_MAX));
    }
    Ok(all)
}

fn unreadable(place: &str, why: &str) -> Refusal {
    Refusal::Unreadable { place: place.to_owned(), why: why.to_owned() }
}

fn entry(value: &Value) -> Feedback {
    let mut feedback = Feedback::default();
    let Value::Object(entry) = value else {
        feedback.troubles.push("the entry is not an object".to_owned());
        return feedback;
    };
    feedback.card = text(entry, "card");
    if feedback.card.is_empty() {
        feedback.troubles.push("`card` is missing".to_owned());
    }
    feedback.outcome = match text(entry, "outcome").as_str() {
        "accepted" => Some(Outcome::Accepted),
        "overridden" => Some(Outcome::Overridden),
        other => {
            feedback.troubles.push(format!("`outcome` is `{other}`; `accepted` or `overridden` is wanted"));
            None
        }
    };
    feedback.accepted = suggestions(entry.get("acceptedSuggestions"));
    if feedback.outcome == Some(Outcome::Accepted) && feedback.accepted.is_empty() {
        feedback.troubles.push("`acceptedSuggestions` names none".to_owned());
    }
    let why = ["overrideReason", "overrideReasons"].iter().find_map(|key| first_object(entry.get(*key)));
    if let Some(why) = why {
        feedback.reason = first_object(why.get("reason")).and_then(reason).or_else(|| reason(why));
        feedback.comment = text(why, "userComment");
    }
    let at = text(entry, "outcomeTimestamp");
    feedback.at = Dated::parse(&at);
    if feedback.at.is_none() {
        feedback.troubles.push(format!("`outcomeTimestamp` is `{at}`; a time is wanted"));
    }
    feedback
}

/// Ids of suggestions, as objects with an id or as bare strings.
fn suggestions(value: Option<&Value>) -> Vec<String> {
    let Some(Value::Array(items)) = value else { return Vec::new() };
    let id = |item: &Value| match item {
        Value::Object(item) => text(item, "id"),
        Value::String(id) => kept(id),
        _ => String::new(),
    };
    items.iter().take(FEEDBACK_ENTRIES_MAX).map(id).filter(|id| !id.is_empty()).collect()
}

/// An object, or the first of an array of them.
fn first_object(value: Option<&Value>) -> Option<&Map<String, Value>> {
    match value? {
        Value::Object(object) => Some(object),
        Value::Array(items) => items.iter().find_map(Value::as_object),
        _ => None,
    }
}

/// A Coding, or the first one of a CodeableConcept.
fn reason(value: &Map<String, Value>) -> Option<Reason> {
    let coding = first_object(value.get("coding")).unwrap_or(value);
    let code = text(coding, "code");
    (!code.is_empty()).then(|| Reason { code, system: text(coding, "system"), display: text(coding, "display") })
}

fn text(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(Value::as_str).map(kept).unwrap_or_default()
}

fn kept(words: &str) -> String {
    words.trim().chars().take(FEEDBACK_CHARS_MAX).collect()
}
