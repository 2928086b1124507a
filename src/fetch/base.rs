//! The base of a FHIR server: taken only when it is on the client's list, letter by letter, and never left again.

use crate::fetch::address;
use crate::settings::client::Client;
use reqwest::Url;
use std::net::IpAddr;

/// The base of a FHIR server that a client may have data fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    url: Url,
    inside: bool,
}

/// Why nothing is fetched from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not written as a base is written: other scheme, user, query, fragment, escapes, dots, another spelling of a host.
    #[error("it is not written as the base of a FHIR server is written")]
    Spelling,
    /// It is not below any base on the client's list.
    #[error("it is not on the client's list")]
    Unlisted,
    /// It is an address of the inside, or none at all.
    #[error("its address may not be asked")]
    Address,
    /// It leads away from the base.
    #[error("it leads away from the server's base")]
    Elsewhere,
}

impl Base {
    /// The base as a call names it, if the client's list has it.
    ///
    /// # Errors
    ///
    /// [`Refused`], for the log.
    pub fn of(client: &Client, server: &str) -> Result<Base, Refused> {
        let inside = client.fhir_servers_private;
        let server = server.strip_suffix('/').unwrap_or(server);
        let url = spelt(server, inside)?;
        let listed = |entry: &String| {
            let entry = entry.strip_suffix('/').unwrap_or(entry);
            let rest = server.strip_prefix(entry);
            !entry.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !client.fhir_servers.iter().any(listed) {
            return Err(Refused::Unlisted);
        }
        let literal = url.host_str().map(|host| host.trim_matches(['[', ']'])).and_then(|host| host.parse().ok());
        if literal.is_some_and(|ip: IpAddr| !address::allowed(ip, inside)) {
            return Err(Refused::Address);
        }
        Ok(Base { url, inside })
    }

    /// The entries of a client's list that no call can ever name, for they are not written as bases are written or lie where nothing
    /// is asked: a mistake to be told at the start.
    pub fn useless(client: &Client) -> Vec<(&str, Refused)> {
        let entries = client.fhir_servers.iter();
        entries.filter_map(|entry| Some((entry.as_str(), Base::of(client, entry).err()?))).collect()
    }

    /// Its host, for the log.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or("?")
    }

    /// Whether it may lie at an address of the inside.
    pub fn inside(&self) -> bool {
        self.inside
    }

    /// The whole address of what lies at `path` below it: `Patient/1`, `/Patient/1`, `?page=2`.
    ///
    /// # Errors
    ///
    /// [`Refused::Elsewhere`] when it does not lie below.
    pub fn at(&self, path: &str) -> Result<Url, Refused> {
        let base = self.url.as_str().trim_end_matches('/');
        let between = if path.starts_with(['/', '?']) { "" } else { "/" };
        let url = Url::parse(&[base, between, path].concat()).map_err(|_| Refused::Elsewhere)?;
        self.holds(&url).then_some(url).ok_or(Refused::Elsewhere)
    }

    /// The address a link leads to, seen from a page.
    ///
    /// # Errors
    ///
    /// [`Refused::Elsewhere`] when it does not lie below the base.
    pub fn follow(&self, page: &Url, link: &str) -> Result<Url, Refused> {
        let url = page.join(link).map_err(|_| Refused::Elsewhere)?;
        self.holds(&url).then_some(url).ok_or(Refused::Elsewhere)
    }

    /// Whether an address is on the same server, at the same port, below the base, and hides no step elsewhere.
    fn holds(&self, url: &Url) -> bool {
        let same = url.origin() == self.url.origin() && url.scheme() == self.url.scheme();
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let path = url.path().to_ascii_lowercase();
        let straight = !["%2f", "%5c", "%2e", "//", ";", "\\"].iter().any(|trick| path.contains(trick));
        let base = self.url.path().trim_end_matches('/');
        let below = url.path().strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        same && bare && straight && below
    }
}

/// Reads a base that is written in the one way bases are written, so that what is compared is what is asked.
fn spelt(server: &str, inside: bool) -> Result<Url, Refused> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
    let scheme = server.starts_with("https://") || (inside && server.starts_with("http://"));
    if !scheme || server.len() > 1_024 || !server.chars().all(plain) {
        return Err(Refused::Spelling);
    }
    let url = Url::parse(server).map_err(|_| Refused::Spelling)?;
    let host = url.host_str().unwrap_or("");
    // A parser that writes it otherwise has read something else than stands there: another form of an IP address, a default
    // port, capitals, dots in the path.
    let as_written = url.as_str().strip_suffix('/').unwrap_or(url.as_str()) == server;
    let segments = url.path_segments().is_none_or(|mut s| url.path() == "/" || s.all(|segment| !segment.is_empty()));
    if !as_written || host.is_empty() || host.ends_with('.') || !segments {
        return Err(Refused::Spelling);
    }
    Ok(url)
}
