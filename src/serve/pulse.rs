//! The pulse of one connection: whether it is idle, sending a head, in work, or slow to take its answer.

use crate::serve::traffic::Traffic;
use crate::settings::server::Server;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What is known of one connection. Moments are milliseconds since it began.
#[derive(Debug)]
pub struct Pulse {
    begun: Instant,
    head_time: Duration,
    idle_time: Duration,
    write_time: Duration,
    last_time: Duration,
    open: AtomicUsize,
    quiet_since: AtomicU64,
    head_since: AtomicU64,
    closing_since: AtomicU64,
    begun_to_speak: AtomicBool,
    two: AtomicBool,
    /// Answers of HTTP/2 that are on their way, each with when a piece of it was taken last.
    answers: Mutex<VecDeque<(u64, u64)>>,
    answers_so_far: AtomicU64,
}

/// No head is being read; nobody said that the connection is to end.
const NEVER: u64 = u64::MAX;

/// What to do when.
enum Next {
    /// Look again then: a request is in work.
    Look(Instant),
    /// Then the connection was idle too long.
    Idle(Instant),
    /// Then the head took too long.
    Slow(Instant),
    /// Then nothing of an answer was taken for too long.
    Stuck(Instant),
}

impl Pulse {
    /// A connection that begins now. `two`: the handshake chose HTTP/2.
    pub fn new(limits: &Server, two: bool) -> Pulse {
        Pulse {
            begun: Instant::now(),
            head_time: limits.head_time,
            idle_time: limits.idle_time,
            write_time: limits.body_time,
            last_time: limits.head_time.min(limits.drain_time / 2),
            open: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(NEVER),
            closing_since: AtomicU64::new(NEVER),
            begun_to_speak: AtomicBool::new(false),
            two: AtomicBool::new(two),
            answers: Mutex::default(),
            answers_so_far: AtomicU64::new(0),
        }
    }

    /// A request is in work.
    pub fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(NEVER, Ordering::Relaxed);
    }

    /// It is answered.
    pub fn end(&self) {
        self.quiet_since.store(self.now(), Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether it speaks HTTP/2, which can say that it is leaving without cutting anything off.
    pub fn is_two(&self) -> bool {
        self.two.load(Ordering::Relaxed)
    }

    /// The connection is to end: the client was told, and once nothing is open it has `last_time` to go.
    pub fn close(&self) {
        let _ = self.closing_since.compare_exchange(NEVER, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// How long a connection on which nothing is open may stay once the server has told its client to go.
    pub fn last_time(&self) -> Duration {
        self.last_time
    }

    /// An answer of HTTP/2 is on its way; its number on this connection. There the client says how much of each answer it takes,
    /// and the socket alone does not show that it takes nothing.
    pub fn answer(&self) -> u64 {
        let number = self.answers_so_far.fetch_add(1, Ordering::Relaxed);
        self.lock().push_back((number, self.now()));
        number
    }

    /// A piece of it is taken.
    pub fn taken(&self, number: u64) {
        let now = self.now();
        if let Some(answer) = self.lock().iter_mut().find(|answer| answer.0 == number) {
            answer.1 = now;
        }
    }

    /// All of it is.
    pub fn answered(&self, number: u64) {
        self.lock().retain(|answer| answer.0 != number);
    }

    /// A thread that died while it held the lock left at worst one answer too many: the connection ends sooner.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(u64, u64)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    /// Bytes came. In HTTP/1 the first after an answer begin a head; in HTTP/2, which the very first tell, they may be anything.
    fn heard(&self, bytes: &[u8]) {
        let first = !self.begun_to_speak.swap(true, Ordering::Relaxed);
        if first && bytes.starts_with(b"PRI *") {
            self.two.store(true, Ordering::Relaxed);
        }
        if !self.is_two() && self.open.load(Ordering::Relaxed) == 0 {
            let _ = self.head_since.compare_exchange(NEVER, self.now(), Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Next {
        let at = |ms: u64, time: Duration| self.begun + Duration::from_millis(ms) + time;
        if self.open.load(Ordering::Relaxed) > 0 {
            let look = Instant::now() + self.head_time;
            let slowest = self.lock().iter().map(|answer| answer.1).min();
            return match slowest.map(|since| at(since, self.write_time)) {
                Some(stuck) if stuck < look => Next::Stuck(stuck),
                _ => Next::Look(look),
            };
        }
        let quiet = self.quiet_since.load(Ordering::Relaxed);
        match (self.head_since.load(Ordering::Relaxed), self.closing_since.load(Ordering::Relaxed)) {
            (NEVER, NEVER) => Next::Idle(at(quiet, self.idle_time)),
            (NEVER, closing) => Next::Idle(at(quiet.max(closing), self.last_time)),
            (since, _) => Next::Slow(at(since, self.head_time)),
        }
    }
}

/// A stream that ends when it was idle too long, and breaks when a head or the taking of an answer took too long.
pub struct Timed<S> {
    stream: S,
    pulse: Arc<Pulse>,
    traffic: Arc<Traffic>,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    /// A stream with this pulse.
    pub fn new(stream: S, pulse: Arc<Pulse>, traffic: Arc<Traffic>) -> Timed<S> {
        let reading = Box::pin(tokio::time::sleep(pulse.idle_time));
        Timed { stream, pulse, traffic, reading, writing: None }
    }

    /// Whether its time is over; if not, the task is woken when it may be.
    fn over(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let next = self.pulse.next();
            let (Next::Look(at) | Next::Idle(at) | Next::Slow(at) | Next::Stuck(at)) = next;
            if self.reading.deadline() != at {
                self.reading.as_mut().reset(at);
            }
            ready!(self.reading.as_mut().poll(cx));
            match next {
                Next::Look(_) => {}
                Next::Idle(_) => return Poll::Ready(Ok(())),
                Next::Slow(_) => {
                    if self.traffic.slow_heads.up() {
                        tracing::warn!(so_far = self.traffic.slow_heads.now(), "a head did not come in time; hung up");
                    }
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Next::Stuck(_) => return Poll::Ready(Err(self.not_taken())),
            }
        }
    }

    /// Nothing of an answer was taken for too long.
    fn not_taken(&self) -> io::Error {
        if self.traffic.slow_readers.up() {
            tracing::warn!(so_far = self.traffic.slow_readers.now(), "an answer was not taken in time; hung up");
        }
        io::ErrorKind::TimedOut.into()
    }

    /// Breaks when nothing of an answer was taken for too long.
    fn taken<T>(&mut self, cx: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.writing = None;
            return tried;
        }
        let time = self.pulse.write_time;
        let writing = self.writing.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        ready!(writing.as_mut().poll(cx));
        Poll::Ready(Err(self.not_taken()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending() {
            return self.over(cx);
        }
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        if !bytes.is_empty() {
            self.pulse.heard(bytes);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.taken(cx, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.taken(cx, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_flush(cx);
        self.taken(cx, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.taken(cx, tried)
    }
}
