//! The one thread that writes the journal: feedback first, then answers, one sync for all of them, and only then is anybody
//! told that his feedback is safe.

use crate::record::capture::{Captured, Vault};
use crate::record::decision::Decision;
use crate::record::entry::{Entry, Kind, Link};
use crate::record::frame::push;
use crate::record::health::{Account, Part};
use crate::record::journal::Journal;
use crate::record::queue::{Batch, Queue, Taken, Waiting, Whole};
use crate::record::recorder::NotKept;
use crate::record::rings::Rings;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The writer.
#[derive(Debug)]
pub struct Writer {
    /// Where it writes.
    pub journal: Journal,
    /// Name of the chain.
    pub chain: String,
    /// Where the chain stands.
    pub head: Link,
    /// When the last entry was written, in milliseconds since 1970.
    pub last_ms: i64,
    /// What it writes.
    pub queue: Arc<Queue>,
    /// What was kept last.
    pub rings: Arc<Rings>,
    /// How it fares.
    pub account: Arc<Account>,
    /// Encrypts captures; `None`: capture is off.
    pub vault: Option<Vault>,
    /// What time it is, in milliseconds since 1970.
    pub clock: fn() -> i64,
    /// Answers written at once.
    pub batch_max: usize,
}

/// Where a chain stands while entries are added that are not safe yet.
struct Draft {
    chain: String,
    head: Link,
    last_ms: i64,
    now_ms: i64,
    frames: Vec<u8>,
}

/// An answer as it is kept.
struct Finished {
    decision: Arc<Decision>,
    /// All it was made of, encrypted; `None`: capture is off, or it failed.
    sealed: Option<Vec<u8>>,
}

/// How long it rests after a disk refused, so that a full one is not tried without end. Feedback wakes it at once.
const REST: Duration = Duration::from_millis(200);

impl Draft {
    fn add(&mut self, kind: Kind, payload: Vec<u8>) {
        let entry = Entry::seal(&self.chain, self.head, kind, self.now_ms < self.last_ms, self.now_ms, payload);
        push(&mut self.frames, &entry);
        self.head = entry.link();
        self.last_ms = self.now_ms;
    }
}

impl Writer {
    /// Writes until the queue is stopped and empty.
    pub fn run(mut self) {
        loop {
            let batch = self.queue.take(self.batch_max);
            let last = batch.last;
            let went = self.write(batch);
            if last {
                return;
            }
            if !went {
                std::thread::sleep(REST);
            }
        }
    }

    /// Writes a batch; false when the disk refused.
    fn write(&mut self, batch: Batch) -> bool {
        let Batch { notes, feedback, decisions, .. } = batch;
        let first = self.write_first(notes, feedback);
        let finished: Vec<_> = decisions.iter().map(|taken| self.finish(taken)).collect();
        self.rings.answered(finished.iter().map(|f| Arc::clone(&f.decision)));
        self.queue.passed_on();
        if decisions.is_empty() {
            return first.is_ok();
        }
        let mut draft = self.draft();
        for Finished { decision, sealed } in finished {
            draft.add(Kind::Decision, serde_json::to_vec(&*decision).unwrap_or_default());
            if let Some(sealed) = sealed {
                draft.add(Kind::Capture, sealed);
            }
        }
        // A disk that has just refused is not asked again; what it said is what is told.
        let kept = first.and_then(|()| self.keep(draft));
        match &kept {
            Ok(()) => self.account.cleared(Part::Journal),
            Err(e) => self.lose(e, decisions.len()),
        }
        kept.is_ok()
    }

