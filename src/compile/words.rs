//! Conditions in short words, as a trace shows them: `potassium > 5 mmol/L within 7 d`.

use crate::clinical::chart::{AllergyKind, Criticality, Setting, Sex};
use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::route::RouteSet;
use crate::source::tree::{DrugSet, Name};
use crate::source::tree_condition::{About, Comparison, Condition, DoseSpan, ProblemWhen, Test};

/// A condition in short words.
pub fn condition(condition: &Condition) -> String {
    test(&condition.test)
}

/// A test in short words.
pub fn test(test: &Test) -> String {
    match test {
        Test::All(inner) => joined(inner, " and "),
        Test::Any(inner) => joined(inner, " or "),
        Test::Not(inner) => format!("not ({})", condition(inner)),
        Test::Dose { span, worst, comparison, dimension, per_body, of } => {
            let what = match span {
                DoseSpan::Single => "single dose",
                DoseSpan::Daily => "daily dose",
                DoseSpan::Average => "average dose",
            };
            let worst = if *worst { "" } else { " as expected" };
            format!("{what}{worst} {}{}", dose(comparison, *dimension, *per_body), about(*of))
        }
        Test::Duration { comparison, of } => format!("duration {}{}", times(comparison), about(*of)),
        Test::TakenFor { comparison, of } => format!("taken for {}{}", times(comparison), about(*of)),
        Test::Overlap { comparison } => format!("overlap {}", times(comparison)),
        Test::Apart { before, after, of } => {
            let [before, after] = [before, after].map(|n| span(Exact::whole(*n)));
            match of {
                About::Any if before == after => format!("{before} apart"),
                of => format!("{before} before or {after} after{}", about(*of)),
            }
        }
        Test::Age { comparison, in_days } => age(comparison, *in_days),
        Test::Sex(sex) => format!("sex {}", word_of(*sex, &SEXES)),
        Test::Gestation(comparison) => format!("pregnant for {}", weeks(comparison)),
        Test::Weight(comparison) => format!("weight {}", scaled(comparison, 1_000, " kg")),
        Test::Clearance { comparison, within } => {
            format!("creatinine clearance {} mL/min{}", numbers(comparison), back(*within))
        }
        Test::Egfr { comparison, within } => format!("eGFR {} mL/min/1.73 m²{}", numbers(comparison), back(*within)),
        Test::Lab { lab, comparison: Some((comparison, unit)), within } => {
            let unit = if unit.value.is_empty() { String::new() } else { format!(" {}", unit.value) };
            format!("{} {}{unit}{}", lab.value, numbers(comparison), back(*within))
        }
        Test::Lab { lab, comparison: None, within } => format!("{} known{}", lab.value, back(*within)),
        Test::Problem { problem, when } => problem_words(problem, *when),
        Test::Taking { drugs, within } => format!("takes {}{}", drug_words(drugs), back(*within)),
        Test::AllergyTo(drugs) => format!("allergy to {}", drug_words(drugs)),
        Test::Indication { problem, of } => format!("given for {}{}", problem.value, about(*of)),
        Test::Reaction(reactions) => format!("reaction {}", names(reactions, " or ")),
        other => plain(other),
    }
}

/// Tests without a number or a name.
fn plain(test: &Test) -> String {
    match test {
        Test::Route { routes, of } => format!("route {}{}", route_words(*routes), about(*of)),
        Test::Form { forms, of } => {
            let forms: Vec<&str> = forms.iter().copied().map(Form::word).collect();
            format!("form {}{}", forms.join(" or "), about(*of))
        }
        Test::Setting { settings, of } => {
            let words: Vec<&str> = settings.iter().map(|s| word_of(*s, &SETTINGS)).collect();
            format!("setting {}{}", words.join(" or "), about(*of))
        }
        Test::Change { changes, of } => format!("change {}{}", bit_words(*changes, &CHANGES), about(*of)),
        Test::Ordered { of } => format!("ordered{}", about(*of)),
        Test::AsNeeded { of } => format!("as needed{}", about(*of)),
        Test::OneTime { of } => format!("given once{}", about(*of)),
        Test::Dialysis => String::from("on dialysis"),
        Test::AcuteKidneyInjury => String::from("acute kidney injury"),
        Test::Pregnant(0) => String::from("pregnant"),
        Test::Pregnant(trimester) => format!("pregnant, trimester {trimester}"),
        Test::Breastfeeding => String::from("breastfeeding"),
        Test::AllergyKind(kind) => format!("recorded as {}", word_of(*kind, &ALLERGY_KINDS)),
        Test::Criticality(level) => format!("criticality {}", word_of(*level, &CRITICALITIES)),
        Test::Verification(bits) => format!("verification {}", bit_words(*bits, &VERIFICATIONS)),
        Test::ReactionSeverity(bits) => format!("reaction severity {}", bit_words(*bits, &REACTION_SEVERITIES)),
        Test::Tolerated => String::from("tolerated since"),
        Test::RoutesDiffer => String::from("routes differ"),
        Test::StrengthsDiffer => String::from("strengths differ"),
        Test::SettingsDiffer => String::from("settings differ"),
        Test::SameProduct => String::from("same product"),
        _ => String::new(),
    }
}

