//! The tables of a pack as they lie in the file: columns only, no pointers, every list a range into a flat column.
//!
//! A `starts` column of n + 1 entries cuts its list column into n rows: row r is `list[starts[r]..starts[r + 1]]`.
//! Nothing here is trusted until `verify` has read it.

use crate::pack::column::Column;
use crate::pack::rule_tables::{ConditionTable, ModifierTable, OutcomeTable, RuleTable};
use serde::{Deserialize, Serialize};
/// Everything a pack file holds, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawPack {
    /// Who it is.
    pub about: About,
    /// All words.
    pub text: TextTable,
    /// Codes of drugs: RxNorm, NDC, SNOMED CT products and substances ... -> [`DrugTarget`] packed.
    pub drug_codes: CodeTable,
    /// Codes of allergens -> [`AllergenTarget`] packed.
    pub allergen_codes: CodeTable,
    /// Codes of problems -> row of `problem_sets`.
    pub problem_codes: CodeTable,
    /// Codes of laboratory values -> lab id.
    pub lab_codes: CodeTable,
    /// Codes of manifestations -> reaction id.
    pub reaction_codes: CodeTable,
    /// Interned lists of problem ids (a code's own problem and every wider one), cut by starts.
    pub problem_sets: ListTable<u16>,
    /// Ingredients.
    pub ingredients: IngredientTable,
    /// Products.
    pub products: ProductTable,
    /// Classes, closed downward.
    pub classes: ClassTable,
    /// Problems: title text ids and flags.
    pub problems: NamedTable,
    /// Laboratory values.
    pub labs: LabTable,
    /// Manifestations; `flags` bit 0: severe delayed reaction.
    pub reactions: NamedTable,
    /// Other allergens; `flags`: 0 excipient, 1 environment, 2 generic, 3 unspecified (`class_of` says which class).
    pub allergens: NamedTable,
    /// For each allergen, the class an unspecified one stands for (`NONE16` otherwise).
    pub allergen_classes: Column<u16>,
    /// Effects that add up.
    pub effects: NamedTable,
    /// Sets of drugs used by rule slots and conditions.
    pub drug_sets: DrugSetTable,
    /// Conditions as nodes.
    pub conditions: ConditionTable,
    /// Outcomes.
    pub outcomes: OutcomeTable,
    /// Modifiers, cut by `rules.modifier_starts`.
    pub modifiers: ModifierTable,
    /// Rules of every kind.
    pub rules: RuleTable,
    /// Which two ingredients meet in which rules.
    pub meetings: MeetingColumns,
    /// Rules with three or more participants, or "any n of".
    pub combinations: CombinationTable,
    /// Allergy rules, by allergen.
    pub allergies: AllergyTable,
    /// Dose rules, by ingredient.
    pub doses: DoseTable,
    /// Duplicate rules.
    pub duplicates: DuplicateTable,
    /// Contraindications: for each ingredient, its rules.
    pub contraindications: ListTable<u32>,
    /// The policy.
    pub policy: PolicyTable,
    /// The cases, as MessagePack of `Vec<Case>`; read only when they are run.
    pub cases: Column<u8>,
}

/// Who a pack is. No time of making: equal input gives equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Name from the policy file.
    pub name: String,
    /// Version from the policy file.
    pub version: String,
    /// Title for people.
    pub title: String,
    /// The release of the compiler that made it.
    pub compiler: String,
    /// Who is to be named.
    pub attribution: Vec<String>,
    /// The earliest review date of any rule, `YYYY-MM-DD`; empty when there is none.
    pub review_by: String,
}

/// Text: UTF-8 bytes cut by starts. Text id n is `bytes[starts[n]..starts[n + 1]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextTable {
    /// All text, end to end, valid UTF-8.
    pub bytes: Column<u8>,
    /// n + 1 offsets, ascending, on character boundaries.
    pub starts: Column<u32>,
}

/// Rows of lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: bytemuck::Pod", deserialize = "T: bytemuck::Pod"))]
pub struct ListTable<T> {
    /// n + 1 offsets.
    pub starts: Column<u32>,
    /// The lists, end to end.
    pub items: Column<T>,
}

impl<T> Default for ListTable<T> {
    fn default() -> ListTable<T> {
        ListTable { starts: Column::default(), items: Column::default() }
    }
}

