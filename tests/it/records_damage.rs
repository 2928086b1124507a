//! A row of a running server's store that is not as it was written: told until it can be read again, by its place, and nobody is
//! told to ask again. What else is on record is read as ever.

use crate::client::{Client, Reply};
use crate::desk_reading::read;
use crate::records::{Folder, answer, comment, means, still, until};
use crate::records_postgres::{Server, instance, wait};
use crate::serve::late_2026;
use caveat::live::lineup::Lineup;
use caveat::record::damage::{Damage, PLACES_MAX};
use caveat::record::decision::Decision;
use caveat::record::entry::{Entry, Kind, Link};
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::file_in;
use caveat::record::store::{Ask, StoreTrouble};
use std::process::Command;
use std::sync::Arc;

fn secret() -> Pseudonyms {
    Pseudonyms::new(b"a secret of a test")
}

/// An answer about a patient, by the name that the server would give.
fn about(id: &str, patient: &str) -> Decision {
    let patient = secret().of("patient", "anyone", "", patient);
    Decision { client: "anyone".to_owned(), ..answer(id, &patient, late_2026().0 * 1_000 - 1_000) }
}

/// A server whose store holds answers about two patients, and feedback about one, of an earlier run.
fn running(folder: &Folder) -> Client {
    let before = folder.open();
    wait(before.feedback(vec![comment("card-d1")])).unwrap();
    before.record(about("d1", "p1"));
    before.record(about("d2", "p2"));
    before.close();
    started(folder)
}

fn started(folder: &Folder) -> Client {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(crate::client::BUILT_IN, "built-in", late_2026()).unwrap();
    let mut client = Client::over(lineup, late_2026);
    let service = Arc::get_mut(&mut client.service).unwrap();
    service.recorder = Arc::new(Recorder::open(&folder.recording(), &means()).unwrap());
    service.pseudonyms = secret();
    client
}

fn words(reply: &Reply) -> String {
    reply.json()["issue"][0]["diagnostics"].as_str().unwrap_or_default().to_owned()
}

fn trouble(client: &Client) -> String {
    client.service.recorder.health().trouble.unwrap_or_default()
}

/// What is done to the row of an answer, and whether its place can be named.
const SPOILT: &[(&str, bool)] = &[
    ("payload = 5", true),
    ("payload = 'words'", true),
    ("payload = CAST(replace(CAST(payload AS TEXT), 'warfarin', 'WARFARIN') AS BLOB)", true),
    ("kind = 'x'", true),
    ("kind = 2", true),
    ("at_ms = 'soon'", true),
    ("clock_back = 1", true),
    ("prev = 7", true),
    ("hash = x'00'", true),
    ("chain = x'ff'", false),
    ("seq = 'x'", false),
];

#[tokio::test]
async fn a_row_that_is_not_as_it_was_written_is_told_until_it_can_be_read_again() {
    for (spoilt, named) in SPOILT {
        let folder = Folder::new();
        let client = std::thread::scope(|s| s.spawn(|| running(&folder)).join().unwrap());
        assert_eq!(read(&client, "/patients/p1/findings").await.status, 200, "{spoilt}");
        assert_eq!(trouble(&client), "", "{spoilt}");
        folder.sql("CREATE TABLE kept AS SELECT * FROM entries WHERE decision = 'd1'");
        folder.sql(&format!("UPDATE entries SET {spoilt} WHERE decision = 'd1'"));
        for path in ["/patients/p1/findings", "/patients/p1/overrides", "/decisions/d1"] {
            let reply = read(&client, path).await;
            let said = words(&reply);
            assert!(reply.status == 503 && said.contains("the record is damaged"), "{spoilt}, {path}: {said}");
            assert!(said.contains("audit verify") && !said.contains("; ask again"), "{spoilt}, {path}: {said}");
        }
        // Others are read as ever, and take nothing of it back.
        for path in ["/patients/p2/findings", "/decisions/d2"] {
            assert_eq!(read(&client, path).await.status, 200, "{spoilt}, {path}");
        }
        let told = trouble(&client);
        assert!(told.contains("the record is damaged"), "{spoilt}: {told}");
        assert_eq!(told.contains("entry 3 of chain `caveat`"), *named, "{spoilt}: {told}");
        let ready = client.get("/readyz").await;
        assert!(ready.status == 200 && ready.json().to_string().contains("degraded"), "{spoilt}: {:?}", ready.json());
        client.service.recorder.feedback(vec![comment("card-d2")]).await.unwrap();
        until("what comes is stored all the same", || client.service.recorder.health().bytes_behind == 0);
        assert_eq!(trouble(&client), told, "{spoilt}: a write that goes well is no read of that place");
        folder
            .sql("DELETE FROM entries WHERE decision = 'd1'; INSERT INTO entries SELECT * FROM kept; DROP TABLE kept");
        assert_eq!(read(&client, "/patients/p1/findings").await.status, 200, "{spoilt}");
        until("all of it is read again", || trouble(&client).is_empty());
        client.service.recorder.close();
        folder.verify().unwrap();
    }
}

