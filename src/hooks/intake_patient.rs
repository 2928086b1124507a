//! From Patient and Observation to the body: weight, height, surface, renal function, pregnancy, lactation; and the labs.
//!
//! Codes are LOINC and its answers, or SNOMED CT; values are converted exactly, and what does not convert is said.

use crate::clinical::chart::{Bound, Lab, Measured, Patient, Pregnancy, Sex, Statement};
use crate::clinical::code::{Concept, System};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment, Span};
use crate::clinical::weight::WeightKind;
use crate::hooks::fhir::Resource;
use crate::hooks::fhir_parts::{Coded, Quantity};
use crate::hooks::intake_units as units;

/// Day 0 of a pregnancy lies so many days before its due date.
const TERM_DAYS: i64 = 280;
/// No pregnancy lasts longer: 44 weeks.
const PREGNANCY_DAYS_MAX: i64 = 308;
/// A gestational age noted before the tenth birthday is the one at which the patient was born.
const CHILD_DAYS: i64 = 3_653;

/// What the observations of a call say of the body, the latest of each winning.
#[derive(Debug, Default)]
pub struct Body {
    patient: Patient,
    pregnant: Option<Statement<bool>>,
    due: Option<Statement<Dated>>,
    /// The due date that the latest gestational age comes to.
    gestation: Option<Statement<Dated>>,
}

