//! From a call as sent to the call as read: what is asked, about whom, and the chart, with everything unused said aloud.

use crate::clinical::chart::{AllergyStatus, Chart, Focus, Receipt, Standing, Unread, UnreadWhy};
use crate::clinical::time::Moment;
use crate::hooks::call::{Call, Hook, Refusal};
use crate::hooks::fetched::Further;
use crate::hooks::fhir::{Resource, Shape};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_chart::{Intake, Place, Root};
use crate::hooks::intake_fetched::{further, lacking};
use crate::hooks::intake_identity::{Identity, bare};
use crate::hooks::intake_receipts::{Brought, Counted, Unplaced};
use crate::hooks::intake_sent::Sent;
use crate::hooks::lenient::Text;
use crate::hooks::limits::SELECTIONS_MAX;
use crate::hooks::request::{Context, Envelope, Slots, unreadable};

/// Reads the chart of a call, and of what was fetched for it. `body` is the text the envelope was read from.
///
/// # Errors
///
/// When `context` lacks what the hook must send.
pub fn call<'a>(
    hook: Hook,
    body: &'a str,
    mut envelope: Envelope<'a>,
    mut fetched: Further<'a>,
    as_of: Moment,
) -> Result<Call<'a>, Refusal> {
    demand(hook, &envelope.context)?;
    let access = envelope.authorization.with_server(std::mem::take(&mut envelope.server));
    let context = &mut envelope.context;
    let patient = if context.patient.is_empty() { &envelope.patient } else { &context.patient };
    let user = if context.user.is_empty() { &envelope.user } else { &context.user };
    let mut call = Call {
        hook,
        instance: envelope.instance.as_str().to_owned(),
        patient: bare(patient.as_str()).to_owned(),
        user: user.as_str().to_owned(),
        encounter: bare(context.encounter.as_str()).to_owned(),
        chart: Chart::empty(as_of),
        raw: Vec::new(),
        nothing_chosen: false,
        wanting: Vec::new(),
        access,
        authorization: envelope.authorization,
        sent: Sent::default(),
        undispatched: Vec::new(),
    };
    if !call.access.server.is_empty() {
        [&envelope.prefetch, &context.prefetch, &context.extras].into_iter().for_each(|slots| call.sent.look(slots));
    }
    let mut intake = Intake::new([body, fetched.text], as_of, Identity::of(patient));
    let asked = Asked::of(hook, context);
    identify(&mut intake, context, &mut envelope.prefetch, &mut fetched);
    orders(&mut intake, context, &asked);
    let mut keys = Keys::default();
    for slots in [&mut envelope.prefetch, &mut context.prefetch] {
        prefetch(&mut intake, slots, Root::Prefetch, &asked, &fetched, &mut keys);
    }
    prefetch(&mut intake, &mut context.extras, Root::Context, &asked, &fetched, &mut keys);
    further(&mut intake, &mut fetched, &keys.followed, &|record| asked.on_file(record));
    lacking(&mut intake, &fetched, &keys.lists);
    call.undispatched = dangling(&mut intake, &asked);
    let aliased = usize::from(intake.who.alias.is_some());
    let (chart, raw) = intake.finish(&call.encounter);
    (call.chart, call.raw) = (chart, raw);
    conclude(&mut call, aliased);
    Ok(call)
}

/// What the hook must send in its context, and did not.
fn demand(hook: Hook, context: &Context<'_>) -> Result<(), Refusal> {
    let (place, wanted, sent) = match hook {
        Hook::OrderSelect | Hook::OrderSign => ("context.draftOrders", "a Bundle of draft orders", &context.orders),
        Hook::MedicationRefill | Hook::MedicationPrescribe => {
            ("context.medications", "a Bundle of draft orders", &context.orders)
        }
        Hook::MedicationVerify => ("context.medication", "the order to verify", &context.orders),
        Hook::AllergyIntoleranceCreate => {
            ("context.allergyIntolerance", "the allergy that was recorded", &context.allergies)
        }
        Hook::OrderDispatch => {
            let references = context.dispatched.as_ref().is_some_and(|refs| refs.iter().any(|r| !r.is_empty()));
            if references || context.orders.iter().any(|(_, r)| r.shape != Shape::Null) {
                return Ok(());
            }
            return Err(unreadable(
                "context.dispatchedOrders",
                String::from("is missing; wanted a list of references"),
            ));
        }
        Hook::PatientView | Hook::EncounterDischarge => return Ok(()),
    };
    let mut found = sent.iter().filter(|(_, resource)| resource.shape != Shape::Null).peekable();
    if found.peek().is_none() {
        return Err(unreadable(place, format!("is missing; wanted {wanted}")));
    }
    if let Some((key, _)) = found.find(|(_, r)| r.shape == Shape::Scalar || (r.kind == Kind::Unsaid && !r.touched)) {
        return Err(unreadable(&format!("context.{key}"), format!("is no resource; wanted {wanted}")));
    }
    Ok(())
}