#[tokio::test]
async fn damage_that_was_mended_is_told_no_more_though_nobody_asks() {
    let folder = Folder::new();
    let client = std::thread::scope(|s| s.spawn(|| running(&folder)).join().unwrap());
    folder.sql("CREATE TABLE kept AS SELECT * FROM entries; UPDATE entries SET payload = 5 WHERE decision = 'd1'");
    assert_eq!(read(&client, "/decisions/d1").await.status, 503);
    assert!(!trouble(&client).is_empty());
    folder.sql("UPDATE entries SET payload = (SELECT payload FROM kept WHERE decision = 'd1') WHERE decision = 'd1'");
    until("it is looked at again", || trouble(&client).is_empty());
    // One that is gone with all before it was removed because its time was over.
    folder.sql("UPDATE entries SET payload = 5 WHERE decision = 'd1'");
    assert_eq!(read(&client, "/decisions/d1").await.status, 503);
    folder.sql("DELETE FROM entries WHERE seq <= 3");
    until("the chain begins after it", || trouble(&client).is_empty());
}

#[test]
fn damage_is_struck_out_by_a_read_of_its_own_place_alone() {
    let entry =
        |seq: u64| Entry::seal("c", Link { seq: seq - 1, hash: [0; 32] }, Kind::Decision, false, 0, b"{}".to_vec());
    let spoilt = |seq: u64| Entry { payload: b"[]".to_vec(), ..entry(seq) };
    let (asked, other) = (Ask::Last(9), Ask::Last(1));
    let damage = Damage::default();
    let read = damage.look(&asked, Ok(vec![entry(2), spoilt(3)])).unwrap();
    assert_eq!((read.sound.len(), read.spoiled), (1, vec!["entry 3 of chain `c`".to_owned()]));
    let told = |damage: &Damage| damage.words().is_some();
    for (name, found) in [("others", vec![entry(2), entry(4)]), ("nothing", Vec::new())] {
        damage.look(&asked, Ok(found)).unwrap();
        assert!(told(&damage), "{name}: a hole is no mending");
    }
    damage.look(&asked, Err(StoreTrouble::Away("x".to_owned()))).unwrap_err();
    damage.begins("c", 3);
    damage.begins("d", 9);
    assert!(told(&damage));
    damage.look(&other, Ok(vec![entry(3)])).unwrap();
    assert!(!told(&damage), "it was read");
    damage.look(&asked, Ok(vec![spoilt(3)])).unwrap();
    damage.begins("c", 4);
    assert!(!told(&damage), "its time was over");
    // What cannot be read as a whole is mended when the same question is answered.
    damage.look(&asked, Err(StoreTrouble::Spoiled("a row".to_owned()))).unwrap_err();
    damage.look(&other, Ok(Vec::new())).unwrap();
    assert!(told(&damage) && damage.questions() == [asked.clone()]);
    damage.look(&asked, Ok(Vec::new())).unwrap();
    assert!(!told(&damage));
    damage.look(&asked, Err(StoreTrouble::Away("locked".to_owned()))).unwrap_err();
    assert!(!told(&damage), "away is not damaged");
    for seq in 1..3 * PLACES_MAX as u64 {
        drop(damage.look(&asked, Ok(vec![spoilt(seq)])));
    }
    assert!(damage.words().unwrap().contains(&format!("and {} more", PLACES_MAX - 3)), "{:?}", damage.words());
}

#[tokio::test]
async fn a_store_that_is_away_is_no_damage_and_is_asked_again() {
    let folder = Folder::new();
    let client = std::thread::scope(|s| s.spawn(|| running(&folder)).join().unwrap());
    let away = folder.0.join("away");
    std::fs::rename(file_in(&folder.0), &away).unwrap();
    // One that was never given: no memory of this run can answer for the store.
    let reply = read(&client, "/decisions/d9").await;
    assert_eq!((reply.status, words(&reply).contains("ask again")), (503, true), "{}", words(&reply));
    assert!(!trouble(&client).contains("damaged"), "{}", trouble(&client));
    std::fs::rename(&away, file_in(&folder.0)).unwrap();
    assert_eq!(read(&client, "/decisions/d9").await.status, 404);
    assert_eq!(read(&client, "/decisions/d1").await.status, 200);
}

