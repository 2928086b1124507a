//! HTTP/2 by clients that are slow on purpose, or that open streams only to drop them.

use crate::http_2_wire::{
    CONTINUATION, END_HEADERS, END_STREAM, Frame, HEADERS, PING, PREFACE, Polite, RESET, Raw, SETTINGS, frame, headers,
};
use crate::serve::order_sign;
use crate::server::{GENEROUS, Server, until};
use axum::body::Bytes;
use axum::http::Method;
use caveat::settings::whole::Settings;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const SIGN: &str = "/cds-services/caveat-order-sign";
const SHORT: Duration = Duration::from_millis(200);

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
async fn a_body_that_does_not_come_is_answered_408_and_its_neighbours_are_answered() {
    let server = Server::start(settings(|s| s.body_time = Duration::from_secs(1))).await;
    let mut client = Polite::connect(server.address).await;
    let mut stops = client.ask(Method::POST, SIGN).await.unwrap();
    stops.body.send_data(Bytes::from_static(b"{"), false).unwrap();
    let mut drips = client.ask(Method::POST, SIGN).await.unwrap();
    let dripping = async {
        // Until the stream takes no more: it was answered.
        while drips.body.send_data(Bytes::from_static(b" "), false).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(GENEROUS, dripping).await.expect("the server reads on for ever");
    for slow in [stops, drips] {
        let reply = slow.reply().await.expect("hung up");
        assert_eq!(reply.status, 408);
        assert!(String::from_utf8_lossy(&reply.body).contains("nothing was checked"));
    }
    assert_eq!(client.post(SIGN, &call()).await.unwrap().status, 200, "on the same connection");
    until("no place is held", || server.service.traffic.in_work.now() == 0).await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_hung_up_on_and_a_quick_one_is_answered() {
    let server = Server::start(settings(|s| s.idle_time = Duration::from_secs(1))).await;
    let mut slow = Raw::connect(server.address, &[]).await;
    slow.write(&frame(HEADERS, 0, 1, &headers("GET", "/livez"))).await;
    let drops = async {
        // A header that grows by a byte at a time: `x: aaaa...`, of 100 bytes.
        let mut rest = [&[0, 1, b'x', 100][..], &[b'a'; 99]].concat().into_iter();
        while slow.stream.write_all(&frame(CONTINUATION, 0, 1, &[rest.next().unwrap_or(b'a')])).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(GENEROUS, drops).await.expect("the server reads on for ever");
    assert_eq!(server.service.traffic.requests.now(), 0, "no request came of it");
    let mut quick = Raw::connect(server.address, &[]).await;
    let head = headers("GET", "/livez");
    quick.write(&frame(HEADERS, END_STREAM, 1, &head[..20])).await;
    quick.write(&frame(CONTINUATION, END_HEADERS, 1, &head[20..])).await;
    quick.until(|f| f.kind == HEADERS && f.payload[0] == 0x88).await.expect("a head in two pieces is none the worse");
}

#[tokio::test]
async fn a_preface_that_stops_half_way_is_hung_up_on() {
    let server = Server::start(settings(|s| s.idle_time = SHORT)).await;
    for bytes in [&PREFACE[..9], PREFACE] {
        let mut wire = server.connect().await;
        wire.write(bytes).await;
        wire.hung_up().await;
    }
    until("nothing is held", || server.service.traffic.connections.now() == 0).await;
}

#[tokio::test]
async fn a_word_that_begins_like_http_2_does_not_buy_a_slow_head_more_time() {
    let server = Server::start(settings(|s| s.head_time = SHORT)).await;
    for (first, rest) in [("PRINT", " /livez HT"), ("GET", " /livez HTTP/1.1\r\n\r\nPRI * HTTP/2.0\r\nhalf")] {
        let before = server.service.traffic.slow_heads.now();
        let mut wire = server.connect().await;
        wire.write(first).await;
        wire.write(rest).await;
        wire.hung_up().await;
        assert!(server.service.traffic.slow_heads.now() > before || first == "GET", "{first}");
    }
}

#[tokio::test]
async fn a_client_that_opens_no_window_for_its_answer_is_hung_up_on() {
    let no_window = [0, 4, 0, 0, 0, 0];
    let server = Server::start(settings(|s| s.body_time = SHORT)).await;
    let mut greedy = Raw::connect(server.address, &no_window).await;
    for stream in [1, 3, 5] {
        greedy.write(&frame(HEADERS, END_HEADERS | END_STREAM, stream, &headers("GET", "/cds-services"))).await;
    }
    let frames = greedy.rest().await;
    assert!(frames.iter().any(|f| f.stream == 1 && f.kind == HEADERS), "it was answered: {frames:?}");
    assert_eq!(server.service.traffic.slow_readers.now(), 1);
    until("nothing is held", || server.service.traffic.requests.now() == 0).await;
}

#[tokio::test]
async fn a_client_that_takes_the_first_of_a_large_answer_and_no_more_is_hung_up_on() {
    let server = Server::start(settings(|s| s.body_time = SHORT)).await;
    let mut greedy = Raw::connect(server.address, &[]).await;
    greedy.write(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &headers("GET", "/openapi.json"))).await;
    let frames = greedy.rest().await;
    let taken: usize = frames.iter().filter(|f| f.stream == 1 && f.kind == 0).map(|f| f.payload.len()).sum();
    assert_eq!(taken, 65_535, "as much as the window allows");
    assert_eq!(server.service.traffic.slow_readers.now(), 1);
}

#[tokio::test]
async fn a_client_that_takes_a_large_answer_slowly_gets_all_of_it() {
    let body_time = Duration::from_secs(4);
    let server = Server::start(settings(|s| s.body_time = body_time)).await;
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let mut client = Polite::over(stream, 2_048).await;
    let waits = AtomicU32::new(0);
    let asked = client.ask(Method::GET, "/openapi.json").await.unwrap();
    let wait = async || {
        waits.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(SHORT).await;
    };
    let reply = asked.slowly(wait).await.expect("hung up");
    assert!(SHORT * waits.into_inner() > body_time, "in all it took longer than a piece may");
    assert_eq!(reply.headers["content-length"], reply.body.len().to_string());
    assert!(reply.json()["paths"].is_object());
    assert_eq!(server.service.traffic.slow_readers.now(), 0);
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_at_once_are_stopped() {
    let server = Server::start(settings(|s| s.idle_time = Duration::from_secs(1))).await;
    let mut rapid = Raw::connect(server.address, &[]).await;
    let head = headers("POST", SIGN);
    let cancel = 8u32.to_be_bytes();
    let storm = async {
        for n in 0..1_000_000 {
            let pair = [frame(HEADERS, END_HEADERS, 2 * n + 1, &head), frame(RESET, 0, 2 * n + 1, &cancel)].concat();
            if rapid.stream.write_all(&pair).await.is_err() {
                return;
            }
        }
        panic!("a million streams were taken");
    };
    tokio::time::timeout(GENEROUS, storm).await.expect("the server reads on for ever");
    let traffic = &server.service.traffic;
    until("nothing is held", || traffic.requests.now() == 0 && traffic.in_work.now() == 0).await;
    let mut other = Polite::connect(server.address).await;
    assert_eq!(other.post(SIGN, &call()).await.unwrap().status, 200);
    for _ in 0..10 {
        drop(other.ask(Method::POST, SIGN).await.unwrap());
    }
    assert_eq!(other.post(SIGN, &call()).await.unwrap().status, 200, "a few are nobody's fault");
}

#[tokio::test]
async fn a_flood_of_pings_whose_answers_are_not_taken_is_hung_up_on() {
    let server = Server::start(settings(|s| s.body_time = SHORT)).await;
    let mut flood = Raw::connect(server.address, &[]).await;
    let pings = [frame(PING, 0, 0, &[7; 8]), frame(SETTINGS, 0, 0, &[])].concat().repeat(1_000);
    let flooding = async { while flood.stream.write_all(&pings).await.is_ok() {} };
    tokio::time::timeout(GENEROUS, flooding).await.expect("the server answers for ever");
    let mut other = Polite::connect(server.address).await;
    assert_eq!(other.post(SIGN, &call()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_head_too_large_is_refused_and_the_server_goes_on() {
    let server = Server::start(settings(|_| {})).await;
    let mut client = Raw::connect(server.address, &[]).await;
    let filler: Vec<u8> = (0..2_000).flat_map(|_| [&[0, 8][..], b"x-filler", &[100], &[b'a'; 100]].concat()).collect();
    let block = [headers("GET", "/livez"), filler].concat();
    let mut pieces = block.chunks(16_000).peekable();
    client.write(&frame(HEADERS, END_STREAM, 1, pieces.next().unwrap())).await;
    while let Some(piece) = pieces.next() {
        let last = if pieces.peek().is_none() { END_HEADERS } else { 0 };
        if client.stream.write_all(&frame(CONTINUATION, last, 1, piece)).await.is_err() {
            break;
        }
    }
    let refused = |f: &Frame| f.goaway().is_some() || f.kind == RESET || (f.kind == HEADERS && f.payload[0] != 0x88);
    let frames = client.until(refused).await;
    assert!(frames.is_none_or(|frames| !frames.iter().any(|f| f.kind == HEADERS && f.payload[0] == 0x88)));
    assert_eq!(Polite::connect(server.address).await.get("/livez").await.unwrap().status, 200);
}
