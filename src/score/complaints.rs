//! What no pack may show: the faults for which `caveat score --check` fails.

use crate::score::scorecard::Scorecard;

/// One line for each vignette that fails, each pair that should not interrupt and does, and each rule without a source.
pub fn complaints(card: &Scorecard) -> Vec<String> {
    let vignettes =
        card.vignettes.failed.iter().map(|v| format!("vignette `{}` ({}) fails: {}", v.name, v.category, v.told));
    let pairs = card.onc.non_interruptive.iter().flat_map(|asked| {
        let n = asked.n;
        asked
            .interrupting()
            .map(move |(pair, rule)| format!("pair {n} that should not interrupt does: {pair} ({rule})"))
    });
    let rules = card.upkeep.without_source.iter().map(|rule| format!("rule `{rule}` names no source"));
    vignettes.chain(pairs).chain(rules).collect()
}
