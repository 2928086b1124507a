//! Two tables that the standard asks for: how loudly a card is spelled, and which reasons may override it.

use crate::clinical::severity::{Loudness, Management, Question, Severity};

/// The system of our override reasons.
pub const REASON_SYSTEM: &str = "urn:caveat:override-reason";

/// The `indicator` of a card: passive findings are `info`; those that interrupt are `critical` when they are contraindicated
/// or to be avoided or to be outweighed, else `warning`.
pub fn indicator(loudness: Loudness, severity: Severity, management: Management) -> &'static str {
    match (loudness, severity, management) {
        (Loudness::Passive, _, _) => "info",
        (Loudness::Interruptive, Severity::Contraindicated, _) => "critical",
        (Loudness::Interruptive, _, Management::Avoid | Management::BenefitMustOutweigh) => "critical",
        (Loudness::Interruptive, _, Management::NoPrecautions | Management::Assess) => "warning",
    }
}

macro_rules! reasons {
    ($($kind:ident => [$(($code:literal, $display:literal)),+ $(,)?]),+ $(,)?) => {
        /// The reasons, as code and words, that a clinician may give for overriding a finding of a kind. At most seven;
        /// codes are lasting.
        pub fn reasons(question: Question) -> &'static [(&'static str, &'static str)] {
            match question { $(Question::$kind => &[$(($code, $display)),+]),+ }
        }

        /// The same as a member of a card, written out beforehand: every card carries them.
        pub fn reasons_member(question: Question) -> &'static str {
            match question { $(Question::$kind => member!($(($code, $display)),+)),+ }
        }
    };
}

macro_rules! member {
    (($first:literal, $words:literal) $(, ($code:literal, $display:literal))*) => {
        concat!(r#""overrideReasons":["#, coding!($first, $words) $(, ",", coding!($code, $display))*, "]")
    };
}

macro_rules! coding {
    ($code:literal, $display:literal) => {
        concat!(
            r#"{"code":""#,
            $code,
            r#"","system":""#,
            "urn:caveat:override-reason",
            r#"","display":""#,
            $display,
            r#""}"#
        )
    };
}

reasons! {
    Interaction => [
        ("benefit-outweighs-risk", "Benefit outweighs the risk"),
        ("will-monitor", "Will monitor"),
        ("tolerated-before", "Patient has taken both before without harm"),
        ("dose-or-timing-adjusted", "Dose or timing is adjusted"),
        ("no-alternative", "No suitable alternative"),
        ("other-drug-not-taken", "Patient no longer takes the other drug"),
        ("does-not-apply", "Does not apply to this patient"),
    ],
    Allergy => [
        ("tolerated-since", "Patient has tolerated this drug since"),
        ("not-an-allergy", "Recorded reaction is no allergy"),
        ("record-is-wrong", "Recorded allergy is wrong"),
        ("supervised", "Given under supervision or after desensitisation"),
        ("benefit-outweighs-risk", "Benefit outweighs the risk"),
        ("no-alternative", "No suitable alternative"),
    ],
    Dose => [
        ("dose-intended", "Dose is intended for this indication"),
        ("specialist-protocol", "Dose follows a specialist's advice or a protocol"),
        ("guided-by-levels", "Dose is guided by levels or response"),
        ("established-dose", "Patient is stable on this dose"),
        ("short-course", "Short course only"),
        ("data-out-of-date", "Weight or kidney function on file is out of date"),
        ("does-not-apply", "Does not apply to this patient"),
    ],
    Duplicate => [
        ("intended-together", "Both are intended"),
        ("other-will-stop", "The other order will be stopped"),
        ("switching", "Switching from one to the other"),
        ("strengths-combined", "Strengths are combined to one dose"),
        ("as-needed", "One of them is taken only as needed"),
        ("other-drug-not-taken", "Patient no longer takes the other drug"),
    ],
    Contraindication => [
        ("benefit-outweighs-risk", "Benefit outweighs the risk"),
        ("will-monitor", "Will monitor"),
        ("tolerated-before", "Patient has taken it before without harm"),
        ("condition-resolved", "Condition is resolved or does not apply now"),
        ("record-is-wrong", "Record is wrong or out of date"),
        ("specialist-protocol", "Follows a specialist's advice or a protocol"),
        ("no-alternative", "No suitable alternative"),
    ],
}
