//! Complaints about cases: K047x.

use crate::diagnostic::quote::quote;
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::Name;

/// K0470: an expectation that cannot be read.
///
/// Why it is refused: it would prove nothing.
/// Write instead: `RULE [SEVERITY] [LOUDNESS]`.
pub fn expectation_unread(written: &Name, word: &str) -> Diagnostic {
    Diagnostic::error("K0470", format!("{} is neither a severity nor a loudness", quote(word)))
        .label(written.span, "in this expectation")
        .help("write the rule, then a severity (`major`), then a loudness (`interruptive` or `passive`)")
}

/// K0471: a case names a thing that has no code.
///
/// Why it is refused: a chart speaks codes; nobody could record it.
/// Write instead: a code where the thing is defined, or `system|code` here.
pub fn thing_uncoded(written: &Name, kind: &str) -> Diagnostic {
    Diagnostic::error("K0471", format!("{kind} {} has no code to put into a chart", quote(&written.value)))
        .label(written.span, "named by this case")
        .help("give it a code where it is defined, or write `system|code` here")
}

/// K0472: a case whose moment is no date.
///
/// Why it is refused: time is never guessed.
/// Write instead: `as-of = "YYYY-MM-DD"`.
pub fn moment_unread(written: &Name) -> Diagnostic {
    Diagnostic::error("K0472", format!("{} is no day", quote(&written.value)))
        .label(written.span, "not a day of the calendar as `YYYY-MM-DD`")
        .help("write a day as `YYYY-MM-DD`")
}

/// K0473: a focus that does not exist.
///
/// Why it is refused: nobody could tell what the case asks.
/// Write instead: orders, existing, verify or allergy.
pub fn focus_unknown(written: &Name) -> Diagnostic {
    Diagnostic::error("K0473", format!("unknown focus {}", quote(&written.value)))
        .label(written.span, "this one")
        .help("write `orders`, `existing`, `verify` or `allergy`")
}

/// K0474: a case that expects nothing (a warning).
///
/// Why it is said: it passes whatever the rules do.
/// Write instead: `expect`, `expect-not` or `expect-gap`.
pub fn expects_nothing(name: &Name) -> Diagnostic {
    Diagnostic::warning("K0474", format!("case {} expects nothing", quote(&name.value)))
        .label(name.span, "it passes whatever the rules do")
        .help("add `expect`, `expect-not` or `expect-gap`")
}

/// K0475: a case that expects a rule and its absence.
///
/// Why it is refused: it can never pass.
/// Write instead: one of the two.
pub fn expects_both(written: &Name, first: Span) -> Diagnostic {
    Diagnostic::error("K0475", format!("rule {} is expected and not expected", quote(&written.value)))
        .label(written.span, "not expected here")
        .label(first, "expected here")
        .help("keep one of the two")
}

/// K0476: a case that is to be quiet and expects something.
///
/// Why it is refused: it can never pass.
/// Write instead: `quiet = true`, or what is to be found.
pub fn quiet_disagrees(quiet: Span, other: Span) -> Diagnostic {
    Diagnostic::error("K0476", "the case is to be quiet and expects a finding")
        .label(other, "a finding is expected here")
        .label(quiet, "no finding at all is expected here")
        .help("keep one of the two")
}

/// K0477: a case in which nothing may interrupt, and that expects something that does.
///
/// Why it is refused: it can never pass.
/// Write instead: `passive`, or take `interrupts = false` out.
pub fn interruption_disagrees(written: &Name, interrupts: Span) -> Diagnostic {
    Diagnostic::error("K0477", "the case expects an interruption and that nothing interrupts")
        .label(written.span, "an interruption is expected here")
        .label(interrupts, "and none at all here")
        .help("keep one of the two")
}
