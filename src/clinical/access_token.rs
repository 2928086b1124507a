//! What lets somebody in, wherever it stands: texts that are a token, and names of members that hold one. No clinical word is
//! either.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What stands in place of a token in whatever is kept.
pub const FILLER: &str = "(token)";

/// Names under which tokens and other secrets are sent, in small letters, without `_` and `-`.
const NAMES: &[&str] = &[
    "accesstoken",
    "apikey",
    "apitoken",
    "assertion",
    "authorization",
    "authtoken",
    "bearer",
    "bearertoken",
    "clientassertion",
    "clientsecret",
    "cookie",
    "credentials",
    "fhirauthorization",
    "idtoken",
    "jwt",
    "password",
    "proxyauthorization",
    "refreshtoken",
    "samlassertion",
    "secret",
    "securitytoken",
    "sessiontoken",
    "setcookie",
    "token",
    "xapikey",
];

/// Ends of such names: `ehrAccessToken`, `epic_client_secret`.
const ENDS: &[&str] = &["accesstoken", "bearertoken", "clientassertion", "clientsecret", "idtoken", "refreshtoken"];

/// The longest name that is looked at, in bytes: the last part of an extension's address too.
const NAME_BYTES_MAX: usize = 64;

/// The longest plain word after `Bearer` that is a word still; tokens are longer, or not of plain letters.
const WORD_BYTES_MAX: usize = 15;

/// Whether a text as a whole is a token: a JWT, `Bearer` or `DPoP` with a token behind it, or what was put in the place of one.
/// A text that holds one among other words is none, nor are words that merely begin so (`Bearer status`).
pub fn is_token(text: &str) -> bool {
    // Nearly every text is told by its first letters.
    match text.as_bytes() {
        [b'e', b'y', b'J', ..] => is_jwt(text.trim()),
        [b'b' | b'B', b'e' | b'E', b'a' | b'A', ..] | [b'd' | b'D', b'p' | b'P', b'o' | b'O', ..] => {
            is_shown(text.trim())
        }
        [b'(', ..] => text.trim() == FILLER,
        [0..=b' ' | 0x7f.., ..] => {
            let trimmed = text.trim_start();
            trimmed.len() < text.len() && is_token(trimmed)
        }
        _ => false,
    }
}

/// Whether a member of this name holds a token: by the whole name, or its last part where it is an address or a dotted name.
/// Case, `_` and `-` do not count.
pub fn names_token(name: &str) -> bool {
    let last = name.rsplit(['/', ':', '#', '.', '?']).next().unwrap_or(name);
    if last.len() > NAME_BYTES_MAX {
        return false;
    }
    let plain = last.bytes().filter(|b| !matches!(b, b'_' | b'-')).map(|b| b.to_ascii_lowercase() as char);
    let plain: String = plain.collect();
    NAMES.contains(&plain.as_str()) || ENDS.iter().any(|end| plain.ends_with(end))
}

/// A JWT, signed or encrypted: three parts or five of the letters of base64url, the first of which says by which algorithm.
fn is_jwt(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=');
    let dots = text.bytes().filter(|b| *b == b'.').count();
    if !matches!(dots, 2 | 4) || !text.bytes().all(|b| b == b'.' || letter(b)) {
        return false;
    }
    let head = text.split('.').next().unwrap_or_default().trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(head).is_ok_and(|head| head.windows(5).any(|five| five == b"\"alg\""))
}

/// A scheme and a token, as they stand in a header.
fn is_shown(text: &str) -> bool {
    let Some((scheme, token)) = text.split_once(' ') else { return false };
    if !(scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("dpop")) {
        return false;
    }
    let token = token.trim_start();
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    !token.is_empty() && token.bytes().all(letter) && !is_word(token)
}

/// A plain word, such as `status`.
fn is_word(text: &str) -> bool {
    let rest = text.as_bytes().iter().skip(1);
    text.len() <= WORD_BYTES_MAX && text.as_bytes()[0].is_ascii_alphabetic() && rest.clone().all(u8::is_ascii_lowercase)
}
