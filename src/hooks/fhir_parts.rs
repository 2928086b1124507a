//! The parts FHIR resources are made of, as far as we read them: codes, references, dates, quantities, schedules.

use crate::clinical::code::{Code, Concept, System};
use crate::clinical::time::{Dated, Interval};
use crate::hooks::fhir_identifier::Identifier;
use crate::hooks::fhir_times::{AsNeeded, Event};
use crate::hooks::lenient::{Fill, Flag, Key, Lenient, Many, Number, Text, first_of, node};
use crate::hooks::limits::ELEMENTS_MAX;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Anything coded: CodeableConcept, Coding, CodeableReference, Reference, or bare words. What it says of codes and words is
/// its concept; where it points to another resource, the reference is kept as sent.
#[derive(Debug, Default)]
pub struct Coded<'a> {
    /// Codes and words.
    pub concept: Concept,
    /// Where it points: a reference, or an identifier as `system|value`.
    pub pointer: Text<'a>,
    display: Option<Box<str>>,
    odd: bool,
}

impl Coded<'_> {
    /// The concept, taken out: its words are its text, else the first display.
    pub fn take(&mut self) -> Concept {
        let mut concept = std::mem::take(&mut self.concept);
        if concept.text.is_none() {
            concept.text = self.display.take();
        }
        concept
    }

    /// Whether nothing at all was sent.
    pub fn is_empty(&self) -> bool {
        self.concept.is_empty() && self.display.is_none() && self.pointer.is_empty()
    }

    fn code(&mut self, system: &Text<'_>, code: &Text<'_>, display: &Text<'_>) {
        if let Some(code) = Code::new(System::from_uri(system.as_str()), code.as_str())
            && self.concept.codes.len() < ELEMENTS_MAX
        {
            self.concept.codes.push(code);
        }
        if self.display.is_none() {
            self.display = display.boxed();
        }
    }
}

impl<'a> Lenient<'a> for Coded<'a> {
    fn mark(&mut self) {
        self.odd = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn text(&mut self, text: Cow<'a, str>) {
        let mut words = Text::default();
        words.text(text);
        *self = Coded { concept: Concept { text: words.boxed(), ..Concept::default() }, ..Coded::default() };
    }

    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        first_of(self, list)
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        *self = Coded::default();
        let (mut system, mut code, mut display, mut text): (Text<'a>, Text<'a>, Text<'a>, Text<'a>) =
            Default::default();
        while let Some(key) = object.next_key::<Key<'a>>()? {
            match key.0.as_ref() {
                "coding" => {
                    let mut codings: Many<Coding<'a>> = Many::default();
                    object.next_value_seed(Fill(&mut codings))?;
                    self.odd |= codings.is_odd();
                    for coding in codings.iter() {
                        self.code(&coding.system, &coding.code, &coding.display);
                    }
                }
                "text" => {
                    object.next_value_seed(Fill(&mut text))?;
                    self.odd |= text.is_odd();
                }
                "system" => object.next_value_seed(Fill(&mut system))?,
                "code" => object.next_value_seed(Fill(&mut code))?,
                "display" => object.next_value_seed(Fill(&mut display))?,
                "concept" => {
                    let mut inner = Coded::default();
                    object.next_value_seed(Fill(&mut inner))?;
                    self.odd |= inner.odd;
                    self.display = self.display.take().or(inner.display.take());
                    self.concept = inner.concept;
                }
                "reference" => {
                    let mut inner = Pointer::default();
                    object.next_value_seed(Fill(&mut inner))?;
                    self.odd |= inner.is_odd();
                    self.display = self.display.take().or(inner.display.boxed());
                    if !inner.reference.is_empty() {
                        self.pointer = inner.reference;
                    }
                }
                "identifier" => {
                    let mut inner = Identifier::default();
                    object.next_value_seed(Fill(&mut inner))?;
                    self.odd |= inner.is_odd();
                    if self.pointer.is_empty() {
                        self.pointer = inner.pointer();
                    }
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.code(&system, &code, &display);
        self.odd |= code.is_odd();
        if let Some(words) = text.boxed() {
            self.concept.text = Some(words);
        }
        Ok(())
    }
}

node! {
    /// One code of one system.
    Coding<'a> {
        /// The system's URI.
        system: Text<'a> = "system",
        /// The code.
        code: Text<'a> = "code",
        /// What it is called.
        display: Text<'a> = "display",
    }
}

