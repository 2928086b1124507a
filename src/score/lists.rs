//! Lists that others drew up and a pack is asked about: the ONC class pairs and the everyday drugs. Data stands beside this file.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, Strength};
use crate::clinical::route::Route;
use crate::clinical::time::Span;
use csv::StringRecord;
use hashbrown::HashMap;

/// Which of the two ONC lists a class pair is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OncList {
    /// Of these every order entry system should warn.
    HighPriority,
    /// These should not interrupt on the two drugs alone.
    NonInterruptive,
}

/// A class pair of an ONC list.
#[derive(Clone, Debug)]
pub struct ClassPair {
    /// Its list.
    pub list: OncList,
    /// Its number on the list, as `docs/onc-lists.md` counts.
    pub n: u32,
    /// One side.
    pub first: Group,
    /// The other; the same as the first where a class meets itself.
    pub second: Group,
    /// Members of the paper that can no longer be ordered.
    pub left_out: Vec<String>,
    /// What is to be known of it.
    pub note: String,
}

/// A class by its members.
#[derive(Clone, Debug)]
pub struct Group {
    /// What to call it.
    pub title: String,
    /// Who belongs to it.
    pub members: Vec<Member>,
}

/// An ingredient and how it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its names, the usual one first.
    pub names: Vec<String>,
    /// Its route.
    pub route: Route,
}

/// A drug as an adult ordinarily takes it.
#[derive(Clone, Debug)]
pub struct Everyday {
    /// What to call it.
    pub name: String,
    /// What it holds: names of the ingredient, and the strength where a dose counts pieces.
    pub parts: Vec<(Vec<String>, Option<Strength>)>,
    /// How it is given.
    pub route: Route,
    /// One giving.
    pub dose: Dose,
    /// How often ...
    pub times: Exact,
    /// ... in what time.
    pub per: Span,
    /// How long; `None`: on and on.
    pub course: Option<Span>,
}

/// The class pairs of both lists, the high priority first.
pub fn class_pairs() -> Vec<ClassPair> {
    let groups: HashMap<String, Group> = rows(include_str!("onc-groups.csv")).iter().filter_map(group).collect();
    rows(include_str!("onc-pairs.csv")).iter().filter_map(|row| class_pair(row, &groups)).collect()
}

/// The everyday drugs, in alphabetical order.
pub fn everyday() -> Vec<Everyday> {
    rows(include_str!("everyday.csv")).iter().filter_map(everyday_drug).collect()
}

/// The rows of a table; remarks begin with `#`.
fn rows(table: &str) -> Vec<StringRecord> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(table.as_bytes());
    reader.records().filter_map(Result::ok).collect()
}

fn group(row: &StringRecord) -> Option<(String, Group)> {
    let route = Route::from_word(row.get(2)?)?;
    let members = row.get(3)?.split(';').filter_map(|word| member(word.trim(), route)).collect();
    Some((row.get(0)?.to_owned(), Group { title: row.get(1)?.to_owned(), members }))
}

/// `name`, `name|other name`, `name@route`.
fn member(word: &str, usual: Route) -> Option<Member> {
    let (names, route) = match word.split_once('@') {
        Some((names, route)) => (names, Route::from_word(route)?),
        None => (word, usual),
    };
    Some(Member { names: names_of(names), route })
}

fn names_of(words: &str) -> Vec<String> {
    words.split('|').map(|name| name.trim().to_owned()).collect()
}

fn class_pair(row: &StringRecord, groups: &HashMap<String, Group>) -> Option<ClassPair> {
    Some(ClassPair {
        list: match row.get(0)? {
            "high-priority" => OncList::HighPriority,
            _ => OncList::NonInterruptive,
        },
        n: row.get(1)?.parse().ok()?,
        first: groups.get(row.get(2)?)?.clone(),
        second: groups.get(row.get(3)?)?.clone(),
        left_out: row.get(4)?.split(';').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect(),
        note: row.get(5)?.to_owned(),
    })
}

fn everyday_drug(row: &StringRecord) -> Option<Everyday> {
    let (name, parts) = (row.get(0)?, row.get(1)?);
    let days = row.get(6)?;
    let parts = match parts {
        "" => vec![(names_of(name), None)],
        parts => parts.split('+').map(part).collect::<Option<_>>()?,
    };
    Some(Everyday {
        name: names_of(name).first()?.clone(),
        parts,
        route: Route::from_word(row.get(2)?)?,
        dose: Dose::parse(row.get(3)?)?,
        times: Exact::parse(row.get(4)?)?,
        per: Span::parse(row.get(5)?)?,
        course: if days.is_empty() { None } else { Some(Span::days(days.parse().ok()?)) },
    })
}

/// `hydrocodone 5 mg / 1 tablet`: the name ends where the number begins.
fn part(words: &str) -> Option<(Vec<String>, Option<Strength>)> {
    let words = words.trim();
    let at = words.find(|c: char| c.is_ascii_digit())?;
    Some((names_of(&words[..at]), Some(Strength::parse(&words[at..])?)))
}
