//! What is wrong with clients whose settings are right one by one.

use crate::diagnostic::report::Span;
use crate::settings::client::Client;
use crate::settings::draft::ClientDraft;
use crate::settings::mistakes;
use crate::settings::read::{Placed, Work};
use crate::settings::review::read_small;
use crate::settings::shapes::{Wrong, is_in_the_clear, is_loopback};
use crate::settings::whole::Settings;
use http::Uri;
use std::net::IpAddr;
use std::path::Path;

/// Reviews the clients.
pub fn clients(work: &mut Work, settings: &Settings) {
    let clients: Vec<Placed<ClientDraft>> = std::mem::take(&mut work.clients);
    for (n, client) in clients.iter().enumerate() {
        needed(work, client);
        known_by(work, client, settings);
        fhir_servers(work, client, settings);
        for first in &clients[..n] {
            same(work, first, client);
        }
        if let Some(path) = &client.value.client.jwks_file
            && let Err(what) = key_set(path)
        {
            let cure = "name a JSON file `{\"keys\": [...]}` of public keys, as the client's site gave it";
            work.mistakes.push(mistakes::bad_file(client.at("jwks_file"), "jwks_file", &what, cure));
        }
    }
    let by_host = |c: &Placed<ClientDraft>| c.has("iss") && c.value.client.audiences.is_empty();
    let server = &settings.server;
    if let Some(client) = clients.iter().find(|c| by_host(c))
        && server.public_url.is_none()
        && !server.listen.ip().is_loopback()
    {
        let cure = "write `public_url = \"https://...\"` in `[server]`, or `audiences` in the client";
        let message = "the audience of tokens is compared with the `Host` that the caller itself names";
        work.mistakes.push(mistakes::risky(
            client.header,
            message,
            "a token made for another service would pass",
            cure,
        ));
    }
    work.clients = clients;
}

fn missing(work: &mut Work, at: Span, what: &str, why: &str, cure: &str) {
    if !work.partial {
        work.mistakes.push(mistakes::missing(at, what, why, cure));
    }
}

fn needed(work: &mut Work, client: &Placed<ClientDraft>) {
    if !client.has("name") {
        missing(work, client.header, "`name` in `[[client]]`", "logs and records name it", "write `name = \"...\"`");
    }
    if !client.has("iss") && !client.has("certificate") {
        let cure = "write `iss = \"...\"` as its tokens name it, or `certificate = \"...\"`";
        missing(work, client.header, "`iss` in `[[client]]`", "it could not be known", cure);
    }
    if client.has("iss") && !client.has("jku") && !client.has("jwks_file") {
        let cure = "write `jku = [\"https://...\"]`, or `jwks_file = \"...\"` with the keys its site gave";
        missing(work, client.at("iss"), "a key set of the client", "no token of it could be checked", cure);
    }
}

fn known_by(work: &mut Work, client: &Placed<ClientDraft>, settings: &Settings) {
    let authority = settings.server.tls.as_ref().is_some_and(|tls| tls.client_authority.is_some());
    if client.has("certificate") && !authority && !work.draft.has("server.tls.client_authority") {
        let message = "no client certificate is asked for, so this client cannot show its own";
        let cure = "set `client_authority` in `[server.tls]`";
        work.mistakes.push(mistakes::contradiction(client.at("certificate"), message, "is never shown", cure));
    }
    for key in ["jku", "jwks_file", "audiences", "algorithms", "tenants"] {
        if client.has(key) && !client.has("iss") && client.has("certificate") {
            let message = format!("`{key}` is about tokens, and this client has none");
            let cure = "write its `iss`, or take it out";
            work.mistakes.push(mistakes::idle(client.at(key), &message, "has no effect without `iss`", cure));
        }
    }
    let profile = &client.value.client;
    if profile.jku.iter().any(|address| is_in_the_clear(address)) && !profile.jku_plain_http {
        let what = "is fetched without TLS: whoever sits on the way could name keys of his own";
        let cure = "write `https://`, or keep the keys in a file: `jwks_file`; or say `jku_plain_http = true`";
        work.mistakes.push(mistakes::wrong_shape(client.at("jku"), "jku", Wrong { what, cure }));
    } else if profile.jku.iter().any(|address| address.starts_with("http://")) {
        let cure = "write `https://` as soon as it is more than a trial";
        work.mistakes.push(mistakes::risky(client.at("jku"), "keys are fetched without TLS", "has no TLS", cure));
    } else if profile.jku_plain_http {
        let (at, cure) = (client.at("jku_plain_http"), "take it out");
        work.mistakes.push(mistakes::idle(at, "plain `http` is allowed, and no `jku` wants it", "has no effect", cure));
    }
}

