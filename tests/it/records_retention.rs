//! How long records are kept, in SQLite and in PostgreSQL: what is too old goes, what something rests on stays, and the chain
//! proves what is left.

use crate::records::{Folder, means_with, until};
use crate::records_postgres::{Server, wait};
use caveat::record::book::{Asking, Book, DONE};
use caveat::record::chain::{Check, Whole, verify};
use caveat::record::decision::{DecidedFinding, Decision, FeedbackRecord};
use caveat::record::disk::RealDisk;
use caveat::record::opening::Means;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::SqliteStore;
use caveat::record::store::{Ask, Store as _};
use caveat::settings::recording::{Recording, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const DAY: i64 = 86_400_000;
/// 2026, in milliseconds.
const BEGUN: i64 = 1_780_000_000_000;

/// A place for records, and a clock of its own that a test sets.
struct Site {
    recording: Recording,
    clock: fn() -> i64,
    hands: &'static AtomicI64,
}

/// A site whose clock is one of these statics: tests run beside each other.
macro_rules! site {
    ($store:expr) => {{
        static HANDS: AtomicI64 = AtomicI64::new(BEGUN);
        fn clock() -> i64 {
            HANDS.load(Ordering::SeqCst)
        }
        let keep = Duration::from_secs(5 * 86_400);
        Site { recording: Recording { store: $store, keep, ..Recording::default() }, clock, hands: &HANDS }
    }};
}

fn in_postgres(server: &Server, folder: &Folder) -> Store {
    Store::Postgres { connection: server.connection(), folder: folder.0.clone() }
}

impl Site {
    fn folder(&self) -> PathBuf {
        match &self.recording.store {
            Store::Sqlite { folder } | Store::Postgres { folder, .. } => folder.clone(),
            Store::Memory => unreachable!("nothing is kept"),
        }
    }

    /// Starts the server so many days after the beginning, with an empty book.
    fn on_day(&self, day: i64) -> (Recorder, Arc<Book>) {
        self.hands.store(BEGUN + day * DAY, Ordering::SeqCst);
        let book = Arc::new(Book::new());
        let means = Means { learner: Arc::<Book>::clone(&book), ..means_with(Arc::new(RealDisk), self.clock) };
        (Recorder::open(&self.recording, &means).unwrap(), book)
    }

    /// A day on which this is recorded and all of it reaches the store.
    fn day_with(&self, day: i64, work: impl FnOnce(&Recorder)) {
        let (recorder, _) = self.on_day(day);
        work(&recorder);
        recorder.close();
    }

    fn answer(&self, recorder: &Recorder, id: &str, override_days: u16) {
        let finding = DecidedFinding {
            card: format!("card-{id}"),
            rule: format!("rule-{id}"),
            fingerprint: format!("print-{id}"),
            override_days,
            ..DecidedFinding::default()
        };
        recorder.record(Decision {
            id: id.to_owned(),
            patient: "p".to_owned(),
            user: "u".to_owned(),
            at_ms: (self.clock)(),
            findings: vec![finding],
            ..Decision::default()
        });
    }

    fn feedback(&self, recorder: &Recorder, id: &str, reason: &str) {
        let entry = FeedbackRecord {
            arrived_ms: (self.clock)(),
            card: format!("card-{id}"),
            accepted: Some(false),
            reason_code: reason.to_owned(),
            ..FeedbackRecord::default()
        };
        wait(recorder.feedback(vec![entry])).unwrap();
    }

    /// A pharmacist says that what was promised was done.
    fn done(&self, recorder: &Recorder, id: &str) {
        let card = format!("card-{id}");
        let service = DONE.to_owned();
        let entry = FeedbackRecord { arrived_ms: (self.clock)(), card, service, ..FeedbackRecord::default() };
        wait(recorder.feedback(vec![entry])).unwrap();
    }

    fn store(&self) -> Box<dyn caveat::record::store::Store> {
        match &self.recording.store {
            Store::Postgres { connection, .. } => {
                let config = caveat::record::postgres::read_connection(connection).unwrap();
                // To read: making tables while the server removes rows could be a deadlock.
                Box::new(caveat::record::postgres::PostgresStore::open_to_read(&config).unwrap())
            }
            _ => Box::new(SqliteStore::open_to_read(&self.folder()).unwrap()),
        }
    }

    /// The chain, proved.
    fn whole(&self) -> Whole {
        let mut store = self.store();
        let chains = store.chains().unwrap();
        assert_eq!(chains.len(), 1, "{chains:?}");
        let check = Check { chain: chains[0].chain.clone(), ..Check::default() };
        verify(Some(&mut *store), Some(&self.folder()), &check).unwrap()
    }

    /// Whether the store has the answer of this id, and how much feedback about its card.
    fn has(&self, id: &str) -> (bool, usize) {
        let mut store = self.store();
        loop {
            let mut count = |ask| store.find(&ask).unwrap().len();
            let found = count(Ask::Decision(id.to_owned()));
            let of_card = count(Ask::OfCard(format!("card-{id}")));
            let feedback = count(Ask::FeedbackOn(vec![format!("card-{id}")]));
            // It may go between one question and the next.
            if found == count(Ask::Decision(id.to_owned())) {
                assert_eq!(of_card, found, "an answer and what it is found by stay and go together");
                return (found == 1, feedback);
            }
        }
    }
}

/// Cards whose override is told of, and cards whose promise is open.
fn remembered(book: &Book, now_ms: i64) -> (Vec<String>, Vec<String>) {
    let remembered = book.remembered(&Asking { patient: "p", user: "u", now_ms, ..Asking::default() });
    let overrides = remembered.overrides.into_iter().map(|o| o.card).collect();
    (overrides, remembered.obligations.into_iter().map(|o| o.card).collect())
}

fn what_is_too_old_goes_and_the_chain_is_whole(site: &Site) {
    site.day_with(0, |r| site.answer(r, "old", 0));
    site.day_with(4, |r| site.answer(r, "young", 0));
    let before = site.whole();
    assert_eq!((before.first, before.checkpoint.is_some()), (1, false));
    let (recorder, _) = site.on_day(7);
    site.answer(&recorder, "new", 0);
    until("the old stretch is removed", || !site.has("old").0);
    recorder.close();
    let whole = site.whole();
    // Genesis and the first answer went; the second start, its answer, the third start, its answer and the checkpoint stay.
    assert_eq!((whole.first, whole.head.seq, whole.checkpoint.is_some()), (3, 7, true));
    assert_eq!((site.has("young"), site.has("new")), ((true, 0), (true, 0)));
}

fn what_something_rests_on_stays_until_that_ends(site: &Site) {
    site.day_with(-20, |r| site.answer(r, "nothing-rests-on-it", 0));
    site.day_with(0, |r| {
        site.answer(r, "overridden", 60);
        site.answer(r, "promised", 1);
        site.answer(r, "plain", 0);
        site.feedback(r, "overridden", "no-alternative");
        site.feedback(r, "promised", "will-monitor");
    });
    let (both, promise) =
        (vec!["card-overridden".to_owned(), "card-promised".to_owned()], vec!["card-promised".to_owned()]);
    // Far beyond `keep`: what was before it goes, and nothing else.
    let (recorder, book) = site.on_day(20);
    until("what came before is removed", || !site.has("nothing-rests-on-it").0);
    assert_eq!(remembered(&book, (site.clock)()), (both, promise.clone()));
    recorder.close();
    assert_eq!((site.has("overridden"), site.has("promised"), site.has("plain")), ((true, 1), (true, 1), (true, 0)));
    assert_eq!(site.whole().first, 3, "the chain goes on where it was cut");
    // The override has ended, and thirty days of telling of the other; the promise is open still.
    site.day_with(70, |r| site.answer(r, "later", 0));
    let (recorder, book) = site.on_day(71);
    until("it is learnt", || remembered(&book, (site.clock)()) == (Vec::new(), promise.clone()));
    site.done(&recorder, "promised");
    recorder.close();
    assert_eq!((site.has("promised").0, site.whole().first), (true, 3));
    // It is kept: what it rested on goes now, with all that stood between.
    let (recorder, _) = site.on_day(73);
    until("the rest is removed", || !site.has("promised").0);
    recorder.close();
    assert_eq!((site.has("overridden").0, site.has("plain").0, site.has("later").0), (false, false, true));
    assert!(site.whole().checkpoint.is_some());
}

#[test]
fn in_sqlite_what_something_rests_on_stays_until_that_ends() {
    let folder = Folder::new();
    what_something_rests_on_stays_until_that_ends(&site!(Store::Sqlite { folder: folder.0.clone() }));
}

#[test]
fn in_postgres_what_is_too_old_goes_and_the_chain_is_whole() {
    let Some(server) = Server::start(None) else { return };
    let folder = Folder::new();
    what_is_too_old_goes_and_the_chain_is_whole(&site!(in_postgres(&server, &folder)));
    // Whoever takes out one more entry than the checkpoint names is found out.
    server.psql("DELETE FROM caveat_entries WHERE seq = 3; DELETE FROM caveat_cards WHERE seq = 3");
    let told = server.verify("caveat-", Some(&folder.0)).unwrap_err().to_string();
    assert!(told.contains("begins with entry 4") && told.contains("no checkpoint"), "{told}");
}

#[test]
fn in_postgres_what_something_rests_on_stays_until_that_ends() {
    let Some(server) = Server::start(None) else { return };
    let folder = Folder::new();
    what_something_rests_on_stays_until_that_ends(&site!(in_postgres(&server, &folder)));
}

/// Of an instance that is gone the chain goes as a whole; not while an override that another instance honours rests on it.
#[test]
fn in_postgres_the_chain_of_an_instance_that_is_gone_goes_unless_something_rests_on_it() {
    let Some(server) = Server::start(None) else { return };
    let folders = [Folder::new(), Folder::new(), Folder::new()];
    let mut site = site!(in_postgres(&server, &folders[0]));
    for (name, folder, day, days) in [("idle", &folders[0], -10, None), ("busy", &folders[1], 0, Some(60))] {
        site.recording.instance = name.to_owned();
        site.recording.store = in_postgres(&server, folder);
        site.day_with(day, |r| {
            site.answer(r, name, days.unwrap_or(0));
            if days.is_some() {
                site.feedback(r, name, "no-alternative");
            }
        });
    }
    server.psql("UPDATE caveat_chains SET beat = now() - interval '40 days'");
    site.recording.instance = "here".to_owned();
    site.recording.store = in_postgres(&server, &folders[2]);
    let chains = || {
        let chains = site.store().chains().unwrap();
        chains.iter().map(|c| c.chain.split('-').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (recorder, book) = site.on_day(20);
    until("the one on which nothing rests is gone", || chains() == ["busy", "here"]);
    assert_eq!(remembered(&book, (site.clock)()).0, ["card-busy"]);
    recorder.close();
    assert_eq!((site.has("busy"), site.has("idle")), ((true, 1), (false, 0)));
    let (recorder, _) = site.on_day(62);
    until("the others are gone", || chains() == ["here"]);
    recorder.close();
    let mut store = server.store();
    let chain = store.chains().unwrap()[0].chain.clone();
    let whole = verify(Some(&mut store), Some(&folders[2].0), &Check { chain, ..Check::default() }).unwrap();
    assert!(whole.entries > 0);
    assert!(!site.has("busy").0 && !site.has("idle").0);
}

#[test]
fn what_a_store_that_was_locked_at_the_start_holds_is_learnt_when_it_is_free() {
    let folder = Folder::new();
    let site = site!(Store::Sqlite { folder: folder.0.clone() });
    site.day_with(0, |r| {
        site.answer(r, "overridden", 60);
        site.feedback(r, "overridden", "no-alternative");
    });
    // The journal file that still holds them goes when another is begun; the store alone has them then.
    site.day_with(1, |_| {});
    let other = rusqlite::Connection::open(caveat::record::sqlite::file_in(&folder.0)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (recorder, book) = site.on_day(20);
    assert_eq!(remembered(&book, (site.clock)()), (Vec::new(), Vec::new()));
    other.execute_batch("COMMIT").unwrap();
    until("it is learnt", || remembered(&book, (site.clock)()).0 == ["card-overridden"]);
    recorder.close();
    assert_eq!(site.has("overridden"), (true, 1), "and not removed before that");
}
