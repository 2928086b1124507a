//! Whole requests, kept so that an answer can be repeated: packed, and encrypted by AES-256-GCM with the decision's id bound
//! to it, so that no capture passes for another's.

use crate::record::blank::{blank, without_tokens};
use crate::record::queue::Whole;
use crate::settings::client::Client;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;

/// Everything an answer depended on, and the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Captured {
    /// The body, without its tokens.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// What was fetched for it, as a JSON object.
    pub fetched: Option<String>,
    /// The profile it was answered by.
    pub client: Client,
    /// What was remembered, as JSON.
    pub remembered: String,
    /// The answer's body, without the tokens that it repeats of the request.
    #[serde(with = "serde_bytes")]
    pub answer: Vec<u8>,
    /// What was asked about a Bundle of the pharmacy side, as JSON; empty for a hook.
    pub asked: String,
}

/// Encrypts and decrypts captures.
pub struct Vault {
    key: RandomizedNonceKey,
}

/// Why a capture or its key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// The key file cannot be read.
    #[error("the capture key `{path}` cannot be read: {why}")]
    NoKey {
        /// The file.
        path: String,
        /// What the disk said.
        why: String,
    },
    /// The key file holds no key.
    #[error("the capture key `{path}` is not 64 hexadecimal digits; make one with `openssl rand -hex 32`")]
    BadKey {
        /// The file.
        path: String,
    },
    /// Not encrypted with this key, of another decision, or altered.
    #[error("the capture does not open with this key: it was made with another one, or it was altered")]
    Shut,
    /// It opens, and its contents are not what this version knows.
    #[error("the capture opens, and cannot be read: it was made by another version")]
    Unread,
}

/// What the bytes of a capture begin with.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 12;

/// The largest capture that is unpacked, in bytes.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(key not shown)")
    }
}

impl Captured {
    /// Of what an answer was made of, with every token blanked. `None` where that cannot be done.
    pub fn of(whole: &Whole) -> Option<Captured> {
        let (mut body, mut answer) = (whole.body.to_vec(), whole.answer.to_vec());
        blank(&mut body)?;
        blank(&mut answer)?;
        let fetched = match &whole.fetched {
            Some(fetched) if !fetched.is_empty() => Some(without_tokens(fetched)?),
            other => other.clone(),
        };
        let remembered = serde_json::to_string(&whole.remembered).unwrap_or_default();
        Some(Captured {
            body,
            fetched,
            client: (*whole.client).clone(),
            remembered,
            answer,
            asked: whole.asked.clone(),
        })
    }
}

impl Vault {
    /// With the key in a file: 32 bytes as 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`Locked::NoKey`] and [`Locked::BadKey`].
    pub fn open(file: &Path) -> Result<Vault, Locked> {
        let path = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|e| Locked::NoKey { path: path.clone(), why: e.kind().to_string() })?;
        let key = blake3::Hash::from_hex(text.trim()).map_err(|_| Locked::BadKey { path: path.clone() })?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_bytes()).map_err(|_| Locked::BadKey { path })?;
        Ok(Vault { key })
    }

    /// The bytes to keep of a capture. `None` when it cannot be packed or encrypted.
    pub fn seal(&self, decision: &str, captured: &Captured) -> Option<Vec<u8>> {
        let plain = rmp_serde::to_vec_named(captured).ok()?;
        let mut packed = Vec::new();
        DeflateEncoder::new(plain.as_slice(), Compression::fast()).read_to_end(&mut packed).ok()?;
        let nonce = self.key.seal_in_place_append_tag(Aad::from(decision.as_bytes()), &mut packed).ok()?;
        let length = u8::try_from(decision.len()).ok()?;
        let mut out = vec![VERSION, length];
        out.extend_from_slice(decision.as_bytes());
        out.extend_from_slice(nonce.as_ref());
        out.append(&mut packed);
        Some(out)
    }

    /// Reads what [`Vault::seal`] made.
    ///
    /// # Errors
    ///
    /// [`Locked::Shut`] and [`Locked::Unread`].
    pub fn read(&self, decision: &str, bytes: &[u8]) -> Result<Captured, Locked> {
        if decision_of(bytes) != Some(decision) {
            return Err(Locked::Shut);
        }
        let (nonce, sealed) = bytes[2 + decision.len()..].split_at_checked(NONCE_BYTES).ok_or(Locked::Shut)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Locked::Shut)?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(decision.as_bytes());
        let packed = self.key.open_in_place(nonce, aad, &mut sealed).map_err(|_| Locked::Shut)?;
        let mut plain = Vec::new();
        let unpacked = DeflateDecoder::new(&*packed).take(UNPACKED_BYTES_MAX).read_to_end(&mut plain);
        unpacked.map_err(|_| Locked::Unread)?;
        rmp_serde::from_slice(&plain).map_err(|_| Locked::Unread)
    }
}

/// The decision a capture belongs to, which stands in it unencrypted.
pub fn decision_of(bytes: &[u8]) -> Option<&str> {
    let (&[version, length], rest) = bytes.split_first_chunk::<2>()?;
    let id = rest.get(..usize::from(length)).filter(|_| version == VERSION)?;
    std::str::from_utf8(id).ok()
}
