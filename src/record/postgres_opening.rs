//! Opening the store in PostgreSQL. The database is not waited for: it may come later, and what is recorded meanwhile waits in
//! the journal.

use crate::record::asker::OpenToRead;
use crate::record::health::{Account, Part};
use crate::record::opening::{CannotOpen, Means, Stand, unusable};
use crate::record::postgres::{PostgresStore, read_connection};
use crate::record::segments::files_in;
use crate::record::shelver::Opener;
use crate::record::store::{Store, StoreTrouble};
use crate::settings::recording::Recording;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::Config;

/// Stands for the database.
struct PostgresOpener {
    config: Config,
    /// The mark of this instance's key of pseudonyms.
    check: String,
    account: Arc<Account>,
    said: bool,
}

impl Opener for PostgresOpener {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreTrouble> {
        let mut store = PostgresStore::open(&self.config)?;
        let theirs = store.pseudonym_check(&self.check)?;
        if theirs != self.check && !self.said {
            self.said = true;
            let words = "this instance makes pseudonyms by another key than the others that share the database: an override given to one is not honoured by the other; give all the same key file";
            self.account.note(words);
            self.account.trouble(Part::Key, words, None);
        }
        Ok(Box::new(store))
    }

    fn check(&mut self) -> Result<(), StoreTrouble> {
        // PostgreSQL looks after its own files.
        Ok(())
    }

    fn set_aside(&mut self) -> Option<String> {
        None
    }
}

/// The store in PostgreSQL, of which nothing is known yet.
///
/// # Errors
///
/// [`CannotOpen`] when the connection string cannot be read, or the folder cannot be used.
pub(crate) fn postgres(
    folder: &Path,
    recording: &Recording,
    connection: &str,
    means: &Means,
    account: &Arc<Account>,
) -> Result<Stand, CannotOpen> {
    let config = read_connection(connection).map_err(|why| CannotOpen::Store(StoreTrouble::Away(why)))?;
    let chain = chain_of(folder, &recording.instance).map_err(|e| unusable(folder, &e))?;
    let reader =
        |config: Config| -> OpenToRead { Box::new(move || Ok(Box::new(PostgresStore::open_to_read(&config)?))) };
    let (read, to_learn) = (reader(config.clone()), config.clone());
    // Whoever comes first makes the tables.
    let others: Option<OpenToRead> = Some(Box::new(move || Ok(Box::new(PostgresStore::open(&to_learn)?))));
    let check = means.pseudonym_check.clone();
    let opener = Box::new(PostgresOpener { config, check, account: Arc::clone(account), said: false });
    Ok(Stand { name: "postgres", chain, store: None, opener, read, head: None, asked: false, aside: None, others })
}

/// The chain of this folder: the instance's name and eight digits made with the folder, so that two instances that were given
/// one name, or one that lost its folder, never write under the same numbers.
fn chain_of(folder: &Path, instance: &str) -> std::io::Result<String> {
    let file = folder.join("chain");
    let start = format!("{instance}-");
    let known = std::fs::read_to_string(&file).ok().filter(|c| c.starts_with(&start) && c.len() == start.len() + 8);
    if let Some(chain) = known.filter(|_| files_in(folder).is_ok_and(|files| !files.is_empty())) {
        return Ok(chain);
    }
    let fresh = uuid::Uuid::new_v4().simple().to_string();
    let chain = format!("{start}{}", &fresh[..8]);
    std::fs::write(&file, &chain)?;
    Ok(chain)
}
