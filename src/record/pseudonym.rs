//! Names that stand for patients and users in records: by keyed hash, so that who holds a record and not the key learns
//! nobody's identity, while the same person has the same name in every record.

/// Makes pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(key not shown)")
    }
}

impl Pseudonyms {
    /// With a key made of any secret of 32 bytes or more.
    pub fn new(secret: &[u8]) -> Pseudonyms {
        Pseudonyms {
            key: blake3::derive_key("caveat 2026 pseudonyms of patients and users in decision records", secret),
        }
    }

    /// The pseudonym of an id within a client and its tenant: 32 hexadecimal digits; empty for an empty id. `kind` tells a
    /// patient from a user with the same id.
    pub fn of(&self, kind: &str, client: &str, tenant: &str, id: &str) -> String {
        if id.is_empty() {
            return String::new();
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [kind, client, tenant, id] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut out = hasher.finalize().to_hex().to_string();
        out.truncate(32);
        out
    }
}
