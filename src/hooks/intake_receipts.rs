//! What became of each list: sent, empty, failed, or only its first page. An absent key and an empty list differ.

use crate::clinical::chart::{List, Receipt, Received};
use crate::hooks::discovery::PREGNANCY_KEY;
use crate::hooks::fhir::{Resource, Shape};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_identity::bare;

/// What one key of the prefetch brought.
#[derive(Debug, Default)]
pub struct Brought {
    /// The lists of which something came, one bit each.
    lists: u8,
    /// The list that the Bundle's own link says was searched.
    searched: Option<List>,
    /// Any resource came, of whatever kind.
    any: bool,
    /// A further page exists, or more matches were counted than sent.
    more: bool,
    /// Something came that is no resource, so that nothing came is not what it says.
    odd: bool,
    /// What Bundles within it brought: a batch answers several searches.
    nested: Vec<Brought>,
    /// The client's words, where it says that it failed.
    failed: Option<String>,
}

/// What a key turned out to be about, when nothing in its value says so and its own name does not either.
#[derive(Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// Nothing of note: an empty answer to a question we cannot guess.
    Nothing,
    /// A failure of we know not what; the client's words.
    Failure(String),
}

impl Brought {
    /// Looks through the value of a key.
    pub fn of(value: &Resource<'_>) -> Brought {
        let mut brought = Brought::default();
        brought.look(value);
        brought
    }

    fn look(&mut self, value: &Resource<'_>) {
        if value.kind == Kind::OperationOutcome {
            self.outcome(value);
            return;
        }
        if !value.is_collection() {
            match value.kind {
                Kind::Unsaid => self.odd |= !is_nothing(value),
                _ => self.any = true,
            }
            if let Some(list) = list_of(value.kind) {
                self.lists |= bit(list);
            }
            return;
        }
        for link in value.links.iter() {
            match link.relation.as_str() {
                "next" => self.more = true,
                "self" => self.searched = self.searched.or_else(|| searched(link.url.as_str())),
                _ => {}
            }
        }
        let outcomes = value.entries.items.iter().filter(|e| e.kind == Kind::OperationOutcome).count();
        if let Some(total) = value.total.count()
            && total as usize > value.entries.items.len() - outcomes
        {
            self.more = true;
        }
        self.more |= value.entries.more;
        self.odd |= value.entries.odd > 0;
        for entry in &value.entries.items {
            match entry.kind {
                Kind::Bundle => self.nested.push(Brought::of(entry)),
                _ => self.look(entry),
            }
        }
    }

    fn outcome(&mut self, outcome: &Resource<'_>) {
        let grave = |severity: &str| matches!(severity, "error" | "fatal" | "");
        let Some(issue) = outcome.issues.iter().find(|issue| grave(issue.severity.as_str())) else { return };
        let words = issue.details.concept.text.as_deref().unwrap_or("");
        let words = [issue.diagnostics.as_str(), words, issue.code.as_str(), "it did not say why"]
            .into_iter()
            .find(|words| !words.is_empty());
        self.failed = words.map(|words| words.chars().take(200).collect());
    }

    /// All of its further pages were fetched, whatever its own links say; `short`: and yet fewer came than were counted.
    pub fn settle(&mut self, short: bool) {
        self.more = short;
        self.nested.iter_mut().for_each(|nested| nested.settle(short));
    }

    /// The lists it is about, one bit each, by what it brought or else by its key.
    pub fn lists(&self, key: &str) -> u8 {
        let lists = self.nested.iter().fold(self.lists, |lists, nested| lists | nested.lists);
        if lists != 0 { lists } else { self.searched.or_else(|| named(key)).map_or(0, bit) }
    }

    /// Enters it into what was received. `key` is the name of the key, which speaks only when the value does not.
    pub fn enter(self, key: &str, received: &mut Received) -> Unplaced {
        let mut unplaced = Unplaced::Nothing;
        let is_batch = !self.nested.is_empty() && self.lists == 0 && !self.any;
        for nested in self.nested {
            if let failure @ Unplaced::Failure(_) = nested.enter(key, received) {
                unplaced = failure;
            }
        }
        if is_batch {
            return unplaced;
        }
        let mut lists = self.lists;
        if lists == 0 && !self.any && (!self.odd || self.failed.is_some()) {
            lists = self.searched.or_else(|| named(key)).map_or(0, bit);
        } else if self.more && lists == 0 {
            lists = self.searched.map_or(0, bit);
        }
        if key == PREGNANCY_KEY {
            // A few observations by code are not the patient's laboratory values.
            lists &= !bit(List::Labs);
        }
        let mut failed = self.failed;
        if failed.is_some() && self.any {
            // A list of which some came and some failed is the list its key names, too.
            lists |= named(key).map_or(0, bit);
        }
        if lists == 0 {
            return failed.take().map_or(unplaced, Unplaced::Failure);
        }
        worsen(
            received,
            lists,
            &match failed {
                Some(words) => Receipt::Failed(words.into()),
                None if self.more => Receipt::Partial,
                None => Receipt::Complete,
            },
        );
        unplaced
    }
}

