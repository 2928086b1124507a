//! What a finding rests on, written out in one canonical way: how each drug is taken and since when, the values its rules
//! ask for, the reactions behind an allergy. Nothing of it depends on ids, on the order of input, or on the day of the
//! call; whoever compares two of them learns whether anything that matters changed.

use crate::clinical::chart::{
    Allergy, Bound as LabBound, Entry, Lab, Measured, Medication, RecordKind, Standing, Status,
};
use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::regimen::{Amounts, Bounds};
use crate::clinical::severity::Question;
use crate::clinical::time::{Dated, Moment, Span};
use crate::engine::amount::amounts_of;
use crate::engine::bound::{Bound, Currency, Exposure};
use crate::engine::change::instructed;
use crate::engine::condition_node::Node;
use crate::engine::condition_record::factor;
use crate::engine::finding::{Finding, Participant, Role};
use crate::engine::fold::same_ingredients;
use crate::engine::grounds_given::{
    criticality, kind, push_instruction, push_numbers, push_strength, push_words, severity, verification,
};
use crate::engine::limits::CONDITION_DEPTH_MAX;
use crate::engine::timeline::course;
use crate::engine::wording::ingredient_name;
use crate::pack::ids::{NONE, RuleId};
use crate::pack::read::Pack;
use crate::pack::rule_tables::ConditionKind as Kind;
use smallvec::SmallVec;

/// The name under which kidney function stands among values.
pub const KIDNEYS: [&str; 2] = ["creatinine clearance", "eGFR"];

/// A value that a rule asks for, or that the chart holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value<'p> {
    /// As the pack calls it.
    pub name: &'p str,
    /// Where it lies on the scale of [`step`]; a word where it is no number; empty where there is none.
    pub step: String,
    /// When the latest one was taken.
    pub on: Option<Dated>,
}

/// What a finding rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grounds<'p> {
    /// One line to each drug that takes part, sorted.
    pub drugs: Vec<String>,
    /// The values its rules ask for, by name.
    pub values: Vec<Value<'p>>,
    /// One line to each allergy that takes part, sorted.
    pub allergies: Vec<String>,
}

/// What a finding of a screening rests on. `bound` is the chart as that screening read it.
pub fn grounds<'a>(bound: &Bound<'a>, finding: &Finding<'_>) -> Grounds<'a> {
    let mut grounds = Grounds::default();
    for who in &finding.participants {
        match (who.role, who.entry) {
            (Role::Allergen, Entry::Allergy(n)) => {
                grounds.allergies.extend(bound.chart.allergies.get(n as usize).map(reactions));
            }
            (Role::Allergen | Role::Problem, _) => {}
            _ => drugs(bound, who, &mut grounds.drugs),
        }
    }
    for rule in std::iter::once(finding.rule).chain(finding.also.iter().copied()) {
        asked(bound, rule.id, &mut grounds.values);
    }
    grounds.drugs.sort_unstable();
    grounds.drugs.dedup();
    grounds.allergies.sort_unstable();
    grounds.allergies.dedup();
    grounds.values.sort_unstable();
    grounds.values.dedup();
    grounds
}

/// The latest of each value the chart holds, by name: laboratory values the pack knows, and kidney function.
pub fn latest_values<'a>(bound: &Bound<'a>) -> Vec<Value<'a>> {
    let labs = bound.labs.iter().map(|(lab, _)| lab_value(bound, lab.index()));
    let mut values: Vec<Value<'a>> = labs.collect();
    values.extend([Kind::Clearance, Kind::Egfr].map(|kind| kidney_value(bound, kind)));
    values.retain(|v| v.on.is_some());
    values
}

