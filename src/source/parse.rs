//! From the files of a rules folder to one tree, with every mistake found on the way.

use crate::diagnostic::report::{Diagnostic, FileId, SourceFile};
use crate::source::cases;
use crate::source::fields::Fields;
use crate::source::limits::{RULE_FILE_BYTES_MAX, RULES_PER_FILE_MAX, TABLE_FILE_BYTES_MAX};
use crate::source::mistakes;
use crate::source::policy::policy;
use crate::source::products::products;
use crate::source::reader::{Reader, Value};
use crate::source::rules::rule;
use crate::source::statements::mend;
use crate::source::terminology;
use crate::source::tree::{Tree, Written};
use std::collections::BTreeSet;
use toml::de::{DeTable, DeValue};

/// Kinds of rules.
const RULES: &[&str] = &["interaction", "allergy", "dose", "duplicate", "contraindication"];

/// Every kind of table.
const TABLES: &[&str] = &[
    "interaction",
    "allergy",
    "dose",
    "duplicate",
    "contraindication",
    "ingredient",
    "excluded",
    "class",
    "problem",
    "lab",
    "reaction",
    "allergen",
    "negation",
    "effect",
    "vignette",
    "policy",
];

/// Reads a rules folder: `.toml` files hold tables of every kind, `.csv` files products. A file's place in `files` is its
/// `FileId`.
///
/// Never stops at the first mistake: whatever can be read stands in the tree, and each mistake is told once. With any
/// diagnostic of level `Error` no pack may be made of the tree. Takes time in proportion to the text.
pub fn parse(files: &[SourceFile]) -> (Tree, Vec<Diagnostic>) {
    let (mut tree, mut mistakes) = (Tree::default(), Vec::new());
    for (n, file) in (0u32..).zip(files) {
        mistakes.extend(read_file(&mut tree, FileId(n), file));
    }
    tree.rules.sort_by_key(|rule| rule.span);
    (tree, mistakes)
}

fn read_file(tree: &mut Tree, id: FileId, file: &SourceFile) -> Vec<Diagnostic> {
    let mut r = Reader::new(id, BTreeSet::new());
    let start = r.span(0..0);
    let is_table = file.path.ends_with(".csv");
    let most = if is_table { TABLE_FILE_BYTES_MAX } else { RULE_FILE_BYTES_MAX };
    if !is_table && !file.path.ends_with(".toml") {
        r.report(mistakes::unknown_file(start, &file.path));
    } else if file.text.len() > most {
        r.report(mistakes::over_limit(start, "bytes", file.text.len(), most));
    } else if is_table {
        tree.products.extend(products(&mut r, &file.text));
    } else {
        r = read_toml(tree, id, &file.text);
    }
    r.finish()
}

fn read_toml(tree: &mut Tree, id: FileId, text: &str) -> Reader {
    let (root, errors) = DeTable::parse_recoverable(text);
    // A key written twice does no harm to what stands around it; every other error may.
    if errors.iter().all(|error| error.message() == DUPLICATE) {
        let mut r = Reader::new(id, BTreeSet::new());
        structure(&mut r, text, &errors);
        read_root(&mut r, tree, root.get_ref());
        return r;
    }
    let mended = mend(text);
    let (root, rest) = DeTable::parse_recoverable(&mended.text);
    let mut r = Reader::new(id, mended.partial);
    let untold = mended.faults.is_empty() && rest.is_empty();
    for fault in mended.faults {
        let span = r.span(fault.at);
        r.report(mistakes::syntax(span, &fault.words, text.get(fault.statement).unwrap_or("")));
    }
    structure(&mut r, text, if untold { &errors } else { &rest });
    read_root(&mut r, tree, root.get_ref());
    r
}

const DUPLICATE: &str = "duplicate key";

/// Errors between statements, each of which stands on its own.
fn structure(r: &mut Reader, text: &str, errors: &[toml::de::Error]) {
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        let span = r.span(range.clone());
        if error.message() == DUPLICATE {
            r.report(mistakes::duplicate_key(span, text.get(range.clone()).unwrap_or("")));
        } else {
            let line = text.get(..range.start).unwrap_or("").rfind('\n').map_or(0, |at| at + 1);
            let statement = text.get(line..).and_then(|rest| rest.lines().next()).unwrap_or("");
            r.report(mistakes::syntax(span, error.message(), statement));
        }
    }
}

