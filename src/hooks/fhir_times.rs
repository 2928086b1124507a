//! Small parts of a schedule: a giving named by its moment, and whether something is given only when needed.

use crate::clinical::apart::clock_of;
use crate::hooks::fhir_parts::Stretch;
use crate::hooks::lenient::Lenient;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use std::borrow::Cow;

/// A giving named by its moment.
#[derive(Debug, Default)]
pub struct Event {
    /// When it is.
    pub when: Stretch,
    /// The time of day by the clock of whoever wrote it, where that is told.
    pub clock: Option<u32>,
}

impl<'a> Lenient<'a> for Event {
    fn mark(&mut self) {
        self.when.mark();
    }

    fn is_odd(&self) -> bool {
        self.when.is_odd()
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.clock = clock_of(&text);
        self.when.text(text);
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        self.when.object(object)
    }
}

/// Whether something is given only when needed, said by a flag or by naming what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsNeeded {
    /// It is.
    pub is_set: bool,
    odd: bool,
}

impl<'a> Lenient<'a> for AsNeeded {
    fn mark(&mut self) {
        self.odd = true;
        self.is_set = true;
    }

    fn is_odd(&self) -> bool {
        self.odd
    }

    fn flag(&mut self, flag: bool) {
        self.is_set |= flag;
    }

    fn text(&mut self, text: Cow<'a, str>) {
        self.is_set |= !text.trim().is_empty() && text.trim() != "false";
    }

    fn list<A: SeqAccess<'a>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.is_set = true;
        }
        Ok(())
    }

    fn object<A: MapAccess<'a>>(&mut self, object: A) -> Result<(), A::Error> {
        self.is_set = true;
        crate::hooks::lenient::skip_object(object)
    }
}
