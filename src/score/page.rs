//! The scorecard for a person: plain text, one section to a question. Long lists are cut; the JSON holds them whole.

use crate::score::cards::Cards;
use crate::score::coverage::{Coverage, Row};
use crate::score::page_lists;
use crate::score::recognition::Recognition;
use crate::score::scorecard::{Identity, Scorecard};
use crate::score::traffic::Traffic;
use crate::score::upkeep::Upkeep;
use crate::score::vignettes::Vignettes;
use std::fmt::Write;

/// Characters of a line; what is longer goes on below.
const LINE_CHARS_MAX: usize = 120;

/// Names of one list that are shown.
const SHOWN_MAX: usize = 12;

/// The whole page.
pub fn page(card: &Scorecard) -> String {
    let mut out = String::new();
    identity(&mut out, &card.pack);
    coverage(&mut out, &card.coverage);
    page_lists::high_priority(&mut out, &card.onc.high_priority);
    page_lists::non_interruptive(&mut out, &card.onc.non_interruptive);
    page_lists::everyday(&mut out, &card.everyday);
    vignettes(&mut out, &card.vignettes);
    cards(&mut out, &card.cards);
    upkeep(&mut out, &card.upkeep);
    card.recognition.iter().for_each(|list| recognition(&mut out, list));
    card.traffic.iter().for_each(|found| traffic(&mut out, found));
    out
}

/// A line that opens a section.
pub fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{title}");
}