const SEXES: [(u8, &str); 3] = [(Sex::Female as u8, "female"), (Sex::Male as u8, "male"), (Sex::Other as u8, "other")];
const SETTINGS: [(u8, &str); 5] = [
    (Setting::Unknown as u8, "unknown"),
    (Setting::Inpatient as u8, "inpatient"),
    (Setting::Outpatient as u8, "outpatient"),
    (Setting::Home as u8, "home"),
    (Setting::Discharge as u8, "discharge"),
];
const CHANGES: [(u8, &str); 5] = [(1, "start"), (2, "modify"), (3, "renew"), (4, "stop"), (5, "hold")];
const ALLERGY_KINDS: [(u8, &str); 2] =
    [(AllergyKind::Allergy as u8, "allergy"), (AllergyKind::Intolerance as u8, "intolerance")];
const CRITICALITIES: [(u8, &str); 3] = [
    (Criticality::Low as u8, "low"),
    (Criticality::High as u8, "high"),
    (Criticality::Unassessable as u8, "unable to assess"),
];
const VERIFICATIONS: [(u8, &str); 5] =
    [(0, "unsaid"), (1, "confirmed"), (2, "unconfirmed"), (3, "refuted"), (4, "entered in error")];
const REACTION_SEVERITIES: [(u8, &str); 3] = [(0, "mild"), (1, "moderate"), (2, "severe")];
const OPERATORS: [&str; 5] = ["<", "<=", "=", ">=", ">"];
const DAY: i64 = 86_400;

