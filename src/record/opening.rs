//! Opening a recorder that keeps what it takes: the folder, its journal as the last end left it, the store, the threads.

use crate::record::asker::{Asker, OpenToRead};
use crate::record::capture::{Locked, Vault};
use crate::record::disk::{Disk, RealDisk};
use crate::record::entry::{Kind, Link};
use crate::record::health::{Account, Part};
use crate::record::journal::Journal;
use crate::record::learner::Learner;
use crate::record::notes::{Anew, Begin};
use crate::record::poller::{Poller, Seen};
use crate::record::postgres_opening::postgres;
use crate::record::pseudonym::Pseudonyms;
use crate::record::queue::Queue;
use crate::record::recorder::{Recorder, Threads, Works};
use crate::record::recover::{Recovered, read_all, recover};
use crate::record::refill;
use crate::record::rings::Rings;
use crate::record::segments::Segments;
use crate::record::shelver::{Learnt, Opener, Shelver, sorted};
use crate::record::sqlite::{SqliteStore, set_aside};
use crate::record::store::{Store, StoreTrouble};
use crate::record::writer::Writer;
use crate::settings::recording::{Recording, Store as Where};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a start waits for a folder that another process still holds.
pub const LOCK_TIME_MAX: Duration = Duration::from_secs(2);

/// What a recorder needs besides its settings.
#[derive(Clone)]
pub struct Means {
    /// Whoever must know of what is in the store already, and of what other instances put there.
    pub learner: Arc<dyn Learner>,
    /// Tells one key of pseudonyms from another.
    pub pseudonym_check: String,
    /// What time it is, in milliseconds since 1970.
    pub clock: fn() -> i64,
    /// What the journal is written to.
    pub disk: Arc<dyn Disk>,
}

impl Means {
    /// With the machine's disk.
    pub fn new(learner: Arc<dyn Learner>, pseudonyms: &Pseudonyms, clock: fn() -> i64) -> Means {
        Means { learner, pseudonym_check: pseudonyms.check(), clock, disk: Arc::new(RealDisk) }
    }
}

/// Why a recorder could not be opened: the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpen {
    /// The folder cannot be made, read or written.
    #[error("the record's folder `{folder}` cannot be used: {why}")]
    Folder {
        /// The folder.
        folder: String,
        /// What the disk said.
        why: String,
    },
    /// Another process has it.
    #[error("the record's folder `{0}` is in use by another caveat; give each instance a folder of its own")]
    InUse(String),
    /// The store is of a form this version does not know, or it is needed to know where the chain stands.
    #[error("the record's store cannot be used: {0}")]
    Store(StoreTrouble),
    /// Capture is on and its key cannot be used.
    #[error(transparent)]
    Capture(#[from] Locked),
    /// The machine gives no thread.
    #[error("no thread for the recorder: {0}")]
    Thread(std::io::Error),
}

/// What a store of either kind comes to.
pub(crate) struct Stand {
    /// Its kind, in a word.
    pub(crate) name: &'static str,
    /// The chain this instance goes on with.
    pub(crate) chain: String,
    /// The store, where it is open already.
    pub(crate) store: Option<Box<dyn Store>>,
    /// Opens it for the thread that carries entries to it.
    pub(crate) opener: Box<dyn Opener>,
    /// Opens it for the thread that is asked.
    pub(crate) read: OpenToRead,
    /// Where the chain stands by the store; `None`: it does not know of it, or could not be asked.
    pub(crate) head: Option<Link>,
    /// Whether it was asked.
    pub(crate) asked: bool,
    /// Where a damaged one was set aside just now.
    pub(crate) aside: Option<String>,
    /// Opens the store for the thread that learns from other instances.
    pub(crate) others: Option<OpenToRead>,
}

