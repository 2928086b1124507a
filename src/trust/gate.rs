//! The gate every hook call passes.

use crate::clinical::time::Moment;
use crate::settings::client::Client;
use crate::settings::trust::Trust;
use crate::settings::whole::Settings;
use crate::trust::address::same_place;
use crate::trust::caller::{Caller, Claimed, Denied, Proof};
use crate::trust::keys::Keys;
use crate::trust::reason::Reason;
use crate::trust::replay::Shown;
use crate::trust::report::GateHealth;
use crate::trust::roster::{Registered, Roster};
use crate::trust::token::{self, Token};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a caller shows. It cannot be printed, for it holds the token.
#[derive(Clone, Copy)]
pub struct Knock<'a> {
    /// Every `Authorization`, as sent.
    pub authorizations: &'a [&'a [u8]],
    /// Subject name of its client certificate, verified.
    pub certificate: Option<&'a str>,
    /// The absolute address it called, without query: what a token's audience must be.
    pub url: &'a str,
    /// Whether it asks for discovery.
    pub discovery: bool,
}

/// The gate.
#[derive(Debug)]
pub struct Gate {
    roster: Roster,
    trust: Trust,
    anyone: Arc<Client>,
    discovery_open: bool,
    host_trusted: bool,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    by_token: AtomicU64,
    by_certificate: AtomicU64,
    by_stale_keys: AtomicU64,
    denied: [AtomicU64; Reason::ALL.len()],
}

impl Gate {
    /// The gate that these settings describe. What is doubtful about them is logged; [`Gate::health`] says it too.
    pub fn new(settings: &Settings) -> Gate {
        let gate = Gate {
            roster: Roster::new(&settings.clients, &settings.trust),
            trust: settings.trust.clone(),
            anyone: Arc::new(Client::default()),
            discovery_open: !settings.clients.iter().any(|client| client.token_for_discovery),
            host_trusted: settings.server.public_url.is_some(),
            counts: Counts::default(),
        };
        gate.doubts().for_each(|doubt| tracing::warn!("{doubt}"));
        gate
    }

    /// An open gate that treats whoever comes as a client of this profile.
    pub fn for_anyone_as(profile: Client) -> Gate {
        Gate { anyone: Arc::new(profile), ..Gate::new(&Settings::default()) }
    }

    /// Whether no client is registered, so that whoever reaches the address is answered.
    pub fn is_open(&self) -> bool {
        self.roster.is_empty()
    }

    /// Lets a client in, or says why not; the log is told, the count kept.
    ///
    /// # Errors
    ///
    /// [`Denied`], with what was wrong: for the log, never for the caller.
    pub async fn admit(&self, knock: &Knock<'_>, now: Moment) -> Result<Caller, Denied> {
        if self.is_open() || (knock.discovery && self.discovery_open) {
            let client = Arc::clone(&self.anyone);
            return Ok(Caller { client, tenant: String::new(), proof: Proof::Nothing });
        }
        let mut claimed = Claimed::default();
        let judged = match knock.authorizations {
            [] => self.by_certificate(knock.certificate),
            [one] => self.by_token(one, knock, now, &mut claimed).await,
            _ => Err(Reason::SeveralHeaders),
        };
        judged.map_err(|reason| {
            add(&self.counts.denied[reason as usize]);
            let Claimed { iss, kid, jku_host } = &claimed;
            let (word, why) = (reason.word(), reason.sentence());
            tracing::warn!(reason = word, %iss, %kid, jku = %jku_host, discovery = knock.discovery, "not let in: {why}");
            Denied { reason, claimed }
        })
    }

    /// How it fares.
    pub fn health(&self) -> GateHealth {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let keys: Vec<_> = self.roster.keys.iter().map(|keys| keys.health()).collect();
        let mut troubles: Vec<String> = self.doubts().map(str::to_owned).collect();
        for set in &keys {
            let what = if set.usable { "those known stay in use" } else { "none can be used" };
            troubles.extend(set.trouble.as_ref().map(|why| format!("keys of {}: {why}; {what}", set.origin)));
            if set.leaked > 0 {
                troubles
                    .push(format!("keys of {}: {} private keys stand in it; they are lost", set.origin, set.leaked));
            }
        }
        for (iss, seen) in self.roster.seen.iter().filter(|(_, seen)| seen.is_refusing()) {
            let most = seen.held_max();
            troubles
                .push(format!("{most} living tokens of `{iss}` are remembered, which is the most: more are refused"));
        }
        GateHealth {
            clients: self.roster.len(),
            by_token: count(&self.counts.by_token),
            by_certificate: count(&self.counts.by_certificate),
            denied: Reason::ALL.iter().map(|r| (r.word(), count(&self.counts.denied[*r as usize]))).collect(),
            by_stale_keys: count(&self.counts.by_stale_keys),
            remembered: self.roster.seen.iter().map(|(_, seen)| seen.held()).sum(),
            keys,
            troubles,
        }
    }

