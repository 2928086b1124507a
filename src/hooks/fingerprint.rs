//! What an override of a finding is good for: a hash that changes when dose, route, a value, a partner drug, a reaction, the
//! course, the encounter, the rule or its loudness changes, and with nothing else. See `docs/overrides.md`.

use crate::engine::bound::Bound;
use crate::engine::finding::Finding;
use crate::engine::grounds::{Grounds, grounds};

/// Begins every text that is hashed. It changes when what stands in the text does: then every override is asked for anew.
const FORM: &str = "caveat finding 2";

/// The fingerprint of a finding, and what it is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// 32 hexadecimal digits.
    pub print: String,
    /// The values that its rules ask for, by names of the pack.
    pub values: Vec<String>,
}

/// The fingerprint of a finding. `bound` is the chart as the screening read it, `encounter` the pseudonym of the call's
/// encounter, empty where it has none.
pub fn fingerprint(bound: &Bound<'_>, finding: &Finding<'_>, encounter: &str) -> Fingerprint {
    let grounds = grounds(bound, finding);
    let mut print = blake3::hash(text(finding, &grounds, encounter).as_bytes()).to_hex().to_string();
    print.truncate(32);
    Fingerprint { print, values: grounds.values.iter().map(|value| value.name.to_owned()).collect() }
}

/// The text that is hashed: one line to each thing it depends on, in one order.
pub fn text(finding: &Finding<'_>, grounds: &Grounds<'_>, encounter: &str) -> String {
    let mut text = String::with_capacity(512);
    let mut line = |word: &str, parts: &[&str]| {
        text.push_str(word);
        for part in parts {
            text.push('\t');
            text.push_str(part);
        }
        text.push('\n');
    };
    line(FORM, &[]);
    line("key", &[&finding.key]);
    line("weight", &[finding.severity.word(), finding.loudness.word(), finding.management.word()]);
    line("tier", &[finding.tier.unwrap_or("")]);
    let mut also: Vec<(&str, u32)> = finding.also.iter().map(|r| (r.id, r.version)).collect();
    also.sort_unstable();
    also.dedup();
    for (id, version) in also {
        line("also", &[id, itoa::Buffer::new().format(version)]);
    }
    grounds.drugs.iter().for_each(|drug| line("drug", &[drug]));
    grounds.values.iter().for_each(|value| line("value", &[value.name, &value.step]));
    grounds.allergies.iter().for_each(|allergy| line("allergy", &[allergy]));
    line("encounter", &[encounter]);
    text
}
