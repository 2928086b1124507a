//! What a pack covers: rules and ingredients by question, and by the categories of vignettes.

use crate::clinical::category::Category;
use crate::clinical::severity::Question;
use crate::pack::read::Pack;
use crate::pack::rule_tables::ConditionKind;
use crate::pack::tables::LimitKind;
use crate::score::reach::Reach;
use serde::Serialize;
use std::collections::BTreeSet;

/// What a pack covers.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Ingredients the pack knows.
    pub ingredients: usize,
    /// Of them, those of which some rule speaks that does not speak of every drug.
    pub spoken_of: usize,
    /// Rules and ingredients by question.
    pub questions: Vec<Row>,
    /// Rules and ingredients by category; a rule may count in several.
    pub categories: Vec<Row>,
}

/// One question or category.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its word.
    pub word: &'static str,
    /// How many rules answer it.
    pub rules: usize,
    /// How many ingredients they speak of; a rule that speaks of every drug is not counted here.
    pub ingredients: usize,
    /// Whether some rule speaks of every drug.
    pub every_drug: bool,
}

/// Counts.
pub fn coverage(pack: &Pack, reaches: &[Reach]) -> Coverage {
    let questions = &pack.raw().rules.questions;
    let tiers = &pack.raw().allergies.tiers;
    let general = [pack.raw().duplicates.same_ingredient, pack.raw().allergies.same_ingredient];
    let row = |word: &'static str, counts: &dyn Fn(usize) -> bool| {
        let chosen: Vec<usize> = (0..reaches.len()).filter(|at| counts(*at)).collect();
        let special = |at: &&usize| !general.contains(&(**at as u32));
        let ingredients: BTreeSet<u16> =
            chosen.iter().filter(special).flat_map(|at| reaches[*at].ingredients.iter().copied()).collect();
        let every_drug = chosen.iter().any(|at| general.contains(&(*at as u32)));
        Row { word, rules: chosen.len(), ingredients: ingredients.len(), every_drug }
    };
    let of = |at: usize, question: Question| questions[at] == question as u8;
    Coverage {
        ingredients: pack.raw().ingredients.names.len(),
        spoken_of: row("", &|_| true).ingredients,
        questions: Question::ALL.into_iter().map(|q| row(q.word(), &|at| of(at, q))).collect(),
        categories: Category::ALL
            .into_iter()
            .map(|c| {
                row(c.word(), &|at| {
                    let question = Question::ALL.into_iter().find(|q| of(at, *q));
                    question.is_some_and(|q| answers(c, q, tiers.get(at).copied().unwrap_or(u8::MAX), &reaches[at]))
                })
            })
            .collect(),
    }
}

/// Whether a rule answers for a category. Those about the patient count what a rule's gate or dose bands ask; `monitoring`
/// asks whether a laboratory value is known, and `nuisance` has no rules of its own.
fn answers(category: Category, question: Question, tier: u8, reach: &Reach) -> bool {
    use ConditionKind as Asks;
    let limits = |kinds: &[LimitKind]| kinds.iter().any(|kind| reach.limits.contains(&(*kind as u8)));
    let alone = matches!(question, Question::Contraindication | Question::Dose);
    match category {
        // 0 is the same ingredient, 5 an excipient; what lies between cross-reacts.
        Category::Allergy => question == Question::Allergy && matches!(tier, 0 | 5),
        Category::CrossAllergy => question == Question::Allergy && matches!(tier, 1..=4),
        Category::Interaction => question == Question::Interaction,
        Category::Duplicate => question == Question::Duplicate,
        Category::SingleDose => limits(&[LimitKind::SingleMax, LimitKind::SingleMin, LimitKind::RateMax]),
        Category::DailyDose => {
            limits(&[LimitKind::DailyMax, LimitKind::DailyMin, LimitKind::FrequencyMax, LimitKind::IntervalMin])
        }
        // A daily limit is held against all that is taken of an ingredient together.
        Category::CumulativeDose => {
            limits(&[LimitKind::DailyMax, LimitKind::WeeklyMax, LimitKind::CourseMax, LimitKind::DurationMax])
        }
        Category::Route => alone && reach.gates_on(&[Asks::Route]),
        Category::Age => alone && reach.gates_on(&[Asks::Age]),
        Category::Pregnancy => alone && reach.gates_on(&[Asks::Pregnant, Asks::Gestation]),
        Category::Lactation => alone && reach.gates_on(&[Asks::Breastfeeding]),
        Category::Renal => {
            alone && reach.gates_on(&[Asks::Clearance, Asks::Egfr, Asks::Dialysis, Asks::AcuteKidneyInjury])
        }
        Category::Lab => alone && reach.gates_on(&[Asks::Lab]),
        Category::Diagnosis => alone && reach.gates_on(&[Asks::Problem]),
        Category::Monitoring => reach.gates_on(&[Asks::LabKnown]) || reach.modifiers.contains(&(Asks::LabKnown as u8)),
        Category::Nuisance => false,
    }
}
