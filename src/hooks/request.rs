//! From the bytes of a hook call to the call: the envelope in one pass, then intake.
//!
//! What cannot be read of JSON, `hook` and `context` is a refusal; anything deeper is said in the chart.

use crate::clinical::time::Moment;
use crate::hooks::access::Authorization;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::fetched::{Fetched, Further};
use crate::hooks::fhir::{Resource, Shape};
use crate::hooks::intake;
use crate::hooks::lenient::{Fill, Key, Lenient, Many, Text, skip_object};
use crate::hooks::limits::PREFETCH_KEYS_MAX;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};
use std::borrow::Cow;

/// Reads the call of a service, as of a moment.
///
/// # Errors
///
/// A [`Refusal`] when the body is no JSON, when its hook is another, or when `context` lacks what the hook must send.
pub fn read<'a>(service: Hook, body: &'a [u8], as_of: Moment) -> Result<Call<'a>, Refusal> {
    further(service, body, Further::default(), as_of)
}

/// Reads the call of a service together with what was fetched for it, as if that had been sent as further prefetch. What did
/// not come becomes a gap.
///
/// # Errors
///
/// As [`read`].
pub fn read_with<'a>(service: Hook, body: &'a [u8], fetched: &'a Fetched, as_of: Moment) -> Result<Call<'a>, Refusal> {
    further(service, body, Further::of(&fetched.prefetch, &fetched.lacks), as_of)
}

fn further<'a>(service: Hook, body: &'a [u8], fetched: Further<'a>, as_of: Moment) -> Result<Call<'a>, Refusal> {
    let (text, envelope) = envelope(body)?;
    match envelope.hook.as_str() {
        name if name == service.name() => intake::call(service, text, envelope, fetched, as_of),
        "" => Err(unreadable("hook", format!("is missing; this service answers `{}`", service.name()))),
        other => Err(Refusal::OtherHook { found: other.to_owned(), wanted: service.name() }),
    }
}

/// Reads a call of whichever hook its body names, as of a moment.
///
/// # Errors
///
/// As [`read`]; also when the hook is none that we answer.
pub fn read_any(body: &[u8], as_of: Moment) -> Result<Call<'_>, Refusal> {
    let (text, envelope) = envelope(body)?;
    match Hook::of_name(envelope.hook.as_str()) {
        Some(hook) => intake::call(hook, text, envelope, Further::default(), as_of),
        None if envelope.hook.is_empty() => Err(unreadable("hook", String::from("is missing; wanted a hook's name"))),
        None => Err(unreadable("hook", format!("is `{}`, a hook that is not answered here", envelope.hook.as_str()))),
    }
}

/// Whether a body reads as a call by the intake types alone: the one typed pass over the text, without a chart. The floor that
/// the benches hold the whole answer against.
pub fn parse_only(body: &[u8]) -> bool {
    envelope(body).is_ok()
}

/// A refusal that names its place.
pub fn unreadable(place: &str, why: String) -> Refusal {
    Refusal::Unreadable { place: place.to_owned(), why }
}

/// The call as sent.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    shape: Shape,
    /// `hook`.
    pub hook: Text<'a>,
    /// `hookInstance`.
    pub instance: Text<'a>,
    /// `user` and `patient` of calls older than 1.0.
    pub user: Text<'a>,
    /// As `user`.
    pub patient: Text<'a>,
    /// `context`.
    pub context: Context<'a>,
    /// `prefetch`.
    pub prefetch: Slots<'a>,
    /// `fhirServer`.
    pub server: Text<'a>,
    /// `fhirAuthorization`.
    pub authorization: Authorization<'a>,
}

/// `context`, over all hooks.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// What stood there.
    pub shape: Shape,
    /// `userId`.
    pub user: Text<'a>,
    /// `patientId`.
    pub patient: Text<'a>,
    /// `encounterId`.
    pub encounter: Text<'a>,
    /// `selections`; `None` when the key is absent or null.
    pub selections: Option<Box<Many<Text<'a>>>>,
    /// `dispatchedOrders`, or `order` where it is a reference.
    pub dispatched: Option<Box<Many<Text<'a>>>>,
    /// `draftOrders`, `medications`, `medication`, `orders`, and `order` where it is a resource.
    pub orders: Vec<(Cow<'a, str>, Resource<'a>)>,
    /// `allergyIntolerance`, `allergyIntolerances`.
    pub allergies: Vec<(Cow<'a, str>, Resource<'a>)>,
    /// `prefetch` within the context, where older senders put it.
    pub prefetch: Slots<'a>,
    /// Objects and lists under any other key: older senders put prefetched items there.
    pub extras: Slots<'a>,
}

/// Resources under keys of the sender's choice.
#[derive(Debug, Default)]
pub struct Slots<'a> {
    /// Key and value, in the order sent.
    pub items: Vec<(Cow<'a, str>, Resource<'a>)>,
    /// What stood where an object was wanted was none.
    pub odd: bool,
    /// There were more keys than we read.
    pub more: bool,
}

