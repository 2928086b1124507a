//! An exact ratio of two integers: every clinical number is one, none is a float.

use serde::{Deserialize, Serialize};

/// A reduced ratio of two 64-bit integers; the denominator is positive. Arithmetic that would leave 64 bits says `None`.
///
/// As bytes it is a pair; a pair that is not reduced, or whose denominator is not positive, is refused on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Exact {
    numerator: i64,
    denominator: i64,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Exact = Exact { numerator: 0, denominator: 1 };
    /// One.
    pub const ONE: Exact = Exact { numerator: 1, denominator: 1 };

    /// A whole number.
    pub const fn whole(n: i64) -> Exact {
        Exact { numerator: n, denominator: 1 }
    }

    /// A ratio, reduced; `None` for a zero denominator or when it does not fit.
    pub fn ratio(numerator: i64, denominator: i64) -> Option<Exact> {
        Exact::reduce(i128::from(numerator), i128::from(denominator))
    }

    /// Reads a decimal as JSON or an editor writes it (`0.25`, `-3`, `1e3`, `2.5E-2`), exactly; `a/b` is read too.
    ///
    /// `None` when it is no number or needs more than 64 bits: the caller makes a gap of it.
    pub fn parse(text: &str) -> Option<Exact> {
        if let Some(plain) = Exact::plain(text.as_bytes()) {
            return Some(plain);
        }
        match text.split_once('/') {
            Some((above, below)) => Exact::decimal(above)?.checked_div(Exact::decimal(below)?),
            None => Exact::decimal(text),
        }
    }

    /// Digits with at most one point among them, as nearly every number is written. `None` for anything else.
    fn plain(text: &[u8]) -> Option<Exact> {
        if text.len() > 18 {
            return None;
        }
        let (mut number, mut scale, mut digits) = (0i64, 0i64, 0u32);
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    number = number * 10 + i64::from(byte - b'0');
                    scale *= 10;
                    digits += 1;
                }
                b'.' if scale == 0 => scale = 1,
                _ => return None,
            }
        }
        match (digits, scale) {
            (0, _) => None,
            (_, 0 | 1) => Some(Exact::whole(number)),
            _ => Exact::ratio(number, scale),
        }
    }

    fn decimal(text: &str) -> Option<Exact> {
        let text = text.trim();
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut numerator = 0i128;
        for b in whole.bytes().chain(fraction.trim_end_matches('0').bytes()) {
            if !b.is_ascii_digit() {
                return None;
            }
            numerator = numerator.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
        }
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if numerator == 0 {
            return Some(Exact::ZERO);
        }
        let scale = exponent.checked_sub(i32::try_from(fraction.trim_end_matches('0').len()).ok()?)?;
        let power = 10i128.checked_pow(scale.unsigned_abs())?;
        let numerator = if negative { -numerator } else { numerator };
        if scale >= 0 { Exact::reduce(numerator.checked_mul(power)?, 1) } else { Exact::reduce(numerator, power) }
    }

    /// The number above the line.
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// The number below the line; positive.
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// The sum.
    pub fn checked_add(self, other: Exact) -> Option<Exact> {
        if self.denominator == 1 && other.denominator == 1 {
            return self.numerator.checked_add(other.numerator).map(Exact::whole);
        }
        let (a, b) = (i128::from(self.numerator), i128::from(self.denominator));
        let (c, d) = (i128::from(other.numerator), i128::from(other.denominator));
        if b == d {
            return Exact::reduce(a + c, b);
        }
        Exact::reduce((a * d).checked_add(c * b)?, b * d)
    }

    /// The difference.
    pub fn checked_sub(self, other: Exact) -> Option<Exact> {
        self.checked_add(Exact { numerator: other.numerator.checked_neg()?, denominator: other.denominator })
    }

    /// The product.
    pub fn checked_mul(self, other: Exact) -> Option<Exact> {
        if self.denominator == 1 && other.denominator == 1 {
            return self.numerator.checked_mul(other.numerator).map(Exact::whole);
        }
        Exact::reduce(
            i128::from(self.numerator) * i128::from(other.numerator),
            i128::from(self.denominator) * i128::from(other.denominator),
        )
    }

    /// The quotient; `None` when dividing by nothing.
    pub fn checked_div(self, other: Exact) -> Option<Exact> {
        Exact::reduce(
            i128::from(self.numerator) * i128::from(other.denominator),
            i128::from(self.denominator) * i128::from(other.numerator),
        )
    }

    /// The smallest whole number that is not below it.
    pub fn ceil(self) -> Exact {
        let (whole, rest) = (self.numerator.div_euclid(self.denominator), self.numerator.rem_euclid(self.denominator));
        // INVARIANT: a rest means a denominator of two or more, so the quotient is far below the largest i64.
        Exact::whole(if rest == 0 { whole } else { whole + 1 })
    }

    /// The largest whole number that is not above it.
    pub fn floor(self) -> Exact {
        Exact::whole(self.numerator.div_euclid(self.denominator))
    }

    /// Whether it is above nothing.
    pub fn is_positive(self) -> bool {
        self.numerator > 0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    fn reduce(numerator: i128, denominator: i128) -> Option<Exact> {
        if denominator == 0 {
            return None;
        }
        let (numerator, denominator) = if denominator < 0 {
            (numerator.checked_neg()?, denominator.checked_neg()?)
        } else {
            (numerator, denominator)
        };
        if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
            if denominator == 1 {
                return Some(Exact { numerator, denominator });
            }
            // INVARIANT: the divisor divides a positive i64, so it is one itself.
            let divisor = i64::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
            return Some(Exact { numerator: numerator / divisor, denominator: denominator / divisor });
        }
        let divisor = gcd_wide(numerator.unsigned_abs(), denominator.unsigned_abs());
        Some(Exact {
            numerator: i64::try_from(numerator / divisor).ok()?,
            denominator: i64::try_from(denominator / divisor).ok()?,
        })
    }
}

