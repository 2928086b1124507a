//! References to medications: contained, in the same Bundle, under another key; and those that lead nowhere.

use crate::clinical::chart::{Drug, DrugPart};
use crate::clinical::code::Concept;
use crate::clinical::quantity::Strength;
use crate::hooks::fhir::Resource;
use crate::hooks::fhir_identifier::{Identifier, is_identifier};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::fhir_parts::Coded;
use crate::hooks::intake_units as units;
use std::collections::HashMap;

/// The Medication and Substance resources that were sent, by every name a reference may use.
#[derive(Debug, Default)]
pub struct Library {
    drugs: Vec<Shelved>,
    names: HashMap<String, usize>,
}

#[derive(Debug)]
struct Shelved {
    concept: Concept,
    form: Concept,
    parts: Vec<ShelvedPart>,
}

#[derive(Debug)]
struct ShelvedPart {
    concept: Concept,
    pointer: String,
    strength: Option<Strength>,
}

impl Library {
    /// The resources contained in one resource, by `#id`.
    pub fn contained(resource: &mut Resource<'_>) -> Library {
        let mut library = Library::default();
        for item in &mut resource.contained.items {
            let name = ["#", item.id.as_str()].concat();
            library.shelve(item, vec![name]);
        }
        library
    }

    /// Adds a Medication or Substance of a Bundle or key, by `Type/id` and by the URL of its entry; each also by its
    /// identifiers.
    pub fn add(&mut self, resource: &mut Resource<'_>) {
        let names = vec![String::from(resource.reference()), resource.full_url.as_str().to_owned()];
        self.shelve(resource, names);
    }

    fn shelve(&mut self, resource: &mut Resource<'_>, mut names: Vec<String>) {
        if !matches!(resource.kind, Kind::Medication | Kind::Substance) {
            return;
        }
        let parts = resource.ingredients.items.iter_mut().map(|part| ShelvedPart {
            pointer: part.item.pointer.as_str().to_owned(),
            concept: part.item.take(),
            strength: part.strength.as_deref().and_then(units::strength),
        });
        let parts = parts.collect();
        let form = resource.form.as_deref_mut().map(Coded::take).unwrap_or_default();
        names.extend(resource.identifiers.iter().filter_map(Identifier::key));
        self.drugs.push(Shelved { concept: resource.what.take(), form, parts });
        for name in names.into_iter().filter(|name| !name.is_empty() && name != "#") {
            self.names.entry(name).or_insert(self.drugs.len() - 1);
        }
    }

    /// A reference as sent, else its last two segments (`https://host/fhir/Medication/1`), its version left out.
    fn find(&self, reference: &str) -> Option<&Shelved> {
        if self.drugs.is_empty() {
            return None;
        }
        if is_identifier(reference) {
            return self.names.get(reference).and_then(|at| self.drugs.get(*at));
        }
        let plain = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
        let tail = match plain.rmatch_indices('/').nth(1) {
            Some((at, _)) => &plain[at + 1..],
            None => plain,
        };
        let at = self.names.get(reference).or_else(|| self.names.get(plain)).or_else(|| self.names.get(tail))?;
        self.drugs.get(*at)
    }
}

/// The drug of a record: what it codes itself, and what it points at.
pub fn drug(resource: &mut Resource<'_>, contained: &Library, shared: &Library) -> Drug {
    let mut drug = Drug { concept: resource.what.take(), ..Drug::default() };
    let Some(mut beside) = resource.medication.take() else { return drug };
    let pointer = beside.pointer.as_str().to_owned();
    merge(&mut drug.concept, beside.take());
    if pointer.is_empty() {
        return drug;
    }
    let Some(found) = contained.find(&pointer).or_else(|| shared.find(&pointer)) else {
        drug.unresolved = Some(pointer.into());
        return drug;
    };
    merge(&mut drug.concept, found.concept.clone());
    drug.form = found.form.clone();
    drug.ingredients = found.parts.iter().map(|part| resolved(part, contained, shared)).collect();
    drug
}

fn resolved(part: &ShelvedPart, contained: &Library, shared: &Library) -> DrugPart {
    let mut concept = part.concept.clone();
    if !part.pointer.is_empty()
        && let Some(found) = contained.find(&part.pointer).or_else(|| shared.find(&part.pointer))
    {
        merge(&mut concept, found.concept.clone());
    }
    if concept.is_empty() && !part.pointer.is_empty() {
        concept.text = Some(part.pointer.as_str().into());
    }
    DrugPart { concept, strength: part.strength }
}

/// Adds the codes of one concept to another; words are kept where there are any.
fn merge(into: &mut Concept, mut from: Concept) {
    for code in from.codes.drain(..) {
        if !into.codes.contains(&code) {
            into.codes.push(code);
        }
    }
    if into.text.is_none() {
        into.text = from.text;
    }
}
