//! The pharmacy side's way in: a Bundle of one patient's records becomes the call that medication-verify would be about them.
//!
//! The Bundle is taken apart into the orders in hand and the rest, both as they were sent, and put together again in the shape
//! of the hook: so the same intake reads both, and both say the same.

use crate::clinical::chart::{Receipt, Unread, UnreadWhy};
use crate::clinical::time::Moment;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::fhir::{Resource, Shape, relative};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_identity::bare;
use crate::hooks::lenient::Fill;
use crate::hooks::limits::{CHART_UNREAD_MAX, SELECTIONS_MAX};
use crate::hooks::request;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

/// What is asked about a Bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Id or reference of the patient; empty: the one Patient in the Bundle.
    pub patient: String,
    /// References (or ids) of the orders in hand; empty: every draft.
    pub orders: Vec<String>,
}

/// Why a Bundle was not screened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unscreened {
    /// It could not be read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was read, and what it holds cannot be screened so.
    #[error("`{place}` {why}")]
    Unfit {
        /// Where: `Bundle.entry`, `orders`, `patient`.
        place: &'static str,
        /// What is wrong and what is wanted.
        why: String,
    },
}

/// A Bundle in the shape of a hook's request.
#[derive(Debug)]
pub struct ScreenRequest {
    /// The request of the hook.
    body: String,
    /// Bare id of the patient.
    pub patient: String,
    /// How the answer refers to the patient.
    pub reference: String,
    /// Orders that were named and not found, as named.
    missing: Vec<String>,
    /// Where the resources in hand stood in the Bundle, in their order.
    in_hand: Vec<String>,
    /// Where the others stood.
    others: Vec<String>,
}

/// A Bundle as far as it is taken apart.
#[derive(Deserialize)]
struct RawBundle<'a> {
    #[serde(borrow, default)]
    entry: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    link: Option<&'a RawValue>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
}

/// An entry that holds a Bundle.
#[derive(Deserialize)]
struct RawEntry<'a> {
    #[serde(borrow)]
    resource: &'a RawValue,
}

impl ScreenRequest {
    /// Takes a Bundle apart.
    ///
    /// # Errors
    ///
    /// [`Unscreened`] when the body is no JSON or no Bundle, when it is not clear whom it is about, and when none of the orders
    /// asked about is in it.
    pub fn of(body: &[u8], question: &Question) -> Result<ScreenRequest, Unscreened> {
        let (text, whole) = bundle(body)?;
        let raw: RawBundle<'_> = serde_json::from_str(text)
            .map_err(|e| request::unreadable("Bundle.entry", format!("is no list of entries: {e}")))?;
        let who = Who::of(&whole, &question.patient)?;
        let mut taker = Taker {
            who: &who,
            question,
            found: vec![false; question.orders.len()],
            in_hand: Vec::new(),
            hand_places: Vec::new(),
            other_places: Vec::new(),
        };
        let rest = taker.split(&raw, "Bundle");
        let Taker { in_hand, hand_places, other_places, found, .. } = taker;
        if !question.orders.is_empty() && in_hand.is_empty() {
            let why =
                "names no order of this patient that is in the Bundle; wanted references such as MedicationRequest/1";
            return Err(Unscreened::Unfit { place: "orders", why: why.to_owned() });
        }
        let body = format!(
            r#"{{"hook":"{}","context":{{"patientId":{},"medication":{{"resourceType":"Bundle","entry":[{}]}}}},"prefetch":{{"bundle":{rest}}}}}"#,
            Hook::MedicationVerify.name(),
            quoted(&who.id),
            in_hand.join(",")
        );
        let missing =
            question.orders.iter().zip(&found).filter(|(_, found)| !**found).map(|(o, _)| o.clone()).collect();
        let Who { id: patient, reference, .. } = who;
        Ok(ScreenRequest { body, patient, reference, missing, in_hand: hand_places, others: other_places })
    }

