//! The first pack of a server, and where the next ones come from: built in, a file, an address.

use crate::commands::screen::bytes_of;
use crate::live::clock::now;
use crate::live::lineup::Lineup;
use crate::live::pull::{Address, pull};
use crate::live::watch::{WatchedFile, watch};
use crate::settings::knowledge::Knowledge;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Puts the first pack into service, and sees to it that later ones are tried. What is given back wakes whoever watches a file.
///
/// A watched file or an address that is refused leaves the service up and not ready: an operator can mend it without a restart.
/// A rules folder or the built-in knowledge that is refused is a fault to stop at. With an address, the built-in knowledge never
/// answers in the place of the pack that was meant: until one is pulled, or found at `path` from an earlier pull, it is not ready.
///
/// # Errors
///
/// Why the server cannot start.
pub fn first_pack(knowledge: &Knowledge, lineup: &Arc<Lineup>) -> Result<Option<Sender<()>>, String> {
    let folder = knowledge.path.as_deref().is_some_and(std::path::Path::is_dir);
    match (&knowledge.pull, &knowledge.path) {
        (Some(_), Some(folder)) if folder.is_dir() => Err(format!(
            "`{}` is a folder; beside `pull` a file is wanted, where the last pack pulled is kept",
            folder.display()
        )),
        (Some(address), keep) => {
            let address = Address::new(address, std::env::vars(), keep.clone())?;
            if let Some(kept) = keep.as_ref().filter(|k| k.exists()) {
                load(&mut WatchedFile::new(kept.clone()), lineup);
            }
            tokio::spawn(pull(address, Arc::clone(lineup), knowledge.pull_every));
            Ok(None)
        }
        (None, Some(path)) if !folder => {
            let mut file = WatchedFile::new(path.clone());
            load(&mut file, lineup);
            let (wake, woken) = std::sync::mpsc::channel();
            let lineup = Arc::clone(lineup);
            std::thread::spawn(move || watch(file, lineup, woken));
            Ok(Some(wake))
        }
        (None, None) => {
            lineup.activate_own(&bytes_of(None)?, "built-in", now()).map_err(|e| e.to_string())?;
            Ok(None)
        }
        (None, Some(folder)) if !knowledge.signers.is_empty() => Err(format!(
            "`knowledge.path` names `{0}`, a folder of rules, which nobody can have signed; compile it, sign the pack and name that \
             (`caveat compile {0} -o hospital.pack`, `caveat sign hospital.pack --key FILE`), or take `signers` out",
            folder.display()
        )),
        (None, Some(folder)) => {
            let bytes = bytes_of(Some(folder))?;
            lineup.activate(&bytes, &folder.display().to_string(), now()).map_err(|e| e.to_string())?;
            Ok(None)
        }
    }
}

fn load(file: &mut WatchedFile, lineup: &Lineup) {
    let Err(refused) = file.load(lineup) else { return };
    match lineup.snapshot() {
        Some(pack) => eprintln!("caveat: `{}` is refused, {} goes on: {refused}", file.path().display(), pack.stamp()),
        None => eprintln!("caveat: NOT READY, no pack in service: {refused}"),
    }
}
