//! What texts among the settings must look like, and what to write instead when they do not.

use http::Uri;
use std::net::IpAddr;

/// What a text must look like.
#[derive(Clone, Copy)]
pub struct Shape {
    /// In words, for the page of settings.
    pub says: &'static str,
    /// An example, as it stands in the file.
    pub example: &'static str,
    /// The check.
    pub check: fn(&str) -> Result<(), Wrong>,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, under the text.
    pub what: &'static str,
    /// What to write instead.
    pub cure: &'static str,
}

/// The longest text taken, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// Any text.
pub const ANY: Shape = Shape { says: "a text", example: "\"...\"", check: text };
/// A name for logs and records.
pub const NAME: Shape =
    Shape { says: "a name of letters, digits, `-`, `_` and `.`", example: "\"epic-main\"", check: name };
/// A subject name of a certificate.
pub const SUBJECT: Shape = Shape { says: "a subject name", example: "\"pharmacy.hospital.example\"", check: text };
/// The address clients know the server by.
pub const PUBLIC_URL: Shape = Shape {
    says: "an `http` or `https` address without a slash at the end",
    example: "\"https://cds.hospital.example\"",
    check: public_url,
};
/// The address of a key set.
pub const KEY_SET: Shape = Shape {
    says: "an `https` address (`http` on loopback, or with `jku_plain_http`)",
    example: "\"https://ehr.hospital.example/jwks\"",
    check: key_set,
};
/// The base of a FHIR server.
pub const FHIR_BASE: Shape =
    Shape { says: "an `http` or `https` address", example: "\"https://fhir.hospital.example/r4\"", check: fhir_base };
/// Where packs are pulled from.
pub const PULL: Shape = Shape {
    says: "an `https://` or `s3://` address",
    example: "\"https://packs.hospital.example/main.pack\"",
    check: pull,
};
/// 32 bytes as hexadecimal digits.
pub const HEX_32: Shape = Shape {
    says: "64 hexadecimal digits",
    example: "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"",
    check: hex_32,
};
/// A name of an environment variable.
pub const VARIABLE: Shape =
    Shape { says: "the name of an environment variable", example: "\"OPERATOR_TOKEN\"", check: variable };
/// An address of a machine.
pub const IP: Shape = Shape { says: "an IP address", example: "\"10.0.0.7\"", check: ip };
/// A connection string of PostgreSQL.
pub const CONNECTION: Shape = Shape {
    says: "`key=value` words or a `postgres://` address",
    example: "\"host=db.hospital.example user=caveat dbname=caveat\"",
    check: text,
};

fn text(text: &str) -> Result<(), Wrong> {
    let wrong = |what, cure| Err(Wrong { what, cure });
    match text {
        "" => wrong("is empty", "write a text, or take the line out"),
        _ if text.len() > TEXT_BYTES_MAX => wrong("is too long", "write at most 1,024 bytes"),
        _ if text.chars().any(char::is_control) => wrong("holds a control character", "write it on one line"),
        _ if text.trim() != text => wrong("begins or ends with a space", "take the space away"),
        _ => Ok(()),
    }
}

fn name(name: &str) -> Result<(), Wrong> {
    text(name)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.len() <= 64 && name.chars().all(plain) {
        return Ok(());
    }
    Err(Wrong { what: "is no name", cure: "write at most 64 letters, digits, `-`, `_` and `.`" })
}

/// Scheme and host of an absolute address.
fn address(words: &str, schemes: &[&str], cure: &'static str) -> Result<Uri, Wrong> {
    text(words)?;
    let uri: Uri = words.parse().map_err(|_| Wrong { what: "is no address", cure })?;
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) if schemes.contains(&scheme) && !authority.host().is_empty() => {
            if authority.as_str().contains('@') {
                return Err(Wrong {
                    what: "holds a name or password before the host",
                    cure: "take away what stands before `@`: secrets do not stand in this file",
                });
            }
            Ok(uri)
        }
        _ => Err(Wrong { what: "is not an address of this kind", cure }),
    }
}

fn public_url(words: &str) -> Result<(), Wrong> {
    const CURE: &str = "write scheme and host, and a path where there is one: `https://cds.hospital.example`";
    let uri = address(words, &["https", "http"], CURE)?;
    if words.ends_with('/') || uri.query().is_some() {
        return Err(Wrong {
            what: "ends with a slash or a query",
            cure: "end it with the host, or with the last name of the path",
        });
    }
    Ok(())
}

fn key_set(words: &str) -> Result<(), Wrong> {
    address(words, &["https", "http"], "write `https://host/path`, as the client's tokens name it").map(|_| ())
}

fn fhir_base(words: &str) -> Result<(), Wrong> {
    let uri = address(words, &["https", "http"], "write the base of the server: `https://fhir.hospital.example/r4`")?;
    if uri.query().is_some() {
        return Err(Wrong { what: "has a query", cure: "write the base alone, without `?`" });
    }
    Ok(())
}

fn pull(words: &str) -> Result<(), Wrong> {
    let cure = "write `https://host/path` or `s3://bucket/key`";
    let uri = address(words, &["https", "http", "s3"], cure)?;
    if uri.scheme_str() == Some("http") && !is_loopback(&uri) {
        return Err(Wrong { what: "is fetched without TLS: whoever sits on the way could change the knowledge", cure });
    }
    Ok(())
}

fn hex_32(words: &str) -> Result<(), Wrong> {
    match bytes_32(words) {
        Some(_) => Ok(()),
        None => Err(Wrong { what: "is not 64 hexadecimal digits", cure: "write 64 digits of `0-9` and `a-f`" }),
    }
}

fn variable(words: &str) -> Result<(), Wrong> {
    text(words)?;
    if words.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !words.starts_with(|c: char| c.is_ascii_digit())
    {
        return Ok(());
    }
    Err(Wrong {
        what: "is no name of a variable",
        cure: "write letters, digits and `_`; the secret stands in the variable",
    })
}

fn ip(words: &str) -> Result<(), Wrong> {
    match words.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Wrong { what: "is no IP address", cure: "write one address: `10.0.0.7` or `fd00::7`" }),
    }
}

/// Whether an address is plain `http` to another machine.
pub fn is_in_the_clear(words: &str) -> bool {
    words.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("http") && !is_loopback(&uri))
}

/// Whether an address names this machine.
pub fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// 64 hexadecimal digits as bytes.
pub fn bytes_32(words: &str) -> Option<[u8; 32]> {
    if words.len() != 64 || !words.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(words.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(bytes)
}
