//! Complaints about names and codes: K0104 and K02xx.

use crate::compile::codes::Means;
use crate::compile::names::Names;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::quote::quote;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Name, Policy, WrittenCode};

/// Says which name was probably meant, or what to define.
fn unknown<'t>(
    (code, kind): (&'static str, &str),
    written: &Name,
    names: &Names<'_>,
    known: impl IntoIterator<Item = &'t str>,
    define: &str,
) -> Diagnostic {
    let report = Diagnostic::error(code, format!("unknown {kind} {}", quote(&written.value)))
        .label(written.span, format!("no {kind} of this name is defined"));
    match names.may_guess().then(|| nearest(&written.value, known)).flatten() {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help(define),
    }
}

/// K0104: a rule or class names a class that no file defines.
///
/// Why it is refused: the rule would never fire for it, and nobody would notice.
/// Write instead: a class that is defined, or define it with `[[class]]` first.
pub fn unknown_class(written: &Name, names: &Names<'_>) -> Diagnostic {
    let report = unknown(("K0104", "class"), written, names, names.classes.words(), "define it with `[[class]]` first");
    match names.ingredients.get(&written.value) {
        Some(_) => report.help(format!("an ingredient of this name exists: write `ingredient = {:?}`", written.value)),
        None => report,
    }
}

/// K0201: an ingredient is named that no file defines.
///
/// Why it is refused: the rule would never fire for it, and nobody would notice.
/// Write instead: the name as `[[ingredient]]` gives it, or define the ingredient first.
pub fn unknown_ingredient(written: &Name, names: &Names<'_>) -> Diagnostic {
    let define = "define it with `[[ingredient]]` first";
    let report = unknown(("K0201", "ingredient"), written, names, names.ingredients.words(), define);
    match names.classes.get(&written.value) {
        Some(_) => report.help(format!("a class of this name exists: write `class = {:?}`", written.value)),
        None => report,
    }
}

/// K0202: a salt is named that the ingredient does not list.
///
/// Why it is refused: the strength would be counted in a salt nobody knows the weight of.
/// Write instead: a salt listed in `salts` of that ingredient.
pub fn unknown_salt(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0202", "salt"), written, names, names.salt_words(), "list it in `salts` of its ingredient first")
}

/// K0203: a problem is named that no file defines.
///
/// Why it is refused: the condition would never hold, and nobody would notice.
/// Write instead: a problem defined with `[[problem]]`.
pub fn unknown_problem(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0203", "problem"), written, names, names.problems.words(), "define it with `[[problem]]` first")
}

/// K0204: a laboratory value is named that no file defines.
///
/// Why it is refused: its value would be missing for ever.
/// Write instead: a value defined with `[[lab]]`.
pub fn unknown_lab(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0204", "lab"), written, names, names.labs.words(), "define it with `[[lab]]` first")
}

/// K0205: a reaction is named that no file defines.
///
/// Why it is refused: the condition would never hold, and nobody would notice.
/// Write instead: a reaction defined with `[[reaction]]`.
pub fn unknown_reaction(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0205", "reaction"), written, names, names.reactions.words(), "define it with `[[reaction]]` first")
}

/// K0206: an allergen is named that is defined nowhere.
///
/// Why it is refused: a record of it would cross to nothing.
/// Write instead: an allergen defined with `[[allergen]]`; in a case, an ingredient or class too.
pub fn unknown_allergen(written: &Name, names: &Names<'_>) -> Diagnostic {
    let known = names.allergens.words().chain(names.classes.words()).chain(names.ingredients.words());
    unknown(("K0206", "allergen"), written, names, known, "define it with `[[allergen]]` first")
}

/// K0207: an effect is named that no file defines.
///
/// Why it is refused: findings fold into one card by their effect; a misspelt one stands alone.
/// Write instead: an effect defined with `[[effect]]`.
pub fn unknown_effect(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0207", "effect"), written, names, names.effects.words(), "define it with `[[effect]]` first")
}

/// K0208: a rule is named, in `replaces` or in a case, that no file defines.
///
/// Why it is refused: a rule that replaces nothing doubles its card; an expectation of nothing proves nothing.
/// Write instead: the `id` of a rule.
pub fn unknown_rule(written: &Name, names: &Names<'_>) -> Diagnostic {
    unknown(("K0208", "rule"), written, names, names.rules.words(), "write the `id` of a rule")
}

