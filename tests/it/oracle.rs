//! The slow, obvious twin: reads the rules literally, every rule against every pair, without tables. It shares no code
//! with the engine, the pack or the compiler; it reads the editor's tree and the chart, and says which rules must fire.

use caveat::clinical::chart::{
    Allergy, Chart, ClinicalStatus, Focus, Measured, Medication, Pregnancy, Receipt, Sex, Standing, Status,
    Verification,
};
use caveat::clinical::code::System;
use caveat::clinical::exact::Exact;
use caveat::clinical::severity::{Loudness, Question, Severity};
use caveat::source::tree::{AllergenSet, Body, DrugSet, Missing, Outcome, Rule, Tree};
use caveat::source::tree_condition::{Comparison, Condition, ProblemWhen, Test};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that fires, for whom, with what it says there. Records of one drug are one participant: the answer names drugs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fired {
    pub rule: String,
    /// The records it fires for.
    pub records: BTreeSet<String>,
    /// The ingredients (and `allergy to X`) it fires for.
    pub names: BTreeSet<String>,
    pub loudness: Loudness,
    pub severity: Severity,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Yes,
    No,
    Unknown,
}

/// Everything that must fire.
pub fn fired(tree: &Tree, chart: &Chart) -> BTreeSet<Fired> {
    let oracle = Oracle { tree, chart };
    let mut all = BTreeSet::new();
    for rule in &tree.rules {
        match &rule.body {
            Body::Pair { object, precipitant, onset, .. } => {
                let onset = onset.as_ref().map_or(0, |o| o.value);
                oracle.pairs(rule, [object, precipitant], onset, &mut all);
            }
            Body::Combination { slots, .. } => oracle.any_of(rule, &slots[0].drugs, slots[0].count.value, &mut all),
            Body::Allergy { same_ingredient, allergen, drug, .. } => {
                oracle.allergies(rule, *same_ingredient, allergen.as_ref(), drug.as_ref(), &mut all);
            }
            Body::Duplicate { same_ingredient: true, .. } => oracle.duplicates(rule, &mut all),
            Body::Contraindication { drug } => oracle.contraindications(rule, drug, &mut all),
            Body::Duplicate { .. } | Body::Dose { .. } => {}
        }
    }
    without_replaced(tree, all)
}

/// A rule that replaces another silences it where both fire for the same records.
fn without_replaced(tree: &Tree, all: BTreeSet<Fired>) -> BTreeSet<Fired> {
    let mut by_records: BTreeMap<(Question, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    for one in &all {
        let question = question_of(tree, &one.rule);
        by_records.entry((question, one.records.clone())).or_default().insert(one.rule.clone());
    }
    let replaced = |one: &Fired| {
        let here = &by_records[&(question_of(tree, &one.rule), one.records.clone())];
        tree.rules.iter().any(|r| here.contains(&r.id.value) && r.replaces.iter().any(|n| n.value == one.rule))
    };
    all.iter().filter(|one| !replaced(one)).cloned().collect()
}

fn question_of(tree: &Tree, id: &str) -> Question {
    let rule = tree.rules.iter().find(|r| r.id.value == id).unwrap();
    match rule.body {
        Body::Pair { .. } | Body::Combination { .. } => Question::Interaction,
        Body::Allergy { .. } => Question::Allergy,
        Body::Dose { .. } => Question::Dose,
        Body::Duplicate { .. } => Question::Duplicate,
        Body::Contraindication { .. } => Question::Contraindication,
    }
}

struct Oracle<'a> {
    tree: &'a Tree,
    chart: &'a Chart,
}

