//! Routes of administration: a closed list, and which of them reach the whole body.

use serde::{Deserialize, Serialize};

macro_rules! routes {
    ($($variant:ident = $word:literal $group:ident),+ $(,)?) => {
        /// A route of administration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each variant is its own word")]
        pub enum Route { $($variant),+ }

        impl Route {
            /// Every route, in declaration order.
            pub const ALL: &'static [Route] = &[$(Route::$variant),+];

            /// The word used in rules and cards.
            pub fn word(self) -> &'static str {
                match self { $(Route::$variant => $word),+ }
            }

            /// The route behind a word of the closed list.
            pub fn from_word(word: &str) -> Option<Route> {
                match word { $($word => Some(Route::$variant),)+ _ => None }
            }

            /// Whether a drug given so is meant to act where it is put.
            pub const fn is_local(self) -> bool {
                const SYSTEMIC: bool = false;
                const LOCAL: bool = true;
                match self { $(Route::$variant => $group),+ }
            }
        }
    };
}

routes! {
    Oral = "oral" SYSTEMIC, Sublingual = "sublingual" SYSTEMIC, Buccal = "buccal" SYSTEMIC, Enteral = "enteral" SYSTEMIC,
    Intravenous = "intravenous" SYSTEMIC, Intramuscular = "intramuscular" SYSTEMIC, Subcutaneous = "subcutaneous" SYSTEMIC,
    Intradermal = "intradermal" LOCAL, Intrathecal = "intrathecal" SYSTEMIC, Epidural = "epidural" SYSTEMIC,
    Intraosseous = "intraosseous" SYSTEMIC, Intraarticular = "intraarticular" SYSTEMIC, Intravitreal = "intravitreal" LOCAL,
    Inhalation = "inhalation" LOCAL, Nasal = "nasal" LOCAL, Ophthalmic = "ophthalmic" LOCAL, Otic = "otic" LOCAL,
    Topical = "topical" LOCAL, Transdermal = "transdermal" SYSTEMIC, Rectal = "rectal" SYSTEMIC, Vaginal = "vaginal" LOCAL,
    Urethral = "urethral" LOCAL, Oromucosal = "oromucosal" LOCAL, Intravesical = "intravesical" LOCAL, Dental = "dental" LOCAL,
    Implant = "implant" SYSTEMIC, Other = "other" SYSTEMIC,
}

/// A set of routes, one bit for each in declaration order. Empty means unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteSet(pub u32);

impl RouteSet {
    /// No route known.
    pub const UNKNOWN: RouteSet = RouteSet(0);

    /// A set of one.
    pub const fn of(route: Route) -> RouteSet {
        RouteSet(1 << route as u8)
    }

    /// Both sets together.
    pub fn with(self, other: RouteSet) -> RouteSet {
        RouteSet(self.0 | other.0)
    }

    /// Whether they share a route.
    pub fn meets(self, other: RouteSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// The routes in it, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Route> {
        Route::ALL.iter().copied().filter(move |r| self.meets(RouteSet::of(*r)))
    }

    /// Every local route.
    pub const fn local() -> RouteSet {
        LOCAL_ROUTES
    }

    /// Every systemic route.
    pub const fn systemic() -> RouteSet {
        SYSTEMIC_ROUTES
    }

    /// Whether it may reach the whole body: unknown counts as yes.
    pub fn may_be_systemic(self) -> bool {
        self.is_unknown() || self.meets(SYSTEMIC_ROUTES)
    }
}

const LOCAL_ROUTES: RouteSet = routes_where(true);
const SYSTEMIC_ROUTES: RouteSet = routes_where(false);

const fn routes_where(local: bool) -> RouteSet {
    let (mut bits, mut at) = (0, 0);
    while at < Route::ALL.len() {
        if Route::ALL[at].is_local() == local {
            bits |= 1 << Route::ALL[at] as u8;
        }
        at += 1;
    }
    RouteSet(bits)
}
