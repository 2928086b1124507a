//! RxNorm's dose forms: what each is to us, by which route it goes, and what a bare amount in it is counted in.

use crate::clinical::form::Form;
use crate::clinical::route::{Route, RouteSet};

/// A dose form of RxNorm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoseForm {
    /// RxNorm's words for it.
    pub words: &'static str,
    /// Our form, where there is one.
    pub form: Form,
    /// Its route; `None` where the name does not say (injections).
    pub route: Option<Route>,
    /// What an amount without a "per" is in one of; `None` where that is not certain.
    pub piece: Option<&'static str>,
}

/// The dose form with which a name ends, and the name before it. The longest one counts.
pub fn dose_form_of(name: &str) -> Option<(&str, &'static DoseForm)> {
    let fits = |form: &&DoseForm| {
        let at = name.len().checked_sub(form.words.len());
        at.is_some_and(|at| {
            name.get(at..).is_some_and(|tail| tail.eq_ignore_ascii_case(form.words))
                && (at == 0 || name.as_bytes()[at - 1] == b' ')
        })
    };
    let form = FORMS.iter().filter(fits).max_by_key(|form| form.words.len())?;
    Some((name[..name.len() - form.words.len()].trim_end(), form))
}

impl DoseForm {
    /// The route as a set; unknown where the name does not say.
    pub fn routes(&self) -> RouteSet {
        self.route.map_or(RouteSet::UNKNOWN, RouteSet::of)
    }
}

macro_rules! dose_forms {
    ($($words:literal $form:ident $route:tt $piece:tt),+ $(,)?) => {
        /// Every dose form that is understood.
        pub const FORMS: &[DoseForm] = &[$(DoseForm {
            words: $words,
            form: Form::$form,
            route: dose_forms!(@route $route),
            piece: dose_forms!(@piece $piece),
        }),+];
    };
    (@route _) => { None };
    (@route $route:ident) => { Some(Route::$route) };
    (@piece _) => { None };
    (@piece $piece:literal) => { Some($piece) };
}

