//! Names: every defined thing, sorted by name and numbered, and where a name leads.

use crate::compile::complaint::names::name_twice;
use crate::diagnostic::report::Diagnostic;
use crate::pack::ids::NONE16;
use crate::source::tree::{Allergen, Class, Effect, Ingredient, Lab, Name, Problem, Reaction, Rule, Salt, Tree};
use crate::source::tree_case::Vignette;
use hashbrown::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Things of one kind, sorted by name. A name written twice leads to the one written first.
#[derive(Debug)]
pub struct Roll<'t, T> {
    /// In order of name.
    pub rows: Vec<&'t T>,
    places: HashMap<&'t str, u32>,
}

/// A salt and the ingredient it belongs to.
#[derive(Debug)]
pub struct SaltOf<'t> {
    /// Row of the ingredient.
    pub ingredient: u16,
    /// The salt.
    pub salt: &'t Salt,
}

/// Every name of a rules folder.
#[derive(Debug)]
pub struct Names<'t> {
    /// `[[ingredient]]`
    pub ingredients: Roll<'t, Ingredient>,
    /// Salts, sorted by ingredient and name.
    pub salts: Vec<SaltOf<'t>>,
    salt_places: HashMap<&'t str, u16>,
    parts: Parts,
    /// `[[class]]`
    pub classes: Roll<'t, Class>,
    /// `[[problem]]`
    pub problems: Roll<'t, Problem>,
    /// `[[lab]]`
    pub labs: Roll<'t, Lab>,
    /// `[[reaction]]`
    pub reactions: Roll<'t, Reaction>,
    /// `[[allergen]]`
    pub allergens: Roll<'t, Allergen>,
    /// `[[effect]]`
    pub effects: Roll<'t, Effect>,
    /// Rules of every kind.
    pub rules: Roll<'t, Rule>,
    /// Whole patients.
    pub vignettes: Roll<'t, Vignette>,
    broken: HashSet<&'t str>,
    guesses: AtomicUsize,
}

/// What the parts of products are: looked up once, since products are many. `NONE16` where a name leads nowhere.
#[derive(Debug, Default)]
struct Parts {
    starts: Vec<u32>,
    ids: Vec<PartIds>,
}

/// A part of a product by rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartIds {
    /// Row of the ingredient.
    pub ingredient: u16,
    /// Row of the salt, `NONE16` where none is named or the name leads nowhere.
    pub salt: u16,
}

/// Unknown names for which the one that was meant is looked for: each look goes through all names.
const GUESSES_MAX: usize = 100;

/// What a name that may be an ingredient, a class or another allergen leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// An ingredient.
    Ingredient(u16),
    /// A class.
    Class(u16),
    /// An `[[allergen]]`.
    Allergen(u16),
}

impl<'t, T> Roll<'t, T> {
    /// Sorts and numbers; complains of every name written twice.
    pub fn of(kind: &str, rows: &'t [T], name: fn(&'t T) -> &'t Name, complaints: &mut Vec<Diagnostic>) -> Roll<'t, T> {
        let mut first: HashMap<&'t str, &'t Name> = HashMap::with_capacity(rows.len());
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let written = name(row);
            match first.get(written.value.as_str()) {
                Some(earlier) => complaints.push(name_twice(kind, earlier, written)),
                None => {
                    first.insert(&written.value, written);
                    kept.push(row);
                }
            }
        }
        kept.sort_by(|a, b| name(a).value.cmp(&name(b).value));
        let places = kept.iter().enumerate().map(|(n, row)| (name(row).value.as_str(), n as u32)).collect();
        Roll { rows: kept, places }
    }

    /// The row of a name.
    pub fn get(&self, name: &str) -> Option<usize> {
        self.places.get(name).map(|n| *n as usize)
    }

    /// The row of a name as a 16-bit id. Rolls of more than 65,535 rows are refused before any id is used.
    pub fn id(&self, name: &str) -> Option<u16> {
        self.places.get(name).map(|n| *n as u16)
    }

    /// The names, for a guess at what was meant.
    pub fn words(&self) -> impl Iterator<Item = &'t str> {
        self.places.keys().copied()
    }
}

