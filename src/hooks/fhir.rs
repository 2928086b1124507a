//! The thin slice of FHIR we read: one union of the fields of every resource we know, over DSTU2, STU3, R4 and R5.
//!
//! `resourceType` may stand anywhere, so nothing is decided before the object ends; a wrapper (`{resource}`,
//! `{response, resource}`, a Bundle's entry) becomes what it wraps.

use crate::hooks::fhir_identifier::{Identifier, is_identifier};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::fhir_parts::{Coded, Dosage, Label, Labels, Pointer, Quantity, Ratio, Stretch};
use crate::hooks::lenient::{Fill, Flag, Key, Lenient, Many, Number, Text, node, skip_list};
use crate::hooks::limits::BUNDLE_ENTRIES_MAX;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use std::borrow::Cow;

/// What kind of JSON value stood where a resource was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Nothing, or null.
    #[default]
    Null,
    /// A string, number or flag.
    Scalar,
    /// A list.
    List,
    /// An object.
    Object,
}

/// Any resource, Bundle, entry or wrapper.
#[derive(Debug, Default)]
pub struct Resource<'a> {
    /// What stood there.
    pub shape: Shape,
    /// Its type.
    pub kind: Kind,
    /// The type's name where it is one we do not read; the string itself where a string stood.
    pub word: Text<'a>,
    /// Address of its first key in the body, so that its bytes can be found again; 0 when unknown.
    pub at: usize,
    /// Some field that we read was sent.
    pub touched: bool,
    /// The fields sent in a shape nobody can read, by their keys.
    pub odd: Vec<&'static str>,
    /// It was unwrapped from an entry or wrapper.
    pub wrapped: bool,
    /// `id`.
    pub id: Text<'a>,
    /// `fullUrl` of the entry it stood in.
    pub full_url: Text<'a>,
    /// `identifier`: what others may know it by.
    pub identifiers: Many<Identifier<'a>>,
    /// `status`.
    pub status: Label<'a>,
    /// `intent`.
    pub intent: Label<'a>,
    /// `doNotPerform`, `wasNotGiven`, `notGiven`, `wasNotTaken`, `notDone`, `notPerformed`.
    pub negated: Flag,
    /// `taken` of STU3.
    pub taken: Text<'a>,
    /// `adherence` of R5.
    pub adherence: Label<'a>,
    /// `subject`, `patient`.
    pub subject: Pointer<'a>,
    /// `code`, `medicationCodeableConcept`, `substance`.
    pub what: Coded<'a>,
    /// `medicationReference`, `medication`.
    pub medication: Option<Box<Coded<'a>>>,
    /// When it was written, noted or handed out.
    pub authored: Stretch,
    /// When it was given, taken or measured.
    pub effective: Stretch,
    /// `issued`, `recorded` and the like: a date to fall back on.
    pub issued: Stretch,
    /// `onsetDateTime`, `onsetPeriod`, `onset`.
    pub onset: Stretch,
    /// `abatementDateTime`, `abatementPeriod`.
    pub abatement: Stretch,
    /// It abated, at an unknown date.
    pub abated: bool,
    /// `lastOccurrence`.
    pub last: Stretch,
    /// `dosageInstruction`, `dosage`.
    pub dosage: Many<Dosage<'a>>,
    /// `category`.
    pub category: Labels<'a>,
    /// `clinicalStatus`.
    pub clinical: Label<'a>,
    /// `verificationStatus`.
    pub verification: Label<'a>,
    /// `criticality`.
    pub criticality: Label<'a>,
    /// `type`.
    pub nature: Label<'a>,
    /// `class` of an Encounter.
    pub class: Label<'a>,
    /// `reaction`.
    pub reactions: Many<Reaction<'a>>,
    /// `reasonCode`, `reason`, `reasonCodeableConcept`.
    pub reasons: Many<Coded<'a>>,
    /// `reasonReference`, `reasonForUseReference`.
    pub reason_references: Many<Coded<'a>>,
    /// `valueQuantity`.
    pub quantity: Option<Box<Quantity<'a>>>,
    /// `valueInteger`.
    pub number: Number<'a>,
    /// `valueCodeableConcept`, `valueString`, `valueBoolean`.
    pub value: Option<Box<Coded<'a>>>,
    /// `valueDateTime`.
    pub value_date: Stretch,
    /// `birthDate`.
    pub born: Stretch,
    /// `gender`.
    pub gender: Text<'a>,
    /// `deceasedBoolean`, or the presence of `deceasedDateTime`.
    pub deceased: bool,
    /// `dispenseRequest.expectedSupplyDuration`, `daysSupply`.
    pub supply: Option<Box<Quantity<'a>>>,
    /// `priorPrescription`.
    pub replaces: Vec<Text<'a>>,
    /// `basedOn`, `authorizingPrescription`, `partOf`, `derivedFrom`, `prescription`, `request`.
    pub based_on: Vec<Text<'a>>,
    /// `contained`.
    pub contained: Entries<'a>,
    /// `entry` of a Bundle, or the list itself.
    pub entries: Entries<'a>,
    /// `link` of a Bundle.
    pub links: Many<Link<'a>>,
    /// `total` of a Bundle.
    pub total: Number<'a>,
    /// `issue` of an OperationOutcome.
    pub issues: Many<Issue<'a>>,
    /// `ingredient`.
    pub ingredients: Many<Ingredient<'a>>,
    /// `form`, `doseForm`.
    pub form: Option<Box<Coded<'a>>>,
}

