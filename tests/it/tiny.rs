//! A small pack and small charts made by hand: a dozen drugs, one lab, a few problems, in one line of words a record.

use caveat::clinical::chart::*;
use caveat::clinical::code::{Code, Concept, System};
use caveat::clinical::exact::Exact;
use caveat::clinical::form::Form;
use caveat::clinical::quantity::{Dose, Strength, StrengthPer};
use caveat::clinical::regimen::{Given, Instruction, Timing};
use caveat::clinical::route::{Route, RouteSet};
use caveat::clinical::time::{Dated, Moment, Span};
use caveat::pack::column::Column;
use caveat::pack::ids::{NONE, NONE16};
use caveat::pack::read::Pack;
use caveat::pack::rule_tables::*;
use caveat::pack::tables::*;
use caveat::pack::verify::verify;

/// The moment of every case.
pub const AS_OF: &str = "2026-01-15T12:00:00Z";

/// Ingredients by name, with a code.
pub const INGREDIENTS: [(&str, u32); 9] = [
    ("acetaminophen", 161),
    ("amoxicillin", 723),
    ("clavulanate", 48203),
    ("digoxin", 3407),
    ("fluoxetine", 4493),
    ("ibuprofen", 5640),
    ("omeprazole", 7646),
    ("simvastatin", 36567),
    ("warfarin", 11289),
];

/// A product: code, form, routes, parts (ingredient and strength).
type Product = (u32, Option<Form>, &'static [Route], &'static [(&'static str, &'static str)]);

/// Products: code, form, routes, parts (ingredient and strength).
const PRODUCTS: [Product; 15] = [
    (1001, Some(Form::Tablet), &[Route::Oral], &[("warfarin", "5 mg / 1 tablet")]),
    (1002, Some(Form::Tablet), &[Route::Oral], &[("warfarin", "2.5 mg / 1 tablet")]),
    (1003, Some(Form::Tablet), &[Route::Oral], &[("ibuprofen", "400 mg / 1 tablet")]),
    (1004, Some(Form::Gel), &[Route::Topical], &[("ibuprofen", "50 mg / 1 g")]),
    (1005, Some(Form::Injection), &[Route::Intravenous], &[("ibuprofen", "4 mg / 1 mL")]),
    (
        1006,
        Some(Form::Tablet),
        &[Route::Oral],
        &[("amoxicillin", "875 mg / 1 tablet"), ("clavulanate", "125 mg / 1 tablet")],
    ),
    (1007, Some(Form::Tablet), &[Route::Oral], &[("simvastatin", "40 mg / 1 tablet")]),
    (1008, Some(Form::Tablet), &[Route::Oral], &[("acetaminophen", "500 mg / 1 tablet")]),
    (1009, None, &[], &[("warfarin", "")]),
    (1010, Some(Form::Tablet), &[Route::Oral], &[("simvastatin", "20 mg / 1 tablet")]),
    (1011, Some(Form::Tablet), &[Route::Oral], &[("warfarin", "5 mg / 1 tablet")]),
    (1012, Some(Form::Capsule), &[Route::Oral], &[("fluoxetine", "20 mg / 1 capsule")]),
    (1013, Some(Form::Injection), &[Route::Intravenous], &[("acetaminophen", "10 mg / 1 mL")]),
    (1014, Some(Form::DelayedReleaseCapsule), &[Route::Oral], &[("omeprazole", "20 mg / 1 capsule")]),
    (1015, Some(Form::Tablet), &[Route::Oral], &[("digoxin", "62.5 ug / 1 tablet")]),
];

/// One condition: a node and its children.
#[derive(Clone, Default)]
pub struct Cond {
    /// Kind.
    pub kind: u8,
    /// `<` 0, `<=` 1, `=` 2, `>=` 3, `>` 4, range 5.
    pub comparison: u8,
    /// Subject.
    pub subject: u8,
    /// First argument.
    pub first: u32,
    /// Second argument.
    pub second: u32,
    /// Low end.
    pub low: Option<Exact>,
    /// High end.
    pub high: Option<Exact>,
    /// Look-back.
    pub within: Option<Span>,
    /// Children.
    pub children: Vec<Cond>,
    /// As written.
    pub written: &'static str,
}

