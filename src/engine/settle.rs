//! Settling: folds what was raised into one finding for a problem, decides how loud each is, and puts them in order.

use crate::clinical::severity::{Loudness, Question, Severity};
use crate::engine::bound::Bound;
use crate::engine::docket::{Docket, Raised};
use crate::engine::finding::Finding;
use crate::engine::ranked::{Order, order_of, ranked};
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
    let mut weighed: Vec<Weighed<'_>> = Vec::with_capacity(docket.raised.len());
    weighed.extend(docket.raised.iter().filter_map(|r| weigh(pack, r)));
    replace(pack, &mut weighed);
    let order = ranked(&weighed, weight_of, rank);
    let mut folded = fold_effects(pack, bound, weighed, &order);
    let kept = fold_participants(&mut folded);
    // Rules are numbered in order of name, so this is the order of the findings but for the names of who takes part.
    let ranks: SmallVec<[u64; 32]> = kept.iter().map(|n| order_of_finding(&folded[*n as usize])).collect();
    let mut findings: Vec<Finding<'p>> = Vec::with_capacity(kept.len());
    let order = order_of(&ranks);
    findings.extend(order.iter().map(|n| word(pack, bound, &folded[kept[*n as usize] as usize])));
    // Findings of one rule are rare, and only they are alike.
    let rule = |n: u32| ranks[n as usize] as u32;
    if !order.windows(2).any(|pair| rule(pair[0]) == rule(pair[1])) {
        return findings;
    }
    let is_equal = |a: &u32, b: &u32| ranks[*a as usize] == ranks[*b as usize];
    let mut from = 0;
    for equals in order.chunk_by(is_equal) {
        let to = from + equals.len();
        if equals.len() > 1 {
            findings[from..to].sort_by(|a, b| names(a).cmp(names(b)));
        }
        from = to;
    }
    merge_alike(findings)
}

/// The louder first, then the worse, then by question and by rule.
fn order_of_finding(folded: &Folded<'_>) -> u64 {
    let lead = folded.lead();
    loud_first(folded.loudness, folded.severity) << 48 | (lead.question as u64) << 32 | u64::from(lead.rule.0)
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

/// One finding for an order and an effect. `order` ranks what is weighed, so the first of a group speaks for it.
///
/// Findings belong together when they share an order in hand, or, where none is in hand, any participant.
fn fold_effects<'d>(pack: &Pack, bound: &Bound<'_>, mut weighed: Vec<Weighed<'d>>, order: &[u32]) -> Vec<Folded<'d>> {
    let mut folded: Vec<Folded<'d>> = Vec::with_capacity(weighed.len());
    // For each (question, effect, exposure): the finding it belongs to.
    let mut belongs: HashMap<(u8, u16, u32), usize> = HashMap::new();
    let mut moved: SmallVec<[usize; 32]> = SmallVec::new();
    for n in order {
        let w = &mut weighed[*n as usize];
        let effect = pack.raw().rules.effects.get(w.raised.rule.index()).copied().unwrap_or(NONE16);
        let question = w.raised.question;
        let mut members = SmallVec::new();
        members.push(w.raised);
        let who = std::mem::take(&mut w.who);
        let single = Folded { members, severity: w.severity, loudness: w.loudness, who };
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
    if folded.iter().any(|f| f.members.is_empty()) {
        folded.retain(|f| !f.members.is_empty());
    }
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

/// What tells apart what is raised for one and the same participants under one question: doses stay apart by rule and
/// ingredient, contraindications by problem, or by rule where no problem drove them.
fn apart(folded: &Folded<'_>) -> u64 {
    let lead = folded.lead();
    match lead.question {
        Question::Dose => u64::from(lead.rule.0) << 16 | lead.takers.first().map_or(0, |t| u64::from(t.ingredient.0)),
        Question::Contraindication => lead.problem.map_or(1 << 32 | u64::from(lead.rule.0), |p| u64::from(p.0)),
        Question::Interaction | Question::Allergy | Question::Duplicate => 0,
    }
}

/// Question, allergy, and the first two who take part, as far as they fit (20 bits each); or question, what else tells two
/// apart, and the first who takes part. Equal for those that are one finding, and never against the order of question,
/// allergy, `apart` and who.
fn rank_of_identity(folded: &Folded<'_>) -> u64 {
    const MOST: u64 = 0xf_ffff;
    let lead = folded.lead();
    let place = |n: Option<u32>| n.map_or(0, |n| MOST.min(1 + u64::from(n)));
    let first = place(folded.who.first().copied());
    let rest = match lead.question {
        // Neither is raised for an allergy.
        Question::Dose | Question::Contraindication => apart(folded) << 12 | first.min(0xfff),
        Question::Interaction | Question::Allergy | Question::Duplicate => {
            // Behind one who does not fit, the second tells nothing.
            let second = if first == MOST { 0 } else { place(folded.who.get(1).copied()) };
            place(lead.allergy.map(|a| a.0)) << 40 | first << 20 | second
        }
    };
    (lead.question as u64) << 60 | rest
}

fn by_identity(a: &Folded<'_>, b: &Folded<'_>) -> std::cmp::Ordering {
    let first = |f: &Folded<'_>| (f.lead().question, f.lead().allergy.map(|a| a.0), apart(f));
    first(a).cmp(&first(b)).then_with(|| a.who.cmp(&b.who))
}

/// One finding for the same participants under one question. Which are left, in an order that no input order changes; the
/// others have gone into them.
fn fold_participants(folded: &mut [Folded<'_>]) -> Order {
    let order = ranked(folded, rank_of_identity, by_identity);
    let mut kept: Order = SmallVec::new();
    for next in order {
        let home = kept.last().map(|n| *n as usize);
        match home.filter(|home| by_identity(&folded[*home], &folded[next as usize]).is_eq()) {
            Some(home) => {
                let other = &mut folded[next as usize];
                let (members, who) = (std::mem::take(&mut other.members), std::mem::take(&mut other.who));
                let (severity, loudness) = (other.severity, other.loudness);
                folded[home].absorb(Folded { members, severity, loudness, who });
            }
            None => kept.push(next),
        }
    }
    kept
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
