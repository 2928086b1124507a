//! From what was read to settings: secrets fetched from where they are named, parts put together, and what does not fit told.

use crate::diagnostic::report::Span;
use crate::settings::access::{Access, Grant, Role};
use crate::settings::draft::{GrantDraft, ROLE_VALUES};
use crate::settings::mistakes;
use crate::settings::read::{Placed, Sources, Work};
use crate::settings::recording::{Capture, Store};
use crate::settings::review::review;
use crate::settings::server::Tls;
use crate::settings::shapes::bytes_32;
use crate::settings::whole::Settings;
use std::path::Path;
use std::sync::Arc;

/// Tokens shorter than this are refused, in characters.
pub const TOKEN_CHARS_MIN: usize = 16;
/// Secret files larger than this are not read, in bytes.
pub const SECRET_BYTES_MAX: u64 = 64 << 10;

/// The name of the grant that `--admin-token` makes.
pub const ADMIN: &str = "admin-token";

/// Puts the settings together. With mistakes of level `Error` in `work` they are not to be used.
pub fn finish(work: &mut Work, sources: &Sources) -> Settings {
    let mut settings = work.draft.value.settings.clone();
    let draft = work.draft.value.clone();
    if let (Some(certificate), Some(key)) = (draft.certificate, draft.key) {
        settings.server.tls = Some(Tls {
            certificate,
            key,
            client_authority: draft.client_authority,
            client_certificate_required: draft.client_certificate_required,
            look_every: draft.look_every,
        });
    }
    settings.recording.capture = draft.capture_key_file.map(|key_file| Capture { key_file });
    settings.recording.store = store(work, sources);
    settings.knowledge.signers = draft.signers.iter().filter_map(|hex| bytes_32(hex)).collect();
    settings.server.proxies = draft.proxies.iter().filter_map(|ip| ip.parse().ok()).collect();
    settings.clients = work.clients.iter().map(|c| Arc::new(c.value.clone().finish())).collect();
    settings.access = Access { grants: grants(work, sources) };
    review(work, &settings);
    settings
}

fn store(work: &mut Work, sources: &Sources) -> Store {
    let draft = work.draft.value.clone();
    let folder = draft.folder.unwrap_or_default();
    match draft.store {
        1 => Store::Sqlite { folder },
        2 => {
            let from_env =
                draft.connection_env.and_then(|name| variable(work, "recording.connection_env", &name, sources));
            let from_file = draft.connection_file.and_then(|path| {
                let at = work.draft.at("recording.connection_file");
                secret_file(work, at, "connection_file", &path)
            });
            Store::Postgres { connection: draft.connection.or(from_env).or(from_file).unwrap_or_default(), folder }
        }
        _ => Store::Memory,
    }
}

fn variable(work: &mut Work, setting: &str, name: &str, sources: &Sources) -> Option<String> {
    let found = sources.environment.iter().find(|(n, value)| n == name && !value.is_empty());
    if found.is_none() {
        let at = work.draft.at(setting);
        work.mistakes.push(mistakes::no_variable(at, name));
    }
    found.map(|(_, value)| value.clone())
}

/// A secret alone in a file; a line end after it does not count.
fn secret_file(work: &mut Work, at: Span, key: &str, path: &Path) -> Option<String> {
    let large = std::fs::metadata(path).is_ok_and(|meta| meta.len() > SECRET_BYTES_MAX);
    let what = match std::fs::read_to_string(path) {
        _ if large => String::from("is larger than 64 KiB"),
        Ok(text) if text.trim().is_empty() => String::from("is empty"),
        Ok(text) => return Some(text.trim().to_owned()),
        Err(e) => e.to_string(),
    };
    work.mistakes.push(mistakes::bad_file(
        at,
        key,
        &what,
        "name a file that holds the secret alone and that the server may read",
    ));
    None
}

fn grants(work: &mut Work, sources: &Sources) -> Vec<Grant> {
    let drafts: Vec<Placed<GrantDraft>> = std::mem::take(&mut work.grants);
    let mut grants: Vec<Grant> = Vec::new();
    for grant in &drafts {
        let token = token(work, grant, sources);
        let first = token.and_then(|token| grants.iter().position(|g| g.token == Some(token)));
        if let Some(first) = first.and_then(|n| drafts.get(n)) {
            let cure = "give each grant a token of its own: the log could not tell them apart";
            work.mistakes.push(mistakes::twice(grant.header, first.header, "the token of a grant", cure));
        }
        grants.push(Grant {
            name: grant.value.name.clone(),
            roles: grant.value.roles.iter().filter_map(|n| ROLE_VALUES.get(*n).copied()).collect(),
            token,
            certificate: grant.value.certificate.clone(),
        });
    }
    work.grants = drafts;
    if let Some(token) = sources.admin_token.as_ref().filter(|token| !token.is_empty()) {
        let public = !work.draft.value.settings.server.listen.ip().is_loopback();
        if public && token.chars().count() < TOKEN_CHARS_MIN {
            work.mistakes.push(mistakes::weak(Span::default(), TOKEN_CHARS_MIN));
        }
        grants.push(Grant {
            name: String::from(ADMIN),
            roles: vec![Role::Editor, Role::Pharmacist, Role::Auditor, Role::Operator],
            token: Some(*blake3::hash(token.as_bytes()).as_bytes()),
            certificate: None,
        });
    }
    grants
}

/// BLAKE3 of the token of a grant, from where the grant says it is.
fn token(work: &mut Work, grant: &Placed<GrantDraft>, sources: &Sources) -> Option<[u8; 32]> {
    let hash = grant.value.token_blake3.as_deref().and_then(bytes_32);
    let (key, secret) = match (&grant.value.token_env, &grant.value.token_file) {
        (Some(name), _) => {
            let found = sources.environment.iter().find(|(n, value)| n == name && !value.is_empty());
            if found.is_none() {
                work.mistakes.push(mistakes::no_variable(grant.at("token_env"), name));
            }
            ("token_env", found.map(|(_, value)| value.trim().to_owned()))
        }
        (None, Some(path)) => ("token_file", secret_file(work, grant.at("token_file"), "token_file", path)),
        (None, None) => return hash,
    };
    let secret = secret?;
    if secret.chars().count() < TOKEN_CHARS_MIN {
        work.mistakes.push(mistakes::weak(grant.at(key), TOKEN_CHARS_MIN));
    }
    Some(*blake3::hash(secret.as_bytes()).as_bytes())
}