impl<'t> Names<'t> {
    /// Numbers everything a tree defines.
    pub fn of(tree: &'t Tree, complaints: &mut Vec<Diagnostic>) -> Names<'t> {
        let ingredients = Roll::of("ingredient", &tree.ingredients, |i| &i.name, complaints);
        let (salts, salt_places) = salts(&ingredients, complaints);
        let parts = parts(tree, &ingredients, &salt_places);
        Names {
            ingredients,
            salts,
            salt_places,
            parts,
            classes: Roll::of("class", &tree.classes, |c| &c.name, complaints),
            problems: Roll::of("problem", &tree.problems, |p| &p.name, complaints),
            labs: Roll::of("lab", &tree.labs, |l| &l.name, complaints),
            reactions: Roll::of("reaction", &tree.reactions, |r| &r.name, complaints),
            allergens: Roll::of("allergen", &tree.allergens, |a| &a.name, complaints),
            effects: Roll::of("effect", &tree.effects, |e| &e.name, complaints),
            rules: Roll::of("rule", &tree.rules, |r| &r.id, complaints),
            vignettes: Roll::of("vignette", &tree.vignettes, |v| &v.case.name, complaints),
            broken: tree.broken.iter().map(|n| n.value.as_str()).collect(),
            guesses: AtomicUsize::new(0),
        }
    }

    /// Whether there is time to look for the name that was meant; counts the looks.
    pub fn may_guess(&self) -> bool {
        self.guesses.fetch_add(1, Ordering::Relaxed) < GUESSES_MAX
    }

    /// Whether something of this name was read only in part: its mistake is told, and what it lacks is not judged.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// What the parts of a product are, in written order.
    pub fn parts(&self, product: usize) -> &[PartIds] {
        match (self.parts.starts.get(product), self.parts.starts.get(product + 1)) {
            (Some(from), Some(to)) => &self.parts.ids[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// The row of a salt.
    pub fn salt(&self, name: &str) -> Option<u16> {
        self.salt_places.get(name).copied()
    }

    /// The names of all salts.
    pub fn salt_words(&self) -> impl Iterator<Item = &'t str> {
        self.salt_places.keys().copied()
    }

    /// What a name in `except` leads to: an ingredient and a class of one name are both given.
    pub fn drugs_meant(&self, name: &str) -> Vec<Meant> {
        let ingredient = self.ingredients.id(name).map(Meant::Ingredient);
        ingredient.into_iter().chain(self.classes.id(name).map(Meant::Class)).collect()
    }

    /// What the name of an allergy leads to; more than one is an ambiguity.
    pub fn allergens_meant(&self, name: &str) -> Vec<Meant> {
        let mut meant = self.drugs_meant(name);
        meant.extend(self.allergens.id(name).map(Meant::Allergen));
        meant
    }
}

/// The parts of all products, by rows.
fn parts<'t>(tree: &'t Tree, ingredients: &Roll<'t, Ingredient>, salts: &HashMap<&'t str, u16>) -> Parts {
    let mut parts = Parts { starts: Vec::with_capacity(tree.products.len() + 1), ids: Vec::new() };
    parts.starts.push(0);
    for product in &tree.products {
        parts.ids.extend(product.parts.iter().map(|part| PartIds {
            ingredient: ingredients.id(&part.ingredient.value).unwrap_or(NONE16),
            salt: part.salt.as_ref().and_then(|s| salts.get(s.value.as_str()).copied()).unwrap_or(NONE16),
        }));
        parts.starts.push(parts.ids.len() as u32);
    }
    parts
}

/// Salts of all ingredients in order, and where their names lead.
fn salts<'t>(
    ingredients: &Roll<'t, Ingredient>,
    complaints: &mut Vec<Diagnostic>,
) -> (Vec<SaltOf<'t>>, HashMap<&'t str, u16>) {
    let mut first: HashMap<&'t str, &'t Name> = HashMap::new();
    let mut salts = Vec::new();
    for (n, ingredient) in ingredients.rows.iter().enumerate() {
        let mut own: Vec<&'t Salt> = ingredient.salts.iter().collect();
        own.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        for salt in own {
            match first.get(salt.name.value.as_str()) {
                Some(earlier) => complaints.push(name_twice("salt", earlier, &salt.name)),
                None => {
                    first.insert(&salt.name.value, &salt.name);
                    salts.push(SaltOf { ingredient: n as u16, salt });
                }
            }
        }
    }
    let places = salts.iter().enumerate().map(|(n, s)| (s.salt.name.value.as_str(), n as u16)).collect();
    (salts, places)
}
