//! `caveat replay`: a recorded answer, given again from what it depended on, and compared byte for byte.

use crate::clinical::remembered::Remembered;
use crate::clinical::time::Moment;
use crate::commands::audit::Place;
use crate::commands::audit_show::{waiting, warn_of_unsound};
use crate::commands::builtin;
use crate::commands::screen::bytes_of;
use crate::hooks::call::Hook;
use crate::hooks::manner::Manner;
use crate::pack::format::decode;
use crate::pack::read::Pack;
use crate::record::blank::blank;
use crate::record::capture::{Captured, Vault};
use crate::record::decision::{Decision, SCREEN};
use crate::record::entry::{Entry, Kind};
use crate::record::marks::{self, mark_of};
use crate::record::store::Ask;
use crate::serve::answer::again;
use crate::serve::screen_answer::{self, Setting};
use std::collections::BTreeMap;
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
    /// Repeat the answer that went out first: the one that the prescriber saw. Done without being told, where it is on record.
    #[arg(long, conflicts_with = "late")]
    pub first: bool,
    /// Repeat the answer that completed it, by data that came late.
    #[arg(long)]
    pub late: bool,
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
    let (OnRecord { decision, sealed }, which) = chosen(options, on_record(options)?)?;
    println!("{which}");
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
    if hash(&captured.answer) != decision.answer && is_blanked(&body, &captured.answer) {
        println!("same: {} bytes, but for tokens that it repeats: those are not kept", body.len());
        return Ok(true);
    }
    println!("different: recorded {}, now {}", decision.answer, hash(&body));
    println!("{}", difference(&captured.answer, &body));
    Ok(false)
}

/// Whether an answer, once its tokens are blanked, is the one that was captured.
fn is_blanked(body: &[u8], captured: &[u8]) -> bool {
    let mut blanked = body.to_vec();
    blank(&mut blanked).is_some() && blanked == captured
}

/// An answer on record, and what was captured for it.
struct OnRecord {
    decision: Decision,
    sealed: Option<Vec<u8>>,
}

/// The answers of this id, in the order of their chain. A capture belongs to the answer just before it.
fn on_record(options: &Options) -> Result<Vec<OnRecord>, String> {
    let mark = mark_of(&options.id);
    let mut entries = waiting(&options.place)?;
    entries.retain(|e| matches!(e.kind, Kind::Decision | Kind::Capture) && marks::marks(e).decision == mark);
    if let Some(mut store) = options.place.open()? {
        for ask in [Ask::Decision(mark.clone()), Ask::Capture(mark)] {
            let found = store.find(&ask).map_err(|e| e.to_string())?;
            warn_of_unsound(&found);
            entries.extend(found);
        }
    }
    let entries: BTreeMap<(String, u64), Entry> = entries.into_iter().map(|e| ((e.chain.clone(), e.seq), e)).collect();
    let answers = entries.values().filter_map(|entry| {
        let decision = marks::decision(entry).filter(|d| d.id == options.id)?;
        let next = entries.get(&(entry.chain.clone(), entry.seq.saturating_add(1)));
        let sealed = next.filter(|e| e.kind == Kind::Capture).map(|e| e.payload.clone());
        Some(OnRecord { decision, sealed })
    });
    Ok(answers.collect())
}

/// The answer that is wanted, and which one that is.
fn chosen(options: &Options, answers: Vec<OnRecord>) -> Result<(OnRecord, &'static str), String> {
    let (late, first): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.decision.late);
    match (first.into_iter().next(), late.into_iter().next_back()) {
        (None, None) => Err(format!("no answer `{}` is on record", options.id)),
        (Some(_), None) if options.late => {
            Err(String::from("only the first answer is on record, the one that the prescriber saw: none completed it"))
        }
        (None, Some(_)) if options.first => {
            Err(String::from("only the late answer is on record: the first, which the prescriber saw, is not"))
        }
        (Some(first), None) if first.decision.hook == SCREEN => {
            Ok((first, "the answer to a Bundle of the pharmacy side"))
        }
        (Some(first), None) => Ok((first, "the first answer, which the prescriber saw; it is the only one on record")),
        (None, Some(late)) => Ok((late, "the late answer; the first, which the prescriber saw, is not on record")),
        (Some(_), Some(late)) if options.late => {
            Ok((late, "the late answer; the first, which the prescriber saw, is on record too (--first)"))
        }
        (Some(first), Some(_)) => Ok((
            first,
            "the first answer, which the prescriber saw; a late one, which completed it, is on record too (--late)",
        )),
    }
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
    let remembered: Remembered = match captured.remembered.as_str() {
        "" => Remembered::default(),
        json => serde_json::from_str(json).map_err(|e| format!("what was remembered cannot be read: {e}"))?,
    };
    if decision.hook == SCREEN {
        let now = Moment(decision.at_ms.div_euclid(1_000));
        let setting = Setting { id: &decision.id, patient: &decision.patient, now, remembered: &remembered };
        return screen_answer::again(pack, &captured.body, &captured.asked, Moment(decision.as_of), &setting);
    }
    let hook =
        Hook::of_name(&decision.hook).ok_or_else(|| format!("`{}` is no hook that can be repeated", decision.hook))?;
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
