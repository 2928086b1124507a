//! One patient at one instant, in codes: what a hook call or a rule's case says, before any pack has read it.

use crate::clinical::code::{Code, Concept};
use crate::clinical::exact::Exact;
use crate::clinical::quantity::Strength;
use crate::clinical::regimen::Regimen;
use crate::clinical::time::{Dated, Interval, Moment, Span};
use crate::clinical::weight::Weights;
use serde::{Deserialize, Serialize};

/// One patient at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// The instant. Never inferred from the orders.
    pub as_of: Moment,
    /// What is asked.
    pub focus: Focus,
    /// Whether a dose not yet entered is to be expected (order-select), or is missing (order-sign).
    pub doses_may_follow: bool,
    /// Where the encounter of the call takes place.
    pub setting: Setting,
    /// Who.
    pub patient: Patient,
    /// Every record of a drug: orders in hand, other drafts, and what is on file.
    pub medications: Vec<Medication>,
    /// What is recorded of allergies.
    pub allergies: Vec<Allergy>,
    /// Whether allergies are recorded, denied or were never asked for.
    pub allergy_status: AllergyStatus,
    /// Problems and past history.
    pub problems: Vec<Problem>,
    /// Laboratory and other measured values (not weight, height, renal function: those are typed in `patient`).
    pub labs: Vec<Lab>,
    /// What became of each list that was asked for.
    pub received: Received,
    /// What intake could not read or would not use, item by item.
    pub unread: Vec<Unread>,
    /// Procedures done or going on, by code. No list says that all were sent: what is not there says nothing.
    #[serde(default)]
    pub procedures: Vec<Procedure>,
}

/// What is asked of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Focus {
    /// Answer for the orders in hand; the rest is context (order-select, order-sign, refill, dispatch).
    Orders,
    /// Answer for the orders in hand and for what is already there (medication-verify).
    OrdersAndExisting,
    /// Answer for what is already there (patient-view, encounter-discharge).
    Existing,
    /// Answer for the allergy just recorded against what is taken (allergyintolerance-create).
    NewAllergy,
}

/// Where a drug is ordered or taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Setting {
    /// Not said.
    #[default]
    Unknown,
    /// In hospital.
    Inpatient,
    /// At a clinic or practice.
    Outpatient,
    /// At home (community).
    Home,
    /// Written for the way home.
    Discharge,
}

/// What became of one list of the chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// The client did not send it.
    #[default]
    NotSent,
    /// It came, and this is all of it (perhaps nothing).
    Complete,
    /// Some came, and more is known to exist (a further page).
    Partial,
    /// It was still being fetched when the answer was due.
    Late,
    /// The client tried and failed; its words.
    Failed(Box<str>),
}

/// What became of each list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The patient's demographics.
    pub patient: Receipt,
    /// What the patient takes.
    pub medications: Receipt,
    /// Allergies.
    pub allergies: Receipt,
    /// Problems.
    pub problems: Receipt,
    /// Laboratory values and vital signs.
    pub labs: Receipt,
}

/// Something in the call that could not be read, or that was not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// Why.
    pub why: UnreadWhy,
    /// The reference or place as sent (`MedicationRequest/12`, `prefetch.item3`).
    pub place: Box<str>,
    /// The words that say what was found there.
    pub words: Box<str>,
    /// Whether it is one of the orders in hand: then it is said on a card.
    pub in_hand: bool,
}

/// Why something was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UnreadWhy {
    /// The item is not shaped as FHIR shapes it.
    Malformed,
    /// It is about another patient than the one of the call.
    OtherPatient,
    /// It points to something that was not sent.
    UnresolvedReference,
    /// More entries than this release reads.
    TooMany,
    /// It was to be fetched from the client's FHIR server, and could not be.
    FetchFailed,
    /// It was still being fetched when the answer was due.
    FetchLate,
}

/// Demographics and body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Date of birth, as precise as it was sent.
    pub born: Option<Dated>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// Body weight in grams, and when it was measured. What was not simply measured stands in `weights`.
    pub weight: Option<Measured>,
    /// Body height in millimetres, and when.
    pub height: Option<Measured>,
    /// Body surface in square millimetres, and when, if it was sent as such.
    pub surface: Option<Measured>,
    /// Renal function, each kind apart.
    pub kidneys: Kidneys,
    /// Statements of pregnancy. Never guessed from age and sex.
    pub pregnancy: Option<Statement<Pregnancy>>,
    /// Statements of lactation.
    pub lactation: Option<Statement<bool>>,
    /// Date of death, if deceased.
    pub died: bool,
    /// Weights of other kinds.
    #[serde(default)]
    pub weights: Weights,
}

/// Administrative sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other.
    Other,
}

/// A measured value with its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The value, in the unit its field names.
    pub value: Exact,
    /// When it was measured, if that was sent.
    pub on: Option<Dated>,
}

/// A dated statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement<T> {
    /// What was stated.
    pub value: T,
    /// When.
    pub on: Option<Dated>,
}