fn envelope(body: &[u8]) -> Result<(&str, Envelope<'_>), Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|e| Refusal::NotJson { why: format!("it is not UTF-8 after byte {}", e.valid_up_to()) })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut json = serde_json::Deserializer::from_str(text);
    let mut envelope = Envelope::default();
    let not_json = |e: serde_json::Error| Refusal::NotJson { why: e.to_string() };
    Fill(&mut envelope).deserialize(&mut json).map_err(not_json)?;
    json.end().map_err(not_json)?;
    if envelope.shape != Shape::Object {
        return Err(unreadable("body", String::from("is no object; wanted a hook call")));
    }
    match envelope.context.shape {
        Shape::Object => Ok((text, envelope)),
        Shape::Null => Err(unreadable("context", String::from("is missing; wanted an object"))),
        Shape::List | Shape::Scalar => Err(unreadable("context", String::from("is no object"))),
    }
}

impl<'a> Lenient<'a> for Envelope<'a> {
    fn mark(&mut self) {
        self.shape = Shape::Scalar;
    }

    fn is_odd(&self) -> bool {
        self.shape == Shape::Scalar
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        self.shape = Shape::Object;
        while let Some(Key(key)) = object.next_key::<Key<'a>>()? {
            match key.as_ref() {
                "hook" => object.next_value_seed(Fill(&mut self.hook))?,
                "hookInstance" => object.next_value_seed(Fill(&mut self.instance))?,
                "user" => object.next_value_seed(Fill(&mut self.user))?,
                "patient" => object.next_value_seed(Fill(&mut self.patient))?,
                "context" => object.next_value_seed(Fill(&mut self.context))?,
                "prefetch" => object.next_value_seed(Fill(&mut self.prefetch))?,
                "fhirServer" => object.next_value_seed(Fill(&mut self.server))?,
                "fhirAuthorization" => object.next_value_seed(Fill(&mut self.authorization))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl<'a> Lenient<'a> for Context<'a> {
    fn mark(&mut self) {
        self.shape = Shape::Scalar;
    }

    fn is_odd(&self) -> bool {
        self.shape == Shape::Scalar
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        *self = Context { shape: Shape::Object, ..Context::default() };
        while let Some(Key(key)) = object.next_key::<Key<'a>>()? {
            match key.as_ref() {
                "userId" => object.next_value_seed(Fill(&mut self.user))?,
                "patientId" => object.next_value_seed(Fill(&mut self.patient))?,
                "encounterId" => object.next_value_seed(Fill(&mut self.encounter))?,
                "selections" => object.next_value_seed(Fill(&mut self.selections))?,
                "dispatchedOrders" => object.next_value_seed(Fill(&mut self.dispatched))?,
                "prefetch" => object.next_value_seed(Fill(&mut self.prefetch))?,
                _ => {
                    let mut resource = Resource::default();
                    object.next_value_seed(Fill(&mut resource))?;
                    self.keep(key, resource);
                }
            }
        }
        Ok(())
    }
}

impl<'a> Context<'a> {
    fn keep(&mut self, key: Cow<'a, str>, resource: Resource<'a>) {
        match key.as_ref() {
            "order" if resource.shape == Shape::Scalar => {
                self.dispatched.get_or_insert_default().items.push(resource.word);
            }
            "draftOrders" | "medications" | "medication" | "order" | "orders" => set(&mut self.orders, key, resource),
            "allergyIntolerance" | "allergyIntolerances" => set(&mut self.allergies, key, resource),
            _ if matches!(resource.shape, Shape::Object | Shape::List) => self.extras.keep(key, resource),
            _ => {}
        }
    }
}

/// Sets the value of a key: a later value that is not null replaces an earlier one.
fn set<'a>(items: &mut Vec<(Cow<'a, str>, Resource<'a>)>, key: Cow<'a, str>, resource: Resource<'a>) {
    match items.iter_mut().find(|(k, _)| *k == key) {
        Some(_) if resource.shape == Shape::Null => {}
        Some((_, old)) => *old = resource,
        None => items.push((key, resource)),
    }
}

impl<'a> Slots<'a> {
    fn keep(&mut self, key: Cow<'a, str>, resource: Resource<'a>) {
        if self.items.len() < PREFETCH_KEYS_MAX {
            set(&mut self.items, key, resource);
        } else {
            self.more = true;
        }
    }
}

impl<'a> Lenient<'a> for Slots<'a> {
    fn mark(&mut self) {
        self.odd = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = object.next_key::<Key<'a>>()? {
            if self.items.len() == PREFETCH_KEYS_MAX {
                object.next_value::<IgnoredAny>()?;
                self.more = true;
                return skip_object(object);
            }
            let mut resource = Resource::default();
            object.next_value_seed(Fill(&mut resource))?;
            self.keep(key, resource);
        }
        Ok(())
    }
}
