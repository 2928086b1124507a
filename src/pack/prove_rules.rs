//! Proof of what rules say and ask: sets of drugs, conditions, outcomes, modifiers, rules, policy.

use crate::clinical::form::Form;
use crate::clinical::route::Route;
use crate::pack::proof::{Proof, Table, texts};
use crate::pack::rule_tables::ConditionKind;
use crate::pack::tables::RawPack;
use crate::pack::verify::PackError;

/// Conditions inside conditions, at most so deep.
pub const CONDITION_DEPTH_MAX: u8 = 32;
/// The first subject that is a slot.
const SLOTS_FROM: u8 = 16;
/// Slots a rule may have at most.
pub const SLOTS_MAX: u8 = 16;

/// Every kind, in the order of its number.
const KINDS: [ConditionKind; 43] = {
    use crate::pack::rule_tables::ConditionKind as K;
    [
        K::All,
        K::Any,
        K::Not,
        K::Route,
        K::Form,
        K::Setting,
        K::SingleDose,
        K::DailyDose,
        K::Duration,
        K::TakenFor,
        K::Overlap,
        K::Change,
        K::Ordered,
        K::AsNeeded,
        K::OneTime,
        K::Age,
        K::Sex,
        K::Weight,
        K::Clearance,
        K::Egfr,
        K::Dialysis,
        K::AcuteKidneyInjury,
        K::Lab,
        K::LabKnown,
        K::Problem,
        K::Taking,
        K::Pregnant,
        K::Breastfeeding,
        K::Reaction,
        K::AllergyKind,
        K::Criticality,
        K::Verification,
        K::ReactionSeverity,
        K::Tolerated,
        K::RoutesDiffer,
        K::StrengthsDiffer,
        K::SettingsDiffer,
        K::SameProduct,
        K::AllergyTo,
        K::Indication,
        K::Gestation,
        K::AverageDose,
        K::Apart,
    ]
};

/// Proves sets, conditions, outcomes, modifiers, rules and the policy.
pub fn prove(raw: &RawPack) -> Proof {
    drug_sets(raw)?;
    conditions(raw)?;
    outcomes(raw)?;
    modifiers(raw)?;
    rules(raw)?;
    replacements(raw)?;
    policy(raw)
}

fn drug_sets(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("drug_sets"), &raw.drug_sets);
    let rows = columns.titles.len();
    table.lengths(
        rows,
        &[
            ("routes", columns.routes.len()),
            ("except_routes", columns.except_routes.len()),
            ("forms", columns.forms.len()),
        ],
    )?;
    table.ascending_list(&columns.members, rows, raw.ingredients.names.len())?;
    table.ids(columns.titles.iter().copied(), texts(&raw.text))?;
    table.bits("routes", columns.routes.iter().map(|r| u64::from(*r)), Route::ALL.len())?;
    table.bits("except_routes", columns.except_routes.iter().map(|r| u64::from(*r)), Route::ALL.len())?;
    table.bits("forms", columns.forms.iter().copied(), Form::ALL.len())
}

fn conditions(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("conditions"), &raw.conditions);
    let nodes = columns.kinds.len();
    table.lengths(
        nodes,
        &[
            ("comparisons", columns.comparisons.len()),
            ("subjects", columns.subjects.len()),
            ("firsts", columns.firsts.len()),
            ("seconds", columns.seconds.len()),
            ("low_numerators", columns.low_numerators.len()),
            ("low_denominators", columns.low_denominators.len()),
            ("high_numerators", columns.high_numerators.len()),
            ("high_denominators", columns.high_denominators.len()),
            ("withins", columns.withins.len()),
            ("written", columns.written.len()),
        ],
    )?;
    table.below("comparisons", &columns.comparisons, 6, Some(255))?;
    table.positive("low_denominators", &columns.low_denominators)?;
    table.positive("high_denominators", &columns.high_denominators)?;
    table.ids(columns.written.iter().copied(), texts(&raw.text))?;
    for node in 0..nodes {
        let Some(kind) = KINDS.get(usize::from(columns.kinds[node])) else {
            return table.bad("kinds", node, i128::from(columns.kinds[node]), KINDS.len() as i128);
        };
        leaf(raw, node, *kind)?;
    }
    tree(raw)
}

