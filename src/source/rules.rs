//! What rules of all kinds share: identity, outcome, evidence, gate and modifiers.

use crate::clinical::severity::{Audience, Evidence, Loudness, Management, Seriousness, Severity};
use crate::source::bodies;
use crate::source::cases;
use crate::source::conditions::{self, SETTINGS, condition, need_condition};
use crate::source::fields::{Fields, items};
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::terminology::ordinal;
use crate::source::tree::{Missing, Modifier, Outcome, Rule, Written};
use crate::source::tree_condition::Condition;
use toml::de::DeValue;

/// A rule of a kind (`interaction`, `allergy` ...).
pub fn rule(r: &mut Reader, f: &mut Fields<'_, '_>, kind: &'static str) -> Option<Rule> {
    let id = f.need_name(r, "id", "`id = \"...\"`, unique over all rules");
    if f.peek("version").is_none() {
        f.lacks(r, "version", "`version = 1`, and raise it with every change of meaning");
    }
    let version = f.whole(r, "version", 1, i64::from(u32::MAX));
    let title = f.need_text(r, "title", "`title = \"...\"`");
    if f.peek("severity").is_none() {
        f.lacks(r, "severity", "`severity = \"major\"`, or `\"contraindicated\"`, `\"moderate\"`, `\"minor\"`");
    }
    if f.peek("evidence").is_none() {
        f.lacks(r, "evidence", "`evidence = { level = \"...\", sources = [\"...\"] }`");
    }
    let outcome = outcome(r, f);
    let review = review(r, f);
    let effect = f.text(r, "effect");
    let body = bodies::body(r, f, kind);
    let (when, missing) = gate(r, f, kind);
    let rule = Rule {
        audience: f.word(r, "audience", Audience::from_word, Audience::WORDS).map_or(Audience::Both, |a| a.value),
        settings: f.words(r, "settings", |w| ordinal(SETTINGS, w).filter(|n| *n > 0), &SETTINGS[1..]),
        override_days: days(r, f, "override-days"),
        never_silence: f.is_set(r, "never-silence"),
        mechanism: f.text(r, "mechanism"),
        exposure_frequency: f.text(r, "exposure-frequency"),
        harm_frequency: f.text(r, "harm-frequency"),
        author: f.text(r, "author"),
        replaces: f.texts(r, "replaces"),
        modifiers: modifiers(r, f),
        cases: cases::cases(r, f),
        span: f.span(),
        body: body?,
        id: id?,
        title: title?,
        version: version.and_then(|v| u32::try_from(v.value).ok().map(|n| Written::new(n, v.span)))?,
        outcome,
        effect,
        review,
        when,
        missing,
    };
    Some(rule)
}

