//! Rules of every kind lowered to one table: identity, gate, outcome, modifiers.

use crate::clinical::severity::Question;
use crate::compile::conditions;
use crate::compile::lower::Lowering;
use crate::compile::outcomes::{self, OutcomeRow, direction, weight};
use crate::pack::column::Column;
use crate::pack::ids::{NONE, NONE16};
use crate::pack::rule_tables::ModifierTable;
use crate::pack::tables::RawPack;
use crate::source::tree::{AllergenSet, Body, Missing, Modifier, Rule, Written};

/// Seconds of nothing, where a rule does not say.
const AT_ONCE: i64 = 0;

/// The question a rule answers.
pub fn question(rule: &Rule) -> Question {
    match rule.body {
        Body::Pair { .. } | Body::Combination { .. } => Question::Interaction,
        Body::Allergy { .. } => Question::Allergy,
        Body::Dose { .. } => Question::Dose,
        Body::Duplicate { .. } => Question::Duplicate,
        Body::Contraindication { .. } => Question::Contraindication,
    }
}

/// `Missing as u8`; ask where nothing is said.
pub fn missing(missing: Option<&Written<Missing>>) -> u8 {
    missing.map_or(Missing::Ask, |m| m.value) as u8
}

/// The outcome of a rule, as its modifiers and limits inherit it.
pub fn base(lowering: &mut Lowering<'_>, rule: &Rule) -> OutcomeRow {
    outcomes::base(&rule.outcome, &mut lowering.text)
}

/// Lowers every rule, in order of name.
pub fn lower(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    identity(lowering, pack);
    let rules = &lowering.names.rules.rows;
    let (mut gates, mut base_outcomes, mut starts) = (Vec::new(), Vec::new(), vec![0u32]);
    let mut rows = Modifiers::default();
    for rule in rules {
        gates.push(conditions::lower_optional(lowering, rule.when.as_ref()));
        let base = base(lowering, rule);
        for modifier in &rule.modifiers {
            rows.push(lowering, rule, &base, modifier);
        }
        base_outcomes.push(lowering.outcomes.id(base));
        starts.push(rows.outcomes.len() as u32);
    }
    let table = &mut pack.rules;
    table.gates = Column::new(gates);
    table.gate_missing = rules.iter().map(|r| missing(r.missing.as_ref())).collect();
    table.outcomes = Column::new(base_outcomes);
    table.modifier_starts = Column::new(starts);
    pack.modifiers = rows.into_table();
    sides(lowering, pack);
}

/// Who a rule is, for whom, and what it stands in for.
fn identity(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let names = lowering.names;
    let rules = &names.rules.rows;
    let days = lowering.override_days();
    let text = &mut lowering.text;
    let replaces = |rule: &&Rule| {
        let mut replaced: Vec<u32> =
            rule.replaces.iter().filter_map(|n| names.rules.get(&n.value)).map(|n| n as u32).collect();
        replaced.sort_unstable();
        replaced.dedup();
        replaced
    };
    let settings = |rule: &&Rule| match rule.settings.as_slice() {
        [] => u8::MAX,
        some => some.iter().fold(0, |bits, s| bits | 1u8.checked_shl(u32::from(s.value)).unwrap_or(0)),
    };
    let table = &mut pack.rules;
    table.names = rules.iter().map(|r| text.id(&r.id.value)).collect();
    table.versions = rules.iter().map(|r| r.version.value).collect();
    table.questions = rules.iter().map(|r| question(r) as u8).collect();
    table.titles = rules.iter().map(|r| text.id(&r.title.value)).collect();
    table.audiences = rules.iter().map(|r| r.audience as u8).collect();
    table.settings = rules.iter().map(settings).collect();
    table.flags = rules.iter().map(|r| u8::from(r.never_silence)).collect();
    table.override_days = rules.iter().map(|r| r.override_days.as_ref().map_or(days, |d| d.value)).collect();
    let effect = |r: &&Rule| r.effect.as_ref().and_then(|e| names.effects.id(&e.value)).unwrap_or(NONE16);
    table.effects = rules.iter().map(effect).collect();
    table.replaces = rules.iter().map(replaces).collect();
    table.mechanisms = rules.iter().map(|r| text.optional(r.mechanism.as_ref())).collect();
    table.exposure_frequencies = rules.iter().map(|r| text.optional(r.exposure_frequency.as_ref())).collect();
    table.harm_frequencies = rules.iter().map(|r| text.optional(r.harm_frequency.as_ref())).collect();
    table.authors = rules.iter().map(|r| text.optional(r.author.as_ref())).collect();
    table.reviews = rules.iter().map(|r| text.optional(r.review.as_ref())).collect();
}

