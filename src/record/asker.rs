//! The one thread that reads the store for whoever asks, so that a slow store holds up neither the writer nor a screening.

use crate::record::entry::Entry;
use crate::record::recorder::NotKept;
use crate::record::store::{Ask, Store, StoreTrouble};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Opens the store to read it.
pub type OpenToRead = Box<dyn FnMut() -> Result<Box<dyn Store>, StoreTrouble> + Send>;

type Question = (Ask, oneshot::Sender<Result<Vec<Entry>, StoreTrouble>>);

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
    pub fn start(open: OpenToRead) -> std::io::Result<(Asker, JoinHandle<()>)> {
        let (questions, asked) = sync_channel(WAITING_MAX);
        let thread =
            std::thread::Builder::new().name(String::from("record-read")).spawn(move || answer(&asked, open))?;
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
            TrySendError::Full(_) => NotKept { why: String::from("too many ask the store at once") },
            TrySendError::Disconnected(_) => NotKept { why: String::from("the recorder has stopped") },
        })?;
        match told.await {
            Ok(found) => found.map_err(|trouble| NotKept { why: trouble.to_string() }),
            Err(_) => Err(NotKept { why: String::from("the recorder has stopped") }),
        }
    }
}

fn answer(asked: &Receiver<Question>, mut open: OpenToRead) {
    let mut store: Option<Box<dyn Store>> = None;
    while let Ok((ask, tell)) = asked.recv() {
        if tell.is_closed() {
            continue;
        }
        let mut found = find(&mut store, &mut open, &ask);
        if found.is_err() {
            // The connection may have ended, or the database have been set aside, since the last question.
            store = None;
            found = find(&mut store, &mut open, &ask);
        }
        let _ = tell.send(found);
    }
}

fn find(store: &mut Option<Box<dyn Store>>, open: &mut OpenToRead, ask: &Ask) -> Result<Vec<Entry>, StoreTrouble> {
    let opened = match store.take() {
        Some(store) => store,
        None => open()?,
    };
    store.insert(opened).find(ask)
}
