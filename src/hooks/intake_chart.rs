//! The chart while it fills: every resource goes to its list, or is said to be unread.

use crate::clinical::chart::{Chart, List, Setting, Standing, Status, Unread, UnreadWhy};
use crate::clinical::time::Moment;
use crate::hooks::call::RawOrder;
use crate::hooks::fhir::{Resource, relative};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_bearers::Bearers;
use crate::hooks::intake_identity::{Identity, Owner};
use crate::hooks::intake_library::Library;
use crate::hooks::intake_medication::{encounter_setting, medication};
use crate::hooks::intake_patient::{Body, Seen};
use crate::hooks::intake_receipts::{is_nothing, list_of};
use crate::hooks::intake_record::{allergy, problem, procedure};
use crate::hooks::intake_twins::{Kept, Twins};
use crate::hooks::limits::{
    CHART_ALLERGIES_MAX, CHART_LABS_MAX, CHART_MEDICATIONS_MAX, CHART_PROBLEMS_MAX, CHART_PROCEDURES_MAX,
    CHART_UNREAD_MAX,
};

/// A chart being filled from a call.
pub struct Intake<'a> {
    /// The chart so far.
    pub chart: Chart,
    /// Who the call is about.
    pub who: Identity,
    texts: [&'a str; 2],
    raw: Vec<RawOrder<'a>>,
    library: Library,
    measured: Body,
    encounters: Vec<(String, Setting)>,
    twins: Twins,
    /// Records of drugs and problems that have an id and stand in an entry with a URN: others may refer to them by that.
    urns: Vec<(String, Box<str>)>,
    /// The same by the identifiers they bear.
    bearers: Bearers,
    /// Which medication was given because of which problem, by reference.
    because: Vec<(u32, Box<str>)>,
}

/// Under which part of the call something stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// `context`.
    Context,
    /// `prefetch`.
    Prefetch,
}

impl Root {
    /// Its name in the call.
    pub fn word(self) -> &'static str {
        match self {
            Root::Context => "context",
            Root::Prefetch => "prefetch",
        }
    }
}

/// Where in the call something stood.
#[derive(Debug)]
pub struct Place<'p> {
    /// Under which part.
    pub root: Root,
    /// Under which key.
    pub key: &'p str,
    /// Which entry.
    pub index: usize,
    /// Whether the call asks about what stands there.
    pub asked: bool,
}

impl Place<'_> {
    fn way(&self) -> Box<str> {
        [self.root.word(), ".", self.key].concat().into()
    }

    /// `Type/id` where there is one, else the way to it: `prefetch.item3[0]`.
    fn name(&self, resource: &Resource<'_>) -> Box<str> {
        let reference = resource.reference();
        if !reference.is_empty() && !reference.starts_with('/') {
            return reference;
        }
        format!("{}.{}[{}]", self.root.word(), self.key, self.index).into()
    }
}

