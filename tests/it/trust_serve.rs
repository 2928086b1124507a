//! Client trust as a caller sees it: over HTTP, at every endpoint, with the same few words whatever was wrong.

use crate::client::Client as Caller;
use crate::serve::{late_2026, order_sign};
use crate::signing::{ISS, KeyFile, NOW, Signer, claims, client, settings, with};
use axum::body::{Body, HttpBody};
use axum::http::{Request, header};
use caveat::clinical::time::Moment;
use caveat::live::lineup::Lineup;
use caveat::serve::peer::Peer;
use caveat::serve::router::router;
use caveat::settings::client::{Client, ErrorShape};
use caveat::settings::whole::Settings;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tower::ServiceExt;

const SIGN: &str = "/cds-services/caveat-order-sign";
const FEEDBACK: &str = "/cds-services/caveat-order-sign/feedback";
const DISCOVERY: &str = "/cds-services";
const NOTHING: &str = r#"{"feedback":[]}"#;

fn now() -> Moment {
    NOW
}

/// A service with these clients and no pack: a call that is let in is answered 503, feedback 200.
fn caller(settings: Settings) -> Caller {
    Caller::with(Arc::new(Lineup::new()), now, settings)
}

struct Ehr {
    own: Signer,
    file: KeyFile,
}

fn ehr() -> Ehr {
    let own = Signer::p384("key-1");
    let file = KeyFile::of(&[own.jwk()]);
    Ehr { own, file }
}

impl Ehr {
    fn profile(&self) -> Client {
        Client { jwks_file: Some(self.file.0.clone()), ..client("ehr") }
    }

    /// A token for this place of the public address.
    fn token(&self, path: &str) -> String {
        self.token_with(json!({"aud": format!("https://cds.example.org{path}")}))
    }

    fn token_with(&self, members: Value) -> String {
        self.own.token(&json!({"alg": "ES384", "typ": "JWT", "kid": "key-1"}), &with(claims(), members))
    }
}

fn post(path: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    let bearer = format!("Bearer {token}");
    Request::post(path).header(header::AUTHORIZATION, bearer).body(body.into()).unwrap()
}

#[tokio::test]
async fn a_signed_call_is_answered_and_an_unsigned_one_is_not() {
    let ehr = ehr();
    let lineup = Arc::new(Lineup::new());
    lineup.activate(crate::client::BUILT_IN, "built-in", Moment(0)).unwrap();
    let mut caller = Caller::with(lineup, late_2026, settings(vec![ehr.profile()]));
    let at = late_2026().0;
    let times = json!({"aud": format!("https://cds.example.org{SIGN}"), "iat": at - 10, "exp": at + 290});
    let body = order_sign(&["197805"], &["855332"]);
    let reply = caller.send(post(SIGN, &ehr.token_with(times.clone()), body.clone())).await;
    assert_eq!(reply.status, 200);
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid major")), "{:?}", reply.findings());
    assert_eq!(caller.post(SIGN, body.clone()).await.status, 401);
    let decision = caller.service.recorder.last_decisions(1).remove(0);
    assert_eq!(decision.client, "ehr");
    let tenant = with(times, json!({"tenant": "north"}));
    assert_eq!(caller.send(post(SIGN, &ehr.token_with(tenant), body)).await.status, 200);
    assert_eq!(caller.service.recorder.last_decisions(1).remove(0).tenant, "north");
    let health = Arc::get_mut(&mut caller.service).unwrap().gate.health();
    assert_eq!((health.by_token, health.denied.iter().map(|(_, n)| n).sum::<u64>()), (2, 1));
}

#[tokio::test]
async fn whatever_was_wrong_the_caller_hears_the_same() {
    let ehr = ehr();
    let caller = caller(settings(vec![ehr.profile()]));
    let enemy = Signer::p384("key-1");
    let used = ehr.token(SIGN);
    assert_eq!(caller.send(post(SIGN, &used, "{}")).await.status, 503, "let in, and no pack");
    let wrongs = [
        used,
        enemy.token(&json!({"alg": "ES384", "kid": "key-1"}), &claims()),
        ehr.token(FEEDBACK),
        ehr.token_with(json!({"iss": "https://nobody.example"})),
        ehr.token_with(json!({"exp": 0})),
        "nonsense".to_owned(),
        "x".repeat(20_000),
        String::new(),
    ];
    let mut bodies = BTreeSet::new();
    for wrong in wrongs {
        let reply = caller.send(post(SIGN, &wrong, "{}")).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.headers[header::WWW_AUTHENTICATE], "Bearer");
        bodies.insert(reply.body);
    }
    bodies.insert(caller.post(SIGN, "{}").await.body);
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let said = String::from_utf8(bodies.pop_first().unwrap()).unwrap();
    assert!(said.contains("OperationOutcome") && said.contains("not allowed"), "{said}");
}

