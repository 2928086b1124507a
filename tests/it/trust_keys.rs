//! Key sets: rotation, servers that are down, slow, lying or elsewhere, and addresses that nobody allowed.

use crate::signing::{KeyFile, KeyServer, Says, Signer, claims, client, settings, show, until};
use caveat::settings::client::Client;
use caveat::settings::whole::Settings;
use caveat::trust::gate::Gate;
use caveat::trust::key::KeySet;
use caveat::trust::reason::Reason;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Settings under which a test need not wait long.
fn brisk(clients: Vec<Client>) -> Settings {
    let mut settings = settings(clients);
    settings.trust.keys_every = Duration::from_millis(50);
    settings.trust.keys_again_after = Duration::from_millis(1);
    settings.trust.keys_time = Duration::from_millis(400);
    settings.trust.key_files_every = Duration::from_millis(30);
    settings
}

fn with_jku(jku: &str) -> Client {
    Client { jku: vec![jku.to_owned()], ..client("ehr") }
}

fn by(signer: &Signer) -> String {
    signer.token(&json!({"alg": "ES384", "kid": signer.kid}), &claims())
}

fn naming(signer: &Signer, jku: &str) -> String {
    signer.token(&json!({"alg": "ES384", "kid": signer.kid, "jku": jku}), &claims())
}

fn first_trouble(gate: &Gate) -> String {
    gate.health().keys[0].trouble.clone().unwrap_or_default()
}

#[tokio::test]
async fn keys_are_fetched_from_the_listed_address() {
    let own = Signer::p384("key-1");
    let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let gate = Gate::new(&settings(vec![with_jku(&server.jku)]));
    assert_eq!(show(&gate, &naming(&own, &server.jku)).await, Ok("ehr".to_owned()));
    assert_eq!(show(&gate, &by(&own)).await, Ok("ehr".to_owned()), "the first address stands for a token without one");
    assert_eq!(server.times_asked(), 1, "once for both");
}

#[tokio::test]
async fn a_jku_that_is_not_listed_is_refused_and_never_fetched() {
    let own = Signer::p384("key-1");
    let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let enemy = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let gate = Gate::new(&settings(vec![with_jku(&server.jku)]));
    let (host, path) = server.jku.trim_start_matches("http://").split_once('/').unwrap();
    let enemy_host = enemy.jku.trim_start_matches("http://").split_once('/').unwrap().0;
    let tricks = [
        enemy.jku.clone(),
        format!("http://{host}@{enemy_host}/{path}"),
        format!("http://{enemy_host}/{path}#{host}"),
        format!("http://{enemy_host}/{path}?{}", server.jku),
        format!("{}#x", server.jku),
        format!("{}?x=1", server.jku),
        format!("{}/", server.jku),
        format!("{}/../../{path}", server.jku),
        server.jku.replace("http://", "HTTP://"),
        server.jku.replace("http://", "http://u:p@"),
        server.jku.replace("http://", "https://"),
        server.jku.replace("http://", "http:\\\\"),
        server.jku.replace("jwks", "JWKS"),
        server.jku.replace("jwks", "j%77ks"),
        server.jku.replace("127.0.0.1", "localhost"),
        server.jku.replace("127.0.0.1", "0x7f000001"),
        server.jku.replace("127.0.0.1", "127.1"),
        format!(" {}", server.jku),
        format!("{}\u{0}", server.jku),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        String::new(),
    ];
    for trick in tricks {
        assert_eq!(show(&gate, &naming(&own, &trick)).await, Err(Reason::Jku), "`{trick}`");
    }
    let number = own.token(&json!({"alg": "ES384", "kid": "key-1", "jku": [server.jku]}), &claims());
    assert_eq!(show(&gate, &number).await, Err(Reason::Malformed));
    assert_eq!(show(&gate, &naming(&own, &server.jku)).await, Ok("ehr".to_owned()), "to the letter");
    assert_eq!((server.times_asked(), enemy.times_asked()), (1, 0));
}

#[tokio::test]
async fn each_clients_jku_is_its_own() {
    let (north, south) = (Signer::p384("north"), Signer::p384("south"));
    let north_server = KeyServer::that(Says::Keys(vec![north.jwk()])).await;
    let south_server = KeyServer::that(Says::Keys(vec![south.jwk()])).await;
    let of = |name: &str, server: &KeyServer| Client { jku: vec![server.jku.clone()], ..client(name) };
    let gate = Gate::new(&settings(vec![of("north", &north_server), of("south", &south_server)]));
    assert_eq!(show(&gate, &naming(&south, &south_server.jku)).await, Ok("south".to_owned()));
    assert_eq!(show(&gate, &naming(&north, &north_server.jku)).await, Ok("north".to_owned()));
    assert_eq!(show(&gate, &naming(&south, &north_server.jku)).await, Err(Reason::Key), "the other's key set");
}

