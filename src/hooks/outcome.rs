//! What a refused call is told: an OperationOutcome that names the place and says what is wanted.

use crate::hooks::call::Refusal;
use crate::hooks::json::Json;

/// The status and the OperationOutcome of a refused call.
///
/// 400 when the call cannot be read, 404 when there is no such service, 412 when nothing to screen was sent (an issue for
/// each key that is wanting).
pub fn body(refusal: &Refusal) -> (u16, Vec<u8>) {
    let words = refusal.to_string();
    match refusal {
        Refusal::NotJson { .. } => (400, outcome("structure", &words, &[])),
        Refusal::Unreadable { place, .. } => (400, outcome("invalid", &words, &[place])),
        Refusal::OtherHook { .. } => (400, outcome("value", &words, &["hook"])),
        Refusal::NoService { .. } => (404, outcome("not-found", &words, &[])),
        Refusal::Wanting { keys } => {
            let places: Vec<String> = keys.iter().map(|key| format!("prefetch.{key}")).collect();
            (412, outcome("required", &words, &places.iter().map(String::as_str).collect::<Vec<_>>()))
        }
    }
}

/// The status and an OperationOutcome for what goes wrong outside a call's own words: too large (413, `too-long`), not JSON
/// by its type (415, `not-supported`), out of time (408 or 503, `timeout`), no pack (503, `transient`), a fault of ours
/// (500, `exception`). `code` is a FHIR issue type.
pub fn error(status: u16, code: &'static str, words: &str) -> (u16, Vec<u8>) {
    (status, outcome(code, words, &[]))
}

/// One issue for each place, or one without a place.
fn outcome(code: &'static str, words: &str, places: &[&str]) -> Vec<u8> {
    let mut json = Json::with_capacity(256);
    json.object(|json| {
        json.word_at("resourceType", "OperationOutcome");
        json.array_at("issue", |json| {
            if places.is_empty() {
                issue(json, code, words, "");
            }
            for place in places {
                issue(json, code, words, place);
            }
        });
    });
    json.into_bytes()
}

fn issue(json: &mut Json, code: &'static str, words: &str, place: &str) {
    json.object(|json| {
        json.word_at("severity", "error");
        json.word_at("code", code);
        json.text_at("diagnostics", words);
        json.array_at("expression", |json| json.text(place));
    });
}

/// The status (422) and the OperationOutcome of a body that was read, and holds what cannot be answered: `place` says where.
pub fn unfit(place: &str, words: &str) -> (u16, Vec<u8>) {
    (422, outcome("business-rule", words, &[place]))
}
