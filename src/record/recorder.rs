//! The recorder: takes every answer without making it wait, and every feedback so that it is not lost.

use crate::record::asker::Asker;
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::Entry;
use crate::record::health::{Account, Health, Part};
use crate::record::marks::{self, mark_of};
use crate::record::poller::Seen;
use crate::record::queue::{Queue, Taken, Waiting, Whole};
use crate::record::rings::Rings;
use crate::record::segments::Segments;
use crate::record::store::{Ask, StoreTrouble};
use crate::record::weight::Weighed;
use crate::record::writer::hashed;
use hashbrown::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Why feedback was not kept, or a record not found: the client must ask again, unless the record is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", if *.damaged { "" } else { "the record cannot be used now: " })]
pub struct NotKept {
    /// What the store said.
    pub why: String,
    /// Whether what was asked for is damaged: it does not help to ask again.
    pub damaged: bool,
}

impl NotKept {
    /// It may go well another time.
    pub fn now(why: impl Into<String>) -> NotKept {
        NotKept { why: why.into(), damaged: false }
    }
}

impl From<StoreTrouble> for NotKept {
    fn from(trouble: StoreTrouble) -> NotKept {
        NotKept { why: trouble.to_string(), damaged: trouble.is_damage() }
    }
}

/// The recorder.
#[derive(Debug, Default)]
pub struct Recorder {
    rings: Arc<Rings>,
    account: Arc<Account>,
    works: Option<Works>,
    /// Nothing is kept at all.
    off: bool,
}

/// The threads of a recorder that keeps what it takes, and what it shares with them.
#[derive(Debug)]
pub(crate) struct Works {
    pub(crate) store: &'static str,
    pub(crate) queue: Arc<Queue>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) asker: Asker,
    pub(crate) seen: Option<Arc<Seen>>,
    pub(crate) staleness_max: Duration,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) threads: Mutex<Threads>,
}

#[derive(Debug, Default)]
pub(crate) struct Threads {
    pub(crate) writer: Option<JoinHandle<()>>,
    pub(crate) shelver: Option<JoinHandle<()>>,
    /// Held as long as the folder is in use.
    pub(crate) lock: Option<std::fs::File>,
}

/// Tells when feedback is safe.
type Safe = oneshot::Receiver<Result<(), NotKept>>;

/// How long a full queue is told of after the last answer was turned away.
const TOLD_FOR: Duration = Duration::from_secs(60);

/// How long a stop waits for the store; what it has not taken by then stays in the journal.
const STOP_TIME: Duration = Duration::from_secs(5);

impl Recorder {
    /// A recorder that keeps the last few thousand in memory.
    pub fn in_memory() -> Recorder {
        Recorder::default()
    }

    /// A recorder that keeps nothing: what the benches hold the others against.
    pub fn off() -> Recorder {
        Recorder { rings: Arc::default(), account: Arc::default(), works: None, off: true }
    }

    /// A recorder with threads behind it.
    pub(crate) fn working(rings: Arc<Rings>, account: Arc<Account>, works: Works) -> Recorder {
        Recorder { rings, account, works: Some(works), off: false }
    }

    /// Takes an answer. Never waits for a disk.
    pub fn record(&self, decision: Decision) {
        self.take(Taken { decision, whole: None });
    }

    /// Takes an answer with what it was made of, to be hashed and, where capture is on, kept. Never waits for a disk.
    pub fn record_whole(&self, decision: Decision, whole: Whole) {
        self.take(Taken { decision, whole: Some(whole) });
    }

    fn take(&self, mut taken: Taken) {
        if self.off {
            return;
        }
        self.account.decisions.fetch_add(1, Ordering::Relaxed);
        let Some(works) = &self.works else {
            hash_now(&mut taken);
            return self.rings.answered(std::iter::once(Arc::new(taken.decision)));
        };
        if taken.whole.is_some() && !works.queue.has_room(taken.bytes()) {
            hash_now(&mut taken);
        }
        if !works.queue.push(taken) {
            let lost = self.account.lost.fetch_add(1, Ordering::Relaxed) + 1;
            let words = format!("too many answers wait to be recorded: {lost} lost since the start");
            self.account.trouble(Part::Queue, &words, Some(TOLD_FOR));
        }
    }

