//! The chain: whatever is done to a record behind the server's back, the check tells it and where; an untouched one is whole.

use crate::records::{Folder, answer, comment, means_with, still};
use caveat::record::chain::{Check, NotWhole};
use caveat::record::disk::RealDisk;
use caveat::record::entry::{Entry, Kind, Link, from_hex, hex};
use caveat::record::recorder::Recorder;
use caveat::settings::recording::Recording;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A stopped record of a genesis (entry 1), six answers and two entries of feedback: 2 and 3 feedback, 4 to 9 answers.
fn nine_entries() -> Folder {
    let folder = Folder::new();
    let recorder = folder.open();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(recorder.feedback(vec![comment("card-a"), comment("card-b")])).unwrap();
    for n in 0..6 {
        recorder.record(answer(&format!("d{n}"), "p1", still()));
    }
    recorder.close();
    folder
}

/// What somebody does to the database, and what the check says of it; empty: the chain is whole.
const TAMPERINGS: &[(&str, &str, &str)] = &[
    ("nothing is done", "SELECT 1", ""),
    ("read through", "SELECT count(*) FROM entries", ""),
    (
        "an answer is altered",
        "UPDATE entries SET payload = CAST(replace(CAST(payload AS TEXT), 'warfarin', 'harmless') AS BLOB) WHERE seq = 5",
        "entry 5 was altered",
    ),
    ("a comment is emptied", "UPDATE entries SET payload = x'' WHERE seq = 2", "entry 2 was altered"),
    ("the time is altered", "UPDATE entries SET at_ms = at_ms - 1 WHERE seq = 6", "entry 6 was altered"),
    ("the kind is altered", "UPDATE entries SET kind = 2 WHERE seq = 6", "entry 6 was altered"),
    ("the kind is none", "UPDATE entries SET kind = 99 WHERE seq = 1", "entry 1 was altered"),
    ("the hash is altered", "UPDATE entries SET hash = zeroblob(32) WHERE seq = 6", "entry 6 was altered"),
    ("a link is altered", "UPDATE entries SET prev = zeroblob(32) WHERE seq = 6", "entry 6 was altered"),
    ("one is removed", "DELETE FROM entries WHERE seq = 5", "entries 5 to 5 are missing"),
    ("three are removed", "DELETE FROM entries WHERE seq BETWEEN 4 AND 6", "entries 4 to 6 are missing"),
    (
        "two change places",
        "UPDATE entries SET seq = 999 WHERE seq = 5; UPDATE entries SET seq = 5 WHERE seq = 6; UPDATE entries SET seq = 6 WHERE seq = 999",
        "entry 5 was altered or moved",
    ),
    (
        "one is closed up over a removed one",
        "DELETE FROM entries WHERE seq = 5; UPDATE entries SET seq = seq - 1 WHERE seq > 5",
        "entry 5 was altered or moved",
    ),
    (
        "a copy is put in behind",
        "INSERT INTO entries SELECT chain, 10, prev, hash, kind, clock_back, at_ms, payload, decision, patient FROM entries WHERE seq = 5",
        "entry 10 was altered or moved",
    ),
    ("the beginning is removed", "DELETE FROM entries WHERE seq < 4", "begins with entry 4"),
    ("the end is cut off", "DELETE FROM entries WHERE seq > 7", "entries 8 to 9 are missing"),
    ("all of it is removed", "DELETE FROM entries", "begins with entry 10"),
    (
        "an answer is filed under another patient",
        "UPDATE entries SET patient = 'p2' WHERE seq = 5",
        "entry 5 is found by other marks",
    ),
    (
        "an answer is made hard to find",
        "UPDATE entries SET decision = '' WHERE seq = 5",
        "entry 5 is found by other marks",
    ),
    ("a card is hidden", "DELETE FROM cards WHERE card = 'card-d2'", "is found by other marks"),
];

#[test]
fn whatever_is_done_behind_the_servers_back_is_told_with_its_place() {
    for (name, statement, says) in TAMPERINGS {
        let folder = nine_entries();
        // A start begins another journal file, whose head says how far the chain reached.
        folder.open().close();
        folder.sql("DELETE FROM entries WHERE seq > 9");
        for file in folder.files("journal-").iter().rev().skip(1) {
            std::fs::remove_file(folder.0.join(file)).unwrap();
        }
        folder.sql(statement);
        match folder.verify() {
            Ok(whole) => assert!(says.is_empty() && whole.entries == 10 && whole.in_journal == 1, "{name}: {whole:?}"),
            Err(broken) => assert!(!says.is_empty() && broken.to_string().contains(says), "{name}: {broken}"),
        }
    }
}

