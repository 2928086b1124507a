//! A swap under load, over HTTP on loopback: two hundred swaps during at least as many thousand requests. Every answer must be
//! 200, bear the hash of one pack, and speak that pack's words alone. `cargo bench --bench swap`; the run fails otherwise.
#![allow(clippy::expect_used)]

use caveat::clinical::time::Moment;
use caveat::commands::folder::{build, read};
use caveat::live::lineup::Lineup;
use caveat::pack::format::decode;
use caveat::serve::router::router;
use caveat::serve::service::Service;
use caveat::settings::whole::Settings;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: u64 = 16;
const REQUESTS: u64 = 200_000;
const SWAPS: u64 = 200;
const MARK: &str = "marked bleeding";

/// The built-in knowledge with the risk of the warfarin rule said in other words: same rules, another pack.
fn packs() -> [(Vec<u8>, String); 2] {
    let plain = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the rules folder");
    let mut marked = plain.clone();
    for file in &mut marked {
        if let Some(at) = file.text.find("id = \"warfarin-nsaid\"") {
            let risk = at + file.text[at..].find("\nrisk = \"").expect("the rule has a risk") + 9;
            let end = risk + file.text[risk..].find('"').expect("the risk ends");
            file.text.replace_range(risk..end, MARK);
        }
    }
    [plain, marked].map(|files| {
        let bytes = build(files).bytes.expect("the built-in rules compile");
        let hash = decode(&bytes).expect("the pack is sound").stamp().hash.clone();
        (bytes, hash)
    })
}

fn request() -> Vec<u8> {
    let body = r#"{"hook":"order-sign","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/1","patientId":"p1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","id":"i","status":"draft","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"197805"}]}}}]}},"prefetch":{"medications":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","id":"w","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]}}}]}}}"#;
    format!(
        "POST /cds-services/caveat-order-sign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One answer's body off the wire.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> String {
    buffer.clear();
    let mut chunk = [0u8; 16_384];
    loop {
        let n = stream.read(&mut chunk).await.expect("the connection stays");
        assert!(n > 0, "the server hung up");
        buffer.extend_from_slice(&chunk[..n]);
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 200"), "{text}");
        let length: usize = text
            .lines()
            .find_map(|l| l.strip_prefix("content-length: "))
            .and_then(|l| l.trim().parse().ok())
            .expect("a length");
        if buffer.len() >= head + 4 + length {
            return String::from_utf8_lossy(&buffer[head + 4..]).into_owned();
        }
    }
}

/// Asks its share of the requests, and goes on until so many swaps have fallen within the run.
async fn client(
    address: std::net::SocketAddr,
    lineup: Arc<Lineup>,
    hashes: Arc<[String; 2]>,
    counts: Arc<[AtomicU64; 2]>,
) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket option");
    let (request, mut buffer) = (request(), Vec::new());
    let mut asked = 0;
    while asked < REQUESTS / CONNECTIONS || asked % 1_000 != 0 || lineup.status().swaps < SWAPS {
        asked += 1;
        stream.write_all(&request).await.expect("the connection stays");
        let body = receive(&mut stream, &mut buffer).await;
        assert!(body.contains("warfarin-nsaid"), "no finding: {body}");
        let which = usize::from(body.contains(MARK));
        assert!(body.contains(&hashes[which]), "the words of one pack under the hash of another: {body}");
        assert!(!body.contains(&hashes[1 - which]), "two packs in one answer: {body}");
        counts[which].fetch_add(1, Ordering::Relaxed);
    }
}

async fn run() {
    let [(plain, plain_hash), (marked, marked_hash)] = packs();
    assert_ne!(plain_hash, marked_hash);
    let lineup = Arc::new(Lineup::new());
    lineup.activate(&plain, "plain", Moment(0)).expect("the pack is taken");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = Arc::new(Service::for_trying(Arc::clone(&lineup), Settings::default()));
    tokio::spawn(async move { axum::serve(listener, router(service)).await });
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (lineup, stop) = (Arc::clone(&lineup), Arc::clone(&stop));
        move || {
            let mut n = 0u64;
            while !stop.load(Ordering::Relaxed) || n < SWAPS {
                n += 1;
                let bytes = if n % 2 == 1 { &marked } else { &plain };
                lineup.activate(bytes, "swap", Moment(0)).expect("every pack is taken");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    });
    let hashes = Arc::new([plain_hash, marked_hash]);
    let counts = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let begun = Instant::now();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(client(address, Arc::clone(&lineup), Arc::clone(&hashes), Arc::clone(&counts))))
        .collect();
    for client in clients {
        client.await.expect("every request of a connection is answered");
    }
    let took = begun.elapsed();
    let during = lineup.status().swaps;
    stop.store(true, Ordering::Relaxed);
    swapper.join().expect("the swapper ends");
    let [a, b] = [0, 1].map(|n| counts[n].load(Ordering::Relaxed));
    println!(
        "{} requests in {took:.1?}, {during} swaps meanwhile: {a} answers from one pack, {b} from the other, 0 failed, 0 mixed",
        a + b
    );
    assert!(during >= SWAPS, "only {during} swaps fell within the run");
    assert!(a > 0 && b > 0);
}

fn main() {
    if std::env::args().any(|a| a == "--test") {
        println!("the swap under load is run by `cargo bench --bench swap` alone");
        return;
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(run());
}
