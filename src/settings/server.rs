//! Where the server listens, and its limits, each with its reason.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where it listens, and how much it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// The address clients know it by (`https://cds.hospital.example`), without a slash at the end: what the audience of a
    /// token is compared with. `None`: scheme and `Host` of the request.
    pub public_url: Option<String>,
    /// Told in so many words that a public address may be served without client trust and TLS (behind a proxy that has both).
    pub open_to_anyone: bool,
    /// Certificate and key; `None`: plain HTTP.
    pub tls: Option<Tls>,
    /// How long a client may take to send the head of a request.
    pub head_time: Duration,
    /// How long a client may take to send the rest of it.
    pub body_time: Duration,
    /// How long a connection may stay idle.
    pub idle_time: Duration,
    /// Connections open at once; more are closed at once.
    pub connections_max: usize,
    /// Connections open at once from one address; more are closed at once.
    pub address_connections_max: usize,
    /// Addresses for which that limit does not hold: of proxies, behind which many clients stand.
    pub proxies: Vec<IpAddr>,
    /// Requests in work at once; more are answered 503 at once.
    pub in_work_max: usize,
    /// The largest hook call read, in bytes.
    pub call_bytes_max: usize,
    /// The largest feedback body read, in bytes.
    pub feedback_bytes_max: usize,
    /// The largest pack taken by an admin call, in bytes.
    pub pack_bytes_max: usize,
    /// How long after a signal to stop new connections are still taken, while readiness already says no: the time a load
    /// balancer needs to notice.
    pub leave_time: Duration,
    /// How long open requests may take to end after that.
    pub drain_time: Duration,
}

/// A certificate and what is asked of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
    /// The authority that signs clients' certificates, PEM; `None`: no client certificate is asked for.
    pub client_authority: Option<PathBuf>,
    /// Whether a client without a certificate is turned away at once.
    pub client_certificate_required: bool,
    /// How often the files are looked at for a renewed certificate.
    pub look_every: Duration,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            open_to_anyone: false,
            tls: None,
            head_time: Duration::from_secs(5),
            body_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            connections_max: 10_000,
            address_connections_max: 2_000,
            proxies: Vec::new(),
            in_work_max: 512,
            call_bytes_max: 8 << 20,
            feedback_bytes_max: 1 << 20,
            pack_bytes_max: 512 << 20,
            leave_time: Duration::from_secs(2),
            drain_time: Duration::from_secs(20),
        }
    }
}
