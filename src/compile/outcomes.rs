//! Outcomes: what a rule, a modifier or a limit says, with everything it leaves unsaid inherited from the rule.

use crate::clinical::severity::{Evidence, Loudness, Management, Question, Seriousness, Severity};
use crate::compile::text::Text;
use crate::pack::column::Column;
use crate::pack::ids::NONE;
use crate::pack::rule_tables::OutcomeTable;
use crate::pack::tables::ListTable;
use crate::source::tree::{Name, Outcome, Policy};
use hashbrown::HashMap;

/// No finding at all, where a severity stands.
pub const SILENT: u8 = 255;

/// An outcome with nothing left unsaid but texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutcomeRow {
    severity: u8,
    loudness: u8,
    management: u8,
    evidence: u8,
    seriousness: u8,
    risk: u32,
    advice: u32,
    consequence: u32,
    actions: Vec<u32>,
    actions_object: Vec<u32>,
    actions_precipitant: Vec<u32>,
    sources: Vec<u32>,
}

/// What weighs in an outcome, apart from its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// `Severity as u8`, or [`SILENT`].
    pub severity: u8,
    /// As shown: 0 not at all, 1 passive, 2 interruptive.
    pub shown: u8,
    /// `Management as u8`.
    pub management: u8,
}

/// Which way a modifier turns its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Direction {
    /// Neither way.
    Neither,
    /// Louder or worse.
    Worse,
    /// Quieter.
    Quieter,
}

/// The outcomes said so far.
#[derive(Debug, Default)]
pub struct Outcomes {
    places: HashMap<OutcomeRow, u32>,
    rows: Vec<OutcomeRow>,
}

/// What weighs in the outcome of a rule, given the policy.
pub fn weight(base: &Outcome, over: Option<&Outcome>, question: Question, policy: Option<&Policy>) -> Weight {
    let said = |pick: fn(&Outcome) -> Option<u8>| over.and_then(pick).or_else(|| pick(base));
    let severity = said(|o| o.severity.as_ref().map(|s| s.value as u8)).unwrap_or(Severity::Moderate as u8);
    let silent = match over {
        Some(over) => over.silent || (base.silent && over.severity.is_none()),
        None => base.silent,
    };
    let severity = if silent { SILENT } else { severity };
    let shown = match said(|o| o.loudness.as_ref().map(|l| l.value as u8 + 1)) {
        _ if silent => 0,
        Some(said) => said,
        None => 1 + u8::from(interrupts(policy, question, severity)),
    };
    let management = said(|o| o.management.as_ref().map(|m| m.value as u8)).unwrap_or(Management::Assess as u8);
    Weight { severity, shown, management }
}

/// Whether the policy lets findings of a kind and severity interrupt.
pub fn interrupts(policy: Option<&Policy>, question: Question, severity: u8) -> bool {
    let severities = policy.and_then(|p| p.interrupts.iter().find(|(q, _)| *q == question));
    severities.is_some_and(|(_, list)| list.iter().any(|s| *s as u8 == severity))
}

/// Which way an outcome turns another. Whatever is worse in any respect counts as worse.
pub fn direction(base: Weight, over: Weight) -> Direction {
    let rank = |w: Weight| if w.severity == SILENT { 0 } else { w.severity + 1 };
    let parts = [(rank(base), rank(over)), (base.shown, over.shown), (base.management, over.management)];
    let silenced = over.severity == SILENT && base.severity != SILENT;
    if silenced {
        Direction::Quieter
    } else if parts.iter().any(|(from, to)| to > from) {
        Direction::Worse
    } else if parts.iter().any(|(from, to)| to < from) {
        Direction::Quieter
    } else {
        Direction::Neither
    }
}

/// The outcome of a rule itself, with the defaults for what it leaves unsaid.
pub fn base(outcome: &Outcome, text: &mut Text) -> OutcomeRow {
    let start = OutcomeRow {
        severity: Severity::Moderate as u8,
        loudness: 0,
        management: Management::Assess as u8,
        evidence: Evidence::Theoretical as u8,
        seriousness: Seriousness::Unknown as u8,
        risk: NONE,
        advice: NONE,
        consequence: NONE,
        actions: Vec::new(),
        actions_object: Vec::new(),
        actions_precipitant: Vec::new(),
        sources: Vec::new(),
    };
    over(&start, outcome, text)
}

/// An outcome that inherits what it leaves unsaid. New actions replace those for each side too, unless it gives its own.
pub fn over(base: &OutcomeRow, outcome: &Outcome, text: &mut Text) -> OutcomeRow {
    let mut row = base.clone();
    if let Some(severity) = &outcome.severity {
        row.severity = severity.value as u8;
    }
    if outcome.silent {
        row.severity = SILENT;
    }
    if let Some(loudness) = &outcome.loudness {
        row.loudness = match loudness.value {
            Loudness::Passive => 1,
            Loudness::Interruptive => 2,
        };
    }
    row.management = outcome.management.as_ref().map_or(row.management, |m| m.value as u8);
    row.evidence = outcome.evidence.as_ref().map_or(row.evidence, |e| e.value as u8);
    row.seriousness = outcome.serious.as_ref().map_or(row.seriousness, |s| s.value as u8);
    let mut words = |name: &Option<Name>, place: &mut u32| {
        if let Some(name) = name {
            *place = text.id(&name.value);
        }
    };
    words(&outcome.risk, &mut row.risk);
    words(&outcome.advice, &mut row.advice);
    words(&outcome.consequence, &mut row.consequence);
    if !outcome.actions.is_empty() {
        row.actions = text.list(&outcome.actions);
        row.actions_object.clear();
        row.actions_precipitant.clear();
    }
    let mut list = |names: &[Name], place: &mut Vec<u32>| {
        if !names.is_empty() {
            *place = text.list(names);
        }
    };
    list(&outcome.actions_object, &mut row.actions_object);
    list(&outcome.actions_precipitant, &mut row.actions_precipitant);
    list(&outcome.sources, &mut row.sources);
    row
}

impl Outcomes {
    /// The row of an outcome; equal ones have one.
    pub fn id(&mut self, row: OutcomeRow) -> u32 {
        if let Some(id) = self.places.get(&row) {
            return *id;
        }
        let id = self.rows.len() as u32;
        self.places.insert(row.clone(), id);
        self.rows.push(row);
        id
    }

    /// The table.
    pub fn into_table(self) -> OutcomeTable {
        let rows = self.rows;
        let bytes = |pick: fn(&OutcomeRow) -> u8| rows.iter().map(pick).collect::<Column<u8>>();
        let words = |pick: fn(&OutcomeRow) -> u32| rows.iter().map(pick).collect::<Column<u32>>();
        let lists =
            |pick: fn(&OutcomeRow) -> &Vec<u32>| rows.iter().map(|r| pick(r).clone()).collect::<ListTable<u32>>();
        OutcomeTable {
            severities: bytes(|r| r.severity),
            loudness: bytes(|r| r.loudness),
            managements: bytes(|r| r.management),
            evidence: bytes(|r| r.evidence),
            seriousness: bytes(|r| r.seriousness),
            risks: words(|r| r.risk),
            advice: words(|r| r.advice),
            consequences: words(|r| r.consequence),
            actions: lists(|r| &r.actions),
            actions_object: lists(|r| &r.actions_object),
            actions_precipitant: lists(|r| &r.actions_precipitant),
            sources: lists(|r| &r.sources),
        }
    }
}
