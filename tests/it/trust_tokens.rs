//! The attack list of tokens: each forged, stretched, borrowed or repeated token beside the good one it nearly is.

use crate::signing::{ISS, KeyFile, NOW, Signer, URL, claims, client, settings, show, show_at, unsigned, until, with};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caveat::clinical::time::Moment;
use caveat::settings::client::{Algorithm, Client};
use caveat::trust::address::same_place;
use caveat::trust::caller::{Claimed, Proof};
use caveat::trust::gate::{Gate, Knock};
use caveat::trust::reason::Reason;
use caveat::trust::replay::{Seen, Shown};
use caveat::trust::token;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A gate with one client, and what that client and its enemies hold.
struct World {
    gate: Gate,
    own: Signer,
    rsa: Signer,
    enemy: Signer,
    _file: KeyFile,
}

fn world() -> World {
    let (own, rsa, enemy) = (Signer::p384("key-1"), Signer::rsa("key-rsa"), Signer::p384("key-1"));
    let for_secrets = own.jwk_with(json!({"kid": "key-enc", "use": "enc"}));
    let for_rs256 = rsa.jwk_with(json!({"kid": "key-rs256", "alg": "RS256"}));
    let epic = own.jwk_with(json!({"kid": "a+b/c=="}));
    let file = KeyFile::of(&[own.jwk(), rsa.jwk(), for_secrets, for_rs256, epic]);
    let client = Client { jwks_file: Some(file.0.clone()), ..client("ehr") };
    World { gate: Gate::new(&settings(vec![client])), own, rsa, enemy, _file: file }
}

impl World {
    fn header(&self) -> Value {
        json!({"alg": "ES384", "typ": "JWT", "kid": "key-1"})
    }

    fn headed(&self, members: Value) -> String {
        self.own.token(&with(self.header(), members), &claims())
    }

    fn claiming(&self, members: Value) -> String {
        self.own.token(&self.header(), &with(claims(), members))
    }
}

struct Case {
    name: &'static str,
    token: fn(&World) -> String,
    wants: Result<(), Reason>,
}

const fn good(name: &'static str, token: fn(&World) -> String) -> Case {
    Case { name, token, wants: Ok(()) }
}

const fn bad(name: &'static str, token: fn(&World) -> String, reason: Reason) -> Case {
    Case { name, token, wants: Err(reason) }
}

async fn try_all(cases: &[Case]) {
    let world = world();
    for case in cases {
        let token = (case.token)(&world);
        let said = show(&world.gate, &token).await.map(drop);
        assert_eq!(said, case.wants, "case `{}`: {token}", case.name);
    }
    let wanted = cases.iter().filter(|c| c.wants.is_err()).count() as u64;
    let health = world.gate.health();
    assert_eq!(health.denied.iter().map(|(_, n)| n).sum::<u64>(), wanted, "each refusal is counted once");
    assert_eq!(health.by_token, cases.len() as u64 - wanted);
}

const SIGNATURES: &[Case] = &[
    good("its own signature", |w| w.headed(json!({}))),
    bad("signed by another key under its kid", |w| w.enemy.token(&w.header(), &claims()), Reason::Signature),
    bad(
        "claims changed after signing",
        |w| {
            let token = w.headed(json!({}));
            let parts: Vec<&str> = token.split('.').collect();
            let other = URL_SAFE_NO_PAD.encode(with(claims(), json!({"tenant": "other"})).to_string());
            format!("{}.{other}.{}", parts[0], parts[2])
        },
        Reason::Signature,
    ),
    bad("signature cut short", |w| w.headed(json!({})).trim_end_matches(|c| c != '.').to_owned(), Reason::Signature),
    bad("no signature part", |w| unsigned(&w.header().to_string(), &claims().to_string()), Reason::Malformed),
    bad("a fourth part", |w| format!("{}.x", w.headed(json!({}))), Reason::Malformed),
    bad(
        "the zero signature",
        |w| format!("{}.{}", unsigned(&w.header().to_string(), &claims().to_string()), URL_SAFE_NO_PAD.encode([0; 96])),
        Reason::Signature,
    ),
    bad("not base64", |w| w.headed(json!({})).replacen('e', "*", 1), Reason::Malformed),
];

#[tokio::test]
async fn a_forged_signature_is_refused() {
    try_all(SIGNATURES).await;
}