impl<T> ListTable<T> {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// One row; empty when out of range.
    pub fn row(&self, n: usize) -> &[T] {
        match (self.starts.get(n), self.starts.get(n + 1)) {
            (Some(from), Some(to)) => self.items.get(*from as usize..*to as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

impl<T> FromIterator<Vec<T>> for ListTable<T> {
    fn from_iter<I: IntoIterator<Item = Vec<T>>>(rows: I) -> ListTable<T> {
        let (mut starts, mut items) = (vec![0u32], Vec::new());
        for row in rows {
            items.extend(row);
            starts.push(items.len() as u32);
        }
        ListTable { starts: Column::new(starts), items: Column::new(items) }
    }
}

/// Codes to targets. Known systems (by `System::ordinal`, 0 to 6) as packed keys, sorted by (system, key); other
/// systems as text ids of uri and value, sorted by (uri, value).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTable {
    /// System ordinal of each packed key.
    pub systems: Column<u8>,
    /// `Code::packed`.
    pub keys: Column<u64>,
    /// What each means.
    pub targets: Column<u32>,
    /// Other systems: text id of the URI.
    pub other_systems: Column<u32>,
    /// Other systems: text id of the value.
    pub other_values: Column<u32>,
    /// Other systems: what each means.
    pub other_targets: Column<u32>,
}

/// What a drug code means, packed in 32 bits as `kind << 28 | id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DrugTarget {
    /// An ingredient (IN, PIN, UNII, substance, brand of one ingredient); no strength known. The salt, if it is one, is
    /// a product without strength instead.
    Ingredient(u16),
    /// A product.
    Product(u32),
    /// No drug (saline, dressings): text id of the reason.
    Excluded(u32),
}

impl DrugTarget {
    /// Packs.
    pub fn pack(self) -> u32 {
        match self {
            DrugTarget::Ingredient(n) => u32::from(n),
            DrugTarget::Product(n) => 1 << 28 | n,
            DrugTarget::Excluded(n) => 2 << 28 | n,
        }
    }

    /// Unpacks; `None` for a kind that does not exist.
    pub fn unpack(word: u32) -> Option<DrugTarget> {
        let id = word & 0x0fff_ffff;
        match word >> 28 {
            0 => u16::try_from(id).ok().map(DrugTarget::Ingredient),
            1 => Some(DrugTarget::Product(id)),
            2 => Some(DrugTarget::Excluded(id)),
            _ => None,
        }
    }
}

/// What an allergen code means, packed in 32 bits as `kind << 28 | id`. A code that is no allergen code is looked up
/// among the drug codes too (an allergy to a product is one to each of its ingredients).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllergenTarget {
    /// An ingredient.
    Ingredient(u16),
    /// A class.
    Class(u16),
    /// Another allergen.
    Other(u16),
    /// Absence: 0 no known allergy, 1 no known drug allergy, 2 no known allergy of another kind.
    Negation(u8),
}

impl AllergenTarget {
    /// Packs.
    pub fn pack(self) -> u32 {
        match self {
            AllergenTarget::Ingredient(n) => u32::from(n),
            AllergenTarget::Class(n) => 1 << 28 | u32::from(n),
            AllergenTarget::Other(n) => 2 << 28 | u32::from(n),
            AllergenTarget::Negation(n) => 3 << 28 | u32::from(n),
        }
    }

    /// Unpacks; `None` for a kind that does not exist.
    pub fn unpack(word: u32) -> Option<AllergenTarget> {
        let id = u16::try_from(word & 0x0fff_ffff).ok()?;
        match word >> 28 {
            0 => Some(AllergenTarget::Ingredient(id)),
            1 => Some(AllergenTarget::Class(id)),
            2 => Some(AllergenTarget::Other(id)),
            3 => u8::try_from(id).ok().filter(|n| *n < 3).map(AllergenTarget::Negation),
            _ => None,
        }
    }
}

/// Ingredients, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngredientTable {
    /// Text id of the name.
    pub names: Column<u32>,
    /// RxCUI, 0 when it has none.
    pub rxcuis: Column<u32>,
    /// For each ingredient, the ids of every class it belongs to, ascending.
    pub classes: ListTable<u16>,
    /// Salts (precise ingredients): text id of the name, and the base's fraction of the salt's mass (0/1 unknown).
    pub salt_names: Column<u32>,
    /// The ingredient each salt belongs to.
    pub salt_ingredients: Column<u16>,
    /// Numerator of the base's fraction.
    pub salt_fraction_numerators: Column<i64>,
    /// Denominator of the base's fraction.
    pub salt_fraction_denominators: Column<i64>,
}

