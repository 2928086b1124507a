//! Answers of `POST /screen`, captured and given again byte for byte.

use crate::client::{BUILT_IN, Client};
use crate::desk::{IBUPROFEN, WARFARIN, active, bundle, draft, order_of, patient, screen};
use crate::records::{Folder, lean_pack, means};
use crate::records_replay::{key, replay};
use crate::serve::late_2026;
use caveat::live::lineup::Lineup;
use caveat::record::capture::Vault;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::SqliteStore;
use caveat::record::store::{Ask, Store};
use caveat::settings::recording::{Capture, Recording};
use serde_json::{Value, json};
use std::sync::Arc;

/// Over a pack, recorded in the folder.
fn recording(folder: &Folder, pack: &[u8], capture: bool) -> Client {
    let key_file = key(folder, "capture.key", "c4");
    let recording = Recording { capture: capture.then_some(Capture { key_file }), ..folder.recording() };
    let lineup = Arc::new(Lineup::new());
    lineup.activate(pack, "test", late_2026()).unwrap();
    let mut client = Client::over(lineup, late_2026);
    Arc::get_mut(&mut client.service).unwrap().recorder = Arc::new(Recorder::open(&recording, &means()).unwrap());
    client
}

fn asked() -> Value {
    bundle(&[patient("p1"), draft(IBUPROFEN), active(WARFARIN)])
}

/// The id of an answer.
async fn id_of(client: &Client, query: &str, body: &Value) -> String {
    let reply = screen(client, query, body).await;
    assert_eq!(reply.status, 200, "{query}");
    reply.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_to_a_bundle_is_given_again_byte_for_byte() {
    let folder = Folder::new();
    let client = recording(&folder, BUILT_IN, true);
    let several =
        || bundle(&[patient("p1"), patient("p2"), active(WARFARIN), order_of("p2", "o2", IBUPROFEN, "draft")]);
    let mut ids = Vec::new();
    for (query, body) in [
        ("", asked()),
        ("?trace=true", asked()),
        ("?as-of=2020-03-05", asked()),
        ("?orders=MedicationRequest/active-1", asked()),
        ("?orders=MedicationRequest/active-1,MedicationRequest/none&trace=true&as-of=2026-01-01T10:00:00Z", asked()),
        ("?patient=Patient/p2", several()),
        ("", bundle(&[patient("p1"), draft("99999999")])),
    ] {
        ids.push((query, id_of(&client, query, &body).await));
    }
    client.service.recorder.close();
    let health = client.service.recorder.health();
    assert_eq!((health.decisions, health.captures_lost), (7, 0));
    let key_file = folder.0.join("capture.key").display().to_string();
    for (query, id) in &ids {
        let (code, said) = replay(&folder, id, &["--key-file", &key_file]);
        assert!(code == 0 && said.contains("same: ") && said.starts_with("the answer to a Bundle"), "{query}: {said}");
    }
    assert_eq!(replay(&folder, &ids[0].1, &["--key-file", &key_file, "--late"]).0, 2, "none completed it");
    folder.verify().unwrap();
}

#[tokio::test]
async fn what_was_remembered_is_part_of_an_answer_given_again() {
    let folder = Folder::new();
    let client = recording(&folder, BUILT_IN, true);
    let hook = crate::serve::order_sign(&[IBUPROFEN], &[WARFARIN]);
    let reply = client.post("/cds-services/caveat-order-sign", hook).await.json();
    let card = reply["cards"].as_array().unwrap().iter().find(|c| c["summary"].as_str().unwrap().contains("warfarin"));
    let told = json!({"feedback": [{"card": card.unwrap()["uuid"], "outcome": "overridden",
        "overrideReason": {"reason": {"code": "will-monitor", "system": "urn:caveat:override-reason"}, "userComment": "INR on Monday"}}]});
    assert_eq!(client.post("/cds-services/caveat-order-sign/feedback", told.to_string()).await.status, 200);
    let reply = screen(&client, "", &asked()).await;
    assert!(String::from_utf8_lossy(&reply.body).contains("INR on Monday"), "the override is told");
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    client.service.recorder.close();
    let key_file = folder.0.join("capture.key").display().to_string();
    let (code, said) = replay(&folder, &id, &["--key-file", &key_file]);
    assert!(code == 0 && said.contains("same: "), "{said}");
}

#[tokio::test]
async fn a_bundle_answered_by_another_pack_is_said_and_only_anyway_compared() {
    let folder = Folder::new();
    let pack = lean_pack();
    let client = recording(&folder, &pack, true);
    let id = id_of(&client, "", &asked()).await;
    client.service.recorder.close();
    let key_file = folder.0.join("capture.key").display().to_string();
    let file = folder.0.join("lean.pack");
    std::fs::write(&file, &pack).unwrap();
    let file = file.display().to_string();
    for (more, code, words) in [
        (&[][..], 2, "name the other with --pack"),
        (&["--pack", &file], 0, "same: "),
        (&["--anyway"], 1, "first difference at byte"),
    ] {
        let (ended, said) = replay(&folder, &id, &[&["--key-file", &key_file], more].concat());
        assert!(ended == code && said.contains(words), "{more:?}: {ended} {said}");
    }
}

#[tokio::test]
async fn a_bundle_is_captured_only_when_told_and_without_tokens() {
    for capture in [false, true] {
        let folder = Folder::new();
        let client = recording(&folder, BUILT_IN, capture);
        let mut body = asked();
        body["meta"] =
            json!({"extension": [{"url": "http://example.org/access_token", "valueString": "s3cret-0paque"}]});
        let id = id_of(&client, "", &body).await;
        client.service.recorder.close();
        let key_file = folder.0.join("capture.key");
        let (code, said) = replay(&folder, &id, &["--key-file", &key_file.display().to_string()]);
        assert_eq!((code == 0, said.contains("not captured")), (capture, !capture), "{said}");
        let mut store = SqliteStore::open_to_read(&folder.0).unwrap();
        for entry in store.find(&Ask::Capture(id.clone())).unwrap() {
            let kept =
                String::from_utf8(Vault::open(&key_file).unwrap().read(&id, &entry.payload).unwrap().body).unwrap();
            assert!(kept.contains(IBUPROFEN) && !kept.contains("s3cret"), "{kept}");
        }
    }
}
