//! What is wrong with settings that are right one by one: what is missing, what contradicts, what is dangerous, which files
//! cannot be used.

use crate::diagnostic::report::Span;
use crate::settings::draft::GrantDraft;
use crate::settings::mistakes;
use crate::settings::read::{Placed, Work};
use crate::settings::recording::Store;
use crate::settings::review_clients::clients;
use crate::settings::shapes::bytes_32;
use crate::settings::tls_files;
use crate::settings::whole::Settings;
use std::path::Path;

/// A certificate that is good for less than this is warned of, in seconds.
pub const EXPIRY_WARNED: i64 = 14 * 86_400;

/// Reviews everything; mistakes go into `work`.
pub fn review(work: &mut Work, settings: &Settings) {
    address(work, settings);
    tls(work, settings);
    clients(work, settings);
    grants(work, settings);
    recording(work, settings);
    bounds(work, settings);
    knowledge(work, settings);
}

fn missing(work: &mut Work, at: Span, what: &str, why: &str, cure: &str) {
    if !work.partial {
        work.mistakes.push(mistakes::missing(at, what, why, cure));
    }
}

/// Why whoever reaches the address could ask, or listen in; `None`: both client trust and TLS are there.
pub fn lacks(settings: &Settings) -> Option<&'static str> {
    match (settings.clients.is_empty(), settings.server.tls.is_none()) {
        (true, true) => Some("no client is registered, and there is no TLS"),
        (true, false) => Some("no client is registered: whoever reaches it would be answered"),
        (false, true) => Some("there is no TLS: patients' data and tokens would travel in the clear"),
        (false, false) => None,
    }
}

fn address(work: &mut Work, settings: &Settings) {
    let (server, at) = (&settings.server, work.draft.at("server.listen"));
    if server.listen.ip().is_loopback() {
        return;
    }
    let Some(lacks) = lacks(settings) else { return };
    if !server.open_to_anyone && !work.partial {
        work.mistakes.push(mistakes::open_address(at, &server.listen.to_string(), lacks));
    } else if server.open_to_anyone {
        let at = work.draft.at("server.open_to_anyone");
        let cure = "let nobody but a proxy that has both reach the address";
        work.mistakes.push(mistakes::risky(at, &format!("a public address is served, and {lacks}"), "says so", cure));
    }
}

fn tls(work: &mut Work, settings: &Settings) {
    let draft = work.draft.value.clone();
    let at = |work: &Work, key: &str| work.draft.at(&format!("server.tls.{key}"));
    match (&draft.certificate, &draft.key) {
        (Some(_), None) if !work.draft.has("server.tls.key") => {
            let at = at(work, "certificate");
            missing(
                work,
                at,
                "`key` in `[server.tls]`",
                "a certificate is of no use without its key",
                "name the file of its private key: `key = \"...\"`",
            );
        }
        (None, Some(_)) if !work.draft.has("server.tls.certificate") => {
            let at = at(work, "key");
            missing(
                work,
                at,
                "`certificate` in `[server.tls]`",
                "a key is of no use without its certificate",
                "name the file of the certificate: `certificate = \"...\"`",
            );
        }
        _ => {}
    }
    if draft.client_certificate_required && !work.draft.has("server.tls.client_authority") {
        let cure = "name the authority: `client_authority = \"...\"`";
        let at = at(work, "client_certificate_required");
        work.mistakes.push(mistakes::contradiction(
            at,
            "client certificates are required, and none could be judged",
            "wants `client_authority`",
            cure,
        ));
    }
    if draft.client_authority.is_some() && settings.server.tls.is_none() {
        let at = at(work, "client_authority");
        let cure = "set `certificate` and `key`, or take it out";
        work.mistakes.push(mistakes::contradiction(
            at,
            "client certificates are only shown over TLS, and there is none",
            "has no effect",
            cure,
        ));
    }
    authority(work, "trust", "key_server_authority", settings.trust.key_server_authority.as_deref());
    authority(work, "fetching", "fhir_server_authority", settings.fetching.fhir_server_authority.as_deref());
    let Some(tls) = &settings.server.tls else { return };
    match tls_files::load(tls) {
        Err(bad) => {
            let cure = "name a PEM file that the server may read, and that holds what the setting wants";
            let at = at(work, bad.key);
            work.mistakes.push(mistakes::bad_file(at, bad.key, &bad.what, cure));
        }
        Ok(loaded) => expiry(work, loaded.not_after),
    }
}

