//! Clients of HTTP/2 for tests: a polite one, whose frames from the server are kept, and one that writes its own frames.

use crate::client::{Reply, judge};
use crate::server::GENEROUS;
use axum::body::Bytes;
use axum::http::{Method, Request};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// What a client says first, with empty settings after it.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Of a GOAWAY: the last stream that is answered, and the error.
    pub fn goaway(&self) -> Option<(u32, u32)> {
        let number = |at: usize| u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap());
        (self.kind == GOAWAY).then(|| (number(0) & 0x7fff_ffff, number(4)))
    }
}

/// The first whole frame of some bytes, and how long it is.
fn first(bytes: &[u8]) -> Option<(Frame, usize)> {
    let head = bytes.get(..9)?;
    let end = 9 + u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let stream = u32::from_be_bytes(head[5..9].try_into().unwrap()) & 0x7fff_ffff;
    let payload = bytes.get(9..end)?.to_vec();
    Some((Frame { kind: head[3], flags: head[4], stream, payload }, end))
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Headers as HPACK has them at its plainest: each as it is.
pub fn headers(method: &str, path: &str) -> Vec<u8> {
    let mut block = Vec::new();
    let all = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
    for (name, value) in all.into_iter().chain([("content-type", "application/json")]) {
        for text in [name, value] {
            if std::ptr::eq(text, name) {
                block.push(0);
            }
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

/// A client that writes its own frames.
pub struct Raw {
    pub stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    /// Connects, and says its preface and these settings.
    pub async fn connect(address: SocketAddr, settings: &[u8]) -> Raw {
        let mut raw = Raw { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() };
        raw.write(&[PREFACE, &frame(SETTINGS, 0, 0, settings)].concat()).await;
        raw
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next frame; `None`: the server hung up.
    pub async fn frame(&mut self) -> Option<Frame> {
        let next = async {
            loop {
                if let Some((frame, end)) = first(&self.read) {
                    self.read.drain(..end);
                    return Some(frame);
                }
                let mut chunk = vec![0; 16_384];
                match self.stream.read(&mut chunk).await {
                    Ok(n) if n > 0 => self.read.extend_from_slice(&chunk[..n]),
                    _ => return None,
                }
            }
        };
        tokio::time::timeout(GENEROUS, next).await.expect("the server holds on")
    }

    /// Reads on until a frame is what is looked for, answering pings on the way; all frames up to there. `None`: the server hung up
    /// before.
    pub async fn until(&mut self, wanted: impl Fn(&Frame) -> bool) -> Option<Vec<Frame>> {
        let mut frames = Vec::new();
        loop {
            let next = self.frame().await?;
            if next.kind == PING && next.flags & ACK == 0 {
                self.write(&frame(PING, ACK, 0, &next.payload)).await;
            }
            frames.push(next);
            if frames.last().is_some_and(&wanted) {
                return Some(frames);
            }
        }
    }

    /// All frames until the server hangs up.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }
}

/// A stream that keeps what came from the server.
struct Tapped<S>(S, Arc<Mutex<Vec<u8>>>);

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.0).poll_read(cx, buffer);
        self.1.lock().unwrap().extend_from_slice(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A client that keeps to the rules of HTTP/2.
pub struct Polite {
    send: SendRequest<Bytes>,
    heard: Arc<Mutex<Vec<u8>>>,
    pub ended: JoinHandle<Result<(), h2::Error>>,
}

/// A request of which the body is still to come.
pub struct Asked {
    method: Method,
    path: String,
    response: ResponseFuture,
    pub body: SendStream<Bytes>,
}

impl Polite {
    pub async fn connect(address: SocketAddr) -> Polite {
        Polite::over(TcpStream::connect(address).await.unwrap(), 65_535).await
    }

    /// Over a connection that is open, taking so many bytes of each answer before it says that it takes more.
    pub async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, window: u32) -> Polite {
        let heard = Arc::default();
        let tapped = Tapped(stream, Arc::clone(&heard));
        let made = h2::client::Builder::new().initial_window_size(window).handshake(tapped).await;
        let (send, connection) = made.unwrap();
        Polite { send, heard, ended: tokio::spawn(connection) }
    }

    /// The frames that came so far.
    pub fn frames(&self) -> Vec<Frame> {
        let heard = self.heard.lock().unwrap().clone();
        let (mut frames, mut at) = (Vec::new(), 0);
        while let Some((frame, length)) = first(&heard[at..]) {
            frames.push(frame);
            at += length;
        }
        frames
    }

    /// The last GOAWAY that came.
    pub fn goaway(&self) -> Option<(u32, u32)> {
        self.frames().iter().rev().find_map(Frame::goaway)
    }

    /// Opens a stream; `None`: the connection takes none.
    pub async fn ask(&mut self, method: Method, path: &str) -> Option<Asked> {
        let ready = tokio::time::timeout(GENEROUS, self.send.clone().ready()).await.unwrap();
        self.send = ready.ok()?;
        let request = Request::builder().method(method.clone()).uri(format!("http://localhost{path}"));
        let request = request.header("content-type", "application/json").body(()).unwrap();
        let (response, body) = self.send.send_request(request, method == Method::GET).ok()?;
        Some(Asked { method, path: path.to_owned(), response, body })
    }

    pub async fn get(&mut self, path: &str) -> Option<Reply> {
        self.ask(Method::GET, path).await?.reply().await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Option<Reply> {
        let mut asked = self.ask(Method::POST, path).await?;
        asked.send(body);
        asked.reply().await
    }
}

impl Asked {
    /// Sends the body, whole.
    pub fn send(&mut self, body: &str) {
        self.body.send_data(Bytes::copy_from_slice(body.as_bytes()), true).unwrap();
    }

    /// The answer, judged; `None`: the server hung up, or reset the stream.
    pub async fn reply(self) -> Option<Reply> {
        self.slowly(async || {}).await
    }

    /// The same, waiting before each piece that is taken.
    pub async fn slowly(self, wait: impl AsyncFn()) -> Option<Reply> {
        let Asked { method, path, response, body: _body } = self;
        let response = tokio::time::timeout(GENEROUS, response).await.expect("no answer").ok()?;
        let (head, stream) = response.into_parts();
        let body = tokio::time::timeout(GENEROUS, whole(stream, wait)).await.expect("no end of an answer")?;
        let reply = Reply { status: head.status.as_u16(), headers: head.headers, body };
        judge(method.as_str(), &path, &reply);
        Some(reply)
    }
}

async fn whole(mut stream: RecvStream, wait: impl AsyncFn()) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.ok()?;
        body.extend_from_slice(&chunk);
        wait().await;
        stream.flow_control().release_capacity(chunk.len()).ok()?;
    }
    Some(body)
}
