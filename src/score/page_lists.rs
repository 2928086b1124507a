//! The pages of the scorecard about pairs: the two ONC lists and the everyday drugs.

use crate::score::everyday::{EverydayPairs, Interruption};
use crate::score::onc::Asked;
use crate::score::page::{section, shown, wrapped};
use std::fmt::Write;

/// Pairs that are shown of one rule where nothing is wrong with them.
const PAIRS_MAX: usize = 8;

/// The list of which everyone should warn. Whatever does not interrupt is told with the rule that informs instead.
pub fn high_priority(out: &mut String, asked: &[Asked]) {
    section(out, "ONC HIGH PRIORITY: pairs of which everyone should warn (Phansalkar and others 2012, JAMIA 19:735)");
    let _ = writeln!(
        out,
        "  Every two members, whichever is ordered, without a dose, in an adult of whom nothing else is known."
    );
    heads(out);
    for pair in asked {
        counts(out, pair);
        let loud = pair.said.iter().filter(|s| s.said == "interrupts");
        let loud: Vec<String> = loud.map(|s| format!("{} {}", s.rule, s.pairs.len())).collect();
        if !loud.is_empty() {
            wrapped(out, "       interrupts by:", &loud);
        }
        for said in pair.said.iter().filter(|s| s.said != "interrupts") {
            let by = if said.rule.is_empty() { String::new() } else { format!(", {}", said.rule) };
            wrapped(out, &format!("       {}{by}:", said.said), &shown(&said.pairs, PAIRS_MAX));
        }
        notes(out, pair);
    }
    let count = |verdict: &str| asked.iter().filter(|p| p.verdict() == verdict).count();
    let _ = writeln!(
        out,
        "  {} interrupt in every pair, {} in part; {} inform; {} are absent; {} are not known to the pack.",
        count("interrupts"),
        count("in part"),
        count("informs"),
        count("absent"),
        count("not known")
    );
}

/// The list that should not interrupt. Whatever does is a defect, and told pair by pair.
pub fn non_interruptive(out: &mut String, asked: &[Asked]) {
    section(
        out,
        "ONC NON-INTERRUPTIVE: pairs that should not interrupt alone (Phansalkar and others 2013, JAMIA 20:489)",
    );
    heads(out);
    for pair in asked {
        counts(out, pair);
        for (drugs, rule) in pair.interrupting() {
            let _ = writeln!(out, "       INTERRUPTS: {drugs} ({rule})");
        }
        notes(out, pair);
    }
    let interrupting: usize = asked.iter().map(|p| p.interrupt).sum();
    let pairs: usize = asked.iter().map(|p| p.pairs).sum();
    let _ = writeln!(out, "  {interrupting} of {pairs} pairs of ingredients interrupt.");
}

fn heads(out: &mut String) {
    let _ = writeln!(
        out,
        "  {:>3} {:<58}{:>6}{:>10}{:>8}{:>8}{:>6}{:>8}",
        "n", "", "pairs", "interrupt", "inform", "pharm.", "ask", "silent"
    );
}

fn counts(out: &mut String, pair: &Asked) {
    let names = if pair.first == pair.second {
        format!("{}, two together", pair.first)
    } else {
        format!("{} with {}", pair.first, pair.second)
    };
    let (pharmacists, ask) = (pair.inform_pharmacists, pair.ask);
    let _ = writeln!(
        out,
        "  {:>3} {names:<58}{:>6}{:>10}{:>8}{pharmacists:>8}{ask:>6}{:>8}",
        pair.n, pair.pairs, pair.interrupt, pair.inform, pair.silent
    );
}

fn notes(out: &mut String, pair: &Asked) {
    if pair.pairs == 0 {
        return;
    }
    if pair.elsewhere > 0 {
        let _ = writeln!(out, "       {} more stand on the high-priority list too", pair.elsewhere);
    }
    if !pair.unknown.is_empty() {
        wrapped(out, "       not known to the pack:", &pair.unknown);
    }
    if !pair.left_out.is_empty() {
        wrapped(out, "       no longer ordered in the US:", &pair.left_out);
    }
    if !pair.note.is_empty() {
        let _ = writeln!(out, "       note: {}", pair.note);
    }
}

/// What would interrupt a healthy adult's ordinary drugs: every pair, by rule.
pub fn everyday(out: &mut String, found: &EverydayPairs) {
    section(
        out,
        "EVERYDAY: the hundred most ordered drugs at usual doses, every two together, in a healthy woman of 45",
    );
    let _ = writeln!(
        out,
        "  {} of {} drugs are known; of {} pairs {} interrupt, {} inform, {} inform pharmacists, {} ask, {} are silent.",
        found.drugs - found.unknown.len(),
        found.drugs,
        found.pairs,
        found.interrupt.len(),
        found.inform,
        found.inform_pharmacists,
        found.ask,
        found.silent
    );
    if !found.unknown.is_empty() {
        wrapped(out, "  not known to the pack:", &shown(&found.unknown, PAIRS_MAX));
    }
    for gap in &found.unchecked {
        let _ = writeln!(out, "  not checked, {gap}");
    }
    by_rule(out, "alone", &found.alone);
    by_rule(out, "together", &found.interrupt);
}

/// Interruptions, which come in order of rule.
fn by_rule(out: &mut String, how: &str, interruptions: &[Interruption]) {
    for of_rule in interruptions.chunk_by(|a, b| a.rule == b.rule && a.severity == b.severity) {
        let Some(first) = of_rule.first() else { continue };
        let drugs: Vec<String> = of_rule.iter().map(|i| i.drugs.join(" + ")).collect();
        let _ = writeln!(out, "  {} {how}: {} interrupts ({})", of_rule.len(), first.rule, first.severity);
        wrapped(out, "     ", &drugs);
    }
}
