//! The lineup: which pack answers. The only arc-swap of the product.

use crate::clinical::time::Moment;
use crate::engine::rehearse::rehearse;
use crate::live::status::{ATTEMPTS_KEPT, Attempt, Refused, Status};
use crate::pack::format::{decode, stated_hash};
use crate::pack::read::Pack;
use crate::pack::signature::{hex, split};
use crate::pack::stamp::PackStamp;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The pack in service, and the account of how it came there.
///
/// Readers take a snapshot and never wait: [`Lineup::snapshot`]. Writers queue behind one lock, which no reader takes.
/// An old pack is kept here until no reader holds it, so that no request pays for freeing it.
#[derive(Debug, Default)]
pub struct Lineup {
    active: ArcSwapOption<Pack>,
    signers: Vec<[u8; 32]>,
    account: Mutex<Account>,
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

    /// The pack that answers now; one request takes it once and answers from it alone.
    pub fn snapshot(&self) -> Option<Arc<Pack>> {
        self.active.load_full()
    }

    /// Puts the pack in these bytes into service: verifies it, runs its own cases, and only then swaps.
    ///
    /// On any refusal the pack in service stays and the refusal stands in the status.
    pub fn activate(&self, bytes: &[u8], source: &str, at: Moment) -> Result<PackStamp, Refused> {
        self.try_out(vouched(bytes, &self.signers).and_then(|()| admit(bytes)), source, at)
    }

    /// The same for the pack that is part of this program, which nobody has to sign.
    pub fn activate_own(&self, bytes: &[u8], source: &str, at: Moment) -> Result<PackStamp, Refused> {
        self.try_out(admit(bytes), source, at)
    }

    fn try_out(&self, admitted: Result<Arc<Pack>, Refused>, source: &str, at: Moment) -> Result<PackStamp, Refused> {
        let mut account = self.account();
        let outcome = admitted.map(|pack| self.swap(&mut account, pack, source, at));
        note(&mut account.status, Attempt { at, source: source.to_owned(), outcome: outcome.clone() });
        outcome
    }

    /// Notes that bytes could not even be read.
    pub fn note_unreadable(&self, place: &str, why: &str, at: Moment) {
        let refused = Refused::Unreadable { place: place.to_owned(), why: why.to_owned() };
        note(&mut self.account().status, Attempt { at, source: place.to_owned(), outcome: Err(refused) });
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

/// Whether one of these signers vouches for a file; anybody does where none is named.
fn vouched(bytes: &[u8], signers: &[[u8; 32]]) -> Result<(), Refused> {
    let hash = stated_hash(bytes).unwrap_or_default();
    let signatures = split(bytes).1;
    let good = signatures.iter().filter(|s| signers.contains(&s.signer)).any(|s| s.holds(&hash));
    if signers.is_empty() || good {
        return Ok(());
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
