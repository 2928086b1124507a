//! The fields of each kind of rule: who takes part in an interaction, which limits a dose has, and so on.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Dose, PerBody};
use crate::clinical::route::RouteSet;
use crate::diagnostic::report::Span;
use crate::source::amounts;
use crate::source::conditions::condition;
use crate::source::drugs::{drug_set, drugs_of, forms, need_drugs, routes};
use crate::source::fields::Fields;
use crate::source::mistakes;
use crate::source::reader::{Reader, Value, kind_words};
use crate::source::rules;
use crate::source::terminology::ordinal;
use crate::source::tree::{AllergenSet, Band, Body, DrugSet, Limit, LimitValue, Name, Slot, Written};
use crate::source::tree_sum::{Addend, SumOf};
use toml::de::DeValue;

/// Tiers of cross-reactivity, by their number.
pub const TIERS: &[&str] =
    &["same-ingredient", "identical-side-chain", "similar-side-chain", "same-class", "theoretical", "excipient"];

const ROLES: &[&str] = &["object", "precipitant", "mutual"];

/// The fields of one kind.
pub fn body(r: &mut Reader, f: &mut Fields<'_, '_>, kind: &str) -> Option<Body> {
    match kind {
        "interaction" => interaction(r, f),
        "allergy" => allergy(r, f),
        "dose" => dose(r, f),
        "duplicate" => duplicate(r, f),
        _ => Some(Body::Contraindication { drug: need_drugs(r, f, "drug")? }),
    }
}

/// Which keys an interaction names its participants with.
const SHAPES: &[(&[&str], &str)] = &[
    (&["object", "precipitant"], "object"),
    (&["mutual"], "mutual"),
    (&["participants"], "participants"),
    (&["any", "of"], "any"),
];

