//! Conditions lowered to nodes: depth first, a child always after its parent.

use crate::clinical::exact::Exact;
use crate::compile::lower::Lowering;
use crate::compile::sets::form_bits;
use crate::compile::words;
use crate::pack::column::Column;
use crate::pack::ids::NONE;
use crate::pack::rule_tables::{ConditionKind, ConditionTable, Subject};
use crate::pack::tables::ListTable;
use crate::source::tree::{Lab, Name};
use crate::source::tree_condition::{About, Comparison, Condition, DoseSpan, ProblemWhen, Test};

/// One node.
#[derive(Clone, Debug)]
struct Node {
    kind: ConditionKind,
    comparison: Option<Comparison>,
    subject: u8,
    first: u32,
    second: u32,
    within: Option<i64>,
    written: u32,
}

/// The nodes said so far.
#[derive(Debug, Default)]
pub struct Conditions {
    nodes: Vec<Node>,
    children: Vec<u32>,
    reaction_sets: Vec<Vec<u16>>,
}

/// Lowers a condition and all inside it; gives its node.
pub fn lower(lowering: &mut Lowering<'_>, condition: &Condition) -> u32 {
    let id = lowering.conditions.nodes.len() as u32;
    let mut node = leaf(lowering, &condition.test);
    node.written = lowering.text.id(&words::condition(condition));
    lowering.conditions.nodes.push(node);
    let inner: &[Condition] = match &condition.test {
        Test::All(inner) | Test::Any(inner) => inner,
        Test::Not(inner) => std::slice::from_ref(inner),
        _ => return id,
    };
    let children: Vec<u32> = inner.iter().map(|c| lower(lowering, c)).collect();
    let table = &mut lowering.conditions;
    let from = table.children.len() as u32;
    table.children.extend(children);
    let to = table.children.len() as u32;
    if let Some(node) = table.nodes.get_mut(id as usize) {
        (node.first, node.second) = (from, to);
    }
    id
}

/// Lowers a condition where one stands; `NONE` otherwise.
pub fn lower_optional(lowering: &mut Lowering<'_>, condition: Option<&Condition>) -> u32 {
    condition.map_or(NONE, |c| lower(lowering, c))
}

/// A comparison in the rules' unit of a lab; `None` when the lab does not know the unit or the number does not fit.
///
/// A number without a unit is in the unit of a lab that is a plain ratio (`1`, `{INR}`).
pub fn in_lab_unit(lab: &Lab, comparison: &Comparison, unit: &Name) -> Option<Comparison> {
    let ratio = lab.unit.value == "1" || (lab.unit.value.starts_with('{') && lab.unit.value.ends_with('}'));
    if unit.value == lab.unit.value || (unit.value.is_empty() && ratio) {
        return Some(*comparison);
    }
    let (_, factor) = lab.convert.iter().find(|(spelling, _)| spelling.value == unit.value)?;
    let (low, high) = (comparison.low.checked_mul(factor.value)?, comparison.high.checked_mul(factor.value)?);
    Some(Comparison { operator: comparison.operator, low, high })
}

/// `Subject as u8`, or 16 + slot.
pub fn subject(of: About) -> u8 {
    match of {
        About::Ordered => Subject::Ordered as u8,
        About::Other => Subject::Other as u8,
        About::Object => Subject::Object as u8,
        About::Precipitant => Subject::Precipitant as u8,
        About::First => Subject::First as u8,
        About::Any => Subject::Any as u8,
        About::Patient => Subject::Patient as u8,
        About::Slot(n) => 16 + n,
    }
}

impl Node {
    fn of(kind: ConditionKind) -> Node {
        let subject = Subject::Ordered as u8;
        Node { kind, comparison: None, subject, first: 0, second: 0, within: None, written: NONE }
    }

    fn about(self, of: About) -> Node {
        Node { subject: subject(of), ..self }
    }

    fn first(self, first: u32) -> Node {
        Node { first, ..self }
    }

    fn second(self, second: u32) -> Node {
        Node { second, ..self }
    }

