//! Dose forms: a closed list, and what one of each is when it is counted.

use crate::clinical::quantity::Thing;
use serde::{Deserialize, Serialize};

macro_rules! forms {
    ($($variant:ident = $word:literal $thing:ident),+ $(,)?) => {
        /// A dose form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each variant is its own word")]
        pub enum Form { $($variant),+ }

        impl Form {
            /// Every form, in declaration order.
            pub const ALL: &'static [Form] = &[$(Form::$variant),+];

            /// The word used in rules and product tables.
            pub fn word(self) -> &'static str {
                match self { $(Form::$variant => $word),+ }
            }

            /// The form behind a word of the closed list.
            pub fn from_word(word: &str) -> Option<Form> {
                match word { $($word => Some(Form::$variant),)+ _ => None }
            }

            /// What one of it is when doses are counted; `Each` when its doses are not counted in pieces.
            pub fn thing(self) -> Thing {
                match self { $(Form::$variant => Thing::$thing),+ }
            }
        }
    };
}

forms! {
    Tablet = "tablet" Tablet, ChewableTablet = "chewable-tablet" Tablet, ExtendedReleaseTablet = "extended-release-tablet" Tablet,
    DelayedReleaseTablet = "delayed-release-tablet" Tablet, DisintegratingTablet = "disintegrating-tablet" Tablet,
    SublingualTablet = "sublingual-tablet" Tablet, Capsule = "capsule" Capsule, ExtendedReleaseCapsule = "extended-release-capsule" Capsule,
    DelayedReleaseCapsule = "delayed-release-capsule" Capsule, Lozenge = "lozenge" Lozenge, Film = "film" Lozenge, Powder = "powder" Packet,
    Granules = "granules" Packet, Solution = "solution" Each, Suspension = "suspension" Each, Syrup = "syrup" Each, Elixir = "elixir" Each,
    Drops = "drops" Drop, Injection = "injection" Vial, Infusion = "infusion" Vial, Pen = "pen" Syringe,
    PrefilledSyringe = "prefilled-syringe" Syringe, Vial = "vial" Vial, Inhaler = "inhaler" Actuation,
    NebuliserSolution = "nebuliser-solution" Vial, NasalSpray = "nasal-spray" Actuation, Spray = "spray" Actuation, Cream = "cream" Application,
    Ointment = "ointment" Application, Gel = "gel" Application, Lotion = "lotion" Application, Foam = "foam" Application, Patch = "patch" Patch,
    Suppository = "suppository" Suppository, Enema = "enema" Each, VaginalRing = "vaginal-ring" Suppository,
    VaginalTablet = "vaginal-tablet" Suppository, OphthalmicSolution = "ophthalmic-solution" Drop,
    OphthalmicOintment = "ophthalmic-ointment" Application, OticSolution = "otic-solution" Drop, Mouthwash = "mouthwash" Each,
    Implant = "implant" Each, Kit = "kit" Each, Gas = "gas" Each, Other = "other" Each,
}
