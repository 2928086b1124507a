//! Reading JSON in place and without anger: a value of the wrong kind is passed over and marked odd, never an error.
//!
//! Only JSON that is no JSON fails. A key that stands twice: the last value that is not null counts.

use crate::clinical::access_token::is_token;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::marker::PhantomData;

/// Something that can be filled from any JSON value. Each kind of value it does not expect makes it odd.
pub trait Lenient<'a>: Default {
    /// Marks it as sent in a shape nobody can read.
    fn mark(&mut self);

    /// Whether it, or something inside it, was sent in a shape nobody can read.
    fn is_odd(&self) -> bool;

    /// Fills it from the next JSON value.
    fn fill<D: Deserializer<'a>>(&mut self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(Walk(self, PhantomData))
    }

    /// A string.
    fn text(&mut self, _text: Cow<'a, str>) {
        self.mark();
    }

    /// A whole number.
    fn whole(&mut self, _number: i128) {
        self.mark();
    }

    /// `true` or `false`.
    fn flag(&mut self, _flag: bool) {
        self.mark();
    }

    /// A list.
    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        self.mark();
        skip_list(list)
    }

    /// An object.
    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        self.mark();
        skip_object(object)
    }
}

/// Passes over the rest of a list.
pub fn skip_list<'a, A: SeqAccess<'a>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Passes over the rest of an object.
pub fn skip_object<'a, A: MapAccess<'a>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Fills something where it stands.
pub struct Fill<'s, T>(pub &'s mut T);

impl<'a, T: Lenient<'a>> DeserializeSeed<'a> for Fill<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        self.0.fill(json)
    }
}

struct Walk<'s, 'a, T>(&'s mut T, PhantomData<&'a ()>);

impl<'a, T: Lenient<'a>> Visitor<'a> for Walk<'_, 'a, T> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.0.text(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.whole(i128::from(number));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.whole(i128::from(number));
        Ok(())
    }

    fn visit_f64<E>(self, _number: f64) -> Result<(), E> {
        self.0.mark();
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.0.flag(flag);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'a>>(self, object: A) -> Result<(), A::Error> {
        self.0.object(object)
    }
}

/// The key of an object; borrowed from the body unless it was written with escapes.
pub struct Key<'a>(pub Cow<'a, str>);

impl<'a> serde::Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> Result<Key<'a>, D::Error> {
        struct Read;
        impl<'a> Visitor<'a> for Read {
            type Value = Key<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        json.deserialize_str(Read)
    }
}

/// A string. Whole numbers are taken as their digits, since real senders write codes and ids so. One that is a token of access as a
/// whole counts as not sent, so that no answer repeats it, and an answer is the same when the token was blanked.
#[derive(Clone, Debug, Default)]
pub enum Text<'a> {
    /// Not sent, null or blank.
    #[default]
    Absent,
    /// Sent, and no string.
    Odd,
    /// The string.
    Is(Cow<'a, str>),
}

impl<'a> Text<'a> {
    /// The string; empty when there is none.
    pub fn as_str(&self) -> &str {
        match self {
            Text::Is(text) => text,
            Text::Absent | Text::Odd => "",
        }
    }

    /// Whether there is no string.
    pub fn is_empty(&self) -> bool {
        !matches!(self, Text::Is(_))
    }

    /// The string, boxed, if there is one.
    pub fn boxed(&self) -> Option<Box<str>> {
        match self {
            Text::Is(text) => Some(text.as_ref().into()),
            Text::Absent | Text::Odd => None,
        }
    }
}

