//! Dose rules lowered: bands in order, limits with their outcomes.

use crate::clinical::exact::Exact;
use crate::compile::conditions;
use crate::compile::lower::Lowering;
use crate::compile::lower_questions::by_ingredient;
use crate::compile::lower_rules::{base, missing};
use crate::compile::lower_terms::measure;
use crate::compile::outcomes::{self, OutcomeRow};
use crate::pack::column::Column;
use crate::pack::ids::{NONE, NONE16};
use crate::pack::tables::{DoseTable, RawPack};
use crate::source::tree::{Band, Body, Limit, LimitValue};
use crate::source::tree_sum::SumOf;

/// A limit as the engine reads it.
struct LimitRow {
    kind: u8,
    strictness: u8,
    dimension: u8,
    per_body: u8,
    thing: u8,
    value: Exact,
    outcome: u32,
}

/// Bands and limits in the making.
#[derive(Default)]
struct Bands {
    names: Vec<u32>,
    conditions: Vec<u32>,
    missing: Vec<u8>,
    limit_starts: Vec<u32>,
    limits: Vec<LimitRow>,
}

/// Lowers every dose rule.
pub fn lower(lowering: &mut Lowering<'_>, pack: &mut RawPack) {
    let (mut rules, mut sets, mut salts, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut band_starts = vec![0u32];
    let mut rows = Bands { limit_starts: vec![0], ..Bands::default() };
    let mut sums = Sums { starts: vec![0], ..Sums::default() };
    for (rule, written) in lowering.names.rules.rows.iter().enumerate() {
        let Body::Dose { drug, basis, bands, equivalents, by_ideal } = &written.body else { continue };
        weights.push(u8::from(*by_ideal));
        rules.push(rule as u32);
        sets.push(lowering.set(drug));
        salts.push(basis.as_ref().and_then(|b| lowering.names.salt(&b.value)).unwrap_or(NONE16));
        let base = base(lowering, written);
        bands.iter().for_each(|band| rows.push(lowering, &base, band));
        band_starts.push(rows.names.len() as u32);
        sums.push(lowering, equivalents.as_ref());
    }
    let limits = &rows.limits;
    let bytes = |pick: fn(&LimitRow) -> u8| limits.iter().map(pick).collect::<Column<u8>>();
    pack.doses = DoseTable {
        by_ingredient: by_ingredient(lowering, &sets),
        rules: Column::new(rules),
        sets: Column::new(sets),
        salts: Column::new(salts),
        weights: Column::new(weights),
        band_starts: Column::new(band_starts),
        limit_kinds: bytes(|l| l.kind),
        limit_strictness: bytes(|l| l.strictness),
        limit_dimensions: bytes(|l| l.dimension),
        limit_per_body: bytes(|l| l.per_body),
        limit_things: bytes(|l| l.thing),
        limit_numerators: limits.iter().map(|l| l.value.numerator()).collect(),
        limit_denominators: limits.iter().map(|l| l.value.denominator()).collect(),
        limit_outcomes: limits.iter().map(|l| l.outcome).collect(),
        band_names: Column::new(rows.names),
        band_conditions: Column::new(rows.conditions),
        band_missing: Column::new(rows.missing),
        limit_starts: Column::new(rows.limit_starts),
        equivalent_starts: Column::new(sums.starts),
        equivalent_words: Column::new(sums.words),
        equivalent_numerators: sums.factors.iter().map(|f| f.numerator()).collect(),
        equivalent_denominators: sums.factors.iter().map(|f| f.denominator()).collect(),
        equivalent_sets: Column::new(sums.sets),
    };
}

/// Equivalents in the making.
#[derive(Default)]
struct Sums {
    starts: Vec<u32>,
    words: Vec<u32>,
    sets: Vec<u32>,
    factors: Vec<Exact>,
}

impl Sums {
    fn push(&mut self, lowering: &mut Lowering<'_>, several: Option<&SumOf>) {
        self.words.push(several.map_or(NONE, |s| lowering.text.id(&s.of.value)));
        for one in several.iter().flat_map(|s| &s.each) {
            self.sets.push(lowering.set(&one.drugs));
            // A milligram for each microgram an hour is so many for each milligram of a day: a thousand in 24 hours.
            let times = if one.hourly { Exact::ratio(1_000, 24).unwrap_or(Exact::ONE) } else { Exact::ONE };
            self.factors.push(one.factor.value.checked_mul(times).unwrap_or(one.factor.value));
        }
        self.starts.push(self.sets.len() as u32);
    }
}

impl Bands {
    fn push(&mut self, lowering: &mut Lowering<'_>, base: &OutcomeRow, band: &Band) {
        self.names.push(lowering.text.id(&band.name.value));
        self.conditions.push(conditions::lower_optional(lowering, band.when.as_ref()));
        self.missing.push(missing(band.missing.as_ref()));
        for limit in &band.limits {
            let outcome = outcomes::over(base, &limit.outcome, &mut lowering.text);
            let outcome = lowering.outcomes.id(outcome);
            self.limits.push(row(limit, outcome));
        }
        self.limit_starts.push(self.limits.len() as u32);
    }
}

fn row(limit: &Limit, outcome: u32) -> LimitRow {
    let (dimension, value, thing, per_body) = match limit.value.value {
        LimitValue::Dose(dose) => {
            let (dimension, value, thing) = measure(dose.measure);
            (dimension, value, thing, dose.per as u8)
        }
        LimitValue::PerDay(times) => (7, times, 0, 0),
        LimitValue::Seconds(seconds) => (8, Exact::whole(seconds), 0, 0),
    };
    let strictness = u8::from(limit.absolute);
    LimitRow { kind: limit.kind, strictness, dimension, per_body, thing, value, outcome }
}
