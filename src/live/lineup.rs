//! The lineup: which pack answers. The only arc-swap of the product.

use crate::clinical::time::Moment;
use crate::engine::rehearse::rehearse;
use crate::live::age::{Memory, Voucher, too_old};
use crate::live::shelf::Shelf;
use crate::live::status::{ATTEMPTS_KEPT, Attempt, Refused, Status};
use crate::pack::format::{decode, stated_hash};
use crate::pack::read::Pack;
use crate::pack::signature::{hex, split};
use crate::pack::stamp::PackStamp;
use arc_swap::ArcSwapOption;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The pack in service, and the account of how it came there.
///
/// Readers take a snapshot and never wait: [`Lineup::snapshot`]. Writers queue behind one lock, which no reader takes.
/// An old pack is kept here until no reader holds it, so that no request pays for freeing it.
#[derive(Debug, Default)]
pub struct Lineup {
    active: ArcSwapOption<Pack>,
    signers: Vec<[u8; 32]>,
    account: Mutex<Account>,
    shelf: Option<Shelf>,
    /// Held while something is put on the shelf. The account is not: nobody who asks how it fares waits for a disk.
    shelving: Mutex<()>,
}

#[derive(Debug, Default)]
struct Account {
    status: Status,
    retired: Vec<Arc<Pack>>,
}

impl Lineup {
    /// A lineup with nothing in service: not ready.
    pub fn new() -> Lineup {
        Lineup::default()
    }

    /// A lineup that takes only packs signed by one of these Ed25519 public keys, save the built-in one; none: any pack.
    pub fn trusting(signers: Vec<[u8; 32]>) -> Lineup {
        Lineup { signers, ..Lineup::default() }
    }

    /// The same lineup, which keeps the newest pack in this folder, and knows what an earlier run kept there: an older pack is refused
    /// after a restart too, and the one kept goes on in its place.
    #[must_use]
    pub fn remembering(mut self, folder: PathBuf) -> Lineup {
        let shelf = Shelf::new(folder);
        let (newest, trouble) = match shelf.newest() {
            Ok(newest) => (newest, None),
            Err(trouble) => (None, Some(trouble)),
        };
        self.account().status.memory = Memory { newest, outlives: true, trouble };
        self.shelf = Some(shelf);
        self
    }

    /// The pack that answers now; one request takes it once and answers from it alone.
    pub fn snapshot(&self) -> Option<Arc<Pack>> {
        self.active.load_full()
    }

    /// Puts the pack in these bytes into service: verifies it, runs its own cases, and only then swaps. Where signers are named, a
    /// pack that was signed before another that was taken is refused.
    ///
    /// On any refusal the pack in service stays and the refusal stands in the status.
    pub fn activate(&self, bytes: &[u8], source: &str, at: Moment) -> Result<PackStamp, Refused> {
        let voucher = vouched(bytes, &self.signers);
        let early = voucher
            .as_ref()
            .map(|found| timely(&self.account().status.memory, found.as_ref(), Going::OnlyForward, bytes, at));
        if self.snapshot().is_none() && matches!(early, Ok(Err(Refused::Older { .. }))) {
            self.resume(at);
        }
        self.try_out(voucher, Going::OnlyForward, bytes, source, at)
    }

    /// The same on purpose: an older pack is taken too, and from then on what comes by itself is measured by it.
    pub fn go_back(&self, bytes: &[u8], source: &str, at: Moment) -> Result<PackStamp, Refused> {
        self.try_out(vouched(bytes, &self.signers), Going::Anywhere, bytes, source, at)
    }

    /// The same for the pack that is part of this program, which nobody has to sign.
    pub fn activate_own(&self, bytes: &[u8], source: &str, at: Moment) -> Result<PackStamp, Refused> {
        self.try_out(Ok(None), Going::Anywhere, bytes, source, at)
    }