impl Recorder {
    /// A recorder as the settings describe.
    ///
    /// # Errors
    ///
    /// [`CannotOpen`]. A store that is away, locked or damaged is none: it is told, and screening goes on.
    pub fn open(recording: &Recording, means: &Means) -> Result<Recorder, CannotOpen> {
        let folder = match &recording.store {
            Where::Memory => return Ok(Recorder::in_memory()),
            Where::Sqlite { folder } | Where::Postgres { folder, .. } => folder.clone(),
        };
        let lock = occupy(&folder)?;
        let vault = recording.capture.as_ref().map(|c| Vault::open(&c.key_file)).transpose()?;
        let account = Arc::new(Account::default());
        let stand = match &recording.store {
            Where::Postgres { connection, .. } => postgres(&folder, recording, connection, means, &account)?,
            _ => sqlite(&folder, recording, means, &account)?,
        };
        let unusable = |e: std::io::Error| unusable(&folder, &e);
        let recovered = recover(&folder, &stand.chain).map_err(unusable)?;
        recovered.notes.iter().for_each(|note| account.note(note));
        let queue = Arc::new(Queue::new(recording.queue_max));
        let head = start_of_chain(recording, means, &stand, &recovered, &queue, &account)?;
        relearn(&folder, means).map_err(unusable)?;
        let segments = Arc::new(Segments::of(recovered.segments));
        let rings = Arc::new(Rings::default());
        let journal = Journal::new(
            folder.clone(),
            stand.chain.clone(),
            Arc::clone(&means.disk),
            Arc::clone(&segments),
            recovered.next_number,
        );
        let writer = Writer {
            journal,
            chain: stand.chain.clone(),
            head,
            last_ms: recovered.last_ms.unwrap_or(i64::MIN),
            queue: Arc::clone(&queue),
            rings: Arc::clone(&rings),
            account: Arc::clone(&account),
            vault,
            clock: means.clock,
            batch_max: recording.batch_max.max(1),
        };
        let works = set_going(stand, writer, recording, means, segments, lock).map_err(CannotOpen::Thread)?;
        Ok(Recorder::working(rings, account, works))
    }
}

/// Starts the threads.
fn set_going(
    stand: Stand,
    writer: Writer,
    recording: &Recording,
    means: &Means,
    segments: Arc<Segments>,
    lock: File,
) -> std::io::Result<Works> {
    let stopping = Arc::new(AtomicBool::new(false));
    let (queue, account) = (Arc::clone(&writer.queue), Arc::clone(&writer.account));
    let fresh = Arc::new(Seen::default());
    let learnt = match (&stand.others, stand.asked) {
        (Some(_), _) => Learnt::ByAnother(fresh.learnt()),
        (None, true) => Learnt::Yes,
        (None, false) => Learnt::NotYet,
    };
    let shelver = Shelver {
        opener: stand.opener,
        store: stand.store,
        segments: Arc::clone(&segments),
        account: Arc::clone(&account),
        queue: Arc::clone(&queue),
        chain: stand.chain.clone(),
        keep: recording.keep,
        learner: Arc::clone(&means.learner),
        learnt,
        retire_at: None,
        clock: means.clock,
        stopping: Arc::clone(&stopping),
    };
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let (asker, _) = Asker::start(stand.read, Arc::clone(&account))?;
    let shelver = thread("record-store").spawn(|| shelver.run())?;
    let writer = thread("record-write").spawn(|| writer.run())?;
    let mut seen = None;
    if let Some(open) = stand.others {
        let poller = Poller {
            open,
            chain: stand.chain,
            learner: Arc::clone(&means.learner),
            seen: Arc::clone(&fresh),
            account,
            clock: means.clock,
            stopping: Arc::clone(&stopping),
        };
        thread("record-others").spawn(|| poller.run())?;
        seen = Some(fresh);
    }
    let threads = Mutex::new(Threads { writer: Some(writer), shelver: Some(shelver), lock: Some(lock) });
    let (store, staleness_max) = (stand.name, recording.staleness_max);
    Ok(Works { store, queue, segments, asker, seen, staleness_max, stopping, threads })
}

/// Makes the folder and locks it for this process.
fn occupy(folder: &Path) -> Result<File, CannotOpen> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| unusable(folder, &e))?;
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"));
    let lock = lock.map_err(|e| unusable(folder, &e))?;
    // A process that is about to end, or a child that is just being born, may hold it for a moment.
    let until = Instant::now() + LOCK_TIME_MAX;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOCK_TIME_MAX / 100),
            Err(TryLockError::WouldBlock) => return Err(CannotOpen::InUse(folder.display().to_string())),
            Err(TryLockError::Error(e)) => return Err(unusable(folder, &e)),
        }
    }
}

/// A folder that cannot be used.
pub(crate) fn unusable(folder: &Path, error: &std::io::Error) -> CannotOpen {
    CannotOpen::Folder { folder: folder.display().to_string(), why: error.to_string() }
}

