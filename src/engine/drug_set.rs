//! Whether one ingredient of an exposure belongs to a set of drugs that a rule names: membership, then route and form.

use crate::clinical::route::RouteSet;
use crate::engine::bound::Exposure;
use crate::pack::ids::IngredientId;
use crate::pack::read::Pack;

/// Whether an exposure, for one of its ingredients, belongs to a drug set (a row of `drug_sets`).
///
/// An unknown route counts as every systemic route; an unknown form counts as any form: a filter never hides a drug for
/// want of data. A route that the set excludes takes the exposure out only when no other route of it remains.
/// The ingredient need not be asked for among the exposure's parts: the caller has it from there.
pub fn matches(pack: &Pack, set: u32, exposure: &Exposure, ingredient: IngredientId) -> bool {
    let sets = &pack.raw().drug_sets;
    let row = set as usize;
    if sets.members.row(row).binary_search(&ingredient.0).is_err() {
        return false;
    }
    let only = sets.routes.get(row).copied().unwrap_or(0);
    let except = sets.except_routes.get(row).copied().unwrap_or(0);
    let forms = sets.forms.get(row).copied().unwrap_or(0);
    by_route(exposure.routes, only, except) && by_form(exposure.form, forms)
}

/// Whether any ingredient of an exposure belongs to a drug set; which one, the lowest first.
pub fn member(pack: &Pack, set: u32, exposure: &Exposure) -> Option<IngredientId> {
    exposure.parts.iter().map(|p| p.ingredient).find(|i| matches(pack, set, exposure, *i))
}

fn by_route(routes: RouteSet, only: u32, except: u32) -> bool {
    if only == 0 && except == 0 {
        return true;
    }
    let routes = if routes.is_unknown() { RouteSet::systemic() } else { routes };
    let left = routes.0 & !except;
    left != 0 && (only == 0 || left & only != 0)
}

fn by_form(form: u8, forms: u64) -> bool {
    forms == 0 || form >= 64 || forms >> form & 1 == 1
}
