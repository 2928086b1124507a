//! The response judge: Inferno's assertions without the CRD-only ones, the invariants of HL7's logical models, and our own
//! promises. Every HTTP response in every test passes it; its own table proves that each assertion can fail.

use caveat::clinical::severity::{Evidence, Loudness, Management, Question, Severity};
use caveat::clinical::time::Dated;
use caveat::engine::finding::{Cell, GapKind};
use caveat::hooks::call::Hook;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Panics with every complaint about the answer to a hook call.
#[track_caller]
pub fn judge_response(hook: Hook, status: u16, body: &[u8]) {
    refuse(&response_complaints(hook, status, body), body);
}

/// As `judge_response`, knowing the request: what is deleted must be a draft of the call.
#[track_caller]
pub fn judge_exchange(hook: Hook, request: &[u8], status: u16, body: &[u8]) {
    let mut complaints = response_complaints(hook, status, body);
    complaints.extend(exchange_complaints(request, body));
    refuse(&complaints, body);
}

/// Panics with every complaint about the answer to discovery.
#[track_caller]
pub fn judge_discovery(status: u16, body: &[u8]) {
    refuse(&discovery_complaints(status, body), body);
}

/// Panics with every complaint about a refusal.
#[track_caller]
pub fn judge_outcome(status: u16, body: &[u8]) {
    refuse(&outcome_complaints(status, body), body);
}

/// Panics unless the headers of any answer of ours say JSON and let browsers read it.
#[track_caller]
pub fn judge_headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
    refuse(&header_complaints(headers), b"");
}

#[track_caller]
fn refuse(complaints: &[String], body: &[u8]) {
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), String::from_utf8_lossy(body));
}

/// What is wrong with the headers.
pub fn header_complaints<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let (mut json, mut cors) = (false, false);
    for (name, value) in headers {
        json |= name.eq_ignore_ascii_case("content-type") && value.starts_with("application/json");
        json |= name.eq_ignore_ascii_case("content-type") && value.starts_with("application/fhir+json");
        cors |= name.eq_ignore_ascii_case("access-control-allow-origin");
    }
    let mut said = Vec::new();
    if !json {
        said.push("content-type is not JSON".to_owned());
    }
    if !cors {
        said.push("access-control-allow-origin is missing".to_owned());
    }
    said
}

/// What is wrong with the answer to a hook call.
pub fn response_complaints(hook: Hook, status: u16, body: &[u8]) -> Vec<String> {
    let mut judge = Judge::default();
    judge.claim(status == 200, "", "status is not 200");
    let Some(root) = judge.object(body) else { return judge.said };
    judge.no_empties("", &Value::Object(root.clone()), &["cards"]);
    judge.only(&root, "", &["cards", "systemActions", "extension"]);
    judge.claim(!root.contains_key("systemActions"), "", "systemActions are never sent");
    let Some(cards) = root.get("cards").and_then(Value::as_array) else {
        judge.say("cards", "is missing or no array");
        return judge.said;
    };
    let mut quiet = false;
    for (n, card) in cards.iter().enumerate() {
        let at = format!("cards[{n}]");
        let Some(card) = card.as_object() else {
            judge.say(&at, "is no object");
            continue;
        };
        judge.card(card, &at);
        let info = card.get("indicator").and_then(Value::as_str) == Some("info");
        judge.claim(info || !quiet, &at, "an interrupting card stands after a passive one");
        quiet |= info;
    }
    if matches!(hook, Hook::PatientView | Hook::EncounterDischarge) {
        judge.claim(cards.len() <= 1, "cards", "a review is one card");
        judge.claim(quiet || cards.is_empty(), "cards", "a review does not interrupt");
    }
    judge.screening(&root);
    judge.said
}

/// What is wrong with an answer, given its request.
pub fn exchange_complaints(request: &[u8], body: &[u8]) -> Vec<String> {
    let mut judge = Judge::default();
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut sent = BTreeSet::new();
    references(&request["context"], &mut sent);
    let mut known = sent.clone();
    references(&request["prefetch"], &mut known);
    for action in all_actions(&answer) {
        if let Some(id) = action["resourceId"].as_str() {
            judge.claim(sent.contains(id), id, "is deleted and was no draft of the call");
        }
        let resource = &action["resource"];
        if let (Some(kind), Some(id)) = (resource["resourceType"].as_str(), resource["id"].as_str()) {
            let id = format!("{kind}/{id}");
            judge.claim(known.contains(&id), &id, "is updated and was not sent");
        }
    }
    judge.said
}