/// A set of drugs: members, routes, except routes.
pub type Set = (&'static [&'static str], &'static [Route], &'static [Route]);

#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl Text {
    fn id(&mut self, text: &str) -> u32 {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.bytes.extend(text.bytes());
        self.starts.push(self.bytes.len() as u32);
        self.starts.len() as u32 - 2
    }
}

/// The id of an ingredient by name.
pub fn ingredient(name: &str) -> u16 {
    INGREDIENTS.iter().position(|(n, _)| *n == name).unwrap() as u16
}

/// The pack without conditions.
pub fn pack() -> Pack {
    pack_with(&[], &[])
}

/// The pack with conditions (the first of each tree in the order given, ids from 0 in depth-first order) and drug sets.
pub fn pack_with(conditions: &[Cond], sets: &[Set]) -> Pack {
    let mut text = Text::default();
    let mut raw = RawPack::default();
    raw.about.name = String::from("tiny");
    raw.ingredients = ingredients(&mut text);
    raw.products = products(&mut text);
    terminology(&mut text, &mut raw);
    raw.drug_sets = DrugSetTable {
        members: sets.iter().map(|s| ids(s.0)).collect(),
        titles: sets.iter().map(|s| text.id(s.0[0])).collect(),
        routes: sets.iter().map(|s| bits(s.1)).collect(),
        except_routes: sets.iter().map(|s| bits(s.2)).collect(),
        forms: sets.iter().map(|_| 0).collect(),
    };
    raw.conditions = lower(&mut text, conditions);
    raw.policy.loudness = Column::new([[0, 0, 1, 1]; 5].concat());
    without_rules(&mut raw);
    raw.text = TextTable { bytes: Column::new(text.bytes), starts: Column::new(text.starts) };
    verify(raw, [0; 32]).unwrap()
}

fn ids(names: &[&str]) -> Vec<u16> {
    let mut ids: Vec<u16> = names.iter().map(|n| ingredient(n)).collect();
    ids.sort_unstable();
    ids
}

/// Routes as bits.
pub fn bits(routes: &[Route]) -> u32 {
    routes.iter().fold(RouteSet::UNKNOWN, |s, r| s.with(RouteSet::of(*r))).0
}

fn ingredients(text: &mut Text) -> IngredientTable {
    // Class 0: nsaid; class 1: penicillin.
    let classes = |n: &str| match n {
        "ibuprofen" => vec![0u16],
        "amoxicillin" => vec![1],
        _ => vec![],
    };
    IngredientTable {
        names: INGREDIENTS.iter().map(|(n, _)| text.id(n)).collect(),
        rxcuis: INGREDIENTS.iter().map(|(_, c)| *c).collect(),
        classes: INGREDIENTS.iter().map(|(n, _)| classes(n)).collect(),
        ..IngredientTable::default()
    }
}

