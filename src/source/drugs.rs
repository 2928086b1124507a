//! Sets of drugs: by ingredient and class, with exceptions, and limited by route and form.

use crate::clinical::form::Form;
use crate::clinical::route::{Route, RouteSet};
use crate::source::fields::Fields;
use crate::source::mistakes;
use crate::source::reader::{Reader, Value, kind_words};
use crate::source::tree::{DrugSet, Name};
use toml::de::DeValue;

/// A set of drugs; a set that names none is reported.
pub fn drug_set(r: &mut Reader, key: &'static str, value: &Value<'_>) -> Option<DrugSet> {
    if let DeValue::String(word) = value.get_ref() {
        let span = r.place(value);
        let cure = format!("`{{ ingredient = \"{0}\" }}` or `{{ class = \"{0}\" }}`", word.escape_default());
        r.report(mistakes::wrong_type(span, key, kind_words(value.get_ref()), "a set of drugs", &cure));
        return None;
    }
    let mut f = Fields::open(r, key, value, "the set of drugs")?;
    let set = drugs_of(r, &mut f);
    f.close(r);
    set
}

/// A set of drugs under a key that must be there.
pub fn need_drugs(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Option<DrugSet> {
    match f.get(key) {
        Some(value) => drug_set(r, key, value),
        None => {
            f.lacks(r, key, &format!("`{key} = {{ ingredient = \"...\" }}` or `{key} = {{ class = \"...\" }}`"));
            None
        }
    }
}

/// The keys of a set of drugs among others of a table.
pub fn drugs_of(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<DrugSet> {
    let named = ["ingredient", "ingredients", "class", "classes"].iter().any(|key| f.peek(key).is_some());
    let mut ingredients: Vec<Name> = f.text(r, "ingredient").into_iter().collect();
    ingredients.extend(f.texts(r, "ingredients"));
    let mut classes: Vec<Name> = f.text(r, "class").into_iter().collect();
    classes.extend(f.texts(r, "classes"));
    let set = DrugSet {
        except: f.texts(r, "except"),
        routes: routes(r, f, "route"),
        except_routes: routes(r, f, "except-route"),
        forms: forms(r, f, "form"),
        span: f.span(),
        ingredients,
        classes,
    };
    let empty = set.ingredients.is_empty() && set.classes.is_empty();
    if empty && (!named || is_empty_list(f)) {
        r.report(mistakes::no_drug(f.span()));
    }
    (!empty).then_some(set)
}

/// Routes: words of the closed list, or `systemic` and `local`.
pub fn routes(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> RouteSet {
    let words: Vec<&str> =
        ["systemic", "local"].into_iter().chain(Route::ALL.iter().map(|route| route.word())).collect();
    f.words(r, key, routes_of_word, &words).into_iter().fold(RouteSet::UNKNOWN, |set, routes| set.with(routes.value))
}

/// Routes named by an editor's word: one route, or the groups `systemic` and `local`.
fn routes_of_word(word: &str) -> Option<RouteSet> {
    match word {
        "systemic" => Some(RouteSet::systemic()),
        "local" => Some(RouteSet::local()),
        word => Route::from_word(word).map(RouteSet::of),
    }
}

/// Forms: words of the closed list.
pub fn forms(r: &mut Reader, f: &mut Fields<'_, '_>, key: &'static str) -> Vec<Form> {
    f.words(r, key, Form::from_word, &form_words()).into_iter().map(|form| form.value).collect()
}

/// Every form's word.
pub fn form_words() -> Vec<&'static str> {
    Form::ALL.iter().map(|form| form.word()).collect()
}

fn is_empty_list(f: &Fields<'_, '_>) -> bool {
    ["ingredient", "ingredients", "class", "classes"]
        .iter()
        .filter_map(|key| f.peek(key))
        .all(|value| crate::source::fields::items(value).is_empty())
}