/// The arguments of one node mean something for its kind.
fn leaf(raw: &RawPack, node: usize, kind: ConditionKind) -> Proof {
    use crate::pack::rule_tables::ConditionKind as K;
    let (table, columns) = (Table("conditions"), &raw.conditions);
    let subject = columns.subjects[node];
    if subject > 6 && !(SLOTS_FROM..SLOTS_FROM + SLOTS_MAX).contains(&subject) {
        return table.bad("subjects", node, i128::from(subject), 6);
    }
    let compares = matches!(
        kind,
        K::SingleDose
            | K::DailyDose
            | K::AverageDose
            | K::Duration
            | K::TakenFor
            | K::Overlap
            | K::Age
            | K::Weight
            | K::Clearance
            | K::Egfr
            | K::Lab
            | K::Gestation
    );
    if compares != (columns.comparisons[node] < 6) {
        return table.bad("comparisons", node, i128::from(columns.comparisons[node]), 6);
    }
    if columns.withins[node] < -1 {
        return table.bad("withins", node, i128::from(columns.withins[node]), -1);
    }
    let (first, second) = (columns.firsts[node], columns.seconds[node]);
    let limit = match kind {
        K::Lab | K::LabKnown => raw.labs.names.len(),
        K::Problem | K::Indication => raw.problems.names.len(),
        K::Taking | K::AllergyTo => raw.drug_sets.titles.len(),
        K::Reaction => raw.allergies.reaction_sets.rows(),
        K::Route => 1 << Route::ALL.len(),
        K::SingleDose | K::DailyDose | K::AverageDose => 6,
        K::Age | K::AllergyKind => 2,
        K::Sex | K::Criticality => 3,
        K::Pregnant => 4,
        K::Apart => 86_401,
        _ => return Ok(()),
    };
    if first as usize >= limit {
        return table.bad("firsts", node, i128::from(first), limit as i128);
    }
    let limit = match kind {
        K::SingleDose | K::DailyDose | K::AverageDose => {
            return if second & !0x100 > 2 { table.bad("seconds", node, i128::from(second), 2) } else { Ok(()) };
        }
        K::Problem => 4,
        K::Apart => 86_401,
        _ => return Ok(()),
    };
    if second >= limit {
        return table.bad("seconds", node, i128::from(second), i128::from(limit));
    }
    match kind {
        // Nothing is told of a beginning without a look-back, nor of a distance that is none or longer than a day.
        K::Problem if second == 3 && columns.withins[node] < 0 => table.bad("withins", node, -1, 0),
        K::Apart if !(1..=86_400).contains(&(first + second)) => table.bad("seconds", node, i128::from(second), 86_400),
        _ => Ok(()),
    }
}

/// Conditions are trees: a child comes after its parent, has no other, and nothing is deeper than the limit. So one
/// condition is answered in as many steps as it has nodes.
fn tree(raw: &RawPack) -> Proof {
    let columns = &raw.conditions;
    let nodes = columns.kinds.len();
    let table = Table("conditions");
    table.ids(columns.children.iter().copied(), nodes)?;
    let (mut depths, mut claimed) = (vec![0u8; nodes], vec![false; nodes]);
    for node in 0..nodes {
        if columns.kinds[node] > ConditionKind::Not as u8 {
            continue;
        }
        let (from, to) = (columns.firsts[node] as usize, columns.seconds[node] as usize);
        let Some(children) = columns.children.get(from..to) else {
            return Err(PackError::BadCondition { node, why: "its children lie outside the list of children" });
        };
        if columns.kinds[node] == ConditionKind::Not as u8 && children.len() != 1 {
            return Err(PackError::BadCondition { node, why: "`not` has other than one child" });
        }
        for child in children.iter().map(|c| *c as usize) {
            if child <= node {
                return Err(PackError::BadCondition { node, why: "a child does not come after its parent" });
            }
            if std::mem::replace(&mut claimed[child], true) {
                return Err(PackError::BadCondition { node, why: "a child has two parents" });
            }
            depths[child] = depths[node] + 1;
            if depths[child] > CONDITION_DEPTH_MAX {
                return Err(PackError::BadCondition { node, why: "it is deeper than 32 conditions" });
            }
        }
    }
    Ok(())
}

fn outcomes(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("outcomes"), &raw.outcomes);
    let rows = columns.severities.len();
    table.lengths(
        rows,
        &[
            ("loudness", columns.loudness.len()),
            ("managements", columns.managements.len()),
            ("evidence", columns.evidence.len()),
            ("seriousness", columns.seriousness.len()),
            ("risks", columns.risks.len()),
            ("advice", columns.advice.len()),
            ("consequences", columns.consequences.len()),
        ],
    )?;
    table.below("severities", &columns.severities, 4, Some(255))?;
    table.below("loudness", &columns.loudness, 3, None)?;
    table.below("managements", &columns.managements, 4, None)?;
    table.below("evidence", &columns.evidence, 4, None)?;
    table.below("seriousness", &columns.seriousness, 3, None)?;
    let texts = texts(&raw.text);
    for words in [&columns.risks, &columns.advice, &columns.consequences] {
        table.ids_or_none(words, texts)?;
    }
    for list in [&columns.actions, &columns.actions_object, &columns.actions_precipitant, &columns.sources] {
        table.list(list, rows, texts)?;
    }
    Ok(())
}