    /// Reads it as the hook's request is read, as of a moment.
    ///
    /// # Errors
    ///
    /// [`Unscreened`] when there is nothing to screen.
    pub fn call(&self, as_of: Moment) -> Result<Call<'_>, Unscreened> {
        let mut call = request::read(Hook::MedicationVerify, self.body.as_bytes(), as_of)?;
        for unread in &mut call.chart.unread {
            let place = self.place(&unread.place);
            unread.place = place;
        }
        for name in self.missing.iter().take(CHART_UNREAD_MAX) {
            let words = "is asked about and is not in the Bundle, or is about another patient".into();
            let why = UnreadWhy::UnresolvedReference;
            call.chart.unread.push(Unread { why, place: name.as_str().into(), words, in_hand: true });
        }
        let unasked = matches!(call.chart.received.medications, Receipt::NotSent | Receipt::Failed(_));
        if call.chart.medications.is_empty() && unasked {
            let why =
                "holds no record of a drug of this patient: nothing to screen. Send orders or the list of medications";
            return Err(Unscreened::Unfit { place: "Bundle.entry", why: why.to_owned() });
        }
        Ok(call)
    }

    /// The place in the Bundle behind a place in the hook's request.
    fn place(&self, place: &str) -> Box<str> {
        for (root, places) in [("context.medication", &self.in_hand), ("prefetch.bundle", &self.others)] {
            let Some(rest) = place.strip_prefix(root) else { continue };
            let nth = rest.strip_prefix('[').and_then(|r| r.strip_suffix(']')).and_then(|n| n.parse::<usize>().ok());
            let known = nth.and_then(|n| places.get(n)).map_or("Bundle.entry", String::as_str);
            return known.into();
        }
        place.into()
    }
}

/// Whether a body is a Bundle rather than a hook's request.
pub fn is_bundle(body: &[u8]) -> bool {
    bundle(body).is_ok()
}

/// The text, and a first look at all of it.
fn bundle(body: &[u8]) -> Result<(&str, Resource<'_>), Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|e| Refusal::NotJson { why: format!("it is not UTF-8 after byte {}", e.valid_up_to()) })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let not_json = |e: serde_json::Error| Refusal::NotJson { why: e.to_string() };
    let mut json = serde_json::Deserializer::from_str(text);
    let mut whole = Resource::default();
    Fill(&mut whole).deserialize(&mut json).map_err(not_json)?;
    json.end().map_err(not_json)?;
    match whole.kind {
        Kind::Bundle if !whole.wrapped => Ok((text, whole)),
        _ if whole.shape != Shape::Object => {
            Err(request::unreadable("body", "is no object; wanted a Bundle".to_owned()))
        }
        Kind::Unsaid => Err(request::unreadable("resourceType", "is missing; wanted `Bundle`".to_owned())),
        _ => Err(request::unreadable("resourceType", "names another resource; wanted `Bundle`".to_owned())),
    }
}

/// Whom the Bundle is about.
struct Who {
    /// Bare id.
    id: String,
    /// The reference that stands in the answer.
    reference: String,
    /// URLs of the patient's entries, by which records may refer to the patient.
    urls: Vec<String>,
}

impl Who {
    fn of(whole: &Resource<'_>, named: &str) -> Result<Who, Unscreened> {
        let mut patients: Vec<(String, String)> = Vec::new();
        leaves(whole, &mut |resource| {
            if resource.kind == Kind::Patient {
                let seen = (resource.id.as_str().to_owned(), resource.full_url.as_str().to_owned());
                if !patients.contains(&seen) {
                    patients.push(seen);
                }
            }
        });
        let unfit = |place, why: &str| Err(Unscreened::Unfit { place, why: why.to_owned() });
        let (id, mut reference) = if named.is_empty() {
            let mut ids: Vec<&str> =
                patients.iter().map(|(id, url)| if id.is_empty() { bare(url) } else { id }).collect();
            ids.sort_unstable();
            ids.dedup();
            match ids.as_slice() {
                [] => {
                    return unfit("Bundle.entry", "holds no Patient; send it, or name it with the parameter `patient`");
                }
                [""] => return unfit("Patient.id", "is missing; send it, or name it with the parameter `patient`"),
                [id] => ((*id).to_owned(), format!("Patient/{id}")),
                _ => return unfit("Bundle.entry", "holds several Patients; name one with the parameter `patient`"),
            }
        } else if bare(named).is_empty() {
            return unfit("patient", "names nobody; wanted an id such as `p1` or `Patient/p1`");
        } else {
            (bare(named).to_owned(), format!("Patient/{}", bare(named)))
        };
        let theirs = patients.iter().filter(|(seen, url)| *seen == id || (seen.is_empty() && bare(url) == id));
        let urls: Vec<String> = theirs.clone().map(|(_, url)| url.clone()).filter(|url| !url.is_empty()).collect();
        if let Some((_, url)) = theirs.clone().find(|(seen, url)| seen.is_empty() && url.starts_with("urn:")) {
            reference.clone_from(url);
        }
        Ok(Who { id, reference, urls })
    }

