//! Kill -9 under load, again and again: no acknowledged feedback is lost or doubled, and the chain is whole.

use crate::records::{Folder, lean_pack};
use crate::serve::order_sign;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Starts the server over a folder, and tells where it listens.
fn start(folder: &Path, pack: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--record"]).arg(folder).arg("--pack").arg(pack);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap_or_else(|_| panic!("it said `{line}`"));
    (child, address)
}

/// Posts over a connection that is kept; `None` when the server is gone.
fn post(stream: &mut TcpStream, path: &str, body: &str) -> Option<u16> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 16_384]);
    loop {
        if let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length: usize = text.split("content-length: ").nth(1)?.lines().next()?.trim().parse().ok()?;
            if bytes.len() >= head + 4 + length {
                return text.split(' ').nth(1)?.parse().ok();
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

/// What was sent and acknowledged, over all lives of the server.
#[derive(Default)]
struct Tally {
    sent: AtomicU64,
    kept: Mutex<Vec<String>>,
    answered: AtomicU64,
}

/// Sends feedback, each about a card of its own, or calls, until the server is gone.
fn load(address: SocketAddr, tally: &Tally, stop: &AtomicBool, calls: bool) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let call = order_sign(&["197805"], &["855332"]);
    while !stop.load(Ordering::Relaxed) {
        if calls {
            match post(&mut stream, "/cds-services/caveat-order-sign", &call) {
                Some(200) => tally.answered.fetch_add(1, Ordering::Relaxed),
                _ => return,
            };
            continue;
        }
        let card = format!("card-{}", tally.sent.fetch_add(1, Ordering::Relaxed));
        let body = format!(
            r#"{{"feedback":[{{"card":"{card}","outcome":"overridden","outcomeTimestamp":"2026-11-23T10:00:00Z"}}]}}"#
        );
        match post(&mut stream, "/cds-services/caveat-order-sign/feedback", &body) {
            Some(200) => tally.kept.lock().unwrap().push(card),
            _ => return,
        }
    }
}

fn kill_loop(kills: u64) {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let (records, pack) = (folder.0.join("records"), folder.0.join("lean.pack"));
    std::fs::write(&pack, lean_pack()).unwrap();
    let tally = Arc::new(Tally::default());
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    let begun = Instant::now();
    for _ in 0..kills {
        let (mut child, address) = start(&records, &pack);
        let stop = AtomicBool::new(false);
        let before = tally.kept.lock().unwrap().len();
        std::thread::scope(|scope| {
            for n in 0..5 {
                let (tally, stop) = (&tally, &stop);
                scope.spawn(move || load(address, tally, stop, n == 4));
            }
            // Some feedback has been acknowledged in this life, and then it ends at any moment.
            while tally.kept.lock().unwrap().len() < before + 3 {
                std::thread::sleep(Duration::from_millis(1));
            }
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            std::thread::sleep(Duration::from_micros((dice >> 33) % 250_000));
            child.kill().unwrap();
            stop.store(true, Ordering::Relaxed);
        });
        child.wait().unwrap();
    }
    let kept = tally.kept.lock().unwrap();
    let took = begun.elapsed();
    let life = Folder(records);
    // As it lies after the last kill, before anything was mended: the store and the journal together are whole.
    let whole = life.verify().unwrap();
    drop(life.open());
    let whole_after = life.verify().unwrap();
    assert!(whole_after.head.seq > whole.head.seq && whole_after.in_journal == 0, "{whole_after:?}");
    let connection = rusqlite::Connection::open(life.0.join("records.db")).unwrap();
    let mut statement = connection.prepare("SELECT card, count(*) FROM cards WHERE kind = 2 GROUP BY card").unwrap();
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let stored: BTreeMap<String, i64> = rows.map(Result::unwrap).collect();
    let lost: Vec<_> = kept.iter().filter(|card| !stored.contains_key(*card)).collect();
    assert!(lost.is_empty(), "{} acknowledged and lost: {:?}", lost.len(), &lost[..lost.len().min(5)]);
    assert!(stored.values().all(|count| *count == 1), "an entry stands there twice");
    println!(
        "{kills} kills in {took:.1?}: {} entries of feedback acknowledged, 0 lost, 0 doubled; {} sent, {} stored; {} calls answered; chain of {} entries whole",
        kept.len(),
        tally.sent.load(Ordering::Relaxed),
        stored.len(),
        tally.answered.load(Ordering::Relaxed),
        whole_after.entries
    );
}

/// A signal to stop is no kill: what waits is written, and carried to the store.
#[test]
fn stopped_by_a_signal_what_waits_is_written() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let (records, pack) = (folder.0.join("records"), folder.0.join("lean.pack"));
    std::fs::write(&pack, lean_pack()).unwrap();
    let (mut child, address) = start(&records, &pack);
    let mut stream = TcpStream::connect(address).unwrap();
    let call = order_sign(&["197805"], &["855332"]);
    for _ in 0..20 {
        assert_eq!(post(&mut stream, "/cds-services/caveat-order-sign", &call), Some(200));
    }
    drop(stream);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let whole = Folder(records).verify().unwrap();
    assert_eq!((whole.entries, whole.in_journal), (21, 0), "genesis and every answer");
}

#[test]
fn killed_five_times_under_load_no_acknowledged_feedback_is_lost() {
    kill_loop(5);
}

#[test]
#[ignore = "long: run by hand with `cargo test --test it records_kill -- --ignored --nocapture`"]
fn killed_a_hundred_and_twenty_times_under_load_no_acknowledged_feedback_is_lost() {
    kill_loop(120);
}
