//! The policy of a pack: its name, and which findings may interrupt.

use crate::clinical::severity::{Loudness, Question, Severity};
use crate::source::fields::Fields;
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::rules::days;
use crate::source::tree::{Policy, Written};

/// What an override lasts where neither rule nor policy says, in days.
const OVERRIDE_DAYS_DEFAULT: u16 = 90;

/// `[policy]`
pub fn policy(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Policy> {
    let name = f.need_name(r, "name", "`name = \"...\"`: the name of the pack");
    let version = f.need_text(r, "version", "`version = \"2026.11.0\"`");
    let title = f.need_text(r, "title", "`title = \"...\"`");
    let override_days = days(r, f, "override-days").unwrap_or(Written::new(OVERRIDE_DAYS_DEFAULT, f.span()));
    let attribution = f.texts(r, "attribution");
    let mut prn = f.word(r, "prn-worst-case", Loudness::from_word, Loudness::WORDS);
    let mut interrupts = Vec::new();
    match f.get("loudness") {
        None => f.lacks(
            r,
            "loudness",
            "`[policy.loudness]` with `interaction = [\"contraindicated\", \"major\"]` and so on",
        ),
        Some(value) => {
            if let Some(mut inner) = Fields::open(r, "loudness", value, "the policy's loudness") {
                interrupts = loudness(r, &mut inner);
                let within = inner.word(r, "prn-worst-case", Loudness::from_word, Loudness::WORDS);
                if let (Some(_), Some(twice)) = (&prn, &within) {
                    let cure = "keep one of the two";
                    r.report(mistakes::keys_disagree(
                        twice.span,
                        "`prn-worst-case` is written twice",
                        "also in `[policy]`",
                        cure,
                    ));
                }
                prn = prn.or(within);
                inner.close(r);
            }
        }
    }
    if let Some(inner) = f
        .get("never-checked")
        .and_then(|value| Fields::open(r, "never-checked", value, "the list of what is never checked"))
    {
        inner.close(r);
    }
    Some(Policy {
        override_days,
        attribution,
        interrupts,
        prn_worst_case: prn.map_or(Loudness::Passive, |w| w.value),
        span: f.span(),
        name: name?,
        version: version?,
        title: title?,
    })
}

fn loudness(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<(Question, Vec<Severity>)> {
    let mut interrupts = Vec::new();
    for question in Question::ALL {
        if f.peek(question.word()).is_none() {
            f.lacks(
                r,
                question.word(),
                &format!("`{} = [...]`: the severities that interrupt, perhaps none", question.word()),
            );
        }
        let severities = f.words(r, question.word(), Severity::from_word, Severity::WORDS);
        interrupts.push((question, severities.into_iter().map(|s| s.value).collect()));
    }
    interrupts
}
