//! A hook call, read: who asks, about whom, and the chart it carries.

use crate::clinical::chart::Chart;
use crate::hooks::access::{Access, Authorization};
use crate::hooks::intake_sent::Sent;
use serde_json::value::RawValue;

/// A hook we answer. Each has its own service id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the hook of that name")]
pub enum Hook {
    OrderSelect,
    OrderSign,
    OrderDispatch,
    PatientView,
    EncounterDischarge,
    AllergyIntoleranceCreate,
    MedicationVerify,
    MedicationRefill,
    MedicationPrescribe,
}

impl Hook {
    /// Every hook, in the order of discovery.
    pub const ALL: [Hook; 9] = [
        Hook::OrderSelect,
        Hook::OrderSign,
        Hook::OrderDispatch,
        Hook::PatientView,
        Hook::EncounterDischarge,
        Hook::AllergyIntoleranceCreate,
        Hook::MedicationVerify,
        Hook::MedicationRefill,
        Hook::MedicationPrescribe,
    ];

    /// Its name in CDS Hooks.
    pub fn name(self) -> &'static str {
        match self {
            Hook::OrderSelect => "order-select",
            Hook::OrderSign => "order-sign",
            Hook::OrderDispatch => "order-dispatch",
            Hook::PatientView => "patient-view",
            Hook::EncounterDischarge => "encounter-discharge",
            Hook::AllergyIntoleranceCreate => "allergyintolerance-create",
            Hook::MedicationVerify => "medication-verify",
            Hook::MedicationRefill => "medication-refill",
            Hook::MedicationPrescribe => "medication-prescribe",
        }
    }

    /// The id of its service: `caveat-` and the hook's name.
    pub fn service_id(self) -> &'static str {
        match self {
            Hook::OrderSelect => "caveat-order-select",
            Hook::OrderSign => "caveat-order-sign",
            Hook::OrderDispatch => "caveat-order-dispatch",
            Hook::PatientView => "caveat-patient-view",
            Hook::EncounterDischarge => "caveat-encounter-discharge",
            Hook::AllergyIntoleranceCreate => "caveat-allergyintolerance-create",
            Hook::MedicationVerify => "caveat-medication-verify",
            Hook::MedicationRefill => "caveat-medication-refill",
            Hook::MedicationPrescribe => "caveat-medication-prescribe",
        }
    }

    /// The hook behind a service id.
    pub fn of_service(id: &str) -> Option<Hook> {
        Hook::ALL.into_iter().find(|h| h.service_id() == id)
    }

    /// The hook behind its name.
    pub fn of_name(name: &str) -> Option<Hook> {
        Hook::ALL.into_iter().find(|h| h.name() == name)
    }
}

/// A hook call, read.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Which hook.
    pub hook: Hook,
    /// `hookInstance` as sent; empty when it was missing (real clients leave it out).
    pub instance: String,
    /// `context.patientId`, bare (without `Patient/`); empty when missing.
    pub patient: String,
    /// `context.userId` as sent.
    pub user: String,
    /// `context.encounterId`, bare.
    pub encounter: String,
    /// The chart.
    pub chart: Chart,
    /// The orders of the context and the active orders of the prefetch, whole and untouched, since an update must send the whole
    /// resource back.
    pub raw: Vec<RawOrder<'a>>,
    /// No drug was chosen yet (order-select before a choice): the answer is `cards: []`.
    pub nothing_chosen: bool,
    /// Prefetch keys (ours) without which nothing can be screened; the answer is 412 naming them. Only for patient-view,
    /// encounter-discharge and order-dispatch.
    pub wanting: Vec<&'static str>,
    /// By whose leave data may be fetched.
    pub access: Access<'a>,
    /// `fhirAuthorization` as it stands in the body, so that it can be left out of what is kept.
    pub authorization: Authorization<'a>,
    /// What the client sent; looked through only where a FHIR server is named.
    pub sent: Sent<'a>,
    /// Dispatched orders that were not sent, by reference.
    pub undispatched: Vec<String>,
}

/// A resource as sent.
#[derive(Clone, Debug)]
pub struct RawOrder<'a> {
    /// The medication of the chart it became.
    pub medication: u32,
    /// The body from the order's first byte on; what it is, [`RawOrder::json`] finds when somebody asks.
    pub tail: &'a str,
    /// Its FHIR resource type.
    pub resource_type: String,
    /// Its id; empty when it has none.
    pub id: String,
}

impl<'a> RawOrder<'a> {
    /// Its JSON, untouched. Scans the order to its end, so that calls which change no order pay nothing for it.
    pub fn json(&self) -> Option<&'a RawValue> {
        let mut json = serde_json::Deserializer::from_str(self.tail);
        serde::Deserialize::deserialize(&mut json).ok()
    }
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is no JSON. `at` says where.
    #[error("the body is not JSON: {why}")]
    NotJson {
        /// What the parser said, with line and column.
        why: String,
    },
    /// A part every call must have is missing or of the wrong kind.
    #[error("`{place}` {why}")]
    Unreadable {
        /// Where: `hook`, `context`, `context.draftOrders` ...
        place: String,
        /// What is wrong and what is wanted.
        why: String,
    },
    /// The body's hook is not the one this service answers.
    #[error("`hook` is `{found}`; this service answers `{wanted}`")]
    OtherHook {
        /// As sent.
        found: String,
        /// As published.
        wanted: &'static str,
    },
    /// Nothing to screen was sent.
    #[error("nothing to screen was sent: prefetch {} missing", .keys.join(", "))]
    Wanting {
        /// The keys.
        keys: Vec<&'static str>,
    },
    /// No such service.
    #[error("no service `{id}`; see /cds-services")]
    NoService {
        /// As asked for.
        id: String,
    },
}