/// Where the chain goes on, and the entry that says that the server started.
fn start_of_chain(
    recording: &Recording,
    means: &Means,
    stand: &Stand,
    recovered: &Recovered,
    queue: &Queue,
    account: &Account,
) -> Result<Link, CannotOpen> {
    let head = match (recovered.head, stand.head) {
        (Some(journal), Some(store)) => {
            if store.seq > journal.seq {
                store
            } else {
                journal
            }
        }
        (journal, store) => journal.or(store).unwrap_or_default(),
    };
    if recovered.head.is_none() && !stand.asked && stand.others.is_none() {
        let why =
            "it cannot be read and the journal is empty, so nobody knows where the chain stands; free the database";
        return Err(CannotOpen::Store(StoreTrouble::Away(why.to_owned())));
    }
    let lost = stand.asked && stand.head.is_none() && recovered.begins_after > 0;
    if let Some(aside) = stand.aside.clone() {
        let why = String::from("the database is damaged");
        queue.push_note(Kind::Anew, Anew { aside, why }.payload());
    } else if lost {
        let why = String::from("the database is not in its folder any more");
        account
            .note("the database is not in its folder any more; a new one was begun, and the chain goes on after a gap");
        queue.push_note(Kind::Anew, Anew { aside: String::new(), why }.payload());
    }
    let begin = Begin {
        instance: recording.instance.clone(),
        started_ms: (means.clock)(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        pseudonym_check: means.pseudonym_check.clone(),
    };
    let kind = if head.seq == 0 { Kind::Genesis } else { Kind::Start };
    queue.push_note(kind, begin.payload());
    Ok(head)
}

/// Learns what the journal holds that no store may have yet.
fn relearn(folder: &Path, means: &Means) -> std::io::Result<()> {
    for file in read_all(folder)? {
        let entries: Vec<_> = file.entries().cloned().collect();
        let (decisions, feedback) = sorted(&entries);
        decisions.iter().for_each(|d| means.learner.decision(d));
        feedback.iter().for_each(|f| means.learner.feedback(f));
    }
    Ok(())
}

/// Stands for the database in a folder.
struct SqliteOpener {
    folder: PathBuf,
    clock: fn() -> i64,
}

impl Opener for SqliteOpener {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreTrouble> {
        Ok(Box::new(SqliteStore::open(&self.folder)?))
    }

    fn check(&mut self) -> Result<(), StoreTrouble> {
        SqliteStore::open(&self.folder)?.check()
    }

    fn set_aside(&mut self) -> Option<String> {
        set_aside(&self.folder, (self.clock)())
            .inspect_err(|e| tracing::error!(%e, "the damaged database could not be set aside"))
            .ok()
    }
}

fn sqlite(folder: &Path, recording: &Recording, means: &Means, account: &Account) -> Result<Stand, CannotOpen> {
    let mut opener = SqliteOpener { folder: folder.to_owned(), clock: means.clock };
    let chain = recording.instance.clone();
    let read_folder = folder.to_owned();
    let read: OpenToRead = Box::new(move || Ok(Box::new(SqliteStore::open_to_read(&read_folder)?)));
    let mut aside = None;
    let mut opened = ask_store(&mut opener, &chain, means, account);
    if let Err(StoreTrouble::Damaged(why)) = &opened
        && let Some(name) = opener.set_aside()
    {
        account.note(&format!(
            "the database is damaged ({why}); it was set aside as `{name}` and a new one begun: earlier records stand only there"
        ));
        aside = Some(name);
        opened = ask_store(&mut opener, &chain, means, account);
    }
    let (store, head, asked) = match opened {
        Ok((store, head)) => (Some(store), head, true),
        Err(newer @ StoreTrouble::Newer { .. }) => return Err(CannotOpen::Store(newer)),
        Err(trouble) => {
            account.trouble(Part::Store, &trouble.to_string(), None);
            (None, None, false)
        }
    };
    let opener = Box::new(opener);
    Ok(Stand { name: "sqlite", chain, store, opener, read, head, asked, aside, others: None })
}

type Asked = (Box<dyn Store>, Option<Link>);

/// Opens the store, asks it where the chain stands, and lets the learner learn.
fn ask_store(opener: &mut SqliteOpener, chain: &str, means: &Means, account: &Account) -> Result<Asked, StoreTrouble> {
    let mut store = opener.open()?;
    let head = store.chains()?.into_iter().find(|c| c.chain == chain).map(|c| c.head);
    refill::from_store(&mut *store, &*means.learner, &account.damage, (means.clock)())?;
    Ok((store, head))
}