/// Ingredients of which the chart says that they are taken no more: by name, with the last moment of which that is known: a
/// stated end, else the day on which the order that was stopped was written.
pub fn ended<'a>(bound: &Bound<'a>) -> Vec<(&'a str, Moment)> {
    let is_taken = |e: &&Exposure| matches!(e.currency, Currency::Current | Currency::Future);
    let taken = |ingredient| bound.exposures.iter().filter(is_taken).any(|e| e.holds(ingredient));
    let mut all = Vec::new();
    for exposure in bound.exposures.iter().filter(|e| !is_taken(e)) {
        let records = exposure.records.iter().filter_map(|r| bound.chart.medications.get(*r as usize));
        let over = |m: &&Medication| matches!(m.status, Status::Stopped | Status::Cancelled | Status::Completed);
        let written = |m: &Medication| m.authored.map(|on| on.latest.plus(Span::days(1)));
        let Some(last) = records.filter(over).filter_map(|m| m.period.end.or_else(|| written(m))).max() else {
            continue;
        };
        let parts = exposure.parts.iter().filter(|p| !taken(p.ingredient));
        all.extend(parts.map(|p| (ingredient_name(bound.pack, p.ingredient), last)));
    }
    all
}

/// A step of a scale on which twenty make a factor of ten, so that one is some twelve percent: 5.1 and 5.6 are one step,
/// 5.7 is the next. Below and at nothing there is one step each.
pub fn step(value: Exact) -> String {
    /// Where the steps of a decade begin, in hundredths.
    const STEPS: [i64; 20] =
        [100, 112, 126, 141, 158, 178, 200, 224, 251, 282, 316, 355, 398, 447, 501, 562, 631, 708, 794, 891];
    let (mut top, mut bottom) = (i128::from(value.numerator()) * 100, i128::from(value.denominator()));
    if top <= 0 {
        return String::from(if top == 0 { "0" } else { "below 0" });
    }
    let mut decade = 0i32;
    // An i64 over an i64 has no more than twice nineteen digits, so neither product below leaves an i128.
    while top >= 1_000 * bottom && decade < 40 {
        bottom *= 10;
        decade += 1;
    }
    while top < 100 * bottom && decade > -40 {
        top *= 10;
        decade -= 1;
    }
    let at = STEPS.iter().filter(|s| top >= i128::from(**s) * bottom).count();
    format!("{decade}.{at:02}")
}

/// One line for each exposure behind a participant.
fn drugs(bound: &Bound<'_>, who: &Participant<'_>, out: &mut Vec<String>) {
    let records = std::iter::once(who.entry).chain(who.folded.iter().copied());
    let records: SmallVec<[u32; 4]> =
        records.filter_map(|e| if let Entry::Medication(n) = e { Some(n) } else { None }).collect();
    for exposure in bound.exposures.iter().filter(|e| e.records.iter().any(|r| records.contains(r))) {
        out.push(drug(bound, exposure, who));
    }
}

/// `ibuprofen routes 8 since 20468 for 864000 giving 400000/400000 day ...`: amounts by the base unit of their dimension.
fn drug(bound: &Bound<'_>, exposure: &Exposure, who: &Participant<'_>) -> String {
    let mut line = String::with_capacity(192);
    let name = who.name;
    line.push_str(name);
    push_numbers(&mut line, " routes", &[i64::from(exposure.routes.0)]);
    line.push_str(if exposure.as_needed { " as needed" } else { "" });
    line.push_str(if exposure.one_time { " once" } else { "" });
    let record = instructed(bound.chart, exposure);
    let lasts = record.and_then(|m| course(&m.regimen).or_else(|| m.period.length()));
    push_numbers(&mut line, " since", since(bound, exposure).as_slice());
    push_numbers(&mut line, " for", lasts.map(|s| s.0).as_slice());
    let part = exposure.parts.iter().find(|p| ingredient_name(bound.pack, p.ingredient) == name);
    if let Some(Ok(amounts)) = part.map(|p| amounts_of(bound, exposure, p.ingredient)) {
        push_amounts(&mut line, &amounts);
        // What could not be worked out may hide in words: then they count.
        if amounts.timing_trouble.is_none() && !amounts.single_is_open {
            return line;
        }
    }
    push_numbers(&mut line, " form", &[i64::from(exposure.form)]);
    exposure.parts.iter().for_each(|p| push_strength(&mut line, p.strength));
    record.iter().flat_map(|m| &m.regimen.instructions).for_each(|i| push_instruction(&mut line, i));
    line
}