#[tokio::test]
async fn a_token_for_a_call_is_none_for_its_feedback() {
    let ehr = ehr();
    let caller = caller(settings(vec![ehr.profile()]));
    assert_eq!(caller.send(post(FEEDBACK, &ehr.token(SIGN), NOTHING)).await.status, 401);
    assert_eq!(caller.send(post(FEEDBACK, &ehr.token(FEEDBACK), NOTHING)).await.status, 200);
    assert_eq!(caller.post(FEEDBACK, NOTHING).await.status, 401);
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let ehr = ehr();
    let caller = caller(settings(vec![ehr.profile()]));
    let two = |first: String, second: String| {
        let request = Request::post(FEEDBACK)
            .header(header::AUTHORIZATION, format!("Bearer {first}"))
            .header(header::AUTHORIZATION, format!("Bearer {second}"));
        request.body(Body::from(NOTHING)).unwrap()
    };
    let good = ehr.token(FEEDBACK);
    assert_eq!(caller.send(two(good.clone(), good.clone())).await.status, 401);
    assert_eq!(caller.send(two(good.clone(), "x".to_owned())).await.status, 401);
    assert_eq!(caller.send(post(FEEDBACK, &good, NOTHING)).await.status, 200);
}

#[tokio::test]
async fn discovery_asks_for_a_token_where_a_profile_says_so() {
    let ehr = ehr();
    let open = caller(settings(vec![ehr.profile()]));
    assert_eq!(open.get(DISCOVERY).await.status, 200);
    let closed = caller(settings(vec![Client { token_for_discovery: true, ..ehr.profile() }, client("other")]));
    assert_eq!(closed.get(DISCOVERY).await.status, 401);
    let get = |token: &str| {
        let bearer = format!("Bearer {token}");
        closed.send(Request::get(DISCOVERY).header(header::AUTHORIZATION, bearer).body(Body::empty()).unwrap())
    };
    assert_eq!(get(&ehr.token(SIGN)).await.status, 401);
    assert_eq!(get(&ehr.token(DISCOVERY)).await.status, 200);
}

#[tokio::test]
async fn a_browser_may_ask_without_a_token_whether_it_may_call() {
    let ehr = ehr();
    let caller = caller(settings(vec![Client { token_for_discovery: true, ..ehr.profile() }]));
    for path in [DISCOVERY, SIGN, FEEDBACK] {
        let ask = Request::options(path)
            .header(header::ORIGIN, "https://ehr.example.org")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
        let reply = caller.send(ask.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 200, "{path}");
        let allowed = reply.headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap().to_ascii_lowercase();
        assert!(allowed.contains("authorization"), "{path}: {allowed}");
    }
}

#[tokio::test]
async fn without_a_public_address_the_audience_is_the_host_that_was_called() {
    let ehr = ehr();
    let mut settings = settings(vec![ehr.profile()]);
    settings.server.public_url = None;
    let caller = caller(settings);
    let health = caller.service.gate.health();
    assert!(health.troubles.iter().any(|t| t.contains("public_url")), "it is said: {:?}", health.troubles);
    let send = |aud: &str, host: &str, tls: bool| {
        let mut request = post(FEEDBACK, &ehr.token_with(json!({"aud": format!("{aud}{FEEDBACK}")})), NOTHING);
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        request.headers_mut().insert("x-forwarded-host", "other.example.org".parse().unwrap());
        request.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
        request.extensions_mut().insert(Peer { address: "127.0.0.1:9".parse().unwrap(), tls, certificate: None });
        caller.send(request)
    };
    assert_eq!(send("https://cds.example.org", "cds.example.org", true).await.status, 200);
    assert_eq!(send("https://cds.example.org", "cds.example.org:443", true).await.status, 200);
    assert_eq!(send("http://cds.example.org:8080", "cds.example.org:8080", false).await.status, 200);
    assert_eq!(send("https://cds.example.org", "cds.example.org", false).await.status, 401);
    assert_eq!(send("https://cds.example.org", "cds.example.org:8443", true).await.status, 401);
    assert_eq!(
        send("https://other.example.org", "cds.example.org", true).await.status,
        401,
        "nobody vouches for a proxy"
    );
}

