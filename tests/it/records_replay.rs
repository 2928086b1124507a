//! Captured requests: encrypted at rest, opened by the right key alone, and answered again byte for byte.

use crate::client::{BUILT_IN, Client};
use crate::records::{Folder, lean_pack, means};
use crate::serve::{late_2026, order_sign};
use bytes::Bytes;
use caveat::clinical::remembered::Remembered;
use caveat::hooks::call::Hook;
use caveat::hooks::fetched::{Fetched, Lack, Why};
use caveat::hooks::manner::Manner;
use caveat::live::lineup::Lineup;
use caveat::pack::format::decode;
use caveat::record::capture::{Captured, Vault};
use caveat::record::decision::Decision;
use caveat::record::pseudonym::Pseudonyms;
use caveat::record::queue::Whole;
use caveat::record::recorder::Recorder;
use caveat::serve::answer::again;
use caveat::serve::service::Service;
use caveat::settings::client::{Client as Profile, ErrorShape};
use caveat::settings::recording::{Capture, Recording};
use caveat::settings::whole::Settings;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

const SIGN: &str = "/cds-services/caveat-order-sign";

pub fn key(folder: &Folder, name: &str, byte: &str) -> PathBuf {
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join(name);
    std::fs::write(&file, format!("{}\n", byte.repeat(32))).unwrap();
    file
}

/// Answers a call over a pack, recorded in the folder, and stops.
async fn recorded(folder: &Folder, pack: &[u8], capture: bool) -> Decision {
    let key_file = key(folder, "capture.key", "c4");
    let recording = Recording { capture: capture.then_some(Capture { key_file }), ..folder.recording() };
    let recorder = Recorder::open(&recording, &means()).unwrap();
    let lineup = Arc::new(Lineup::new());
    lineup.activate(pack, "test", late_2026()).unwrap();
    let secret = Pseudonyms::new(b"a secret of a test");
    let mut service = Service::new(lineup, Arc::new(Settings::default()), Arc::new(recorder), secret);
    service.clock = late_2026;
    let client = Client { service: Arc::new(service) };
    assert_eq!(client.post(SIGN, order_sign(&["197805"], &["855332"])).await.status, 200);
    client.service.recorder.close();
    let decision = client.service.recorder.last_decisions(1).remove(0);
    assert!(decision.request.len() == 64 && decision.answer.len() == 64, "{decision:?}");
    decision
}

