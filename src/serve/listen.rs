//! The listener: takes connections up to a limit, shakes hands over TLS, serves HTTP/1.1 and HTTP/2, and leaves in good order.

use crate::serve::certificates::Certificates;
use crate::serve::neighbours::Place;
use crate::serve::peer::Peer;
use crate::serve::pulse::{Pulse, Timed};
use crate::serve::router::router;
use crate::serve::service::Service;
use crate::serve::traffic::{Open, Phase, Traffic};
use crate::settings::tls_files::subject_name;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 128;
/// How long to wait when the system gives no more connections: it has none to give.
const BREATH: Duration = Duration::from_millis(50);

/// How long the first request may take to come on a connection that the system had taken for us when the server closed.
const FIRST_TIME: Duration = Duration::from_millis(250);
/// The largest piece of an answer handed on at once in HTTP/2, in bytes: what is handed on is kept until the client takes it, and
/// only what is not shows that it takes nothing.
const PIECE_BYTES: usize = 16 << 10;

/// Connections that wait in the system to be taken; it may give fewer.
const WAITING_MAX: u32 = 4_096;

/// Binds an address, with room for many clients to come at once.
///
/// # Errors
///
/// What the system says.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

/// What every connection needs.
struct Shared {
    app: Router,
    service: Arc<Service>,
    certificates: Option<Arc<Certificates>>,
}

/// Serves until `service.traffic` is told to leave, and until then what is open has ended.
///
/// # Errors
///
/// How many connections were still open when `drain_time` was over.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    certificates: Option<Arc<Certificates>>,
) -> Result<(), usize> {
    let traffic = Arc::clone(&service.traffic);
    if let Some(certificates) = &certificates {
        let _ = traffic.certificates.set(Arc::clone(certificates));
    }
    let looking = certificates.clone().map(|certificates| tokio::spawn(certificates.keep_looking()));
    let leaving = tokio::spawn(leave(Arc::clone(&traffic), service.settings.server.leave_time));
    let shared = Arc::new(Shared { app: router(Arc::clone(&service)), service, certificates });
    let mut phase = traffic.watch();
    tokio::select! {
        _ = phase.wait_for(|phase| *phase == Phase::Closing) => {}
        () = accept(&listener, &shared) => {}
    }
    // What the system has already taken for us is served too.
    while let Ok(Ok((stream, address))) = tokio::time::timeout(Duration::ZERO, listener.accept()).await {
        take(stream, address, &shared);
    }
    drop(listener);
    let drain_time = shared.service.settings.server.drain_time;
    let ended = tokio::time::timeout(drain_time, all_ended(&traffic)).await;
    looking.inspect(|task| task.abort());
    leaving.abort();
    ended.map_err(|_| traffic.connections.now())
}

/// From leaving to closing, after the time a load balancer needs.
async fn leave(traffic: Arc<Traffic>, leave_time: Duration) {
    if traffic.watch().wait_for(|phase| *phase >= Phase::Leaving).await.is_ok() {
        tokio::time::sleep(leave_time).await;
        traffic.go_on(Phase::Closing);
    }
}

async fn all_ended(traffic: &Traffic) {
    while traffic.connections.now() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Takes connections for ever. When the system gives none it says so once, and once more when it could give some again; what
/// clients have opened meanwhile waits in the system.
async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let traffic = &shared.service.traffic;
    loop {
        let accepted = match traffic.starved.load(Ordering::Relaxed) {
            // Where nobody is waiting, that a connection would be given shows by nothing but the want of an error.
            true => tokio::time::timeout(BREATH, listener.accept()).await.ok(),
            false => Some(listener.accept().await),
        };
        if let Some(Err(e)) = accepted {
            traffic.not_taken.up();
            if !traffic.starved.swap(true, Ordering::Relaxed) {
                let open = traffic.connections.now();
                tracing::error!(error = %e, open, "no connection can be taken; tried again until one can");
            }
            tokio::time::sleep(BREATH).await;
            continue;
        }
        if traffic.starved.swap(false, Ordering::Relaxed) {
            tracing::info!(failed = traffic.not_taken.now(), "connections can be taken again");
        }
        if let Some(Ok((stream, address))) = accepted {
            take(stream, address, shared);
        }
    }
}

/// Takes one connection, or closes it at once when too many are open, in all or from its address.
fn take(stream: TcpStream, address: SocketAddr, shared: &Arc<Shared>) {
    let (traffic, limits) = (&shared.service.traffic, &shared.service.settings.server);
    let Some(place) = Place::take(traffic, limits, address.ip()) else {
        if traffic.turned_away_by_address.up() {
            let (so_far, most) = (traffic.turned_away_by_address.now(), limits.address_connections_max);
            tracing::warn!(so_far, most, from = %address.ip(), "too many connections from one address; closed at once");
        }
        return;
    };
    let most = limits.connections_max;
    let Some(open) = Open::below(traffic, |t| &t.connections, most) else {
        if traffic.turned_away.up() {
            tracing::warn!(so_far = traffic.turned_away.now(), most, "too many connections; closed at once");
        }
        return;
    };
    tokio::spawn(connection(stream, address, Arc::clone(shared), (open, place)));
}

