//! Discovery: the services we publish, one for each hook, and the prefetch each asks for.

use crate::hooks::call::Hook;
use crate::hooks::json::Json;

/// The version of CDS Hooks that every service implements.
pub const CDS_HOOKS_VERSION: &str = "2.0.1";

/// What every service asks to have prefetched: our key, and the template. Only `context.patientId` is used, the one token
/// that every hook requires; look-back by date cannot be said with static tokens, so the newest come first.
pub const PREFETCH: [(&str, &str); 10] = [
    ("patient", "Patient/{{context.patientId}}"),
    (
        "medications",
        "MedicationRequest?patient={{context.patientId}}&status=active,on-hold,completed,stopped&_sort=-authoredon&_count=200",
    ),
    ("statements", "MedicationStatement?patient={{context.patientId}}&_sort=-effective&_count=200"),
    ("dispenses", "MedicationDispense?patient={{context.patientId}}&_sort=-whenhandedover&_count=200"),
    ("administrations", "MedicationAdministration?patient={{context.patientId}}&_sort=-effective-time&_count=200"),
    ("allergies", "AllergyIntolerance?patient={{context.patientId}}&_count=200"),
    ("problems", "Condition?patient={{context.patientId}}&_count=200"),
    ("labs", "Observation?patient={{context.patientId}}&category=laboratory,vital-signs&_sort=-date&_count=200"),
    (PREGNANCY_KEY, PREGNANCY),
    ("procedures", "Procedure?patient={{context.patientId}}&_sort=-date&_count=50"),
];

/// The key of the observations about pregnancy and breastfeeding: what comes under it is not the list of labs.
pub const PREGNANCY_KEY: &str = "pregnancy";

/// Pregnancy status, due date, gestational age, breastfeeding: they stand in no category of their own.
const PREGNANCY: &str = "Observation?patient={{context.patientId}}&code=http://loinc.org|82810-3,http://loinc.org|11449-6,\
    http://loinc.org|11778-8,http://loinc.org|18185-9,http://loinc.org|11884-4,http://loinc.org|63895-7&_sort=-date&_count=20";

const USAGE: &str = "Wants the patient's medications, allergies, problems and laboratory values: as prefetch, under any key, \
    found by resource type. What is not sent is answered with what could be checked, and named as not checked in the \
    extension org.caveat.screening. Only codes are matched (RxNorm, NDC, SNOMED CT, ATC, UNII, ICD-10-CM, LOINC), never names.";

const USAGE_EXISTING: &str = "Wants the patient's medications and allergies as prefetch; without them there is nothing to \
    screen, and the answer is 412. Found by resource type, under any key. Only codes are matched, never names.";

/// The answer to `GET /cds-services`.
pub fn body() -> Vec<u8> {
    let mut json = Json::with_capacity(16 * 1024);
    json.object(|json| {
        json.array_even_empty_at("services", |json| {
            for hook in Hook::ALL {
                json.object(|json| service(json, hook));
            }
        });
    });
    json.into_bytes()
}

fn service(json: &mut Json, hook: Hook) {
    let (title, description) = words(hook);
    json.word_at("hook", hook.name());
    json.word_at("title", title);
    json.text_at("description", description);
    json.word_at("id", hook.service_id());
    json.word_at("version", CDS_HOOKS_VERSION);
    json.object_at("prefetch", |json| {
        for (key, template) in PREFETCH {
            json.text_at(key, template);
        }
    });
    let existing = matches!(hook, Hook::PatientView | Hook::EncounterDischarge | Hook::OrderDispatch);
    json.text_at("usageRequirements", if existing { USAGE_EXISTING } else { USAGE });
}

/// Title and description of the service of a hook.
fn words(hook: Hook) -> (&'static str, &'static str) {
    match hook {
        Hook::OrderSelect => (
            "Caveat: medication safety while choosing",
            "Checks the drugs being chosen for interactions, allergies, doses, duplicates and contraindications.",
        ),
        Hook::OrderSign => (
            "Caveat: medication safety at signing",
            "Checks the orders about to be signed, against each other and against what is on file.",
        ),
        Hook::OrderDispatch => (
            "Caveat: medication safety at dispatch",
            "Checks the orders about to be dispatched against what is on file.",
        ),
        Hook::PatientView => (
            "Caveat: medication list review",
            "Sums up, on one card, what deserves attention among the drugs, allergies and problems on file.",
        ),
        Hook::EncounterDischarge => (
            "Caveat: medication review at discharge",
            "Sums up, on one card, what deserves attention in the medication list before the patient goes home.",
        ),
        Hook::AllergyIntoleranceCreate => (
            "Caveat: new allergy against current drugs",
            "Checks an allergy just recorded against the drugs the patient takes.",
        ),
        Hook::MedicationVerify => (
            "Caveat: pharmacist verification",
            "Shows the verifying pharmacist every finding about an order, and all that could not be checked.",
        ),
        Hook::MedicationRefill => {
            ("Caveat: medication safety at refill", "Checks the drugs to be refilled against what is on file now.")
        }
        Hook::MedicationPrescribe => (
            "Caveat: medication safety (deprecated hook)",
            "As order-sign, for clients that still call the deprecated medication-prescribe.",
        ),
    }
}
