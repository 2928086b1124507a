//! FDA's NDC directory: products by package code, for packages that a rules folder does not know through RxNorm.

use crate::clinical::code::{Code, System};
use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::quantity::Strength;
use crate::clinical::route::{Route, RouteSet};
use crate::import::facts_routes::route;
use crate::import::known::{codes, substances};
use crate::import::ndc_form::{form, is_powder};
use crate::import::skipped::Skipped;
use crate::import::substances::{Substance, Substances};
use crate::import::table::{Progress, TableError, each, find, tabbed};
use crate::source::alias::Sense;
use crate::source::tree::Tree;
use hashbrown::HashMap;
use std::path::Path;

/// The tables written: products (`system,code,name,form,route,parts`) and their other packages (`ndc,packages`).
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Rows of products, each under its first package.
    pub products: Vec<Vec<String>>,
    /// Rows of the other packages of a product.
    pub packages: Vec<Vec<String>>,
}

/// Reads `product.txt` and `package.txt` below a folder.
///
/// # Errors
/// When a table is missing, cannot be read or lacks a column.
pub fn read(folder: &Path, tree: &Tree, progress: &Progress<'_>) -> Result<(Directory, Skipped), TableError> {
    let mut skipped = Skipped::default();
    let known = codes(tree, &System::Ndc, Sense::Drug);
    let mut packages: HashMap<String, Vec<String>> = HashMap::new();
    let columns = tabbed(&["PRODUCTNDC", "NDCPACKAGECODE", "NDC_EXCLUDE_FLAG"]);
    each(&find(folder, "package.txt")?, columns, progress, |cells| {
        let code = Code::new(System::Ndc, cells[1]).filter(|code| code.packed().is_some());
        match code {
            None => skipped.note("package: no NDC", || cells[1].to_owned()),
            Some(_) if cells[2] != "N" => skipped.note("package: excluded by FDA", || cells[1].to_owned()),
            Some(code) if code.packed().is_some_and(|packed| known.contains(&packed)) => {
                skipped.note("package: known already", || cells[1].to_owned());
            }
            Some(code) => packages.entry(cells[0].trim().to_owned()).or_default().push(code.value.to_string()),
        }
    })?;
    let substances = substances(tree);
    let mut directory = Directory::default();
    each(&find(folder, "product.txt")?, tabbed(PRODUCT), progress, |cells| {
        let Some(mut ndcs) = packages.remove(cells[0].trim()) else { return };
        ndcs.sort_unstable();
        ndcs.dedup();
        match product(cells, &substances) {
            Ok((name, form, routes, parts)) => {
                let routes: Vec<&str> = routes.iter().map(Route::word).collect();
                let form = form.map_or("", |f| f.word()).to_owned();
                let first = ndcs[0].clone();
                let row = vec![String::from("ndc"), first.clone(), name, form, routes.join(";"), parts.join(" + ")];
                directory.products.push(row);
                if ndcs.len() > 1 {
                    directory.packages.push(vec![first, ndcs[1..].join(" ")]);
                }
            }
            Err(reason) => skipped.note(reason, || format!("{} {}", cells[0], cells[1])),
        }
    })?;
    directory.products.sort_unstable();
    directory.packages.sort_unstable();
    for (product, _) in packages {
        skipped.note("package: of a product that is not listed", || product);
    }
    Ok((directory, skipped))
}

const PRODUCT: &[&str] = &[
    "PRODUCTNDC",
    "PROPRIETARYNAME",
    "NONPROPRIETARYNAME",
    "DOSAGEFORMNAME",
    "ROUTENAME",
    "SUBSTANCENAME",
    "ACTIVE_NUMERATOR_STRENGTH",
    "ACTIVE_INGRED_UNIT",
    "NDC_EXCLUDE_FLAG",
];

type Made = (String, Option<Form>, RouteSet, Vec<String>);