    /// Takes feedback; when this returns, it is safe: on the disk, whatever the store does. Once it was taken it is written even when
    /// nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the disk refused, or too much waits already.
    pub async fn feedback(&self, entries: Vec<FeedbackRecord>) -> Result<(), NotKept> {
        match self.push_feedback(entries)? {
            Some(safe) => safe.await.unwrap_or_else(|_| Err(NotKept::now("the recorder has stopped"))),
            None => Ok(()),
        }
    }

    /// Takes what was seen of promises, as feedback that nobody waits for. Never waits for a disk: what the disk refuses is counted
    /// and told like feedback that is refused.
    pub fn note_kept(&self, entries: Vec<FeedbackRecord>) {
        if let Err(not_kept) = self.push_feedback(entries) {
            tracing::error!(%not_kept, "a promise that the chart shows to be kept was not recorded");
        }
    }

    /// Hands feedback to the writer; `None` where there is none to wait for.
    fn push_feedback(&self, entries: Vec<FeedbackRecord>) -> Result<Option<Safe>, NotKept> {
        let Some(works) = &self.works else {
            self.account.feedback.fetch_add(entries.len() as u64, Ordering::Relaxed);
            self.rings.commented(entries);
            return Ok(None);
        };
        if entries.is_empty() {
            return Ok(None);
        }
        let (told, safe) = oneshot::channel();
        if let Err(turned_away) = works.queue.push_feedback(Waiting { records: entries, told }) {
            self.account.feedback_refused.fetch_add(turned_away.records.len() as u64, Ordering::Relaxed);
            let why = String::from("too much feedback waits to be written");
            self.account.trouble(Part::Queue, &why, Some(TOLD_FOR));
            return Err(NotKept::now(why));
        }
        Ok(Some(safe))
    }

    /// How it fares.
    pub fn health(&self) -> Health {
        let health = self.account.health();
        let Some(works) = &self.works else { return Health { store: "memory", ..health } };
        let health = Health {
            store: works.store,
            queued: works.queue.waiting() as u64,
            staleness: works.seen.as_ref().map(|s| s.staleness()),
            ..health
        };
        health.behind(works.segments.bytes_behind())
    }

    /// Notes something that an operator should know, for as long as the process lasts.
    pub fn note(&self, words: &str) {
        self.account.note(words);
    }

    /// Seconds since other instances' overrides were last seen, when that is longer than it may be.
    pub fn stale_for(&self) -> Option<u64> {
        let works = self.works.as_ref()?;
        let staleness = works.seen.as_ref()?.staleness();
        (Duration::from_secs(staleness) > works.staleness_max).then_some(staleness)
    }

    /// The last answers, newest first, as far as they are in memory.
    pub fn last_decisions(&self, most: usize) -> Vec<Decision> {
        self.recent(|_| true, most)
    }

    /// The last entries of feedback, newest first, as far as they are in memory.
    pub fn last_feedback(&self, most: usize) -> Vec<FeedbackRecord> {
        self.rings.feedback().iter().take(most).map(|f| (**f).clone()).collect()
    }

