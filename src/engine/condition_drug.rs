//! Conditions about the drugs that take part: route, form, setting, dose, time, change, and how two of them differ.

use crate::clinical::chart::{Entry, Setting, Standing};
use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::quantity::PerBody;
use crate::clinical::regimen::{Amounts, DoseTrouble};
use crate::clinical::time::{Interval, Span};
use crate::clinical::weight::WeightKind;
use crate::engine::amount::amounts_of;
use crate::engine::bound::{Change, Currency, Exposure};
use crate::engine::change::instructed;
use crate::engine::condition::{Situation, Truth, Verdict};
use crate::engine::condition_apart;
use crate::engine::condition_node::{Node, Say, drug_name, entry_at, exposure_at, fact, unsaid};
use crate::engine::finding::GapKind;
use crate::engine::fold::same_ingredients;
use crate::engine::identity::same_strength;
use crate::engine::timeline::course;
use crate::pack::rule_tables::ConditionKind as Kind;

/// Answers a condition about the drugs that take part.
pub fn answer(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    match node.kind {
        Kind::Setting if node.is_of_patient(situation) => encounter(situation, node, say),
        Kind::Overlap => overlap(situation, node, say),
        Kind::Apart => condition_apart::answer(situation, node, say),
        Kind::RoutesDiffer | Kind::StrengthsDiffer | Kind::SettingsDiffer | Kind::SameProduct => {
            pair(situation, node.kind, say)
        }
        _ => node.of_subjects(situation, say, |place, exposure, say| of_one(situation, node, place, exposure, say)),
    }
}

fn of_one(situation: &Situation<'_, '_>, node: &Node, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    match node.kind {
        Kind::Route => route(situation, node, place, exposure, say),
        Kind::Form => form(situation, node, place, exposure, say),
        Kind::Setting => {
            if exposure.setting == Setting::Unknown && !node.has_bit(0) {
                return unsaid(situation, place, "setting");
            }
            say.put(|| fact(situation, place, "setting", setting_word(exposure.setting)));
            Verdict::of(node.has_bit(exposure.setting as u8))
        }
        Kind::SingleDose | Kind::DailyDose | Kind::AverageDose => dose(situation, node, place, exposure, say),
        Kind::Duration => duration(situation, node, place, exposure, say),
        Kind::TakenFor => taken_for(situation, node, place, exposure, say),
        Kind::Change => change(situation, node, place, exposure, say),
        Kind::Ordered => {
            let ordered = exposure.standing == Standing::InHand;
            say.put(|| {
                format!("{} is {}", drug_name(situation, place), if ordered { "ordered" } else { "not ordered" })
            });
            Verdict::of(ordered)
        }
        Kind::AsNeeded | Kind::OneTime => manner(situation, node.kind, place, exposure, say),
        _ => Verdict::of(false),
    }
}

fn route(situation: &Situation<'_, '_>, node: &Node, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    if exposure.routes.is_unknown() {
        return unsaid(situation, place, "route");
    }
    say.put(|| {
        let words: Vec<&str> = exposure.routes.iter().map(|r| r.word()).collect();
        fact(situation, place, "route", &words.join(" or "))
    });
    Verdict::of(exposure.routes.0 & node.first != 0)
}

fn form(situation: &Situation<'_, '_>, node: &Node, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    let Some(form) = Form::ALL.get(usize::from(exposure.form)) else { return unsaid(situation, place, "form") };
    say.put(|| fact(situation, place, "form", form.word()));
    let bits = u64::from(node.first) | u64::from(node.second) << 32;
    Verdict::of(bits >> (*form as u8) & 1 == 1)
}

fn encounter(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let setting = situation.bound.chart.setting;
    if setting == Setting::Unknown && !node.has_bit(0) {
        return Verdict::missing(Entry::Patient, GapKind::Missing, String::from("setting of the encounter"));
    }
    say.put(|| format!("setting: {}", setting_word(setting)));
    Verdict::of(node.has_bit(setting as u8))
}

fn setting_word(setting: Setting) -> &'static str {
    match setting {
        Setting::Unknown => "not said",
        Setting::Inpatient => "inpatient",
        Setting::Outpatient => "outpatient",
        Setting::Home => "home",
        Setting::Discharge => "discharge",
    }
}

