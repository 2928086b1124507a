//! The adult of whom drugs are asked: a healthy woman of 45 who takes nothing but what is asked about.

use crate::clinical::chart::{
    AllergyStatus, Chart, Drug, DrugPart, Intent, Kidneys, Lab, Measured, Medication, Patient, Pregnancy, Receipt,
    Received, RecordKind, Setting, Sex, Standing, Statement, Status,
};
use crate::clinical::code::{Code, Concept, System};
use crate::clinical::exact::Exact;
use crate::clinical::regimen::{Given, Instruction, Regimen, Timing};
use crate::clinical::severity::{Audience, Loudness};
use crate::clinical::time::{Dated, Interval, Moment, Span};
use crate::engine::finding::{Finding, Screening};
use crate::engine::print::gap_line;
use crate::engine::screen::Screener;
use crate::pack::read::Pack;
use crate::score::lists::{Everyday, Member};
use std::sync::Arc;

/// The moment of every question: any would do, and this one never changes.
const AS_OF: Moment = Moment(1_768_478_400);

/// How long what is not being ordered has been taken.
const TAKEN_FOR: Span = Span::days(90);

/// A drug as she takes it.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What to call it.
    pub name: String,
    drug: Drug,
    instruction: Instruction,
    /// Rules that speak of it alone, or ask something of it.
    alone: Vec<String>,
}

/// What two drugs come to together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Together {
    /// How loud: the order of the variants.
    pub said: Said,
    /// The rule that says it; empty when nothing is said.
    pub rule: String,
    /// Its severity word.
    pub severity: &'static str,
}

/// How loudly something is said, quietest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// Not at all.
    Nothing,
    /// Nothing yet: a rule of the two asks for something that is not known.
    Asks,
    /// A note for pharmacists.
    ToPharmacists,
    /// A note.
    Informs,
    /// An interruption.
    Interrupts,
}

/// She, and the pack that is asked.
#[derive(Debug)]
pub struct Adult {
    screener: Screener,
    chart: Chart,
}

impl Adult {
    /// A woman of 45 of whom nothing else is known: every list came, and is empty.
    pub fn plain(pack: &Arc<Pack>) -> Adult {
        let complete = Receipt::Complete;
        let received = Received {
            patient: complete.clone(),
            medications: complete.clone(),
            allergies: complete.clone(),
            problems: complete.clone(),
            labs: complete,
        };
        let born = Dated::parse("1980-06-15");
        let patient = Patient { born, sex: Some(Sex::Female), ..Patient::default() };
        let chart = Chart { patient, received, allergy_status: AllergyStatus::NoneKnown, ..Chart::empty(AS_OF) };
        Adult { screener: Screener::new(Arc::clone(pack)), chart }
    }

    /// The same in good health: weight, height, kidneys and potassium measured today, not pregnant, not breastfeeding.
    pub fn healthy(pack: &Arc<Pack>) -> Adult {
        let mut adult = Adult::plain(pack);
        let on = Some(Dated::at(AS_OF));
        let measured = |n: i64| Some(Measured { value: Exact::whole(n), on });
        let patient = &mut adult.chart.patient;
        patient.weight = measured(70_000);
        patient.height = measured(1_680);
        patient.kidneys = Kidneys {
            clearance: measured(95),
            egfr: measured(95),
            dialysis: Some(false),
            acute_injury: Some(false),
            creatinine: measured(800),
        };
        patient.pregnancy = Some(Statement { value: Pregnancy::No, on });
        patient.lactation = Some(Statement { value: false, on });
        adult.chart.labs = potassium(on).into_iter().collect();
        adult
    }

    /// A member of a class, given without a dose; `None` when the pack does not know it.
    pub fn member(&self, pack: &Pack, member: &Member) -> Option<Taken> {
        let (name, code) = member.names.iter().find_map(|n| Some((n, code_of(pack, n)?)))?;
        let instruction = Instruction { route: worded(member.route.word()), ..Instruction::default() };
        Some(self.knows(Taken { name: name.clone(), drug: Drug::of(code), instruction, alone: Vec::new() }))
    }

    /// An everyday drug; `None` when the pack does not know all that it holds.
    pub fn everyday(&self, pack: &Pack, drug: &Everyday) -> Option<Taken> {
        let coded = |names: &[String]| names.iter().find_map(|n| code_of(pack, n));
        let as_drug = match drug.parts.as_slice() {
            [(names, None)] => Drug::of(coded(names)?),
            parts => Drug {
                concept: worded(&drug.name),
                ingredients: parts
                    .iter()
                    .map(|(names, strength)| {
                        Some(DrugPart { concept: Concept::of(coded(names)?), strength: *strength })
                    })
                    .collect::<Option<_>>()?,
                ..Drug::default()
            },
        };
        let period = Exact::whole(drug.per.0);
        let instruction = Instruction {
            route: worded(drug.route.word()),
            given: vec![Given::Dose { low: drug.dose, high: drug.dose }],
            timing: Timing {
                frequency: Some((drug.times, drug.times)),
                period: Some((period, period)),
                lasts: drug.course,
                ..Timing::default()
            },
            ..Instruction::default()
        };
        Some(self.knows(Taken { name: drug.name.clone(), drug: as_drug, instruction, alone: Vec::new() }))
    }