/// What became of an observation.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was taken in, or says nothing that counts.
    Used,
    /// It is a laboratory value for the chart.
    Lab(Lab),
    /// It measures the body in a unit or form we cannot read; the words.
    Unreadable(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Vital {
    Weight(WeightKind),
    Height,
    Surface,
    Clearance,
    Filtration,
    Creatinine,
    Pregnancy,
    Due,
    Gestation,
    Lactation,
}

/// What an observation is of. A weight has the code of any weight beside that of its kind: the kind counts.
fn vital(concept: &Concept) -> Option<Vital> {
    let mut found = None;
    for vital in concept.codes.iter().filter_map(|code| named(&code.system, &code.value)) {
        match (found, vital) {
            (None, _) | (Some(Vital::Weight(WeightKind::Measured)), Vital::Weight(_)) => found = Some(vital),
            _ => {}
        }
    }
    found
}

fn named(system: &System, code: &str) -> Option<Vital> {
    Some(match (system, code) {
        (System::Snomed, "27113001") => Vital::Weight(WeightKind::Measured),
        (System::Snomed, "445541000") => Vital::Weight(WeightKind::Dry),
        (System::Snomed, "784399000") => Vital::Weight(WeightKind::Stated),
        (System::Snomed, "170804003") => Vital::Weight(WeightKind::Ideal),
        (System::Loinc, code) => match code {
            "29463-7" | "3141-9" | "8350-1" | "8351-9" => Vital::Weight(WeightKind::Measured),
            "8341-0" => Vital::Weight(WeightKind::Dry),
            "3142-7" => Vital::Weight(WeightKind::Stated),
            "8335-2" => Vital::Weight(WeightKind::Estimated),
            "50064-5" => Vital::Weight(WeightKind::Ideal),
            "8302-2" | "3137-7" => Vital::Height,
            "3140-1" | "8277-6" => Vital::Surface,
            "2164-2" | "35592-5" => Vital::Clearance,
            "33914-3" | "48642-3" | "48643-1" | "50210-4" | "62238-1" | "69405-9" | "77147-7" | "98979-8"
            | "98980-6" => Vital::Filtration,
            "2160-0" | "14682-9" | "38483-4" => Vital::Creatinine,
            "82810-3" | "11449-6" => Vital::Pregnancy,
            "11778-8" | "11779-6" | "11780-4" | "11781-2" => Vital::Due,
            "18185-9" | "11884-4" | "11885-1" | "49051-6" => Vital::Gestation,
            "63895-7" => Vital::Lactation,
            _ => return None,
        },
        _ => return None,
    })
}

impl Vital {
    fn words(self) -> &'static str {
        match self {
            Vital::Weight(WeightKind::Measured) => "body weight",
            Vital::Weight(kind) => kind.name(),
            Vital::Height => "body height",
            Vital::Surface => "body surface",
            Vital::Clearance => "creatinine clearance",
            Vital::Filtration => "eGFR",
            Vital::Creatinine => "serum creatinine",
            Vital::Pregnancy => "pregnancy status",
            Vital::Due => "due date",
            Vital::Gestation => "gestational age",
            Vital::Lactation => "breastfeeding status",
        }
    }

    /// How many of our unit are in one of the unit sent, as numerator and denominator.
    fn factor(self, unit: &str) -> Option<(i64, i64)> {
        Some(match (self, unit) {
            (Vital::Weight(_), "kg" | "Kg" | "KG") => (1_000, 1),
            (Vital::Weight(_), "g") => (1, 1),
            (Vital::Weight(_), "[lb_av]" | "lb" | "lbs") => (45_359_237, 100_000),
            (Vital::Weight(_), "[oz_av]" | "oz") => (45_359_237, 1_600_000),
            (Vital::Height, "cm") => (10, 1),
            (Vital::Height, "m") => (1_000, 1),
            (Vital::Height, "mm") => (1, 1),
            (Vital::Height, "[in_i]" | "[in_us]" | "in" | "inch" | "inches") => (254, 10),
            (Vital::Surface, "m2" | "m^2" | "m²") => (1_000_000, 1),
            (Vital::Clearance, "mL/min" | "ml/min") => (1, 1),
            (
                Vital::Filtration,
                "mL/min/{1.73_m2}" | "mL/min/1.73m2" | "mL/min/1.73_m2" | "mL/min/1.73 m2" | "mL/min/1.73m²"
                | "mL/min/1.73 m²" | "mL/min/(1.73.m2)" | "mL/min/{1.73m2}" | "ml/min/1.73m2" | "mL/min" | "ml/min",
            ) => (1, 1),
            (Vital::Creatinine, "mg/dL" | "mg/dl") => (1_000, 1),
            (Vital::Creatinine, "umol/L" | "µmol/L" | "μmol/L" | "umol/l" | "µmol/l") => (100_000, 8_842),
            (Vital::Creatinine, "mmol/L") => (100_000_000, 8_842),
            _ => return None,
        })
    }

    fn convert(self, value: Exact, unit: &str) -> Option<Exact> {
        let (numerator, denominator) = self.factor(unit)?;
        value.checked_mul(Exact::ratio(numerator, denominator)?)
    }
}

impl Body {
    /// Takes the demographics of the patient.
    pub fn demographics(&mut self, resource: &Resource<'_>) {
        self.patient.born = self.patient.born.or(resource.born.start());
        self.patient.died |= resource.deceased;
        self.patient.sex = self.patient.sex.or(match resource.gender.as_str() {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            "other" => Some(Sex::Other),
            _ => None,
        });
    }

    /// Takes an observation.
    pub fn observation(&mut self, resource: &mut Resource<'_>) -> Seen {
        if matches!(resource.status.as_str(), "entered-in-error" | "cancelled") {
            return Seen::Used;
        }
        let concept = resource.what.take();
        let on = resource.effective.last().or(resource.issued.start());
        let vital = vital(&concept);
        match vital {
            Some(Vital::Pregnancy) => return self.pregnancy(resource, on),
            Some(Vital::Lactation) => return self.lactation(resource, on),
            Some(Vital::Due) => {
                if let Some(due) = resource.value_date.start() {
                    later(&mut self.due, due, on);
                }
                return Seen::Used;
            }
            Some(Vital::Gestation) => return self.gestation(resource, on),
            _ => {}
        }
        let Some(vital) = vital else { return Seen::Lab(lab(resource, concept, on)) };
        let Some(quantity) = resource.quantity.as_deref() else { return Seen::Used };
        let read = measured(vital, quantity);
        match (vital, read) {
            (Vital::Creatinine, read) => {
                if let Some(value) = read {
                    latest(&mut self.patient.kidneys.creatinine, value, on);
                }
                Seen::Lab(lab(resource, concept, on))
            }
            (_, None) => Seen::Unreadable([vital.words(), " ", &units::words(quantity)].concat()),
            (_, Some(value)) => {
                latest(self.place(vital), value, on);
                Seen::Used
            }
        }
    }

