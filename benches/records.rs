//! What recording costs a call: the whole handler with records off, in memory, in SQLite, and in SQLite with request capture,
//! the sides taking turns in one run, fifty calls each. `cargo bench --bench records`; `-- --calls N` takes more or fewer.
#![allow(clippy::expect_used)]

mod synthetic;

/// The allocator of the server, so that every side pays for memory as it does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use axum::body::Body;
use axum::http::{Request, header};
use caveat::commands::builtin;
use caveat::live::clock::now_ms;
use caveat::live::lineup::Lineup;
use caveat::pack::format::encode;
use caveat::record::book::Book;
use caveat::record::opening::Means;
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::queue::Whole;
use caveat::record::recorder::Recorder;
use caveat::serve::router::router;
use caveat::serve::service::Service;
use caveat::settings::recording::{Capture, Recording, Store};
use caveat::settings::whole::Settings;
use http_body_util::BodyExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synthetic::bodies::{SHAPES, body};
use tower::ServiceExt;

/// Time between one call and the next: the server of a hospital answers hundreds a second, not as many as it can.
const PAUSE: Duration = Duration::from_micros(300);

/// Calls of one side before the next one's turn.
const BLOCK: usize = 50;

struct Side {
    name: &'static str,
    app: axum::Router,
    service: Arc<Service>,
    times: Vec<u64>,
}

fn side(name: &'static str, pack: &[u8], recorder: Recorder) -> Side {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(pack, "bench", caveat::clinical::time::Moment(0)).expect("the pack is sound");
    let pseudonyms = Pseudonyms::new(b"a bench's own secret");
    let service = Arc::new(Service::new(lineup, Arc::new(Settings::default()), Arc::new(recorder), pseudonyms));
    Side { name, app: router(Arc::clone(&service)), service, times: Vec::new() }
}

fn sqlite(folder: &std::path::Path, capture: bool) -> Recorder {
    std::fs::create_dir_all(folder).expect("a folder");
    let key_file = folder.join("capture.key");
    std::fs::write(&key_file, "17".repeat(32)).expect("a key");
    let recording = Recording {
        store: Store::Sqlite { folder: folder.to_owned() },
        capture: capture.then_some(Capture { key_file }),
        ..Recording::default()
    };
    let means = Means::new(Arc::new(Book::new()), &Pseudonyms::new(b"a bench's own secret"), now_ms);
    Recorder::open(&recording, &means).expect("the recorder opens")
}

/// Waits until everything taken is stored.
fn settle(side: &Side) {
    let behind = || {
        let health = side.service.recorder.health();
        health.queued > 0 || health.bytes_behind > 0
    };
    while behind() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

async fn call(side: &mut Side, body: &bytes::Bytes) {
    let request = Request::post("/cds-services/caveat-order-sign").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body.clone())).expect("a request");
    let begun = Instant::now();
    let response = side.app.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let answer = response.into_body().collect().await.expect("a body").to_bytes();
    side.times.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    assert!(!answer.is_empty());
}

/// What the request's own thread pays for handing an answer over.
fn alone(side: &Side, bytes: &bytes::Bytes) {
    let recorder = &side.service.recorder;
    let decisions = recorder.last_decisions(1_000);
    let mut times: Vec<u64> = Vec::with_capacity(decisions.len());
    for decision in decisions {
        let whole = Whole { body: bytes.clone(), answer: bytes.clone(), ..Whole::default() };
        let begun = Instant::now();
        recorder.record_whole(decision, whole);
        times.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    println!("  handing an answer over alone: p50 {:.2} µs, p99 {:.2} µs", at(&times, 0.5), at(&times, 0.99));
}

fn at(times: &[u64], part: f64) -> f64 {
    times[((times.len() - 1) as f64 * part) as usize] as f64 / 1_000.0
}

async fn run(calls: usize) {
    let folder: PathBuf = std::env::temp_dir().join(format!("caveat-bench-{}", std::process::id()));
    let large = encode(&synthetic::tables::pack(50_000, 42));
    for (shape, pack) in SHAPES.iter().map(|s| (s, large.as_slice())).chain([(&SHAPES[0], builtin::PACK)]) {
        let bytes = bytes::Bytes::from(body(shape));
        let of = if pack.len() == builtin::PACK.len() { "built-in pack" } else { "made-up pack" };
        let mut sides = [
            side("off", pack, Recorder::off()),
            side("memory", pack, Recorder::in_memory()),
            side("sqlite", pack, sqlite(&folder.join("plain"), false)),
            side("sqlite, captured", pack, sqlite(&folder.join("captured"), true)),
        ];
        for round in 0..calls / BLOCK {
            // Who goes first changes from round to round.
            for n in 0..sides.len() {
                let which = (n + round) % sides.len();
                for _ in 0..BLOCK {
                    call(&mut sides[which], &bytes).await;
                    std::thread::sleep(PAUSE);
                }
                // What this side still writes must not fall upon the next one's calls.
                settle(&sides[which]);
            }
        }
        println!("\n{} body, {of}, {calls} calls a side", shape.name);
        let mut beside = (0.0, 0.0);
        for side in &mut sides {
            side.times.drain(..calls / 20);
            side.times.sort_unstable();
            let (p50, p99) = (at(&side.times, 0.5), at(&side.times, 0.99));
            if side.name == "off" {
                beside = (p50, p99);
            }
            println!(
                "  records {:<18} p50 {p50:>8.1} µs  ratio {:>5.3}    p99 {p99:>8.1} µs  ratio {:>5.3}    lost {}",
                side.name,
                p50 / beside.0,
                p99 / beside.1,
                side.service.recorder.health().lost
            );
        }
        alone(&sides[2], &bytes);
        sides.iter().for_each(|s| s.service.recorder.close());
        let _ = std::fs::remove_dir_all(&folder);
    }
    println!("\naims: sqlite beside off at most 1.05 at p50, 1.2 at p99");
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|a| a == "--test") {
        println!("the cost of records is measured by `cargo bench --bench records` alone");
        return;
    }
    let asked = arguments.iter().position(|a| a == "--calls").and_then(|n| arguments.get(n + 1)?.parse().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(asked.unwrap_or(4_000)));
}
