//! Dose check: what each order adds up to, against the limits for this patient; what cannot be worked out is a gap.

use crate::clinical::chart::Entry;
use crate::clinical::regimen::{Amounts, DoseTrouble};
use crate::clinical::severity::{Loudness, Question, Severity};
use crate::engine::amount::amounts_of;
use crate::engine::bound::{Bound, Currency};
use crate::engine::checks::dose_equivalents;
use crate::engine::checks::dose_limits::{Breach, Compared, body_of, compare, kind_word, strictness};
use crate::engine::checks::dose_sums::Dosed;
use crate::engine::condition::{Missing, Situation, Truth};
use crate::engine::docket::{Docket, Raised, Taker};
use crate::engine::drug_set;
use crate::engine::finding::{Cell, GapKind, Role};
use crate::engine::judge_rule::{Gate, ask, decide, gate, is_silent};
use crate::engine::scope::{Scope, is_ending, is_in_hand, is_on_hold, is_quiet, on_hold_words};
use crate::engine::settle::loudness_of;
use crate::engine::trace::{record, stopped};
use crate::engine::wording::ingredient_name;
use crate::pack::ids::{NONE, RuleId};
use smallvec::SmallVec;
use std::cmp::Reverse;

/// Raises one finding for each dose rule and exposure whose limits are broken, the worst limit speaking.
pub fn check(docket: &mut Docket<'_>, bound: &Bound<'_>, scope: &Scope) {
    for &subject in &scope.subjects {
        let exposure = &bound.exposures[subject as usize];
        if is_ending(exposure) || exposure.currency == Currency::Past {
            continue;
        }
        for (n, part) in exposure.parts.iter().enumerate() {
            if exposure.parts[..n].iter().any(|p| p.ingredient == part.ingredient) {
                continue;
            }
            docket.mark(subject, Question::Dose, Cell::NoRule);
            for row in docket.pack.raw().doses.by_ingredient.row(part.ingredient.index()) {
                if dose_equivalents::is_counted(docket.pack, *row as usize, &exposure.parts[..n]) {
                    continue;
                }
                let dosed = Dosed { bound, exposure: subject, ingredient: part.ingredient, row: *row as usize };
                weigh(docket, &dosed);
            }
        }
    }
}

/// One dose rule for one exposure: its set, its gate, the band that speaks, each limit of it.
fn weigh(docket: &mut Docket<'_>, dosed: &Dosed<'_, '_>) {
    let (pack, doses) = (docket.pack, &docket.pack.raw().doses);
    let rule = RuleId(doses.rules[dosed.row]);
    let situation = Situation {
        bound: dosed.bound,
        participants: &[dosed.exposure],
        roles: &[Role::Drug],
        ordered: 0,
        allergy: None,
        ingredients: &[dosed.ingredient],
    };
    if !drug_set::matches(pack, doses.sets[dosed.row], dosed.exposure(), dosed.ingredient) {
        stopped(docket, &situation, rule, "route or form: not one that the rule speaks of");
        return;
    }
    let mut notes = docket.notes();
    let gate = gate(docket, &situation, rule, notes.as_mut());
    if gate == Gate::Unanswered {
        docket.mark(dosed.exposure, Question::Dose, Cell::DataMissing);
    }
    let band = if gate == Gate::Open { band(docket, &situation, rule, dosed, notes.as_mut()) } else { None };
    let breaches = match band {
        None => SmallVec::new(),
        Some(band) => match amounts_of(dosed.bound, dosed.exposure(), dosed.ingredient) {
            Ok(amounts) => limits(docket, dosed, band, &amounts),
            Err(trouble) => {
                unknown(docket, dosed, dosed.exposure, rule, &trouble);
                SmallVec::new()
            }
        },
    };
    if let Some(notes) = notes.as_mut() {
        notes.extend(breaches.iter().map(|b| b.words.clone()));
    }
    let raised = raise(docket, dosed, &situation, rule, band.unwrap_or(0), breaches, notes.as_mut());
    record(docket, &situation, rule, raised.is_some(), notes);
    docket.raised.extend(raised);
}