/// What is wrong with the answer to discovery.
pub fn discovery_complaints(status: u16, body: &[u8]) -> Vec<String> {
    let mut judge = Judge::default();
    judge.claim(status == 200, "", "status is not 200");
    let Some(root) = judge.object(body) else { return judge.said };
    judge.no_empties("", &Value::Object(root.clone()), &["services"]);
    let Some(services) = root.get("services").and_then(Value::as_array) else {
        judge.say("services", "is missing or no array");
        return judge.said;
    };
    let mut ids = BTreeSet::new();
    for (n, service) in services.iter().enumerate() {
        let at = format!("services[{n}]");
        let Some(service) = service.as_object() else {
            judge.say(&at, "is no object");
            continue;
        };
        for key in ["hook", "title", "description", "id", "version", "usageRequirements"] {
            judge.text(service, &at, key);
        }
        judge.only(service, &at, &["hook", "title", "description", "id", "version", "usageRequirements", "prefetch"]);
        judge.claim(ids.insert(service.get("id").cloned().unwrap_or_default().to_string()), &at, "id stands twice");
        let templates = service.get("prefetch").and_then(Value::as_object).cloned().unwrap_or_default();
        for (key, template) in &templates {
            let at = format!("{at}.prefetch.{key}");
            judge.claim(is_code(key), &at, "key is no FHIR code");
            judge.template(template.as_str().unwrap_or(""), &at);
        }
    }
    judge.said
}

/// What is wrong with a refusal.
pub fn outcome_complaints(status: u16, body: &[u8]) -> Vec<String> {
    let mut judge = Judge::default();
    judge.claim((400..500).contains(&status) || status == 503, "", "status is no refusal of ours");
    let Some(root) = judge.object(body) else { return judge.said };
    judge.no_empties("", &Value::Object(root.clone()), &[]);
    judge.only(&root, "", &["resourceType", "issue"]);
    judge.claim(
        root.get("resourceType") == Some(&"OperationOutcome".into()),
        "resourceType",
        "is not OperationOutcome",
    );
    let issues = root.get("issue").and_then(Value::as_array).cloned().unwrap_or_default();
    judge.claim(!issues.is_empty(), "issue", "is missing or empty");
    for (n, issue) in issues.iter().filter_map(Value::as_object).enumerate() {
        let at = format!("issue[{n}]");
        judge.word(issue, &at, "severity", &["fatal", "error", "warning", "information"]);
        judge.word(issue, &at, "code", ISSUE_TYPES);
        judge.text(issue, &at, "diagnostics");
        judge.only(issue, &at, &["severity", "code", "diagnostics", "expression", "details"]);
    }
    let expression = |issue: &Value| issue["expression"].as_array().is_some_and(|e| e.iter().all(Value::is_string));
    judge.claim(status != 412 || issues.iter().all(expression), "issue", "412 does not name the keys");
    judge.said
}

/// FHIR issue types.
const ISSUE_TYPES: &[&str] = &[
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];

/// Parameters of the subset of FHIR search that CDS Hooks recommends, as our templates use them.
const SEARCH: &[&str] = &["patient", "status", "category", "code", "_sort", "_count", "date", "authoredon"];

#[derive(Default)]
struct Judge {
    said: Vec<String>,
    uuids: BTreeSet<String>,
    cards: BTreeSet<String>,
}

impl Judge {
    fn say(&mut self, at: &str, what: &str) {
        self.said.push(format!("{at}: {what}"));
    }

    fn claim(&mut self, holds: bool, at: &str, what: &str) {
        if !holds {
            self.say(at, what);
        }
    }

