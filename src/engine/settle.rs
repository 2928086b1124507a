//! Settling: folds what was raised into one finding for a problem, decides how loud each is, and puts them in order.

use crate::clinical::severity::{Loudness, Question, Severity};
use crate::engine::bound::Bound;
use crate::engine::docket::{Docket, Raised};
use crate::engine::finding::Finding;
use crate::engine::ranked::sort_ranked;
use crate::engine::scope::is_in_hand;
use crate::engine::wording::{is_same, word};
use crate::pack::ids::{NONE16, RuleId};
use crate::pack::read::Pack;
use hashbrown::HashMap;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// What was raised, weighed: indexes into the docket and what sorts them.
#[derive(Clone, Debug)]
struct Weighed<'d> {
    raised: &'d Raised,
    severity: Severity,
    loudness: Loudness,
    /// Who takes part, ascending.
    who: SmallVec<[u32; 4]>,
}

/// One finding to be: the loudest that was raised for it, then the others.
#[derive(Clone, Debug)]
pub struct Folded<'d> {
    /// Loudest and worst first; at least one.
    pub members: SmallVec<[&'d Raised; 2]>,
    /// The severity of the first.
    pub severity: Severity,
    /// Its loudness.
    pub loudness: Loudness,
    who: SmallVec<[u32; 4]>,
}

/// Folds, decides the loudness, words and sorts.
///
/// Replaced rules go first. Then what one order adds to one effect becomes one finding, whoever takes part; then all that is
/// raised for one and the same participants under one question, the loudest speaking and the others named beside it.
pub fn settle<'p>(docket: &Docket<'p>, bound: &Bound<'_>) -> Vec<Finding<'p>> {
    let pack = docket.pack;
    let mut weighed: Vec<Weighed<'_>> = docket.raised.iter().filter_map(|r| weigh(pack, r)).collect();
    replace(pack, &mut weighed);
    sort_ranked(&mut weighed, weight_of, rank);
    let folded = fold_effects(pack, bound, weighed);
    let mut folded = fold_participants(folded);
    // Rules are numbered in order of name, so this is the order of the findings but for their names; they are large, and
    // the sort below then hardly moves one.
    folded.sort_by_cached_key(|f| {
        let lead = f.lead();
        loud_first(f.loudness, f.severity) << 48 | (lead.question as u64) << 32 | u64::from(lead.rule.0)
    });
    let mut findings: Vec<Finding<'p>> = folded.iter().map(|f| word(pack, bound, f)).collect();
    findings.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| names(a).cmp(names(b))));
    merge_alike(findings)
}

/// How bad and how loud. `None` for a silent outcome.
fn weigh<'d>(pack: &Pack, raised: &'d Raised) -> Option<Weighed<'d>> {
    let outcomes = &pack.raw().outcomes;
    let severity = Severity::from_ordinal(*outcomes.severities.get(raised.outcome as usize)?)?;
    let loudness = loudness_of(pack, raised.question, severity, raised.outcome, raised.quiet);
    let mut who: SmallVec<[u32; 4]> = raised.takers.iter().map(|t| t.exposure).collect();
    who.sort_unstable();
    who.dedup();
    Some(Weighed { raised, severity, loudness, who })
}

/// How loud an outcome is: passive where nothing may interrupt, else as it says itself, else by the policy table.
pub fn loudness_of(pack: &Pack, question: Question, severity: Severity, outcome: u32, quiet: bool) -> Loudness {
    match pack.raw().outcomes.loudness.get(outcome as usize) {
        _ if quiet => Loudness::Passive,
        Some(1) => Loudness::Passive,
        Some(2) => Loudness::Interruptive,
        _ => by_policy(pack, question, severity),
    }
}

fn by_policy(pack: &Pack, question: Question, severity: Severity) -> Loudness {
    match pack.raw().policy.loudness.get(question as usize * 4 + severity as usize) {
        Some(1) => Loudness::Interruptive,
        _ => Loudness::Passive,
    }
}

