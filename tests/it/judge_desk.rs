//! The judge of the pharmacy side's answers: what FHIR R4 wants of the Bundle, and our own promise that it is never silent.

use serde_json::Value;
use std::collections::BTreeSet;

/// Panics with every complaint about the answer to `POST /screen`.
#[track_caller]
pub fn judge_issues(body: &[u8]) {
    let complaints = issue_complaints(body);
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), String::from_utf8_lossy(body));
}

/// What is wrong with the answer.
pub fn issue_complaints(body: &[u8]) -> Vec<String> {
    let Ok(bundle) = serde_json::from_slice::<Value>(body) else { return vec!["body is not JSON".to_owned()] };
    let mut said = Vec::new();
    no_empties("", &bundle, &mut said);
    let mut claim = |holds: bool, what: &str| {
        if !holds {
            said.push(what.to_owned());
        }
    };
    claim(bundle["resourceType"] == "Bundle" && bundle["type"] == "collection", "is no collection");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let urls: BTreeSet<&str> = entries.iter().filter_map(|e| e["fullUrl"].as_str()).collect();
    claim(urls.len() == entries.len(), "a fullUrl is missing or stands twice");
    claim(urls.iter().all(|url| url.starts_with("urn:uuid:")), "a fullUrl is no URN");
    let of = |kind: &str| -> Vec<&Value> {
        entries.iter().map(|e| &e["resource"]).filter(|r| r["resourceType"] == kind).collect()
    };
    let (issues, outcomes, parameters) = (of("DetectedIssue"), of("OperationOutcome"), of("Parameters"));
    claim(issues.len() + outcomes.len() + parameters.len() == entries.len(), "holds something else");
    claim(outcomes.len() == 1, "has not one OperationOutcome");
    claim(parameters.iter().filter(|p| p["id"] == "screening").count() == 1, "has not one screening");
    for issue in &issues {
        claim(issue["status"] == "final", "status is not final");
        claim(["high", "moderate", "low"].iter().any(|s| issue["severity"] == *s), "severity is none of FHIR's");
        let codings = issue["code"]["coding"].as_array().cloned().unwrap_or_default();
        let hl7 = codings.iter().find(|c| c["system"] == "http://terminology.hl7.org/CodeSystem/v3-ActCode");
        let known = ["DRG", "ALGY", "DOSE", "DUPTHPY", "COND", "OBSA"];
        claim(hl7.is_some_and(|c| known.iter().any(|k| c["code"] == *k)), "has no code of HL7");
        claim(issue["implicated"].as_array().is_some_and(|i| !i.is_empty()), "implicates nothing");
        claim(issue["detail"].is_string() && issue["identifiedDateTime"].is_string(), "lacks words or time");
        claim(issue["extension"][0]["url"] == "urn:caveat:finding", "lacks the finding");
    }
    for extension in issues.iter().flat_map(|i| i["extension"].as_array().into_iter().flatten()) {
        well_made(extension, "url", "extension", &mut said);
    }
    for parameter in parameters.iter().flat_map(|p| p["parameter"].as_array().into_iter().flatten()) {
        well_made(parameter, "name", "part", &mut said);
    }
    let gaps = outcomes.iter().flat_map(|o| o["issue"].as_array().into_iter().flatten());
    let gaps = gaps.filter(|i| i["code"] != "informational").count();
    let complete = parameters.iter().flat_map(|p| p["parameter"].as_array().into_iter().flatten());
    let complete = complete.filter(|p| p["name"] == "complete").any(|p| p["valueBoolean"] == true);
    if complete != (gaps == 0) {
        said.push("`complete` does not say whether there are gaps".to_owned());
    }
    said
}

/// Neither null nor empty anywhere.
fn no_empties(at: &str, value: &Value, said: &mut Vec<String>) {
    match value {
        Value::Null => said.push(format!("{at}: is null")),
        Value::String(text) if text.trim().is_empty() => said.push(format!("{at}: is an empty string")),
        Value::Array(items) if items.is_empty() => said.push(format!("{at}: is an empty list")),
        Value::Object(members) if members.is_empty() => said.push(format!("{at}: is an empty object")),
        Value::Array(items) => items.iter().for_each(|item| no_empties(at, item, said)),
        Value::Object(members) => members.iter().for_each(|(k, v)| no_empties(&format!("{at}.{k}"), v, said)),
        _ => {}
    }
}

/// A name, and either one value or what is nested.
fn well_made(item: &Value, name: &str, nested: &str, said: &mut Vec<String>) {
    let values = item.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("value")).count();
    let inner = item[nested].as_array();
    if !item[name].is_string() || values + usize::from(inner.is_some()) != 1 {
        said.push(format!("{item}: is no {nested} of FHIR"));
    }
    inner.into_iter().flatten().for_each(|item| well_made(item, name, nested, said));
}
