//! Joining bulk tables with what was written by hand: an ingredient or product written twice is one thing, or an error.

use crate::diagnostic::report::Diagnostic;
use crate::source::bulk::{Bulk, orphans};
use crate::source::code_tables;
use crate::source::mistakes;
use crate::source::tree::{Ingredient, Product, Salt, Tree, WrittenCode};
use hashbrown::{HashMap, HashSet};

/// Puts the rows of tables into the tree.
///
/// An `[[ingredient]]` of the name of a row extends it: their codes, salts and brands are taken together. A product by
/// hand takes the place of a row of its code when both hold the same ingredients. Where the two contradict each other,
/// both places are told.
pub fn join(tree: &mut Tree, bulk: Bulk, mistakes: &mut Vec<Diagnostic>) {
    let Bulk { ingredients, salts, brands, mut products, classes, aliases, codes } = bulk;
    let by_hand = std::mem::replace(&mut tree.ingredients, ingredients);
    let mut places: HashMap<String, usize> = HashMap::with_capacity(tree.ingredients.len());
    for (n, row) in tree.ingredients.iter().enumerate() {
        places.entry(row.name.value.clone()).or_insert(n);
    }
    let rows = tree.ingredients.len();
    let mut extended: HashSet<usize> = HashSet::new();
    let mut extensions = Vec::new();
    for hand in by_hand {
        match places.get(&hand.name.value).copied().filter(|n| *n < rows) {
            // Written twice by hand: the second one stands alone, and the compiler says that it does.
            Some(n) if extended.insert(n) => extensions.push((n, hand)),
            _ => {
                places.entry(hand.name.value.clone()).or_insert(tree.ingredients.len());
                tree.ingredients.push(hand);
            }
        }
    }
    let mut lost = Vec::new();
    for (base, salt) in salts {
        match places.get(&base.value) {
            Some(n) => tree.ingredients[*n].salts.push(salt),
            None => lost.push((salt.name, base)),
        }
    }
    for brand in brands {
        let only = if let [part] = brand.parts.as_slice() { places.get(&part.ingredient.value) } else { None };
        match only {
            Some(n) => tree.ingredients[*n].brands.push((brand.name, brand.code)),
            None => products.push(brand),
        }
    }
    for (name, codes) in classes {
        match places.get(&name.value) {
            Some(n) => union(&mut tree.ingredients[*n].codes, codes),
            None => lost.push((name.clone(), name)),
        }
    }
    for (n, hand) in extensions {
        extend(&mut tree.ingredients[n], hand, mistakes);
    }
    orphans(mistakes, lost);
    join_products(tree, products, mistakes);
    tree.aliases.extend(aliases);
    mistakes.extend(code_tables::add(tree, codes));
}

/// Takes what was written by hand into a row.
fn extend(row: &mut Ingredient, hand: Ingredient, mistakes: &mut Vec<Diagnostic>) {
    if differ(&row.codes, &hand.codes) {
        let what = format!("ingredient `{}` has another code in a table", row.name.value);
        mistakes.push(mistakes::contradiction(hand.name.span, row.name.span, what));
    }
    union(&mut row.codes, hand.codes);
    union(&mut row.allergy_codes, hand.allergy_codes);
    for salt in hand.salts {
        match row.salts.iter_mut().find(|s| s.name.value == salt.name.value) {
            Some(earlier) => extend_salt(earlier, salt, mistakes),
            None => row.salts.push(salt),
        }
    }
    for (name, code) in hand.brands {
        if !row.brands.iter().any(|(_, earlier)| same(earlier, &code)) {
            row.brands.push((name, code));
        }
    }
}

fn extend_salt(row: &mut Salt, hand: Salt, mistakes: &mut Vec<Diagnostic>) {
    if differ(&row.codes, &hand.codes) {
        let what = format!("salt `{}` has another code in a table", row.name.value);
        mistakes.push(mistakes::contradiction(hand.name.span, row.name.span, what));
    }
    union(&mut row.codes, hand.codes);
    row.base_fraction = hand.base_fraction.or(row.base_fraction.take());
}

/// Rows whose code is not written by hand; of the others the hand's stands. What is excluded by hand is no product.
fn join_products(tree: &mut Tree, rows: Vec<Product>, mistakes: &mut Vec<Diagnostic>) {
    let mut kept = Vec::with_capacity(rows.len());
    {
        let of_rxnorm = tree.products.iter().filter(|p| p.code.system == "rxnorm");
        let by_hand: HashMap<&str, &Product> = of_rxnorm.map(|p| (p.code.value.value.as_str(), p)).collect();
        let excluded = tree.excluded.iter().flat_map(|e| &e.codes).filter(|c| c.system == "rxnorm");
        let excluded: HashSet<&str> = excluded.map(|c| c.value.value.as_str()).collect();
        for row in rows.into_iter().filter(|row| !excluded.contains(row.code.value.value.as_str())) {
            match by_hand.get(row.code.value.value.as_str()) {
                None => kept.push(row),
                Some(hand) if ingredients(hand) == ingredients(&row) => {}
                Some(hand) => {
                    let what = format!("product `{}` holds other ingredients in a table", hand.name.value);
                    mistakes.push(mistakes::contradiction(hand.span, row.span, what));
                }
            }
        }
    }
    tree.products.append(&mut kept);
}

fn ingredients(product: &Product) -> Vec<&str> {
    let mut names: Vec<&str> = product.parts.iter().map(|p| p.ingredient.value.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether both have RxNorm codes, and none in common.
fn differ(a: &[WrittenCode], b: &[WrittenCode]) -> bool {
    let mut of_a = a.iter().filter(|c| c.system == "rxnorm").peekable();
    let mut of_b = b.iter().filter(|c| c.system == "rxnorm").peekable();
    of_a.peek().is_some() && of_b.peek().is_some() && !of_a.any(|a| b.iter().any(|b| same(a, b)))
}

fn union(codes: &mut Vec<WrittenCode>, more: Vec<WrittenCode>) {
    for code in more {
        if !codes.iter().any(|earlier| same(earlier, &code)) {
            codes.push(code);
        }
    }
}

fn same(a: &WrittenCode, b: &WrittenCode) -> bool {
    a.system == b.system && a.value.value == b.value.value
}