    /// Takes note that the very pack in service was signed again, and later. False: these bytes are not that.
    pub fn renew(&self, bytes: &[u8], at: Moment) -> bool {
        let Ok(Some(voucher)) = vouched(bytes, &self.signers) else { return false };
        let hash = hash_of(bytes);
        let mut account = self.account();
        let status = &mut account.status;
        let same = status.active.as_ref().is_some_and(|(stamp, _, _)| stamp.hash == hash);
        let later = status.voucher.as_ref().is_some_and(|known| known.at < voucher.at);
        let renewed = same && later && status.memory.not_ahead(voucher.at, at).is_ok();
        if renewed {
            status.memory.took(&hash, voucher.at);
            status.voucher = Some(voucher);
        }
        let unkept = status.memory.trouble.is_some();
        drop(account);
        if renewed || (same && unkept) {
            self.shelve(bytes);
        }
        renewed
    }

    fn try_out(
        &self,
        voucher: Result<Option<Voucher>, Refused>,
        going: Going,
        bytes: &[u8],
        source: &str,
        at: Moment,
    ) -> Result<PackStamp, Refused> {
        // Asked before the pack is read, which may take long, and again when nothing else can come between.
        let early = voucher.and_then(|voucher| {
            timely(&self.account().status.memory, voucher.as_ref(), going, bytes, at).map(|()| voucher)
        });
        let admitted = early.and_then(|voucher| Ok((voucher, admit(bytes)?)));
        let mut account = self.account();
        let mut changed = false;
        let outcome = admitted.and_then(|(voucher, pack)| {
            timely(&account.status.memory, voucher.as_ref(), going, bytes, at)?;
            let stamp = self.swap(&mut account, pack, source, at);
            changed = stand_for(&mut account.status, voucher, going, &stamp.hash);
            Ok(stamp)
        });
        note(&mut account.status, Attempt { at, source: source.to_owned(), outcome: outcome.clone() });
        drop(account);
        if changed {
            self.shelve(bytes);
        }
        outcome
    }

    /// After a restart nothing is in service that an older pack could be refused for: the pack that an earlier run kept goes on.
    fn resume(&self, at: Moment) {
        let Some(shelf) = &self.shelf else { return };
        let place = shelf.place().display().to_string();
        match shelf.pack() {
            Ok(bytes) => {
                let resumed = self.try_out(vouched(&bytes, &self.signers), Going::OnlyForward, &bytes, &place, at);
                if let Ok(stamp) = resumed {
                    tracing::warn!(pack = %stamp, "an older pack was offered at the start; the one kept from before goes on");
                }
            }
            Err(e) => self.note_unreadable(&place, &e.to_string(), at),
        }
    }

    /// Keeps the newest pack for the next start.
    fn shelve(&self, bytes: &[u8]) {
        let Some(shelf) = &self.shelf else { return };
        let _turn = self.shelving.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.account().status.memory.newest.clone();
        if newest.as_ref().is_some_and(|newest| newest.hash != hash_of(bytes)) {
            // Another came meanwhile, and whoever brought it waits for their turn.
            return;
        }
        let trouble = shelf.keep(newest.as_ref(), bytes).err();
        self.account().status.memory.trouble = trouble;
    }

    /// Whether the newest pack could not be kept: whoever has it should offer it again.
    pub fn is_unkept(&self) -> bool {
        self.account().status.memory.trouble.is_some()
    }

    /// Notes that bytes could not even be read.
    pub fn note_unreadable(&self, place: &str, why: &str, at: Moment) {
        let refused = Refused::Unreadable { place: place.to_owned(), why: why.to_owned() };
        note(&mut self.account().status, Attempt { at, source: place.to_owned(), outcome: Err(refused) });
    }

    /// Why what is in service may not be the newest there is, or an older pack may come after a restart. `most`: how long ago the
    /// pack may have been signed. `None`: all is well.
    pub fn doubt(&self, most: Option<Duration>, now: Moment) -> Option<String> {
        let account = self.account();
        let old = too_old(account.status.voucher.as_ref(), most, now);
        old.or_else(|| account.status.memory.trouble.clone())
    }

