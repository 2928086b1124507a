//! Suggestions that only ever stop something: a draft is deleted, an active order is updated to stopped, whole and untouched.

use crate::clinical::chart::{Entry, Medication, RecordKind, Standing, Status};
use crate::clinical::severity::Question;
use crate::engine::finding::Finding;
use crate::hooks::call::{Call, RawOrder};
use crate::hooks::cards_identity::suggestion_of;
use crate::hooks::cards_words::{QUOTED_CHARS_MAX, entry_words, push_plain};
use crate::hooks::json::Json;
use crate::settings::client::Selection;
use smallvec::SmallVec;
use std::borrow::Cow;
use uuid::Uuid;

/// Writes the suggestions of a finding, and `selectionBehavior` where there are any: one action to a suggestion, never
/// pre-selected; how many of them may be taken, the client's profile says. A replacement is left to the words of the card, since with one action to a
/// suggestion somebody could accept the new drug and keep the old.
pub fn write<'c>(
    json: &mut Json,
    call: &'c Call<'_>,
    finding: &Finding<'_>,
    card: Uuid,
    selection: Selection,
    line: &mut String,
    stops: &mut Stops<'c>,
) {
    let mut any = false;
    json.array_at("suggestions", |json| {
        for entry in stoppable(finding) {
            let Entry::Medication(n) = entry else { continue };
            let Some(order) = call.chart.medications.get(n as usize) else { continue };
            let Some(stop) = stops.of(call, n, order) else { continue };
            let uuid = suggestion_of(card, n);
            let name = finding.participants.iter().find(|p| p.entry == entry).map_or("", |p| p.name);
            json.object(|json| suggestion(json, call, (entry, name), stop, uuid, line));
            any = true;
        }
    });
    if any {
        json.word_at(
            "selectionBehavior",
            match selection {
                Selection::Any => "any",
                Selection::AtMostOne => "at-most-one",
            },
        );
    }
}

/// The orders in hand; for a duplicate also what is on file twice. Each once.
///
/// Another drug the patient takes is never offered for stopping: what follows when warfarin or a beta blocker ends was not
/// screened, and a click must not do it.
fn stoppable<'f>(finding: &'f Finding<'_>) -> impl Iterator<Item = Entry> + 'f {
    let twice = finding.question == Question::Duplicate;
    let others = finding.participants.iter().filter(move |_| twice).map(|p| p.entry);
    let others = others.filter(|e| !finding.orders.contains(e));
    let mut seen: SmallVec<[Entry; 8]> = SmallVec::new();
    finding.orders.iter().copied().chain(others).filter(move |entry| {
        let new = !seen.contains(entry);
        seen.push(*entry);
        new
    })
}

/// How one order is stopped.
enum Stop<'a> {
    /// The draft goes: its type and id.
    Delete(&'a str, &'a str),
    /// The order stays on file as stopped: the whole resource.
    Update(Stopped<'a>),
}

/// How the orders of a call are stopped, each worked out once: most findings are about the same few.
#[derive(Default)]
pub struct Stops<'c> {
    known: SmallVec<[(u32, Option<Stop<'c>>); 4]>,
}

impl<'c> Stops<'c> {
    fn of(&mut self, call: &'c Call<'_>, n: u32, order: &Medication) -> Option<&Stop<'c>> {
        let at = match self.known.iter().position(|(known, _)| *known == n) {
            Some(at) => at,
            None => {
                self.known.push((n, stop_of(call, n, order)));
                self.known.len() - 1
            }
        };
        self.known.get(at)?.1.as_ref()
    }
}

fn stop_of<'c>(call: &'c Call<'_>, n: u32, order: &Medication) -> Option<Stop<'c>> {
    if order.kind != RecordKind::Request || order.negated {
        return None;
    }
    let raw = call.raw.iter().find(|raw| raw.medication == n)?;
    let in_hand = order.standing == Standing::InHand;
    match order.status {
        Status::Draft | Status::Unknown if in_hand => {
            (is_fhir_id(&raw.id) && is_type_name(&raw.resource_type)).then(|| Stop::Delete(&raw.resource_type, &raw.id))
        }
        Status::Active | Status::OnHold if order.standing != Standing::Draft => stopped(raw).map(Stop::Update),
        _ => None,
    }
}

/// One suggestion. Where the order came without words, it is called by the ingredient that takes part.
fn suggestion(
    json: &mut Json,
    call: &Call<'_>,
    (entry, name): (Entry, &str),
    stop: &Stop<'_>,
    uuid: Uuid,
    line: &mut String,
) {
    line.clear();
    line.push_str(match stop {
        Stop::Delete(..) => "Cancel ",
        Stop::Update(_) => "Stop ",
    });
    let words = entry_words(&call.chart, entry);
    let wordless = words.starts_with("code ") && !name.is_empty();
    push_plain(line, if wordless { name } else { &words }, QUOTED_CHARS_MAX);
    json.text_at("label", line);
    json.text_at("uuid", uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    json.flag_at("isRecommended", false);
    json.array_at("actions", |json| {
        json.object(|json| match stop {
            Stop::Delete(kind, id) => {
                json.word_at("type", "delete");
                json.text_at("description", line);
                line.clear();
                line.push_str(kind);
                line.push('/');
                line.push_str(id);
                json.text_at("resourceId", line);
            }
            Stop::Update(resource) => {
                json.word_at("type", "update");
                json.text_at("description", line);
                json.raw_at("resource", &[resource.before, "\"stopped\"", resource.after]);
            }
        });
    });
}

/// An object as sent: its text, and its members in order, each value as sent.
struct Members<'a> {
    text: &'a str,
    items: SmallVec<[(Cow<'a, str>, &'a str); 24]>,
}

