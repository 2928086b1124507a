//! Conditions about the recorded allergy an allergy rule speaks of: how it showed, what kind, how sure, tolerated since.

use crate::clinical::chart::{
    Allergy, AllergyKind, Criticality, Entry, Medication, ReactionSeverity, RecordKind, Standing, Status, Verification,
};
use crate::clinical::time::Dated;
use crate::engine::allergen::reaction_of;
use crate::engine::bound::{BoundAllergy, Exposure};
use crate::engine::condition::{Situation, Verdict};
use crate::engine::condition_node::{Node, Say, absent, day, ingredient_name, medications};
use crate::engine::finding::GapKind;
use crate::pack::rule_tables::ConditionKind as Kind;

/// Answers a condition about the recorded allergy. Without one (another kind of rule) it fails.
pub fn answer(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let bound = situation.bound;
    let known = situation.allergy.and_then(|n| bound.allergies.get(n as usize));
    let Some(known) = known else { return Verdict::of(false) };
    let Some(allergy) = bound.chart.allergies.get(known.index as usize) else { return Verdict::of(false) };
    let entry = Entry::Allergy(known.index);
    match node.kind {
        Kind::Reaction => reaction(situation, node, known, allergy, say),
        Kind::AllergyKind => match allergy.kind {
            None => wanting(entry, "whether it is an allergy or an intolerance"),
            Some(kind) => {
                say.put(|| String::from(if kind == AllergyKind::Allergy { "allergy" } else { "intolerance" }));
                Verdict::of(kind as u32 == node.first)
            }
        },
        Kind::Criticality => match allergy.criticality {
            None => wanting(entry, "criticality of the allergy"),
            Some(Criticality::Unassessable) if node.first != Criticality::Unassessable as u32 => {
                wanting(entry, "criticality of the allergy")
            }
            Some(criticality) => {
                say.put(|| format!("criticality {}", criticality_word(criticality)));
                Verdict::of(criticality as u32 == node.first)
            }
        },
        Kind::Verification => {
            say.put(|| format!("allergy {}", verification_word(allergy.verification)));
            Verdict::of(node.has_bit(allergy.verification as u8))
        }
        Kind::ReactionSeverity => severity(node, allergy, entry, say),
        _ => tolerated(situation, allergy, entry, say),
    }
}

fn wanting(entry: Entry, what: &str) -> Verdict {
    Verdict::missing(entry, GapKind::Missing, what.to_owned())
}

/// Some recorded manifestation is in the set. One the pack does not know, or none at all, leaves it open.
fn reaction(
    situation: &Situation<'_, '_>,
    node: &Node,
    known: &BoundAllergy,
    allergy: &Allergy,
    say: &mut Say<'_>,
) -> Verdict {
    let pack = situation.bound.pack;
    let set = pack.raw().allergies.reaction_sets.row(node.first as usize);
    let title = |id: usize| pack.raw().reactions.titles.get(id).map_or("", |t| pack.text(*t));
    if let Some(found) = known.reactions.iter().find(|r| set.contains(&r.0)) {
        say.put(|| format!("reaction: {}", title(found.index())));
        return Verdict::of(true);
    }
    say.put(|| match known.reactions.first() {
        Some(first) => format!("reaction: {}", title(first.index())),
        None => String::from("no reaction recorded"),
    });
    let mut recorded = allergy.reactions.iter().flat_map(|r| &r.manifestations).peekable();
    if recorded.peek().is_none() || recorded.any(|m| reaction_of(m, pack).is_none()) {
        return wanting(Entry::Allergy(known.index), "how the allergy showed");
    }
    Verdict::of(false)
}

/// The worst severity recorded. A reaction without one may have been worse.
fn severity(node: &Node, allergy: &Allergy, entry: Entry, say: &mut Say<'_>) -> Verdict {
    let worst = allergy.reactions.iter().filter_map(|r| r.severity).max();
    let unsaid = allergy.reactions.iter().any(|r| r.severity.is_none());
    match worst {
        Some(worst) if !unsaid || worst == ReactionSeverity::Severe => {
            say.put(|| format!("reaction {}", severity_word(worst)));
            Verdict::of(node.has_bit(worst as u8))
        }
        _ => wanting(entry, "severity of the reaction"),
    }
}

/// The ordered ingredient was given or dispensed, by a route known to reach the whole body, surely after the reaction.
fn tolerated(situation: &Situation<'_, '_>, allergy: &Allergy, entry: Entry, say: &mut Say<'_>) -> Verdict {
    let bound = situation.bound;
    let Some(ingredient) = situation.ingredients.get(situation.ordered) else { return Verdict::of(false) };
    let systemic = |e: &&Exposure| !e.routes.is_unknown() && e.routes.may_be_systemic();
    let existing = bound.exposures.iter().filter(|e| e.standing == Standing::Existing && e.holds(*ingredient));
    let records = existing.filter(systemic).flat_map(|e| &e.records);
    let mut given = records.filter_map(|r| bound.chart.medications.get(*r as usize)).filter_map(happened).peekable();
    let name = ingredient_name(bound.pack, *ingredient);
    if given.peek().is_none() {
        say.put(|| format!("{name} not given since"));
        let words = || format!("whether {name} was given since the reaction");
        return absent(medications(bound.chart), entry, words);
    }
    let Some(reaction) = allergy.last.or(allergy.onset) else { return wanting(entry, "date of the reaction") };
    let mut unsure = false;
    for on in given.filter(|on| !on.surely_after(bound.chart.as_of)) {
        if on.surely_after(reaction.latest) {
            say.put(|| format!("{name} given on {}, after the reaction", day(on)));
            return Verdict::of(true);
        }
        unsure |= !on.surely_before(reaction.earliest);
    }
    if unsure {
        return wanting(entry, "date of the reaction");
    }
    say.put(|| format!("{name} not given since"));
    absent(medications(bound.chart), entry, || format!("whether {name} was given since the reaction"))
}

/// When a drug was truly given or handed out.
fn happened(record: &Medication) -> Option<Dated> {
    let event = matches!(record.kind, RecordKind::Administration | RecordKind::Dispense);
    let done = matches!(record.status, Status::Completed | Status::Active | Status::Unknown) && !record.negated;
    let on = record.period.start.map(Dated::at).or(record.authored);
    on.filter(|_| event && done)
}

fn criticality_word(criticality: Criticality) -> &'static str {
    match criticality {
        Criticality::Low => "low",
        Criticality::High => "high",
        Criticality::Unassessable => "unable to assess",
    }
}

fn severity_word(severity: ReactionSeverity) -> &'static str {
    match severity {
        ReactionSeverity::Mild => "mild",
        ReactionSeverity::Moderate => "moderate",
        ReactionSeverity::Severe => "severe",
    }
}

fn verification_word(verification: Verification) -> &'static str {
    match verification {
        Verification::Unsaid => "without verification status",
        Verification::Confirmed => "confirmed",
        Verification::Unconfirmed => "unconfirmed",
        Verification::Refuted => "refuted",
        Verification::EnteredInError => "entered in error",
    }
}
