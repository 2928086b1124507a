//! Wording: a folded finding in the words of its pack: names, drivers, advice, sources, and the key that identifies it.

use crate::clinical::chart::Entry;
use crate::clinical::severity::{Audience, Evidence, Management, Question, Seriousness};
use crate::engine::bound::{Allergen, Bound};
use crate::engine::condition::{Situation, describe};
use crate::engine::docket::{Raised, Taker};
use crate::engine::finding::{Finding, Participant, Role, Texts, Words, WordsOf};
use crate::engine::scope::is_in_hand;
use crate::engine::settle::{Folded, rules_of};
use crate::engine::trace::rule_ref;
use crate::pack::ids::{ConditionId, IngredientId, NONE, NONE16};
use crate::pack::read::Pack;
use crate::pack::tables::ListTable;
use smallvec::SmallVec;

/// The words of tiers, by number.
const TIERS: [&str; 6] =
    ["same-ingredient", "identical-side-chain", "similar-side-chain", "same-class", "theoretical", "excipient"];

/// Puts a folded finding into words. The member that speaks gives rule, outcome and advice; all give participants and
/// drivers.
pub fn word<'p>(pack: &'p Pack, bound: &Bound<'_>, folded: &Folded<'_>) -> Finding<'p> {
    let lead = folded.lead();
    let (rule, outcome) = (lead.rule.index(), lead.outcome as usize);
    let (rules, outcomes) = (&pack.raw().rules, &pack.raw().outcomes);
    let ordinal = |column: &[u8]| column.get(outcome).copied().unwrap_or(0);
    let takers = takers(folded);
    let participants = participants(pack, bound, folded, &takers);
    let in_hand = takers.iter().filter(|t| is_in_hand(bound, t.exposure));
    let mut orders: Vec<Entry> = in_hand.map(|t| bound.exposures[t.exposure as usize].entry()).collect();
    orders.dedup();
    let effect = rules.effects.get(rule).copied().filter(|e| *e != NONE16);
    let effect = effect.and_then(|e| pack.raw().effects.names.get(usize::from(e)));
    Finding {
        question: lead.question,
        rule: rule_ref(pack, lead.rule),
        also: match folded.members.len() {
            1 => Vec::new(),
            _ => rules_of(folded).iter().skip(1).map(|r| rule_ref(pack, *r)).collect(),
        },
        severity: folded.severity,
        seriousness: Seriousness::from_ordinal(ordinal(&outcomes.seriousness)).unwrap_or(Seriousness::Unknown),
        loudness: folded.loudness,
        management: Management::from_ordinal(ordinal(&outcomes.managements)).unwrap_or(Management::Assess),
        evidence: Evidence::from_ordinal(ordinal(&outcomes.evidence)).unwrap_or(Evidence::Theoretical),
        audience: rules.audiences.get(rule).and_then(|a| Audience::from_ordinal(*a)).unwrap_or(Audience::Both),
        effect: effect.map(|t| pack.text(*t)),
        tier: TIERS.get(usize::from(lead.tier)).copied().filter(|_| lead.question == Question::Allergy),
        orders,
        key: key(pack, folded, &participants),
        participants,
        drivers: drivers(pack, bound, folded),
        words: words(pack, bound, lead),
        override_days: rules.override_days.get(rule).copied().unwrap_or(0),
        never_silence: folded.members.iter().any(|m| rules.flags.get(m.rule.index()).is_some_and(|f| f & 1 == 1)),
    }
}

/// Who takes part: the one asked about first, then the others of the member that speaks, then those of the other members
/// in canonical order. Each exposure once; in interactions once by each ingredient (a tablet of two drugs).
fn takers(folded: &Folded<'_>) -> SmallVec<[Taker; 4]> {
    let lead = folded.lead();
    let mut takers: SmallVec<[Taker; 4]> = SmallVec::new();
    let by_ingredient = lead.question == Question::Interaction;
    let is_known = |takers: &[Taker], taker: &Taker| {
        takers.iter().any(|t| t.exposure == taker.exposure && (t.ingredient == taker.ingredient || !by_ingredient))
    };
    if let Some(ordered) = lead.takers.get(usize::from(lead.ordered)) {
        takers.push(*ordered);
    }
    for taker in &lead.takers {
        if !is_known(&takers, taker) {
            takers.push(*taker);
        }
    }
    if folded.members.len() == 1 {
        return takers;
    }
    let own = takers.len();
    for taker in folded.members.iter().skip(1).flat_map(|m| &m.takers) {
        if !is_known(&takers, taker) {
            takers.push(*taker);
        }
    }
    takers[own..].sort_unstable();
    takers
}