/// A file with authorities that is named can be used.
fn authority(work: &mut Work, table: &str, key: &'static str, path: Option<&Path>) {
    if let Some(path) = path
        && let Err(bad) = tls_files::certificates(key, path)
    {
        let at = work.draft.at(&format!("{table}.{key}"));
        let cure = "name a PEM file with the certificates of the authorities";
        work.mistakes.push(mistakes::bad_file(at, bad.key, &bad.what, cure));
    }
}

fn expiry(work: &mut Work, not_after: Option<i64>) {
    let now = jiff::Timestamp::now().as_second();
    let at = work.draft.at("server.tls.certificate");
    match not_after {
        Some(end) if end < now => {
            work.mistakes.push(mistakes::bad_file(
                at,
                "certificate",
                "is no longer good: its time is over",
                "renew it",
            ));
        }
        Some(end) if end < now + EXPIRY_WARNED => {
            let message = "the certificate is good for less than two weeks";
            work.mistakes.push(mistakes::risky(
                at,
                message,
                "ends soon",
                "renew it; the new file is picked up while serving",
            ));
        }
        _ => {}
    }
}

fn grants(work: &mut Work, settings: &Settings) {
    let grants: Vec<Placed<GrantDraft>> = std::mem::take(&mut work.grants);
    for (n, grant) in grants.iter().enumerate() {
        one_grant(work, settings, grant);
        let name = &grant.value.name;
        if let Some(first) = grants[..n].iter().find(|g| !name.is_empty() && g.value.name == *name) {
            let cure = "give each grant a name of its own: the log tells them apart by it";
            work.mistakes.push(mistakes::twice(grant.at("name"), first.at("name"), "the name of a grant", cure));
        }
    }
    work.grants = grants;
    let public = !settings.server.listen.ip().is_loopback();
    let by_token = settings.access.grants.iter().any(|g| g.token.is_some());
    if public && by_token && settings.server.tls.is_none() {
        let at = work.draft.at("server.listen");
        let cure = "set `certificate` and `key` in `[server.tls]`, or let a proxy with TLS stand before it";
        work.mistakes.push(mistakes::risky(at, "tokens of grants travel in the clear", "there is no TLS", cure));
    }
}

fn one_grant(work: &mut Work, settings: &Settings, grant: &Placed<GrantDraft>) {
    let header = grant.header;
    if !grant.has("name") {
        missing(work, header, "`name` in `[[grant]]`", "the log of admin calls names it", "write `name = \"...\"`");
    }
    if !grant.has("roles") {
        missing(
            work,
            header,
            "`roles` in `[[grant]]`",
            "it would allow nothing",
            "write `roles = [\"editor\"]`, or others of `pharmacist`, `auditor`, `operator`",
        );
    }
    let tokens: Vec<&str> =
        ["token_env", "token_file", "token_blake3"].into_iter().filter(|key| grant.has(key)).collect();
    if tokens.is_empty() && !grant.has("certificate") && !grant.has("token") {
        missing(
            work,
            header,
            "a token or certificate in `[[grant]]`",
            "nobody could show it",
            "write `token_env = \"NAME\"`, `token_file = \"...\"`, `token_blake3 = \"...\"` or `certificate = \"...\"`",
        );
    }
    if let [first, second, ..] = tokens.as_slice() {
        let cure = format!("take out `{first}` or `{second}`");
        work.mistakes.push(mistakes::contradiction(grant.at(second), "a grant has two tokens", "is the second", &cure));
    }
    let authority = settings.server.tls.as_ref().is_some_and(|tls| tls.client_authority.is_some());
    if grant.has("certificate") && !authority && !work.draft.has("server.tls.client_authority") {
        let cure = "set `client_authority` in `[server.tls]`";
        work.mistakes.push(mistakes::contradiction(
            grant.at("certificate"),
            "no client certificate is asked for, so nobody can show this one",
            "is never shown",
            cure,
        ));
    }
}

