//! The parser: a sample of the whole language reads without a word, and every mistake has its golden rendering.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use caveat::clinical::chart::{AllergyStatus, Bound, Receipt, RecordKind, Standing, Status};
use caveat::clinical::exact::Exact;
use caveat::clinical::quantity::Strength;
use caveat::compile::build::compile;
use caveat::diagnostic::nearest::nearest;
use caveat::diagnostic::render::{render, render_json};
use caveat::diagnostic::report::{Diagnostic, FileId, SourceFile, Span};
use caveat::source::codes::CODES;
use caveat::source::limits::{MISTAKES_PER_FILE_MAX, RULE_FILE_BYTES_MAX, RULES_PER_FILE_MAX};
use caveat::source::parse::parse;
use caveat::source::rows::TABLES;
use caveat::source::tree::Tree;
use caveat::source::tree_case::DrugWord;
use caveat::source::tree_condition::{About, Comparison, ProblemWhen, Test};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};
use std::path::{Path, PathBuf};

fn golden(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind)
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

fn read(folder: &Path, name: &str) -> SourceFile {
    file(name, &std::fs::read_to_string(folder.join(name)).unwrap())
}

/// Parses one rules file.
fn rules(text: &str) -> (Tree, Vec<Diagnostic>) {
    parse(&[file("rules/a.toml", text)])
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn every_key_of_the_language_reads() {
    let folder = golden("valid");
    let files = [read(&folder, "every-key.toml"), read(&folder, "products.csv")];
    let (tree, diagnostics) = parse(&files);
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &files, false));
    assert_eq!(tree.rules.len(), 12);
    assert_eq!(tree.products.len(), 6);
    assert!(tree.broken.is_empty());
}

/// The files of a golden folder, in the order of their names, and the rendering they are to give.
fn golden_files(folder: &Path) -> (Vec<SourceFile>, PathBuf) {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "expected.txt");
    names.sort();
    (names.iter().map(|name| read(folder, name)).collect(), folder.join("expected.txt"))
}

#[test]
fn every_code_has_its_golden() {
    let mut wrong = Vec::new();
    for folder in CODES.iter().map(|(code, _)| *code).chain(["many-at-once"]) {
        let (files, expected) = golden_files(&golden("diagnostics").join(folder));
        let (_, diagnostics) = parse(&files);
        let found = render(&diagnostics, &files, false);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &found).unwrap();
        }
        if found != std::fs::read_to_string(&expected).unwrap_or_default() {
            wrong.push(format!("{folder} differs from its golden (UPDATE=1 rewrites it):\n{found}"));
        }
        if folder.starts_with('K') && !codes(&diagnostics).contains(&folder) {
            wrong.push(format!("{folder} is not provoked by its own golden:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_is_documented_once() {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/mistakes.rs")).unwrap();
    for (code, _) in CODES {
        assert_eq!(source.matches(&format!("/// {code}: ")).count(), 1, "{code} wants one function with a doc");
        assert!(source.contains(&format!("\"{code}\"")), "{code} is never raised");
    }
    assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
}

const RULE: &str = "version = 1\ntitle = \"A title\"\nseverity = \"major\"\n\
    evidence = { level = \"probable\", sources = [\"A source\"] }\nreview = \"2027-11-01\"\n";

/// The gate of a contraindication that is written so.
fn gate(condition: &str) -> Test {
    let text = format!(
        "[[contraindication]]\nid = \"a\"\n{RULE}drug = {{ ingredient = \"x\" }}\nwhen = {condition}\n[policy]\nname = \
         \"p\"\nversion = \"1\"\ntitle = \"P\"\n[policy.loudness]\ninteraction = []\nallergy = []\ndose = []\nduplicate \
         = []\ncontraindication = []\n"
    );
    let (mut tree, diagnostics) = rules(&text);
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &[file("rules/a.toml", &text)], false));
    tree.rules.pop().unwrap().when.unwrap().test
}

fn is(operator: u8, low: i64, high: i64) -> Comparison {
    Comparison { operator, low: Exact::whole(low), high: Exact::whole(high) }
}

