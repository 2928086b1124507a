//! By whose leave data may be fetched: `fhirServer` and `fhirAuthorization` of a call. The token is never printed.

use crate::hooks::intake_identity::bare;
use crate::hooks::lenient::{Fill, Lenient, Number, Text, node};
use serde::de::{DeserializeSeed, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// `fhirServer` and `fhirAuthorization`, as sent.
#[derive(Clone, Default)]
pub struct Access<'a> {
    /// `fhirServer`; empty when it was not sent.
    pub server: Cow<'a, str>,
    /// `access_token`: for this call alone; never kept, never logged, never printed.
    pub token: Cow<'a, str>,
    /// `token_type`.
    pub token_type: Cow<'a, str>,
    /// `expires_in`, in seconds; `None` when it was not sent or is no whole number.
    pub expires_in: Option<i64>,
    /// `scope`.
    pub scope: Cow<'a, str>,
    /// `patient`: whose data the token opens.
    pub patient: Cow<'a, str>,
}

impl std::fmt::Debug for Access<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = if self.token.is_empty() { "none" } else { "not shown" };
        f.debug_struct("Access").field("server", &self.server).field("token", &token).finish_non_exhaustive()
    }
}

impl Access<'_> {
    /// The token to show for data of a patient; `None` where none was sent: some servers ask for none.
    ///
    /// # Errors
    ///
    /// Why the token that was sent is not used, in words for the answer.
    pub fn token_for(&self, patient: &str) -> Result<Option<&str>, &'static str> {
        if self.token.is_empty() {
            return Ok(None);
        }
        if !(self.token_type.is_empty() || self.token_type.eq_ignore_ascii_case("bearer")) {
            return Err("the access token is of a kind that is not used here, so nothing was fetched");
        }
        if self.expires_in.is_some_and(|seconds| seconds <= 0) {
            return Err("the access token had expired when the call came, so nothing was fetched");
        }
        if !self.patient.is_empty() && bare(&self.patient) != patient {
            return Err("the access token is for another patient than the call, so nothing was fetched");
        }
        Ok(Some(&self.token))
    }
}

/// `fhirAuthorization` as it stands in the body, each time it stands there.
#[derive(Clone, Default)]
pub struct Authorization<'a> {
    raws: Vec<&'a str>,
}

impl std::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization(not shown)")
    }
}

impl<'a> Lenient<'a> for Authorization<'a> {
    fn mark(&mut self) {}

    fn is_odd(&self) -> bool {
        false
    }

    fn fill<D: Deserializer<'a>>(&mut self, json: D) -> Result<(), D::Error> {
        let raw: &'a RawValue = serde::Deserialize::deserialize(json)?;
        self.raws.push(raw.get());
        Ok(())
    }
}

/// A token where one is wanted. Anywhere else a text that is one counts as not sent.
#[derive(Default)]
pub struct Secret<'a>(Cow<'a, str>);

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

impl<'a> Lenient<'a> for Secret<'a> {
    fn mark(&mut self) {
        self.0 = Cow::Borrowed("");
    }

    fn is_odd(&self) -> bool {
        false
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.0 = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
    }

    fn whole(&mut self, number: i128) {
        self.0 = Cow::Owned(number.to_string());
    }
}

node! {
    /// The members of `fhirAuthorization`.
    Parts<'a> {
        /// The token.
        token: Secret<'a> = "access_token",
        /// Its kind.
        kind: Text<'a> = "token_type",
        /// How long it lasts.
        expires: Number<'a> = "expires_in",
        /// What it opens.
        scope: Text<'a> = "scope",
        /// Whose data it opens.
        patient: Text<'a> = "patient",
    }
}

impl<'a> Authorization<'a> {
    /// What was sent, with the server it is good for. Of several the last that is an object counts.
    pub fn with_server(&self, server: Text<'a>) -> Access<'a> {
        let mut access = Access { server: words(server), ..Access::default() };
        for raw in self.raws.iter().filter(|raw| raw.starts_with('{')) {
            let mut parts = Parts::default();
            let mut json = serde_json::Deserializer::from_str(raw);
            if Fill(&mut parts).deserialize(&mut json).is_err() {
                continue;
            }
            let whole = parts.expires.exact().filter(|seconds| seconds.denominator() == 1);
            access.expires_in = whole.map(|seconds| seconds.numerator());
            access.token = parts.token.0;
            access.token_type = words(parts.kind);
            access.scope = words(parts.scope);
            access.patient = words(parts.patient);
        }
        access
    }

    /// A copy of the body it was read from that may be kept, with every `fhirAuthorization` blanked; `None` where none stands
    /// in it, so that the body itself may be kept.
    pub fn without_tokens(&self, body: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(body).ok().filter(|_| !self.raws.is_empty())?;
        let mut copy = body.to_vec();
        self.blank(text, &mut copy);
        Some(copy)
    }

    /// Overwrites every `fhirAuthorization` in a copy of the body it was read from, byte by byte, so that the copy may be kept:
    /// what stood there becomes `null` and blanks.
    pub fn blank(&self, body: &str, copy: &mut [u8]) {
        for raw in &self.raws {
            let Some(at) = raw.as_ptr().addr().checked_sub(body.as_ptr().addr()) else { continue };
            let Some(place) = copy.get_mut(at..at + raw.len()) else { continue };
            place.fill(b' ');
            let null: &[u8] = if place.len() < 4 { b"0" } else { b"null" };
            place[..null.len()].copy_from_slice(null);
        }
    }
}

fn words(text: Text<'_>) -> Cow<'_, str> {
    match text {
        Text::Is(text) => text,
        Text::Absent | Text::Odd => Cow::Borrowed(""),
    }
}
