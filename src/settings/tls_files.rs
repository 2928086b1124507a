//! Certificates and keys from files: read the same way when settings are checked, at start, and at each renewal.

use crate::settings::server::Tls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::Arc;

/// PEM files larger than this are not read, in bytes.
pub const PEM_BYTES_MAX: u64 = 1 << 20;

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {what}")]
pub struct BadFile {
    /// The setting that names it: `certificate`, `key` or `client_authority`.
    pub key: &'static str,
    /// What is wrong; nothing of what the file holds.
    pub what: String,
}

/// What the files hold.
#[derive(Clone)]
pub struct Loaded {
    /// The configuration made of them.
    pub config: Arc<ServerConfig>,
    /// Until when the certificate is good, in seconds since 1970; `None`: it does not say so in a way we read.
    pub not_after: Option<i64>,
    /// A hash over the files, so that a renewal is seen.
    pub hash: [u8; 32],
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// A hash over the files as they are now; what cannot be read counts as empty.
pub fn hash(tls: &Tls) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for path in [Some(&tls.certificate), Some(&tls.key), tls.client_authority.as_ref()].into_iter().flatten() {
        let bytes = bytes("", path).unwrap_or_default();
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    *hasher.finalize().as_bytes()
}

/// Reads the files and makes a configuration of them: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
///
/// # Errors
///
/// [`BadFile`] for the first file that cannot be used.
pub fn load(tls: &Tls) -> Result<Loaded, BadFile> {
    let hash = hash(tls);
    let chain = certificates("certificate", &tls.certificate)?;
    let not_after = chain.first().and_then(not_after);
    let bad = |key, e: &dyn std::fmt::Display| BadFile { key, what: e.to_string() };
    let key = PrivateKeyDer::from_pem_slice(&bytes("key", &tls.key)?)
        .map_err(|_| BadFile { key: "key", what: String::from("holds no private key in PEM") })?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|e| bad("certificate", &e))?;
    let builder = match &tls.client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates("client_authority", path)? {
                roots.add(authority).map_err(|e| bad("client_authority", &e))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if tls.client_certificate_required { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|e| bad("client_authority", &e))?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|e| match e {
        rustls::Error::InconsistentKeys(_) => {
            BadFile { key: "key", what: String::from("is not the key of the certificate") }
        }
        other => bad("certificate", &other),
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), not_after, hash })
}

/// The certificates of a file; `key` names the setting.
///
/// # Errors
///
/// [`BadFile`] when there is none to read.
pub fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, BadFile> {
    let bytes = bytes(key, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(BadFile { key, what: String::from("holds no certificate in PEM") }),
    }
}

fn bytes(key: &'static str, path: &Path) -> Result<Vec<u8>, BadFile> {
    let bad = |what: String| BadFile { key, what };
    let meta = std::fs::metadata(path).map_err(|e| bad(format!("cannot be read: {e}")))?;
    if !meta.is_file() || meta.len() > PEM_BYTES_MAX {
        return Err(bad(String::from("is no file of at most 1 MiB")));
    }
    std::fs::read(path).map_err(|e| bad(format!("cannot be read: {e}")))
}

fn not_after(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// The subject name of a certificate: the common name, or the first DNS name where there is none.
pub fn subject_name(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let common = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let names = certificate.subject_alternative_name().ok().flatten();
    let dns = names.iter().flat_map(|n| n.value.general_names.iter()).find_map(|name| match name {
        x509_parser::extensions::GeneralName::DNSName(name) => Some(*name),
        _ => None,
    });
    common.filter(|name| !name.is_empty()).or(dns).map(str::to_owned)
}
