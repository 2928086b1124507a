//! Moments, dates as precise as they were written, spans and intervals. No clock: time is an argument.

use crate::clinical::exact::Exact;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A moment in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(pub i64);

/// An onset of so long or longer is slow: only then can a short course end before the harm begins. Three days.
pub const SLOW_ONSET: Span = Span::days(3);

/// A date or time as precise as it was written: everything from `earliest` up to and including `latest`.
///
/// `2020` runs from its first to its last second. A date without an offset is read as UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dated {
    /// The first second it may mean.
    pub earliest: Moment,
    /// The last second it may mean.
    pub latest: Moment,
}

/// A stretch of time; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The first second, if known.
    pub start: Option<Moment>,
    /// The last second, if known.
    pub end: Option<Moment>,
}

impl Span {
    /// Whole days.
    pub const fn days(n: i64) -> Span {
        Span(n.saturating_mul(86_400))
    }

    /// Whole hours.
    pub const fn hours(n: i64) -> Span {
        Span(n.saturating_mul(3_600))
    }

    /// The seconds in a UCUM or plain unit of time (`s min h d wk mo a`, `days`, `hours` ...). A year is 365.25 days as
    /// in UCUM; a month is 30 days (in UCUM 30.4375), as prescriptions count it.
    pub fn unit_seconds(unit: &str) -> Option<i64> {
        Some(match unit.trim() {
            "s" | "sec" | "second" | "seconds" => 1,
            "min" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" | "Day" | "Days" => 86_400,
            "wk" | "week" | "weeks" => 604_800,
            "mo" | "month" | "months" => 2_592_000,
            "a" | "yr" | "y" | "year" | "years" => 31_557_600,
            _ => return None,
        })
    }

    /// Reads a number and a unit of time as an editor writes them: `30 d`, `5 weeks`, `1.5 h`, `4h`.
    ///
    /// `None` when either is missing or unknown, below nothing, or no whole number of seconds.
    pub fn parse(text: &str) -> Option<Span> {
        let text = text.trim();
        let at = text.find(|c: char| c.is_whitespace() || c.is_alphabetic())?;
        let (value, unit) = (Exact::parse(&text[..at])?, Span::unit_seconds(&text[at..])?);
        let seconds = value.checked_mul(Exact::whole(unit))?;
        (seconds.denominator() == 1 && seconds.numerator() >= 0).then(|| Span(seconds.numerator()))
    }
}

impl std::fmt::Display for Span {
    /// In the largest of days, hours, minutes and seconds that is whole; whole years as years. `Span::parse` reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const UNITS: [(i64, &str); 4] = [(31_557_600, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
        let whole = UNITS.iter().find(|(seconds, _)| self.0 != 0 && self.0 % seconds == 0);
        let (count, word) = whole.map_or((self.0, "second"), |(seconds, word)| (self.0 / seconds, *word));
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} {word}{plural}")
    }
}

impl Moment {
    /// Later by a span; saturates at the ends of time.
    pub fn plus(self, span: Span) -> Moment {
        Moment(self.0.saturating_add(span.0))
    }

    /// Earlier by a span; saturates at the ends of time.
    pub fn minus(self, span: Span) -> Moment {
        Moment(self.0.saturating_sub(span.0))
    }

    /// The span from an earlier moment to this one (negative when it is later).
    pub fn since(self, earlier: Moment) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The calendar day in UTC; `None` outside the years 0001 to 9999.
    pub fn date(self) -> Option<Date> {
        let days = i32::try_from(self.0.div_euclid(86_400)).ok()?;
        EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
    }