dose_forms! {
    "Oral Tablet" Tablet Oral "tablet",
    "Effervescent Oral Tablet" Tablet Oral "tablet",
    "Chewable Tablet" ChewableTablet Oral "tablet",
    "Chewable Extended Release Oral Tablet" ExtendedReleaseTablet Oral "tablet",
    "Extended Release Oral Tablet" ExtendedReleaseTablet Oral "tablet",
    "Delayed Release Oral Tablet" DelayedReleaseTablet Oral "tablet",
    "Disintegrating Oral Tablet" DisintegratingTablet Oral "tablet",
    "Tablet for Oral Suspension" Tablet Oral "tablet",
    "Sublingual Tablet" SublingualTablet Sublingual "tablet",
    "Buccal Tablet" Tablet Buccal "tablet",
    "Oral Capsule" Capsule Oral "capsule",
    "Extended Release Oral Capsule" ExtendedReleaseCapsule Oral "capsule",
    "Delayed Release Oral Capsule" DelayedReleaseCapsule Oral "capsule",
    "Oral Lozenge" Lozenge Oral "lozenge",
    "Oral Film" Film Oral "film",
    "Buccal Film" Film Buccal "film",
    "Sublingual Film" Film Sublingual "film",
    "Oral Wafer" Other Oral _,
    "Chewing Gum" Other Oral _,
    "Oral Pellet" Other Oral _,
    "Chewable Bar" Other Oral _,
    "Oral Solution" Solution Oral _,
    "Oral Suspension" Suspension Oral _,
    "Extended Release Suspension" Suspension Oral _,
    "Oral Spray" Spray Oral _,
    "Oral Gel" Gel Oromucosal _,
    "Oral Paste" Other Oromucosal _,
    "Oral Cream" Cream Oromucosal _,
    "Oral Ointment" Ointment Oromucosal _,
    "Oral Foam" Foam Oral _,
    "Oral Powder" Powder Oral _,
    "Oral Granules" Granules Oral _,
    "Delayed Release Oral Granules" Granules Oral _,
    "Powder for Oral Solution" Powder Oral _,
    "Powder for Oral Suspension" Powder Oral _,
    "Granules for Oral Solution" Granules Oral _,
    "Granules for Oral Suspension" Granules Oral _,
    "Sublingual Powder" Powder Sublingual _,
    "Sublingual Spray" Spray Sublingual _,
    "Mouthwash" Mouthwash Oromucosal _,
    "Toothpaste" Other Dental _,
    "Paste" Other _ _,
    "Mucosal Spray" Spray _ _,
    "Mucous Membrane Topical Solution" Solution Oromucosal _,
    "Injection" Injection _ "vial",
    "Injectable Solution" Injection _ _,
    "Injectable Suspension" Injection _ _,
    "Injectable Foam" Injection _ _,
    "Prefilled Syringe" PrefilledSyringe _ _,
    "Auto-Injector" Pen _ _,
    "Pen Injector" Pen _ _,
    "Cartridge" Pen _ _,
    "Jet Injector" Other _ _,
    "Intraperitoneal Solution" Solution Other _,
    "Intratracheal Suspension" Suspension Inhalation _,
    "Intravesical Solution" Solution Intravesical _,
    "Intravesical Suspension" Suspension Intravesical _,
    "Powder for Intravesical Solution" Powder Intravesical _,
    "Powder for Intravesical Suspension" Powder Intravesical _,
    "Powder for Pyelocalyceal Solution" Powder Other _,
    "Irrigation Solution" Solution Other _,
    "Topical Cream" Cream Topical _,
    "Topical Ointment" Ointment Topical _,
    "Topical Gel" Gel Topical _,
    "Topical Lotion" Lotion Topical _,
    "Topical Solution" Solution Topical _,
    "Topical Suspension" Suspension Topical _,
    "Topical Oil" Other Topical _,
    "Topical Foam" Foam Topical _,
    "Topical Spray" Spray Topical _,
    "Topical Powder" Powder Topical _,
    "Powder Spray" Spray Topical _,
    "Topical Liquefied Gas" Other Topical _,
    "Medicated Patch" Patch Topical _,
    "Medicated Pad" Other Topical _,
    "Medicated Tape" Other Topical _,
    "Medicated Liquid Soap" Other Topical _,
    "Medicated Bar Soap" Other Topical _,
    "Medicated Shampoo" Other Topical _,
    "Transdermal System" Patch Transdermal _,
    "Transdermal Patch" Patch Transdermal _,
    "Ophthalmic Solution" OphthalmicSolution Ophthalmic _,
    "Ophthalmic Suspension" OphthalmicSolution Ophthalmic _,
    "Ophthalmic Irrigation Solution" Solution Ophthalmic _,
    "Ophthalmic Ointment" OphthalmicOintment Ophthalmic _,
    "Ophthalmic Gel" OphthalmicOintment Ophthalmic _,
    "Ophthalmic Cream" OphthalmicOintment Ophthalmic _,
    "Ophthalmic Spray" Spray Ophthalmic _,
    "Otic Solution" OticSolution Otic _,
    "Otic Suspension" OticSolution Otic _,
    "Nasal Spray" NasalSpray Nasal _,
    "Metered Dose Nasal Spray" NasalSpray Nasal _,
    "Nasal Solution" Solution Nasal _,
    "Nasal Gel" Gel Nasal _,
    "Nasal Ointment" Ointment Nasal _,
    "Nasal Powder" Powder Nasal _,
    "Powder for Nasal Solution" Powder Nasal _,
    "Nasal Inhalant" Inhaler Nasal _,
    "Metered Dose Inhaler" Inhaler Inhalation _,
    "Dry Powder Inhaler" Inhaler Inhalation _,
    "Inhalation Powder" Inhaler Inhalation _,
    "Inhalation Spray" Inhaler Inhalation _,
    "Inhalation Solution" NebuliserSolution Inhalation _,
    "Inhalation Suspension" NebuliserSolution Inhalation _,
    "Inhalant Powder" Inhaler Inhalation _,
    "Inhalant Solution" NebuliserSolution Inhalation _,
    "Gas for Inhalation" Gas Inhalation _,
    "Rectal Suppository" Suppository Rectal "suppository",
    "Rectal Cream" Cream Rectal _,
    "Rectal Gel" Gel Rectal _,
    "Rectal Ointment" Ointment Rectal _,
    "Rectal Foam" Foam Rectal _,
    "Rectal Solution" Enema Rectal _,
    "Rectal Suspension" Enema Rectal _,
    "Rectal Spray" Spray Rectal _,
    "Enema" Enema Rectal _,
    "Vaginal Cream" Cream Vaginal _,
    "Vaginal Gel" Gel Vaginal _,
    "Vaginal Ointment" Ointment Vaginal _,
    "Vaginal Foam" Foam Vaginal _,
    "Vaginal Film" Film Vaginal _,
    "Vaginal Insert" VaginalTablet Vaginal "suppository",
    "Vaginal Tablet" VaginalTablet Vaginal "suppository",
    "Vaginal Suppository" Suppository Vaginal "suppository",
    "Vaginal System" VaginalRing Vaginal _,
    "Vaginal Ring" VaginalRing Vaginal _,
    "Douche" Solution Vaginal _,
    "Urethral Suppository" Suppository Urethral "suppository",
    "Urethral Gel" Gel Urethral _,
    "Intrauterine System" Implant Other _,
    "Drug Implant" Implant Implant _,
}