fn word_of(n: u8, words: &[(u8, &'static str)]) -> &'static str {
    words.iter().find(|(number, _)| *number == n).map_or("unknown", |(_, word)| word)
}

fn bit_words(bits: u32, words: &[(u8, &str)]) -> String {
    let words: Vec<&str> = words.iter().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, word)| *word).collect();
    words.join(" or ")
}

fn joined(inner: &[Condition], with: &str) -> String {
    let words: Vec<String> = inner
        .iter()
        .map(|c| match c.test {
            Test::All(_) | Test::Any(_) if inner.len() > 1 => format!("({})", condition(c)),
            _ => condition(c),
        })
        .collect();
    words.join(with)
}

fn names(names: &[Name], with: &str) -> String {
    let words: Vec<&str> = names.iter().map(|n| n.value.as_str()).collect();
    words.join(with)
}

fn route_words(routes: RouteSet) -> String {
    if routes == RouteSet::systemic() {
        return String::from("systemic");
    }
    let local = RouteSet::local();
    let mut words: Vec<&str> = Vec::new();
    let rest = if routes.0 & local.0 == local.0 {
        words.push("local");
        RouteSet(routes.0 & !local.0)
    } else {
        routes
    };
    words.extend(rest.iter().map(|r| r.word()));
    words.join(" or ")
}

fn drug_words(drugs: &DrugSet) -> String {
    let mut words = names(&[drugs.classes.as_slice(), drugs.ingredients.as_slice()].concat(), " or ");
    if !drugs.except.is_empty() {
        words.push_str(&format!(" except {}", names(&drugs.except, " or ")));
    }
    if !drugs.routes.is_unknown() {
        words.push_str(&format!(" ({})", route_words(drugs.routes)));
    }
    if !drugs.except_routes.is_unknown() {
        words.push_str(&format!(" (not {})", route_words(drugs.except_routes)));
    }
    words
}

fn problem_words(problem: &Name, when: ProblemWhen) -> String {
    match when {
        ProblemWhen::Active => problem.value.clone(),
        ProblemWhen::Ever => format!("{} ever", problem.value),
        ProblemWhen::Within(seconds) => format!("{}{}", problem.value, back(Some(seconds))),
        ProblemWhen::Began(seconds) => format!("{} begun{}", problem.value, back(Some(seconds))),
    }
}

fn about(of: About) -> String {
    match of {
        About::Ordered => String::new(),
        About::Other => String::from(" of the other"),
        About::Object => String::from(" of the object"),
        About::Precipitant => String::from(" of the precipitant"),
        About::First => String::from(" of the first"),
        About::Any => String::from(" of any"),
        About::Patient => String::from(" of the patient"),
        About::Slot(n) => format!(" of participant {}", u32::from(n) + 1),
    }
}

fn back(within: Option<i64>) -> String {
    within.map_or_else(String::new, |seconds| format!(" within {}", span(Exact::whole(seconds))))
}

/// A comparison whose numbers are written by a function.
fn compared(comparison: &Comparison, write: impl Fn(Exact) -> String) -> String {
    match OPERATORS.get(usize::from(comparison.operator)) {
        Some(operator) => format!("{operator} {}", write(comparison.low)),
        None => format!("{} to {}", write(comparison.low), write(comparison.high)),
    }
}

fn numbers(comparison: &Comparison) -> String {
    compared(comparison, |n| n.to_string())
}

fn times(comparison: &Comparison) -> String {
    compared(comparison, span)
}

fn scaled(comparison: &Comparison, by: i64, unit: &str) -> String {
    compared(comparison, |n| divided(n, by).to_string()) + unit
}

/// Days of a pregnancy as whole weeks where both ends are such.
fn weeks(comparison: &Comparison) -> String {
    let whole = |n: Exact| n.denominator() == 1 && n.numerator() % 7 == 0;
    if whole(comparison.low) && whole(comparison.high) {
        scaled(comparison, 7, " weeks")
    } else {
        scaled(comparison, 1, " days")
    }
}

fn age(comparison: &Comparison, in_days: bool) -> String {
    let years = |n: Exact| divided(n, 12).denominator() == 1;
    if in_days {
        format!("age {}", scaled(comparison, 1, " days"))
    } else if years(comparison.low) && years(comparison.high) {
        format!("age {}", scaled(comparison, 12, " years"))
    } else {
        format!("age {}", scaled(comparison, 1, " months"))
    }
}

/// A length of time in the largest unit that divides it.
fn span(seconds: Exact) -> String {
    const UNITS: [(i64, &str); 4] = [(31_557_600, "years"), (DAY, "d"), (3_600, "h"), (60, "min")];
    let fits = UNITS.iter().find(|(size, _)| !seconds.is_zero() && divided(seconds, *size).denominator() == 1);
    match fits {
        Some((31_557_600, _)) if divided(seconds, 31_557_600) == Exact::ONE => String::from("1 year"),
        Some((size, unit)) => format!("{} {unit}", divided(seconds, *size)),
        None if seconds.is_zero() => String::from("0 d"),
        None => format!("{seconds} s"),
    }
}

fn dose(comparison: &Comparison, dimension: u8, per_body: u8) -> String {
    let (size, unit) = match dimension {
        0 => mass_unit(comparison.low),
        1 => (1_000, "mL"),
        2 => (1, "units"),
        3 => (1, "mEq"),
        4 => (1, "mmol"),
        _ => (1, "pieces"),
    };
    let per = match per_body {
        1 => "/kg",
        2 => "/m2",
        _ => "",
    };
    format!("{} {unit}{per}", scaled(comparison, size, ""))
}

/// Nanograms of a sensible unit of mass.
fn mass_unit(nanograms: Exact) -> (i64, &'static str) {
    if nanograms >= Exact::whole(10_000_000_000) {
        (1_000_000_000, "g")
    } else if nanograms >= Exact::whole(100_000) {
        (1_000_000, "mg")
    } else if nanograms >= Exact::whole(100) {
        (1_000, "ug")
    } else {
        (1, "ng")
    }
}

fn divided(n: Exact, by: i64) -> Exact {
    n.checked_div(Exact::whole(by)).unwrap_or(n)
}
