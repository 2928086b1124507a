//! A hook call, read, as plain text: one line for each thing, nothing said of what is not there.

#![allow(clippy::unwrap_used)]

use caveat::clinical::chart::{
    Allergy, Chart, ClinicalStatus, Intent, Lab, Measured, Medication, Pregnancy, Problem, Receipt, Setting,
    Verification,
};
use caveat::clinical::code::{Concept, System};
use caveat::clinical::quantity::{Dose, DoseRate, Measure, PerBody, StrengthPer};
use caveat::clinical::regimen::{Given, Instruction};
use caveat::clinical::time::{Dated, Interval, Moment};
use caveat::hooks::call::Call;
use std::fmt::Write;

pub fn print(call: &Call<'_>) -> String {
    let mut out = String::new();
    let mut head = vec![format!("{} for {}", call.hook.name(), or_nobody(&call.patient))];
    if !call.user.is_empty() {
        head.push(format!("by {}", call.user));
    }
    if !call.encounter.is_empty() {
        head.push(format!("at {}", call.encounter));
    }
    if call.nothing_chosen {
        head.push("nothing chosen".into());
    }
    if !call.wanting.is_empty() {
        head.push(format!("wanting {:?}", call.wanting));
    }
    writeln!(out, "{}", head.join(", ")).unwrap();
    chart(&mut out, &call.chart);
    for raw in &call.raw {
        let json = raw.json().unwrap().get();
        let end: String = json.chars().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect();
        let start: String = json.chars().take(3).collect();
        let words = format!("{}..{}", start.trim_end(), end.trim_start()).replace(['\n', '\r'], "");
        writeln!(out, "raw {} {}/{} {} bytes {words}", raw.medication, raw.resource_type, raw.id, json.len()).unwrap();
    }
    out
}

fn or_nobody(id: &str) -> &str {
    if id.is_empty() { "nobody" } else { id }
}

fn chart(out: &mut String, chart: &Chart) {
    let follow = if chart.doses_may_follow { ", doses may follow" } else { "" };
    writeln!(out, "asked {:?}{follow}{}", chart.focus, setting(chart.setting)).unwrap();
    let r = &chart.received;
    let lists = [
        ("patient", &r.patient),
        ("medications", &r.medications),
        ("allergies", &r.allergies),
        ("problems", &r.problems),
        ("labs", &r.labs),
    ];
    let sent: Vec<String> =
        lists.iter().filter(|(_, r)| **r != Receipt::NotSent).map(|(n, r)| format!("{n} {r:?}")).collect();
    if !sent.is_empty() {
        writeln!(out, "received {}", sent.join(", ")).unwrap();
    }
    patient(out, chart);
    chart.medications.iter().for_each(|m| medication(out, m));
    if !chart.allergies.is_empty() {
        writeln!(out, "allergies {:?}", chart.allergy_status).unwrap();
    }
    chart.allergies.iter().for_each(|a| allergy(out, a));
    chart.problems.iter().for_each(|p| problem(out, p));
    for p in &chart.procedures {
        let when = if p.ongoing {
            ", going on".to_owned()
        } else {
            p.on.map_or(String::new(), |on| format!(" on {}", dated(on)))
        };
        writeln!(out, "procedure {}: {}{when}", p.reference, concept(&p.concept)).unwrap();
    }
    chart.labs.iter().for_each(|l| lab(out, l));
    for u in &chart.unread {
        let hand = if u.in_hand { " in hand" } else { "" };
        writeln!(out, "unread{hand} {:?} {}: {}", u.why, u.place, u.words).unwrap();
    }
}

fn setting(setting: Setting) -> String {
    if setting == Setting::Unknown { String::new() } else { format!(", {setting:?}") }
}

fn patient(out: &mut String, chart: &Chart) {
    let p = &chart.patient;
    let mut parts = Vec::new();
    if let Some(born) = p.born {
        parts.push(format!("born {}", dated(born)));
    }
    if let Some(sex) = p.sex {
        parts.push(format!("{sex:?}"));
    }
    let mut measured = |name: &str, unit: &str, m: &Option<Measured>| {
        if let Some(m) = m {
            parts.push(format!("{name} {} {unit}{}", m.value, on(m.on)));
        }
    };
    measured("weight", "g", &p.weight);
    measured("dry weight", "g", &p.weights.dry);
    measured("stated weight", "g", &p.weights.stated);
    measured("estimated weight", "g", &p.weights.estimated);
    measured("ideal weight", "g", &p.weights.ideal);
    measured("height", "mm", &p.height);
    measured("surface", "mm2", &p.surface);
    measured("clearance", "mL/min", &p.kidneys.clearance);
    measured("egfr", "mL/min/1.73m2", &p.kidneys.egfr);
    measured("creatinine", "ug/dL", &p.kidneys.creatinine);
    if let Some(s) = &p.pregnancy {
        parts.push(match s.value {
            Pregnancy::No => format!("not pregnant{}", on(s.on)),
            Pregnancy::Yes { due: None } => format!("pregnant{}", on(s.on)),
            Pregnancy::Yes { due: Some(due) } => format!("pregnant{} due {}", on(s.on), dated(due)),
        });
    }
    if let Some(s) = &p.lactation {
        parts.push(format!("{}breastfeeding{}", if s.value { "" } else { "not " }, on(s.on)));
    }
    if p.died {
        parts.push("died".into());
    }
    if !parts.is_empty() {
        writeln!(out, "patient {}", parts.join(", ")).unwrap();
    }
}

