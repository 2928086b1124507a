//! The other end of a connection, as the listener saw it. Travels with each request as an extension.

use std::net::SocketAddr;

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
    /// The subject's common name in its client certificate, verified; `None`: it showed none.
    pub certificate: Option<String>,
}