fn interaction(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Body> {
    let onset = f.seconds(r, "onset");
    let offset = f.seconds(r, "offset");
    let object_offset = f.seconds(r, "object-offset");
    let written: Vec<(&str, Span)> = SHAPES
        .iter()
        .filter_map(|(keys, shape)| keys.iter().find_map(|k| f.peek(k)).map(|value| (*shape, r.place(value))))
        .collect();
    if let [(_, first), (_, second), ..] = written.as_slice() {
        let cure = "keep `object` with `precipitant`, or `mutual`, or `participants`, or `any` with `of`";
        let report =
            mistakes::keys_disagree(*second, "the participants are written in several ways", "the second way", cure);
        r.report(report.label(*first, "the first way"));
    }
    let shape = written.first().map_or("", |(shape, _)| shape);
    if matches!(shape, "participants" | "any") {
        for (key, time) in [("onset", &onset), ("object-offset", &object_offset)] {
            if let Some(time) = time {
                let message = format!("`{key}` has no effect among three or more");
                r.report(mistakes::keys_disagree(
                    time.span,
                    message,
                    "is read for two participants only",
                    "take it out",
                ));
            }
        }
    }
    let body = match shape {
        "object" => {
            let (object, precipitant) = (need_drugs(r, f, "object"), need_drugs(r, f, "precipitant"));
            pair(object, precipitant, false, [onset, offset, object_offset])
        }
        "mutual" => {
            let (first, second) = mutual(r, f);
            pair(first, second, true, [onset, offset, object_offset])
        }
        "participants" => participants(r, f).map(|slots| Body::Combination { slots, offset }),
        "any" => any_of(r, f).map(|slot| Body::Combination { slots: vec![slot], offset }),
        _ => {
            f.lacks(
                r,
                "object",
                "`object = { ... }` and `precipitant = { ... }`, or `mutual`, `participants`, `any` with `of`",
            );
            None
        }
    };
    for key in ["object", "precipitant", "mutual", "participants", "any", "of"] {
        f.get(key);
    }
    body
}

fn pair(
    object: Option<crate::source::tree::DrugSet>,
    precipitant: Option<crate::source::tree::DrugSet>,
    mutual: bool,
    [onset, offset, object_offset]: [Option<Written<i64>>; 3],
) -> Option<Body> {
    Some(Body::Pair { object: object?, precipitant: precipitant?, mutual, onset, offset, object_offset })
}

fn mutual(
    r: &mut Reader,
    f: &mut Fields<'_, '_>,
) -> (Option<crate::source::tree::DrugSet>, Option<crate::source::tree::DrugSet>) {
    let Some(value) = f.get("mutual") else { return (None, None) };
    match value.get_ref() {
        DeValue::Array(two) if two.len() == 2 => (drug_set(r, "mutual", &two[0]), drug_set(r, "mutual", &two[1])),
        other => {
            let span = r.place(value);
            let cure = "`mutual = [ { ... }, { ... } ]`; for more than two write `participants`";
            r.report(mistakes::wrong_type(span, "mutual", kind_words(other), "a list of two sets of drugs", cure));
            (None, None)
        }
    }
}

fn participants(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Vec<Slot>> {
    let value = f.get("participants")?;
    let before = r.errors();
    let mut slots = Vec::new();
    for item in crate::source::fields::items(value) {
        let Some(mut inner) = Fields::open(r, "participants", item, "the participant") else { continue };
        if inner.peek("role").is_none() {
            inner.lacks(r, "role", "`role = \"object\"`, `\"precipitant\"` or `\"mutual\"`");
        }
        let role = inner.word(r, "role", |w| ordinal(ROLES, w), ROLES);
        let drugs = need_drugs(r, &mut inner, "drugs");
        let count = count(r, &mut inner, "count", 1).unwrap_or(Written::new(1, inner.span()));
        inner.close(r);
        slots.extend(role.zip(drugs).map(|(role, drugs)| Slot { role: role.value, drugs, count }));
    }
    let drugs: u32 = slots.iter().map(|slot| u32::from(slot.count.value)).sum();
    if r.errors() == before && drugs < 3 {
        let span = r.place(value);
        let cure = "write `object` and `precipitant`, or `mutual`, for an interaction of two";
        r.report(mistakes::keys_disagree(
            span,
            "`participants` names fewer than three",
            "three or more are wanted",
            cure,
        ));
    }
    Some(slots)
}

fn any_of(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Slot> {
    if f.peek("any").is_none() {
        f.lacks(r, "any", "`any = 2`: how many of them together");
    }
    let count = count(r, f, "any", 2);
    let drugs = need_drugs(r, f, "of");
    Some(Slot { role: 2, drugs: drugs?, count: count? })
}

fn count(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str, least: i64) -> Option<Written<u8>> {
    f.whole(r, key, least, 16).and_then(|n| u8::try_from(n.value).ok().map(|v| Written::new(v, n.span)))
}

fn allergy(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Body> {
    let same = f.flag(r, "same-ingredient");
    let same_ingredient = same.as_ref().is_some_and(|s| s.value);
    let allergen = match f.get("allergen") {
        Some(value) => allergen_set(r, value),
        None => None,
    };
    let drug = f.get("drug").and_then(|value| drug_set(r, "drug", value));
    let tier = f.word(r, "tier", |w| ordinal(TIERS, w), TIERS);
    let (has_allergen, has_drug) = (f.peek("allergen").is_some(), f.peek("drug").is_some());
    if same_ingredient && (has_allergen || has_drug) {
        let cure = "`same-ingredient` speaks for every ingredient: take `allergen` and `drug` out, or itself";
        r.report(mistakes::keys_disagree(
            f.span(),
            "the rule names drugs beside `same-ingredient`",
            "one way is wanted",
            cure,
        ));
    }
    if !same_ingredient && !has_allergen {
        f.lacks(r, "allergen", "`allergen = { class = \"...\" }` or `same-ingredient = true`");
    }
    if !has_drug && matches!(allergen, Some(AllergenSet::Drugs(_))) && !same_ingredient {
        f.lacks(r, "drug", "`drug = { ... }`: what is ordered");
    }
    let tier = match tier {
        None if same_ingredient && f.peek("tier").is_none() => Some(Written::new(0, f.span())),
        None if f.peek("tier").is_none() => {
            f.lacks(r, "tier", "`tier = \"same-class\"` or another tier");
            None
        }
        tier => tier,
    };
    let whole = same_ingredient || allergen.is_some();
    Some(Body::Allergy { same_ingredient, allergen, drug, tier: tier? }).filter(|_| whole)
}

/// Drugs, or an `[[allergen]]` by name.
fn allergen_set(r: &mut Reader, value: &Value<'_>) -> Option<AllergenSet> {
    let is_named = matches!(value.get_ref(), DeValue::Table(table) if table.contains_key("allergen"));
    if !is_named {
        return drug_set(r, "allergen", value).map(AllergenSet::Drugs);
    }
    let mut f = Fields::open(r, "allergen", value, "the allergen")?;
    let name: Option<Name> = f.text(r, "allergen");
    f.close(r);
    name.map(AllergenSet::Allergen)
}

fn dose(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Body> {
    let equivalents = f.peek("equivalents").map(|_| equivalents(r, f));
    let drug = match &equivalents {
        None => need_drugs(r, f, "drug"),
        Some(found) => found.as_ref().map(everything),
    };
    let (routes, forms) = (routes(r, f, "route"), forms(r, f, "form"));
    let basis = f.text(r, "basis");
    let by_ideal = f.word(r, "weight", |w| (w == "ideal").then_some(()), &["ideal"]);
    if f.peek("band").is_none() {
        f.lacks(r, "band", "a `[[dose.band]]` with `name` and `limits`");
    }
    let mut bands = Vec::new();
    for value in f.tables(r, "band") {
        let Some(mut inner) = Fields::open(r, "band", value, "the band") else { continue };
        let band = band(r, &mut inner);
        inner.close(r);
        bands.extend(band);
    }
    let weighed = |limit: &Limit| matches!(limit.value.value, LimitValue::Dose(dose) if dose.per == PerBody::Kilogram);
    if let Some(ideal) = by_ideal.as_ref().filter(|_| !bands.iter().flat_map(|b| &b.limits).any(weighed)) {
        let message = "`weight` has no effect without a limit for each kilogram";
        let cure = "take it out, or write a limit such as `single-max = \"10 mg/kg\"`";
        r.report(mistakes::keys_disagree(ideal.span, message, "no limit asks for a weight", cure));
    }
    let mut drug = drug?;
    drug.routes = drug.routes.with(routes);
    drug.forms.extend(forms);
    Some(Body::Dose { drug, basis, bands, equivalents: equivalents.flatten(), by_ideal: by_ideal.is_some() })
}

/// Several ingredients that add up, each by its factor. The keys of a rule about one drug have no place beside them.
fn equivalents(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<SumOf> {
    for key in ["drug", "route", "form", "basis"] {
        if let Some(value) = f.get(key) {
            let (span, message) = (r.place(value), format!("`{key}` has no place beside `equivalents`"));
            let cure = "take it out: each equivalent names its drug and routes";
            r.report(mistakes::keys_disagree(span, message, "one drug, or several that add up", cure));
        }
    }
    let of =
        f.need_text(r, "equivalent-to", "`equivalent-to = \"...\"`: what they add up to, such as `\"oral morphine\"`");
    let (mut each, before) = (Vec::new(), r.errors());
    for value in f.tables(r, "equivalents") {
        let Some(mut inner) = Fields::open(r, "equivalents", value, "the equivalent") else { continue };
        let one = equivalent(r, &mut inner);
        inner.close(r);
        each.extend(one);
    }
    if each.is_empty() && r.errors() == before {
        r.report(mistakes::no_drug(f.span()));
    }
    Some(SumOf { of: of?, each }).filter(|e| !e.each.is_empty())
}

fn equivalent(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Addend> {
    const UNITS: &[&str] = &["mg", "ug/h"];
    let drugs = drugs_of(r, f);
    if f.peek("factor").is_none() {
        f.lacks(r, "factor", "`factor = \"1.5\"`: what one milligram of it counts");
    }
    let mut factor = f.exact(r, "factor");
    // The compiler brings a factor of micrograms an hour to one of a day, a thousand in 24 hours: that has to fit.
    let fits = |n: &Written<Exact>| Exact::ratio(1_000, 24).and_then(|day| n.value.checked_mul(day)).is_some();
    if let Some(long) = factor.take_if(|n| !fits(n)) {
        r.report(mistakes::bad_number(long.span, "factor", &long.value.to_string(), "a factor of fewer digits"));
    }
    let hourly = f.word(r, "per", |w| ordinal(UNITS, w), UNITS).is_some_and(|w| w.value == 1);
    Some(Addend { drugs: drugs?, factor: factor?, hourly })
}

/// All the drugs of the equivalents, by whatever route.
fn everything(equivalents: &SumOf) -> DrugSet {
    let (mut ingredients, mut classes): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
    for set in equivalents.each.iter().map(|e| &e.drugs) {
        for (all, more) in [(&mut ingredients, &set.ingredients), (&mut classes, &set.classes)] {
            let new: Vec<Name> = more.iter().filter(|n| !all.iter().any(|a| a.value == n.value)).cloned().collect();
            all.extend(new);
        }
    }
    DrugSet {
        ingredients,
        classes,
        except: Vec::new(),
        routes: RouteSet::UNKNOWN,
        except_routes: RouteSet::UNKNOWN,
        forms: Vec::new(),
        span: equivalents.of.span,
    }
}

fn band(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Band> {
    let name = f.need_text(r, "name", "`name = \"...\"`, such as `\"adult\"`");
    let when = condition(r, f, "when");
    let missing = rules::missing(r, f);
    if f.peek("limits").is_none_or(|value| crate::source::fields::items(value).is_empty()) {
        f.lacks(r, "limits", "`limits = [ { daily-max = \"4 g\" } ]`");
    }
    let mut limits = Vec::new();
    for value in f.tables(r, "limits") {
        let Some(mut inner) = Fields::open(r, "limits", value, "the limit") else { continue };
        let limit = limit(r, &mut inner);
        inner.close(r);
        limits.extend(limit);
    }
    Some(Band { when, missing, limits, span: f.span(), name: name? })
}

/// Kinds of limits, by their number.
pub const LIMITS: &[&str] = &[
    "single-max",
    "daily-max",
    "daily-min",
    "course-max",
    "frequency-max",
    "interval-min",
    "duration-max",
    "weekly-max",
    "rate-max",
    "single-min",
];

fn limit(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Limit> {
    const USES: &[&str] = &["usual", "absolute"];
    let absolute = f.word(r, "kind", |w| ordinal(USES, w), USES).is_some_and(|w| w.value == 1);
    let outcome = rules::outcome(r, f);
    let before = r.errors();
    let mut found: Vec<(u8, Written<LimitValue>)> = Vec::new();
    for (n, key) in (0u8..).zip(LIMITS) {
        found.extend(bound(r, f, key).map(|value| (n, value)));
    }
    let places: Vec<Span> = found.iter().map(|(_, value)| value.span).collect();
    match places.as_slice() {
        [] if r.errors() == before => {
            f.lacks(r, "daily-max", "one bound, such as `daily-max = \"4 g\"` or `single-max = \"1000 mg\"`")
        }
        [_, second, ..] => {
            let cure = "write each bound as a limit of its own: `{ single-max = \"...\" }, { daily-max = \"...\" }`";
            r.report(mistakes::keys_disagree(*second, "one limit has several bounds", "a second bound", cure));
        }
        _ => {}
    }
    found.pop().map(|(kind, value)| Limit { kind, absolute, value, outcome })
}

fn bound(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Option<Written<LimitValue>> {
    let positive = |dose: Dose| dose.measure.exact().is_positive().then_some(LimitValue::Dose(dose));
    match key {
        "frequency-max" => f.exact(r, key).map(|n| Written::new(LimitValue::PerDay(n.value), n.span)),
        "interval-min" | "duration-max" => {
            f.seconds(r, key).map(|n| Written::new(LimitValue::Seconds(n.value), n.span))
        }
        "rate-max" => f.read(
            r,
            key,
            |text| amounts::hourly(text).and_then(positive),
            |span, key, found| mistakes::bad_quantity(span, key, found, "4 mg/h"),
        ),
        _ => f.read(
            r,
            key,
            |text| Dose::parse(text).and_then(positive),
            |span, key, found| mistakes::bad_quantity(span, key, found, "15 mg/kg"),
        ),
    }
}

fn duplicate(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Body> {
    let same_ingredient = f.is_set(r, "same-ingredient");
    let of = f.get("of").and_then(|value| drug_set(r, "of", value));
    let allowed = count(r, f, "allowed", 1).unwrap_or(Written::new(1, f.span()));
    let has_of = f.peek("of").is_some();
    if same_ingredient && has_of {
        let cure = "`same-ingredient` speaks for every ingredient: take `of` out, or itself";
        r.report(mistakes::keys_disagree(
            f.span(),
            "the rule names drugs beside `same-ingredient`",
            "one way is wanted",
            cure,
        ));
    }
    if !same_ingredient && !has_of {
        f.lacks(r, "of", "`of = { class = \"...\" }` or `same-ingredient = true`");
    }
    (same_ingredient || of.is_some()).then_some(Body::Duplicate { same_ingredient, of, allowed })
}
