//! The compiler: small trees in, packs or complaints out.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its own pack has failed")]

use caveat::clinical::code::{Code, System};
use caveat::clinical::exact::Exact;
use caveat::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Severity};
use caveat::compile::build::compile;
use caveat::compile::complaint::codes::CODES;
use caveat::diagnostic::render::render;
use caveat::diagnostic::report::{Diagnostic, Level, SourceFile, Span};
use caveat::pack::format::{decode, decode_raw, encode, reseal};
use caveat::pack::ids::IngredientId;
use caveat::pack::read::Pack;
use caveat::pack::tables::{DrugTarget, RawPack};
use caveat::source::parse::parse;
use caveat::source::tree::{
    Band, Body, Class, DrugSet, Effect, Ingredient, Limit, LimitValue, Name, Outcome, Policy, Rule, Salt, Slot, Tree,
    Written, WrittenCode,
};
use caveat::source::tree_case::{Case, CaseChart};
use caveat::source::tree_condition::{Comparison, Condition, Test};
use std::path::{Path, PathBuf};

fn name(text: &str) -> Name {
    Written::new(text.to_owned(), Span::default())
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|t| name(t)).collect()
}

fn written<T>(value: T) -> Written<T> {
    Written::new(value, Span::default())
}

fn code(system: &str, value: &str) -> WrittenCode {
    WrittenCode { system: system.to_owned(), value: name(value) }
}

fn ingredient(text: &str, rxnorm: &str) -> Ingredient {
    Ingredient {
        name: name(text),
        codes: vec![code("rxnorm", rxnorm)],
        allergy_codes: Vec::new(),
        salts: Vec::new(),
        brands: Vec::new(),
    }
}

fn class(text: &str, ingredients: &[&str], classes: &[&str], except: &[&str]) -> Class {
    Class {
        name: name(text),
        title: name(&text.to_uppercase()),
        ingredients: names(ingredients),
        classes: names(classes),
        except: names(except),
        codes: Vec::new(),
        allergy_codes: Vec::new(),
        source: None,
    }
}

fn of_class(text: &str) -> DrugSet {
    DrugSet { classes: names(&[text]), ..DrugSet::default() }
}

fn of(text: &str) -> DrugSet {
    DrugSet { ingredients: names(&[text]), ..DrugSet::default() }
}

fn rule(id: &str, body: Body) -> Rule {
    Rule {
        id: name(id),
        version: written(1),
        title: name(id),
        outcome: Outcome {
            severity: Some(written(Severity::Major)),
            management: Some(written(Management::Avoid)),
            evidence: Some(written(Evidence::Established)),
            sources: names(&["a label"]),
            risk: Some(name("bleeding")),
            ..Outcome::default()
        },
        audience: Audience::Both,
        settings: Vec::new(),
        override_days: None,
        never_silence: false,
        effect: None,
        mechanism: None,
        exposure_frequency: None,
        harm_frequency: None,
        author: Some(name("us")),
        review: Some(name("2027-11-01")),
        replaces: Vec::new(),
        when: None,
        missing: None,
        body,
        modifiers: Vec::new(),
        cases: Vec::new(),
        span: Span::default(),
    }
}

fn pair(id: &str, object: DrugSet, precipitant: DrugSet) -> Rule {
    let body = Body::Pair { object, precipitant, mutual: false, onset: None, offset: None, object_offset: None };
    rule(id, body)
}

fn policy() -> Policy {
    Policy {
        name: name("small"),
        version: name("1"),
        title: name("Small"),
        override_days: written(90),
        attribution: Vec::new(),
        interrupts: vec![(Question::Interaction, vec![Severity::Major, Severity::Contraindicated])],
        prn_worst_case: Loudness::Passive,
        span: Span::default(),
    }
}

