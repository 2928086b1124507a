//! Who bears which identifier: references by identifier alone become references by type and id, where the bearer was sent.

use crate::clinical::chart::Medication;
use crate::hooks::fhir::Resource;
use crate::hooks::fhir_identifier::{Identifier, is_identifier};
use crate::hooks::limits::CHART_MEDICATIONS_MAX;

/// The records of drugs and problems of a call, by the identifiers they bear.
#[derive(Debug, Default)]
pub struct Bearers {
    /// An identifier and the reference of who bears it; sorted when it is first asked.
    known: Vec<(String, Box<str>)>,
}

impl Bearers {
    /// Takes note of what a record bears. One without an id cannot be referred to.
    pub fn note(&mut self, resource: &Resource<'_>, reference: &str) {
        for key in resource.identifiers.iter().filter_map(Identifier::key) {
            if !reference.is_empty() && self.known.len() < 2 * CHART_MEDICATIONS_MAX {
                self.known.push((key, reference.into()));
            }
        }
    }

    /// Puts the bearers' references in the place of identifiers. An order and what was handed out on it may bear one number:
    /// then both are meant, and nothing rests on itself. An identifier that nobody bears stays as it is.
    pub fn resolve(&mut self, medications: &mut [Medication], because: &mut [(u32, Box<str>)]) {
        let mut asked = medications.iter().flat_map(|m| m.replaces.iter().chain(&m.based_on));
        if !asked.any(|r| is_identifier(r)) && !because.iter().any(|(_, r)| is_identifier(r)) {
            return;
        }
        self.known.sort_unstable();
        self.known.dedup();
        for medication in medications {
            let own = &medication.reference;
            for list in [&mut medication.replaces, &mut medication.based_on] {
                if list.iter().any(|r| is_identifier(r)) {
                    let resolved = list.iter().flat_map(|r| self.meant(r, own)).collect();
                    *list = resolved;
                }
            }
        }
        for (_, reference) in because.iter_mut().filter(|(_, r)| is_identifier(r)) {
            let problem = self.bearers(reference).find(|bearer| bearer.starts_with("Condition/")).cloned();
            *reference = problem.unwrap_or_else(|| reference.clone());
        }
    }

    /// What a reference means: itself, or whoever bears it but for the one who says it.
    fn meant(&self, reference: &str, own: &str) -> Vec<Box<str>> {
        let others = || self.bearers(reference).filter(|bearer| ***bearer != *own).cloned();
        match is_identifier(reference) {
            true if others().next().is_some() => others().collect(),
            _ => vec![reference.into()],
        }
    }

    fn bearers(&self, key: &str) -> impl Iterator<Item = &Box<str>> {
        let from = self.known.partition_point(|(known, _)| known.as_str() < key);
        self.known[from..].iter().take_while(move |(known, _)| known == key).map(|(_, bearer)| bearer)
    }
}