/// The entries of a Bundle or list, what cannot be a resource left out and counted.
#[derive(Debug, Default)]
pub struct Entries<'a> {
    /// The entries, each where it stays: a resource has two kilobytes, and a list that grows would move them all.
    #[allow(clippy::vec_box)]
    pub items: Vec<Box<Resource<'a>>>,
    /// How many were no objects.
    pub odd: u32,
    /// Whether there were more than we read.
    pub more: bool,
}

node! {
    /// A reaction of an allergy.
    Reaction<'a> {
        /// Its own substance.
        substance: Coded<'a> = "substance",
        /// How it showed.
        manifestations: Many<Coded<'a>> = "manifestation",
        /// How severe it was.
        severity: Label<'a> = "severity",
    }
}

node! {
    /// A link of a Bundle.
    Link<'a> {
        /// `self`, `next` ...
        relation: Text<'a> = "relation",
        /// Where it leads.
        url: Text<'a> = "url",
    }
}

node! {
    /// An issue of an OperationOutcome.
    Issue<'a> {
        /// `fatal`, `error`, `warning`, `information`.
        severity: Text<'a> = "severity",
        /// The kind of issue.
        code: Text<'a> = "code",
        /// The words.
        diagnostics: Text<'a> = "diagnostics",
        /// Coded words.
        details: Coded<'a> = "details",
    }
}

node! {
    /// An ingredient of a Medication.
    Ingredient<'a> {
        /// Which: coded, or a reference.
        item: Coded<'a> = "itemCodeableConcept" | "item" | "itemReference",
        /// How much.
        strength: Option<Box<Ratio<'a>>> = "strength" | "strengthRatio" | "amount",
    }
}

node! {
    /// `dispenseRequest`.
    Dispense<'a> {
        /// How long the supply lasts.
        supply: Option<Box<Quantity<'a>>> = "expectedSupplyDuration",
    }
}

node! {
    /// `product` of a DSTU2 Medication.
    Product<'a> {
        /// The dose form.
        form: Option<Box<Coded<'a>>> = "form",
        /// The ingredients.
        ingredients: Many<Ingredient<'a>> = "ingredient",
    }
}

node! {
    /// `adherence` of R5.
    Adherence<'a> {
        /// Whether it is taken.
        code: Label<'a> = "code",
    }
}

/// `Type/id` of a reference to a record of a drug or a problem, without server and version; any other as it was sent.
pub fn relative(reference: &str) -> &str {
    if is_identifier(reference) {
        return reference;
    }
    let bare = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
    let Some((path, id)) = bare.rsplit_once('/') else { return reference };
    let kind = path.rsplit('/').next().unwrap_or(path);
    let known = Kind::of(kind).is_drug_record() || Kind::of(kind) == Kind::Condition;
    match known && !id.is_empty() {
        true => &bare[bare.len() - id.len() - 1 - kind.len()..],
        false => reference,
    }
}

