//! Routes from FDA's product directory, where a name in RxNorm does not tell them: it says that something is injected, not
//! where.

use crate::clinical::form::Form;
use crate::clinical::route::{Route, RouteSet};
use crate::import::product::Product;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Routes by the first nine digits of package codes: labeler and product.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    by_ndc: HashMap<String, RouteSet>,
}

impl Routes {
    /// Notes the routes of a product of the directory. Words for routes we do not know say nothing.
    pub fn note(&mut self, product_ndc: &str, words: &str) {
        let Some(key) = nine_digits(product_ndc) else { return };
        let routes = words.split(';').filter_map(|word| route(word.trim()));
        let set = routes.fold(RouteSet::UNKNOWN, |set, route| set.with(RouteSet::of(route)));
        let all = self.by_ndc.entry(key).or_default();
        *all = all.with(set);
    }

    /// Gives products of unknown route the routes of their packages. What has none in the directory takes those of products
    /// of the same form that hold the same; where there are none either, the route stays unknown.
    pub fn give(&self, products: &mut [Product], packages: &BTreeMap<u64, Vec<String>>) {
        let mut alike: HashMap<(u8, Vec<usize>), RouteSet> = HashMap::new();
        let mut without = Vec::new();
        for (n, product) in products.iter_mut().enumerate().filter(|(_, p)| wants_route(p)) {
            let ndcs = product.code.parse().ok().and_then(|code: u64| packages.get(&code));
            let of = |ndc: &String| ndc.get(..9).and_then(|key| self.by_ndc.get(key)).copied().unwrap_or_default();
            let routes = ndcs.into_iter().flatten().fold(RouteSet::UNKNOWN, |set, ndc| set.with(of(ndc)));
            if routes.is_unknown() {
                without.push(n);
            } else {
                product.routes = routes;
                let all = alike.entry(key(product)).or_default();
                *all = all.with(routes);
            }
        }
        for n in without {
            // Pens are made for one route, and a new one may be for another than the old.
            if products[n].form != Some(Form::Pen) {
                products[n].routes = alike.get(&key(&products[n])).copied().unwrap_or_default();
            }
        }
    }
}

fn key(product: &Product) -> (u8, Vec<usize>) {
    let mut ingredients: Vec<usize> = product.parts.iter().map(|p| p.substance.ingredient).collect();
    ingredients.sort_unstable();
    ingredients.dedup();
    (product.form.map_or(255, |f| f as u8), ingredients)
}

/// Whether a route is wanted: not for packs, whose things have routes of their own.
fn wants_route(product: &Product) -> bool {
    product.routes.is_unknown() && product.form.is_some_and(|form| form != Form::Kit)
}

/// `0002-0800` as the first nine of eleven digits: five for the labeler, four for the product.
pub fn nine_digits(product_ndc: &str) -> Option<String> {
    let (labeler, product) = product_ndc.trim().split_once('-')?;
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (digits(labeler, 5) && digits(product, 4)).then(|| format!("{labeler:0>5}{product:0>4}"))
}

/// A route of the directory.
pub fn route(word: &str) -> Option<Route> {
    Some(match word {
        "ORAL" => Route::Oral,
        "SUBLINGUAL" => Route::Sublingual,
        "BUCCAL" => Route::Buccal,
        "ENTERAL" | "NASOGASTRIC" => Route::Enteral,
        "INTRAVENOUS" | "INTRAVASCULAR" => Route::Intravenous,
        "INTRAMUSCULAR" => Route::Intramuscular,
        "SUBCUTANEOUS" => Route::Subcutaneous,
        "INTRADERMAL" => Route::Intradermal,
        "INTRATHECAL" | "INTRASPINAL" => Route::Intrathecal,
        "EPIDURAL" | "INTRACAUDAL" => Route::Epidural,
        "INTRAOSSEOUS" => Route::Intraosseous,
        "INTRA-ARTICULAR" => Route::Intraarticular,
        "INTRAVITREAL" => Route::Intravitreal,
        "INTRAVESICAL" => Route::Intravesical,
        "RESPIRATORY (INHALATION)" => Route::Inhalation,
        "NASAL" => Route::Nasal,
        "OPHTHALMIC" => Route::Ophthalmic,
        "AURICULAR (OTIC)" => Route::Otic,
        "TOPICAL" | "CUTANEOUS" => Route::Topical,
        "TRANSDERMAL" => Route::Transdermal,
        "RECTAL" => Route::Rectal,
        "VAGINAL" => Route::Vaginal,
        "URETHRAL" => Route::Urethral,
        "DENTAL" | "PERIODONTAL" => Route::Dental,
        _ => return None,
    })
}
