//! Claims of a token: the JSON object that refuses a key said twice, and the claims we ask for.

use crate::trust::reason::Reason;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;

/// The claims we ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub iss: String,
    /// `aud`, one or several.
    pub aud: Vec<String>,
    /// `exp`, in seconds since 1970.
    pub exp: i64,
    /// `iat`, likewise.
    pub iat: i64,
    /// `nbf`, likewise.
    pub nbf: Option<i64>,
    /// `jti`.
    pub jti: String,
    /// `tenant`; empty: none is named.
    pub tenant: String,
}

/// Reads the claims.
///
/// # Errors
///
/// [`Reason::Missing`], or [`Reason::Malformed`] where one is of the wrong kind.
pub fn of(body: &Fields) -> Result<Claims, Reason> {
    let text = |key| body.text(key)?.filter(|t| !t.is_empty()).map(str::to_owned).ok_or(Reason::Missing);
    Ok(Claims {
        iss: text("iss")?,
        aud: body.texts("aud")?,
        exp: body.seconds("exp")?.ok_or(Reason::Missing)?,
        iat: body.seconds("iat")?.ok_or(Reason::Missing)?,
        nbf: body.seconds("nbf")?,
        jti: text("jti")?,
        tenant: body.text("tenant")?.unwrap_or_default().to_owned(),
    })
}

/// A JSON object in which no key stands twice.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, Value>);

/// What the error says when a key stands twice.
const TWICE: &str = "a key stands twice";

impl Fields {
    /// Reads a whole JSON object.
    ///
    /// # Errors
    ///
    /// [`Reason::Duplicate`] or [`Reason::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Fields, Reason> {
        serde_json::from_slice(bytes).map_err(|e| match e.to_string().starts_with(TWICE) {
            true => Reason::Duplicate,
            false => Reason::Malformed,
        })
    }

    /// Whether the key stands there, with whatever value.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A text, if it is there.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`] when it is none.
    pub fn text(&self, key: &str) -> Result<Option<&str>, Reason> {
        self.0.get(key).map(|v| v.as_str().ok_or(Reason::Malformed)).transpose()
    }

    /// A text or a list of texts, at least one.
    fn texts(&self, key: &str) -> Result<Vec<String>, Reason> {
        let one = |value: &Value| value.as_str().map(str::to_owned).ok_or(Reason::Malformed);
        match self.0.get(key) {
            None => Err(Reason::Missing),
            Some(Value::Array(list)) if list.is_empty() => Err(Reason::Missing),
            Some(Value::Array(list)) => list.iter().map(one).collect(),
            Some(value) => Ok(vec![one(value)?]),
        }
    }

    /// A moment: whole seconds, or with a fraction, which is cut off.
    fn seconds(&self, key: &str) -> Result<Option<i64>, Reason> {
        /// Far enough, and so near that adding a leeway cannot overflow.
        const FAR: f64 = 1e15;
        let Some(value) = self.0.get(key) else { return Ok(None) };
        let seconds = value.as_f64().filter(|s| s.abs() < FAR).ok_or(Reason::Malformed)?;
        Ok(Some(seconds.floor() as i64))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        deserializer.deserialize_map(Once)
    }
}

/// Reads an object and refuses a key that stands twice.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Fields;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if fields.insert(key, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Fields(fields))
    }
}
