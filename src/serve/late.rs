//! Answers that went out with gaps because something was late, and the whole answers that followed: kept a while, in memory,
//! for the pharmacy side.

use crate::serve::access::granted;
use crate::serve::cds_schemas::HookResponse;
use crate::serve::peer::Peer;
use crate::serve::refusals::{DeskRefusals, NotKnown};
use crate::serve::reply::{error, json};
use crate::serve::service::Service;
use crate::settings::access::Role;
use crate::settings::fetching::Fetching;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// It is not whole yet.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document")]
struct NotYet {
    /// Always false.
    whole: bool,
}

/// Bytes of whole answers kept together; the oldest goes first.
pub const KEPT_BYTES_MAX: usize = 64 << 20;

/// Answers whose rest came late.
#[derive(Debug)]
pub struct Late {
    calls_max: usize,
    answers_max: usize,
    keep: Duration,
    shelf: Mutex<Shelf>,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Shelf {
    waiting: HashSet<String>,
    whole: VecDeque<Whole>,
    bytes: usize,
}

#[derive(Debug)]
struct Whole {
    id: String,
    since: Instant,
    body: Bytes,
}

/// What is known of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Its rest is being fetched.
    Waiting,
    /// It is whole.
    Whole(Bytes),
    /// Nothing.
    Nothing,
}

/// A place among those whose rest is being fetched; given back when dropped.
#[derive(Debug)]
pub struct Waiting {
    service: Arc<Service>,
    id: String,
}

impl Late {
    /// Within these bounds.
    pub fn new(bounds: &Fetching) -> Late {
        Late {
            calls_max: bounds.late_calls_max,
            answers_max: bounds.late_answers_max,
            keep: bounds.late_answers_time,
            shelf: Mutex::default(),
            dropped: AtomicU64::new(0),
        }
    }

    /// A place for an answer whose rest is to be fetched; `None`, counted, when too many wait already.
    pub fn begin(&self, service: &Arc<Service>, id: &str) -> Option<Waiting> {
        let mut shelf = self.lock();
        if shelf.waiting.len() >= self.calls_max {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("too many answers wait for data that is late; this one stays as it went out");
            return None;
        }
        shelf.waiting.insert(id.to_owned());
        Some(Waiting { service: Arc::clone(service), id: id.to_owned() })
    }

    /// How many answers stayed as they went out because too many waited.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many answers wait for their rest.
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// What is known of an answer.
    pub fn of(&self, id: &str) -> Known {
        let mut shelf = self.lock();
        self.clear(&mut shelf);
        if let Some(whole) = shelf.whole.iter().rev().find(|whole| whole.id == id) {
            return Known::Whole(whole.body.clone());
        }
        if shelf.waiting.contains(id) { Known::Waiting } else { Known::Nothing }
    }

    fn keep(&self, id: &str, body: Bytes) {
        let mut shelf = self.lock();
        shelf.bytes += body.len();
        shelf.whole.push_back(Whole { id: id.to_owned(), since: Instant::now(), body });
        self.clear(&mut shelf);
    }

    /// Lets go of what is too old or too much.
    fn clear(&self, shelf: &mut Shelf) {
        while let Some(oldest) = shelf.whole.front() {
            let much = shelf.whole.len() > self.answers_max || shelf.bytes > KEPT_BYTES_MAX;
            if !much && oldest.since.elapsed() < self.keep {
                return;
            }
            shelf.bytes = shelf.bytes.saturating_sub(oldest.body.len());
            shelf.whole.pop_front();
        }
    }

    /// A thread that died while writing left at worst one answer more or less: the shelf can be used on.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// The answer is whole.
    pub fn whole(self, body: Bytes) {
        self.service.late.keep(&self.id, body);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.service.late.lock().waiting.remove(&self.id);
    }
}

/// The whole answer to a call that was answered with gaps because something was late.
///
/// Kept a while, in the memory of the instance that answered.
#[utoipa::path(
    get, path = "/decisions/{id}/answer", tag = "pharmacy", operation_id = "wholeAnswer",
    params(("id" = String, Path, description = "The id of the answer, as the answer itself names it")),
    responses(
        (status = 200, description = "The whole answer", body = HookResponse),
        (status = 202, description = "It is still being fetched", body = NotYet),
        DeskRefusals, NotKnown,
    ),
    security(("bearer" = []))
)]
pub async fn answer_of(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = granted(&service.settings.access, Role::Pharmacist, &headers, peer.as_deref()) {
        return denied;
    }
    match service.late.of(&id) {
        Known::Whole(body) => json(StatusCode::OK, body.to_vec()),
        Known::Waiting => json(StatusCode::ACCEPTED, br#"{"whole":false}"#.to_vec()),
        Known::Nothing => error(
            StatusCode::NOT_FOUND,
            "no answer of this id is kept here: none of its data was late, or it is too long ago",
        ),
    }
}
