//! The compiler: small trees in, packs or complaints out.

use caveat::clinical::code::{Code, System};
use caveat::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Severity};
use caveat::compile::build::compile;
use caveat::diagnostic::report::{Diagnostic, Level, Span};
use caveat::pack::format::{decode, encode, reseal};
use caveat::pack::ids::IngredientId;
use caveat::pack::read::Pack;
use caveat::pack::tables::{DrugTarget, RawPack};
use caveat::source::tree::{
    Body, Class, DrugSet, Ingredient, Name, Outcome, Policy, Rule, Slot, Tree, Written, WrittenCode,
};

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
    assert_eq!(decode(&bytes).unwrap().raw(), &raw(&tree));
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