#[tokio::test]
async fn with_a_public_address_no_host_header_changes_the_audience() {
    let ehr = ehr();
    let caller = caller(settings(vec![ehr.profile()]));
    let mut borrowed =
        post(FEEDBACK, &ehr.token_with(json!({"aud": format!("https://other.example.org{FEEDBACK}")})), NOTHING);
    borrowed.headers_mut().insert(header::HOST, "other.example.org".parse().unwrap());
    assert_eq!(caller.send(borrowed).await.status, 401, "a token for another host, with that host's name");
    let mut own = post(FEEDBACK, &ehr.token(FEEDBACK), NOTHING);
    own.headers_mut().insert(header::HOST, "10.0.0.7:8080".parse().unwrap());
    assert_eq!(caller.send(own).await.status, 200);
}

#[tokio::test]
async fn a_certificate_is_taken_from_the_connection_and_never_from_a_header() {
    let mtls = Client { iss: String::new(), certificate: Some("lab-1".to_owned()), ..client("mtls") };
    let caller = caller(settings(vec![mtls]));
    let send = |name: Option<&str>| {
        let mut request = Request::post(FEEDBACK).body(Body::from(NOTHING)).unwrap();
        request.headers_mut().insert("x-client-certificate", "lab-1".parse().unwrap());
        request.headers_mut().insert("x-ssl-client-s-dn", "CN=lab-1".parse().unwrap());
        let certificate = name.map(str::to_owned);
        request.extensions_mut().insert(Peer { address: "127.0.0.1:9".parse().unwrap(), tls: true, certificate });
        caller.send(request)
    };
    assert_eq!(send(Some("lab-1")).await.status, 200);
    assert_eq!(send(Some("lab-2")).await.status, 401);
    assert_eq!(send(None).await.status, 401);
}

#[tokio::test]
async fn errors_take_the_shape_that_a_known_client_asks_for() {
    let ehr = ehr();
    let profile = Client { errors: ErrorShape::Message, ..ehr.profile() };
    let caller = caller(settings(vec![profile]));
    let send = |path: &str, token: String, body: &str| {
        let request = post(path, &token, body.to_owned());
        router(Arc::clone(&caller.service)).oneshot(request)
    };
    for (path, body, status, says) in [
        ("/cds-services/nobody", "{}", 404, "no service `nobody`"),
        (SIGN, "{}", 503, "nothing was checked"),
        (FEEDBACK, "no", 400, "not JSON"),
    ] {
        let response = send(path, ehr.token(path), body).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let said: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
        assert!(said["message"].as_str().unwrap().contains(says), "{said}");
        assert_eq!(said.as_object().unwrap().len(), 1);
    }
    assert_eq!(
        caller.send(post(FEEDBACK, &ehr.token(FEEDBACK), NOTHING)).await.body,
        b"{}",
        "what went well is as ever"
    );
    assert_eq!(caller.post(SIGN, "{}").await.status, 401, "and a stranger gets an OperationOutcome");
}

/// A body that must not be read.
struct Unread;

impl HttpBody for Unread {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        panic!("the body was read")
    }
}

#[tokio::test]
async fn nothing_a_stranger_sends_is_read() {
    let ehr = ehr();
    let caller = caller(settings(vec![ehr.profile()]));
    for path in [SIGN, FEEDBACK] {
        assert_eq!(caller.send(Request::post(path).body(Body::new(Unread)).unwrap()).await.status, 401);
    }
}

/// What was logged, for one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_what_was_wrong_and_never_the_token() {
    let (log, ehr) = (Log::default(), ehr());
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let caller = caller(settings(vec![ehr.profile()]));
    let mut tokens = vec![ehr.token_with(json!({"aud": "https://x", "jti": "jti-7f3a"}))];
    tokens.push(
        ehr.own.token(&json!({"alg": "ES384", "kid": "key\n9", "jku": "https://u:pw@keys.example/p?q=s"}), &claims()),
    );
    tokens.push(ehr.token(SIGN));
    tokens.push("Zm9v.YmFy.c2VjcmV0".to_owned());
    for token in &tokens {
        caller.send(post(SIGN, token, "{}")).await;
    }
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for wants in ["reason=\"audience\"", "reason=\"jku\"", "reason=\"malformed\"", ISS, "kid=key-1", "jku=keys.example"]
    {
        assert!(said.contains(wants), "`{wants}` is not in\n{said}");
    }
    assert!(said.contains(r"kid=key\n9"), "escaped:\n{said}");
    for token in &tokens {
        for part in token.split('.').filter(|part| part.len() > 4) {
            assert!(!said.contains(part), "a part of a token is in the log");
        }
    }
    for secret in ["jti-7f3a", "pw@", "q=s"] {
        assert!(!said.contains(secret), "`{secret}` is in the log");
    }
}
