//! Everything fetched for one call: each thing wanted on its own way, all together looked at whenever the answer is due.

use crate::fetch::fetcher::Want;
use crate::fetch::page::{Expected, next_page};
use crate::fetch::request::Kit;
use crate::fetch::trouble::{Ill, Trouble};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::task::JoinSet;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// A JSON object, as `prefetch` would have been: under each key that was answered a resource, or a list of pages. Empty
    /// when nothing came.
    pub prefetch: String,
    /// What could not be fetched, and why: for the gaps.
    pub troubles: Vec<Trouble>,
}

/// An errand: dropping it breaks off whatever is under way.
#[derive(Debug)]
pub struct Errand {
    kit: Result<Arc<Kit>, Ill>,
    slots: Arc<Mutex<Vec<Slot>>>,
    under_way: JoinSet<usize>,
}

/// How an errand went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What was wanted under these keys has come or failed.
    Some(Vec<String>),
    /// Nothing is under way.
    Done,
    /// The moment has come, and something is still under way.
    OutOfTime,
}

/// What became of one thing wanted.
#[derive(Debug)]
struct Slot {
    key: String,
    pages: Vec<String>,
    end: Option<Result<(), Ill>>,
}

impl Errand {
    /// An errand to one server; or one that can only say why it was not run.
    pub fn new(kit: Result<Arc<Kit>, Ill>) -> Errand {
        Errand { kit, slots: Arc::default(), under_way: JoinSet::new() }
    }

    /// Sets out for more.
    pub fn ask(&mut self, wants: &[Want]) {
        for want in wants {
            let end = self.kit.as_ref().err().map(|ill| Err(ill.clone()));
            let at = {
                let mut slots = lock(&self.slots);
                slots.push(Slot { key: want.key.clone(), pages: Vec::new(), end });
                slots.len() - 1
            };
            if let Ok(kit) = &self.kit {
                let (kit, slots, path) = (Arc::clone(kit), Arc::clone(&self.slots), want.path.clone());
                self.under_way.spawn(async move {
                    let end = all_pages(&kit, &path, |page| lock(&slots)[at].pages.push(page)).await;
                    lock(&slots)[at].end = Some(end);
                    at
                });
            }
        }
    }

    /// Goes on until something more has come or failed, or until a moment.
    pub async fn step(&mut self, until: Instant) -> Step {
        let first = match tokio::time::timeout_at(until.into(), self.under_way.join_next()).await {
            Err(_) => return Step::OutOfTime,
            Ok(None) => return Step::Done,
            Ok(Some(ended)) => ended,
        };
        let more = std::iter::from_fn(|| self.under_way.try_join_next());
        // A task that broke leaves its slot without an end, and names no key.
        let ended: Vec<usize> = std::iter::once(first).chain(more).filter_map(Result::ok).collect();
        let slots = lock(&self.slots);
        Step::Some(ended.into_iter().map(|at| slots[at].key.clone()).collect())
    }

    /// Breaks off what is under way: it did not come.
    pub fn give_up(&mut self) {
        self.under_way.abort_all();
        for slot in lock(&self.slots).iter_mut() {
            slot.end.get_or_insert_with(|| Err(Ill::failed("the FHIR server did not answer in time")));
        }
    }

    /// What came so far, and what did not.
    pub fn fetched(&self) -> Fetched {
        let slots = lock(&self.slots);
        let mut keys: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut troubles = Vec::new();
        for slot in slots.iter() {
            let trouble = match &slot.end {
                Some(Ok(())) => None,
                Some(Err(ill)) => Some(ill.clone()),
                None => Some(Ill::late()),
            };
            troubles.extend(trouble.map(|ill| Trouble { key: slot.key.clone(), ill }));
            let pages = slot.pages.iter().map(String::as_str);
            match keys.iter_mut().find(|(key, _)| *key == slot.key) {
                Some((_, known)) => known.extend(pages),
                None => keys.push((&slot.key, pages.collect())),
            }
        }
        keys.retain(|(_, pages)| !pages.is_empty());
        Fetched { prefetch: object(&keys), troubles }
    }
}

/// A JSON object of texts that are JSON: one as it is, several as a list.
fn object(keys: &[(&str, Vec<&str>)]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let member = |(key, pages): &(&str, Vec<&str>)| {
        let key = serde_json::Value::from(*key).to_string();
        match pages.as_slice() {
            [page] => [&key, ":", page].concat(),
            several => [&key, ":[", &several.join(","), "]"].concat(),
        }
    };
    ["{", &keys.iter().map(member).collect::<Vec<_>>().join(","), "}"].concat()
}

/// Fetches one thing, all its pages one after the other. The pages that came before a trouble are kept.
async fn all_pages(kit: &Kit, path: &str, keep: impl Fn(String)) -> Result<(), Ill> {
    let expected = Expected::of(path);
    let mut url = kit.base.at(path).map_err(|_| Ill::failed("it does not lie on the FHIR server of the call"))?;
    let mut seen = HashSet::new();
    for _ in 0..kit.pages_max {
        if !seen.insert(url.clone()) {
            return Err(Ill::more("its pages lead in a circle"));
        }
        let body = kit.get(&url, expected.is_search()).await?;
        let next = next_page(&body, expected)?;
        keep(body);
        let Some(next) = next else { return Ok(()) };
        url = kit.base.follow(&url, &next).map_err(|_| Ill::more("its next page is on another server"))?;
    }
    Err(Ill::more("it has more pages than are read"))
}

/// A task that died left at worst a slot without an end: it counts as late.
fn lock(slots: &Mutex<Vec<Slot>>) -> MutexGuard<'_, Vec<Slot>> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}
