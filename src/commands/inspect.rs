//! `caveat inspect`: what a pack holds.

use crate::clinical::severity::Question;
use crate::clinical::time::Moment;
use crate::commands::builtin;
use crate::pack::format::{decode, stated_hash};
use crate::pack::read::Pack;
use crate::pack::signature::{Signature, hex, split};
use std::borrow::Cow;
use std::path::Path;
use std::process::ExitCode;

/// Reads, verifies and describes a pack file, or the built-in pack. Exit code 0 when it is sound, 1 when it is refused, 2 when
/// unreadable.
pub fn run(file: Option<&Path>) -> ExitCode {
    let (name, bytes) = match file {
        None => (String::from("the built-in pack"), Cow::Borrowed(builtin::PACK)),
        Some(file) => match std::fs::read(file) {
            Ok(bytes) => (format!("`{}`", file.display()), Cow::Owned(bytes)),
            Err(e) => {
                eprintln!("caveat: cannot read `{}`: {e}", file.display());
                return ExitCode::from(2);
            }
        },
    };
    match decode(&bytes) {
        Ok(pack) => {
            if file.is_none() {
                println!("the built-in pack, part of caveat {}", env!("CARGO_PKG_VERSION"));
            }
            print!("{}", describe(&pack, bytes.len()));
            // Nobody has to sign what is part of the program.
            if file.is_some() {
                print!("{}", signers(&bytes));
            }
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("caveat: {name} is refused: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Who signed it and when, and whether the signature is of this very pack.
fn signers(bytes: &[u8]) -> String {
    let hash = stated_hash(bytes).unwrap_or_default();
    let line = |s: &Signature| {
        let verdict = if s.holds(&hash) { "holds" } else { "DOES NOT HOLD" };
        let when = s.at.map_or_else(|| String::from("a time it does not tell"), Moment::rfc3339);
        format!("signed    by {} at {when}: {verdict}\n", hex(&s.signer))
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
