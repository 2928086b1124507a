//! A FHIR server that does as it is told, well or badly, and remembers what it was asked.

use rustls::ServerConfig;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// What it does when asked.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with FHIR JSON.
    Json(String),
    /// Answers with this status, content type and body.
    Raw(u16, &'static str, String),
    /// Answers with this status and these further header lines.
    Head(u16, String),
    /// Answers with FHIR JSON once the gate is opened.
    Gated(String),
    /// Reads the request and never answers.
    Hang,
    /// Answers 200 and never stops sending.
    Endless,
    /// Says that this many bytes follow, and sends a few.
    Huge(u64),
    /// Closes without a word.
    Close,
    /// The first time closes without a word, then answers.
    CloseOnce(String),
}

/// One request it got.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path and query.
    pub path: String,
    /// The head, as sent.
    pub head: String,
}

/// The server.
pub struct FhirServer {
    /// `http://127.0.0.1:PORT/fhir`.
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    gate: watch::Sender<bool>,
}

type Acts = Arc<Vec<(String, Act)>>;

impl FhirServer {
    /// A server that answers by the first entry whose words begin what follows the base; anything else with an empty searchset.
    pub async fn start(acts: impl IntoIterator<Item = (&str, Act)>) -> FhirServer {
        FhirServer::over(None, acts).await
    }

    /// The same over TLS.
    pub async fn secure(tls: Arc<ServerConfig>, acts: impl IntoIterator<Item = (&str, Act)>) -> FhirServer {
        FhirServer::over(Some(tls), acts).await
    }

    async fn over(tls: Option<Arc<ServerConfig>>, acts: impl IntoIterator<Item = (&str, Act)>) -> FhirServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
        let base = format!("{origin}/fhir");
        let swap = |act: Act| match act {
            Act::Json(body) => Act::Json(body.replace("BASE", &base)),
            Act::Gated(body) => Act::Gated(body.replace("BASE", &base)),
            other => other,
        };
        let acts: Acts = Arc::new(acts.into_iter().map(|(at, act)| (at.to_owned(), swap(act))).collect());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (gate, opened) = watch::channel(false);
        let log = Arc::clone(&asked);
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            let tries = Arc::new(Mutex::new(HashMap::new()));
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (acts, log, opened, tries) =
                    (Arc::clone(&acts), Arc::clone(&log), opened.clone(), Arc::clone(&tries));
                match tls.clone() {
                    None => drop(tokio::spawn(async move { serve(stream, acts, log, opened, tries).await })),
                    Some(tls) => drop(tokio::spawn(async move {
                        let stream = TlsAcceptor::from(tls).accept(stream).await.ok()?;
                        serve(stream, acts, log, opened, tries).await
                    })),
                }
            }
        });
        FhirServer { base, asked, connections, gate }
    }

    /// Lets the gated answers out.
    pub fn open(&self) {
        self.gate.send(true).unwrap();
    }

    /// What it was asked, in order of path.
    pub fn asked(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked.lock().unwrap().iter().map(|a| a.path.clone()).collect();
        paths.sort();
        paths
    }

    /// How many connections it got.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests.
    pub fn heads(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|a| a.head.clone()).collect()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    acts: Acts,
    log: Arc<Mutex<Vec<Asked>>>,
    mut opened: watch::Receiver<bool>,
    tries: Arc<Mutex<HashMap<String, usize>>>,
) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        log.lock().unwrap().push(Asked { path: path.clone(), head });
        let below = path.strip_prefix("/fhir").unwrap_or(&path).trim_start_matches('/').to_owned();
        let act = acts.iter().find(|(at, _)| below.starts_with(at.as_str())).map(|(_, act)| act.clone());
        let first = {
            let mut tries = tries.lock().unwrap();
            let count = tries.entry(path).or_insert(0usize);
            *count += 1;
            *count == 1
        };
        let json = "application/fhir+json";
        match act.unwrap_or_else(|| Act::Json(empty())) {
            Act::Json(body) => answer(&mut stream, 200, json, &body).await?,
            Act::Raw(status, kind, body) => answer(&mut stream, status, kind, &body).await?,
            Act::Head(status, lines) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{lines}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.ok()?;
            }
            Act::Gated(body) => {
                opened.wait_for(|open| *open).await.ok()?;
                answer(&mut stream, 200, json, &body).await?;
            }
            Act::Hang => std::future::pending::<()>().await,
            Act::Endless => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {json}\r\ntransfer-encoding: chunked\r\n\r\n");
                stream.write_all(head.as_bytes()).await.ok()?;
                let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
                loop {
                    stream.write_all(chunk.as_bytes()).await.ok()?;
                }
            }
            Act::Huge(length) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {json}\r\ncontent-length: {length}\r\n\r\n{{");
                stream.write_all(head.as_bytes()).await.ok()?;
                std::future::pending::<()>().await;
            }
            Act::Close => return None,
            Act::CloseOnce(_) if first => return None,
            Act::CloseOnce(body) => answer(&mut stream, 200, json, &body).await?,
        }
    }
}

async fn answer<S: AsyncWrite + Unpin>(stream: &mut S, status: u16, kind: &str, body: &str) -> Option<()> {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()
}

/// A searchset of these resources.
pub fn bundle(resources: &[&str]) -> String {
    paged(resources, None)
}

/// A searchset with a next page; `BASE` in its address becomes the server's.
pub fn paged(resources: &[&str], next: Option<&str>) -> String {
    let entries: Vec<String> = resources.iter().map(|r| format!(r#"{{"resource":{r}}}"#)).collect();
    let link = next.map(|url| format!(r#""link":[{{"relation":"next","url":"{url}"}}],"#)).unwrap_or_default();
    format!(r#"{{"resourceType":"Bundle","type":"searchset",{link}"entry":[{}]}}"#, entries.join(","))
}

/// A searchset of nothing.
pub fn empty() -> String {
    String::from(r#"{"resourceType":"Bundle","type":"searchset","total":0}"#)
}

/// An active order of a patient, by RxCUI.
pub fn order(id: &str, patient: &str, rxcui: &str) -> String {
    format!(
        r#"{{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","subject":{{"reference":"Patient/{patient}"}},"medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{rxcui}"}}]}}}}"#
    )
}

/// An active order of patient p1 whose drug is a reference.
pub fn order_by_reference(id: &str, medication: &str) -> String {
    format!(
        r#"{{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","subject":{{"reference":"Patient/p1"}},"medicationReference":{{"reference":"{medication}"}}}}"#
    )
}

/// A Medication, by RxCUI.
pub fn medication(id: &str, rxcui: &str) -> String {
    format!(
        r#"{{"resourceType":"Medication","id":"{id}","code":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{rxcui}"}}]}}}}"#
    )
}

/// The patient of the calls.
pub fn patient(id: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}","birthDate":"1950-01-01"}}"#)
}