impl<'a> Lenient<'a> for Text<'a> {
    fn mark(&mut self) {
        *self = Text::Odd;
    }

    fn is_odd(&self) -> bool {
        matches!(self, Text::Odd)
    }

    fn text(&mut self, text: Cow<'a, str>) {
        // Nearly every string begins and ends with a letter, digit or mark: nothing is there to trim.
        let ends = (text.as_bytes().first(), text.as_bytes().last());
        if matches!(ends, (Some(b'!'..=b'~'), Some(b'!'..=b'~'))) {
            *self = if is_token(&text) { Text::Absent } else { Text::Is(text) };
            return;
        }
        let trimmed = text.trim();
        *self = match text {
            _ if trimmed.is_empty() || is_token(trimmed) => Text::Absent,
            Cow::Borrowed(text) => Text::Is(Cow::Borrowed(text.trim())),
            Cow::Owned(_) => Text::Is(Cow::Owned(trimmed.to_owned())),
        };
    }

    fn whole(&mut self, number: i128) {
        *self = Text::Is(Cow::Owned(number.to_string()));
    }
}

/// `true` or `false`, also as a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flag {
    /// Not sent or null.
    #[default]
    Absent,
    /// Sent, and neither.
    Odd,
    /// The value.
    Is(bool),
}

impl<'a> Lenient<'a> for Flag {
    fn mark(&mut self) {
        *self = Flag::Odd;
    }

    fn is_odd(&self) -> bool {
        *self == Flag::Odd
    }

    fn flag(&mut self, flag: bool) {
        *self = Flag::Is(flag);
    }

    fn text(&mut self, text: Cow<'a, str>) {
        *self = match text.trim() {
            "true" => Flag::Is(true),
            "false" => Flag::Is(false),
            _ => Flag::Odd,
        };
    }
}

/// A number as it was written, so that no digit is lost; also as a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number<'a> {
    json: &'a str,
}

impl<'a> Number<'a> {
    /// The digits as sent; empty when nothing was.
    pub fn written(self) -> &'a str {
        // A number without quotes is as JSON writes it: nothing is there to trim.
        if self.json.starts_with('"') { self.json.trim_matches('"').trim() } else { self.json }
    }

    /// Whether a value was sent.
    pub fn is_present(self) -> bool {
        !self.json.is_empty()
    }

    /// The value; `None` when it is absent, no number, or too long for us.
    pub fn exact(self) -> Option<crate::clinical::exact::Exact> {
        if !self.is_present() {
            return None;
        }
        let written = self.written();
        if self.is_odd() || written.contains('/') {
            return None;
        }
        crate::clinical::exact::Exact::parse(written)
    }

    /// The value as a whole number of 32 bits.
    pub fn count(self) -> Option<u32> {
        let exact = self.exact()?;
        if exact.denominator() == 1 { u32::try_from(exact.numerator()).ok() } else { None }
    }
}

impl<'a> Lenient<'a> for Number<'a> {
    fn mark(&mut self) {
        self.json = "?";
    }

    fn is_odd(&self) -> bool {
        let body = self.json.strip_prefix('"').unwrap_or(self.json);
        self.is_present() && !body.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.')
    }

    fn fill<D: Deserializer<'a>>(&mut self, json: D) -> Result<(), D::Error> {
        let raw: &'a RawValue = serde::Deserialize::deserialize(json)?;
        match raw.get() {
            "null" => {}
            text if text.starts_with('"') && is_token(text.trim_matches('"')) => self.mark(),
            json => self.json = json,
        }
        Ok(())
    }
}

/// One or many: a list, or a single element standing alone. What lies beyond the limit is passed over and makes it odd.
#[derive(Clone, Debug)]
pub struct Many<T> {
    /// The elements; a null among them is an empty one.
    pub items: Vec<T>,
    odd: bool,
}

