//! What a regimen adds up to: one readable row to a case, each rule of `amounts` beside its near miss.
#![allow(clippy::unwrap_used, reason = "a case that cannot be built is a failed test")]

use caveat::clinical::code::{Code, Concept, System};
use caveat::clinical::exact::Exact;
use caveat::clinical::form::Form;
use caveat::clinical::quantity::{Dose, DoseRate, Strength, Thing};
use caveat::clinical::regimen::{
    Amounts, Body, Bounds, Conversion, DoseTrouble, Given, Instruction, Regimen, Timing, amounts,
};
use caveat::clinical::time::{Dated, Interval, Span};
use proptest::prelude::*;

fn number(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

fn seconds(text: &str) -> Exact {
    Exact::whole(Span::parse(text).unwrap().0)
}

/// An instruction with one dose, or with none for "".
fn give(dose: &str) -> Instruction {
    let given = if dose.is_empty() { Vec::new() } else { vec![one(dose)] };
    Instruction { given, ..Instruction::default() }
}

fn one(dose: &str) -> Given {
    match dose.split_once(" to ") {
        Some((low, high)) => Given::Dose { low: Dose::parse(low).unwrap(), high: Dose::parse(high).unwrap() },
        None if dose.starts_with('?') => Given::Unreadable { words: dose[1..].into() },
        None if Dose::parse(dose).is_none() => {
            let rate = DoseRate::parse(dose).unwrap();
            Given::Rate { low: rate, high: rate }
        }
        None => Given::Dose { low: Dose::parse(dose).unwrap(), high: Dose::parse(dose).unwrap() },
    }
}

trait Schedule: Sized {
    fn edit(self, change: impl FnOnce(&mut Instruction)) -> Self;

    fn timing(self, change: impl FnOnce(&mut Timing)) -> Self {
        self.edit(|i| change(&mut i.timing))
    }
    /// So many times in a period; "2 to 3" and "4 h to 6 h" are ranges.
    fn times(self, frequency: &str, period: &str) -> Self {
        let (low, high) = frequency.split_once(" to ").unwrap_or((frequency, frequency));
        let (shortest, longest) = period.split_once(" to ").unwrap_or((period, period));
        self.timing(|t| {
            t.frequency = Some((number(low), number(high)));
            t.period = Some((seconds(shortest), seconds(longest)));
        })
    }
    fn events(self, n: u8) -> Self {
        self.timing(|t| t.events_per_day = n)
    }
    fn days_of_week(self, n: u8) -> Self {
        self.timing(|t| t.days_of_week = n)
    }
    fn count(self, n: u32) -> Self {
        self.timing(|t| t.count = Some((n, n)))
    }
    fn lasts(self, span: &str) -> Self {
        self.timing(|t| t.lasts = Some(Span::parse(span).unwrap()))
    }
    fn runs_for(self, span: &str) -> Self {
        self.timing(|t| t.runs_for = Some(seconds(span)))
    }
    fn dated(self, start: &str, end: &str) -> Self {
        let (start, end) = (Dated::parse(start).map(|d| d.earliest), Dated::parse(end).map(|d| d.latest));
        self.timing(|t| t.bounds = Interval { start, end })
    }
    fn when_needed(self) -> Self {
        self.edit(|i| i.as_needed = true)
    }
    fn max(self, dose: &str, span: &str) -> Self {
        self.edit(|i| i.max_per_period = Some((Dose::parse(dose).unwrap(), Span::parse(span).unwrap())))
    }
    fn max_at_once(self, dose: &str) -> Self {
        self.edit(|i| i.max_per_administration = Some(Dose::parse(dose).unwrap()))
    }
    fn or(self, dose: &str) -> Self {
        self.edit(|i| i.given.push(one(dose)))
    }
    fn seq(self, n: u32) -> Self {
        self.edit(|i| i.sequence = Some(n))
    }
    fn route(self, snomed: &str) -> Self {
        self.edit(|i| i.route = Concept::of(Code::new(System::Snomed, snomed).unwrap()))
    }
}

impl Schedule for Instruction {
    fn edit(mut self, change: impl FnOnce(&mut Instruction)) -> Instruction {
        change(&mut self);
        self
    }
}

fn bounds(b: Bounds) -> String {
    if b.expected == b.worst && b.scheduled == b.worst {
        b.worst.to_string()
    } else {
        format!("{} / {} / {}", b.expected, b.scheduled, b.worst)
    }
}

/// `single; day; week; course; hour; times`: what is not known is left out. Bounds that differ stand as
/// expected / scheduled / worst.
fn show(outcome: Result<Amounts, DoseTrouble>) -> String {
    let a = match outcome {
        Ok(amounts) => amounts,
        Err(why) => return format!("{why:?}"),
    };
    let mut parts = Vec::new();
    for (name, value) in
        [("once", a.single), ("day", a.daily), ("week", a.weekly), ("all", a.course), ("hour", a.hourly)]
    {
        parts.extend(value.map(|b| format!("{name} {}", bounds(b))));
    }
    parts.extend(a.one_time.then(|| "one-time".into()));
    parts.extend(a.as_needed.then(|| "as needed".into()));
    parts.extend(a.timing_trouble.map(|why| format!("{why:?}")));
    parts.join("; ")
}

fn conversion(strength: &str, form: &str) -> Conversion {
    let thing = (!form.is_empty()).then(|| Form::from_word(form).unwrap().thing());
    Conversion { strength: (!strength.is_empty()).then(|| Strength::parse(strength).unwrap()), thing }
}

fn total(instructions: Vec<Instruction>, strength: &str, form: &str, body: Body) -> String {
    show(amounts(&Regimen { instructions }, &conversion(strength, form), &body))
}

type Row = (&'static str, Vec<Instruction>, &'static str, &'static str, &'static str);

fn judge(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for (name, instructions, strength, form, expected) in rows {
        let found = total(instructions, strength, form, Body::default());
        if found != expected {
            wrong.push(format!("{name}\n    expected {expected}\n    found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const MG500: &str = "500 mg / 1 tablet";

#[test]
fn one_dose_at_a_pace() {
    judge(vec![
        ("twice a day", vec![give("1 tablet").times("2", "1 d")], MG500, "tablet", "once 500 mg; day 1 g; week 7 g"),
        ("every 6 hours", vec![give("1 g").times("1", "6 h")], "", "", "once 1 g; day 4 g; week 28 g"),
        (
            "calcitriol 0.25 µg",
            vec![give("1 capsule").times("1", "1 d")],
            "0.25 ug / 1 capsule",
            "capsule",
            "once 0.25 \u{b5}g; day 0.25 \u{b5}g; week 1.75 \u{b5}g",
        ),
        (
            "methotrexate weekly stays weekly",
            vec![give("6 tablets").times("1", "7 d")],
            "2.5 mg / 1 tablet",
            "tablet",
            "once 15 mg; day 15 mg; week 15 mg",
        ),
        (
            "methotrexate daily is its near miss",
            vec![give("6 tablets").times("1", "1 d")],
            "2.5 mg / 1 tablet",
            "tablet",
            "once 15 mg; day 15 mg; week 105 mg",
        ),
        (
            "every 36 hours: one a day, at most 5 in a week",
            vec![give("9 mg").times("1", "36 h")],
            "",
            "",
            "once 9 mg; day 9 mg; week 42 mg / 45 mg / 45 mg",
        ),
        (
            "every 5 hours: 4.8 expected, 5 fit into a day",
            vec![give("10 mg").times("1", "5 h")],
            "",
            "",
            "once 10 mg; day 48 mg / 50 mg / 50 mg; week 336 mg / 340 mg / 340 mg",
        ),
        ("three a week", vec![give("1 g").times("3", "1 wk")], "", "", "once 1 g; day 1 g; week 3 g"),
        (
            "nine a week: two fall on one day",
            vec![give("7 mg").times("9", "1 wk")],
            "",
            "",
            "once 7 mg; day 9 mg / 14 mg / 14 mg; week 63 mg",
        ),
        ("every three weeks", vec![give("1 g").times("1", "3 wk")], "", "", "once 1 g; day 1 g; week 1 g"),
        (
            "a period alone is once in it",
            vec![give("1 g").timing(|t| t.period = Some((seconds("8 h"), seconds("8 h"))))],
            "",
            "",
            "once 1 g; day 3 g; week 21 g",
        ),
        (
            "a frequency alone says nothing",
            vec![give("1 g").timing(|t| t.frequency = Some((Exact::ONE, Exact::ONE)))],
            "",
            "",
            "once 1 g; NoTiming",
        ),
        (
            "a period of nothing says nothing",
            vec![give("1 g").timing(|t| t.period = Some((Exact::ZERO, Exact::ZERO)))],
            "",
            "",
            "once 1 g; NoTiming",
        ),
    ]);
}

#[test]
fn ranges_of_dose_frequency_and_period() {
    judge(vec![
        (
            "one or two tablets",
            vec![give("1 tablet to 2 tablets").times("1", "6 h")],
            MG500,
            "tablet",
            "once 500 mg / 1 g / 1 g; day 2 g / 4 g / 4 g; week 14 g / 28 g / 28 g",
        ),
        (
            "every 4 to 6 hours",
            vec![give("5 mg").times("1", "4 h to 6 h")],
            "",
            "",
            "once 5 mg; day 20 mg / 30 mg / 30 mg; week 140 mg / 210 mg / 210 mg",
        ),
        (
            "two or three times a day",
            vec![give("5 mg").times("2 to 3", "1 d")],
            "",
            "",
            "once 5 mg; day 10 mg / 15 mg / 15 mg; week 70 mg / 105 mg / 105 mg",
        ),
        (
            "a range written the wrong way round",
            vec![give("10 mg to 5 mg").times("1", "1 d")],
            "",
            "",
            "once 5 mg / 10 mg / 10 mg; day 5 mg / 10 mg / 10 mg; week 35 mg / 70 mg / 70 mg",
        ),
        (
            "a sliding scale from nothing",
            vec![give("0 units to 8 units").times("3", "1 d")],
            "",
            "",
            "once 0 units / 8 units / 8 units; day 0 units / 24 units / 24 units; week 0 units / 168 units / 168 units",
        ),
        ("a dose of nothing is none", vec![give("0 mg").times("3", "1 d")], "", "", "NoDose"),
    ]);
}

#[test]
fn events_and_days() {
    judge(vec![
        ("morning and evening", vec![give("5 mg").events(2)], "", "", "once 5 mg; day 10 mg; week 70 mg"),
        (
            "once a day, in the morning",
            vec![give("5 mg").times("1", "1 d").events(1)],
            "",
            "",
            "once 5 mg; day 5 mg; week 35 mg",
        ),
        (
            "once a day, yet two events: the larger is the most",
            vec![give("5 mg").times("1", "1 d").events(2)],
            "",
            "",
            "once 5 mg; day 5 mg / 10 mg / 10 mg; week 35 mg / 70 mg / 70 mg",
        ),
        (
            "every other day in the morning",
            vec![give("5 mg").times("1", "2 d").events(1)],
            "",
            "",
            "once 5 mg; day 5 mg; week 17.5 mg / 20 mg / 20 mg",
        ),
        ("Mondays", vec![give("10 mg").days_of_week(1)], "", "", "once 10 mg; day 10 mg; week 10 mg"),
        ("Monday, Wednesday, Friday", vec![give("10 mg").days_of_week(3)], "", "", "once 10 mg; day 10 mg; week 30 mg"),
        (
            "four times on Mondays",
            vec![give("10 mg").times("4", "1 d").days_of_week(1)],
            "",
            "",
            "once 10 mg; day 40 mg; week 40 mg",
        ),
        (
            "once a week on Mondays",
            vec![give("10 mg").times("1", "1 wk").days_of_week(1)],
            "",
            "",
            "once 10 mg; day 10 mg; week 10 mg",
        ),
        (
            "once a week, yet three days named",
            vec![give("10 mg").times("1", "1 wk").days_of_week(3)],
            "",
            "",
            "once 10 mg; day 10 mg; week 10 mg / 30 mg / 30 mg",
        ),
        (
            "morning and evening at weekends",
            vec![give("10 mg").events(2).days_of_week(2)],
            "",
            "",
            "once 10 mg; day 20 mg; week 40 mg",
        ),
    ]);
}

#[test]
fn ends_and_counts() {
    judge(vec![
        ("once in all", vec![give("2 g").count(1)], "", "", "once 2 g; day 2 g; week 2 g; all 2 g; one-time"),
        (
            "a count of one beats a frequency",
            vec![give("2 g").times("3", "1 d").count(1)],
            "",
            "",
            "once 2 g; day 2 g; week 2 g; all 2 g; one-time",
        ),
        (
            "sixteen doses, one every three weeks",
            vec![give("1 g").times("1", "3 wk").count(16)],
            "",
            "",
            "once 1 g; day 1 g; week 1 g; all 16 g",
        ),
        (
            "five days, a week holds no more",
            vec![give("1 g").times("2", "1 d").lasts("5 d")],
            "",
            "",
            "once 1 g; day 2 g; week 10 g; all 10 g",
        ),
        (
            "five days by date",
            vec![give("1 g").times("2", "1 d").dated("2026-05-01", "2026-05-05")],
            "",
            "",
            "once 1 g; day 2 g; week 10 g; all 10 g",
        ),
        (
            "twelve hours, every six",
            vec![give("1 g").times("1", "6 h").lasts("12 h")],
            "",
            "",
            "once 1 g; day 2 g; week 2 g; all 2 g",
        ),
        (
            "weekly for ten weeks",
            vec![give("1 g").times("1", "1 wk").lasts("10 weeks")],
            "",
            "",
            "once 1 g; day 1 g; week 1 g; all 10 g",
        ),
        (
            "Mondays to Wednesdays for ten days",
            vec![give("7 mg").days_of_week(3).lasts("10 d")],
            "",
            "",
            "once 7 mg; day 7 mg; week 21 mg; all 30 mg / 42 mg / 42 mg",
        ),
        (
            "three in all at no known pace may fall on one day",
            vec![give("1 g").count(3)],
            "",
            "",
            "once 1 g; day 1 g / 3 g / 3 g; week 1 g / 3 g / 3 g; all 3 g; NoTiming",
        ),
    ]);
}

#[test]
fn only_when_needed() {
    judge(vec![
        (
            "a pace bounds it",
            vec![give("1 tablet").times("1", "4 h to 6 h").when_needed()],
            MG500,
            "tablet",
            "once 500 mg / 0 mg / 500 mg; day 2 g / 0 mg / 3 g; week 14 g / 0 mg / 21 g; as needed",
        ),
        (
            "a maximum caps the pace",
            vec![give("1 g").times("1", "4 h").when_needed().max("4 g", "1 d")],
            "",
            "",
            "once 1 g / 0 mg / 1 g; day 4 g / 0 mg / 4 g; week 28 g / 0 mg / 28 g; as needed",
        ),
        (
            "a maximum alone is the most",
            vec![give("1 tablet").when_needed().max("8 tablets", "1 d")],
            MG500,
            "tablet",
            "once 500 mg / 0 mg / 500 mg; day 500 mg / 0 mg / 4 g; week 500 mg / 0 mg / 28 g; as needed",
        ),
        (
            "a maximum within four hours",
            vec![give("1 puff").when_needed().max("2 puffs", "4 h")],
            "90 ug / 1 puff",
            "inhaler",
            "once 90 \u{b5}g / 0 mg / 90 \u{b5}g; day 90 \u{b5}g / 0 mg / 1.08 mg; week 90 \u{b5}g / 0 mg / 7.56 mg; as needed",
        ),
        (
            "a maximum within a week may fall on one day",
            vec![give("2 mg").when_needed().max("10 mg", "7 d")],
            "",
            "",
            "once 2 mg / 0 mg / 2 mg; day 2 mg / 0 mg / 10 mg; week 2 mg / 0 mg / 10 mg; as needed",
        ),
        (
            "neither: a day is unknown",
            vec![give("1 g").when_needed()],
            "",
            "",
            "once 1 g / 0 mg / 1 g; as needed; NoMaximum",
        ),
        (
            "scheduled and a PRN beside it",
            vec![give("500 mg").times("2", "1 d"), give("250 mg").times("1", "6 h").when_needed()],
            "",
            "",
            "once 500 mg; day 2 g / 1 g / 2 g; week 14 g / 7 g / 14 g",
        ),
        (
            "scheduled and a PRN without a maximum: at least so much",
            vec![give("500 mg").times("2", "1 d"), give("250 mg").when_needed()],
            "",
            "",
            "once 500 mg; day 1 g; week 7 g; NoMaximum",
        ),
        (
            "a maximum caps what is scheduled too",
            vec![give("1 g").times("6", "1 d").max("4 g", "1 d")],
            "",
            "",
            "once 1 g; day 4 g; week 28 g",
        ),
        (
            "a maximum that cannot be converted caps nothing",
            vec![give("1 g").times("6", "1 d").max("8 tablets", "1 d")],
            "",
            "",
            "once 1 g; day 6 g; week 42 g",
        ),
        (
            "a maximum at once",
            vec![give("1 tablet to 4 tablets").times("1", "1 d").max_at_once("1 g")],
            MG500,
            "tablet",
            "once 500 mg / 1 g / 1 g; day 500 mg / 1 g / 1 g; week 3.5 g / 7 g / 7 g",
        ),
    ]);
}

#[test]
fn several_instructions() {
    let taper = |days: [&str; 3]| {
        vec![
            give("40 mg").times("1", "1 d").seq(1).lasts(days[0]),
            give("20 mg").times("1", "1 d").seq(2).lasts(days[1]),
            give("10 mg").times("1", "1 d").seq(3).lasts(days[2]),
        ]
    };
    let dated = |second: &str| {
        vec![
            give("40 mg").times("1", "1 d").seq(1).dated("2026-05-01", "2026-05-07"),
            give("20 mg").times("1", "1 d").seq(2).dated(second, "2026-05-14"),
        ]
    };
    judge(vec![
        (
            "together: ten in the morning, fifteen at noon, twenty at night",
            vec![give("10 units").events(1), give("15 units").events(1), give("20 units").events(1)],
            "",
            "",
            "once 20 units; day 45 units; week 315 units",
        ),
        (
            "together by an equal number",
            vec![give("1 g").times("1", "1 d").seq(1), give("2 g").times("1", "1 d").seq(1)],
            "",
            "",
            "once 2 g; day 3 g; week 21 g",
        ),
        (
            "a taper: the heaviest day, the heaviest week, the whole course",
            taper(["5 d", "5 d", "5 d"]),
            "",
            "",
            "once 40 mg; day 40 mg; week 240 mg; all 350 mg",
        ),
        (
            "a quick taper falls into one week",
            taper(["2 d", "2 d", "2 d"]),
            "",
            "",
            "once 40 mg; day 40 mg; week 140 mg; all 140 mg",
        ),
        (
            "every other day, then daily: the worst week may begin with a giving",
            vec![
                give("40 mg").times("1", "2 d").seq(1).lasts("20 d"),
                give("10 mg").times("1", "1 d").seq(2).lasts("4 d"),
            ],
            "",
            "",
            "once 40 mg; day 40 mg; week 140 mg / 160 mg / 160 mg; all 440 mg",
        ),
        ("dated phases", dated("2026-05-08"), "", "", "once 40 mg; day 40 mg; week 280 mg; all 420 mg"),
        (
            "phases that share the day of the change",
            dated("2026-05-07"),
            "",
            "",
            "once 40 mg; day 40 mg; week 280 mg; all 440 mg",
        ),
        (
            "phases whose dates overlap add up",
            dated("2026-05-04"),
            "",
            "",
            "once 40 mg; day 60 mg; week 420 mg; all 500 mg",
        ),
        (
            "nothing says that the first phase ends: the worst is the sum",
            vec![give("10 units").times("1", "1 d").seq(1), give("15 units").times("1", "1 d").seq(2)],
            "",
            "",
            "once 15 units; day 15 units / 15 units / 25 units; week 105 units / 105 units / 175 units",
        ),
        (
            "loading, then maintenance, by number",
            vec![give("500 mg").count(1).seq(1), give("250 mg").times("1", "1 d").seq(2).lasts("4 d")],
            "",
            "",
            "once 500 mg; day 500 mg; week 1.5 g; all 1.5 g",
        ),
        (
            "loading beside maintenance without numbers",
            vec![give("500 mg").count(1), give("250 mg").times("1", "1 d")],
            "",
            "",
            "once 500 mg; day 500 mg / 750 mg / 750 mg; week 2.25 g",
        ),
        (
            "a number beside none runs along",
            vec![
                give("5 mg").times("1", "1 d"),
                give("10 mg").times("1", "1 d").seq(1).lasts("7 d"),
                give("20 mg").times("1", "1 d").seq(2).lasts("7 d"),
            ],
            "",
            "",
            "once 20 mg; day 25 mg; week 175 mg",
        ),
        (
            "units that cannot mix: what is known, and the trouble",
            vec![give("1 g").times("1", "1 d"), give("1 mEq").times("1", "1 d")],
            "",
            "",
            "once 1 g; day 1 g; week 7 g; Units",
        ),
        (
            "one unreadable beside one read: at least so much",
            vec![give("1 g").times("1", "1 d"), give("?1 blob").times("1", "1 d")],
            "",
            "",
            "once 1 g; day 1 g; week 7 g; Unreadable(\"1 blob\")",
        ),
    ]);
}

#[test]
fn alternatives() {
    let oral = |dose: &str| give(dose).times("1", "6 h").route("26643006");
    let intravenous = |dose: &str| give(dose).times("1", "6 h").route("47625008");
    judge(vec![
        (
            "oral or intravenous: the larger, not the sum",
            vec![oral("4 mg"), intravenous("8 mg")],
            "",
            "",
            "once 4 mg / 8 mg / 8 mg; day 16 mg / 32 mg / 32 mg; week 112 mg / 224 mg / 224 mg",
        ),
        ("one route twice adds up", vec![oral("4 mg"), oral("8 mg")], "", "", "once 8 mg; day 48 mg; week 336 mg"),
        (
            "two routes at different times add up",
            vec![oral("4 mg"), intravenous("8 mg").times("1", "12 h")],
            "",
            "",
            "once 8 mg; day 32 mg; week 224 mg",
        ),
        (
            "a route and none add up: it may be the same",
            vec![oral("4 mg"), give("8 mg").times("1", "6 h")],
            "",
            "",
            "once 8 mg; day 48 mg; week 336 mg",
        ),
        (
            "two doses in one instruction",
            vec![give("4 mg").or("8 mg").times("1", "1 d")],
            "",
            "",
            "once 4 mg / 8 mg / 8 mg; day 4 mg / 8 mg / 8 mg; week 28 mg / 56 mg / 56 mg",
        ),
        (
            "one of two that needs a weight is passed over",
            vec![give("10 mg/kg").or("400 mg").times("1", "1 d")],
            "",
            "",
            "once 400 mg; day 400 mg; week 2.8 g",
        ),
        (
            "two that cannot mix",
            vec![give("4 mg").or("4 units").times("1", "1 d")],
            "",
            "",
            "once 4 mg; day 4 mg; week 28 mg",
        ),
    ]);
}

#[test]
fn rates_and_patches() {
    judge(vec![
        ("without pause", vec![give("2 mg/h")], "", "", "day 48 mg; week 336 mg; hour 2 mg"),
        ("for twelve hours", vec![give("2 mg/h").lasts("12 h")], "", "", "day 24 mg; week 24 mg; all 24 mg; hour 2 mg"),
        (
            "millilitres an hour by a strength per volume, running once",
            vec![give("100 mL/h").runs_for("2 h")],
            "2 mg / 1 mL",
            "infusion",
            "once 400 mg; day 400 mg; week 400 mg; all 400 mg; hour 200 mg; one-time",
        ),
        (
            "two hours, three times a day",
            vec![give("100 mL/h").runs_for("2 h").times("3", "1 d")],
            "2 mg / 1 mL",
            "infusion",
            "once 400 mg; day 1.2 g; week 8.4 g; hour 200 mg",
        ),
        (
            "running times never fill more than a day",
            vec![give("1 mg/h").runs_for("12 h").times("4", "1 d")],
            "",
            "",
            "once 12 mg; day 24 mg; week 168 mg; hour 1 mg",
        ),
        ("millilitres an hour without a strength", vec![give("100 mL/h")], "", "infusion", "NoStrength"),
        (
            "a dose over half an hour",
            vec![give("1 g").times("2", "1 d").runs_for("30 min")],
            "",
            "",
            "once 1 g; day 2 g; week 14 g; hour 2 g",
        ),
        (
            "a rate beside a dose says only how fast",
            vec![give("1 g").or("500 mg/h").times("2", "1 d")],
            "",
            "",
            "once 1 g; day 2 g; week 14 g; hour 500 mg",
        ),
        (
            "a patch every 72 hours",
            vec![give("1 patch").times("1", "72 h")],
            "25 ug / 1 h",
            "patch",
            "day 600 \u{b5}g; week 4.2 mg; hour 25 \u{b5}g",
        ),
        (
            "two patches at a time",
            vec![give("2 EA").times("1", "72 h")],
            "25 ug / 1 h",
            "patch",
            "day 1.2 mg; week 8.4 mg; hour 50 \u{b5}g",
        ),
        (
            "a patch for sixteen hours a day",
            vec![give("1 patch").times("1", "1 d").runs_for("16 h")],
            "1 mg / 1 h",
            "patch",
            "day 16 mg; week 112 mg; hour 1 mg",
        ),
        ("a tablet is no patch", vec![give("1 tablet").times("1", "72 h")], "25 ug / 1 h", "patch", "NotCountable"),
    ]);
}

#[test]
fn what_a_piece_holds() {
    let daily = |dose: &str| vec![give(dose).times("1", "1 d")];
    judge(vec![
        ("a pill of a tablet", daily("1 {pill}"), MG500, "tablet", "once 500 mg; day 500 mg; week 3.5 g"),
        ("an each of a capsule", daily("2 EA"), "20 mg / 1 capsule", "capsule", "once 40 mg; day 40 mg; week 280 mg"),
        ("half a tablet", daily("0.5 tab(s)"), MG500, "tablet", "once 250 mg; day 250 mg; week 1.75 g"),
        ("a tablet of a capsule", daily("1 tablet"), "20 mg / 1 capsule", "capsule", "NotCountable"),
        ("an each of an insulin vial", daily("1 EA"), "100 units / 1 mL", "injection", "NotCountable"),
        ("an each of a pen", daily("1 EA"), "100 units / 1 mL", "pen", "NotCountable"),
        ("a vial of known content", daily("1 vial"), "1 g / 1 vial", "vial", "once 1 g; day 1 g; week 7 g"),
        ("an each of such a vial", daily("1 EA"), "1 g / 1 vial", "vial", "NotCountable"),
        ("an each of an inhaler", daily("1 EA"), "90 ug / 1 actuation", "inhaler", "NotCountable"),
        (
            "a puff of an inhaler",
            daily("2 puffs"),
            "90 ug / 1 actuation",
            "inhaler",
            "once 180 \u{b5}g; day 180 \u{b5}g; week 1.26 mg",
        ),
        ("an each of a form unknown", daily("1 EA"), MG500, "", "once 500 mg; day 500 mg; week 3.5 g"),
        ("an each of a syrup", daily("1 EA"), "5 mg / 5 mL", "syrup", "NotCountable"),
        ("millilitres of a syrup", daily("10 mL"), "5 mg / 5 mL", "syrup", "once 10 mg; day 10 mg; week 70 mg"),
        ("millilitres of a tablet", daily("10 mL"), MG500, "tablet", "Units"),
        ("a tablet without strength", daily("1 tablet"), "", "tablet", "NoStrength"),
        ("a vial without strength", daily("1 EA"), "", "vial", "NotCountable"),
        ("millilitres without strength", daily("1 mL"), "", "", "NoStrength"),
        ("drops by volume", daily("2 drops"), "5 mg / 1 mL", "ophthalmic-solution", "Units"),
        ("a mass needs no strength", daily("5 mg"), "", "", "once 5 mg; day 5 mg; week 35 mg"),
        ("a mass of cream is of the cream", daily("2 g"), "10 mg / 1 g", "cream", "once 20 mg; day 20 mg; week 140 mg"),
        ("a mass of powder is of the drug", daily("4 g"), "4 g / 9 g", "powder", "once 4 g; day 4 g; week 28 g"),
        (
            "units of insulin",
            daily("10 U"),
            "100 units / 1 mL",
            "injection",
            "once 10 units; day 10 units; week 70 units",
        ),
        ("milliequivalents", daily("20 mEq"), "20 mEq / 1 tablet", "tablet", "once 20 mEq; day 20 mEq; week 140 mEq"),
        (
            "tablets of milliequivalents",
            daily("2 TAB"),
            "20 mEq / 1 tablet",
            "tablet",
            "once 40 mEq; day 40 mEq; week 280 mEq",
        ),
        ("international units", daily("50000 [iU]"), "", "", "once 50000 units; day 50000 units; week 350000 units"),
    ]);
}

#[test]
fn by_body() {
    let body = Body { weight: Some(number("12500")), surface: Some(number("1844661")), ..Body::default() };
    let daily = |dose: &str| vec![give(dose).times("2", "1 d")];
    for (name, instructions, strength, body, expected) in [
        ("per kilogram", daily("15 mg/kg"), "", body, "once 187.5 mg; day 375 mg; week 2.625 g"),
        ("per kilogram, no weight", daily("15 mg/kg"), "", Body::default(), "NoWeight"),
        ("millilitres per kilogram", daily("0.4 mL/kg"), "24 mg / 1 mL", body, "once 120 mg; day 240 mg; week 1.68 g"),
        ("per square metre", daily("1000 mg/m2"), "", body, "once 1.844661 g; day 3.689322 g; week 25.825254 g"),
        ("per square metre, no surface", daily("1000 mg/m2"), "", Body { surface: None, ..body }, "NoSurface"),
        ("rate per kilogram", vec![give("4 ug/kg/min")], "", body, "day 72 mg; week 504 mg; hour 3 mg"),
        ("rate per kilogram, no weight", vec![give("4 ug/kg/min")], "", Body::default(), "NoWeight"),
    ] {
        assert_eq!(total(instructions, strength, "", body), expected, "{name}");
    }
}

#[test]
fn nothing_entered_or_nothing_that_fits() {
    judge(vec![
        ("no instruction", vec![], "", "", "NoDose"),
        ("timing alone", vec![give("").times("1", "1 d")], "", "", "NoDose"),
        ("dose alone: one giving is known", vec![give("5 mg")], "", "", "once 5 mg; NoTiming"),
        ("timing in words", vec![give("5 mg").timing(|t| t.words_only = true)], "", "", "once 5 mg; NoTiming"),
        (
            "a maximum without timing",
            vec![give("5 mg").max("20 mg", "1 d")],
            "",
            "",
            "once 5 mg; day 5 mg / 20 mg / 20 mg; week 5 mg / 140 mg / 140 mg; NoTiming",
        ),
        ("unreadable", vec![give("?1 blob").times("1", "1 d")], "", "", "Unreadable(\"1 blob\")"),
        (
            "unreadable beside a dose",
            vec![give("?x min").or("5 mg").times("1", "1 d")],
            "",
            "",
            "once 5 mg; day 5 mg; week 35 mg; Unreadable(\"x min\")",
        ),
        ("too large", vec![give("9000000 kg").times("9000", "1 s")], "", "", "TooLarge"),
    ]);
    assert!(Regimen::default().is_empty());
    assert!(Regimen { instructions: vec![give("")] }.is_empty());
    assert!(!Regimen { instructions: vec![give("").edit(|i| i.text = Some("two daily".into()))] }.is_empty());
    assert!(!Regimen { instructions: vec![give("").times("1", "1 d")] }.is_empty());
}

#[test]
fn times_interval_and_length() {
    let found = |instructions: Vec<Instruction>| {
        let a = amounts(&Regimen { instructions }, &conversion("", ""), &Body::default()).unwrap();
        let times = a.times_a_day.map(|(low, high)| format!("{low} to {high}"));
        let interval = a.interval.map(|s| Span(s.floor().numerator()).to_string());
        [times, interval, a.lasts.map(|s| s.to_string())].map(|part| part.unwrap_or("-".into())).join(", ")
    };
    for (instructions, expected) in [
        (vec![give("1 g").times("1", "4 h to 6 h")], "4 to 6, 4 hours, -"),
        (vec![give("1 g").times("3", "1 d").lasts("5 d")], "3 to 3, 8 hours, 5 days"),
        (vec![give("1 g").times("3", "1 d").count(15)], "3 to 3, 8 hours, 5 days"),
        (vec![give("1 g").events(3)], "3 to 3, -, -"),
        (vec![give("1 g").times("1", "36 h")], "1 to 1, 36 hours, -"),
        (vec![give("1 g").count(1)], "1 to 1, -, 1 day"),
        // Days of the week: one named day is a week apart however it is written, several may stand side by side.
        (vec![give("1 g").edit(|i| i.timing.days_of_week = 1)], "1 to 1, 7 days, -"),
        (vec![give("1 g").times("1", "1 d").edit(|i| i.timing.days_of_week = 1)], "1 to 1, 7 days, -"),
        (vec![give("1 g").times("1", "7 d").edit(|i| i.timing.days_of_week = 1)], "1 to 1, 7 days, -"),
        (vec![give("1 g").times("1", "14 d").edit(|i| i.timing.days_of_week = 1)], "1 to 1, 14 days, -"),
        (vec![give("1 g").times("1", "1 d").edit(|i| i.timing.days_of_week = 2)], "1 to 1, 1 day, -"),
        (vec![give("1 g").times("2", "1 d").edit(|i| i.timing.days_of_week = 1)], "2 to 2, -, -"),
        (vec![give("2 mg/h")], "-, -, -"),
        (vec![give("1 g").times("1", "1 d"), give("2 g").times("1", "1 d")], "2 to 2, -, -"),
        (
            vec![give("2 g").times("2", "1 d").seq(1).lasts("3 d"), give("1 g").times("3", "1 d").seq(2).lasts("4 d")],
            "3 to 3, 8 hours, 7 days",
        ),
        (vec![give("1 g").times("1", "6 h").lasts("7 d"), give("?").times("1", "1 d")], "4 to 4, 6 hours, -"),
    ] {
        assert_eq!(found(instructions), expected);
    }
}

#[test]
fn the_same_schedule() {
    let of = |i: Instruction| Regimen { instructions: vec![i] };
    let base = of(give("1 g").times("2", "1 d"));
    for (other, same) in [
        (of(give("1000 mg").times("2", "1 d").dated("2026-05-01", "")), true),
        (of(give("1 g").times("2", "1 d").edit(|i| i.text = Some("words".into()))), true),
        (of(give("1 g").times("3", "1 d")), false),
        (of(give("2 g").times("2", "1 d")), false),
        (of(give("1 g").times("2", "1 d").when_needed()), false),
        (Regimen::default(), false),
    ] {
        assert_eq!((base.same_schedule(&other), other.same_schedule(&base)), (same, same), "{other:?}");
    }
}

fn any_instruction() -> impl Strategy<Value = Instruction> {
    let pace = (1i64..6, 1i64..200, any::<bool>(), any::<bool>());
    let rest = (0u8..4, 0u8..8, prop::option::of(0u32..20), prop::option::of(1i64..60), prop::option::of(0u32..3));
    (1i64..500, 0i64..500, pace, rest).prop_map(|(low, more, (times, hours, paced, prn), rest)| {
        let (events, days, count, lasts, sequence) = rest;
        let dose = |mg: i64| Dose::of(Exact::whole(mg), "mg").unwrap();
        let timing = Timing {
            frequency: paced.then_some((Exact::ONE, Exact::whole(times))),
            period: paced.then_some((Exact::whole(hours * 3_600), Exact::whole(hours * 7_200))),
            events_per_day: events,
            days_of_week: days,
            count: count.map(|n| (n, n)),
            lasts: lasts.map(Span::days),
            ..Timing::default()
        };
        let given = vec![Given::Dose { low: dose(low), high: dose(low + more) }];
        Instruction { sequence, given, timing, as_needed: prn, ..Instruction::default() }
    })
}

proptest! {
    #[test]
    fn bounds_stand_in_order_and_shorter_stretches_hold_less(
        instructions in prop::collection::vec(any_instruction(), 1..4),
    ) {
        let a = amounts(&Regimen { instructions: instructions.clone() }, &conversion("", ""), &Body::default()).unwrap();
        for bounds in [a.single, a.daily, a.average, a.weekly, a.course, a.hourly].into_iter().flatten() {
            prop_assert!(bounds.expected.exact() <= bounds.worst.exact(), "{bounds:?}");
            prop_assert!(bounds.scheduled.exact() <= bounds.worst.exact(), "{bounds:?}");
        }
        if let (Some(single), Some(day), Some(week)) = (a.single, a.daily, a.weekly) {
            prop_assert!(day.worst.exact() <= week.worst.exact());
            prop_assert!(day.expected.exact() <= week.expected.exact());
            if a.timing_trouble.is_none() {
                prop_assert!(single.worst.exact() <= day.worst.exact());
            }
        }
        if let (Some(day), Some(average)) = (a.daily, a.average) {
            prop_assert!(average.worst.exact() <= day.worst.exact());
            prop_assert!(average.expected.exact() <= day.expected.exact());
        }
        if let (Some(day), Some(course)) = (a.daily, a.course) {
            prop_assert!(day.worst.exact() <= course.worst.exact());
        }
    }

    #[test]
    fn one_more_instruction_never_lowers_the_worst(
        mut instructions in prop::collection::vec(any_instruction(), 1..4), mut more in any_instruction(),
    ) {
        let reckon = |instructions: &[Instruction]| {
            let regimen = Regimen { instructions: instructions.to_vec() };
            amounts(&regimen, &conversion("", ""), &Body::default()).unwrap()
        };
        // One put between two phases may part them; one that comes last, or has no number, may not.
        more.sequence = more.sequence.map(|n| n + 3);
        let before = reckon(&instructions);
        instructions.push(more);
        let after = reckon(&instructions);
        for (before, after) in [(before.single, after.single), (before.daily, after.daily), (before.weekly, after.weekly)] {
            if let Some(before) = before {
                prop_assert!(after.is_some_and(|after| after.worst.exact() >= before.worst.exact()));
            }
        }
    }
}

#[test]
fn forms_that_are_counted() {
    for (form, thing) in [("tablet", Thing::Tablet), ("injection", Thing::Vial), ("patch", Thing::Patch)] {
        assert_eq!(Form::from_word(form).map(Form::thing), Some(thing));
    }
}