fn push_amounts(line: &mut String, amounts: &Amounts) {
    let mut put = |word: &str, bounds: &Option<Bounds>| {
        let Some(b) = bounds else { return };
        push_numbers(line, word, &[i64::from(b.worst.dimension())]);
        // Pieces without a known strength: of what, the form says.
        push_numbers(line, "", b.worst.thing().map(|thing| thing as i64).as_slice());
        for measure in [b.expected, b.scheduled, b.worst] {
            push_numbers(line, "", &[measure.exact().numerator(), measure.exact().denominator()]);
        }
    };
    put(" giving", &amounts.single);
    put(" day", &amounts.daily);
    put(" average", &amounts.average);
    put(" hour", &amounts.hourly);
}

/// The day since which the course goes on: the first on which an order of it was written or begins, or a statement says it
/// began. An order that goes on with what is on file counts from when that began. `None` where nothing is dated.
fn since(bound: &Bound<'_>, exposure: &Exposure) -> Option<i64> {
    let mut first = began(bound, exposure);
    if exposure.standing != Standing::Existing {
        let taken = |e: &&Exposure| e.standing == Standing::Existing && e.currency == Currency::Current;
        let same = bound.exposures.iter().filter(taken).filter(|e| same_ingredients(e, exposure));
        first = same.filter_map(|e| began(bound, e)).chain(first).min();
    }
    first.map(|m| m.0.div_euclid(86_400))
}

fn began(bound: &Bound<'_>, exposure: &Exposure) -> Option<Moment> {
    let records = exposure.records.iter().filter_map(|r| bound.chart.medications.get(*r as usize));
    let start = |m: &Medication| {
        let written = || m.authored.filter(|_| m.kind == RecordKind::Request).map(|on| on.earliest);
        let bounds = || m.regimen.instructions.iter().filter_map(|i| i.timing.bounds.start).min();
        match m.kind {
            RecordKind::Request => m.period.start.or_else(bounds).or_else(written),
            RecordKind::Statement => m.period.start,
            RecordKind::Dispense | RecordKind::Administration => None,
        }
    };
    records.filter_map(start).min()
}

