//! Gaps, settled: one datum is one gap whoever asked for it, and so is all that an order's rules wanted of a list that
//! did not come.

use crate::clinical::chart::{Entry, List, Receipt, Received};
use crate::engine::finding::{Gap, GapKind};

/// What is named of all that was wanted of one list.
pub const WANTED_NAMES_MAX: usize = 6;

/// How a datum of a list is asked for: words before its name, after one, and after several.
fn phrase(list: List) -> (&'static str, &'static str, &'static str) {
    match list {
        List::Problems => ("whether ", " is among the problems", " are among the problems"),
        List::Medications => ("whether ", " is taken", " are taken"),
        List::Allergies => ("whether there is an allergy to ", "", ""),
        List::Labs | List::Patient => ("", "", ""),
    }
}

/// What a rule wants to know of something that may stand in a list: `whether asthma is among the problems`.
pub fn wanted(list: List, name: &str) -> String {
    let (before, after, _) = phrase(list);
    [before, name, after].concat()
}

/// Puts gaps in order of entry, kind and words, each said once.
///
/// What several rules or orders lack is one gap that names them all. Where a list did not come whole, everything that the
/// rules of one order wanted of it is one gap: its words name some, its rules are all named. A gap that deserves a card
/// stays by itself, and keeps it.
pub fn settle_gaps(gaps: Vec<Gap>, received: &Received) -> Vec<Gap> {
    let wants_of_list = |g: &Gap| match g.entry {
        Entry::List(list) => {
            g.kind == GapKind::Missing
                && g.rule.is_some()
                && !g.on_card
                && *receipt(received, list) != Receipt::Complete
        }
        _ => false,
    };
    let (of_lists, mut rest): (Vec<Gap>, Vec<Gap>) = gaps.into_iter().partition(wants_of_list);
    fold_lists(of_lists, &mut rest);
    rest.sort_unstable_by(|a, b| by_datum(a).cmp(&by_datum(b)));
    let mut settled: Vec<Gap> = Vec::with_capacity(rest.len());
    // Where the gaps of the datum at hand begin.
    let mut from = 0;
    for gap in rest {
        let same = |g: &Gap| (g.entry, g.kind, &g.words) == (gap.entry, gap.kind, &gap.words);
        if settled.last().is_none_or(|last| !same(last)) {
            from = settled.len();
        }
        let here = &mut settled[from..];
        let asks = here.iter().position(|g| g.rule == gap.rule);
        let joins = asks.or_else(|| here.iter().position(|g| !g.on_card && !gap.on_card));
        match joins {
            Some(at) => here[at].join(gap),
            None => settled.push(gap),
        }
    }
    settled
}

/// Gaps of one datum stand together, the one for a card first.
fn by_datum(gap: &Gap) -> impl Ord + '_ {
    (gap.entry, gap.kind, &gap.words, !gap.on_card, &gap.rule, &gap.orders)
}

/// Folds what was wanted of lists by list and order.
fn fold_lists(mut gaps: Vec<Gap>, out: &mut Vec<Gap>) {
    gaps.sort_unstable_by(|a, b| (a.entry, &a.orders, &a.words).cmp(&(b.entry, &b.orders, &b.words)));
    let mut all: Vec<(Gap, Vec<String>)> = Vec::new();
    for mut gap in gaps {
        match all.last_mut().filter(|(kept, _)| (kept.entry, &kept.orders) == (gap.entry, &gap.orders)) {
            Some((kept, names)) => {
                if names.last() != Some(&gap.words) {
                    names.push(std::mem::take(&mut gap.words));
                }
                kept.join(gap);
            }
            None => {
                let first = gap.words.clone();
                all.push((gap, vec![first]));
            }
        }
    }
    out.extend(all.into_iter().map(|(gap, names)| match gap.entry {
        Entry::List(list) if names.len() > 1 => Gap { words: together(list, &names), ..gap },
        _ => gap,
    }));
}

/// `whether asthma, gout and 3 more are among the problems`.
fn together(list: List, wanted: &[String]) -> String {
    let (before, one, many) = phrase(list);
    let name = |words: &str| words.strip_prefix(before).and_then(|w| w.strip_suffix(one)).map(str::to_owned);
    // What is asked in other words (the date of a problem) stands as it is.
    let (names, after) = match wanted.iter().map(|w| name(w)).collect::<Option<Vec<String>>>() {
        Some(names) => (names, many),
        None => (wanted.to_vec(), ""),
    };
    let mut words = String::from(if after.is_empty() && names.as_slice() == wanted { "" } else { before });
    let shown = if names.len() > WANTED_NAMES_MAX { WANTED_NAMES_MAX } else { names.len() - 1 };
    words.push_str(&names[..shown].join(", "));
    words.push_str(" and ");
    match &names[shown..] {
        [last] => words.push_str(last),
        more => {
            words.push_str(itoa::Buffer::new().format(more.len()));
            words.push_str(" more");
        }
    }
    words.push_str(after);
    words
}

fn receipt(received: &Received, list: List) -> &Receipt {
    match list {
        List::Patient => &received.patient,
        List::Medications => &received.medications,
        List::Allergies => &received.allergies,
        List::Problems => &received.problems,
        List::Labs => &received.labs,
    }
}

impl Gap {
    /// A gap that no rule asked about.
    pub fn new(entry: Entry, kind: GapKind, words: String, on_card: bool) -> Gap {
        Gap { entry, kind, words, rule: None, also: Vec::new(), orders: Vec::new(), on_card }
    }

    /// Every rule that wanted it, in order of name.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rule.iter().chain(&self.also).map(String::as_str)
    }

    /// Takes in another of the same datum: its rules, its orders, its card.
    fn join(&mut self, other: Gap) {
        for rule in other.rule.into_iter().chain(other.also) {
            let later = match &mut self.rule {
                None => {
                    self.rule = Some(rule);
                    continue;
                }
                Some(lead) if *lead == rule => continue,
                Some(lead) if rule < *lead => std::mem::replace(lead, rule),
                Some(_) => rule,
            };
            if let Err(at) = self.also.binary_search(&later) {
                self.also.insert(at, later);
            }
        }
        for order in other.orders {
            if let Err(at) = self.orders.binary_search(&order) {
                self.orders.insert(at, order);
            }
        }
        self.on_card |= other.on_card;
    }
}
