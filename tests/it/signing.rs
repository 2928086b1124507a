//! Keys, tokens and key servers for the tests of trust: everything a good client does, and every way to do it wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caveat::clinical::time::Moment;
use caveat::settings::client::{Algorithm, Client};
use caveat::settings::whole::Settings;
use caveat::trust::gate::{Gate, Knock};
use caveat::trust::reason::Reason;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The issuer of the client that most tests register.
pub const ISS: &str = "https://ehr.example.org/cds";
/// The address that most tests call.
pub const URL: &str = "https://cds.example.org/cds-services/caveat-order-sign";
/// When they call it.
pub const NOW: Moment = Moment(1_795_600_000);

/// A key with an id, as a client holds it.
pub struct Signer {
    pub kid: &'static str,
    pair: Pair,
}

enum Pair {
    Ec(&'static EcdsaKeyPair, &'static str),
    Rsa(&'static RsaKeyPair),
    Ed(&'static Ed25519KeyPair),
}

fn kept<T>(made: T) -> &'static T {
    Box::leak(Box::new(made))
}

impl Signer {
    pub fn p384(kid: &'static str) -> Signer {
        let pair = kept(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap());
        Signer { kid, pair: Pair::Ec(pair, "P-384") }
    }

    pub fn p256(kid: &'static str) -> Signer {
        let pair = kept(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
        Signer { kid, pair: Pair::Ec(pair, "P-256") }
    }

    pub fn ed(kid: &'static str) -> Signer {
        Signer { kid, pair: Pair::Ed(kept(Ed25519KeyPair::generate().unwrap())) }
    }

    /// One RSA key for all tests: making one takes long.
    pub fn rsa(kid: &'static str) -> Signer {
        static PAIR: OnceLock<RsaKeyPair> = OnceLock::new();
        Signer { kid, pair: Pair::Rsa(PAIR.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())) }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self.pair {
            Pair::Ec(pair, curve) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "crv": curve, "kid": self.kid, "x": b64(x), "y": b64(y), "use": "sig"})
            }
            Pair::Rsa(pair) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "kid": self.kid, "n": b64(&parts.n), "e": b64(&parts.e)})
            }
            Pair::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": b64(pair.public_key().as_ref())})
            }
        }
    }

    /// The public key with these members besides, or instead.
    pub fn jwk_with(&self, members: Value) -> Value {
        let mut jwk = self.jwk();
        jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        jwk
    }

    /// The signature by the algorithm of this name that the key can make.
    pub fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let dice = SystemRandom::new();
        match self.pair {
            Pair::Ec(pair, _) => pair.sign(&dice, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding: &dyn aws_lc_rs::signature::RsaEncoding = match alg {
                    "RS256" => &RSA_PKCS1_SHA256,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    "PS384" => &RSA_PSS_SHA384,
                    "PS512" => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA384,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &dice, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A token of this header and these claims.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let alg = header["alg"].as_str().unwrap_or("").to_owned();
        self.raw(&alg, &header.to_string(), &claims.to_string())
    }

    /// A token of any header and claims.
    pub fn raw(&self, alg: &str, header: &str, claims: &str) -> String {
        let signed = unsigned(header, claims);
        let signature = self.sign(alg, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims, not signed.
pub fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// A name that no other token has.
pub fn fresh_jti() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("token-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The claims of a good token.
pub fn claims() -> Value {
    json!({"iss": ISS, "aud": URL, "iat": NOW.0 - 10, "exp": NOW.0 + 290, "jti": fresh_jti()})
}

/// An object with members besides, or instead; `null` takes one away.
pub fn with(mut object: Value, members: Value) -> Value {
    for (key, value) in members.as_object().unwrap() {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(key),
            value => object.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    object
}

/// A key set file that goes when the test ends.
pub struct KeyFile(pub PathBuf);

impl KeyFile {
    pub fn of(keys: &[Value]) -> KeyFile {
        let file = KeyFile(std::env::temp_dir().join(format!("caveat-keys-{}.json", uuid::Uuid::new_v4())));
        file.write(keys);
        file
    }

    /// Replaced whole, as a careful operator does.
    pub fn write(&self, keys: &[Value]) {
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, json!({"keys": keys}).to_string()).unwrap();
        std::fs::rename(beside, &self.0).unwrap();
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Settings with these clients, and a public address.
pub fn settings(clients: Vec<Client>) -> Settings {
    let mut settings = Settings { clients: clients.into_iter().map(Arc::new).collect(), ..Settings::default() };
    settings.server.public_url = Some("https://cds.example.org".to_owned());
    settings
}

/// A client of the usual issuer, with every algorithm that the usual keys can make.
pub fn client(name: &str) -> Client {
    let algorithms = vec![Algorithm::Es384, Algorithm::Rs384];
    Client { name: name.to_owned(), iss: ISS.to_owned(), algorithms, ..Client::default() }
}

/// Shows a token at the usual address and time: the client's name, or why not.
pub async fn show(gate: &Gate, token: &str) -> Result<String, Reason> {
    show_at(gate, token, NOW).await
}

/// As `show`, at another time.
pub async fn show_at(gate: &Gate, token: &str, now: Moment) -> Result<String, Reason> {
    let bearer = format!("Bearer {token}");
    let knock = Knock { authorizations: &[bearer.as_bytes()], certificate: None, url: URL, discovery: false };
    gate.admit(&knock, now).await.map(|caller| caller.client.name.clone()).map_err(|denied| denied.reason)
}

/// What a key server says.
#[derive(Clone)]
pub enum Says {
    Keys(Vec<Value>),
    /// Status line and headers, then the body.
    Plain(&'static str, String),
    /// A body without end.
    Endless,
    /// Nothing at all.
    Hangs,
    /// Half a key set, then it hangs up.
    Half,
}

/// A key server on this machine that counts who asks.
pub struct KeyServer {
    pub jku: String,
    pub asked: Arc<AtomicUsize>,
    says: Arc<Mutex<Says>>,
    task: tokio::task::JoinHandle<()>,
}

impl KeyServer {
    pub async fn that(says: Says) -> KeyServer {
        KeyServer::over(says, None).await
    }

    /// With TLS where a certificate is given.
    pub async fn over(says: Says, tls: Option<tokio_rustls::TlsAcceptor>) -> KeyServer {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let jku = format!("{scheme}://{}/jwks.json", listener.local_addr().unwrap());
        let (asked, says) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(says)));
        let (count, words) = (Arc::clone(&asked), Arc::clone(&says));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (words, tls) = (words.lock().unwrap().clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => answer(stream, words).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, words).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        KeyServer { jku, asked, says, task }
    }

    pub fn now_says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Goes away: nobody listens any more.
    pub async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, says: Says) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).await.ok()?;
        head.push(byte[0]);
    }
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    match says {
        Says::Keys(keys) => {
            let body = json!({"keys": keys}).to_string();
            let reply = format!("{ok}content-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(reply.as_bytes()).await.ok()?;
        }
        Says::Plain(head, body) => {
            let reply = format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(reply.as_bytes()).await.ok()?;
        }
        Says::Endless => {
            stream.write_all(format!("{ok}\r\n{{\"keys\":[").as_bytes()).await.ok()?;
            while stream.write_all(&[b' '; 4_096]).await.is_ok() {}
        }
        Says::Hangs => std::future::pending::<()>().await,
        Says::Half => {
            stream.write_all(format!("{ok}content-length: 500\r\n\r\n{{\"keys\":[").as_bytes()).await.ok()?;
        }
    }
    stream.shutdown().await.ok()
}

/// Waits until something holds; gives up loudly after long.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never came to pass that {what}");
}
