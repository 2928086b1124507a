//! Whether what a server sent is what was asked for: the right resource, or a Bundle of nothing else; and where its next page is.

use crate::fetch::trouble::Ill;
use serde::Deserialize;

/// What is expected of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<'a> {
    /// The record of this type and id.
    Record(&'a str, &'a str),
    /// A Bundle of records of this type.
    Search(&'a str),
    /// A Bundle of whatever the first page held.
    Page,
}

impl<'a> Expected<'a> {
    /// What a relative address asks for.
    pub fn of(path: &'a str) -> Expected<'a> {
        let path = path.trim_start_matches('/');
        match (path.split_once('?'), path.split_once('/')) {
            (Some((kind, _)), _) if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_alphabetic()) => Expected::Page,
            (Some((kind, _)), _) => Expected::Search(kind),
            (None, Some((kind, id))) if !id.contains('/') => Expected::Record(kind, id),
            _ => Expected::Page,
        }
    }

    /// Whether it is a search.
    pub fn is_search(self) -> bool {
        !matches!(self, Expected::Record(..))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    resource_type: Option<String>,
    id: Option<String>,
    link: Option<Vec<Link>>,
    entry: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Link {
    relation: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    resource: Option<Inner>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    resource_type: Option<String>,
}

/// Records that mean something to a screening: none of another type than was asked for is taken.
const TELLING: &[&str] = &[
    "Patient",
    "MedicationRequest",
    "MedicationOrder",
    "MedicationStatement",
    "MedicationUsage",
    "MedicationDispense",
    "MedicationAdministration",
    "AllergyIntolerance",
    "Condition",
    "Procedure",
    "Observation",
    "Bundle",
];

/// The address of the next page, if there is one.
///
/// # Errors
///
/// What is wrong with the body, in words.
pub fn next_page(body: &str, expected: Expected<'_>) -> Result<Option<String>, Ill> {
    let body: Body =
        serde_json::from_str(body).map_err(|_| Ill::failed("what the FHIR server sent is no readable JSON"))?;
    let kind = body.resource_type.as_deref().unwrap_or("");
    if kind == "OperationOutcome" {
        return Err(Ill::failed("the FHIR server reported a failure instead of data"));
    }
    let other = Err(Ill::failed("the FHIR server sent something else than was asked for"));
    match expected {
        Expected::Record(wanted, id) => {
            return if kind == wanted && body.id.as_deref() == Some(id) { Ok(None) } else { other };
        }
        _ if kind != "Bundle" => return other,
        Expected::Search(wanted) => {
            let kinds =
                body.entry.iter().flatten().filter_map(|entry| entry.resource.as_ref()?.resource_type.as_deref());
            if kinds.into_iter().any(|kind| kind != wanted && TELLING.contains(&kind)) {
                return other;
            }
        }
        Expected::Page => {}
    }
    let next = body.link.into_iter().flatten().find(|link| link.relation.as_deref() == Some("next"));
    Ok(next.and_then(|link| link.url).filter(|url| !url.is_empty()))
}
