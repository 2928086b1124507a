//! The everyday drugs, every two of them together in a healthy adult: what would interrupt, each to be defended.

use crate::pack::read::Pack;
use crate::score::adult::{Adult, Said, Taken};
use crate::score::lists::everyday;
use serde::Serialize;
use std::sync::Arc;

/// What a pack says of everyday drugs.
#[derive(Clone, Debug, Serialize)]
pub struct EverydayPairs {
    /// How many drugs are listed.
    pub drugs: usize,
    /// Those that the pack does not know.
    pub unknown: Vec<String>,
    /// How many pairs were asked.
    pub pairs: usize,
    /// How many inform.
    pub inform: usize,
    /// How many inform pharmacists only.
    pub inform_pharmacists: usize,
    /// Of how many nothing is said, and a rule asks for something that is not known.
    pub ask: usize,
    /// How many are silent.
    pub silent: usize,
    /// The ones that interrupt.
    pub interrupt: Vec<Interruption>,
    /// Drugs that interrupt alone, at their usual dose.
    pub alone: Vec<Interruption>,
    /// What could not be checked of a drug alone, `drug: gap`.
    pub unchecked: Vec<String>,
}

/// An interruption.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Interruption {
    /// The rule that speaks.
    pub rule: String,
    /// Its severity word.
    pub severity: &'static str,
    /// The drugs.
    pub drugs: Vec<String>,
}

impl EverydayPairs {
    /// Asks them all, whichever of the two is ordered.
    pub fn of(pack: &Arc<Pack>) -> EverydayPairs {
        let adult = Adult::healthy(pack);
        let listed = everyday();
        let (mut known, mut unknown): (Vec<Taken>, Vec<String>) = (Vec::new(), Vec::new());
        for drug in &listed {
            match adult.everyday(pack, drug) {
                Some(taken) => known.push(taken),
                None => unknown.push(drug.name.clone()),
            }
        }
        let mut found = EverydayPairs {
            drugs: listed.len(),
            unknown,
            pairs: 0,
            inform: 0,
            inform_pharmacists: 0,
            ask: 0,
            silent: 0,
            interrupt: Vec::new(),
            alone: Vec::new(),
            unchecked: Vec::new(),
        };
        for (n, first) in known.iter().enumerate() {
            let alone = adult.alone(first).into_iter().filter(|t| t.said == Said::Interrupts);
            let interruption = |rule, severity| Interruption { rule, severity, drugs: vec![first.name.clone()] };
            found.alone.extend(alone.map(|t| interruption(t.rule, t.severity)));
            found.unchecked.extend(adult.gaps(first).iter().map(|gap| format!("{}: {gap}", first.name)));
            for second in &known[n + 1..] {
                found.ask(&adult, first, second);
            }
        }
        found.interrupt.sort();
        found.alone.sort();
        found
    }

    fn ask(&mut self, adult: &Adult, first: &Taken, second: &Taken) {
        self.pairs += 1;
        let together = adult.together(first, second);
        match together.said {
            Said::Nothing => self.silent += 1,
            Said::Asks => self.ask += 1,
            Said::ToPharmacists => self.inform_pharmacists += 1,
            Said::Informs => self.inform += 1,
            Said::Interrupts => self.interrupt.push(Interruption {
                rule: together.rule,
                severity: together.severity,
                drugs: vec![first.name.clone(), second.name.clone()],
            }),
        }
    }
}
