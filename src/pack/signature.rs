//! Signatures of a pack: who vouches for it. They follow the pack in its file and stand outside its content hash, so that signing
//! does not change what a pack is.
//!
//! Each is 104 bytes: the word `CAVTSIGN`, the Ed25519 public key, the Ed25519 signature of the content hash.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// What every signature opens with.
pub const MARK: [u8; 8] = *b"CAVTSIGN";

/// Signatures of one file that are read.
pub const SIGNATURES_MAX: usize = 8;

const BYTES: usize = 8 + 32 + 64;

/// What is signed: these words, then the content hash.
const WORDS: &[u8] = b"caveat pack signature 1\n";

/// One signature, as it stands in the file: proved by [`Signature::holds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The public key of who signed.
    pub signer: [u8; 32],
    /// The signature.
    pub bytes: [u8; 64],
}

impl Signature {
    /// Whether the owner of the key signed a pack of this content hash.
    pub fn holds(&self, hash: &[u8; 32]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.signer).verify(&message(hash), &self.bytes).is_ok()
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

    /// Signs a content hash.
    pub fn sign(&self, hash: &[u8; 32]) -> Signature {
        let mut bytes = [0u8; 64];
        bytes.copy_from_slice(self.pair.sign(&message(hash)).as_ref());
        Signature { signer: self.signer(), bytes }
    }
}

fn message(hash: &[u8; 32]) -> Vec<u8> {
    [WORDS, hash].concat()
}

/// Parts a file into the pack and the signatures that follow it, last one first.
pub fn split(file: &[u8]) -> (&[u8], Vec<Signature>) {
    let (mut pack, mut signatures) = (file, Vec::new());
    while signatures.len() < SIGNATURES_MAX
        && let Some((rest, tail)) = pack.split_last_chunk::<BYTES>()
        && tail.starts_with(&MARK)
    {
        let (mut signer, mut bytes) = ([0u8; 32], [0u8; 64]);
        signer.copy_from_slice(&tail[8..40]);
        bytes.copy_from_slice(&tail[40..]);
        signatures.push(Signature { signer, bytes });
        pack = rest;
    }
    (pack, signatures)
}

/// Appends a signature to a file.
pub fn append(file: &mut Vec<u8>, signature: &Signature) {
    file.extend_from_slice(&MARK);
    file.extend_from_slice(&signature.signer);
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
