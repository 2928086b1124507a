//! The closed, exact table of the spellings a unit may have: UCUM codes first, then the words that charts use.

use crate::clinical::exact::Exact;
use crate::clinical::quantity::{Thing, Unit};

impl Unit {
    /// The unit behind a spelling, exactly as it stands: letter case counts, because `Mg` is no `mg`.
    ///
    /// `U` is read as a unit of activity as prescriptions mean it (`mU` as a thousandth), not as the enzyme unit of UCUM,
    /// and a drop (`[drp]`) as a thing counted, not as a twentieth of a millilitre. Blanks around it are dropped; `None` for anything else.
    pub fn parse(spelling: &str) -> Option<Unit> {
        let spelling = spelling.trim();
        measured(spelling).or_else(|| counted(spelling).map(Unit::Count))
    }
}

fn measured(spelling: &str) -> Option<Unit> {
    const fn n(whole: i64) -> Exact {
        Exact::whole(whole)
    }
    Some(match spelling {
        "mg" => Unit::Mass(n(1_000_000)),
        "ug" | "mcg" | "\u{b5}g" | "\u{3bc}g" => Unit::Mass(n(1_000)),
        "g" => Unit::Mass(n(1_000_000_000)),
        "ng" => Unit::Mass(n(1)),
        "kg" => Unit::Mass(n(1_000_000_000_000)),
        "mL" | "ml" | "cc" => Unit::Volume(n(1_000)),
        "uL" | "ul" | "\u{b5}L" | "\u{3bc}L" => Unit::Volume(n(1)),
        "dL" | "dl" => Unit::Volume(n(100_000)),
        "L" | "l" => Unit::Volume(n(1_000_000)),
        "[iU]" | "[IU]" | "IU" | "iu" | "[USP'U]" | "U" | "UNT" | "unit" | "units" | "unit(s)" | "{unit}"
        | "{units}" => Unit::Activity(n(1)),
        "m[iU]" | "m[IU]" | "mU" => Unit::Activity(Exact::ratio(1, 1_000)?),
        "k[iU]" | "k[IU]" | "10*3.[iU]" | "10*3.[IU]" => Unit::Activity(n(1_000)),
        "10*6.[iU]" | "10*6.[IU]" | "M[iU]" | "M[IU]" | "MU" | "million units" => Unit::Activity(n(1_000_000)),
        "meq" | "mEq" => Unit::Equivalents(n(1)),
        "mmol" => Unit::Moles(n(1)),
        "mol" => Unit::Moles(n(1_000)),
        "umol" => Unit::Moles(Exact::ratio(1, 1_000)?),
        _ => return None,
    })
}

fn counted(spelling: &str) -> Option<Thing> {
    Some(match spelling {
        "1" | "{each}" | "EA" | "ea" | "each" | "{pill}" | "pill" | "pills" | "{dose}" | "dose" | "doses" | "piece"
        | "pieces" => Thing::Each,
        // 385055001 is SNOMED CT's "Tablet dose form", which charts send as the unit of a dose.
        "{tablet}" | "{tbl}" | "tablet" | "tablets" | "tab" | "tabs" | "tab(s)" | "tablet(s)" | "TAB" | "Tab"
        | "385055001" => Thing::Tablet,
        "{capsule}" | "capsule" | "capsules" | "cap" | "caps" | "cap(s)" | "capsule(s)" | "CAP" | "Cap" => {
            Thing::Capsule
        }
        "{patch}" | "patch" | "patches" | "PATCH" => Thing::Patch,
        "{puff}" | "puff" | "puffs" | "{actuat}" | "actuation" | "actuations" | "{spray}" | "spray" | "sprays"
        | "{inhalation}" | "inhalation" | "inhalations" => Thing::Actuation,
        "[drp]" | "{drop}" | "drop" | "drops" | "gtt" | "OPDROP" => Thing::Drop,
        "{suppository}" | "suppository" | "suppositories" | "SUPP" | "VAGTAB" => Thing::Suppository,
        "{lozenge}" | "lozenge" | "lozenges" | "{film}" | "film" | "films" => Thing::Lozenge,
        "{packet}" | "packet" | "packets" | "{sachet}" | "sachet" | "sachets" => Thing::Packet,
        "{vial}" | "vial" | "vials" | "ampule" | "ampules" => Thing::Vial,
        "{pen}" | "pen" | "pens" | "{syringe}" | "syringe" | "syringes" => Thing::Syringe,
        "{application}" | "application" | "applications" | "APPFUL" => Thing::Application,
        _ => return None,
    })
}