node! {
    /// A Reference; a bare string is taken for one.
    PointerObject<'a> {
        /// `Type/id`, `#id`, a URL or a URN.
        reference: Text<'a> = "reference",
        /// What it is called.
        display: Text<'a> = "display",
        /// What it bears, where no reference is sent.
        identifier: Identifier<'a> = "identifier",
    }
}

/// A Reference, or a bare string in its place.
#[derive(Debug, Default)]
pub struct Pointer<'a> {
    /// `Type/id`, `#id`, a URL or a URN; an identifier as `system|value`, where that is all.
    pub reference: Text<'a>,
    /// What it is called.
    pub display: Text<'a>,
    odd: bool,
}

impl<'a> Lenient<'a> for Pointer<'a> {
    fn mark(&mut self) {
        self.odd = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn text(&mut self, text: Cow<'a, str>) {
        *self = Pointer::default();
        self.reference.text(text);
    }

    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        first_of(self, list)
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        let mut inner = PointerObject::default();
        inner.object(object)?;
        let odd = inner.is_odd();
        let reference = if inner.reference.is_empty() { inner.identifier.pointer() } else { inner.reference };
        *self = Pointer { odd, reference, display: inner.display };
        Ok(())
    }
}

/// One status or category word: a plain code, or the first code of a CodeableConcept, else its words.
#[derive(Debug, Default)]
pub struct Label<'a> {
    word: Text<'a>,
}

impl Label<'_> {
    /// The code; empty when there is none.
    pub fn as_str(&self) -> &str {
        self.word.as_str()
    }
}

impl<'a> Lenient<'a> for Label<'a> {
    fn mark(&mut self) {
        self.word.mark();
    }

    fn is_odd(&self) -> bool {
        self.word.is_odd()
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.word.text(text);
    }

    fn list<A: SeqAccess<'a>>(&mut self, mut list: A) -> Result<(), A::Error> {
        self.word = Text::Absent;
        loop {
            let mut item = Label::default();
            if list.next_element_seed(Fill(&mut item))?.is_none() {
                return Ok(());
            }
            if self.word.is_empty() && !matches!(item.word, Text::Absent) {
                self.word = item.word;
            }
        }
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        let (mut coded, mut words) = (Label::default(), Text::default());
        while let Some(key) = object.next_key::<Key<'a>>()? {
            match key.0.as_ref() {
                "coding" | "code" | "concept" => object.next_value_seed(Fill(&mut coded))?,
                "text" => object.next_value_seed(Fill(&mut words))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.word = if coded.word.is_empty() { words } else { coded.word };
        Ok(())
    }
}

/// Every category code in whatever it was sent as: codes, CodeableConcepts, lists of either. Words only where no code is.
#[derive(Debug, Default)]
pub struct Labels<'a> {
    words: SmallVec<[Cow<'a, str>; 1]>,
    odd: bool,
}

impl<'a> Labels<'a> {
    /// The codes, in the order sent.
    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        &self.words
    }
}

impl<'a> Lenient<'a> for Labels<'a> {
    fn mark(&mut self) {
        self.odd = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn text(&mut self, text: Cow<'a, str>) {
        let mut word = Text::default();
        word.text(text);
        if let Text::Is(word) = word
            && self.words.len() < ELEMENTS_MAX
        {
            self.words.push(word);
        }
    }

    fn list<A: SeqAccess<'a>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Fill(&mut *self))?.is_some() {}
        Ok(())
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        let before = self.words.len();
        let mut words = Text::default();
        while let Some(key) = object.next_key::<Key<'a>>()? {
            match key.0.as_ref() {
                "coding" | "code" => object.next_value_seed(Fill(&mut *self))?,
                "text" => object.next_value_seed(Fill(&mut words))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        if self.words.len() == before
            && let Text::Is(words) = words
        {
            self.words.push(words);
        }
        Ok(())
    }
}

