//! TLS on real sockets: who is trusted, old versions, client certificates, and renewal while serving.

use crate::authority::{Authority, Pair};
use crate::http_2_wire::Polite;
use crate::serve::order_sign;
use crate::server::{Folder, Server, Wire, caveat, until};
use caveat::serve::traffic::Phase;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::server::Tls;
use caveat::settings::whole::Settings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whether client certificates are asked for.
#[derive(Clone, Copy, PartialEq)]
enum Mutual {
    No,
    Optional,
    Required,
}

/// A server with TLS whose files lie in a folder.
struct Secure {
    server: Server,
    authority: Authority,
    folder: Folder,
}

impl Secure {
    async fn start(mutual: Mutual) -> Secure {
        Secure::leaving_in(mutual, Duration::ZERO).await
    }

    /// One that takes new connections for so long after it was told to leave.
    async fn leaving_in(mutual: Mutual, leave_time: Duration) -> Secure {
        let (folder, authority) = (Folder::new("tls"), Authority::new("authority"));
        let pair = authority.server();
        let tls = Tls {
            certificate: folder.write("cert.pem", &pair.certificate),
            key: folder.write("key.pem", &pair.key),
            client_authority: (mutual != Mutual::No).then(|| folder.write("clients.pem", &authority.pem)),
            client_certificate_required: mutual == Mutual::Required,
            look_every: Duration::from_millis(50),
        };
        let mut settings = Settings::default();
        settings.server.tls = Some(tls);
        settings.server.leave_time = leave_time;
        let operator = |name: &str| Grant {
            name: name.to_owned(),
            roles: vec![Role::Operator],
            token: None,
            certificate: Some(name.to_owned()),
        };
        settings.access = Access { grants: vec![operator("ops"), operator("ops.example")] };
        Secure { server: Server::start(settings).await, authority, folder }
    }

    fn replace(&self, pair: &Pair) {
        self.folder.write("cert.pem", &pair.certificate);
        self.folder.write("key.pem", &pair.key);
    }

    fn renewals(&self) -> u64 {
        self.server.certificates.as_ref().unwrap().renewals()
    }

    fn trouble(&self) -> Option<String> {
        self.server.certificates.as_ref().unwrap().trouble()
    }

    /// Shakes hands as a client that trusts this authority, and shows this certificate.
    async fn connect(&self, trusts: &Authority, shows: Option<&Pair>) -> std::io::Result<Wire<TlsStream<TcpStream>>> {
        self.speaking(trusts, shows, &[]).await
    }