/// Products, sorted by (system, code) of their first code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductTable {
    /// Text id of the name.
    pub names: Column<u32>,
    /// `clinical::form::Form as u8`, or 255 when unknown.
    pub forms: Column<u8>,
    /// `RouteSet` bits; 0 unknown.
    pub routes: Column<u32>,
    /// n + 1 offsets into the part columns.
    pub part_starts: Column<u32>,
    /// Ingredient of each part.
    pub part_ingredients: Column<u16>,
    /// Salt id of each part (`NONE16`: as the ingredient, or not said).
    pub part_salts: Column<u16>,
    /// Strength amount: dimension (0 mass ng, 1 volume uL, 2 activity, 3 mEq, 4 mmol, 5 count; 255 no strength).
    pub amount_dimensions: Column<u8>,
    /// Strength amount numerator, in base units.
    pub amount_numerators: Column<i64>,
    /// Strength amount denominator.
    pub amount_denominators: Column<i64>,
    /// What it is per: dimension as above, 6 = hour; when 5 (count), `per_things` says of what.
    pub per_dimensions: Column<u8>,
    /// `Thing as u8` where the per is a count, else 0.
    pub per_things: Column<u8>,
    /// Numerator of the per amount.
    pub per_numerators: Column<i64>,
    /// Denominator of the per amount.
    pub per_denominators: Column<i64>,
    /// Excipients a product is known to hold (allergen ids), by product.
    pub excipients: ListTable<u16>,
}

/// Classes, sorted by name, closed: `members` holds every ingredient, direct or through sub-classes, less the exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTable {
    /// Text id of the name.
    pub names: Column<u32>,
    /// Text id of the title.
    pub titles: Column<u32>,
    /// Ingredient ids, ascending.
    pub members: ListTable<u16>,
}

/// Named things with a title and a flag byte, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedTable {
    /// Text id of the name.
    pub names: Column<u32>,
    /// Text id of the title.
    pub titles: Column<u32>,
    /// Flags; meaning by table.
    pub flags: Column<u8>,
    /// Exact words (lower case) that mean it, text ids (reactions only).
    pub words: ListTable<u32>,
}

/// Laboratory values, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabTable {
    /// Text id of the name.
    pub names: Column<u32>,
    /// Text id of the title.
    pub titles: Column<u32>,
    /// n + 1 offsets into the unit columns; the first unit of each row is the rules' own, with factor 1.
    pub unit_starts: Column<u32>,
    /// Text id of a unit's spelling.
    pub units: Column<u32>,
    /// Rules' unit = sent value times this.
    pub factor_numerators: Column<i64>,
    /// Denominator of the factor.
    pub factor_denominators: Column<i64>,
}

/// Sets of drugs with route and form filters, interned. An ingredient belongs when its bit is set in the row of `bits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrugSetTable {
    /// For each set, its ingredient ids, ascending.
    pub members: ListTable<u16>,
    /// Text id of what to call it on a card (class title or ingredient name).
    pub titles: Column<u32>,
    /// Routes it is limited to (0: any). Unknown routes count as systemic.
    pub routes: Column<u32>,
    /// Routes it excludes (0: none).
    pub except_routes: Column<u32>,
    /// Forms it is limited to, as bits of `Form as u8` (0: any).
    pub forms: Column<u64>,
}

/// For every ingredient, whom it meets: bit rows of the whole symmetric matrix, and the rule sets in row order.
///
/// Row r has `words_per_row` words; bit c of it is set when r and c meet. The rule sets of row r stand in
/// `rule_sets[starts[r]..starts[r + 1]]`, one for each set bit, ascending by column. Symmetry is proved by `verify`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingColumns {
    /// Number of rows and columns: the number of ingredients.
    pub ingredients: u32,
    /// Rows of bits, end to end; each row is `ingredients.div_ceil(64)` words.
    pub bits: Column<u64>,
    /// For each row, where its rule sets start; n + 1.
    pub starts: Column<u32>,
    /// Rule set of each set bit.
    pub rule_sets: Column<u32>,
    /// The rules of each rule set, ascending: rule id << 2 | 1 when row side may be the object | 2 when the column side may.
    pub sets: ListTable<u32>,
}

/// Rules with three or more participants, or "any n of".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinationTable {
    /// Rule of each combination, ascending.
    pub rules: Column<u32>,
    /// n + 1 offsets into the slot columns.
    pub slot_starts: Column<u32>,
    /// Drug set of each slot.
    pub slot_sets: Column<u32>,
    /// How many distinct exposures must fill it.
    pub slot_counts: Column<u8>,
    /// Role: 0 object, 1 precipitant, 2 mutual.
    pub slot_roles: Column<u8>,
    /// For each ingredient, the combinations (row numbers) in some slot of which it stands, ascending.
    pub by_ingredient: ListTable<u32>,
}