impl<T> Default for Many<T> {
    fn default() -> Many<T> {
        Many { items: Vec::new(), odd: false }
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> Many<T> {
    fn one<'a>(&mut self) -> &mut T
    where
        T: Lenient<'a>,
    {
        self.items.clear();
        self.items.push(T::default());
        // INVARIANT: one element was just pushed.
        &mut self.items[0]
    }
}

impl<'a, T: Lenient<'a>> Lenient<'a> for Many<T> {
    fn mark(&mut self) {
        self.odd = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn text(&mut self, text: Cow<'a, str>) {
        let one = self.one();
        one.text(text);
        self.odd = one.is_odd();
    }

    fn whole(&mut self, number: i128) {
        let one = self.one();
        one.whole(number);
        self.odd = one.is_odd();
    }

    fn flag(&mut self, flag: bool) {
        let one = self.one();
        one.flag(flag);
        self.odd = one.is_odd();
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        let one = self.one();
        one.object(object)?;
        self.odd = one.is_odd();
        Ok(())
    }

    fn list<A: SeqAccess<'a>>(&mut self, mut list: A) -> Result<(), A::Error> {
        self.items.clear();
        self.odd = false;
        loop {
            if self.items.len() == crate::hooks::limits::ELEMENTS_MAX {
                let more = list.next_element::<IgnoredAny>()?.is_some();
                self.odd |= more;
                return skip_list(list);
            }
            self.items.push(T::default());
            let Some(item) = self.items.last_mut() else { return Ok(()) };
            if list.next_element_seed(Fill(&mut *item))?.is_none() {
                self.items.pop();
                return Ok(());
            }
            self.odd |= item.is_odd();
        }
    }
}

/// A part that is seldom sent: kept apart, so that what holds it stays small.
impl<'a, T: Lenient<'a>> Lenient<'a> for Option<Box<T>> {
    fn mark(&mut self) {
        self.get_or_insert_default().mark();
    }

    fn is_odd(&self) -> bool {
        self.as_ref().is_some_and(|part| part.is_odd())
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.insert(Box::default()).text(text);
    }

    fn whole(&mut self, number: i128) {
        self.insert(Box::default()).whole(number);
    }

    fn flag(&mut self, flag: bool) {
        self.insert(Box::default()).flag(flag);
    }

    fn list<A: SeqAccess<'a>>(&mut self, list: A) -> Result<(), A::Error> {
        self.insert(Box::default()).list(list)
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        self.insert(Box::default()).object(object)
    }
}

/// An object of which we read some keys, each into its field; the first odd field is remembered by its key.
macro_rules! node {
    ($(#[$doc:meta])* $name:ident<$life:lifetime> { $($(#[$field_doc:meta])* $field:ident: $type:ty = $($key:literal)|+),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name<$life> {
            $($(#[$field_doc])* pub $field: $type,)+
            /// The key of a field sent in a shape nobody can read.
            pub odd: Option<&'static str>,
            lifetime: std::marker::PhantomData<&$life ()>,
        }

        impl<$life> crate::hooks::lenient::Lenient<$life> for $name<$life> {
            fn mark(&mut self) {
                self.odd = Some("");
            }

            fn is_odd(&self) -> bool {
                self.odd.is_some()
            }

            fn list<A: serde::de::SeqAccess<$life>>(&mut self, list: A) -> Result<(), A::Error> {
                crate::hooks::lenient::first_of(self, list)
            }

            fn object<A: serde::de::MapAccess<$life>>(&mut self, mut object: A) -> Result<(), A::Error> {
                *self = $name::default();
                while let Some(key) = object.next_key::<crate::hooks::lenient::Key<$life>>()? {
                    match key.0.as_ref() {
                        $($($key)|+ => {
                            object.next_value_seed(crate::hooks::lenient::Fill(&mut self.$field))?;
                            if crate::hooks::lenient::Lenient::is_odd(&self.$field) {
                                self.odd = Some(stringify!($field));
                            }
                        })+
                        _ => {
                            object.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(())
            }
        }
    };
}
pub(crate) use node;

/// A list where one was wanted: a list of one stands for its element, anything longer is odd.
pub fn first_of<'a, T: Lenient<'a>, A: SeqAccess<'a>>(wanted: &mut T, mut list: A) -> Result<(), A::Error> {
    if list.next_element_seed(Fill(wanted))?.is_some() && list.next_element::<IgnoredAny>()?.is_some() {
        wanted.mark();
        return skip_list(list);
    }
    Ok(())
}
