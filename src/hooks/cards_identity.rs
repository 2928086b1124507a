//! The lasting names of cards: uuids that follow from the call and the finding, and topic codes that no other card shares.

use crate::engine::finding::{Finding, Role};
use crate::hooks::call::Call;
use smallvec::SmallVec;
use uuid::Uuid;

/// The namespace of our topic codes' hashes.
const CARDS: Uuid =
    Uuid::from_bytes([0xb7, 0x2f, 0x31, 0x0c, 0x9d, 0x54, 0x4e, 0x8a, 0x8f, 0x67, 0x35, 0xd1, 0x6e, 0x02, 0xca, 0xfe]);

/// The system of our topic codes.
pub const TOPIC_SYSTEM: &str = "urn:caveat:finding-topic";

/// Characters a topic code may have: alphanumeric, hyphen and dot.
pub const TOPIC_CHARS_MAX: usize = 100;

/// Names the cards and suggestions of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Namer {
    /// What its cards are named within: the hash of the call.
    call: Hash,
}

impl Namer {
    /// A namer for a call: by its hook instance, or by its patient where the client sent none; and by its hook.
    pub fn new(call: &Call<'_>) -> Namer {
        let by_instance = ["instance", &call.instance, call.hook.name()];
        let by_patient = ["patient", &call.patient, call.hook.name()];
        let parts = if call.instance.is_empty() { by_patient } else { by_instance };
        Namer { call: parts.iter().fold(Hash::START, |hash, part| hash.with(part)) }
    }

    /// The uuid of the card that these parts name within the call. Same call and parts, same uuid.
    pub fn uuid(&self, parts: &[&str]) -> Uuid {
        let Hash(a, b) = parts.iter().fold(self.call, |hash, part| hash.with(part));
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&a.to_be_bytes());
        bytes[8..].copy_from_slice(&b.to_be_bytes());
        // Sets version and variant: 122 bits are left.
        Uuid::new_v8(bytes)
    }
}

/// A hash of 128 bits, two words of products folded upon themselves. It tells the cards of an answer apart and keeps no
/// secret: who sends a call knows all that goes into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hash(u64, u64);

impl Hash {
    /// The hash of nothing: digits of pi.
    const START: Hash = Hash(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344);

    /// The hash of what came before and of one more part; where parts begin and end counts.
    fn with(self, part: &str) -> Hash {
        let Hash(mut a, mut b) = self;
        let mut take = |low: u64, high: u64| {
            let (x, y) = (a ^ low, b ^ high);
            (a, b) = (fold(x, 0xa409_3822_299f_31d1 ^ y), fold(y, 0x082e_fa98_ec4e_6c89 ^ x.rotate_left(32)));
        };
        let (pairs, rest) = part.as_bytes().as_chunks::<16>();
        for pair in pairs {
            let wide = u128::from_le_bytes(*pair);
            take(wide as u64, (wide >> 64) as u64);
        }
        let mut last = [0u8; 16];
        last[..rest.len()].copy_from_slice(rest);
        let wide = u128::from_le_bytes(last);
        take(wide as u64, (wide >> 64) as u64);
        take(part.len() as u64, 0x4528_21e6_38d0_1377);
        Hash(a, b)
    }
}

/// Both halves of a product in one word.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The uuid of the suggestion on a card that stops an order, by the order's place in the chart. A card's uuid is a hash
/// already: another one for each of its suggestions would cost as much again and tell no more.
pub fn suggestion_of(card: Uuid, order: u32) -> Uuid {
    let mut bytes = card.into_bytes();
    // The last four bytes hold neither version nor variant; an odd factor keeps different orders apart.
    let mark = order.wrapping_add(1).wrapping_mul(0x9e37_79b1).to_be_bytes();
    bytes[12..].iter_mut().zip(mark).for_each(|(byte, mark)| *byte ^= mark);
    Uuid::from_bytes(bytes)
}

/// Writes the topic code of a finding: its rule, its participants in the order of their codes (whichever was ordered; an
/// allergen marked by `a`), and its severity. The same rule and participants have the same code in every call, and no other finding shares it, so that
/// an override of one card cannot silence another, nor a worse one.
pub fn topic(out: &mut String, finding: &Finding<'_>) {
    out.clear();
    let mut exact = push_slug(out, finding.rule.id);
    let mut who: SmallVec<[(bool, u32, &str); 8]> = finding
        .participants
        .iter()
        .map(|p| (p.role == Role::Allergen, p.rxcui, if p.rxcui == 0 { p.name } else { "" }))
        .collect();
    who.sort_unstable();
    who.dedup();
    for &(allergen, rxcui, name) in &who {
        out.push_str(if allergen { ".a" } else { "." });
        if rxcui == 0 {
            exact &= push_slug(out, name);
        } else {
            out.push_str(itoa::Buffer::new().format(rxcui));
        }
    }
    out.push('.');
    out.push_str(finding.severity.word());
    if !exact || out.len() > TOPIC_CHARS_MAX {
        let about: SmallVec<[&str; 9]> =
            std::iter::once(finding.rule.id).chain(who.iter().map(|(_, _, name)| *name)).collect();
        close(out, &about);
    }
}

/// Writes the topic code of a card that is no finding: its kind and what it is about.
pub fn topic_of(out: &mut String, kind: &str, about: &[&str]) {
    out.clear();
    push_slug(out, kind);
    close(out, about);
}

/// Shortens a code to make room, and closes it with the hash of what it stands for.
fn close(out: &mut String, about: &[&str]) {
    let mut whole = out.clone().into_bytes();
    for part in about {
        whole.push(0);
        whole.extend_from_slice(part.as_bytes());
    }
    let hash = Uuid::new_v5(&CARDS, &whole).simple().to_string();
    // INVARIANT: slugs are ASCII, so every byte is a boundary.
    out.truncate(TOPIC_CHARS_MAX - hash.len() - 1);
    out.push('.');
    out.push_str(&hash);
}

/// Writes letters and digits as they are, a blank or underscore as a hyphen; tells whether nothing else had to be dropped.
fn push_slug(out: &mut String, name: &str) -> bool {
    let mut exact = true;
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '-' || c == '.' => out.push(c.to_ascii_lowercase()),
            ' ' | '_' | '/' => out.push('-'),
            _ => exact = false,
        }
    }
    exact
}
