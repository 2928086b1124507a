//! Cases lowered to charts: where a case names a thing, the chart gets a code of it.

use crate::clinical::chart::{Allergy, Chart, Drug, Focus, Lab, Medication, Problem, Procedure, Reaction, Setting};
use crate::clinical::code::{Code, Concept, System};
use crate::clinical::severity::{Loudness, Severity};
use crate::clinical::time::Dated;
use crate::compile::codes::{checked_key, code};
use crate::compile::complaint::cases::{
    expectation_unread, expects_both, expects_nothing, focus_unknown, interruption_disagrees, moment_unread,
    quiet_disagrees, thing_uncoded,
};
use crate::compile::complaint::names::{
    name_ambiguous, unknown_allergen, unknown_ingredient, unknown_lab, unknown_problem, unknown_reaction, unknown_rule,
};
use crate::compile::names::{Meant, Names};
use crate::diagnostic::report::Diagnostic;
use crate::pack::case::{Case, Expected, Origin};
use crate::source::tree::{Name, WrittenCode};
use crate::source::tree_case::{self, DrugWord};

/// Where a case is lowered, and what is wrong with it.
struct Charting<'c, 't> {
    names: &'c Names<'t>,
    complaints: &'c mut Vec<Diagnostic>,
}

/// Lowers the cases of all rules, in order of rule, and within a rule as written; then the vignettes in order of name.
pub fn lower(names: &Names<'_>, complaints: &mut Vec<Diagnostic>) -> Vec<Case> {
    let mut charting = Charting { names, complaints };
    let mut cases = Vec::new();
    for rule in &names.rules.rows {
        let origin = || Origin::Rule(rule.id.value.clone());
        cases.extend(rule.cases.iter().filter_map(|case| charting.case(origin(), &rule.id, case)));
    }
    for vignette in &names.vignettes.rows {
        let origin = Origin::Vignette(vignette.category.value);
        cases.extend(charting.case(origin, &vignette.case.name, &vignette.case));
    }
    cases
}

/// Cases as they travel in a pack.
pub fn encode(cases: &[Case]) -> Vec<u8> {
    // INVARIANT: cases are plain values of known length; writing them into memory cannot fail.
    rmp_serde::to_vec(cases).unwrap_or_default()
}

impl Charting<'_, '_> {
    fn say(&mut self, complaint: Diagnostic) {
        self.complaints.push(complaint);
    }

    /// `owner` is the name under which a mistake in it was told already.
    fn case(&mut self, origin: Origin, owner: &Name, case: &tree_case::Case) -> Option<Case> {
        let nothing = case.expect.is_empty() && case.expect_not.is_empty() && case.expect_gap.is_empty();
        if nothing && case.interrupts.is_none() && case.quiet.is_none() && !self.names.is_broken(&owner.value) {
            self.say(expects_nothing(&case.name));
        }
        self.demands_agree(case);
        let chart = self.chart(case);
        let expect: Vec<Expected> = case.expect.iter().filter_map(|e| self.expected(e)).collect();
        for unwanted in &case.expect_not {
            if self.names.rules.get(&unwanted.value).is_none() && !self.names.is_broken(&unwanted.value) {
                self.say(unknown_rule(unwanted, self.names));
            }
            let first = case.expect.iter().find(|e| e.value.split_whitespace().next() == Some(&unwanted.value));
            if let Some(first) = first {
                self.say(expects_both(unwanted, first.span));
            }
        }
        let gap = |g: &Name| {
            let (kind, words) = g.value.split_once(char::is_whitespace).unwrap_or((&g.value, ""));
            (kind.to_owned(), words.trim().to_owned())
        };
        Some(Case {
            origin,
            name: case.name.value.clone(),
            chart: chart?,
            expect,
            expect_not: case.expect_not.iter().map(|n| n.value.clone()).collect(),
            expect_gaps: case.expect_gap.iter().map(gap).collect(),
            interrupts: case.interrupts.as_ref().map(|w| w.value),
            quiet: case.quiet.as_ref().is_some_and(|w| w.value),
        })
    }