    /// The account, as of now. Frees old packs that nobody reads any more.
    pub fn status(&self) -> Status {
        let mut account = self.account();
        sweep(&mut account);
        account.status.clone()
    }

    fn swap(&self, account: &mut Account, pack: Arc<Pack>, source: &str, at: Moment) -> PackStamp {
        let stamp = pack.stamp().clone();
        let old = self.active.swap(Some(pack));
        account.retired.extend(old);
        account.status.active = Some((stamp.clone(), at, source.to_owned()));
        account.status.swaps += 1;
        sweep(account);
        stamp
    }

    /// A panic elsewhere cannot leave the account half written: each change is one assignment.
    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which way a pack may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    /// To newer ones alone.
    OnlyForward,
    /// Back too: somebody says so in so many words, or the program itself.
    Anywhere,
}

/// Whether a pack that somebody vouches for is not older than what was taken before.
fn timely(memory: &Memory, voucher: Option<&Voucher>, going: Going, bytes: &[u8], now: Moment) -> Result<(), Refused> {
    match (voucher, going) {
        (None, _) => Ok(()),
        (Some(voucher), Going::Anywhere) => memory.not_ahead(voucher.at, now),
        (Some(voucher), Going::OnlyForward) => memory.allows(&hash_of(bytes), voucher.at, now),
    }
}

/// Takes note of who vouches for the pack that just went into service. The same pack with an older signature is no older for it. True
/// when the shelf should know.
fn stand_for(status: &mut Status, voucher: Option<Voucher>, going: Going, hash: &str) -> bool {
    let changed = match (&voucher, going) {
        (None, _) => false,
        (Some(voucher), Going::OnlyForward) => status.memory.took(hash, voucher.at) || status.memory.trouble.is_some(),
        (Some(voucher), Going::Anywhere) => {
            status.memory.went_back(hash, voucher.at);
            true
        }
    };
    status.voucher = voucher;
    changed
}

/// The content hash that a file states, as hexadecimal digits.
fn hash_of(bytes: &[u8]) -> String {
    hex(&stated_hash(bytes).unwrap_or_default())
}

/// Who vouches for a file, of those who are trusted, and since when; `None` where anybody may.
fn vouched(bytes: &[u8], signers: &[[u8; 32]]) -> Result<Option<Voucher>, Refused> {
    if signers.is_empty() {
        return Ok(None);
    }
    let hash = stated_hash(bytes).unwrap_or_default();
    let signatures = split(bytes).1;
    let good = signatures.iter().filter(|s| signers.contains(&s.signer) && s.holds(&hash));
    if let Some(newest) = good.max_by_key(|s| s.at) {
        return Ok(Some(Voucher { signer: newest.signer, at: newest.at }));
    }
    let why = match signatures.first() {
        None => String::from("it is not signed; sign it with `caveat sign`"),
        Some(other) if !signers.contains(&other.signer) => {
            format!("it is signed by {}, who is not trusted", hex(&other.signer))
        }
        Some(_) => String::from("its signature is of another pack"),
    };
    Err(Refused::Unsigned(why))
}

/// Bytes to a pack whose own cases pass.
fn admit(bytes: &[u8]) -> Result<Arc<Pack>, Refused> {
    let pack = Arc::new(decode(bytes).map_err(|e| Refused::Unsound(e.to_string()))?);
    let cases = rehearse(&pack).map_err(Refused::Unsound)?;
    let failed: Vec<_> = cases.iter().filter(|c| !c.passed).collect();
    match failed.first() {
        None => Ok(pack),
        Some(first) => Err(Refused::CasesFail {
            failed: failed.len(),
            total: cases.len(),
            first: format!("{} / {}: {}", first.origin, first.name, first.told()),
        }),
    }
}

fn note(status: &mut Status, attempt: Attempt) {
    status.attempts.push_front(attempt);
    status.attempts.truncate(ATTEMPTS_KEPT);
}

/// Frees every retired pack that only the account still holds.
fn sweep(account: &mut Account) {
    account.retired.retain(|pack| Arc::strong_count(pack) > 1);
    account.status.retired = account.retired.len();
}