/// Warfarin, three NSAIDs in nested classes, two pair rules and one of any two.
fn small() -> Tree {
    Tree {
        ingredients: vec![
            ingredient("warfarin", "11289"),
            ingredient("ibuprofen", "5640"),
            ingredient("celecoxib", "140587"),
            ingredient("naproxen", "7258"),
        ],
        classes: vec![
            class("nsaid", &["ibuprofen", "naproxen"], &["coxib"], &[]),
            class("coxib", &["celecoxib"], &[], &[]),
        ],
        rules: vec![
            pair("warfarin-nsaid", of("warfarin"), of_class("nsaid")),
            pair("ibuprofen-warfarin", of("ibuprofen"), of("warfarin")),
            rule(
                "two-nsaids",
                Body::Combination {
                    slots: vec![Slot { role: 2, drugs: of_class("nsaid"), count: written(2) }],
                    offset: None,
                },
            ),
        ],
        policies: vec![policy()],
        ..Tree::default()
    }
}

fn errors(complaints: &[Diagnostic]) -> Vec<&'static str> {
    complaints.iter().filter(|c| c.level == Level::Error).map(|c| c.code).collect()
}

fn raw(tree: &Tree) -> RawPack {
    let (raw, complaints) = compile(tree);
    raw.unwrap_or_else(|| panic!("refused: {complaints:#?}"))
}

fn pack(tree: &Tree) -> Pack {
    decode(&encode(&raw(tree))).unwrap()
}

fn drug(pack: &Pack, rxnorm: &str) -> IngredientId {
    match pack.drug(&Code::new(System::RxNorm, rxnorm).unwrap()) {
        Some(DrugTarget::Ingredient(id)) => IngredientId(id),
        other => panic!("{rxnorm} is {other:?}"),
    }
}

/// The rules in which two drugs meet, with `>` where the first may be the object and `<` where the second may.
fn meeting(pack: &Pack, first: &str, second: &str) -> Vec<String> {
    let words = pack.meeting(drug(pack, first), drug(pack, second));
    let word = |w: &u32| {
        let sides = ["", ">", "<", "<>"][(w & 3) as usize];
        format!("{}{sides}", pack.rule_name(caveat::pack::ids::RuleId(w >> 2)))
    };
    words.iter().map(word).collect()
}

#[test]
fn pairs_meet_from_both_sides_with_their_roles() {
    let pack = pack(&small());
    for (first, second, expected) in [
        ("11289", "5640", vec!["ibuprofen-warfarin<", "warfarin-nsaid>"]),
        ("5640", "11289", vec!["ibuprofen-warfarin>", "warfarin-nsaid<"]),
        ("11289", "140587", vec!["warfarin-nsaid>"]),
        ("140587", "11289", vec!["warfarin-nsaid<"]),
        ("5640", "140587", vec![]),
        ("11289", "11289", vec![]),
    ] {
        assert_eq!(meeting(&pack, first, second), expected, "{first} and {second}");
    }
}

#[test]
fn equal_input_gives_equal_bytes_in_any_order_of_files() {
    let tree = small();
    let mut turned = small();
    turned.ingredients.reverse();
    turned.classes.reverse();
    turned.rules.reverse();
    let bytes = encode(&raw(&tree));
    assert_eq!(bytes, encode(&raw(&tree)));
    assert_eq!(bytes, encode(&raw(&turned)));
    assert_eq!(decode_raw(&bytes).unwrap().0, raw(&tree));
}

#[test]
fn a_flipped_byte_anywhere_is_refused() {
    let bytes = encode(&raw(&small()));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        assert!(decode(&altered).is_err(), "byte {at} of {} may be flipped unseen", bytes.len());
    }
}

#[test]
fn a_pack_cut_off_anywhere_or_followed_by_more_is_refused() {
    let bytes = encode(&raw(&small()));
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "cut off at {length}");
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert_eq!(
        decode(&longer).unwrap_err().to_string(),
        format!("too long: {} bytes where the pack ends after {}", longer.len(), bytes.len())
    );
}