/// A statement about pregnancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pregnancy {
    /// Stated not to be pregnant.
    No,
    /// Pregnant; the due date when it was sent (trimesters follow from it: 280 days before it is day 0).
    Yes {
        /// Estimated date of delivery.
        due: Option<Dated>,
    },
}

/// Renal function. The kinds never stand for each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kidneys {
    /// Creatinine clearance in mL/min (measured or by Cockcroft and Gault).
    pub clearance: Option<Measured>,
    /// Estimated glomerular filtration in mL/min/1.73 m².
    pub egfr: Option<Measured>,
    /// On dialysis, where that is stated as such; problems and procedures that say so stand in their lists.
    pub dialysis: Option<bool>,
    /// Acute kidney injury, where that is stated as such; problems and creatinines that show it stand in their lists.
    pub acute_injury: Option<bool>,
    /// Serum creatinine in micrograms per decilitre, with its date: the datum a clearance can be worked out from.
    pub creatinine: Option<Measured>,
}

/// Which kind of record tells of a drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum RecordKind {
    /// An order.
    Request,
    /// What the patient says, or a reconciled list says.
    Statement,
    /// Handed out by a pharmacy.
    Dispense,
    /// Given.
    Administration,
}

/// Where a record stands in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Standing {
    /// An order this call asks about.
    InHand,
    /// Another draft of the same session: context.
    Draft,
    /// On file.
    Existing,
}

/// The status of a record, over all FHIR versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    /// Being written.
    Draft,
    /// In force.
    Active,
    /// Suspended, may go on.
    OnHold,
    /// Came to its end.
    Completed,
    /// Ended before its end.
    Stopped,
    /// Never began.
    Cancelled,
    /// Recorded by mistake: used for nothing.
    EnteredInError,
    /// The patient does not take it.
    NotTaken,
    /// Meant for later.
    Planned,
    /// Not said, or not a status we know: treated as active.
    Unknown,
}

/// What a request means to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Intent {
    /// An order, or not said.
    #[default]
    Order,
    /// A plan or proposal: not taken yet.
    Plan,
}

/// One record of a drug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medication {
    /// `MedicationRequest/12` as others may refer to it; empty when the resource has no id.
    pub reference: Box<str>,
    /// Which kind of record.
    pub kind: RecordKind,
    /// Where it stands in the call.
    pub standing: Standing,
    /// Its status.
    pub status: Status,
    /// What it means to do.
    pub intent: Intent,
    /// `doNotPerform`, `notGiven`, `wasNotTaken`: the drug is NOT taken.
    pub negated: bool,
    /// The drug.
    pub drug: Drug,
    /// Where.
    pub setting: Setting,
    /// When it was written, handed out or noted.
    pub authored: Option<Dated>,
    /// From when to when it is taken, where the record says so outside its instructions.
    pub period: Interval,
    /// How long the supply lasts, all refills not counted.
    pub supply: Option<Span>,
    /// References of the orders it replaces (`priorPrescription`) ...
    pub replaces: Vec<Box<str>>,
    /// ... rests on (`basedOn`, `authorizingPrescription`, `derivedFrom`, `partOf`) ...
    pub based_on: Vec<Box<str>>,
    /// Why it is given: coded reasons.
    pub reasons: Vec<Concept>,
    /// The schedule.
    pub regimen: Regimen,
}

/// The drug of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drug {
    /// The product or ingredient as coded, with its words. Empty when no drug was chosen yet.
    pub concept: Concept,
    /// What the resource itself says it is made of (`Medication.ingredient`), where it does.
    pub ingredients: Vec<DrugPart>,
    /// The dose form, where the resource says it.
    pub form: Concept,
    /// A reference that led nowhere, as sent.
    pub unresolved: Option<Box<str>>,
}

/// One ingredient as a resource lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrugPart {
    /// Which.
    pub concept: Concept,
    /// How much of it, where readable and meaningful.
    pub strength: Option<Strength>,
}

/// Whether allergies are recorded, denied or were never asked for: three different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllergyStatus {
    /// Nothing says that anyone asked.
    #[default]
    NotAsked,
    /// Someone asked, and there are none (to drugs).
    NoneKnown,
    /// There are entries.
    Recorded,
}

/// One recorded allergy or intolerance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allergy {
    /// `AllergyIntolerance/12`; empty when it has no id.
    pub reference: Box<str>,
    /// The newly recorded one (allergyintolerance-create).
    pub in_hand: bool,
    /// To what.
    pub substance: Concept,
    /// Allergy or intolerance; `None` when not said.
    pub kind: Option<AllergyKind>,
    /// Each reaction's own substance and manifestations.
    pub reactions: Vec<Reaction>,
    /// Low, high, or unable to assess.
    pub criticality: Option<Criticality>,
    /// Active, inactive or resolved; absent is not refuted.
    pub clinical: ClinicalStatus,
    /// Confirmed, unconfirmed, refuted, entered in error.
    pub verification: Verification,
    /// First seen.
    pub onset: Option<Dated>,
    /// Last seen.
    pub last: Option<Dated>,
    /// Categories as sent (`food`, `medication` ...).
    pub categories: Vec<Box<str>>,
}