/// A date, or a period: from when to when. Small, because a resource has many.
#[derive(Debug, Default)]
pub enum Stretch {
    /// Not sent.
    #[default]
    Absent,
    /// Sent, and no date.
    Odd,
    /// A date.
    Date(Dated),
    /// A period.
    Period(Box<Ends>),
}

/// The ends of a period, as far as they were sent.
#[derive(Debug, Default)]
pub struct Ends {
    start: Option<Dated>,
    end: Option<Dated>,
    odd: bool,
}

impl Stretch {
    /// Its beginning, or the date itself.
    pub fn start(&self) -> Option<Dated> {
        match self {
            Stretch::Date(date) => Some(*date),
            Stretch::Period(ends) => ends.start,
            Stretch::Absent | Stretch::Odd => None,
        }
    }

    /// The date, where it was sent as one.
    pub fn date(&self) -> Option<Dated> {
        match self {
            Stretch::Date(date) => Some(*date),
            Stretch::Absent | Stretch::Odd | Stretch::Period(_) => None,
        }
    }

    /// The last date it names.
    pub fn last(&self) -> Option<Dated> {
        match self {
            Stretch::Period(ends) => ends.end.or(ends.start),
            other => other.start(),
        }
    }

    /// Whether it was sent as a period.
    pub fn is_period(&self) -> bool {
        matches!(self, Stretch::Period(_))
    }

    /// The period; open at both ends where none was sent.
    pub fn interval(&self) -> Interval {
        match self {
            Stretch::Period(ends) => {
                Interval { start: ends.start.map(|d| d.earliest), end: ends.end.map(|d| d.latest) }
            }
            _ => Interval::default(),
        }
    }
}

impl<'a> Lenient<'a> for Stretch {
    fn mark(&mut self) {
        *self = Stretch::Odd;
    }

    fn is_odd(&self) -> bool {
        match self {
            Stretch::Odd => true,
            Stretch::Period(ends) => ends.odd,
            Stretch::Absent | Stretch::Date(_) => false,
        }
    }

    fn text(&mut self, text: Cow<'a, str>) {
        *self = match Dated::parse(&text) {
            Some(date) => Stretch::Date(date),
            None if text.trim().is_empty() => Stretch::Absent,
            None => Stretch::Odd,
        };
    }

    fn object<A: MapAccess<'a>>(&mut self, mut object: A) -> Result<(), A::Error> {
        let (mut start, mut end) = (Stretch::default(), Stretch::default());
        while let Some(key) = object.next_key::<Key<'a>>()? {
            match key.0.as_ref() {
                "start" => object.next_value_seed(Fill(&mut start))?,
                "end" => object.next_value_seed(Fill(&mut end))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        let odd = start.is_odd() || end.is_odd();
        *self = Stretch::Period(Box::new(Ends { start: start.start(), end: end.start(), odd }));
        Ok(())
    }
}

node! {
    /// A quantity with its unit.
    Quantity<'a> {
        /// The number as written.
        value: Number<'a> = "value",
        /// `<`, `<=`, `>=`, `>`.
        comparator: Text<'a> = "comparator",
        /// The unit in words.
        unit: Text<'a> = "unit" | "units",
        /// The system of the code.
        system: Text<'a> = "system",
        /// The unit as a code.
        code: Text<'a> = "code",
    }
}

node! {
    /// Two quantities, one over the other.
    Ratio<'a> {
        /// Above the line.
        numerator: Quantity<'a> = "numerator",
        /// Below the line.
        denominator: Quantity<'a> = "denominator",
    }
}

node! {
    /// From one quantity to another.
    Range<'a> {
        /// The least.
        low: Quantity<'a> = "low",
        /// The most.
        high: Quantity<'a> = "high",
    }
}

