//! Who may use the admin and read calls: each role denied until it is granted.

/// All grants; none: every admin and read call is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Who may what.
    pub grants: Vec<Grant>,
}

/// Roles given to whoever shows a token or a certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is: stands in the log of admin calls.
    pub name: String,
    /// What it allows.
    pub roles: Vec<Role>,
    /// BLAKE3 of the bearer token that shows it; the token itself is not kept.
    pub token: Option<[u8; 32]>,
    /// Subject name of the client certificate that shows it.
    pub certificate: Option<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("name", &self.name).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Puts packs into service.
    Editor,
    /// Screens, and reads a patient's findings, overrides and obligations.
    Pharmacist,
    /// Reads and exports decision records.
    Auditor,
    /// Reads metrics and status in full; drains.
    Operator,
}