/// Takes out what a more specific rule replaces: it must have fired for all participants of the replaced one.
fn replace(pack: &Pack, weighed: &mut Vec<Weighed<'_>>) {
    let replaces = &pack.raw().rules.replaces;
    let specific: SmallVec<[usize; 8]> =
        (0..weighed.len()).filter(|n| !replaces.row(weighed[*n].raised.rule.index()).is_empty()).collect();
    if specific.is_empty() {
        return;
    }
    let replaced: Vec<bool> = weighed
        .iter()
        .map(|general| {
            specific.iter().map(|n| &weighed[*n]).any(|by| {
                replaces.row(by.raised.rule.index()).binary_search(&general.raised.rule.0).is_ok()
                    && by.raised.allergy.map(|a| a.0) == general.raised.allergy.map(|a| a.0)
                    && general.who.iter().all(|w| by.who.binary_search(w).is_ok())
            })
        })
        .collect();
    let mut gone = replaced.into_iter();
    weighed.retain(|_| !gone.next().unwrap_or(false));
}

/// The louder first, then the worse, then the closer allergy tier, rule, participants: a total order on content. A mild
/// entry about the drug itself must not quieten what its class says.
fn rank(a: &Weighed<'_>, b: &Weighed<'_>) -> std::cmp::Ordering {
    let key = |w: &Weighed<'_>| (Reverse(w.loudness), Reverse(w.severity), w.raised.tier, w.raised.rule);
    key(a).cmp(&key(b)).then_with(|| a.who.cmp(&b.who)).then_with(|| a.raised.takers.cmp(&b.raised.takers))
}

/// What [`rank`] looks at first, in one number.
fn weight_of(w: &Weighed<'_>) -> u64 {
    loud_first(w.loudness, w.severity) << 48 | u64::from(w.raised.tier) << 32 | u64::from(w.raised.rule.0)
}

/// The louder first, then the worse.
fn loud_first(loudness: Loudness, severity: Severity) -> u64 {
    (1 - loudness as u64) << 2 | (3 - severity as u64)
}

/// One finding for an order and an effect. `weighed` comes ranked, so the first of a group speaks for it.
///
/// Findings belong together when they share an order in hand, or, where none is in hand, any participant.
fn fold_effects<'d>(pack: &Pack, bound: &Bound<'_>, weighed: Vec<Weighed<'d>>) -> Vec<Folded<'d>> {
    let mut folded: Vec<Folded<'d>> = Vec::with_capacity(weighed.len());
    // For each (question, effect, exposure): the finding it belongs to.
    let mut belongs: HashMap<(u8, u16, u32), usize> = HashMap::new();
    let mut moved: Vec<usize> = Vec::new();
    for w in weighed {
        let effect = pack.raw().rules.effects.get(w.raised.rule.index()).copied().unwrap_or(NONE16);
        let question = w.raised.question;
        let single =
            Folded { members: SmallVec::from_iter([w.raised]), severity: w.severity, loudness: w.loudness, who: w.who };
        if effect == NONE16 || matches!(question, Question::Allergy | Question::Dose) {
            moved.push(folded.len());
            folded.push(single);
            continue;
        }
        let mut anchors: SmallVec<[u32; 4]> = single.who.iter().copied().filter(|i| is_in_hand(bound, *i)).collect();
        if anchors.is_empty() {
            anchors.clone_from(&single.who);
        }
        let key = |anchor: u32| (question as u8, effect, anchor);
        let mut homes: SmallVec<[usize; 4]> = SmallVec::new();
        for anchor in &anchors {
            if let Some(home) = belongs.get(&key(*anchor)) {
                homes.push(root(&moved, *home));
            }
        }
        homes.sort_unstable();
        homes.dedup();
        let home = match homes.first() {
            None => {
                moved.push(folded.len());
                folded.push(single);
                folded.len() - 1
            }
            Some(home) => {
                folded[*home].absorb(single);
                for other in &homes[1..] {
                    let joined = std::mem::replace(&mut folded[*other].members, SmallVec::new());
                    let who = std::mem::take(&mut folded[*other].who);
                    let (severity, loudness) = (folded[*other].severity, folded[*other].loudness);
                    folded[*home].absorb(Folded { members: joined, severity, loudness, who });
                    moved[*other] = *home;
                }
                *home
            }
        };
        belongs.extend(anchors.iter().map(|a| (key(*a), home)));
    }
    folded.retain(|f| !f.members.is_empty());
    folded
}

fn root(moved: &[usize], mut home: usize) -> usize {
    while moved[home] != home {
        home = moved[home];
    }
    home
}