pub fn replay(folder: &Folder, id: &str, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
    let output = command.args(["replay", id, "--folder"]).arg(&folder.0).args(more).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_captured_answer_is_given_again_byte_for_byte() {
    let folder = Folder::new();
    let decision = recorded(&folder, BUILT_IN, true).await;
    let key_file = folder.0.join("capture.key").display().to_string();
    let (code, said) = replay(&folder, &decision.id, &["--key-file", &key_file]);
    assert!(code == 0 && said.contains("same: "), "{code} {said}");
    let other = key(&folder, "other.key", "c5").display().to_string();
    let (code, said) = replay(&folder, &decision.id, &["--key-file", &other]);
    assert!(code == 2 && said.contains("does not open with this key"), "{code} {said}");
    let (code, said) = replay(&folder, "nobody", &["--key-file", &key_file]);
    assert!(code == 2 && said.contains("no answer `nobody`"), "{code} {said}");
    assert_eq!(replay(&folder, &decision.id, &[]).0, 2, "without a key");
    folder.verify().unwrap();
}

/// An answer from what was fetched for it, captured in the folder.
fn captured(folder: &Folder, lacks: Vec<Lack>, late: bool) -> Decision {
    let pack = Arc::new(decode(BUILT_IN).unwrap());
    let (client, remembered) = (Profile::default(), Remembered::default());
    let manner = Manner { decision: "d1", client: &client, remembered: &remembered };
    let (body, fetched) = (order_sign(&["197805"], &["855332"]), Fetched { lacks, ..Fetched::default() }.to_json());
    let answer = again(&pack, Hook::OrderSign, body.as_bytes(), Some(&fetched), late_2026(), &manner);
    let key_file = key(folder, "capture.key", "c4");
    let recording = Recording { capture: Some(Capture { key_file }), ..folder.recording() };
    let recorder = Recorder::open(&recording, &means()).unwrap();
    let decision = Decision { late, ..*answer.decision.unwrap() };
    let (body, answer) = (Bytes::from(body), Bytes::from(answer.body));
    let whole = Whole { body, answer, fetched: Some(fetched), ..Whole::default() };
    recorder.record_whole(decision, whole);
    recorder.close();
    recorder.last_decisions(1).remove(0)
}

#[test]
fn the_first_answer_is_repeated_and_the_late_one_when_told() {
    const FIRST: &str = "the first answer, which the prescriber saw; ";
    let lack = Lack { key: "labs".to_owned(), words: "on its way".to_owned(), why: Why::Late };
    let folder = Folder::new();
    let key_file = key(&folder, "capture.key", "c4").display().to_string();
    let run = |folder: &Folder, which: &[&str]| replay(folder, "d1", &[&["--key-file", &key_file], which].concat());
    let first = captured(&folder, vec![lack], false);
    for (which, code, words) in [
        (&[][..], 0, "it is the only one on record"),
        (&["--first"], 0, "it is the only one on record"),
        (&["--late"], 2, "only the first answer is on record"),
    ] {
        let (ended, said) = run(&folder, which);
        assert!(ended == code && said.contains(words), "{which:?}: {ended} {said}");
    }
    let late = captured(&folder, Vec::new(), true);
    assert_ne!(first.answer, late.answer);
    for (which, answer, words) in [
        (&[][..], &first.answer, FIRST),
        (&["--first"], &first.answer, FIRST),
        (&["--late"], &late.answer, "the late answer; "),
    ] {
        let (code, said) = run(&folder, which);
        let same = said.contains("same: ") && said.contains(answer);
        assert!(code == 0 && same && said.starts_with(words) && said.contains("is on record too"), "{which:?}: {said}");
    }
    assert_eq!(run(&folder, &["--first", "--late"]).0, 2, "one of them");
    let alone = Folder::new();
    captured(&alone, Vec::new(), true);
    for (which, code, words) in [
        (&[][..], 0, "the first, which the prescriber saw, is not on record"),
        (&["--late"], 0, "the first, which the prescriber saw, is not on record"),
        (&["--first"], 2, "only the late answer is on record"),
    ] {
        let (ended, said) = run(&alone, which);
        assert!(ended == code && said.contains(words), "{which:?}: {ended} {said}");
    }
}

#[tokio::test]
async fn another_pack_is_named_and_only_anyway_compared() {
    let folder = Folder::new();
    let pack = lean_pack();
    let decision = recorded(&folder, &pack, true).await;
    let key_file = folder.0.join("capture.key").display().to_string();
    let file = folder.0.join("lean.pack");
    std::fs::write(&file, &pack).unwrap();
    let file = file.display().to_string();
    let (code, said) = replay(&folder, &decision.id, &["--key-file", &key_file]);
    assert!(code == 2 && said.contains(&decision.pack) && said.contains("--pack"), "{code} {said}");
    let (code, said) = replay(&folder, &decision.id, &["--key-file", &key_file, "--pack", &file]);
    assert!(code == 0 && said.contains("same: "), "{code} {said}");
    let (code, said) = replay(&folder, &decision.id, &["--key-file", &key_file, "--anyway"]);
    assert!(code == 1 && said.contains("first difference at byte"), "{code} {said}");
}

#[tokio::test]
async fn a_request_is_captured_only_when_told_and_never_readable() {
    for capture in [false, true] {
        let folder = Folder::new();
        let decision = recorded(&folder, BUILT_IN, capture).await;
        for file in folder.files("").iter().filter(|f| !f.ends_with(".key")) {
            let bytes = std::fs::read(folder.0.join(file)).unwrap();
            for word in ["Practitioner/1", "Patient/p1", "855332", "draftOrders"] {
                assert!(
                    !bytes.windows(word.len()).any(|w| w == word.as_bytes()),
                    "`{word}` in {file}, captured: {capture}"
                );
            }
        }
        let key_file = folder.0.join("capture.key").display().to_string();
        let (code, said) = replay(&folder, &decision.id, &["--key-file", &key_file]);
        assert_eq!((code == 0, said.contains("not captured")), (capture, !capture), "{said}");
    }
}

#[test]
fn a_capture_opens_under_its_own_id_and_unaltered_alone() {
    let folder = Folder::new();
    let vault = Vault::open(&key(&folder, "k", "0a")).unwrap();
    let captured = Captured {
        body: b"{\"hook\":\"order-sign\"}\xff".to_vec(),
        fetched: Some("{}".to_owned()),
        client: Profile { name: "epic".to_owned(), errors: ErrorShape::Message, ..Profile::default() },
        remembered: "{}".to_owned(),
        answer: vec![0; 100_000],
        asked: String::new(),
    };
    let sealed = vault.seal("d1", &captured).unwrap();
    assert!(sealed.len() < 2_000, "it is packed: {} bytes", sealed.len());
    assert_eq!(vault.read("d1", &sealed).unwrap(), captured);
    assert_ne!(sealed, vault.seal("d1", &captured).unwrap(), "a nonce of its own each time");
    assert!(vault.read("d2", &sealed).is_err());
    let mut renamed = sealed.clone();
    renamed[3] = b'2';
    assert!(vault.read("d2", &renamed).is_err(), "the id is bound to it");
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(vault.read("d1", &altered).is_err(), "altered at {at}");
        assert!(vault.read("d1", &sealed[..at]).is_err(), "cut at {at}");
    }
    for bad in ["", "00", "zz".repeat(32).as_str(), "00".repeat(33).as_str()] {
        let file = folder.0.join("bad");
        std::fs::write(&file, bad).unwrap();
        assert!(Vault::open(&file).unwrap_err().to_string().contains("64 hexadecimal digits"), "{bad}");
    }
}