    fn object(&mut self, body: &[u8]) -> Option<Map<String, Value>> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(root)) => Some(root),
            Ok(_) => {
                self.say("", "body is no object");
                None
            }
            Err(e) => {
                self.say("", &format!("body is not JSON: {e}"));
                None
            }
        }
    }

    /// Neither null nor empty anywhere, save for these members of the root.
    fn no_empties(&mut self, at: &str, value: &Value, may_be_empty: &[&str]) {
        match value {
            Value::Null => self.say(at, "is null"),
            Value::String(s) => self.claim(!s.trim().is_empty(), at, "is an empty string"),
            Value::Array(items) => {
                let allowed = at.strip_prefix('.').is_some_and(|key| may_be_empty.contains(&key));
                self.claim(!items.is_empty() || allowed, at, "is an empty array");
                items.iter().enumerate().for_each(|(n, v)| self.no_empties(&format!("{at}[{n}]"), v, &[]));
            }
            Value::Object(members) => {
                self.claim(!members.is_empty(), at, "is an empty object");
                for (key, v) in members {
                    self.no_empties(&format!("{at}.{key}"), v, may_be_empty);
                }
            }
            Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn only(&mut self, object: &Map<String, Value>, at: &str, known: &[&str]) {
        for key in object.keys() {
            self.claim(
                known.contains(&key.as_str()),
                at,
                &format!("has a member `{key}` that the standard does not know"),
            );
        }
    }

    fn text<'v>(&mut self, object: &'v Map<String, Value>, at: &str, key: &str) -> &'v str {
        match object.get(key) {
            Some(Value::String(s)) if !s.trim().is_empty() => s,
            Some(Value::String(_)) => {
                self.say(at, &format!("`{key}` is empty"));
                ""
            }
            Some(_) => {
                self.say(at, &format!("`{key}` is no string"));
                ""
            }
            None => {
                self.say(at, &format!("`{key}` is missing"));
                ""
            }
        }
    }

    fn word(&mut self, object: &Map<String, Value>, at: &str, key: &str, words: &[&str]) {
        let found = self.text(object, at, key).to_owned();
        self.claim(words.contains(&found.as_str()), at, &format!("`{key}` is `{found}`, not one of {words:?}"));
    }

    fn uuid(&mut self, object: &Map<String, Value>, at: &str) -> String {
        let found = self.text(object, at, "uuid").to_owned();
        self.claim(uuid::Uuid::try_parse(&found).is_ok() && found.len() == 36, at, "`uuid` is no UUID");
        let new = self.uuids.insert(found.clone()) || found.is_empty();
        self.claim(new, at, "`uuid` is not unique");
        found
    }

    fn card(&mut self, card: &Map<String, Value>, at: &str) {
        self.only(
            card,
            at,
            &[
                "uuid",
                "summary",
                "detail",
                "indicator",
                "source",
                "suggestions",
                "selectionBehavior",
                "overrideReasons",
                "links",
                "extension",
            ],
        );
        let uuid = self.uuid(card, at);
        self.cards.insert(uuid);
        let summary = self.text(card, at, "summary").to_owned();
        self.claim(summary.chars().count() <= 139, at, "summary has 140 characters or more");
        self.claim(!summary.chars().any(char::is_control), at, "summary has control characters");
        let detail = self.text(card, at, "detail").to_owned();
        self.markdown(&detail, at);
        self.word(card, at, "indicator", &["info", "warning", "critical"]);
        self.source(card, at);
        self.suggestions(card, at);
        self.reasons(card, at);
        self.links(card, at);
        let loud = card.get("indicator").and_then(Value::as_str) != Some("info");
        match card.get("extension") {
            Some(extension) => self.finding(extension, at),
            None => self.claim(!loud, at, "interrupts without the extension org.caveat.finding"),
        }
    }

    fn markdown(&mut self, detail: &str, at: &str) {
        let tag = |w: &[u8]| w[0] == b'<' && (w[1].is_ascii_alphabetic() || matches!(w[1], b'/' | b'!' | b'?'));
        self.claim(!detail.as_bytes().windows(2).any(tag), at, "detail holds HTML");
        self.claim(!detail.chars().any(|c| c.is_control() && c != '\n'), at, "detail holds control characters");
        let plain = detail.replace("\\\\", "").replace("\\*", "");
        self.claim(plain.matches("**").count().is_multiple_of(2), at, "detail has an unclosed `**`");
        let ticks = plain.replace("\\`", "").matches('`').count();
        self.claim(ticks.is_multiple_of(2), at, "detail has an unclosed back-tick");
    }

    fn source(&mut self, card: &Map<String, Value>, at: &str) {
        let Some(source) = card.get("source").and_then(Value::as_object) else {
            return self.say(at, "`source` is missing or no object");
        };
        let at = format!("{at}.source");
        self.only(source, &at, &["label", "url", "icon", "topic"]);
        self.text(source, &at, "label");
        for key in ["url", "icon"] {
            let url = source.get(key).map(|u| u.as_str().unwrap_or_default());
            self.claim(url.is_none_or(|u| u.starts_with("https://")), &at, &format!("`{key}` is no absolute URL"));
        }
        let Some(topic) = source.get("topic").and_then(Value::as_object) else {
            return self.say(&at, "`topic` is missing or no object");
        };
        self.text(topic, &at, "system");
        let code = self.text(topic, &at, "code").to_owned();
        let lasting = code.len() <= 100 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        self.claim(lasting, &at, "topic code is not at most 100 alphanumeric characters, hyphens and dots");
    }

    fn suggestions(&mut self, card: &Map<String, Value>, at: &str) {
        let suggestions = match card.get("suggestions") {
            None => return self.claim(!card.contains_key("selectionBehavior"), at, "selectionBehavior of nothing"),
            Some(Value::Array(suggestions)) => suggestions,
            Some(_) => return self.say(at, "`suggestions` is no array"),
        };
        self.word(card, at, "selectionBehavior", &["any", "at-most-one"]);
        let recommended = suggestions.iter().filter(|s| s["isRecommended"] == true).count();
        self.claim(recommended == 0, at, "a suggestion is pre-selected");
        for (n, suggestion) in suggestions.iter().enumerate() {
            let at = format!("{at}.suggestions[{n}]");
            let Some(suggestion) = suggestion.as_object() else {
                self.say(&at, "is no object");
                continue;
            };
            self.only(suggestion, &at, &["label", "uuid", "isRecommended", "actions"]);
            self.text(suggestion, &at, "label");
            self.uuid(suggestion, &at);
            self.claim(
                suggestion.get("isRecommended").is_some_and(Value::is_boolean),
                &at,
                "isRecommended is no boolean",
            );
            match suggestion.get("actions").and_then(Value::as_array) {
                Some(actions) => {
                    self.claim(actions.len() == 1, &at, "has not one action");
                    for action in actions {
                        self.action(action, &at);
                    }
                }
                None => self.say(&at, "`actions` is missing or no array"),
            }
        }
    }

    fn action(&mut self, action: &Value, at: &str) {
        let Some(action) = action.as_object() else { return self.say(at, "action is no object") };
        self.only(action, at, &["type", "description", "resource", "resourceId"]);
        self.word(action, at, "type", &["create", "update", "delete"]);
        self.text(action, at, "description");
        let resource = action.get("resource");
        match action.get("type").and_then(Value::as_str) {
            Some("delete") => {
                self.claim(resource.is_none(), at, "delete has a resource");
                let id = self.text(action, at, "resourceId").to_owned();
                let shaped = id.split_once('/').is_some_and(|(kind, id)| {
                    kind.starts_with(|c: char| c.is_ascii_uppercase()) && !id.is_empty() && !id.contains('/')
                });
                self.claim(shaped, at, "resourceId is not of the form Type/id");
            }
            Some("create" | "update") => match resource.and_then(Value::as_object) {
                Some(resource) => self.resource(resource, at, action.get("type") == Some(&"update".into())),
                None => self.say(at, "`resource` is missing or no object"),
            },
            _ => {}
        }
    }

    /// What FHIR demands of an order; an update must also have its id.
    fn resource(&mut self, resource: &Map<String, Value>, at: &str, update: bool) {
        let kind = self.text(resource, at, "resourceType").to_owned();
        let wanted: &[&str] = match kind.as_str() {
            "MedicationRequest" => &["status", "intent", "subject"],
            "MedicationOrder" => &["status", "patient"],
            _ => &[],
        };
        self.claim(!wanted.is_empty(), at, "resource is no order of a drug");
        for key in wanted {
            self.claim(resource.contains_key(*key), at, &format!("resource lacks `{key}`"));
        }
        let drug = ["medicationCodeableConcept", "medicationReference", "medication"];
        self.claim(drug.iter().any(|key| resource.contains_key(*key)), at, "resource lacks `medication[x]`");
        self.claim(!update || resource.contains_key("id"), at, "update lacks the resource's `id`");
    }

    fn reasons(&mut self, card: &Map<String, Value>, at: &str) {
        let Some(reasons) = card.get("overrideReasons") else { return };
        let Some(reasons) = reasons.as_array() else { return self.say(at, "`overrideReasons` is no array") };
        self.claim(reasons.len() <= 7, at, "more than seven override reasons");
        let mut codes = BTreeSet::new();
        for reason in reasons {
            let Some(reason) = reason.as_object() else {
                self.say(at, "an override reason is no object");
                continue;
            };
            let code = self.text(reason, at, "code").to_owned();
            self.text(reason, at, "system");
            self.text(reason, at, "display");
            self.claim(codes.insert(code), at, "an override reason stands twice");
        }
    }

    fn links(&mut self, card: &Map<String, Value>, at: &str) {
        let Some(links) = card.get("links") else { return };
        let Some(links) = links.as_array() else { return self.say(at, "`links` is no array") };
        for link in links {
            let Some(link) = link.as_object() else {
                self.say(at, "a link is no object");
                continue;
            };
            self.text(link, at, "label");
            let url = self.text(link, at, "url").to_owned();
            self.claim(url.starts_with("https://"), at, "a link's url is not absolute");
            self.word(link, at, "type", &["absolute", "smart"]);
            let smart = link.get("type") == Some(&"smart".into());
            self.claim(smart || !link.contains_key("appContext"), at, "appContext without smart");
            self.claim(link.get("autolaunchable") != Some(&true.into()), at, "a link launches itself");
        }
    }

    fn finding(&mut self, extension: &Value, at: &str) {
        let at = format!("{at}.extension");
        let Some(finding) = extension.get("org.caveat.finding").and_then(Value::as_object) else {
            return self.say(&at, "lacks org.caveat.finding");
        };
        self.word(finding, &at, "version", &["1"]);
        self.word(finding, &at, "kind", &Question::ALL.map(Question::word));
        self.word(finding, &at, "severity", Severity::WORDS);
        self.word(finding, &at, "loudness", Loudness::WORDS);
        self.word(finding, &at, "management", Management::WORDS);
        self.word(finding, &at, "evidence", Evidence::WORDS);
        self.text(finding, &at, "key");
        self.rule(finding, &at);
        let participants = finding.get("participants").and_then(Value::as_array).cloned().unwrap_or_default();
        self.claim(!participants.is_empty(), &at, "has no participants");
        for participant in participants.iter().filter_map(Value::as_object) {
            self.word(participant, &at, "role", &["object", "precipitant", "mutual", "drug", "allergen", "problem"]);
            self.text(participant, &at, "name");
            if let Some(code) = participant.get("code").and_then(Value::as_object) {
                self.text(code, &at, "system");
                self.text(code, &at, "code");
            }
        }
    }

    fn rule(&mut self, object: &Map<String, Value>, at: &str) {
        let Some(rule) = object.get("rule").and_then(Value::as_object) else {
            return self.say(at, "`rule` is missing or no object");
        };
        self.text(rule, at, "id");
        self.claim(rule.get("version").is_some_and(Value::is_u64), at, "rule has no version");
    }

    fn screening(&mut self, root: &Map<String, Value>) {
        let at = "extension.org.caveat.screening";
        let Some(screening) = root.get("extension").and_then(|e| e.get("org.caveat.screening")?.as_object()) else {
            return self.say(at, "is missing or no object");
        };
        self.word(screening, at, "version", &["1"]);
        match screening.get("pack").and_then(Value::as_object) {
            Some(pack) => ["name", "version", "hash"].iter().for_each(|key| _ = self.text(pack, at, key)),
            None => self.say(at, "`pack` is missing or no object"),
        }
        let as_of = self.text(screening, at, "asOf").to_owned();
        self.claim(Dated::parse(&as_of).is_some_and(|d| d.earliest == d.latest), at, "asOf is no time");
        let list = |key: &str| screening.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let gaps = list("gaps");
        let complete = screening.get("complete").and_then(Value::as_bool);
        self.claim(complete == Some(gaps.is_empty()), at, "`complete` does not say whether there are gaps");
        let kinds: Vec<&str> = GapKind::ALL.iter().map(|k| k.word()).collect();
        for gap in gaps.iter().filter_map(Value::as_object) {
            self.word(gap, at, "kind", &kinds);
        }
        for finding in list("findings").iter().filter_map(Value::as_object) {
            self.word(finding, at, "kind", &Question::ALL.map(Question::word));
            self.rule(finding, at);
            let card = finding.get("card").and_then(Value::as_str);
            self.claim(card.is_none_or(|c| self.cards.contains(c)), at, "a finding names a card that is not there");
            self.fate(finding, at);
        }
        for promise in list("obligations").iter().filter_map(Value::as_object) {
            ["rule", "by", "card"].iter().for_each(|key| _ = self.text(promise, at, key));
            ["at", "due"].iter().for_each(|key| self.time(promise, at, key));
            self.claim(
                promise.get("overdue").is_some_and(Value::is_boolean),
                at,
                "a promise does not say whether it is overdue",
            );
        }
        let cells =
            [Cell::Checked, Cell::NoRule, Cell::DataMissing, Cell::NotApplicable, Cell::Excluded].map(Cell::word);
        for row in list("checked").iter().filter_map(Value::as_object) {
            self.claim(row.contains_key("reference") || row.contains_key("words"), at, "a row names no entry");
            Question::ALL.iter().for_each(|q| self.word(row, at, q.word(), &cells));
        }
    }

    /// Nothing is left out without a word: a finding stands on a card, or says why not. Nobody is named who overrode it.
    fn fate(&mut self, finding: &Map<String, Value>, at: &str) {
        if finding.contains_key("suppressed") {
            let words = ["overridden", "repeated", "too-many", "audience", "nothing-chosen"];
            self.word(finding, at, "suppressed", &words);
            self.claim(!finding.contains_key("card"), at, "a finding is suppressed and has a card");
        } else {
            self.claim(finding.contains_key("card"), at, "a finding has no card and does not say why");
        }
        let Some(overridden) = finding.get("overridden").and_then(Value::as_object) else {
            return self.claim(finding.get("suppressed").is_none_or(|s| s != "overridden"), at, "nobody overrode it");
        };
        let by = self.text(overridden, at, "by").to_owned();
        self.claim(by.bytes().all(|b| b.is_ascii_hexdigit()), at, "`by` is no pseudonym");
        self.text(overridden, at, "card");
        self.time(overridden, at, "at");
    }

    fn time(&mut self, object: &Map<String, Value>, at: &str, key: &str) {
        let text = self.text(object, at, key).to_owned();
        self.claim(Dated::parse(&text).is_some_and(|d| d.earliest == d.latest), at, "is no time");
    }

    fn template(&mut self, template: &str, at: &str) {
        let mut rest = template;
        while let Some((_, after)) = rest.split_once("{{") {
            let (token, after) = after.split_once("}}").unwrap_or((after, ""));
            self.claim(token == "context.patientId", at, "uses a token that is not always there");
            rest = after;
        }
        self.claim(!rest.contains("}}"), at, "has an unopened token");
        let Some((kind, query)) = template.split_once('?') else {
            return self.claim(template == "Patient/{{context.patientId}}", at, "is no read by the patient's id");
        };
        self.claim(kind.bytes().all(|b| b.is_ascii_alphabetic()), at, "searches no resource type");
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            self.claim(SEARCH.contains(&name), at, "uses a parameter outside the recommended subset");
            self.claim(!value.is_empty(), at, "has a parameter without a value");
        }
    }
}

fn is_code(key: &str) -> bool {
    !key.is_empty() && key.trim() == key && !key.contains("  ") && !key.contains(char::is_control)
}

/// Every `Type/id` of the resources in a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    if let (Some(kind), Some(id)) = (value["resourceType"].as_str(), value["id"].as_str()) {
        found.insert(format!("{kind}/{id}"));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|v| references(v, found)),
        Value::Object(members) => members.values().for_each(|v| references(v, found)),
        _ => {}
    }
}

fn all_actions(answer: &Value) -> impl Iterator<Item = &Value> {
    items(&answer["cards"]).flat_map(|c| items(&c["suggestions"])).flat_map(|s| items(&s["actions"]))
}

fn items(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter()
}