fn medication(out: &mut String, m: &Medication) {
    let mut line = format!("{:?} {:?} {:?}", m.standing, m.kind, m.status);
    if m.negated {
        line += " NOT TAKEN";
    }
    if m.intent == Intent::Plan {
        line += " plan";
    }
    if !m.reference.is_empty() {
        write!(line, " {}", m.reference).unwrap();
    }
    write!(line, ": {}", concept(&m.drug.concept)).unwrap();
    if let Some(reference) = &m.drug.unresolved {
        write!(line, " unresolved {reference}").unwrap();
    }
    if !m.drug.form.is_empty() {
        write!(line, " form {}", concept(&m.drug.form)).unwrap();
    }
    line += &setting(m.setting);
    if let Some(authored) = m.authored {
        write!(line, ", of {}", dated(authored)).unwrap();
    }
    if m.period != Interval::default() {
        write!(line, ", taken {}", interval(m.period)).unwrap();
    }
    if let Some(supply) = m.supply {
        write!(line, ", lasts {}", span(supply.0)).unwrap();
    }
    for (word, list) in [("replaces", &m.replaces), ("rests on", &m.based_on)] {
        if !list.is_empty() {
            write!(line, ", {word} {}", list.join(" ")).unwrap();
        }
    }
    for reason in &m.reasons {
        write!(line, ", because of {}", concept(reason)).unwrap();
    }
    writeln!(out, "{line}").unwrap();
    for part in &m.drug.ingredients {
        let strength = part.strength.map(|s| {
            let per = match s.per {
                StrengthPer::Hour => "h".to_owned(),
                StrengthPer::Measure(m) => measure(m),
            };
            format!(" {} in {per}", measure(s.amount))
        });
        writeln!(out, "  holds {}{}", concept(&part.concept), strength.unwrap_or_default()).unwrap();
    }
    m.regimen.instructions.iter().for_each(|i| instruction(out, i));
}

fn instruction(out: &mut String, i: &Instruction) {
    let mut parts = Vec::new();
    for given in &i.given {
        parts.push(match given {
            Given::Dose { low, high } if low == high => dose(*low),
            Given::Dose { low, high } => format!("{} to {}", dose(*low), dose(*high)),
            Given::Rate { low, high } if low == high => rate(*low),
            Given::Rate { low, high } => format!("{} to {}", rate(*low), rate(*high)),
            Given::Unreadable { words } => format!("unreadable `{words}`"),
        });
    }
    let t = &i.timing;
    let pair = |(a, b): (caveat::clinical::exact::Exact, caveat::clinical::exact::Exact)| {
        if a == b { a.to_string() } else { format!("{a} to {b}") }
    };
    if let Some(f) = t.frequency {
        parts.push(format!("{} times", pair(f)));
    }
    if let Some((a, b)) = t.period {
        let one = |e: caveat::clinical::exact::Exact| {
            if e.denominator() == 1 { span(e.numerator()) } else { format!("{e} s") }
        };
        parts.push(if a == b { format!("each {}", one(a)) } else { format!("each {} to {}", one(a), one(b)) });
    }
    if t.events_per_day > 0 {
        parts.push(format!("{} events a day", t.events_per_day));
    }
    if !t.clock.is_empty() {
        let clock: Vec<String> = t.clock.iter().map(|s| format!("{:02}:{:02}", s / 3_600, s / 60 % 60)).collect();
        parts.push(format!("at {}", clock.join(" ")));
    }
    if !t.moments.is_empty() {
        let moments: Vec<String> = t.moments.iter().map(|m| m.rfc3339()).collect();
        parts.push(format!("on {}", moments.join(" ")));
    }
    if t.days_of_week > 0 {
        parts.push(format!("{} days a week", t.days_of_week));
    }
    if let Some((a, b)) = t.count {
        parts.push(if a == b { format!("{a} in all") } else { format!("{a} to {b} in all") });
    }
    if let Some(runs) = t.runs_for {
        parts.push(format!("running {runs} s"));
    }
    if t.bounds != Interval::default() {
        parts.push(interval(t.bounds));
    }
    if let Some(lasts) = t.lasts {
        parts.push(format!("for {}", span(lasts.0)));
    }
    if t.words_only {
        parts.push("words only".into());
    }
    if i.as_needed {
        parts.push("as needed".into());
    }
    if let Some((d, s)) = i.max_per_period {
        parts.push(format!("at most {} in {}", dose(d), span(s.0)));
    }
    if let Some(d) = i.max_per_administration {
        parts.push(format!("at most {} at once", dose(d)));
    }
    if !i.route.is_empty() {
        parts.push(format!("route {}", concept(&i.route)));
    }
    let sequence = i.sequence.map(|n| format!("{n}. ")).unwrap_or_default();
    let text = i.text.as_deref().map(|t| format!(" {t:?}")).unwrap_or_default();
    writeln!(out, "  {sequence}{}{text}", parts.join(", ")).unwrap();
}

