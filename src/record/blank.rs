//! Tokens in a JSON text, blanked in place before it is kept: what members named like one hold, whatever is a token as a whole
//! (`clinical::access_token`), and what an extension or parameter so named says. In one pass, to any depth.
//!
//! A text stays a text and a number a number, of the same length, so that whoever reads it again reads it in the same way. A FHIR
//! resource under such a name (a prefetch key `authorization`) is no token: of it only what is one by its own right is blanked.

use crate::clinical::access_token::{FILLER, is_token, names_token};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;

/// JSON within a text of JSON is looked into so deep.
const WITHIN_MAX: u8 = 2;

/// Objects and lists that may be open at once.
pub const DEPTH_MAX: usize = 1_024;

/// Blanks every token in a JSON text; tells how many. `None`: it is too deep to be looked through, and must not be kept.
pub fn blank(json: &mut [u8]) -> Option<usize> {
    let places = places(json, 0)?;
    for place in &places {
        fill(&mut json[place.clone()]);
    }
    Some(places.len())
}

/// What was fetched for a call, without tokens: a JSON object whose `prefetch` is JSON as a text. `None`: it cannot be looked
/// through, and must not be kept.
pub fn without_tokens(fetched: &str) -> Option<String> {
    let mut kept: Fetched = serde_json::from_str(fetched).ok()?;
    let mut prefetch = std::mem::take(&mut kept.prefetch).into_bytes();
    if blank(&mut prefetch)? == 0 {
        return Some(fetched.to_owned());
    }
    kept.prefetch = String::from_utf8(prefetch).ok()?;
    serde_json::to_string(&kept).ok()
}

#[derive(Serialize, Deserialize)]
struct Fetched {
    prefetch: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// An object or list that is open.
struct Frame {
    is_object: bool,
    /// Whether a key comes next.
    at_key: bool,
    member: Member,
    /// Whether it stands right under the name of a token.
    is_root: bool,
    /// Whether it, or what it stands in, does.
    is_secret: bool,
    /// Whether it is a FHIR resource.
    is_resource: bool,
    /// Whether its own `url` or `name` is that of a token.
    is_named: bool,
    /// What its `value...` say.
    values: Vec<Range<usize>>,
    /// Where its part of what may have to be blanked begins.
    pending: usize,
}

/// The member that is being read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Member {
    #[default]
    Plain,
    Token,
    ResourceType,
    Name,
    Value,
}

impl Member {
    fn of(key: &str) -> Member {
        match key {
            "resourceType" => Member::ResourceType,
            "url" | "name" => Member::Name,
            _ if key.starts_with("value") => Member::Value,
            _ if names_token(key) => Member::Token,
            _ => Member::Plain,
        }
    }
}

#[derive(Default)]
struct Search {
    open: Vec<Frame>,
    found: Vec<Range<usize>>,
    /// Under the name of a token, and to be blanked unless it turns out to stand in a resource.
    pending: Vec<Range<usize>>,
    within: u8,
}

/// Where the tokens stand, each with its quotes; `None` where it is too deep.
fn places(json: &[u8], within: u8) -> Option<Vec<Range<usize>>> {
    let mut search = Search { within, ..Search::default() };
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let begin = at;
        at += 1;
        match byte {
            b'{' | b'[' if search.open.len() == DEPTH_MAX => return None,
            b'{' | b'[' => search.begin(*byte == b'{'),
            b'}' | b']' => search.end(),
            b',' => search.next(),
            b'"' => {
                at = end_of_text(json, at);
                search.text(&json[begin..at], begin..at);
            }
            b'-' | b'0'..=b'9' => {
                let more = json[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
                at += more;
                search.scalar(begin..at);
            }
            _ => {}
        }
    }
    // A text that breaks off: what is in doubt is blanked.
    while !search.open.is_empty() {
        search.end();
    }
    Some(search.found)
}

/// Where a text ends: behind its closing quote.
fn end_of_text(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// What a text says. One that cannot be read says nothing.
fn said(quoted: &[u8]) -> Cow<'_, str> {
    if quoted.contains(&b'\\') {
        return Cow::Owned(serde_json::from_slice(quoted).unwrap_or_default());
    }
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    Cow::Borrowed(std::str::from_utf8(inner).unwrap_or_default())
}

impl Search {
    fn begin(&mut self, is_object: bool) {
        let top = self.open.last();
        let is_root = top.is_some_and(|top| top.member == Member::Token);
        let frame = Frame {
            is_object,
            at_key: is_object,
            member: Member::Plain,
            is_root,
            is_secret: is_root || top.is_some_and(|top| top.is_secret),
            is_resource: false,
            is_named: false,
            values: Vec::new(),
            pending: self.pending.len(),
        };
        self.open.push(frame);
    }

    fn end(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        if frame.is_named {
            self.found.extend(frame.values);
        }
        if frame.is_resource {
            self.pending.truncate(frame.pending);
        }
        if frame.is_root {
            self.found.extend(self.pending.drain(frame.pending..));
        }
    }

    fn next(&mut self) {
        if let Some(top) = self.open.last_mut() {
            (top.at_key, top.member) = (top.is_object, Member::Plain);
        }
    }

    fn text(&mut self, quoted: &[u8], place: Range<usize>) {
        let said = said(quoted);
        if let Some(top) = self.open.last_mut() {
            if top.at_key {
                (top.at_key, top.member) = (false, Member::of(&said));
                return;
            }
            top.is_resource |= top.member == Member::ResourceType;
            // `token` alone may be the name of anything that is measured.
            top.is_named |= top.member == Member::Name && !said.eq_ignore_ascii_case("token") && names_token(&said);
        }
        if is_token(&said) || self.holds_one(&said) {
            self.found.push(place);
        } else {
            self.scalar(place);
        }
    }

    /// Whether a text is JSON that holds a token.
    fn holds_one(&self, text: &str) -> bool {
        let is_json = text.starts_with(['{', '[']) && self.within < WITHIN_MAX;
        is_json && places(text.as_bytes(), self.within + 1).is_none_or(|places| !places.is_empty())
    }

    fn scalar(&mut self, place: Range<usize>) {
        let Some(top) = self.open.last_mut() else { return };
        match top.member {
            Member::Token => return self.found.push(place),
            Member::Value => top.values.push(place.clone()),
            _ => {}
        }
        if top.is_secret {
            self.pending.push(place);
        }
    }
}

/// Overwrites a text or a number by one that says nothing, and blanks.
fn fill(place: &mut [u8]) {
    let is_text = place.first() == Some(&b'"');
    place.fill(b' ');
    let quoted = FILLER.len() + 2;
    match place.len() {
        0 => {}
        length if is_text && length >= quoted => {
            place[0] = b'"';
            place[1..quoted - 1].copy_from_slice(FILLER.as_bytes());
            place[quoted - 1] = b'"';
        }
        1 if is_text => {}
        2 if is_text => place.copy_from_slice(b"\"\""),
        // Not empty: a suggestion sends no order back in which something is.
        _ if is_text => place[..3].copy_from_slice(b"\"-\""),
        _ => place[0] = b'0',
    }
}