/// What an allergy was recorded as: how it showed, how badly, how surely, and when last.
fn reactions(allergy: &Allergy) -> String {
    let mut line = String::with_capacity(160);
    let mut seen: Vec<String> = Vec::new();
    for reaction in &allergy.reactions {
        let severity = severity(reaction.severity);
        for manifestation in &reaction.manifestations {
            let mut words = String::with_capacity(48);
            push_concept(&mut words, manifestation);
            words.push(' ');
            words.push_str(severity);
            seen.push(words);
        }
        if reaction.manifestations.is_empty() {
            seen.push(["unsaid", severity].join(" "));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    push_concept(&mut line, &allergy.substance);
    for word in [kind(allergy.kind), criticality(allergy.criticality), verification(allergy.verification)] {
        line.push(' ');
        line.push_str(word);
    }
    push_numbers(&mut line, " last", allergy.last.map(|on| on.earliest.0.div_euclid(86_400)).as_slice());
    for (n, words) in seen.iter().enumerate() {
        line.push_str(if n == 0 { " as " } else { ", " });
        line.push_str(words);
    }
    line
}

/// Its codes, sorted; its words only where it has none.
fn push_concept(line: &mut String, concept: &Concept) {
    let mut codes: SmallVec<[(&str, &str); 4]> = concept.codes.iter().map(|c| (c.system.uri(), &*c.value)).collect();
    if codes.is_empty() {
        return push_words(line, concept.text.as_deref().unwrap_or(""));
    }
    codes.sort_unstable();
    for (n, (system, value)) in codes.iter().enumerate() {
        line.push_str(if n == 0 { "" } else { " " });
        line.push_str(system);
        line.push('|');
        line.push_str(value);
    }
}

/// The values a rule asks for: in its gate, its modifiers and its dose bands, whether or not they hold.
fn asked<'a>(bound: &Bound<'a>, rule: &str, out: &mut Vec<Value<'a>>) {
    let pack = bound.pack;
    let Some(row) = rule_named(pack, rule) else { return };
    let (rules, doses) = (&pack.raw().rules, &pack.raw().doses);
    let span = |starts: &[u32], at: usize| {
        let ends = starts.get(at).zip(starts.get(at + 1));
        ends.map_or(0..0, |(from, to)| *from as usize..*to as usize)
    };
    let gate = rules.gates.get(row).copied();
    let modifiers = span(&rules.modifier_starts, row);
    let modifiers = modifiers.filter_map(|m| pack.raw().modifiers.conditions.get(m).copied());
    let is_dose = rules.questions.get(row) == Some(&(Question::Dose as u8));
    let dosed = doses.rules.iter().enumerate().filter(|(_, r)| is_dose && **r as usize == row);
    let bands = dosed.flat_map(|(at, _)| span(&doses.band_starts, at));
    let bands = bands.filter_map(|b| doses.band_conditions.get(b).copied());
    for condition in gate.into_iter().chain(modifiers).chain(bands).filter(|c| *c != NONE) {
        gather(bound, condition, CONDITION_DEPTH_MAX, out);
    }
}

/// Rules are numbered in order of name.
fn rule_named(pack: &Pack, name: &str) -> Option<usize> {
    let count = u32::try_from(pack.raw().rules.names.len()).unwrap_or(u32::MAX);
    let (mut low, mut high) = (0u32, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if pack.rule_name(RuleId(middle)) < name { low = middle + 1 } else { high = middle }
    }
    (low < count && pack.rule_name(RuleId(low)) == name).then_some(low as usize)
}

fn gather<'a>(bound: &Bound<'a>, condition: u32, depth: u32, out: &mut Vec<Value<'a>>) {
    let Some(node) = Node::at(bound.pack, condition).filter(|_| depth > 0) else { return };
    match node.kind {
        Kind::All | Kind::Any | Kind::Not => {
            node.children(bound.pack).iter().for_each(|child| gather(bound, *child, depth - 1, out));
        }
        Kind::Lab | Kind::LabKnown => out.push(lab_value(bound, node.first as usize)),
        Kind::Clearance | Kind::Egfr => out.push(kidney_value(bound, node.kind)),
        _ => {}
    }
}

fn lab_value<'a>(bound: &Bound<'a>, lab: usize) -> Value<'a> {
    let title = bound.pack.raw().labs.titles.get(lab).map_or("", |t| bound.pack.text(*t));
    let at = bound.labs.binary_search_by_key(&lab, |(known, _)| known.index()).ok();
    let found = at.and_then(|at| bound.chart.labs.get(bound.labs.get(at)?.1 as usize));
    let words = |found: &Lab| match (found.value, factor(bound.pack, lab, &found.unit)) {
        (None, _) => String::from("words"),
        (Some(_), None) => String::from("unit"),
        (Some(value), Some(factor)) => {
            let sign = match found.bound {
                None => "",
                Some(LabBound::Below) => "<",
                Some(LabBound::Above) => ">",
            };
            [sign, &value.checked_mul(factor).map_or_else(String::new, step)].concat()
        }
    };
    Value { name: title, step: found.map(words).unwrap_or_default(), on: found.and_then(|f| f.on) }
}

/// The clearance that was sent, and the creatinine one would be worked out from: what is worked out changes with age too,
/// and a birthday is no change of the kidneys.
fn kidney_value<'a>(bound: &Bound<'a>, kind: Kind) -> Value<'a> {
    let kidneys = &bound.chart.patient.kidneys;
    let at = |measured: Option<Measured>| measured.map(|m| step(m.value)).unwrap_or_default();
    let on = |measured: Option<Measured>| measured.and_then(|m| m.on);
    if kind == Kind::Egfr {
        return Value { name: KIDNEYS[1], step: at(kidneys.egfr), on: on(kidneys.egfr) };
    }
    let step = [&at(kidneys.clearance), " of ", &at(kidneys.creatinine)].concat();
    Value { name: KIDNEYS[0], step, on: on(kidneys.clearance).max(on(kidneys.creatinine)) }
}