    /// What is demanded of all findings together goes with what is demanded of each.
    fn demands_agree(&mut self, case: &tree_case::Case) {
        let interrupts = case.interrupts.as_ref().map(|w| (w.value, w.span));
        if let Some(quiet) = case.quiet.as_ref().filter(|quiet| quiet.value) {
            let interruption = interrupts.filter(|(value, _)| *value).map(|(_, span)| span);
            if let Some(other) = case.expect.first().map(|e| e.span).or(interruption) {
                self.say(quiet_disagrees(quiet.span, other));
            }
        }
        let Some((false, span)) = interrupts else { return };
        let loud = |e: &&Name| e.value.split_whitespace().skip(1).any(|w| w == Loudness::Interruptive.word());
        if let Some(loud) = case.expect.iter().find(loud) {
            self.say(interruption_disagrees(loud, span));
        }
    }

    /// `RULE [SEVERITY] [LOUDNESS]`.
    fn expected(&mut self, written: &Name) -> Option<Expected> {
        let mut words = written.value.split_whitespace();
        let rule = words.next().unwrap_or_default().to_owned();
        if self.names.rules.get(&rule).is_none() && !self.names.is_broken(&rule) {
            let name = Name { value: rule, span: written.span };
            self.say(unknown_rule(&name, self.names));
            return None;
        }
        let mut expected = Expected { rule, severity: None, loudness: None };
        for word in words {
            if Severity::from_word(word).is_some() && expected.severity.is_none() {
                expected.severity = Some(word.to_owned());
            } else if Loudness::from_word(word).is_some() && expected.loudness.is_none() {
                expected.loudness = Some(word.to_owned());
            } else {
                self.say(expectation_unread(written, word));
            }
        }
        Some(expected)
    }

    fn chart(&mut self, case: &tree_case::Case) -> Option<Chart> {
        let written = &case.chart;
        let as_of = Dated::parse(&case.as_of.value).map(|d| d.earliest);
        if as_of.is_none() {
            self.say(moment_unread(&case.as_of));
        }
        let focus = self.focus(written.focus.as_ref());
        let medications: Vec<Medication> = written.medications.iter().map(|(w, m)| self.medication(w, m)).collect();
        let allergies: Vec<Allergy> = written.allergies.iter().map(|(w, r, a)| self.allergy(w, r, a)).collect();
        let problems: Vec<Problem> = written.problems.iter().map(|(w, p)| self.problem(w, p)).collect();
        let procedures = written.procedures.iter().map(|(w, p)| self.procedure(w, p)).collect();
        let labs: Vec<Lab> = written.labs.iter().map(|(w, l)| self.lab(w, l)).collect();
        Some(Chart {
            focus: focus?,
            setting: setting(written.setting),
            patient: written.patient.clone(),
            medications,
            allergies,
            allergy_status: written.allergy_status,
            problems,
            procedures,
            labs,
            received: written.received.clone(),
            ..Chart::empty(as_of?)
        })
    }

    fn focus(&mut self, written: Option<&Name>) -> Option<Focus> {
        let Some(written) = written else { return Some(Focus::Orders) };
        Some(match written.value.as_str() {
            "orders" => Focus::Orders,
            "existing" => Focus::Existing,
            "verify" => Focus::OrdersAndExisting,
            "allergy" => Focus::NewAllergy,
            _ => {
                self.say(focus_unknown(written));
                return None;
            }
        })
    }

    /// The first code of a thing, one of the system preferred first; nothing, said aloud, where it has none.
    fn first_code(&mut self, name: &Name, kind: &str, codes: &[&[WrittenCode]], preferred: &System) -> Concept {
        let all: Vec<Code> = codes.iter().copied().flatten().filter_map(code).collect();
        let chosen = all.iter().find(|c| c.system == *preferred).or_else(|| all.first());
        match chosen {
            Some(code) => Concept { text: Some(name.value.as_str().into()), ..Concept::of(code.clone()) },
            None => {
                self.say(thing_uncoded(name, kind));
                Concept::default()
            }
        }
    }

    /// A concept written as a code or in words; `None` for a name.
    fn plain(&mut self, word: &DrugWord) -> Result<Concept, Name> {
        match word {
            DrugWord::Name(name) => Err(name.clone()),
            DrugWord::Words(words) => Ok(Concept { text: Some(words.value.as_str().into()), ..Concept::default() }),
            DrugWord::Code(written) => Ok(match (checked_key(written), code(written)) {
                (Ok(_), Some(code)) => Concept::of(code),
                (Err(complaint), _) => {
                    self.say(complaint);
                    Concept::default()
                }
                (Ok(_), None) => Concept::default(),
            }),
        }
    }

