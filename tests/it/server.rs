//! What tests of the listener need: folders of their own, a server in this process, the built binary as a child, and a client
//! that writes its own bytes. Every response it reads passes the judge.

use crate::client::{BUILT_IN, Reply, judge};
use crate::serve::late_2026;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use caveat::clinical::time::Moment;
use caveat::live::lineup::Lineup;
use caveat::serve::certificates::Certificates;
use caveat::serve::listen;
use caveat::serve::service::Service;
use caveat::serve::traffic::Phase;
use caveat::settings::whole::Settings;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Long enough for any machine; nothing is measured by it.
pub const GENEROUS: Duration = Duration::from_secs(180);

/// A folder that is gone when the test is.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("caveat-{name}-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server over the built-in pack, in this process, on a port of its own.
pub struct Server {
    pub address: SocketAddr,
    pub service: Arc<Service>,
    pub certificates: Option<Arc<Certificates>>,
    pub ended: JoinHandle<Result<(), usize>>,
}

impl Server {
    pub async fn start(settings: Settings) -> Server {
        let lineup = Arc::new(Lineup::new());
        lineup.activate(BUILT_IN, "built-in", Moment(0)).unwrap();
        let certificates = settings.server.tls.as_ref().map(|tls| Arc::new(Certificates::load(tls).unwrap()));
        let mut service = Service::for_trying(lineup, settings);
        service.clock = late_2026;
        let service = Arc::new(service);
        let listener = listen::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let ended = tokio::spawn(listen::serve(listener, Arc::clone(&service), certificates.clone()));
        Server { address, service, certificates, ended }
    }

    pub async fn connect(&self) -> Wire<TcpStream> {
        Wire::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// Lets it stop, and waits until it has.
    pub async fn stop(self) -> Result<(), usize> {
        self.service.traffic.go_on(Phase::Closing);
        tokio::time::timeout(GENEROUS, self.ended).await.unwrap().unwrap()
    }
}

/// One connection of a client that writes its own bytes.
pub struct Wire<S> {
    pub stream: S,
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn new(stream: S) -> Wire<S> {
        Wire { stream, read: Vec::new() }
    }

    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.get_with(path, "").await
    }

    /// With further header lines, each ending with `\r\n`.
    pub async fn get_with(&mut self, path: &str, headers: &str) -> Reply {
        self.write(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")).await;
        self.judged("GET", path).await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Reply {
        self.write(head(path, body.len())).await;
        self.write(body).await;
        self.judged("POST", path).await
    }

    /// The next response, judged.
    pub async fn judged(&mut self, method: &str, path: &str) -> Reply {
        let reply = self.reply().await.expect("the server hung up");
        judge(method, path, &reply);
        reply
    }

    /// The next response; `None`: the server hung up before all of it came.
    pub async fn reply(&mut self) -> Option<Reply> {
        tokio::time::timeout(GENEROUS, self.whole_reply()).await.expect("no answer within three minutes")
    }

    async fn whole_reply(&mut self) -> Option<Reply> {
        let mut chunk = vec![0; 16_384];
        loop {
            if let Some(end) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                let (status, headers) = parse(&self.read[..end]);
                let length = headers.get("content-length").map_or(0, |l| l.to_str().unwrap().parse().unwrap());
                if self.read.len() >= end + 4 + length {
                    let body = self.read[end + 4..end + 4 + length].to_vec();
                    self.read.drain(..end + 4 + length);
                    return Some(Reply { status, headers, body });
                }
            }
            match self.stream.read(&mut chunk).await {
                Ok(n) if n > 0 => self.read.extend_from_slice(&chunk[..n]),
                _ => return None,
            }
        }
    }

    /// Waits until the server hangs up.
    pub async fn hung_up(&mut self) {
        let gone = async { while self.whole_reply().await.is_some() {} };
        tokio::time::timeout(GENEROUS, gone).await.expect("the server holds on");
    }
}

/// The head of a POST of JSON.
pub fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

fn parse(head: &[u8]) -> (u16, HeaderMap) {
    let text = String::from_utf8(head.to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.parse::<HeaderName>().unwrap(), value.trim().parse::<HeaderValue>().unwrap())
    };
    (status, lines.map(pair).collect())
}

/// Waits until something holds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(GENEROUS, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The built binary as a server on a port of its own.
pub struct Spawned {
    pub address: SocketAddr,
    child: Child,
}

impl Spawned {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Spawned {
        let mut command = caveat();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments).envs(environment.iter().copied());
        Spawned::of(command.stderr(Stdio::null()))
    }

    /// Its number among the processes.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A command that runs the server, with its log where the command says.
    pub fn of(command: &mut Command) -> Spawned {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let first = BufReader::new(child.stdout.as_mut().unwrap()).lines().next().unwrap().unwrap();
        let address = first.rsplit("://").next().unwrap().parse().unwrap();
        Spawned { address, child }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; its exit code.
    pub async fn end(mut self) -> Option<i32> {
        let mut child = std::mem::replace(&mut self.child, Command::new("true").spawn().unwrap());
        let ended = tokio::task::spawn_blocking(move || child.wait().unwrap().code());
        tokio::time::timeout(GENEROUS, ended).await.expect("it does not end").unwrap()
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built binary, without the settings of whoever runs the tests.
pub fn caveat() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CAVEAT_") {
            command.env_remove(name);
        }
    }
    command
}