fn products(text: &mut Text) -> ProductTable {
    let parts: Vec<(u16, Option<Strength>)> = PRODUCTS
        .iter()
        .flat_map(|p| p.3)
        .map(|(name, strength)| (ingredient(name), (!strength.is_empty()).then(|| Strength::parse(strength).unwrap())))
        .collect();
    let mut starts = vec![0u32];
    PRODUCTS.iter().for_each(|p| starts.push(starts[starts.len() - 1] + p.3.len() as u32));
    let amount = |s: &Option<Strength>| s.map(|s| s.amount);
    let per = |s: &Option<Strength>| match s.map(|s| s.per) {
        Some(StrengthPer::Measure(m)) => Some(m),
        _ => None,
    };
    let exact = |m: Option<caveat::clinical::quantity::Measure>| m.map_or(Exact::ZERO, |m| m.exact());
    ProductTable {
        names: PRODUCTS.iter().map(|p| text.id(&format!("product {}", p.0))).collect(),
        forms: PRODUCTS.iter().map(|p| p.1.map_or(255, |f| f as u8)).collect(),
        routes: PRODUCTS.iter().map(|p| bits(p.2)).collect(),
        part_starts: Column::new(starts),
        part_ingredients: parts.iter().map(|p| p.0).collect(),
        part_salts: parts.iter().map(|_| NONE16).collect(),
        amount_dimensions: parts.iter().map(|p| amount(&p.1).map_or(255, |m| m.dimension())).collect(),
        amount_numerators: parts.iter().map(|p| exact(amount(&p.1)).numerator()).collect(),
        amount_denominators: parts.iter().map(|p| exact(amount(&p.1)).denominator()).collect(),
        per_dimensions: parts.iter().map(|p| per(&p.1).map_or(255, |m| m.dimension())).collect(),
        per_things: parts.iter().map(|p| per(&p.1).and_then(|m| m.thing()).map_or(0, |t| t as u8)).collect(),
        per_numerators: parts.iter().map(|p| exact(per(&p.1)).numerator()).collect(),
        per_denominators: parts.iter().map(|p| exact(per(&p.1)).denominator()).collect(),
        excipients: PRODUCTS.iter().map(|_| Vec::new()).collect(),
    }
}

fn codes(system: u8, mut rows: Vec<(u64, u32)>) -> CodeTable {
    rows.sort_unstable();
    CodeTable {
        systems: rows.iter().map(|_| system).collect(),
        keys: rows.iter().map(|r| r.0).collect(),
        targets: rows.iter().map(|r| r.1).collect(),
        ..CodeTable::default()
    }
}

fn named(text: &mut Text, rows: &[(&str, u8, &[&str])]) -> NamedTable {
    NamedTable {
        names: rows.iter().map(|r| text.id(r.0)).collect(),
        titles: rows.iter().map(|r| text.id(&r.0.replace('-', " "))).collect(),
        flags: rows.iter().map(|r| r.1).collect(),
        words: rows.iter().map(|r| r.2.iter().map(|w| text.id(w)).collect()).collect(),
    }
}

fn terminology(text: &mut Text, raw: &mut RawPack) {
    let drugs = INGREDIENTS.iter().zip(0u16..).map(|(i, n)| (u64::from(i.1), DrugTarget::Ingredient(n).pack()));
    let made = PRODUCTS.iter().zip(0u32..).map(|(p, n)| (u64::from(p.0), DrugTarget::Product(n).pack()));
    let saline = (9001, DrugTarget::Excluded(text.id("carrier fluid")).pack());
    raw.drug_codes = codes(0, drugs.chain(made).chain([saline]).collect());
    raw.classes = ClassTable {
        names: ["nsaid", "penicillin"].iter().map(|n| text.id(n)).collect(),
        titles: ["NSAIDs", "penicillins"].iter().map(|n| text.id(n)).collect(),
        members: [ids(&["ibuprofen"]), ids(&["amoxicillin"])].into_iter().collect(),
    };
    let none: &[&str] = &[];
    raw.problems = named(text, &[("acute-kidney-injury", 0, none), ("dialysis", 0, none), ("gi-bleed", 0, none)]);
    raw.problem_codes = codes(1, vec![(14669001, 0), (265764009, 1), (74474003, 2)]);
    raw.problem_sets = [vec![0u16], vec![1], vec![2]].into_iter().collect();
    raw.labs = LabTable {
        names: ["inr", "potassium"].iter().map(|n| text.id(n)).collect(),
        titles: ["INR", "potassium"].iter().map(|n| text.id(n)).collect(),
        unit_starts: Column::new(vec![0, 1, 4]),
        units: ["{INR}", "mmol/L", "mEq/L", "mg/dL"].iter().map(|n| text.id(n)).collect(),
        factor_numerators: Column::new(vec![1, 1, 1, 1279]),
        factor_denominators: Column::new(vec![1, 1, 1, 5000]),
    };
    let loinc = |code: &str| Code::new(System::Loinc, code).unwrap().packed().unwrap();
    raw.lab_codes = codes(6, vec![(loinc("6301-6"), 0), (loinc("2823-3"), 1)]);
    let reactions: [(&str, u8, &[&str]); 3] =
        [("anaphylaxis", 0, &["anaphylaxis"]), ("rash", 0, &["rash"]), ("stevens-johnson", 1, &["sjs"])];
    raw.reactions = named(text, &reactions);
    raw.reaction_codes = codes(1, vec![(39579001, 0), (271807003, 1), (73442001, 2)]);
    raw.allergens =
        named(text, &[("generic", 2, none), ("grass-pollen", 1, none), ("unspecified-penicillin", 3, none)]);
    raw.allergen_classes = Column::new(vec![NONE16, NONE16, 1]);
    raw.allergen_codes = codes(
        1,
        vec![
            (416098002, AllergenTarget::Other(0).pack()),
            (256277009, AllergenTarget::Other(1).pack()),
            (91936005, AllergenTarget::Other(2).pack()),
            (764146007, AllergenTarget::Class(1).pack()),
            (372687004, AllergenTarget::Ingredient(ingredient("amoxicillin")).pack()),
            (716186003, AllergenTarget::Negation(0).pack()),
            (409137002, AllergenTarget::Negation(1).pack()),
            (428607008, AllergenTarget::Negation(2).pack()),
        ],
    );
    raw.allergies.reaction_sets = [vec![0u16], vec![1]].into_iter().collect();
}

