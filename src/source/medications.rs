//! The drugs of a case's chart: orders, other drafts, and what is taken.

use crate::clinical::apart::time_of_day;
use crate::clinical::chart::{Drug, Intent, Medication, RecordKind, Setting, Standing, Status};
use crate::clinical::code::Concept;
use crate::clinical::exact::Exact;
use crate::clinical::quantity::DoseRate;
use crate::clinical::regimen::{Given, Instruction, Regimen, Timing};
use crate::clinical::route::Route;
use crate::clinical::time::{Interval, Span};
use crate::source::amounts;
use crate::source::cases::{code_of, setting_of_word, word_for};
use crate::source::conditions::SETTINGS;
use crate::source::fields::Fields;
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::tree::Written;
use crate::source::tree_case::DrugWord;
use smallvec::SmallVec;

/// The records under `orders`, `drafts` and `takes`, in this order.
pub fn medications(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<(DrugWord, Medication)> {
    let mut medications = Vec::new();
    for (key, standing) in [("orders", Standing::InHand), ("drafts", Standing::Draft), ("takes", Standing::Existing)] {
        for value in f.tables(r, key) {
            let Some(mut inner) = Fields::open(r, key, value, "the drug of the case") else { continue };
            let medication = medication(r, &mut inner, standing);
            inner.close(r);
            medications.extend(medication);
        }
    }
    medications
}

fn medication(r: &mut Reader, f: &mut Fields<'_, '_>, standing: Standing) -> Option<(DrugWord, Medication)> {
    let drug = word_for(r, f, "drug", "`drug = \"...\"`: an ingredient, or `system|code`");
    let since = f.date(r, "since");
    let until = f.date(r, "until");
    let default = if standing == Standing::Existing { Status::Active } else { Status::Draft };
    let medication = Medication {
        reference: reference(f.text(r, "id").map(|id| id.value)),
        kind: f.word(r, "as", kind_of_word, KINDS).map_or(RecordKind::Request, |w| w.value),
        standing,
        status: f.word(r, "status", status_of_word, STATUSES).map_or(default, |w| w.value),
        intent: f.word(r, "intent", intent_of_word, &["order", "plan"]).map_or(Intent::Order, |w| w.value),
        negated: f.is_set(r, "not-given"),
        drug: Drug { concept: words_of(drug.as_ref()), ..Drug::default() },
        setting: f.word(r, "setting", setting_of_word, &SETTINGS[1..]).map_or(Setting::Unknown, |w| w.value),
        authored: f.date(r, "authored").or(since.clone()).map(|w| w.value),
        period: Interval { start: since.map(|w| w.value.earliest), end: until.map(|w| w.value.latest) },
        supply: f.seconds(r, "supply").map(|w| Span(w.value)),
        replaces: f.texts(r, "replaces").into_iter().map(|id| reference(Some(id.value))).collect(),
        based_on: f.texts(r, "based-on").into_iter().map(|id| reference(Some(id.value))).collect(),
        reasons: f.texts(r, "reason").into_iter().filter_map(|word| code_of(r, word)).map(Concept::of).collect(),
        regimen: regimen(r, f),
    };
    drug.map(|drug| (drug, medication))
}

fn reference(id: Option<String>) -> Box<str> {
    id.unwrap_or_default().into_boxed_str()
}

/// Words stand in the record itself; a name or code is put there by the compiler.
fn words_of(drug: Option<&DrugWord>) -> Concept {
    match drug {
        Some(DrugWord::Words(words)) => {
            Concept { codes: SmallVec::new(), text: Some(words.value.clone().into_boxed_str()) }
        }
        _ => Concept::default(),
    }
}

const KINDS: &[&str] = &["request", "statement", "dispense", "administration"];

fn kind_of_word(word: &str) -> Option<RecordKind> {
    Some(match word {
        "request" => RecordKind::Request,
        "statement" => RecordKind::Statement,
        "dispense" => RecordKind::Dispense,
        "administration" => RecordKind::Administration,
        _ => return None,
    })
}

const STATUSES: &[&str] = &[
    "active",
    "on-hold",
    "completed",
    "stopped",
    "cancelled",
    "not-taken",
    "entered-in-error",
    "draft",
    "planned",
    "unknown",
];

fn status_of_word(word: &str) -> Option<Status> {
    Some(match word {
        "active" => Status::Active,
        "on-hold" => Status::OnHold,
        "completed" => Status::Completed,
        "stopped" => Status::Stopped,
        "cancelled" => Status::Cancelled,
        "not-taken" => Status::NotTaken,
        "entered-in-error" => Status::EnteredInError,
        "draft" => Status::Draft,
        "planned" => Status::Planned,
        "unknown" => Status::Unknown,
        _ => return None,
    })
}

fn intent_of_word(word: &str) -> Option<Intent> {
    Some(match word {
        "order" => Intent::Order,
        "plan" => Intent::Plan,
        _ => return None,
    })
}

/// What one instruction may be written with.
const SCHEDULE: &[&str] = &[
    "route",
    "dose",
    "rate",
    "times",
    "per",
    "at",
    "for",
    "count",
    "runs-for",
    "as-needed",
    "max-per-day",
    "max-at-once",
];

/// The instruction written among the keys of the record, and the `phases` that follow each other instead.
fn regimen(r: &mut Reader, f: &mut Fields<'_, '_>) -> Regimen {
    let written = SCHEDULE.iter().any(|key| f.peek(key).is_some());
    let alone = instruction(r, f);
    let mut instructions: Vec<Instruction> = written.then_some(alone).into_iter().collect();
    for (n, value) in (1u32..).zip(f.tables(r, "phases")) {
        let Some(mut inner) = Fields::open(r, "phases", value, "the phase") else { continue };
        let mut phase = instruction(r, &mut inner);
        phase.sequence = Some(n);
        inner.close(r);
        instructions.push(phase);
    }
    if let Some(value) = f.peek("phases").filter(|_| written) {
        let span = r.place(value);
        let cure = "write dose and timing in each phase, and none beside `phases`";
        r.report(mistakes::keys_disagree(
            span,
            "a dose or timing stands beside `phases`",
            "either one schedule or phases",
            cure,
        ));
    }
    Regimen { instructions }
}

fn instruction(r: &mut Reader, f: &mut Fields<'_, '_>) -> Instruction {
    let routes: Vec<&str> = Route::ALL.iter().map(|route| route.word()).collect();
    let route = f.word(r, "route", Route::from_word, &routes);
    let dose =
        f.read(r, "dose", amounts::dose_range, |span, key, found| mistakes::bad_quantity(span, key, found, "400 mg"));
    let rate =
        f.read(r, "rate", DoseRate::parse, |span, key, found| mistakes::bad_quantity(span, key, found, "4 ug/kg/min"));
    let most = |text: &str| crate::clinical::quantity::Dose::parse(text);
    let daily = f.read(r, "max-per-day", most, |span, key, found| mistakes::bad_quantity(span, key, found, "4 g"));
    let once = f.read(r, "max-at-once", most, |span, key, found| mistakes::bad_quantity(span, key, found, "1 g"));
    let mut given = Vec::new();
    given.extend(dose.map(|d| Given::Dose { low: d.value.0, high: d.value.1 }));
    given.extend(rate.map(|rate| Given::Rate { low: rate.value, high: rate.value }));
    Instruction {
        sequence: None,
        text: None,
        route: route.map_or_else(Concept::default, |route| Concept {
            codes: SmallVec::new(),
            text: Some(route.value.word().into()),
        }),
        given,
        timing: timing(r, f),
        as_needed: f.is_set(r, "as-needed"),
        max_per_period: daily.map(|dose| (dose.value, Span::days(1))),
        max_per_administration: once.map(|dose| dose.value),
    }
}

fn timing(r: &mut Reader, f: &mut Fields<'_, '_>) -> Timing {
    let times = f.exact(r, "times");
    let per = f.seconds(r, "per");
    if let Some(times) = times.as_ref().filter(|_| f.peek("per").is_none()) {
        let cure = "write `per = \"1 d\"` beside it; a single giving is `count = 1`";
        r.report(mistakes::keys_disagree(times.span, "`times` without `per`", "does not say in what time", cure));
    }
    let clock = clock(r, f);
    let count = f.whole(r, "count", 1, 100_000).and_then(|n| u32::try_from(n.value).ok());
    let zero: Option<&Written<i64>> = per.as_ref().filter(|p| p.value <= 0);
    if let Some(zero) = zero {
        r.report(mistakes::bad_duration(zero.span, "per", "0"));
    }
    Timing {
        frequency: times.map(|n| (n.value, n.value)),
        period: per.filter(|p| p.value > 0).map(|p| (Exact::whole(p.value), Exact::whole(p.value))),
        count: count.map(|n| (n, n)),
        runs_for: f.seconds(r, "runs-for").map(|w| Exact::whole(w.value)),
        lasts: f.seconds(r, "for").map(|w| Span(w.value)),
        events_per_day: u8::try_from(clock.len()).unwrap_or(u8::MAX),
        clock,
        ..Timing::default()
    }
}

/// The times of day under `at`, ascending.
fn clock(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<u32> {
    let mut clock = Vec::new();
    for written in f.texts(r, "at") {
        match time_of_day(&written.value) {
            Some(second) => clock.push(second),
            None => r.report(mistakes::bad_quantity(written.span, "at", &written.value, "08:00")),
        }
    }
    clock.sort_unstable();
    clock
}
