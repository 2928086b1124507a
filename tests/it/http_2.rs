//! A server that is told to stop while HTTP/2 is spoken: what is in flight is answered, the rest is told to go.

use crate::http_2_wire::{DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, Polite, RESET, Raw, frame, headers};
use crate::serve::order_sign;
use crate::server::{Server, Wire, head, until};
use axum::http::Method;
use caveat::serve::traffic::Phase;
use caveat::settings::whole::Settings;
use std::io::Write;
use std::time::Duration;

const SIGN: &str = "/cds-services/caveat-order-sign";
const SHORT: Duration = Duration::from_millis(200);
const STREAMS: u32 = 5;

fn call() -> String {
    order_sign(&["197805"], &["855332"])
}

fn settings(change: impl FnOnce(&mut caveat::settings::server::Server)) -> Settings {
    let mut settings = Settings::default();
    settings.server.leave_time = Duration::ZERO;
    change(&mut settings.server);
    settings
}

#[tokio::test]
async fn told_to_stop_every_stream_in_flight_is_answered_and_the_server_ends() {
    let server = Server::start(settings(|_| {})).await;
    let mut client = Polite::connect(server.address).await;
    let mut asked = Vec::new();
    for _ in 0..STREAMS {
        asked.push(client.ask(Method::POST, SIGN).await.unwrap());
    }
    until("all are in work", || server.service.traffic.requests.now() == STREAMS as usize).await;
    assert_eq!(client.goaway(), None, "not before it is told to stop");
    server.service.traffic.go_on(Phase::Closing);
    until("it says GOAWAY, and which stream is the last", || client.goaway() == Some((2 * STREAMS - 1, 0))).await;
    assert!(client.ask(Method::GET, "/livez").await.is_none(), "no new stream");
    assert!(!server.ended.is_finished());
    for mut asked in asked {
        asked.send(&call());
        let reply = asked.reply().await.expect("cut off");
        assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")));
    }
    client.ended.await.unwrap().unwrap();
    assert_eq!(server.stop().await, Ok(()));
}

#[tokio::test]
async fn a_stream_opened_after_goaway_is_not_begun_and_the_one_before_is_answered() {
    let server = Server::start(settings(|_| {})).await;
    let mut client = Raw::connect(server.address, &[]).await;
    client.write(&frame(HEADERS, END_HEADERS, 1, &headers("POST", SIGN))).await;
    until("it is in work", || server.service.traffic.requests.now() == 1).await;
    server.service.traffic.go_on(Phase::Closing);
    client.until(|frame| frame.goaway() == Some((1, 0))).await.expect("no GOAWAY");
    client.write(&frame(HEADERS, END_HEADERS | END_STREAM, 3, &headers("GET", "/livez"))).await;
    client.write(&frame(DATA, END_STREAM, 1, call().as_bytes())).await;
    let frames = client.rest().await;
    let of = |stream: u32, kind: u8| frames.iter().filter(move |f| f.stream == stream && f.kind == kind);
    // An indexed `:status: 200` is the first thing of the head.
    assert_eq!(of(1, HEADERS).map(|f| f.payload[0]).collect::<Vec<_>>(), [0x88], "{frames:?}");
    assert_eq!(of(1, DATA).filter(|f| f.flags & END_STREAM > 0).count(), 1);
    assert_eq!(of(3, HEADERS).count(), 0);
    assert_eq!(server.stop().await, Ok(()));
}

#[tokio::test]
async fn a_stream_that_never_ends_does_not_keep_the_server_from_ending() {
    let server = Server::start(settings(|s| s.drain_time = SHORT)).await;
    let mut client = Polite::connect(server.address).await;
    let asked = client.ask(Method::POST, SIGN).await.unwrap();
    until("it is in work", || server.service.traffic.requests.now() == 1).await;
    assert_eq!(server.stop().await, Err(1), "and it says that something was open");
    drop(asked);
}

#[tokio::test]
async fn a_client_that_never_answers_goaway_does_not_keep_the_server_from_ending() {
    let server = Server::start(settings(|s| s.head_time = SHORT)).await;
    let mut dead = Raw::connect(server.address, &[]).await;
    dead.write(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &headers("GET", "/livez"))).await;
    dead.until(|f| f.stream == 1 && f.flags & END_STREAM > 0).await.unwrap();
    assert_eq!(server.stop().await, Ok(()), "nothing was in flight");
    let frames = dead.rest().await;
    assert!(frames.iter().any(|f| f.kind == GOAWAY), "{frames:?}");
}

#[tokio::test]
async fn while_the_server_leaves_old_connections_are_told_to_go_and_new_ones_are_served() {
    let server = Server::start(settings(|s| s.leave_time = Duration::from_secs(3_600))).await;
    let mut old = Polite::connect(server.address).await;
    let mut asked = old.ask(Method::POST, SIGN).await.unwrap();
    until("it is in work", || server.service.traffic.requests.now() == 1).await;
    server.service.traffic.go_on(Phase::Leaving);
    until("it is told", || old.goaway().is_some()).await;
    let mut new = Polite::connect(server.address).await;
    assert_eq!(new.get("/readyz").await.unwrap().status, 503);
    for _ in 0..3 {
        assert_eq!(new.post(SIGN, &call()).await.unwrap().status, 200);
    }
    assert_eq!(new.goaway(), None);
    asked.send(&call());
    assert_eq!(asked.reply().await.unwrap().status, 200);
    server.service.traffic.go_on(Phase::Closing);
    until("the new one is told when it closes", || new.goaway().is_some()).await;
    assert_eq!(server.stop().await, Ok(()));
}

/// The kernel shakes hands before anybody takes the connection: such a client has no way to know that it came too late.
#[tokio::test]
async fn what_the_system_had_taken_when_the_server_closed_is_answered() {
    let server = Server::start(settings(|_| {})).await;
    let mut early = Vec::new();
    for _ in 0..20 {
        // Without a pause for the server, which runs on this thread.
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        stream.write_all(format!("{}{}", head(SIGN, call().len()), call()).as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        early.push(Wire::new(tokio::net::TcpStream::from_std(stream).unwrap()));
    }
    let silent = std::net::TcpStream::connect(server.address).unwrap();
    server.service.traffic.go_on(Phase::Closing);
    for mut wire in early {
        let reply = wire.judged("POST", SIGN).await;
        assert_eq!((reply.status, &reply.headers["connection"]), (200, &"close".parse().unwrap()));
    }
    assert_eq!(server.stop().await, Ok(()), "one that says nothing is not waited for");
    drop(silent);
}

#[tokio::test]
async fn more_streams_than_are_allowed_are_refused_and_the_others_answered() {
    const REFUSED: u32 = 7;
    const ALLOWED: u32 = 128;
    let server = Server::start(settings(|_| {})).await;
    let mut client = Raw::connect(server.address, &[]).await;
    for n in 0..=ALLOWED {
        client.write(&frame(HEADERS, END_HEADERS, 2 * n + 1, &headers("POST", SIGN))).await;
    }
    let refused = |f: &Frame| f.kind == RESET && f.payload == REFUSED.to_be_bytes();
    let frames = client.until(refused).await.expect("hung up");
    assert_eq!(frames.last().unwrap().stream, 2 * ALLOWED + 1);
    client.write(&frame(DATA, END_STREAM, 1, call().as_bytes())).await;
    let frames = client.until(|f| f.stream == 1 && f.flags & END_STREAM > 0).await.expect("hung up");
    assert!(frames.iter().any(|f| f.stream == 1 && f.kind == HEADERS && f.payload[0] == 0x88), "{frames:?}");
}
