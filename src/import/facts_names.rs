//! Names for ingredients whose rows are incomplete: which of several to take, what is a salt and what no ingredient at all.

use crate::import::substances::fitting;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Names a code is known by, with how much speaks for each.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    codes: BTreeMap<String, BTreeMap<String, u32>>,
    seen_in_products: HashMap<String, u32>,
    backed: BTreeSet<String>,
}

/// Names taken instead of the one the tables would give, by RxNorm code: old chemical or trade names, words run together,
/// names that lead nobody to the drug.
const NAMES: &[(&str, &str)] = &[
    ("83929", "abciximab"),
    ("2508", "carbocromen"),
    ("8113", "phenacetin"),
    ("16738", "racecadotril"),
    ("197", "acetylcysteine"),
    ("155", "acepromazine"),
    ("7762", "ouabain"),
    ("35797", "rosoxacin"),
    ("5936", "iodipamide"),
    ("2011", "carbazochrome"),
    ("8410", "alteplase"),
    ("12062", "alfacalcidol"),
    ("991743", "alpha-1-proteinase inhibitor, human"),
    ("11194", "vidarabine"),
    ("10032", "stanozolol"),
    ("820", "anethole trithione"),
    ("712", "ammonium chloride"),
    ("1056", "aprotinin"),
    ("828529", "albumin human"),
    ("852519", "house dust allergenic extract"),
    ("805486", "zoster vaccine live"),
    ("18330", "arsenic trioxide"),
    ("51428", "insulin aspart"),
    ("83682", "cefditoren"),
    ("612", "aluminum hydroxide"),
    ("12488", "hydroxyprogesterone caproate"),
    ("285245", "cinnamon"),
    ("125933", "cranberry"),
    ("265647", "garlic"),
    ("285241", "ginger"),
    ("259266", "hops"),
    ("317857", "parsley"),
    ("287515", "soybean"),
    ("743", "amylase"),
];

/// Salts and esters whose names do not tell of what, by RxNorm code.
const BASES: &[(&str, &str)] = &[
    ("2695774", "carbidopa"),
    ("2695775", "levodopa"),
    ("1304475", "aflibercept"),
    ("203152", "alendronic acid"),
    ("46041", "alendronic acid"),
    ("221946", "citric acid"),
    ("408142", "mycophenolic acid"),
    ("1294597", "azilsartan"),
    ("1091642", "azilsartan"),
    ("72611", "cefditoren"),
    ("1918", "pantothenate"),
];

/// The ingredient of a salt whose name does not tell it.
pub fn base_of(code: &str) -> Option<&'static str> {
    BASES.iter().find(|(c, _)| *c == code).map(|(_, base)| *base)
}

/// Names given here, by code.
pub fn given() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.iter().copied()
}

/// Words that make a salt, an ester or a hydrate of the name before them.
const SALT_WORDS: &[&str] = &[
    "hydrochloride",
    "hcl",
    "dihydrochloride",
    "hydrobromide",
    "sulfate",
    "sulphate",
    "bisulfate",
    "so4",
    "sodium",
    "disodium",
    "potassium",
    "calcium",
    "magnesium",
    "maleate",
    "dimaleate",
    "mesylate",
    "mesilate",
    "besylate",
    "besilate",
    "dibesylate",
    "tosylate",
    "acetate",
    "diacetate",
    "dipropionate",
    "propionate",
    "tartrate",
    "bitartrate",
    "malate",
    "benzoate",
    "fumarate",
    "hemifumarate",
    "difumarate",
    "citrate",
    "phosphate",
    "bromide",
    "chloride",
    "dihydrate",
    "monohydrate",
    "trihydrate",
    "hydrate",
    "anhydrous",
    "hyclate",
    "succinate",
    "palmitate",
    "decanoate",
    "pivalate",
    "edisylate",
    "oxalate",
    "olamine",
    "dimeglumine",
    "meglumine",
    "ethanolate",
    "solvate",
    "propylene",
    "glycol",
    "pivoxil",
    "aspartate",
    "lactate",
    "tannate",
    "napsylate",
    "resin",
    "estolate",
    "polistirex",
    "gluconate",
    "nitrate",
    "salicylate",
    "valerate",
    "enanthate",
    "cypionate",
    "stearate",
];

impl Candidates {
    /// Notes a name of a code; `weight` is how much it speaks for the name.
    pub fn note(&mut self, code: &str, name: &str, weight: u32) {
        let name = fitting(name);
        if code.bytes().all(|b| b.is_ascii_digit()) && !code.is_empty() && !name.is_empty() {
            *self.codes.entry(code.to_owned()).or_default().entry(name).or_default() += weight;
        }
    }

    /// Notes that a source other than a bare list of names speaks of the code.
    pub fn back(&mut self, code: &str) {
        self.backed.insert(code.to_owned());
    }

    /// Notes a name as the name of a product writes it.
    pub fn seen(&mut self, name: &str) {
        *self.seen_in_products.entry(fitting(name)).or_default() += 1;
    }

    /// Whether more than a bare list of names speaks of the code, or a product bears one of its names.
    pub fn is_backed(&self, code: &str) -> bool {
        self.backed.contains(code)
            || self.codes.get(code).is_some_and(|n| n.keys().any(|name| self.seen_in_products.contains_key(name)))
    }

    /// Every code noted, in order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.keys().map(String::as_str)
    }

    /// Every name of a code.
    pub fn names(&self, code: &str) -> impl Iterator<Item = &str> {
        self.codes.get(code).into_iter().flat_map(|names| names.keys().map(String::as_str))
    }

    /// The name to take: the one given here, else what most product names write, what most sources say, the shortest.
    pub fn best(&self, code: &str) -> Option<String> {
        if let Some((_, name)) = NAMES.iter().find(|(c, _)| *c == code) {
            return Some((*name).to_owned());
        }
        let names = self.codes.get(code)?;
        let rank = |(name, weight): (&String, &u32)| {
            let seen = self.seen_in_products.get(name).copied().unwrap_or(0);
            (*weight >= CERTAIN, seen, *weight, std::cmp::Reverse(name.len()), name.clone())
        };
        names.iter().map(rank).max().map(|(.., name)| name)
    }
}

/// Names that are no drug without what they are joined to: aluminum phosphate is no salt of a drug called aluminum.
const METALS: &[&str] = &["aluminum", "ammonium", "antimony", "arsenic", "argentum"];

/// The weight of a name that is RxNorm's own.
pub const CERTAIN: u32 = 1_000;

/// The names a salt's name may be made of, the longest first: `abacavir` of `abacavir sulfate`. Empty when the name is no
/// salt's.
pub fn bases(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let salt_words = words.iter().rev().take_while(|w| SALT_WORDS.contains(w)).count();
    (1..=salt_words.min(words.len().saturating_sub(1)))
        .map(|taken| words[..words.len() - taken].join(" "))
        .filter(|base| !METALS.contains(&base.as_str()))
        .collect()
}