/// One reaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// What caused it, where the reaction names it.
    pub substance: Concept,
    /// How it showed.
    pub manifestations: Vec<Concept>,
    /// How severe it was.
    pub severity: Option<ReactionSeverity>,
}

/// Allergy or intolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum AllergyKind {
    /// Immunological.
    Allergy,
    /// Anything else.
    Intolerance,
}

/// The potential for harm of a future reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Criticality {
    /// Low.
    Low,
    /// High.
    High,
    /// Unable to assess.
    Unassessable,
}

/// How severe a reaction was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum ReactionSeverity {
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Severe.
    Severe,
}

/// Clinical status of an allergy or problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum ClinicalStatus {
    /// Not said: counts as active.
    #[default]
    Unsaid,
    /// Active, recurring or relapsed.
    Active,
    /// Inactive or in remission.
    Inactive,
    /// Resolved.
    Resolved,
}

/// Verification status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Verification {
    /// Not said: not refuted.
    #[default]
    Unsaid,
    /// Confirmed.
    Confirmed,
    /// Unconfirmed, presumed, provisional, differential.
    Unconfirmed,
    /// Refuted.
    Refuted,
    /// Recorded by mistake.
    EnteredInError,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `Condition/12`; empty when it has no id.
    pub reference: Box<str>,
    /// What.
    pub concept: Concept,
    /// Active or past.
    pub clinical: ClinicalStatus,
    /// Confirmed or not.
    pub verification: Verification,
    /// From when.
    pub onset: Option<Dated>,
    /// Until when.
    pub ended: Option<Dated>,
    /// When it was noted.
    pub recorded: Option<Dated>,
}

/// One procedure that was done, or is going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// `Procedure/12`; empty when it has no id.
    pub reference: Box<str>,
    /// What.
    pub concept: Concept,
    /// It goes on.
    pub ongoing: bool,
    /// When it was last done: its end, else its start.
    pub on: Option<Dated>,
}

/// One measured value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lab {
    /// `Observation/12`; empty when it has no id.
    pub reference: Box<str>,
    /// What was measured.
    pub concept: Concept,
    /// The value as a number; `None` when it is words or a code.
    pub value: Option<Exact>,
    /// `<` or `>` before the value, where the laboratory wrote one.
    pub bound: Option<Bound>,
    /// The unit: UCUM code first, else the words of the unit. Empty when none was sent.
    pub unit: Box<str>,
    /// When it was taken.
    pub on: Option<Dated>,
}

/// A value known only to be below or above a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// Less than the number (or at most).
    Below,
    /// More than the number (or at least).
    Above,
}

/// An entry of a chart, by its list and place. Findings and gaps point with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// The patient.
    Patient,
    /// `chart.medications[n]`.
    Medication(u32),
    /// `chart.allergies[n]`.
    Allergy(u32),
    /// `chart.problems[n]`.
    Problem(u32),
    /// `chart.labs[n]`.
    Lab(u32),
    /// `chart.unread[n]`.
    Unread(u32),
    /// A list of the chart as a whole (medications, allergies ...), when it was not sent or failed.
    List(List),
}

/// A list of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum List {
    /// Demographics.
    Patient,
    /// Drugs.
    Medications,
    /// Allergies.
    Allergies,
    /// Problems.
    Problems,
    /// Laboratory values.
    Labs,
}

impl Chart {
    /// A chart that holds nothing but its moment: nothing was sent.
    pub fn empty(as_of: Moment) -> Chart {
        Chart {
            as_of,
            focus: Focus::Orders,
            doses_may_follow: false,
            setting: Setting::Unknown,
            patient: Patient::default(),
            medications: Vec::new(),
            allergies: Vec::new(),
            allergy_status: AllergyStatus::NotAsked,
            problems: Vec::new(),
            labs: Vec::new(),
            received: Received::default(),
            unread: Vec::new(),
            procedures: Vec::new(),
        }
    }

    /// The reference of an entry as the client may use it; empty when it has none.
    pub fn reference(&self, entry: Entry) -> &str {
        match entry {
            Entry::Medication(n) => self.medications.get(n as usize).map_or("", |m| &m.reference),
            Entry::Allergy(n) => self.allergies.get(n as usize).map_or("", |a| &a.reference),
            Entry::Problem(n) => self.problems.get(n as usize).map_or("", |p| &p.reference),
            Entry::Lab(n) => self.labs.get(n as usize).map_or("", |l| &l.reference),
            Entry::Unread(n) => self.unread.get(n as usize).map_or("", |u| &u.place),
            Entry::Patient | Entry::List(_) => "",
        }
    }
}

impl Drug {
    /// Whether any code says what it is.
    pub fn is_coded(&self) -> bool {
        !self.concept.codes.is_empty() || self.ingredients.iter().any(|p| !p.concept.codes.is_empty())
    }

    /// Whether nothing at all says what it is: no drug was chosen yet.
    pub fn is_unchosen(&self) -> bool {
        self.concept.is_empty() && self.ingredients.is_empty() && self.unresolved.is_none()
    }

    /// A drug of one code.
    pub fn of(code: Code) -> Drug {
        Drug { concept: Concept::of(code), ..Drug::default() }
    }
}
