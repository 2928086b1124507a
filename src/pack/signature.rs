//! Signatures of a pack: who vouches for it, and since when. They follow the pack in its file and stand outside its content hash, so
//! that signing does not change what a pack is.
//!
//! Each is 112 bytes: the word `CAVTSIG2`, the Ed25519 public key, when it was made (seconds since 1970, 64 bits, little-endian), the
//! Ed25519 signature of content hash and time. The first format, `CAVTSIGN`, has no time and 104 bytes; it is still read.

use crate::clinical::time::Moment;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// What a signature that tells no time opens with.
pub const MARK: [u8; 8] = *b"CAVTSIGN";

/// What a signature that tells its time opens with.
pub const MARK_TIMED: [u8; 8] = *b"CAVTSIG2";

/// Signatures of one file that are read.
pub const SIGNATURES_MAX: usize = 8;

const BYTES: usize = 8 + 32 + 64;
const BYTES_TIMED: usize = BYTES + 8;

/// What is signed without a time: these words, then the content hash.
const WORDS: &[u8] = b"caveat pack signature 1\n";

/// What is signed with a time: these words, then the content hash, then the time.
const WORDS_TIMED: &[u8] = b"caveat pack signature 2\n";

/// One signature, as it stands in the file: proved by [`Signature::holds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The public key of who signed.
    pub signer: [u8; 32],
    /// When it was made, by the signer's clock; `None`: it is of the first format, which does not tell.
    pub at: Option<Moment>,
    /// The signature.
    pub bytes: [u8; 64],
}

impl Signature {
    /// Whether the owner of the key signed a pack of this content hash, at the time that is told.
    pub fn holds(&self, hash: &[u8; 32]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.signer).verify(&message(hash, self.at), &self.bytes).is_ok()
    }
}

/// The private half of a signer's key, from its seed of 32 bytes.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey(of {})", hex(&self.signer()))
    }
}

impl SigningKey {
    /// The key of this seed; `None` when it is none.
    pub fn of_seed(seed: &[u8; 32]) -> Option<SigningKey> {
        Some(SigningKey { pair: Ed25519KeyPair::from_seed_unchecked(seed).ok()? })
    }

    /// The public half.
    pub fn signer(&self) -> [u8; 32] {
        let mut signer = [0u8; 32];
        signer.copy_from_slice(self.pair.public_key().as_ref());
        signer
    }

    /// Signs a content hash at a time; without one in the first format. Equal input gives equal bytes.
    pub fn sign(&self, hash: &[u8; 32], at: Option<Moment>) -> Signature {
        let mut bytes = [0u8; 64];
        bytes.copy_from_slice(self.pair.sign(&message(hash, at)).as_ref());
        Signature { signer: self.signer(), at, bytes }
    }
}

fn message(hash: &[u8; 32], at: Option<Moment>) -> Vec<u8> {
    match at {
        None => [WORDS, hash].concat(),
        Some(at) => [WORDS_TIMED, hash, &at.0.to_le_bytes()].concat(),
    }
}

/// Parts a file into the pack and the signatures that follow it, last one first.
pub fn split(file: &[u8]) -> (&[u8], Vec<Signature>) {
    let (mut pack, mut signatures) = (file, Vec::new());
    while signatures.len() < SIGNATURES_MAX
        && let Some((rest, signature)) = timed(pack).or_else(|| untimed(pack))
    {
        signatures.push(signature);
        pack = rest;
    }
    (pack, signatures)
}

fn timed(file: &[u8]) -> Option<(&[u8], Signature)> {
    let (rest, tail) = file.split_last_chunk::<BYTES_TIMED>()?;
    let (signer, tail) = tail.strip_prefix(&MARK_TIMED)?.split_first_chunk()?;
    let (at, bytes) = tail.split_first_chunk()?;
    let at = Some(Moment(i64::from_le_bytes(*at)));
    Some((rest, Signature { signer: *signer, at, bytes: bytes.try_into().ok()? }))
}

fn untimed(file: &[u8]) -> Option<(&[u8], Signature)> {
    let (rest, tail) = file.split_last_chunk::<BYTES>()?;
    let (signer, bytes) = tail.strip_prefix(&MARK)?.split_first_chunk()?;
    Some((rest, Signature { signer: *signer, at: None, bytes: bytes.try_into().ok()? }))
}

/// Appends a signature to a file.
pub fn append(file: &mut Vec<u8>, signature: &Signature) {
    file.extend_from_slice(if signature.at.is_some() { &MARK_TIMED } else { &MARK });
    file.extend_from_slice(&signature.signer);
    if let Some(at) = signature.at {
        file.extend_from_slice(&at.0.to_le_bytes());
    }
    file.extend_from_slice(&signature.bytes);
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|d| char::from_digit(u32::from(d), 16)).collect()
}

/// Thirty-two bytes of sixty-four hexadecimal digits, blanks around them allowed.
pub fn of_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.trim().chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok())?
}