    fn compares(self, comparison: &Comparison) -> Node {
        Node { comparison: Some(*comparison), ..self }
    }

    fn within(self, within: Option<i64>) -> Node {
        Node { within, ..self }
    }
}

/// The node of a test, its children not yet known.
fn leaf(lowering: &mut Lowering<'_>, test: &Test) -> Node {
    use crate::pack::rule_tables::ConditionKind as Kind;
    let of = Node::of;
    match test {
        Test::All(_) => of(Kind::All),
        Test::Any(_) => of(Kind::Any),
        Test::Not(_) => of(Kind::Not),
        Test::Route { routes, of: whom } => of(Kind::Route).about(*whom).first(routes.0),
        Test::Form { forms, of: whom } => {
            let bits = form_bits(forms);
            of(Kind::Form).about(*whom).first(bits as u32).second((bits >> 32) as u32)
        }
        Test::Setting { settings, of: whom } => {
            of(Kind::Setting).about(*whom).first(settings.iter().fold(0, |bits, s| bits | 1 << s))
        }
        Test::Dose { span, worst, comparison, dimension, per_body, of: whom } => {
            let kind = match span {
                DoseSpan::Single => Kind::SingleDose,
                DoseSpan::Daily => Kind::DailyDose,
                DoseSpan::Average => Kind::AverageDose,
            };
            let flags = u32::from(*per_body) | if *worst { 0 } else { 0x100 };
            of(kind).about(*whom).compares(comparison).first(u32::from(*dimension)).second(flags)
        }
        Test::Duration { comparison, of: whom } => of(Kind::Duration).about(*whom).compares(comparison),
        Test::TakenFor { comparison, of: whom } => of(Kind::TakenFor).about(*whom).compares(comparison),
        Test::Overlap { comparison } => of(Kind::Overlap).compares(comparison),
        Test::Apart { before, after, of: whom } => {
            let seconds = |n: i64| u32::try_from(n).unwrap_or(0);
            of(Kind::Apart).about(*whom).first(seconds(*before)).second(seconds(*after))
        }
        Test::Change { changes, of: whom } => of(Kind::Change).about(*whom).first(*changes),
        Test::Ordered { of: whom } => of(Kind::Ordered).about(*whom),
        Test::AsNeeded { of: whom } => of(Kind::AsNeeded).about(*whom),
        Test::OneTime { of: whom } => of(Kind::OneTime).about(*whom),
        Test::Indication { problem, of: whom } => {
            of(Kind::Indication).about(*whom).first(u32::from(lowering.problem(problem)))
        }
        other => patient_leaf(lowering, other),
    }
}