/// K0209: a name in `except` is neither an ingredient nor a class.
///
/// Why it is refused: what should be taken out would stay in.
/// Write instead: the name of an ingredient or class.
pub fn unknown_exception(written: &Name, names: &Names<'_>) -> Diagnostic {
    let known = names.ingredients.words().chain(names.classes.words());
    unknown(("K0209", "ingredient or class"), written, names, known, "define it first, or leave it out of `except`")
}

/// K0210: two things of one kind have one name.
///
/// Why it is refused: a reference to the name could mean either.
/// Write instead: one of them, or two names.
pub fn name_twice(kind: &str, first: &Name, second: &Name) -> Diagnostic {
    Diagnostic::error("K0210", format!("{kind} {} is defined twice", quote(&second.value)))
        .label(second.span, "defined again here")
        .label(first.span, "first defined here")
        .help("join the two into one, or give one of them another name")
}

/// K0211: a code means two things.
///
/// Why it is refused: a chart that holds the code would be read wrongly half the time.
/// Write instead: the code under the thing it means; a product of several ingredients is a row of a product table.
pub fn code_twice(written: &WrittenCode, means: &str, other: &str, first: Span) -> Diagnostic {
    let code = quote(&format!("{}|{}", written.system, written.value.value));
    Diagnostic::error("K0211", format!("code {code} means both {other} and {means}"))
        .label(written.value.span, format!("here it means {means}"))
        .label(first, format!("here it means {other}"))
        .help("leave the code where it belongs; a product of several ingredients is a row of a product table")
}

/// K0212: a code cannot be one of its system.
///
/// Why it is refused: no chart will ever hold it, and the thing it should name would stay unknown.
/// Write instead: the code as its system prints it (RxNorm and SNOMED CT: digits; NDC: 11 digits or three hyphenated parts).
pub fn code_unfit(written: &WrittenCode) -> Diagnostic {
    let (system, value) = (&written.system, &written.value);
    let report = if value.value.trim().is_empty() {
        Diagnostic::error("K0212", format!("empty code of system {}", quote(system)))
    } else {
        Diagnostic::error("K0212", format!("{} is no code of system {}", quote(&value.value), quote(system)))
    };
    report.label(value.span, "not a code of its system").help(match system.as_str() {
        "rxnorm" | "snomed" => "write digits alone, without a leading zero",
        "ndc" => "write 11 digits, or three parts with hyphens",
        _ => "write the code as its system prints it",
    })
}

/// K0213: a code system is neither a short name we know nor a URI.
///
/// Why it is refused: charts name systems by URI; a misspelt short name meets none of them.
/// Write instead: rxnorm, snomed, ndc, unii, atc, icd10cm, loinc, or the URI of the system.
pub fn system_unknown(written: &WrittenCode) -> Diagnostic {
    const KNOWN: [&str; 7] = ["rxnorm", "snomed", "ndc", "unii", "atc", "icd10cm", "loinc"];
    let report = Diagnostic::error("K0213", format!("unknown code system {}", quote(&written.system)))
        .label(written.value.span, "the system of this code is not known");
    match nearest(&written.system, KNOWN) {
        Some(near) => report.help(format!("did you mean {}?", quote(near))),
        None => report.help("write the URI of the system, such as `http://hl7.org/fhir/sid/icd-10`"),
    }
}

/// K0214: an ingredient has no code, and no product holds it.
///
/// Why it is refused: no chart could ever name it, so its rules would be silent.
/// Write instead: its RxNorm code, or a code of another system.
pub fn ingredient_uncoded(name: &Name) -> Diagnostic {
    Diagnostic::error("K0214", format!("ingredient {} has no code", quote(&name.value)))
        .label(name.span, "no chart can name it")
        .help("add `rxnorm = \"...\"`, a code of another system, or a product that holds it")
}

/// K0215: more things of one kind than a pack can number.
///
/// Why it is refused: ids are 16 bits wide; one more would mean another thing.
/// Write instead: fewer, or two packs.
pub fn too_many(kind: &str, found: usize, most: usize, span: Span) -> Diagnostic {
    Diagnostic::error("K0215", format!("{found} {kind}, and a pack holds at most {most}"))
        .label(span, "the first one too many")
        .help("leave out what no rule speaks of")
}

