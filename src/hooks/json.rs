//! Writes JSON in the order of the calls, and never an empty member: what would be `""`, `[]` or `{}` is left out.

/// A JSON text in the making. CDS Hooks forbids null and empty values, so a blank string is not written, and an object or
/// array that stays empty disappears together with its key.
#[derive(Debug, Default)]
pub struct Json {
    out: Vec<u8>,
}

/// Bytes of a piece, used or not.
const PIECE: usize = 48;

/// A member of our own words, `,"name":"word"`, put together when we are compiled. All pieces are equally long in memory, so
/// that writing one is a copy of known length: short ones of many lengths cost more to tell apart than to copy.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    bytes: [u8; PIECE],
    length: u8,
}

impl Piece {
    /// A piece of a name and a word; neither needs escaping, and both are short.
    pub const fn of(name: &str, word: &str) -> Piece {
        let mut piece = Piece { bytes: [b' '; PIECE], length: 0 };
        piece = piece.and(",\"").and(name).and("\":\"").and(word).and("\"");
        piece
    }

    const fn and(mut self, text: &str) -> Piece {
        let (text, mut at) = (text.as_bytes(), 0);
        while at < text.len() {
            self.bytes[self.length as usize] = text[at];
            self.length += 1;
            at += 1;
        }
        self
    }
}

impl Json {
    /// Room for about this many bytes.
    pub fn with_capacity(bytes: usize) -> Json {
        Json { out: Vec::with_capacity(bytes) }
    }

    /// The text. Empty when nothing was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A whole object, as the root or an item of an array; nothing when its body writes nothing.
    pub fn object(&mut self, body: impl FnOnce(&mut Json)) {
        let start = self.out.len();
        self.comma();
        self.within(start, b'{', b'}', body);
    }

    /// A member that is an object.
    #[inline(always)]
    pub fn object_at(&mut self, key: &'static str, body: impl FnOnce(&mut Json)) {
        let start = self.out.len();
        self.key(key);
        self.within(start, b'{', b'}', body);
    }

    /// A member that is an array.
    #[inline(always)]
    pub fn array_at(&mut self, key: &'static str, body: impl FnOnce(&mut Json)) {
        let start = self.out.len();
        self.key(key);
        self.within(start, b'[', b']', body);
    }

    /// A member that is an array, also when it is empty: only `cards` and `services` may be.
    pub fn array_even_empty_at(&mut self, key: &'static str, body: impl FnOnce(&mut Json)) {
        self.key(key);
        self.out.push(b'[');
        body(self);
        self.out.push(b']');
    }

    /// A member of text; left out when blank. Like every key, this one needs no escaping.
    #[inline(always)]
    pub fn text_at(&mut self, key: &'static str, text: &str) {
        if !is_blank(text) {
            self.key(key);
            self.quoted(text);
        }
    }

    /// A member whose text is one of our own words: not blank, nothing in it to escape.
    #[inline(always)]
    pub fn word_at(&mut self, key: &'static str, word: &'static str) {
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    /// A member that is a piece, behind a member: with the comma between them.
    #[inline(always)]
    pub fn piece(&mut self, piece: &Piece) {
        let end = self.out.len() + usize::from(piece.length);
        self.out.extend_from_slice(&piece.bytes);
        self.out.truncate(end);
    }

    /// Members written out beforehand, without the comma before them: `"a":1,"b":2`.
    pub fn members(&mut self, members: &'static str) {
        self.comma();
        self.out.extend_from_slice(members.as_bytes());
    }

    /// An item of text; left out when blank.
    pub fn text(&mut self, text: &str) {
        if !is_blank(text) {
            self.comma();
            self.quoted(text);
        }
    }

    /// A member that is a whole number.
    #[inline(always)]
    pub fn number_at(&mut self, key: &'static str, number: u64) {
        self.key(key);
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// A member that is true or false.
    #[inline(always)]
    pub fn flag_at(&mut self, key: &'static str, flag: bool) {
        self.key(key);
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// A member that is JSON already, in parts.
    pub fn raw_at(&mut self, key: &'static str, parts: &[&str]) {
        self.key(key);
        parts.iter().for_each(|part| self.out.extend_from_slice(part.as_bytes()));
    }

    fn within(&mut self, start: usize, open: u8, close: u8, body: impl FnOnce(&mut Json)) {
        self.out.push(open);
        let inside = self.out.len();
        body(self);
        if self.out.len() == inside {
            self.out.truncate(start);
        } else {
            self.out.push(close);
        }
    }

    #[inline(always)]
    fn key(&mut self, key: &'static str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A comma, unless this is the first member or item. The last byte tells, since strings end with a quote.
    #[inline(always)]
    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        while let Some(at) = first_to_escape(rest) {
            self.out.extend_from_slice(&rest[..at]);
            match rest[at] {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                byte => {
                    let hex = b"0123456789abcdef";
                    self.out.extend_from_slice(b"\\u00");
                    self.out.push(hex[usize::from(byte >> 4)]);
                    self.out.push(hex[usize::from(byte & 15)]);
                }
            }
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }
}

/// Where the first byte stands that JSON wants escaped: a control, a quote or a backslash.
pub fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    let (wide, _) = bytes.as_chunks::<WIDE>();
    let clean = wide.iter().take_while(|chunk| !is_any_to_escape(chunk)).count();
    let skipped = clean * WIDE;
    first_among(&bytes[skipped..]).map(|at| skipped + at)
}

/// Bytes looked at in one step: the compiler makes vector instructions of it on every machine.
const WIDE: usize = 32;

#[inline(always)]
fn is_any_to_escape(chunk: &[u8; WIDE]) -> bool {
    chunk.iter().fold(0u8, |any, &b| any | u8::from(b < 0x20) | u8::from(b == b'"') | u8::from(b == b'\\')) != 0
}

/// As [`first_to_escape`], for text where it is near: eight bytes at a time.
fn first_among(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let marks = marks_to_escape(*word);
        if marks != 0 {
            return Some(at * 8 + (marks.trailing_zeros() / 8) as usize);
        }
    }
    if rest.is_empty() || bytes.last_chunk::<8>().is_some_and(|last| marks_to_escape(*last) == 0) {
        return None;
    }
    let tail = rest.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\')?;
    Some(words.len() * 8 + tail)
}

/// The high bit of every byte that JSON wants escaped, lowest first. Bytes after the first one marked may be marked wrongly.
#[inline(always)]
fn marks_to_escape(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let below = |x: u64, n: u64| x.wrapping_sub(ONES * n) & !x & HIGHS;
    let x = u64::from_le_bytes(word);
    let quote = x ^ (ONES * u64::from(b'"'));
    let slash = x ^ (ONES * u64::from(b'\\'));
    below(x, 0x20) | below(quote, 1) | below(slash, 1)
}

fn is_blank(text: &str) -> bool {
    text.as_bytes().first().is_none_or(|b| !b.is_ascii_graphic()) && text.trim_start().is_empty()
}
