//! `caveat serve`: the server, with the built-in knowledge or a watched pack file.

use crate::commands::config::settled;
use crate::commands::knowledge::first_pack;
use crate::live::clock::now_ms;
use crate::live::lineup::Lineup;
use crate::record::book::Book;
use crate::record::opening::Means;
use crate::record::pseudonym::Pseudonyms;
use crate::record::recorder::Recorder;
use crate::serve::certificates::Certificates;
use crate::serve::listen;
use crate::serve::service::Service;
use crate::serve::traffic::Phase;
use crate::settings::read::Said;
use crate::settings::recording::Store;
use crate::settings::whole::Settings;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Where to listen, and what to serve. An option beats a variable, a variable the file.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The settings file; `caveat config reference` prints one to begin with. Default: none, for trying on this machine.
    #[arg(long, value_name = "FILE", env = "CAVEAT_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on. Default: 127.0.0.1:8080.
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Says that an address that others can reach may be served without registered clients or TLS.
    #[arg(long)]
    pub open_to_anyone: bool,
    /// A pack file to serve and to watch: a changed file is verified, tried on its cases, and only then swapped in.
    /// A rules folder is compiled once at start. Default: the built-in knowledge.
    #[arg(long, value_name = "PATH")]
    pub pack: Option<PathBuf>,
    /// An address to pull packs from: `https://host/path` or `s3://bucket/key` (`AWS_REGION`, `AWS_ENDPOINT` and the like say the
    /// rest). With `--pack FILE`, the last one pulled is kept there for the next start.
    #[arg(long, value_name = "ADDRESS")]
    pub pull: Option<String>,
    /// A token that allows every admin and read call, as `Authorization: Bearer TOKEN`. Without it, and without grants in
    /// the settings file, these calls are closed.
    #[arg(long, value_name = "TOKEN", env = "CAVEAT_ADMIN_TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// A folder to keep records in, in SQLite. Without it the last few thousand are kept in memory.
    #[arg(long, value_name = "FOLDER", env = "CAVEAT_RECORD")]
    pub record: Option<PathBuf>,
}

impl Options {
    /// What the options say of settings.
    fn said(&self) -> Vec<Said> {
        let listen = self.listen.map(|address| ("--listen", "server.listen", address.to_string()));
        let open = self.open_to_anyone.then(|| ("--open-to-anyone", "server.open_to_anyone", String::from("true")));
        let pack = self.pack.as_ref().map(|path| ("--pack", "knowledge.path", path.display().to_string()));
        let pull = self.pull.clone().map(|address| ("--pull", "knowledge.pull", address));
        let said = [listen, open, pack, pull].into_iter().flatten();
        said.map(|(option, setting, value)| Said { option, setting, value }).collect()
    }
}

/// Serves until told to stop. Exit code 0 after a clean stop, 2 when it could not start.
pub fn run(options: &Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("caveat: cannot start: {e}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(serve(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("caveat: {why}");
            ExitCode::from(2)
        }
    }
}

async fn serve(options: &Options) -> Result<(), String> {
    let mut settings = settled(options.config.as_deref(), options.said(), options.admin_token.clone())?.settings;
    if let Some(folder) = options.record.clone() {
        settings.recording.store = Store::Sqlite { folder };
    }
    let certificates =
        settings.server.tls.as_ref().map(Certificates::load).transpose().map_err(|bad| bad.to_string())?;
    settings.server.connections_max = enough_files(settings.server.connections_max);
    // The record is open before anybody can call: a start that takes long is refused connections, not calls that hang. And its
    // folder is this process's own before anything else is read or written there.
    let lineup = Arc::new(lineup(&settings));
    let service = service(Arc::clone(&lineup), settings)?;
    let settings = Arc::clone(&service.settings);
    let wake = first_pack(&settings.knowledge, &lineup)?;
    let wanted = settings.server.listen;
    let listener = listen::bind(wanted)
        .map_err(|e| format!("cannot listen on {wanted}: {e}; choose another with --listen ADDR:PORT"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    greet(address, &settings, &lineup);
    hang_up_reloads(wake);
    let recorder = Arc::clone(&service.recorder);
    let traffic = Arc::clone(&service.traffic);
    tokio::spawn(async move {
        let phase = told_to_stop().await;
        traffic.go_on(phase);
        tracing::info!(open = traffic.requests.now(), "told to stop; what is open ends first");
    });
    let drain = service.settings.server.drain_time.as_secs();
    let ended = listen::serve(listener, service, certificates.map(Arc::new))
        .await
        .map_err(|open| format!("{open} connections were still open {drain} seconds after the last were taken"));
    // What waits to be recorded is written before the process ends.
    let closed = tokio::task::spawn_blocking(move || recorder.close()).await;
    ended.and(closed.map_err(|e| e.to_string()))
}

/// A lineup with nothing in service. Whose packs must be signed, it keeps the newest of them in the record's folder.
fn lineup(settings: &Settings) -> Lineup {
    let knowledge = &settings.knowledge;
    let lineup = Lineup::trusting(knowledge.signers.clone());
    if knowledge.signers.is_empty() {
        return lineup;
    }
    match &settings.recording.store {
        Store::Sqlite { folder } | Store::Postgres { folder, .. } => lineup.remembering(folder.clone()),
        Store::Memory => {
            // What is pulled and kept at `path` is the newest that was taken.
            if knowledge.pull.is_some() != knowledge.path.is_some() {
                tracing::warn!(
                    "after a restart an older pack may be taken: there is no folder to remember the newest in"
                );
            }
            lineup
        }
    }
}

/// The service that these settings describe, with its record open.
fn service(lineup: Arc<Lineup>, settings: Settings) -> Result<Arc<Service>, String> {
    let (pseudonyms, lost) = Pseudonyms::open(&settings.recording).map_err(|e| e.to_string())?;
    let book = Arc::new(Book::by(&settings.overriding));
    let means = Means::new(Arc::<Book>::clone(&book), &pseudonyms, now_ms);
    let recorder = Recorder::open(&settings.recording, &means).map_err(|e| e.to_string())?;
    if let Some(lost) = lost {
        recorder.note(&lost);
    }
    let mut service = Service::new(lineup, Arc::new(settings), Arc::new(recorder), pseudonyms);
    service.book = book;
    Ok(Arc::new(service))
}

/// Files that the process needs beside its connections.
const OTHER_FILES: u64 = 256;

/// Asks the system for as many open files as the connections need. Where it does not give them fewer connections are taken, so that
/// the record, the pack and FHIR servers are not left without; that is said.
fn enough_files(connections_max: usize) -> usize {
    let wanted = connections_max as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(given) if given < wanted => {
            let left = given.saturating_sub(OTHER_FILES).max(given / 2).max(1);
            let taken = usize::try_from(left).map_or(connections_max, |left| left.min(connections_max));
            tracing::warn!(
                given,
                wanted,
                taken,
                "fewer files may be open than `connections_max` needs, so fewer connections are taken; raise the limit (ulimit -n)"
            );
            taken
        }
        Ok(_) => connections_max,
        Err(e) => {
            tracing::warn!(error = %e, "the limit of open files could not be asked");
            connections_max
        }
    }
}

/// A line for whoever started it; somebody who does not listen any more is no reason to fail.
macro_rules! say {
    ($($word:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($word)*);
    }};
}

