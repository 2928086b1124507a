//! The identity of a pack: its name, version and content hash. It stands in every answer.

/// Who answered: name, version and hash of the content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackStamp {
    /// Name, from the policy file.
    pub name: String,
    /// Version, from the policy file.
    pub version: String,
    /// BLAKE3 of the content, as 64 hexadecimal digits.
    pub hash: String,
}

impl PackStamp {
    /// The first twelve digits of the hash: enough for a person to tell two packs apart.
    pub fn short_hash(&self) -> &str {
        self.hash.get(..12).unwrap_or(&self.hash)
    }
}

impl std::fmt::Display for PackStamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.name, self.version, self.short_hash())
    }
}