/// One connection from its first byte to its last.
async fn connection(stream: TcpStream, address: SocketAddr, shared: Arc<Shared>, open: (Open, Place)) {
    let _open = open;
    let _ = stream.set_nodelay(true);
    let Some(certificates) = &shared.certificates else {
        let peer = Peer { address, tls: false, certificate: None };
        return http(stream, peer, false, &shared).await;
    };
    let traffic = &shared.service.traffic;
    let handshake = TlsAcceptor::from(certificates.config()).accept(stream);
    let stream = match tokio::time::timeout(shared.service.settings.server.head_time, handshake).await {
        Ok(Ok(stream)) => stream,
        failed => {
            if traffic.handshakes_failed.up() {
                let why = failed.map_or_else(
                    |_| String::from("out of time"),
                    |e| e.err().map_or_else(String::new, |e| e.to_string()),
                );
                tracing::warn!(so_far = traffic.handshakes_failed.now(), why, "a TLS handshake failed");
            }
            return;
        }
    };
    let (_, tls) = stream.get_ref();
    let certificate = tls.peer_certificates().and_then(<[_]>::first).and_then(subject_name);
    let two = tls.alpn_protocol() == Some(b"h2");
    http(stream, Peer { address, tls: true, certificate }, two, &shared).await;
}

/// Requests of one connection, one after another or, in HTTP/2, beside each other.
async fn http<S>(stream: S, peer: Peer, two: bool, shared: &Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let traffic = &shared.service.traffic;
    let pulse = Arc::new(Pulse::new(&shared.service.settings.server, two));
    let stream = TokioIo::new(Timed::new(stream, Arc::clone(&pulse), Arc::clone(traffic)));
    let answer = |request| answered(request, peer.clone(), Arc::clone(&pulse), Arc::clone(shared));
    let http = auto::Builder::new(TokioExecutor::new());
    // Where the handshake chose, nothing is guessed from the first bytes: while it guesses, a connection cannot be told to go, but
    // only cut.
    let mut http = if two { http.http2_only() } else { http };
    http.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_BYTES_MAX);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    let serving = http.serve_connection(stream, service_fn(answer));
    let mut serving = std::pin::pin!(serving);
    let mut phase = traffic.watch();
    let begun_in = traffic.phase();
    if begun_in == Phase::Closing
        && tokio::time::timeout(pulse.last_time().min(FIRST_TIME), serving.as_mut()).await.is_ok()
    {
        return;
    }
    // Whoever comes while the server leaves is served like others, and told to go when it closes.
    let mut told = begun_in.min(Phase::Leaving);
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(e) = ended {
                    tracing::debug!(error = %e, "a connection ended badly");
                }
                return;
            }
            changed = phase.wait_for(|phase| *phase > told), if told < Phase::Closing => {
                told = changed.map_or(Phase::Closing, |phase| *phase);
                // HTTP/2 can say that it takes nothing new. HTTP/1.1 says so with the next answer; a connection that is closed
                // while the client sends would cut a request off.
                if told == Phase::Closing || pulse.is_two() {
                    serving.as_mut().graceful_shutdown();
                }
                if told == Phase::Closing {
                    pulse.close();
                }
            }
        }
    }
}

/// One request: counted from its head to the last byte of its answer.
async fn answered(
    mut request: Request<Incoming>,
    peer: Peer,
    pulse: Arc<Pulse>,
    shared: Arc<Shared>,
) -> Result<Response<Held>, Infallible> {
    let traffic = &shared.service.traffic;
    let beat = Beat::begin(&pulse, Open::one(traffic, |t| &t.requests));
    request.extensions_mut().insert(peer);
    let mut response = shared.app.clone().oneshot(request).await?;
    if traffic.phase() > Phase::Serving && !pulse.is_two() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let number = pulse.is_two().then(|| pulse.answer());
    Ok(response.map(|body| Held { body, rest: Bytes::new(), number, beat }))
}

/// The body of an answer, and the request in work that it ends.
struct Held {
    body: Body,
    /// What is left of a piece that was too large.
    rest: Bytes,
    /// Which answer of its connection, in HTTP/2.
    number: Option<u64>,
    beat: Beat,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(number) = self.number else { return Pin::new(&mut self.body).poll_frame(cx) };
        self.beat.pulse.taken(number);
        if self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let most = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(most)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        body.upper().inspect(|upper| hint.set_upper(upper + rest));
        hint
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.beat.pulse.answered(number);
        }
    }
}

/// One request in work, until it is dropped.
struct Beat {
    pulse: Arc<Pulse>,
    _open: Open,
}

impl Beat {
    fn begin(pulse: &Arc<Pulse>, open: Open) -> Beat {
        pulse.begin();
        Beat { pulse: Arc::clone(pulse), _open: open }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.pulse.end();
    }
}