#[test]
fn comparisons_come_in_base_units() {
    let year = 31_557_600;
    let table: Vec<(&str, Test)> = vec![
        ("{ age = \">= 18 years\" }", Test::Age { comparison: is(3, 216, 216), in_days: false }),
        ("{ age = \"< 28 days\" }", Test::Age { comparison: is(0, 28, 28), in_days: true }),
        ("{ age = \"6 to 23 months\" }", Test::Age { comparison: is(5, 6, 23), in_days: false }),
        ("{ age = \"6 months to 12 years\" }", Test::Age { comparison: is(5, 6, 144), in_days: false }),
        ("{ weight = \"< 50 kg\" }", Test::Weight(is(0, 50_000, 50_000))),
        ("{ weight = \"2.5 to 4 kg\" }", Test::Weight(is(5, 2_500, 4_000))),
        ("{ crcl = \"<= 30 mL/min\" }", Test::Clearance { comparison: is(1, 30, 30), within: None }),
        (
            "{ egfr = \"= 30 mL/min/1.73m2\", within = \"90 d\" }",
            Test::Egfr { comparison: is(2, 30, 30), within: Some(90 * 86_400) },
        ),
        ("{ duration = \"> 2 wk\" }", Test::Duration { comparison: is(4, 1_209_600, 1_209_600), of: About::Ordered }),
        (
            "{ daily-dose = \"> 20 mg\", of = \"object\" }",
            Test::Dose {
                daily: true,
                worst: true,
                comparison: is(4, 20_000_000, 20_000_000),
                dimension: 0,
                per_body: 0,
                of: About::Object,
            },
        ),
        (
            "{ single-dose = \"10 to 15 mg/kg\", worst = false, of = 2 }",
            Test::Dose {
                daily: false,
                worst: false,
                comparison: is(5, 10_000_000, 15_000_000),
                dimension: 0,
                per_body: 1,
                of: About::Slot(2),
            },
        ),
        ("{ pregnant = \"third-trimester\" }", Test::Pregnant(3)),
        ("{ pregnant = \">= 30 weeks\" }", Test::Gestation(is(3, 210, 210))),
        ("{ pregnant = \"20 weeks to 209 days\" }", Test::Gestation(is(5, 140, 209))),
        ("{ change = [\"start\", \"stop\"] }", Test::Change { changes: 1 << 1 | 1 << 4, of: About::Ordered }),
        ("{ verification = [\"unconfirmed\"] }", Test::Verification(1 << 2)),
    ];
    for (written, expected) in table {
        assert_eq!(gate(written), expected, "{written}");
    }
    let Test::Problem { when, .. } = gate("{ problem = \"bleed\", within = \"5 years\" }") else { panic!() };
    assert_eq!(when, ProblemWhen::Within(5 * year));
    assert!(matches!(gate("{ dialysis = false }"), Test::Not(_)));
    let Test::All(both) = gate("{ sex = \"male\", age = \">= 65 years\" }") else { panic!() };
    assert!(matches!(both[0].test, Test::Sex(1)) && matches!(both[1].test, Test::Age { .. }), "in the order written");
}

