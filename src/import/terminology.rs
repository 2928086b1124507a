//! Terminology gathered from other people's tables, and how it is written as tables of a rules folder.

use crate::clinical::route::Route;
use crate::import::product::Product;
use crate::import::skipped::Skipped;
use crate::import::substances::{Substance, Substances};
use hashbrown::HashSet;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Everything gathered.
#[derive(Clone, Debug, Default)]
pub struct Terminology {
    /// Ingredients and salts.
    pub substances: Substances,
    /// Brands: code, name, ingredients.
    pub brands: Vec<Group>,
    /// Several ingredients under one code.
    pub combinations: Vec<Group>,
    /// Products.
    pub products: Vec<Product>,
    /// Package codes, by the RxNorm code of the product.
    pub packages: BTreeMap<u64, Vec<String>>,
    /// Retired codes, by the RxNorm code that took their place.
    pub retired: BTreeMap<u64, Vec<u64>>,
}

/// A name for several ingredients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// RxNorm code.
    pub code: String,
    /// RxNorm's name.
    pub name: String,
    /// Places of the ingredients.
    pub ingredients: Vec<usize>,
}

/// Steps from a retired code to the one in use.
const RETIRED_STEPS_MAX: usize = 64;

/// Rows of one table.
type Rows = Vec<Vec<String>>;

impl Terminology {
    /// Writes the tables into a folder, each below its remark. Equal terminology gives equal bytes.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, remark: &str) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let tables: [(&str, &[&str], Rows); 7] = [
            ("ingredients.csv", &["rxnorm", "ingredient", "unii", "atc"], self.ingredient_rows()),
            ("salts.csv", &["rxnorm", "salt", "ingredient", "unii"], self.salt_rows()),
            ("brands.csv", &["rxnorm", "brand", "ingredients"], self.group_rows(&self.brands)),
            ("combinations.csv", &["rxnorm", "combination", "ingredients"], self.group_rows(&self.combinations)),
            ("products.csv", &["rxnorm", "product", "form", "route", "parts"], self.product_rows()),
            ("packages.csv", &["rxnorm", "ndc"], package_rows(&self.packages)),
            ("retired.csv", &["rxnorm", "retired"], retired_rows(&self.retired)),
        ];
        for (name, header, rows) in tables.iter().filter(|(_, _, rows)| !rows.is_empty()) {
            write_table(&folder.join(name), remark, header, rows)?;
        }
        Ok(())
    }

    /// Every RxNorm code that means something so far.
    fn codes(&self) -> HashSet<u64> {
        let groups = self.brands.iter().chain(&self.combinations).map(|g| &g.code);
        let substances = self.substances.ingredients.iter().map(|i| &i.code);
        let salts = self.substances.salts.iter().map(|s| &s.code);
        let products = self.products.iter().map(|p| &p.code);
        groups.chain(substances).chain(salts).chain(products).filter_map(|code| code.parse().ok()).collect()
    }

    /// Takes package codes, each with the RxNorm code of its product; one that is claimed by two products is left out.
    pub fn take_packages(&mut self, mut packages: Vec<(u64, String)>, skipped: &mut Skipped) {
        let known = self.codes();
        packages.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
        packages.dedup();
        for of_one in packages.chunk_by(|a, b| a.1 == b.1) {
            match of_one {
                [(code, ndc)] if known.contains(code) => {
                    self.packages.entry(*code).or_default().push(ndc.clone());
                }
                [(code, ndc)] => skipped.note("package: its product is not known", || format!("{ndc} of {code}")),
                several => skipped.note("package: claimed by several products", || several[0].1.clone()),
            }
        }
    }

    /// Takes codes that were merged into others, followed to one that means something.
    pub fn take_retired(&mut self, next: &BTreeMap<u64, u64>, skipped: &mut Skipped) {
        let known = self.codes();
        for (old, first) in next.iter().filter(|(old, _)| !known.contains(*old)) {
            let mut now = *first;
            // A chain longer than this goes in a circle.
            for _ in 0..RETIRED_STEPS_MAX {
                match next.get(&now).filter(|_| !known.contains(&now)) {
                    Some(next) => now = *next,
                    None => break,
                }
            }
            if known.contains(&now) {
                self.retired.entry(now).or_default().push(*old);
            } else {
                skipped.note("retired code: what took its place is not known", || format!("{old} by {now}"));
            }
        }
        let old = self.substances.retired().filter_map(|(old, new)| Some((old.parse().ok()?, new.parse().ok()?)));
        for (old, new) in Vec::<(u64, u64)>::from_iter(old) {
            self.retired.entry(new).or_default().push(old);
        }
    }

    /// How much there is of each, in one line.
    pub fn summary(&self) -> String {
        let with_strength = self.products.iter().filter(|p| p.parts.iter().all(|part| part.strength.is_some())).count();
        format!(
            "{} ingredients, {} salts, {} brands, {} combinations, {} products ({with_strength} with every strength), {} packages, \
             {} retired codes",
            self.substances.ingredients.len(),
            self.substances.salts.len(),
            self.brands.len(),
            self.combinations.len(),
            self.products.len(),
            self.packages.values().map(Vec::len).sum::<usize>(),
            self.retired.values().map(Vec::len).sum::<usize>(),
        )
    }

    fn ingredient_rows(&self) -> Rows {
        let row = |i: &crate::import::substances::Ingredient| {
            vec![i.code.clone(), i.name.clone(), i.unii.join(" "), i.atc.join(" ")]
        };
        sorted(self.substances.ingredients.iter().map(row).collect(), 1)
    }

    fn salt_rows(&self) -> Rows {
        let of = |n: usize| self.substances.name(n).to_owned();
        let row = |s: &crate::import::substances::Salt| {
            vec![s.code.clone(), s.name.clone(), of(s.ingredient), s.unii.join(" ")]
        };
        sorted(self.substances.salts.iter().map(row).collect(), 1)
    }

    fn group_rows(&self, groups: &[Group]) -> Rows {
        let names = |group: &Group| {
            let mut names: Vec<&str> = group.ingredients.iter().map(|n| self.substances.name(*n)).collect();
            names.sort_unstable();
            names.dedup();
            names.join(" + ")
        };
        sorted(groups.iter().map(|g| vec![g.code.clone(), g.name.clone(), names(g)]).collect(), 1)
    }

    fn product_rows(&self) -> Rows {
        let row = |p: &Product| {
            let routes: Vec<&str> = p.routes.iter().map(Route::word).collect();
            let parts: Vec<String> =
                p.parts.iter().map(|part| self.part(part.substance, part.strength.as_deref())).collect();
            let form = p.form.map_or("", |f| f.word());
            vec![p.code.clone(), p.name.clone(), form.to_owned(), routes.join(";"), parts.join(" + ")]
        };
        sorted(self.products.iter().map(row).collect(), 1)
    }

    fn part(&self, substance: Substance, strength: Option<&str>) -> String {
        let mut words = self.substances.name(substance.ingredient).to_owned();
        if let Some(salt) = substance.salt.and_then(|n| self.substances.salts.get(n)) {
            words.push_str(" as ");
            words.push_str(&salt.name);
        }
        if let Some(strength) = strength {
            words.push(' ');
            words.push_str(strength);
        }
        words
    }
}

