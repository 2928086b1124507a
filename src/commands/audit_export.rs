//! `caveat audit export`: the record for other systems: newline-delimited JSON as it is kept, or as FHIR R4 AuditEvent.
//!
//! No Parquet: its crate is heavier than all the rest of the record, and every tool that reads Parquet makes it of NDJSON in
//! one line (`duckdb -c "copy (from 'records.ndjson') to 'records.parquet'"`).

use crate::clinical::time::Dated;
use crate::commands::audit::Place;
use crate::commands::audit_show::{waiting, warn_of_unsound};
use crate::record::book::outcome_words;
use crate::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use crate::record::entry::{Entry, hex};
use crate::record::marks;
use crate::record::store::Ask;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

/// What to write, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct How {
    /// The form of each line.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub format: Format,
    /// From this date or time on.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Up to and with this date or time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// The form of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// As it is kept, with its place in the chain.
    Ndjson,
    /// A FHIR R4 AuditEvent.
    Fhir,
}

/// Entries read at once.
const PAGE: usize = 1_000;

/// Writes to standard output; false when there was nothing.
///
/// # Errors
///
/// In words: what cannot be read or written.
pub fn export(place: &Place, how: &How) -> Result<bool, String> {
    let wrong = |text: &str| format!("`{text}` is no date or time; write 2026-03-05 or 2026-03-05T10:00:00Z");
    let read = |text: &Option<String>| text.as_ref().map(|t| Dated::parse(t).ok_or_else(|| wrong(t))).transpose();
    let since = read(&how.since)?.map_or(i64::MIN, |d| d.earliest.0.saturating_mul(1_000));
    let until = read(&how.until)?.map_or(i64::MAX, |d| d.latest.0.saturating_mul(1_000).saturating_add(999));
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut count = 0u64;
    each(place, &mut |entry| {
        let line = match how.format {
            _ if entry.at_ms < since || entry.at_ms > until => None,
            Format::Ndjson => plain(entry),
            Format::Fhir => event(entry),
        };
        if let Some(line) = line {
            count += 1;
            writeln!(out, "{line}").map_err(|e| e.to_string())?;
        }
        Ok(())
    })?;
    out.flush().map_err(|e| e.to_string())?;
    Ok(count > 0)
}

/// Every entry, chain by chain in their order: the store's, then what only the journal has yet.
fn each(place: &Place, take: &mut dyn FnMut(&Entry) -> Result<(), String>) -> Result<(), String> {
    let waiting = waiting(place)?;
    let mut reached: BTreeMap<String, u64> = BTreeMap::new();
    if let Some(mut store) = place.open()? {
        for facts in store.chains().map_err(|e| e.to_string())? {
            let mut next = 0;
            loop {
                let ask = Ask::Walk { chain: facts.chain.clone(), from: next, most: PAGE };
                let page = store.find(&ask).map_err(|e| e.to_string())?;
                warn_of_unsound(&page);
                page.iter().try_for_each(&mut *take)?;
                let Some(last) = page.last() else { break };
                next = last.seq + 1;
            }
            reached.insert(facts.chain, next);
        }
    }
    waiting.iter().filter(|e| e.seq >= reached.get(&e.chain).copied().unwrap_or(0)).try_for_each(take)
}

/// An entry as it is kept; a capture stays encrypted where it is.
fn plain(entry: &Entry) -> Option<Value> {
    let held: Value = match marks::decision(entry) {
        Some(decision) => json!({ "decision": decision }),
        None => json!({ "feedback": marks::feedback(entry)? }),
    };
    let mut line = json!({
        "instance": entry.chain, "seq": entry.seq, "writtenMs": entry.at_ms, "kind": entry.kind.word(),
        "hash": hex(&entry.hash), "prev": hex(&entry.prev),
    });
    if let (Some(line), Value::Object(held)) = (line.as_object_mut(), held) {
        line.extend(held);
    }
    Some(line)
}