#[test]
fn a_broken_statement_hides_nothing_else() {
    let sound = |id: &str| {
        format!(
            "[[contraindication]]\nid = \"{id}\"\n{RULE}drug = {{ ingredient = \"x\" }}\nwhen = {{ sex = \"male\" }}\n"
        )
    };
    for broken in [
        "[[class]]\nname = \"c\"\ningredients = [\"a\", \"b\"\n",
        "[[class]\nname = \"c\"\ningredients = [\"a\"]\n",
        "[[class]]\nname = \"c\ningredients = [\"a\"]\n",
        "[[class]]\nname = \"c\"\ningredients = { a = [ \"b\" }\n",
        "[[class]]\nname = \"c\"\nsource = \"\"\"never closed\n",
    ] {
        let text = format!("{}{broken}{}", sound("first"), sound("second"));
        let (tree, diagnostics) = rules(&text);
        assert_eq!(tree.rules.len(), 2, "{broken}");
        assert_eq!(codes(&diagnostics), ["K0101"], "{broken}");
    }
    let text = format!("{}mechanism = \"\"\"\nover several\nlines = 1\n\"\"\"\nrisk = broken\n", sound("a"));
    let (tree, diagnostics) = rules(&text);
    assert_eq!(codes(&diagnostics), ["K0101"]);
    assert_eq!(tree.rules[0].mechanism.as_ref().unwrap().value, "over several\nlines = 1");
    assert_eq!(tree.broken.iter().map(|name| name.value.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn rules_keep_the_order_of_the_file_and_their_headers() {
    let one = |kind: &str, id: &str, body: &str| format!("[[{kind}]]\nid = \"{id}\"\n{RULE}{body}\n");
    let text = [
        one("duplicate", "z", "same-ingredient = true"),
        one("allergy", "y", "same-ingredient = true"),
        one("duplicate", "x", "of = { class = \"c\" }"),
    ]
    .concat();
    let (tree, diagnostics) = rules(&text);
    assert!(diagnostics.is_empty());
    assert_eq!(tree.rules.iter().map(|rule| rule.id.value.as_str()).collect::<Vec<_>>(), ["z", "y", "x"]);
    let header = tree.rules[1].span;
    assert_eq!(&text[header.start as usize..header.end as usize], "[[allergy]]");
}

#[test]
fn product_rows_hold_parts_strengths_and_spans() {
    let text = read(&golden("valid"), "products.csv").text;
    let (tree, _) = parse(&[file("rules/products.csv", &text)]);
    let part = |row: usize, n: usize| &tree.products[row].parts[n];
    assert_eq!(part(0, 0).salt.as_ref().unwrap().value, "warfarin sodium");
    assert_eq!(part(0, 0).strength, Strength::parse("5 mg / 1 tablet"));
    assert_eq!((tree.products[1].parts.len(), part(1, 1).ingredient.value.as_str()), (2, "hydrocodone"));
    assert_eq!((part(2, 0).strength, tree.products[2].form, tree.products[2].routes.0), (None, None, 0));
    assert_eq!(part(3, 0).ingredient.value, "polyethylene glycol 3350");
    assert_eq!(tree.products[4].excipients[0].value, "latex");
    let span = tree.products[0].span;
    assert!(
        text[span.start as usize..span.end as usize].starts_with("rxnorm,855332"),
        "a remark above is no part of it"
    );
    assert!(text[span.start as usize..span.end as usize].ends_with("1 tablet"));
}

#[test]
fn a_case_tells_its_chart() {
    let (tree, _) = parse(&[read(&golden("valid"), "every-key.toml")]);
    let chart = &tree.rules[0].cases[0].chart;
    let by_standing = |standing| chart.medications.iter().filter(|(_, m)| m.standing == standing).count();
    assert_eq!(
        (by_standing(Standing::InHand), by_standing(Standing::Draft), by_standing(Standing::Existing)),
        (1, 1, 4)
    );
    let (word, order) = &chart.medications[0];
    assert!(matches!(word, DrugWord::Name(name) if name.value == "ibuprofen"));
    assert_eq!((order.status, order.kind), (Status::Draft, RecordKind::Request));
    let timing = &order.regimen.instructions[0].timing;
    assert_eq!(timing.frequency, Some((Exact::whole(3), Exact::whole(3))));
    assert_eq!(timing.period, Some((Exact::whole(86_400), Exact::whole(86_400))));
    assert_eq!(order.regimen.instructions[0].route.text.as_deref(), Some("oral"));
    let (_, taken) = &chart.medications[2];
    assert_eq!(taken.authored.map(|d| d.earliest), taken.period.start);
    assert_eq!(chart.medications[5].1.regimen.instructions.len(), 2, "phases follow each other");
    assert_eq!(chart.received.labs, Receipt::NotSent);
    assert_eq!(chart.received.medications, Receipt::Complete);
    assert_eq!(chart.allergy_status, AllergyStatus::Recorded);
    assert_eq!(tree.rules[0].cases[1].chart.allergy_status, AllergyStatus::NoneKnown);
    assert_eq!(chart.labs[1].1.on, None, "a value may be without a date");
    assert_eq!(chart.labs[1].1.bound, Some(Bound::Below));
    assert_eq!(chart.patient.weight.unwrap().value, Exact::whole(70_000));
}

#[test]
fn limits_hold_on_both_sides() {
    let long = |bytes: usize| format!("#{}", " ".repeat(bytes - 1));
    assert!(rules(&long(RULE_FILE_BYTES_MAX)).1.is_empty());
    assert_eq!(codes(&rules(&long(RULE_FILE_BYTES_MAX + 1)).1), ["K0120"]);
    let many = |n: usize| "[[allergy]]\nsame-ingredient=true\n".repeat(n);
    let over = |n| rules(&many(n)).1.iter().any(|d| d.message.contains("rules of one kind"));
    assert!(!over(RULES_PER_FILE_MAX) && over(RULES_PER_FILE_MAX + 1));
    let keys: String = (0..=MISTAKES_PER_FILE_MAX).map(|n| format!("k{n} = 1\n")).collect();
    assert_eq!(rules(&keys).1.len(), MISTAKES_PER_FILE_MAX + 1, "the last one says that there are more");
}

#[test]
fn near_words_are_offered_and_far_ones_are_not() {
    let classes = ["nsaid", "statin", "ssri", "snri"];
    for (word, expected) in [
        ("nsiad", Some("nsaid")),
        ("NSAID", Some("nsaid")),
        ("statins", Some("statin")),
        ("ssrx", Some("ssri")),
        ("warfarin", None),
        ("", None),
        ("x", None),
    ] {
        assert_eq!(nearest(word, classes), expected, "{word}");
        assert_eq!(nearest(word, classes.into_iter().rev()), expected, "{word}, whatever the order");
    }
}

#[test]
fn labels_may_stand_in_several_files_and_spans_may_be_wild() {
    let files = [file("rules/a.toml", "one = 1\ntwö = 2\n"), file("rules/b.toml", "three = 3\n")];
    let span = |file, start, end| Span { file: FileId(file), start, end };
    let both = Diagnostic::warning("K0999", "two places")
        .label(span(1, 0, 5), "here")
        .label(span(0, 0, 3), "and there")
        .help("one line");
    let text = render(std::slice::from_ref(&both), &files, false);
    assert!(text.starts_with("warning[K0999]: two places\n") && text.contains("rules/b.toml:1:1"));
    assert!(text.contains("rules/a.toml:1:1") && text.contains("and there") && text.contains("= help: one line"));
    let json: serde_json::Value = serde_json::from_str(&render_json(&[both], &files)).unwrap();
    assert_eq!(json[0]["labels"][1]["path"], "rules/a.toml");
    for wild in [span(0, 11, 11), span(0, 10, 900), span(7, 0, 1), span(0, 900, 3), span(0, 0, u32::MAX)] {
        let diagnostic = Diagnostic::error("K0998", "wild").label(wild, "here");
        assert!(render(std::slice::from_ref(&diagnostic), &files, true).contains("wild"));
        assert!(render_json(&[diagnostic], &files).contains("wild"));
    }
    assert_eq!(render(&[], &files, false), "");
}

const CELLS: &[&str] = &[
    "",
    "5",
    "5 6 5",
    "00000000101 0000-0001-02",
    "\"a \"\"b\"\"\"",
    "a b",
    "a b + c",
    "a b as c 5 mg / 1 tablet",
    "5 mg / 1 tablet",
    "a b  5 mg / 1 mL + excipient: x",
    " / ",
    " as ",
    "tablet",
    "oral;nasal",
    "rxnorm",
    "snomed",
    "problem",
    "drug",
    "\u{e9} 5 \u{b5}g / 1 h",
    "N02BE01",
    "372756006 372756006",
    "\"a\nb\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a file: an answer, and a rendering of it.
    #[test]
    fn any_text_is_answered(text in "(?s).{0,400}", path in prop::sample::select(vec!["a.toml", "a.csv", "a.txt"])) {
        let files = [file(path, &text)];
        let (_, diagnostics) = parse(&files);
        render(&diagnostics, &files, true);
        render_json(&diagnostics, &files);
    }

    /// The same for tables of every kind, of cells that are nearly right.
    #[test]
    fn tables_of_any_cells_are_answered(
        table in 0..TABLES.len(),
        cells in prop::collection::vec(prop::sample::select(CELLS.to_vec()), 1..40),
        width in 1usize..7,
    ) {
        let rows: Vec<String> = cells.chunks(width).map(|row| row.join(",")).collect();
        let text = format!("# a remark\n{}\n{}\n", TABLES[table].1.join(","), rows.join("\n\n"));
        let files = [file("a.csv", &text), file("b.csv", "rxnorm,ingredient,unii,atc\n5,a b,,\n")];
        let (tree, diagnostics) = parse(&files);
        render(&diagnostics, &files, true);
        compile(&tree);
    }

    /// The same for texts near the language: pieces taken out, doubled and swapped.
    #[test]
    fn mutated_rules_are_answered(cuts in prop::collection::vec((0usize..14_000, 0usize..60, 0usize..14_000), 1..4), csv in any::<bool>()) {
        let name = if csv { "products.csv" } else { "every-key.toml" };
        let mut text = read(&golden("valid"), name).text;
        for (at, length, to) in cuts {
            let from = text.floor_char_boundary(at % text.len());
            let end = text.ceil_char_boundary((from + length).min(text.len()));
            let piece = text[from..end].to_owned();
            let to = text.floor_char_boundary(to % text.len());
            text.insert_str(to, &piece);
            if length % 2 == 0 {
                text.replace_range(from..end.min(text.len()), "");
            }
        }
        let files = [file(name, &text)];
        let (_, diagnostics) = parse(&files);
        render(&diagnostics, &files, false);
        for (span, _) in diagnostics.iter().flat_map(|d| &d.labels) {
            prop_assert!(span.start <= span.end && span.end as usize <= text.len());
        }
    }
}