fn fhir_servers(work: &mut Work, client: &Placed<ClientDraft>, settings: &Settings) {
    let (at, profile) = (client.at("fhir_servers"), &client.value.client);
    if profile.fhir_servers.is_empty() {
        if profile.fhir_servers_private {
            let message = "private addresses are allowed, and no FHIR server is named";
            let at = client.at("fhir_servers_private");
            work.mistakes.push(mistakes::idle(at, message, "has no effect", "write `fhir_servers = [\"...\"]`"));
        }
        return;
    }
    if !settings.fetching.on {
        let cure = "write `on = true` in `[fetching]`, or take it out";
        work.mistakes.push(mistakes::idle(
            at,
            "a FHIR server is named, and fetching is switched off",
            "is never asked",
            cure,
        ));
    }
    for base in &profile.fhir_servers {
        let Ok(uri) = base.parse::<Uri>() else { continue };
        if is_private(&uri) && !profile.fhir_servers_private {
            let message = "the FHIR server lies at a private address, which is not allowed";
            let cure = "write `fhir_servers_private = true` in this client, if it is meant";
            work.mistakes.push(mistakes::idle(at, message, "nothing would be fetched from it", cure));
        }
        if uri.scheme_str() == Some("http") && !is_loopback(&uri) {
            let message = "patients' data and tokens travel to the FHIR server in the clear";
            work.mistakes.push(mistakes::risky(at, message, "is no `https` address", "write `https://`"));
        }
    }
}

/// Whether an address is written as loopback, link-local or private. Names are asked of the network later, at each call.
fn is_private(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn same(work: &mut Work, first: &Placed<ClientDraft>, second: &Placed<ClientDraft>) {
    let (a, b): (&Client, &Client) = (&first.value.client, &second.value.client);
    if !a.name.is_empty() && a.name == b.name {
        let cure = "give each client a name of its own: records tell them apart by it";
        work.mistakes.push(mistakes::twice(second.at("name"), first.at("name"), "the name of a client", cure));
    }
    let tenants_meet =
        a.tenants.is_empty() || b.tenants.is_empty() || a.tenants.iter().any(|tenant| b.tenants.contains(tenant));
    if !a.iss.is_empty() && a.iss == b.iss && tenants_meet {
        let cure = "give each its own `tenants`, or make one client of them";
        work.mistakes.push(mistakes::twice(second.at("iss"), first.at("iss"), "`iss` of a client", cure));
    }
    if a.certificate.is_some() && a.certificate == b.certificate {
        let cure = "one certificate can be one client only";
        let (again, at) = (second.at("certificate"), first.at("certificate"));
        work.mistakes.push(mistakes::twice(again, at, "the certificate of a client", cure));
    }
}

/// Checks a file with a JWK set: public keys alone, and at least one.
fn key_set(path: &Path) -> Result<(), String> {
    let text = read_small(path)?;
    let set: serde_json::Value = serde_json::from_str(&text).map_err(|_| String::from("holds no JSON"))?;
    let keys = set.get("keys").and_then(serde_json::Value::as_array).filter(|keys| !keys.is_empty());
    let keys = keys.ok_or_else(|| String::from("holds no list `keys` with a key in it"))?;
    for key in keys {
        match key.get("kty").and_then(serde_json::Value::as_str) {
            Some("EC" | "RSA" | "OKP") if key.get("d").is_some() => {
                return Err(String::from("holds a private key, which nobody but the client may have"));
            }
            Some("EC" | "RSA" | "OKP") => {}
            Some("oct") => return Err(String::from("holds a shared secret, which proves nothing")),
            _ => return Err(String::from("holds a key whose `kty` is none of `EC`, `RSA`, `OKP`")),
        }
    }
    Ok(())
}
