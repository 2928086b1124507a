//! `caveat audit`: checks, shows and exports the record of answers.

use crate::commands::{audit_export, audit_show};
use crate::record::chain::{Check, NotWhole, Whole, verify};
use crate::record::entry::{from_hex, hex};
use crate::record::postgres::{PostgresStore, read_connection};
use crate::record::recover::read_all;
use crate::record::sqlite::{SqliteStore, file_in};
use crate::record::store::Store;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with the record.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum What {
    /// Walk the chain of every instance: tell the first entry that was altered, removed, moved, put in or cut off.
    Verify {
        /// Where the record is.
        #[command(flatten)]
        place: Place,
        /// Only this instance's chain.
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
        /// A head noted earlier, as 64 hexadecimal digits: it must be in the chain.
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
        /// Begin with this entry instead of the chain's first.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        from: u64,
    },
    /// Show what was answered, and what became of it.
    Show {
        /// Where the record is.
        #[command(flatten)]
        place: Place,
        /// Which answers.
        #[command(flatten)]
        which: audit_show::Which,
    },
    /// Write records for other systems, one JSON document to a line.
    Export {
        /// Where the record is.
        #[command(flatten)]
        place: Place,
        /// What to write, and how.
        #[command(flatten)]
        how: audit_export::How,
    },
}

/// Where the record is.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The record's folder: its SQLite database, and the journal.
    #[arg(long, value_name = "FOLDER", env = "CAVEAT_RECORD")]
    pub folder: Option<PathBuf>,
    /// The PostgreSQL database, as `host=... user=... dbname=...` or a URL.
    #[arg(long, value_name = "CONNECTION", env = "CAVEAT_RECORD_POSTGRES", hide_env_values = true)]
    pub postgres: Option<String>,
}

impl Place {
    /// Opens the store there to read it; `None`: the folder holds a journal alone.
    ///
    /// # Errors
    ///
    /// In words: what is missing, or what the store said.
    pub fn open(&self) -> Result<Option<Box<dyn Store>>, String> {
        match (&self.postgres, &self.folder) {
            (Some(connection), _) => {
                let store = PostgresStore::open_to_read(&read_connection(connection)?).map_err(|e| e.to_string())?;
                Ok(Some(Box::new(store)))
            }
            (None, Some(folder)) if file_in(folder).exists() => {
                let store = SqliteStore::open_to_read(folder).map_err(|e| e.to_string())?;
                Ok(Some(Box::new(store)))
            }
            (None, Some(folder)) if folder.is_dir() => Ok(None),
            (None, Some(folder)) => Err(format!("there is no folder `{}`", folder.display())),
            (None, None) => Err(String::from("say where the record is: --folder FOLDER or --postgres CONNECTION")),
        }
    }
}

/// Exit code 0 when it went well, 1 when the chain is broken or nothing was found, 2 when something cannot be read.
pub fn run(what: &What) -> ExitCode {
    let done = match what {
        What::Verify { place, instance, head, from } => check(place, instance.as_deref(), head.as_deref(), *from),
        What::Show { place, which } => audit_show::show(place, which),
        What::Export { place, how } => audit_export::export(place, how),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

fn check(place: &Place, instance: Option<&str>, head: Option<&str>, from: u64) -> Result<bool, String> {
    let wrong = |head: &str| format!("`--head {head}` is no hash; it has 64 hexadecimal digits");
    let pinned = head.map(|h| from_hex(h).ok_or_else(|| wrong(h))).transpose()?;
    let mut store = place.open()?;
    let chains = match instance {
        Some(instance) => BTreeSet::from([instance.to_owned()]),
        None => chains(place, store.as_deref_mut())?,
    };
    if chains.is_empty() {
        println!("no chain is there");
        return Ok(false);
    }
    if pinned.is_some() && chains.len() > 1 {
        return Err(String::from("`--head` is the head of one chain: say which with --instance NAME"));
    }
    let mut sound = true;
    for chain in chains {
        let check = Check { chain, from, pinned };
        let store = store.as_mut().map(|s| &mut **s as &mut dyn Store);
        match verify(store, place.folder.as_deref(), &check) {
            Ok(whole) => print!("{}", told(&whole)),
            Err(NotWhole::Broken(broken)) => {
                sound = false;
                println!("{}: BROKEN: {broken}", check.chain);
            }
            Err(unread @ NotWhole::Unread(_)) => return Err(unread.to_string()),
        }
    }
    Ok(sound)
}

/// Every chain that the store or the journal knows.
fn chains(place: &Place, store: Option<&mut (dyn Store + 'static)>) -> Result<BTreeSet<String>, String> {
    let mut chains = BTreeSet::new();
    if let Some(folder) = &place.folder {
        for file in read_all(folder).map_err(|e| format!("the journal cannot be read: {e}"))? {
            chains.extend(file.entries().map(|e| e.chain.clone()));
        }
    }
    if let Some(store) = store {
        chains.extend(store.chains().map_err(|e| e.to_string())?.into_iter().map(|c| c.chain));
    }
    Ok(chains)
}

/// A whole chain, in words.
fn told(whole: &Whole) -> String {
    let Whole { chain, first, head, entries, .. } = whole;
    let mut lines = vec![
        format!("{chain}: whole, {entries} entries, {first} to {}", head.seq),
        format!(
            "{chain}: head {} at entry {}; note it elsewhere, and check later with --head",
            hex(&head.hash),
            head.seq
        ),
    ];
    if let Some(at) = whole.checkpoint {
        lines
            .push(format!("{chain}: entries before {first} were removed when their time was over; entry {at} says so"));
    }
    if let Some(at) = whole.pinned {
        lines.push(format!("{chain}: the pinned head is entry {at}"));
    }
    lines.extend(
        whole.anew.iter().map(|(at, anew)| format!("{chain}: the store was begun anew at entry {at}: {}", anew.why)),
    );
    if whole.clock_back > 0 {
        lines.push(format!("{chain}: at {} entries the clock had gone backwards", whole.clock_back));
    }
    if whole.in_journal > 0 {
        lines.push(format!("{chain}: {} entries are only in the journal yet", whole.in_journal));
    }
    if whole.torn > 0 {
        lines.push(format!("{chain}: {} bytes at the journal's end are no whole entry yet", whole.torn));
    }
    lines.push(String::new());
    lines.join("\n")
}