/// What the call asks about: all orders of the context, or those its references name.
struct Asked {
    hook: Hook,
    /// References of selected or dispatched orders, as sent.
    names: Vec<String>,
    /// Which of them were found; filled while the orders are walked.
    found: std::cell::RefCell<Vec<bool>>,
    /// None of the selections is among the drafts, or there are none: every draft is in hand.
    all: bool,
}

impl Asked {
    fn of(hook: Hook, context: &Context<'_>) -> Asked {
        let sent = match hook {
            Hook::OrderSelect => context.selections.as_deref(),
            Hook::OrderDispatch => context.dispatched.as_deref(),
            _ => None,
        };
        let names = sent.map(|refs| refs.iter()).into_iter().flatten();
        let names: Vec<String> =
            names.filter(|r| !r.is_empty()).map(Text::as_str).take(SELECTIONS_MAX).map(str::to_owned).collect();
        let found = vec![false; names.len()].into();
        let mut asked = Asked { hook, names, found, all: false };
        let mut matched = false;
        for (_, resource) in &context.orders {
            leaves(resource, &mut |order| matched |= asked.names(order));
        }
        asked.all = !matched;
        asked
    }

    /// Whether a reference of the call names this resource; it is then ticked off.
    fn names(&self, resource: &Resource<'_>) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let (reference, id) = (resource.reference(), resource.id.as_str());
        let mut hit = false;
        for (name, found) in self.names.iter().zip(self.found.borrow_mut().iter_mut()) {
            let tail = name.rmatch_indices('/').nth(1).map_or(name.as_str(), |(at, _)| &name[at + 1..]);
            let same = name == resource.full_url.as_str()
                || (!id.is_empty() && (name.as_str() == &*reference || tail == &*reference || name == id));
            *found |= same;
            hit |= same;
        }
        hit
    }

    /// Where an order of the context stands.
    fn standing(&self, resource: &Resource<'_>) -> Standing {
        match self.hook {
            Hook::PatientView | Hook::EncounterDischarge | Hook::AllergyIntoleranceCreate => Standing::Existing,
            Hook::OrderSelect if !self.all && !self.names(resource) => Standing::Draft,
            _ => Standing::InHand,
        }
    }

    /// Where a record that was prefetched or fetched stands.
    fn on_file(&self, record: &Resource<'_>) -> Standing {
        if self.hook == Hook::OrderDispatch && self.names(record) { Standing::InHand } else { Standing::Existing }
    }
}

/// Looks at every resource of a Bundle, list or single resource.
fn leaves<'r, 'a>(resource: &'r Resource<'a>, look: &mut dyn FnMut(&'r Resource<'a>)) {
    if resource.is_collection() {
        for entry in &resource.entries.items {
            leaves(entry, look);
        }
    } else {
        look(resource);
    }
}

/// Settles who the patient is, and gathers the medications references may lead to.
fn identify<'a>(
    intake: &mut Intake<'a>,
    context: &mut Context<'a>,
    prefetch: &mut Slots<'a>,
    fetched: &mut Further<'a>,
) {
    let mut everything = context.orders.iter_mut().chain(&mut context.allergies);
    for (_, resource) in everything.by_ref() {
        intake.prepare(resource);
    }
    let slots = prefetch.items.iter_mut().chain(&mut context.prefetch.items).chain(&mut context.extras.items);
    for (_, resource) in slots.chain(&mut fetched.items) {
        intake.prepare(resource);
    }
    let mut in_hand = Vec::new();
    for (_, resource) in &context.orders {
        leaves(resource, &mut |order| in_hand.extend(order.kind.is_drug_record().then_some(order)));
    }
    for (_, resource) in &context.allergies {
        leaves(resource, &mut |a| in_hand.extend((a.kind == Kind::AllergyIntolerance).then_some(a)));
    }
    let named = intake.who.patient.clone();
    let place = in_hand.first().map(|order| order.reference()).unwrap_or_default();
    if let Some(alias) = intake.who.agree(in_hand.into_iter()) {
        let words = format!(
            "the call is about patient {named}, what it asks about names patient {alias}: taken for one patient under two ids"
        );
        intake.say(Unread { why: UnreadWhy::OtherPatient, place, words: words.into(), in_hand: true });
    }
    intake.who.settle_by_patient();
}