    /// As `connect`, by a client that speaks these protocols.
    async fn speaking(
        &self,
        trusts: &Authority,
        shows: Option<&Pair>,
        protocols: &[&str],
    ) -> std::io::Result<Wire<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(trusts.pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots);
        let mut config = match shows {
            None => config.with_no_client_auth(),
            Some(pair) => {
                let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.server.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        Ok(Wire::new(stream))
    }

    /// The certificate that a new connection is shown.
    async fn shown(&self) -> Vec<u8> {
        let wire = self.connect(&self.authority, None).await.unwrap();
        wire.stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }
}

fn der(pair: &Pair) -> Vec<u8> {
    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap().to_vec()
}

/// Whether a connection that shook hands is good for a request: in TLS 1.3 a refusal of the client's certificate comes later.
async fn serves(wire: std::io::Result<Wire<TlsStream<TcpStream>>>) -> bool {
    let Ok(mut wire) = wire else { return false };
    let sent = wire.stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    sent.is_ok() && wire.reply().await.is_some_and(|reply| reply.status == 200)
}

#[tokio::test]
async fn a_call_over_tls_is_answered_and_a_client_that_trusts_another_authority_hangs_up() {
    let secure = Secure::start(Mutual::No).await;
    let mut wire = secure.connect(&secure.authority, None).await.unwrap();
    let reply = wire.post("/cds-services/caveat-order-sign", &order_sign(&["197805"], &["855332"])).await;
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")));
    assert!(secure.connect(&Authority::new("another"), None).await.is_err());
    until("the failed handshake is counted", || secure.server.service.traffic.handshakes_failed.now() == 1).await;
}

#[tokio::test]
async fn http_2_is_chosen_by_a_client_that_speaks_it_and_1_1_by_one_that_does_not() {
    let secure = Secure::start(Mutual::No).await;
    for (protocols, chosen) in [(&["h2", "http/1.1"][..], "h2"), (&["http/1.1"], "http/1.1")] {
        let wire = secure.speaking(&secure.authority, None, protocols).await.unwrap();
        assert_eq!(wire.stream.get_ref().1.alpn_protocol(), Some(chosen.as_bytes()));
    }
    assert!(secure.speaking(&secure.authority, None, &["spdy/3"]).await.is_err());
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_not_answered() {
    let secure = Secure::start(Mutual::No).await;
    let mut plain = secure.server.connect().await;
    plain.write("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = plain.stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

/// A ClientHello of a version with one cipher suite; TLS 1.1 knows no other way to ask for itself.
fn hello(version: u8) -> Vec<u8> {
    let mut body = vec![3, version];
    body.extend([7; 32]);
    // No session, two suites that TLS 1.0 to 1.2 share (one of them with ECDHE), no compression, groups and formats.
    body.extend([0, 0, 4, 0xc0, 0x2f, 0xc0, 0x13, 1, 0]);
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 6, 0, 4, 4, 3, 4, 1];
    body.extend([0, extensions.len() as u8]);
    body.extend(extensions);
    let mut message = vec![1, 0, 0, body.len() as u8];
    message.extend(body);
    let mut record = vec![22, 3, 1, 0, message.len() as u8];
    record.extend(message);
    record
}

#[tokio::test]
async fn tls_1_1_is_refused_by_its_version() {
    const PROTOCOL_VERSION: u8 = 70;
    let secure = Secure::start(Mutual::No).await;
    let answer = async |version: u8| {
        let mut wire = secure.server.connect().await;
        wire.write(hello(version)).await;
        let mut answer = Vec::new();
        let _ = wire.stream.read_to_end(&mut answer).await;
        answer
    };
    for version in [1, 2] {
        let answer = answer(version).await;
        assert_eq!((answer[0], answer[5], answer[6]), (21, 2, PROTOCOL_VERSION), "{answer:?}");
    }
    let other = answer(3).await;
    assert!(other.first() == Some(&22) || other.get(6) != Some(&PROTOCOL_VERSION), "1.2 is not refused so: {other:?}");
}

#[tokio::test]
async fn a_required_client_certificate_is_required_and_judged() {
    let secure = Secure::start(Mutual::Required).await;
    let (ours, theirs) =
        (secure.authority.client(Some("ehr"), &[]), Authority::new("authority").client(Some("ehr"), &[]));
    assert!(serves(secure.connect(&secure.authority, Some(&ours)).await).await);
    assert!(!serves(secure.connect(&secure.authority, None).await).await, "none");
    assert!(!serves(secure.connect(&secure.authority, Some(&theirs)).await).await, "of another authority, same name");
    let for_servers = secure.authority.server();
    assert!(!serves(secure.connect(&secure.authority, Some(&for_servers)).await).await, "made for servers");
}

#[tokio::test]
async fn an_optional_client_certificate_gives_its_role_and_none_gives_none() {
    let secure = Secure::start(Mutual::Optional).await;
    let sees = async |shows: Option<Pair>| {
        let mut wire = secure.connect(&secure.authority, shows.as_ref()).await.unwrap();
        wire.get("/status").await.json()["traffic"].is_object()
    };
    let client = |common: Option<&str>, dns: &[&str]| Some(secure.authority.client(common, dns));
    assert!(sees(client(Some("ops"), &[])).await, "by common name");
    assert!(sees(client(None, &["ops.example", "other.example"])).await, "by the first DNS name where there is none");
    assert!(!sees(client(Some("nurse"), &["ops.example"])).await, "a DNS name beside a common name is not its name");
    assert!(!sees(client(None, &["other.example", "ops.example"])).await, "nor is the second DNS name");
    assert!(!sees(client(Some("OPS"), &[])).await);
    assert!(!sees(None).await);
    let theirs = Authority::new("authority").client(Some("ops"), &[]);
    assert!(!serves(secure.connect(&secure.authority, Some(&theirs)).await).await, "a bad one is not as good as none");
}

#[tokio::test]
async fn a_renewed_certificate_is_picked_up_and_open_connections_go_on() {
    let secure = Secure::start(Mutual::No).await;
    let before = secure.shown().await;
    let mut open = secure.connect(&secure.authority, None).await.unwrap();
    assert_eq!(open.get("/livez").await.status, 200);
    let renewed = secure.authority.server();
    secure.replace(&renewed);
    until("the renewal is in use", || secure.renewals() > 0).await;
    until("nothing is wrong", || secure.trouble().is_none()).await;
    assert_eq!(secure.shown().await, der(&renewed));
    assert_ne!(before, der(&renewed));
    assert_eq!(open.get("/livez").await.status, 200, "on the connection that was open");
}

#[tokio::test]
async fn a_bad_renewal_keeps_the_old_certificate_and_says_so() {
    let secure = Secure::start(Mutual::Optional).await;
    let before = secure.shown().await;
    let operator = secure.authority.client(Some("ops"), &[]);
    let renewed = secure.authority.server();
    let half = renewed.certificate[..renewed.certificate.len() / 2].to_owned();
    let bad = [
        ("half written", Pair { certificate: half, ..renewed.clone() }, "certificate"),
        ("another's key", Pair { key: secure.authority.server().key, ..renewed.clone() }, "key"),
        ("empty", Pair { certificate: String::new(), ..renewed.clone() }, "certificate"),
        ("no key", Pair { key: "rubbish".to_owned(), ..renewed.clone() }, "key"),
    ];
    for (name, pair, says) in bad {
        secure.replace(&pair);
        until(name, || secure.trouble().is_some_and(|why| why.starts_with(says))).await;
        assert_eq!(secure.shown().await, before, "{name}");
        let mut wire = secure.connect(&secure.authority, Some(&operator)).await.unwrap();
        let status = wire.get("/status").await.json();
        assert!(status["certificate"]["trouble"].as_str().unwrap().starts_with(says), "{name}: {status}");
        assert!(!status.to_string().contains("BEGIN"), "nothing of the files is shown");
    }
    secure.replace(&renewed);
    until("the good one is in use", || secure.trouble().is_none() && secure.renewals() > 0).await;
    assert_eq!(secure.shown().await, der(&renewed));
}

#[tokio::test]
async fn a_handshake_that_stops_half_way_is_hung_up_on() {
    let folder = Folder::new("half");
    let pair = Authority::new("authority").server();
    let mut settings = Settings::default();
    settings.server.head_time = Duration::from_millis(200);
    settings.server.tls = Some(Tls {
        certificate: folder.write("cert.pem", &pair.certificate),
        key: folder.write("key.pem", &pair.key),
        client_authority: None,
        client_certificate_required: false,
        look_every: Duration::from_secs(60),
    });
    let server = Server::start(settings).await;
    let mut wire = server.connect().await;
    wire.write(&hello(3)[..20]).await;
    wire.hung_up().await;
    assert_eq!(server.service.traffic.handshakes_failed.now(), 1);
}

/// Asks by `caveat health`; its exit code and what it says.
async fn health(arguments: Vec<String>) -> (Option<i32>, String) {
    let mut command = caveat();
    command.arg("health").args(&arguments);
    // A server in this process is asked: its thread must not wait for the program.
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[tokio::test]
async fn the_health_check_trusts_the_authority_it_is_given_and_no_other() {
    let secure = Secure::start(Mutual::No).await;
    let port = secure.server.address.port();
    let (own, named) = (format!("https://localhost:{port}/readyz"), format!("https://cds.example:{port}/readyz"));
    let ours = secure.folder.write("ca.pem", &secure.authority.pem);
    let both = secure.folder.write("both.pem", &format!("{}{}", Authority::new("another").pem, secure.authority.pem));
    let another = secure.folder.write("another.pem", &Authority::new("another").pem);
    let none = secure.folder.write("none.pem", "no certificate");
    let absent = secure.folder.path().join("absent.pem");
    let file = |path: &std::path::Path| path.display().to_string();
    let cases: Vec<(&str, Vec<String>, i32, &str)> = vec![
        ("ours", vec![own.clone(), "--authority".into(), file(&ours)], 0, ""),
        ("ours among others", vec![own.clone(), "--authority".into(), file(&both)], 0, ""),
        ("no authority", vec![own.clone()], 2, "does not answer"),
        ("another", vec![own.clone(), "--authority".into(), file(&another)], 2, "does not answer"),
        ("no certificate", vec![own.clone(), "--authority".into(), file(&none)], 2, "holds no certificate"),
        ("no file", vec![own.clone(), "--authority".into(), file(&absent)], 2, "cannot read"),
        (
            "another name than the certificate's",
            vec![named.clone(), "--authority".into(), file(&ours), "--connect".into(), "127.0.0.1".into()],
            2,
            "does not answer",
        ),
        (
            "connected to an address, by the certificate's name",
            vec![own.clone(), "--authority".into(), file(&ours), "--connect".into(), "127.0.0.1".into()],
            0,
            "",
        ),
        (
            "connected to an address, without a name",
            vec![format!("https://127.0.0.1:{port}"), "--connect".into(), "127.0.0.1".into()],
            2,
            "stands for a name",
        ),
    ];
    for (name, arguments, code, says) in cases {
        let (ended, said) = health(arguments).await;
        assert_eq!(ended, Some(code), "{name}: {said}");
        assert!(said.contains(says) && !said.contains("BEGIN"), "{name}: {said}");
    }
}

#[tokio::test]
async fn the_health_check_asks_by_the_name_of_the_certificate_wherever_the_server_is() {
    let (folder, authority) = (Folder::new("named"), Authority::new("authority"));
    let pair = authority.server_named(&["cds.example"]);
    let mut settings = Settings::default();
    settings.server.tls = Some(Tls {
        certificate: folder.write("cert.pem", &pair.certificate),
        key: folder.write("key.pem", &pair.key),
        client_authority: None,
        client_certificate_required: false,
        look_every: Duration::from_secs(60),
    });
    let server = Server::start(settings).await;
    let authority = folder.write("ca.pem", &authority.pem).display().to_string();
    for (host, code) in [("cds.example", 0), ("other.example", 2)] {
        let address = format!("https://{host}:{}", server.address.port());
        let arguments = [&address, "--authority", &authority, "--connect", "127.0.0.1"].map(str::to_owned);
        let (ended, said) = health(arguments.to_vec()).await;
        assert_eq!(ended, Some(code), "{host}: {said}");
    }
}

#[tokio::test]
async fn the_health_check_shows_a_certificate_where_one_is_required() {
    let secure = Secure::start(Mutual::Required).await;
    let address = format!("https://localhost:{}", secure.server.address.port());
    let authority = secure.folder.write("ca.pem", &secure.authority.pem).display().to_string();
    let write = |name: &str, text: &str| secure.folder.write(name, text).display().to_string();
    let ours = secure.authority.client(Some("health"), &[]);
    let foreign = Authority::new("another").client(Some("health"), &[]);
    let [certificate, key] = [write("health.pem", &ours.certificate), write("health.key", &ours.key)];
    let [foreign, foreign_key] = [write("foreign.pem", &foreign.certificate), write("foreign.key", &foreign.key)];
    let cases: Vec<(&str, Vec<&str>, i32, &str)> = vec![
        ("ours", vec!["--certificate", &certificate, "--key", &key], 0, ""),
        ("none", vec![], 2, "does not answer"),
        ("another authority's", vec!["--certificate", &foreign, "--key", &foreign_key], 2, "does not answer"),
        ("another's key", vec!["--certificate", &certificate, "--key", &foreign_key], 2, ""),
        (
            "a certificate twice",
            vec!["--certificate", &certificate, "--key", &certificate],
            2,
            "no certificate with its key",
        ),
        ("no key", vec!["--certificate", &certificate], 2, "--key"),
    ];
    for (name, arguments, code, says) in cases {
        let common = [address.as_str(), "--authority", &authority];
        let (ended, said) = health(common.into_iter().chain(arguments).map(str::to_owned).collect()).await;
        assert_eq!(ended, Some(code), "{name}: {said}");
        assert!(said.contains(says) && !said.contains("BEGIN"), "{name}: {said}");
    }
}

/// Until the first bytes of a client have come nobody knows by them which HTTP it speaks; the handshake has said it.
#[tokio::test]
async fn over_tls_too_a_new_http_2_connection_is_served_while_the_server_leaves() {
    let secure = Secure::leaving_in(Mutual::No, Duration::from_secs(3_600)).await;
    let connect = async || {
        let wire = secure.speaking(&secure.authority, None, &["h2"]).await.unwrap();
        Polite::over(wire.stream, 65_535).await
    };
    let mut old = connect().await;
    assert_eq!(old.get("/readyz").await.unwrap().status, 200);
    secure.server.service.traffic.go_on(Phase::Leaving);
    until("the old one is told to go", || old.goaway().is_some()).await;
    for _ in 0..3 {
        let mut new = connect().await;
        assert_eq!(new.get("/readyz").await.expect("cut off").status, 503);
        let call = order_sign(&["197805"], &["855332"]);
        assert_eq!(new.post("/cds-services/caveat-order-sign", &call).await.expect("cut off").status, 200);
        assert_eq!(new.goaway(), None);
    }
    assert_eq!(secure.server.stop().await, Ok(()));
}
