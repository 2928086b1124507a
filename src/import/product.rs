//! A product from its name and what is known of its ingredients. A part that is not understood is never left out.

use crate::clinical::form::Form;
use crate::clinical::quantity::Strength;
use crate::clinical::route::RouteSet;
use crate::import::drug_name::{DrugName, NamePart, read, strength};
use crate::import::substances::{Substance, Substances};
use std::collections::BTreeSet;

/// A product as tables hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// RxNorm code.
    pub code: String,
    /// RxNorm's name.
    pub name: String,
    /// Its form.
    pub form: Option<Form>,
    /// Its routes.
    pub routes: RouteSet,
    /// What it holds.
    pub parts: Vec<Part>,
}

/// An ingredient of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub substance: Substance,
    /// Its strength as tables write it.
    pub strength: Option<String>,
}

/// What is known of a product's ingredients before its name is read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Places of ingredients it surely holds.
    pub ingredients: BTreeSet<usize>,
    /// Whether it holds no other.
    pub is_complete: bool,
}

/// Why there is no product, or one with less in it than its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its ingredients are known, and its strengths are not: the name speaks of others.
    Strengths,
}

/// The reason for which a product is left out.
pub const UNKNOWN_INGREDIENT: &str = "product: an ingredient in its name is not known";
/// Words that stand in names of packs and are no drug.
const INERT: &[&str] = &["inert ingredients", "inert"];

/// Makes a product of its name. An error says which part of the name is not known; a doubt, what was left out of it.
pub fn product<'n>(
    code: &str,
    name: &'n str,
    known: &Known,
    substances: &Substances,
) -> Result<(Product, Option<Doubt>), &'n str> {
    let read = read(name);
    let fits = |s: Substance| !known.is_complete || known.ingredients.contains(&s.ingredient);
    let named: Vec<(NamePart<'_>, Option<Substance>)> =
        active(&read).map(|part| (part, substances.in_product(part.name, fits))).collect();
    let found: BTreeSet<usize> = named.iter().filter_map(|(_, s)| s.map(|s| s.ingredient)).collect();
    let missing: Vec<usize> = known.ingredients.difference(&found).copied().collect();
    let lost: Vec<&NamePart<'n>> = named.iter().filter(|(_, s)| s.is_none()).map(|(part, _)| part).collect();
    let whole = lost.is_empty() && missing.is_empty() && !named.is_empty();
    if !whole && !known.is_complete {
        return Err(lost.first().map_or(name, |part| part.name));
    }
    let (parts, doubt) = if whole {
        (named_parts(&read, &named), None)
    } else {
        let bare = |n: &usize| Part { substance: Substance { ingredient: *n, salt: None }, strength: None };
        (known.ingredients.iter().map(bare).collect(), Some(Doubt::Strengths))
    };
    if parts.is_empty() {
        return Err(name);
    }
    let routes = read.forms.iter().fold(RouteSet::UNKNOWN, |set, form| set.with(form.routes()));
    // One of unknown route in a pack makes the route of the pack unknown.
    let routes = if read.forms.iter().any(|f| f.route.is_none()) { RouteSet::UNKNOWN } else { routes };
    let form = if read.is_pack { Some(Form::Kit) } else { read.forms.first().map(|f| f.form) };
    Ok((Product { code: code.to_owned(), name: name.to_owned(), form, routes, parts }, doubt))
}

fn active<'r, 'n>(read: &'r DrugName<'n>) -> impl Iterator<Item = NamePart<'n>> + use<'r, 'n> {
    read.parts.iter().copied().filter(|part| !INERT.contains(&part.name.to_lowercase().as_str()))
}

fn named_parts(read: &DrugName<'_>, named: &[(NamePart<'_>, Option<Substance>)]) -> Vec<Part> {
    let form = if read.is_pack { None } else { read.forms.first() };
    let mut parts: Vec<Part> = Vec::new();
    for (part, substance) in named.iter().filter_map(|(part, s)| s.map(|s| (part, s))) {
        let strength = form.zip(part.strength).and_then(|(form, (number, unit))| strength(number, unit, form));
        let strength = strength.filter(|s| Strength::parse(s).is_some());
        match parts.iter().position(|p| p.substance == substance) {
            None => parts.push(Part { substance, strength }),
            // The same twice, in a pack of several strengths: it is in there, and how much of it differs.
            Some(at) if parts[at].strength != strength => parts[at].strength = None,
            Some(_) => {}
        }
    }
    parts
}