    /// Whether a record says that it is about this patient, or says nothing about whom it is about.
    fn owns(&self, record: &Resource<'_>) -> bool {
        let subject = record.subject.reference.as_str();
        subject.is_empty()
            || subject.starts_with('#')
            || self.urls.iter().any(|url| url == subject)
            || bare(subject) == self.id
    }
}

/// Takes the orders in hand out of a Bundle.
struct Taker<'q, 'a> {
    who: &'q Who,
    question: &'q Question,
    found: Vec<bool>,
    in_hand: Vec<&'a str>,
    hand_places: Vec<String>,
    other_places: Vec<String>,
}

impl<'a> Taker<'_, 'a> {
    /// Takes what is in hand, and gives the Bundle of the rest as text.
    fn split(&mut self, bundle: &RawBundle<'a>, path: &str) -> String {
        let (mut rest, mut taken) = (Vec::new(), 0u64);
        for (n, raw) in bundle.entry.iter().flatten().copied().enumerate() {
            let place = format!("{path}.entry[{n}].resource");
            let mut entry = Resource::default();
            let mut json = serde_json::Deserializer::from_str(raw.get());
            if Fill(&mut entry).deserialize(&mut json).is_err() {
                rest.push(raw.get().to_owned());
                continue;
            }
            let nested = entry.is_collection().then(|| nested(raw)).flatten();
            if let Some(nested) = nested {
                let inner = self.split(&nested, &place);
                rest.push(format!(r#"{{"resource":{inner}}}"#));
            } else if self.is_in_hand(&entry) {
                self.in_hand.push(raw.get());
                self.hand_places.push(place);
                taken += 1;
            } else {
                let read = matches!(entry.shape, Shape::List | Shape::Object);
                if read && (entry.kind != Kind::Unsaid || entry.touched) {
                    self.other_places.push(place);
                }
                rest.push(raw.get().to_owned());
            }
        }
        let link = bundle.link.map(|link| format!(r#""link":{link},"#)).unwrap_or_default();
        let total = bundle.total.map(|total| match total.get().parse::<u64>() {
            Ok(total) => format!(r#""total":{},"#, total.saturating_sub(taken)),
            Err(_) => format!(r#""total":{total},"#),
        });
        format!(r#"{{"resourceType":"Bundle",{link}{}"entry":[{}]}}"#, total.unwrap_or_default(), rest.join(","))
    }

    /// Whether a record is one that the call asks about; where orders are named, it is ticked off.
    fn is_in_hand(&mut self, record: &Resource<'_>) -> bool {
        if !record.kind.is_drug_record() || !self.who.owns(record) {
            return false;
        }
        if self.question.orders.is_empty() {
            let order = matches!(record.kind, Kind::MedicationRequest | Kind::MedicationOrder);
            return order && record.status.as_str() == "draft";
        }
        let (reference, id, url) = (record.reference(), record.id.as_str(), record.full_url.as_str());
        let mut hit = false;
        for (name, found) in self.question.orders.iter().zip(&mut self.found).take(SELECTIONS_MAX) {
            let same = name == url || (!id.is_empty() && (name == id || relative(name) == &*reference));
            *found |= same;
            hit |= same;
        }
        hit
    }
}

/// The Bundle within an entry.
fn nested<'a>(raw: &'a RawValue) -> Option<RawBundle<'a>> {
    let entry: RawEntry<'a> = serde_json::from_str(raw.get()).ok()?;
    serde_json::from_str(entry.resource.get()).ok()
}

/// Looks at every resource of a Bundle.
fn leaves<'r, 'a>(resource: &'r Resource<'a>, look: &mut dyn FnMut(&'r Resource<'a>)) {
    if resource.is_collection() {
        resource.entries.items.iter().for_each(|entry| leaves(entry, look));
    } else {
        look(resource);
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
