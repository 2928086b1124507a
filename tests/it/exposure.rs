//! Records become exposures: at least forty cases, each with its answer and why. As of 15 January 2026, noon.

use crate::tiny::{chart, date, pack};
use caveat::clinical::chart::{Chart, Entry, Focus, Standing};
use caveat::engine::amount::amounts_of;
use caveat::engine::bind::bind;
use caveat::engine::bound::{Bound, Change, Currency, Exposure};
use caveat::pack::ids::IngredientId;

struct Case {
    name: &'static str,
    records: &'static str,
    answer: &'static str,
    why: &'static str,
}

const fn case(name: &'static str, records: &'static str, answer: &'static str, why: &'static str) -> Case {
    Case { name, records, answer, why }
}

const CASES: &[Case] = &[];

#[test]
fn exposures() {
    let pack = pack();
    let mut wrong = String::new();
    assert!(CASES.len() >= 40, "{} cases", CASES.len());
    for case in CASES {
        let chart = chart(case.records);
        let answer = print(&bind(&chart, &pack));
        println!("{}\n    {}\n    = {answer}\n    {}\n", case.name, case.records, case.why);
        if answer != case.answer {
            wrong.push_str(&format!(
                "{}: {}\n    wanted {}\n    found  {answer}\n",
                case.name, case.records, case.answer
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// One line: every exposure, then every gap about a drug.
fn print(bound: &Bound<'_>) -> String {
    let mut lines: Vec<String> = bound.exposures.iter().map(|e| line(bound, e)).collect();
    let drug = |g: &&caveat::engine::finding::Gap| matches!(g.entry, Entry::Medication(_));
    for gap in bound.gaps.iter().filter(drug) {
        let card = if gap.on_card { " on a card" } else { "" };
        lines.push(format!("gap {}{card}: {}", gap.kind.word(), gap.words));
    }
    lines.join(" | ")
}

fn line(bound: &Bound<'_>, e: &Exposure) -> String {
    let names: Vec<&str> = e.parts.iter().map(|p| crate::tiny::INGREDIENTS[p.ingredient.index()].0).collect();
    let mut out = match e.standing {
        Standing::InHand => String::from("ordered "),
        Standing::Draft => String::from("draft "),
        Standing::Existing => String::new(),
    };
    out.push_str(&match (e.excluded, e.unknown) {
        (true, _) => String::from("no drug"),
        (_, true) => String::from("unknown"),
        _ => names.join(" + "),
    });
    out.push_str(match e.currency {
        Currency::Current => " current",
        Currency::Future => " future",
        Currency::Past => " past",
        Currency::Void => " void",
    });
    let day = |m: caveat::clinical::time::Moment| m.date().unwrap().to_string();
    if let (Some(start), Currency::Current | Currency::Future) = (e.interval.start, e.currency) {
        out.push_str(&format!(" from {}", day(start)));
    }
    if let (Some(end), true) = (e.interval.end, e.currency != Currency::Void) {
        out.push_str(&format!(" to {}", day(end)));
    }
    if e.records.len() > 1 {
        out.push_str(&format!(", {} records", e.records.len()));
    }
    match e.change {
        Change::None => {}
        change => out.push_str(&format!(", {}", format!("{change:?}").to_lowercase())),
    }
    if let Some(by) = e.replaced_by {
        out.push_str(&format!(", replaced by {by}"));
    }
    if e.standing == Standing::InHand && !e.unknown && !e.excluded {
        out.push_str(&dose(bound, e));
    }
    out
}

fn dose(bound: &Bound<'_>, e: &Exposure) -> String {
    let Some(ingredient) = e.parts.first().map(|p| p.ingredient) else { return String::new() };
    match amounts_of(bound, e, IngredientId(ingredient.0)) {
        Ok(amounts) => match (amounts.daily, amounts.single) {
            (Some(d), _) if d.expected == d.worst => format!(", {} a day", d.worst),
            (Some(d), _) => format!(", {} to {} a day", d.expected, d.worst),
            (None, Some(s)) => format!(", {} at once, {:?}", s.worst, amounts.timing_trouble),
            (None, None) => format!(", {:?}", amounts.timing_trouble),
        },
        Err(trouble) => format!(", {trouble:?}"),
    }
}