fn lower(text: &mut Text, roots: &[Cond]) -> ConditionTable {
    let (mut nodes, mut children): (Vec<Cond>, Vec<u32>) = (Vec::new(), Vec::new());
    for root in roots {
        push(root, &mut nodes, &mut children);
    }
    let number = |n: Option<Exact>| n.unwrap_or(Exact::ZERO);
    ConditionTable {
        kinds: nodes.iter().map(|n| n.kind).collect(),
        comparisons: nodes.iter().map(|n| if n.low.is_some() { n.comparison } else { 255 }).collect(),
        subjects: nodes.iter().map(|n| n.subject).collect(),
        firsts: nodes.iter().map(|n| n.first).collect(),
        seconds: nodes.iter().map(|n| n.second).collect(),
        low_numerators: nodes.iter().map(|n| number(n.low).numerator()).collect(),
        low_denominators: nodes.iter().map(|n| number(n.low).denominator()).collect(),
        high_numerators: nodes.iter().map(|n| number(n.high.or(n.low)).numerator()).collect(),
        high_denominators: nodes.iter().map(|n| number(n.high.or(n.low)).denominator()).collect(),
        withins: nodes.iter().map(|n| n.within.map_or(-1, |s| s.0)).collect(),
        children: Column::new(children),
        written: nodes.iter().map(|n| if n.written.is_empty() { NONE } else { text.id(n.written) }).collect(),
    }
}

fn push(cond: &Cond, nodes: &mut Vec<Cond>, children: &mut Vec<u32>) -> u32 {
    let id = nodes.len() as u32;
    nodes.push(cond.clone());
    let own: Vec<u32> = cond.children.iter().map(|c| push(c, nodes, children)).collect();
    if !own.is_empty() {
        nodes[id as usize].first = children.len() as u32;
        children.extend(own);
        nodes[id as usize].second = children.len() as u32;
    }
    id
}

/// A chart of medications alone, all lists received. Records are separated by `;`, each a line of [`record`].
pub fn chart(records: &str) -> Chart {
    let mut chart = Chart::empty(moment(AS_OF));
    for receipt in [
        &mut chart.received.patient,
        &mut chart.received.medications,
        &mut chart.received.allergies,
        &mut chart.received.problems,
        &mut chart.received.labs,
    ] {
        *receipt = Receipt::Complete;
    }
    chart.allergy_status = AllergyStatus::NoneKnown;
    let lines = records.split(';').map(str::trim).filter(|l| !l.is_empty());
    chart.medications = lines.map(record).collect();
    chart
}

