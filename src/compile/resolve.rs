//! Every name a tree writes must lead somewhere: the walk that looks.

use crate::compile::complaint::names::{
    allergen_unfit, conversion_unfit, fraction_unfit, ingredient_uncoded, name_ambiguous, salt_of_another, too_many,
    unknown_allergen, unknown_class, unknown_effect, unknown_exception, unknown_ingredient, unknown_lab,
    unknown_problem, unknown_reaction, unknown_rule, unknown_salt,
};
use crate::compile::names::{Names, PartIds};
use crate::compile::walk;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::pack::ids::NONE16;
use crate::source::tree::{AllergenKind, AllergenSet, Body, DrugSet, Ingredient, Name, Product, Rule, Tree};
use crate::source::tree_condition::Test;
use hashbrown::HashSet;

/// The walk, and what it found.
struct Walk<'w, 't> {
    names: &'w Names<'t>,
    complaints: &'w mut Vec<Diagnostic>,
}

/// Rows a 16-bit id can number; the last is kept for "none".
const ROWS_MAX: usize = 65_535;

/// Looks at every name of a tree but those of its cases.
pub fn resolve(tree: &Tree, names: &Names<'_>, complaints: &mut Vec<Diagnostic>) {
    let mut walk = Walk { names, complaints };
    walk.sizes();
    walk.terms(tree);
    for (n, product) in tree.products.iter().enumerate() {
        walk.product(product, names.parts(n));
    }
    for rule in &names.rules.rows {
        walk.rule(rule);
    }
}

/// The ingredients that products hold.
fn held(tree: &Tree) -> HashSet<&str> {
    tree.products.iter().flat_map(|p| &p.parts).map(|p| p.ingredient.value.as_str()).collect()
}

