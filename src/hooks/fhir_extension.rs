//! Our own JSON in FHIR's clothes: any object becomes a complex extension or a Parameters resource, member by member.
//!
//! A member `a` becomes an extension with url `a` (or a parameter named `a`): texts as `valueString`, flags as `valueBoolean`,
//! whole numbers as `valueInteger`, an object as a nested one, a list as one for each item.

use crate::hooks::json::Json;
use serde_json::Value;

/// Writes the items of an `extension` that say a value.
pub fn extensions(json: &mut Json, url: &str, value: &Value) {
    write(json, &EXTENSION, url, value);
}

/// Writes the members of a Parameters resource that says an object.
pub fn parameters(json: &mut Json, id: &'static str, value: &Value) {
    json.word_at("resourceType", "Parameters");
    json.word_at("id", id);
    json.array_at("parameter", |json| members(json, &PARAMETER, value));
}

/// How a name and what is nested are spelled.
struct Spelling {
    name: &'static str,
    nested: &'static str,
}

const EXTENSION: Spelling = Spelling { name: "url", nested: "extension" };
const PARAMETER: Spelling = Spelling { name: "name", nested: "part" };

fn members(json: &mut Json, spelling: &Spelling, value: &Value) {
    for (name, member) in value.as_object().into_iter().flatten() {
        write(json, spelling, name, member);
    }
}

fn write(json: &mut Json, spelling: &Spelling, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| write(json, spelling, name, item)),
        Value::Object(inner) if inner.is_empty() => {}
        Value::String(text) if text.trim().is_empty() => {}
        _ => json.object(|json| {
            json.text_at(spelling.name, name);
            match value {
                Value::Object(_) => json.array_at(spelling.nested, |json| members(json, spelling, value)),
                Value::String(text) => json.text_at("valueString", text),
                Value::Bool(flag) => json.flag_at("valueBoolean", *flag),
                Value::Number(number) => json.number_at("valueInteger", number.as_u64().unwrap_or(0).min(MAX)),
                Value::Null | Value::Array(_) => {}
            }
        }),
    }
}

/// The largest FHIR integer.
const MAX: u64 = 2_147_483_647;
