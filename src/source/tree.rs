//! The tree of a rules folder: values as written, each with the span it was read from. Names are not resolved here.

use crate::clinical::exact::Exact;
use crate::clinical::form::Form;
use crate::clinical::route::RouteSet;
use crate::clinical::severity::{Audience, Evidence, Loudness, Management, Question, Seriousness, Severity};
use crate::diagnostic::report::Span;
use crate::source::alias::Alias;
use crate::source::tree_case::{Case, Vignette};
use crate::source::tree_condition::Condition;
use crate::source::tree_sum::SumOf;
/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// A name as written.
pub type Name = Written<String>;

/// A code as written: the system's URI or short name, and the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenCode {
    /// `rxnorm`, `snomed` ..., or a URI.
    pub system: String,
    /// The value.
    pub value: Name,
}

/// A whole rules folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// `[[ingredient]]`
    pub ingredients: Vec<Ingredient>,
    /// Rows of product tables.
    pub products: Vec<Product>,
    /// Codes that mean what another code means.
    pub aliases: Vec<Alias>,
    /// `[[excluded]]`
    pub excluded: Vec<Excluded>,
    /// `[[class]]`
    pub classes: Vec<Class>,
    /// `[[problem]]`
    pub problems: Vec<Problem>,
    /// `[[lab]]`
    pub labs: Vec<Lab>,
    /// `[[reaction]]`
    pub reactions: Vec<Reaction>,
    /// `[[allergen]]`
    pub allergens: Vec<Allergen>,
    /// `[[negation]]`
    pub negations: Vec<Negation>,
    /// `[[effect]]`
    pub effects: Vec<Effect>,
    /// Rules of every kind, in file order.
    pub rules: Vec<Rule>,
    /// `[[vignette]]`
    pub vignettes: Vec<Vignette>,
    /// `[policy]`, each one found (more than one is an error).
    pub policies: Vec<Policy>,
    /// Names and ids of things that were read only in part, since something in them is wrong: the mistake is reported,
    /// and what they lack is not to be judged (a name found here is not unknown, a list found empty is not empty).
    pub broken: Vec<Name>,
}

/// `[[ingredient]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingredient {
    /// Its name.
    pub name: Name,
    /// Codes of the substance as a drug.
    pub codes: Vec<WrittenCode>,
    /// Codes that mean an allergy to it.
    pub allergy_codes: Vec<WrittenCode>,
    /// Salts.
    pub salts: Vec<Salt>,
    /// Brands: (name, code).
    pub brands: Vec<(Name, WrittenCode)>,
}

/// A salt of an ingredient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salt {
    /// Its name.
    pub name: Name,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// Mass of base per mass of salt.
    pub base_fraction: Option<Written<Exact>>,
}

/// A row of a product table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its code.
    pub code: WrittenCode,
    /// Its name.
    pub name: Name,
    /// Its form.
    pub form: Option<Form>,
    /// Its routes.
    pub routes: RouteSet,
    /// What it is made of.
    pub parts: Vec<ProductPart>,
    /// Excipients, by allergen name.
    pub excipients: Vec<Name>,
    /// The whole row.
    pub span: Span,
}

/// A part of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPart {
    /// The ingredient.
    pub ingredient: Name,
    /// The salt the strength is in.
    pub salt: Option<Name>,
    /// The strength.
    pub strength: Option<crate::clinical::quantity::Strength>,
}

/// `[[excluded]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// What it is.
    pub name: Name,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// Why it is no drug.
    pub reason: Name,
}

/// `[[class]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// What to call it on a card.
    pub title: Name,
    /// Ingredients in it.
    pub ingredients: Vec<Name>,
    /// Classes in it.
    pub classes: Vec<Name>,
    /// Ingredients or classes taken out.
    pub except: Vec<Name>,
    /// Codes that mean the class, as a drug group or an allergen substance.
    pub codes: Vec<WrittenCode>,
    /// Codes that mean an allergy to it.
    pub allergy_codes: Vec<WrittenCode>,
    /// Where the membership comes from.
    pub source: Option<Name>,
}

/// `[[problem]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its name.
    pub name: Name,
    /// What to call it.
    pub title: Name,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// Narrower problems.
    pub problems: Vec<Name>,
}