impl<'t> Walk<'_, 't> {
    fn say(&mut self, complaint: Diagnostic) {
        self.complaints.push(complaint);
    }

    /// Whether a name leads nowhere. One whose thing was read only in part is not lost: the mistake in it is told.
    fn lost<T>(&self, row: Option<T>, name: &Name) -> bool {
        row.is_none() && !self.names.is_broken(&name.value)
    }

    fn ingredient(&mut self, name: &Name) {
        if self.lost(self.names.ingredients.get(&name.value), name) {
            self.say(unknown_ingredient(name, self.names));
        }
    }

    fn class(&mut self, name: &Name) {
        if self.lost(self.names.classes.get(&name.value), name) {
            self.say(unknown_class(name, self.names));
        }
    }

    fn problem(&mut self, name: &Name) {
        if self.lost(self.names.problems.get(&name.value), name) {
            self.say(unknown_problem(name, self.names));
        }
    }

    fn exception(&mut self, name: &Name) {
        match self.names.drugs_meant(&name.value).len() {
            0 if self.names.is_broken(&name.value) => {}
            0 => self.say(unknown_exception(name, self.names)),
            1 => {}
            _ => self.say(name_ambiguous(name)),
        }
    }

    fn set(&mut self, set: &DrugSet) {
        set.ingredients.iter().for_each(|n| self.ingredient(n));
        set.classes.iter().for_each(|n| self.class(n));
        set.except.iter().for_each(|n| self.exception(n));
    }

    fn sizes(&mut self) {
        let names = self.names;
        fn over<'t, T>(rows: &[&'t T], span: impl Fn(&'t T) -> Span) -> Option<(usize, Span)> {
            rows.get(ROWS_MAX).map(|row| (rows.len(), span(row)))
        }
        let salt = names.salts.get(ROWS_MAX).map(|s| (names.salts.len(), s.salt.name.span));
        let counts = [
            ("ingredients", over(&names.ingredients.rows, |i| i.name.span)),
            ("salts", salt),
            ("classes", over(&names.classes.rows, |c| c.name.span)),
            ("problems", over(&names.problems.rows, |p| p.name.span)),
            ("labs", over(&names.labs.rows, |l| l.name.span)),
            ("reactions", over(&names.reactions.rows, |r| r.name.span)),
            ("allergens", over(&names.allergens.rows, |a| a.name.span)),
            ("effects", over(&names.effects.rows, |e| e.name.span)),
        ];
        for (kind, found) in counts {
            if let Some((found, span)) = found {
                self.say(too_many(kind, found, ROWS_MAX, span));
            }
        }
    }

    fn terms(&mut self, tree: &Tree) {
        let uncoded = |i: &&Ingredient| i.codes.is_empty() && !self.names.is_broken(&i.name.value);
        let uncoded: Vec<&Name> = tree.ingredients.iter().filter(uncoded).map(|i| &i.name).collect();
        let held: HashSet<&str> = if uncoded.is_empty() { HashSet::new() } else { held(tree) };
        for name in uncoded {
            if !held.contains(name.value.as_str()) {
                self.say(ingredient_uncoded(name));
            }
        }
        for ingredient in &tree.ingredients {
            for salt in &ingredient.salts {
                let unfit = salt
                    .base_fraction
                    .as_ref()
                    .filter(|f| !f.value.is_positive() || f.value > crate::clinical::exact::Exact::ONE);
                if let Some(fraction) = unfit {
                    self.say(fraction_unfit(&salt.name, fraction.span));
                }
            }
        }
        for class in &tree.classes {
            class.ingredients.iter().for_each(|n| self.ingredient(n));
            class.classes.iter().for_each(|n| self.class(n));
            class.except.iter().for_each(|n| self.exception(n));
        }
        for problem in &tree.problems {
            problem.problems.iter().for_each(|n| self.problem(n));
        }
        for lab in &tree.labs {
            for (n, (unit, factor)) in lab.convert.iter().enumerate() {
                let twice = lab.convert[..n].iter().any(|(earlier, _)| earlier.value == unit.value);
                if twice || unit.value == lab.unit.value || !factor.value.is_positive() {
                    self.say(conversion_unfit(&lab.name, unit));
                }
            }
        }
        self.allergens(tree);
    }

    fn allergens(&mut self, tree: &Tree) {
        for allergen in &tree.allergens {
            allergen.class.iter().for_each(|n| self.class(n));
            allergen.means.iter().for_each(|n| self.ingredient(n));
            let unspecified = allergen.kind.value == AllergenKind::Unspecified;
            let broken = self.names.is_broken(&allergen.name.value);
            if unspecified && allergen.class.is_none() && allergen.means.is_none() && !broken {
                let why = "does not say which class it stands for";
                self.say(allergen_unfit(&allergen.name, why, "add `class = \"...\"`"));
            }
        }
    }

    fn product(&mut self, product: &Product, rows: &[PartIds]) {
        for (part, ids) in product.parts.iter().zip(rows) {
            if ids.ingredient == NONE16 {
                self.ingredient(&part.ingredient);
            }
            let Some(salt) = &part.salt else { continue };
            match self.names.salts.get(usize::from(ids.salt)) {
                None if self.names.is_broken(&part.ingredient.value) => {}
                None => self.say(unknown_salt(salt, self.names)),
                Some(row) if ids.ingredient != NONE16 && ids.ingredient != row.ingredient => {
                    self.say(salt_of_another(salt, &part.ingredient));
                }
                Some(_) => {}
            }
        }
        for excipient in &product.excipients {
            match self.names.allergens.get(&excipient.value) {
                None if self.names.is_broken(&excipient.value) => {}
                None => self.say(unknown_allergen(excipient, self.names)),
                Some(row) if self.names.allergens.rows[row].kind.value != AllergenKind::Excipient => {
                    let help = "write `kind = \"excipient\"` where it is defined, or take it out of the product";
                    self.say(allergen_unfit(excipient, "is no excipient", help));
                }
                Some(_) => {}
            }
        }
    }

    fn rule(&mut self, rule: &'t Rule) {
        walk::participants(rule).into_iter().for_each(|set| self.set(set));
        if let Some(effect) = &rule.effect
            && self.lost(self.names.effects.get(&effect.value), effect)
        {
            self.say(unknown_effect(effect, self.names));
        }
        for replaced in &rule.replaces {
            if self.lost(self.names.rules.get(&replaced.value), replaced) {
                self.say(unknown_rule(replaced, self.names));
            }
        }
        match &rule.body {
            Body::Allergy { allergen: Some(AllergenSet::Allergen(name)), .. }
                if self.lost(self.names.allergens.get(&name.value), name) =>
            {
                self.say(unknown_allergen(name, self.names));
            }
            Body::Dose { basis: Some(salt), .. } if self.lost(self.names.salt(&salt.value), salt) => {
                self.say(unknown_salt(salt, self.names));
            }
            _ => {}
        }
        for asked in walk::conditions(rule) {
            let mut tests = Vec::new();
            walk::tests(asked.condition, &mut |test, _| tests.push(test));
            tests.into_iter().for_each(|test| self.test(test));
        }
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Lab { lab, .. } if self.lost(self.names.labs.get(&lab.value), lab) => {
                self.say(unknown_lab(lab, self.names));
            }
            Test::Problem { problem, .. } | Test::Indication { problem, .. } => self.problem(problem),
            Test::Taking { drugs, .. } | Test::AllergyTo(drugs) => self.set(drugs),
            Test::Reaction(reactions) => {
                for reaction in reactions {
                    if self.lost(self.names.reactions.get(&reaction.value), reaction) {
                        self.say(unknown_reaction(reaction, self.names));
                    }
                }
            }
            _ => {}
        }
    }
}
