//! A signed token, taken apart but not believed: strict where leniency would let one reader see what another does not.

use crate::settings::client::Algorithm;
use crate::trust::address::host_of;
use crate::trust::algorithm;
use crate::trust::caller::Claimed;
use crate::trust::claims::{self, Claims, Fields};
use crate::trust::reason::Reason;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token, read and not yet believed. It cannot be printed.
#[derive(Clone)]
pub struct Token<'a> {
    /// Header and claims as sent: what the signature is of.
    pub signed: &'a str,
    /// The signature, in base64url.
    pub signature: &'a str,
    /// `alg`.
    pub algorithm: Algorithm,
    /// `kid`.
    pub kid: String,
    /// `jku`.
    pub jku: Option<String>,
    /// The claims.
    pub claims: Claims,
}

/// The bearer token of an `Authorization` value.
///
/// # Errors
///
/// [`Reason::NotBearer`] for another scheme, and for bytes that no token has.
pub fn bearer(value: &[u8]) -> Result<&str, Reason> {
    let text = std::str::from_utf8(value).ok().filter(|t| t.is_ascii()).ok_or(Reason::NotBearer)?;
    let (scheme, token) = text.trim().split_once(' ').ok_or(Reason::NotBearer)?;
    let token = token.trim_start_matches(' ');
    match scheme.eq_ignore_ascii_case("Bearer") && !token.contains(char::is_whitespace) {
        true => Ok(token),
        false => Err(Reason::NotBearer),
    }
}

/// Takes a token apart, and notes for the log what it says of itself, however far that goes.
///
/// Keys and certificates that a header brings along (`jwk`, `x5c`, `x5u`) are never looked at.
///
/// # Errors
///
/// The first thing wrong.
pub fn read<'a>(token: &'a str, claimed: &mut Claimed) -> Result<Token<'a>, Reason> {
    let mut parts = token.split('.');
    let (header, body, signature) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(body), Some(signature), None) => (header, body, signature),
        _ => return Err(Reason::Malformed),
    };
    let signed = &token[..header.len() + 1 + body.len()];
    let header = fields(header)?;
    let kid = header.text("kid")?;
    let jku = header.text("jku")?;
    claimed.kid = kid.map(Claimed::fit).unwrap_or_default();
    claimed.jku_host = jku.and_then(host_of).map(Claimed::fit).unwrap_or_default();
    let body = fields(body)?;
    claimed.iss = body.text("iss")?.map(Claimed::fit).unwrap_or_default();
    if header.has("crit") || of_another_kind(header.text("typ")?) {
        return Err(Reason::Demanding);
    }
    let algorithm = header.text("alg")?.ok_or(Reason::Missing)?;
    let algorithm = algorithm::named(algorithm).ok_or(Reason::Algorithm)?;
    let kid = kid.filter(|k| !k.is_empty()).ok_or(Reason::Missing)?.to_owned();
    let jku = jku.map(str::to_owned);
    Ok(Token { signed, signature, algorithm, kid, jku, claims: claims::of(&body)? })
}

/// `at+jwt`, `logout+jwt` and their like are made for somebody else; anything less telling is let pass.
fn of_another_kind(typ: Option<&str>) -> bool {
    typ.is_some_and(|typ| typ.to_ascii_lowercase().ends_with("+jwt"))
}

fn fields(part: &str) -> Result<Fields, Reason> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::Malformed)?;
    Fields::read(&bytes)
}