fn none(alg: &str) -> String {
    let header = json!({"alg": alg, "typ": "JWT", "kid": "key-1"}).to_string();
    format!("{}.", unsigned(&header, &claims().to_string()))
}

fn hmac_with(w: &World, secret: &[u8]) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": w.rsa.kid}).to_string();
    let signed = unsigned(&header, &claims().to_string());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn by_rsa(w: &World, alg: &str, kid: &str) -> String {
    w.rsa.token(&json!({"alg": alg, "kid": kid}), &claims())
}

const CONFUSIONS: &[Case] = &[
    good("ES384 by the EC key", |w| w.headed(json!({}))),
    good("RS384 by the RSA key", |w| by_rsa(w, "RS384", "key-rsa")),
    bad("alg none", |_| none("none"), Reason::Algorithm),
    bad("alg None", |_| none("None"), Reason::Algorithm),
    bad("alg NONE", |_| none("NONE"), Reason::Algorithm),
    bad("alg nOnE", |_| none("nOnE"), Reason::Algorithm),
    bad("alg empty", |_| none(""), Reason::Algorithm),
    bad("alg in another case", |w| w.headed(json!({"alg": "es384"})), Reason::Algorithm),
    bad("alg a list", |w| w.headed(json!({"alg": ["ES384"]})), Reason::Malformed),
    bad("no alg", |w| w.headed(json!({"alg": null})), Reason::Missing),
    bad(
        "HS256 with the modulus as secret",
        |w| hmac_with(w, w.rsa.jwk()["n"].as_str().unwrap().as_bytes()),
        Reason::Algorithm,
    ),
    bad("HS256 with the JWK as secret", |w| hmac_with(w, w.rsa.jwk().to_string().as_bytes()), Reason::Algorithm),
    bad("HS256 with nothing as secret", |w| hmac_with(w, b""), Reason::Algorithm),
    bad("RS384 with the EC key's kid", |w| by_rsa(w, "RS384", "key-1"), Reason::Key),
    bad("ES384 with the RSA key's kid", |w| w.headed(json!({"kid": "key-rsa"})), Reason::Key),
    bad("RS256, which the profile does not allow", |w| by_rsa(w, "RS256", "key-rsa"), Reason::Algorithm),
    bad("RS384 by a key meant for RS256", |w| by_rsa(w, "RS384", "key-rs256"), Reason::Key),
    bad("a key meant for encryption", |w| w.headed(json!({"kid": "key-enc"})), Reason::Key),
];

#[tokio::test]
async fn no_token_chooses_how_its_key_is_read() {
    try_all(CONFUSIONS).await;
}

