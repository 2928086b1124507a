//! What could not be fetched, and why, in words a pharmacist can read.

use crate::fetch::resolver::Forbidden;
use reqwest::StatusCode;
use rustls::CertificateError;
use std::error::Error;
use std::io::ErrorKind;

/// One thing that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The key wanted.
    pub key: String,
    /// Why.
    pub ill: Ill,
}

/// Why something was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ill {
    /// In kind.
    pub kind: IllKind,
    /// In words a pharmacist can read; no token, no identifier of the patient.
    pub words: &'static str,
}

/// Why something was not fetched, in kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IllKind {
    /// It was refused, or broke.
    Failed,
    /// The server does not offer this search at all.
    NotOffered,
    /// It is still on its way.
    Late,
    /// Some came, and there are more pages than are read.
    More,
}

impl Ill {
    /// It failed.
    pub fn failed(words: &'static str) -> Ill {
        Ill { kind: IllKind::Failed, words }
    }

    /// There is more than is read.
    pub fn more(words: &'static str) -> Ill {
        Ill { kind: IllKind::More, words }
    }

    /// It had not come when the answer was due.
    pub fn late() -> Ill {
        Ill { kind: IllKind::Late, words: "it had not come from the FHIR server when this answer was due" }
    }

    /// A status other than 200. `search`: it was a search, not a record by its id.
    pub fn of_status(status: StatusCode, search: bool) -> Ill {
        let words = match status.as_u16() {
            300..=399 => "the FHIR server points elsewhere, and that was not followed",
            401 => "the FHIR server did not accept the access token",
            403 => "the FHIR server does not allow this to be read",
            404 | 400 | 405 | 501 if search => {
                return Ill { kind: IllKind::NotOffered, words: "the FHIR server does not offer this search" };
            }
            404 => "the FHIR server has no such record",
            410 => "the record was deleted on the FHIR server",
            429 => "the FHIR server is asked too often, and refused",
            503 => "the FHIR server is not available",
            500..=599 => "the FHIR server failed",
            200..=299 => "the FHIR server sent nothing",
            _ => "the FHIR server refused the request",
        };
        Ill::failed(words)
    }

    /// A request that got no answer, or lost it on the way.
    pub fn of_error(error: &reqwest::Error) -> Ill {
        if error.is_timeout() {
            return Ill::failed("the FHIR server did not answer in time");
        }
        if causes(error).any(|cause| cause.is::<Forbidden>()) {
            return Ill::failed("the FHIR server's name leads to an address that may not be asked");
        }
        if let Some(fault) = tls_fault(error) {
            return Ill::failed(distrust(fault));
        }
        Ill::failed(match error.is_connect() {
            true => "the FHIR server could not be reached",
            false => "the connection to the FHIR server broke",
        })
    }
}

/// What was wrong with TLS, where that is why a request was not sent.
pub fn tls_fault(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Why a server was not believed, in words a pharmacist can read. The token was not sent.
fn distrust(fault: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(why) = fault else {
        return "no safe connection to the FHIR server came about, so nothing was asked";
    };
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the FHIR server's certificate has expired, so nothing was asked"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the FHIR server's certificate is for another server, so nothing was asked"
        }
        CertificateError::UnknownIssuer => {
            "the FHIR server's certificate is of an authority that is not trusted here, so nothing was asked"
        }
        _ => "the FHIR server's certificate is not good, so nothing was asked",
    }
}

/// Whether a request was cut off by the other side, so that it may be sent once more.
pub fn was_reset(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        let cut = cause.downcast_ref::<std::io::Error>().is_some_and(|e| {
            matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe)
        });
        cut || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
    })
}

/// What is behind an error, from the first cause on. An error of the system keeps another one where `source` does not show it.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| behind(*cause))
}

fn behind<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(kept) => Some(kept),
        None => cause.source(),
    }
}
