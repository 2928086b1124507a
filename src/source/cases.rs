//! Cases beside a rule: a chart written in names, and what must and must not be found in it.

use crate::clinical::category::Category;
use crate::clinical::chart::{self, Kidneys};
use crate::clinical::chart::{
    Allergy, AllergyKind, AllergyStatus, ClinicalStatus, Criticality, Lab, Measured, Patient, Pregnancy, Problem,
    Procedure, Reaction, ReactionSeverity, Receipt, Received, Setting, Sex, Statement, Verification,
};
use crate::clinical::code::{Code, Concept, System};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment, Span};
use crate::clinical::weight::Weights;
use crate::source::amounts;
use crate::source::conditions::{CRITICALITIES, REACTION_SEVERITIES, SETTINGS, VERIFICATIONS};
use crate::source::fields::{self, Fields};
use crate::source::limits::CASE_ENTRIES_MAX;
use crate::source::medications::medications;
use crate::source::mistakes;
use crate::source::reader::{Reader, Value};
use crate::source::terminology::code_of_word;
use crate::source::tree::{Name, Written, WrittenCode};
use crate::source::tree_case::{Case, CaseChart, DrugWord, Vignette};
use smallvec::SmallVec;
use toml::de::DeValue;

/// The cases of a rule.
pub fn cases(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for value in f.tables(r, "case") {
        let Some(mut inner) = Fields::open(r, "case", value, "the case") else { continue };
        let case = case(r, &mut inner);
        inner.close(r);
        cases.extend(case);
    }
    cases
}