/// Behind a right hash stands `verify`: a hostile file with one byte changed is refused or still sound, never a panic.
#[test]
fn a_resealed_pack_with_a_flipped_byte_is_refused_or_sound() {
    let bytes = encode(&raw(&small()));
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        match decode(&reseal(&altered).unwrap()) {
            Ok(pack) => drop(meeting_everything(&pack)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > bytes.len() / 2, "only {refused} of {} were refused", bytes.len());
}

fn meeting_everything(pack: &Pack) -> usize {
    let n = pack.raw().ingredients.names.len() as u16;
    (0..n)
        .flat_map(|a| (0..n).map(move |b| (a, b)))
        .map(|(a, b)| pack.meeting(IngredientId(a), IngredientId(b)).len())
        .sum()
}

#[test]
fn classes_in_a_circle_are_named_as_the_path_that_closes_them() {
    let mut tree = small();
    tree.classes.push(class("a", &[], &["b"], &[]));
    tree.classes.push(class("b", &[], &["c"], &[]));
    tree.classes.push(class("c", &["warfarin"], &["a"], &[]));
    let (pack, complaints) = compile(&tree);
    assert!(pack.is_none());
    assert_eq!(errors(&complaints), ["K0301"]);
    assert_eq!(complaints[0].message, "classes lead in a circle: `a → b → c → a`");
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/compile").join(name)
}

fn file(name: &str) -> Option<SourceFile> {
    let text = std::fs::read_to_string(golden(name)).ok()?;
    Some(SourceFile { path: name.to_owned(), text })
}

/// Codes that no text provokes, since the parser refuses it first, or that want a folder too large to keep here; each has
/// its tree in `trees_without_text`.
const WITHOUT_TEXT: [&str; 19] = [
    "K0212", "K0213", "K0214", "K0215", "K0220", "K0403", "K0404", "K0406", "K0407", "K0416", "K0419", "K0422",
    "K0435", "K0436", "K0451", "K0453", "K0472", "K0473", "K0474",
];

/// Every code has a small folder that provokes it and the rendering it gives. Cases are wanted of every rule; goldens
/// about something else leave those two lints out.
#[test]
fn every_code_has_its_golden() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for (code, _) in CODES.iter().filter(|(code, _)| !WITHOUT_TEXT.contains(code)) {
        let own = file(&format!("{code}.toml")).into_iter().chain(file(&format!("{code}.csv")));
        let base = ["base.toml", "base.csv"].iter().filter_map(|name| file(name)).filter(|_| *code != "K0216");
        let files: Vec<SourceFile> = base.chain(own).collect();
        let (tree, mistakes) = parse(&files);
        if !mistakes.is_empty() {
            wrong.push(format!("{code}: the parser stops it\n{}", render(&mistakes, &files, false)));
            continue;
        }
        let (pack, mut complaints) = compile(&tree);
        assert_eq!(pack.is_none(), complaints.iter().any(|c| c.level == Level::Error), "{code}");
        complaints.retain(|c| c.code == *code || !matches!(c.code, "K0411" | "K0412"));
        let found = render(&complaints, &files, false);
        let expected = golden(&format!("{code}.txt"));
        if update {
            std::fs::write(&expected, &found).unwrap();
        }
        if !complaints.iter().any(|c| c.code == *code) {
            wrong.push(format!("{code} is not provoked by its own golden:\n{found}"));
        }
        if found != std::fs::read_to_string(&expected).unwrap_or_default() {
            wrong.push(format!("{code} differs from its golden (UPDATE=1 rewrites it):\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_are_lower_case_on_one_line_without_a_full_stop() {
    for (code, _) in CODES.iter().filter(|(code, _)| !WITHOUT_TEXT.contains(code)) {
        let files: Vec<SourceFile> = ["base.toml", "base.csv"]
            .iter()
            .filter_map(|name| file(name))
            .chain(file(&format!("{code}.toml")))
            .chain(file(&format!("{code}.csv")))
            .collect();
        for complaint in compile(&parse(&files).0).1 {
            let words: Vec<&String> = [&complaint.message]
                .into_iter()
                .chain(complaint.labels.iter().map(|l| &l.1))
                .chain(&complaint.help)
                .collect();
            assert!(!complaint.help.is_empty(), "{code} says nothing of what to write instead");
            for words in words {
                assert!(!words.contains('\n') && !words.ends_with('.') || words.ends_with("..."), "{code}: {words}");
                let plain = words.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || "`.".contains(c));
                assert!(plain || words.starts_with("RxNorm"), "{code}: {words}");
            }
        }
    }
}

/// What the parser refuses before a tree exists, refused once more where a tree is made without text.
#[test]
fn trees_without_text() {
    let drug = || of("warfarin");
    let age = |operator| Condition {
        test: Test::Age {
            comparison: Comparison { operator, low: Exact::whole(216), high: Exact::whole(216) },
            in_days: false,
        },
        span: Span::default(),
    };
    let nested = (0..40).fold(age(3), |inner, _| Condition { test: Test::Not(Box::new(inner)), span: Span::default() });
    let change = |change: &dyn Fn(&mut Rule)| {
        let mut tree = small();
        change(&mut tree.rules[0]);
        tree
    };
    let body = |body: Body| change(&move |r: &mut Rule| r.body = body.clone());
    let term = |change: &dyn Fn(&mut Ingredient)| {
        let mut tree = small();
        change(&mut tree.ingredients[0]);
        tree
    };
    let case = |change: &dyn Fn(&mut Case)| {
        let mut case = Case {
            name: name("a case"),
            as_of: name("2026-01-15"),
            chart: CaseChart::default(),
            expect: Vec::new(),
            expect_not: names(&["warfarin-nsaid"]),
            expect_gap: Vec::new(),
            interrupts: None,
            quiet: None,
            span: Span::default(),
        };
        change(&mut case);
        let mut tree = small();
        tree.rules[0].cases.push(case);
        tree
    };
    let mut many = small();
    many.effects = (0..65_536).map(|n| Effect { name: name(&n.to_string()), title: name("an effect") }).collect();
    let salt = Salt { name: name("s"), codes: Vec::new(), base_fraction: Some(written(Exact::whole(2))) };
    let band = |limits: Vec<Limit>| {
        let band = Band { name: name("all"), when: None, missing: None, limits, span: Span::default() };
        Body::Dose { drug: drug(), basis: None, bands: vec![band], equivalents: None, by_ideal: false }
    };
    let zero =
        Limit { kind: 4, absolute: true, value: written(LimitValue::PerDay(Exact::ZERO)), outcome: Outcome::default() };
    let trees = [
        ("K0212", term(&|i| i.codes = vec![code("rxnorm", "N02BA01")])),
        ("K0213", term(&|i| i.codes = vec![code("rxnrom", "1191")])),
        ("K0214", term(&|i| i.codes.clear())),
        ("K0215", many),
        ("K0220", term(&|i| i.salts.push(salt.clone()))),
        ("K0403", change(&|r| r.outcome.evidence = None)),
        ("K0404", change(&|r| r.outcome.sources.clear())),
        ("K0406", change(&|r| r.review = Some(name("2027-13-01")))),
        ("K0407", change(&|r| r.outcome.severity = None)),
        ("K0416", body(Body::Allergy { same_ingredient: false, allergen: None, drug: None, tier: written(3) })),
        ("K0419", body(Body::Contraindication { drug: drug() })),
        ("K0422", change(&|r| r.outcome.silent = true)),
        ("K0435", change(&|r| r.when = Some(nested.clone()))),
        ("K0436", change(&|r| r.when = Some(Condition { test: Test::All(Vec::new()), span: Span::default() }))),
        ("K0451", body(band(Vec::new()))),
        ("K0453", body(band(vec![zero]))),
        ("K0472", case(&|c| c.as_of = name("2026-02-30"))),
        ("K0473", case(&|c| c.chart.focus = Some(name("order")))),
        ("K0474", case(&|c| c.expect_not.clear())),
    ];
    assert_eq!(trees.each_ref().map(|(code, _)| *code), WITHOUT_TEXT);
    for (code, tree) in trees {
        let (_, complaints) = compile(&tree);
        assert!(complaints.iter().any(|c| c.code == code), "{code} is not raised: {complaints:#?}");
    }
}