/// A dose compares by its worst case, or by what is expected where the rule says so. Limits for each kilogram or square
/// metre divide by the body.
fn dose(situation: &Situation<'_, '_>, node: &Node, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    let (what, each) = match node.kind {
        Kind::SingleDose => ("single dose", ""),
        Kind::DailyDose => ("daily dose", ""),
        _ => ("average dose", " a day"),
    };
    let trouble = |kind: GapKind, why: &str| {
        Verdict::missing(entry_at(situation, place), kind, format!("{what} of {}{why}", drug_name(situation, place)))
    };
    let Some(ingredient) = situation.ingredients.get(place).copied().or(exposure.parts.first().map(|p| p.ingredient))
    else {
        return trouble(GapKind::DoseUnknown, "");
    };
    let amounts = match amounts_of(situation.bound, exposure, ingredient) {
        Ok(amounts) => amounts,
        Err(DoseTrouble::Unreadable(words)) => return trouble(GapKind::DoseUnknown, &format!(" (`{words}`)")),
        Err(_) => return trouble(GapKind::DoseUnknown, ""),
    };
    let bounds = match node.kind {
        Kind::SingleDose => amounts.single,
        Kind::DailyDose => amounts.daily,
        _ => amounts.average,
    };
    let Some(bounds) = bounds else { return trouble(GapKind::DoseUnknown, "") };
    let measure = if node.second & 0x100 == 0 { bounds.worst } else { bounds.expected };
    let (dimension, exact) = (measure.dimension(), measure.exact());
    if u32::from(dimension) != node.first {
        return trouble(GapKind::UnitMismatch, &format!(" ({measure} does not convert to the rule's unit)"));
    }
    let per = match node.second & 0xff {
        n if n == PerBody::Whole as u32 => Some(Exact::ONE),
        n if n == PerBody::Kilogram as u32 => {
            match situation.bound.body.weight.and_then(|w| w.checked_div(Exact::whole(1_000))) {
                None => return Verdict::missing(Entry::Patient, GapKind::Missing, String::from("weight")),
                kilograms => kilograms,
            }
        }
        n if n == PerBody::SquareMetre as u32 => {
            match situation.bound.body.surface.and_then(|s| s.checked_div(Exact::whole(1_000_000))) {
                None => return Verdict::missing(Entry::Patient, GapKind::Missing, String::from("body surface")),
                metres => metres,
            }
        }
        _ => None,
    };
    let Some(value) = per.and_then(|p| exact.checked_div(p)) else { return trouble(GapKind::DoseUnknown, "") };
    say.put(|| {
        let record = instructed(situation.bound.chart, exposure);
        let kind = situation.bound.body.kind;
        let weighed =
            node.second & 0xff == PerBody::Kilogram as u32 || record.is_some_and(|m| m.regimen.is_by_weight());
        let by = match weighed && kind != WeightKind::Measured {
            true => format!(", by the {}", kind.name()),
            false => String::new(),
        };
        format!("{what} of {} {measure}{each}{by}", drug_name(situation, place))
    });
    // Where something could not be worked out, what is known is a lower bound.
    let high = if open_above(node.kind, &amounts) { None } else { Some(value) };
    match node.compare(situation.bound.pack, Some(value), high) {
        Truth::Unknown => trouble(GapKind::DoseUnknown, ""),
        truth => Verdict { truth, ..Verdict::of(false) },
    }
}

fn open_above(kind: Kind, amounts: &Amounts) -> bool {
    if kind == Kind::SingleDose { amounts.single_is_open } else { amounts.timing_trouble.is_some() }
}

fn duration(
    situation: &Situation<'_, '_>,
    node: &Node,
    place: usize,
    exposure: &Exposure,
    say: &mut Say<'_>,
) -> Verdict {
    let record = instructed(situation.bound.chart, exposure);
    let planned = record.and_then(|m| course(&m.regimen).or_else(|| m.period.length()));
    let Some(span) = planned else { return unsaid(situation, place, "planned duration") };
    say.put(|| fact(situation, place, "planned duration", &span.to_string()));
    node.compare_one(situation.bound.pack, Exact::whole(span.0))
}

/// How long it has been taken as of now. An order that goes on with what is on file counts from when that began.
fn taken_for(
    situation: &Situation<'_, '_>,
    node: &Node,
    place: usize,
    exposure: &Exposure,
    say: &mut Say<'_>,
) -> Verdict {
    let (bound, now) = (situation.bound, situation.bound.chart.as_of);
    let mut start = exposure.interval.start;
    if exposure.standing != Standing::Existing {
        let taken = |e: &&Exposure| e.standing == Standing::Existing && e.currency == Currency::Current;
        let mut known = bound.exposures.iter().filter(taken).filter(|e| same_ingredients(e, exposure)).peekable();
        if known.peek().is_some() {
            start = known.map(|e| e.interval.start).min().flatten();
        } else if start.is_some_and(|s| s < now) {
            // An order being written now has not been taken, whatever start was entered.
            start = Some(now);
        }
    }
    let Some(start) = start else { return unsaid(situation, place, "start") };
    let span = Span(now.since(start).0.max(0));
    say.put(|| fact(situation, place, "taken for", &Span::days(span.0 / 86_400).to_string()));
    node.compare_one(bound.pack, Exact::whole(span.0))
}