/// A whole patient: a case that no single rule owns.
pub fn vignette(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Vignette> {
    if f.peek("category").is_none() {
        f.lacks(r, "category", "`category = \"interaction\"`: what kind of error the patient shows");
    }
    let category = f.word(r, "category", Category::from_word, Category::WORDS);
    let case = case(r, f);
    Some(Vignette { category: category?, case: case? })
}

fn case(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Case> {
    let name = f.need_text(r, "name", "`name = \"...\"`: what the case shows");
    let as_of = f.need_text(r, "as-of", "`as-of = \"2026-01-15\"`: time is never guessed");
    let today = as_of.as_ref().and_then(|written| {
        let read = Dated::parse(&written.value).filter(|_| written.value.len() >= 10);
        if read.is_none() {
            r.report(mistakes::bad_date(written.span, "as-of", &written.value, "a day, such as `\"2026-01-15\"`"));
        }
        read
    });
    let chart = chart(r, f, today);
    let entries = chart.medications.len() + chart.allergies.len() + chart.problems.len() + chart.labs.len();
    let entries = entries + chart.procedures.len();
    if entries > CASE_ENTRIES_MAX {
        r.report(mistakes::over_limit(f.span(), "entries in one case", entries, CASE_ENTRIES_MAX));
    }
    let (expect, expect_not, expect_gap) = (f.texts(r, "expect"), f.texts(r, "expect-not"), f.texts(r, "expect-gap"));
    let (interrupts, quiet) = (f.flag(r, "interrupts"), quiet(r, f));
    if ["expect", "expect-not", "expect-gap", "interrupts", "quiet"].iter().all(|key| f.peek(key).is_none()) {
        let write =
            "`expect`, `expect-not` or `expect-gap` with what is to be found, `interrupts = false` or `quiet = true`";
        f.lacks(r, "expect", write);
    }
    let span = f.span();
    Some(Case { chart, expect, expect_not, expect_gap, interrupts, quiet, span, name: name?, as_of: as_of? })
}

/// `quiet = true`; the opposite would demand nothing that could be told.
fn quiet(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Written<bool>> {
    let quiet = f.flag(r, "quiet");
    if let Some(quiet) = quiet.as_ref().filter(|quiet| !quiet.value) {
        let cure = "write in `expect` what is to be found, or take the line out";
        r.report(mistakes::keys_disagree(quiet.span, "`quiet = false` has no effect", "demands nothing", cure));
    }
    quiet
}

/// Everything listed was received complete, unless the case says otherwise; values without a date are of the day.
fn chart(r: &mut Reader, f: &mut Fields<'_, '_>, today: Option<Dated>) -> CaseChart {
    const FOCUSES: &[&str] = &["orders", "existing", "verify", "allergy"];
    let (mut patient, setting) = patient(r, f, today);
    patient.kidneys = kidneys(r, f, today);
    let focus = f.text(r, "focus");
    if let Some(focus) = focus.as_ref().filter(|focus| !FOCUSES.contains(&focus.value.as_str())) {
        r.report(mistakes::unknown_word(focus.span, "focus", &focus.value, FOCUSES));
    }
    let no_known_allergies = f.flag(r, "no-known-allergies");
    let allergies = allergies(r, f);
    if let Some(flag) = no_known_allergies.as_ref().filter(|flag| flag.value && !allergies.is_empty()) {
        let cure = "keep the entries, or the statement";
        r.report(mistakes::keys_disagree(flag.span, "allergies are listed and denied", "there are entries", cure));
    }
    let none_known = no_known_allergies.is_some_and(|flag| flag.value);
    CaseChart {
        patient,
        setting: setting as u8,
        focus,
        medications: medications(r, f),
        allergy_status: match (allergies.is_empty(), none_known) {
            (false, _) => AllergyStatus::Recorded,
            (true, true) => AllergyStatus::NoneKnown,
            (true, false) => AllergyStatus::NotAsked,
        },
        allergies,
        no_known_allergies: none_known,
        problems: problems(r, f),
        procedures: procedures(r, f),
        labs: labs(r, f, today),
        received: received(r, f),
    }
}

fn received(r: &mut Reader, f: &mut Fields<'_, '_>) -> Received {
    const LISTS: &[&str] = &["patient", "medications", "allergies", "problems", "labs"];
    let mut received = Received {
        patient: Receipt::Complete,
        medications: Receipt::Complete,
        allergies: Receipt::Complete,
        problems: Receipt::Complete,
        labs: Receipt::Complete,
    };
    for (key, receipt) in [
        ("not-sent", Receipt::NotSent),
        ("incomplete", Receipt::Partial),
        ("failed", Receipt::Failed("the list could not be read".into())),
    ] {
        for list in f.words(r, key, |word| LISTS.iter().position(|l| *l == word), LISTS) {
            let slot = match list.value {
                0 => &mut received.patient,
                1 => &mut received.medications,
                2 => &mut received.allergies,
                3 => &mut received.problems,
                _ => &mut received.labs,
            };
            *slot = receipt.clone();
        }
    }
    received
}

fn patient(r: &mut Reader, f: &mut Fields<'_, '_>, today: Option<Dated>) -> (Patient, Setting) {
    let mut patient = Patient::default();
    let Some(value) = f.get("patient") else { return (patient, Setting::Unknown) };
    let Some(mut f) = Fields::open(r, "patient", value, "the patient") else { return (patient, Setting::Unknown) };
    patient.born = f.date(r, "born").map(|w| w.value);
    patient.sex = f.word(r, "sex", sex_of_word, &["female", "male", "other"]).map(|w| w.value);
    let on = f.date(r, "measured").map(|w| w.value).or(today);
    let measured = |value: Exact| Measured { value, on };
    let grams = |text: &str| amounts::grams(text).map(|(_, n)| n);
    patient.weight = quantity(r, &mut f, "weight", "70 kg", grams).map(measured);
    patient.weights = Weights {
        dry: quantity(r, &mut f, "dry-weight", "70 kg", grams).map(measured),
        stated: quantity(r, &mut f, "stated-weight", "70 kg", grams).map(measured),
        estimated: quantity(r, &mut f, "estimated-weight", "70 kg", grams).map(measured),
        ideal: quantity(r, &mut f, "ideal-weight", "70 kg", grams).map(measured),
    };
    patient.height = quantity(r, &mut f, "height", "170 cm", amounts::millimetres).map(measured);
    patient.surface = quantity(r, &mut f, "surface", "1.8 m2", amounts::square_millimetres).map(measured);
    patient.pregnancy = pregnancy(r, &mut f, today);
    patient.lactation = f.flag(r, "breastfeeding").map(|b| Statement { value: b.value, on: today });
    patient.died = f.is_set(r, "died");
    let setting = f.word(r, "setting", setting_of_word, &SETTINGS[1..]);
    f.close(r);
    (patient, setting.map_or(Setting::Unknown, |w| w.value))
}

/// Whether pregnant; how far, by the due date or by the weeks completed today.
fn pregnancy(r: &mut Reader, f: &mut Fields<'_, '_>, today: Option<Dated>) -> Option<Statement<Pregnancy>> {
    let due = f.date(r, "due");
    let weeks = f.seconds(r, "weeks");
    let pregnant = f.flag(r, "pregnant");
    let stated = pregnant.as_ref().is_some_and(|p| p.value);
    for (key, span) in [("due", due.as_ref().map(|d| d.span)), ("weeks", weeks.as_ref().map(|w| w.span))] {
        if let Some(span) = span.filter(|_| !stated) {
            let message = format!("`{key}` has no effect without `pregnant = true`");
            let cure = "write `pregnant = true` beside it, or take it out";
            r.report(mistakes::keys_disagree(span, message, "no pregnancy is stated", cure));
        }
    }
    if let (Some(_), Some(weeks)) = (&due, &weeks) {
        let cure = "keep one of the two";
        r.report(mistakes::keys_disagree(weeks.span, "both `due` and `weeks` are written", "the second way", cure));
    }
    // Day 0 lies 280 days before the due date.
    let by_weeks = |today: Dated, weeks: i64| {
        let ahead = |day: Moment| day.plus(Span::days(280)).minus(Span(weeks));
        Dated { earliest: ahead(today.earliest), latest: ahead(today.latest) }
    };
    let due = due.map(|d| d.value).or_else(|| Some(by_weeks(today?, weeks?.value)));
    let value = |p: bool| if p { Pregnancy::Yes { due } } else { Pregnancy::No };
    pregnant.map(|p| Statement { value: value(p.value), on: today })
}

fn kidneys(r: &mut Reader, f: &mut Fields<'_, '_>, today: Option<Dated>) -> Kidneys {
    let on = f.date(r, "renal-on").map(|w| w.value).or(today);
    let measured = |value: Exact| Measured { value, on };
    let clearance = |text: &str| amounts::clearance(text).map(|(_, n)| n);
    let filtration = |text: &str| amounts::filtration(text).map(|(_, n)| n);
    Kidneys {
        clearance: quantity(r, f, "crcl", "45 mL/min", clearance).map(measured),
        egfr: quantity(r, f, "egfr", "40 mL/min/1.73m2", filtration).map(measured),
        dialysis: f.flag(r, "dialysis").map(|w| w.value),
        acute_injury: f.flag(r, "acute-kidney-injury").map(|w| w.value),
        creatinine: quantity(r, f, "creatinine", "1.2 mg/dL", amounts::creatinine).map(measured),
    }
}

fn quantity(
    r: &mut Reader,
    f: &mut Fields<'_, '_>,
    key: &'static str,
    example: &str,
    read: impl Fn(&str) -> Option<Exact>,
) -> Option<Exact> {
    f.read(r, key, read, |span, key, found| mistakes::bad_quantity(span, key, found, example)).map(|w| w.value)
}

fn allergies(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<(DrugWord, Vec<Name>, Allergy)> {
    let mut allergies = Vec::new();
    for value in f.tables(r, "allergies") {
        let Some(mut inner) = Fields::open(r, "allergies", value, "the allergy") else { continue };
        let to = word_for(r, &mut inner, "to", "`to = \"...\"`: an ingredient, class, allergen, or `system|code`");
        let reactions = inner.texts(r, "reaction");
        let allergy = allergy(r, &mut inner, to.as_ref(), !reactions.is_empty());
        inner.close(r);
        allergies.extend(to.map(|to| (to, reactions, allergy)));
    }
    allergies
}

fn allergy(r: &mut Reader, f: &mut Fields<'_, '_>, to: Option<&DrugWord>, reacted: bool) -> Allergy {
    let severity = f.word(r, "severity", severity_of_word, REACTION_SEVERITIES).map(|w| w.value);
    let reaction = Reaction { severity, ..Reaction::default() };
    Allergy {
        reference: f.text(r, "id").map(|id| id.value).unwrap_or_default().into_boxed_str(),
        in_hand: f.is_set(r, "new"),
        substance: match to {
            Some(DrugWord::Words(words)) => {
                Concept { codes: SmallVec::new(), text: Some(words.value.clone().into_boxed_str()) }
            }
            _ => Concept::default(),
        },
        kind: f.word(r, "kind", kind_of_word, &["allergy", "intolerance"]).map(|w| w.value),
        reactions: (reacted || severity.is_some()).then_some(reaction).into_iter().collect(),
        criticality: f.word(r, "criticality", criticality_of_word, CRITICALITIES).map(|w| w.value),
        clinical: clinical(r, f),
        verification: verification(r, f),
        onset: f.date(r, "on").map(|w| w.value),
        last: f.date(r, "last").map(|w| w.value),
        categories: f.texts(r, "category").into_iter().map(|c| c.value.into_boxed_str()).collect(),
    }
}

fn problems(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<(DrugWord, Problem)> {
    let mut problems = Vec::new();
    for value in f.tables(r, "problems") {
        let Some(mut inner) = Fields::open(r, "problems", value, "the problem of the case") else { continue };
        let what = word_for(r, &mut inner, "problem", "`problem = \"...\"`: a problem by name, or `system|code`");
        let problem = Problem {
            reference: Box::default(),
            concept: match &what {
                Some(DrugWord::Words(words)) => {
                    Concept { codes: SmallVec::new(), text: Some(words.value.clone().into_boxed_str()) }
                }
                _ => Concept::default(),
            },
            clinical: clinical(r, &mut inner),
            verification: verification(r, &mut inner),
            onset: inner.date(r, "onset").map(|w| w.value),
            ended: inner.date(r, "ended").map(|w| w.value),
            recorded: inner.date(r, "recorded").map(|w| w.value),
        };
        inner.close(r);
        problems.extend(what.map(|what| (what, problem)));
    }
    problems
}

fn procedures(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<(DrugWord, Procedure)> {
    let mut procedures = Vec::new();
    for value in f.tables(r, "procedures") {
        let Some(mut inner) = Fields::open(r, "procedures", value, "the procedure of the case") else { continue };
        let wanted = "`procedure = \"...\"`: a problem that is done, by name, or `system|code`";
        let what = word_for(r, &mut inner, "procedure", wanted);
        let ongoing = inner.is_set(r, "ongoing");
        let on = inner.date(r, "on").map(|w| w.value);
        inner.close(r);
        let procedure = Procedure { reference: Box::default(), concept: Concept::default(), ongoing, on };
        procedures.extend(what.map(|what| (what, procedure)));
    }
    procedures
}

fn labs(r: &mut Reader, f: &mut Fields<'_, '_>, today: Option<Dated>) -> Vec<(DrugWord, Lab)> {
    let mut labs = Vec::new();
    for value in f.tables(r, "labs") {
        let Some(mut inner) = Fields::open(r, "labs", value, "the lab of the case") else { continue };
        let what = word_for(r, &mut inner, "lab", "`lab = \"...\"`: a lab by name, or `loinc|code`");
        if inner.peek("value").is_none() {
            inner.lacks(r, "value", "`value = \"5.6 mmol/L\"`");
        }
        let read = inner
            .read(r, "value", lab_value, |span, key, found| mistakes::bad_quantity(span, key, found, "5.6 mmol/L"));
        // "unknown" is a value without a date.
        let undated = matches!(inner.peek("on").map(|v| v.get_ref()), Some(DeValue::String(s)) if *s == "unknown");
        let on = if undated {
            inner.text(r, "on");
            None
        } else {
            inner.date(r, "on").map(|w| w.value).or(today)
        };
        inner.close(r);
        labs.extend(what.zip(read).map(|(what, read)| {
            let (bound, value, unit) = read.value;
            let lab = Lab {
                reference: Box::default(),
                concept: Concept::default(),
                value: Some(value),
                bound,
                unit: unit.into_boxed_str(),
                on,
            };
            (what, lab)
        }));
    }
    labs
}

/// `5.6 mmol/L`, or `< 0.5 mmol/L` as a laboratory writes it.
fn lab_value(text: &str) -> Option<(Option<chart::Bound>, Exact, String)> {
    let (bound, rest) = match text.trim() {
        t if t.starts_with('<') => (Some(chart::Bound::Below), t.trim_start_matches(['<', '=']).trim()),
        t if t.starts_with('>') => (Some(chart::Bound::Above), t.trim_start_matches(['>', '=']).trim()),
        t => (None, t),
    };
    amounts::number_and_unit(rest).map(|(value, unit)| (bound, value, unit.to_owned()))
}

/// What a case names: a name, `system|code`, or `{ words = "..." }`.
pub fn word_for(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str, write: &str) -> Option<DrugWord> {
    let Some(value) = f.get(key) else {
        f.lacks(r, key, write);
        return None;
    };
    if let DeValue::Table(_) = value.get_ref() {
        return words(r, key, value);
    }
    let name = fields::text(r, key, value)?;
    if name.value.contains('|') { code_of_word(r, name).map(DrugWord::Code) } else { Some(DrugWord::Name(name)) }
}

fn words(r: &mut Reader, key: &'static str, value: &Value<'_>) -> Option<DrugWord> {
    let mut f = Fields::open(r, key, value, "the text-only entry")?;
    let words = f.need_text(r, "words", "`{ words = \"...\" }`: the text as recorded");
    f.close(r);
    words.map(DrugWord::Words)
}

/// A code written `system|code`, as charts hold it.
pub fn code_of(r: &mut Reader, word: Name) -> Option<Code> {
    let WrittenCode { system, value } = code_of_word(r, word)?;
    Code::new(System::from_uri(&system), &value.value)
}

/// A setting by its word.
pub fn setting_of_word(word: &str) -> Option<Setting> {
    Some(match word {
        "inpatient" => Setting::Inpatient,
        "outpatient" => Setting::Outpatient,
        "home" => Setting::Home,
        "discharge" => Setting::Discharge,
        _ => return None,
    })
}

fn sex_of_word(word: &str) -> Option<Sex> {
    Some(match word {
        "female" => Sex::Female,
        "male" => Sex::Male,
        "other" => Sex::Other,
        _ => return None,
    })
}

fn kind_of_word(word: &str) -> Option<AllergyKind> {
    Some(match word {
        "allergy" => AllergyKind::Allergy,
        "intolerance" => AllergyKind::Intolerance,
        _ => return None,
    })
}

fn criticality_of_word(word: &str) -> Option<Criticality> {
    Some(match word {
        "low" => Criticality::Low,
        "high" => Criticality::High,
        "unable-to-assess" => Criticality::Unassessable,
        _ => return None,
    })
}

fn severity_of_word(word: &str) -> Option<ReactionSeverity> {
    Some(match word {
        "mild" => ReactionSeverity::Mild,
        "moderate" => ReactionSeverity::Moderate,
        "severe" => ReactionSeverity::Severe,
        _ => return None,
    })
}

fn clinical(r: &mut Reader, f: &mut Fields<'_, '_>) -> ClinicalStatus {
    let read = |word: &str| {
        Some(match word {
            "active" => ClinicalStatus::Active,
            "inactive" => ClinicalStatus::Inactive,
            "resolved" => ClinicalStatus::Resolved,
            _ => return None,
        })
    };
    f.word(r, "status", read, &["active", "inactive", "resolved"]).map_or(ClinicalStatus::Unsaid, |w| w.value)
}

fn verification(r: &mut Reader, f: &mut Fields<'_, '_>) -> Verification {
    let read = |word: &str| {
        Some(match word {
            "unsaid" => Verification::Unsaid,
            "confirmed" => Verification::Confirmed,
            "unconfirmed" => Verification::Unconfirmed,
            "refuted" => Verification::Refuted,
            "entered-in-error" => Verification::EnteredInError,
            _ => return None,
        })
    };
    f.word(r, "verification", read, VERIFICATIONS).map_or(Verification::Unsaid, |w| w.value)
}
