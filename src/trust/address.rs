//! Addresses: whether an audience is the one that was called, and whether keys may be fetched from one.

use std::net::IpAddr;

/// Whether two addresses are the same place. Scheme and host in any case, the scheme's own port written or not, one slash
/// at the end or none; everything else to the letter. Nothing with a user, a query or a fragment is the same as anything.
pub fn same_place(one: &str, other: &str) -> bool {
    one == other && parts(one).is_some() || parts(one).zip(parts(other)).is_some_and(|(a, b)| a.same(&b))
}

/// The host that an address names, as written; for the log.
pub fn host_of(address: &str) -> Option<&str> {
    let rest = address.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    Some(authority.rsplit('@').next().unwrap_or(authority))
}

/// Why keys must not be fetched from this address; `None`: they may be.
pub fn key_server_fault(address: &str, plain_http: bool) -> Option<&'static str> {
    let Ok(url) = reqwest::Url::parse(address) else { return Some("it is no address") };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it names a user");
    }
    if url.fragment().is_some() {
        return Some("it has a fragment");
    }
    match url.scheme() {
        "https" => None,
        "http" if plain_http || is_loopback(&url) => None,
        "http" => Some("it is plain http; use https, or allow it by jku_plain_http"),
        _ => Some("it is neither https nor http"),
    }
}

/// Whether an address lies on this machine.
pub fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

struct Parts<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
}

impl Parts<'_> {
    fn same(&self, other: &Parts<'_>) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.host().eq_ignore_ascii_case(other.host())
            && self.path.strip_suffix('/').unwrap_or(self.path) == other.path.strip_suffix('/').unwrap_or(other.path)
    }

    /// Host and port, without the port that goes without saying.
    fn host(&self) -> &str {
        let own = if self.scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        self.authority.strip_suffix(own).unwrap_or(self.authority)
    }
}

fn parts(address: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = address.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#' | '\\');
    (known && !authority.is_empty() && rest.chars().all(plain)).then_some(Parts { scheme, authority, path })
}
