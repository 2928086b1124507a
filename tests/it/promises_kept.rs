//! Promises that the chart shows to be kept: each closing is recorded once, and known after a restart and to other instances.

use crate::desk_reading::{read, say};
use crate::promises::{RULE, low, potassium, promises};
use crate::records::{Folder, fickle, means, until};
use crate::records_postgres::{Server, wait as wait_for};
use crate::records_replay::{key, replay};
use crate::scene::{Call, Ward, now, order, wait};
use caveat::clinical::time::Dated;
use caveat::pack::format::encode;
use caveat::record::book::{BY_CHART, Book, DONE};
use caveat::record::decision::FeedbackRecord;
use caveat::record::opening::Means;
use caveat::record::recorder::Recorder;
use caveat::settings::recording::{Capture, Recording, Store};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const DAY: i64 = 86_400;

fn open(folder: &Folder, book: Arc<Book>) -> Recorder {
    Recorder::open(&folder.recording(), &Means { learner: book, ..means() }).unwrap()
}

/// No value and nothing stopped: the chart shows nothing.
fn bare() -> Call {
    Call { labs: Vec::new(), ..low() }
}

/// The closings on record, as far as they are in memory.
fn closings(ward: &Ward) -> Vec<FeedbackRecord> {
    let all = ward.client.service.recorder.last_feedback(100);
    all.into_iter().filter(|f| f.service == DONE).collect()
}

fn seconds(text: &str) -> i64 {
    Dated::parse(text).unwrap().earliest.0
}

/// Name, what the chart shows three days after the promise, and when that was; `None`: nothing that keeps it.
type Shown = (&'static str, fn() -> Call, Option<&'static str>);

const SHOWN: &[Shown] = &[
    ("a value of the next day", || potassium(3.4, "2026-03-06"), Some("2026-03-06T00:00:00Z")),
    ("a value of a later hour", || potassium(3.4, "2026-03-07T11:00:00Z"), Some("2026-03-07T11:00:00Z")),
    (
        "the drug was stopped",
        || Call {
            on_file: vec![order("digoxin", "d", "active"), order("furosemide on=2026-03-05", "f", "stopped")],
            orders: vec![order("codeine", "c", "draft")],
            ..bare()
        },
        Some("2026-03-06T23:59:59Z"),
    ),
    ("a value of before the promise", || potassium(3.3, "2026-03-05T09:00:00Z"), None),
    ("nothing", bare, None),
];

#[tokio::test]
async fn a_promise_closed_by_the_chart_stays_closed_after_a_restart() {
    for (name, shows, on) in SHOWN {
        let folder = Folder::new();
        let ward = Ward::recorded(|book| open(&folder, book));
        let card = ward.override_of(&low(), RULE, "will-monitor", "").await;
        wait(3 * DAY);
        // However often the chart shows it, it is written once.
        for _ in 0..3 {
            assert_eq!(promises(&ward.ask(&shows()).await).is_empty(), on.is_some(), "{name}");
        }
        until("what is known is written", || {
            ward.client.service.recorder.health().feedback == 1 + u64::from(on.is_some())
        });
        let closed = closings(&ward);
        assert_eq!(closed.len(), usize::from(on.is_some()), "{name}: {closed:?}");
        if let (Some(on), Some(closed)) = (on, closed.first()) {
            let said = (closed.card == card, closed.reason_code.as_str(), closed.arrived_ms / 1_000);
            assert_eq!(said, (true, BY_CHART, now().0), "{name}");
            assert!((closed.done_at.unwrap() - seconds(on)).abs() <= 1, "{name}: {closed:?}");
        }
        ward.client.service.recorder.close();
        let ward = Ward::started_again(|book| open(&folder, book));
        for hook in ["order-sign", "patient-view", "medication-verify"] {
            assert_eq!(promises(&ward.ask(&bare().at(hook)).await).is_empty(), on.is_some(), "{name}, {hook}");
        }
        let told = read(&ward.client, "/patients/p1/obligations").await.json();
        assert_eq!(told["obligations"].as_array().unwrap().is_empty(), on.is_some(), "{name}: {told}");
        if on.is_some() {
            assert_eq!(say(&ward.client, &format!("/patients/p1/obligations/{card}/done")).await.status, 200);
        }
        assert_eq!(closings(&ward).len(), 0, "{name}: said of what is closed already, nothing more is written");
        ward.client.service.recorder.close();
        folder.verify().unwrap();
    }
}

#[tokio::test]
async fn a_closing_by_the_chart_is_shown_exported_and_replayed() {
    let folder = Folder::new();
    let key_file = key(&folder, "capture.key", "c4");
    let recording = Recording { capture: Some(Capture { key_file: key_file.clone() }), ..folder.recording() };
    let ward = Ward::recorded(|book| Recorder::open(&recording, &Means { learner: book, ..means() }).unwrap());
    let first = ward.ask(&low()).await;
    let why = serde_json::json!({"reason": {"system": "urn:caveat:override-reason", "code": "will-monitor"}});
    ward.tell("order-sign", crate::scene::overridden(&first.card_of(RULE), Some(why))).await;
    wait(3 * DAY);
    let closing = ward.ask(&potassium(3.4, "2026-03-06")).await;
    assert!(promises(&closing).is_empty());
    ward.client.service.recorder.close();
    let id = |answer: &crate::scene::Answer| answer.screening()["decision"].as_str().unwrap().to_owned();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        let output = command.arg("audit").args(args).arg("--folder").arg(&folder.0).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = run(&["show", &id(&first)]);
    let says = format!("says: shown by the chart of answer {}", id(&closing));
    assert!(shown.contains("monitoring shown by the chart") && shown.contains(&says), "{shown}");
    assert!(!shown.contains("said to be done"), "nobody said it: {shown}");
    assert_eq!(run(&["export", "--format", "fhir"]).matches("monitoring shown by the chart").count(), 1);
    assert_eq!(run(&["export"]).matches(DONE).count(), 1);
    let pack = folder.0.join("ward.pack");
    std::fs::write(&pack, encode(&crate::checks::raw_with(crate::scene::MORE_RULES))).unwrap();
    let (key_file, pack) = (key_file.display().to_string(), pack.display().to_string());
    for answer in [&first, &closing] {
        let (code, said) = replay(&folder, &id(answer), &["--key-file", &key_file, "--pack", &pack]);
        assert!(code == 0 && said.contains("same: "), "{said}");
    }
}

