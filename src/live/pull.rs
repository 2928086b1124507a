//! A pack at an address (HTTP, or an S3-compatible object store), pulled when its ETag changes.

use crate::live::clock::now;
use crate::live::lineup::Lineup;
use crate::live::status::Refused;
use crate::pack::format::{PACK_BYTES_MAX, whole_hash};
use crate::pack::signature::hex;
use crate::pack::stamp::PackStamp;
use object_store::path::Path as Key;
use object_store::{ClientOptions, GetOptions, ObjectStore};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The longest pause between two looks after failures.
pub const PAUSE_MAX: Duration = Duration::from_secs(600);

/// How long one look may take, the body included.
pub const LOOK_TIME_MAX: Duration = Duration::from_secs(120);

/// An address that holds the pack to serve.
#[derive(Debug)]
pub struct Address {
    words: String,
    store: Arc<dyn ObjectStore>,
    key: Key,
    tag: Option<String>,
    /// Where the last pack taken is kept, so that a restart does not depend on the network.
    keep: Option<PathBuf>,
    /// Whether the last look failed: a trouble that lasts stands in the status once.
    failing: bool,
}

impl Address {
    /// `https://host/path`, `http://host/path` or `s3://bucket/key`. What S3 needs (`AWS_REGION`, `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY` ...) is read from `variables`. A pack taken is kept at `keep`.
    ///
    /// # Errors
    ///
    /// Why the address is none, in words for an operator.
    pub fn new(
        address: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        keep: Option<PathBuf>,
    ) -> Result<Address, String> {
        let wanted = "wanted `https://host/path` or `s3://bucket/key`";
        let url = Url::parse(address).map_err(|e| format!("`{address}` is no address: {e}; {wanted}"))?;
        if !matches!(url.scheme(), "https" | "http" | "s3") || url.path().trim_matches('/').is_empty() {
            return Err(format!("`{address}` names no pack; {wanted}"));
        }
        let aws = variables.into_iter().filter(|(name, _)| name.starts_with("AWS_"));
        let mut options: Vec<(String, String)> = aws.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        options.push((String::from("allow_http"), (url.scheme() == "http").to_string()));
        options.push((String::from("timeout"), format!("{} seconds", LOOK_TIME_MAX.as_secs())));
        let (store, key) = match url.scheme() {
            "s3" => object_store::parse_url_opts(&url, options).map_err(|e| format!("`{address}`: {e}"))?,
            _ => {
                let at = ClientOptions::new().with_allow_http(url.scheme() == "http").with_timeout(LOOK_TIME_MAX);
                let base = url.origin().ascii_serialization();
                let http = object_store::http::HttpBuilder::new().with_url(base).with_client_options(at).build();
                let key = Key::from_url_path(url.path()).map_err(|e| format!("`{address}`: {e}"))?;
                (Box::new(http.map_err(|e| format!("`{address}`: {e}"))?) as Box<dyn ObjectStore>, key)
            }
        };
        let words = shown(&url);
        Ok(Address { words, store: Arc::from(store), key, tag: None, keep, failing: false })
    }

    /// Looks once. `None`: nothing new. A pack that is refused is not tried again until it changes.
    pub async fn look(&mut self, lineup: &Arc<Lineup>) -> Option<Result<PackStamp, Refused>> {
        if lineup.is_unkept() {
            // What could not be kept is fetched again until it can.
            self.tag = None;
        }
        let outcome = tokio::time::timeout(LOOK_TIME_MAX, self.fetch()).await;
        match outcome.unwrap_or_else(|_| Err(format!("no answer within {} seconds", LOOK_TIME_MAX.as_secs()))) {
            Ok(None) => {
                self.failing = false;
                None
            }
            Ok(Some((bytes, tag))) => {
                self.failing = false;
                self.tag = tag;
                if is_in_service(lineup, &bytes) {
                    self.renew(bytes, lineup).await;
                    return None;
                }
                Some(self.try_out(bytes, lineup).await)
            }
            Err(why) => {
                if !std::mem::replace(&mut self.failing, true) {
                    lineup.note_unreadable(&self.words, &why, now());
                }
                Some(Err(Refused::Unreadable { place: self.words.clone(), why }))
            }
        }
    }