#[tokio::test]
async fn a_key_put_in_works_at_once_and_one_taken_out_no_more() {
    let (old, new) = (Signer::p384("old"), Signer::p384("new"));
    let server = KeyServer::that(Says::Keys(vec![old.jwk()])).await;
    let mut settings = settings(vec![with_jku(&server.jku)]);
    settings.trust.keys_again_after = Duration::ZERO;
    let gate = Gate::new(&settings);
    assert!(show(&gate, &by(&old)).await.is_ok());
    server.now_says(Says::Keys(vec![old.jwk(), new.jwk()]));
    assert!(show(&gate, &by(&new)).await.is_ok(), "an unknown kid is asked for once more");
    assert!(show(&gate, &by(&old)).await.is_ok());
    server.now_says(Says::Keys(vec![new.jwk()]));
    assert_eq!(show(&gate, &by(&Signer::p384("other"))).await, Err(Reason::Key));
    assert_eq!(show(&gate, &by(&old)).await, Err(Reason::Key), "it is out of the set");
    assert!(show(&gate, &by(&new)).await.is_ok());
}

#[tokio::test]
async fn a_set_is_refreshed_without_anyone_asking() {
    let (old, new) = (Signer::p384("key-1"), Signer::p384("key-1"));
    let server = KeyServer::that(Says::Keys(vec![old.jwk()])).await;
    let gate = Gate::new(&brisk(vec![with_jku(&server.jku)]));
    assert!(show(&gate, &by(&old)).await.is_ok());
    server.now_says(Says::Keys(vec![new.jwk()]));
    let asked = server.times_asked();
    until("the set was refreshed twice", || server.times_asked() > asked + 2).await;
    assert_eq!(show(&gate, &by(&old)).await, Err(Reason::Signature));
    assert!(show(&gate, &by(&new)).await.is_ok());
}

#[tokio::test]
async fn forged_kids_cannot_hammer_the_key_server() {
    let own = Signer::p384("key-1");
    let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let gate = Arc::new(Gate::new(&settings(vec![with_jku(&server.jku)])));
    assert!(show(&gate, &by(&own)).await.is_ok());
    let forged = Signer::p384("forged");
    for _ in 0..200 {
        assert_eq!(show(&gate, &by(&forged)).await, Err(Reason::Key));
    }
    assert!(server.times_asked() <= 2, "{} times", server.times_asked());
    assert!(show(&gate, &by(&own)).await.is_ok());
}