/// A whole number of days.
pub fn days(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Option<Written<u16>> {
    f.whole(r, key, 0, 3_650).and_then(|d| u16::try_from(d.value).ok().map(|n| Written::new(n, d.span)))
}

/// What a rule, modifier or limit says.
pub fn outcome(r: &mut Reader, f: &mut Fields<'_, '_>) -> Outcome {
    let (evidence, sources) = evidence(r, f);
    Outcome {
        silent: false,
        severity: f.word(r, "severity", Severity::from_word, Severity::WORDS),
        serious: serious(r, f),
        management: f.word(r, "management", Management::from_word, Management::WORDS),
        loudness: loudness(r, f),
        evidence,
        sources,
        risk: f.text(r, "risk"),
        advice: f.text(r, "advice"),
        consequence: f.text(r, "consequence"),
        actions: f.texts(r, "actions"),
        actions_object: f.texts(r, "actions-when-object-ordered"),
        actions_precipitant: f.texts(r, "actions-when-precipitant-ordered"),
    }
}

/// `policy` says nothing: the policy decides.
fn loudness(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Written<Loudness>> {
    const WORDS: &[&str] = &["policy", "passive", "interruptive"];
    let read = |word: &str| if word == "policy" { Some(None) } else { Loudness::from_word(word).map(Some) };
    let written = f.word(r, "loudness", read, WORDS)?;
    written.value.map(|loudness| Written::new(loudness, written.span))
}

/// `true`, `false` or `"unknown"`.
fn serious(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Written<Seriousness>> {
    if let Some(DeValue::String(_)) = f.peek("serious").map(|value| value.get_ref()) {
        return f.word(r, "serious", |w| (w == "unknown").then_some(Seriousness::Unknown), &["unknown"]);
    }
    let flag = f.flag(r, "serious")?;
    Some(Written::new(if flag.value { Seriousness::Serious } else { Seriousness::NotSerious }, flag.span))
}

fn evidence(r: &mut Reader, f: &mut Fields<'_, '_>) -> (Option<Written<Evidence>>, Vec<crate::source::tree::Name>) {
    let Some(value) = f.get("evidence") else { return (None, Vec::new()) };
    let Some(mut inner) = Fields::open(r, "evidence", value, "the evidence") else { return (None, Vec::new()) };
    if inner.peek("level").is_none() {
        inner.lacks(r, "level", "`level = \"established\"`, or `\"probable\"`, `\"suspected\"`, `\"theoretical\"`");
    }
    let level = inner.word(r, "level", Evidence::from_word, Evidence::WORDS);
    let unsourced = inner.peek("sources").is_none_or(|value| items(value).is_empty());
    if unsourced {
        inner.lacks(r, "sources", "`sources = [\"...\"]`: who says so, with section and year");
    }
    let sources = inner.texts(r, "sources");
    inner.close(r);
    (level, sources)
}

/// A full date; asked of every rule.
fn review(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<crate::source::tree::Name> {
    let review = f.need_text(r, "review", "`review = \"2027-11-01\"`: when someone is to read the rule again")?;
    let whole_day = review.value.len() == 10 && crate::clinical::time::Dated::parse(&review.value).is_some();
    if !whole_day {
        r.report(mistakes::bad_date(review.span, "review", &review.value, "a day, such as `\"2027-11-01\"`"));
    }
    whole_day.then_some(review)
}

fn gate(r: &mut Reader, f: &mut Fields<'_, '_>, kind: &str) -> (Option<Condition>, Option<Written<Missing>>) {
    let when = if kind == "contraindication" { need_condition(r, f, "when") } else { condition(r, f, "when") };
    let missing = missing(r, f);
    if let Some(missing) = missing.as_ref().filter(|_| f.peek("when").is_none() && !f.is_partial()) {
        let cure = "take it out, or write the `when` it belongs to";
        r.report(mistakes::keys_disagree(
            missing.span,
            "`missing` has no effect without `when`",
            "nothing can be missing",
            cure,
        ));
    }
    (when, missing)
}

/// What happens when a condition's datum is missing.
pub fn missing(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Written<Missing>> {
    const WORDS: &[&str] = &["worst", "ask", "ignore"];
    let read = |word: &str| {
        Some(match word {
            "worst" => Missing::Worst,
            "ask" => Missing::Ask,
            "ignore" => Missing::Ignore,
            _ => return None,
        })
    };
    f.word(r, "missing", read, WORDS)
}

fn modifiers(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<Modifier> {
    let mut modifiers = Vec::new();
    for value in f.tables(r, "modifier") {
        let Some(mut inner) = Fields::open(r, "modifier", value, "the modifier") else { continue };
        let when = conditions::need_condition(r, &mut inner, "when");
        let missing = missing(r, &mut inner);
        let because = inner.text(r, "because");
        let mut outcome = outcome(r, &mut inner);
        let silent = inner.flag(r, "silent");
        outcome.silent = silent.as_ref().is_some_and(|s| s.value);
        let says = Outcome { silent: false, ..outcome.clone() } != Outcome::default();
        if let Some(silent) = silent.filter(|s| s.value && says) {
            let cure = "keep `silent`, or what the finding should say";
            r.report(mistakes::keys_disagree(
                silent.span,
                "a silent modifier says something too",
                "no finding is made at all",
                cure,
            ));
        }
        let span = inner.span();
        inner.close(r);
        modifiers.extend(when.map(|when| Modifier { when, missing, because, outcome, span }));
    }
    modifiers
}