/// A moment or the first second of a day.
pub fn moment(text: &str) -> Moment {
    date(text).earliest
}

/// A date.
pub fn date(text: &str) -> Dated {
    Dated::parse(text).unwrap()
}

/// One record: `orders|drafts|takes CODE[,CODE] key=value ...`; keys as in the match below.
pub fn record(line: &str) -> Medication {
    let (standing, rest) = line.split_once(' ').unwrap_or((line, ""));
    let standing = match standing {
        "orders" => Standing::InHand,
        "drafts" => Standing::Draft,
        "takes" => Standing::Existing,
        other => panic!("unknown word `{other}`"),
    };
    let mut m = Medication {
        reference: "".into(),
        kind: RecordKind::Request,
        standing,
        status: if standing == Standing::Existing { Status::Active } else { Status::Draft },
        intent: Intent::Order,
        negated: false,
        drug: Drug::default(),
        setting: Setting::Unknown,
        authored: None,
        period: Default::default(),
        supply: None,
        replaces: Vec::new(),
        based_on: Vec::new(),
        reasons: Vec::new(),
        regimen: Default::default(),
    };
    let mut now = Instruction::default();
    let mut used = false;
    for word in rest.split_whitespace() {
        let Some((key, value)) = word.split_once('=') else {
            if word == "then" || word == "and" {
                m.regimen.instructions.push(std::mem::take(&mut now));
                continue;
            }
            m.drug.concept.codes = word.split(',').map(code).collect();
            continue;
        };
        used |= set_instruction(&mut now, key, value) || set_record(&mut m, key, value);
    }
    if used || !m.regimen.instructions.is_empty() {
        m.regimen.instructions.push(now);
        m.regimen.instructions.retain(|i| *i != Instruction::default());
    }
    m
}

/// A code: `1001` is RxNorm, `snomed|123`.
pub fn code(text: &str) -> Code {
    let (system, value) = text.split_once('|').unwrap_or(("rxnorm", text));
    Code::new(System::from_uri(system), value).unwrap()
}

fn spaced(text: &str) -> String {
    text.replace('_', " ")
}

fn set_instruction(i: &mut Instruction, key: &str, value: &str) -> bool {
    let exact = |s: &str| Exact::parse(s).unwrap();
    let seconds = |s: &str| Exact::whole(Span::parse(&spaced(s)).unwrap().0);
    let timing: &mut Timing = &mut i.timing;
    match key {
        "dose" => {
            let (low, high) = value.split_once("..").unwrap_or((value, value));
            let dose = |s: &str| Dose::parse(&spaced(s)).unwrap();
            i.given.push(Given::Dose { low: dose(low), high: dose(high) });
        }
        "blob" => i.given.push(Given::Unreadable { words: value.into() }),
        "times" => {
            let (low, high) = value.split_once("..").unwrap_or((value, value));
            timing.frequency = Some((exact(low), exact(high)));
            timing.period.get_or_insert((Exact::whole(86_400), Exact::whole(86_400)));
        }
        "per" => timing.period = Some((seconds(value), seconds(value))),
        "at" => {
            timing.clock = value.split(',').map(|t| caveat::clinical::apart::time_of_day(t).unwrap()).collect();
            timing.events_per_day = timing.clock.len() as u8;
        }
        "days" => timing.days_of_week = value.parse().unwrap(),
        "events" => timing.events_per_day = value.parse().unwrap(),
        "for" => timing.lasts = Span::parse(&spaced(value)),
        "count" => timing.count = Some((value.parse().unwrap(), value.parse().unwrap())),
        "starts" => timing.bounds.start = Some(date(value).earliest),
        "ends" => timing.bounds.end = Some(date(value).latest),
        "prn" => i.as_needed = true,
        "max" => i.max_per_period = Some((Dose::parse(&spaced(value)).unwrap(), Span::days(1))),
        "seq" => i.sequence = Some(value.parse().unwrap()),
        "route" => i.route = Concept { text: Some(value.into()), ..Concept::default() },
        _ => return false,
    }
    true
}

