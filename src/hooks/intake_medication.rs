//! From a record of a drug, of whichever kind and FHIR version, to a medication of the chart.

use crate::clinical::chart::{Intent, Medication, RecordKind, Setting, Standing, Status};
use crate::clinical::time::Interval;
use crate::hooks::fhir::{Resource, relative};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::fhir_parts::Coded;
use crate::hooks::intake_dosage::regimen;
use crate::hooks::intake_library::{Library, drug};
use crate::hooks::intake_units as units;
use crate::hooks::lenient::{Flag, Text};

/// The medication a record tells of. Empties the resource of what it takes.
pub fn medication(resource: &mut Resource<'_>, standing: Standing, library: &Library) -> Medication {
    let contained = Library::contained(resource);
    let kind = match resource.kind {
        Kind::MedicationStatement | Kind::MedicationUsage => RecordKind::Statement,
        Kind::MedicationDispense => RecordKind::Dispense,
        Kind::MedicationAdministration => RecordKind::Administration,
        _ => RecordKind::Request,
    };
    let status = status(resource, kind);
    let effective = &resource.effective;
    let period = match kind {
        // An administration at a moment is over at that moment.
        RecordKind::Administration if !effective.is_period() => {
            Interval { start: effective.start().map(|d| d.earliest), end: effective.start().map(|d| d.latest) }
        }
        _ => effective.interval(),
    };
    let authored = match kind {
        RecordKind::Administration => effective.start().or(resource.issued.start()),
        _ => resource.authored.start().or(effective.start()).or(resource.issued.start()),
    };
    Medication {
        reference: resource.reference(),
        kind,
        standing,
        status,
        intent: intent(resource.intent.as_str()),
        negated: is_negated(resource, status),
        setting: setting(resource.category.as_slice()),
        authored,
        period,
        supply: resource.supply.as_deref().and_then(units::span),
        replaces: references(&resource.replaces),
        based_on: references(&resource.based_on),
        reasons: resource.reasons.items.iter_mut().map(Coded::take).filter(|reason| !reason.is_empty()).collect(),
        regimen: regimen(&mut resource.dosage.items),
        drug: drug(resource, &contained, library),
    }
}

fn references(sent: &[Text<'_>]) -> Vec<Box<str>> {
    sent.iter().map(Text::as_str).filter(|text| !text.is_empty()).map(|text| relative(text).into()).collect()
}

/// The status of a record over all versions; a word we do not know is unknown, which counts as active.
fn status(resource: &Resource<'_>, kind: RecordKind) -> Status {
    let status = match resource.status.as_str() {
        "draft" => Status::Draft,
        "active" | "in-progress" | "preparation" => Status::Active,
        "recorded" => adherence(resource.adherence.as_str()),
        "on-hold" | "suspended" => Status::OnHold,
        "completed" => Status::Completed,
        "stopped" | "ended" => Status::Stopped,
        "cancelled" | "declined" | "revoked" | "aborted" => Status::Cancelled,
        "entered-in-error" => Status::EnteredInError,
        "not-taken" | "not-done" => Status::NotTaken,
        "intended" => Status::Planned,
        _ => Status::Unknown,
    };
    match kind {
        RecordKind::Statement if status == Status::Active => match adherence(resource.adherence.as_str()) {
            Status::Unknown => Status::Active,
            other => other,
        },
        _ => status,
    }
}

/// What R5 says of taking, apart from the status of the record.
fn adherence(word: &str) -> Status {
    match word {
        "taking" | "taking-as-directed" | "taking-not-as-directed" => Status::Active,
        "not-taking" => Status::NotTaken,
        "on-hold" | "on-hold-as-directed" | "on-hold-not-as-directed" => Status::OnHold,
        "stopped" | "stopped-as-directed" | "stopped-not-as-directed" => Status::Stopped,
        _ => Status::Unknown,
    }
}

fn is_negated(resource: &Resource<'_>, status: Status) -> bool {
    resource.negated == Flag::Is(true) || resource.taken.as_str() == "n" || status == Status::NotTaken
}

fn intent(word: &str) -> Intent {
    match word {
        "plan" | "proposal" | "option" => Intent::Plan,
        _ => Intent::Order,
    }
}

/// The setting among the category codes of a record.
fn setting(categories: &[std::borrow::Cow<'_, str>]) -> Setting {
    categories
        .iter()
        .find_map(|word| match word.as_ref() {
            "inpatient" => Some(Setting::Inpatient),
            "outpatient" => Some(Setting::Outpatient),
            "community" => Some(Setting::Home),
            "discharge" => Some(Setting::Discharge),
            _ => None,
        })
        .unwrap_or(Setting::Unknown)
}

/// The setting an Encounter's class stands for (v3 ActCode, and the words of DSTU2).
pub fn encounter_setting(class: &str) -> Setting {
    match class {
        "IMP" | "ACUTE" | "NONAC" | "OBSENC" | "SS" | "EMER" | "inpatient" | "emergency" => Setting::Inpatient,
        "AMB" | "VR" | "outpatient" | "ambulatory" | "daytime" | "virtual" => Setting::Outpatient,
        "HH" | "home" => Setting::Home,
        _ => Setting::Unknown,
    }
}
