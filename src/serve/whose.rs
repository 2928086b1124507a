//! Whose patient an id names: ids mean something only within a client and its tenant.

use crate::hooks::intake_identity::bare;
use crate::serve::reply::error;
use crate::serve::service::Service;
use crate::settings::client::Client;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A client and its tenant, within which an id names a patient.
#[derive(Clone, Debug)]
pub struct Whose {
    /// The client.
    pub client: Arc<Client>,
    /// The tenant; empty: none.
    pub tenant: String,
}

impl Whose {
    /// The client and tenant that a call of the pharmacy side names. One that names no client means the only one there is.
    ///
    /// # Errors
    ///
    /// The answer to send: 422, when there are several clients and none is named, or when nobody has that name.
    #[expect(clippy::result_large_err, reason = "the error is the response that is sent at once")]
    pub fn named(service: &Service, client: Option<&str>, tenant: Option<&str>) -> Result<Whose, Response> {
        let unfit = |words: &str| Err(error(StatusCode::UNPROCESSABLE_ENTITY, words));
        let clients = &service.settings.clients;
        let anyone = || Arc::new(Client::default());
        let client = match (client.filter(|name| !name.is_empty()), clients.as_slice()) {
            (None, []) => anyone(),
            (None, [only]) => Arc::clone(only),
            (None, _) => {
                return unfit("`client` is missing: several clients are registered, so say whose patient it is");
            }
            (Some(name), all) => match all.iter().find(|c| c.name == name) {
                Some(client) => Arc::clone(client),
                None if all.is_empty() && name == Client::default().name => anyone(),
                None => return unfit("`client` names no registered client"),
            },
        };
        let tenant = match (tenant.filter(|name| !name.is_empty()), client.tenants.as_slice()) {
            (None, [only]) => only.clone(),
            (None, _) => String::new(),
            (Some(name), tenants) if tenants.is_empty() || tenants.iter().any(|t| t == name) => name.to_owned(),
            (Some(_), _) => return unfit("`tenant` names no tenant of this client"),
        };
        Ok(Whose { client, tenant })
    }

    /// The pseudonym of an id of one of its patients, with or without `Patient/`.
    pub fn patient(&self, service: &Service, id: &str) -> String {
        service.pseudonyms.of("patient", &self.client.name, &self.tenant, bare(id))
    }
}