fn orders<'a>(intake: &mut Intake<'a>, context: &mut Context<'a>, asked: &Asked) {
    for (key, resource) in &mut context.orders {
        let mut place = Place { root: Root::Context, key, index: 0, asked: true };
        intake.walk(resource, &mut place, &|order| asked.standing(order));
    }
    for (key, resource) in &mut context.allergies {
        let mut place = Place { root: Root::Context, key, index: 0, asked: true };
        intake.walk(resource, &mut place, &|_| Standing::InHand);
    }
}

/// What is noted of the client's own keys while they are read.
#[derive(Debug, Default)]
struct Keys {
    /// Of those whose further pages did not come, the lists they are about, one bit each.
    lists: Vec<(String, u8)>,
    /// Of those whose further pages came, how much the first ones held.
    followed: Vec<(String, Counted)>,
}

/// Takes what was sent under each key; of the keys whose further pages were to be fetched, the lists they are about are noted.
fn prefetch<'a>(
    intake: &mut Intake<'a>,
    slots: &mut Slots<'a>,
    root: Root,
    asked: &Asked,
    fetched: &Further<'a>,
    keys: &mut Keys,
) {
    if slots.odd {
        let words = "is no object".into();
        intake.say(Unread { why: UnreadWhy::Malformed, place: root.word().into(), words, in_hand: false });
    }
    if slots.more {
        let words = "has more keys than are read".into();
        intake.say(Unread { why: UnreadWhy::TooMany, place: root.word().into(), words, in_hand: false });
    }
    for (key, resource) in &mut slots.items {
        let mut place = Place { root, key, index: 0, asked: false };
        let mut brought = Brought::of(resource);
        if fetched.followed(key) {
            brought.settle(false);
            keys.followed.push((key.to_string(), Counted::of(resource)));
        } else if fetched.all_lacks().any(|lack| lack.key == **key) {
            keys.lists.push((key.to_string(), brought.lists(key)));
        }
        match brought.enter(key, &mut intake.chart.received) {
            Unplaced::Nothing => {}
            Unplaced::Failure(words) => {
                let words = format!("the client failed to send it: {words}").into();
                let place = [root.word(), ".", key].concat().into();
                intake.say(Unread { why: UnreadWhy::UnresolvedReference, place, words, in_hand: false });
            }
        }
        intake.walk(resource, &mut place, &|record| asked.on_file(record));
    }
}

/// Says which selected or dispatched orders were not sent; those dispatched are returned. What names no drug order is no
/// business of ours.
fn dangling(intake: &mut Intake<'_>, asked: &Asked) -> Vec<String> {
    let mut undispatched = Vec::new();
    let nothing_in_hand = intake.chart.medications.iter().all(|m| m.standing != Standing::InHand);
    for (name, found) in asked.names.iter().zip(asked.found.borrow().iter()) {
        let kind = name.rsplit('/').nth(1).map_or(Kind::Unsaid, Kind::of);
        if *found || kind == Kind::Other {
            continue;
        }
        let in_hand = !asked.all || nothing_in_hand || asked.hook == Hook::OrderDispatch;
        let words = "is asked about and was not sent".into();
        intake.say(Unread { why: UnreadWhy::UnresolvedReference, place: name.as_str().into(), words, in_hand });
        if asked.hook == Hook::OrderDispatch {
            undispatched.push(name.clone());
        }
    }
    undispatched
}

/// What follows from the hook once the chart stands. Of the unread in hand, so many only tell of a second id.
fn conclude(call: &mut Call<'_>, aliased: usize) {
    let chart = &mut call.chart;
    chart.focus = match call.hook {
        Hook::PatientView | Hook::EncounterDischarge => Focus::Existing,
        Hook::MedicationVerify => Focus::OrdersAndExisting,
        Hook::AllergyIntoleranceCreate => Focus::NewAllergy,
        _ => Focus::Orders,
    };
    chart.doses_may_follow = call.hook == Hook::OrderSelect;
    chart.allergy_status = if chart.allergies.is_empty() { AllergyStatus::NotAsked } else { AllergyStatus::Recorded };
    let unsaid = chart.unread.iter().filter(|unread| unread.in_hand).count() == aliased;
    let mut in_hand = chart.medications.iter().filter(|m| m.standing == Standing::InHand);
    call.nothing_chosen = call.hook == Hook::OrderSelect && unsaid && in_hand.all(|m| m.drug.is_unchosen());
    let unasked = matches!(chart.received.medications, Receipt::NotSent | Receipt::Late | Receipt::Failed(_));
    let blind = match call.hook {
        Hook::PatientView | Hook::EncounterDischarge => chart.medications.is_empty(),
        Hook::OrderDispatch => !unsaid && chart.medications.iter().all(|m| m.standing != Standing::InHand),
        _ => false,
    };
    if blind && unasked {
        call.wanting.push("medications");
    }
}
