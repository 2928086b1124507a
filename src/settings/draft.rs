//! Settings while they are read: the same values laid flat, with what names a secret instead of the secret.

use crate::settings::access::Role;
use crate::settings::client::{Algorithm, Client, ErrorShape, Selection};
use crate::settings::whole::Settings;
use std::path::PathBuf;
use std::time::Duration;

/// Words for the stores, in the order of [`Draft::store`].
pub const STORES: &[&str] = &["memory", "sqlite", "postgres"];
/// Words for the roles.
pub const ROLES: &[&str] = &["editor", "pharmacist", "auditor", "operator"];
/// The roles, in the order of their words.
pub const ROLE_VALUES: &[Role] = &[Role::Editor, Role::Pharmacist, Role::Auditor, Role::Operator];
/// Words for the algorithms.
pub const ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"];
/// The algorithms, in the order of their words.
pub const ALGORITHM_VALUES: &[Algorithm] = &[
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::EdDsa,
];
/// Words for the ways suggestions relate.
pub const SELECTIONS: &[&str] = &["any", "at-most-one"];
/// The ways, in the order of their words.
pub const SELECTION_VALUES: &[Selection] = &[Selection::Any, Selection::AtMostOne];
/// Words for the shapes of errors.
pub const ERRORS: &[&str] = &["operation-outcome", "message"];
/// The shapes, in the order of their words.
pub const ERROR_VALUES: &[ErrorShape] = &[ErrorShape::OperationOutcome, ErrorShape::Message];

/// The whole while it is read. What `settings` holds as it stands is read straight into it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Everything that is a plain value.
    pub settings: Settings,
    /// Certificate of the server.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The authority of clients' certificates.
    pub client_authority: Option<PathBuf>,
    /// Whether clients must show one.
    pub client_certificate_required: bool,
    /// How often the files are looked at.
    pub look_every: Duration,
    /// Which of [`STORES`].
    pub store: usize,
    /// The folder of the store.
    pub folder: Option<PathBuf>,
    /// The connection, in the clear.
    pub connection: Option<String>,
    /// The variable that holds it.
    pub connection_env: Option<String>,
    /// The file that holds it.
    pub connection_file: Option<PathBuf>,
    /// The key of request capture.
    pub capture_key_file: Option<PathBuf>,
    /// Keys of signers, as hexadecimal digits.
    pub signers: Vec<String>,
    /// Addresses of proxies.
    pub proxies: Vec<String>,
}

impl Default for Draft {
    fn default() -> Draft {
        Draft {
            settings: Settings::default(),
            certificate: None,
            key: None,
            client_authority: None,
            client_certificate_required: false,
            look_every: Duration::from_secs(60),
            store: 0,
            folder: None,
            connection: None,
            connection_env: None,
            connection_file: None,
            capture_key_file: None,
            signers: Vec::new(),
            proxies: Vec::new(),
        }
    }
}

/// A client while it is read.
#[derive(Clone, Debug)]
pub struct ClientDraft {
    /// Everything that is a plain value.
    pub client: Client,
    /// Places in [`ALGORITHMS`].
    pub algorithms: Vec<usize>,
    /// Place in [`SELECTIONS`].
    pub selection: usize,
    /// Place in [`ERRORS`].
    pub errors: usize,
    /// Requests a second.
    pub per_second_max: Option<usize>,
}

impl Default for ClientDraft {
    fn default() -> ClientDraft {
        let client = Client { name: String::new(), ..Client::default() };
        let place = |a: &Algorithm| ALGORITHM_VALUES.iter().position(|b| a == b);
        let algorithms = client.algorithms.iter().filter_map(place).collect();
        ClientDraft { client, algorithms, selection: 0, errors: 0, per_second_max: None }
    }
}

impl ClientDraft {
    /// The client.
    pub fn finish(self) -> Client {
        Client {
            algorithms: self.algorithms.iter().filter_map(|n| ALGORITHM_VALUES.get(*n).copied()).collect(),
            selection: SELECTION_VALUES.get(self.selection).copied().unwrap_or_default(),
            errors: ERROR_VALUES.get(self.errors).copied().unwrap_or_default(),
            per_second_max: self.per_second_max.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            ..self.client
        }
    }
}

/// A grant while it is read.
#[derive(Clone, Debug, Default)]
pub struct GrantDraft {
    /// Whose it is.
    pub name: String,
    /// Places in [`ROLES`].
    pub roles: Vec<usize>,
    /// The variable that holds its token.
    pub token_env: Option<String>,
    /// The file that holds it.
    pub token_file: Option<PathBuf>,
    /// BLAKE3 of it.
    pub token_blake3: Option<String>,
    /// Subject name of its certificate.
    pub certificate: Option<String>,
}