/// `[[lab]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    /// Its name.
    pub name: Name,
    /// What to call it.
    pub title: Name,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// The unit of the rules.
    pub unit: Name,
    /// Other units: (spelling, rules' unit = value times this).
    pub convert: Vec<(Name, Written<Exact>)>,
}

/// `[[reaction]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Its name.
    pub name: Name,
    /// What to call it.
    pub title: Name,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// Whole texts that mean it.
    pub words: Vec<Name>,
    /// A severe delayed reaction.
    pub severe_delayed: bool,
}

/// `[[allergen]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allergen {
    /// Its name.
    pub name: Name,
    /// What to call it.
    pub title: Name,
    /// What it is.
    pub kind: Written<AllergenKind>,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
    /// For `unspecified`: the class it stands for.
    pub class: Option<Name>,
    /// An ingredient it means.
    pub means: Option<Name>,
}

/// What an allergen is that is neither an ingredient nor a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AllergenKind {
    /// An excipient or material.
    Excipient,
    /// Known, and borne by no drug.
    Environment,
    /// Names no substance.
    Generic,
    /// A family whose member is not named.
    Unspecified,
}

/// `[[negation]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negation {
    /// 0 no known allergy, 1 no known drug allergy, 2 no known allergy of another kind.
    pub means: Written<u8>,
    /// Its codes.
    pub codes: Vec<WrittenCode>,
}

/// `[[effect]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Its name.
    pub name: Name,
    /// What to call it.
    pub title: Name,
}

/// `[policy]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Name of the pack.
    pub name: Name,
    /// Version of the pack.
    pub version: Name,
    /// Title of the pack.
    pub title: Name,
    /// Default for `override-days`.
    pub override_days: Written<u16>,
    /// Who is to be named.
    pub attribution: Vec<Name>,
    /// Question -> severities that interrupt.
    pub interrupts: Vec<(Question, Vec<Severity>)>,
    /// Whether a PRN's worst case may interrupt.
    pub prn_worst_case: Loudness,
    /// Where.
    pub span: Span,
}

/// A rule of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its identity.
    pub id: Name,
    /// Its version.
    pub version: Written<u32>,
    /// Its title.
    pub title: Name,
    /// What it says when no modifier holds.
    pub outcome: Outcome,
    /// For whom.
    pub audience: Audience,
    /// Where it speaks; empty: everywhere. `Setting as u8`.
    pub settings: Vec<Written<u8>>,
    /// How long an override may quiet it.
    pub override_days: Option<Written<u16>>,
    /// Whether no override ever may.
    pub never_silence: bool,
    /// The effect that adds up.
    pub effect: Option<Name>,
    /// How.
    pub mechanism: Option<Name>,
    /// How often patients are exposed.
    pub exposure_frequency: Option<Name>,
    /// How often harm follows.
    pub harm_frequency: Option<Name>,
    /// Who wrote it.
    pub author: Option<Name>,
    /// When it is to be read again, `YYYY-MM-DD`.
    pub review: Option<Name>,
    /// More general rules it stands in for.
    pub replaces: Vec<Name>,
    /// Its gate.
    pub when: Option<Condition>,
    /// When the gate's datum is missing.
    pub missing: Option<Written<Missing>>,
    /// What kind, and its own fields.
    pub body: Body,
    /// Modifiers in written order.
    pub modifiers: Vec<Modifier>,
    /// Cases.
    pub cases: Vec<Case>,
    /// The header `[[kind]]`.
    pub span: Span,
}

/// What a rule or modifier says; `None` where it says nothing (a modifier inherits).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// No finding at all.
    pub silent: bool,
    /// How bad.
    pub severity: Option<Written<Severity>>,
    /// Seriousness.
    pub serious: Option<Written<Seriousness>>,
    /// What to do, in one word.
    pub management: Option<Written<Management>>,
    /// How loud, where not by policy.
    pub loudness: Option<Written<Loudness>>,
    /// How sure.
    pub evidence: Option<Written<Evidence>>,
    /// Who says so.
    pub sources: Vec<Name>,
    /// The risk in a few words.
    pub risk: Option<Name>,
    /// The action in a few words.
    pub advice: Option<Name>,
    /// What may happen.
    pub consequence: Option<Name>,
    /// What to do, in order.
    pub actions: Vec<Name>,
    /// The same when the object is being ordered.
    pub actions_object: Vec<Name>,
    /// The same when the precipitant is being ordered.
    pub actions_precipitant: Vec<Name>,
}