    fn place(&mut self, vital: Vital) -> &mut Option<Measured> {
        match vital {
            Vital::Weight(WeightKind::Measured) => &mut self.patient.weight,
            Vital::Weight(WeightKind::Dry) => &mut self.patient.weights.dry,
            Vital::Weight(WeightKind::Stated) => &mut self.patient.weights.stated,
            Vital::Weight(WeightKind::Estimated) => &mut self.patient.weights.estimated,
            Vital::Weight(WeightKind::Ideal) => &mut self.patient.weights.ideal,
            Vital::Height => &mut self.patient.height,
            Vital::Surface => &mut self.patient.surface,
            Vital::Clearance => &mut self.patient.kidneys.clearance,
            Vital::Filtration => &mut self.patient.kidneys.egfr,
            Vital::Creatinine | Vital::Pregnancy | Vital::Due | Vital::Gestation | Vital::Lactation => {
                &mut self.patient.kidneys.creatinine
            }
        }
    }

    fn pregnancy(&mut self, resource: &mut Resource<'_>, on: Option<Dated>) -> Seen {
        let answer = answer(resource, &["77386006", "LA15173-0"], &["60001007", "LA26683-5"]);
        if let Some(pregnant) = answer {
            later(&mut self.pregnant, pregnant, on);
        }
        Seen::Used
    }

    /// A gestational age becomes the due date it comes to: weeks are completed weeks, so that a whole week stays open.
    fn gestation(&mut self, resource: &Resource<'_>, on: Option<Dated>) -> Seen {
        let Some(quantity) = resource.quantity.as_deref() else { return Seen::Used };
        let unreadable = || Seen::Unreadable(["gestational age ", &units::words(quantity)].concat());
        let weeks = |value: Exact, unit: &str| matches!(unit, "wk" | "week" | "weeks" | "wks").then_some(value);
        let days = |value: Exact, unit: &str| matches!(unit, "d" | "day" | "days").then_some(value);
        let floor = |n: Exact| n.numerator().div_euclid(n.denominator());
        let (least, most) = match (units::scaled(quantity, weeks), units::scaled(quantity, days)) {
            (Some(weeks), None) => (floor(weeks) * 7, floor(weeks) * 7 + 6),
            (None, Some(days)) => (floor(days), floor(days)),
            _ => return unreadable(),
        };
        let Some(on) = on.filter(|_| (0..=PREGNANCY_DAYS_MAX).contains(&least)) else { return unreadable() };
        let due = |on: Moment, age: i64| on.plus(Span::days(TERM_DAYS - age));
        let value = Dated { earliest: due(on.earliest, most), latest: due(on.latest, least) };
        later(&mut self.gestation, value, Some(on));
        Seen::Used
    }

    fn lactation(&mut self, resource: &mut Resource<'_>, on: Option<Dated>) -> Seen {
        if let Some(breastfeeding) = answer(resource, &["LA29252-6"], &["LA29253-4"]) {
            later(&mut self.patient.lactation, breastfeeding, on);
        }
        Seen::Used
    }

