//! Where a key set comes from, an allow-listed address or a file, and how its bytes are had: bounded, in time, no redirects.

use crate::settings::trust::Trust;
use crate::trust::address::{host_of, is_loopback, key_server_fault};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, StatusCode, Url, header};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a key set comes from.
#[derive(Debug)]
pub enum Origin {
    /// A key server.
    Server {
        /// Its address, exactly as the operator wrote it.
        address: String,
        /// What it is asked with, or why it cannot be.
        client: Result<(Client, Url), CannotAsk>,
    },
    /// A file.
    File(PathBuf),
}

/// Why a key server is never asked, or why keys were not had just now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CannotAsk(pub String);

impl Origin {
    /// A key server.
    pub fn server(address: &str, plain_http: bool, trust: &Trust) -> Origin {
        Origin::Server { address: address.to_owned(), client: client(address, plain_http, trust) }
    }

    /// What an operator knows it by: no more of an address than its host.
    pub fn name(&self) -> String {
        match self {
            Origin::Server { address, .. } => host_of(address).unwrap_or("?").to_owned(),
            Origin::File(path) => path.display().to_string(),
        }
    }

    /// The bytes it has now.
    ///
    /// # Errors
    ///
    /// [`CannotAsk`], in an operator's words.
    pub async fn bytes(&self, bytes_max: usize) -> Result<Vec<u8>, CannotAsk> {
        match self {
            Origin::Server { client, .. } => {
                let (client, url) = client.as_ref().map_err(Clone::clone)?;
                ask(client, url.clone(), bytes_max).await
            }
            Origin::File(path) => {
                let (path, wrong) = (path.clone(), |_| CannotAsk(String::from("reading was broken off")));
                tokio::task::spawn_blocking(move || file(&path, bytes_max)).await.map_err(wrong)?
            }
        }
    }
}

/// The bytes of a key set file.
///
/// # Errors
///
/// [`CannotAsk`], in an operator's words.
pub fn file(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CannotAsk> {
    let read = std::fs::read(path).map_err(|e| CannotAsk(format!("the file cannot be read: {e}")))?;
    match read.len() > bytes_max {
        true => Err(too_large(bytes_max)),
        false => Ok(read),
    }
}

async fn ask(client: &Client, url: Url, bytes_max: usize) -> Result<Vec<u8>, CannotAsk> {
    let accept = "application/jwk-set+json, application/json";
    let mut response = client.get(url).header(header::ACCEPT, accept).send().await.map_err(said)?;
    if response.status() != StatusCode::OK {
        return Err(CannotAsk(format!("it answered {}", response.status().as_u16())));
    }
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(said)? {
        if read.len() + chunk.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

fn too_large(bytes_max: usize) -> CannotAsk {
    CannotAsk(format!("it is larger than {bytes_max} bytes"))
}

/// What went wrong, without the address.
fn said(e: reqwest::Error) -> CannotAsk {
    let late = e.is_timeout();
    let e = e.without_url();
    let mut deepest: &dyn Error = &e;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match late {
        true => CannotAsk(String::from("it did not answer in time")),
        false => CannotAsk(format!("it could not be asked: {deepest}")),
    }
}

fn client(address: &str, plain_http: bool, trust: &Trust) -> Result<(Client, Url), CannotAsk> {
    if let Some(fault) = key_server_fault(address, plain_http) {
        return Err(CannotAsk(String::from(fault)));
    }
    let url = Url::parse(address).map_err(|_| CannotAsk(String::from("it is no address")))?;
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .timeout(trust.keys_time)
        .pool_idle_timeout(Duration::from_secs(10))
        .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")));
    if is_loopback(&url) {
        builder = builder.no_proxy();
    }
    builder = match &trust.key_server_authority {
        _ if url.scheme() == "http" => builder.tls_certs_only(Vec::new()),
        None => builder,
        Some(path) => builder.tls_certs_merge(authorities(path)?),
    };
    builder.build().map(|client| (client, url)).map_err(said)
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, CannotAsk> {
    let wrong = |why: String| CannotAsk(format!("the authorities in `{}` cannot be read: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let authorities = Certificate::from_pem_bundle(&pem).map_err(|e| wrong(e.to_string()))?;
    match authorities.is_empty() {
        true => Err(wrong(String::from("there is none"))),
        false => Ok(authorities),
    }
}