/// What a newcomer sees: where it listens, what it knows, whom it asks who they are, and a line to paste.
fn greet(address: SocketAddr, settings: &Settings, lineup: &Lineup) {
    let scheme = if settings.server.tls.is_some() { "https" } else { "http" };
    say!("caveat {} listens on {scheme}://{address}", env!("CARGO_PKG_VERSION"));
    match lineup.snapshot() {
        Some(pack) => say!("pack   {}", pack.stamp()),
        None => say!("pack   none: not ready, every call is answered 503"),
    }
    match &settings.recording.store {
        Store::Memory => {
            say!("record in memory only, the last few thousand answers; keep them with --record FOLDER");
        }
        Store::Sqlite { folder } => say!("record in {}", folder.display()),
        Store::Postgres { folder, .. } => say!("record in PostgreSQL, by way of {}", folder.display()),
    }
    match settings.clients.len() {
        0 if address.ip().is_loopback() && lineup.snapshot().is_none() => {
            say!("for trying on this machine: no client is asked who it is");
        }
        0 if address.ip().is_loopback() => {
            say!("for trying on this machine: no client is asked who it is. Paste this and get a card:\n");
            say!("{}\n", example(scheme, address));
        }
        0 => say!("OPEN TO ANYONE who reaches this address: no client is asked who it is"),
        1 => say!("1 client is registered"),
        n => say!("{n} clients are registered"),
    }
}

/// A first call: ibuprofen ordered for a patient who takes warfarin.
fn example(scheme: &str, address: SocketAddr) -> String {
    let body = r#"{"hook":"order-sign","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/1","patientId":"p1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","id":"ibuprofen-1","status":"draft","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"197805","display":"ibuprofen 400 MG Oral Tablet"}]},"dosageInstruction":[{"timing":{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"{tablet}"}}]}]}}]}},"prefetch":{"medications":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"MedicationRequest","id":"warfarin-1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]}}}]}}}"#;
    let trust = if scheme == "https" { " --insecure" } else { "" };
    format!(
        "curl -s{trust} {scheme}://{address}/cds-services/caveat-order-sign -H 'Content-Type: application/json' -d '{body}'"
    )
}

/// SIGHUP tries the watched file again.
fn hang_up_reloads(wake: Option<Sender<()>>) {
    #[cfg(unix)]
    if let (Some(wake), Ok(mut signal)) = (wake, tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()))
    {
        tokio::spawn(async move { while signal.recv().await.is_some() && wake.send(()).is_ok() {} });
    }
    #[cfg(not(unix))]
    drop(wake);
}

/// How to stop: at once after Ctrl-C, for somebody sits there; after SIGTERM a load balancer must notice first.
async fn told_to_stop() -> Phase {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
        Phase::Closing
    };
    #[cfg(unix)]
    {
        let terminate = async {
            if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                signal.recv().await;
                Phase::Leaving
            } else {
                std::future::pending().await
            }
        };
        tokio::select! { phase = interrupt => phase, phase = terminate => phase }
    }
    #[cfg(not(unix))]
    interrupt.await
}