    /// `2026-11-23T10:15:00Z`.
    pub fn rfc3339(self) -> String {
        let Some(date) = self.date() else { return String::from("out of range") };
        let second = self.0.rem_euclid(86_400);
        format!("{date}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn midnight(date: Date) -> Moment {
    // Days from the civil calendar, counted in eras of 400 years that begin in March (H. Hinnant, "chrono-Compatible
    // Low-Level Date Algorithms"). A civil date's distance in seconds fits an i64 many times over.
    let (y, m, d) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
    let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * m + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Moment((era * 146_097 + doe - 719_468) * 86_400)
}

impl Dated {
    /// Reads a FHIR date, dateTime or instant: `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or with time and offset.
    ///
    /// `None` when it is none of these or no day of the calendar. Fractions of a second are dropped.
    pub fn parse(text: &str) -> Option<Dated> {
        let text = text.trim();
        let bytes = text.as_bytes();
        if !text.is_ascii() {
            return None;
        }
        let year: i16 = number(bytes.get(0..4)?)?.try_into().ok()?;
        if bytes.len() == 4 {
            let first = midnight(Date::new(year, 1, 1).ok()?);
            let last = midnight(Date::new(year, 12, 31).ok()?);
            return Some(Dated { earliest: first, latest: Moment(last.0 + 86_399) });
        }
        if bytes[4] != b'-' {
            return None;
        }
        let month: i8 = number(bytes.get(5..7)?)?.try_into().ok()?;
        if bytes.len() == 7 {
            let first = Date::new(year, month, 1).ok()?;
            return Some(Dated {
                earliest: midnight(first),
                latest: Moment(midnight(first.last_of_month()).0 + 86_399),
            });
        }
        if bytes[7] != b'-' {
            return None;
        }
        let day: i8 = number(bytes.get(8..10)?)?.try_into().ok()?;
        let day = midnight(Date::new(year, month, day).ok()?);
        if bytes.len() == 10 {
            return Some(Dated { earliest: day, latest: Moment(day.0 + 86_399) });
        }
        if bytes[10] != b'T' {
            return None;
        }
        clock(&bytes[11..]).map(|(second, precise)| {
            let at = Moment(day.0 + second);
            Dated { earliest: at, latest: Moment(at.0 + if precise { 0 } else { 59 }) }
        })
    }

    /// Whether it surely came before a moment.
    pub fn surely_before(self, at: Moment) -> bool {
        self.latest < at
    }

    /// Whether it surely came after a moment.
    pub fn surely_after(self, at: Moment) -> bool {
        self.earliest > at
    }

    /// The order of two dates when it is beyond doubt: `None` when they may mean the same second, or either order.
    pub fn surely_compare(self, other: Dated) -> Option<std::cmp::Ordering> {
        if self.surely_before(other.earliest) {
            Some(std::cmp::Ordering::Less)
        } else if self.surely_after(other.latest) {
            Some(std::cmp::Ordering::Greater)
        } else {
            None
        }
    }

    /// A single moment.
    pub fn at(moment: Moment) -> Dated {
        Dated { earliest: moment, latest: moment }
    }

    /// Whole years from this date to `as_of` by the calendar, as (at least, at most) for a date known only in part.
    /// `None` when `as_of` comes first.
    pub fn years_until(self, as_of: Moment) -> Option<(i32, i32)> {
        let at_least = whole_months(self.latest, as_of).unwrap_or(0) / 12;
        let at_most = whole_months(self.earliest, as_of)? / 12;
        Some((at_least, at_most))
    }

    /// Whole months from this date to `as_of` by the calendar, as (at least, at most).
    pub fn months_until(self, as_of: Moment) -> Option<(i32, i32)> {
        Some((whole_months(self.latest, as_of).unwrap_or(0), whole_months(self.earliest, as_of)?))
    }
}

/// Whole calendar months between two moments' days; `None` when `to` is before `from`.
fn whole_months(from: Moment, to: Moment) -> Option<i32> {
    let (a, b) = (from.date()?, to.date()?);
    if b < a {
        return None;
    }
    let months = (i32::from(b.year()) - i32::from(a.year())) * 12 + i32::from(b.month()) - i32::from(a.month());
    Some(if b.day() < a.day() { months - 1 } else { months })
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Seconds after midnight UTC, and whether seconds were given. Wants `hh:mm[:ss[.f]][Z|+hh:mm|-hh:mm]` after the `T`.
fn clock(bytes: &[u8]) -> Option<(i64, bool)> {
    let hour = number(bytes.get(0..2)?)?;
    if *bytes.get(2)? != b':' {
        return None;
    }
    let minute = number(bytes.get(3..5)?)?;
    let mut rest = &bytes[5..];
    let (mut second, mut precise) = (0, false);
    if rest.first() == Some(&b':') {
        second = number(rest.get(1..3)?)?;
        precise = true;
        rest = &rest[3..];
        if rest.first() == Some(&b'.') {
            let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            rest = &rest[1 + digits..];
        }
    }
    let offset = match rest {
        [] | [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, odd) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours > 14 || odd > 59 {
                return None;
            }
            let minutes = hours * 60 + odd;
            if *sign == b'+' { minutes * 60 } else { -minutes * 60 }
        }
        _ => return None,
    };
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 3_600 + minute * 60 + second - offset, precise))
}

impl Interval {
    /// Whether a moment lies within; open ends reach for ever.
    pub fn holds(&self, at: Moment) -> bool {
        self.start.is_none_or(|s| s <= at) && self.end.is_none_or(|e| at <= e)
    }

    /// Whether two intervals share a moment; open ends reach for ever.
    pub fn overlaps(&self, other: &Interval) -> bool {
        let before = |a: Option<Moment>, b: Option<Moment>| matches!((a, b), (Some(a), Some(b)) if a < b);
        !before(self.end, other.start) && !before(other.end, self.start)
    }

    /// The stretch that two intervals share; `None` when they share nothing.
    pub fn shared(&self, other: &Interval) -> Option<Interval> {
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let both = Interval { start: self.start.max(other.start), end };
        (!matches!((both.start, both.end), (Some(start), Some(end)) if end < start)).then_some(both)
    }

    /// How long it is, both its first and its last second counted: one day of the calendar is 86,400 seconds. `None`
    /// with an open end, or when it ends before it starts.
    pub fn length(&self) -> Option<Span> {
        let span = self.end?.plus(Span(1)).since(self.start?);
        (span.0 > 0).then_some(span)
    }
}