fn participants<'p>(pack: &'p Pack, bound: &Bound<'_>, folded: &Folded<'_>, takers: &[Taker]) -> Vec<Participant<'p>> {
    let lead = folded.lead();
    let mut out = Vec::with_capacity(takers.len() + 1);
    for taker in takers {
        let exposure = &bound.exposures[taker.exposure as usize];
        let participant = Participant {
            role: taker.role,
            entry: exposure.entry(),
            folded: exposure.records.iter().skip(1).map(|r| Entry::Medication(*r)).collect(),
            name: drug_name(pack, bound, taker),
            rxcui: pack.raw().ingredients.rxcuis.get(taker.ingredient.index()).copied().unwrap_or(0),
        };
        match out.iter_mut().find(|known| lead.question == Question::Interaction && is_same(known, &participant)) {
            Some(known) => known.also(participant),
            None => out.push(participant),
        }
    }
    if let Some((index, allergen)) = lead.allergy {
        let entry = Entry::Allergy(bound.allergies.get(index as usize).map_or(0, |a| a.index));
        let (name, rxcui) = allergen_name(pack, allergen);
        out.push(Participant { role: Role::Allergen, entry, folded: Vec::new(), name, rxcui });
    }
    let mut problems: SmallVec<[u32; 2]> = SmallVec::new();
    for (index, id) in folded.members.iter().filter_map(|m| m.problem) {
        if !problems.contains(&index) {
            problems.push(index);
            let name = text_at(pack, &pack.raw().problems.titles, id.index());
            let (role, entry) = (Role::Problem, Entry::Problem(index));
            out.push(Participant { role, entry, folded: Vec::new(), name, rxcui: 0 });
        }
    }
    out
}

/// Whether two participants are one drug in one role, however many records and orders tell of it.
pub fn is_same(a: &Participant<'_>, b: &Participant<'_>) -> bool {
    a.role == b.role && a.rxcui == b.rxcui && a.name == b.name
}

impl Participant<'_> {
    /// Folds in another that is the same drug: its entries stand behind this one's.
    pub fn also(&mut self, other: Participant<'_>) {
        for entry in std::iter::once(other.entry).chain(other.folded) {
            if entry != self.entry && !self.folded.contains(&entry) {
                self.folded.push(entry);
            }
        }
    }
}

/// The ingredient's name; the product's where it takes part by no ingredient (excipients).
fn drug_name<'p>(pack: &'p Pack, bound: &Bound<'_>, taker: &Taker) -> &'p str {
    let name = text_at(pack, &pack.raw().ingredients.names, taker.ingredient.index());
    if !name.is_empty() {
        return name;
    }
    let product = bound.exposures.get(taker.exposure as usize).and_then(|e| e.product);
    product.map_or("", |p| text_at(pack, &pack.raw().products.names, p.index()))
}

/// The name and RxCUI of an ingredient.
pub fn ingredient_name(pack: &Pack, ingredient: IngredientId) -> &str {
    text_at(pack, &pack.raw().ingredients.names, ingredient.index())
}

fn allergen_name(pack: &Pack, allergen: Allergen) -> (&str, u32) {
    let raw = pack.raw();
    match allergen {
        Allergen::Ingredient(i) => {
            (ingredient_name(pack, i), raw.ingredients.rxcuis.get(i.index()).copied().unwrap_or(0))
        }
        Allergen::Class(c) => (text_at(pack, &raw.classes.titles, c.index()), 0),
        Allergen::Other(o) => (text_at(pack, &raw.allergens.titles, o.index()), 0),
    }
}

fn text_at<'p>(pack: &'p Pack, column: &[u32], row: usize) -> &'p str {
    column.get(row).map_or("", |t| pack.text(*t))
}

/// What in this patient drove the rules of a finding, in the order in which they asked: the facts of each gate, then of
/// each modifier that held, its reason first; then what the checks themselves said.
fn drivers(pack: &Pack, bound: &Bound<'_>, folded: &Folded<'_>) -> Vec<String> {
    let mut drivers: Vec<String> = Vec::new();
    for member in &folded.members {
        drive(pack, bound, member, &mut drivers);
    }
    for words in folded.members.iter().flat_map(|m| &m.said) {
        add(&mut drivers, words.clone());
    }
    drivers
}

fn add(drivers: &mut Vec<String>, words: String) {
    if !words.is_empty() && !drivers.contains(&words) {
        drivers.push(words);
    }
}

fn drive(pack: &Pack, bound: &Bound<'_>, member: &Raised, drivers: &mut Vec<String>) {
    let raw = pack.raw();
    let gate = raw.rules.gates.get(member.rule.index()).copied().unwrap_or(NONE);
    if gate == NONE && member.held.is_empty() {
        return;
    }
    let participants: SmallVec<[u32; 4]> = member.takers.iter().map(|t| t.exposure).collect();
    let roles: SmallVec<[Role; 4]> = member.takers.iter().map(|t| t.role).collect();
    let ingredients: SmallVec<[IngredientId; 4]> = member.takers.iter().map(|t| t.ingredient).collect();
    let situation = Situation {
        bound,
        participants: &participants,
        roles: &roles,
        ordered: usize::from(member.ordered),
        allergy: member.allergy.map(|a| a.0),
        ingredients: &ingredients,
    };
    if gate != NONE {
        describe(&situation, ConditionId(gate)).into_iter().for_each(|words| add(drivers, words));
    }
    for row in &member.held {
        let because = text_at(pack, &raw.modifiers.because, *row as usize);
        let condition = raw.modifiers.conditions.get(*row as usize).copied().unwrap_or(NONE);
        let facts = describe(&situation, ConditionId(condition));
        if because.is_empty() {
            facts.into_iter().for_each(|words| add(drivers, words));
            continue;
        }
        let length: usize = facts.iter().map(|f| f.len() + 2).sum();
        let mut words = String::with_capacity(because.len() + length + 2);
        words.push_str(because);
        for (n, fact) in facts.iter().enumerate() {
            words.push_str(if n == 0 { " (" } else { "; " });
            words.push_str(fact);
        }
        words.push_str(if facts.is_empty() { "" } else { ")" });
        add(drivers, words);
    }
}

