//! Business identifiers: what a resource bears, and what a reference may name it by instead of its type and id.

use crate::hooks::lenient::{Text, node};
use std::borrow::Cow;

node! {
    /// An identifier: who gave it, and what it is.
    Identifier<'a> {
        /// Who gave it.
        system: Text<'a> = "system",
        /// What it is.
        value: Text<'a> = "value",
    }
}

impl<'a> Identifier<'a> {
    /// `system|value`, as references by identifier are kept; `None` where no value was sent.
    pub fn key(&self) -> Option<String> {
        let value = self.value.as_str();
        (!value.is_empty()).then(|| [self.system.as_str(), "|", value].concat())
    }

    /// The same in the place of a reference that has nothing else.
    pub fn pointer(&self) -> Text<'a> {
        self.key().map_or(Text::Absent, |key| Text::Is(Cow::Owned(key)))
    }
}

/// Whether a reference, as kept, is an identifier. No reference by type and id, URL or URN holds the sign between its parts.
pub fn is_identifier(reference: &str) -> bool {
    reference.contains('|')
}

/// The system of an identifier, as kept; empty where it has none.
pub fn system_of(identifier: &str) -> &str {
    identifier.split_once('|').map_or("", |(system, _)| system)
}
