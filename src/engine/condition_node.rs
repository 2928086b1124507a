//! A node of the condition table, read; comparing with it; and the words of what was found.

use crate::clinical::chart::{Chart, Entry, Receipt};
use crate::clinical::exact::Exact;
use crate::clinical::time::{Dated, Moment, Span};
use crate::engine::bound::Exposure;
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::finding::{GapKind, Role};
use crate::pack::read::Pack;
use crate::pack::rule_tables::{ConditionKind as Kind, Subject};
use smallvec::SmallVec;

/// One condition.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its row.
    pub row: usize,
    /// What it asks.
    pub kind: Kind,
    /// First argument.
    pub first: u32,
    /// Second argument.
    pub second: u32,
    /// A look-back.
    pub within: Option<Span>,
}

/// Where the words of what was found go, when anybody wants them.
#[derive(Debug)]
pub struct Say<'w>(Option<&'w mut String>);

impl<'w> Say<'w> {
    /// Nobody listens: nothing is written, nothing is allocated.
    pub fn nothing() -> Say<'w> {
        Say(None)
    }

    /// Into a string.
    pub fn into(words: &'w mut String) -> Say<'w> {
        Say(Some(words))
    }

    /// Says it, in place of what was said before.
    pub fn put(&mut self, words: impl FnOnce() -> String) {
        if let Some(out) = &mut self.0 {
            **out = words();
        }
    }

    /// Says it too.
    pub fn add(&mut self, words: impl FnOnce() -> String) {
        if let Some(out) = &mut self.0 {
            let more = words();
            if !more.is_empty() && !out.is_empty() {
                out.push_str("; ");
            }
            out.push_str(&more);
        }
    }

    /// Whether anybody listens.
    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }
}

impl Node {
    /// The node of a row; `None` when there is none or its kind does not exist.
    pub fn at(pack: &Pack, row: u32) -> Option<Node> {
        let table = &pack.raw().conditions;
        let row = row as usize;
        let within = table.withins.get(row).copied().filter(|s| *s >= 0).map(Span);
        let (first, second) = (*table.firsts.get(row)?, *table.seconds.get(row)?);
        Some(Node { row, kind: *KINDS.get(usize::from(*table.kinds.get(row)?))?, first, second, within })
    }

    /// Its children, for `all`, `any` and `not`.
    pub fn children(self, pack: &Pack) -> &[u32] {
        pack.raw().conditions.children.get(self.first as usize..self.second as usize).unwrap_or(&[])
    }

    /// The condition as the editor wrote it.
    pub fn written(self, pack: &Pack) -> &str {
        pack.raw().conditions.written.get(self.row).map_or("", |t| pack.text(*t))
    }

    /// What the node says of a value that lies from `low` to `high` (open where `None`); unknown when some of it passes
    /// and some does not.
    pub fn compare(self, pack: &Pack, low: Option<Exact>, high: Option<Exact>) -> Truth {
        let table = &pack.raw().conditions;
        let ratio = |n: &[i64], d: &[i64]| Exact::ratio(*n.get(self.row)?, *d.get(self.row)?);
        let Some(wanted) = ratio(&table.low_numerators, &table.low_denominators) else { return Truth::Unknown };
        let top = || ratio(&table.high_numerators, &table.high_denominators);
        let above = |f: fn(&Exact, &Exact) -> bool, bound: Exact| low.is_some_and(|l| f(&l, &bound));
        let below = |f: fn(&Exact, &Exact) -> bool, bound: Exact| high.is_some_and(|h| f(&h, &bound));
        let (holds, fails) = match table.comparisons.get(self.row) {
            Some(0) => (below(Exact::lt, wanted), above(Exact::ge, wanted)),
            Some(1) => (below(Exact::le, wanted), above(Exact::gt, wanted)),
            Some(3) => (above(Exact::ge, wanted), below(Exact::lt, wanted)),
            Some(4) => (above(Exact::gt, wanted), below(Exact::le, wanted)),
            Some(comparison @ (2 | 5)) => {
                let Some(top) = (if *comparison == 2 { Some(wanted) } else { top() }) else { return Truth::Unknown };
                (above(Exact::ge, wanted) && below(Exact::le, top), below(Exact::lt, wanted) || above(Exact::gt, top))
            }
            _ => (false, false),
        };
        match (holds, fails) {
            (true, _) => Truth::Holds,
            (_, true) => Truth::Fails,
            _ => Truth::Unknown,
        }
    }