/// The nodes of tests about the patient, the allergy, or two records of one drug.
fn patient_leaf(lowering: &mut Lowering<'_>, test: &Test) -> Node {
    use crate::pack::rule_tables::ConditionKind as Kind;
    let of = Node::of;
    match test {
        Test::Age { comparison, in_days } => of(Kind::Age).compares(comparison).first(u32::from(*in_days)),
        Test::Sex(sex) => of(Kind::Sex).first(u32::from(*sex)),
        Test::Weight(comparison) => of(Kind::Weight).compares(comparison),
        Test::Clearance { comparison, within } => of(Kind::Clearance).compares(comparison).within(*within),
        Test::Egfr { comparison, within } => of(Kind::Egfr).compares(comparison).within(*within),
        Test::Dialysis => of(Kind::Dialysis),
        Test::AcuteKidneyInjury => of(Kind::AcuteKidneyInjury),
        Test::Lab { lab, comparison, within } => lab_leaf(lowering, lab, comparison.as_ref()).within(*within),
        Test::Problem { problem, when } => {
            let (when, within) = match when {
                ProblemWhen::Active => (0, None),
                ProblemWhen::Ever => (1, None),
                ProblemWhen::Within(seconds) => (2, Some(*seconds)),
                ProblemWhen::Began(seconds) => (3, Some(*seconds)),
            };
            of(Kind::Problem).first(u32::from(lowering.problem(problem))).second(when).within(within)
        }
        Test::Taking { drugs, within } => of(Kind::Taking).first(lowering.set(drugs)).within(*within),
        Test::AllergyTo(drugs) => of(Kind::AllergyTo).first(lowering.set(drugs)),
        Test::Pregnant(trimester) => of(Kind::Pregnant).first(u32::from(*trimester)),
        Test::Gestation(comparison) => of(Kind::Gestation).compares(comparison),
        Test::Breastfeeding => of(Kind::Breastfeeding),
        Test::Reaction(reactions) => {
            let mut ids: Vec<u16> = reactions.iter().filter_map(|r| lowering.names.reactions.id(&r.value)).collect();
            ids.sort_unstable();
            ids.dedup();
            of(Kind::Reaction).first(lowering.conditions.reaction_set(ids))
        }
        Test::AllergyKind(kind) => of(Kind::AllergyKind).first(u32::from(*kind)),
        Test::Criticality(level) => of(Kind::Criticality).first(u32::from(*level)),
        Test::Verification(bits) => of(Kind::Verification).first(*bits),
        Test::ReactionSeverity(bits) => of(Kind::ReactionSeverity).first(*bits),
        Test::Tolerated => of(Kind::Tolerated),
        Test::RoutesDiffer => of(Kind::RoutesDiffer),
        Test::StrengthsDiffer => of(Kind::StrengthsDiffer),
        Test::SettingsDiffer => of(Kind::SettingsDiffer),
        // INVARIANT: `leaf` has lowered every test but the ones above; this one is the last.
        _ => of(Kind::SameProduct),
    }
}

fn lab_leaf(lowering: &Lowering<'_>, lab: &Name, comparison: Option<&(Comparison, Name)>) -> Node {
    let id = lowering.names.labs.get(&lab.value).unwrap_or(0);
    let node = match (comparison, lowering.names.labs.rows.get(id)) {
        (Some((comparison, unit)), Some(lab)) => {
            let comparison = in_lab_unit(lab, comparison, unit).unwrap_or(*comparison);
            Node::of(ConditionKind::Lab).compares(&comparison)
        }
        _ => Node::of(ConditionKind::LabKnown),
    };
    node.first(id as u32)
}

impl Conditions {
    fn reaction_set(&mut self, ids: Vec<u16>) -> u32 {
        if let Some(row) = self.reaction_sets.iter().position(|r| *r == ids) {
            return row as u32;
        }
        self.reaction_sets.push(ids);
        self.reaction_sets.len() as u32 - 1
    }

    /// The table of nodes, and the rows of reactions they point to.
    pub fn into_tables(self) -> (ConditionTable, ListTable<u16>) {
        let nodes = &self.nodes;
        let number = |pick: fn(&Comparison) -> Exact, part: fn(Exact) -> i64, none: i64| -> Column<i64> {
            nodes.iter().map(|n| n.comparison.as_ref().map_or(none, |c| part(pick(c)))).collect()
        };
        let table = ConditionTable {
            kinds: nodes.iter().map(|n| n.kind as u8).collect(),
            comparisons: nodes.iter().map(|n| n.comparison.map_or(255, |c| c.operator)).collect(),
            subjects: nodes.iter().map(|n| n.subject).collect(),
            firsts: nodes.iter().map(|n| n.first).collect(),
            seconds: nodes.iter().map(|n| n.second).collect(),
            low_numerators: number(|c| c.low, Exact::numerator, 0),
            low_denominators: number(|c| c.low, Exact::denominator, 1),
            high_numerators: number(|c| c.high, Exact::numerator, 0),
            high_denominators: number(|c| c.high, Exact::denominator, 1),
            withins: nodes.iter().map(|n| n.within.unwrap_or(-1)).collect(),
            children: Column::new(self.children),
            written: nodes.iter().map(|n| n.written).collect(),
        };
        (table, self.reaction_sets.into_iter().collect())
    }
}