/// K0216: no `[policy]` is written.
///
/// Why it is refused: a pack without a name, a version and a policy of loudness cannot stand in an answer.
/// Write instead: one `[policy]` in the whole folder.
pub fn policy_absent() -> Diagnostic {
    Diagnostic::error("K0216", "no `[policy]` is written in any file")
        .help("add one `[policy]` with `name`, `version`, `title` and `[policy.loudness]`")
}

/// K0217: `[policy]` is written twice.
///
/// Why it is refused: two policies would decide differently what may interrupt.
/// Write instead: one of them.
pub fn policy_twice(first: &Policy, second: &Policy) -> Diagnostic {
    Diagnostic::error("K0217", "`[policy]` is written twice")
        .label(second.span, "written again here")
        .label(first.span, "first written here")
        .help("keep one `[policy]` in the whole folder")
}

/// K0218: a name could be two things.
///
/// Why it is refused: taking out a class and taking out an ingredient are not the same.
/// Write instead: another name for one of the two.
pub fn name_ambiguous(written: &Name) -> Diagnostic {
    Diagnostic::error("K0218", format!("{} could be two things", quote(&written.value)))
        .label(written.span, "an ingredient, a class or an allergen of this name are all meant")
        .help("give the class or the allergen another name")
}

/// K0219: a salt is named with an ingredient it is no salt of.
///
/// Why it is refused: the strength would be weighed with the wrong substance.
/// Write instead: a salt listed under that ingredient.
pub fn salt_of_another(salt: &Name, ingredient: &Name) -> Diagnostic {
    Diagnostic::error("K0219", format!("{} is no salt of {}", quote(&salt.value), quote(&ingredient.value)))
        .label(salt.span, "a salt of another ingredient")
        .help(format!("list it in `salts` of {}, or correct the part", quote(&ingredient.value)))
}

/// K0220: a share of base in a salt that cannot be.
///
/// Why it is refused: a dose worked out with it would be nonsense.
/// Write instead: the mass of base in one mass of salt: above 0, at most 1.
pub fn fraction_unfit(name: &Name, span: Span) -> Diagnostic {
    Diagnostic::error("K0220", format!("`base-fraction` of {} is not between 0 and 1", quote(&name.value)))
        .label(span, "the mass of base in one mass of salt")
        .help("write a decimal above 0 and at most 1")
}

/// K0221: a factor of conversion that cannot be, or a unit listed twice.
///
/// Why it is refused: a value converted with it would be nonsense.
/// Write instead: each unit once, with a factor above 0.
pub fn conversion_unfit(lab: &Name, unit: &Name) -> Diagnostic {
    Diagnostic::error("K0221", format!("lab {} cannot convert {}", quote(&lab.value), quote(&unit.value)))
        .label(unit.span, "listed twice, the unit of the rules itself, or not times a number above 0")
        .help("list each other unit once, as rules' unit = value `times` a number above 0")
}

/// K0222: an allergen that does not say what it is.
///
/// Why it is refused: a record of it could not be followed to any drug.
/// Write instead: `class` for kind `unspecified`; an excipient for a part `excipient:`.
pub fn allergen_unfit(written: &Name, why: &str, help: &str) -> Diagnostic {
    Diagnostic::error("K0222", format!("allergen {} {why}", quote(&written.value)))
        .label(written.span, "this one")
        .help(help)
}

/// K0223: codes that stand for a code which means nothing.
///
/// Why it is refused: they would mean nothing either, and nobody would notice.
/// Write instead: a code that an ingredient, a salt, a brand, a product or a problem has.
pub fn alias_of_nothing(written: &WrittenCode) -> Diagnostic {
    let code = quote(&format!("{}|{}", written.system, written.value.value));
    Diagnostic::error("K0223", format!("code {code} means nothing, and other codes stand for it"))
        .label(written.value.span, "nothing that is defined has this code")
        .help("define what has the code, or leave the row out")
}

/// K0224: a code stands for two codes that mean different things.
///
/// Why it is refused: an order of it would be read wrongly half the time.
/// Write instead: the code behind one of the two.
pub fn alias_of_two(code: u64, (first, at): (&Means<'_>, Span), (second, other): (&Means<'_>, Span)) -> Diagnostic {
    Diagnostic::error("K0224", format!("code `{code}` stands for both {first} and {second}"))
        .label(other, format!("it stands for {second}"))
        .label(at, format!("and it stands for {first}"))
        .help("leave it in one of the two rows that hold it")
}
