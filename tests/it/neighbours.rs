//! Connections from one address: as many as one may have, and no more; proxies may have any number.

use crate::serve::order_sign;
use crate::server::{Server, Wire, until};
use caveat::serve::neighbours::Place;
use caveat::serve::traffic::Traffic;
use caveat::settings::server::Server as Limits;
use caveat::settings::whole::Settings;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

const SIGN: &str = "/cds-services/caveat-order-sign";

fn call() -> String {
    order_sign(&["197805"], &["855332"])
}

fn limits(most: usize, proxies: &[&str]) -> Limits {
    Limits {
        address_connections_max: most,
        proxies: proxies.iter().map(|ip| ip.parse().unwrap()).collect(),
        leave_time: Duration::ZERO,
        ..Limits::default()
    }
}

async fn start(limits: Limits) -> Server {
    Server::start(Settings { server: limits, ..Settings::default() }).await
}

/// Connects from another address of this machine: all of 127.0.0.0/8 is its own.
async fn from(ip: &str, server: &Server) -> Wire<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(ip.parse().unwrap(), 0)).unwrap();
    Wire::new(socket.connect(server.address).await.unwrap())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_machine_cannot_take_all_connections() {
    let server = start(limits(3, &[])).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = from("127.0.0.2", &server).await;
        assert_eq!(wire.get("/livez").await.status, 200);
        held.push(wire);
    }
    for n in 1..=5 {
        from("127.0.0.2", &server).await.hung_up().await;
        assert_eq!(server.service.traffic.turned_away_by_address.now(), n);
    }
    assert_eq!(server.service.traffic.turned_away.now(), 0, "the server is not full");
    let metrics = server.service.metrics.text(&server.service);
    assert!(metrics.contains("caveat_traffic{kind=\"turned-away-by-address\"} 5\n"), "{metrics}");
    let mut other = from("127.0.0.3", &server).await;
    assert_eq!(other.post(SIGN, &call()).await.status, 200, "another machine is served");
    assert_eq!(held[0].post(SIGN, &call()).await.status, 200, "and so is whoever was connected");
    held.pop();
    until("a place is free again", || server.service.traffic.neighbours.of("127.0.0.2".parse().unwrap()) == 2).await;
    assert_eq!(from("127.0.0.2", &server).await.get("/livez").await.status, 200);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_proxy_in_front_may_have_any_number_and_its_neighbour_may_not() {
    let server = start(limits(2, &["127.0.0.9"])).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        let mut wire = from("127.0.0.9", &server).await;
        assert_eq!(wire.get("/livez").await.status, 200);
        held.push(wire);
    }
    for _ in 0..2 {
        let mut wire = from("127.0.0.8", &server).await;
        // No header makes a proxy of a client.
        assert_eq!(wire.get_with("/livez", "x-forwarded-for: 127.0.0.9\r\n").await.status, 200);
        held.push(wire);
    }
    from("127.0.0.8", &server).await.hung_up().await;
    assert_eq!(server.service.traffic.turned_away_by_address.now(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_never_speaks_holds_its_place_no_longer_than_it_lives() {
    let server = start(Limits { idle_time: Duration::from_secs(1), ..limits(1, &[]) }).await;
    from("127.0.0.2", &server).await.hung_up().await;
    until("it is let go", || server.service.traffic.neighbours.of("127.0.0.2".parse().unwrap()) == 0).await;
    assert_eq!(from("127.0.0.2", &server).await.get("/livez").await.status, 200);
}

/// Which addresses count as one machine: the second is turned away where the first has all that one may have.
#[test]
fn addresses_are_told_apart() {
    const TABLE: &[(&str, &str, bool)] = &[
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.2", false),
        ("10.0.0.1", "::ffff:10.0.0.1", true),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ("::1", "127.0.0.1", false),
    ];
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for (first, second, one) in TABLE {
        let (traffic, limits) = (Arc::new(Traffic::new([])), limits(1, &[]));
        let held = Place::take(&traffic, &limits, ip(first)).unwrap();
        assert_eq!(Place::take(&traffic, &limits, ip(second)).is_none(), *one, "{first} {second}");
        drop(held);
        assert!(Place::take(&traffic, &limits, ip(second)).is_some());
        assert_eq!((traffic.neighbours.of(ip(first)), traffic.neighbours.of(ip(second))), (0, 0), "nothing is left");
    }
    for (proxy, address, free) in [
        ("10.0.0.1", "::ffff:10.0.0.1", true),
        ("2001:db8::1", "2001:db8::2", false),
        ("2001:db8::1", "2001:db8::1", true),
    ] {
        let (traffic, limits) = (Arc::new(Traffic::new([])), limits(1, &[proxy]));
        let _held = Place::take(&traffic, &limits, ip(address)).unwrap();
        assert_eq!(Place::take(&traffic, &limits, ip(address)).is_some(), free, "{proxy} {address}");
    }
}
