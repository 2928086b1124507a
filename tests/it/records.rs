//! The record: what was taken is found again, whatever the disk, the store and the clock do. What every test of it needs.

use crate::client::BUILT_IN;
use caveat::pack::column::Column;
use caveat::pack::format::{decode_raw, encode};
use caveat::record::book::Book;
use caveat::record::chain::{Check, NotWhole, Whole, verify};
use caveat::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use caveat::record::disk::{Disk, RealDisk, Tape};
use caveat::record::learner::Learner;
use caveat::record::opening::Means;
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::{SqliteStore, file_in};
use caveat::settings::recording::{Recording, Store};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A folder of a test's own, gone with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        Folder(std::env::temp_dir().join(format!("caveat-record-{}", uuid::Uuid::new_v4())))
    }

    pub fn recording(&self) -> Recording {
        Recording { store: Store::Sqlite { folder: self.0.clone() }, ..Recording::default() }
    }

    pub fn open(&self) -> Recorder {
        Recorder::open(&self.recording(), &means()).unwrap()
    }

    /// Walks the chain of a stopped recorder.
    pub fn verify(&self) -> Result<Whole, NotWhole> {
        self.verify_with(&Check { chain: "caveat".to_owned(), ..Check::default() })
    }

    pub fn verify_with(&self, check: &Check) -> Result<Whole, NotWhole> {
        let mut store = SqliteStore::open_to_read(&self.0).unwrap();
        verify(Some(&mut store), Some(&self.0), check)
    }

    pub fn sql(&self, statement: &str) {
        let connection = rusqlite::Connection::open(file_in(&self.0)).unwrap();
        connection.execute_batch(statement).unwrap();
    }

    /// Names of the files in it that begin so.
    pub fn files(&self, start: &str) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|n| n.starts_with(start)).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The built-in pack without its cases: another pack by its hash, with the same answers, that is ready at once.
pub fn lean_pack() -> Vec<u8> {
    let (mut raw, _) = decode_raw(BUILT_IN).unwrap();
    raw.cases = Column::new(caveat::pack::case::encode(&[]).unwrap());
    encode(&raw)
}

/// A clock that always stands at the same moment.
pub fn still() -> i64 {
    1_795_000_000_000
}

pub fn means() -> Means {
    means_with(Arc::new(RealDisk), still)
}

pub fn means_with(disk: Arc<dyn Disk>, clock: fn() -> i64) -> Means {
    let means = Means::new(Arc::new(Book::new()), &Pseudonyms::new(b"a secret of a test"), clock);
    Means { disk, ..means }
}

/// An answer with one card.
pub fn answer(id: &str, patient: &str, at_ms: i64) -> Decision {
    let finding =
        DecidedFinding { card: format!("card-{id}"), rule: "warfarin-nsaid".to_owned(), ..Default::default() };
    Decision { id: id.to_owned(), patient: patient.to_owned(), at_ms, findings: vec![finding], ..Decision::default() }
}

/// Feedback about a card.
pub fn comment(card: &str) -> FeedbackRecord {
    FeedbackRecord { arrived_ms: still(), card: card.to_owned(), accepted: Some(false), ..FeedbackRecord::default() }
}

/// Waits for something that must come, within a generous bound.
#[track_caller]
pub fn until(what: &str, mut came: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !came() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it did not come to this: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A disk with so much room, whose syncs may fail, and which may be held.
#[derive(Debug, Default)]
pub struct Fickle {
    pub room: AtomicI64,
    pub sync_fails: AtomicBool,
    pub cut_fails: AtomicBool,
    pub held: AtomicBool,
    pub syncs: AtomicU64,
}

#[derive(Debug)]
struct FickleTape(Box<dyn Tape>, Arc<Fickle>);

#[derive(Debug)]
pub struct FickleDisk(pub Arc<Fickle>);

impl Disk for FickleDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Tape>> {
        if self.0.room.load(Ordering::SeqCst) <= 0 {
            return Err(io::Error::from_raw_os_error(28));
        }
        Ok(Box::new(FickleTape(RealDisk.create(path)?, Arc::clone(&self.0))))
    }
}

impl Tape for FickleTape {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        while self.1.held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let room = usize::try_from(self.1.room.load(Ordering::SeqCst)).unwrap_or(0);
        let fits = bytes.len().min(room);
        self.1.room.fetch_sub(i64::try_from(fits).unwrap(), Ordering::SeqCst);
        self.0.append(&bytes[..fits])?;
        if fits < bytes.len() { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.syncs.fetch_add(1, Ordering::SeqCst);
        if self.1.sync_fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.0.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.1.cut_fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.0.cut(length)
    }
}

