//! The record when something fails: screening goes on, what was acknowledged stays, what was lost is counted and said.

use crate::client::{BUILT_IN, Client};
use crate::records::{Folder, answer, comment, fickle, means, still, until};
use crate::serve::{late_2026, order_sign};
use caveat::live::lineup::Lineup;
use caveat::record::chain::Check;
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::file_in;
use caveat::serve::service::Service;
use caveat::settings::recording::Recording;
use caveat::settings::whole::Settings;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const ROOM: i64 = 1 << 30;
const SIGN: &str = "/cds-services/caveat-order-sign";

/// A client of a service that records with this recorder.
fn client(recorder: Recorder) -> Client {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(BUILT_IN, "built-in", late_2026()).unwrap();
    let secret = Pseudonyms::new(b"a secret of a test");
    let mut service = Service::new(lineup, Arc::new(Settings::default()), Arc::new(recorder), secret);
    service.clock = late_2026;
    Client { service: Arc::new(service) }
}

fn feedback(card: &str) -> String {
    format!(r#"{{"feedback":[{{"card":"{card}","outcome":"overridden","outcomeTimestamp":"2026-11-23T10:00:00Z"}}]}}"#)
}

#[tokio::test]
async fn a_full_disk_loses_answers_and_refuses_feedback_aloud_and_is_got_over() {
    let folder = Folder::new();
    let (disk, means) = fickle(ROOM);
    let recorder = Recorder::open(&folder.recording(), &means).unwrap();
    recorder.feedback(vec![comment("kept before")]).await.unwrap();
    for room in [0, 1, 40, 200] {
        disk.room.store(room, Ordering::SeqCst);
        let refused = recorder.feedback(vec![comment("not kept")]).await.unwrap_err();
        assert!(refused.why.contains("No space left"), "{refused}");
        let lost = recorder.health().lost;
        recorder.record(answer("lost", "p", still()));
        until("the lost answer is counted", || recorder.health().lost == lost + 1);
        let trouble = recorder.health().trouble.unwrap();
        assert!(trouble.contains("lost since the start") && trouble.contains("feedback is refused"), "{trouble}");
    }
    disk.room.store(ROOM, Ordering::SeqCst);
    recorder.feedback(vec![comment("kept after")]).await.unwrap();
    let health = recorder.health();
    assert_eq!((health.trouble, health.lost, health.feedback, health.feedback_refused), (None, 4, 2, 4));
    recorder.record(answer("found", "p", still()));
    recorder.close();
    let whole = folder.verify().unwrap();
    assert_eq!(whole.entries, 4, "genesis, two entries of feedback, one answer");
}

#[tokio::test]
async fn a_disk_that_fails_to_sync_keeps_nothing_it_said_it_did_not() {
    for cut_fails in [false, true] {
        let folder = Folder::new();
        let (disk, means) = fickle(ROOM);
        let recorder = Recorder::open(&folder.recording(), &means).unwrap();
        recorder.feedback(vec![comment("first")]).await.unwrap();
        disk.cut_fails.store(cut_fails, Ordering::SeqCst);
        disk.sync_fails.store(true, Ordering::SeqCst);
        recorder.feedback(vec![comment("refused")]).await.unwrap_err();
        disk.sync_fails.store(false, Ordering::SeqCst);
        recorder.feedback(vec![comment("second")]).await.unwrap();
        recorder.close();
        drop(recorder);
        let recorder = folder.open();
        for (card, count) in [("first", 1), ("refused", 0), ("second", 1)] {
            let found = recorder.feedback_on(&[card.to_owned()]).await.unwrap();
            assert_eq!(found.len(), count, "{card}, cut fails: {cut_fails}");
        }
        drop(recorder);
        folder.verify().unwrap();
    }
}

#[tokio::test]
async fn a_disk_that_hangs_holds_up_no_answer_and_a_full_queue_is_said() {
    let folder = Folder::new();
    let (disk, means) = fickle(ROOM);
    let recording = Recording { queue_max: 4, ..folder.recording() };
    let client = client(Recorder::open(&recording, &means).unwrap());
    let recorder = Arc::clone(&client.service.recorder);
    recorder.feedback(vec![comment("the disk is well")]).await.unwrap();
    disk.held.store(true, Ordering::SeqCst);
    let call = order_sign(&["197805"], &["855332"]);
    until("the queue is full", || {
        recorder.record(answer("x", "p", still()));
        recorder.health().lost > 0
    });
    for _ in 0..10 {
        let reply = client.post(SIGN, call.clone()).await;
        assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")), "screening goes on");
    }
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(ready.json()["degraded"].as_str().unwrap().contains("too many answers wait"), "{}", ready.json());
    disk.held.store(false, Ordering::SeqCst);
    let (lost, taken) = (recorder.health().lost, recorder.health().decisions);
    recorder.close();
    let whole = folder.verify().unwrap();
    assert_eq!(whole.entries, 2 + taken - lost, "each answer is kept or counted");
}

#[tokio::test]
async fn prescribers_get_their_cards_while_the_disk_is_full_and_readiness_tells() {
    let folder = Folder::new();
    let (disk, means) = fickle(ROOM);
    let client = client(Recorder::open(&folder.recording(), &means).unwrap());
    assert_eq!(client.post(&format!("{SIGN}/feedback"), feedback("a")).await.status, 200);
    let ready = client.get("/readyz").await.json();
    assert_eq!((ready["record"]["ok"].as_bool(), ready.get("degraded")), (Some(true), None));
    disk.room.store(0, Ordering::SeqCst);
    let reply = client.post(SIGN, order_sign(&["197805"], &["855332"])).await;
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")), "{:?}", reply.findings());
    let refused = client.post(&format!("{SIGN}/feedback"), feedback("b")).await;
    assert_eq!(refused.status, 503);
    until("the lost answer is counted", || client.service.recorder.health().lost == 1);
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status, 200, "a server whose record is in trouble still checks");
    let said = ready.json()["degraded"].as_str().unwrap().to_owned();
    assert!(said.starts_with("records: ") && said.contains("1 lost since the start"), "{said}");
    let status = client.get("/status").await.json();
    assert_eq!((status["record"]["lost"].as_u64(), status["record"]["feedbackRefused"].as_u64()), (Some(1), Some(1)));
    disk.room.store(ROOM, Ordering::SeqCst);
    assert_eq!(client.post(&format!("{SIGN}/feedback"), feedback("b")).await.status, 200);
    assert_eq!(client.get("/readyz").await.json().get("degraded"), None);
}