impl Oracle<'_> {
    /// What is ordered or taken now: drafts in hand, and active records on file, but for what an order in hand replaces.
    fn taken(&self) -> Vec<&Medication> {
        let counts = |m: &&Medication| match m.standing {
            Standing::InHand => true,
            Standing::Draft => m.status == Status::Draft,
            Standing::Existing => matches!(m.status, Status::Active | Status::OnHold),
        };
        let replaced = |m: &&Medication| {
            let mut orders = self.chart.medications.iter().filter(|o| o.standing == Standing::InHand);
            m.standing == Standing::Existing && orders.any(|o| self.replaces(o, m))
        };
        self.chart.medications.iter().filter(counts).filter(|m| !replaced(m)).collect()
    }

    /// Whether an order takes the place of a record: the same resource, one that the order names, or one of the same drug
    /// that names the order.
    fn replaces(&self, order: &Medication, record: &Medication) -> bool {
        let names = |a: &Medication, b: &Medication| a.replaces.iter().chain(&a.based_on).any(|r| *r == b.reference);
        let same_drug = self.ingredient(order) == self.ingredient(record);
        order.reference == record.reference || names(order, record) || (same_drug && names(record, order))
    }

    /// Whom the call asks about: the orders in hand, or everything where it asks about what is there.
    fn asked(&self) -> Vec<&Medication> {
        let asked = |m: &&Medication| self.chart.focus == Focus::Existing || m.standing == Standing::InHand;
        self.taken().into_iter().filter(asked).collect()
    }

    /// Whether two records on file share, as planned, less time than harm needs to begin. Three days are slow.
    fn over_before_onset(&self, onset: i64, pair: [&Medication; 2]) -> bool {
        let day = 86_400;
        let on_file = pair.iter().all(|m| m.standing == Standing::Existing);
        let start = pair.iter().filter_map(|m| m.period.start).map(|m| m.0).max();
        let end = pair.iter().filter_map(|m| m.period.end).map(|m| m.0).min();
        let shared = start.zip(end).map(|(start, end)| end - start + 1);
        on_file && onset >= 3 * day && shared.is_some_and(|shared| shared < onset)
    }

    /// The name of the ingredient whose RxNorm code a record bears.
    fn name_of(&self, value: &str) -> Option<&str> {
        let bears = |i: &&caveat::source::tree::Ingredient| {
            i.codes.iter().any(|c| c.system == "rxnorm" && c.value.value == value)
        };
        self.tree.ingredients.iter().find(bears).map(|i| i.name.value.as_str())
    }

    fn ingredient(&self, medication: &Medication) -> Option<&str> {
        let code = medication.drug.concept.codes.first()?;
        (code.system == System::RxNorm).then(|| self.name_of(&code.value)).flatten()
    }

    fn allergen(&self, allergy: &Allergy) -> Option<&str> {
        self.name_of(&allergy.substance.codes.first()?.value)
    }

    /// Whether an ingredient belongs to a class, by walking down it.
    fn in_class(&self, class: &str, name: &str) -> bool {
        let Some(class) = self.tree.classes.iter().find(|c| c.name.value == class) else { return false };
        let inside = class.ingredients.iter().any(|i| i.value == name)
            || class.classes.iter().any(|c| self.in_class(&c.value, name));
        inside && !class.except.iter().any(|e| e.value == name || self.in_class(&e.value, name))
    }

    fn belongs(&self, set: &DrugSet, name: &str) -> bool {
        let inside = set.ingredients.iter().any(|i| i.value == name)
            || set.classes.iter().any(|c| self.in_class(&c.value, name));
        inside && !set.except.iter().any(|e| e.value == name || self.in_class(&e.value, name))
    }

    fn pairs(&self, rule: &Rule, [object, precipitant]: [&DrugSet; 2], onset: i64, all: &mut BTreeSet<Fired>) {
        for x in self.asked() {
            for y in self.taken() {
                let (Some(a), Some(b)) = (self.ingredient(x), self.ingredient(y)) else { continue };
                let meets = |a: &str, b: &str| self.belongs(object, a) && self.belongs(precipitant, b);
                let over = self.over_before_onset(onset, [x, y]);
                if x.reference != y.reference && a != b && !over && (meets(a, b) || meets(b, a)) {
                    self.judge(rule, &[x, y], None, held(x) || held(y), all);
                }
            }
        }
    }

    fn any_of(&self, rule: &Rule, of: &DrugSet, count: u8, all: &mut BTreeSet<Fired>) {
        let belongs = |m: &&Medication| self.ingredient(m).is_some_and(|n| self.belongs(of, n));
        let members: Vec<&Medication> = self.taken().into_iter().filter(belongs).collect();
        let asked = self.asked();
        let ordered = members.iter().any(|m| asked.iter().any(|a| a.reference == m.reference));
        let different: BTreeSet<_> = members.iter().map(|m| self.ingredient(m)).collect();
        if ordered && different.len() >= usize::from(count) {
            let running: BTreeSet<_> = members.iter().filter(|m| !held(m)).map(|m| self.ingredient(m)).collect();
            self.judge(rule, &members, None, running.len() < usize::from(count), all);
        }
    }

    fn allergies(
        &self,
        rule: &Rule,
        same: bool,
        allergen: Option<&AllergenSet>,
        drug: Option<&DrugSet>,
        all: &mut BTreeSet<Fired>,
    ) {
        for allergy in &self.chart.allergies {
            let gone = matches!(allergy.verification, Verification::Refuted | Verification::EnteredInError)
                || matches!(allergy.clinical, ClinicalStatus::Resolved | ClinicalStatus::Inactive);
            let Some(to) = self.allergen(allergy).filter(|_| !gone) else { continue };
            for order in self.asked() {
                let Some(name) = self.ingredient(order) else { continue };
                let crosses = match (allergen, drug) {
                    (Some(AllergenSet::Drugs(from)), Some(drug)) => self.belongs(from, to) && self.belongs(drug, name),
                    _ => false,
                };
                if (same && to == name) || crosses {
                    self.judge(rule, &[order], Some(allergy), false, all);
                }
            }
        }
    }

    fn duplicates(&self, rule: &Rule, all: &mut BTreeSet<Fired>) {
        for x in self.asked() {
            for y in self.taken() {
                let same = self.ingredient(x).is_some() && self.ingredient(x) == self.ingredient(y);
                if x.reference != y.reference && same {
                    self.judge(rule, &[x, y], None, held(x) || held(y), all);
                }
            }
        }
    }

    fn contraindications(&self, rule: &Rule, drug: &DrugSet, all: &mut BTreeSet<Fired>) {
        for order in self.asked() {
            if self.ingredient(order).is_some_and(|n| self.belongs(drug, n)) {
                self.judge(rule, &[order], None, false, all);
            }
        }
    }

    /// Gate, then the first modifier that acts, then the policy. What waits for a drug on hold does not interrupt.
    fn judge(
        &self,
        rule: &Rule,
        records: &[&Medication],
        allergy: Option<&Allergy>,
        waits: bool,
        all: &mut BTreeSet<Fired>,
    ) {
        if let Some(gate) = &rule.when {
            let stands = match self.asks(gate, records) {
                Says::Yes => true,
                Says::No => false,
                Says::Unknown => rule.missing.as_ref().is_some_and(|m| m.value == Missing::Worst),
            };
            if !stands {
                return;
            }
        }
        let base = self.spoken(rule, &rule.outcome);
        let acting = rule.modifiers.iter().find(|m| match self.asks(&m.when, records) {
            Says::Yes => true,
            Says::No => false,
            Says::Unknown => {
                let worst = m.missing.as_ref().is_some_and(|m| m.value == Missing::Worst);
                worst && !m.outcome.silent && self.spoken(rule, &m.outcome) > base
            }
        });
        if acting.is_some_and(|m| m.outcome.silent) {
            return;
        }
        let (loudness, severity) = acting.map_or(base, |m| self.spoken(rule, &m.outcome));
        // What is there already never interrupts.
        let existing = self.chart.focus == Focus::Existing;
        let loudness = if existing || (waits && !rule.never_silence) { Loudness::Passive } else { loudness };
        let mut references: BTreeSet<String> = records.iter().map(|m| m.reference.to_string()).collect();
        let mut names: BTreeSet<String> =
            records.iter().filter_map(|m| self.ingredient(m)).map(str::to_owned).collect();
        if let Some(allergy) = allergy {
            references.insert(allergy.reference.to_string());
            names.extend(self.allergen(allergy).map(|name| format!("allergy to {name}")));
        }
        all.insert(Fired { rule: rule.id.value.clone(), records: references, names, loudness, severity });
    }

    /// Loudness and severity of an outcome; what it leaves unsaid is the rule's.
    fn spoken(&self, rule: &Rule, outcome: &Outcome) -> (Loudness, Severity) {
        let severity =
            outcome.severity.as_ref().or(rule.outcome.severity.as_ref()).map_or(Severity::Moderate, |s| s.value);
        let question = question_of(self.tree, &rule.id.value);
        let interrupts = &self.tree.policies[0].interrupts;
        let by_policy = interrupts.iter().any(|(q, list)| *q == question && list.contains(&severity));
        let policy = if by_policy { Loudness::Interruptive } else { Loudness::Passive };
        (outcome.loudness.as_ref().or(rule.outcome.loudness.as_ref()).map_or(policy, |l| l.value), severity)
    }

    fn asks(&self, condition: &Condition, records: &[&Medication]) -> Says {
        let all = |list: &[Condition]| list.iter().map(|c| self.asks(c, records)).collect::<Vec<_>>();
        match &condition.test {
            Test::All(list) => fold(&all(list), Says::No, Says::Yes),
            Test::Any(list) => fold(&all(list), Says::Yes, Says::No),
            Test::Not(inner) => match self.asks(inner, records) {
                Says::Yes => Says::No,
                Says::No => Says::Yes,
                Says::Unknown => Says::Unknown,
            },
            Test::Age { comparison, in_days: false } => {
                match self.chart.patient.born.and_then(|b| b.months_until(self.chart.as_of)) {
                    Some((low, high)) if low == high => compare(Exact::whole(i64::from(low)), comparison),
                    _ => Says::Unknown,
                }
            }
            Test::Clearance { comparison, .. } => self.clearance(comparison),
            Test::Dialysis => self.dialysis(),
            Test::AcuteKidneyInjury if self.risen() && self.dialysis() != Says::Yes => Says::Yes,
            Test::AcuteKidneyInjury => absent(&self.chart.received.problems),
            Test::Gestation(comparison) => match self.chart.patient.pregnancy.as_ref().map(|s| s.value) {
                None | Some(Pregnancy::Yes { due: None }) => Says::Unknown,
                Some(Pregnancy::No) => Says::No,
                Some(Pregnancy::Yes { due: Some(due) }) => {
                    let midnight = |seconds: i64| seconds.div_euclid(86_400);
                    let days = 280 - (midnight(due.earliest.0) - midnight(self.chart.as_of.0));
                    compare(Exact::whole(days), comparison)
                }
            },
            Test::Problem { problem, when } => self.problem(&problem.value, *when),
            Test::Apart { before, after, .. } => apart(*before, *after, records),
            Test::Lab { lab, comparison: Some((comparison, _)), within } => self.lab(&lab.value, comparison, *within),
            Test::Taking { drugs, .. } => {
                let another = |m: &&Medication| !records.iter().any(|r| r.reference == m.reference);
                let found = self
                    .taken()
                    .into_iter()
                    .filter(another)
                    .any(|m| self.ingredient(m).is_some_and(|n| self.belongs(drugs, n)));
                if found { Says::Yes } else { absent(&self.chart.received.medications) }
            }
            other => panic!("the oracle does not read {other:?}"),
        }
    }

    fn problem(&self, name: &str, when: ProblemWhen) -> Says {
        let means = |code: &str| {
            let problem = self.tree.problems.iter().find(|p| p.name.value == name).unwrap();
            problem.codes.iter().any(|c| c.value.value == code)
        };
        if let ProblemWhen::Began(within) = when {
            let since = self.chart.as_of.0 - within;
            let named = self.chart.problems.iter().filter(|p| p.concept.codes.iter().any(|c| means(&c.value)));
            let began = named.map(|p| match (p.onset, p.recorded) {
                (Some(onset), _) if onset.earliest.0 >= since => Says::Yes,
                (Some(_), _) => Says::No,
                (None, Some(recorded)) if recorded.latest.0 < since => Says::No,
                (None, _) => Says::Unknown,
            });
            let began: Vec<Says> = began.collect();
            return match fold(&began, Says::Yes, Says::No) {
                Says::No => absent(&self.chart.received.problems),
                says => says,
            };
        }
        let counts = |p: &&caveat::clinical::chart::Problem| match when {
            ProblemWhen::Ever => true,
            _ => matches!(p.clinical, ClinicalStatus::Unsaid | ClinicalStatus::Active),
        };
        let found = self.chart.problems.iter().filter(counts).any(|p| p.concept.codes.iter().any(|c| means(&c.value)));
        if found { Says::Yes } else { absent(&self.chart.received.problems) }
    }

    /// By the last procedure alone: no chart here holds a problem of that name.
    fn dialysis(&self) -> Says {
        let days = |p: &caveat::clinical::chart::Procedure| self.chart.as_of.since(p.on.unwrap().latest).0 / 86_400;
        match self.chart.procedures.iter().map(days).min() {
            Some(0..=14) => Says::Yes,
            Some(15..=90) => Says::Unknown,
            _ => absent(&self.chart.received.problems),
        }
    }

    /// Cockcroft and Gault, from what is known of the patient.
    fn clearance(&self, comparison: &Comparison) -> Says {
        let patient = &self.chart.patient;
        let now = self.chart.as_of;
        let years = patient.born.and_then(|b| b.years_until(now)).map(|y| y.0).filter(|y| *y >= 18);
        let recent = |c: &Measured| now.since(c.on.unwrap().latest).0 <= 365 * 86_400;
        let creatinine = patient.kidneys.creatinine.filter(recent);
        let weight = patient.weight.or(patient.weights.dry).or(patient.weights.stated);
        let (Some(years), Some(sex), Some(weight), Some(creatinine)) = (years, patient.sex, weight, creatinine) else {
            return Says::Unknown;
        };
        if self.risen() || self.dialysis() == Says::Yes {
            return Says::Unknown;
        }
        let (age, percent) = (i64::from(140 - years), if sex == Sex::Female { 85 } else { 100 });
        let above = Exact::whole(age * percent).checked_mul(weight.value).unwrap();
        let below = Exact::whole(7_200).checked_mul(creatinine.value).unwrap();
        compare(above.checked_div(below).unwrap(), comparison)
    }

    /// KDIGO's rise, by every two creatinines.
    fn risen(&self) -> bool {
        let (hour, now) = (3_600, self.chart.as_of.0);
        let creatinine = |l: &&caveat::clinical::chart::Lab| *l.concept.codes[0].value == *"2160-0";
        let labs = self.chart.labs.iter().filter(creatinine);
        let values: Vec<(Exact, i64)> = labs.map(|l| (l.value.unwrap(), l.on.unwrap().latest.0)).collect();
        let Some(latest) = values.iter().max_by_key(|v| v.1).map(|v| v.0) else { return false };
        let rises = |(old, then): &(Exact, i64), (new, at): &(Exact, i64)| {
            let more = old.checked_add(Exact::ratio(2_650, 8_842).unwrap()).unwrap();
            let times = old.checked_mul(Exact::ratio(3, 2).unwrap()).unwrap();
            let shows = |to: Exact, within: i64| at - then <= within * hour && *new >= to && latest >= to;
            then < at && now - at <= 168 * hour && (shows(more, 48) || shows(times, 168))
        };
        values.iter().any(|old| values.iter().any(|new| rises(old, new)))
    }

    fn lab(&self, name: &str, comparison: &Comparison, within: Option<i64>) -> Says {
        let lab = self.tree.labs.iter().find(|l| l.name.value == name).unwrap();
        let values =
            self.chart.labs.iter().filter(|l| lab.codes.iter().any(|c| c.value.value == *l.concept.codes[0].value));
        let latest = values.max_by_key(|l| l.on.map(|d| d.latest));
        let fresh = |l: &&caveat::clinical::chart::Lab| {
            within.is_none_or(|w| l.on.is_some_and(|d| self.chart.as_of.since(d.latest).0 <= w))
        };
        match latest.filter(fresh).and_then(|l| l.value) {
            Some(value) => compare(value, comparison),
            None => Says::Unknown,
        }
    }
}