fn set_record(m: &mut Medication, key: &str, value: &str) -> bool {
    match key {
        "as" => {
            m.kind = match value {
                "request" => RecordKind::Request,
                "statement" => RecordKind::Statement,
                "dispense" => RecordKind::Dispense,
                "administration" => RecordKind::Administration,
                other => panic!("unknown kind `{other}`"),
            }
        }
        "status" => m.status = status(value),
        "on" => m.authored = Some(date(value)),
        "from" => m.period.start = Some(date(value).earliest),
        "until" => m.period.end = Some(date(value).latest),
        "supply" => m.supply = Span::parse(&spaced(value)),
        "ref" => m.reference = value.into(),
        "replaces" => m.replaces.push(value.into()),
        "based-on" => m.based_on.push(value.into()),
        "words" => m.drug.concept.text = Some(spaced(value).into()),
        "unresolved" => m.drug.unresolved = Some(value.into()),
        "plan" => m.intent = Intent::Plan,
        "negated" => m.negated = true,
        "reason" => m.reasons.push(Concept::of(code(value))),
        "setting" => {
            m.setting = match value {
                "inpatient" => Setting::Inpatient,
                "outpatient" => Setting::Outpatient,
                _ => Setting::Home,
            }
        }
        "part" => {
            let (c, strength) = value.split_once(':').unwrap_or((value, ""));
            m.drug
                .ingredients
                .push(DrugPart { concept: Concept::of(code(c)), strength: Strength::parse(&spaced(strength)) });
        }
        other => panic!("unknown key `{other}`"),
    }
    false
}

fn status(word: &str) -> Status {
    match word {
        "draft" => Status::Draft,
        "active" => Status::Active,
        "on-hold" => Status::OnHold,
        "completed" => Status::Completed,
        "stopped" => Status::Stopped,
        "cancelled" => Status::Cancelled,
        "entered-in-error" => Status::EnteredInError,
        "not-taken" => Status::NotTaken,
        "planned" => Status::Planned,
        _ => Status::Unknown,
    }
}

/// A confirmed, active allergy to a SNOMED CT code; without one when it is empty.
pub fn allergy(snomed: &str) -> Allergy {
    Allergy {
        reference: "".into(),
        in_hand: false,
        substance: if snomed.is_empty() { Concept::default() } else { Concept::of(code(&format!("snomed|{snomed}"))) },
        kind: None,
        reactions: Vec::new(),
        criticality: None,
        clinical: ClinicalStatus::Active,
        verification: Verification::Confirmed,
        onset: None,
        last: None,
        categories: Vec::new(),
    }
}

/// Tables that every pack has a row in for each of its ingredients, classes and allergens, though no rule speaks.
fn without_rules(raw: &mut RawPack) {
    let (ingredients, classes, allergens) =
        (raw.ingredients.names.len(), raw.classes.names.len(), raw.allergens.names.len());
    let rows = |n: usize| (0..n).map(|_| Vec::new()).collect::<ListTable<u32>>();
    raw.meetings.ingredients = ingredients as u32;
    raw.meetings.bits = Column::new(vec![0; ingredients * ingredients.div_ceil(64)]);
    raw.meetings.starts = Column::new(vec![0; ingredients + 1]);
    raw.combinations.by_ingredient = rows(ingredients);
    raw.combinations.slot_starts = Column::new(vec![0]);
    raw.allergies.by_ingredient = rows(ingredients);
    raw.allergies.by_class = rows(classes);
    raw.allergies.by_allergen = rows(allergens);
    raw.allergies.same_ingredient = u32::MAX;
    raw.doses.by_ingredient = rows(ingredients);
    raw.doses.band_starts = Column::new(vec![0]);
    raw.doses.limit_starts = Column::new(vec![0]);
    raw.doses.equivalent_starts = Column::new(vec![0]);
    raw.duplicates.by_ingredient = rows(ingredients);
    raw.duplicates.same_ingredient = u32::MAX;
    raw.contraindications = rows(ingredients);
    raw.rules.modifier_starts = Column::new(vec![0]);
}
