//! The listener on real sockets: slow, idle and too many clients, shedding, bombs, and leaving in good order.

use crate::serve::order_sign;
use crate::server::{GENEROUS, Server, Spawned, Wire, head, until};
use caveat::serve::rate::Rates;
use caveat::serve::shed::within_rate;
use caveat::serve::traffic::Phase;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::client::Client;
use caveat::settings::whole::Settings;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const SIGN: &str = "/cds-services/caveat-order-sign";
const SHORT: Duration = Duration::from_millis(200);

fn call() -> String {
    order_sign(&["197805"], &["855332"])
}

fn settings(change: impl FnOnce(&mut caveat::settings::server::Server)) -> Settings {
    let mut settings = Settings::default();
    settings.server.leave_time = Duration::ZERO;
    change(&mut settings.server);
    settings
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_is_hung_up_on_and_an_idle_connection_is_not() {
    let server = Server::start(settings(|s| s.head_time = SHORT)).await;
    let mut idle = server.connect().await;
    let mut slow = server.connect().await;
    let drops = async {
        for byte in format!("POST {SIGN} HTTP/1.1\r\nhost: {}", "x".repeat(100_000)).bytes() {
            use tokio::io::AsyncWriteExt;
            if slow.stream.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(GENEROUS, drops).await.expect("the server reads on for ever");
    assert_eq!(server.service.traffic.slow_heads.now(), 1);
    assert_eq!(idle.get("/livez").await.status, 200);
    assert_eq!(idle.post(SIGN, &call()).await.status, 200, "a connection is used on");
}

#[tokio::test]
async fn a_head_that_stops_half_way_is_hung_up_on() {
    let server = Server::start(settings(|s| s.head_time = SHORT)).await;
    let mut used = server.connect().await;
    assert_eq!(used.get("/livez").await.status, 200);
    used.write("POST /cds-services").await;
    used.hung_up().await;
    assert_eq!(server.service.traffic.slow_heads.now(), 1);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_408() {
    let server = Server::start(settings(|s| s.body_time = SHORT)).await;
    let mut slow = server.connect().await;
    slow.write(head(SIGN, 1_000)).await;
    slow.write("{").await;
    let reply = slow.judged("POST", SIGN).await;
    assert_eq!(reply.status, 408);
    assert!(String::from_utf8_lossy(&reply.body).contains("nothing was checked"));
    slow.hung_up().await;
    assert_eq!(server.connect().await.post(SIGN, &call()).await.status, 200);
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_the_end_and_one_in_work_is_not() {
    let server = Server::start(settings(|s| s.idle_time = SHORT)).await;
    let mut working = server.connect().await;
    working.write(head(SIGN, call().len())).await;
    let mut fresh = server.connect().await;
    let mut used = server.connect().await;
    assert_eq!(used.get("/livez").await.status, 200);
    fresh.hung_up().await;
    used.hung_up().await;
    working.write(call()).await;
    assert_eq!(working.judged("POST", SIGN).await.status, 200);
    assert_eq!(server.service.traffic.slow_heads.now(), 0);
}

#[tokio::test]
async fn a_connection_over_the_limit_is_closed_at_once_and_counted() {
    let server = Server::start(settings(|s| s.connections_max = 2)).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    assert_eq!(first.get("/livez").await.status, 200);
    assert_eq!(second.get("/livez").await.status, 200);
    server.connect().await.hung_up().await;
    assert_eq!(server.service.traffic.turned_away.now(), 1);
    assert_eq!(first.post(SIGN, &call()).await.status, 200, "those that are open go on");
    drop(second);
    until("a place is free again", || server.service.traffic.connections.now() == 1).await;
    assert_eq!(server.connect().await.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_pack_that_does_not_come_is_answered_408_and_the_one_in_service_stays() {
    let editor = Grant {
        name: "editor".to_owned(),
        roles: vec![Role::Editor],
        token: Some(*blake3::hash(b"the-editor").as_bytes()),
        certificate: None,
    };
    let access = Access { grants: vec![editor] };
    let server = Server::start(Settings { access, ..settings(|s| s.body_time = SHORT) }).await;
    let mut slow = server.connect().await;
    let lines = "host: x\r\nauthorization: Bearer the-editor\r\ncontent-length: 1000";
    slow.write(format!("POST /admin/pack HTTP/1.1\r\n{lines}\r\n\r\nhalf a pack")).await;
    assert_eq!(slow.judged("POST", "/admin/pack").await.status, 408);
    assert_eq!(server.connect().await.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn two_lengths_of_one_body_are_refused() {
    let server = Server::start(settings(|_| {})).await;
    let post =
        |lines: &str| format!("POST {SIGN} HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n");
    for lines in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 6",
        "content-length: -5",
        "transfer-encoding: chunked, gzip",
    ] {
        let mut wire = server.connect().await;
        wire.write(post(lines)).await;
        assert_eq!(wire.reply().await.map(|reply| reply.status), Some(400), "{lines}");
        wire.hung_up().await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_hung_up_on() {
    let server = Server::start(settings(|s| s.body_time = SHORT)).await;
    let mut greedy = server.connect().await;
    let ask = "GET /cds-services HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
    let asking = async {
        use tokio::io::AsyncWriteExt;
        while greedy.stream.write_all(ask.as_bytes()).await.is_ok() {}
    };
    tokio::time::timeout(GENEROUS, asking).await.expect("the server waits for ever");
    assert_eq!(server.service.traffic.slow_readers.now(), 1);
    assert_eq!(server.connect().await.get("/livez").await.status, 200);
}

#[tokio::test]
async fn too_much_in_work_is_answered_503_at_once_while_health_answers() {
    let server = Server::start(settings(|s| s.in_work_max = 1)).await;
    let mut slow = server.connect().await;
    slow.write(head(SIGN, call().len())).await;
    until("the slow call is in work", || server.service.traffic.in_work.now() == 1).await;
    let mut other = server.connect().await;
    for path in [SIGN, "/cds-services/caveat-order-sign/feedback"] {
        let reply = other.post(path, &call()).await;
        assert_eq!(reply.status, 503, "{path}");
        assert_eq!(reply.headers["retry-after"], "1");
        assert!(String::from_utf8_lossy(&reply.body).contains("check by hand"));
    }
    for path in ["/livez", "/readyz", "/status", "/cds-services"] {
        assert_eq!(other.get(path).await.status, 200, "{path}");
    }
    assert_eq!(other.get("/status").await.json()["traffic"]["shed"], 2);
    slow.write(call()).await;
    let reply = slow.judged("POST", SIGN).await;
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")), "{:?}", reply.findings());
    assert_eq!(other.post(SIGN, &call()).await.status, 200);
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_answered_429_and_another_is_not() {
    let held = Client { name: "held".to_owned(), per_second_max: Some(2), ..Client::default() };
    let free = Client { name: "free".to_owned(), ..Client::default() };
    let server = Server::start(Settings { clients: vec![Arc::new(held), Arc::new(free)], ..Settings::default() }).await;
    let refused = loop {
        if let Err(refused) = within_rate(&server.service, "held") {
            break refused;
        }
    };
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    crate::judge::judge_outcome(429, &body);
    for _ in 0..100 {
        assert!(within_rate(&server.service, "free").is_ok());
    }
    assert_eq!(server.service.traffic.throttled.now(), 1);
}

#[test]
fn a_rate_lets_through_as_many_as_it_says_and_as_many_at_once_after_a_pause() {
    let client = Client { name: "c".to_owned(), per_second_max: Some(10), ..Client::default() };
    let rates = Rates::new([&client]);
    let begun = Instant::now() + Duration::from_secs(10);
    let taken = |ms: u64| rates.take("c", begun + Duration::from_millis(ms)).is_ok();
    assert_eq!((0..100).filter(|_| taken(0)).count(), 10, "a second's worth at once");
    assert_eq!((0..100).filter(|n| taken(n * 10)).count(), 9, "then ten a second");
    assert_eq!(rates.take("c", begun + Duration::from_millis(990)), Err(Duration::from_millis(10)));
    assert!(taken(1_000));
    assert_eq!((0..100).filter(|_| taken(5_000)).count(), 10, "a pause gives no more than a second's worth");
}

#[tokio::test]
async fn http_2_is_spoken_without_tls_too() {
    let server = Server::start(settings(|_| {})).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    for _ in 0..3 {
        let reply = client.get(format!("http://{}/livez", server.address)).send().await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.version()), (200, reqwest::Version::HTTP_2));
    }
    drop(client);
    assert_eq!(server.stop().await, Ok(()));
}

#[tokio::test]
async fn a_huge_head_is_refused_and_the_server_goes_on() {
    let server = Server::start(settings(|_| {})).await;
    let lines = "x-filler: filled\r\n".repeat(1_000);
    for filler in [format!("x-long: {}\r\n", "x".repeat(1 << 20)), lines] {
        let mut wire = server.connect().await;
        let bytes = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{filler}\r\n");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut wire.stream, bytes.as_bytes()).await;
        let status = wire.reply().await.map(|reply| reply.status);
        assert!(matches!(status, None | Some(400 | 431)), "{status:?}");
    }
    assert_eq!(server.connect().await.get("/livez").await.status, 200);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = Server::start(settings(|s| s.head_time = SHORT)).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\r\n\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff",
    ] {
        let mut wire = server.connect().await;
        wire.write(bytes).await;
        wire.hung_up().await;
    }
    assert_eq!(server.connect().await.get("/livez").await.status, 200);
}

/// Bodies made to break a reader: name, body, and the statuses that are right.
fn bombs() -> Vec<(&'static str, String, &'static [u16])> {
    let with =
        |key: &str, value: String| call().replacen("\"prefetch\":{", &format!("\"prefetch\":{{\"{key}\":{value},"), 1);
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let entry = r#"{"resource":{"resourceType":"AllergyIntolerance"}},"#;
    let many = format!(r#"{{"resourceType":"Bundle","entry":[{}1]}}"#, entry.repeat(150_000));
    let million = format!(r#"{{"resourceType":"Bundle","entry":[{}1]}}"#, "{},".repeat(1_000_000));
    let keys: String = (0..300_000).map(|n| format!("\"k{n}\":1,")).collect();
    let long = call().replacen("\"p1\"", &format!("\"{}\"", "p".repeat(7 << 20)), 1);
    vec![
        ("arrays_100_000_deep", with("a", deep("[", "]", 100_000)), &[200, 400]),
        ("objects_100_000_deep", with("a", deep("{\"a\":", "}", 100_000)), &[200, 400]),
        (
            "a_resource_100_000_deep",
            with("a", format!("{{\"resourceType\":\"Patient\",\"x\":{}}}", deep("[", "]", 100_000))),
            &[200, 400],
        ),
        ("brackets_never_closed", "[".repeat(8 << 20), &[400]),
        ("a_million_entries", with("a", million), &[200]),
        ("entries_of_an_allergy_150_000_times", with("a", many), &[200]),
        ("a_key_twice", call().replacen('{', "{\"hook\":\"order-sign\",", 1), &[200, 400]),
        ("a_key_300_000_times", with("a", format!("{{{}\"z\":1}}", "\"k\":1,".repeat(300_000))), &[200, 400]),
        ("300_000_keys", with("a", format!("{{{keys}\"z\":1}}")), &[200]),
        ("an_id_of_7_MiB", long, &[200, 400]),
        ("a_number_of_a_million_digits", with("a", "9".repeat(1_000_000)), &[200, 400]),
        ("8_MiB_and_one_byte", format!("{}{}", call(), " ".repeat((8 << 20) + 1 - call().len())), &[413]),
        ("8_MiB", format!("{}{}", call(), " ".repeat((8 << 20) - call().len())), &[200]),
    ]
}

#[tokio::test]
async fn a_bomb_is_refused_or_answered_with_its_gaps_and_never_breaks_the_server() {
    let server = Server::start(settings(|_| {})).await;
    for (name, body, statuses) in bombs() {
        let mut wire = server.connect().await;
        let bytes = format!("{}{body}", head(SIGN, body.len()));
        let _ = tokio::io::AsyncWriteExt::write_all(&mut wire.stream, bytes.as_bytes()).await;
        let reply = wire.judged("POST", SIGN).await;
        assert!(statuses.contains(&reply.status), "{name}: {}", reply.status);
        if reply.status == 200 {
            let found = reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid"));
            assert!(found || !reply.gaps().is_empty(), "{name}: neither finding nor gap");
            assert!(found || name == "an_id_of_7_MiB", "{name} hides a finding: {:?}", reply.gaps());
        }
    }
    assert_eq!(server.connect().await.post(SIGN, &call()).await.status, 200);
}

#[tokio::test]
async fn an_operator_drains_and_nobody_else_does() {
    let grant = |name: &str, role: Role| Grant {
        name: name.to_owned(),
        roles: vec![role],
        token: Some(*blake3::hash(name.as_bytes()).as_bytes()),
        certificate: None,
    };
    let grants = vec![grant("the-operator", Role::Operator), grant("the-editor", Role::Editor)];
    let server = Server::start(Settings { access: Access { grants }, ..settings(|_| {}) }).await;
    for sent in ["", "authorization: Bearer the-editor\r\n", "authorization: Bearer \r\n"] {
        let mut wire = server.connect().await;
        wire.write(format!("POST /admin/drain HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n{sent}\r\n")).await;
        assert_eq!(wire.judged("POST", "/admin/drain").await.status, 401);
    }
    assert_eq!(server.service.traffic.phase(), Phase::Serving);
    let mut wire = server.connect().await;
    wire.write(
        "POST /admin/drain HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nauthorization: Bearer the-operator\r\n\r\n",
    )
    .await;
    let reply = wire.judged("POST", "/admin/drain").await;
    assert_eq!((reply.status, &reply.headers["connection"]), (200, &"close".parse().unwrap()));
    let ended = tokio::time::timeout(GENEROUS, server.ended).await.unwrap().unwrap();
    assert_eq!(ended, Ok(()));
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server_from_ending() {
    let server = Server::start(settings(|s| s.drain_time = SHORT)).await;
    let mut slow = server.connect().await;
    slow.write(head(SIGN, 1_000)).await;
    until("it is in work", || server.service.traffic.in_work.now() == 1).await;
    assert_eq!(server.stop().await, Err(1), "and it says that something was open");
}

/// What clients of a server under load saw.
#[derive(Default)]
struct Seen {
    answered: AtomicUsize,
    cut_off: AtomicUsize,
    leaving: AtomicBool,
}

/// Asks again and again; like any client behind a load balancer it opens no new connection once the server is not ready.
async fn ask_on(address: std::net::SocketAddr, seen: Arc<Seen>) {
    while !seen.leaving.load(Ordering::SeqCst) {
        let Ok(stream) = TcpStream::connect(address).await else { continue };
        let mut wire = Wire::new(stream);
        loop {
            let bytes = format!("{}{}", head(SIGN, call().len()), call());
            let sent = tokio::io::AsyncWriteExt::write_all(&mut wire.stream, bytes.as_bytes()).await;
            let reply = if sent.is_ok() { wire.reply().await } else { None };
            match reply {
                Some(reply) => {
                    assert_eq!(reply.status, 200);
                    seen.answered.fetch_add(1, Ordering::SeqCst);
                    if reply.headers.get("connection").is_some_and(|c| c == "close") {
                        break;
                    }
                }
                None => {
                    seen.cut_off.fetch_add(1, Ordering::SeqCst);
                    break;
                }
            }
        }
    }
}

/// Looks at readiness as a load balancer does, on connections of its own.
async fn look_on(address: std::net::SocketAddr, seen: Arc<Seen>) {
    while !seen.leaving.load(Ordering::SeqCst) {
        let status = match TcpStream::connect(address).await {
            Ok(stream) => Wire::new(stream).get("/readyz").await.status,
            Err(_) => 0,
        };
        seen.leaving.store(status != 200, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_cuts_no_request_off_and_ends_with_0() {
    let server = Spawned::start(&[], &[("CAVEAT_SERVER__LEAVE_TIME", "5s")]);
    let seen = Arc::new(Seen::default());
    let mut tasks: Vec<_> = (0..16).map(|_| tokio::spawn(ask_on(server.address, Arc::clone(&seen)))).collect();
    tasks.push(tokio::spawn(look_on(server.address, Arc::clone(&seen))));
    let mut half = Wire::new(TcpStream::connect(server.address).await.unwrap());
    half.write(head(SIGN, call().len())).await;
    until("there is load", || seen.answered.load(Ordering::SeqCst) > 500).await;
    server.signal("TERM");
    until("readiness says no", || seen.leaving.load(Ordering::SeqCst)).await;
    half.write(call()).await;
    assert_eq!(half.judged("POST", SIGN).await.status, 200, "what was open is answered");
    for task in tasks {
        tokio::time::timeout(GENEROUS, task).await.unwrap().unwrap();
    }
    assert_eq!(seen.cut_off.load(Ordering::SeqCst), 0, "of {} answered", seen.answered.load(Ordering::SeqCst));
    assert_eq!(server.end().await, Some(0));
}

#[tokio::test]
async fn ten_thousand_idle_connections_do_not_keep_a_call_from_being_answered() {
    const IDLE: usize = 10_000;
    let files = rlimit::increase_nofile_limit(IDLE as u64 + 1_000).unwrap_or(0);
    if files < IDLE as u64 + 500 {
        eprintln!("SKIPPED: only {files} files may be open here, so ten thousand connections cannot be tried");
        return;
    }
    let many = [
        ("CAVEAT_SERVER__CONNECTIONS_MAX", "11000"),
        ("CAVEAT_SERVER__PROXIES", "127.0.0.1"),
        ("CAVEAT_SERVER__IDLE_TIME", "1h"),
    ];
    let server = Spawned::start(&["--admin-token", "secret"], &many);
    let address = server.address;
    let some = |_| {
        tokio::spawn(async move {
            let mut some = Vec::new();
            for _ in 0..IDLE / 50 {
                some.push(TcpStream::connect(address).await.unwrap());
            }
            some
        })
    };
    let tasks: Vec<_> = (0..50).map(some).collect();
    let mut idle = Vec::new();
    for task in tasks {
        idle.extend(task.await.unwrap());
    }
    let mut wire = Wire::new(TcpStream::connect(server.address).await.unwrap());
    let reply = wire.post(SIGN, &call()).await;
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")));
    let status = wire.get_with("/status", "authorization: Bearer secret\r\n").await.json();
    assert!(status["traffic"]["connections"].as_u64().unwrap() > IDLE as u64, "{status}");
    assert_eq!(status["traffic"]["turnedAway"], 0);
    drop(idle);
}

#[test]
fn a_public_address_is_not_bound_and_the_refusal_says_how_to_cure_it() {
    let said = crate::server::caveat().args(["serve", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    let words = String::from_utf8(said.stderr).unwrap();
    for cure in ["[[client]]", "[server.tls]", "--open-to-anyone", "127.0.0.1"] {
        assert!(words.contains(cure), "{words}");
    }
    assert!(said.stdout.is_empty(), "nothing was started");
}

#[test]
fn config_check_says_by_its_exit_code_whether_a_file_is_right() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/config/a-dozen.toml");
    let check = |file: &str| crate::server::caveat().args(["config", "check", file]).output().unwrap().status.code();
    let folder = crate::server::Folder::new("check");
    let reference = crate::server::caveat().args(["config", "reference"]).output().unwrap();
    let right = folder.write("right.toml", std::str::from_utf8(&reference.stdout).unwrap());
    assert_eq!(check(golden), Some(1));
    assert_eq!(check(right.to_str().unwrap()), Some(0));
    assert_eq!(check("no/such/file.toml"), Some(2));
    let warned = folder.write("warned.toml", "[recording]\nfolder = \"x\"\n");
    assert_eq!(check(warned.to_str().unwrap()), Some(0), "a warning is no mistake");
}