node! {
    /// One dosage instruction: its own amounts (STU3, administrations) and those of `doseAndRate` (R4, R5).
    Dosage<'a> {
        /// Place among the phases.
        sequence: Number<'a> = "sequence",
        /// The words.
        text: Text<'a> = "text",
        /// The words for the patient, where no others stand.
        patient_text: Text<'a> = "patientInstruction",
        /// When.
        timing: Option<Box<Timing<'a>>> = "timing",
        /// Whether only when needed.
        as_needed: Flag = "asNeededBoolean",
        /// What it is needed for; its presence says that it is given only then. R5 writes the flag here.
        as_needed_for: AsNeeded = "asNeeded" | "asNeededFor" | "asNeededCodeableConcept",
        /// The route.
        route: Coded<'a> = "route",
        /// Amounts of R4 and R5.
        dose_and_rate: Many<Given<'a>> = "doseAndRate",
        /// A dose at the level of the instruction.
        dose: Option<Box<Quantity<'a>>> = "doseQuantity" | "dose" | "quantityQuantity" | "quantity",
        /// A range of doses there.
        dose_range: Option<Box<Range<'a>>> = "doseRange" | "quantityRange",
        /// A rate there.
        rate_ratio: Option<Box<Ratio<'a>>> = "rateRatio",
        /// A rate as one quantity.
        rate: Option<Box<Quantity<'a>>> = "rateQuantity",
        /// A range of rates.
        rate_range: Option<Box<Range<'a>>> = "rateRange",
        /// Never more than this in so much time.
        max_per_period: Many<Ratio<'a>> = "maxDosePerPeriod",
        /// Never more than this at once.
        max_per_administration: Option<Box<Quantity<'a>>> = "maxDosePerAdministration",
    }
}

node! {
    /// One entry of `doseAndRate`.
    Given<'a> {
        /// A dose.
        dose: Option<Box<Quantity<'a>>> = "doseQuantity",
        /// A range of doses.
        dose_range: Option<Box<Range<'a>>> = "doseRange",
        /// A rate.
        rate_ratio: Option<Box<Ratio<'a>>> = "rateRatio",
        /// A rate as one quantity.
        rate: Option<Box<Quantity<'a>>> = "rateQuantity",
        /// A range of rates.
        rate_range: Option<Box<Range<'a>>> = "rateRange",
    }
}

node! {
    /// When.
    TimingObject<'a> {
        /// The rule of repetition.
        repeat: Option<Box<Repeat<'a>>> = "repeat",
        /// A code for it (`BID`), or words.
        code: Coded<'a> = "code",
        /// Moments named one by one.
        event: Many<Event> = "event",
    }
}

/// When; a bare string is words.
#[derive(Debug, Default)]
pub struct Timing<'a> {
    /// What was sent as an object.
    pub parts: TimingObject<'a>,
    /// What was sent as words, or in a shape nobody can read: not a schedule.
    pub is_words: bool,
    odd: bool,
}

impl<'a> Lenient<'a> for Timing<'a> {
    fn mark(&mut self) {
        self.odd = true;
        self.is_words = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn text(&mut self, _text: Cow<'a, str>) {
        self.is_words = true;
    }

    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        first_of(self, list)
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        self.parts.object(object)?;
        self.odd = self.parts.is_odd();
        Ok(())
    }
}

node! {
    /// The rule of repetition, over all FHIR versions.
    Repeat<'a> {
        /// Times in each period.
        frequency: Number<'a> = "frequency",
        /// At most so many times.
        frequency_max: Number<'a> = "frequencyMax",
        /// The period.
        period: Number<'a> = "period",
        /// At most so long.
        period_max: Number<'a> = "periodMax",
        /// Its unit (`periodUnits` in DSTU2, `unit` in drafts before it).
        period_unit: Text<'a> = "periodUnit" | "periodUnits" | "unit" | "units",
        /// So many times in all.
        count: Number<'a> = "count",
        /// At most so many times in all.
        count_max: Number<'a> = "countMax",
        /// How long one giving runs.
        duration: Number<'a> = "duration",
        /// At most so long.
        duration_max: Number<'a> = "durationMax",
        /// Its unit.
        duration_unit: Text<'a> = "durationUnit" | "durationUnits",
        /// Events of the day it is tied to.
        when: Many<Text<'a>> = "when",
        /// Clock times.
        time_of_day: Many<Text<'a>> = "timeOfDay",
        /// Days of the week.
        day_of_week: Many<Text<'a>> = "dayOfWeek",
        /// From when to when.
        bounds_period: Stretch = "boundsPeriod",
        /// How long.
        bounds_duration: Option<Box<Quantity<'a>>> = "boundsDuration" | "boundsQuantity",
        /// How long, from and to.
        bounds_range: Option<Box<Range<'a>>> = "boundsRange",
    }
}
