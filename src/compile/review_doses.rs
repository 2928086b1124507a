//! Review of dose rules: bands that can speak, limits that can be compared with what is ordered.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Measure, PerBody, StrengthPer};
use crate::clinical::route::RouteSet;
use crate::compile::classes::members;
use crate::compile::complaint::conditions::dose_unit_unfit;
use crate::compile::complaint::doses::{
    band_covered, band_twice, basis_of_another, equivalent_limit_unfit, equivalent_twice, limit_twice, limit_unfit,
    limits_absent, usual_above_absolute,
};
use crate::compile::imply::implies;
use crate::compile::lower_terms::measure;
use crate::compile::names::Names;
use crate::compile::review::Review;
use crate::diagnostic::report::Diagnostic;
use crate::source::bodies::LIMITS;
use crate::source::tree::{Band, Body, DrugSet, Limit, LimitValue, Rule, Tree};
use crate::source::tree_sum::{Addend, SumOf};
use std::collections::BTreeSet;

/// `daily-min`, `interval-min`, `single-min`: bounds from below.
const MINIMA: [u8; 3] = [2, 5, 9];

/// Reviews a dose rule; other rules pass.
pub fn review(review: Review<'_, '_>, rule: &Rule, complaints: &mut Vec<Diagnostic>) {
    let Body::Dose { drug, basis, bands, equivalents, .. } = &rule.body else { return };
    if let Some(several) = equivalents {
        add_up(review, several, bands, complaints);
    }
    let drugs = members(review.names, review.closures, drug);
    if let Some(basis) = basis {
        let salt = review.names.salt(&basis.value).map(|n| &review.names.salts[usize::from(n)]);
        if salt.is_some_and(|s| drugs.binary_search(&s.ingredient).is_err()) {
            complaints.push(basis_of_another(basis));
        }
    }
    if bands.is_empty() {
        complaints.push(limits_absent(rule.id.span, "this dose rule"));
    }
    let found = strengths(review, &drugs);
    for (n, band) in bands.iter().enumerate() {
        if bands[..n].iter().any(|earlier| earlier.name.value == band.name.value) {
            complaints.push(band_twice(band, rule));
        }
        if let Some(earlier) = bands[..n].iter().find(|earlier| covers(earlier, band)) {
            complaints.push(band_covered(band, earlier));
        }
        limits(band, complaints);
        for limit in &band.limits {
            let LimitValue::Dose(dose) = limit.value.value else { continue };
            let dimension = measure(dose.measure).0;
            if dimension < 5 && !found.is_empty() && !found.contains(&dimension) {
                let units: Vec<&str> = found.iter().map(|d| dimension_word(*d)).collect();
                let wanted = dimension_word(dimension);
                complaints.push(dose_unit_unfit(limit.value.span, wanted, &units.join(" or ")));
            }
        }
    }
}

/// Equivalents are milligrams a day: only such a limit bounds their sum; and one drug by one route counts once.
fn add_up(review: Review<'_, '_>, several: &SumOf, bands: &[Band], complaints: &mut Vec<Diagnostic>) {
    for limit in bands.iter().flat_map(|b| &b.limits) {
        let daily = LIMITS.get(usize::from(limit.kind)) == Some(&"daily-max");
        let mass =
            matches!(limit.value.value, LimitValue::Dose(d) if measure(d.measure).0 == 0 && d.per == PerBody::Whole);
        if !daily || !mass {
            complaints.push(equivalent_limit_unfit(limit.value.span));
        }
    }
    let of = |e: &Addend| members(review.names, review.closures, &e.drugs);
    for (n, later) in several.each.iter().enumerate() {
        let drugs = of(later);
        let twice = several.each[..n].iter().find(|earlier| {
            meet(&earlier.drugs, &later.drugs) && of(earlier).iter().any(|d| drugs.binary_search(d).is_ok())
        });
        if let Some(earlier) = twice {
            complaints.push(equivalent_twice(later.drugs.span, earlier.drugs.span));
        }
    }
}

