//! The last answers and the last feedback, each in a ring of fixed length, and how many there were in all.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Answers that are kept; the oldest goes first.
pub const ANSWERS_MAX: usize = 4_096;

/// Entries of feedback that are kept; the oldest goes first.
pub const FEEDBACK_MAX: usize = 4_096;

/// Cards that are kept of one answer.
pub const CARDS_MAX: usize = 256;

/// Characters that are kept of any text a client sent.
pub const CHARS_MAX: usize = 2_000;

/// What was answered to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerRecord {
    /// The service that answered.
    pub service: &'static str,
    /// `hookInstance` as sent.
    pub instance: String,
    /// Hash of the pack that answered.
    pub pack: String,
    /// As of when, in seconds since 1970.
    pub as_of: i64,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How many gaps it had.
    pub gaps: u32,
    /// The cards shown.
    pub cards: Vec<CardRecord>,
}

/// One finding on a card of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRecord {
    /// The card's uuid.
    pub card: String,
    /// The rule that spoke, by its lasting name.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// The finding's key.
    pub key: String,
}

/// What became of one card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackRecord {
    /// The service it was sent to.
    pub service: &'static str,
    /// The card as the client named it.
    pub card: String,
    /// Accepted, overridden, or not readable.
    pub accepted: Option<bool>,
    /// Suggestions accepted.
    pub suggestions: Vec<String>,
    /// System and code of the reason, where one was given.
    pub reason: Option<(String, String)>,
    /// The clinician's comment; empty when there was none.
    pub comment: String,
    /// When, in seconds since 1970, where it could be read.
    pub at: Option<i64>,
    /// Rules on that card, with their versions, found among the answers kept; empty when the card is not among them.
    pub rules: Vec<(String, u32)>,
}

/// How many there were since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers recorded.
    pub answers: u64,
    /// Answers given and not recorded, since another thread was writing.
    pub answers_missed: u64,
    /// Findings on cards of the answers recorded.
    pub cards: u64,
    /// Entries of feedback.
    pub feedback: u64,
    /// Of these, accepted.
    pub accepted: u64,
    /// Of these, overridden.
    pub overridden: u64,
    /// Of these, about a card that is not among the answers kept.
    pub unmatched: u64,
}

/// The memory of answers and feedback. Bounded: old entries make room for new ones.
#[derive(Debug, Default)]
pub struct Memory {
    rings: Mutex<Rings>,
    missed: AtomicU64,
}

#[derive(Debug, Default)]
struct Rings {
    answers: VecDeque<AnswerRecord>,
    feedback: VecDeque<FeedbackRecord>,
    /// For each card of the answers kept: number of the answer, counted from the first ever.
    cards: HashMap<String, u64>,
    counts: Counts,
}

impl Memory {
    /// An empty memory.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Records an answer. Call it after the response is on its way: it never waits, and when another thread is writing, it
    /// counts the answer as missed instead.
    pub fn record_answer(&self, mut answer: AnswerRecord) {
        let mut rings = match self.rings.try_lock() {
            Ok(rings) => rings,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        answer.cards.truncate(CARDS_MAX);
        clip(&mut answer.instance);
        rings.push_answer(answer);
    }

    /// Records what became of a card, and says whether the card is among the answers kept. May wait a moment: it is not on
    /// the path of a screening.
    pub fn record_feedback(&self, mut feedback: FeedbackRecord) -> bool {
        clip(&mut feedback.card);
        clip(&mut feedback.comment);
        let mut rings = self.lock();
        feedback.rules = rings.rules_of(&feedback.card);
        let known = !feedback.rules.is_empty();
        rings.counts.feedback += 1;
        match feedback.accepted {
            Some(true) => rings.counts.accepted += 1,
            Some(false) => rings.counts.overridden += 1,
            None => {}
        }
        rings.counts.unmatched += u64::from(!known);
        if rings.feedback.len() >= FEEDBACK_MAX {
            rings.feedback.pop_front();
        }
        rings.feedback.push_back(feedback);
        known
    }

    /// The counts since the start.
    pub fn counts(&self) -> Counts {
        Counts { answers_missed: self.missed.load(Ordering::Relaxed), ..self.lock().counts }
    }

    /// The last entries of feedback, newest first.
    pub fn last_feedback(&self, most: usize) -> Vec<FeedbackRecord> {
        self.lock().feedback.iter().rev().take(most).cloned().collect()
    }

    /// The last answers, newest first.
    pub fn last_answers(&self, most: usize) -> Vec<AnswerRecord> {
        self.lock().answers.iter().rev().take(most).cloned().collect()
    }

    /// A thread that died while writing left at worst a ring with one entry more or less: it can be used on.
    fn lock(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rings {
    fn push_answer(&mut self, answer: AnswerRecord) {
        if self.answers.len() >= ANSWERS_MAX {
            let oldest = self.first_number();
            if let Some(gone) = self.answers.pop_front() {
                for card in gone.cards {
                    if self.cards.get(&card.card) == Some(&oldest) {
                        self.cards.remove(&card.card);
                    }
                }
            }
        }
        let number = self.counts.answers;
        self.counts.answers += 1;
        self.counts.cards += answer.cards.len() as u64;
        for card in &answer.cards {
            self.cards.insert(card.card.clone(), number);
        }
        self.answers.push_back(answer);
    }

    /// The number of the oldest answer kept.
    fn first_number(&self) -> u64 {
        self.counts.answers - self.answers.len() as u64
    }

    fn rules_of(&self, card: &str) -> Vec<(String, u32)> {
        let answer = self.cards.get(card).and_then(|number| number.checked_sub(self.first_number()));
        let answer = answer.and_then(|place| self.answers.get(usize::try_from(place).ok()?));
        let cards = answer.map_or(&[][..], |a| &a.cards);
        cards.iter().filter(|c| c.card == card).map(|c| (c.rule.clone(), c.version)).collect()
    }
}

/// Cuts a text to the most that is kept of it.
fn clip(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(CHARS_MAX) {
        text.truncate(at);
    }
}