/// A real disk that is really full, where the test may mount one.
#[tokio::test]
async fn a_real_full_disk_is_like_the_one_of_the_tests() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let mount = |args: &[&str]| std::process::Command::new(args[0]).args(&args[1..]).arg(&folder.0).output();
    let mounted = mount(&["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
    if !mounted.is_ok_and(|o| o.status.success()) {
        println!("SKIPPED: this machine lets nobody mount a small disk");
        return;
    }
    let recorder = folder.open();
    recorder.feedback(vec![comment("kept before")]).await.unwrap();
    let filler = folder.0.join("filler");
    let full = std::fs::write(&filler, vec![0; 2 << 20]);
    let long = comment(&"x".repeat(1_900));
    let mut refused = 0;
    for _ in 0..2_000 {
        refused += usize::from(refused < 3 && recorder.feedback(vec![long.clone()]).await.is_err());
    }
    let trouble = recorder.health().trouble;
    std::fs::remove_file(&filler).unwrap();
    let after = recorder.feedback(vec![comment("kept after")]).await;
    recorder.close();
    let whole = folder.verify();
    drop(recorder);
    mount(&["umount", "-l"]).unwrap();
    assert!(full.is_err() && refused == 3 && trouble.is_some(), "{full:?} {refused} {trouble:?}");
    after.unwrap();
    whole.unwrap();
}

#[tokio::test]
async fn a_store_locked_by_another_process_delays_no_feedback() {
    let folder = Folder::new();
    let recorder = folder.open();
    recorder.feedback(vec![comment("first")]).await.unwrap();
    until("the first is stored", || recorder.health().stored >= 2);
    let other = rusqlite::Connection::open(file_in(&folder.0)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    recorder.feedback(vec![comment("while it is locked")]).await.unwrap();
    until("the lock is said", || recorder.health().trouble.is_some_and(|t| t.contains("locked by another process")));
    assert!(recorder.health().bytes_behind > 0);
    other.execute_batch("COMMIT").unwrap();
    until("the store has it all", || recorder.health().bytes_behind == 0 && recorder.health().trouble.is_none());
    recorder.close();
    assert_eq!(folder.verify().unwrap().entries, 3);
}

type Spoil = fn(&mut Vec<u8>);

#[tokio::test]
async fn a_damaged_database_is_set_aside_and_nothing_acknowledged_is_lost() {
    let spoil: [(&str, Spoil); 3] = [
        ("its head", |b| b[..64].fill(0x55)),
        ("all of it", |b| b.iter_mut().for_each(|x| *x = 7)),
        ("a page in the middle", |b| {
            let at = b.len() / 4096 / 2 * 4096;
            b[at..at + 4096].fill(0xa5);
        }),
    ];
    for (what, spoil) in spoil {
        let folder = Folder::new();
        let recorder = folder.open();
        let many = (0..300).map(|n| comment(&format!("old-{n}"))).collect();
        recorder.feedback(many).await.unwrap();
        recorder.close();
        drop(recorder);
        // The journal file that still holds them goes when another is begun; the store alone has them then.
        folder.open().close();
        let mut bytes = std::fs::read(file_in(&folder.0)).unwrap();
        spoil(&mut bytes);
        std::fs::write(file_in(&folder.0), bytes).unwrap();
        let recorder = folder.open();
        recorder.feedback(vec![comment("new")]).await.unwrap();
        until("the new store has it", || {
            folder.files("records.damaged-").len() == 1 && recorder.health().bytes_behind == 0
        });
        let notes = recorder.health().notes.join(" ");
        assert!(notes.contains("set aside as `records.damaged-"), "{what}: {notes}");
        recorder.close();
        drop(recorder);
        let recorder = folder.open();
        assert_eq!(recorder.feedback_on(&["new".to_owned()]).await.unwrap().len(), 1, "{what}");
        drop(recorder);
        // The gap is never called whole; what is here is.
        let told = folder.verify().unwrap_err().to_string();
        assert!(told.contains("stands in `records.damaged-"), "{what}: {told}");
        let from = told.split("begins with entry ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
        folder.verify_with(&Check { chain: "caveat".to_owned(), from, pinned: None }).unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_said() {
    let folder = Folder::new();
    let recorder = folder.open();
    recorder.feedback(vec![comment("old")]).await.unwrap();
    recorder.close();
    drop(recorder);
    // What the store has is not in the journal any more once another file was begun.
    folder.open().close();
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.0.join(format!("records.db{end}")));
    }
    let recorder = folder.open();
    let notes = recorder.health().notes.join(" ");
    assert!(notes.contains("not in its folder any more"), "{notes}");
    recorder.close();
    assert!(folder.verify().unwrap_err().to_string().contains("not in its folder any more"));
}

/// Writes rubbish over an entry of a journal that no store has yet.
#[tokio::test]
async fn a_journal_damaged_in_its_middle_costs_that_entry_alone_and_is_set_aside() {
    let folder = Folder::new();
    let recorder = folder.open();
    let cards: Vec<String> = (0..5).map(|n| format!("card-{n}")).collect();
    recorder.feedback(cards.iter().map(|c| comment(c)).collect()).await.unwrap();
    recorder.close();
    drop(recorder);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.0.join(format!("records.db{end}")));
    }
    let file = folder.0.join(&folder.files("journal-")[0]);
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(6).position(|w| w == b"card-2").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let recorder = folder.open();
    assert!(recorder.health().notes.join(" ").contains("in the middle of the journal"), "{:?}", recorder.health());
    recorder.feedback(vec![comment("new")]).await.unwrap();
    until("the rest is stored", || recorder.health().bytes_behind == 0);
    for (card, found) in [("card-1", 1), ("card-2", 0), ("card-3", 1), ("card-4", 1), ("new", 1)] {
        assert_eq!(recorder.feedback_on(&[card.to_owned()]).await.unwrap().len(), found, "{card}");
    }
    recorder.close();
    assert_eq!(folder.files("journal-").iter().filter(|f| f.ends_with(".damaged")).count(), 1);
    let told = folder.verify().unwrap_err().to_string();
    assert!(told.contains("entries 4 to 4 are missing"), "{told}");
}

#[test]
fn a_store_of_a_newer_version_is_refused_at_start() {
    let folder = Folder::new();
    folder.open().close();
    folder.sql("INSERT INTO form VALUES (2)");
    let refused = Recorder::open(&folder.recording(), &means()).unwrap_err().to_string();
    assert!(refused.contains("newer version"), "{refused}");
    folder.sql("DELETE FROM form WHERE version = 2");
    folder.open();
}

#[test]
fn the_key_of_pseudonyms_is_made_once_and_its_loss_is_said() {
    let folder = Folder::new();
    let (first, lost) = Pseudonyms::open(&folder.recording()).unwrap();
    assert_eq!(lost, None);
    let (again, lost) = Pseudonyms::open(&folder.recording()).unwrap();
    assert_eq!((lost, again.check()), (None, first.check()));
    let file = folder.0.join("pseudonym.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_file(&file).unwrap();
    let (other, lost) = Pseudonyms::open(&folder.recording()).unwrap();
    assert!(other.check() != first.check() && lost.unwrap().contains("another than before"));
    std::fs::write(&file, "short").unwrap();
    assert!(Pseudonyms::open(&folder.recording()).unwrap_err().to_string().contains("at least 32"));
    let named = Recording { pseudonym_key_file: Some(folder.0.join("nowhere")), ..folder.recording() };
    assert!(Pseudonyms::open(&named).unwrap_err().to_string().contains("nowhere"));
}