/// When a datum is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Missing {
    /// The louder answer, with a gap.
    Worst,
    /// Does not act, with a gap.
    Ask,
    /// Does not act, silently.
    Ignore,
}

/// The fields of each kind of rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Two participants.
    Pair {
        /// The object, or the first of a mutual pair.
        object: DrugSet,
        /// The precipitant, or the second.
        precipitant: DrugSet,
        /// Neither is object.
        mutual: bool,
        /// Onset, offset and object's offset, in seconds.
        onset: Option<Written<i64>>,
        /// See above.
        offset: Option<Written<i64>>,
        /// See above.
        object_offset: Option<Written<i64>>,
    },
    /// Three or more slots, or any n of one.
    Combination {
        /// The slots.
        slots: Vec<Slot>,
        /// Offset in seconds.
        offset: Option<Written<i64>>,
    },
    /// Allergy.
    Allergy {
        /// Speaks for every ingredient.
        same_ingredient: bool,
        /// What is recorded.
        allergen: Option<AllergenSet>,
        /// What is ordered.
        drug: Option<DrugSet>,
        /// Tier number, 0 same ingredient to 5 excipient.
        tier: Written<u8>,
    },
    /// Dose.
    Dose {
        /// Whose.
        drug: DrugSet,
        /// The salt limits are in.
        basis: Option<Name>,
        /// Bands in order.
        bands: Vec<Band>,
        /// Instead of one drug: what several add up to, each by its factor.
        equivalents: Option<SumOf>,
        /// Limits for each kilogram are by the ideal weight.
        by_ideal: bool,
    },
    /// Duplicate.
    Duplicate {
        /// Speaks for every ingredient.
        same_ingredient: bool,
        /// Of what.
        of: Option<DrugSet>,
        /// How many are allowed.
        allowed: Written<u8>,
    },
    /// Contraindication.
    Contraindication {
        /// Whose. The gate is the rule's `when`.
        drug: DrugSet,
    },
}

/// A slot of a combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// 0 object, 1 precipitant, 2 mutual.
    pub role: u8,
    /// Which drugs.
    pub drugs: DrugSet,
    /// How many of them.
    pub count: Written<u8>,
}

/// What an allergy rule reads on the side of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllergenSet {
    /// Ingredients and classes.
    Drugs(DrugSet),
    /// An `[[allergen]]` by name.
    Allergen(Name),
}

/// A set of drugs as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrugSet {
    /// Ingredients.
    pub ingredients: Vec<Name>,
    /// Classes.
    pub classes: Vec<Name>,
    /// Ingredients or classes taken out.
    pub except: Vec<Name>,
    /// Limited to these routes.
    pub routes: RouteSet,
    /// Not these routes.
    pub except_routes: RouteSet,
    /// Limited to these forms.
    pub forms: Vec<Form>,
    /// Where.
    pub span: Span,
}

/// A modifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modifier {
    /// When it holds.
    pub when: Condition,
    /// When its datum is missing.
    pub missing: Option<Written<Missing>>,
    /// What drove it, in words.
    pub because: Option<Name>,
    /// What it changes.
    pub outcome: Outcome,
    /// Its header.
    pub span: Span,
}

/// A dose band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its name.
    pub name: Name,
    /// Whom it is for; `None`: everybody left.
    pub when: Option<Condition>,
    /// When its datum is missing.
    pub missing: Option<Written<Missing>>,
    /// Its limits.
    pub limits: Vec<Limit>,
    /// Its header.
    pub span: Span,
}

/// A dose limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `LimitKind as u8`, in the order of the handbook: single-max 0, daily-max 1, daily-min 2, course-max 3,
    /// frequency-max 4, interval-min 5, duration-max 6, weekly-max 7, rate-max 8, single-min 9.
    pub kind: u8,
    /// Absolute, not usual.
    pub absolute: bool,
    /// The bound.
    pub value: Written<LimitValue>,
    /// What it says when broken; inherits from the rule.
    pub outcome: Outcome,
}

/// A bound of a dose limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitValue {
    /// A dose.
    Dose(crate::clinical::quantity::Dose),
    /// Times a day.
    PerDay(Exact),
    /// Seconds.
    Seconds(i64),
}

impl<T> Written<T> {
    /// A value and its span.
    pub fn new(value: T, span: Span) -> Written<T> {
        Written { value, span }
    }
}
