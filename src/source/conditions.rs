//! Conditions: one reader for the gates, modifiers and bands of every kind of rule.

use crate::clinical::quantity::PerBody;
use crate::clinical::route::RouteSet;
use crate::diagnostic::quote::quote;
use crate::diagnostic::report::Span;
use crate::source::amounts;
use crate::source::drugs;
use crate::source::fields::Fields;
use crate::source::limits::CONDITION_DEPTH_MAX;
use crate::source::mistakes;
use crate::source::reader::{Reader, Value, kind_words};
use crate::source::terminology::ordinal;
use crate::source::tree::Written;
use crate::source::tree_condition::{About, Comparison, Condition, DoseSpan, ProblemWhen, Test};
use toml::de::DeValue;

/// Settings by their ordinal.
pub const SETTINGS: &[&str] = &["unknown", "inpatient", "outpatient", "home", "discharge"];

/// Changes by their ordinal.
const CHANGES: &[&str] = &["none", "start", "modify", "renew", "stop", "hold"];

const ABOUTS: &[&str] = &["ordered", "other", "object", "precipitant", "first", "any", "patient"];

/// A condition under a key, if it is there.
pub fn condition(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Option<Condition> {
    let value = f.get(key)?;
    read(r, key, value, 1)
}

/// A condition under a key that must be there.
pub fn need_condition(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Option<Condition> {
    if f.peek(key).is_none() {
        f.lacks(r, key, &format!("`{key} = {{ ... }}`, such as `{key} = {{ age = \">= 65 years\" }}`"));
    }
    condition(r, f, key)
}

/// One table of questions; several of them mean all.
fn read(r: &mut Reader, key: &str, value: &Value<'_>, depth: usize) -> Option<Condition> {
    let before = r.errors();
    let mut f = Fields::open(r, key, value, "the condition")?;
    let span = f.span();
    if depth > CONDITION_DEPTH_MAX {
        r.report(mistakes::too_deep(span));
        return None;
    }
    let mut asking = Asking::begin(r, &mut f);
    logic(r, &mut f, &mut asking, depth);
    about_drugs(r, &mut f, &mut asking);
    about_course(r, &mut f, &mut asking);
    about_body(r, &mut f, &mut asking);
    about_record(r, &mut f, &mut asking);
    about_allergy(r, &mut f, &mut asking);
    about_pairs(r, &mut f, &mut asking);
    asking.end(r);
    f.close(r);
    let mut tests = asking.tests;
    tests.sort_by_key(|test| test.span);
    match tests.len() {
        0 if r.errors() == before => {
            r.report(mistakes::empty_condition(span));
            None
        }
        0 => None,
        1 => tests.pop().map(|only| Condition { test: only.test, span }),
        _ => Some(Condition { test: Test::All(tests), span }),
    }
}

/// The questions found in one table, and the keys that go with some of them.
struct Asking {
    tests: Vec<Condition>,
    of: About,
    of_at: Option<Span>,
    of_used: bool,
    within: Option<i64>,
    within_at: Option<Span>,
    within_used: bool,
}

impl Asking {
    fn begin(r: &mut Reader, f: &mut Fields<'_, '_>) -> Asking {
        let of_at = f.peek("of").map(|value| r.place(value));
        let within_at = f.peek("within").map(|value| r.place(value));
        let within = f.seconds(r, "within").map(|w| w.value);
        let of = about(r, f).unwrap_or(About::Ordered);
        Asking { tests: Vec::new(), of, of_at, of_used: false, within, within_at, within_used: false }
    }

    fn of(&mut self) -> About {
        self.of_used = true;
        self.of
    }

    fn within(&mut self) -> Option<i64> {
        self.within_used = true;
        self.within
    }

    fn ask(&mut self, span: Span, test: Test) {
        self.tests.push(Condition { test, span });
    }

    /// A yes-or-no question: `false` asks for the opposite.
    fn ask_flag(&mut self, span: Span, yes: bool, test: Test) {
        let test = if yes { test } else { Test::Not(Box::new(Condition { test, span })) };
        self.ask(span, test);
    }

    /// Reports `of` and `within` that no question reads.
    fn end(&self, r: &mut Reader) {
        for (key, at, used) in [("of", self.of_at, self.of_used), ("within", self.within_at, self.within_used)] {
            if let Some(span) = at.filter(|_| !used && !self.tests.is_empty()) {
                useless(r, span, key);
            }
        }
    }
}

fn useless(r: &mut Reader, span: Span, key: &str) {
    let message = format!("{} has no effect here", quote(key));
    r.report(mistakes::keys_disagree(
        span,
        message,
        "no question beside it reads this",
        "take it out, or write the question it belongs to",
    ));
}

fn about(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<About> {
    if let Some(DeValue::Integer(_)) = f.peek("of").map(|value| value.get_ref()) {
        let slot = f.whole(r, "of", 0, 15)?;
        return u8::try_from(slot.value).ok().map(About::Slot);
    }
    f.word(r, "of", about_of_word, ABOUTS).map(|of| of.value)
}

fn about_of_word(word: &str) -> Option<About> {
    Some(match word {
        "ordered" => About::Ordered,
        "other" => About::Other,
        "object" => About::Object,
        "precipitant" => About::Precipitant,
        "first" => About::First,
        "any" => About::Any,
        "patient" => About::Patient,
        _ => return None,
    })
}

fn logic(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking, depth: usize) {
    for key in ["all", "any"] {
        let Some(value) = f.get(key) else { continue };
        let span = r.place(value);
        let DeValue::Array(list) = value.get_ref() else {
            let cure = format!("`{key} = [ {{ ... }}, {{ ... }} ]`");
            r.report(mistakes::wrong_type(span, key, kind_words(value.get_ref()), "a list of conditions", &cure));
            continue;
        };
        if list.is_empty() {
            r.report(mistakes::empty_condition(span));
            continue;
        }
        let inner: Vec<Condition> = list.iter().filter_map(|item| read(r, key, item, depth + 1)).collect();
        asking.ask(span, if key == "all" { Test::All(inner) } else { Test::Any(inner) });
    }
    if let Some(value) = f.get("not") {
        let span = r.place(value);
        if let Some(inner) = read(r, "not", value, depth + 1) {
            asking.ask(span, Test::Not(Box::new(inner)));
        }
    }
}

/// Route, form, setting, change: what kind of order it is.
fn about_drugs(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    if let Some(span) = place(r, f, "route") {
        let routes = drugs::routes(r, f, "route");
        if routes != RouteSet::UNKNOWN {
            let of = asking.of();
            asking.ask(span, Test::Route { routes, of });
        }
    }
    if let Some(span) = place(r, f, "form") {
        let forms = drugs::forms(r, f, "form");
        if !forms.is_empty() {
            let of = asking.of();
            asking.ask(span, Test::Form { forms, of });
        }
    }
    if let Some(span) = place(r, f, "setting") {
        let settings: Vec<u8> =
            f.words(r, "setting", |w| ordinal(SETTINGS, w), &SETTINGS[1..]).into_iter().map(|s| s.value).collect();
        if !settings.is_empty() {
            let of = asking.of();
            asking.ask(span, Test::Setting { settings, of });
        }
    }
    if let Some(span) = place(r, f, "change") {
        let changes = bits(r, f, "change", CHANGES, 1);
        if changes != 0 {
            let of = asking.of();
            asking.ask(span, Test::Change { changes, of });
        }
    }
    if let Some(of) = f.word(r, "ordered", about_of_word, ABOUTS) {
        asking.ask(of.span, Test::Ordered { of: of.value });
    }
    if let Some(flag) = f.flag(r, "as-needed") {
        let of = asking.of();
        asking.ask_flag(flag.span, flag.value, Test::AsNeeded { of });
    }
    if let Some(flag) = f.flag(r, "one-time") {
        let of = asking.of();
        asking.ask_flag(flag.span, flag.value, Test::OneTime { of });
    }
}

/// Dose, duration, overlap: how much and how long.
fn about_course(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    let worst = f.flag(r, "worst");
    let mut doses = false;
    let spans =
        [("single-dose", DoseSpan::Single), ("daily-dose", DoseSpan::Daily), ("average-dose", DoseSpan::Average)];
    for (key, over) in spans {
        doses |= f.peek(key).is_some();
        let Some((span, ((dimension, per), comparison))) = compared(r, f, key, "> 200 mg", amounts::dose) else {
            continue;
        };
        let (of, worst) = (asking.of(), worst.as_ref().is_none_or(|w| w.value));
        let per_body = per_ordinal(per);
        asking.ask(span, Test::Dose { span: over, worst, comparison, dimension, per_body, of });
    }
    if let Some(worst) = worst.filter(|_| !doses) {
        useless(r, worst.span, "worst");
    }
    if let Some((span, (_, comparison))) = compared(r, f, "duration", "< 7 d", amounts::seconds) {
        let of = asking.of();
        asking.ask(span, Test::Duration { comparison, of });
    }
    if let Some((span, (_, comparison))) = compared(r, f, "taken-for", ">= 14 d", amounts::seconds) {
        let of = asking.of();
        asking.ask(span, Test::TakenFor { comparison, of });
    }
    if let Some((span, (_, comparison))) = compared(r, f, "overlap", "> 3 d", amounts::seconds) {
        asking.ask(span, Test::Overlap { comparison });
    }
    let apart = f.read(r, "apart", amounts::apart, mistakes::bad_distance);
    if let Some(Written { value: (before, after, alike), span }) = apart {
        let of = if alike { About::Any } else { asking.of() };
        asking.ask(span, Test::Apart { before, after, of });
    }
}

/// Age, sex, weight, kidneys, pregnancy: the patient's body.
fn about_body(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    if let Some((span, (in_days, comparison))) = compared(r, f, "age", ">= 65 years", amounts::age) {
        asking.ask(span, Test::Age { comparison, in_days });
    }
    const SEXES: &[&str] = &["female", "male", "other"];
    if let Some(sex) = f.word(r, "sex", |w| ordinal(SEXES, w), SEXES) {
        asking.ask(sex.span, Test::Sex(sex.value));
    }
    if let Some((span, (_, comparison))) = compared(r, f, "weight", "< 50 kg", amounts::grams) {
        asking.ask(span, Test::Weight(comparison));
    }
    if let Some((span, (_, comparison))) = compared(r, f, "crcl", "< 30 mL/min", amounts::clearance) {
        let within = asking.within();
        asking.ask(span, Test::Clearance { comparison, within });
    }
    if let Some((span, (_, comparison))) = compared(r, f, "egfr", "< 30 mL/min/1.73m2", amounts::filtration) {
        let within = asking.within();
        asking.ask(span, Test::Egfr { comparison, within });
    }
    if let Some(flag) = f.flag(r, "dialysis") {
        asking.ask_flag(flag.span, flag.value, Test::Dialysis);
    }
    if let Some(flag) = f.flag(r, "acute-kidney-injury") {
        asking.ask_flag(flag.span, flag.value, Test::AcuteKidneyInjury);
    }
    pregnancy(r, f, asking);
    if let Some(flag) = f.flag(r, "breastfeeding") {
        asking.ask_flag(flag.span, flag.value, Test::Breastfeeding);
    }
}

/// Whether pregnant; in which trimester; for how many weeks.
fn pregnancy(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    let Some(DeValue::String(words)) = f.peek("pregnant").map(|value| value.get_ref()) else {
        if let Some(flag) = f.flag(r, "pregnant") {
            asking.ask_flag(flag.span, flag.value, Test::Pregnant(0));
        }
        return;
    };
    if words.trim_start().starts_with(|c: char| c.is_ascii_digit() || "<>=".contains(c)) {
        if let Some((span, (_, comparison))) = compared(r, f, "pregnant", ">= 20 weeks", amounts::gestation) {
            asking.ask(span, Test::Gestation(comparison));
        }
        return;
    }
    const TRIMESTERS: &[&str] = &["first-trimester", "second-trimester", "third-trimester"];
    if let Some(word) = f.word(r, "pregnant", |w| ordinal(TRIMESTERS, w), TRIMESTERS) {
        asking.ask(word.span, Test::Pregnant(word.value + 1));
    }
}

/// Labs, problems, other drugs: what else the record holds.
fn about_record(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    lab(r, f, asking);
    problem(r, f, asking);
    if let Some(value) = f.get("taking") {
        let (span, within) = (r.place(value), asking.within());
        if let Some(drugs) = drugs::drug_set(r, "taking", value) {
            asking.ask(span, Test::Taking { drugs, within });
        }
    }
    if let Some(value) = f.get("allergy-to") {
        let span = r.place(value);
        if let Some(drugs) = drugs::drug_set(r, "allergy-to", value) {
            asking.ask(span, Test::AllergyTo(drugs));
        }
    }
    if let Some(problem) = f.text(r, "indication") {
        let of = asking.of();
        asking.ask(problem.span, Test::Indication { problem, of });
    }
}

fn lab(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    let is = compared(r, f, "is", "> 5.0 mmol/L", amounts::in_any_unit);
    let known = f.flag(r, "known");
    let Some(lab) = f.text(r, "lab") else {
        for key in ["is", "known"] {
            if let Some(span) = place(r, f, key).filter(|_| f.peek("lab").is_none()) {
                useless(r, span, key);
            }
        }
        return;
    };
    let (span, within) = (lab.span, asking.within());
    match (is, known) {
        (Some((at, (unit, comparison))), None) => {
            let unit = crate::source::tree::Written::new(unit, at);
            asking.ask(span, Test::Lab { lab, comparison: Some((comparison, unit)), within });
        }
        (None, Some(known)) => asking.ask_flag(span, known.value, Test::Lab { lab, comparison: None, within }),
        (Some(_), Some(known)) => {
            let cure = "a value that compares is known already; take `known` out";
            r.report(mistakes::keys_disagree(known.span, "both `is` and `known` are written", "one of the two", cure));
        }
        (None, None) if f.peek("is").is_none() && f.peek("known").is_none() => {
            f.lacks(r, "is", "`is = \"> 5.0 mmol/L\"` or `known = true` beside `lab`");
        }
        (None, None) => {}
    }
}

fn problem(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    let (ever, active) = (f.flag(r, "ever"), f.flag(r, "active"));
    let began = f.seconds(r, "began-within");
    let problem = f.text(r, "problem");
    if let Some(began) = began.as_ref().filter(|_| f.peek("problem").is_none()) {
        useless(r, began.span, "began-within");
    }
    for (flag, key) in [(&ever, "ever"), (&active, "active")] {
        let Some(flag) = flag else { continue };
        if f.peek("problem").is_none() {
            useless(r, flag.span, key);
        } else if !flag.value {
            let message = format!("{} can only be `true`", quote(key));
            r.report(mistakes::keys_disagree(
                flag.span,
                message,
                "says nothing",
                "take it out, or put the question into `not = { ... }`",
            ));
        }
    }
    let Some(problem) = problem else { return };
    let within = f.peek("within").and_then(|_| asking.within());
    let ways = [ever.is_some(), active.is_some(), within.is_some(), began.is_some()];
    if ways.into_iter().filter(|w| *w).count() > 1 {
        let message = "more than one of `ever`, `active`, `within` and `began-within` is written";
        r.report(mistakes::keys_disagree(problem.span, message, "asked in several ways at once", "keep one of them"));
    }
    let when = match (ever, within, began) {
        (Some(_), _, _) => ProblemWhen::Ever,
        (None, Some(seconds), _) => ProblemWhen::Within(seconds),
        (None, None, Some(began)) => ProblemWhen::Began(began.value),
        (None, None, None) => ProblemWhen::Active,
    };
    asking.ask(problem.span, Test::Problem { problem, when });
}

/// What the recorded allergy is like.
fn about_allergy(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    if let Some(span) = place(r, f, "reaction") {
        let reactions = f.texts(r, "reaction");
        if !reactions.is_empty() {
            asking.ask(span, Test::Reaction(reactions));
        }
    }
    const KINDS: &[&str] = &["allergy", "intolerance"];
    if let Some(kind) = f.word(r, "allergy-kind", |w| ordinal(KINDS, w), KINDS) {
        asking.ask(kind.span, Test::AllergyKind(kind.value));
    }
    if let Some(word) = f.word(r, "criticality", |w| ordinal(CRITICALITIES, w), CRITICALITIES) {
        asking.ask(word.span, Test::Criticality(word.value));
    }
    if let Some(span) = place(r, f, "verification") {
        let verification = bits(r, f, "verification", VERIFICATIONS, 0);
        if verification != 0 {
            asking.ask(span, Test::Verification(verification));
        }
    }
    if let Some(span) = place(r, f, "reaction-severity") {
        let severity = bits(r, f, "reaction-severity", REACTION_SEVERITIES, 0);
        if severity != 0 {
            asking.ask(span, Test::ReactionSeverity(severity));
        }
    }
    if let Some(flag) = f.flag(r, "tolerated") {
        asking.ask_flag(flag.span, flag.value, Test::Tolerated);
    }
}

/// Criticality by its ordinal.
pub const CRITICALITIES: &[&str] = &["low", "high", "unable-to-assess"];

/// Verification by its ordinal.
pub const VERIFICATIONS: &[&str] = &["unsaid", "confirmed", "unconfirmed", "refuted", "entered-in-error"];

/// Severity of a reaction by its ordinal.
pub const REACTION_SEVERITIES: &[&str] = &["mild", "moderate", "severe"];

/// How the two participants of a duplicate differ.
fn about_pairs(r: &mut Reader, f: &mut Fields<'_, '_>, asking: &mut Asking) {
    let differ =
        [("routes", Test::RoutesDiffer), ("strengths", Test::StrengthsDiffer), ("settings", Test::SettingsDiffer)];
    for (key, test) in differ {
        if let Some(word) = f.word(r, key, |w| (w == "differ").then_some(()), &["differ"]) {
            asking.ask(word.span, test);
        }
    }
    if let Some(word) = f.word(r, "products", |w| (w == "same").then_some(()), &["same"]) {
        asking.ask(word.span, Test::SameProduct);
    }
}

/// A comparison under a key: where it stands, how it is measured, and what it compares with.
fn compared<K: PartialEq>(
    r: &mut Reader,
    f: &mut Fields<'_, '_>,
    key: &'static str,
    example: &str,
    read: impl Fn(&str) -> Option<(K, crate::clinical::exact::Exact)>,
) -> Option<(Span, (K, Comparison))> {
    let words = f.text(r, key)?;
    match amounts::compare(&words.value, read) {
        Ok(found) => Some((words.span, found)),
        Err(why) => {
            r.report(mistakes::bad_comparison(words.span, key, &words.value, why, example));
            None
        }
    }
}

/// Words of a closed list as bits of their ordinals; the first `hidden` of the list are not for editors.
fn bits(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str, all: &'static [&'static str], hidden: usize) -> u32 {
    let allowed = &all[hidden..];
    f.words(r, key, |w| allowed.contains(&w).then(|| ordinal(all, w))?, allowed)
        .into_iter()
        .fold(0, |bits, n| bits | 1 << n.value)
}

fn place(r: &Reader, f: &Fields<'_, '_>, key: &str) -> Option<Span> {
    f.peek(key).map(|value| r.place(value))
}

fn per_ordinal(per: PerBody) -> u8 {
    per as u8
}