    /// The patient, as of a moment. A due date counts for a pregnancy that may be running: from 280 days before it to three
    /// weeks after; alone it states one, unless a later statement denies it. So does a gestational age, but not of a child
    /// (it is the one at which the child was born), nor where the date of birth is not known; it then tells the weeks alone.
    pub fn patient(self, as_of: Moment) -> Patient {
        let running = |due: &Statement<Dated>| {
            let day = due.value.earliest;
            day.minus(Span::days(TERM_DAYS)) <= as_of && as_of <= due.value.latest.plus(Span::days(21))
        };
        let (born, male) = (self.patient.born, self.patient.sex == Some(Sex::Male));
        let grown = |due: &Statement<Dated>| {
            born.zip(due.on).is_some_and(|(born, on)| on.earliest >= born.latest.plus(Span::days(CHILD_DAYS)))
        };
        let child = |due: &Statement<Dated>| born.is_some() && !grown(due);
        let due = self.due.filter(running);
        let told = due.or(self.gestation.filter(|g| running(g) && !child(g)));
        let stated = due.or(told.filter(|g| grown(g) && !male));
        let yes = |on| Statement { value: Pregnancy::Yes { due: told.map(|d| d.value) }, on };
        let pregnancy = match (self.pregnant, stated) {
            (Some(Statement { value: false, on }), Some(due)) if date(due.on) > date(on) => Some(yes(due.on)),
            (Some(Statement { value: false, on }), _) => Some(Statement { value: Pregnancy::No, on }),
            (Some(Statement { value: true, on }), _) => Some(yes(on)),
            (None, Some(due)) => Some(yes(due.on)),
            (None, None) => None,
        };
        Patient { pregnancy, ..self.patient }
    }
}

/// The value in our unit. `>` before a renal function counts as the number itself, the worse case; any other bound is none.
fn measured(vital: Vital, quantity: &Quantity<'_>) -> Option<Exact> {
    let above = matches!(quantity.comparator.as_str(), ">" | ">=");
    let renal = matches!(vital, Vital::Clearance | Vital::Filtration);
    let convert = |value: Exact, unit: &str| vital.convert(value, unit);
    let value = if above && renal { units::unbounded(quantity, convert) } else { units::scaled(quantity, convert) };
    value.filter(|value| value.is_positive())
}

/// A yes or no among coded answers.
fn answer(resource: &mut Resource<'_>, yes: &[&str], no: &[&str]) -> Option<bool> {
    let concept = resource.value.as_deref_mut().map(Coded::take)?;
    concept.codes.iter().filter(|code| matches!(code.system, System::Snomed | System::Loinc)).find_map(|code| {
        let code = code.value.as_ref();
        if yes.contains(&code) {
            Some(true)
        } else if no.contains(&code) {
            Some(false)
        } else {
            None
        }
    })
}

fn lab(resource: &Resource<'_>, concept: Concept, on: Option<Dated>) -> Lab {
    let quantity = resource.quantity.as_deref();
    let (bound, readable) = match quantity.map(|q| q.comparator.as_str()) {
        Some("<" | "<=") => (Some(Bound::Below), true),
        Some(">" | ">=") => (Some(Bound::Above), true),
        Some("") | None => (None, true),
        Some(_) => (None, false),
    };
    let value = quantity.map_or(resource.number, |q| q.value);
    Lab {
        reference: resource.reference(),
        concept,
        value: if readable { value.exact() } else { None },
        bound,
        unit: quantity.map_or("", units::unit).into(),
        on,
    }
}

fn date(on: Option<Dated>) -> Option<(Moment, Moment)> {
    on.map(|on| (on.earliest, on.latest))
}

fn latest(place: &mut Option<Measured>, value: Exact, on: Option<Dated>) {
    if place.is_none_or(|old| date(on) > date(old.on)) {
        *place = Some(Measured { value, on });
    }
}

fn later<T>(place: &mut Option<Statement<T>>, value: T, on: Option<Dated>) {
    if place.as_ref().is_none_or(|old| date(on) > date(old.on)) {
        *place = Some(Statement { value, on });
    }
}
