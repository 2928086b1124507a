//! A coded concept as a chart or a rule writes it: a code system and a value, never a name.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A code system. The seven the product knows by heart, and any other by its URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum System {
    /// RxNorm concept unique identifiers (RXCUI), from the US National Library of Medicine.
    RxNorm,
    /// SNOMED CT concept ids, any edition.
    Snomed,
    /// FDA National Drug Code, kept as 11 digits (5-4-2).
    Ndc,
    /// FDA Unique Ingredient Identifier.
    Unii,
    /// WHO Anatomical Therapeutic Chemical classification.
    Atc,
    /// ICD-10-CM, with its dot.
    Icd10Cm,
    /// LOINC, with its check digit.
    Loinc,
    /// Any other system, by its URI as sent.
    Other(Box<str>),
}

/// A code in its system, as it was sent (NDC brought to 11 digits where it has hyphens). Made by [`Code::new`] alone and
/// never altered, so that its packed form, worked out once, stays true however often it is looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Sent")]
pub struct Code {
    /// Where the value is defined.
    pub system: System,
    /// The value, trimmed, never empty.
    pub value: Box<str>,
    /// The value packed; zero where it does not pack, for no code packs to zero.
    #[serde(skip)]
    packed: u64,
}

/// A code as it stands in a file.
#[derive(Deserialize)]
struct Sent {
    system: System,
    value: Box<str>,
}

impl From<Sent> for Code {
    fn from(sent: Sent) -> Code {
        Code { packed: pack(&sent.system, &sent.value).unwrap_or(0), system: sent.system, value: sent.value }
    }
}

/// One concept as recorded: all its codings, and the words beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The codings, in the order sent.
    pub codes: SmallVec<[Code; 2]>,
    /// The words: `text`, else the first `display`. Shown to people, never matched.
    pub text: Option<Box<str>>,
}

impl System {
    /// The system behind a FHIR URI, an OID URN or one of our short names (`rxnorm`, `snomed`, `ndc` ...).
    pub fn from_uri(uri: &str) -> System {
        let uri = uri.trim();
        let bare = uri.strip_suffix('/').unwrap_or(uri);
        match bare {
            "http://www.nlm.nih.gov/research/umls/rxnorm"
            | "https://www.nlm.nih.gov/research/umls/rxnorm"
            | "urn:oid:2.16.840.1.113883.6.88"
            | "rxnorm" => System::RxNorm,
            "http://snomed.info/sct" | "https://snomed.info/sct" | "urn:oid:2.16.840.1.113883.6.96" | "snomed" => {
                System::Snomed
            }
            "http://hl7.org/fhir/sid/ndc"
            | "https://hl7.org/fhir/sid/ndc"
            | "urn:oid:2.16.840.1.113883.6.69"
            | "ndc" => System::Ndc,
            "http://fdasis.nlm.nih.gov" | "https://fdasis.nlm.nih.gov" | "urn:oid:2.16.840.1.113883.4.9" | "unii" => {
                System::Unii
            }
            "http://www.whocc.no/atc" | "https://www.whocc.no/atc" | "urn:oid:2.16.840.1.113883.6.73" | "atc" => {
                System::Atc
            }
            "http://hl7.org/fhir/sid/icd-10-cm"
            | "https://hl7.org/fhir/sid/icd-10-cm"
            | "urn:oid:2.16.840.1.113883.6.90"
            | "icd10cm" => System::Icd10Cm,
            "http://loinc.org" | "https://loinc.org" | "urn:oid:2.16.840.1.113883.6.1" | "loinc" => System::Loinc,
            other => System::Other(other.into()),
        }
    }

    /// The canonical FHIR URI.
    pub fn uri(&self) -> &str {
        match self {
            System::RxNorm => "http://www.nlm.nih.gov/research/umls/rxnorm",
            System::Snomed => "http://snomed.info/sct",
            System::Ndc => "http://hl7.org/fhir/sid/ndc",
            System::Unii => "http://fdasis.nlm.nih.gov",
            System::Atc => "http://www.whocc.no/atc",
            System::Icd10Cm => "http://hl7.org/fhir/sid/icd-10-cm",
            System::Loinc => "http://loinc.org",
            System::Other(uri) => uri,
        }
    }