/// How many resources the Bundles of a value hold, and the most that any of them says there are: of one search, page by page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// Resources, without what only says how the search went.
    pub found: usize,
    /// The largest `total`.
    pub total: usize,
}

impl Counted {
    /// Counts a value.
    pub fn of(value: &Resource<'_>) -> Counted {
        if !value.is_collection() {
            return Counted { found: usize::from(value.kind != Kind::OperationOutcome), total: 0 };
        }
        let own = Counted { found: 0, total: value.total.count().unwrap_or(0) as usize };
        value.entries.items.iter().map(|entry| Counted::of(entry)).fold(own, Counted::and)
    }

    /// Both together.
    pub fn and(self, other: Counted) -> Counted {
        Counted { found: self.found + other.found, total: self.total.max(other.total) }
    }

    /// Whether fewer came than there are.
    pub fn is_short(self) -> bool {
        self.found < self.total
    }
}

/// The receipt of a list.
pub fn slot(received: &mut Received, list: List) -> &mut Receipt {
    match list {
        List::Patient => &mut received.patient,
        List::Medications => &mut received.medications,
        List::Allergies => &mut received.allergies,
        List::Problems => &mut received.problems,
        List::Labs => &mut received.labs,
    }
}

/// Several keys bring one list: a failure of any outweighs a page, and a page outweighs the whole.
pub fn worse(receipt: &mut Receipt, new: Receipt) {
    let rank = |receipt: &Receipt| match receipt {
        Receipt::NotSent => 0,
        Receipt::Complete => 1,
        Receipt::Partial => 2,
        Receipt::Late => 3,
        Receipt::Failed(_) => 4,
    };
    if rank(&new) > rank(receipt) {
        *receipt = new;
    }
}

/// As [`worse`], of several lists, one bit each.
pub fn worsen(received: &mut Received, lists: u8, receipt: &Receipt) {
    for list in [List::Patient, List::Medications, List::Allergies, List::Problems, List::Labs] {
        if lists & bit(list) != 0 {
            worse(slot(received, list), receipt.clone());
        }
    }
}

/// The bit of a list among several.
pub fn bit(list: List) -> u8 {
    1 << list as u8
}

/// The list a resource belongs to.
pub fn list_of(kind: Kind) -> Option<List> {
    match kind {
        Kind::Patient => Some(List::Patient),
        Kind::AllergyIntolerance => Some(List::Allergies),
        Kind::Condition => Some(List::Problems),
        Kind::Observation => Some(List::Labs),
        kind if kind.is_drug_record() => Some(List::Medications),
        _ => None,
    }
}

/// The list a search URL asked for: `.../AllergyIntolerance?patient=1`, `.../Observation/_search`, `Patient/1`.
fn searched(url: &str) -> Option<List> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').map(bare).find_map(|segment| list_of(Kind::of(segment)))
}

/// The list a key names. Ours first; others only by words that leave no doubt.
pub fn named(key: &str) -> Option<List> {
    match key {
        "patient" => return Some(List::Patient),
        "medications" | "statements" | "dispenses" | "administrations" => return Some(List::Medications),
        "allergies" => return Some(List::Allergies),
        "problems" | "conditions" => return Some(List::Problems),
        "labs" | "observations" => return Some(List::Labs),
        _ => {}
    }
    let key = key.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    if has(&["allerg"]) {
        Some(List::Allergies)
    } else if has(&["medicationadmin", "medicationdisp", "medicationstat", "medicationreq", "medicationord"])
        || has(&["medications", "meds", "prescriptions"])
        || key == "medication"
    {
        Some(List::Medications)
    } else if has(&["condition", "problem", "diagnos"]) {
        Some(List::Problems)
    } else if has(&["observation", "labs", "vitals"]) {
        Some(List::Labs)
    } else {
        None
    }
}

/// Whether what stands there is nothing at all: null, wrapped or not.
pub fn is_nothing(value: &Resource<'_>) -> bool {
    value.shape == Shape::Null || (value.kind == Kind::Unsaid && value.wrapped && !value.touched)
}