/// Allergy rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllergyTable {
    /// The rule for the same ingredient, `NONE` when the pack has none.
    pub same_ingredient: u32,
    /// By allergen ingredient: (ordered ingredient << 16 | ...) see `pairs`. Row = ingredient id of the allergen.
    pub by_ingredient: ListTable<u32>,
    /// Row = class id recorded as the allergen: rows of `crossings`.
    pub by_class: ListTable<u32>,
    /// Row = other allergen id: rows of `crossings`.
    pub by_allergen: ListTable<u32>,
    /// A crossing: the ingredient that reacts (`NONE16` for an excipient rule: any product holding the allergen).
    pub crossing_ingredients: Column<u16>,
    /// The rule.
    pub crossing_rules: Column<u32>,
    /// Tier of each rule id that is an allergy rule: 0 same ingredient, 1 identical side chain, 2 similar, 3 class,
    /// 4 theoretical, 5 excipient; 255 otherwise. One per rule.
    pub tiers: Column<u8>,
    /// Rows of reaction ids, for conditions.
    pub reaction_sets: ListTable<u16>,
}

/// Dose rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoseTable {
    /// For each ingredient, the dose rules (rows of `rules`) that speak of it.
    pub by_ingredient: ListTable<u32>,
    /// The rule of each dose rule.
    pub rules: Column<u32>,
    /// Drug set of each: members, routes and forms.
    pub sets: Column<u32>,
    /// Salt the limits are in; `NONE16`: as labelled.
    pub salts: Column<u16>,
    /// Which weight the limits for each kilogram are by: 0 the one that counts, 1 the ideal one where it is less.
    pub weights: Column<u8>,
    /// n + 1 offsets into the band columns.
    pub band_starts: Column<u32>,
    /// Text id of each band's name.
    pub band_names: Column<u32>,
    /// Condition of each band; `NONE`: everybody left.
    pub band_conditions: Column<u32>,
    /// When its datum is missing: 0 worst, 1 ask, 2 ignore.
    pub band_missing: Column<u8>,
    /// n + 1 offsets (over bands) into the limit columns.
    pub limit_starts: Column<u32>,
    /// `LimitKind as u8`.
    pub limit_kinds: Column<u8>,
    /// 0 usual, 1 absolute.
    pub limit_strictness: Column<u8>,
    /// Dimension as in products (0 to 5); 7 times a day; 8 seconds.
    pub limit_dimensions: Column<u8>,
    /// `PerBody as u8`.
    pub limit_per_body: Column<u8>,
    /// `Thing as u8` for counts.
    pub limit_things: Column<u8>,
    /// The limit in base units: numerator.
    pub limit_numerators: Column<i64>,
    /// Denominator.
    pub limit_denominators: Column<i64>,
    /// Outcome when it is broken.
    pub limit_outcomes: Column<u32>,
    /// n + 1 offsets of each dose rule into the equivalents; none: it speaks of one drug.
    pub equivalent_starts: Column<u32>,
    /// Text id of what they add up to (`NONE`).
    pub equivalent_words: Column<u32>,
    /// Drug set of each: by which route.
    pub equivalent_sets: Column<u32>,
    /// What a mass of it counts, of the equivalent: numerator.
    pub equivalent_numerators: Column<i64>,
    /// Denominator.
    pub equivalent_denominators: Column<i64>,
}

/// What a dose limit bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LimitKind {
    /// One giving, at most.
    SingleMax,
    /// A day, at most, over every exposure to the ingredient.
    DailyMax,
    /// A day, at least, to be of use.
    DailyMin,
    /// A whole course, at most.
    CourseMax,
    /// Givings a day, at most.
    FrequencyMax,
    /// Time between givings, at least.
    IntervalMin,
    /// Length of the course, at most.
    DurationMax,
    /// Any seven days, at most.
    WeeklyMax,
    /// Per hour, at most, for infusions.
    RateMax,
    /// One giving, at least, to be of use.
    SingleMin,
}

/// Duplicate rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateTable {
    /// The rule for the same ingredient, `NONE` when the pack has none.
    pub same_ingredient: u32,
    /// Rule of each class duplicate.
    pub rules: Column<u32>,
    /// Drug set of each.
    pub sets: Column<u32>,
    /// How many at once are allowed.
    pub allowed: Column<u8>,
    /// For each ingredient, the rows it stands in.
    pub by_ingredient: ListTable<u32>,
}

/// The policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyTable {
    /// `question * 4 + severity` -> 0 passive, 1 interruptive; 20 entries.
    pub loudness: Column<u8>,
    /// Whether a PRN's worst case may interrupt (0 no).
    pub prn_worst_case: u8,
}
