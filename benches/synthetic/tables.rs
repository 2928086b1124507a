//! A synthetic pack of any number of interacting pairs.

use crate::synthetic::Dice;
use caveat::clinical::code::{Code, System};
use caveat::pack::column::Column;
use caveat::pack::ids::{NONE, NONE16};
use caveat::pack::rule_tables::{ConditionKind, ConditionTable, ModifierTable, OutcomeTable, RuleTable};
use caveat::pack::tables::{
    About, AllergyTable, ClassTable, CodeTable, CombinationTable, DoseTable, DrugSetTable, DrugTarget, DuplicateTable,
    IngredientTable, LabTable, ListTable, MeetingColumns, NamedTable, PolicyTable, ProductTable, RawPack, TextTable,
};

/// How many ingredients.
pub const INGREDIENTS: usize = 5_700;
/// How many products.
pub const PRODUCTS: usize = 20_000;
/// How many classes.
pub const CLASSES: usize = 300;
/// How many problems and how many laboratory values.
pub const PROBLEMS: usize = 500;
/// See above.
pub const LABS: usize = 60;
/// How many pair rules.
pub const PAIR_RULES: usize = 20_000;
/// The product of the first order: its ingredient meets about a third of all others in the two-million-pair pack, has a
/// dose rule that two tablets a day break, and must not be given with problem 0.
pub const ORDERED: usize = 14;
/// A product whose ingredient shares a class with the ordered one: too many of one class.
pub const NEIGHBOUR: usize = 15;
/// Another product of the ordered ingredient: a duplicate.
pub const TWIN: usize = 5_714;
/// The RxCUI of ingredient 0; the others follow.
pub const INGREDIENT_CODE: u64 = 100_000;
/// The RxCUI of product 0.
pub const PRODUCT_CODE: u64 = 1_000_000;
/// The SNOMED CT code of problem 0.
pub const PROBLEM_CODE: u64 = 70_000_001;

/// Text being gathered; equal texts share an id.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    known: std::collections::HashMap<String, u32>,
}

impl Text {
    fn id(&mut self, text: &str) -> u32 {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        let id = self.starts.len() as u32;
        self.starts.push(self.bytes.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
        self.known.insert(text.to_owned(), id);
        id
    }

    fn table(mut self) -> TextTable {
        self.starts.push(self.bytes.len() as u32);
        TextTable { bytes: Column::new(self.bytes), starts: Column::new(self.starts) }
    }
}

/// Rules being gathered, of every kind, and what they point to.
#[derive(Default)]
struct Rules {
    names: Vec<u32>,
    questions: Vec<u8>,
    titles: Vec<u32>,
    gates: Vec<u32>,
    outcomes: Vec<u32>,
    modifier_starts: Vec<u32>,
    modifier_conditions: Vec<u32>,
    modifier_outcomes: Vec<u32>,
    modifier_because: Vec<u32>,
    mechanisms: Vec<u32>,
    object_sets: Vec<u32>,
    precipitant_sets: Vec<u32>,
}

/// Outcomes: severity, management, texts.
#[derive(Default)]
struct Outcomes {
    severities: Vec<u8>,
    risks: Vec<u32>,
    advice: Vec<u32>,
    consequences: Vec<u32>,
    actions: Vec<Vec<u32>>,
    sources: Vec<Vec<u32>>,
}

/// Conditions: leaves only, asked by modifiers and gates.
#[derive(Default)]
struct Conditions {
    kinds: Vec<u8>,
    comparisons: Vec<u8>,
    firsts: Vec<u32>,
    seconds: Vec<u32>,
    lows: Vec<i64>,
    withins: Vec<i64>,
    written: Vec<u32>,
}

/// How conditions write their comparisons.
const AT_LEAST: u8 = 3;
/// See above.
const ABOVE: u8 = 4;
/// See above: nothing is compared.
const PLAIN: u8 = 255;

impl Conditions {
    fn leaf(&mut self, kind: ConditionKind, comparison: u8, first: u32, low: i64, written: u32) -> u32 {
        self.kinds.push(kind as u8);
        self.comparisons.push(comparison);
        self.firsts.push(first);
        self.seconds.push(0);
        self.lows.push(low);
        self.withins.push(if kind == ConditionKind::Lab { 365 * 86_400 } else { -1 });
        self.written.push(written);
        self.kinds.len() as u32 - 1
    }