#[tokio::test]
async fn a_server_starts_over_a_damaged_row_learns_the_rest_and_says_so() {
    let folder = Folder::new();
    std::thread::scope(|s| s.spawn(|| running(&folder).service.recorder.close()).join().unwrap());
    folder.sql("UPDATE entries SET payload = CAST('{\"id\":\"d1\"}' AS BLOB) WHERE decision = 'd1'");
    let client = std::thread::scope(|s| s.spawn(|| started(&folder)).join().unwrap());
    let told = trouble(&client);
    assert!(told.contains("entry 3 of chain `caveat`"), "{told}");
    assert_eq!(read(&client, "/decisions/d2").await.status, 200);
    let call = crate::serve::order_sign(&["197805"], &["855332"]);
    assert_eq!(client.post("/cds-services/caveat-order-sign", call).await.status, 200);
}

#[test]
fn whoever_reads_a_damaged_record_by_hand_is_warned() {
    let folder = Folder::new();
    running(&folder).service.recorder.close();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        let output = command.args(args).arg("--folder").arg(&folder.0).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    const SAID: &str = "entry 3 of chain `caveat` is not as it was written";
    for args in [&["audit", "show", "d1"][..], &["audit", "show", "--last", "5"], &["audit", "export"]] {
        assert!(!run(args).contains("not as it was written"), "{args:?}");
    }
    folder.sql("UPDATE entries SET kind = 'x' WHERE decision = 'd1'");
    assert!(run(&["audit", "show", "d1"]).contains(SAID));
    assert!(run(&["audit", "export"]).contains(SAID));
    folder.sql("UPDATE entries SET kind = 1, payload = CAST('{\"id\":\"d1\"}' AS BLOB) WHERE decision = 'd1'");
    for args in [&["audit", "show", "d1"][..], &["audit", "show", "--last", "5"], &["audit", "export"]] {
        assert!(run(args).contains(SAID), "{args:?}: {}", run(args));
    }
    assert!(!run(&["audit", "show", "d2"]).contains(SAID), "of others nothing is said");
}

#[test]
fn a_damaged_row_of_postgres_is_told_and_holds_up_no_learning() {
    let Some(server) = Server::start(None) else { return };
    let (a, b) = (instance(&server, "a"), instance(&server, "b"));
    a.recorder.record(answer("d1", "p1", still()));
    wait(a.recorder.feedback(vec![comment("card-d1")])).unwrap();
    until("b knows of it", || b.recorder.health().trouble.is_none() && b.knows_feedback("card-d1"));
    assert_eq!(wait(b.recorder.decision("d1")).unwrap().unwrap().patient, "p1");
    let spoil = |set: &str| {
        server.psql(&format!("CREATE TABLE kept AS SELECT * FROM caveat_entries; {set}"));
        let why = wait(b.recorder.decision("d1")).unwrap_err();
        assert!(why.damaged && why.to_string().contains("the record is damaged"), "{set}: {why}");
        let told = b.recorder.health().trouble.unwrap_or_default();
        assert!(told.contains("the record is damaged"), "{set}: {told}");
    };
    for (set, mend) in [
        (
            "ALTER TABLE caveat_entries ALTER payload DROP NOT NULL; UPDATE caveat_entries SET payload = NULL WHERE decision = 'd1'",
            "UPDATE caveat_entries SET payload = kept.payload FROM kept WHERE kept.seq = caveat_entries.seq AND kept.chain = caveat_entries.chain",
        ),
        (
            "UPDATE caveat_entries SET kind = 9 WHERE decision = 'd1'",
            "UPDATE caveat_entries SET kind = 1 WHERE decision = 'd1'",
        ),
        (
            "ALTER TABLE caveat_entries ALTER at_ms TYPE text",
            "ALTER TABLE caveat_entries ALTER at_ms TYPE bigint USING at_ms::bigint",
        ),
    ] {
        spoil(set);
        if !set.contains("TYPE text") {
            let card = format!("after {}", set.len());
            wait(a.recorder.feedback(vec![comment(&card)])).unwrap();
            until("b learns what came after the damage", || b.knows_feedback(&card));
            assert!(b.recorder.health().trouble.is_some_and(|t| t.contains("damaged")), "{set}: it is told still");
        }
        server.psql(&format!("{mend}; DROP TABLE kept"));
        until("it is told no more", || b.recorder.health().trouble.is_none());
        assert_eq!(wait(b.recorder.decision("d1")).unwrap().unwrap().patient, "p1", "{set}");
    }
}