pub fn fickle(room: i64) -> (Arc<Fickle>, Means) {
    let fickle = Arc::new(Fickle { room: AtomicI64::new(room), ..Fickle::default() });
    let means = means_with(Arc::new(FickleDisk(Arc::clone(&fickle))), still);
    (fickle, means)
}

#[tokio::test]
async fn what_was_recorded_is_found_at_once_and_after_a_restart() {
    let folder = Folder::new();
    let recorder = folder.open();
    recorder.record(answer("d1", "p1", still()));
    recorder.record(answer("d2", "p2", still()));
    assert_eq!(recorder.decision("d1").await.unwrap().unwrap().patient, "p1", "found while it waits");
    recorder.feedback(vec![comment("card-d1")]).await.unwrap();
    recorder.close();
    for round in ["of the store", "of the store and a journal of the start alone"] {
        let recorder = folder.open();
        assert_eq!(recorder.of_card("card-d2").await.unwrap().unwrap().id, "d2", "{round}");
        assert_eq!(recorder.of_card("card-d3").await.unwrap(), None, "{round}");
        assert_eq!(recorder.decision("d1").await.unwrap().unwrap().patient, "p1", "{round}");
        assert_eq!(recorder.of_patient("p1", 0, 10).await.unwrap().len(), 1, "{round}");
        assert_eq!(recorder.of_patient("p1", still() + 1, 10).await.unwrap().len(), 0, "{round}");
        assert_eq!(recorder.feedback_on(&["card-d1".to_owned()]).await.unwrap(), [comment("card-d1")], "{round}");
    }
    let whole = folder.verify().unwrap();
    // Genesis, two answers, one entry of feedback, two starts.
    assert_eq!((whole.first, whole.entries), (1, 6));
}

/// Remembers what it learnt.
#[derive(Default)]
pub struct Pupil(pub std::sync::Mutex<Vec<String>>);

impl Learner for Pupil {
    fn decision(&self, decision: &Decision) {
        self.0.lock().unwrap().push(decision.id.clone());
    }

    fn feedback(&self, feedback: &FeedbackRecord) {
        self.0.lock().unwrap().push(feedback.card.clone());
    }
}

#[tokio::test]
async fn after_a_restart_what_may_still_matter_is_learnt_again_and_what_cannot_is_not() {
    const DAY: i64 = 86_400_000;
    let folder = Folder::new();
    let at = |clock: fn() -> i64| Recorder::open(&folder.recording(), &means_with(Arc::new(RealDisk), clock)).unwrap();
    let old = at(|| still() - 4_000 * DAY);
    old.record(answer("too-old", "p", 0));
    old.feedback(vec![comment("card-too-old")]).await.unwrap();
    old.close();
    let earlier = at(|| still() - 100 * DAY);
    earlier.record(answer("overridden", "p", 0));
    earlier.record(answer("not-overridden", "p", 0));
    earlier.feedback(vec![comment("card-overridden")]).await.unwrap();
    earlier.close();
    let yesterday = at(|| still() - DAY);
    yesterday.record(answer("may-be-overridden", "p", 0));
    yesterday.close();
    // The files that the store has are gone at the second start after them.
    at(still).close();
    let pupil = Arc::new(Pupil::default());
    let means = Means { learner: Arc::<Pupil>::clone(&pupil), ..means() };
    Recorder::open(&folder.recording(), &means).unwrap().close();
    let mut learnt = pupil.0.lock().unwrap().clone();
    learnt.sort();
    learnt.dedup();
    assert_eq!(learnt, ["card-overridden", "may-be-overridden", "overridden"]);
}

#[test]
fn one_folder_serves_one_process() {
    let folder = Folder::new();
    let recorder = folder.open();
    let second = Recorder::open(&folder.recording(), &means()).unwrap_err().to_string();
    assert!(second.contains("in use by another caveat"), "{second}");
    drop(recorder);
    folder.open();
}

#[tokio::test]
async fn ids_that_no_database_takes_are_found_all_the_same() {
    let folder = Folder::new();
    let recorder = folder.open();
    let cards = ["nul \0 within".to_owned(), "x".repeat(5_000), "'; DROP TABLE entries; --".to_owned()];
    recorder.feedback(cards.iter().map(|c| comment(c)).collect()).await.unwrap();
    recorder.close();
    let recorder = folder.open();
    for card in &cards {
        assert_eq!(recorder.feedback_on(std::slice::from_ref(card)).await.unwrap(), [comment(card)]);
    }
    drop(recorder);
    folder.verify().unwrap();
}