    fn table(self) -> ConditionTable {
        let n = self.kinds.len();
        ConditionTable {
            kinds: Column::new(self.kinds),
            comparisons: Column::new(self.comparisons),
            subjects: Column::new(vec![0; n]),
            firsts: Column::new(self.firsts),
            seconds: Column::new(self.seconds),
            low_numerators: Column::new(self.lows.clone()),
            low_denominators: Column::new(vec![1; n]),
            high_numerators: Column::new(self.lows),
            high_denominators: Column::new(vec![1; n]),
            withins: Column::new(self.withins),
            children: Column::default(),
            written: Column::new(self.written),
        }
    }
}

/// The pack.
pub fn pack(pairs: usize, seed: u64) -> RawPack {
    let mut dice = Dice(seed);
    let mut text = Text::default();
    let mut rules = Rules::default();
    let mut outcomes = Outcomes::default();
    let mut conditions = Conditions::default();
    let members: Vec<Vec<u16>> = (0..CLASSES)
        .map(|n| {
            let mut list: Vec<u16> = (0..25).map(|_| dice.skewed(INGREDIENTS) as u16).collect();
            if n == 0 {
                list.extend([ORDERED, NEIGHBOUR].map(|p| ingredient_of(p) as u16));
            }
            list.sort_unstable();
            list.dedup();
            list
        })
        .collect();
    gather_pair_rules(&mut dice, &mut text, &mut rules, &mut outcomes, &mut conditions);
    let allergies = gather_allergies(&mut text, &mut rules, &mut outcomes, &members);
    let doses = gather_doses(&mut text, &mut rules, &mut outcomes, &mut conditions);
    let duplicates = gather_duplicates(&mut text, &mut rules, &mut outcomes, &members);
    let contraindications = gather_contraindications(&mut dice, &mut text, &mut rules, &mut outcomes, &mut conditions);
    let rule_count = rules.names.len();
    let mut tiers = vec![255u8; rule_count];
    tiers[allergies.same_ingredient as usize] = 0;
    allergies.crossing_rules.iter().for_each(|r| tiers[*r as usize] = 3);
    RawPack {
        about: About { name: "synthetic".into(), version: pairs.to_string(), ..About::default() },
        drug_codes: drug_codes(),
        problem_codes: numeric(System::Snomed, (0..PROBLEMS as u64).map(|n| (PROBLEM_CODE + n, n as u32))),
        lab_codes: lab_codes(),
        problem_sets: (0..PROBLEMS as u16).map(|n| vec![n]).collect(),
        ingredients: ingredients(&mut text, &members),
        products: products(&mut text),
        classes: classes(&mut text, &members),
        problems: named(&mut text, "problem", PROBLEMS),
        labs: labs(&mut text),
        drug_sets: drug_sets(&mut text, &members),
        conditions: conditions.table(),
        outcomes: outcome_table(outcomes),
        meetings: meetings(pairs, &mut dice),
        combinations: CombinationTable {
            slot_starts: Column::new(vec![0]),
            by_ingredient: (0..INGREDIENTS).map(|_| Vec::new()).collect(),
            ..CombinationTable::default()
        },
        allergies: AllergyTable { tiers: Column::new(tiers), ..allergies },
        doses,
        duplicates,
        contraindications,
        policy: PolicyTable { loudness: Column::new([[0, 0, 1, 1]; 5].concat()), prn_worst_case: 0 },
        allergen_codes: CodeTable::default(),
        modifiers: modifier_table(&rules),
        rules: rule_table(rules),
        text: text.table(),
        ..RawPack::default()
    }
}

/// 20,000 pair rules with about 650 bytes of words each; three in ten carry modifiers.
fn gather_pair_rules(
    dice: &mut Dice,
    text: &mut Text,
    rules: &mut Rules,
    outcomes: &mut Outcomes,
    conditions: &mut Conditions,
) {
    for n in 0..PAIR_RULES {
        let outcome = outcomes.add(text, 1 + (n % 3) as u8, n, 450);
        let rule = rules.add(text, 0, n, outcome);
        if dice.below(10) < 3 {
            let (lab, problem) = (dice.below(LABS) as u32, dice.below(PROBLEMS) as u32);
            let set = dice.below(CLASSES) as u32;
            let quieter = outcomes.add(text, 0, n, 80);
            let worse = outcomes.add(text, 2, n, 80);
            let words = text.id("written");
            let mut leaf = |kind, comparison, first, low| conditions.leaf(kind, comparison, first, low, words);
            let asked = [
                (leaf(ConditionKind::Lab, ABOVE, lab, 5), worse),
                (leaf(ConditionKind::Problem, PLAIN, problem, 0), quieter),
                (leaf(ConditionKind::Taking, PLAIN, set, 0), worse),
                (leaf(ConditionKind::DailyDose, ABOVE, 0, 800 * 1_000_000), worse),
                (leaf(ConditionKind::Age, AT_LEAST, 0, 65 * 12), worse),
            ];
            asked.into_iter().for_each(|(condition, outcome)| rules.modify(text, rule, condition, outcome));
        }
    }
}

impl Outcomes {
    fn add(&mut self, text: &mut Text, severity: u8, n: usize, words: usize) -> u32 {
        let long =
            format!("Consequence {n} of severity {severity}. {}", "Words that a card may show. ".repeat(words / 28));
        self.severities.push(severity);
        self.risks.push(text.id(&format!("risk {}", n % 500)));
        self.advice.push(text.id(&format!("advice {}", n % 500)));
        self.consequences.push(text.id(&long));
        self.actions
            .push(vec![text.id(&format!("First do this, {}", n % 900)), text.id(&format!("then that, {}", n % 700))]);
        self.sources.push(vec![text.id(&format!("Label {}, section 7", n % 2_000))]);
        self.severities.len() as u32 - 1
    }
}

impl Rules {
    fn add(&mut self, text: &mut Text, question: u8, n: usize, outcome: u32) -> u32 {
        let id = self.names.len() as u32;
        self.names.push(text.id(&format!("rule-{id:06}")));
        self.questions.push(question);
        self.titles.push(text.id(&format!("Rule {id} about something that meets something else")));
        self.gates.push(NONE);
        self.outcomes.push(outcome);
        self.modifier_starts.push(self.modifier_conditions.len() as u32);
        self.mechanisms.push(text.id(&format!("Mechanism {}: one slows the other's clearance", n % 400)));
        self.object_sets.push(NONE);
        self.precipitant_sets.push(NONE);
        id
    }