#[test]
fn a_chain_written_anew_is_told_by_a_head_noted_elsewhere() {
    let folder = nine_entries();
    let noted = folder.verify().unwrap().head;
    assert_eq!(noted.seq, 9);
    let check = |pinned| Check { chain: "caveat".to_owned(), pinned, ..Check::default() };
    assert_eq!(folder.verify_with(&check(Some(noted.hash))).unwrap().pinned, Some(9));
    assert!(matches!(folder.verify_with(&check(Some([7; 32]))), Err(NotWhole::Broken(_))));
    // The whole chain is forged from the second entry on, hashes and all, and the journal is removed.
    let read = rusqlite::Connection::open(folder.0.join("records.db")).unwrap();
    let mut head = Link::default();
    for seq in 1..=9i64 {
        let (kind, payload): (u8, Vec<u8>) = read
            .query_row("SELECT kind, payload FROM entries WHERE seq = ?1", [seq], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap();
        let payload = if seq == 2 { br#"{"card":"card-a","accepted":true}"#.to_vec() } else { payload };
        let forged = Entry::seal("caveat", head, Kind::of(kind).unwrap(), false, 5, payload);
        head = forged.link();
        read.execute(
            "UPDATE entries SET prev = ?2, hash = ?3, at_ms = 5, payload = ?4 WHERE seq = ?1",
            rusqlite::params![seq, forged.prev, forged.hash, forged.payload],
        )
        .unwrap();
    }
    for file in folder.files("journal-") {
        std::fs::remove_file(folder.0.join(file)).unwrap();
    }
    assert!(folder.verify().is_ok(), "a chain forged whole is whole in itself");
    let told = folder.verify_with(&check(Some(noted.hash))).unwrap_err().to_string();
    assert!(told.contains("the pinned head"), "{told}");
}

#[test]
fn the_command_prints_the_head_and_its_exit_code_tells() {
    let folder = nine_entries();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        command.args(["audit", "verify", "--folder"]).arg(&folder.0).args(more);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = run(&[]);
    assert_eq!(code, 0, "{said}");
    let head = said.split("head ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(from_hex(&head).is_some(), "{said}");
    assert_eq!(run(&["--instance", "caveat", "--head", &head]).0, 0);
    assert_eq!(run(&["--instance", "caveat", "--head", &hex(&[1; 32])]).0, 1);
    assert_eq!(run(&["--instance", "another"]).0, 1);
    assert_eq!(run(&["--head", "no hash"]).0, 2);
    folder.sql("DELETE FROM entries WHERE seq = 4");
    let (code, said) = run(&[]);
    assert!(code == 1 && said.contains("BROKEN: entries 4 to 4 are missing"), "{code} {said}");
}

static HANDS: AtomicI64 = AtomicI64::new(0);

fn hands() -> i64 {
    HANDS.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_clock_that_jumps_is_noted_and_never_refused() {
    let folder = Folder::new();
    let means = means_with(Arc::new(RealDisk), hands);
    HANDS.store(9_000_000, Ordering::SeqCst);
    let recorder = Recorder::open(&folder.recording(), &means).unwrap();
    recorder.feedback(vec![comment("before")]).await.unwrap();
    HANDS.store(3_000_000, Ordering::SeqCst);
    recorder.feedback(vec![comment("an hour and more back")]).await.unwrap();
    HANDS.store(i64::MAX, Ordering::SeqCst);
    recorder.feedback(vec![comment("at the end of time")]).await.unwrap();
    HANDS.store(3_000_001, Ordering::SeqCst);
    recorder.feedback(vec![comment("and back")]).await.unwrap();
    recorder.close();
    let whole = folder.verify().unwrap();
    assert_eq!((whole.entries, whole.clock_back), (5, 2));
}

static LATER: AtomicI64 = AtomicI64::new(0);

fn later() -> i64 {
    LATER.load(Ordering::SeqCst)
}

#[test]
fn what_is_too_old_goes_behind_a_checkpoint_and_nothing_else_does() {
    let folder = Folder::new();
    let recording = Recording { keep: Duration::from_secs(1_000), ..folder.recording() };
    let means = means_with(Arc::new(RealDisk), later);
    let add = |at: i64, id: &str| {
        LATER.store(at, Ordering::SeqCst);
        let recorder = Recorder::open(&recording, &means).unwrap();
        recorder.record(answer(id, "p", at));
        recorder
    };
    add(0, "old").close();
    add(900_000, "young").close();
    let recorder = add(1_500_000, "new");
    crate::records::until("the old stretch is removed", || {
        let whole = folder.verify();
        whole.is_ok_and(|w| w.checkpoint.is_some())
    });
    recorder.close();
    let whole = folder.verify().unwrap();
    // Genesis and the first answer went; the second start, its answer, the third start, its answer and the checkpoint stay.
    assert_eq!((whole.first, whole.head.seq), (3, 7));
    folder.sql("DELETE FROM entries WHERE seq = 3; DELETE FROM cards WHERE seq = 3");
    let told = folder.verify().unwrap_err().to_string();
    assert!(told.contains("begins with entry 4") && told.contains("no checkpoint"), "{told}");
}
