//! The tables that give names to codes: ingredients, classes, problems, labs, reactions, allergens and their like.

use crate::clinical::code::{Code, System};
use crate::diagnostic::nearest::nearest;
use crate::source::check_digits;
use crate::source::fields::{self, Fields};
use crate::source::mistakes;
use crate::source::reader::Reader;
use crate::source::tree::{
    Allergen, AllergenKind, Class, Effect, Excluded, Ingredient, Lab, Name, Negation, Problem, Reaction, Salt, Written,
    WrittenCode,
};

/// Short names of code systems.
pub const SYSTEMS: &[&str] = &["rxnorm", "snomed", "ndc", "unii", "atc", "icd10cm", "loinc"];

const NAME: &str = "`name = \"...\"`";

/// `[[ingredient]]`
pub fn ingredient(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Ingredient> {
    let name = ingredient_name(r, f);
    let codes = codes(r, f, &["rxnorm", "unii", "snomed", "atc"]);
    let allergy_codes = allergy_codes(r, f);
    if codes.is_empty() && !has_any(f, &["rxnorm", "unii", "snomed", "atc", "codes"]) {
        f.lacks(r, "rxnorm", "`rxnorm = \"...\"`, the code of the ingredient (IN), or another code of it");
    }
    let (mut salts, mut brands) = (Vec::new(), Vec::new());
    for value in f.tables(r, "salts") {
        let Some(mut inner) = Fields::open(r, "salts", value, "the salt") else { continue };
        let salt_name = inner.need_text(r, "name", NAME);
        let salt_codes = self::codes(r, &mut inner, &["rxnorm", "unii", "snomed"]);
        let base_fraction = inner.exact(r, "base-fraction");
        if let Some(fraction) = base_fraction.as_ref().filter(|n| n.value > crate::clinical::exact::Exact::ONE) {
            r.report(mistakes::bad_number(
                fraction.span,
                "base-fraction",
                &fraction.value.to_string(),
                "the mass of base in one part of salt: above 0, at most 1",
            ));
        }
        inner.close(r);
        salts.extend(salt_name.map(|name| Salt { name, codes: salt_codes, base_fraction }));
    }
    for value in f.tables(r, "brands") {
        let Some(mut inner) = Fields::open(r, "brands", value, "the brand") else { continue };
        let brand = inner.need_text(r, "name", NAME);
        let brand_codes = self::codes(r, &mut inner, &["rxnorm", "snomed"]);
        if brand_codes.is_empty() && !has_any(&inner, &["rxnorm", "snomed", "codes"]) {
            inner.lacks(r, "rxnorm", "`rxnorm = \"...\"`, the code of the brand (BN)");
        }
        inner.close(r);
        if let Some(name) = brand {
            brands.extend(brand_codes.into_iter().map(|code| (name.clone(), code)));
        }
    }
    Some(Ingredient { name: name?, codes, allergy_codes, salts, brands })
}

/// `[[excluded]]`
pub fn excluded(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Excluded> {
    let name = f.need_text(r, "name", NAME);
    let codes = codes(r, f, &["rxnorm", "snomed", "ndc"]);
    let reason = f.need_text(r, "reason", "`reason = \"...\"`: why it is no drug");
    need_code(r, f, &codes, &["rxnorm", "snomed", "ndc"]);
    Some(Excluded { name: name?, codes, reason: reason? })
}

/// `[[class]]`
pub fn class(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Class> {
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    let (ingredients, classes) = (f.texts(r, "ingredients"), f.texts(r, "classes"));
    if ingredients.is_empty() && classes.is_empty() && !has_any(f, &["ingredients", "classes"]) {
        f.lacks(
            r,
            "ingredients",
            "`ingredients = [\"...\"]` or `classes = [\"...\"]`: a class without members matches nothing",
        );
    }
    Some(Class {
        ingredients,
        classes,
        except: f.texts(r, "except"),
        codes: codes(r, f, &["snomed", "atc"]),
        allergy_codes: allergy_codes(r, f),
        source: f.text(r, "source"),
        name: name?,
        title: title?,
    })
}

/// `[[problem]]`
pub fn problem(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Problem> {
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    let codes = codes(r, f, &["snomed", "icd10cm"]);
    let problems = f.texts(r, "problems");
    if problems.is_empty() {
        need_code(r, f, &codes, &["snomed", "icd10cm"]);
    }
    Some(Problem { name: name?, title: title?, codes, problems })
}

/// `[[lab]]`
pub fn lab(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Lab> {
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    let codes = codes(r, f, &["loinc", "snomed"]);
    need_code(r, f, &codes, &["loinc"]);
    let unit = f.need_text(r, "unit", "`unit = \"...\"`: the unit the rules speak, such as `\"mmol/L\"`");
    let mut convert = Vec::new();
    for value in f.tables(r, "convert") {
        let Some(mut inner) = Fields::open(r, "convert", value, "the conversion") else { continue };
        let from = inner.need_text(r, "unit", "`unit = \"...\"`: the other unit");
        let times = inner.exact(r, "times");
        if times.is_none() && inner.peek("times").is_none() {
            inner.lacks(r, "times", "`times = \"...\"`: what a value in this unit is multiplied by");
        }
        inner.close(r);
        convert.extend(from.zip(times));
    }
    Some(Lab { name: name?, title: title?, codes, unit: unit?, convert })
}

/// `[[reaction]]`
pub fn reaction(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Reaction> {
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    let codes = codes(r, f, &["snomed"]);
    let words = f.texts(r, "words");
    if words.is_empty() {
        need_code(r, f, &codes, &["snomed"]);
    }
    let severe_delayed = f.is_set(r, "severe-delayed");
    Some(Reaction { name: name?, title: title?, codes, words, severe_delayed })
}

/// `[[allergen]]`
pub fn allergen(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Allergen> {
    const KINDS: &[&str] = &["excipient", "environment", "generic", "unspecified"];
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    let codes = codes(r, f, &["snomed", "rxnorm", "unii"]);
    need_code(r, f, &codes, &["snomed", "rxnorm", "unii"]);
    let kind = f.word(r, "kind", kind_of_word, KINDS);
    let (class, means) = (f.text(r, "class"), f.text(r, "means"));
    let unspecified = kind.as_ref().is_some_and(|k| k.value == AllergenKind::Unspecified);
    if f.peek("kind").is_none() && f.peek("means").is_none() {
        f.lacks(
            r,
            "kind",
            "`kind = \"excipient\"`, `\"environment\"`, `\"generic\"` or `\"unspecified\"`, or `means = \"...\"`",
        );
    }
    if unspecified && f.peek("class").is_none() {
        f.lacks(r, "class", "`class = \"...\"`: the class whose member was not named");
    }
    if let Some(written) = class.as_ref().filter(|_| kind.is_some() && !unspecified) {
        let cure = "take it out, or write `kind = \"unspecified\"`";
        r.report(mistakes::keys_disagree(
            written.span,
            "`class` has no effect beside this `kind`",
            "is not read here",
            cure,
        ));
    }
    if let Some(written) = means.as_ref().filter(|_| f.peek("kind").is_some()) {
        r.report(mistakes::keys_disagree(
            written.span,
            "both `kind` and `means` are written",
            "one of the two",
            "take one of them out",
        ));
    }
    let kind = kind.or_else(|| means.as_ref().map(|m| Written::new(AllergenKind::Generic, m.span)));
    Some(Allergen { name: name?, title: title?, kind: kind?, codes, class, means })
}

/// `[[negation]]`
pub fn negation(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Negation> {
    const WORDS: &[&str] = &["no-known-allergy", "no-known-drug-allergy", "no-known-other"];
    let codes = codes(r, f, &["snomed"]);
    need_code(r, f, &codes, &["snomed"]);
    if f.peek("means").is_none() {
        f.lacks(r, "means", "`means = \"no-known-drug-allergy\"` or another of the three statements");
    }
    let means = f.word(r, "means", |word| ordinal(WORDS, word), WORDS);
    Some(Negation { means: means?, codes })
}

/// `[[effect]]`
pub fn effect(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Effect> {
    let name = f.need_name(r, "name", NAME);
    let title = title(r, f, name.as_ref());
    Some(Effect { name: name?, title: title? })
}

/// The place of a word in a closed list.
pub fn ordinal(words: &[&str], word: &str) -> Option<u8> {
    words.iter().position(|w| *w == word).and_then(|n| u8::try_from(n).ok())
}

/// Codes under the short names of their systems, and under `codes` as `uri|value`.
pub fn codes(r: &mut Reader, f: &mut Fields<'_, '_>, systems: &[&'static str]) -> Vec<WrittenCode> {
    let mut codes = Vec::new();
    for system in systems {
        codes.extend(f.texts(r, system).into_iter().filter_map(|value| checked(r, (*system).to_owned(), value)));
    }
    codes.extend(f.texts(r, "codes").into_iter().filter_map(|word| code_of_word(r, word)));
    codes
}

/// A code written `system|value`; anything else is reported.
pub fn code_of_word(r: &mut Reader, word: Name) -> Option<WrittenCode> {
    let Some((system, value)) = word.value.split_once('|') else {
        r.report(mistakes::bad_code(
            word.span,
            &word.value,
            "no system before the code",
            "write `system|code`, such as `\"rxnorm|11289\"`",
        ));
        return None;
    };
    let (system, value) = (system.trim(), value.trim());
    if !SYSTEMS.contains(&system) && !system.contains(':') {
        let cure = match nearest(system, SYSTEMS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "write the URI of the system, or one of {}",
                crate::diagnostic::quote::list(SYSTEMS.iter().copied())
            ),
        };
        r.report(mistakes::bad_code(word.span, &word.value, "no code system of this name", &cure));
        return None;
    }
    checked(r, system.to_owned(), Written::new(value.to_owned(), word.span))
}

/// Reads a code if it may be one of its system; reports it otherwise.
pub fn checked(r: &mut Reader, system: String, value: Name) -> Option<WrittenCode> {
    let known = System::from_uri(&system);
    let Some(code) = Code::new(known.clone(), &value.value) else {
        r.report(mistakes::empty_text(value.span, &system));
        return None;
    };
    if known.ordinal().is_some() && code.packed().is_none() {
        let shape = match known {
            System::Ndc => "an NDC has 11 digits, or 10 in three parts with hyphens",
            System::RxNorm | System::Snomed => "these codes are digits only and do not begin with 0",
            _ => "these codes are at most ten letters, digits, dots and hyphens",
        };
        r.report(mistakes::bad_code(value.span, &value.value, &format!("cannot be a code of {system}"), shape));
        return None;
    }
    if !check_digits::holds(&known, &code.value) {
        r.report(mistakes::wrong_check_digit(value.span, &value.value, &system));
    }
    Some(WrittenCode { system, value })
}

fn allergy_codes(r: &mut Reader, f: &mut Fields<'_, '_>) -> Vec<WrittenCode> {
    let mut codes: Vec<WrittenCode> =
        f.texts(r, "allergy-snomed").into_iter().filter_map(|value| checked(r, "snomed".to_owned(), value)).collect();
    codes.extend(f.texts(r, "allergy-codes").into_iter().filter_map(|word| code_of_word(r, word)));
    codes
}

fn need_code(r: &mut Reader, f: &Fields<'_, '_>, codes: &[WrittenCode], systems: &[&str]) {
    if codes.is_empty() && !has_any(f, systems) && !has_any(f, &["codes"]) {
        let first = systems.first().copied().unwrap_or("codes");
        f.lacks(r, first, &format!("`{first} = [\"...\"]`: without a code nothing in a chart would ever mean it"));
    }
}

/// Whether any of the keys is written and holds something; an empty list holds nothing.
fn has_any(f: &Fields<'_, '_>, keys: &[&str]) -> bool {
    keys.iter().any(|key| f.peek(key).is_some_and(|value| !fields::items(value).is_empty()))
}

fn title(r: &mut Reader, f: &mut Fields<'_, '_>, name: Option<&Name>) -> Option<Name> {
    f.text(r, "title").or_else(|| name.map(|n| Written::new(n.value.replace('-', " "), n.span)))
}

fn kind_of_word(word: &str) -> Option<AllergenKind> {
    Some(match word {
        "excipient" => AllergenKind::Excipient,
        "environment" => AllergenKind::Environment,
        "generic" => AllergenKind::Generic,
        "unspecified" => AllergenKind::Unspecified,
        _ => return None,
    })
}

fn ingredient_name(r: &mut Reader, f: &mut Fields<'_, '_>) -> Option<Name> {
    let name = f.need_text(r, "name", NAME)?;
    fit_ingredient_name(r, &name);
    Some(name)
}

/// Whether a letter may stand in the name of an ingredient: RxNorm's, in lower case.
pub fn fits_ingredient_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || " /,'.-()".contains(c)
}

/// Reports a name that no ingredient may have.
pub fn fit_ingredient_name(r: &mut Reader, name: &Name) {
    if !name.value.chars().all(fits_ingredient_name) {
        let instead: String = name.value.to_lowercase().chars().filter(|c| fits_ingredient_name(*c)).collect();
        r.report(mistakes::bad_name(
            name.span,
            "name",
            &name.value,
            "lower-case letters, digits, spaces and `/ , ' . - ( )`",
            &instead,
        ));
    }
}
