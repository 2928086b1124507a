//! Where rooms meet: what one says must not mean another thing to the next.

use axum::http::HeaderMap;
use caveat::clinical::chart::Receipt;
use caveat::clinical::time::Moment;
use caveat::hooks::call::Hook;
use caveat::hooks::fetched::Fetched;
use caveat::hooks::request::read_with;
use caveat::record::book::{Asking, Book};
use caveat::record::decision::{DecidedFinding, Decision};
use caveat::serve::access::granted;
use caveat::serve::peer::Peer;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::client::Client;
use caveat::settings::whole::Settings;
use caveat::trust::gate::{Gate, Knock};
use caveat::trust::reason::Reason;
use std::sync::Arc;

fn shown(late: bool) -> Decision {
    let finding = DecidedFinding {
        card: "c0000000-0000-4000-8000-000000000001".to_owned(),
        fingerprint: "f".repeat(32),
        rule: "warfarin-nsaid".to_owned(),
        override_days: 90,
        ..DecidedFinding::default()
    };
    Decision {
        id: "d".to_owned(),
        at_ms: 1_000_000,
        client: "ehr".to_owned(),
        user: "u".to_owned(),
        patient: "p".to_owned(),
        hook: "order-select".to_owned(),
        findings: vec![finding],
        late,
        ..Decision::default()
    }
}

fn just_shown(book: &Book) -> usize {
    let asking =
        Asking { patient: "p", user: "u", encounter: "", now_ms: 1_001_000, comments: false, just_shown: true };
    book.remembered(&asking).just_shown.len()
}

/// What was never on a prescriber's screen was not just shown: it must come at signing.
#[test]
fn what_completes_an_answer_was_not_just_shown_and_neither_was_what_came_too_late() {
    let cases: [(&str, bool, bool, usize); 3] = [
        ("in time", false, false, 1),
        ("completed late", true, false, 0),
        ("after the client gave up", false, true, 0),
    ];
    for (name, late, slow, wanted) in cases {
        let book = Book::new();
        if slow {
            book.learn_slow_decision(&shown(late))
        } else {
            book.learn_decision(&shown(late))
        }
        assert_eq!(just_shown(&book), wanted, "{name}");
    }
}

/// A server that counts more than it gives has not given the whole list.
#[test]
fn a_fetched_list_that_is_shorter_than_its_total_is_not_whole() {
    let body = br#"{"hook":"patient-view","context":{"patientId":"p1","userId":"Practitioner/1"},"prefetch":{"medications":{"resourceType":"Bundle","type":"searchset"}}}"#;
    let page = |total: u32, entries: usize| {
        let entry = r#"{"resource":{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p1"},"code":{"text":"x"}}}"#;
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":{total},"entry":[{}]}}"#,
            vec![entry; entries].join(",")
        )
    };
    for (name, allergies, whole) in [
        ("all of it", page(2, 2), true),
        ("more than it said", page(1, 2), true),
        ("fewer", page(3, 2), false),
        ("two pages, together all", format!("[{},{}]", page(4, 2), page(4, 2)), true),
        ("two pages, together fewer", format!("[{},{}]", page(5, 2), page(5, 2)), false),
    ] {
        let fetched = Fetched { prefetch: format!(r#"{{"allergies":{allergies}}}"#), lacks: Vec::new() };
        let call = read_with(Hook::PatientView, body, &fetched, Moment(1_795_435_200)).unwrap();
        let received = &call.chart.received.allergies;
        assert_eq!(*received == Receipt::Complete, whole, "{name}: {received:?}");
    }
}

fn by_certificate(tenants: &[&str]) -> Gate {
    let client = Client {
        name: "ehr".to_owned(),
        certificate: Some("ehr.example.org".to_owned()),
        tenants: tenants.iter().map(|t| (*t).to_owned()).collect(),
        ..Client::default()
    };
    Gate::new(&Settings { clients: vec![Arc::new(client)], ..Settings::default() })
}

/// A certificate names no tenant: among several, nobody could tell whose patient is meant.
#[tokio::test]
async fn a_certificate_stands_for_one_tenant_and_never_for_several() {
    let knock =
        Knock { authorizations: &[], certificate: Some("ehr.example.org"), url: "https://x/y", discovery: false };
    for (tenants, wanted) in [
        (&[][..], Ok(String::new())),
        (&["north"][..], Ok("north".to_owned())),
        (&["north", "south"][..], Err(Reason::Tenant)),
    ] {
        let admitted = by_certificate(tenants).admit(&knock, Moment(0)).await;
        assert_eq!(admitted.map(|c| c.tenant).map_err(|d| d.reason), wanted, "{tenants:?}");
    }
}

/// A browser shows its certificate on behalf of any page.
#[test]
fn a_certificate_shown_for_a_page_of_another_site_opens_nothing() {
    let grant = Grant {
        name: "operator".to_owned(),
        roles: vec![Role::Operator],
        token: Some(*blake3::hash(b"a long token").as_bytes()),
        certificate: Some("op".to_owned()),
    };
    let access = Access { grants: vec![grant] };
    let peer = Peer { address: "127.0.0.1:1".parse().unwrap(), tls: true, certificate: Some("op".to_owned()) };
    type Headers = &'static [(&'static str, &'static str)];
    let cases: [(&str, Headers, bool); 7] = [
        ("no browser", &[], true),
        ("typed in", &[("sec-fetch-site", "none")], true),
        ("our own pages", &[("sec-fetch-site", "same-origin"), ("origin", "https://cds.example.org")], true),
        ("another site", &[("sec-fetch-site", "cross-site")], false),
        (
            "another site, an older browser",
            &[("origin", "https://evil.example.org"), ("host", "cds.example.org")],
            false,
        ),
        (
            "our own pages, an older browser",
            &[("origin", "https://cds.example.org"), ("host", "cds.example.org")],
            true,
        ),
        (
            "another site, with a token",
            &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer a long token")],
            true,
        ),
    ];
    for (name, sent, open) in cases {
        let mut headers = HeaderMap::new();
        for (key, value) in sent {
            headers.insert(*key, value.parse().unwrap());
        }
        assert_eq!(granted(&access, Role::Operator, &headers, Some(&peer)).is_ok(), open, "{name}");
    }
}

/// Whoever reads the log may die; the server must still stop when it is told to.
#[cfg(unix)]
#[test]
fn a_server_whose_log_nobody_reads_any_more_still_stops_when_told_to() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let mut server = Command::new(env!("CARGO_BIN_EXE_caveat"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("CAVEAT_SERVER__LEAVE_TIME", "0ms")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("listens on"), "{first}");
    drop(server.stderr.take());
    // It answers: then it also listens to signals.
    let address = first.trim().rsplit('/').next().unwrap().to_owned();
    let mut answer = String::new();
    let mut call = std::net::TcpStream::connect(&address).unwrap();
    call.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("alive"), "{answer}");
    let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(told.success());
    let until = Instant::now() + Duration::from_secs(60);
    let ended = loop {
        match server.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > until => break None,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let _ = server.kill();
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}
