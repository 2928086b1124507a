//! FDA's dose forms in our words.

use crate::clinical::form::Form;
use crate::clinical::route::{Route, RouteSet};

/// The form behind FDA's words; `None` where there is none of ours.
pub fn form(words: &str, routes: RouteSet) -> Option<Form> {
    let only = |route: Route| routes == RouteSet::of(route);
    let has = |word: &str| words.contains(word);
    let first = words.split(',').next().unwrap_or("").trim();
    let released = |now: Form, late: Form, long: Form| {
        if has("EXTENDED RELEASE") {
            long
        } else if has("DELAYED RELEASE") {
            late
        } else {
            now
        }
    };
    Some(match first {
        "TABLET" if has("CHEWABLE") => Form::ChewableTablet,
        "TABLET" if has("ORALLY DISINTEGRATING") => Form::DisintegratingTablet,
        "TABLET" if only(Route::Sublingual) => Form::SublingualTablet,
        "TABLET" if only(Route::Vaginal) => Form::VaginalTablet,
        "TABLET" => released(Form::Tablet, Form::DelayedReleaseTablet, Form::ExtendedReleaseTablet),
        "CAPSULE" => released(Form::Capsule, Form::DelayedReleaseCapsule, Form::ExtendedReleaseCapsule),
        "INJECTION" => Form::Injection,
        "SOLUTION" | "SOLUTION/ DROPS" | "SUSPENSION" | "SUSPENSION/ DROPS" | "EMULSION" if only(Route::Ophthalmic) => {
            Form::OphthalmicSolution
        }
        "SOLUTION" | "SOLUTION/ DROPS" | "SUSPENSION" | "SUSPENSION/ DROPS" if only(Route::Otic) => Form::OticSolution,
        "OINTMENT" | "GEL" if only(Route::Ophthalmic) => Form::OphthalmicOintment,
        "SOLUTION" | "SUSPENSION" if only(Route::Inhalation) => Form::NebuliserSolution,
        "SPRAY" if only(Route::Nasal) => Form::NasalSpray,
        "SOLUTION" | "LIQUID" => Form::Solution,
        "SOLUTION/ DROPS" => Form::Drops,
        "SUSPENSION" => Form::Suspension,
        "SYRUP" => Form::Syrup,
        "ELIXIR" => Form::Elixir,
        "CREAM" => Form::Cream,
        "OINTMENT" => Form::Ointment,
        "GEL" => Form::Gel,
        "LOTION" => Form::Lotion,
        "AEROSOL" if has("FOAM") => Form::Foam,
        "AEROSOL" if only(Route::Inhalation) => Form::Inhaler,
        "POWDER" if has("METERED") => Form::Inhaler,
        "SPRAY" => Form::Spray,
        "PATCH" => Form::Patch,
        "FILM" if only(Route::Transdermal) => Form::Patch,
        "FILM" => Form::Film,
        "SUPPOSITORY" => Form::Suppository,
        "ENEMA" => Form::Enema,
        "LOZENGE" | "TROCHE" => Form::Lozenge,
        "GRANULE" => Form::Granules,
        "POWDER" => Form::Powder,
        "RINSE" | "MOUTHWASH" => Form::Mouthwash,
        "IMPLANT" => Form::Implant,
        "RING" => Form::VaginalRing,
        "KIT" => Form::Kit,
        "GAS" => Form::Gas,
        _ => return None,
    })
}

/// Whether an injection is a powder: its strength is that of the whole vial.
pub fn is_powder(words: &str) -> bool {
    words.contains("POWDER")
}
