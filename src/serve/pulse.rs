//! The pulse of one connection: whether it is idle, sending a head, in work, or slow to take its answer.

use crate::serve::traffic::Traffic;
use crate::settings::server::Server;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
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
    open: AtomicUsize,
    quiet_since: AtomicU64,
    head_since: AtomicU64,
    two: AtomicBool,
}

/// No head is being read.
const NO_HEAD: u64 = u64::MAX;

/// What to do when.
enum Next {
    /// Look again then: a request is in work.
    Look(Instant),
    /// Then the connection was idle too long.
    Idle(Instant),
    /// Then the head took too long.
    Slow(Instant),
}

impl Pulse {
    /// A connection that begins now. `two`: the handshake chose HTTP/2.
    pub fn new(limits: &Server, two: bool) -> Pulse {
        Pulse {
            begun: Instant::now(),
            head_time: limits.head_time,
            idle_time: limits.idle_time,
            write_time: limits.body_time,
            open: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(NO_HEAD),
            two: AtomicBool::new(two),
        }
    }

    /// A request is in work.
    pub fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(NO_HEAD, Ordering::Relaxed);
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

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NO_HEAD - 1)
    }

    /// Bytes came. In HTTP/1 the first after an answer begin a head; in HTTP/2 they may be anything.
    fn heard(&self, bytes: &[u8]) {
        if bytes.starts_with(b"PRI") {
            self.two.store(true, Ordering::Relaxed);
        }
        if !self.is_two() && self.open.load(Ordering::Relaxed) == 0 {
            let _ = self.head_since.compare_exchange(NO_HEAD, self.now(), Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Next {
        let at = |ms: u64, time: Duration| self.begun + Duration::from_millis(ms) + time;
        if self.open.load(Ordering::Relaxed) > 0 {
            return Next::Look(Instant::now() + self.head_time);
        }
        match self.head_since.load(Ordering::Relaxed) {
            NO_HEAD => Next::Idle(at(self.quiet_since.load(Ordering::Relaxed), self.idle_time)),
            since => Next::Slow(at(since, self.head_time)),
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
            let (Next::Look(at) | Next::Idle(at) | Next::Slow(at)) = next;
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
            }
        }
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
        if self.traffic.slow_readers.up() {
            tracing::warn!(so_far = self.traffic.slow_readers.now(), "an answer was not taken in time; hung up");
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
