//! From the files of a rules folder to one tree, with every mistake found on the way.

use crate::diagnostic::report::{Diagnostic, FileId, SourceFile};
use crate::source::bulk::{self, Bulk};
use crate::source::cases;
use crate::source::code_tables;
use crate::source::fields::Fields;
use crate::source::join::join;
use crate::source::limits::{RULE_FILE_BYTES_MAX, RULES_PER_FILE_MAX, TABLE_FILE_BYTES_MAX};
use crate::source::mistakes;
use crate::source::policy::policy;
use crate::source::products::{Strengths, product, product_by_hand};
use crate::source::reader::{Reader, Value};
use crate::source::rows::{Kind, Row, rows};
use crate::source::rules::rule;
use crate::source::statements::mend;
use crate::source::terminology;
use crate::source::tree::{Tree, Written};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Reads a rules folder: `.toml` files hold tables of every kind, `.csv` files products and terminology in bulk. A file's
/// place in `files` is its `FileId`.
///
/// Never stops at the first mistake: whatever can be read stands in the tree, and each mistake is told once. With any
/// diagnostic of level `Error` no pack may be made of the tree. Takes time in proportion to the text; large folders are
/// read by several threads, and the tree does not depend on how many.
pub fn parse(files: &[SourceFile]) -> (Tree, Vec<Diagnostic>) {
    let (mut tree, mut bulk, mut mistakes) = (Tree::default(), Bulk::default(), Vec::new());
    for page in pages(files) {
        append(&mut tree, page.tree);
        bulk.append(page.bulk);
        mistakes.extend(page.mistakes);
    }
    join(&mut tree, bulk, &mut mistakes);
    tree.rules.sort_by_key(|rule| rule.span);
    (tree, mistakes)
}

/// What one file says.
#[derive(Default)]
struct Page {
    tree: Tree,
    bulk: Bulk,
    mistakes: Vec<Diagnostic>,
}

/// Less text than this is read before a thread has started.
const THREADED_BYTES_MIN: usize = 1 << 18;
/// More threads than this do not help: the largest file is the limit.
const THREADS_MAX: usize = 4;

/// Every file read, in the order of the files. The largest are begun first, so that no thread is left alone with one.
fn pages(files: &[SourceFile]) -> Vec<Page> {
    let read = |n: usize| read_file(FileId(u32::try_from(n).unwrap_or(u32::MAX)), &files[n]);
    let bytes: usize = files.iter().map(|f| f.text.len()).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(files.len());
    if bytes < THREADED_BYTES_MIN || threads < 2 {
        return (0..files.len()).map(read).collect();
    }
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(files[*n].text.len()));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(n) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((*n, read(*n)));
        }
        done
    };
    let mut pages: Vec<(usize, Page)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut pages = work();
        for other in others {
            // A thread that panicked took a fault of ours with it: it goes on here.
            pages.extend(other.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)));
        }
        pages
    });
    pages.sort_by_key(|(n, _)| *n);
    pages.into_iter().map(|(_, page)| page).collect()
}

/// Every part of a page to its place. Taken apart by name, so that no part can be forgotten.
fn append(tree: &mut Tree, page: Tree) {
    let Tree {
        ingredients,
        products,
        aliases,
        excluded,
        classes,
        problems,
        labs,
        reactions,
        allergens,
        negations,
        effects,
        rules,
        vignettes,
        policies,
        broken,
    } = page;
    tree.ingredients.extend(ingredients);
    tree.products.extend(products);
    tree.aliases.extend(aliases);
    tree.excluded.extend(excluded);
    tree.classes.extend(classes);
    tree.problems.extend(problems);
    tree.labs.extend(labs);
    tree.reactions.extend(reactions);
    tree.allergens.extend(allergens);
    tree.negations.extend(negations);
    tree.effects.extend(effects);
    tree.rules.extend(rules);
    tree.vignettes.extend(vignettes);
    tree.policies.extend(policies);
    tree.broken.extend(broken);
}

fn read_file(id: FileId, file: &SourceFile) -> Page {
    let mut page = Page::default();
    let mut r = Reader::new(id, BTreeSet::new());
    let start = r.span(0..0);
    let is_table = file.path.ends_with(".csv");
    let most = if is_table { TABLE_FILE_BYTES_MAX } else { RULE_FILE_BYTES_MAX };
    if !is_table && !file.path.ends_with(".toml") {
        r.report(mistakes::unknown_file(start, &file.path));
    } else if file.text.len() > most {
        r.report(mistakes::over_limit(start, "bytes", file.text.len(), most));
    } else if is_table {
        let mut strengths = Strengths::default();
        rows(&mut r, &file.text, |r, kind, row| read_row(r, &mut page, &mut strengths, kind, row));
    } else {
        r = read_toml(&mut page.tree, id, &file.text);
    }
    page.mistakes = r.finish();
    page
}

fn read_row(r: &mut Reader, page: &mut Page, strengths: &mut Strengths, kind: Kind, row: &Row<'_>) {
    match kind {
        Kind::ProductsByHand => page.tree.products.extend(product_by_hand(r, row, strengths)),
        Kind::Products => page.bulk.products.extend(product(r, row, strengths)),
        Kind::Ingredients => page.bulk.ingredients.extend(bulk::ingredient(r, row)),
        Kind::Salts => page.bulk.salts.extend(bulk::salt(r, row)),
        Kind::Brands | Kind::Combinations => page.bulk.brands.extend(bulk::brand(r, row)),
        Kind::Codes => page.bulk.codes.extend(code_tables::code_of(r, row)),
        Kind::Classes => page.bulk.classes.extend(bulk::classes(r, row)),
        Kind::Packages | Kind::SamePackages | Kind::Retired | Kind::Narrower => {
            page.bulk.aliases.extend(bulk::alias(r, kind, row))
        }
    }
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