fn words<'p>(pack: &'p Pack, bound: &Bound<'_>, lead: &Raised) -> WordsOf<'p> {
    let outcome = lead.outcome as usize;
    let sided = sided_actions(pack, bound, lead).map(|table| table.row(outcome)).filter(|row| !row.is_empty());
    let actions = sided.unwrap_or_else(|| pack.raw().outcomes.actions.row(outcome));
    WordsOf::Pack(pack, lead.rule, lead.outcome, actions)
}

impl<'p> WordsOf<'p> {
    /// The words, looked up.
    pub fn spelt(self) -> Words<'p> {
        let (pack, rule, outcome, actions) = match self {
            WordsOf::Are(words) => return *words,
            WordsOf::Pack(pack, rule, outcome, actions) => (pack, rule.index(), outcome as usize, actions),
        };
        let (rules, outcomes) = (&pack.raw().rules, &pack.raw().outcomes);
        Words {
            title: text_at(pack, &rules.titles, rule),
            risk: text_at(pack, &outcomes.risks, outcome),
            advice: text_at(pack, &outcomes.advice, outcome),
            consequence: text_at(pack, &outcomes.consequences, outcome),
            mechanism: text_at(pack, &rules.mechanisms, rule),
            actions: Texts::Of(pack, actions),
            sources: Texts::Of(pack, outcomes.sources.row(outcome)),
            exposure_frequency: text_at(pack, &rules.exposure_frequencies, rule),
            harm_frequency: text_at(pack, &rules.harm_frequencies, rule),
        }
    }
}

/// The actions for the side that is being ordered, where only one is.
fn sided_actions<'p>(pack: &'p Pack, bound: &Bound<'_>, lead: &Raised) -> Option<&'p ListTable<u32>> {
    let outcomes = &pack.raw().outcomes;
    let ordered = |role: Role| lead.takers.iter().any(|t| t.role == role && is_in_hand(bound, t.exposure));
    match (ordered(Role::Object), ordered(Role::Precipitant)) {
        (true, false) => Some(&outcomes.actions_object),
        (false, true) => Some(&outcomes.actions_precipitant),
        _ => None,
    }
}

/// `rule@version|codes or names of the participants, sorted|dose bucket|modifiers that hold`. An allergen is marked by `a:`, since an
/// allergy to one drug and an order of another is not the same the other way round.
///
/// Nothing of it depends on the order of input, on ids of the pack, on where the records stand, or on values that change
/// from day to day while they mean the same: a modifier stands in it by its reason, or as it was written.
fn key(pack: &Pack, folded: &Folded<'_>, participants: &[Participant<'_>]) -> String {
    let (lead, modifiers) = (folded.lead(), &pack.raw().modifiers);
    let rule = rule_ref(pack, lead.rule);
    let mut who: SmallVec<[(bool, u32, &str); 4]> =
        participants.iter().map(|p| (p.role == Role::Allergen, p.rxcui, p.name)).collect();
    who.sort_unstable();
    let mut key = String::with_capacity(160);
    key.push_str(rule.id);
    key.push('@');
    push_number(&mut key, rule.version);
    key.push('|');
    for (n, (allergen, rxcui, name)) in who.iter().enumerate() {
        key.push_str(if n == 0 { "" } else { "," });
        key.push_str(if *allergen { "a:" } else { "" });
        if *rxcui == 0 { key.push_str(name) } else { push_number(&mut key, *rxcui) }
    }
    key.push('|');
    key.push_str(&lead.bucket);
    key.push('|');
    for (n, row) in lead.held.iter().enumerate() {
        key.push_str(if n == 0 { "" } else { "; " });
        let because = text_at(pack, &modifiers.because, *row as usize);
        let condition = modifiers.conditions.get(*row as usize).map_or(usize::MAX, |c| *c as usize);
        key.push_str(if because.is_empty() {
            text_at(pack, &pack.raw().conditions.written, condition)
        } else {
            because
        });
    }
    key
}

/// A number in decimal digits; a finding has several, and `write!` costs more than all else of its key.
fn push_number(out: &mut String, number: u32) {
    out.push_str(itoa::Buffer::new().format(number));
}
