//! The scorecard of a pack: everything the other rooms find, in one value.

use crate::clinical::time::Moment;
use crate::engine::screen::Screener;
use crate::pack::case::{CaseError, decode};
use crate::pack::read::Pack;
use crate::score::cards::{Cards, lint};
use crate::score::coverage::{Coverage, coverage};
use crate::score::everyday::EverydayPairs;
use crate::score::onc::Onc;
use crate::score::reach::reach;
use crate::score::recognition::{CodesError, Recognition, recognition};
use crate::score::traffic::{Request, Traffic, traffic};
use crate::score::upkeep::{Upkeep, upkeep};
use crate::score::vignettes::{self, Vignettes};
use serde::Serialize;
use std::sync::Arc;

/// What a pack is asked beyond what it holds.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The moment reviews are due by, and requests are answered as of.
    pub as_of: Moment,
    /// Lists of codes: name and text.
    pub codes: Vec<(String, String)>,
    /// Hook requests; `None` when nobody gave any.
    pub requests: Option<Vec<Request>>,
}

/// How good a pack is.
#[derive(Clone, Debug, Serialize)]
pub struct Scorecard {
    /// Which pack.
    pub pack: Identity,
    /// What it covers.
    pub coverage: Coverage,
    /// The ONC lists.
    pub onc: Onc,
    /// The everyday drugs.
    pub everyday: EverydayPairs,
    /// Vignettes and cases.
    pub vignettes: Vignettes,
    /// The words of the cards.
    pub cards: Cards,
    /// What rules lack.
    pub upkeep: Upkeep,
    /// Lists of codes.
    pub recognition: Vec<Recognition>,
    /// Hook requests.
    pub traffic: Option<Traffic>,
}

/// Which pack, and how large it is.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its content.
    pub hash: String,
    /// Ingredients.
    pub ingredients: usize,
    /// Products.
    pub products: usize,
    /// Codes of drugs.
    pub drug_codes: usize,
    /// Classes.
    pub classes: usize,
    /// Rules.
    pub rules: usize,
    /// Pairs of ingredients that some rule reads.
    pub pairs: usize,
}

/// Why a pack could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// Its cases cannot be read.
    #[error(transparent)]
    Cases(#[from] CaseError),
    /// A list of codes cannot be read.
    #[error("the codes of `{list}` cannot be read: {why}")]
    Codes {
        /// Which list.
        list: String,
        /// Why.
        why: CodesError,
    },
}

impl Scorecard {
    /// Asks a pack everything. Takes seconds for a large one: tens of thousands of charts are screened.
    ///
    /// # Errors
    /// When its cases, or a list of codes, cannot be read.
    pub fn of(pack: &Arc<Pack>, asked: &Asked) -> Result<Scorecard, ScoreError> {
        let screener = Screener::new(Arc::clone(pack));
        let cases = decode(&pack.raw().cases)?;
        let recognised = |(list, text): &(String, String)| {
            recognition(pack, list, text).map_err(|why| ScoreError::Codes { list: list.clone(), why })
        };
        Ok(Scorecard {
            pack: identity(pack),
            recognition: asked.codes.iter().map(recognised).collect::<Result<_, _>>()?,
            coverage: coverage(pack, &reach(pack)),
            onc: Onc::of(pack),
            everyday: EverydayPairs::of(pack),
            vignettes: vignettes::run(&screener, &cases),
            cards: lint(&screener, &cases),
            upkeep: upkeep(pack, &cases, asked.as_of),
            traffic: asked.requests.as_deref().map(|requests| traffic(&screener, requests, asked.as_of)),
        })
    }
}

fn identity(pack: &Pack) -> Identity {
    let (raw, stamp) = (pack.raw(), pack.stamp());
    Identity {
        name: stamp.name.clone(),
        version: stamp.version.clone(),
        hash: stamp.hash.clone(),
        ingredients: raw.ingredients.names.len(),
        products: raw.products.names.len(),
        drug_codes: raw.drug_codes.keys.len() + raw.drug_codes.other_targets.len(),
        classes: raw.classes.names.len(),
        rules: raw.rules.names.len(),
        pairs: pack.pairs_met(),
    }
}
