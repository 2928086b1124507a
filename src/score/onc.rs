//! The two ONC lists, asked pair by pair: whether what everyone should warn of interrupts, and what should not, does not.

use crate::pack::read::Pack;
use crate::score::adult::{Adult, Said, Taken, Together};
use crate::score::lists::{ClassPair, Group, Member, OncList, class_pairs};
use hashbrown::{HashMap, HashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a pack says of both lists.
#[derive(Clone, Debug, Serialize)]
pub struct Onc {
    /// The 15 class pairs that should interrupt.
    pub high_priority: Vec<Asked>,
    /// The 33 that should not.
    pub non_interruptive: Vec<Asked>,
}

/// One class pair, asked of every two members that the pack knows, whichever of the two is ordered.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Its number on its list.
    pub n: u32,
    /// One class.
    pub first: String,
    /// The other.
    pub second: String,
    /// How many pairs of ingredients were asked.
    pub pairs: usize,
    /// How many interrupt.
    pub interrupt: usize,
    /// How many inform.
    pub inform: usize,
    /// How many inform pharmacists only.
    pub inform_pharmacists: usize,
    /// Of how many nothing is said, and a rule asks for something that is not known.
    pub ask: usize,
    /// How many are silent.
    pub silent: usize,
    /// Pairs that stand on the high-priority list too, and were not asked here.
    pub elsewhere: usize,
    /// The pairs by what is said of them and by which rule.
    pub said: Vec<SaidBy>,
    /// Members the pack does not know.
    pub unknown: Vec<String>,
    /// Members of the paper that can no longer be ordered.
    pub left_out: Vec<String>,
    /// What is to be known of it.
    pub note: String,
}

/// Pairs of which one rule says the same.
#[derive(Clone, Debug, Serialize)]
pub struct SaidBy {
    /// `interrupts`, `informs`, `informs pharmacists`, `asks`, `silent`.
    pub said: &'static str,
    /// The rule; empty where nothing is said.
    pub rule: String,
    /// The pairs, `first + second`.
    pub pairs: Vec<String>,
}

impl Onc {
    /// Asks both lists.
    pub fn of(pack: &Arc<Pack>) -> Onc {
        let mut desk = Desk { adult: Adult::plain(pack), pack, known: HashMap::new(), high: HashSet::new() };
        let (mut high_priority, mut non_interruptive) = (Vec::new(), Vec::new());
        for pair in class_pairs() {
            match pair.list {
                OncList::HighPriority => high_priority.push(desk.ask(&pair)),
                OncList::NonInterruptive => non_interruptive.push(desk.ask(&pair)),
            }
        }
        Onc { high_priority, non_interruptive }
    }
}

impl Asked {
    /// In a word: how a class pair stands as a whole.
    pub fn verdict(&self) -> &'static str {
        match (self.pairs, self.interrupt, self.inform + self.inform_pharmacists + self.ask) {
            (0, _, _) => "not known",
            (all, n, _) if n == all => "interrupts",
            (_, n, _) if n > 0 => "in part",
            (_, _, 0) => "absent",
            _ => "informs",
        }
    }

    /// The pairs that interrupt, with the rule.
    pub fn interrupting(&self) -> impl Iterator<Item = (&str, &str)> {
        let loud = self.said.iter().filter(|s| s.said == word(Said::Interrupts));
        loud.flat_map(|s| s.pairs.iter().map(|p| (p.as_str(), s.rule.as_str())))
    }
}

/// The word for how loudly something is said.
pub fn word(said: Said) -> &'static str {
    match said {
        Said::Interrupts => "interrupts",
        Said::Informs => "informs",
        Said::ToPharmacists => "informs pharmacists",
        Said::Asks => "asks",
        Said::Nothing => "silent",
    }
}

/// Where the pairs are asked.
struct Desk<'p> {
    adult: Adult,
    pack: &'p Arc<Pack>,
    /// Members by name and route; `None` where the pack has none.
    known: HashMap<(String, u8), Option<Taken>>,
    /// Pairs of the high-priority list, each in order of name.
    high: HashSet<(String, String)>,
}

impl Desk<'_> {
    fn ask(&mut self, pair: &ClassPair) -> Asked {
        let mut unknown = Vec::new();
        let first = self.members(&pair.first, &mut unknown);
        let second = self.members(&pair.second, &mut unknown);
        let (mut met, mut elsewhere) = (HashSet::new(), 0);
        let mut said: BTreeMap<(std::cmp::Reverse<Said>, String), Vec<String>> = BTreeMap::new();
        let mut counts = [0usize; 5];
        for (a, b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
            let key =
                if a.name <= b.name { (a.name.clone(), b.name.clone()) } else { (b.name.clone(), a.name.clone()) };
            if a.name == b.name || !met.insert(key.clone()) {
                continue;
            }
            if pair.list == OncList::HighPriority {
                self.high.insert(key);
            } else if self.high.contains(&key) {
                elsewhere += 1;
                continue;
            }
            let Together { said: how, rule, .. } = self.adult.together(a, b);
            counts[how as usize] += 1;
            said.entry((std::cmp::Reverse(how), rule)).or_default().push(format!("{} + {}", a.name, b.name));
        }
        unknown.sort();
        unknown.dedup();
        let by =
            |((how, rule), pairs): ((std::cmp::Reverse<Said>, String), _)| SaidBy { said: word(how.0), rule, pairs };
        Asked {
            n: pair.n,
            first: pair.first.title.clone(),
            second: pair.second.title.clone(),
            pairs: counts.iter().sum(),
            interrupt: counts[Said::Interrupts as usize],
            inform: counts[Said::Informs as usize],
            inform_pharmacists: counts[Said::ToPharmacists as usize],
            ask: counts[Said::Asks as usize],
            silent: counts[Said::Nothing as usize],
            elsewhere,
            said: said.into_iter().map(by).collect(),
            unknown,
            left_out: pair.left_out.clone(),
            note: pair.note.clone(),
        }
    }

    fn members(&mut self, group: &Group, unknown: &mut Vec<String>) -> Vec<Taken> {
        let mut known = Vec::new();
        for member in &group.members {
            match self.member(member) {
                Some(taken) => known.push(taken),
                None => unknown.extend(member.names.first().cloned()),
            }
        }
        known
    }

    fn member(&mut self, member: &Member) -> Option<Taken> {
        let key = (member.names.first().cloned().unwrap_or_default(), member.route as u8);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let taken = self.adult.member(self.pack, member);
        self.known.insert(key, taken.clone());
        taken
    }
}