/// An entry as an AuditEvent.
fn event(entry: &Entry) -> Option<Value> {
    if let Some(decision) = marks::decision(entry) {
        return Some(answered(entry, &decision));
    }
    marks::feedback(entry).map(|feedback| told(entry, &feedback))
}

const PSEUDONYM: &str = "urn:caveat:pseudonym";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";

/// What both kinds have in common.
fn frame(entry: &Entry, subtype: &str, at_ms: i64, outcome: &str) -> Value {
    json!({
        "resourceType": "AuditEvent",
        "id": &hex(&entry.hash)[..32],
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest" },
        "subtype": [{ "system": "urn:caveat:hook", "code": subtype }],
        "action": "E",
        "recorded": instant(at_ms),
        "outcome": outcome,
        "source": { "observer": { "display": format!("caveat {}", entry.chain) } },
    })
}

fn answered(entry: &Entry, d: &Decision) -> Value {
    let outcome = if d.status < 400 { "0" } else { "8" };
    let mut event = frame(entry, &d.hook, d.at_ms, outcome);
    event["agent"] = agents(&d.user, &d.client, &d.tenant);
    let rule = |f: &DecidedFinding| {
        let shown = if f.suppressed.is_empty() { "shown" } else { &f.suppressed };
        json!({ "type": "rule", "valueString": format!("{} v{} {} {shown}", f.rule, f.version, f.severity) })
    };
    let mut details =
        vec![json!({ "type": "pack", "valueString": d.pack }), json!({ "type": "engine", "valueString": d.engine })];
    details.extend(d.findings.iter().map(rule));
    details.extend(d.gaps.iter().map(|g| json!({ "type": "gap", "valueString": format!("{} {}", g.kind, g.entry) })));
    let mut entities = Vec::new();
    if !d.patient.is_empty() {
        entities.push(json!({
            "what": { "identifier": { "system": PSEUDONYM, "value": d.patient } },
            "type": { "system": ENTITY, "code": "1", "display": "Person" },
            "role": { "system": ROLE, "code": "1", "display": "Patient" },
        }));
    }
    entities.push(json!({
        "what": { "identifier": { "system": "urn:caveat:decision", "value": d.id } },
        "type": { "system": ENTITY, "code": "2", "display": "System Object" },
        "role": { "system": ROLE, "code": "20", "display": "Job" },
        "detail": details,
    }));
    event["entity"] = Value::Array(entities);
    event
}

fn told(entry: &Entry, f: &FeedbackRecord) -> Value {
    let mut event = frame(entry, "feedback", f.arrived_ms, "0");
    event["agent"] = agents("", &f.client, &f.tenant);
    let outcome = outcome_words(f);
    let mut details = vec![json!({ "type": "outcome", "valueString": outcome })];
    if !f.reason_code.is_empty() {
        details.push(json!({ "type": "reason", "valueString": format!("{}|{}", f.reason_system, f.reason_code) }));
    }
    if f.uncertain {
        details.push(json!({ "type": "uncertain", "valueString": "which form of the card it is about" }));
    }
    event["entity"] = json!([{
        "what": { "identifier": { "system": "urn:caveat:card", "value": if f.card.is_empty() { "unknown" } else { &f.card } } },
        "type": { "system": ENTITY, "code": "2", "display": "System Object" },
        "detail": details,
    }]);
    event
}

/// Who asked: the user by pseudonym where one was named, and the client.
fn agents(user: &str, client: &str, tenant: &str) -> Value {
    let mut name = client.to_owned();
    if !tenant.is_empty() {
        name.push('/');
        name.push_str(tenant);
    }
    let client = json!({ "name": name, "requestor": user.is_empty() });
    match user {
        "" => json!([client]),
        user => json!([{ "who": { "identifier": { "system": PSEUDONYM, "value": user } }, "requestor": true }, client]),
    }
}

/// A FHIR instant.
fn instant(ms: i64) -> String {
    let second = crate::clinical::time::Moment(ms.div_euclid(1_000)).rfc3339();
    format!("{}.{:03}Z", second.trim_end_matches('Z'), ms.rem_euclid(1_000))
}