#[tokio::test]
async fn a_hanging_key_server_holds_up_few_and_not_those_whose_key_is_known() {
    let own = Signer::p384("key-1");
    let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let mut settings = brisk(vec![with_jku(&server.jku)]);
    settings.trust.keys_time = Duration::from_secs(30);
    settings.trust.keys_every = Duration::from_secs(600);
    let gate = Arc::new(Gate::new(&settings));
    assert!(show(&gate, &by(&own)).await.is_ok());
    server.now_says(Says::Hangs);
    let forged = by(&Signer::p384("forged"));
    let waiting: Vec<_> = (0..200)
        .map(|_| {
            let (gate, forged) = (Arc::clone(&gate), forged.clone());
            tokio::spawn(async move { show(&gate, &forged).await })
        })
        .collect();
    until("all but a few were refused", || waiting.iter().filter(|task| task.is_finished()).count() >= 200 - 64).await;
    assert!(show(&gate, &by(&own)).await.is_ok(), "while the others wait");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_broken_key_server_does_not_stop_clients_whose_key_is_known() {
    let own = Signer::p384("key-1");
    let wrongs: [(&str, Says, &str); 8] = [
        ("an error", Says::Plain("HTTP/1.1 500 Oh\r\n", String::new()), "answered 500"),
        ("a page", Says::Plain("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n", "<html>".to_owned()), "no JWK set"),
        ("not an object", Says::Plain("HTTP/1.1 200 OK\r\n", "[]".to_owned()), "no JWK set"),
        ("no keys", Says::Plain("HTTP/1.1 200 OK\r\n", "{}".to_owned()), "no JWK set"),
        ("too much", Says::Plain("HTTP/1.1 200 OK\r\n", format!("{{\"keys\":[{}]}}", " ".repeat(300_000))), "larger"),
        ("without end", Says::Endless, "larger"),
        ("silence", Says::Hangs, "in time"),
        ("half of it", Says::Half, "could not be asked"),
    ];
    for (name, says, wants) in wrongs {
        let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
        let gate = Gate::new(&brisk(vec![with_jku(&server.jku)]));
        assert!(show(&gate, &by(&own)).await.is_ok());
        server.now_says(says);
        until(&format!("{name} was noticed"), || !first_trouble(&gate).is_empty()).await;
        assert!(first_trouble(&gate).contains(wants), "{name}: {}", first_trouble(&gate));
        assert!(show(&gate, &by(&own)).await.is_ok(), "{name}: the key is known");
        let health = gate.health();
        assert_eq!((health.by_stale_keys, health.keys[0].usable), (1, true), "{name}");
        assert!(health.troubles.iter().any(|t| t.contains("those known stay in use")), "{name}: {:?}", health.troubles);
        server.now_says(Says::Keys(vec![own.jwk()]));
        until("it was well again", || first_trouble(&gate).is_empty()).await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let own = Signer::p384("key-1");
    let inside = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let head = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\n", inside.jku);
    let server = KeyServer::that(Says::Plain(Box::leak(head.into_boxed_str()), String::new())).await;
    let gate = Gate::new(&brisk(vec![with_jku(&server.jku)]));
    assert_eq!(show(&gate, &by(&own)).await, Err(Reason::KeysUnknown));
    assert!(first_trouble(&gate).contains("answered 302"), "{}", first_trouble(&gate));
    assert_eq!(inside.times_asked(), 0);
}

#[tokio::test]
async fn a_key_server_that_is_down_at_the_start_is_asked_again() {
    let own = Signer::p384("key-1");
    let mut server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let jku = server.jku.clone();
    server.stop().await;
    let gate = Gate::new(&brisk(vec![with_jku(&jku)]));
    assert_eq!(show(&gate, &by(&own)).await, Err(Reason::KeysUnknown));
    let health = gate.health();
    assert_eq!((health.keys[0].usable, health.keys[0].keys), (false, 0));
    assert!(health.troubles.iter().any(|t| t.contains("none can be used")), "{:?}", health.troubles);
    let failures = health.keys[0].failures;
    until("it was asked again", || gate.health().keys[0].failures > failures).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_come_before_the_first_key_set_wait_for_it() {
    let own = Signer::p384("key-1");
    let server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let gate = Arc::new(Gate::new(&settings(vec![with_jku(&server.jku)])));
    let shown: Vec<_> = (0..50)
        .map(|_| {
            let (gate, token) = (Arc::clone(&gate), by(&own));
            tokio::spawn(async move { show(&gate, &token).await })
        })
        .collect();
    for task in shown {
        assert_eq!(task.await.unwrap(), Ok("ehr".to_owned()));
    }
    assert_eq!(server.times_asked(), 1, "once for all");
}

#[tokio::test]
async fn keys_that_were_stale_too_long_are_used_no_more() {
    let own = Signer::p384("key-1");
    let mut server = KeyServer::that(Says::Keys(vec![own.jwk()])).await;
    let mut settings = brisk(vec![with_jku(&server.jku)]);
    settings.trust.keys_stale_max = Duration::from_secs(1);
    let gate = Gate::new(&settings);
    assert!(show(&gate, &by(&own)).await.is_ok());
    server.stop().await;
    until("they were too old", || !gate.health().keys[0].usable).await;
    assert_eq!(show(&gate, &by(&own)).await, Err(Reason::KeysUnknown));
}

#[tokio::test]
async fn an_address_without_tls_is_asked_only_on_this_machine_or_by_leave() {
    for (jku, plain, wants) in [
        ("http://keys.example.org/jwks", false, "plain http"),
        ("https://user@keys.example.org/jwks", false, "user"),
        ("https://keys.example.org/jwks#x", false, "fragment"),
        ("ftp://keys.example.org/jwks", true, "neither"),
        ("keys.example.org", true, "no address"),
    ] {
        let gate = Gate::new(&brisk(vec![Client { jku_plain_http: plain, ..with_jku(jku) }]));
        until("the fault was said", || !first_trouble(&gate).is_empty()).await;
        assert!(first_trouble(&gate).contains(wants), "{jku}: {}", first_trouble(&gate));
    }
}

#[tokio::test]
async fn a_key_server_with_a_certificate_nobody_vouches_for_is_not_believed() {
    let own = Signer::p384("key-1");
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let pem = std::env::temp_dir().join(format!("caveat-authority-{}.pem", uuid::Uuid::new_v4()));
    std::fs::write(&pem, made.cert.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let server = KeyServer::over(Says::Keys(vec![own.jwk()]), Some(Arc::new(tls).into())).await;
    let mut settings = brisk(vec![with_jku(&server.jku)]);
    assert_eq!(show(&Gate::new(&settings), &by(&own)).await, Err(Reason::KeysUnknown));
    settings.trust.key_server_authority = Some(pem.clone());
    let gate = Gate::new(&settings);
    assert_eq!(show(&gate, &by(&own)).await, Ok("ehr".to_owned()), "{}", first_trouble(&gate));
    settings.trust.key_server_authority = Some(pem.with_extension("missing"));
    let gate = Gate::new(&settings);
    assert_eq!(show(&gate, &by(&own)).await, Err(Reason::KeysUnknown));
    assert!(first_trouble(&gate).contains("authorities"), "{}", first_trouble(&gate));
    std::fs::remove_file(pem).unwrap();
}

#[tokio::test]
async fn a_key_file_is_read_again_when_it_changes() {
    let (old, new) = (Signer::p384("old"), Signer::p384("new"));
    let file = KeyFile::of(&[old.jwk()]);
    let gate = Gate::new(&brisk(vec![Client { jwks_file: Some(file.0.clone()), ..client("ehr") }]));
    assert!(show(&gate, &by(&old)).await.is_ok());
    file.write(&[new.jwk(), new.jwk_with(json!({"kid": "another"}))]);
    until("the new file was read", || gate.health().keys[0].keys == 2).await;
    assert_eq!(show(&gate, &by(&old)).await, Err(Reason::Key));
    assert!(show(&gate, &by(&new)).await.is_ok());
    std::fs::write(&file.0, "{\"keys\": [").unwrap();
    until("the half file was noticed", || !first_trouble(&gate).is_empty()).await;
    assert!(show(&gate, &by(&new)).await.is_ok(), "the keys known stay in use");
    std::fs::remove_file(&file.0).unwrap();
    until("the loss was noticed", || first_trouble(&gate).contains("cannot be read")).await;
    assert!(show(&gate, &by(&new)).await.is_ok());
}

#[tokio::test]
async fn a_kid_that_stands_twice_is_tried_with_each_key() {
    let (one, two, three) = (Signer::p384("key"), Signer::p384("key"), Signer::p384("key"));
    let file = KeyFile::of(&[Signer::rsa("key").jwk(), one.jwk(), two.jwk()]);
    let gate = Gate::new(&settings(vec![Client { jwks_file: Some(file.0.clone()), ..client("ehr") }]));
    assert!(show(&gate, &by(&one)).await.is_ok());
    assert!(show(&gate, &by(&two)).await.is_ok());
    assert_eq!(show(&gate, &by(&three)).await, Err(Reason::Signature));
}

#[test]
fn keys_that_cannot_be_used_are_skipped_and_private_ones_told() {
    let (ec, rsa) = (Signer::p384("ec"), Signer::rsa("rsa"));
    let padded = format!("{}==", rsa.jwk()["n"].as_str().unwrap());
    let cases: &[(&str, Value, [usize; 3])] = &[
        ("an EC key", ec.jwk(), [1, 0, 0]),
        ("an RSA key", rsa.jwk(), [1, 0, 0]),
        ("padded base64", rsa.jwk_with(json!({"n": padded})), [1, 0, 0]),
        ("with a certificate", rsa.jwk_with(json!({"x5c": ["MIIB"], "x5t": "x"})), [1, 0, 0]),
        ("for verifying", rsa.jwk_with(json!({"key_ops": ["verify"]})), [1, 0, 0]),
        ("for signing only", rsa.jwk_with(json!({"key_ops": ["sign"]})), [0, 1, 0]),
        ("for encryption", rsa.jwk_with(json!({"use": "enc"})), [0, 1, 0]),
        ("for another algorithm", rsa.jwk_with(json!({"alg": "RSA-OAEP"})), [0, 1, 0]),
        ("for HMAC", rsa.jwk_with(json!({"alg": "HS256"})), [0, 1, 0]),
        ("without kid", rsa.jwk_with(json!({"kid": ""})), [0, 1, 0]),
        ("of 1024 bits", rsa.jwk_with(json!({"n": "x".repeat(171)})), [0, 1, 0]),
        ("symmetric", json!({"kty": "oct", "kid": "s", "k": "c2VjcmV0"}), [0, 1, 0]),
        ("of a kind to come", json!({"kty": "AKP", "kid": "pq", "pub": "x"}), [0, 1, 0]),
        ("of another curve", ec.jwk_with(json!({"crv": "P-521"})), [0, 1, 0]),
        ("of a curve it is not on", ec.jwk_with(json!({"crv": "P-256"})), [0, 1, 0]),
        ("no object", json!(7), [0, 1, 0]),
        ("private", ec.jwk_with(json!({"d": "c2VjcmV0"})), [0, 0, 1]),
    ];
    for (name, jwk, wants) in cases {
        let set = KeySet::read(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        assert_eq!([set.len(), set.skipped, set.leaked], *wants, "{name}");
    }
}
