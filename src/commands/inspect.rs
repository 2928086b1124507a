//! `caveat inspect`: what a pack holds.

use crate::clinical::severity::Question;
use crate::pack::format::{decode, stated_hash};
use crate::pack::read::Pack;
use crate::pack::signature::{Signature, hex, split};
use std::path::Path;
use std::process::ExitCode;

/// Reads, verifies and describes a pack file. Exit code 0 when it is sound, 1 when it is refused, 2 when unreadable.
pub fn run(file: &Path) -> ExitCode {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) => {
            eprintln!("caveat: cannot read `{}`: {e}", file.display());
            return ExitCode::from(2);
        }
    };
    match decode(&bytes) {
        Ok(pack) => {
            print!("{}", describe(&pack, bytes.len()));
            print!("{}", signers(&bytes));
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("caveat: `{}` is refused: {e}", file.display());
            ExitCode::FAILURE
        }
    }
}

/// Who signed it, and whether the signature is of this very pack.
fn signers(bytes: &[u8]) -> String {
    let hash = stated_hash(bytes).unwrap_or_default();
    let line = |s: &Signature| {
        let verdict = if s.holds(&hash) { "holds" } else { "DOES NOT HOLD" };
        format!("signed    by {}: {verdict}\n", hex(&s.signer))
    };
    let lines: String = split(bytes).1.iter().map(line).collect();
    if lines.is_empty() { String::from("signed    by nobody\n") } else { lines }
}

fn describe(pack: &Pack, bytes: usize) -> String {
    let raw = pack.raw();
    let mut lines = vec![
        format!("{} {}: {}", raw.about.name, raw.about.version, raw.about.title),
        format!("content   {}", pack.stamp().hash),
        format!("size      {bytes} bytes, made by caveat {}", raw.about.compiler),
        format!("review    earliest due {}", raw.about.review_by),
        format!(
            "drugs     {} ingredients, {} products, {} classes, {} drug codes",
            raw.ingredients.names.len(),
            raw.products.names.len(),
            raw.classes.names.len(),
            raw.drug_codes.keys.len() + raw.drug_codes.other_targets.len()
        ),
        format!(
            "patients  {} problems, {} labs, {} reactions, {} other allergens",
            raw.problems.names.len(),
            raw.labs.names.len(),
            raw.reactions.names.len(),
            raw.allergens.names.len()
        ),
        format!("meetings  {} pairs of ingredients, {} combinations", pack.pairs_met(), raw.combinations.rules.len()),
    ];
    for question in Question::ALL {
        let count = raw.rules.questions.iter().filter(|q| **q == question as u8).count();
        lines.push(format!("rules     {count} {}", question.word()));
    }
    lines.extend(raw.about.attribution.iter().map(|line| format!("thanks    {line}")));
    lines.push(String::new());
    lines.join("\n")
}