/// Rows in order of a column, then of the code.
fn sorted(mut rows: Rows, column: usize) -> Rows {
    rows.sort_by(|a, b| {
        a[column].cmp(&b[column]).then_with(|| a[0].len().cmp(&b[0].len())).then_with(|| a[0].cmp(&b[0]))
    });
    rows
}

fn package_rows(packages: &BTreeMap<u64, Vec<String>>) -> Rows {
    let row = |(code, ndcs): (&u64, &Vec<String>)| {
        let mut ndcs = ndcs.clone();
        ndcs.sort_unstable();
        ndcs.dedup();
        vec![code.to_string(), ndcs.join(" ")]
    };
    packages.iter().map(row).collect()
}

fn retired_rows(retired: &BTreeMap<u64, Vec<u64>>) -> Rows {
    let row = |(code, old): (&u64, &Vec<u64>)| {
        let mut old = old.clone();
        old.sort_unstable();
        old.dedup();
        vec![code.to_string(), old.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")]
    };
    retired.iter().map(row).collect()
}

/// Writes one table: remarks, header, rows.
///
/// # Errors
/// When the file cannot be written.
pub fn write_table(path: &Path, remark: &str, header: &[&str], rows: &[Vec<String>]) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for line in remark.lines() {
        writeln!(file, "# {line}")?;
    }
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}