fn recording(work: &mut Work, settings: &Settings) {
    let recording = &settings.recording;
    let at = |work: &Work, key: &str| work.draft.at(&format!("recording.{key}"));
    let has = |work: &Work, key: &str| work.draft.has(&format!("recording.{key}"));
    let kept = !matches!(recording.store, Store::Memory);
    if kept && !has(work, "folder") {
        let at = at(work, "store");
        missing(work, at, "`folder` in `[recording]`", "this store needs one", "write `folder = \"/var/lib/caveat\"`");
    }
    let connections: Vec<&str> =
        ["connection", "connection_env", "connection_file"].into_iter().filter(|key| has(work, key)).collect();
    match (&recording.store, connections.as_slice()) {
        (Store::Postgres { .. }, []) => {
            let at = at(work, "store");
            missing(
                work,
                at,
                "a connection in `[recording]`",
                "PostgreSQL cannot be found without one",
                "write `connection_env = \"NAME\"`, `connection_file = \"...\"`, or `connection` without a password",
            );
        }
        (Store::Postgres { .. }, [first, second, ..]) => {
            let (at, cure) = (at(work, second), format!("take out `{first}` or `{second}`"));
            work.mistakes.push(mistakes::contradiction(at, "there are two connections", "is the second", &cure));
        }
        (Store::Postgres { .. }, _) => {}
        (_, [first, ..]) => {
            let at = at(work, first);
            let cure = "write `store = \"postgres\"`, or take it out";
            work.mistakes.push(mistakes::idle(
                at,
                "a connection is set, and the store is another",
                "has no effect",
                cure,
            ));
        }
        _ => {}
    }
    let from_file = work.draft.places.get("recording.connection").is_some_and(|span| span.file.0 == 0);
    if from_file && work.draft.value.connection.as_deref().is_some_and(has_password) {
        let cure = "move it into a variable or file: `connection_env = \"NAME\"` or `connection_file = \"...\"`";
        let at = at(work, "connection");
        work.mistakes.push(mistakes::secret(at, "a password", cure));
    }
    if !kept && has(work, "folder") {
        let at = at(work, "folder");
        let cure = "write `store = \"sqlite\"`, or take it out";
        work.mistakes.push(mistakes::idle(
            at,
            "a folder is set, and records are kept in memory only",
            "has no effect",
            cure,
        ));
    }
    if !kept && !settings.server.listen.ip().is_loopback() {
        let at = at(work, "store");
        let cure = "write `store = \"sqlite\"` and `folder = \"/var/lib/caveat\"` in `[recording]`";
        work.mistakes.push(mistakes::risky(
            at,
            "records are kept in memory only, and end with the process",
            "is for trying",
            cure,
        ));
    }
    key_files(work, settings);
}

fn key_files(work: &mut Work, settings: &Settings) {
    if let Some(path) = &settings.recording.pseudonym_key_file {
        let at = work.draft.at("recording.pseudonym_key_file");
        let what = match std::fs::metadata(path) {
            Err(e) => Some(e.to_string()),
            Ok(meta) if !meta.is_file() => Some(String::from("is no file")),
            Ok(meta) if meta.len() < 32 => Some(String::from("holds fewer than 32 bytes")),
            Ok(_) => None,
        };
        if let Some(what) = what {
            let cure = "make one: `openssl rand -hex 32 > FILE`";
            work.mistakes.push(mistakes::bad_file(at, "pseudonym_key_file", &what, cure));
        }
    }
    if let Some(capture) = &settings.recording.capture {
        let at = work.draft.at("recording.capture.key_file");
        let what = match read_small(&capture.key_file) {
            Err(what) => Some(what),
            Ok(text) if bytes_32(text.trim()).is_none() => Some(String::from("does not hold 64 hexadecimal digits")),
            Ok(_) => None,
        };
        if let Some(what) = what {
            let cure = "make one: `openssl rand -hex 32 > FILE`";
            work.mistakes.push(mistakes::bad_file(at, "key_file", &what, cure));
        }
    }
}

