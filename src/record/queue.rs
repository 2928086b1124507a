//! What waits for the writer: answers, which may be turned away when there are too many, and feedback, which goes first.

use crate::clinical::remembered::Remembered;
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::Kind;
use crate::record::recorder::NotKept;
use crate::settings::client::Client;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// What an answer was made of, and the answer: hashed, and with request capture on kept, by the writer's thread.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// The body as sent, without its tokens.
    pub body: Bytes,
    /// The answer's body.
    pub answer: Bytes,
    /// What was fetched for it, as a JSON object; `None`: nothing.
    pub fetched: Option<String>,
    /// The profile it was answered by.
    pub client: Arc<Client>,
    /// What was remembered.
    pub remembered: Remembered,
}

/// An answer that waits.
#[derive(Debug)]
pub struct Taken {
    /// What is kept of it.
    pub decision: Decision,
    /// What it was made of, where that is known.
    pub whole: Option<Whole>,
}

/// Feedback that waits, with those who wait for it.
#[derive(Debug)]
pub struct Waiting {
    /// The entries.
    pub records: Vec<FeedbackRecord>,
    /// Who is told when they are safe.
    pub told: oneshot::Sender<Result<(), NotKept>>,
}

/// What the writer takes at once.
#[derive(Debug, Default)]
pub struct Batch {
    /// Entries about the chain itself.
    pub notes: Vec<(Kind, Vec<u8>)>,
    /// Feedback.
    pub feedback: Vec<Waiting>,
    /// Answers.
    pub decisions: Vec<Arc<Taken>>,
    /// Whether this is the last one.
    pub last: bool,
}

/// The queue.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    work: Condvar,
    decisions_max: usize,
}

#[derive(Debug, Default)]
struct State {
    notes: VecDeque<(Kind, Vec<u8>)>,
    feedback: VecDeque<Waiting>,
    decisions: VecDeque<Arc<Taken>>,
    /// Answers that the writer has in hand: still to be found by whoever asks.
    in_hand: Vec<Arc<Taken>>,
    held: usize,
    stopping: bool,
}

/// Calls of feedback that may wait at once; further ones are refused.
pub const FEEDBACK_WAITING_MAX: usize = 4_096;

/// Bodies and answers that may wait at once, in bytes; of further answers the record is kept and the bodies are not.
pub const HELD_BYTES_MAX: usize = 128 << 20;

/// How long answers may wait for others to be written with. Feedback never waits for company.
const GATHER: Duration = Duration::from_millis(100);

impl Taken {
    fn held(&self) -> usize {
        let whole = self.whole.as_ref();
        whole.map_or(0, |w| w.body.len() + w.answer.len() + w.fetched.as_ref().map_or(0, String::len))
    }
}

impl Queue {
    /// An empty queue for so many answers.
    pub fn new(decisions_max: usize) -> Queue {
        Queue { state: Mutex::default(), work: Condvar::new(), decisions_max }
    }

    /// Whether so many more bytes of bodies may wait.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.lock().held.saturating_add(bytes) <= HELD_BYTES_MAX
    }

    /// Takes an answer; false when there is no place for it. Wakes nobody unless the queue is half full: the writer looks by
    /// itself, so that no answer pays for waking it.
    pub fn push(&self, taken: Taken) -> bool {
        let mut state = self.lock();
        if state.decisions.len() >= self.decisions_max || state.stopping {
            return false;
        }
        state.held += taken.held();
        state.decisions.push_back(Arc::new(taken));
        let many = state.decisions.len() == self.decisions_max / 2;
        drop(state);
        if many {
            self.work.notify_one();
        }
        true
    }

    /// Takes feedback, and wakes the writer.
    ///
    /// # Errors
    ///
    /// Gives it back when too much waits already.
    pub fn push_feedback(&self, waiting: Waiting) -> Result<(), Waiting> {
        let mut state = self.lock();
        if state.feedback.len() >= FEEDBACK_WAITING_MAX || state.stopping {
            return Err(waiting);
        }
        state.feedback.push_back(waiting);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Takes an entry about the chain itself.
    pub fn push_note(&self, kind: Kind, payload: Vec<u8>) {
        self.lock().notes.push_back((kind, payload));
        self.work.notify_one();
    }

    /// The writer's next batch: all feedback there is, and answers up to so many. Waits a moment when there is none.
    pub fn take(&self, most: usize) -> Batch {
        let mut state = self.lock();
        state.in_hand.clear();
        let pressing = |s: &State| {
            !s.notes.is_empty() || !s.feedback.is_empty() || s.stopping || s.decisions.len() >= self.decisions_max / 2
        };
        if !pressing(&state) {
            // Woken or not, early or late: whatever is there is taken.
            state = self.work.wait_timeout(state, GATHER).unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = state.decisions.len().min(most);
        let decisions: Vec<_> = state.decisions.drain(..count).collect();
        state.held = state.held.saturating_sub(decisions.iter().map(|d| d.held()).sum());
        state.in_hand = decisions.clone();
        Batch {
            notes: state.notes.drain(..).collect(),
            feedback: state.feedback.drain(..).collect(),
            decisions,
            last: state.stopping && state.decisions.is_empty(),
        }
    }

    /// Gives entries about the chain back: they could not be written yet.
    pub fn give_back(&self, notes: Vec<(Kind, Vec<u8>)>) {
        let mut state = self.lock();
        for note in notes.into_iter().rev() {
            state.notes.push_front(note);
        }
    }

    /// The answers in hand can be found elsewhere now.
    pub fn passed_on(&self) {
        self.lock().in_hand.clear();
    }

    /// Answers that wait or are in hand, newest first, as far as they are wanted.
    pub fn find(&self, wanted: impl Fn(&Decision) -> bool, most: usize) -> Vec<Decision> {
        let state = self.lock();
        let all = state.decisions.iter().rev().chain(state.in_hand.iter().rev());
        all.map(|t| &t.decision).filter(|d| wanted(d)).take(most).cloned().collect()
    }

    /// How many answers wait.
    pub fn waiting(&self) -> usize {
        self.lock().decisions.len()
    }

    /// Nothing more is taken; the writer ends when it is done.
    pub fn stop(&self) {
        self.lock().stopping = true;
        self.work.notify_all();
    }

    /// Every change leaves the queue whole, so that it can be used on after a panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