fn read_root(r: &mut Reader, tree: &mut Tree, root: &DeTable<'_>) {
    for (key, value) in root.iter() {
        let word: &str = key.get_ref();
        let Some(kind) = TABLES.iter().find(|kind| **kind == word) else {
            let span = r.span(key.span());
            r.report(match value.get_ref() {
                DeValue::Table(_) | DeValue::Array(_) => {
                    let header = r.place(value);
                    let is_header = header.start < span.start && span.end <= header.end;
                    mistakes::unknown_table(if is_header { header } else { span }, word, TABLES)
                }
                _ => mistakes::unknown_key(span, word, "the file, before any table", &[]),
            });
            continue;
        };
        let values = instances(r, kind, value);
        if RULES.contains(kind) && values.len() > RULES_PER_FILE_MAX {
            let span = r.place(value);
            r.report(mistakes::over_limit(span, "rules of one kind", values.len(), RULES_PER_FILE_MAX));
        }
        for value in values.iter().take(if RULES.contains(kind) { RULES_PER_FILE_MAX } else { usize::MAX }) {
            read_table(r, tree, kind, value);
        }
    }
}

/// The tables of a kind; wrong brackets are reported and read all the same.
fn instances<'t, 'i>(r: &mut Reader, kind: &str, value: &'t Value<'i>) -> &'t [Value<'i>] {
    let span = r.place(value);
    match (kind, value.get_ref()) {
        ("policy", DeValue::Array(list)) => {
            r.report(mistakes::wrong_brackets(span, kind, false));
            list
        }
        ("policy", _) => std::slice::from_ref(value),
        (_, DeValue::Array(list)) => list,
        (_, DeValue::Table(_)) => {
            r.report(mistakes::wrong_brackets(span, kind, true));
            std::slice::from_ref(value)
        }
        _ => std::slice::from_ref(value),
    }
}

fn read_table(r: &mut Reader, tree: &mut Tree, kind: &'static str, value: &Value<'_>) {
    let before = r.errors();
    let Some(mut f) = Fields::open(r, kind, value, the(kind)) else { return };
    match kind {
        "ingredient" => tree.ingredients.extend(terminology::ingredient(r, &mut f)),
        "excluded" => tree.excluded.extend(terminology::excluded(r, &mut f)),
        "class" => tree.classes.extend(terminology::class(r, &mut f)),
        "problem" => tree.problems.extend(terminology::problem(r, &mut f)),
        "lab" => tree.labs.extend(terminology::lab(r, &mut f)),
        "reaction" => tree.reactions.extend(terminology::reaction(r, &mut f)),
        "allergen" => tree.allergens.extend(terminology::allergen(r, &mut f)),
        "negation" => tree.negations.extend(terminology::negation(r, &mut f)),
        "effect" => tree.effects.extend(terminology::effect(r, &mut f)),
        "vignette" => tree.vignettes.extend(cases::vignette(r, &mut f)),
        "policy" => tree.policies.extend(policy(r, &mut f)),
        kind => tree.rules.extend(rule(r, &mut f, kind)),
    }
    let name = f.peek("name").or_else(|| f.peek("id")).map(|value| (value.get_ref(), value.span()));
    let partial = f.is_partial();
    f.close(r);
    if let Some((DeValue::String(name), span)) = name.filter(|_| partial || r.errors() > before) {
        tree.broken.push(Written::new(name.trim().to_owned(), r.span(span)));
    }
}

/// How messages name a table.
fn the(kind: &str) -> &'static str {
    match kind {
        "interaction" => "the interaction",
        "allergy" => "the allergy rule",
        "dose" => "the dose rule",
        "duplicate" => "the duplicate rule",
        "contraindication" => "the contraindication",
        "ingredient" => "the ingredient",
        "excluded" => "the excluded item",
        "class" => "the class",
        "problem" => "the problem",
        "lab" => "the lab",
        "reaction" => "the reaction",
        "allergen" => "the allergen",
        "negation" => "the negation",
        "effect" => "the effect",
        "vignette" => "the vignette",
        _ => "the policy",
    }
}