/// What stands on each side, and how long it acts.
fn sides(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let rules = &lowering.names.rules.rows;
    let seconds = |s: &Option<Written<i64>>| s.as_ref().map_or(AT_ONCE, |s| s.value);
    let (mut onsets, mut offsets, mut object_offsets) = (Vec::new(), Vec::new(), Vec::new());
    let (mut firsts, mut seconds_sets, mut flags) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let (mut times, mut sets, mut flag) = ([AT_ONCE; 3], [NONE, NONE], 0);
        match &rule.body {
            Body::Pair { object, precipitant, mutual, onset, offset, object_offset } => {
                times = [seconds(onset), seconds(offset), seconds(object_offset)];
                sets = [lowering.set(object), lowering.set(precipitant)];
                flag = u8::from(*mutual);
            }
            Body::Combination { offset, .. } => times[1] = seconds(offset),
            Body::Allergy { allergen, drug, .. } => {
                if let Some(AllergenSet::Drugs(recorded)) = allergen {
                    sets[0] = lowering.set(recorded);
                }
                sets[1] = drug.as_ref().map_or(NONE, |d| lowering.set(d));
            }
            Body::Contraindication { drug } => sets[0] = lowering.set(drug),
            Body::Dose { .. } | Body::Duplicate { .. } => {}
        }
        onsets.push(times[0]);
        offsets.push(times[1]);
        object_offsets.push(times[2]);
        firsts.push(sets[0]);
        seconds_sets.push(sets[1]);
        flags.push(flag);
    }
    let table = &mut pack.rules;
    table.onsets = Column::new(onsets);
    table.offsets = Column::new(offsets);
    table.object_offsets = Column::new(object_offsets);
    table.object_sets = Column::new(firsts);
    table.precipitant_sets = Column::new(seconds_sets);
    table.pair_flags = Column::new(flags);
}

/// Modifier rows in the making.
#[derive(Default)]
struct Modifiers {
    conditions: Vec<u32>,
    missing: Vec<u8>,
    directions: Vec<u8>,
    outcomes: Vec<u32>,
    because: Vec<u32>,
}

impl Modifiers {
    fn push(&mut self, lowering: &mut Lowering<'_>, rule: &Rule, base: &OutcomeRow, modifier: &Modifier) {
        let (question, policy) = (question(rule), lowering.policy);
        let from = weight(&rule.outcome, None, question, policy);
        let to = weight(&rule.outcome, Some(&modifier.outcome), question, policy);
        self.conditions.push(conditions::lower(lowering, &modifier.when));
        self.missing.push(missing(modifier.missing.as_ref()));
        self.directions.push(direction(from, to) as u8);
        let outcome = outcomes::over(base, &modifier.outcome, &mut lowering.text);
        self.outcomes.push(lowering.outcomes.id(outcome));
        self.because.push(lowering.text.optional(modifier.because.as_ref()));
    }

    fn into_table(self) -> ModifierTable {
        ModifierTable {
            conditions: Column::new(self.conditions),
            missing: Column::new(self.missing),
            directions: Column::new(self.directions),
            outcomes: Column::new(self.outcomes),
            because: Column::new(self.because),
        }
    }
}
