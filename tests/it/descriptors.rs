//! Too few file descriptors: the server says so, goes on, and takes connections again when there are some.

use crate::serve::order_sign;
use crate::server::{Folder, Spawned, Wire, caveat, head, until};
use std::fs::File;
use std::process::Stdio;
use tokio::net::TcpStream;

const SIGN: &str = "/cds-services/caveat-order-sign";
const OPERATOR: &str = "authorization: Bearer secret\r\n";

fn call() -> String {
    order_sign(&["197805"], &["855332"])
}

/// A server that may open so many files from its start, and its log.
fn limited(folder: &Folder, files: Option<u64>) -> (Spawned, std::path::PathBuf) {
    let log = folder.path().join("log");
    let mut command = caveat();
    if let Some(files) = files {
        let program = std::mem::replace(&mut command, std::process::Command::new("sh"));
        command.args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")]).arg(program.get_program());
        program.get_envs().filter(|(_, value)| value.is_none()).for_each(|(name, _)| {
            command.env_remove(name);
        });
    }
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-token", "secret"]);
    let server = Spawned::of(command.stderr(Stdio::from(File::create(&log).unwrap())));
    (server, log)
}

fn lines(log: &std::path::Path, words: &str) -> usize {
    std::fs::read_to_string(log).unwrap().lines().filter(|line| line.contains(words)).count()
}

/// The lowest number that no open file of a process has: allowed no higher one, it can open nothing.
#[cfg(target_os = "linux")]
fn lowest_free(pid: u32) -> u64 {
    let names = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().map(|e| e.unwrap().file_name());
    let taken: Vec<u64> = names.map(|name| name.to_str().unwrap().parse().unwrap()).collect();
    (0..).find(|n| !taken.contains(n)).unwrap()
}

#[cfg(target_os = "linux")]
fn allow(pid: u32, files: u64) {
    let (_, hard) = limits(pid);
    rlimit::prlimit(pid.try_into().unwrap(), rlimit::Resource::NOFILE, Some((files, hard)), None).unwrap();
}

#[cfg(target_os = "linux")]
fn limits(pid: u32) -> (u64, u64) {
    let (mut soft, mut hard) = (0, 0);
    rlimit::prlimit(pid.try_into().unwrap(), rlimit::Resource::NOFILE, None, Some((&mut soft, &mut hard))).unwrap();
    (soft, hard)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn when_descriptors_are_free_again_that_is_known_before_anybody_comes() {
    let folder = Folder::new("descriptors");
    let (server, log) = limited(&folder, None);
    let mut open = Wire::new(TcpStream::connect(server.address).await.unwrap());
    assert_eq!(open.get("/livez").await.status, 200);
    let soft = limits(server.pid()).0;
    allow(server.pid(), lowest_free(server.pid()) + 1);
    let mut last = Wire::new(TcpStream::connect(server.address).await.unwrap());
    assert_eq!(last.get("/livez").await.status, 200, "there was one left");
    until("it is said", || lines(&log, "no connection can be taken") == 1).await;
    allow(server.pid(), soft);
    until("it is got over", || lines(&log, "connections can be taken again") == 1).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_descriptor_left_the_server_says_so_once_goes_on_and_recovers() {
    const NONE_TAKEN: &str = "no connection can be taken";
    let folder = Folder::new("descriptors");
    let (server, log) = limited(&folder, None);
    let mut open = Wire::new(TcpStream::connect(server.address).await.unwrap());
    assert_eq!(open.post(SIGN, &call()).await.status, 200);
    let soft = limits(server.pid()).0;
    for round in 1..=2 {
        // Nothing of the round before is about to be closed.
        while open.get_with("/status", OPERATOR).await.json()["traffic"]["connections"] != 1 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        allow(server.pid(), lowest_free(server.pid()));
        // The system shakes hands for it; the server cannot take the connection.
        let mut waiting = TcpStream::connect(server.address).await.unwrap();
        let bytes = format!("{}{}", head(SIGN, call().len()), call());
        tokio::io::AsyncWriteExt::write_all(&mut waiting, bytes.as_bytes()).await.unwrap();
        until("it was tried again and again", || lines(&log, NONE_TAKEN) == round).await;
        let status = open.get_with("/status", OPERATOR).await.json();
        assert_eq!(status["traffic"]["starved"], true, "{status}");
        let before = status["traffic"]["notTaken"].as_u64().unwrap();
        loop {
            let now = open.get_with("/status", OPERATOR).await.json()["traffic"]["notTaken"].as_u64().unwrap();
            if now >= before + 3 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(open.post(SIGN, &call()).await.status, 200, "who is connected is answered");
        assert_eq!(lines(&log, NONE_TAKEN), round, "said once");
        allow(server.pid(), soft);
        let reply = Wire::new(waiting).judged("POST", SIGN).await;
        assert_eq!(reply.status, 200, "who waited is answered");
        let status = open.get_with("/status", OPERATOR).await.json();
        assert_eq!(status["traffic"]["starved"], false, "{status}");
        assert_eq!(lines(&log, "connections can be taken again"), round);
    }
    server.signal("TERM");
    assert_eq!(server.end().await, Some(0));
}

#[tokio::test]
async fn with_few_descriptors_fewer_connections_are_taken_and_the_rest_is_closed_at_once() {
    let folder = Folder::new("descriptors");
    let (server, log) = limited(&folder, Some(100));
    until("it is said", || lines(&log, "fewer connections are taken") == 1).await;
    let mut open = Wire::new(TcpStream::connect(server.address).await.unwrap());
    assert_eq!(open.post(SIGN, &call()).await.status, 200);
    let mut more = Vec::new();
    for _ in 0..100 {
        more.push(Wire::new(TcpStream::connect(server.address).await.unwrap()));
    }
    more.last_mut().unwrap().hung_up().await;
    let status = open.get_with("/status", OPERATOR).await.json();
    assert_eq!((&status["traffic"]["connections"], &status["traffic"]["turnedAway"]), (&50.into(), &51.into()));
    assert_eq!(status["traffic"]["notTaken"], 0, "descriptors are left for the rest of the server: {status}");
    drop(more);
    let again = async {
        loop {
            let mut wire = Wire::new(TcpStream::connect(server.address).await.unwrap());
            let bytes = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut wire.stream, bytes.as_bytes()).await;
            if wire.reply().await.is_some_and(|reply| reply.status == 200) {
                return;
            }
        }
    };
    tokio::time::timeout(crate::server::GENEROUS, again).await.expect("no place is free again");
}