fn modifiers(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("modifiers"), &raw.modifiers);
    table.lengths(
        columns.conditions.len(),
        &[
            ("missing", columns.missing.len()),
            ("directions", columns.directions.len()),
            ("outcomes", columns.outcomes.len()),
            ("because", columns.because.len()),
        ],
    )?;
    table.ids(columns.conditions.iter().copied(), raw.conditions.kinds.len())?;
    table.below("missing", &columns.missing, 3, None)?;
    table.below("directions", &columns.directions, 3, None)?;
    table.ids(columns.outcomes.iter().copied(), raw.outcomes.severities.len())?;
    table.ids_or_none(&columns.because, texts(&raw.text))
}

fn rules(raw: &RawPack) -> Proof {
    let (table, columns) = (Table("rules"), &raw.rules);
    let rows = columns.names.len();
    rule_lengths(raw)?;
    let texts = texts(&raw.text);
    table.ids(columns.names.iter().chain(columns.titles.iter()).copied(), texts)?;
    table.names_ascend(&raw.text, &columns.names)?;
    table.below("questions", &columns.questions, 5, None)?;
    table.below("audiences", &columns.audiences, 3, None)?;
    table.below("flags", &columns.flags, 2, None)?;
    table.below("pair_flags", &columns.pair_flags, 2, None)?;
    table.below("gate_missing", &columns.gate_missing, 3, None)?;
    table.short_ids_or_none(&columns.effects, raw.effects.names.len())?;
    table.ids_or_none(&columns.gates, raw.conditions.kinds.len())?;
    table.ids(columns.outcomes.iter().copied(), raw.outcomes.severities.len())?;
    table.starts(&columns.modifier_starts, rows, raw.modifiers.conditions.len())?;
    table.ascending_list(&columns.replaces, rows, rows)?;
    let words = [
        &columns.mechanisms,
        &columns.exposure_frequencies,
        &columns.harm_frequencies,
        &columns.authors,
        &columns.reviews,
    ];
    words.into_iter().try_for_each(|ids| table.ids_or_none(ids, texts))?;
    table.not_negative("onsets", &columns.onsets)?;
    table.not_negative("offsets", &columns.offsets)?;
    table.not_negative("object_offsets", &columns.object_offsets)?;
    table.ids_or_none(&columns.object_sets, raw.drug_sets.titles.len())?;
    table.ids_or_none(&columns.precipitant_sets, raw.drug_sets.titles.len())
}

fn rule_lengths(raw: &RawPack) -> Proof {
    let columns = &raw.rules;
    Table("rules").lengths(
        columns.names.len(),
        &[
            ("versions", columns.versions.len()),
            ("questions", columns.questions.len()),
            ("titles", columns.titles.len()),
            ("audiences", columns.audiences.len()),
            ("settings", columns.settings.len()),
            ("flags", columns.flags.len()),
            ("override_days", columns.override_days.len()),
            ("effects", columns.effects.len()),
            ("gates", columns.gates.len()),
            ("gate_missing", columns.gate_missing.len()),
            ("outcomes", columns.outcomes.len()),
            ("mechanisms", columns.mechanisms.len()),
            ("exposure_frequencies", columns.exposure_frequencies.len()),
            ("harm_frequencies", columns.harm_frequencies.len()),
            ("authors", columns.authors.len()),
            ("reviews", columns.reviews.len()),
            ("onsets", columns.onsets.len()),
            ("offsets", columns.offsets.len()),
            ("object_offsets", columns.object_offsets.len()),
            ("object_sets", columns.object_sets.len()),
            ("precipitant_sets", columns.precipitant_sets.len()),
            ("pair_flags", columns.pair_flags.len()),
        ],
    )
}

/// No rule stands in for itself, however many steps away: two such rules would silence each other.
fn replacements(raw: &RawPack) -> Proof {
    let replaces = &raw.rules.replaces;
    let rows = raw.rules.names.len();
    let mut replaced_by = vec![0u32; rows];
    replaces.items.iter().for_each(|r| replaced_by[*r as usize] += 1);
    let mut free: Vec<usize> = (0..rows).filter(|r| replaced_by[*r] == 0).collect();
    let mut seen = 0;
    while let Some(rule) = free.pop() {
        seen += 1;
        for replaced in replaces.row(rule).iter().map(|r| *r as usize) {
            replaced_by[replaced] -= 1;
            if replaced_by[replaced] == 0 {
                free.push(replaced);
            }
        }
    }
    match replaced_by.iter().position(|n| *n > 0) {
        Some(rule) if seen < rows => Table("rules").bad("replaces", rule, rule as i128, 0),
        _ => Ok(()),
    }
}

fn policy(raw: &RawPack) -> Proof {
    let table = Table("policy");
    table.lengths(20, &[("loudness", raw.policy.loudness.len())])?;
    table.below("loudness", &raw.policy.loudness, 2, None)?;
    table.below("prn_worst_case", &[raw.policy.prn_worst_case], 2, None)
}
