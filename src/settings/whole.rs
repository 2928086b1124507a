//! All settings together.

use crate::settings::access::Access;
use crate::settings::client::Client;
use crate::settings::fetching::Fetching;
use crate::settings::knowledge::Knowledge;
use crate::settings::recording::{Overriding, Recording};
use crate::settings::server::Server;
use crate::settings::trust::Trust;
use std::sync::Arc;

/// Everything an operator may set. The default is for trying on one's own machine: loopback, no client registered, records
/// kept in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens, and its limits.
    pub server: Server,
    /// The clients registered; none: whoever reaches the address is answered, as [`Client::default`].
    pub clients: Vec<Arc<Client>>,
    /// How tokens are checked and keys are kept.
    pub trust: Trust,
    /// Who may use the admin and read calls.
    pub access: Access,
    /// How missing data is fetched.
    pub fetching: Fetching,
    /// Where decisions are recorded.
    pub recording: Recording,
    /// How overrides are remembered.
    pub overriding: Overriding,
    /// Where packs come from.
    pub knowledge: Knowledge,
}