/// Words one after the other, separated by `; `, each line after the first set in so far.
pub fn wrapped(out: &mut String, lead: &str, words: &[String]) {
    let indent = " ".repeat(lead.chars().take_while(|c| *c == ' ').count() + 2);
    let mut line = lead.to_owned();
    for (n, word) in words.iter().enumerate() {
        let ending = if n + 1 < words.len() { ";" } else { "" };
        if line.chars().count() + word.chars().count() + 2 > LINE_CHARS_MAX && line.trim() != "" {
            let _ = writeln!(out, "{}", line.trim_end());
            line.clone_from(&indent);
        }
        if !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(word);
        line.push_str(ending);
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

/// At most so many of a list, and how many more there are.
pub fn shown(all: &[String], most: usize) -> Vec<String> {
    let mut shown: Vec<String> = all.iter().take(most).cloned().collect();
    if all.len() > most {
        shown.push(format!("and {} more", all.len() - most));
    }
    shown
}

/// `97.3 %`, rounded down so that it never promises more than there is; `-` of nothing.
pub fn percent(part: usize, whole: usize) -> String {
    match whole {
        0 => String::from("-"),
        _ => format!("{}.{} %", part * 100 / whole, part * 1000 / whole % 10),
    }
}

fn identity(out: &mut String, pack: &Identity) {
    let hash = pack.hash.get(..12).unwrap_or(&pack.hash);
    let _ = writeln!(out, "SCORECARD of {} {} ({hash})", pack.name, pack.version);
    let _ = writeln!(
        out,
        "  {} ingredients, {} products, {} codes of drugs, {} classes; {} rules, {} pairs of ingredients that some rule reads",
        pack.ingredients, pack.products, pack.drug_codes, pack.classes, pack.rules, pack.pairs
    );
}

fn coverage(out: &mut String, coverage: &Coverage) {
    let row = |out: &mut String, row: &Row| {
        let every = if row.every_drug { "  and every drug" } else { "" };
        let _ = writeln!(out, "  {:<18}{:>7}{:>13}{every}", row.word, row.rules, row.ingredients);
    };
    section(out, "COVERAGE BY QUESTION");
    let _ = writeln!(out, "  {:<18}{:>7}{:>13}", "", "rules", "ingredients");
    coverage.questions.iter().for_each(|r| row(out, r));
    let share = percent(coverage.spoken_of, coverage.ingredients);
    let _ = writeln!(
        out,
        "  Some rule speaks of {} of {} ingredients ({share}).",
        coverage.spoken_of, coverage.ingredients
    );
    section(out, "COVERAGE BY CATEGORY, after the Leapfrog CPOE evaluation; a rule may count in several");
    let _ = writeln!(out, "  {:<18}{:>7}{:>13}", "", "rules", "ingredients");
    coverage.categories.iter().filter(|r| r.word != "nuisance").for_each(|r| row(out, r));
}

fn vignettes(out: &mut String, found: &Vignettes) {
    section(out, "VIGNETTES: whole patients");
    let _ = writeln!(
        out,
        "  {} of {} pass; in {} of them nothing may interrupt. {} of {} cases beside rules pass.",
        found.passed, found.all, found.silent, found.cases_passed, found.cases
    );
    let _ = writeln!(out, "  {:<18}{:>14}{:>16}", "", "must be found", "must be quiet");
    for row in &found.categories {
        let of = |passed: usize, all: usize| if all == 0 { String::from("-") } else { format!("{passed} of {all}") };
        let (hits, silent) = (of(row.hits_passed, row.hits), of(row.silent_passed, row.silent));
        let _ = writeln!(out, "  {:<18}{hits:>14}{silent:>16}", row.word);
    }
    for failed in &found.failed {
        let _ = writeln!(out, "  FAILS {}: {}", failed.category, failed.name);
        let _ = writeln!(out, "    {}", failed.told);
    }
}

fn cards(out: &mut String, found: &Cards) {
    section(out, "CARDS, read in the spirit of I-MeDeSA: what the cases bring forth, each line once");
    let signals: Vec<String> = found.signals.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let _ = writeln!(
        out,
        "  {} lines ({}); half of them shorter than {} characters, the longest {} of 139",
        found.lines,
        signals.join(", "),
        found.median,
        found.longest
    );
    if found.complaints.is_empty() {
        let _ = writeln!(out, "  Nothing is wrong with them.");
    }
    for complaint in &found.complaints {
        let _ = writeln!(out, "  {}: {} lines of {} rules", complaint.what, complaint.lines, complaint.rules.len());
        let _ = writeln!(out, "    such as \"{}\"", complaint.example);
        wrapped(out, "    in", &shown(&complaint.rules, SHOWN_MAX));
    }
}

fn upkeep(out: &mut String, found: &Upkeep) {
    section(out, "UPKEEP of the rules");
    let lists = [
        ("without a case that finds them", &found.without_case),
        ("without a near miss", &found.without_near_miss),
        ("without a source", &found.without_source),
        ("without an author", &found.without_author),
        ("without a date of review", &found.without_review),
        ("due for review", &found.overdue),
    ];
    for (what, rules) in lists {
        let _ = writeln!(out, "  {:>5} {what}", rules.len());
        if !rules.is_empty() {
            wrapped(out, "       ", &shown(rules, SHOWN_MAX));
        }
    }
    if !found.next_review.is_empty() {
        let _ = writeln!(out, "  The next review is due on {}.", found.next_review);
    }
}

fn recognition(out: &mut String, found: &Recognition) {
    section(out, &format!("CODES of {}", found.list));
    let share = percent(found.known(), found.codes);
    let _ = writeln!(
        out,
        "  {} of {} are known ({share}): {} ingredients, {} products ({} with every strength), {} known to be no drug",
        found.known(),
        found.codes,
        found.ingredients,
        found.products,
        found.with_strength,
        found.no_drug
    );
    let mut kinds: Vec<&str> = found.unknown.iter().map(|u| u.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<String> = found.unknown.iter().filter(|u| u.kind == kind).map(unknown).collect();
        let kind = if kind.is_empty() { String::new() } else { format!(", {kind}") };
        let _ = writeln!(out, "  {} not known{kind}", of_kind.len());
        wrapped(out, "   ", &shown(&of_kind, SHOWN_MAX));
    }
}

fn unknown(unknown: &crate::score::recognition::Unknown) -> String {
    format!("{} {}", unknown.code, unknown.name.chars().take(60).collect::<String>()).trim_end().to_owned()
}

fn traffic(out: &mut String, found: &Traffic) {
    section(out, &format!("REQUESTS, answered as of {}", found.as_of));
    let _ = writeln!(
        out,
        "  {} answered, {} refused; {} orders in hand, {} checks that could not be made",
        found.answered, found.refused, found.orders, found.gaps
    );
    let per_100 = found
        .interruptive_per_100_orders
        .map_or(String::from("no order to count by"), |n| format!("{n:.1} for each 100 orders"));
    let _ = writeln!(out, "  {} cards interrupt ({per_100}), {} inform", found.interruptive_cards, found.passive_cards);
    let mut rules: Vec<(&String, &usize)> = found.by_rule.iter().collect();
    rules.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (rule, n) in rules {
        let _ = writeln!(out, "  {n:>5} findings of {rule} interrupt");
    }
}
