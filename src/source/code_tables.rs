//! Code tables: rows that add codes of any system to problems, labs, allergens, ingredients and classes defined elsewhere.

use crate::diagnostic::nearest::nearest;
use crate::diagnostic::report::Diagnostic;
use crate::source::mistakes;
use crate::source::products::code;
use crate::source::reader::Reader;
use crate::source::rows::Row;
use crate::source::tree::{Name, Tree, WrittenCode};
use std::collections::BTreeMap;

/// What a row may add a code to.
const KINDS: &[&str] = &["ingredient", "class", "problem", "lab", "allergen"];

/// A code for something by name.
#[derive(Clone, Debug)]
pub struct MoreCode {
    kind: &'static str,
    name: Name,
    code: WrittenCode,
}

/// A row of codes: `kind,name,system,code`.
pub fn code_of(r: &mut Reader, row: &Row<'_>) -> Option<MoreCode> {
    let word = row.need(r, 0);
    let kind = word.as_ref().and_then(|word| KINDS.iter().find(|kind| **kind == word.value));
    if let (Some(word), None) = (&word, kind) {
        r.report(mistakes::unknown_word(word.span, "kind", &word.value, KINDS));
    }
    let (name, system, value) = (row.need(r, 1), row.need(r, 2), row.need(r, 3));
    let code = system.zip(value).and_then(|(system, value)| code(r, system, value));
    Some(MoreCode { kind: kind?, name: name?, code: code? })
}

/// Adds the codes to what bears their names, once every file is read. What no file defines is a mistake, unless a file that
/// defines it could not be read.
pub fn add(tree: &mut Tree, more: Vec<MoreCode>) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let broken: Vec<String> = tree.broken.iter().map(|name| name.value.clone()).collect();
    for kind in KINDS {
        let mut bearers = bearers(tree, kind);
        for one in more.iter().filter(|one| one.kind == *kind) {
            let name = one.name.value.as_str();
            if let Some(codes) = bearers.get_mut(name) {
                codes.push(one.code.clone());
            } else if !broken.iter().any(|b| b == name) {
                let near = nearest(name, bearers.keys().map(String::as_str));
                told.push(mistakes::unknown_name(one.name.span, kind, name, near));
            }
        }
    }
    told
}

/// The codes of everything of a kind, by name.
fn bearers<'t>(tree: &'t mut Tree, kind: &str) -> BTreeMap<String, &'t mut Vec<WrittenCode>> {
    match kind {
        "ingredient" => tree.ingredients.iter_mut().map(|i| (i.name.value.clone(), &mut i.codes)).collect(),
        "class" => tree.classes.iter_mut().map(|c| (c.name.value.clone(), &mut c.codes)).collect(),
        "problem" => tree.problems.iter_mut().map(|p| (p.name.value.clone(), &mut p.codes)).collect(),
        "lab" => tree.labs.iter_mut().map(|l| (l.name.value.clone(), &mut l.codes)).collect(),
        _ => tree.allergens.iter_mut().map(|a| (a.name.value.clone(), &mut a.codes)).collect(),
    }
}