    /// A small number for the known systems, in declaration order; `None` for the others.
    pub fn ordinal(&self) -> Option<u8> {
        match self {
            System::RxNorm => Some(0),
            System::Snomed => Some(1),
            System::Ndc => Some(2),
            System::Unii => Some(3),
            System::Atc => Some(4),
            System::Icd10Cm => Some(5),
            System::Loinc => Some(6),
            System::Other(_) => None,
        }
    }
}

impl Code {
    /// A code of a system; `None` when the value is blank. NDC values with hyphens become 11 digits.
    pub fn new(system: System, value: &str) -> Option<Code> {
        let graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        let value = match graphic(value.as_bytes().first()) && graphic(value.as_bytes().last()) {
            true => value,
            false => value.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}'),
        };
        if value.is_empty() {
            return None;
        }
        let value: Box<str> = match system {
            System::Ndc => ndc11(value).map_or_else(|| value.into(), String::into_boxed_str),
            _ => value.into(),
        };
        Some(Code { packed: pack(&system, &value).unwrap_or(0), system, value })
    }

    /// The value packed without loss into 64 bits, for the known systems; `None` when it cannot be a code of its system.
    ///
    /// Digits-only systems (RxNorm, SNOMED CT, NDC) pack as the number and refuse leading zeros (NDC wants 11 digits);
    /// the others pack up to ten characters of `A-Z 0-9 . -`, six bits each, letter case aside (these systems write
    /// capitals). The NDC of eleven zeros is no code. Otherwise two different values of a system never pack alike.
    #[inline]
    pub fn packed(&self) -> Option<u64> {
        (self.packed != 0).then_some(self.packed)
    }
}

impl Concept {
    /// A concept of one code.
    pub fn of(code: Code) -> Concept {
        Concept { codes: SmallVec::from_iter([code]), text: None }
    }

    /// Whether nothing at all was recorded.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.text.is_none()
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}|{}", self.system.uri(), self.value)
    }
}

fn pack(system: &System, value: &str) -> Option<u64> {
    match system {
        System::RxNorm | System::Snomed => digits(value),
        System::Ndc => (value.len() == 11 && value.bytes().all(|b| b.is_ascii_digit()))
            .then(|| value.bytes().fold(0u64, |n, b| n * 10 + u64::from(b - b'0'))),
        System::Unii | System::Atc | System::Icd10Cm | System::Loinc => six_bits(value),
        System::Other(_) => None,
    }
}

fn digits(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 18 || bytes[0] == b'0' {
        return None;
    }
    let mut n = 0u64;
    for b in bytes {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n * 10 + u64::from(b - b'0');
    }
    Some(n)
}

fn six_bits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let mut n = 0u64;
    for b in text.bytes() {
        let digit = match b.to_ascii_uppercase() {
            c @ b'0'..=b'9' => c - b'0' + 1,
            c @ b'A'..=b'Z' => c - b'A' + 11,
            b'.' => 37,
            b'-' => 38,
            _ => return None,
        };
        n = n << 6 | u64::from(digit);
    }
    Some(n)
}

/// Brings a hyphenated ten-digit NDC (4-4-2, 5-3-2, 5-4-1) or an eleven-digit one to 11 digits without hyphens.
fn ndc11(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    if !parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    match parts.as_slice() {
        [all] if all.len() == 11 => Some((*all).to_owned()),
        [labeler, product, package]
            if matches!(
                (labeler.len(), product.len(), package.len()),
                (4, 4, 2) | (5, 3, 2) | (5, 4, 1) | (5, 4, 2)
            ) =>
        {
            Some(format!("{labeler:0>5}{product:0>4}{package:0>2}"))
        }
        _ => None,
    }
}