impl<'d> Folded<'d> {
    /// The one that speaks.
    pub fn lead(&self) -> &'d Raised {
        self.members[0]
    }

    /// Takes another in. The louder, then the worse, then the closer allergy tier speaks; of equals the one already here.
    fn absorb(&mut self, other: Folded<'d>) {
        let tier = |f: &Folded<'_>| f.members.first().map_or(u8::MAX, |m| m.tier);
        let weight = |f: &Folded<'_>| (Reverse(f.loudness), Reverse(f.severity), tier(f));
        if weight(&other) < weight(self) {
            self.members.insert_many(0, other.members);
            self.severity = other.severity;
        } else {
            self.members.extend(other.members);
        }
        self.loudness = self.loudness.max(other.loudness);
        self.who.extend(other.who);
        self.who.sort_unstable();
        self.who.dedup();
    }
}

/// What makes two findings one: question, participants, and what they are judged against.
type Identity = (Question, Option<u32>, u64, SmallVec<[u32; 4]>);

/// One finding for the same participants under one question. Doses stay apart by rule and ingredient, contraindications by
/// problem, or by rule where no problem drove them.
fn fold_participants(folded: Vec<Folded<'_>>) -> Vec<Folded<'_>> {
    let identity = |f: &Folded<'_>| -> Identity {
        let lead = f.lead();
        let apart = match lead.question {
            Question::Dose => {
                u64::from(lead.rule.0) << 16 | lead.takers.first().map_or(0, |t| u64::from(t.ingredient.0))
            }
            Question::Contraindication => lead.problem.map_or(1 << 32 | u64::from(lead.rule.0), |p| u64::from(p.0)),
            Question::Interaction | Question::Allergy | Question::Duplicate => 0,
        };
        (lead.question, lead.allergy.map(|a| a.0), apart, f.who.clone())
    };
    let mut keyed: Vec<(Identity, Folded<'_>)> = folded.into_iter().map(|f| (identity(&f), f)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out: Vec<(Identity, Folded<'_>)> = Vec::with_capacity(keyed.len());
    for (key, next) in keyed {
        match out.last_mut() {
            Some((last, kept)) if *last == key => kept.absorb(next),
            _ => out.push((key, next)),
        }
    }
    out.into_iter().map(|(_, f)| f).collect()
}

type Order<'p> = (Reverse<Loudness>, Reverse<Severity>, Question, &'p str);

fn order<'p>(finding: &Finding<'p>) -> Order<'p> {
    (Reverse(finding.loudness), Reverse(finding.severity), finding.question, finding.rule.id)
}

fn names<'f>(finding: &'f Finding<'_>) -> impl Iterator<Item = (&'f str, u32)> {
    finding.participants.iter().map(|p| (p.name, p.rxcui))
}

/// Two findings of one key say the same of other records of the same drugs: one card says both, and all that either does.
fn merge_alike(findings: Vec<Finding<'_>>) -> Vec<Finding<'_>> {
    let mut out: Vec<Finding<'_>> = Vec::with_capacity(findings.len());
    for next in findings {
        let Some(kept) = out.iter_mut().rev().take_while(|k| k.rule == next.rule).find(|k| k.key == next.key) else {
            out.push(next);
            continue;
        };
        for entry in next.orders {
            if !kept.orders.contains(&entry) {
                kept.orders.push(entry);
            }
        }
        for rule in next.also {
            if !kept.also.contains(&rule) {
                kept.also.push(rule);
            }
        }
        for driver in next.drivers {
            if !kept.drivers.contains(&driver) {
                kept.drivers.push(driver);
            }
        }
        kept.never_silence |= next.never_silence;
        for participant in next.participants {
            if let Some(same) = kept.participants.iter_mut().find(|p| is_same(p, &participant)) {
                same.also(participant);
            }
        }
    }
    out
}

/// The rules of a finding's members, each once, the one that speaks first.
pub fn rules_of(folded: &Folded<'_>) -> SmallVec<[RuleId; 4]> {
    let mut rules: SmallVec<[RuleId; 4]> = SmallVec::new();
    for member in &folded.members {
        if !rules.contains(&member.rule) {
            rules.push(member.rule);
        }
    }
    rules
}
