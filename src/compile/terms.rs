//! What every code means: ingredients, salts, products, allergens, problems, labs, reactions, and codes that stand for them.

use crate::compile::codes::{CodeRows, Means};
use crate::compile::complaint::names::alias_of_nothing;
use crate::compile::names::Names;
use crate::diagnostic::report::Diagnostic;
use crate::pack::tables::AllergenTarget;
use crate::source::alias::{Alias, Sense};
use crate::source::tree::{Tree, WrittenCode};

/// What a drug code means before rows are numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrugMeant {
    /// An ingredient.
    Ingredient(u16),
    /// A salt: a product without strength.
    Salt(u16),
    /// A row of the product tables.
    Product(usize),
    /// No drug: the row of `[[excluded]]`.
    Excluded(usize),
}

/// What every code means.
#[derive(Debug)]
pub struct Terms<'t> {
    /// What was written.
    pub tree: &'t Tree,
    /// Codes of drugs.
    pub drugs: CodeRows<'t, DrugMeant>,
    /// Codes of allergens.
    pub allergens: CodeRows<'t, AllergenTarget>,
    /// Codes of problems: each its problems and every wider one.
    pub problems: CodeRows<'t, Vec<u16>>,
    /// Codes of laboratory values.
    pub labs: CodeRows<'t, u16>,
    /// Codes of manifestations.
    pub reactions: CodeRows<'t, u16>,
}

impl<'t> Terms<'t> {
    /// Reads every code of a tree; complains of those unfit for their system and those that mean two things.
    pub fn of(tree: &'t Tree, names: &Names<'t>, wider: &[Vec<u16>], complaints: &mut Vec<Diagnostic>) -> Terms<'t> {
        let mut terms = Terms {
            tree,
            drugs: CodeRows::default(),
            allergens: CodeRows::default(),
            problems: CodeRows::default(),
            labs: CodeRows::default(),
            reactions: CodeRows::default(),
        };
        terms.read_drugs(names, complaints);
        terms.read_allergens(names, complaints);
        for (n, problem) in names.problems.rows.iter().enumerate() {
            for code in &problem.codes {
                let wider = wider.get(n).map_or(&[][..], Vec::as_slice);
                terms.problems.join(code, Vec::new(), |set| add(set, wider), complaints);
            }
        }
        for (n, lab) in names.labs.rows.iter().enumerate() {
            let means = Means("lab", &lab.name.value);
            lab.codes.iter().for_each(|c| terms.labs.say(c, n as u16, means, complaints));
        }
        for (n, reaction) in names.reactions.rows.iter().enumerate() {
            let means = Means("reaction", &reaction.name.value);
            reaction.codes.iter().for_each(|c| terms.reactions.say(c, n as u16, means, complaints));
        }
        terms.read_aliases(names, complaints);
        terms
    }

    /// Codes that stand for others, once everything else is said.
    fn read_aliases(&mut self, names: &Names<'t>, complaints: &mut Vec<Diagnostic>) {
        let holds = |meant: &DrugMeant| ingredients(names, meant);
        // What is said to be no drug stays none.
        let alike =
            |a: &DrugMeant, b: &DrugMeant| a == b || matches!(a, DrugMeant::Excluded(_)) || holds(a) == holds(b);
        let of = |sense: Sense| self.tree.aliases.iter().filter(|a| a.sense == sense).collect::<Vec<&Alias>>();
        let (drugs, allergens) = (of(Sense::Drug), of(Sense::Allergen));
        let (reactions, problems) = (of(Sense::Reaction), of(Sense::Problem));
        let told = [
            self.drugs.aliases(&drugs, alike, complaints),
            self.allergens.aliases(&allergens, |a, b| a == b, complaints),
            self.reactions.aliases(&reactions, |a, b| a == b, complaints),
            self.problems.aliases_joined(&problems, |set, wider| add(set, wider)),
        ];
        for (aliases, meant) in [drugs, allergens, reactions, problems].iter().zip(told) {
            let lost = aliases.iter().zip(meant).filter(|(_, meant)| !meant);
            complaints.extend(lost.map(|(alias, _)| alias_of_nothing(&alias.means)));
        }
    }

    fn read_drugs(&mut self, names: &Names<'t>, complaints: &mut Vec<Diagnostic>) {
        for (n, ingredient) in names.ingredients.rows.iter().enumerate() {
            let means = Means("ingredient", &ingredient.name.value);
            let target = DrugMeant::Ingredient(n as u16);
            let brands = ingredient.brands.iter().map(|(_, code)| code);
            for code in ingredient.codes.iter().chain(brands) {
                self.drugs.say(code, target.clone(), means, complaints);
            }
        }
        for (n, row) in names.salts.iter().enumerate() {
            let means = Means("salt", &row.salt.name.value);
            row.salt.codes.iter().for_each(|c| self.drugs.say(c, DrugMeant::Salt(n as u16), means, complaints));
        }
        for (n, product) in self.tree.products.iter().enumerate() {
            let means = Means("product", &product.name.value);
            self.drugs.say(&product.code, DrugMeant::Product(n), means, complaints);
        }
        for (n, excluded) in self.tree.excluded.iter().enumerate() {
            let means = Means("excluded item", &excluded.name.value);
            excluded.codes.iter().for_each(|c| self.drugs.say(c, DrugMeant::Excluded(n), means, complaints));
        }
    }

    fn read_allergens(&mut self, names: &Names<'t>, complaints: &mut Vec<Diagnostic>) {
        let mut say = |codes: &[&Vec<WrittenCode>], target: AllergenTarget, means: Means<'t>| {
            for code in codes.iter().copied().flatten() {
                self.allergens.say(code, target, means, complaints);
            }
        };
        for (n, class) in names.classes.rows.iter().enumerate() {
            let means = Means("class", &class.name.value);
            say(&[&class.codes, &class.allergy_codes], AllergenTarget::Class(n as u16), means);
        }
        for (n, ingredient) in names.ingredients.rows.iter().enumerate() {
            let means = Means("an allergy to ingredient", &ingredient.name.value);
            say(&[&ingredient.allergy_codes], AllergenTarget::Ingredient(n as u16), means);
        }
        for (n, allergen) in names.allergens.rows.iter().enumerate() {
            let meant = allergen.means.as_ref().and_then(|m| names.ingredients.id(&m.value));
            let target = meant.map_or(AllergenTarget::Other(n as u16), AllergenTarget::Ingredient);
            say(&[&allergen.codes], target, Means("allergen", &allergen.name.value));
        }
        for negation in &self.tree.negations {
            say(&[&negation.codes], AllergenTarget::Negation(negation.means.value), Means("a negation", ""));
        }
    }
}

/// Adds ids to an ascending set.
fn add(set: &mut Vec<u16>, more: &[u16]) {
    set.extend(more);
    set.sort_unstable();
    set.dedup();
}

/// The ingredients a code stands for, ascending; none for what is no drug.
fn ingredients(names: &Names<'_>, meant: &DrugMeant) -> Vec<u16> {
    let mut ids = match meant {
        DrugMeant::Ingredient(n) => vec![*n],
        DrugMeant::Salt(n) => vec![names.salts[usize::from(*n)].ingredient],
        DrugMeant::Product(n) => names.parts(*n).iter().map(|part| part.ingredient).collect(),
        DrugMeant::Excluded(_) => Vec::new(),
    };
    ids.sort_unstable();
    ids.dedup();
    ids
}
