//! Lowering: a tree nothing is left to refuse in becomes the tables of a pack.

use crate::compile::classes::Closures;
use crate::compile::conditions::Conditions;
use crate::compile::names::Names;
use crate::compile::outcomes::Outcomes;
use crate::compile::sets::Sets;
use crate::compile::terms::Terms;
use crate::compile::text::Text;
use crate::compile::{lower_doses, lower_meetings, lower_questions, lower_rules, lower_terms};
use crate::pack::column::Column;
use crate::pack::tables::{About, PolicyTable, RawPack};
use crate::source::tree::{DrugSet, Name, Policy};

/// What lowering has said so far, and what it reads.
#[derive(Debug)]
pub struct Lowering<'t> {
    /// Everything named.
    pub names: &'t Names<'t>,
    /// Everything closed.
    pub closures: &'t Closures,
    /// The policy, where there is one.
    pub policy: Option<&'t Policy>,
    /// Texts.
    pub text: Text,
    /// Sets of drugs.
    pub sets: Sets,
    /// Conditions.
    pub conditions: Conditions,
    /// Outcomes.
    pub outcomes: Outcomes,
}

/// Days an override quiets a rule when neither rule nor policy says.
const OVERRIDE_DAYS: u16 = 90;

impl<'t> Lowering<'t> {
    /// Nothing said yet.
    pub fn new(names: &'t Names<'t>, closures: &'t Closures, policy: Option<&'t Policy>) -> Lowering<'t> {
        Lowering {
            names,
            closures,
            policy,
            text: Text::default(),
            sets: Sets::default(),
            conditions: Conditions::default(),
            outcomes: Outcomes::default(),
        }
    }

    /// The row of a set of drugs.
    pub fn set(&mut self, set: &DrugSet) -> u32 {
        self.sets.id(set, self.names, self.closures, &mut self.text)
    }

    /// The id of a problem. Unknown names were refused before lowering.
    pub fn problem(&self, name: &Name) -> u16 {
        self.names.problems.id(&name.value).unwrap_or(0)
    }

    /// Days an override may quiet a rule that does not say.
    pub fn override_days(&self) -> u16 {
        self.policy.map_or(OVERRIDE_DAYS, |p| p.override_days.value)
    }
}

/// Lowers everything. The tree has passed review: whatever could be refused has been.
pub fn lower(mut lowering: Lowering<'_>, terms: &Terms<'_>, cases: Vec<u8>) -> RawPack {
    let mut pack = RawPack { about: about(&lowering), cases: Column::new(cases), ..RawPack::default() };
    lower_terms::lower(&mut lowering, terms, &mut pack);
    lower_rules::lower(&mut lowering, &mut pack);
    lower_meetings::lower(&mut lowering, &mut pack);
    lower_questions::lower(&mut lowering, &mut pack);
    lower_doses::lower(&mut lowering, &mut pack);
    pack.policy = policy(lowering.policy);
    let (conditions, reaction_sets) = lowering.conditions.into_tables();
    pack.conditions = conditions;
    pack.allergies.reaction_sets = reaction_sets;
    pack.outcomes = lowering.outcomes.into_table();
    pack.drug_sets = lowering.sets.into_table();
    pack.text = lowering.text.into_table();
    pack
}

fn about(lowering: &Lowering<'_>) -> About {
    let reviews = lowering.names.rules.rows.iter().filter_map(|r| r.review.as_ref());
    let policy = lowering.policy;
    let said = |pick: fn(&Policy) -> &Name| policy.map_or_else(String::new, |p| pick(p).value.clone());
    About {
        name: said(|p| &p.name),
        version: said(|p| &p.version),
        title: said(|p| &p.title),
        compiler: env!("CARGO_PKG_VERSION").to_owned(),
        attribution: policy.map_or_else(Vec::new, |p| p.attribution.iter().map(|a| a.value.clone()).collect()),
        review_by: reviews.map(|r| r.value.clone()).min().unwrap_or_default(),
    }
}

fn policy(policy: Option<&Policy>) -> PolicyTable {
    let mut loudness = vec![0u8; 20];
    for (question, severities) in policy.iter().flat_map(|p| &p.interrupts) {
        for severity in severities {
            loudness[*question as usize * 4 + *severity as usize] = 1;
        }
    }
    PolicyTable { loudness: Column::new(loudness), prn_worst_case: policy.map_or(0, |p| p.prn_worst_case as u8) }
}
