//! The profile of a registered client: how it is known, what it may reach, and what its cards may hold.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// One registered client. The default is what an unknown client of an open server gets: strict CDS Hooks, output that every
/// known client takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    /// Our name for it: stands in logs and records.
    pub name: String,
    /// `iss` of its tokens.
    pub iss: String,
    /// Key set addresses that its tokens may name; the first is asked when a token names none.
    pub jku: Vec<String>,
    /// Whether such an address may be plain `http`; without it only at a loopback address.
    pub jku_plain_http: bool,
    /// A file with its JWK set, for clients without a key server.
    pub jwks_file: Option<PathBuf>,
    /// Audiences accepted instead of the address of the endpoint (some sites type in one of their own).
    pub audiences: Vec<String>,
    /// Algorithms accepted.
    pub algorithms: Vec<Algorithm>,
    /// How far its clock may be off.
    pub leeway: Duration,
    /// Tenants accepted; empty: any, or none named.
    pub tenants: Vec<String>,
    /// Whether discovery wants a token too.
    pub token_for_discovery: bool,
    /// Whether it may omit a token when it came with a client certificate of this subject name.
    pub certificate: Option<String>,
    /// Bases of the FHIR servers that data may be fetched from.
    pub fhir_servers: Vec<String>,
    /// Whether such a base may lie at a loopback, link-local or private address.
    pub fhir_servers_private: bool,
    /// How long a whole call may take, fetching included.
    pub deadline: Duration,
    /// `selectionBehavior` of its cards.
    pub selection: Selection,
    /// The most cards it shows; further findings stand in the extension. `None`: all.
    pub cards_max: Option<usize>,
    /// The shape of error bodies.
    pub errors: ErrorShape,
    /// Requests a second, on average; `None`: no limit of its own.
    pub per_second_max: Option<u32>,
    /// Whether order-sign leaves out cards that order-select has just shown for the same orders (PDDI-CDS).
    pub quiet_repeats: bool,
}

/// A signature algorithm. None of them is symmetric, and `none` is no algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the algorithm of that name in RFC 7518 or RFC 8037")]
pub enum Algorithm {
    Es256,
    Es384,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    EdDsa,
}

/// How suggestions of one card relate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// Any number of them.
    #[default]
    Any,
    /// At most one.
    AtMostOne,
}

/// The shape of error bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorShape {
    /// A FHIR OperationOutcome.
    #[default]
    OperationOutcome,
    /// `{"message": "..."}`.
    Message,
}

impl Default for Client {
    fn default() -> Client {
        Client {
            name: String::from("anyone"),
            iss: String::new(),
            jku: Vec::new(),
            jku_plain_http: false,
            jwks_file: None,
            audiences: Vec::new(),
            algorithms: vec![Algorithm::Es384, Algorithm::Rs384],
            leeway: Duration::from_secs(30),
            tenants: Vec::new(),
            token_for_discovery: false,
            certificate: None,
            fhir_servers: Vec::new(),
            fhir_servers_private: false,
            deadline: Duration::from_millis(450),
            selection: Selection::Any,
            cards_max: None,
            errors: ErrorShape::OperationOutcome,
            per_second_max: None,
            quiet_repeats: false,
        }
    }
}