impl TryFrom<(i64, i64)> for Exact {
    type Error = &'static str;

    fn try_from((numerator, denominator): (i64, i64)) -> Result<Exact, &'static str> {
        match Exact::ratio(numerator, denominator) {
            Some(exact) if (exact.numerator, exact.denominator) == (numerator, denominator) => Ok(exact),
            _ => Err("an exact number that is not a reduced ratio"),
        }
    }
}

impl From<Exact> for (i64, i64) {
    fn from(exact: Exact) -> (i64, i64) {
        (exact.numerator, exact.denominator)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    /// Multiplies crosswise in 128 bits: exact, and never overflows.
    fn cmp(&self, other: &Exact) -> std::cmp::Ordering {
        (i128::from(self.numerator) * i128::from(other.denominator))
            .cmp(&(i128::from(other.numerator) * i128::from(self.denominator)))
    }
}

impl std::fmt::Display for Exact {
    /// A decimal when it ends within six places, else rounded to three with `≈`; the ratio itself when that shows nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.denominator == 1 {
            return write!(f, "{}", self.numerator);
        }
        let mut rest = self.denominator;
        let mut places = 0u32;
        while rest % 10 == 0 && rest > 1 {
            rest /= 10;
            places += 1;
        }
        let (mut twos, mut fives) = (0u32, 0u32);
        while rest % 2 == 0 {
            rest /= 2;
            twos += 1;
        }
        while rest % 5 == 0 {
            rest /= 5;
            fives += 1;
        }
        places += twos.max(fives);
        let exactly = rest == 1 && places <= 6;
        let places = if exactly { places } else { 3 };
        let power = 10i128.pow(places);
        let scaled = i128::from(self.numerator) * power;
        let half = i128::from(self.denominator) / 2;
        let rounded = (scaled.abs() + if exactly { 0 } else { half }) / i128::from(self.denominator);
        if rounded == 0 {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        let sign = if self.numerator < 0 { "-" } else { "" };
        let mark = if exactly { "" } else { "≈" };
        let (whole, fraction) = (rounded / power, rounded % power);
        let fraction = format!("{fraction:0>width$}", width = places as usize);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { write!(f, "{mark}{sign}{whole}") } else { write!(f, "{mark}{sign}{whole}.{fraction}") }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn gcd_wide(mut a: u128, mut b: u128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a.max(1)).unwrap_or(1)
}