    /// Only the rule added last may be modified: modifiers lie in order of rule.
    fn modify(&mut self, text: &mut Text, rule: u32, condition: u32, outcome: u32) {
        assert_eq!(rule as usize + 1, self.names.len());
        self.modifier_conditions.push(condition);
        self.modifier_outcomes.push(outcome);
        self.modifier_because.push(text.id("something in this patient"));
    }
}

fn gather_allergies(text: &mut Text, rules: &mut Rules, outcomes: &mut Outcomes, members: &[Vec<u16>]) -> AllergyTable {
    let outcome = outcomes.add(text, 3, 1, 200);
    let same = rules.add(text, 1, 1, outcome);
    let mut by_ingredient: Vec<Vec<u32>> = vec![Vec::new(); INGREDIENTS];
    let mut by_class: Vec<Vec<u32>> = vec![Vec::new(); members.len()];
    let mut crossings: Vec<(u16, u32, usize)> = Vec::new();
    for (n, list) in members.iter().enumerate() {
        let outcome = outcomes.add(text, 2, n, 200);
        let rule = rules.add(text, 1, n, outcome);
        crossings.extend(list.iter().map(|ingredient| (*ingredient, rule, n)));
    }
    crossings.sort_unstable();
    for (row, (_, _, n)) in crossings.iter().enumerate() {
        by_class[*n].push(row as u32);
        members[*n].iter().for_each(|i| by_ingredient[usize::from(*i)].push(row as u32));
    }
    AllergyTable {
        same_ingredient: same,
        by_ingredient: by_ingredient.into_iter().collect(),
        by_class: by_class.into_iter().collect(),
        by_allergen: std::iter::empty().collect(),
        crossing_ingredients: Column::new(crossings.iter().map(|c| c.0).collect()),
        crossing_rules: Column::new(crossings.iter().map(|c| c.1).collect()),
        tiers: Column::default(),
        reaction_sets: std::iter::empty().collect(),
    }
}

/// A dose rule for every second ingredient: a band for the aged and one for everybody else, three limits each.
fn gather_doses(text: &mut Text, rules: &mut Rules, outcomes: &mut Outcomes, conditions: &mut Conditions) -> DoseTable {
    let mut table = (Vec::new(), Vec::new(), Vec::new(), vec![0u32], Vec::new());
    let mut band_conditions = Vec::new();
    let mut by_ingredient: Vec<Vec<u32>> = vec![Vec::new(); INGREDIENTS];
    let (mut limit_starts, mut kinds, mut numbers, mut limit_outcomes) =
        (vec![0u32], Vec::new(), Vec::new(), Vec::new());
    for ingredient in (0..INGREDIENTS).step_by(2) {
        let outcome = outcomes.add(text, 2, ingredient, 150);
        let rule = rules.add(text, 2, ingredient, outcome);
        by_ingredient[ingredient].push(table.0.len() as u32);
        table.0.push(rule);
        table.1.push(CLASSES as u32 + ingredient as u32);
        table.2.push(NONE16);
        let daily = 500 + 100 * ((ingredient as i64 / 2 + 11) % 20);
        let aged = conditions.leaf(ConditionKind::Age, AT_LEAST, 0, 65 * 12, text.id("written"));
        for (name, condition, times) in [("aged", aged, 1), ("adult", NONE, 2)] {
            table.4.push(text.id(name));
            band_conditions.push(condition);
            for (kind, mg) in [(0u8, 600), (1, daily), (7, 9_000)] {
                kinds.push(kind);
                numbers.push(mg * times * 1_000_000);
                limit_outcomes.push(outcome);
            }
            limit_starts.push(kinds.len() as u32);
        }
        table.3.push(table.4.len() as u32);
    }
    let (bands, limits) = (table.4.len(), kinds.len());
    let rules = table.0.len();
    DoseTable {
        equivalent_starts: Column::new(vec![0; rules + 1]),
        equivalent_words: Column::new(vec![NONE; rules]),
        by_ingredient: by_ingredient.into_iter().collect(),
        rules: Column::new(table.0),
        sets: Column::new(table.1),
        salts: Column::new(table.2),
        weights: Column::new(vec![0; rules]),
        band_starts: Column::new(table.3),
        band_names: Column::new(table.4),
        band_conditions: Column::new(band_conditions),
        band_missing: Column::new(vec![1; bands]),
        limit_starts: Column::new(limit_starts),
        limit_kinds: Column::new(kinds),
        limit_strictness: Column::new(vec![1; limits]),
        limit_dimensions: Column::new(vec![0; limits]),
        limit_per_body: Column::new(vec![0; limits]),
        limit_things: Column::new(vec![0; limits]),
        limit_numerators: Column::new(numbers),
        limit_denominators: Column::new(vec![1; limits]),
        limit_outcomes: Column::new(limit_outcomes),
        ..DoseTable::default()
    }
}

fn gather_duplicates(
    text: &mut Text,
    rules: &mut Rules,
    outcomes: &mut Outcomes,
    members: &[Vec<u16>],
) -> DuplicateTable {
    let outcome = outcomes.add(text, 1, 2, 150);
    let same = rules.add(text, 3, 2, outcome);
    let mut by_ingredient: Vec<Vec<u32>> = vec![Vec::new(); INGREDIENTS];
    let (mut list, mut sets) = (Vec::new(), Vec::new());
    for (n, class) in members.iter().enumerate().step_by(4) {
        let outcome = outcomes.add(text, 1, n, 150);
        class.iter().for_each(|i| by_ingredient[usize::from(*i)].push(list.len() as u32));
        list.push(rules.add(text, 3, n, outcome));
        sets.push(n as u32);
    }
    DuplicateTable {
        same_ingredient: same,
        allowed: Column::new(vec![1; list.len()]),
        rules: Column::new(list),
        sets: Column::new(sets),
        by_ingredient: by_ingredient.into_iter().collect(),
    }
}

fn gather_contraindications(
    dice: &mut Dice,
    text: &mut Text,
    rules: &mut Rules,
    outcomes: &mut Outcomes,
    conditions: &mut Conditions,
) -> ListTable<u32> {
    (0..INGREDIENTS)
        .map(|n| {
            let ordered = n == ingredient_of(ORDERED);
            if !dice.once_in(3) && !ordered {
                return Vec::new();
            }
            let outcome = outcomes.add(text, 3, n, 150);
            let rule = rules.add(text, 4, n, outcome);
            let words = text.id("written");
            let problem = if ordered { 0 } else { dice.below(PROBLEMS) as u32 };
            rules.gates[rule as usize] = conditions.leaf(ConditionKind::Problem, 255, problem, 0, words);
            vec![rule]
        })
        .collect()
}

/// Symmetric bit rows of so many pairs, drawn from a power law, each with one or two rules.
fn meetings(pairs: usize, dice: &mut Dice) -> MeetingColumns {
    let words = INGREDIENTS.div_ceil(64);
    let mut bits = vec![0u64; words * INGREDIENTS];
    let mut drawn = 0;
    while drawn < pairs {
        let (a, b) = (dice.skewed(INGREDIENTS), dice.below(INGREDIENTS));
        if a != b && bits[a * words + b / 64] >> (b % 64) & 1 == 0 {
            bits[a * words + b / 64] |= 1 << (b % 64);
            bits[b * words + a / 64] |= 1 << (a % 64);
            drawn += 1;
        }
    }
    let sets = PAIR_RULES;
    let (mut starts, mut rule_sets) = (vec![0u32], Vec::with_capacity(2 * pairs));
    for a in 0..INGREDIENTS {
        for b in 0..INGREDIENTS {
            if bits[a * words + b / 64] >> (b % 64) & 1 == 1 {
                let (low, high) = (a.min(b) as u64, a.max(b) as u64);
                rule_sets.push((Dice(low << 32 | high).next() % sets as u64) as u32);
            }
        }
        starts.push(rule_sets.len() as u32);
    }
    MeetingColumns {
        ingredients: INGREDIENTS as u32,
        bits: Column::new(bits),
        starts: Column::new(starts),
        rule_sets: Column::new(rule_sets),
        sets: (0..sets as u32).map(|n| vec![n << 2 | 3]).collect(),
    }
}

fn numeric(system: System, pairs: impl Iterator<Item = (u64, u32)>) -> CodeTable {
    let ordinal = system.ordinal().unwrap_or(0);
    let (keys, targets): (Vec<u64>, Vec<u32>) = pairs.unzip();
    CodeTable {
        systems: Column::new(vec![ordinal; keys.len()]),
        keys: Column::new(keys),
        targets: Column::new(targets),
        ..CodeTable::default()
    }
}

fn drug_codes() -> CodeTable {
    let ingredients = (0..INGREDIENTS).map(|n| (INGREDIENT_CODE + n as u64, DrugTarget::Ingredient(n as u16).pack()));
    let products = (0..PRODUCTS).map(|n| (PRODUCT_CODE + n as u64, DrugTarget::Product(n as u32).pack()));
    numeric(System::RxNorm, ingredients.chain(products))
}

/// The LOINC-shaped code of a laboratory value.
pub fn lab_code(n: usize) -> String {
    format!("{}-{}", 10_000 + n, n % 10)
}

fn lab_codes() -> CodeTable {
    let mut pairs: Vec<(u64, u32)> =
        (0..LABS).filter_map(|n| Some((Code::new(System::Loinc, &lab_code(n))?.packed()?, n as u32))).collect();
    pairs.sort_unstable();
    numeric(System::Loinc, pairs.into_iter())
}

fn ingredients(text: &mut Text, members: &[Vec<u16>]) -> IngredientTable {
    let mut classes: Vec<Vec<u16>> = vec![Vec::new(); INGREDIENTS];
    for (class, list) in members.iter().enumerate() {
        list.iter().for_each(|i| classes[usize::from(*i)].push(class as u16));
    }
    IngredientTable {
        names: (0..INGREDIENTS).map(|n| text.id(&format!("ingredient-{n:05}"))).collect(),
        rxcuis: (0..INGREDIENTS).map(|n| INGREDIENT_CODE as u32 + n as u32).collect(),
        classes: classes.into_iter().collect(),
        ..IngredientTable::default()
    }
}

/// The ingredient of a product: all ingredients in turn.
pub fn ingredient_of(product: usize) -> usize {
    product * 7 % INGREDIENTS
}

fn products(text: &mut Text) -> ProductTable {
    let n = PRODUCTS;
    ProductTable {
        names: (0..n)
            .map(|p| text.id(&format!("ingredient-{:05} {} MG Oral Tablet", ingredient_of(p), 50 * (1 + p % 8))))
            .collect(),
        forms: Column::new(vec![0; n]),
        routes: Column::new(vec![1; n]),
        part_starts: (0..=n as u32).collect(),
        part_ingredients: (0..n).map(|p| ingredient_of(p) as u16).collect(),
        part_salts: Column::new(vec![NONE16; n]),
        amount_dimensions: Column::new(vec![0; n]),
        amount_numerators: (0..n).map(|p| 50_000_000 * (1 + p as i64 % 8)).collect(),
        amount_denominators: Column::new(vec![1; n]),
        per_dimensions: Column::new(vec![5; n]),
        per_things: Column::new(vec![1; n]),
        per_numerators: Column::new(vec![1; n]),
        per_denominators: Column::new(vec![1; n]),
        excipients: (0..n).map(|_| Vec::new()).collect(),
    }
}

fn classes(text: &mut Text, members: &[Vec<u16>]) -> ClassTable {
    ClassTable {
        names: (0..CLASSES).map(|n| text.id(&format!("class-{n:04}"))).collect(),
        titles: (0..CLASSES).map(|n| text.id(&format!("Class {n}"))).collect(),
        members: members.iter().cloned().collect(),
    }
}

fn named(text: &mut Text, what: &str, n: usize) -> NamedTable {
    NamedTable {
        names: (0..n).map(|i| text.id(&format!("{what}-{i:04}"))).collect(),
        titles: (0..n).map(|i| text.id(&format!("{what} {i}"))).collect(),
        flags: Column::new(vec![0; n]),
        words: (0..n).map(|_| Vec::new()).collect(),
    }
}

fn labs(text: &mut Text) -> LabTable {
    let unit = text.id("mmol/L");
    LabTable {
        names: (0..LABS).map(|i| text.id(&format!("lab-{i:03}"))).collect(),
        titles: (0..LABS).map(|i| text.id(&format!("lab {i}"))).collect(),
        unit_starts: (0..=LABS as u32).collect(),
        units: Column::new(vec![unit; LABS]),
        factor_numerators: Column::new(vec![1; LABS]),
        factor_denominators: Column::new(vec![1; LABS]),
    }
}

/// One set for each class, then one for each ingredient.
fn drug_sets(text: &mut Text, members: &[Vec<u16>]) -> DrugSetTable {
    let n = CLASSES + INGREDIENTS;
    DrugSetTable {
        members: members.iter().cloned().chain((0..INGREDIENTS as u16).map(|i| vec![i])).collect(),
        titles: (0..n).map(|i| text.id(&format!("set {i}"))).collect(),
        routes: Column::new(vec![0; n]),
        except_routes: Column::new(vec![0; n]),
        forms: Column::new(vec![0; n]),
    }
}

fn outcome_table(outcomes: Outcomes) -> OutcomeTable {
    let n = outcomes.severities.len();
    OutcomeTable {
        severities: Column::new(outcomes.severities),
        loudness: Column::new(vec![0; n]),
        managements: Column::new(vec![1; n]),
        evidence: Column::new(vec![2; n]),
        seriousness: Column::new(vec![0; n]),
        risks: Column::new(outcomes.risks),
        advice: Column::new(outcomes.advice),
        consequences: Column::new(outcomes.consequences),
        actions: outcomes.actions.into_iter().collect(),
        actions_object: (0..n).map(|_| Vec::new()).collect(),
        actions_precipitant: (0..n).map(|_| Vec::new()).collect(),
        sources: outcomes.sources.into_iter().collect(),
    }
}

fn modifier_table(rules: &Rules) -> ModifierTable {
    let n = rules.modifier_conditions.len();
    ModifierTable {
        conditions: Column::new(rules.modifier_conditions.clone()),
        missing: Column::new(vec![1; n]),
        directions: Column::new(vec![1; n]),
        outcomes: Column::new(rules.modifier_outcomes.clone()),
        because: Column::new(rules.modifier_because.clone()),
    }
}

fn rule_table(rules: Rules) -> RuleTable {
    let n = rules.names.len();
    let mut starts = rules.modifier_starts;
    starts.push(rules.modifier_conditions.len() as u32);
    RuleTable {
        names: Column::new(rules.names),
        versions: Column::new(vec![1; n]),
        questions: Column::new(rules.questions),
        titles: Column::new(rules.titles),
        audiences: Column::new(vec![0; n]),
        settings: Column::new(vec![255; n]),
        flags: Column::new(vec![0; n]),
        override_days: Column::new(vec![90; n]),
        effects: Column::new(vec![NONE16; n]),
        gates: Column::new(rules.gates),
        gate_missing: Column::new(vec![1; n]),
        outcomes: Column::new(rules.outcomes),
        modifier_starts: Column::new(starts),
        replaces: (0..n).map(|_| Vec::new()).collect(),
        mechanisms: Column::new(rules.mechanisms),
        exposure_frequencies: Column::new(vec![NONE; n]),
        harm_frequencies: Column::new(vec![NONE; n]),
        authors: Column::new(vec![NONE; n]),
        reviews: Column::new(vec![NONE; n]),
        onsets: Column::new(vec![0; n]),
        offsets: Column::new(vec![0; n]),
        object_offsets: Column::new(vec![0; n]),
        object_sets: Column::new(rules.object_sets),
        precipitant_sets: Column::new(rules.precipitant_sets),
        pair_flags: Column::new(vec![1; n]),
    }
}
