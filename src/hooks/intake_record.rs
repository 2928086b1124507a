//! From AllergyIntolerance, Condition and Procedure to allergies, problems and procedures, statuses kept as they are: the
//! engine decides.

use crate::clinical::chart::{
    Allergy, AllergyKind, ClinicalStatus, Criticality, Problem, Procedure, Reaction, ReactionSeverity, Verification,
};
use crate::hooks::fhir::Resource;
use crate::hooks::fhir_parts::Coded;
use crate::hooks::lenient::Flag;

/// An allergy or intolerance.
pub fn allergy(resource: &mut Resource<'_>, in_hand: bool) -> Allergy {
    let reactions: Vec<Reaction> = resource
        .reactions
        .items
        .iter_mut()
        .map(|reaction| Reaction {
            substance: reaction.substance.take(),
            manifestations: reaction
                .manifestations
                .items
                .iter_mut()
                .map(Coded::take)
                .filter(|m| !m.is_empty())
                .collect(),
            severity: match reaction.severity.as_str() {
                "mild" => Some(ReactionSeverity::Mild),
                "moderate" => Some(ReactionSeverity::Moderate),
                "severe" => Some(ReactionSeverity::Severe),
                _ => None,
            },
        })
        .collect();
    let (clinical, verification) = statuses(resource);
    Allergy {
        reference: resource.reference(),
        in_hand,
        reactions,
        substance: resource.what.take(),
        kind: match resource.nature.as_str() {
            "allergy" => Some(AllergyKind::Allergy),
            "intolerance" => Some(AllergyKind::Intolerance),
            _ => None,
        },
        criticality: match resource.criticality.as_str() {
            "low" | "CRITL" => Some(Criticality::Low),
            "high" | "CRITH" => Some(Criticality::High),
            "unable-to-assess" | "CRITU" => Some(Criticality::Unassessable),
            _ => None,
        },
        clinical,
        verification,
        onset: resource.onset.start(),
        last: resource.last.start(),
        categories: resource.category.as_slice().iter().map(|word| word.as_ref().into()).collect(),
    }
}

/// A problem.
pub fn problem(resource: &mut Resource<'_>) -> Problem {
    let (clinical, verification) = statuses(resource);
    let ended = resource.abatement.last();
    let clinical = match clinical {
        ClinicalStatus::Unsaid if resource.abated => ClinicalStatus::Resolved,
        said => said,
    };
    Problem {
        reference: resource.reference(),
        concept: resource.what.take(),
        clinical,
        verification,
        onset: resource.onset.start(),
        ended,
        recorded: resource.authored.start().or(resource.issued.start()),
    }
}

/// A procedure that was done, or is going on; `None` for one that was not done, is only planned, or has no code.
pub fn procedure(resource: &mut Resource<'_>) -> Option<Procedure> {
    let ongoing = match resource.status.as_str() {
        "in-progress" | "on-hold" | "suspended" => true,
        "completed" | "stopped" | "aborted" | "unknown" | "" => false,
        _ => return None,
    };
    let concept = resource.what.take();
    let done = resource.negated != Flag::Is(true) && !concept.codes.is_empty();
    let on = resource.effective.last().or(resource.effective.start());
    done.then(|| Procedure { reference: resource.reference(), concept, ongoing, on })
}

/// Clinical and verification status. DSTU2 allergies have both in one `status`.
fn statuses(resource: &Resource<'_>) -> (ClinicalStatus, Verification) {
    let status = resource.status.as_str();
    let clinical = if resource.clinical.as_str().is_empty() { status } else { resource.clinical.as_str() };
    let verification = if resource.verification.as_str().is_empty() { status } else { resource.verification.as_str() };
    let clinical = match clinical {
        "active" | "recurrence" | "relapse" => ClinicalStatus::Active,
        "inactive" | "remission" => ClinicalStatus::Inactive,
        "resolved" => ClinicalStatus::Resolved,
        _ => ClinicalStatus::Unsaid,
    };
    let verification = match verification {
        "confirmed" => Verification::Confirmed,
        "unconfirmed" | "presumed" | "provisional" | "differential" => Verification::Unconfirmed,
        "refuted" => Verification::Refuted,
        "entered-in-error" => Verification::EnteredInError,
        _ => Verification::Unsaid,
    };
    (clinical, verification)
}