    fn medication(&mut self, word: &DrugWord, medication: &Medication) -> Medication {
        let concept = self.plain(word).unwrap_or_else(|name| match self.names.ingredients.get(&name.value) {
            Some(row) => {
                let ingredient = self.names.ingredients.rows[row];
                self.first_code(&name, "ingredient", &[&ingredient.codes], &System::RxNorm)
            }
            None if self.names.is_broken(&name.value) => Concept::default(),
            None => {
                self.say(unknown_ingredient(&name, self.names));
                Concept::default()
            }
        });
        Medication { drug: Drug { concept, ..medication.drug.clone() }, ..medication.clone() }
    }

    fn allergy(&mut self, word: &DrugWord, reactions: &[Name], allergy: &Allergy) -> Allergy {
        let substance = self.plain(word).unwrap_or_else(|name| self.allergen(&name));
        let manifestations = reactions.iter().map(|r| self.manifestation(r)).collect();
        let mut allergy = Allergy { substance, ..allergy.clone() };
        match allergy.reactions.first_mut() {
            Some(first) => first.manifestations = manifestations,
            None if !reactions.is_empty() => {
                allergy.reactions.push(Reaction { manifestations, ..Reaction::default() });
            }
            None => {}
        }
        allergy
    }

    fn allergen(&mut self, name: &Name) -> Concept {
        let names = self.names;
        match names.allergens_meant(&name.value).as_slice() {
            [] if names.is_broken(&name.value) => Concept::default(),
            [] => {
                self.say(unknown_allergen(name, names));
                Concept::default()
            }
            [Meant::Ingredient(id)] => {
                let ingredient = names.ingredients.rows[usize::from(*id)];
                let codes: [&[WrittenCode]; 2] = [&ingredient.codes, &ingredient.allergy_codes];
                self.first_code(name, "ingredient", &codes, &System::RxNorm)
            }
            [Meant::Class(id)] => {
                let class = names.classes.rows[usize::from(*id)];
                self.first_code(name, "class", &[&class.codes, &class.allergy_codes], &System::Snomed)
            }
            [Meant::Allergen(id)] => {
                let allergen = names.allergens.rows[usize::from(*id)];
                self.first_code(name, "allergen", &[&allergen.codes], &System::Snomed)
            }
            _ => {
                self.say(name_ambiguous(name));
                Concept::default()
            }
        }
    }

    fn manifestation(&mut self, name: &Name) -> Concept {
        match self.names.reactions.get(&name.value) {
            Some(row) => {
                let reaction = self.names.reactions.rows[row];
                self.first_code(name, "reaction", &[&reaction.codes], &System::Snomed)
            }
            None if self.names.is_broken(&name.value) => Concept::default(),
            None => {
                self.say(unknown_reaction(name, self.names));
                Concept::default()
            }
        }
    }

    fn problem(&mut self, word: &DrugWord, problem: &Problem) -> Problem {
        Problem { concept: self.problem_code(word), ..problem.clone() }
    }

    fn procedure(&mut self, word: &DrugWord, procedure: &Procedure) -> Procedure {
        Procedure { concept: self.problem_code(word), ..procedure.clone() }
    }

    fn problem_code(&mut self, word: &DrugWord) -> Concept {
        self.plain(word).unwrap_or_else(|name| match self.names.problems.get(&name.value) {
            Some(row) => {
                let written = self.names.problems.rows[row];
                self.first_code(&name, "problem", &[&written.codes], &System::Snomed)
            }
            None if self.names.is_broken(&name.value) => Concept::default(),
            None => {
                self.say(unknown_problem(&name, self.names));
                Concept::default()
            }
        })
    }

    fn lab(&mut self, word: &DrugWord, lab: &Lab) -> Lab {
        let concept = self.plain(word).unwrap_or_else(|name| match self.names.labs.get(&name.value) {
            Some(row) => {
                let written = self.names.labs.rows[row];
                self.first_code(&name, "lab", &[&written.codes], &System::Loinc)
            }
            None if self.names.is_broken(&name.value) => Concept::default(),
            None => {
                self.say(unknown_lab(&name, self.names));
                Concept::default()
            }
        });
        Lab { concept, ..lab.clone() }
    }
}

fn setting(number: u8) -> Setting {
    [Setting::Unknown, Setting::Inpatient, Setting::Outpatient, Setting::Home, Setting::Discharge]
        .into_iter()
        .find(|s| *s as u8 == number)
        .unwrap_or_default()
}