/// The band that speaks: the first whose condition holds, or whose datum is missing where that counts as the worst.
fn band(
    docket: &mut Docket<'_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    dosed: &Dosed<'_, '_>,
    mut notes: Option<&mut Vec<String>>,
) -> Option<usize> {
    let doses = &docket.pack.raw().doses;
    let (from, to) = (*doses.band_starts.get(dosed.row)?, *doses.band_starts.get(dosed.row + 1)?);
    for band in from as usize..to as usize {
        if doses.band_conditions[band] == NONE {
            return Some(band);
        }
        let verdict = ask(situation, doses.band_conditions[band], &mut notes);
        match (verdict.truth, doses.band_missing[band]) {
            (Truth::Holds, _) => return Some(band),
            (Truth::Fails, _) => {}
            (Truth::Unknown, 0) => {
                docket.missing(rule, situation, &verdict.missing, false);
                return Some(band);
            }
            (Truth::Unknown, 1) => {
                docket.missing(rule, situation, &verdict.missing, true);
                docket.mark(dosed.exposure, Question::Dose, Cell::DataMissing);
            }
            (Truth::Unknown, _) => {}
        }
    }
    None
}

/// Every limit of a band; what is broken comes back, what cannot be told is said.
fn limits(docket: &mut Docket<'_>, dosed: &Dosed<'_, '_>, band: usize, amounts: &Amounts) -> SmallVec<[Breach; 2]> {
    let mut breaches = SmallVec::new();
    let doses = &docket.pack.raw().doses;
    let rule = RuleId(doses.rules[dosed.row]);
    let (Some(from), Some(to)) = (doses.limit_starts.get(band), doses.limit_starts.get(band + 1)) else {
        return breaches;
    };
    docket.mark(dosed.exposure, Question::Dose, Cell::Checked);
    let body = body_of(docket.pack, dosed);
    for limit in *from as usize..*to as usize {
        let answer = compare(docket.pack, dosed, limit, amounts, &body);
        for (other, trouble) in &answer.left_out {
            unknown(docket, dosed, *other, rule, trouble);
        }
        match answer.compared {
            Compared::Within => {}
            Compared::Broken(breach) => breaches.push(breach),
            Compared::Unknown(trouble) => unknown(docket, dosed, dosed.exposure, rule, &trouble),
            Compared::NoEnd => {
                let words = format!("how long {} is to be taken", ingredient_name(docket.pack, dosed.ingredient));
                gap(docket, dosed, dosed.exposure().entry(), rule, GapKind::Missing, words);
            }
        }
    }
    breaches
}

fn raise(
    docket: &mut Docket<'_>,
    dosed: &Dosed<'_, '_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    band: usize,
    breaches: SmallVec<[Breach; 2]>,
    mut notes: Option<&mut Vec<String>>,
) -> Option<Raised> {
    if breaches.is_empty() {
        return None;
    }
    let pack = docket.pack;
    let policy = pack.raw().policy.prn_worst_case;
    let mut judged: SmallVec<[_; 2]> = SmallVec::new();
    for breach in breaches {
        let base = pack.raw().doses.limit_outcomes[breach.limit];
        let decided = decide(docket, situation, rule, base, false, notes.as_deref_mut());
        if is_silent(docket, decided.outcome) {
            continue;
        }
        let exposures = std::iter::once(dosed.exposure).chain(breach.with.iter().copied());
        let held = breach.by_others && breach.with.iter().all(|other| is_on_hold(dosed.bound, *other));
        let waits = held && !docket.never_silence(rule);
        let quiet = waits || is_quiet(dosed.bound, exposures) || (breach.prn_only && policy == 0);
        judged.push((breach, decided, quiet));
    }
    judged.sort_by_key(|(breach, decided, quiet)| {
        let severity = pack.raw().outcomes.severities.get(decided.outcome as usize).copied();
        let severity = severity.and_then(Severity::from_ordinal).unwrap_or(Severity::Minor);
        let loudness: Loudness = loudness_of(pack, Question::Dose, severity, decided.outcome, *quiet);
        (Reverse(loudness), Reverse(severity), Reverse(strictness(pack, breach.limit) == "absolute"), breach.limit)
    });
    let (first, decided, quiet) = judged.first()?.clone();
    let set = pack.raw().doses.sets.get(dosed.row).copied().unwrap_or(NONE);
    let taker = |exposure: u32| {
        let own = &dosed.bound.exposures[exposure as usize];
        let another = || drug_set::member(pack, set, own);
        let ingredient = if own.holds(dosed.ingredient) { None } else { another() };
        Taker { exposure, ingredient: ingredient.unwrap_or(dosed.ingredient), role: Role::Drug }
    };
    let mut takers: SmallVec<[Taker; 2]> = SmallVec::from_iter([taker(dosed.exposure)]);
    for other in judged.iter().flat_map(|(b, _, _)| b.with.iter().copied()) {
        if !takers.iter().any(|t| t.exposure == other) {
            takers.push(taker(other));
        }
    }
    let name = pack.text(pack.raw().doses.band_names.get(band).copied().unwrap_or(NONE));
    let bucket = format!("{name}/{}/{}/{}", kind_word(pack, first.limit), strictness(pack, first.limit), first.times);
    let mut said: Vec<String> = judged.iter().map(|(b, _, _)| b.words.clone()).collect();
    said.extend(on_hold_words(docket, dosed.bound, &takers));
    let raised = Raised::new(Question::Dose, rule, decided.outcome, &takers, 0);
    Some(Raised { held: decided.held, quiet, said, bucket, ..raised })
}

