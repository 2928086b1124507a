//! What the service adds to the handler, and what a signature adds to the service: the same call answered by the handler
//! alone and through the whole router, in turn; then unsigned, signed by ES384 and signed by RS384, in turn.
//!
//! `cargo bench --bench signed`; `-- --only service` for the first alone. A signed call must stay below a millisecond. Every token is used once, as it must be, and is
//! signed before the clock runs. Calls go to the router in one thread, without a network.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA384, RsaKeyPair, RsaPublicKeyComponents,
};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caveat::clinical::time::Moment;
use caveat::commands::builtin;
use caveat::hooks::call::Hook;
use caveat::live::lineup::Lineup;
use caveat::serve::answer::plainly;
use caveat::serve::router::router;
use caveat::serve::service::Service;
use caveat::settings::client::Client;
use caveat::settings::whole::Settings;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceExt;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLS: usize = 3_000;
const WARM: usize = 200;
const NOW: Moment = Moment(1_795_600_000);
const PATH: &str = "/cds-services/caveat-order-sign";
const BASE: &str = "https://cds.example.org";

fn now() -> Moment {
    NOW
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token that nobody has shown yet.
fn token(alg: &str, at: usize, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = json!({"alg": alg, "typ": "JWT", "kid": alg});
    let claims = json!({"iss": "https://ehr.example.org", "aud": format!("{BASE}{PATH}"),
        "iat": NOW.0 - 10, "exp": NOW.0 + 290, "jti": format!("{alg}-{at}")});
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = b64(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// One order and ten drugs on file, by codes of the built-in knowledge.
fn call() -> String {
    let taken = ["855332", "197361", "314076", "617310", "860975", "197805", "313782", "310965", "198440", "259255"];
    let order = |code: &str, status: &str| {
        json!({"resource": {"resourceType": "MedicationRequest", "id": format!("{status}-{code}"), "status": status,
            "intent": "order", "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"coding":
            [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]}}})
    };
    let bundle = |entries: Vec<Value>| json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    json!({"hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": bundle(vec![order("197805", "draft")])},
        "prefetch": {"medications": bundle(taken.iter().map(|code| order(code, "active")).collect())}})
    .to_string()
}

/// A router with these clients over the built-in knowledge.
fn served(lineup: &Arc<Lineup>, clients: Vec<Client>) -> Router {
    let mut settings = Settings { clients: clients.into_iter().map(Arc::new).collect(), ..Settings::default() };
    settings.server.public_url = Some(BASE.to_owned());
    let mut service = Service::for_trying(Arc::clone(lineup), settings);
    service.clock = now;
    router(Arc::new(service))
}

async fn ask(router: &Router, token: Option<&str>, body: &str) -> f64 {
    let mut request = Request::post(PATH).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let begun = Instant::now();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let took = begun.elapsed();
    assert!(!body.is_empty());
    took.as_secs_f64() * 1e6
}

/// Percentiles of the sides, and what each takes more than the first.
fn tell(sides: &mut [(&str, Vec<f64>)]) {
    println!("{:<10} {:>8} {:>8} {:>8} {:>12}", "", "p50", "p99", "p99.9", "more at p50");
    let mut first = None;
    for (name, times) in sides {
        times.sort_by(f64::total_cmp);
        let at = |p: f64| times[((times.len() - 1) as f64 * p) as usize];
        let least = *first.get_or_insert(at(0.5));
        println!("{name:<10} {:>8.1} {:>8.0} {:>8.0} {:>12.1}", at(0.5), at(0.99), at(0.999), at(0.5) - least);
    }
}

/// The handler alone beside the whole service: what admission, limits, the record of the decision and metrics cost.
async fn service(lineup: &Arc<Lineup>, body: &str) {
    let (router, pack) = (served(lineup, Vec::new()), lineup.snapshot().unwrap());
    let mut sides = [("handler", Vec::new()), ("service", Vec::new())];
    for at in 0..WARM + 10 * CALLS {
        let begun = Instant::now();
        assert!(!plainly(&pack, Hook::OrderSign, body.as_bytes(), NOW).body.is_empty());
        let took = [begun.elapsed().as_secs_f64() * 1e6, ask(&router, None, body).await];
        if at >= WARM {
            sides.iter_mut().zip(took).for_each(|((_, times), took)| times.push(took));
        }
    }
    println!("one order, ten drugs on file, {} bytes, {} calls each, in turn; microseconds", body.len(), 10 * CALLS);
    tell(&mut sides);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(builtin::PACK, "built-in", NOW).unwrap();
    let body = call();
    service(&lineup, &body).await;
    if !std::env::args().any(|argument| argument == "service") {
        signed(&lineup, &body).await;
    }
}

async fn signed(lineup: &Arc<Lineup>, body: &str) {
    let dice = SystemRandom::new();
    let ec = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (x, y) = ec.public_key().as_ref()[1..].split_at(48);
    let parts = RsaPublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
    let keys = json!({"keys": [
        {"kty": "EC", "crv": "P-384", "kid": "ES384", "x": b64(x), "y": b64(y)},
        {"kty": "RSA", "kid": "RS384", "n": b64(&parts.n), "e": b64(&parts.e)},
    ]});
    let file = std::env::temp_dir().join(format!("caveat-signed-{}.json", std::process::id()));
    std::fs::write(&file, keys.to_string()).unwrap();
    let by_ec = |message: &[u8]| ec.sign(&dice, message).unwrap().as_ref().to_vec();
    let by_rsa = |message: &[u8]| {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA384, &dice, message, &mut signature).unwrap();
        signature
    };
    let profile =
        Client { iss: "https://ehr.example.org".to_owned(), jwks_file: Some(file.clone()), ..Client::default() };
    let (open, closed) = (served(lineup, Vec::new()), served(lineup, vec![profile]));
    let mut sides = [("unsigned", Vec::new()), ("ES384", Vec::new()), ("RS384", Vec::new())];
    for at in 0..WARM + CALLS {
        let (es384, rs384) = (token("ES384", at, by_ec), token("RS384", at, by_rsa));
        let took = [
            ask(&open, None, body).await,
            ask(&closed, Some(&es384), body).await,
            ask(&closed, Some(&rs384), body).await,
        ];
        if at >= WARM {
            sides.iter_mut().zip(took).for_each(|((_, times), took)| times.push(took));
        }
    }
    std::fs::remove_file(file).unwrap();
    println!("one order, ten drugs on file, {} bytes, {CALLS} calls each, in turn; microseconds", body.len());
    tell(&mut sides);
}