impl<'a> Lenient<'a> for Entries<'a> {
    fn mark(&mut self) {
        self.odd += 1;
    }

    fn is_odd(&self) -> bool {
        self.odd > 0
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        *self = Entries::default();
        let mut one = Box::<Resource<'a>>::default();
        one.object(object)?;
        self.items.push(one);
        self.settle();
        Ok(())
    }

    fn list<A: SeqAccess<'a>>(&mut self, mut list: A) -> Result<(), A::Error> {
        *self = Entries::default();
        while self.items.len() < BUNDLE_ENTRIES_MAX {
            let mut item = Box::<Resource<'a>>::default();
            if list.next_element_seed(Fill(&mut *item))?.is_none() {
                return Ok(());
            }
            self.items.push(item);
            self.settle();
        }
        self.more = list.next_element::<IgnoredAny>()?.is_some();
        skip_list(list)
    }
}

impl Entries<'_> {
    /// Drops the last entry again where it says nothing; counts it where it is no resource.
    fn settle(&mut self) {
        let Some(item) = self.items.last() else { return };
        match item.shape {
            Shape::Scalar => self.odd += 1,
            Shape::List | Shape::Object if item.kind != Kind::Unsaid || item.touched => return,
            Shape::Null | Shape::List | Shape::Object => {}
        }
        self.items.pop();
    }
}

impl<'a> Lenient<'a> for Resource<'a> {
    fn mark(&mut self) {
        self.shape = Shape::Scalar;
    }

    fn is_odd(&self) -> bool {
        self.shape == Shape::Scalar
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.shape = Shape::Scalar;
        self.word.text(text);
    }

    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        *self = Resource { shape: Shape::List, touched: true, ..Resource::default() };
        self.entries.list(list)
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        if self.shape != Shape::Null {
            *self = Resource::default();
        }
        self.shape = Shape::Object;
        while let Some(Key(key)) = object.next_key::<Key<'a>>()? {
            if self.at == 0
                && let Cow::Borrowed(key) = &key
            {
                self.at = key.as_ptr().addr();
            }
            self.field(&key, &mut object)?;
        }
        Ok(())
    }
}

/// Fills a field and remembers its key when what stood there was odd.
macro_rules! into {
    ($self:ident, $object:ident, $field:ident, $key:literal) => {{
        $object.next_value_seed(Fill(&mut $self.$field))?;
        $self.touched = true;
        if $self.$field.is_odd() {
            $self.odd.push($key);
        }
    }};
}