fn allergy(out: &mut String, a: &Allergy) {
    let hand = if a.in_hand { " in hand" } else { "" };
    write!(out, "allergy{hand} {}: {}", a.reference, concept(&a.substance)).unwrap();
    if let Some(kind) = a.kind {
        write!(out, ", {kind:?}").unwrap();
    }
    if let Some(criticality) = a.criticality {
        write!(out, ", criticality {criticality:?}").unwrap();
    }
    statuses(out, a.clinical, a.verification);
    for (word, date) in [("since", a.onset), ("last", a.last)] {
        if let Some(date) = date {
            write!(out, ", {word} {}", dated(date)).unwrap();
        }
    }
    if !a.categories.is_empty() {
        write!(out, ", {}", a.categories.join(" ")).unwrap();
    }
    writeln!(out).unwrap();
    for r in &a.reactions {
        let shown: Vec<String> = r.manifestations.iter().map(concept).collect();
        let substance = if r.substance.is_empty() { String::new() } else { format!("to {} ", concept(&r.substance)) };
        let severity = r.severity.map(|s| format!(", {s:?}")).unwrap_or_default();
        writeln!(out, "  reaction {substance}{}{severity}", shown.join("; ")).unwrap();
    }
}

fn statuses(out: &mut String, clinical: ClinicalStatus, verification: Verification) {
    if clinical != ClinicalStatus::Unsaid {
        write!(out, ", {clinical:?}").unwrap();
    }
    if verification != Verification::Unsaid {
        write!(out, ", {verification:?}").unwrap();
    }
}

fn problem(out: &mut String, p: &Problem) {
    write!(out, "problem {}: {}", p.reference, concept(&p.concept)).unwrap();
    statuses(out, p.clinical, p.verification);
    for (word, date) in [("since", p.onset), ("until", p.ended), ("noted", p.recorded)] {
        if let Some(date) = date {
            write!(out, ", {word} {}", dated(date)).unwrap();
        }
    }
    writeln!(out).unwrap();
}

fn lab(out: &mut String, l: &Lab) {
    let bound = l.bound.map(|b| format!("{b:?} ")).unwrap_or_default();
    let value = l.value.map_or("no number".into(), |v| v.to_string());
    writeln!(out, "lab {}: {} = {bound}{value} {}{}", l.reference, concept(&l.concept), l.unit, on(l.on)).unwrap();
}

fn concept(c: &Concept) -> String {
    let mut parts: Vec<String> = c
        .codes
        .iter()
        .map(|code| match &code.system {
            System::Other(uri) => format!("{}|{}", uri.rsplit('/').next().unwrap(), code.value),
            system => format!("{}|{}", format!("{system:?}").to_lowercase(), code.value),
        })
        .collect();
    if let Some(text) = &c.text {
        parts.push(format!("{text:?}"));
    }
    if parts.is_empty() { "nothing".into() } else { parts.join(" ") }
}

fn dose(d: Dose) -> String {
    let per = match d.per {
        PerBody::Whole => "",
        PerBody::Kilogram => "/kg",
        PerBody::SquareMetre => "/m2",
    };
    format!("{}{per}", measure(d.measure))
}

fn rate(r: DoseRate) -> String {
    format!("{} each {} s", dose(r.dose), r.seconds)
}

fn measure(m: Measure) -> String {
    match m {
        Measure::Mass(a) => format!("{} ng", a.exact()),
        Measure::Volume(a) => format!("{} uL", a.exact()),
        Measure::Activity(a) => format!("{} U", a.exact()),
        Measure::Equivalents(a) => format!("{} mEq", a.exact()),
        Measure::Moles(a) => format!("{} mmol", a.exact()),
        Measure::Count(a, thing) => format!("{} {thing:?}", a.exact()),
    }
}

fn moment(m: Moment) -> String {
    m.rfc3339().replace("T00:00:00Z", "")
}

fn dated(d: Dated) -> String {
    match d.latest.0 - d.earliest.0 {
        0 => moment(d.earliest),
        86_399 => moment(d.earliest),
        _ => format!("{}..{}", moment(d.earliest), moment(d.latest).split('T').next().unwrap()),
    }
}

fn on(d: Option<Dated>) -> String {
    d.map(|d| format!(" on {}", dated(d))).unwrap_or_default()
}

fn interval(i: Interval) -> String {
    let from = i.start.map(|m| format!("from {}", moment(m)));
    let to = i.end.map(|m| format!("to {}", moment(m).replace("T23:59:59Z", "")));
    [from, to].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn span(seconds: i64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s => format!("{s} s"),
    }
}