    async fn fetch(&self) -> Result<Option<(Vec<u8>, Option<String>)>, String> {
        let options = GetOptions { if_none_match: self.tag.clone(), ..GetOptions::default() };
        let found = match self.store.get_opts(&self.key, options).await {
            Ok(found) => found,
            Err(object_store::Error::NotModified { .. }) => return Ok(None),
            Err(e) => return Err(e.to_string()),
        };
        let tag = found.meta.e_tag.clone();
        if tag.is_some() && tag == self.tag {
            return Ok(None);
        }
        if found.meta.size > PACK_BYTES_MAX {
            return Err(format!("{} bytes; a pack has at most {PACK_BYTES_MAX}", found.meta.size));
        }
        let bytes = found.bytes().await.map_err(|e| e.to_string())?;
        Ok(Some((bytes.to_vec(), tag)))
    }

    async fn try_out(&self, bytes: Vec<u8>, lineup: &Arc<Lineup>) -> Result<PackStamp, Refused> {
        let (lineup, words, keep) = (Arc::clone(lineup), self.words.clone(), self.keep.clone());
        let tried = tokio::task::spawn_blocking(move || {
            let stamp = lineup.activate(&bytes, &words, now())?;
            keep_for_next_start(keep.as_deref(), &bytes);
            Ok(stamp)
        });
        tried.await.unwrap_or_else(|_| Err(Refused::Unsound(String::from("trying it out broke"))))
    }

    /// The pack in service came again. Was it signed anew, that is noted, and it is kept as it is now.
    async fn renew(&self, bytes: Vec<u8>, lineup: &Arc<Lineup>) {
        let (lineup, keep) = (Arc::clone(lineup), self.keep.clone());
        let noted = tokio::task::spawn_blocking(move || {
            if lineup.renew(&bytes, now()) {
                tracing::info!("the pack in service was signed again");
                keep_for_next_start(keep.as_deref(), &bytes);
            }
        });
        if noted.await.is_err() {
            tracing::error!("a newer signature of the pack in service could not be noted");
        }
    }
}

/// Whether this very pack answers now: an address that tells no ETag sends it each time.
fn is_in_service(lineup: &Lineup, bytes: &[u8]) -> bool {
    let hash = whole_hash(bytes).map(|hash| hex(&hash));
    lineup.snapshot().is_some_and(|pack| Some(&pack.stamp().hash) == hash.as_ref())
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.into()
}

fn keep_for_next_start(keep: Option<&std::path::Path>, bytes: &[u8]) {
    if let Some(keep) = keep
        && let Err(e) = kept(keep, bytes)
    {
        tracing::error!(error = %e, "the pack is in service, and could not be kept for the next start");
    }
}

/// Written beside and moved into place: a start never finds half a pack.
fn kept(place: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = place.with_extension("pulled.tmp");
    std::fs::write(&beside, bytes)?;
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, place)
}

/// Looks again and again until the process ends; after failures ever more rarely.
pub async fn pull(mut address: Address, lineup: Arc<Lineup>, every: Duration) {
    let mut failures = 0u32;
    loop {
        match address.look(&lineup).await {
            Some(Ok(stamp)) => tracing::info!(pack = %stamp, "pack pulled and in service"),
            Some(Err(refused)) => tracing::error!(%refused, "no new pack; the one in service stays"),
            None => {}
        }
        failures = if address.failing { failures.saturating_add(1) } else { 0 };
        tokio::time::sleep(pause(every, failures)).await;
    }
}

/// The pause after so many failures in a row: doubled each time, up to a bound.
pub fn pause(every: Duration, failures: u32) -> Duration {
    every.saturating_mul(1 << failures.min(16)).min(PAUSE_MAX.max(every))
}
