//! Whose data it is: nothing about another patient than the call's is used, and what was left out is said.

use crate::hooks::fhir::Resource;
use crate::hooks::fhir_identifier::{Identifier, is_identifier, system_of};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::lenient::Text;
use crate::hooks::limits::SELECTIONS_MAX;

/// Who the call is about.
#[derive(Debug, Default)]
pub struct Identity {
    /// The patient of the context, bare; else the one its orders agree on; empty when nobody says.
    pub patient: String,
    /// Another id under which the orders of the context, all of them, know the patient.
    pub alias: Option<String>,
    /// Patients by the URL of their entry and by their identifiers, for references by these.
    urls: Vec<(String, String)>,
    /// The one Patient that was sent ...
    only: Option<String>,
    /// ... unless there were several.
    several: bool,
    /// The reference that was last found to be the patient's: nearly all of a call's are one and the same.
    ours: String,
}

/// Whose a resource is.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    /// It does not say.
    Unsaid,
    /// The patient's.
    Patient,
    /// Somebody else's, by reference as sent.
    Other(String),
}

/// The id a reference ends in, without type, server, version or URN prefix.
pub fn bare(reference: &str) -> &str {
    let after = |text: &str| text.bytes().rposition(|b| b == b'/').map_or(0, |at| at + 1);
    // Few references have a version, and only those that hold `/_` can: the others are not searched for it.
    let unversioned = match reference.as_bytes().windows(2).any(|w| w == b"/_") {
        true => reference.split_once("/_history/").map_or(reference, |(before, _)| before),
        false => reference,
    };
    let last = &unversioned[after(unversioned)..];
    last.strip_prefix("urn:uuid:").or_else(|| last.strip_prefix("urn:oid:")).unwrap_or(last)
}

impl Identity {
    /// The patient of the context, before any order was looked at.
    pub fn of(patient: &Text<'_>) -> Identity {
        Identity { patient: bare(patient.as_str()).to_owned(), ..Identity::default() }
    }

    /// Takes note of a Patient in a Bundle, so that references to its entry's URL lead to its id.
    pub fn note(&mut self, resource: &Resource<'_>) {
        if resource.kind == Kind::Patient {
            self.ours.clear();
        }
        if resource.kind == Kind::Patient && !resource.full_url.is_empty() && self.urls.len() < SELECTIONS_MAX {
            let url = resource.full_url.as_str();
            let id = if resource.id.is_empty() { bare(url) } else { resource.id.as_str() };
            self.urls.push((url.to_owned(), id.to_owned()));
        }
        if resource.kind == Kind::Patient && !resource.id.is_empty() {
            for key in resource.identifiers.iter().filter_map(Identifier::key) {
                if self.urls.len() < SELECTIONS_MAX {
                    self.urls.push((key, resource.id.as_str().to_owned()));
                }
            }
            match &self.only {
                None => self.only = Some(resource.id.as_str().to_owned()),
                Some(only) if only == resource.id.as_str() => {}
                Some(_) => self.several = true,
            }
        }
    }

    /// The id of the subject of a resource; `None` when it names none that could be compared.
    pub fn subject<'s>(&'s self, resource: &'s Resource<'_>) -> Option<&'s str> {
        let reference = resource.subject.reference.as_str();
        if reference.is_empty() || reference.starts_with('#') {
            return None;
        }
        if let Some((_, id)) = self.urls.iter().find(|(url, _)| url == reference) {
            return Some(id);
        }
        if is_identifier(reference) {
            return None;
        }
        Some(bare(reference)).filter(|id| !id.is_empty())
    }

    /// Settles under which id the orders of the context know the patient. When the context names a patient and every order
    /// that names one names the same other, the sender speaks of one patient under two ids; the second is returned, for
    /// somebody must be told.
    pub fn agree<'r, 'a: 'r>(&mut self, orders: impl Iterator<Item = &'r Resource<'a>>) -> Option<&str> {
        let mut named: Option<String> = None;
        for order in orders {
            let Some(id) = self.subject(order) else { continue };
            match &named {
                Some(before) if before != id => return None,
                Some(_) => {}
                None => named = Some(id.to_owned()),
            }
        }
        let named = named?;
        self.ours.clear();
        if self.patient.is_empty() {
            self.patient = named;
            return None;
        }
        if named == self.patient {
            return None;
        }
        self.alias = Some(named);
        self.alias.as_deref()
    }

    /// Whether an id is the patient's.
    pub fn is_patient(&self, id: &str) -> bool {
        self.patient.is_empty() || id == self.patient || self.alias.as_deref() == Some(id)
    }

    /// Whose a resource is. A subject that is no Patient (a Group) is somebody else.
    pub fn owner(&mut self, resource: &Resource<'_>) -> Owner {
        let reference = resource.subject.reference.as_str();
        if !reference.is_empty() && reference == self.ours {
            return Owner::Patient;
        }
        let owner = self.find_owner(resource);
        if owner == Owner::Patient {
            self.ours.clear();
            self.ours.push_str(reference);
        }
        owner
    }

    fn find_owner(&self, resource: &Resource<'_>) -> Owner {
        let reference = resource.subject.reference.as_str();
        let Some(id) = self.subject(resource) else {
            return if self.is_foreign(reference) { Owner::Other(reference.to_owned()) } else { Owner::Unsaid };
        };
        if is_identifier(reference) {
            return if self.is_patient(id) { Owner::Patient } else { Owner::Other(reference.to_owned()) };
        }
        let slash = |text: &str| text.bytes().rposition(|b| b == b'/');
        let kind =
            slash(reference).map(|at| &reference[..at]).map(|before| &before[slash(before).map_or(0, |n| n + 1)..]);
        let typed = kind.is_none_or(|kind| kind == "Patient") || reference.contains("/_history/");
        if typed && self.is_patient(id) { Owner::Patient } else { Owner::Other(reference.to_owned()) }
    }

    /// Whether an identifier that no Patient bears is somebody else's: the patient of the call bears another of its system.
    fn is_foreign(&self, reference: &str) -> bool {
        // URIs are of no register in which one patient had one.
        let system = Some(system_of(reference)).filter(|system| *system != "urn:ietf:rfc:3986").unwrap_or_default();
        let same_system = |(key, id): &(String, String)| {
            is_identifier(key) && system_of(key) == system && !self.patient.is_empty() && self.is_patient(id)
        };
        !system.is_empty() && self.urls.iter().any(same_system)
    }

    /// Takes the one Patient that was sent for the call's, when nobody names one.
    pub fn settle_by_patient(&mut self) {
        if self.patient.is_empty() && !self.several {
            self.ours.clear();
            self.patient = self.only.clone().unwrap_or_default();
        }
    }

    /// Takes the first patient seen for the call's, when nobody else names one: data of two patients never mix.
    pub fn settle(&mut self, id: &str) {
        if self.patient.is_empty() {
            self.ours.clear();
            self.patient = id.to_owned();
        }
    }
}
