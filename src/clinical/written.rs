//! Amounts as text: reading what an editor or a product table wrote, and writing what a person reads.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, DoseRate, Measure, PerBody, Strength, StrengthPer, Thing};
use crate::clinical::time::Span;
use std::fmt::{Display, Formatter};

impl Measure {
    /// Reads a number and a unit: `5 mg`, `0.25 ug`, `2 tablets`, `500mg`. `None` when either is missing or unknown.
    pub fn parse(text: &str) -> Option<Measure> {
        let (value, unit) = number_and_unit(text)?;
        Measure::of(value, unit)
    }
}

impl Dose {
    /// Reads a number and a dose unit: `15 mg/kg`, `1000 mg/m2`, `4 g`. `None` when either is missing or unknown.
    pub fn parse(text: &str) -> Option<Dose> {
        let (value, unit) = number_and_unit(text)?;
        Dose::of(value, unit)
    }
}

impl DoseRate {
    /// Reads a number and a rate unit: `4 ug/kg/min`, `75 mL/h`. `None` when either is missing or unknown.
    pub fn parse(text: &str) -> Option<DoseRate> {
        let (value, unit) = number_and_unit(text)?;
        DoseRate::of(value, unit)
    }
}

impl Strength {
    /// Reads an amount in so much of a product: `500 mg / 1 tablet`, `5 mg / 5 mL`, `10 mg / 1 g`, `25 ug / 1 h`.
    ///
    /// Both sides want a number. An amount over another time than one hour is brought to one (`0.6 mg / 24 h`). `None`
    /// when a side cannot be read, or is nothing.
    pub fn parse(text: &str) -> Option<Strength> {
        let (amount, per) = text.split_once('/')?;
        let amount = Measure::parse(amount).filter(|a| a.exact().is_positive())?;
        if let Some(per) = Measure::parse(per) {
            return per.exact().is_positive().then_some(Strength { amount, per: StrengthPer::Measure(per) });
        }
        let hours = Exact::ratio(3_600, Span::parse(per)?.0)?;
        Some(Strength { amount: amount.times(hours)?, per: StrengthPer::Hour })
    }
}

/// Splits at the first blank, else where the digits end.
fn number_and_unit(text: &str) -> Option<(Exact, &str)> {
    let text = text.trim();
    let at = text
        .find(char::is_whitespace)
        .or_else(|| text.find(|c: char| !(c.is_ascii_digit() || c == '.')))
        .unwrap_or(text.len());
    Some((Exact::parse(&text[..at])?, text[at..].trim_start()))
}

impl Display for Measure {
    /// In the unit a prescription would use: `500 mg`, `62.5 µg`, `4 g`, `1 tablet`, `10 mL`, `1000 units`.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let exact = self.exact();
        match self {
            Measure::Mass(_) => {
                scaled(f, exact, &[(1_000_000_000, "g"), (1_000_000, "mg"), (10, "\u{b5}g"), (1, "ng")])
            }
            Measure::Volume(_) => scaled(f, exact, &[(1_000_000, "L"), (10, "mL"), (1, "\u{b5}L")]),
            Measure::Activity(_) => {
                let million = exact.checked_div(Exact::whole(1_000_000)).filter(|m| m.denominator() == 1);
                match million {
                    Some(million) if million.is_positive() => write!(f, "{million} million units"),
                    _ => counted(f, exact, "unit", "units"),
                }
            }
            Measure::Equivalents(_) => write!(f, "{exact} mEq"),
            Measure::Moles(_) => write!(f, "{exact} mmol"),
            Measure::Count(_, thing) => {
                let (one, many) = words(*thing);
                counted(f, exact, one, many)
            }
        }
    }
}

impl Display for Dose {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let per = match self.per {
            PerBody::Whole => "",
            PerBody::Kilogram => "/kg",
            PerBody::SquareMetre => "/m\u{b2}",
        };
        write!(f, "{}{per}", self.measure)
    }
}

impl Display for DoseRate {
    /// `4 µg/kg/min`, `75 mL/h`; `in ...` and the span where the period is none of the common ones.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let seconds = self.seconds;
        match (seconds.denominator(), seconds.numerator()) {
            (1, 1) => write!(f, "{}/s", self.dose),
            (1, 60) => write!(f, "{}/min", self.dose),
            (1, 3_600) => write!(f, "{}/h", self.dose),
            (1, 86_400) => write!(f, "{}/d", self.dose),
            (1, 604_800) => write!(f, "{}/wk", self.dose),
            (1, whole) => write!(f, "{} in {}", self.dose, Span(whole)),
            _ => write!(f, "{} in {seconds} seconds", self.dose),
        }
    }
}

impl Display for Strength {
    /// As `Strength::parse` reads it: `500 mg / 1 tablet`, `25 µg / 1 h`.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.per {
            StrengthPer::Measure(per) => write!(f, "{} / {per}", self.amount),
            StrengthPer::Hour => write!(f, "{} / 1 h", self.amount),
        }
    }
}

/// The largest unit whose row it reaches, the names being a thousand apart from their neighbour above. A row's number is
/// where its use begins, so `0.25 µg` stays in micrograms and `0.5 mL` in millilitres.
fn scaled(f: &mut Formatter<'_>, exact: Exact, rows: &[(i64, &str)]) -> std::fmt::Result {
    let row = rows.iter().find(|(from, _)| exact >= Exact::whole(*from)).or(rows.get(1));
    let Some((_, name)) = row else { return write!(f, "{exact}") };
    let size = match *name {
        "g" => 1_000_000_000,
        "mg" | "L" => 1_000_000,
        "\u{b5}g" | "mL" => 1_000,
        _ => 1,
    };
    match exact.checked_div(Exact::whole(size)) {
        Some(value) => write!(f, "{value} {name}"),
        None => write!(f, "{exact}/{size} {name}"),
    }
}

fn counted(f: &mut Formatter<'_>, exact: Exact, one: &str, many: &str) -> std::fmt::Result {
    let word = if exact.is_positive() && exact <= Exact::ONE { one } else { many };
    write!(f, "{exact} {word}")
}

fn words(thing: Thing) -> (&'static str, &'static str) {
    match thing {
        Thing::Each => ("piece", "pieces"),
        Thing::Tablet => ("tablet", "tablets"),
        Thing::Capsule => ("capsule", "capsules"),
        Thing::Patch => ("patch", "patches"),
        Thing::Actuation => ("puff", "puffs"),
        Thing::Drop => ("drop", "drops"),
        Thing::Suppository => ("suppository", "suppositories"),
        Thing::Lozenge => ("lozenge", "lozenges"),
        Thing::Packet => ("packet", "packets"),
        Thing::Vial => ("vial", "vials"),
        Thing::Syringe => ("syringe", "syringes"),
        Thing::Application => ("application", "applications"),
    }
}
