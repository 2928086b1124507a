//! What a call lacks and a FHIR server could give: exactly that, and nothing that the client sent, denied or failed to send.

use crate::clinical::chart::{List, Medication, Receipt, Sex, Standing, Status};
use crate::hooks::call::Call;
use crate::hooks::discovery::{PREFETCH, PREGNANCY_KEY};
use crate::hooks::fetched::{Lack, Why};
use crate::hooks::fhir_kind::Kind;
use crate::hooks::intake_receipts::{named, slot};
use crate::hooks::limits::REFERENCES_MAX;

/// One thing wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The key it belongs to: one of ours, the client's key whose further pages these are, or a reference.
    pub key: String,
    /// Its address relative to the server's base: `Patient/1`, `Condition?patient=1`, `?page=2`.
    pub path: String,
}

/// Everything wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// What to fetch.
    pub list: Vec<Wanted>,
    /// What is lacking and cannot even be asked for.
    pub lacks: Vec<Lack>,
}

/// What a call lacks. Empty where no FHIR server is named, and where nothing is asked yet.
pub fn wanted(call: &Call<'_>) -> Wants {
    let mut wants = Wants::default();
    if call.access.server.is_empty() || call.nothing_chosen {
        return wants;
    }
    lists(call, &mut wants);
    pages(call, &mut wants);
    references(call, &mut wants);
    wants
}

/// Our keys that brought nothing.
fn lists(call: &Call<'_>, wants: &mut Wants) {
    if call.patient.is_empty() {
        return;
    }
    let missing: Vec<_> = PREFETCH.iter().filter(|(key, template)| !came(call, key, template)).collect();
    if missing.is_empty() {
        return;
    }
    if !is_id(&call.patient) {
        let words = "the patient's id is not one that FHIR allows, so nothing was fetched by it";
        wants.lacks.push(lack("context.patientId", words, Why::Failed));
        return;
    }
    for (key, template) in missing {
        let path = template.replace("{{context.patientId}}", &call.patient).replace('|', "%7C");
        wants.list.push(Wanted { key: (*key).to_owned(), path });
    }
}

/// Whether what a key of ours asks for came, under whatever key; was denied, by null; or failed: a client that tried and failed is
/// not asked past.
fn came(call: &Call<'_>, key: &str, template: &str) -> bool {
    let kind = template.split(['?', '/']).next().unwrap_or(template);
    if call.sent.has_key(key) || (key != PREGNANCY_KEY && call.sent.has_kind(kind)) {
        return true;
    }
    if key == PREGNANCY_KEY {
        let patient = &call.chart.patient;
        return patient.pregnancy.is_some() || patient.lactation.is_some() || patient.sex == Some(Sex::Male);
    }
    let Some(list) = named(key) else { return false };
    let mut received = call.chart.received.clone();
    match slot(&mut received, list) {
        Receipt::NotSent => false,
        Receipt::Failed(_) => true,
        // The list of medications has four keys: of a client that sends by ours, each speaks for itself.
        _ => list != List::Medications || !call.sent.by_our_keys(),
    }
}

/// Further pages of what was sent, where they are on the same server.
fn pages(call: &Call<'_>, wants: &mut Wants) {
    for (key, url) in &call.sent.next {
        match below(url, &call.access.server) {
            Some(path) => wants.list.push(Wanted { key: key.clone(), path: path.to_owned() }),
            None => {
                let words = "its next page is not on the FHIR server of the call, and was not followed";
                wants.lacks.push(lack(key, words, Why::More));
            }
        }
    }
}

/// Medications and orders that are named and were not sent, those in hand first.
fn references(call: &Call<'_>, wants: &mut Wants) {
    for name in &call.undispatched {
        reference(call, wants, name, |kind| kind.is_drug_record());
    }
    let drugs = &call.chart.medications;
    let counts = |m: &&Medication| !m.negated && !matches!(m.status, Status::EnteredInError | Status::Cancelled);
    for standing in [Standing::InHand, Standing::Draft, Standing::Existing] {
        let these = drugs.iter().filter(|m| m.standing == standing).filter(counts);
        for pointer in these.filter_map(|m| m.drug.unresolved.as_deref()) {
            reference(call, wants, pointer, |kind| kind == Kind::Medication);
        }
    }
    for medication in drugs.iter().filter(|m| m.standing != Standing::Existing) {
        for name in medication.replaces.iter().chain(&medication.based_on) {
            if !drugs.iter().any(|m| m.reference == *name) {
                reference(call, wants, name, |kind| kind.is_drug_record());
            }
        }
    }
}

/// Wants what a reference names, if that is of the right kind and on the server of the call. Contained resources, URNs and
/// other servers are passed over: they are gaps already.
fn reference(call: &Call<'_>, wants: &mut Wants, name: &str, right: impl Fn(Kind) -> bool) {
    let plain = name.split_once("/_history/").map_or(name, |(before, _)| before);
    let local = if plain.contains("://") { below(plain, &call.access.server) } else { Some(plain) };
    let Some((kind, id)) = local.and_then(|path| path.trim_start_matches('/').split_once('/')) else { return };
    let key = [kind, "/", id].concat();
    if !right(Kind::of(kind)) || wants.list.iter().any(|wanted| wanted.key == key) {
        return;
    }
    if !is_id(id) {
        let short: String = key.chars().take(80).collect();
        wants.lacks.push(lack(&short, "the id is not one that FHIR allows, so it was not fetched", Why::Failed));
    } else if wants.list.iter().filter(|w| w.key.contains('/')).count() < REFERENCES_MAX {
        wants.list.push(Wanted { path: key.clone(), key });
    } else if !wants.lacks.iter().any(|lack| lack.key == "references") {
        wants.lacks.push(lack("references", "more references were sent than are fetched", Why::More));
    }
}

fn lack(key: &str, words: &str, why: Why) -> Lack {
    Lack { key: key.to_owned(), words: words.to_owned(), why }
}

/// What follows the base of a server in an address on it: `/Condition?page=2`, `?page=2`; a relative address follows as it is.
fn below<'u>(url: &'u str, server: &str) -> Option<&'u str> {
    if !url.contains("://") {
        return (!url.is_empty() && !url.starts_with("//")).then_some(url);
    }
    let rest = url.strip_prefix(server.trim_end_matches('/'))?;
    rest.starts_with(['/', '?']).then_some(rest)
}

/// Whether it is an id as FHIR allows them, and no step upwards in a path.
pub fn is_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (1..=64).contains(&id.len()) && id.chars().all(allowed) && id.chars().any(|c| c != '.')
}
