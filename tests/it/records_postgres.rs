//! PostgreSQL as the store of several instances: a throwaway server is started, stopped and started again. Where there is none
//! to start, the tests say that they were skipped.

use crate::records::{answer, comment, means, still, until};
use caveat::record::chain::{Check, NotWhole, Whole, verify};
use caveat::record::decision::{Decision, FeedbackRecord};
use caveat::record::learner::Learner;
use caveat::record::opening::Means;
use caveat::record::postgres::{PostgresStore, read_connection};
use caveat::record::recorder::Recorder;
use caveat::record::store::Store as _;
use caveat::settings::recording::{Recording, Store};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A throwaway server that listens on a socket in its own folder.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// A port of 127.0.0.1 that it listens on too.
    port: Option<u16>,
}

impl Server {
    /// Makes and starts one; `None`, said aloud, where that cannot be.
    pub fn start(port: Option<u16>) -> Option<Server> {
        let known = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|e| e.path().join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = known.chain(std::env::split_paths(&path)).find(|p| p.join("initdb").exists());
        let Some(programs) = programs else {
            println!("SKIPPED: no PostgreSQL to start on this machine");
            return None;
        };
        let folder =
            std::env::temp_dir().join(format!("caveat-pg-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]));
        let server = Server { folder, programs, port };
        let data = server.folder.display().to_string();
        let made = server.sh(&format!(
            "mkdir -p {data} && {}/initdb -D {data}/data -A trust -U caveat --no-sync >/dev/null",
            server.programs.display()
        ));
        if !made {
            println!("SKIPPED: PostgreSQL is here and cannot be started as this user");
            return None;
        }
        assert!(server.up());
        Some(server)
    }

    /// Runs a line as somebody who may run PostgreSQL, which root may not.
    fn sh(&self, line: &str) -> bool {
        let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
        let mut command = if root { Command::new("su") } else { Command::new("sh") };
        if root {
            command.args(["postgres", "-s", "/bin/sh"]);
        }
        command.args(["-c", line]).current_dir("/").status().is_ok_and(|s| s.success())
    }

    pub fn up(&self) -> bool {
        let (programs, folder) = (self.programs.display(), self.folder.display());
        let (host, port) = self.port.map_or(("", 5432), |port| ("127.0.0.1", port));
        self.sh(&format!(
            "{programs}/pg_ctl -w -D {folder}/data -l {folder}/log -o \"-k {folder} -c listen_addresses='{host}' -p {port} -c fsync=off\" start >/dev/null"
        ))
    }

    /// Stops it as a loss of power would.
    pub fn down(&self) {
        let (programs, folder) = (self.programs.display(), self.folder.display());
        assert!(self.sh(&format!("{programs}/pg_ctl -w -D {folder}/data -m immediate stop >/dev/null")));
    }

    pub fn connection(&self) -> String {
        format!("host={} port={} user=caveat dbname=postgres", self.folder.display(), self.port.unwrap_or(5432))
    }

    pub fn psql(&self, statement: &str) {
        let line = format!(
            "{}/psql -q -v ON_ERROR_STOP=1 -h {} -p {} -U caveat postgres -c \"{statement}\" >/dev/null",
            self.programs.display(),
            self.folder.display(),
            self.port.unwrap_or(5432)
        );
        assert!(self.sh(&line), "{statement}");
    }

    pub fn store(&self) -> PostgresStore {
        PostgresStore::open(&read_connection(&self.connection()).unwrap()).unwrap()
    }

    /// The chain whose name begins so, checked in the store and an instance's journal.
    pub fn verify(&self, start: &str, journal: Option<&std::path::Path>) -> Result<Whole, NotWhole> {
        let mut store = self.store();
        let chain = store.chains().unwrap().into_iter().map(|c| c.chain).find(|c| c.starts_with(start)).unwrap();
        verify(Some(&mut store), journal, &Check { chain, ..Check::default() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let (programs, folder) = (self.programs.display(), self.folder.display());
        self.sh(&format!("{programs}/pg_ctl -D {folder}/data -m immediate stop >/dev/null 2>&1; rm -rf {folder}"));
    }
}

/// Waits for what is asynchronous. The tests themselves are not: a store has a runtime of its own.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Remembers what it learnt.
#[derive(Default)]
pub struct Pupil {
    decisions: Mutex<Vec<String>>,
    feedback: Mutex<Vec<String>>,
}

impl Learner for Pupil {
    fn decision(&self, decision: &Decision) {
        self.decisions.lock().unwrap().push(decision.id.clone());
    }

    fn feedback(&self, feedback: &FeedbackRecord) {
        self.feedback.lock().unwrap().push(feedback.card.clone());
    }
}

pub struct Instance {
    folder: crate::records::Folder,
    pub recorder: Recorder,
    pupil: Arc<Pupil>,
}

impl Instance {
    pub fn knows_feedback(&self, card: &str) -> bool {
        self.pupil.feedback.lock().unwrap().contains(&card.to_owned())
    }
}

pub fn instance(server: &Server, name: &str) -> Instance {
    let folder = crate::records::Folder::new();
    let (recorder, pupil) = open(server, name, &folder);
    Instance { folder, recorder, pupil }
}

fn open(server: &Server, name: &str, folder: &crate::records::Folder) -> (Recorder, Arc<Pupil>) {
    let store = Store::Postgres { connection: server.connection(), folder: folder.0.clone() };
    let recording =
        Recording { store, instance: name.to_owned(), staleness_max: Duration::from_secs(2), ..Recording::default() };
    let pupil = Arc::new(Pupil::default());
    let means = Means { learner: Arc::<Pupil>::clone(&pupil), ..means() };
    (Recorder::open(&recording, &means).unwrap(), pupil)
}

#[test]
fn an_override_given_to_one_instance_is_known_to_the_other() {
    let Some(server) = Server::start(None) else { return };
    // Both make the tables at once, and both were given one name: each has a chain of its own all the same.
    let (a, b) = (instance(&server, "twin"), instance(&server, "twin"));
    a.recorder.record(answer("of-a", "p1", still()));
    wait(a.recorder.feedback(vec![comment("card-of-a")])).unwrap();
    until("b knows of a's answer and override", || {
        b.pupil.feedback.lock().unwrap().contains(&"card-of-a".to_owned())
            && b.pupil.decisions.lock().unwrap().contains(&"of-a".to_owned())
    });
    assert_eq!(wait(b.recorder.of_card("card-of-a")).unwrap().unwrap().patient, "p1");
    assert_eq!(wait(b.recorder.feedback_on(&["card-of-a".to_owned()])).unwrap().len(), 1);
    until("what b knows is fresh", || b.recorder.stale_for().is_none() && b.recorder.health().staleness <= Some(2));
    wait(b.recorder.feedback(vec![comment("card-of-b")])).unwrap();
    until("a knows of b's", || a.pupil.feedback.lock().unwrap().contains(&"card-of-b".to_owned()));
    until("nothing is wrong with either", || [&a, &b].iter().all(|i| i.recorder.health().trouble.is_none()));
    a.recorder.close();
    b.recorder.close();
    let mut store = server.store();
    let chains = store.chains().unwrap();
    assert!(chains.len() == 2 && chains.iter().all(|c| c.stopped && c.chain.starts_with("twin-")), "{chains:?}");
    for chain in chains {
        verify(Some(&mut store), None, &Check { chain: chain.chain, ..Check::default() }).unwrap();
    }
    // Whoever starts later knows of both.
    let c = instance(&server, "late");
    until("the late one knows", || c.pupil.feedback.lock().unwrap().len() >= 2);
}

#[test]
fn postgres_down_at_start_and_later_loses_nothing_and_says_how_stale_it_is() {
    let Some(server) = Server::start(None) else { return };
    server.down();
    let a = instance(&server, "a");
    wait(a.recorder.feedback(vec![comment("while it was down at the start")])).unwrap();
    a.recorder.record(answer("d1", "p1", still()));
    until("it is said", || a.recorder.health().trouble.is_some_and(|t| t.contains("PostgreSQL")));
    until("the staleness is said", || a.recorder.stale_for().is_some_and(|s| s > 2));
    assert_eq!(wait(a.recorder.decision("d1")).unwrap().unwrap().patient, "p1", "found in memory");
    assert!(wait(a.recorder.decision("d2")).is_err(), "nobody says that there is none");
    assert!(server.up());
    until("it is got over", || {
        let health = a.recorder.health();
        health.trouble.is_none() && health.bytes_behind == 0 && a.recorder.stale_for().is_none()
    });
    for round in 0..3 {
        server.down();
        wait(a.recorder.feedback(vec![comment(&format!("while it was down, {round}"))])).unwrap();
        assert!(server.up());
        wait(a.recorder.feedback(vec![comment(&format!("when it was back, {round}"))])).unwrap();
    }
    until("all of it is stored", || a.recorder.health().bytes_behind == 0);
    a.recorder.close();
    let whole = server.verify("a-", Some(&a.folder.0)).unwrap();
    assert_eq!((whole.entries, whole.in_journal), (9, 0), "genesis, seven entries of feedback, one answer");
    // The same folder goes on with the same chain.
    drop(a.recorder);
    let (again, pupil) = open(&server, "a", &a.folder);
    until("it learns what it knew", || pupil.feedback.lock().unwrap().len() >= 7);
    again.close();
    assert_eq!(server.verify("a-", Some(&a.folder.0)).unwrap().entries, 10);
    server.psql("UPDATE caveat_entries SET payload = '{}' WHERE seq = 4");
    let told = server.verify("a-", None).unwrap_err().to_string();
    assert!(told.contains("entry 4 was altered"), "{told}");
    let command = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        command.args(["audit", "verify", "--postgres", &server.connection()]).args(more).output().unwrap()
    };
    assert_eq!(command(&[]).status.code(), Some(1));
    server.psql("DELETE FROM caveat_entries; DELETE FROM caveat_cards");
    assert_eq!(command(&[]).status.code(), Some(1), "a chain that was there and is gone is broken");
}

#[test]
fn a_connection_string_is_refused_without_saying_its_password() {
    let why = read_connection("host=localhost password=hunter2 prot=5").unwrap_err();
    assert!(why.contains("prot") && !why.contains("hunter2"), "{why}");
    let store = Store::Postgres { connection: "password=hunter2".to_owned(), folder: PathBuf::from("f") };
    assert!(!format!("{store:?}").contains("hunter2"));
    assert!(read_connection("postgresql://caveat:hunter2@localhost:5432/caveat?sslmode=require").is_ok());
}

/// Over the network the database is asked by TLS, and its certificate must be one that the machine trusts.
#[test]
fn postgres_over_the_network_must_show_a_certificate_that_is_trusted() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(server) = Server::start(Some(port)) else { return };
    drop(server.store());
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let own = crate::records::Folder::new();
    std::fs::create_dir_all(&own.0).unwrap();
    let (trusted, key) = (own.0.join("server.pem"), own.0.join("server.key"));
    std::fs::write(&trusted, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let data = server.folder.join("data");
    let there = data.display();
    assert!(server.sh(&format!("cp {} {there}/server.crt", trusted.display())));
    assert!(server.sh(&format!("cp {} {there}/server.key && chmod 600 {there}/server.key", key.display())));
    server.psql("ALTER SYSTEM SET ssl = on");
    server.down();
    assert!(server.up());
    let ask = |host: &str, authorities: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        command.args(["audit", "verify", "--postgres"]);
        command.arg(format!("host={host} hostaddr=127.0.0.1 port={port} user=caveat dbname=postgres sslmode=require"));
        let output = command.env("SSL_CERT_FILE", authorities).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let stranger = own.0.join("stranger.pem");
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&stranger, other.cert.pem()).unwrap();
    assert_eq!(ask("localhost", &trusted), (1, "no chain is there\n".to_owned()), "it is read, and empty");
    let (code, said) = ask("localhost", &stranger);
    assert!(code == 2 && said.contains("certificate"), "{code} {said}");
    let (code, said) = ask("another.example", &trusted);
    assert!(code == 2 && said.contains("certificate"), "{code} {said}");
}
