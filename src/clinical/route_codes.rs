//! The codes by which orders name routes and dose forms, and what they mean. Closed tables; a code not listed is unknown.

use crate::clinical::code::{Concept, System};
use crate::clinical::form::Form;
use crate::clinical::route::Route;

/// The route behind a concept as sent; `None` when no code of it is listed (an unknown route counts as systemic).
///
/// Codes decide, in the order sent. Only where no code is known, words that are exactly a route of the closed list
/// (`Oral`, `oral route`) are read: a route is no identity, and unread words leave it unknown.
pub fn route_of(concept: &Concept) -> Option<Route> {
    let coded = concept.codes.iter().find_map(|code| match &code.system {
        System::Snomed => snomed_route(&code.value),
        System::Other(uri) => other_route(uri, &code.value),
        _ => None,
    });
    coded.or_else(|| route_word(concept.text.as_deref()?))
}

/// The dose form behind a concept as sent; `None` when it is not listed.
pub fn form_of(concept: &Concept) -> Option<Form> {
    let coded = concept.codes.iter().find_map(|code| match &code.system {
        System::Snomed => snomed_form(&code.value),
        _ => None,
    });
    coded.or_else(|| {
        let word = concept.text.as_deref()?.trim();
        Form::ALL.iter().copied().find(|f| f.word().eq_ignore_ascii_case(word))
    })
}

fn route_word(words: &str) -> Option<Route> {
    let words = words.trim();
    let words = words.strip_suffix("(qualifier value)").unwrap_or(words).trim_end();
    let words = words.strip_suffix("route").or_else(|| words.strip_suffix("Route")).unwrap_or(words).trim_end();
    Route::ALL.iter().copied().find(|r| r.word().eq_ignore_ascii_case(words))
}

/// SNOMED CT: routes of administration (284009009) and the older qualifier values still seen in orders.
fn snomed_route(code: &str) -> Option<Route> {
    Some(match code {
        "26643006" | "260548002" => Route::Oral,
        "37839007" => Route::Sublingual,
        "54471007" => Route::Buccal,
        "372454008" | "127490009" | "127492001" => Route::Enteral,
        "47625008" | "255560000" => Route::Intravenous,
        "78421000" | "255559005" => Route::Intramuscular,
        "34206005" | "263887005" => Route::Subcutaneous,
        "372464004" => Route::Intradermal,
        "72607000" => Route::Intrathecal,
        "404820008" => Route::Epidural,
        "417255000" => Route::Intraosseous,
        "12130007" => Route::Intraarticular,
        "418401004" => Route::Intravitreal,
        "447694001" => Route::Inhalation,
        "46713006" => Route::Nasal,
        "54485002" => Route::Ophthalmic,
        "10547007" => Route::Otic,
        "6064005" | "359540000" => Route::Topical,
        "45890007" => Route::Transdermal,
        "37161004" => Route::Rectal,
        "16857009" => Route::Vaginal,
        "90028008" => Route::Urethral,
        "372471009" => Route::Intravesical,
        "372449004" => Route::Dental,
        "58100008" | "38239002" => Route::Other,
        _ => return None,
    })
}

fn other_route(uri: &str, value: &str) -> Option<Route> {
    match uri {
        "http://terminology.hl7.org/CodeSystem/v2-0162" | "http://hl7.org/fhir/v2/0162" => v2_route(value),
        "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
        | "http://ncithesaurus-stage.nci.nih.gov"
        | "urn:oid:2.16.840.1.113883.3.26.1.1" => nci_route(value),
        "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration" => v3_route(value),
        _ => None,
    }
}

/// HL7 v2, table 0162.
fn v2_route(code: &str) -> Option<Route> {
    Some(match code {
        "PO" => Route::Oral,
        "SL" => Route::Sublingual,
        "B" => Route::Buccal,
        "GTT" | "NG" => Route::Enteral,
        "IV" => Route::Intravenous,
        "IM" => Route::Intramuscular,
        "SC" => Route::Subcutaneous,
        "ID" => Route::Intradermal,
        "IT" => Route::Intrathecal,
        "EP" => Route::Epidural,
        "IH" => Route::Inhalation,
        "IN" | "NS" => Route::Nasal,
        "OP" => Route::Ophthalmic,
        "OT" => Route::Otic,
        "TP" => Route::Topical,
        "TD" => Route::Transdermal,
        "PR" => Route::Rectal,
        "VG" => Route::Vaginal,
        "UR" => Route::Urethral,
        "DT" => Route::Dental,
        _ => return None,
    })
}

/// HL7 v3 RouteOfAdministration, the codes for the commonest routes.
fn v3_route(code: &str) -> Option<Route> {
    Some(match code {
        "PO" => Route::Oral,
        "SL" => Route::Sublingual,
        "IVINJ" => Route::Intravenous,
        "IM" => Route::Intramuscular,
        "SQ" => Route::Subcutaneous,
        "IPINHL" => Route::Inhalation,
        _ => return None,
    })
}

/// NCI Thesaurus, as in structured product labels.
fn nci_route(code: &str) -> Option<Route> {
    Some(match code {
        "C38288" => Route::Oral,
        "C38300" => Route::Sublingual,
        "C38193" => Route::Buccal,
        "C38276" => Route::Intravenous,
        "C28161" => Route::Intramuscular,
        "C38299" => Route::Subcutaneous,
        "C38238" => Route::Intradermal,
        "C38267" => Route::Intrathecal,
        "C38216" => Route::Inhalation,
        "C38284" => Route::Nasal,
        "C38287" => Route::Ophthalmic,
        "C38192" => Route::Otic,
        "C38304" => Route::Topical,
        "C38305" => Route::Transdermal,
        "C38295" => Route::Rectal,
        "C38313" => Route::Vaginal,
        _ => return None,
    })
}

fn snomed_form(code: &str) -> Option<Form> {
    Some(match code {
        "385055001" | "385057009" | "421026006" => Form::Tablet,
        "385049006" => Form::Capsule,
        "385219001" | "385221006" => Form::Injection,
        "385157007" => Form::NasalSpray,
        "385101003" => Form::Ointment,
        _ => return None,
    })
}