/// Says why a dose could not be worked out. A dose not yet entered, while one may follow, is no gap: only not yet checked.
fn unknown(docket: &mut Docket<'_>, dosed: &Dosed<'_, '_>, exposure: u32, rule: RuleId, trouble: &DoseTrouble) {
    docket.mark(dosed.exposure, Question::Dose, Cell::DataMissing);
    let not_yet = matches!(trouble, DoseTrouble::NoDose | DoseTrouble::NoTiming);
    if not_yet && dosed.bound.chart.doses_may_follow && is_in_hand(dosed.bound, exposure) {
        return;
    }
    let other = &dosed.bound.exposures[exposure as usize];
    let entry = other.entry();
    let set = docket.pack.raw().doses.sets.get(dosed.row).copied().unwrap_or(NONE);
    let own = if other.holds(dosed.ingredient) { None } else { drug_set::member(docket.pack, set, other) };
    let name = ingredient_name(docket.pack, own.unwrap_or(dosed.ingredient));
    let (entry, kind, words) = match trouble {
        DoseTrouble::NoWeight => (Entry::Patient, GapKind::Missing, "weight".to_owned()),
        DoseTrouble::NoSurface => (Entry::Patient, GapKind::Missing, "body surface".to_owned()),
        DoseTrouble::Units => (entry, GapKind::UnitMismatch, format!("dose of {name}: {}", why(trouble))),
        _ => (entry, GapKind::DoseUnknown, format!("dose of {name}: {}", why(trouble))),
    };
    gap(docket, dosed, entry, rule, kind, words);
}

fn gap(docket: &mut Docket<'_>, dosed: &Dosed<'_, '_>, entry: Entry, rule: RuleId, kind: GapKind, words: String) {
    docket.mark(dosed.exposure, Question::Dose, Cell::DataMissing);
    let on_card = docket.never_silence(rule);
    docket.wanted(rule, dosed.exposure().entry(), on_card, Missing { entry, kind, words });
}

/// Why a dose could not be worked out, in words.
pub fn why(trouble: &DoseTrouble) -> String {
    match trouble {
        DoseTrouble::NoDose => "none was entered".to_owned(),
        DoseTrouble::NoTiming => "no timing was entered, or only in words".to_owned(),
        DoseTrouble::Unreadable(words) => format!("`{words}` cannot be read"),
        DoseTrouble::NoStrength => "no strength is known to work it out with".to_owned(),
        DoseTrouble::NotCountable => "the count is not of what the product is made of".to_owned(),
        DoseTrouble::Units => "its unit does not convert to the one wanted".to_owned(),
        DoseTrouble::NoWeight => "it is by weight, and no weight is known".to_owned(),
        DoseTrouble::NoSurface => "it is by body surface, and none is known".to_owned(),
        DoseTrouble::NoMaximum => "taken when needed, with neither a maximum nor an interval".to_owned(),
        DoseTrouble::NoFactor => "it has no factor by its route, to be added up with others".to_owned(),
        DoseTrouble::NoRoute => "its route is not known, and what it counts depends on it".to_owned(),
        DoseTrouble::TooLarge => "the numbers are too large to work with".to_owned(),
    }
}