/// The time all participants share. An open end reaches for ever: an order without an end is taken until it is stopped.
fn overlap(situation: &Situation<'_, '_>, node: &Node, say: &mut Say<'_>) -> Verdict {
    let mut shared = Some(Interval::default());
    for place in 0..situation.participants.len() {
        let Some(exposure) = exposure_at(situation, place) else { continue };
        shared = shared.and_then(|s| s.shared(&exposure.interval));
    }
    let pack = situation.bound.pack;
    match shared {
        None => {
            say.put(|| String::from("no overlap"));
            node.compare_one(pack, Exact::ZERO)
        }
        Some(Interval { start: Some(start), end: Some(end) }) => {
            let span = end.since(start);
            say.put(|| format!("overlap {span}"));
            node.compare_one(pack, Exact::whole(span.0))
        }
        Some(_) => {
            say.put(|| String::from("overlap without an end"));
            let longest = Some(Exact::whole(i64::MAX));
            Verdict { truth: node.compare(pack, longest, longest), ..Verdict::of(false) }
        }
    }
}

fn change(situation: &Situation<'_, '_>, node: &Node, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    let going_on = [Change::Start, Change::Modify, Change::Renew];
    let asked = node.has_bit(exposure.change as u8);
    if exposure.change == Change::Unclear && !asked && going_on.iter().any(|c| node.has_bit(*c as u8)) {
        let words = format!("whether the order of {} replaces or adds", drug_name(situation, place));
        return Verdict::missing(entry_at(situation, place), GapKind::Missing, words);
    }
    say.put(|| {
        let word = match exposure.change {
            Change::None => "is on file",
            Change::Start => "is started",
            Change::Modify => "is changed",
            Change::Renew => "is renewed",
            Change::Stop => "is stopped",
            Change::Hold => "is held",
            Change::Unclear => "is ordered beside the same drug",
        };
        format!("{} {word}", drug_name(situation, place))
    });
    Verdict::of(asked)
}

fn manner(situation: &Situation<'_, '_>, kind: Kind, place: usize, exposure: &Exposure, say: &mut Say<'_>) -> Verdict {
    let record = instructed(situation.bound.chart, exposure);
    if record.is_none_or(|m| m.regimen.instructions.is_empty()) {
        return unsaid(situation, place, "instructions");
    }
    let (holds, yes, no) = match kind {
        Kind::AsNeeded => (exposure.as_needed, "only when needed", "on schedule"),
        _ => (exposure.one_time, "once", "more than once"),
    };
    say.put(|| format!("{} is given {}", drug_name(situation, place), if holds { yes } else { no }));
    Verdict::of(holds)
}

/// How the first two participants differ.
fn pair(situation: &Situation<'_, '_>, kind: Kind, say: &mut Say<'_>) -> Verdict {
    let (Some(a), Some(b)) = (exposure_at(situation, 0), exposure_at(situation, 1)) else { return Verdict::of(false) };
    match kind {
        Kind::RoutesDiffer => {
            if let Some(place) = [a, b].iter().position(|e| e.routes.is_unknown()) {
                return unsaid(situation, place, "route");
            }
            let differ = !a.routes.meets(b.routes);
            say.put(|| String::from(if differ { "different routes" } else { "same route" }));
            Verdict::of(differ)
        }
        Kind::StrengthsDiffer => strengths(situation, a, b, say),
        Kind::SettingsDiffer => {
            if let Some(place) = [a, b].iter().position(|e| e.setting == Setting::Unknown) {
                return unsaid(situation, place, "setting");
            }
            // Clinic, home and the way home are one place in this: the community.
            let differ = (a.setting == Setting::Inpatient) != (b.setting == Setting::Inpatient);
            say.put(|| format!("{} and {}", setting_word(a.setting), setting_word(b.setting)));
            Verdict::of(differ)
        }
        _ => {
            if let Some(place) = [a, b].iter().position(|e| e.product.is_none()) {
                return unsaid(situation, place, "product");
            }
            say.put(|| String::from(if a.product == b.product { "same product" } else { "different products" }));
            Verdict::of(a.product == b.product)
        }
    }
}

fn strengths(situation: &Situation<'_, '_>, a: &Exposure, b: &Exposure, say: &mut Say<'_>) -> Verdict {
    let mut verdict = Verdict::of(false);
    for part in &a.parts {
        for other in b.parts.iter().filter(|o| o.ingredient == part.ingredient) {
            let answer = match same_strength(part, other) {
                Some(same) => Verdict::of(!same),
                None => unsaid(situation, usize::from(part.strength.is_some()), "strength"),
            };
            verdict = verdict.or(answer);
        }
    }
    if verdict.truth != Truth::Unknown {
        let words = if verdict.truth == Truth::Holds { "different strengths" } else { "same strength" };
        say.put(|| String::from(words));
    }
    verdict
}