    /// Writes what may not wait and may not be lost, and tells those who wait for it.
    fn write_first(&mut self, notes: Vec<(Kind, Vec<u8>)>, feedback: Vec<Waiting>) -> std::io::Result<()> {
        if notes.is_empty() && feedback.is_empty() {
            return Ok(());
        }
        let mut draft = self.draft();
        notes.iter().for_each(|(kind, payload)| draft.add(*kind, payload.clone()));
        let records = feedback.iter().flat_map(|w| &w.records);
        records.for_each(|r| draft.add(Kind::Feedback, serde_json::to_vec(r).unwrap_or_default()));
        match self.keep(draft) {
            Ok(()) => {
                self.account.cleared(Part::Journal);
                self.thank(feedback);
                Ok(())
            }
            Err(e) => {
                self.refuse(&e, notes, feedback);
                Err(e)
            }
        }
    }

    /// Entries to come, after the last one that is safe.
    fn draft(&self) -> Draft {
        Draft {
            chain: self.chain.clone(),
            head: self.head,
            last_ms: self.last_ms,
            now_ms: (self.clock)(),
            frames: Vec::new(),
        }
    }

    /// Returns when what was drafted is safe; on an error the chain stands where it stood.
    fn keep(&mut self, draft: Draft) -> std::io::Result<()> {
        self.journal.append(&draft.frames, self.head)?;
        self.journal.sync()?;
        (self.head, self.last_ms) = (draft.head, draft.last_ms);
        Ok(())
    }

    /// An answer as it is kept: with the hashes of what it was made of and, where capture is on, all of that encrypted. What is
    /// captured is hashed as it is captured: without its tokens.
    fn finish(&self, taken: &Taken) -> Finished {
        let mut decision = taken.decision.clone();
        let captured = self.vault.as_ref().and_then(|_| Captured::of(taken.whole.as_ref()?));
        if let Some(whole) = &taken.whole {
            hashed(&mut decision, whole);
        }
        if let Some(Captured { body, fetched, .. }) = &captured {
            decision.request = hash(body);
            decision.fetched = hash_of_fetched(fetched.as_deref());
        }
        let sealed = self.vault.as_ref().zip(captured).and_then(|(vault, c)| vault.seal(&decision.id, &c));
        if self.vault.is_some() && sealed.is_none() {
            self.account.captures_lost.fetch_add(1, Ordering::Relaxed);
        }
        Finished { decision: Arc::new(decision), sealed }
    }

    /// Tells those who wait that their feedback is safe.
    fn thank(&self, feedback: Vec<Waiting>) {
        for Waiting { records, told } in feedback {
            self.account.feedback.fetch_add(records.len() as u64, Ordering::Relaxed);
            self.rings.commented(records);
            let _ = told.send(Ok(()));
        }
    }

    /// Nothing of it could be kept: those who wait are told, entries about the chain are tried again.
    fn refuse(&self, error: &std::io::Error, notes: Vec<(Kind, Vec<u8>)>, feedback: Vec<Waiting>) {
        self.queue.give_back(notes);
        for Waiting { records, told } in feedback {
            self.account.feedback_refused.fetch_add(records.len() as u64, Ordering::Relaxed);
            let _ = told.send(Err(NotKept::now(error.to_string())));
        }
        self.lose(error, 0);
    }

    fn lose(&self, error: &std::io::Error, decisions: usize) {
        let lost = self.account.lost.fetch_add(decisions as u64, Ordering::Relaxed) + decisions as u64;
        let words = format!(
            "the journal cannot be written ({error}): answers are not recorded ({lost} lost since the start) and feedback is refused"
        );
        self.account.trouble(Part::Journal, &words, None);
    }
}

/// Fills in the hashes of what an answer was made of, and what was remembered for it.
pub fn hashed(decision: &mut Decision, whole: &Whole) {
    decision.request = hash(&whole.body);
    decision.answer = hash(&whole.answer);
    decision.fetched = hash_of_fetched(whole.fetched.as_deref());
    if decision.remembered.is_empty() && whole.remembered.says_anything() {
        decision.remembered = serde_json::to_string(&whole.remembered).unwrap_or_default();
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn hash_of_fetched(fetched: Option<&str>) -> String {
    fetched.filter(|f| !f.is_empty()).map(|f| hash(f.as_bytes())).unwrap_or_default()
}