const HEADERS: &[Case] = &[
    good("no typ", |w| w.headed(json!({"typ": null}))),
    good("typ in small letters", |w| w.headed(json!({"typ": "jwt"}))),
    good("kid as Epic sends it", |w| w.headed(json!({"kid": "a+b/c=="}))),
    good("members nobody knows", |w| w.headed(json!({"x-own": {"a": [1]}}))),
    bad("an access token", |w| w.headed(json!({"typ": "at+jwt"})), Reason::Demanding),
    bad("crit", |w| w.headed(json!({"crit": ["b64"], "b64": false})), Reason::Demanding),
    bad("crit empty", |w| w.headed(json!({"crit": []})), Reason::Demanding),
    bad("no kid", |w| w.headed(json!({"kid": null})), Reason::Missing),
    bad("kid empty", |w| w.headed(json!({"kid": ""})), Reason::Missing),
    bad("kid a number", |w| w.headed(json!({"kid": 1})), Reason::Malformed),
    bad("kid unknown", |w| w.headed(json!({"kid": "key-9"})), Reason::Key),
    bad("kid a path", |w| w.headed(json!({"kid": "../../../../dev/null"})), Reason::Key),
    bad("kid a query", |w| w.headed(json!({"kid": "key-1' OR '1'='1"})), Reason::Key),
    bad("kid with a nul", |w| w.headed(json!({"kid": "key-1\u{0}"})), Reason::Key),
    bad("kid with lines for the log", |w| w.headed(json!({"kid": "x\r\nadmitted\u{1b}[2J"})), Reason::Key),
    bad(
        "its own key in the header",
        |w| w.enemy.token(&with(w.header(), json!({"jwk": w.enemy.jwk()})), &claims()),
        Reason::Signature,
    ),
    bad(
        "its own key in the header, under a kid of its own",
        |w| w.enemy.token(&with(w.header(), json!({"jwk": w.enemy.jwk(), "kid": "mine"})), &claims()),
        Reason::Key,
    ),
    bad(
        "its own certificate in the header",
        |w| {
            let own = json!({"x5c": ["MIIB"], "x5u": "https://enemy.example/cert"});
            w.enemy.token(&with(w.header(), own), &claims())
        },
        Reason::Signature,
    ),
    bad(
        "kid twice",
        |w| w.own.raw("ES384", r#"{"alg":"ES384","kid":"key-9","kid":"key-1"}"#, &claims().to_string()),
        Reason::Duplicate,
    ),
    bad(
        "alg twice, once escaped",
        |w| w.own.raw("ES384", r#"{"alg":"none","kid":"key-1","\u0061lg":"ES384"}"#, &claims().to_string()),
        Reason::Duplicate,
    ),
    bad("header a list", |w| w.own.raw("ES384", "[]", &claims().to_string()), Reason::Malformed),
    bad(
        "header with something after it",
        |w| w.own.raw("ES384", r#"{"alg":"ES384","kid":"key-1"} {}"#, &claims().to_string()),
        Reason::Malformed,
    ),
    bad(
        "header very deep",
        |w| {
            w.own.raw(
                "ES384",
                &format!(r#"{{"alg":"ES384","kid":"key-1","x":{}}}"#, "[".repeat(5_000)),
                &claims().to_string(),
            )
        },
        Reason::Malformed,
    ),
];

#[tokio::test]
async fn headers_that_trick_other_readers_are_refused() {
    try_all(HEADERS).await;
}

const TIMES: &[Case] = &[
    good("five minutes", |w| w.claiming(json!({}))),
    good("as Epic dates it: back by five minutes, on for fifteen", |w| {
        w.claiming(json!({"nbf": NOW.0 - 300, "iat": NOW.0 - 300, "exp": NOW.0 + 900}))
    }),
    good("expired within the leeway", |w| w.claiming(json!({"iat": NOW.0 - 300, "exp": NOW.0 - 29}))),
    good("issued ahead within the leeway", |w| w.claiming(json!({"iat": NOW.0 + 30}))),
    good("an hour", |w| w.claiming(json!({"iat": NOW.0, "exp": NOW.0 + 3_600}))),
    good("seconds with a fraction", |w| w.claiming(json!({"iat": NOW.0 as f64 + 0.25}))),
    bad("expired", |w| w.claiming(json!({"iat": NOW.0 - 300, "exp": NOW.0 - 30})), Reason::Expired),
    bad("long expired", |w| w.claiming(json!({"iat": 0, "exp": 300})), Reason::Expired),
    bad("not yet valid", |w| w.claiming(json!({"nbf": NOW.0 + 31})), Reason::Early),
    bad("issued in the future", |w| w.claiming(json!({"iat": NOW.0 + 31})), Reason::Early),
    bad("a life of a day", |w| w.claiming(json!({"exp": NOW.0 + 86_400})), Reason::Life),
    bad("just beyond an hour and leeway", |w| w.claiming(json!({"iat": NOW.0, "exp": NOW.0 + 3_631})), Reason::Life),
    bad("a life without end", |w| w.claiming(json!({"exp": 1e14})), Reason::Life),
    bad("exp beyond all numbers", |w| w.claiming(json!({"exp": 1e300})), Reason::Malformed),
    bad("ends before it begins", |w| w.claiming(json!({"iat": NOW.0 + 5, "exp": NOW.0 + 1})), Reason::Life),
    bad("exp a text", |w| w.claiming(json!({"exp": "1795600300"})), Reason::Malformed),
    bad("no exp", |w| w.claiming(json!({"exp": null})), Reason::Missing),
    bad("no iat", |w| w.claiming(json!({"iat": null})), Reason::Missing),
];

#[tokio::test]
async fn a_token_out_of_its_time_is_refused() {
    try_all(TIMES).await;
}

const CLAIMS: &[Case] = &[
    good("the address called", |w| w.claiming(json!({"aud": URL}))),
    good("the address among others", |w| w.claiming(json!({"aud": ["https://a.example", URL]}))),
    good("with the port that goes without saying", |w| w.claiming(json!({"aud": URL.replace(".org", ".org:443")}))),
    good("host in capitals", |w| w.claiming(json!({"aud": URL.replace("cds.example", "CDS.Example")}))),
    good("a slash at the end", |w| w.claiming(json!({"aud": format!("{URL}/")}))),
    bad("another service", |w| w.claiming(json!({"aud": URL.replace("sign", "select")})), Reason::Audience),
    bad("another host", |w| w.claiming(json!({"aud": URL.replace("cds.", "other.")})), Reason::Audience),
    bad("another port", |w| w.claiming(json!({"aud": URL.replace(".org", ".org:8443")})), Reason::Audience),
    bad("without TLS", |w| w.claiming(json!({"aud": URL.replace("https", "http")})), Reason::Audience),
    bad("the path in another case", |w| w.claiming(json!({"aud": URL.replace("caveat", "Caveat")})), Reason::Audience),
    bad("the base alone", |w| w.claiming(json!({"aud": "https://cds.example.org"})), Reason::Audience),
    bad("the host as a user", |w| w.claiming(json!({"aud": URL.replace("://", "://x@")})), Reason::Audience),
    bad("with a query", |w| w.claiming(json!({"aud": format!("{URL}?x=1")})), Reason::Audience),
    bad("the address within another", |w| w.claiming(json!({"aud": format!("{URL} https://x")})), Reason::Audience),
    bad("aud empty", |w| w.claiming(json!({"aud": ""})), Reason::Audience),
    bad("aud an empty list", |w| w.claiming(json!({"aud": []})), Reason::Missing),
    bad("aud a number", |w| w.claiming(json!({"aud": 1})), Reason::Malformed),
    bad("no aud", |w| w.claiming(json!({"aud": null})), Reason::Missing),
    bad("an unknown issuer", |w| w.claiming(json!({"iss": "https://enemy.example"})), Reason::Issuer),
    bad("the issuer with a slash", |w| w.claiming(json!({"iss": format!("{ISS}/")})), Reason::Issuer),
    bad("the issuer in capitals", |w| w.claiming(json!({"iss": ISS.to_uppercase()})), Reason::Issuer),
    bad("no issuer", |w| w.claiming(json!({"iss": null})), Reason::Missing),
    bad("no jti", |w| w.claiming(json!({"jti": null})), Reason::Missing),
    bad("jti empty", |w| w.claiming(json!({"jti": ""})), Reason::Missing),
    bad("jti a number", |w| w.claiming(json!({"jti": 7})), Reason::Malformed),
    bad(
        "aud twice",
        |w| {
            let twice = claims().to_string().replacen('{', r#"{"aud":"https://x","#, 1);
            w.own.raw("ES384", &w.header().to_string(), &twice)
        },
        Reason::Duplicate,
    ),
    bad("claims no JSON", |w| w.own.raw("ES384", &w.header().to_string(), "hello"), Reason::Malformed),
    bad(
        "claims not UTF-8",
        |w| {
            let signed =
                format!("{}.{}", URL_SAFE_NO_PAD.encode(w.header().to_string()), URL_SAFE_NO_PAD.encode([0xff, 0xfe]));
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(w.own.sign("ES384", signed.as_bytes())))
        },
        Reason::Malformed,
    ),
    bad("longer than 16 KiB", |w| w.claiming(json!({"x": "x".repeat(16 << 10)})), Reason::TooLong),
    good("long, but not too long", |w| w.claiming(json!({"x": "x".repeat(8 << 10)}))),
];

#[tokio::test]
async fn a_token_for_somewhere_or_somebody_else_is_refused() {
    try_all(CLAIMS).await;
}

#[tokio::test]
async fn every_algorithm_of_a_profile_works_and_no_other() {
    let signers = [Signer::p256("p256"), Signer::p384("p384"), Signer::rsa("rsa"), Signer::ed("ed")];
    let keys: Vec<Value> = signers.iter().map(Signer::jwk).collect();
    let file = KeyFile::of(&keys);
    let all = [
        ("ES256", 0, Algorithm::Es256),
        ("ES384", 1, Algorithm::Es384),
        ("RS256", 2, Algorithm::Rs256),
        ("RS384", 2, Algorithm::Rs384),
        ("RS512", 2, Algorithm::Rs512),
        ("PS256", 2, Algorithm::Ps256),
        ("PS384", 2, Algorithm::Ps384),
        ("PS512", 2, Algorithm::Ps512),
        ("EdDSA", 3, Algorithm::EdDsa),
    ];
    for (allowed, _, algorithm) in all {
        let profile = Client { jwks_file: Some(file.0.clone()), algorithms: vec![algorithm], ..client("ehr") };
        let gate = Gate::new(&settings(vec![profile]));
        for (alg, at, _) in all {
            let signer = &signers[at];
            let token = signer.token(&json!({"alg": alg, "kid": signer.kid}), &claims());
            let said = show(&gate, &token).await;
            let wants = if alg == allowed { Ok("ehr".to_owned()) } else { Err(Reason::Algorithm) };
            assert_eq!(said, wants, "{alg} where {allowed} is allowed");
        }
    }
}

#[tokio::test]
async fn a_token_works_once() {
    let w = world();
    let token = w.headed(json!({}));
    assert_eq!(show(&w.gate, &token).await, Ok("ehr".to_owned()));
    assert_eq!(show(&w.gate, &token).await, Err(Reason::Replayed));
    assert_eq!(show_at(&w.gate, &token, Moment(NOW.0 + 319)).await, Err(Reason::Replayed), "as long as it lives");
    assert_eq!(show_at(&w.gate, &token, Moment(NOW.0 + 320)).await, Err(Reason::Expired));
    let same_name = with(claims(), json!({"jti": "twin"}));
    assert!(show(&w.gate, &w.own.token(&w.header(), &same_name)).await.is_ok());
    let signed_anew = with(same_name, json!({"x": 1}));
    assert_eq!(show(&w.gate, &w.own.token(&w.header(), &signed_anew)).await, Err(Reason::Replayed));
}

#[tokio::test]
async fn a_forged_token_does_not_use_up_the_good_one() {
    let w = world();
    let good = with(claims(), json!({"jti": "mine"}));
    assert_eq!(show(&w.gate, &w.enemy.token(&w.header(), &good)).await, Err(Reason::Signature));
    let elsewhere = with(good.clone(), json!({"aud": "https://cds.example.org/other"}));
    assert_eq!(show(&w.gate, &w.own.token(&w.header(), &elsewhere)).await, Err(Reason::Audience));
    assert!(show(&w.gate, &w.own.token(&w.header(), &good)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_one_token_shown_fifty_times_at_once_exactly_one_wins() {
    let w = Arc::new(world());
    for _ in 0..5 {
        let token = w.headed(json!({}));
        let shown: Vec<_> = (0..50)
            .map(|_| {
                let (w, token) = (Arc::clone(&w), token.clone());
                tokio::spawn(async move { show(&w.gate, &token).await })
            })
            .collect();
        let mut won = 0;
        for task in shown {
            match task.await.unwrap() {
                Ok(_) => won += 1,
                Err(reason) => assert_eq!(reason, Reason::Replayed),
            }
        }
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn no_token_with_one_character_changed_is_let_in() {
    let w = world();
    let token = w.headed(json!({}));
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(show(&w.gate, &changed).await.is_err(), "character {at}");
    }
    assert!(show(&w.gate, &token).await.is_ok());
}

proptest! {
    #[test]
    fn whatever_is_shown_is_read_or_refused_and_never_breaks(header in ".{0,60}", body in ".{0,60}", rest in ".{0,20}") {
        let mut claimed = Claimed::default();
        let _ = token::bearer(rest.as_bytes());
        for text in [format!("{header}.{body}.{rest}"), format!("{}.{rest}", unsigned(&header, &body))] {
            prop_assert!(token::read(&text, &mut claimed).is_err());
        }
    }

    #[test]
    fn an_address_is_the_same_place_as_itself_alone(a in "[a-zA-Z:/@.?#]{0,24}", b in "[a-zA-Z:/@.?#]{0,24}") {
        let (a, b) = (format!("https://{a}"), format!("https://{b}"));
        prop_assert_eq!(same_place(&a, &b), same_place(&b, &a));
        prop_assert!(!same_place(&a, &b) || a.to_lowercase().trim_end_matches('/') == b.to_lowercase().trim_end_matches('/'));
    }
}

#[test]
fn every_reason_has_its_own_counter_and_word() {
    let words: BTreeSet<&str> = Reason::ALL.iter().map(|r| r.word()).collect();
    assert_eq!(words.len(), Reason::ALL.len());
    assert!(Reason::ALL.iter().enumerate().all(|(at, reason)| *reason as usize == at));
}

#[tokio::test]
async fn a_registration_that_can_never_work_is_said() {
    let keyless = client("keyless");
    let nobody = Client { iss: String::new(), ..client("nobody") };
    let cert = |name: &str| Client { certificate: Some("c".to_owned()), iss: String::new(), ..client(name) };
    let said = |clients| Gate::new(&settings(clients)).health().troubles;
    assert_eq!(said(vec![cert("one")]), Vec::<String>::new());
    assert!(said(vec![keyless])[0].contains("no keys"));
    assert!(said(vec![nobody])[0].contains("never let in"));
    assert!(said(vec![cert("one"), cert("two")])[0].contains("one certificate"));
}

#[tokio::test]
async fn a_full_memory_refuses_rather_than_forgets() {
    let own = Signer::p384("key-1");
    let file = KeyFile::of(&[own.jwk()]);
    let of = |name: &str, iss: &str| Client { jwks_file: Some(file.0.clone()), iss: iss.to_owned(), ..client(name) };
    let mut settings = settings(vec![of("ehr", ISS), of("other", "https://other.example.org")]);
    settings.trust.remembered_max = 20;
    let gate = Gate::new(&settings);
    let header = json!({"alg": "ES384", "kid": "key-1"});
    let first = own.token(&header, &claims());
    assert!(show(&gate, &first).await.is_ok());
    for _ in 1..20 {
        assert!(show(&gate, &own.token(&header, &claims())).await.is_ok());
    }
    assert_eq!(show(&gate, &own.token(&header, &claims())).await, Err(Reason::MemoryFull));
    assert_eq!(show(&gate, &first).await, Err(Reason::Replayed), "nothing was forgotten");
    let health = gate.health();
    assert!(health.troubles.iter().any(|t| t.contains("20 living tokens")), "{:?}", health.troubles);
    let other = with(claims(), json!({"iss": "https://other.example.org"}));
    assert!(show(&gate, &own.token(&header, &other)).await.is_ok(), "another issuer has its own memory");
}

#[tokio::test]
async fn tokens_that_ended_are_forgotten() {
    let seen = Seen::new(3);
    let show = |jti: &str, ends: i64, now: i64| seen.show(ISS, jti, ends, now);
    assert_eq!([show("a", 101, 100), show("b", 101, 100), show("c", 500, 100)], [Shown::First; 3]);
    assert_eq!(show("d", 500, 100), Shown::Full);
    assert!(seen.is_refusing());
    until("a second had passed", || show("d", 500, 102) == Shown::First).await;
    assert!(!seen.is_refusing());
    assert_eq!(show("e", 500, 102), Shown::First);
    assert_eq!(show("f", 500, 102), Shown::Full);
    assert_eq!((show("c", 500, 102), seen.held()), (Shown::Again, 3));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_back_lets_no_token_in_twice() {
    let w = world();
    let token = w.headed(json!({}));
    assert!(show(&w.gate, &token).await.is_ok());
    let ahead = Moment(NOW.0 + 100_000);
    for _ in 0..100 {
        let fresh = with(claims(), json!({"iat": ahead.0, "exp": ahead.0 + 300}));
        assert!(show_at(&w.gate, &w.own.token(&w.header(), &fresh), ahead).await.is_ok());
    }
    assert_eq!(show_at(&w.gate, &token, ahead).await, Err(Reason::Expired));
    assert_eq!(show(&w.gate, &token).await, Err(Reason::Replayed));
}

#[tokio::test]
async fn an_audience_of_the_sites_own_is_taken_from_its_client_alone() {
    let own = Signer::p384("key-1");
    let file = KeyFile::of(&[own.jwk()]);
    let meld = Client { jwks_file: Some(file.0.clone()), audiences: vec!["sand_man".to_owned()], ..client("meld") };
    let plain = Client { jwks_file: Some(file.0.clone()), iss: "https://plain.example".to_owned(), ..client("plain") };
    let gate = Gate::new(&settings(vec![meld, plain]));
    let header = json!({"alg": "ES384", "kid": "key-1"});
    let aud = |aud: &str, iss: &str| own.token(&header, &with(claims(), json!({"aud": aud, "iss": iss})));
    assert_eq!(show(&gate, &aud("sand_man", ISS)).await, Ok("meld".to_owned()));
    assert_eq!(show(&gate, &aud(URL, ISS)).await, Ok("meld".to_owned()));
    assert_eq!(show(&gate, &aud("sand_men", ISS)).await, Err(Reason::Audience));
    assert_eq!(show(&gate, &aud("sand_man", "https://plain.example")).await, Err(Reason::Audience));
}

#[tokio::test]
async fn a_clients_own_leeway_counts() {
    let own = Signer::p384("key-1");
    let file = KeyFile::of(&[own.jwk()]);
    let slow = Client { jwks_file: Some(file.0.clone()), leeway: Duration::from_secs(300), ..client("slow clock") };
    let gate = Gate::new(&settings(vec![slow]));
    let token = |exp: i64, iat: i64| {
        own.token(&json!({"alg": "ES384", "kid": "key-1"}), &with(claims(), json!({"exp": exp, "iat": iat})))
    };
    assert!(show(&gate, &token(NOW.0 - 299, NOW.0 - 600)).await.is_ok());
    assert_eq!(show(&gate, &token(NOW.0 - 300, NOW.0 - 600)).await, Err(Reason::Expired));
}

#[tokio::test]
async fn clients_of_one_issuer_are_told_apart_by_tenant_and_key() {
    let (north, south) = (Signer::p384("north"), Signer::p384("south"));
    let (of_north, of_south) = (KeyFile::of(&[north.jwk()]), KeyFile::of(&[south.jwk()]));
    let of = |name: &str, file: &KeyFile, tenants: &[&str]| Client {
        jwks_file: Some(file.0.clone()),
        tenants: tenants.iter().map(|t| (*t).to_owned()).collect(),
        ..client(name)
    };
    let named = Gate::new(&settings(vec![of("north", &of_north, &["n"]), of("south", &of_south, &["s", "s2"])]));
    let token = |signer: &Signer, tenant: Value| {
        let claims = with(claims(), json!({"tenant": tenant}));
        signer.token(&json!({"alg": "ES384", "kid": signer.kid}), &claims)
    };
    assert_eq!(show(&named, &token(&north, json!("n"))).await, Ok("north".to_owned()));
    assert_eq!(show(&named, &token(&south, json!("s2"))).await, Ok("south".to_owned()));
    assert_eq!(show(&named, &token(&south, json!("n"))).await, Err(Reason::Key), "with the other's tenant");
    assert_eq!(show(&named, &token(&north, json!("x"))).await, Err(Reason::Tenant));
    assert_eq!(show(&named, &token(&north, Value::Null)).await, Err(Reason::Tenant));
    assert_eq!(show(&named, &token(&north, json!(7))).await, Err(Reason::Malformed));
    let open = Gate::new(&settings(vec![of("north", &of_north, &["n"]), of("south", &of_south, &[])]));
    assert_eq!(show(&open, &token(&south, json!("any"))).await, Ok("south".to_owned()));
    assert_eq!(show(&open, &token(&south, Value::Null)).await, Ok("south".to_owned()));
    assert_eq!(show(&open, &token(&south, json!("n"))).await, Err(Reason::Key), "a tenant that another client names");
    let by_key = Gate::new(&settings(vec![of("north", &of_north, &[]), of("south", &of_south, &[])]));
    assert_eq!(show(&by_key, &token(&south, Value::Null)).await, Ok("south".to_owned()));
    assert_eq!(show(&by_key, &token(&north, Value::Null)).await, Ok("north".to_owned()));
}

/// Knocks with these `Authorization` values.
async fn knock(gate: &Gate, authorizations: &[&[u8]], certificate: Option<&str>) -> Result<(String, Proof), Reason> {
    let knock = Knock { authorizations, certificate, url: URL, discovery: false };
    let said = gate.admit(&knock, NOW).await;
    said.map(|caller| (caller.client.name.clone(), caller.proof)).map_err(|denied| denied.reason)
}

#[tokio::test]
async fn an_authorization_that_is_no_single_bearer_token_is_refused() {
    let w = world();
    let shaped = |shape: &str| shape.replace("TOKEN", &w.headed(json!({}))).into_bytes();
    for shape in ["Bearer TOKEN", "bearer TOKEN", "BEARER  TOKEN"] {
        assert!(knock(&w.gate, &[&shaped(shape)], None).await.is_ok(), "{shape}");
    }
    for shape in ["TOKEN", "Basic TOKEN", "Bearer", "Bearer ", "Bearer TOKEN TOKEN", "BearerTOKEN", "Bearer\tTOKEN"] {
        let said = knock(&w.gate, &[&shaped(shape)], None).await;
        assert!(matches!(said, Err(Reason::NotBearer | Reason::Malformed)), "{shape}: {said:?}");
    }
    assert_eq!(knock(&w.gate, &[b"Bearer \xc3\xa4.b.c"], None).await, Err(Reason::NotBearer));
    assert_eq!(knock(&w.gate, &[b"Bearer \xff\xfe"], None).await, Err(Reason::NotBearer));
    let (one, two) = (shaped("Bearer TOKEN"), shaped("Bearer TOKEN"));
    assert_eq!(knock(&w.gate, &[&one, &two], None).await, Err(Reason::SeveralHeaders));
    assert_eq!(knock(&w.gate, &[&one, b""], None).await, Err(Reason::SeveralHeaders));
    assert_eq!(knock(&w.gate, &[], None).await, Err(Reason::NothingShown));
    assert!(knock(&w.gate, &[&one], None).await.is_ok());
}

#[tokio::test]
async fn a_certificate_lets_its_own_client_in_and_no_other() {
    let own = Signer::p384("key-1");
    let file = KeyFile::of(&[own.jwk()]);
    let both = Client { jwks_file: Some(file.0.clone()), certificate: Some("ehr-1".to_owned()), ..client("both") };
    let mtls = Client { iss: String::new(), certificate: Some("lab-1".to_owned()), ..client("mtls") };
    let gate = Gate::new(&settings(vec![both, mtls]));
    let bearer = || format!("Bearer {}", own.token(&json!({"alg": "ES384", "kid": "key-1"}), &claims())).into_bytes();
    assert_eq!(knock(&gate, &[], Some("lab-1")).await, Ok(("mtls".to_owned(), Proof::Certificate)));
    assert_eq!(knock(&gate, &[], Some("ehr-1")).await, Ok(("both".to_owned(), Proof::Certificate)));
    assert_eq!(knock(&gate, &[], Some("EHR-1")).await, Err(Reason::NothingShown));
    assert_eq!(knock(&gate, &[], Some("ehr-1.enemy.example")).await, Err(Reason::NothingShown));
    assert_eq!(knock(&gate, &[&bearer()], Some("ehr-1")).await, Ok(("both".to_owned(), Proof::Token)));
    assert_eq!(knock(&gate, &[&bearer()], None).await, Ok(("both".to_owned(), Proof::Token)));
    assert_eq!(knock(&gate, &[&bearer()], Some("lab-1")).await, Err(Reason::Certificate), "another's certificate");
    assert_eq!(
        knock(&gate, &[b"Bearer a.b.c"], Some("ehr-1")).await,
        Err(Reason::Malformed),
        "what is shown must hold"
    );
}

#[tokio::test]
async fn without_clients_whoever_comes_is_let_in_and_said_to_be_nobody() {
    let gate = Gate::new(&settings(Vec::new()));
    assert_eq!(knock(&gate, &[b"Bearer nonsense"], None).await, Ok(("anyone".to_owned(), Proof::Nothing)));
    assert!(gate.is_open());
}

#[tokio::test]
async fn what_a_token_claims_is_cut_short_and_escaped_for_the_log() {
    let w = world();
    let token =
        w.headed(json!({"kid": format!("x\r\n\u{1b}[2J{}", "y".repeat(5_000)), "jku": "https://u:p@a.example/b?c"}));
    let bearer = format!("Bearer {token}");
    let knock = Knock { authorizations: &[bearer.as_bytes()], certificate: None, url: URL, discovery: false };
    let denied = w.gate.admit(&knock, NOW).await.unwrap_err();
    assert_eq!(denied.reason, Reason::Jku);
    assert_eq!((denied.claimed.iss.as_str(), denied.claimed.jku_host.as_str()), (ISS, "a.example"));
    assert!(denied.claimed.kid.len() < 200 && denied.claimed.kid.is_ascii() && !denied.claimed.kid.contains('\n'));
    assert!(!format!("{denied} {denied:?}").contains(&token[..40]), "no part of the token is in it");
}