    /// The same for one value.
    pub fn compare_one(self, pack: &Pack, value: Exact) -> Verdict {
        Verdict { truth: self.compare(pack, Some(value), Some(value)), missing: SmallVec::new() }
    }

    /// Whether bit `n` of the first argument is set.
    pub fn has_bit(self, n: u8) -> bool {
        self.first.checked_shr(u32::from(n)).is_some_and(|bits| bits & 1 == 1)
    }

    /// Asks of each participant the condition is about; one that holds is enough, and none at all fails.
    pub fn of_subjects(
        self,
        situation: &Situation<'_, '_>,
        say: &mut Say<'_>,
        mut ask: impl FnMut(usize, &Exposure, &mut Say<'_>) -> Verdict,
    ) -> Verdict {
        let mut verdict = Verdict::of(false);
        for place in self.subjects(situation) {
            let Some(exposure) = exposure_at(situation, place) else { continue };
            let mut words = String::new();
            let mut own = if say.is_wanted() { Say::into(&mut words) } else { Say::nothing() };
            let answer = ask(place, exposure, &mut own);
            if answer.truth == Truth::Holds {
                say.put(|| words);
                return answer;
            }
            say.add(|| words);
            verdict = verdict.or(answer);
        }
        verdict
    }

    /// The participants it is about, as places among them.
    pub fn subjects(self, situation: &Situation<'_, '_>) -> SmallVec<[usize; 4]> {
        let places = 0..situation.participants.len();
        let subject = situation.bound.pack.raw().conditions.subjects.get(self.row).copied().unwrap_or(u8::MAX);
        let role = |wanted: Role| places.clone().filter(move |p| situation.roles.get(*p) == Some(&wanted)).collect();
        match SUBJECTS.get(usize::from(subject)) {
            Some(Subject::Ordered) => places.filter(|p| *p == situation.ordered).collect(),
            Some(Subject::Other) => places.filter(|p| *p != situation.ordered).collect(),
            Some(Subject::Object) => role(Role::Object),
            Some(Subject::Precipitant) => role(Role::Precipitant),
            Some(Subject::First) => places.take(1).collect(),
            Some(Subject::Any) => places.collect(),
            Some(Subject::Patient) => SmallVec::new(),
            None => places.filter(|p| subject >= 16 && *p == usize::from(subject - 16)).collect(),
        }
    }

    /// Whether it is about the patient or encounter rather than a drug.
    pub fn is_of_patient(self, situation: &Situation<'_, '_>) -> bool {
        let subject = situation.bound.pack.raw().conditions.subjects.get(self.row);
        subject.is_some_and(|s| *s == Subject::Patient as u8)
    }

    /// `potassium`, or `potassium within 7 days (last 2025-01-02)`.
    pub fn datum(self, name: &str, last: Option<Dated>) -> String {
        match (self.within, last) {
            (None, _) => name.to_owned(),
            (Some(within), None) => format!("{name} within {within}"),
            (Some(within), Some(last)) => format!("{name} within {within} (last {})", day(last)),
        }
    }

    /// Whether a date is recent enough; `None` when it is not known well enough to tell. Without a look-back any is.
    pub fn is_recent(self, as_of: Moment, on: Option<Dated>) -> Option<bool> {
        let Some(within) = self.within else { return Some(true) };
        recent(as_of.minus(within), on?)
    }
}

/// Whether a date lies on or after a moment. A date known to the day counts with its last second; one known less well
/// than that is recent only when all of it is.
pub fn recent(since: Moment, on: Dated) -> Option<bool> {
    let to_the_day = on.latest.since(on.earliest) < Span::days(1);
    if on.latest < since {
        Some(false)
    } else if to_the_day || on.earliest >= since {
        Some(true)
    } else {
        None
    }
}

/// The exposure at a place among the participants.
pub fn exposure_at<'b>(situation: &Situation<'b, '_>, place: usize) -> Option<&'b Exposure> {
    situation.bound.exposures.get(*situation.participants.get(place)? as usize)
}

/// The name of the drug at a place among the participants: its ingredient in question, else all its ingredients.
pub fn drug_name(situation: &Situation<'_, '_>, place: usize) -> String {
    if let Some(ingredient) = situation.ingredients.get(place) {
        return ingredient_name(situation.bound.pack, *ingredient).to_owned();
    }
    exposure_at(situation, place).map_or_else(String::new, |e| exposure_name(situation.bound.pack, e))
}

/// The ingredients of an exposure by name.
pub fn exposure_name(pack: &Pack, exposure: &Exposure) -> String {
    let names: SmallVec<[&str; 2]> = exposure.parts.iter().map(|p| ingredient_name(pack, p.ingredient)).collect();
    names.join(" + ")
}

/// The name of an ingredient.
pub fn ingredient_name(pack: &Pack, ingredient: crate::pack::ids::IngredientId) -> &str {
    pack.raw().ingredients.names.get(ingredient.index()).map_or("", |t| pack.text(*t))
}

/// The entry of the drug at a place among the participants.
pub fn entry_at(situation: &Situation<'_, '_>, place: usize) -> Entry {
    exposure_at(situation, place).map_or(Entry::Patient, Exposure::entry)
}

/// Unknown for want of something about the drug at a place: `route of diclofenac`.
pub fn unsaid(situation: &Situation<'_, '_>, place: usize, what: &str) -> Verdict {
    let words = format!("{what} of {}", drug_name(situation, place));
    Verdict::missing(entry_at(situation, place), GapKind::Missing, words)
}

/// A fact about the drug at a place, for the card: `route of diclofenac: topical`.
pub fn fact(situation: &Situation<'_, '_>, place: usize, what: &str, value: &str) -> String {
    format!("{what} of {}: {value}", drug_name(situation, place))
}

/// The answer where something is not on a list: it fails when the whole list came, else it is unknown.
pub fn absent(receipt: &Receipt, entry: Entry, words: impl FnOnce() -> String) -> Verdict {
    match receipt {
        Receipt::Complete => Verdict::of(false),
        Receipt::NotSent | Receipt::Partial | Receipt::Late | Receipt::Failed(_) => {
            Verdict::missing(entry, GapKind::Missing, words())
        }
    }
}

/// A date as precise as it was written: `2026-01-10`, `2026-01`, `2026`.
pub fn day(on: Dated) -> String {
    let Some(date) = on.earliest.date() else { return String::from("an unreadable date") };
    let length = on.latest.since(on.earliest);
    if length < Span::days(1) {
        date.to_string()
    } else if length < Span::days(32) {
        format!("{:04}-{:02}", date.year(), date.month())
    } else {
        format!("{:04}", date.year())
    }
}

/// ` on 2026-01-10`, or nothing.
pub fn on_day(on: Option<Dated>) -> String {
    on.map_or_else(String::new, |on| format!(" on {}", day(on)))
}

/// The patient's medication list as received.
pub fn medications(chart: &Chart) -> &Receipt {
    &chart.received.medications
}

/// Every kind, in the order of its numbers.
pub const KINDS: [Kind; 43] = [
    Kind::All,
    Kind::Any,
    Kind::Not,
    Kind::Route,
    Kind::Form,
    Kind::Setting,
    Kind::SingleDose,
    Kind::DailyDose,
    Kind::Duration,
    Kind::TakenFor,
    Kind::Overlap,
    Kind::Change,
    Kind::Ordered,
    Kind::AsNeeded,
    Kind::OneTime,
    Kind::Age,
    Kind::Sex,
    Kind::Weight,
    Kind::Clearance,
    Kind::Egfr,
    Kind::Dialysis,
    Kind::AcuteKidneyInjury,
    Kind::Lab,
    Kind::LabKnown,
    Kind::Problem,
    Kind::Taking,
    Kind::Pregnant,
    Kind::Breastfeeding,
    Kind::Reaction,
    Kind::AllergyKind,
    Kind::Criticality,
    Kind::Verification,
    Kind::ReactionSeverity,
    Kind::Tolerated,
    Kind::RoutesDiffer,
    Kind::StrengthsDiffer,
    Kind::SettingsDiffer,
    Kind::SameProduct,
    Kind::AllergyTo,
    Kind::Indication,
    Kind::Gestation,
    Kind::AverageDose,
    Kind::Apart,
];

const SUBJECTS: [Subject; 7] = [
    Subject::Ordered,
    Subject::Other,
    Subject::Object,
    Subject::Precipitant,
    Subject::First,
    Subject::Any,
    Subject::Patient,
];
