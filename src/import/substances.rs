//! Ingredients and salts by name and by code, as RxNorm names them.

use crate::source::terminology::fits_ingredient_name;
use hashbrown::HashMap;

/// An active substance at the level of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingredient {
    /// RxNorm code; empty where only products tell of it.
    pub code: String,
    /// RxNorm's name in lower case.
    pub name: String,
    /// FDA's identifiers.
    pub unii: Vec<String>,
    /// WHO's classes.
    pub atc: Vec<String>,
}

/// A salt or other precise form of an ingredient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salt {
    /// RxNorm code.
    pub code: String,
    /// RxNorm's name in lower case.
    pub name: String,
    /// Place of its ingredient.
    pub ingredient: usize,
    /// FDA's identifiers.
    pub unii: Vec<String>,
}

/// What a name or code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Substance {
    /// Place of the ingredient.
    pub ingredient: usize,
    /// Place of the salt, where it is one.
    pub salt: Option<usize>,
}

/// Every ingredient and salt known so far.
#[derive(Clone, Debug, Default)]
pub struct Substances {
    /// Ingredients.
    pub ingredients: Vec<Ingredient>,
    /// Salts.
    pub salts: Vec<Salt>,
    names: HashMap<String, Substance>,
    other_names: HashMap<String, Substance>,
    retired: Vec<(String, String)>,
    codes: HashMap<String, Substance>,
}

impl Substances {
    /// Adds an ingredient. Its name and code are free, or it is not added. Its code may be empty.
    pub fn add(&mut self, ingredient: Ingredient) -> Option<usize> {
        let place = self.ingredients.len();
        let substance = Substance { ingredient: place, salt: None };
        if self.codes.contains_key(&ingredient.code) || self.names.contains_key(&ingredient.name) {
            return None;
        }
        self.names.insert(ingredient.name.clone(), substance);
        if !ingredient.code.is_empty() {
            self.codes.insert(ingredient.code.clone(), substance);
        }
        self.ingredients.push(ingredient);
        Some(place)
    }

    /// Adds a salt. Its name and code are free, or it is not added.
    pub fn add_salt(&mut self, salt: Salt) -> Option<usize> {
        let place = self.salts.len();
        let substance = Substance { ingredient: salt.ingredient, salt: Some(place) };
        if self.codes.contains_key(&salt.code) || self.names.contains_key(&salt.name) {
            return None;
        }
        self.names.insert(salt.name.clone(), substance);
        if !salt.code.is_empty() {
            self.codes.insert(salt.code.clone(), substance);
        }
        self.salts.push(salt);
        Some(place)
    }

    /// Lets another name mean what a code means, unless it is the own name of something or means another thing already.
    pub fn also_named(&mut self, name: &str, code: &str) {
        if let Some(substance) = self.codes.get(code).copied() {
            self.other_names.entry(fitting(name)).or_insert(substance);
        }
    }

    /// Lets another name mean what a name means, unless it means something already.
    pub fn also_called(&mut self, other: &str, name: &str) {
        if let Some(substance) = self.names.get(name).copied() {
            self.other_names.entry(fitting(other)).or_insert(substance);
        }
    }

    /// Takes a code as an old one of what has the name now; false when nothing has, or the code is taken.
    pub fn retire(&mut self, code: &str, name: &str) -> bool {
        let Some(substance) = self.names.get(name).copied() else { return false };
        if code.is_empty() || self.codes.contains_key(code) {
            return false;
        }
        let now = match substance.salt {
            Some(salt) => &self.salts[salt].code,
            None => &self.ingredients[substance.ingredient].code,
        };
        if now.is_empty() {
            return false;
        }
        self.retired.push((code.to_owned(), now.clone()));
        self.codes.insert(code.to_owned(), substance);
        true
    }

    /// Old codes, each with the one that has its name now.
    pub fn retired(&self) -> impl Iterator<Item = (&str, &str)> {
        self.retired.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }

    /// What a code means.
    pub fn by_code(&self, code: &str) -> Option<Substance> {
        self.codes.get(code).copied()
    }

    /// What a name means, letter case aside.
    pub fn by_name(&self, name: &str) -> Option<Substance> {
        self.named(&fitting(name))
    }

    fn named(&self, name: &str) -> Option<Substance> {
        self.names.get(name).or_else(|| self.other_names.get(name)).copied()
    }

    /// What a name in a product's name means: RxNorm puts words in front of it (`Abuse-Deterrent`, `Sprinkle`) and four
    /// letters behind it (`-tqjs`). The longest name that is known and fits counts.
    pub fn in_product(&self, name: &str, fits: impl Fn(Substance) -> bool) -> Option<Substance> {
        let name = fitting(name);
        let mut rest = name.as_str();
        loop {
            let bare = without_suffix(rest);
            let known = self.named(rest).or_else(|| bare.and_then(|bare| self.named(bare)));
            if let Some(found) = known.filter(|s| fits(*s)) {
                return Some(found);
            }
            rest = rest.split_once(' ')?.1;
        }
    }

    /// The name of an ingredient.
    pub fn name(&self, ingredient: usize) -> &str {
        self.ingredients.get(ingredient).map_or("", |i| &i.name)
    }
}

/// A name as ingredients may have it: lower case, blanks single, letters that a name may not have taken out.
pub fn fitting(name: &str) -> String {
    let lower: String = name.trim().to_lowercase().replace('_', " ");
    let kept: String = lower.chars().filter(|c| fits_ingredient_name(*c)).collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A biological's name without the four letters that tell its makers apart.
pub fn without_suffix(name: &str) -> Option<&str> {
    let (bare, suffix) = name.rsplit_once('-')?;
    (suffix.len() == 4 && suffix.bytes().all(|b| b.is_ascii_lowercase())).then_some(bare)
}
