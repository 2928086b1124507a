//! The chart while it fills: every resource goes to its list, or is said to be unread.

use crate::clinical::chart::{Allergy, Chart, Lab, Problem, Setting, Standing, Status, Unread, UnreadWhy};
use crate::clinical::time::Moment;
use crate::hooks::call::RawOrder;
use crate::hooks::fhir::{Kind, Resource, Shape};
use crate::hooks::intake_identity::{Identity, Owner};
use crate::hooks::intake_library::Library;
use crate::hooks::intake_medication::{encounter_setting, medication};
use crate::hooks::intake_patient::{Body, Seen};
use crate::hooks::intake_record::{allergy, problem};
use crate::hooks::limits::{
    CHART_ALLERGIES_MAX, CHART_LABS_MAX, CHART_MEDICATIONS_MAX, CHART_PROBLEMS_MAX, CHART_UNREAD_MAX,
};
use hashbrown::HashMap;

/// A chart being filled from a call.
pub struct Intake<'a> {
    /// The chart so far.
    pub chart: Chart,
    /// Who the call is about.
    pub who: Identity,
    body: &'a str,
    raw: Vec<RawOrder<'a>>,
    library: Library,
    measured: Body,
    encounters: Vec<(String, Setting)>,
    /// Places in the chart's lists by reference, so that what comes under two keys is taken once.
    seen: HashMap<Box<str>, usize>,
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
    /// An empty chart of a body.
    pub fn new(body: &'a str, as_of: Moment, who: Identity) -> Intake<'a> {
        Intake {
            chart: Chart::empty(as_of),
            who,
            body,
            raw: Vec::new(),
            library: Library::default(),
            measured: Body::default(),
            encounters: Vec::new(),
            seen: HashMap::new(),
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
        let way: Box<str> = [place.root.word(), ".", place.key].concat().into();
        if resource.entries.odd > 0 {
            let words = format!("{} of its entries are no resources", resource.entries.odd).into();
            self.say(Unread { why: UnreadWhy::Malformed, place: way.clone(), words, in_hand: place.asked });
        }
        if resource.entries.more {
            let words = "has more entries than are read".into();
            self.say(Unread { why: UnreadWhy::TooMany, place: way, words, in_hand: place.asked });
        }
        for entry in &mut resource.entries.items {
            self.walk(entry, place, standing);
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
        if let Some(field) = resource.odd {
            let words = format!("`{field}` is not shaped as FHIR shapes it; the rest was read").into();
            self.say(Unread { why: UnreadWhy::Malformed, place: place.name(resource), words, in_hand });
        }
        match resource.kind {
            Kind::Patient => self.measured.demographics(resource),
            Kind::AllergyIntolerance => self.allergy(resource, in_hand),
            Kind::Condition => self.problem(resource),
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
        if resource.shape == Shape::Null || foreign {
            return;
        }
        let words = match resource.odd {
            Some(_) => "what it wraps is no resource",
            None => "is no resource: it has no `resourceType`",
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
        let medication = medication(resource, standing, &self.library);
        if standing == Standing::Existing
            && self.is_twin(&medication.reference, |chart, n| chart.medications.get(n) == Some(&medication))
        {
            return;
        }
        if self.chart.medications.len() == CHART_MEDICATIONS_MAX {
            return self.too_many("medications", standing == Standing::InHand);
        }
        let n = self.chart.medications.len();
        if standing == Standing::Existing {
            self.remember(&medication.reference, n);
        }
        let alterable = match standing {
            Standing::InHand | Standing::Draft => true,
            Standing::Existing => {
                matches!(kind, Kind::MedicationRequest | Kind::MedicationOrder)
                    && matches!(medication.status, Status::Active | Status::OnHold)
            }
        };
        if alterable && let Some(from) = self.object_at(at) {
            let medication = u32::try_from(n).unwrap_or(u32::MAX);
            self.raw.push(RawOrder { medication, from, resource_type: kind.name().to_owned(), id });
        }
        self.chart.medications.push(medication);
    }

    /// The body from the object on whose first key stands at an address of it.
    fn object_at(&self, at: usize) -> Option<&'a str> {
        let key = at.checked_sub(self.body.as_ptr().addr())?;
        let before = self.body.get(..key)?.strip_suffix('"')?;
        let open = before.trim_end_matches([' ', '\n', '\r', '\t']).strip_suffix('{')?.len();
        self.body.get(open..)
    }

    fn allergy(&mut self, resource: &mut Resource<'a>, in_hand: bool) {
        let allergy: Allergy = allergy(resource, in_hand);
        if !in_hand && self.is_twin(&allergy.reference, |chart, n| chart.allergies.get(n) == Some(&allergy)) {
            return;
        }
        if self.chart.allergies.len() == CHART_ALLERGIES_MAX {
            return self.too_many("allergies", in_hand);
        }
        if !in_hand {
            self.remember(&allergy.reference, self.chart.allergies.len());
        }
        self.chart.allergies.push(allergy);
    }

    fn problem(&mut self, resource: &mut Resource<'a>) {
        let problem: Problem = problem(resource);
        if self.is_twin(&problem.reference, |chart, n| chart.problems.get(n) == Some(&problem)) {
            return;
        }
        if self.chart.problems.len() == CHART_PROBLEMS_MAX {
            return self.too_many("problems", false);
        }
        self.remember(&problem.reference, self.chart.problems.len());
        self.chart.problems.push(problem);
    }

    fn observation(&mut self, resource: &mut Resource<'a>, place: &Place<'_>) {
        match self.measured.observation(resource) {
            Seen::Used => {}
            Seen::Lab(lab) => self.lab(lab),
            Seen::Unreadable(words) => {
                let words = [&words, " is in no unit that is read here"].concat().into();
                self.say(Unread { why: UnreadWhy::Malformed, place: place.name(resource), words, in_hand: false });
            }
        }
    }

    fn lab(&mut self, lab: Lab) {
        if self.is_twin(&lab.reference, |chart, n| chart.labs.get(n) == Some(&lab)) {
            return;
        }
        if self.chart.labs.len() == CHART_LABS_MAX {
            return self.too_many("labs", false);
        }
        self.remember(&lab.reference, self.chart.labs.len());
        self.chart.labs.push(lab);
    }

    /// Whether the same thing, by reference and to the last detail, is in its list already.
    fn is_twin(&self, reference: &str, same: impl Fn(&Chart, usize) -> bool) -> bool {
        !reference.is_empty() && self.seen.get(reference).is_some_and(|n| same(&self.chart, *n))
    }

    fn remember(&mut self, reference: &str, n: usize) {
        if !reference.is_empty() {
            self.seen.entry(reference.into()).or_insert(n);
        }
    }

    fn too_many(&mut self, list: &str, in_hand: bool) {
        let words: Box<str> = format!("more {list} were sent than are read").into();
        if !self.chart.unread.iter().any(|unread| unread.words == words && unread.in_hand == in_hand) {
            self.say(Unread { why: UnreadWhy::TooMany, place: list.into(), words, in_hand });
        }
    }

    /// The chart, and the orders as sent. The setting is that of the call's encounter, or of the only one that was sent.
    pub fn finish(self, encounter: &str) -> (Chart, Vec<RawOrder<'a>>) {
        let mut chart = self.chart;
        chart.setting = match self.encounters.as_slice() {
            [(_, only)] if encounter.is_empty() => *only,
            several => several.iter().find(|(id, _)| id == encounter).map_or(Setting::Unknown, |(_, s)| *s),
        };
        chart.patient = self.measured.patient(chart.as_of);
        (chart, self.raw)
    }
}
