//! Public keys of a JWK set, made ready once: which algorithms each fits, so that no token can choose how its key is read.

use crate::settings::client::Algorithm;
use crate::trust::algorithm::{RSA, library};
use crate::trust::token::Token;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

/// One key.
#[derive(Clone, Debug)]
pub struct Key {
    kid: String,
    fits: Vec<Algorithm>,
    decoding: DecodingKey,
}

impl Key {
    /// Whether it may be used with this algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.fits.contains(&algorithm)
    }

    /// Whether it signed the token.
    pub fn signed(&self, token: &Token<'_>) -> bool {
        let algorithm = library(token.algorithm);
        jsonwebtoken::crypto::verify(token.signature, token.signed.as_bytes(), &self.decoding, algorithm)
            .unwrap_or(false)
    }
}

/// The usable keys of a set.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    /// Keys of the set that cannot be used: of an unknown kind, symmetric, too short, not for signatures.
    pub skipped: usize,
    /// Private keys in it. They are skipped too: whoever publishes one has lost it.
    pub leaked: usize,
}

/// Why something is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JWK set: an object with a list `keys` was wanted")]
pub struct NoKeySet;

#[derive(Deserialize)]
struct Sent {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK set. Keys that cannot be used are skipped, and counted.
    ///
    /// # Errors
    ///
    /// [`NoKeySet`].
    pub fn read(bytes: &[u8]) -> Result<KeySet, NoKeySet> {
        let sent: Sent = serde_json::from_slice(bytes).map_err(|_| NoKeySet)?;
        let mut set = KeySet::default();
        for jwk in sent.keys {
            if jwk.get("d").is_some() {
                set.leaked += 1;
            } else if let Some(key) = key(jwk) {
                set.keys.push(key);
            } else {
                set.skipped += 1;
            }
        }
        Ok(set)
    }

    /// The keys of this id: more than one where the set has it twice.
    pub fn of(&self, kid: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid == kid)
    }

    /// Whether it has a key of this id.
    pub fn has(&self, kid: &str) -> bool {
        self.of(kid).next().is_some()
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// A key made ready; `None`: it cannot be used for signatures of tokens.
fn key(jwk: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(jwk).ok()?;
    let kid = jwk.common.key_id.filter(|kid| !kid.is_empty())?;
    let for_signatures = jwk.common.public_key_use.is_none_or(|u| u == PublicKeyUse::Signature);
    let verifies = jwk.common.key_operations.is_none_or(|ops| ops.contains(&KeyOperations::Verify));
    if !for_signatures || !verifies {
        return None;
    }
    let (decoding, fits) = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => (rsa_key(&rsa.n, &rsa.e)?, RSA),
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => (ec_key(&ec.x, &ec.y, 32)?, &[Algorithm::Es256][..]),
            EllipticCurve::P384 => (ec_key(&ec.x, &ec.y, 48)?, &[Algorithm::Es384][..]),
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
            let x = bytes(&okp.x).filter(|x| x.len() == 32)?;
            (DecodingKey::from_ed_der(&x), &[Algorithm::EdDsa][..])
        }
        _ => return None,
    };
    let meant = |algorithm: &&Algorithm| match jwk.common.key_algorithm {
        None => true,
        Some(named) => named == KeyAlgorithm::from(library(**algorithm)),
    };
    let fits: Vec<Algorithm> = fits.iter().filter(meant).copied().collect();
    (!fits.is_empty()).then_some(Key { kid, fits, decoding })
}

/// Modulus of 2,048 to 8,192 bits; leading zeros, which some servers write, are dropped.
fn rsa_key(n: &str, e: &str) -> Option<DecodingKey> {
    let (n, e) = (bytes(n)?, bytes(e)?);
    let bare = |b: &[u8]| b.iter().position(|byte| *byte != 0).map(|at| b[at..].to_vec());
    let (n, e) = (bare(&n)?, bare(&e)?);
    (256..=1_024).contains(&n.len()).then(|| DecodingKey::from_rsa_raw_components(&n, &e))
}

/// A point, uncompressed; coordinates whose leading zeros were left out are filled up.
fn ec_key(x: &str, y: &str, size: usize) -> Option<DecodingKey> {
    let mut point = vec![4];
    for coordinate in [bytes(x)?, bytes(y)?] {
        point.extend(std::iter::repeat_n(0, size.checked_sub(coordinate.len())?));
        point.extend(coordinate);
    }
    Some(DecodingKey::from_ec_der(&point))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