    /// The answer of this id; of an answer completed later, the completed one.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn decision(&self, id: &str) -> Result<Option<Decision>, NotKept> {
        match self.recent(|d| d.id == id, 1).pop() {
            Some(found) => Ok(Some(found)),
            None => Ok(first(self.ask(Ask::Decision(mark_of(id))).await?)),
        }
    }

    /// The answer that showed this card last; what completed an answer later was shown to nobody, and is told only where there is
    /// nothing else.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn of_card(&self, card: &str) -> Result<Option<Decision>, NotKept> {
        let shows = |d: &Decision| !d.late && d.findings.iter().any(|f| f.card == card);
        if let Some(found) = self.recent(shows, 1).pop() {
            return Ok(Some(found));
        }
        let stored = self.ask(Ask::OfCard(mark_of(card))).await?;
        let stored: Vec<Decision> = stored.iter().filter_map(marks::decision).collect();
        match stored.iter().find(|d| !d.late).or(stored.first()) {
            Some(found) => Ok(Some(found.clone())),
            None => Ok(self.recent(|d| d.findings.iter().any(|f| f.card == card), 1).pop()),
        }
    }

    /// The answers about a patient (by pseudonym) since a moment in milliseconds, newest first.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn of_patient(&self, patient: &str, since_ms: i64, most: usize) -> Result<Vec<Decision>, NotKept> {
        let found = self.recent(|d| d.patient == patient && d.at_ms >= since_ms, most);
        let stored = self.ask(Ask::OfPatient { patient: mark_of(patient), since_ms, most }).await?;
        Ok(merged(found, &stored, most))
    }

    /// The last answers about anybody, newest first: those in memory, and those that only the store has.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn last(&self, most: usize) -> Result<Vec<Decision>, NotKept> {
        let found = self.last_decisions(most);
        let stored = self.ask(Ask::Last(most)).await?;
        Ok(merged(found, &stored, most))
    }

    /// Feedback about these cards, oldest first.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when the store cannot be asked.
    pub async fn feedback_on(&self, cards: &[String]) -> Result<Vec<FeedbackRecord>, NotKept> {
        let kept = self.rings.feedback();
        let wanted: HashSet<&str> = cards.iter().map(String::as_str).collect();
        let known: HashSet<&FeedbackRecord> =
            kept.iter().map(|f| &**f).filter(|f| wanted.contains(f.card.as_str())).collect();
        let stored = self.ask(Ask::FeedbackOn(cards.iter().map(|c| mark_of(c)).collect())).await?;
        let in_memory = kept.iter().rev().filter(|f| wanted.contains(f.card.as_str()));
        let mut found: Vec<FeedbackRecord> = in_memory.map(|f| (**f).clone()).collect();
        found.extend(stored.iter().filter_map(marks::feedback).filter(|f| !known.contains(f)));
        found.sort_by_key(|f| f.arrived_ms);
        Ok(found)
    }

    /// Answers in memory, newest first: those that wait, then those kept last.
    fn recent(&self, wanted: impl Fn(&Decision) -> bool, most: usize) -> Vec<Decision> {
        let waiting = self.works.as_ref().map(|w| w.queue.answers()).unwrap_or_default();
        let kept = self.rings.decisions();
        let all = waiting.iter().map(|t| &t.decision).chain(kept.iter().map(|d| &**d));
        all.filter(|d| wanted(d)).take(most).cloned().collect()
    }

    async fn ask(&self, ask: Ask) -> Result<Vec<Entry>, NotKept> {
        match &self.works {
            Some(works) => works.asker.ask(ask).await,
            None => Ok(Vec::new()),
        }
    }

    /// Stops: what waits is written to the journal, and carried to the store as far as that goes in a few seconds. Blocks.
    pub fn close(&self) {
        let Some(works) = &self.works else { return };
        let mut threads = works.threads.lock().unwrap_or_else(PoisonError::into_inner);
        works.queue.stop();
        if let Some(writer) = threads.writer.take() {
            let _ = writer.join();
        }
        works.stopping.store(true, Ordering::Release);
        works.segments.wake();
        if let Some(shelver) = threads.shelver.take() {
            shelver.thread().unpark();
            let begun = Instant::now();
            while !shelver.is_finished() && begun.elapsed() < STOP_TIME {
                std::thread::sleep(Duration::from_millis(5));
            }
            if shelver.is_finished() {
                threads.lock = None;
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

/// Hashes what an answer was made of here and now, and lets go of it.
fn hash_now(taken: &mut Taken) {
    if let Some(whole) = taken.whole.take() {
        hashed(&mut taken.decision, &whole);
    }
}

/// Answers in memory and in the store, each once, newest first.
fn merged(mut found: Vec<Decision>, stored: &[Entry], most: usize) -> Vec<Decision> {
    let known: HashSet<(String, bool)> = found.iter().map(|d| (d.id.clone(), d.late)).collect();
    let stored = stored.iter().filter_map(marks::decision);
    found.extend(stored.filter(|d| !known.contains(&(d.id.clone(), d.late))));
    found.sort_by_key(|d| std::cmp::Reverse(d.at_ms));
    found.truncate(most);
    found
}

fn first(found: Vec<Entry>) -> Option<Decision> {
    found.iter().find_map(marks::decision)
}
