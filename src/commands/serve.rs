//! `caveat serve`: the server, with the built-in knowledge or a watched pack file.

use crate::commands::screen::bytes_of;
use crate::live::clock::{now, now_ms};
use crate::live::lineup::Lineup;
use crate::live::watch::{WatchedFile, watch};
use crate::record::book::Book;
use crate::record::opening::Means;
use crate::record::pseudonym::Pseudonyms;
use crate::record::recorder::Recorder;
use crate::serve::router::router;
use crate::serve::service::Service;
use crate::settings::access::{Access, Grant, Role};
use crate::settings::recording::Store;
use crate::settings::whole::Settings;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Where to listen, and what to serve.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// A pack file to serve and to watch: a changed file is verified, tried on its cases, and only then swapped in.
    /// A rules folder is compiled once at start. Default: the built-in knowledge.
    #[arg(long, value_name = "PATH")]
    pub pack: Option<PathBuf>,
    /// The token that `POST /admin/pack` wants as `Authorization: Bearer TOKEN`. Without it the call is closed.
    #[arg(long, value_name = "TOKEN", env = "CAVEAT_ADMIN_TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// A folder to keep records in, in SQLite. Without it the last few thousand are kept in memory.
    #[arg(long, value_name = "FOLDER", env = "CAVEAT_RECORD")]
    pub record: Option<PathBuf>,
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
    let lineup = Arc::new(Lineup::new());
    let wake = first_pack(options.pack.as_deref(), &lineup)?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|e| format!("cannot listen on {}: {e}; choose another with --listen ADDR:PORT", options.listen))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let settings = settings(options);
    let drain = settings.server.drain_time;
    let service = service(Arc::clone(&lineup), settings)?;
    greet(address, &lineup, &service.settings.recording.store);
    hang_up_reloads(wake);
    let recorder = Arc::clone(&service.recorder);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, router(service)).with_graceful_shutdown(async move {
        told_to_stop().await;
        let _ = stop.send(());
    });
    let ended = tokio::select! {
        ended = server.into_future() => ended.map_err(|e| e.to_string()),
        () = async { let _ = stopped.await; tokio::time::sleep(drain).await } => {
            Err(format!("some requests were still open {} seconds after the signal", drain.as_secs()))
        }
    };
    // What waits to be recorded is written before the process ends.
    let closed = tokio::task::spawn_blocking(move || recorder.close()).await;
    ended.and(closed.map_err(|e| e.to_string()))
}

/// The service that these settings describe, with its record open.
fn service(lineup: Arc<Lineup>, settings: Settings) -> Result<Arc<Service>, String> {
    let (pseudonyms, lost) = Pseudonyms::open(&settings.recording).map_err(|e| e.to_string())?;
    let book = Arc::new(Book::new());
    let means = Means::new(Arc::<Book>::clone(&book), &pseudonyms, now_ms);
    let recorder = Recorder::open(&settings.recording, &means).map_err(|e| e.to_string())?;
    if let Some(lost) = lost {
        recorder.note(&lost);
    }
    let mut service = Service::new(lineup, Arc::new(settings), Arc::new(recorder), pseudonyms);
    service.book = book;
    Ok(Arc::new(service))
}

/// The settings that these options make.
fn settings(options: &Options) -> Settings {
    let token = |token: &String| Grant {
        name: String::from("admin token"),
        roles: vec![Role::Editor, Role::Pharmacist, Role::Auditor, Role::Operator],
        token: Some(*blake3::hash(token.as_bytes()).as_bytes()),
        certificate: None,
    };
    let grants = options.admin_token.iter().filter(|t| !t.is_empty()).map(token).collect();
    let mut settings = Settings { access: Access { grants }, ..Settings::default() };
    settings.server.listen = options.listen;
    if let Some(folder) = options.record.clone() {
        settings.recording.store = Store::Sqlite { folder };
    }
    settings
}

/// Puts the first pack into service. A watched file that is refused leaves the service up and not ready: an operator can
/// mend the file without a restart. A rules folder or the built-in knowledge that is refused is a fault to stop at.
fn first_pack(path: Option<&Path>, lineup: &Arc<Lineup>) -> Result<Option<Sender<()>>, String> {
    match path {
        Some(path) if !path.is_dir() => {
            let mut file = WatchedFile::new(path.to_owned());
            if let Err(refused) = file.load(lineup) {
                eprintln!("caveat: NOT READY, no pack in service: {refused}");
            }
            let (wake, woken) = std::sync::mpsc::channel();
            let lineup = Arc::clone(lineup);
            std::thread::spawn(move || watch(file, lineup, woken));
            Ok(Some(wake))
        }
        path => {
            let source = path.map_or_else(|| String::from("built-in"), |p| p.display().to_string());
            lineup.activate(&bytes_of(path)?, &source, now()).map_err(|e| e.to_string())?;
            Ok(None)
        }
    }
}

/// What a newcomer sees: where it listens, what it knows, and a line to paste.
fn greet(address: SocketAddr, lineup: &Lineup, store: &Store) {
    println!("caveat {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    match lineup.snapshot() {
        Some(pack) => println!("pack   {}", pack.stamp()),
        None => println!("pack   none: not ready, every call is answered 503"),
    }
    match store {
        Store::Memory => {
            println!("record in memory only, the last few thousand answers; keep them with --record FOLDER")
        }
        Store::Sqlite { folder } => println!("record in {}", folder.display()),
        Store::Postgres { folder, .. } => println!("record in PostgreSQL, by way of {}", folder.display()),
    }
    println!("for trying on this machine: no client is asked who it is. Paste this and get a card:\n");
    println!("{}\n", example(address));
}

/// A first call: ibuprofen ordered for a patient who takes warfarin.
fn example(address: SocketAddr) -> String {
    let body = r#"{"hook":"order-sign","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/1","patientId":"p1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","id":"ibuprofen-1","status":"draft","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"197805","display":"ibuprofen 400 MG Oral Tablet"}]},"dosageInstruction":[{"timing":{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"{tablet}"}}]}]}}]}},"prefetch":{"medications":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"MedicationRequest","id":"warfarin-1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]}}}]}}}"#;
    format!("curl -s http://{address}/cds-services/caveat-order-sign -H 'Content-Type: application/json' -d '{body}'")
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

async fn told_to_stop() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        let terminate = async {
            if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                signal.recv().await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! { () = interrupt => {}, () = terminate => {} }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
