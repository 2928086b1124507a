//! Complaints about dose rules: K0450 to K0469.

use crate::diagnostic::quote::quote;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Band, Name, Rule};

/// K0450: a dose band that an earlier one covers.
///
/// Why it is refused: the first band that holds speaks; these limits would never be checked.
/// Write instead: the narrower band first.
pub fn band_covered(later: &Band, earlier: &Band) -> Diagnostic {
    let message = format!("band {} can never speak", quote(&later.name.value));
    let at = |band: &Band| band.when.as_ref().map_or(band.name.span, |w| w.span);
    Diagnostic::error("K0450", message)
        .label(at(later), "everybody here ...")
        .label(at(earlier), format!("... is in band {} already", quote(&earlier.name.value)))
        .help("put the narrower band first, or take one of the two out")
}

/// K0451: a dose rule without a band, or a band without a limit.
///
/// Why it is refused: the order would count as checked, and nothing was.
/// Write instead: at least one band with at least one limit.
pub fn limits_absent(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("K0451", format!("{what} has no limit"))
        .label(span, "nothing would be checked")
        .help("add `limits = [ { single-max = \"...\" } ]`")
}

/// K0452: limits in a salt of another drug.
///
/// Why it is refused: the dose would be weighed with the wrong substance.
/// Write instead: a salt of the drug the rule speaks of.
pub fn basis_of_another(salt: &Name) -> Diagnostic {
    Diagnostic::error("K0452", format!("{} is no salt of a drug of this rule", quote(&salt.value)))
        .label(salt.span, "a salt of another ingredient")
        .help("name a salt of the drug, or leave `basis` out")
}

/// K0453: a limit that is not above nothing.
///
/// Why it is refused: every order would break it, or none.
/// Write instead: a number above 0.
pub fn limit_unfit(span: Span) -> Diagnostic {
    Diagnostic::error("K0453", "a limit must be above 0").label(span, "this one").help("write a number above 0")
}

/// K0454: a usual limit above the absolute one.
///
/// Why it is refused: the absolute limit would be broken before the usual one.
/// Write instead: the usual limit below the absolute.
pub fn usual_above_absolute(usual: Span, absolute: Span) -> Diagnostic {
    Diagnostic::error("K0454", "a usual limit goes beyond the absolute one")
        .label(usual, "usual")
        .label(absolute, "absolute")
        .help("exchange the two, or correct one")
}

/// K0455: two limits of one kind in a band.
///
/// Why it is refused: one of them never decides.
/// Write instead: one of them; or one `usual` and one `absolute`.
pub fn limit_twice(second: Span, first: Span) -> Diagnostic {
    Diagnostic::error("K0455", "two limits of one kind stand in one band")
        .label(second, "again here")
        .label(first, "first here")
        .help("keep one, or make one `usual` and one `absolute`")
}

/// K0456: two bands of one name.
///
/// Why it is refused: a trace names the band that spoke.
/// Write instead: two names.
pub fn band_twice(second: &Band, rule: &Rule) -> Diagnostic {
    let message = format!("rule {} has two bands called {}", quote(&rule.id.value), quote(&second.name.value));
    Diagnostic::error("K0456", message).label(second.name.span, "again here").help("give one of them another name")
}

/// K0457: a limit that no sum of equivalents can be compared with.
///
/// Why it is refused: equivalents are milligrams a day; a single giving, a course or a pace has none.
/// Write instead: `daily-max` in a mass, for the whole body.
pub fn equivalent_limit_unfit(span: Span) -> Diagnostic {
    Diagnostic::error("K0457", "equivalents add up to milligrams a day")
        .label(span, "another kind of limit")
        .help("write `daily-max = \"90 mg\"`")
}

/// K0458: one drug by one route with two factors.
///
/// Why it is refused: nobody could tell by which it counts.
/// Write instead: one factor for each route.
pub fn equivalent_twice(second: Span, first: Span) -> Diagnostic {
    Diagnostic::error("K0458", "one drug has two factors by one route")
        .label(second, "again here")
        .label(first, "first here")
        .help("keep one, or give each its own `route`")
}
