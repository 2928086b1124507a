//! What waits for the writer: answers, which may be turned away when there are too many, and feedback, which goes first.

use crate::clinical::remembered::Remembered;
use crate::record::decision::{Decision, FeedbackRecord};
use crate::record::entry::Kind;
use crate::record::recorder::NotKept;
use crate::record::weight::Weighed;
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
    /// What was asked about a Bundle of the pharmacy side, as JSON; empty for a hook.
    pub asked: String,
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
    /// Each with its weight.
    decisions: VecDeque<(usize, Arc<Taken>)>,
    /// Answers that the writer has in hand: still to be found by whoever asks.
    in_hand: Vec<Arc<Taken>>,
    answers_held: Held,
    feedback_held: Held,
    stopping: bool,
}

/// Bytes that wait, and bytes that the writer has in hand: those take memory until it comes for more, however long its disk hangs.
#[derive(Debug, Default)]
struct Held {
    waiting: usize,
    in_hand: usize,
}

impl Held {
    fn has_room(&self, bytes: usize, most: usize) -> bool {
        self.waiting.saturating_add(self.in_hand).saturating_add(bytes) <= most
    }

    /// The writer has come for more, and takes so many of the bytes that wait.
    fn hand_over(&mut self, bytes: usize) {
        self.waiting = self.waiting.saturating_sub(bytes);
        self.in_hand = bytes;
    }
}

/// Calls of feedback that may wait at once; further ones are refused.
pub const FEEDBACK_WAITING_MAX: usize = 4_096;

/// About how many bytes of answers may wait at once, with what they were made of. Of an answer that does not fit the record alone is
/// kept; should not even that fit, it is lost.
pub const HELD_BYTES_MAX: usize = 128 << 20;

/// About how many bytes of feedback may wait at once; further feedback is refused. Answers take nothing of it.
pub const FEEDBACK_BYTES_MAX: usize = 32 << 20;

/// How long answers may wait for others to be written with. Feedback never waits for company.
const GATHER: Duration = Duration::from_millis(100);

impl Weighed for Taken {
    fn bytes(&self) -> usize {
        self.decision.bytes() + self.whole.as_ref().map_or(0, Weighed::bytes)
    }
}

impl Weighed for Whole {
    fn bytes(&self) -> usize {
        let texts =
            self.body.len() + self.answer.len() + self.asked.len() + self.fetched.as_ref().map_or(0, String::len);
        texts + self.remembered.bytes()
    }
}

impl Weighed for Waiting {
    fn bytes(&self) -> usize {
        self.records.iter().map(Weighed::bytes).sum()
    }
}

impl Queue {
    /// An empty queue for so many answers.
    pub fn new(decisions_max: usize) -> Queue {
        Queue { state: Mutex::default(), work: Condvar::new(), decisions_max }
    }

    /// Whether so many more bytes of answers may wait.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.lock().answers_held.has_room(bytes, HELD_BYTES_MAX)
    }

    /// Takes an answer; false when there is no place for it, by number or by bytes. Wakes nobody unless the queue is half full: the writer looks by
    /// itself, so that no answer pays for waking it.
    pub fn push(&self, taken: Taken) -> bool {
        let waits = (taken.bytes(), Arc::new(taken));
        let mut state = self.lock();
        let full = state.decisions.len() >= self.decisions_max || !state.answers_held.has_room(waits.0, HELD_BYTES_MAX);
        if full || state.stopping {
            return false;
        }
        state.answers_held.waiting += waits.0;
        state.decisions.push_back(waits);
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
        let bytes = waiting.bytes();
        let mut state = self.lock();
        let full =
            state.feedback.len() >= FEEDBACK_WAITING_MAX || !state.feedback_held.has_room(bytes, FEEDBACK_BYTES_MAX);
        if full || state.stopping {
            return Err(waiting);
        }
        state.feedback_held.waiting += bytes;
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
        (state.answers_held.in_hand, state.feedback_held.in_hand) = (0, 0);
        let pressing = |s: &State| {
            !s.notes.is_empty() || !s.feedback.is_empty() || s.stopping || s.decisions.len() >= self.decisions_max / 2
        };
        if !pressing(&state) {
            // Woken or not, early or late: whatever is there is taken.
            state = self.work.wait_timeout(state, GATHER).unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = state.decisions.len().min(most);
        let (bytes, decisions): (Vec<_>, Vec<_>) = state.decisions.drain(..count).unzip();
        state.answers_held.hand_over(bytes.iter().sum());
        let bytes = state.feedback_held.waiting;
        state.feedback_held.hand_over(bytes);
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

    /// Answers that wait or are in hand, newest first. They are shared, not copied: no answer waits long for whoever looks.
    pub fn answers(&self) -> Vec<Arc<Taken>> {
        let state = self.lock();
        state.decisions.iter().rev().map(|(_, taken)| taken).chain(state.in_hand.iter().rev()).map(Arc::clone).collect()
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