impl<'a> Intake<'a> {
    /// An empty chart of a body and of what was fetched for it.
    pub fn new(texts: [&'a str; 2], as_of: Moment, who: Identity) -> Intake<'a> {
        Intake {
            chart: Chart::empty(as_of),
            who,
            texts,
            raw: Vec::new(),
            library: Library::default(),
            measured: Body::default(),
            encounters: Vec::new(),
            twins: Twins::default(),
            urns: Vec::new(),
            bearers: Bearers::default(),
            because: Vec::new(),
        }
    }

    /// A first look at everything: patients by the URL of their entry, medications by their names.
    pub fn prepare(&mut self, resource: &mut Resource<'a>) {
        match resource.kind {
            Kind::Patient => self.who.note(resource),
            Kind::Medication | Kind::Substance => self.library.add(resource),
            _ if resource.is_collection() => {
                for entry in &mut resource.entries.items {
                    self.prepare(entry);
                }
            }
            _ => {}
        }
    }

    /// Says that something was not read or not used.
    pub fn say(&mut self, unread: Unread) {
        match self.chart.unread.len() {
            n if n + 1 < CHART_UNREAD_MAX => self.chart.unread.push(unread),
            n if n < CHART_UNREAD_MAX => self.chart.unread.push(Unread {
                why: UnreadWhy::TooMany,
                words: "more items could not be read than are listed".into(),
                place: "".into(),
                in_hand: true,
            }),
            _ => {}
        }
    }

    /// Takes a value: a resource, or each resource of a Bundle or list.
    pub fn walk(
        &mut self,
        resource: &mut Resource<'a>,
        place: &mut Place<'_>,
        standing: &dyn Fn(&Resource<'a>) -> Standing,
    ) {
        if !resource.is_collection() {
            self.take(resource, place, standing(resource));
            place.index += 1;
            return;
        }
        if resource.entries.odd > 0 {
            let words = format!("{} of its entries are no resources", resource.entries.odd).into();
            self.say(Unread { why: UnreadWhy::Malformed, place: place.way(), words, in_hand: place.asked });
        }
        if resource.entries.more {
            let words = "has more entries than are read".into();
            self.say(Unread { why: UnreadWhy::TooMany, place: place.way(), words, in_hand: place.asked });
        }
        if let Some(first) = resource.entries.items.first() {
            self.expect(first.kind, resource.entries.items.len());
        }
        for entry in &mut resource.entries.items {
            self.walk(entry, place, standing);
        }
    }

    /// Makes room for so many of a kind: nearly every Bundle holds but one.
    fn expect(&mut self, kind: Kind, more: usize) {
        match list_of(kind) {
            Some(List::Medications) => self.twins.medications.expect(&mut self.chart.medications, more),
            Some(List::Allergies) => self.twins.allergies.expect(&mut self.chart.allergies, more),
            Some(List::Problems) => self.twins.problems.expect(&mut self.chart.problems, more),
            Some(List::Labs) => self.twins.labs.expect(&mut self.chart.labs, more),
            Some(List::Patient) | None => {}
        }
    }

    fn take(&mut self, resource: &mut Resource<'a>, place: &Place<'_>, standing: Standing) {
        let in_hand = place.asked && standing == Standing::InHand;
        match resource.kind {
            Kind::Unsaid => return self.shapeless(resource, place, in_hand),
            Kind::Other | Kind::Bundle | Kind::OperationOutcome | Kind::Medication | Kind::Substance => return,
            _ => {}
        }
        if !self.is_ours(resource, place, in_hand || standing == Standing::InHand) {
            return;
        }
        if !resource.odd.is_empty() {
            let words = format!("not shaped as FHIR shapes it: {}; the rest was read", resource.odd.join(", ")).into();
            self.say(Unread { why: UnreadWhy::Malformed, place: place.name(resource), words, in_hand });
        }
        match resource.kind {
            Kind::Patient => self.measured.demographics(resource),
            Kind::AllergyIntolerance => self.allergy(resource, in_hand),
            Kind::Condition => self.problem(resource),
            Kind::Procedure => self.procedure(resource),
            Kind::Observation => self.observation(resource, place),
            Kind::Encounter => {
                self.encounters.push((resource.id.as_str().to_owned(), encounter_setting(resource.class.as_str())));
            }
            _ => self.medication(resource, standing),
        }
    }

    /// Something without a type: of what we asked for it is said; an empty object, or one among foreign parts, is not.
    fn shapeless(&mut self, resource: &Resource<'a>, place: &Place<'_>, in_hand: bool) {
        let foreign = place.root == Root::Context && !place.asked;
        if is_nothing(resource) || foreign {
            return;
        }
        let words = match resource.odd.as_slice() {
            ["resource"] => "what it wraps is no resource",
            _ => "is no resource: it has no `resourceType`",
        };
        let place = place.name(resource);
        self.say(Unread { why: UnreadWhy::Malformed, place, words: words.into(), in_hand });
    }

    /// Whether a resource is about the patient of the call; where it is not, that is said.
    fn is_ours(&mut self, resource: &Resource<'a>, place: &Place<'_>, in_hand: bool) -> bool {
        let owner = match resource.kind {
            Kind::Patient => match resource.id.as_str() {
                "" => Owner::Unsaid,
                id if self.who.is_patient(id) => Owner::Patient,
                id => Owner::Other(id.to_owned()),
            },
            _ => self.who.owner(resource),
        };
        match owner {
            Owner::Unsaid => true,
            Owner::Patient => {
                if self.who.patient.is_empty() {
                    let id = match resource.kind {
                        Kind::Patient => resource.id.as_str().to_owned(),
                        _ => self.who.subject(resource).unwrap_or("").to_owned(),
                    };
                    self.who.settle(&id);
                }
                true
            }
            Owner::Other(reference) => {
                let words = format!("is about {reference}, not about patient {}; not used", self.who.patient).into();
                self.say(Unread { why: UnreadWhy::OtherPatient, place: place.name(resource), words, in_hand });
                false
            }
        }
    }

    fn medication(&mut self, resource: &mut Resource<'a>, standing: Standing) {
        let (at, id, kind) = (resource.at, resource.id.as_str().to_owned(), resource.kind);
        let because = reason_references(resource);
        let medication = medication(resource, standing, &self.library);
        let alterable = match standing {
            Standing::InHand | Standing::Draft => true,
            Standing::Existing => {
                matches!(kind, Kind::MedicationRequest | Kind::MedicationOrder)
                    && matches!(medication.status, Status::Active | Status::OnHold)
            }
        };
        self.note_urn(resource, &medication.reference);
        let hash = self.twins.hash(&medication.reference);
        match self.twins.medications.keep(&mut self.chart.medications, medication, hash, CHART_MEDICATIONS_MAX) {
            Kept::At(n) => {
                self.because.extend(because.into_iter().map(|reference| (n, reference)));
                if alterable && let Some(tail) = self.tail(at) {
                    self.raw.push(RawOrder { medication: n, tail, resource_type: kind.name().to_owned(), id });
                }
            }
            Kept::Twin => {}
            Kept::Full => self.too_many("medications", standing == Standing::InHand),
        }
    }

    fn note_urn(&mut self, resource: &Resource<'a>, reference: &str) {
        let url = resource.full_url.as_str();
        self.bearers.note(resource, reference);
        if !resource.id.is_empty() && url.starts_with("urn:") && self.urns.len() < CHART_MEDICATIONS_MAX {
            self.urns.push((url.to_owned(), reference.into()));
        }
    }

    /// The text from the brace on that opens the object whose first key stands at an address.
    fn tail(&self, at: usize) -> Option<&'a str> {
        let of = |text: &'a str| {
            let key = at.checked_sub(text.as_ptr().addr())?;
            let before = text.get(..key)?.strip_suffix('"')?;
            let open = before.trim_end_matches([' ', '\n', '\r', '\t']).strip_suffix('{')?.len();
            text.get(open..)
        };
        self.texts.into_iter().find_map(of)
    }

    fn allergy(&mut self, resource: &mut Resource<'a>, in_hand: bool) {
        let allergy = allergy(resource, in_hand);
        let hash = self.twins.hash(&allergy.reference);
        if self.twins.allergies.keep(&mut self.chart.allergies, allergy, hash, CHART_ALLERGIES_MAX) == Kept::Full {
            self.too_many("allergies", in_hand);
        }
    }

    fn problem(&mut self, resource: &mut Resource<'a>) {
        let problem = problem(resource);
        self.note_urn(resource, &problem.reference);
        let hash = self.twins.hash(&problem.reference);
        if self.twins.problems.keep(&mut self.chart.problems, problem, hash, CHART_PROBLEMS_MAX) == Kept::Full {
            self.too_many("problems", false);
        }
    }

    fn procedure(&mut self, resource: &mut Resource<'a>) {
        let Some(procedure) = procedure(resource) else { return };
        if self.chart.procedures.len() < CHART_PROCEDURES_MAX {
            self.chart.procedures.push(procedure);
        } else {
            self.too_many("procedures", false);
        }
    }

    fn observation(&mut self, resource: &mut Resource<'a>, place: &Place<'_>) {
        match self.measured.observation(resource) {
            Seen::Used => {}
            Seen::Lab(lab) => {
                let hash = self.twins.hash(&lab.reference);
                if self.twins.labs.keep(&mut self.chart.labs, lab, hash, CHART_LABS_MAX) == Kept::Full {
                    self.too_many("labs", false);
                }
            }
            Seen::Unreadable(words) => {
                let words =
                    [&words, " cannot be used: its number or unit is not one that is read here"].concat().into();
                self.say(Unread { why: UnreadWhy::Malformed, place: place.name(resource), words, in_hand: false });
            }
        }
    }

    fn too_many(&mut self, list: &str, in_hand: bool) {
        let words: Box<str> = format!("more {list} were sent than are read").into();
        if !self.chart.unread.iter().any(|unread| unread.words == words && unread.in_hand == in_hand) {
            self.say(Unread { why: UnreadWhy::TooMany, place: list.into(), words, in_hand });
        }
    }

    /// The chart, and the orders as sent. The setting is that of the call's encounter, or of the only one that was sent.
    pub fn finish(mut self, encounter: &str) -> (Chart, Vec<RawOrder<'a>>) {
        let mut chart = self.chart;
        by_reference(&mut chart, &self.urns);
        self.bearers.resolve(&mut chart.medications, &mut self.because);
        give_reasons(&mut chart, &self.because, &self.urns);
        chart.setting = match self.encounters.as_slice() {
            [(_, only)] if encounter.is_empty() => *only,
            several => several.iter().find(|(id, _)| id == encounter).map_or(Setting::Unknown, |(_, s)| *s),
        };
        chart.patient = self.measured.patient(chart.as_of);
        (chart, self.raw)
    }
}

/// References by URN become those by type and id, where the entry of that URN was sent.
fn by_reference(chart: &mut Chart, urns: &[(String, Box<str>)]) {
    if urns.is_empty() {
        return;
    }
    for medication in &mut chart.medications {
        for reference in medication.replaces.iter_mut().chain(&mut medication.based_on) {
            if let Some((_, known)) = urns.iter().find(|(urn, _)| **urn == **reference) {
                *reference = known.clone();
            }
        }
    }
}

/// The problems a record says it is for, by reference.
fn reason_references(resource: &Resource<'_>) -> Vec<Box<str>> {
    let reasons = resource.reasons.items.iter().chain(&resource.reason_references.items);
    reasons.map(|reason| reason.pointer.as_str()).filter(|p| !p.is_empty()).map(|p| relative(p).into()).collect()
}

/// What medications are given for, where they point to a problem that was sent. A reference that leads nowhere says nothing.
fn give_reasons(chart: &mut Chart, because: &[(u32, Box<str>)], urns: &[(String, Box<str>)]) {
    for (n, reference) in because {
        let known = urns.iter().find(|(urn, _)| **urn == **reference).map_or(reference, |(_, known)| known);
        let problem = chart.problems.iter().find(|p| !p.reference.is_empty() && p.reference == *known);
        let (Some(problem), Some(medication)) = (problem, chart.medications.get_mut(*n as usize)) else { continue };
        medication.reasons.push(problem.concept.clone());
    }
}