/// A small text file, or why it cannot be read.
pub fn read_small(path: &Path) -> Result<String, String> {
    let meta = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if !meta.is_file() || meta.len() > tls_files::PEM_BYTES_MAX {
        return Err(String::from("is no file of at most 1 MiB"));
    }
    std::fs::read_to_string(path).map_err(|e| e.to_string())
}

/// Whether a connection string holds a password.
fn has_password(connection: &str) -> bool {
    let lower = connection.to_ascii_lowercase();
    let in_address =
        lower.split_once("://").and_then(|(_, rest)| rest.split_once('@')).is_some_and(|(user, _)| user.contains(':'));
    lower.contains("password") || in_address
}

fn bounds(work: &mut Work, settings: &Settings) {
    let (recording, fetching) = (&settings.recording, &settings.fetching);
    if recording.batch_max > recording.queue_max {
        let at = work.draft.at("recording.batch_max");
        let cure = format!("write {} or less", recording.queue_max);
        work.mistakes.push(mistakes::contradiction(
            at,
            "`batch_max` is larger than `queue_max`",
            "could never be reached",
            &cure,
        ));
    }
    let late: Vec<_> = work.clients.iter().filter(|c| c.value.client.deadline >= settings.server.body_time).collect();
    for at in late.iter().map(|client| client.at("deadline")).collect::<Vec<_>>() {
        let what = "an answer would be cut off by `body_time` before its deadline";
        let cure = "write a shorter `deadline`, or a longer `body_time` in `[server]`";
        let message = "a client's `deadline` is not below `body_time`";
        work.mistakes.push(mistakes::contradiction(at, message, what, cure));
    }
    if fetching.response_bytes_max > fetching.call_bytes_max {
        let at = work.draft.at("fetching.response_bytes_max");
        let cure = "write no more than `call_bytes_max`";
        work.mistakes.push(mistakes::contradiction(
            at,
            "one response may be larger than all of a call together",
            "is larger than `call_bytes_max`",
            cure,
        ));
    }
}

fn knowledge(work: &mut Work, settings: &Settings) {
    let knowledge = &settings.knowledge;
    if let Some(path) = &knowledge.path
        && let Err(e) = std::fs::metadata(path)
    {
        let at = work.draft.at("knowledge.path");
        let cure = "put the pack there: until then the server is up and not ready";
        work.mistakes.push(mistakes::risky(at, "there is no pack where `path` says", &e.to_string(), cure));
    }
    if knowledge.path.as_ref().is_some_and(|path| path.is_dir())
        && !knowledge.signers.is_empty()
        && knowledge.pull.is_none()
    {
        let at = work.draft.at("knowledge.path");
        let message = "`path` names a folder of rules, and `signers` wants a signed pack";
        let what = "nobody can have signed a folder";
        let cure = "compile it, sign the pack, and name that (`caveat compile FOLDER -o hospital.pack`, `caveat sign hospital.pack --key FILE`), or take `signers` out";
        work.mistakes.push(mistakes::contradiction(at, message, what, cure));
    }
    if knowledge.signature_age_max.is_some() && knowledge.signers.is_empty() {
        let at = work.draft.at("knowledge.signature_age_max");
        let message = "`signature_age_max` is set, and nobody's signature is asked for";
        let cure = "name the keys of those who sign: `signers = [\"...\"]`, or take this line out";
        work.mistakes.push(mistakes::idle(at, message, "does nothing", cure));
    }
    if knowledge.pull.is_some() && knowledge.signers.is_empty() {
        let at = work.draft.at("knowledge.pull");
        let cure = "name the keys of those who may sign: `signers = [\"...\"]`";
        work.mistakes.push(mistakes::risky(
            at,
            "packs are pulled, and nobody's signature is asked for",
            "whoever can write there changes the knowledge",
            cure,
        ));
    }
}
