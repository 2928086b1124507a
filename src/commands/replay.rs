//! `caveat replay`: a recorded answer, given again from what it depended on, and compared byte for byte.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::commands::audit::Place;
use crate::commands::audit_show::waiting;
use crate::commands::builtin;
use crate::commands::screen::bytes_of;
use crate::hooks::call::Hook;
use crate::hooks::manner::Manner;
use crate::pack::format::decode;
use crate::pack::read::Pack;
use crate::record::capture::{Captured, Vault};
use crate::record::decision::Decision;
use crate::record::entry::Kind;
use crate::record::marks::{self, mark_of};
use crate::record::store::Ask;
use crate::serve::answer::again;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Which answer, and with what.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The answer's id.
    pub id: String,
    #[command(flatten)]
    place: Place,
    /// The file with the key of captured requests.
    #[arg(long, value_name = "FILE", env = "CAVEAT_CAPTURE_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The pack that answered, where it is not the built-in one: a pack file or a rules folder.
    #[arg(long, value_name = "PATH")]
    pub pack: Option<PathBuf>,
    /// Answer with another pack or engine than recorded, and tell what is different.
    #[arg(long)]
    pub anyway: bool,
}

/// Exit code 0 when the answer is the same, 1 when it is not, 2 when it cannot be given again.
pub fn run(options: &Options) -> ExitCode {
    match replay(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

fn replay(options: &Options) -> Result<bool, String> {
    let key = options.key_file.as_ref().ok_or("say with --key-file which file holds the key of captured requests")?;
    let vault = Vault::open(key).map_err(|e| e.to_string())?;
    let (decision, sealed) = found(options)?;
    let sealed =
        sealed.ok_or("the answer is on record, and its request was not captured (capture was off, or failed)")?;
    let captured = vault.read(&decision.id, &sealed).map_err(|e| e.to_string())?;
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    if hash(&captured.body) != decision.request {
        return Err(String::from("the captured request is not the one recorded: their hashes differ"));
    }
    let fetched = captured.fetched.as_deref().filter(|f| !f.is_empty());
    if fetched.map(|f| hash(f.as_bytes())).unwrap_or_default() != decision.fetched {
        return Err(String::from("what was fetched is not what was recorded: their hashes differ"));
    }
    let pack = pack(options, &decision)?;
    let body = answer(&pack, &captured, &decision)?;
    if hash(&body) == decision.answer {
        println!("same: {} bytes, {}", body.len(), decision.answer);
        return Ok(true);
    }
    println!("different: recorded {}, now {}", decision.answer, hash(&body));
    println!("{}", difference(&captured.answer, &body));
    Ok(false)
}

/// The answer on record, and what was captured for it.
fn found(options: &Options) -> Result<(Decision, Option<Vec<u8>>), String> {
    let id = &options.id;
    let (mut decision, mut sealed) = (None, None);
    if let Some(mut store) = options.place.open()? {
        let mark = mark_of(id);
        let stored = store.find(&Ask::Decision(mark.clone())).map_err(|e| e.to_string())?;
        decision = stored.iter().filter_map(marks::decision).find(|d| d.id == *id);
        sealed = store.find(&Ask::Capture(mark)).map_err(|e| e.to_string())?.into_iter().next().map(|e| e.payload);
    }
    for entry in waiting(&options.place)? {
        match entry.kind {
            Kind::Decision => decision = marks::decision(&entry).filter(|d| d.id == *id).or(decision),
            Kind::Capture if marks::marks(&entry).decision == mark_of(id) => sealed = Some(entry.payload),
            _ => {}
        }
    }
    decision.map(|d| (d, sealed)).ok_or_else(|| format!("no answer `{id}` is on record"))
}

/// The pack that answered.
fn pack(options: &Options, decision: &Decision) -> Result<Arc<Pack>, String> {
    let bytes = match &options.pack {
        Some(path) => bytes_of(Some(path))?,
        None => builtin::PACK.into(),
    };
    let pack = decode(&bytes).map_err(|e| format!("the pack is refused: {e}"))?;
    let mut others = Vec::new();
    if pack.stamp().hash != decision.pack {
        let which = if options.pack.is_some() { "the pack given" } else { "the built-in pack" };
        others.push(format!(
            "the answer was given with pack {}; {which} is {}: name the other with --pack",
            decision.pack,
            pack.stamp().hash
        ));
    }
    if decision.engine != env!("CARGO_PKG_VERSION") {
        others.push(format!(
            "the answer was given by engine {}; this is {}",
            decision.engine,
            env!("CARGO_PKG_VERSION")
        ));
    }
    match others.is_empty() {
        true => Ok(Arc::new(pack)),
        false if options.anyway => {
            others.iter().for_each(|other| println!("note: {other}"));
            Ok(Arc::new(pack))
        }
        false => Err(format!("{}; --anyway answers nevertheless and tells the difference", others.join("; "))),
    }
}

/// The answer, given again.
fn answer(pack: &Arc<Pack>, captured: &Captured, decision: &Decision) -> Result<Vec<u8>, String> {
    let hook =
        Hook::of_name(&decision.hook).ok_or_else(|| format!("`{}` is no hook that can be repeated", decision.hook))?;
    let remembered: Remembered = match captured.remembered.as_str() {
        "" => Remembered::default(),
        json => serde_json::from_str(json).map_err(|e| format!("what was remembered cannot be read: {e}"))?,
    };
    let manner = Manner { decision: &decision.id, client: &captured.client, remembered: &remembered };
    Ok(again(pack, hook, &captured.body, captured.fetched.as_deref(), Moment(decision.as_of), &manner).body)
}

/// The first place where two answers differ, with what stands around it.
fn difference(recorded: &[u8], now: &[u8]) -> String {
    const AROUND: usize = 60;
    let at = recorded.iter().zip(now).position(|(a, b)| a != b).unwrap_or(recorded.len().min(now.len()));
    let around = |bytes: &[u8]| {
        let part = &bytes[at.saturating_sub(AROUND).min(bytes.len())..(at + AROUND).min(bytes.len())];
        String::from_utf8_lossy(part).into_owned()
    };
    format!("first difference at byte {at}:\n  recorded …{}…\n  now      …{}…", around(recorded), around(now))
}