/// By every minute of two days, one after the other: whether the others are given within so long of any. Here each drug has
/// one instruction, whose times of day are all of its givings or none is told.
fn apart(before: i64, after: i64, records: &[&Medication]) -> Says {
    let minutes = |m: &Medication| -> Option<Vec<i64>> {
        let times = &m.regimen.instructions.first()?.timing.clock;
        let days = [0, 1_440, 2_880];
        Some(days.iter().flat_map(|day| times.iter().map(move |t| day + i64::from(*t) / 60)).collect())
    };
    let (before, after) = (before / 60, after / 60);
    let mut answers = Vec::new();
    for (n, own) in records.iter().enumerate() {
        for (_, other) in records.iter().enumerate().filter(|(k, _)| *k != n) {
            let (Some(own), Some(other)) = (minutes(own), minutes(other)) else {
                answers.push(Says::Unknown);
                continue;
            };
            let near = |a: i64| (a - after + 1..a + before).any(|minute| other.contains(&minute));
            let inner = own.iter().filter(|a| (1_440..2_880).contains(*a));
            answers.push(if inner.copied().any(near) { Says::No } else { Says::Yes });
        }
    }
    if answers.is_empty() { Says::No } else { fold(&answers, Says::No, Says::Yes) }
}

/// Whether a drug on file is on hold.
fn held(medication: &Medication) -> bool {
    medication.standing == Standing::Existing && medication.status == Status::OnHold
}

/// What absence means: a list that came whole says no; any other says nothing.
fn absent(receipt: &Receipt) -> Says {
    if *receipt == Receipt::Complete { Says::No } else { Says::Unknown }
}

/// Kleene's three values: one `decides` settles it, else one unknown leaves it open.
fn fold(answers: &[Says], decides: Says, otherwise: Says) -> Says {
    if answers.contains(&decides) {
        decides
    } else if answers.contains(&Says::Unknown) {
        Says::Unknown
    } else {
        otherwise
    }
}

fn compare(value: Exact, comparison: &Comparison) -> Says {
    let holds = match comparison.operator {
        0 => value < comparison.low,
        1 => value <= comparison.low,
        2 => value == comparison.low,
        3 => value >= comparison.low,
        4 => value > comparison.low,
        _ => comparison.low <= value && value <= comparison.high,
    };
    if holds { Says::Yes } else { Says::No }
}