/// An order as it was sent, without the value of its status.
struct Stopped<'a> {
    before: &'a str,
    after: &'a str,
}

/// The order with room for the status `stopped` (the word in DSTU2, STU3, R4 and R5 alike); all else is as it was sent.
///
/// `None` when the resource is not complete enough to be sent back: a member that FHIR demands is missing, a name stands
/// twice, or something in it is null or empty, which CDS Hooks forbids.
fn stopped<'a>(raw: &RawOrder<'a>) -> Option<Stopped<'a>> {
    let Members { text, items } = members(raw.tail)?;
    let value = |name: &str| items.iter().find(|(n, _)| n == name).map(|(_, v)| *v);
    let subject = match raw.resource_type.as_str() {
        "MedicationRequest" => value("intent").and(value("subject")),
        "MedicationOrder" => value("patient"),
        _ => None,
    }?;
    let drug = ["medicationCodeableConcept", "medicationReference", "medication"].into_iter().find_map(value)?;
    let status = value("status")?;
    // The type was read with blanks around it; it is sent back only as FHIR writes it.
    let named = value("resourceType").and_then(|v| v.strip_prefix('"')?.strip_suffix('"'));
    let whole = value("id").is_some() && named == Some(raw.resource_type.as_str());
    let twice = items.iter().enumerate().any(|(at, (name, _))| items[..at].iter().any(|(n, _)| n == name));
    if !whole || twice || !subject.starts_with('{') || !drug.starts_with('{') {
        return None;
    }
    // The value is borrowed from the text, so the distance of their beginnings is its place.
    let at = status.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let stopped = Stopped { before: text.get(..at)?, after: text.get(at + status.len()..)? };
    (text.get(at..at + status.len()) == Some(status)).then_some(stopped)
}

/// Reads the members of the object a text begins with, and finds its end, in one pass over text that is known to be JSON.
///
/// `None` when it holds a null, or an empty string, array or object anywhere.
fn members(from: &str) -> Option<Members<'_>> {
    let bytes = from.as_bytes();
    let mut items = SmallVec::new();
    let (mut at, mut depth, mut opened) = (0usize, 0usize, false);
    // The name of the member being read, and where its value begins and ends so far.
    let (mut name, mut value): (Option<&str>, Option<(usize, usize)>) = (None, None);
    loop {
        let start = at;
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => continue,
            b'n' => return None,
            b'"' => {
                at = end_of_string(bytes, at)?;
                if at == start + 2 {
                    return None;
                }
                if depth == 1 && name.is_none() {
                    name = Some(from.get(start..at)?);
                    opened = false;
                    continue;
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if opened => return None,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        opened = matches!(byte, b'{' | b'[');
        if depth == 0 || depth == 1 && byte == b',' {
            let (name, (first, last)) = (name.take()?, value.take()?);
            items.push((unquoted(name)?, from.get(first..last)?));
            if depth == 0 {
                return Some(Members { text: from.get(..at)?, items });
            }
        } else if name.is_some() {
            value = Some((value.map_or(start, |(first, _)| first), at));
        }
    }
}

/// Where a string ends, after its closing quote; `at` is after its opening one. Eight bytes at a time, for as long as the
/// body goes on beyond them.
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = bytes.get(at..)?;
        at += match rest.first_chunk::<8>() {
            Some(word) => match first_mark(*word) {
                Some(mark) => mark,
                None => {
                    at += 8;
                    continue;
                }
            },
            None => rest.iter().position(|b| matches!(b, b'"' | b'\\'))?,
        };
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// The first quote or backslash of eight bytes.
#[inline(always)]
fn first_mark(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(word);
    // The lowest byte marked is one that is nothing; those above it may be marked wrongly.
    let nothing = |x: u64| x.wrapping_sub(ONES) & !x & (ONES << 7);
    let marks = nothing(word ^ (ONES * u64::from(b'"'))) | nothing(word ^ (ONES * u64::from(b'\\')));
    (marks != 0).then(|| (marks.trailing_zeros() / 8) as usize)
}

/// A member's name without its quotes, borrowed where it holds no escapes.
fn unquoted(name: &str) -> Option<Cow<'_, str>> {
    let bare = name.strip_prefix('"')?.strip_suffix('"')?;
    if bare.contains('\\') { serde_json::from_str(name).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(bare)) }
}

/// Whether a text is a FHIR id: 1 to 64 of letters, digits, hyphen and dot.
fn is_fhir_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|b| b.is_ascii_alphabetic())
}