#[tokio::test]
async fn a_value_between_two_promises_keeps_the_first_alone() {
    let ward = Ward::new();
    ward.override_of(&low(), RULE, "will-monitor", "").await;
    wait(3 * DAY);
    let again = ward.override_of(&low().by("Practitioner/2"), RULE, "will-monitor", "").await;
    wait(DAY);
    let open = promises(&ward.ask(&potassium(3.4, "2026-03-07")).await);
    assert_eq!((open.len(), open[0]["card"].as_str()), (1, Some(again.as_str())), "the first was kept, the second not");
    assert_eq!(closings(&ward).len(), 1);
    // A value after both keeps what is left.
    assert!(promises(&ward.ask(&potassium(3.4, "2026-03-09T08:00:00Z")).await).is_empty());
    assert_eq!(closings(&ward).len(), 2);
    let ward = Ward::new();
    for user in ["Practitioner/1", "Practitioner/2"] {
        ward.override_of(&low().by(user), RULE, "will-monitor", "").await;
    }
    wait(3 * DAY);
    assert!(promises(&ward.ask(&potassium(3.4, "2026-03-07")).await).is_empty(), "one value, two promises");
    assert_eq!(closings(&ward).len(), 1, "said of one, it holds for every earlier one about the same drugs");
}

#[tokio::test]
async fn of_many_calls_that_show_a_promise_kept_at_once_one_records_it() {
    let ward = Ward::new();
    let card = ward.override_of(&low(), RULE, "will-monitor", "").await;
    let service = &ward.client.service;
    let patient = service.recorder.last_decisions(1)[0].patient.clone();
    let kept = FeedbackRecord {
        arrived_ms: (now().0 + DAY) * 1_000,
        client: "anyone".to_owned(),
        service: DONE.to_owned(),
        card,
        ..FeedbackRecord::default()
    };
    let news = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| news.fetch_add(usize::from(service.book.keep_word(&patient, &kept)), Ordering::SeqCst));
        }
    });
    assert_eq!(news.load(Ordering::SeqCst), 1);
    assert!(!service.book.keep_word("another patient", &kept));
    assert!(!service.book.keep_word(&patient, &FeedbackRecord { client: "another".to_owned(), ..kept }));
}

#[tokio::test]
async fn a_closing_that_the_disk_refuses_holds_up_nothing_and_the_promise_is_open_after_a_restart() {
    let folder = Folder::new();
    let (disk, fickle) = fickle(1 << 30);
    let ward = Ward::recorded(|book| Recorder::open(&folder.recording(), &Means { learner: book, ..fickle }).unwrap());
    ward.override_of(&low(), RULE, "will-monitor", "").await;
    let recorder = Arc::clone(&ward.client.service.recorder);
    // Feedback is acknowledged before the answer it is about is on disk: that comes a moment later.
    until("the answer is kept too", || recorder.health().stored >= 3);
    wait(3 * DAY);
    disk.room.store(0, Ordering::SeqCst);
    assert!(promises(&ward.ask(&potassium(3.4, "2026-03-06")).await).is_empty());
    until("it is counted and said", || {
        let health = recorder.health();
        health.feedback_refused == 1 && health.trouble.is_some_and(|t| t.contains("No space left"))
    });
    disk.room.store(1 << 30, Ordering::SeqCst);
    recorder.close();
    drop((recorder, ward));
    let ward = Ward::started_again(|book| open(&folder, book));
    assert_eq!(promises(&ward.ask(&bare()).await).len(), 1, "open, rather than closed by what nobody can prove");
    assert!(promises(&ward.ask(&potassium(3.4, "2026-03-06")).await).is_empty(), "until the chart shows it again");
    ward.client.service.recorder.close();
    let ward = Ward::started_again(|book| open(&folder, book));
    assert!(promises(&ward.ask(&bare()).await).is_empty());
}

#[test]
fn a_promise_closed_at_one_instance_is_closed_at_the_other() {
    let Some(server) = Server::start(None) else { return };
    let (one, two) = (Folder::new(), Folder::new());
    let open = |folder: &Folder, name: &str, book: Arc<Book>| {
        let store = Store::Postgres { connection: server.connection(), folder: folder.0.clone() };
        let recording = Recording { store, instance: name.to_owned(), ..Recording::default() };
        Recorder::open(&recording, &Means { learner: book, ..means() }).unwrap()
    };
    let a = Ward::recorded(|book| open(&one, "a", book));
    let b = Ward::started_again(|book| open(&two, "b", book));
    wait_for(a.override_of(&low(), RULE, "will-monitor", ""));
    let open_at = |ward: &Ward| promises(&wait_for(ward.ask(&bare()))).len();
    until("the other knows of the promise", || open_at(&b) == 1);
    wait(3 * DAY);
    assert_eq!(open_at(&b), 1, "three days later it is open still");
    assert!(promises(&wait_for(a.ask(&potassium(3.4, "2026-03-06")))).is_empty());
    until("the other knows that it is kept", || open_at(&b) == 0);
    assert_eq!((closings(&a).len(), closings(&b).len()), (1, 0));
}