    /// What is said of a drug ordered alone, loudest first.
    pub fn alone(&self, taken: &Taken) -> Vec<Together> {
        let screening = self.screener.screen(&self.chart_of(&[(taken, Standing::InHand)]));
        let mut said: Vec<Together> = screening.findings.iter().map(together).collect();
        said.sort_by(|a, b| b.cmp(a));
        said
    }

    /// What could not be checked of a drug ordered alone, line by line.
    pub fn gaps(&self, taken: &Taken) -> Vec<String> {
        let chart = self.chart_of(&[(taken, Standing::InHand)]);
        self.screener.screen(&chart).gaps.iter().map(|gap| gap_line(&chart, gap)).collect()
    }

    fn knows(&self, taken: Taken) -> Taken {
        let screening = self.screener.screen(&self.chart_of(&[(&taken, Standing::InHand)]));
        let found = screening.findings.iter().map(|f| f.rule.id.to_owned());
        let alone = found.chain(screening.gaps.iter().filter_map(|g| g.rule.clone())).collect();
        Taken { alone, ..taken }
    }

    /// What two drugs come to, whichever of them is ordered while the other is taken: the loudest.
    pub fn together(&self, first: &Taken, second: &Taken) -> Together {
        let nothing = Together { said: Said::Nothing, rule: String::new(), severity: "" };
        let ways = [(first, second), (second, first)].map(|(ordered, taken)| {
            let chart = self.chart_of(&[(ordered, Standing::InHand), (taken, Standing::Existing)]);
            loudest(&self.screener.screen(&chart), ordered)
        });
        ways.into_iter().flatten().max().unwrap_or(nothing)
    }

    fn chart_of(&self, drugs: &[(&Taken, Standing)]) -> Chart {
        let medications = drugs.iter().map(|(taken, standing)| medication(taken, *standing)).collect();
        Chart { medications, ..self.chart.clone() }
    }
}

/// The loudest finding in which both take part, or which the ordered one alone does not raise; else what a rule asks that
/// asks nothing of the ordered one alone.
fn loudest(screening: &Screening<'_>, ordered: &Taken) -> Option<Together> {
    let meet =
        |f: &Finding<'_>| f.participants.iter().any(|p| Some(p.entry) != f.participants.first().map(|p| p.entry));
    let both = |f: &&Finding<'_>| meet(f) || !ordered.alone.iter().any(|rule| rule == f.rule.id);
    let asked = screening.gaps.iter().filter_map(|g| g.rule.as_ref()).find(|rule| !ordered.alone.contains(*rule));
    let asks = |rule: &String| Together { said: Said::Asks, rule: rule.clone(), severity: "" };
    screening.findings.iter().filter(both).map(together).max().or_else(|| asked.map(asks))
}

fn together(finding: &Finding<'_>) -> Together {
    let said = match (finding.loudness, finding.audience) {
        (Loudness::Interruptive, _) => Said::Interrupts,
        (Loudness::Passive, Audience::Pharmacist) => Said::ToPharmacists,
        (Loudness::Passive, _) => Said::Informs,
    };
    Together { said, rule: finding.rule.id.to_owned(), severity: finding.severity.word() }
}

fn medication(taken: &Taken, standing: Standing) -> Medication {
    let existing = standing == Standing::Existing;
    let since = if existing { AS_OF.minus(TAKEN_FOR) } else { AS_OF };
    Medication {
        reference: Box::default(),
        kind: RecordKind::Request,
        standing,
        status: if existing { Status::Active } else { Status::Draft },
        intent: Intent::Order,
        negated: false,
        drug: taken.drug.clone(),
        setting: Setting::Unknown,
        authored: Some(Dated::at(since)),
        // What is on file goes on: a course that began 90 days ago would be over.
        period: Interval { start: existing.then_some(since), end: None },
        supply: None,
        replaces: Vec::new(),
        based_on: Vec::new(),
        reasons: Vec::new(),
        regimen: Regimen { instructions: vec![instruction(taken, existing)] },
    }
}

fn instruction(taken: &Taken, existing: bool) -> Instruction {
    let mut instruction = taken.instruction.clone();
    instruction.timing.lasts = instruction.timing.lasts.filter(|_| !existing);
    instruction
}

/// The RxNorm code of an ingredient by its name; `None` when the pack has none of that name and code.
pub fn code_of(pack: &Pack, name: &str) -> Option<Code> {
    let table = &pack.raw().ingredients;
    let at = table.names.iter().position(|t| pack.text(*t).eq_ignore_ascii_case(name))?;
    let rxcui = table.rxcuis.get(at).filter(|n| **n > 0)?;
    Code::new(System::RxNorm, itoa::Buffer::new().format(*rxcui))
}

fn potassium(on: Option<Dated>) -> Option<Lab> {
    Some(Lab {
        reference: Box::default(),
        concept: Concept::of(Code::new(System::Loinc, "2823-3")?),
        value: Exact::parse("4.2"),
        bound: None,
        unit: "mmol/L".into(),
        on,
    })
}

fn worded(word: &str) -> Concept {
    Concept { text: Some(word.into()), ..Concept::default() }
}