#[tokio::test]
async fn what_is_on_record_is_shown_and_exported() {
    let folder = Folder::new();
    let decision = recorded(&folder, BUILT_IN, false).await;
    let card = decision.findings[0].card.clone();
    let recorder = folder.open();
    let overridden = crate::records::comment(&card);
    recorder
        .feedback(vec![caveat::record::decision::FeedbackRecord {
            reason_code: "will-monitor".to_owned(),
            ..overridden
        }])
        .await
        .unwrap();
    recorder.close();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caveat"));
        let output = command.arg("audit").args(args).arg("--folder").arg(&folder.0).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    for which in [
        &["show", decision.id.as_str()][..],
        &["show", "--patient", &decision.patient],
        &["show", "--last", "1"],
        &["show"],
    ] {
        let (code, said) = run(which);
        assert!(
            code == 0 && said.contains("warfarin-nsaid") && said.contains("overridden  will-monitor"),
            "{which:?}: {said}"
        );
    }
    assert_eq!(run(&["show", "nobody"]).0, 1);
    let (_, json) = run(&["show", &decision.id, "--json"]);
    let told: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!(
        (&told["decision"]["id"], told["feedback"][0]["card"].as_str()),
        (&decision.id.clone().into(), Some(card.as_str()))
    );
    let (code, lines) = run(&["export"]);
    assert!(code == 0 && lines.lines().count() == 2, "{lines}");
    let (_, lines) = run(&["export", "--format", "fhir"]);
    let events: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event["resourceType"], "AuditEvent");
        assert!(event["type"]["code"] == "rest" && event["source"]["observer"].is_object(), "{event}");
        let requestors = event["agent"].as_array().unwrap().iter().filter(|a| a["requestor"] == true).count();
        assert_eq!(requestors, 1, "{event}");
        assert!(event["recorded"].as_str().unwrap().ends_with("Z"), "{event}");
    }
    assert_eq!(events[0]["subtype"][0]["code"], "order-sign");
    assert_eq!(events[0]["entity"][0]["what"]["identifier"]["value"], decision.patient.as_str());
    assert_eq!(run(&["export", "--until", "1999"]), (1, String::new()));
    assert_eq!(run(&["export", "--since", "no time"]).0, 2);
}
