//! What a rules folder knows already: its ingredients and salts by name, and the codes it gives a meaning.

use crate::clinical::code::{Code, System};
use crate::import::substances::{Ingredient, Salt, Substances};
use crate::source::alias::{Alias, Sense};
use crate::source::tree::{Tree, WrittenCode};
use hashbrown::HashSet;
use std::collections::BTreeSet;

/// Names under which other tables know ingredients: international and older names, and RxNorm's.
const SYNONYMS: &[(&str, &str)] = &[
    ("acetylsalicylic acid", "aspirin"),
    ("aciclovir", "acyclovir"),
    ("adrenaline", "epinephrine"),
    ("beclometasone", "beclomethasone"),
    ("cefalexin", "cephalexin"),
    ("cefradine", "cephradine"),
    ("ciclosporin", "cyclosporine"),
    ("colecalciferol", "cholecalciferol"),
    ("dexamfetamine", "dextroamphetamine"),
    ("amfetamine", "amphetamine"),
    ("glibenclamide", "glyburide"),
    ("glyceryl trinitrate", "nitroglycerin"),
    ("isoprenaline", "isoproterenol"),
    ("mesalazine", "mesalamine"),
    ("noradrenaline", "norepinephrine"),
    ("orciprenaline", "metaproterenol"),
    ("paracetamol", "acetaminophen"),
    ("pethidine", "meperidine"),
    ("rifampicin", "rifampin"),
    ("salbutamol", "albuterol"),
    ("suxamethonium", "succinylcholine"),
    ("thiamazole", "methimazole"),
    ("valproate", "valproic acid"),
    ("zoledronate", "zoledronic acid"),
];

/// The ingredients and salts of a rules folder by name, other names among them.
pub fn substances(tree: &Tree) -> Substances {
    let mut substances = Substances::default();
    for ingredient in &tree.ingredients {
        let code = rxnorm(&ingredient.codes);
        let name = ingredient.name.value.clone();
        let Some(place) = substances.add(Ingredient { code, name, ..Ingredient::default() }) else { continue };
        for salt in &ingredient.salts {
            let (code, name) = (rxnorm(&salt.codes), salt.name.value.clone());
            substances.add_salt(Salt { code, name, ingredient: place, unii: Vec::new() });
        }
    }
    for (other, name) in SYNONYMS {
        substances.also_called(other, name);
    }
    substances
}

fn rxnorm(codes: &[WrittenCode]) -> String {
    codes.iter().find(|c| c.system == "rxnorm").map_or_else(String::new, |c| c.value.value.clone())
}

/// Every code of a system that means something in a sense.
pub fn codes(tree: &Tree, system: &System, sense: Sense) -> HashSet<u64> {
    let written = named(tree, sense).into_iter().filter(|c| System::from_uri(&c.system) == *system);
    let mut codes: HashSet<u64> = written.filter_map(|c| Code::new(system.clone(), &c.value.value)?.packed()).collect();
    let aliases = tree.aliases.iter().filter(|a: &&Alias| a.sense == sense && a.system == *system);
    codes.extend(aliases.flat_map(|a| &a.codes).map(|c| c.value));
    codes
}

/// Every code written for something of a sense.
fn named(tree: &Tree, sense: Sense) -> Vec<&WrittenCode> {
    match sense {
        Sense::Drug => {
            let mut codes: Vec<&WrittenCode> = tree.products.iter().map(|p| &p.code).collect();
            for ingredient in &tree.ingredients {
                codes.extend(&ingredient.codes);
                codes.extend(ingredient.salts.iter().flat_map(|s| &s.codes));
                codes.extend(ingredient.brands.iter().map(|(_, code)| code));
            }
            codes.extend(tree.excluded.iter().flat_map(|e| &e.codes));
            codes
        }
        Sense::Problem => tree.problems.iter().flat_map(|p| &p.codes).collect(),
        Sense::Reaction => tree.reactions.iter().flat_map(|r| &r.codes).collect(),
        Sense::Allergen => {
            let mut codes: Vec<&WrittenCode> =
                tree.classes.iter().flat_map(|c| c.codes.iter().chain(&c.allergy_codes)).collect();
            codes.extend(tree.ingredients.iter().flat_map(|i| &i.allergy_codes));
            codes.extend(tree.allergens.iter().flat_map(|a| &a.codes));
            codes.extend(tree.negations.iter().flat_map(|n| &n.codes));
            codes
        }
    }
}

/// ATC codes that an ingredient or class of the folder has.
pub fn atc(tree: &Tree) -> BTreeSet<&str> {
    let drugs = named(tree, Sense::Drug).into_iter().chain(named(tree, Sense::Allergen));
    drugs.filter(|c| c.system == "atc").map(|c| c.value.value.as_str()).collect()
}