/// Whether some route and form belongs to both sets.
fn meet(a: &DrugSet, b: &DrugSet) -> bool {
    let all = RouteSet(u32::MAX);
    let of = |set: &DrugSet| {
        let only = if set.routes.is_unknown() { all } else { set.routes };
        only.0 & !set.except_routes.0
    };
    let forms = a.forms.is_empty() || b.forms.is_empty() || a.forms.iter().any(|f| b.forms.contains(f));
    of(a) & of(b) != 0 && forms
}

/// Whether everybody in a band is in the earlier one already.
fn covers(earlier: &Band, band: &Band) -> bool {
    match (&earlier.when, &band.when) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => implies(&narrow.test, &wide.test),
    }
}

/// The limits of one band against each other.
fn limits(band: &Band, complaints: &mut Vec<Diagnostic>) {
    if band.limits.is_empty() {
        complaints.push(limits_absent(band.name.span, "this band"));
    }
    for (n, limit) in band.limits.iter().enumerate() {
        if !number(limit).0.is_positive() {
            complaints.push(limit_unfit(limit.value.span));
        }
        for earlier in &band.limits[..n] {
            let alike = limit.kind == earlier.kind && number(limit).1 == number(earlier).1;
            if alike && limit.absolute == earlier.absolute {
                complaints.push(limit_twice(limit.value.span, earlier.value.span));
            } else if alike {
                let (usual, absolute) = if limit.absolute { (earlier, limit) } else { (limit, earlier) };
                let minimum = MINIMA.contains(&limit.kind);
                let (low, high) = if minimum { (absolute, usual) } else { (usual, absolute) };
                if number(low).0 > number(high).0 {
                    complaints.push(usual_above_absolute(usual.value.span, absolute.value.span));
                }
            }
        }
    }
}

/// The number of a limit, and what it is counted in.
fn number(limit: &Limit) -> (Exact, (u8, u8, u8)) {
    match limit.value.value {
        LimitValue::Dose(dose) => {
            let (dimension, number, thing) = measure(dose.measure);
            (number, (dimension, thing, dose.per as u8))
        }
        LimitValue::PerDay(times) => (times, (7, 0, 0)),
        LimitValue::Seconds(seconds) => (Exact::whole(seconds), (8, 0, 0)),
    }
}

/// For each ingredient, the dimensions in which products of it can be counted, as bits: of their strengths, and volume
/// where a strength is per volume. Nothing when no product tells.
pub fn dimensions(tree: &Tree, names: &Names<'_>) -> Vec<u8> {
    let mut found = vec![0u8; names.ingredients.rows.len()];
    let parts = tree.products.iter().enumerate().flat_map(|(n, p)| p.parts.iter().zip(names.parts(n)));
    for (part, ids) in parts {
        let (Some(strength), Some(bits)) = (part.strength, found.get_mut(usize::from(ids.ingredient))) else {
            continue;
        };
        *bits |= 1 << measure(strength.amount).0;
        if let StrengthPer::Measure(Measure::Volume(_)) = strength.per {
            *bits |= 1 << 1;
        }
    }
    found
}

/// The dimensions in which products of any of these ingredients can be counted.
pub fn strengths(review: Review<'_, '_>, drugs: &[u16]) -> BTreeSet<u8> {
    let bits = drugs.iter().filter_map(|d| review.dimensions.get(usize::from(*d))).fold(0, |all, bits| all | bits);
    (0..8).filter(|dimension| bits >> dimension & 1 == 1).collect()
}

/// A dimension as an editor writes it.
pub fn dimension_word(dimension: u8) -> &'static str {
    match dimension {
        0 => "mass",
        1 => "volume",
        2 => "units",
        3 => "mEq",
        4 => "mmol",
        _ => "pieces",
    }
}
