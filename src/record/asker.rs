//! The one thread that reads the store for whoever asks, so that a slow store holds up neither the writer nor a screening.

use crate::record::entry::Entry;
use crate::record::health::Account;
use crate::record::recorder::NotKept;
use crate::record::store::{Ask, Store, StoreTrouble};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Opens the store to read it.
pub type OpenToRead = Box<dyn FnMut() -> Result<Box<dyn Store>, StoreTrouble> + Send>;

type Question = (Ask, oneshot::Sender<Result<Vec<Entry>, StoreTrouble>>);

/// How often it is looked whether damage was mended, where nobody asks.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Questions that may wait; further ones are answered that the store is busy.
const WAITING_MAX: usize = 256;

/// Asks the store.
#[derive(Debug)]
pub struct Asker {
    questions: SyncSender<Question>,
}

impl Asker {
    /// Starts the thread. It ends when the asker is dropped.
    ///
    /// # Errors
    ///
    /// When the machine gives no thread.
    pub fn start(open: OpenToRead, account: Arc<Account>) -> std::io::Result<(Asker, JoinHandle<()>)> {
        let (questions, asked) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name(String::from("record-read"))
            .spawn(move || answer(&asked, open, &account))?;
        Ok((Asker { questions }, thread))
    }

    /// What the store says.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when it cannot be asked.
    pub async fn ask(&self, ask: Ask) -> Result<Vec<Entry>, NotKept> {
        let (tell, told) = oneshot::channel();
        self.questions.try_send((ask, tell)).map_err(|e| match e {
            TrySendError::Full(_) => NotKept::now("too many ask the store at once"),
            TrySendError::Disconnected(_) => NotKept::now("the recorder has stopped"),
        })?;
        match told.await {
            Ok(found) => found.map_err(NotKept::from),
            Err(_) => Err(NotKept::now("the recorder has stopped")),
        }
    }
}

fn answer(asked: &Receiver<Question>, mut open: OpenToRead, account: &Account) {
    let mut store: Option<Box<dyn Store>> = None;
    let mut looked = Instant::now();
    loop {
        match asked.recv_timeout(LOOK_AGAIN) {
            Ok((_, tell)) if tell.is_closed() => {}
            Ok((ask, tell)) => drop(tell.send(look(&mut store, &mut open, &ask, account))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() >= LOOK_AGAIN {
            looked = Instant::now();
            for ask in account.damage.questions() {
                look_again(&mut store, &mut open, &ask, account);
            }
        }
    }
}

/// Looks whether damage was mended, or removed with all before it because its time was over.
fn look_again(store: &mut Option<Box<dyn Store>>, open: &mut OpenToRead, ask: &Ask, account: &Account) {
    let found = look(store, open, ask, account);
    if let (Ask::Walk { chain, from, .. }, Ok(entries)) = (ask, found)
        && entries.first().is_none_or(|e| e.seq != *from)
        && let Ok(first) = find(store, open, &Ask::Walk { chain: chain.clone(), from: 0, most: 1 })
    {
        account.damage.begins(chain, first.first().map_or(0, |e| e.seq));
    }
}

/// Asks, and believes only what is as it was written: who is answered with less than there is would take it for all.
fn look(
    store: &mut Option<Box<dyn Store>>,
    open: &mut OpenToRead,
    ask: &Ask,
    account: &Account,
) -> Result<Vec<Entry>, StoreTrouble> {
    let mut found = find(store, open, ask);
    if found.is_err() {
        // The connection may have ended, or the database have been set aside, since the last question.
        *store = None;
        found = find(store, open, ask);
    }
    let read = account.damage.look(ask, found)?;
    if read.spoiled.is_empty() {
        Ok(read.sound)
    } else {
        {
            let named: Vec<&str> = read.spoiled.iter().take(3).map(String::as_str).collect();
            Err(StoreTrouble::Spoiled(named.join(", ")))
        }
    }
}

fn find(store: &mut Option<Box<dyn Store>>, open: &mut OpenToRead, ask: &Ask) -> Result<Vec<Entry>, StoreTrouble> {
    let opened = match store.take() {
        Some(store) => store,
        None => open()?,
    };
    store.insert(opened).find(ask)
}