fn product(cells: &[&str], substances: &Substances) -> Result<Made, &'static str> {
    if cells[8] != "N" {
        return Err("product: excluded by FDA");
    }
    let names: Vec<&str> = cells[5].split(';').map(str::trim).filter(|n| !n.is_empty()).collect();
    if names.is_empty() {
        return Err("product: names no substance");
    }
    if cells[7].contains("hp_") {
        return Err("product: homeopathic");
    }
    let found: Option<Vec<Substance>> = names.iter().map(|name| substances.by_name(name)).collect();
    let found = found.ok_or("product: a substance is not known by this name")?;
    let (strengths, units): (Vec<&str>, Vec<&str>) = (split(cells[6]), split(cells[7]));
    let aligned = strengths.len() == names.len() && units.len() == names.len();
    let routes = cells[4].split(';').filter_map(|word| route(word.trim()));
    let routes = routes.fold(RouteSet::UNKNOWN, |set, route| set.with(RouteSet::of(route)));
    let form = form(cells[3], routes);
    let piece = form.and_then(|form| piece(form, cells[3]));
    let parts = found.iter().enumerate().map(|(n, substance)| {
        let mut words = substances.name(substance.ingredient).to_owned();
        if let Some(salt) = substance.salt.and_then(|n| substances.salts.get(n)) {
            words.push_str(" as ");
            words.push_str(&salt.name);
        }
        if let Some(strength) = aligned.then(|| strength(strengths[n], units[n], piece)).flatten() {
            words.push(' ');
            words.push_str(&strength);
        }
        words
    });
    Ok((title(cells[1], cells[2]), form, routes, parts.collect()))
}

fn split(cell: &str) -> Vec<&str> {
    cell.split(';').map(str::trim).filter(|c| !c.is_empty()).collect()
}

fn title(brand: &str, generic: &str) -> String {
    let (brand, generic) = (brand.trim(), generic.trim());
    let alike = brand.eq_ignore_ascii_case(generic) || generic.is_empty();
    if alike { brand.to_owned() } else { format!("{brand} ({generic})") }
}

/// What one of a form is, where an amount in one of it is certain.
fn piece(form: Form, words: &str) -> Option<&'static str> {
    Some(match form {
        Form::Tablet
        | Form::ChewableTablet
        | Form::ExtendedReleaseTablet
        | Form::DelayedReleaseTablet
        | Form::DisintegratingTablet
        | Form::SublingualTablet => "tablet",
        Form::Capsule | Form::ExtendedReleaseCapsule | Form::DelayedReleaseCapsule => "capsule",
        Form::Lozenge => "lozenge",
        Form::Suppository | Form::VaginalTablet => "suppository",
        Form::Injection if is_powder(words) => "vial",
        _ => return None,
    })
}

/// A strength as product tables write it, from FDA's number and unit (`5`, `mg/1`; `10`, `mg/5mL`; `25`, `ug/h`).
fn strength(number: &str, unit: &str, piece: Option<&str>) -> Option<String> {
    Exact::parse(number).filter(|n| n.is_positive())?;
    let number = if number.starts_with('.') { format!("0{number}") } else { number.to_owned() };
    let (amount, per) = unit.split_once('/')?;
    let amount = match amount.trim() {
        "mg" => "mg",
        "g" => "g",
        "ug" => "ug",
        "[iU]" | "[USP'U]" => "units",
        "meq" => "mEq",
        "mmol" => "mmol",
        _ => return None,
    };
    let per = per.trim();
    let digits = per.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(per.len());
    let (many, what) = per.split_at(digits);
    let many = if many.is_empty() { "1" } else { many };
    let per = match what.trim() {
        "" if many == "1" => format!("1 {}", piece?),
        "mL" => format!("{many} mL"),
        "g" => format!("{many} g"),
        "h" => format!("{many} h"),
        _ => return None,
    };
    Some(format!("{number} {amount} / {per}")).filter(|text| Strength::parse(text).is_some())
}
