//! The registered clients: which of them a token may be of, and where its keys are.

use crate::settings::client::Client;
use crate::settings::trust::Trust;
use crate::trust::key_fetch::Origin;
use crate::trust::keys::Keys;
use crate::trust::reason::Reason;
use crate::trust::replay::Seen;
use crate::trust::token::Token;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A registered client, with its keys.
#[derive(Debug)]
pub struct Registered {
    /// Its profile.
    pub client: Arc<Client>,
    /// Tokens seen of its issuer.
    pub seen: Arc<Seen>,
    /// The keys of each address on its list.
    servers: Vec<(String, Arc<Keys>)>,
    file: Option<Arc<Keys>>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Roster {
    clients: Vec<Registered>,
    of_issuer: BTreeMap<String, Vec<usize>>,
    /// Each origin of keys once.
    pub keys: Vec<Arc<Keys>>,
    /// Tokens seen, for each issuer.
    pub seen: Vec<(String, Arc<Seen>)>,
    /// What is doubtful about the registrations, in an operator's words.
    pub doubts: Vec<String>,
}

impl Roster {
    /// The roster of these clients. Clients that name the same address share its keys; those of one issuer, its memory.
    pub fn new(clients: &[Arc<Client>], trust: &Trust) -> Roster {
        let mut servers: BTreeMap<(String, bool), Arc<Keys>> = BTreeMap::new();
        let mut files: BTreeMap<PathBuf, Arc<Keys>> = BTreeMap::new();
        let mut seen: BTreeMap<String, Arc<Seen>> = BTreeMap::new();
        let mut roster = Roster::default();
        for (at, client) in clients.iter().enumerate() {
            let plain = client.jku_plain_http;
            let mut server = |jku: &String| {
                let fresh = || Keys::new(Origin::server(jku, plain, trust), trust);
                (jku.clone(), Arc::clone(servers.entry((jku.clone(), plain)).or_insert_with(fresh)))
            };
            let own = client.jku.iter().map(&mut server).collect();
            let file = client.jwks_file.as_ref().map(|path| {
                let fresh = || Keys::new(Origin::File(path.clone()), trust);
                Arc::clone(files.entry(path.clone()).or_insert_with(fresh))
            });
            let memory = seen.entry(client.iss.clone()).or_insert_with(|| Arc::new(Seen::new(trust.remembered_max)));
            let (client, seen) = (Arc::clone(client), Arc::clone(memory));
            if !client.iss.is_empty() {
                roster.of_issuer.entry(client.iss.clone()).or_default().push(at);
            }
            roster.clients.push(Registered { client, seen, servers: own, file });
        }
        roster.keys = servers.into_values().chain(files.into_values()).collect();
        roster.seen = seen.into_iter().collect();
        roster.doubts = doubts(clients);
        roster
    }

    /// Whether nobody is registered.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// How many are registered.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// The clients that a token may be of, each with the keys to hold it against: those of its issuer, of these those that
    /// list its `jku`, of these those that take its tenant. Where some name the tenant, those that take any stand back.
    ///
    /// # Errors
    ///
    /// [`Reason::Issuer`], [`Reason::Jku`] or [`Reason::Tenant`].
    pub fn candidates(&self, token: &Token<'_>) -> Result<Vec<(&Registered, &Arc<Keys>)>, Reason> {
        let of_issuer = self.of_issuer.get(&token.claims.iss).ok_or(Reason::Issuer)?;
        let with_keys = of_issuer.iter().filter_map(|at| {
            let registered = &self.clients[*at];
            Some((registered, registered.keys(token.jku.as_deref())?))
        });
        let with_keys: Vec<_> = with_keys.collect();
        if with_keys.is_empty() {
            return Err(Reason::Jku);
        }
        let names = |r: &Registered| r.client.tenants.contains(&token.claims.tenant);
        let named = with_keys.iter().any(|(r, _)| names(r));
        let takes = |r: &Registered| if named { names(r) } else { r.client.tenants.is_empty() };
        let left: Vec<_> = with_keys.into_iter().filter(|(r, _)| takes(r)).collect();
        if left.is_empty() { Err(Reason::Tenant) } else { Ok(left) }
    }

    /// The client whose certificate has this subject name.
    pub fn of_certificate(&self, name: &str) -> Option<&Registered> {
        self.clients.iter().find(|r| r.client.certificate.as_deref() == Some(name))
    }
}

impl Registered {
    /// The keys that a token with this `jku` is held against. Without one: those of the file, else of the first address.
    fn keys(&self, jku: Option<&str>) -> Option<&Arc<Keys>> {
        match jku {
            Some(jku) => self.servers.iter().find(|(address, _)| address == jku).map(|(_, keys)| keys),
            None => self.file.as_ref().or(self.servers.first().map(|(_, keys)| keys)),
        }
    }
}

/// What an operator should look at again.
fn doubts(clients: &[Arc<Client>]) -> Vec<String> {
    let mut doubts = Vec::new();
    for (at, client) in clients.iter().enumerate() {
        let name = &client.name;
        let keyless = client.jku.is_empty() && client.jwks_file.is_none();
        if client.iss.is_empty() && client.certificate.is_none() {
            doubts.push(format!("client `{name}` has neither an issuer nor a certificate: it is never let in"));
        } else if !client.iss.is_empty() && keyless {
            doubts.push(format!("client `{name}` has no keys: give jku or jwks_file"));
        }
        let twin = |other: &&Arc<Client>| client.certificate.is_some() && other.certificate == client.certificate;
        if let Some(other) = clients[..at].iter().find(twin) {
            doubts.push(format!("clients `{}` and `{name}` have one certificate: the first is meant", other.name));
        }
    }
    doubts
}