impl<'a> Resource<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        if self.wrapped {
            if key == "fullUrl" {
                object.next_value_seed(Fill(&mut self.full_url))?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
            return Ok(());
        }
        // Dispatch on the length first: most keys of a resource are not ours, and this passes them over quickly.
        match key.len() {
            0..=8 => self.short(key, object),
            9..=13 => self.middling(key, object),
            _ => self.long(key, object),
        }
    }

    fn short<A: MapAccess<'a>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "id" => object.next_value_seed(Fill(&mut self.id))?,
            "code" => into!(self, object, what, "code"),
            "form" => into!(self, object, form, "form"),
            "link" => object.next_value_seed(Fill(&mut self.links))?,
            "type" => into!(self, object, nature, "type"),
            "class" => into!(self, object, class, "class"),
            "entry" => into!(self, object, entries, "entry"),
            "issue" => into!(self, object, issues, "issue"),
            "onset" => into!(self, object, onset, "onset"),
            "taken" => into!(self, object, taken, "taken"),
            "total" => object.next_value_seed(Fill(&mut self.total))?,
            "dosage" => into!(self, object, dosage, "dosage"),
            "gender" => into!(self, object, gender, "gender"),
            "intent" => into!(self, object, intent, "intent"),
            "issued" => into!(self, object, issued, "issued"),
            "partOf" | "basedOn" => self.rests_on(object)?,
            "reason" => into!(self, object, reasons, "reason"),
            "request" => self.rests_on(object)?,
            "status" => into!(self, object, status, "status"),
            "fullUrl" => object.next_value_seed(Fill(&mut self.full_url))?,
            "patient" => into!(self, object, subject, "patient"),
            "subject" => into!(self, object, subject, "subject"),
            "notDone" => into!(self, object, negated, "notDone"),
            "product" => {
                let mut product = Product::default();
                object.next_value_seed(Fill(&mut product))?;
                self.odd.extend(product.odd);
                (self.form, self.ingredients) = (product.form, product.ingredients);
            }
            "category" => into!(self, object, category, "category"),
            "doseForm" => into!(self, object, form, "doseForm"),
            "notGiven" => into!(self, object, negated, "notGiven"),
            "reaction" => into!(self, object, reactions, "reaction"),
            "recorded" => into!(self, object, issued, "recorded"),
            "resource" if self.kind == Kind::Unsaid => self.unwrap_resource(object)?,
            _ => {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn middling<A: MapAccess<'a>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "birthDate" => into!(self, object, born, "birthDate"),
            "contained" => into!(self, object, contained, "contained"),
            "substance" => into!(self, object, what, "substance"),
            "adherence" => {
                let mut adherence = Adherence::default();
                object.next_value_seed(Fill(&mut adherence))?;
                self.adherence = adherence.code;
            }
            "authoredOn" => into!(self, object, authored, "authoredOn"),
            "daysSupply" => into!(self, object, supply, "daysSupply"),
            "identifier" => object.next_value_seed(Fill(&mut self.identifiers))?,
            "ingredient" => into!(self, object, ingredients, "ingredient"),
            "medication" => into!(self, object, medication, "medication"),
            "reasonCode" => into!(self, object, reasons, "reasonCode"),
            "dateWritten" => into!(self, object, authored, "dateWritten"),
            "derivedFrom" => self.rests_on(object)?,
            "onsetPeriod" => into!(self, object, onset, "onsetPeriod"),
            "valueString" => into!(self, object, value, "valueString"),
            "wasNotGiven" => into!(self, object, negated, "wasNotGiven"),
            "wasNotTaken" => into!(self, object, negated, "wasNotTaken"),
            "criticality" => into!(self, object, criticality, "criticality"),
            "abatementAge" | "abatementRange" | "abatementString" => {
                object.next_value::<IgnoredAny>()?;
                self.abated = true;
            }
            "assertedDate" => into!(self, object, authored, "assertedDate"),
            "dateAsserted" => into!(self, object, authored, "dateAsserted"),
            "dateRecorded" => into!(self, object, authored, "dateRecorded"),
            "doNotPerform" => into!(self, object, negated, "doNotPerform"),
            "lastOccurence" | "lastOccurrence" => into!(self, object, last, "lastOccurrence"),
            "notPerformed" => into!(self, object, negated, "notPerformed"),
            "prescription" => self.rests_on(object)?,
            "recordedDate" => into!(self, object, authored, "recordedDate"),
            "resourceType" => {
                let mut name = Text::default();
                object.next_value_seed(Fill(&mut name))?;
                self.kind = Kind::of(name.as_str());
                if self.kind == Kind::Other {
                    self.word = name;
                }
            }
            "valueInteger" => into!(self, object, number, "valueInteger"),
            "valueBoolean" => {
                let mut flag = Flag::default();
                object.next_value_seed(Fill(&mut flag))?;
            }
            "whenPrepared" => into!(self, object, issued, "whenPrepared"),
            "onsetDateTime" => into!(self, object, onset, "onsetDateTime"),
            "valueDateTime" => into!(self, object, value_date, "valueDateTime"),
            "valueQuantity" => into!(self, object, quantity, "valueQuantity"),
            _ => {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn long<A: MapAccess<'a>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "clinicalStatus" => into!(self, object, clinical, "clinicalStatus"),
            "whenHandedOver" => into!(self, object, authored, "whenHandedOver"),
            "abatementPeriod" => into!(self, object, abatement, "abatementPeriod"),
            "deceasedBoolean" => {
                let mut flag = Flag::default();
                object.next_value_seed(Fill(&mut flag))?;
                self.deceased |= flag == Flag::Is(true);
            }
            "dispenseRequest" => {
                let mut dispense = Dispense::default();
                object.next_value_seed(Fill(&mut dispense))?;
                self.odd.extend(dispense.odd);
                self.supply = dispense.supply;
            }
            "effectivePeriod" | "occurencePeriod" | "occurrencePeriod" => {
                into!(self, object, effective, "effectivePeriod");
            }
            "abatementBoolean" => {
                let mut flag = Flag::default();
                object.next_value_seed(Fill(&mut flag))?;
                self.abated |= flag == Flag::Is(true);
            }
            "deceasedDateTime" => {
                let mut date = Text::default();
                object.next_value_seed(Fill(&mut date))?;
                self.deceased |= !date.is_empty();
            }
            "effectiveInstant" => into!(self, object, effective, "effectiveInstant"),
            "abatementDateTime" => into!(self, object, abatement, "abatementDateTime"),
            "dosageInstruction" => into!(self, object, dosage, "dosageInstruction"),
            "reasonReference" | "reasonForUseReference" => {
                into!(self, object, reason_references, "reasonReference");
            }
            "performedPeriod" => into!(self, object, effective, "performedPeriod"),
            "performedDateTime" => into!(self, object, effective, "performedDateTime"),
            "effectiveDateTime" | "occurenceDateTime" | "occurrenceDateTime" => {
                into!(self, object, effective, "effectiveDateTime");
            }
            "priorPrescription" => {
                let mut prior: Many<Pointer<'a>> = Many::default();
                object.next_value_seed(Fill(&mut prior))?;
                self.replaces.extend(prior.items.into_iter().map(|p| p.reference).filter(|r| !r.is_empty()));
            }
            "effectiveTimePeriod" => into!(self, object, effective, "effectiveTimePeriod"),
            "medicationReference" => into!(self, object, medication, "medicationReference"),
            "reasonCodeableConcept" | "reasonForUseCodeableConcept" => {
                into!(self, object, reasons, "reasonCodeableConcept");
            }
            "effectiveTimeDateTime" => into!(self, object, effective, "effectiveTimeDateTime"),
            "valueCodeableConcept" => into!(self, object, value, "valueCodeableConcept"),
            "verificationStatus" => into!(self, object, verification, "verificationStatus"),
            "authorizingPrescription" => self.rests_on(object)?,
            "medicationCodeableConcept" => into!(self, object, what, "medicationCodeableConcept"),
            _ => {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn rests_on<A: MapAccess<'a>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        let mut basis: Many<Pointer<'a>> = Many::default();
        object.next_value_seed(Fill(&mut basis))?;
        self.based_on.extend(basis.items.into_iter().map(|p| p.reference).filter(|r| !r.is_empty()));
        Ok(())
    }

    /// A wrapper becomes what it wraps; only its `fullUrl` is kept.
    fn unwrap_resource<A: MapAccess<'a>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        let full_url = std::mem::take(&mut self.full_url);
        if self.touched {
            *self = Resource::default();
        }
        // Nothing of the wrapper but these was filled: what it wraps can be filled in its place.
        (self.shape, self.at, self.id) = (Shape::Null, 0, Text::Absent);
        object.next_value_seed(Fill(&mut *self))?;
        self.wrapped = true;
        if self.shape == Shape::Null {
            self.shape = Shape::Object;
        }
        if self.shape == Shape::Scalar {
            (self.shape, self.touched) = (Shape::Object, true);
            self.odd.push("resource");
        }
        if !full_url.is_empty() {
            self.full_url = full_url;
        }
        Ok(())
    }

    /// `Type/id`, as others may refer to it; without an id what the URL of its entry says, if that is a reference; else empty.
    pub fn reference(&self) -> Box<str> {
        let kind = if self.kind == Kind::Other { self.word.as_str() } else { self.kind.name() };
        match self.id.as_str() {
            "" => match relative(self.full_url.as_str()) {
                url if url.starts_with("urn:") => url.into(),
                url if url.split_once('/').is_some_and(|(word, _)| word == kind) => url.into(),
                _ => "".into(),
            },
            id => {
                let mut reference = String::with_capacity(kind.len() + 1 + id.len());
                reference.push_str(kind);
                reference.push('/');
                reference.push_str(id);
                reference.into_boxed_str()
            }
        }
    }

    /// Whether it holds other resources: a Bundle, or a list.
    pub fn is_collection(&self) -> bool {
        let untyped = self.kind == Kind::Unsaid && !self.entries.items.is_empty();
        self.kind == Kind::Bundle || self.shape == Shape::List || untyped
    }
}