    /// What an operator should look at again.
    fn doubts(&self) -> impl Iterator<Item = &str> {
        const HOST: &str =
            "server.public_url is not set: the audience of tokens is compared with the host that the caller names";
        let by_host = !self.is_open() && !self.host_trusted;
        self.roster.doubts.iter().map(String::as_str).chain(by_host.then_some(HOST))
    }

    fn by_certificate(&self, name: Option<&str>) -> Result<Caller, Reason> {
        let registered = name.and_then(|name| self.roster.of_certificate(name)).ok_or(Reason::NothingShown)?;
        // A certificate names no tenant: where there is one, it is that; among several nobody could tell whose patient is meant.
        let tenant = match registered.client.tenants.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            _ => return Err(Reason::Tenant),
        };
        add(&self.counts.by_certificate);
        let client = Arc::clone(&registered.client);
        Ok(Caller { client, tenant, proof: Proof::Certificate })
    }

    /// What costs nothing is asked first, then the key, then the signature; last of all the token is remembered.
    async fn by_token(
        &self,
        authorization: &[u8],
        knock: &Knock<'_>,
        now: Moment,
        claimed: &mut Claimed,
    ) -> Result<Caller, Reason> {
        if authorization.len() > self.trust.token_bytes_max {
            return Err(Reason::TooLong);
        }
        let token = token::read(token::bearer(authorization)?, claimed)?;
        let mut wrong = None;
        for (registered, keys) in self.roster.candidates(&token)? {
            let good = match self.fits(registered, &token, knock, now) {
                Ok(()) => self.signed(keys, &token).await,
                Err(reason) => Err(reason),
            };
            match good {
                Ok(()) => return self.once(registered, keys, token, now),
                Err(reason) => wrong = wrong.max(Some(reason)),
            }
        }
        Err(wrong.unwrap_or(Reason::Key))
    }

    /// What the client's profile and the clock say of a token.
    fn fits(&self, registered: &Registered, token: &Token<'_>, knock: &Knock<'_>, now: Moment) -> Result<(), Reason> {
        let (client, claims) = (&registered.client, &token.claims);
        if !client.algorithms.contains(&token.algorithm) {
            return Err(Reason::Algorithm);
        }
        if knock.certificate.zip(client.certificate.as_deref()).is_some_and(|(shown, own)| shown != own) {
            return Err(Reason::Certificate);
        }
        let meant = |aud: &String| same_place(aud, knock.url) || client.audiences.contains(aud);
        if !claims.aud.iter().any(meant) {
            return Err(Reason::Audience);
        }
        let leeway = seconds(client.leeway);
        let life = seconds(self.trust.token_life_max).saturating_add(leeway);
        if now.0 >= claims.exp.saturating_add(leeway) {
            return Err(Reason::Expired);
        }
        if claims.iat.max(claims.nbf.unwrap_or(claims.iat)) > now.0.saturating_add(leeway) {
            return Err(Reason::Early);
        }
        let lives = claims.exp.saturating_sub(claims.iat);
        if !(0..=life).contains(&lives) || now.0.saturating_sub(claims.iat) > life {
            return Err(Reason::Life);
        }
        Ok(())
    }

    async fn signed(&self, keys: &Arc<Keys>, token: &Token<'_>) -> Result<(), Reason> {
        let held = keys.having(&token.kid).await?;
        let mut fitting = held.set.of(&token.kid).filter(|key| key.fits(token.algorithm)).peekable();
        if fitting.peek().is_none() {
            return Err(Reason::Key);
        }
        fitting.any(|key| key.signed(token)).then_some(()).ok_or(Reason::Signature)
    }

    /// Lets it in unless it was shown before.
    fn once(&self, registered: &Registered, keys: &Keys, token: Token<'_>, now: Moment) -> Result<Caller, Reason> {
        let (client, claims) = (Arc::clone(&registered.client), token.claims);
        let ends = claims.exp.saturating_add(seconds(client.leeway));
        match registered.seen.show(&claims.iss, &claims.jti, ends, now.0) {
            Shown::Again => return Err(Reason::Replayed),
            Shown::Full => return Err(Reason::MemoryFull),
            Shown::First => {}
        }
        add(&self.counts.by_token);
        if keys.is_stale() {
            add(&self.counts.by_stale_keys);
        }
        Ok(Caller { client, tenant: claims.tenant, proof: Proof::Token })
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
