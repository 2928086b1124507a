//! Older packs with good signatures: they do not come into service by themselves, in a run or after a restart. And packs that nobody
//! signs anew.

use crate::client::{BUILT_IN, Client};
use crate::log::Log;
use crate::pull::{Shared, at, key, shelf, signed};
use crate::serve::{late_2026, order_sign};
use crate::server::{Folder, Spawned, Wire, until};
use axum::body::Body;
use axum::http::{Request, header};
use caveat::clinical::time::{Moment, Span};
use caveat::commands::folder::build;
use caveat::diagnostic::report::SourceFile;
use caveat::live::age::{AHEAD_MAX, Newest};
use caveat::live::lineup::Lineup;
use caveat::live::pull::pull;
use caveat::live::status::Refused;
use caveat::live::watch::WatchedFile;
use caveat::pack::format::stated_hash;
use caveat::pack::signature::Signature;
use caveat::settings::whole::Settings;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// A small pack under a title of one's own.
fn pack(title: &str) -> Vec<u8> {
    let terms = include_str!("checks_terms.toml");
    let rules = include_str!("checks_rules.toml").replacen("title = \"", &format!("title = \"{title} "), 1);
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    build(vec![file("terms.toml", terms), file("rules.toml", &rules)]).bytes.unwrap()
}

/// Some day in 2026.
const DAY: Moment = Moment(1_780_000_000);

fn days(n: i64) -> Moment {
    DAY.plus(Span::days(n))
}

fn by(who: u8, pack: &[u8], at: Option<Moment>) -> Signature {
    key(who).sign(&stated_hash(pack).unwrap(), at)
}

/// The pack, signed by the first key on a day.
fn on(pack: &[u8], day: i64) -> Vec<u8> {
    signed(pack, &[by(1, pack, Some(days(day)))])
}

fn hash(pack: &[u8]) -> String {
    caveat::pack::signature::hex(&stated_hash(pack).unwrap())
}

fn serving(lineup: &Lineup) -> String {
    lineup.snapshot().unwrap().stamp().hash.clone()
}

/// A lineup that trusts the first and the third key.
fn lineup() -> Lineup {
    Lineup::trusting(vec![key(1).signer(), key(3).signer()])
}

fn signers() -> Settings {
    let mut settings = Settings::default();
    settings.knowledge.signers = vec![key(1).signer(), key(3).signer()];
    settings
}

/// What is offered, signed by whom, and the words of the refusal.
type Offered<'a> = (&'a str, &'a [u8], Vec<Signature>, Option<&'a str>);

#[test]
fn an_older_pack_with_a_good_signature_is_refused_and_a_newer_one_taken() {
    let (old, new) = (pack("old"), pack("new"));
    let soon = |seconds: i64| Some(Moment(DAY.0 + seconds));
    let mut altered = by(1, &old, soon(-1));
    altered.at = soon(1);
    let cases: Vec<Offered> = vec![
        ("a second older", &old, vec![by(1, &old, soon(-1))], Some("an older pack does not come by itself")),
        ("of the same second", &old, vec![by(1, &old, soon(0))], None),
        ("a second newer", &old, vec![by(1, &old, soon(1))], None),
        ("of no time", &old, vec![by(1, &old, None)], Some("does not tell when")),
        ("of no time, and newer", &old, vec![by(1, &old, None), by(1, &old, soon(1))], None),
        (
            "older, and by who is not trusted newer",
            &old,
            vec![by(1, &old, soon(-1)), by(2, &old, soon(9))],
            Some("older"),
        ),
        ("older, and by another who is trusted newer", &old, vec![by(1, &old, soon(-1)), by(3, &old, soon(9))], None),
        ("older by another who is trusted", &old, vec![by(3, &old, soon(-1))], Some("older")),
        ("its time altered", &old, vec![altered], Some("of another pack")),
        ("long ago", &old, vec![by(1, &old, Some(Moment(i64::MIN)))], Some("older")),
        ("the very pack in service, signed before", &new, vec![by(1, &new, soon(-1))], None),
        ("the very pack in service, of no time", &new, vec![by(1, &new, None)], None),
        ("a day ahead", &old, vec![by(1, &old, Some(DAY.plus(AHEAD_MAX)))], None),
        ("more than a day ahead", &old, vec![by(1, &old, soon(86_401))], Some("clock")),
        ("at the end of time", &old, vec![by(1, &old, Some(Moment(i64::MAX)))], Some("clock")),
    ];
    for (name, offered, signatures, refused) in cases {
        let lineup = lineup();
        lineup.activate(&on(&new, 0), "first", DAY).unwrap();
        let outcome = lineup.activate(&signed(offered, &signatures), name, DAY);
        let status = lineup.status();
        match (outcome, refused) {
            (Ok(stamp), None) => assert_eq!(stamp.hash, serving(&lineup), "{name}"),
            (Err(e), Some(words)) => {
                assert!(e.to_string().contains(words), "{name}: {e}");
                assert_eq!(serving(&lineup), hash(&new), "{name}: the pack in service stays");
                assert_eq!(status.last_refusal(), Some(&e), "{name}");
            }
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
        assert!(status.memory.newest.unwrap().at >= DAY, "{name}: what is newest is never older for it");
    }
}

#[test]
fn where_no_time_was_ever_told_none_is_asked_for_and_the_first_that_tells_ends_that() {
    let (old, new) = (pack("old"), pack("new"));
    let lineup = lineup();
    let timeless = |pack: &[u8]| signed(pack, &[by(1, pack, None)]);
    lineup.activate(&timeless(&new), "x", DAY).unwrap();
    lineup.activate(&timeless(&old), "x", DAY).unwrap();
    lineup.activate(&on(&new, 0), "x", DAY).unwrap();
    assert!(matches!(lineup.activate(&timeless(&old), "x", DAY), Err(Refused::Older { signed: None, .. })));
    let anybody = Lineup::new();
    anybody.activate(&on(&new, 0), "x", DAY).unwrap();
    anybody.activate(&on(&old, -9), "x", DAY).expect("where nobody has to sign, no time counts");
}

#[test]
fn a_clock_that_stands_before_the_newest_signature_is_not_believed() {
    let (first, second) = (pack("first"), pack("second"));
    let lineup = lineup();
    lineup.activate(&on(&first, 0), "x", DAY).unwrap();
    lineup.activate(&on(&second, 1), "x", Moment(0)).expect("our clock is wrong, and that is known");
    assert!(matches!(lineup.activate(&on(&first, 3), "x", Moment(0)), Err(Refused::Ahead { .. })));
}

fn put(shelf: &Shared, tag: &str, bytes: &[u8]) {
    let mut shelf = shelf.lock().unwrap();
    (shelf.tag, shelf.bytes) = (format!("\"{tag}\""), bytes.to_vec());
}

async fn whole_status(client: &Client) -> serde_json::Value {
    let ask = Request::get("/status").header(header::AUTHORIZATION, "Bearer secret");
    client.send(ask.body(Body::empty()).unwrap()).await.json()
}

#[tokio::test]
async fn an_old_pack_replayed_at_the_address_is_refused_and_told() {
    let (old, new, next) = (pack("old"), pack("new"), pack("next"));
    let folder = Folder::new("replayed");
    let keep = folder.path().join("kept.pack");
    let (shelf, address) = shelf(&on(&new, 0)).await;
    let lineup = Arc::new(lineup());
    let client = Client::with(Arc::clone(&lineup), late_2026, signers());
    let mut address = at(&address, Some(keep.clone()));
    address.look(&lineup).await.unwrap().unwrap();

    put(&shelf, "replayed", &on(&old, -30));
    assert!(matches!(address.look(&lineup).await, Some(Err(Refused::Older { .. }))));
    assert_eq!(serving(&lineup), hash(&new));
    assert_eq!(std::fs::read(&keep).unwrap(), on(&new, 0), "the next start finds the newer one");
    let status = whole_status(&client).await;
    assert!(status["lastRefusal"].as_str().unwrap().contains("sign it again, or go back on purpose"), "{status}");
    assert_eq!(status["signatures"]["refusedBefore"], DAY.rfc3339(), "{status}");
    assert_eq!(status["active"]["signed"], DAY.rfc3339(), "{status}");
    assert_eq!(status["active"]["signer"], caveat::pack::signature::hex(&key(1).signer()), "{status}");

    put(&shelf, "next", &on(&next, 1));
    assert_eq!(address.look(&lineup).await.unwrap().unwrap().hash, hash(&next));
    assert_eq!(whole_status(&client).await.get("lastRefusal"), None);
    let open = Client::with(Arc::new(Lineup::new()), late_2026, Settings::default());
    assert_eq!(whole_status(&open).await.get("signatures"), None, "where nobody has to sign, no time counts");
}

#[tokio::test]
async fn the_log_tells_of_an_older_pack() {
    let log = Log::taken();
    let (old, new) = (pack("old"), pack("new"));
    let lineup = Arc::new(lineup());
    lineup.activate(&on(&new, 0), "x", DAY).unwrap();
    let (_, address) = shelf(&on(&old, -30)).await;
    let told = until("the refusal is in the log", || log.text().contains("an older pack does not come by itself"));
    tokio::select! {
        () = pull(at(&address, None), Arc::clone(&lineup), Duration::from_secs(3_600)) => {}
        () = told => {}
    }
    assert!(log.text().contains("no new pack; the one in service stays"), "{}", log.text());
}

#[test]
fn an_old_pack_moved_into_the_watched_place_is_refused() {
    let folder = Folder::new("watched");
    let path = folder.path().join("now.pack");
    let (old, new) = (pack("old"), pack("new"));
    std::fs::write(&path, on(&new, 0)).unwrap();
    let lineup = lineup();
    let mut file = WatchedFile::new(path.clone());
    file.load(&lineup).unwrap();
    std::fs::write(&path, on(&old, -1)).unwrap();
    assert!(matches!(file.load(&lineup), Err(Refused::Older { .. })));
    assert_eq!(serving(&lineup), hash(&new));
    std::fs::write(&path, on(&old, 1)).unwrap();
    assert_eq!(file.load(&lineup).unwrap().hash, hash(&old), "signed again, it is the newest");
}

#[tokio::test]
async fn an_editor_goes_back_on_purpose_and_nobody_else_does() {
    let (old, new, between) = (pack("old"), pack("new"), pack("between"));
    let lineup = Arc::new(lineup());
    lineup.activate(&on(&new, 0), "x", DAY).unwrap();
    let client = Client::with(Arc::clone(&lineup), late_2026, signers());
    let stranger = signed(&old, &[by(2, &old, Some(days(-9)))]);
    let cases: [(&str, &str, &[u8], u16); 8] = [
        ("", "Bearer secret", &on(&old, -9), 422),
        ("?older=false", "Bearer secret", &on(&old, -9), 422),
        ("?older=yes", "Bearer secret", &on(&old, -9), 400),
        ("?Older=true", "Bearer secret", &on(&old, -9), 400),
        ("?older=true", "Bearer secrets", &on(&old, -9), 401),
        ("?older=true", "Bearer secret", &stranger, 422),
        ("?older=true", "Bearer secret", &old, 422),
        ("?older=true", "Bearer secret", &on(&old, -9), 200),
    ];
    for (query, token, bytes, status) in cases {
        assert_eq!(serving(&lineup), hash(&new), "before {query} {token}");
        let request = Request::post(format!("/admin/pack{query}")).header(header::AUTHORIZATION, token);
        let reply = client.send(request.body(Body::from(bytes.to_vec())).unwrap()).await;
        assert_eq!(reply.status, status, "{query} {token}: {}", String::from_utf8_lossy(&reply.body));
    }
    assert_eq!(serving(&lineup), hash(&old));
    assert_eq!(lineup.status().attempts[0].source, "admin call, older allowed");
    assert!(lineup.activate(&on(&between, -10), "x", DAY).is_err(), "what comes by itself is measured by it");
    lineup.activate(&on(&between, -8), "x", DAY).unwrap();
}

#[test]
fn after_a_restart_an_older_pack_is_refused_and_the_one_kept_goes_on() {
    let (old, new, next) = (pack("old"), pack("new"), pack("next"));
    let folder = Folder::new("restart");
    let start = || lineup().remembering(folder.path().to_owned());
    start().activate(&on(&new, 0), "x", DAY).unwrap();

    let restarted = start();
    assert!(matches!(restarted.activate(&on(&old, -1), "x", DAY), Err(Refused::Older { .. })));
    assert_eq!(serving(&restarted), hash(&new), "the pack kept goes on");
    let status = restarted.status();
    assert!(status.last_refusal().is_some(), "and the refusal is told");
    assert_eq!(status.active.unwrap().2, folder.path().join("newest.pack").display().to_string());

    let newer = start();
    assert_eq!(newer.activate(&on(&next, 1), "x", DAY).unwrap().hash, hash(&next));
    assert!(start().activate(&on(&new, 0), "x", DAY).is_err(), "each start remembers the newest of all before");

    start().go_back(&on(&old, -1), "on purpose", DAY).unwrap();
    start().activate(&on(&old, -1), "x", DAY).expect("who went back stays back");
    start().go_back(&signed(&old, &[by(1, &old, None)]), "on purpose", DAY).unwrap();
    assert_eq!(start().status().memory.newest, None, "a pack of no time is measured by none");

    let nowhere = lineup();
    nowhere.activate(&on(&new, 0), "x", DAY).unwrap();
    lineup().activate(&on(&old, -1), "x", DAY).expect("without a folder nothing is known of an earlier run");
}

#[test]
fn a_kept_pack_that_was_altered_does_not_go_on() {
    let (old, new) = (pack("old"), pack("new"));
    let folder = Folder::new("altered");
    let start = || lineup().remembering(folder.path().to_owned());
    start().activate(&on(&new, 0), "x", DAY).unwrap();
    let place = folder.path().join("newest.pack");
    let mut flipped = on(&new, 0);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let stranger = signed(&new, &[by(2, &new, Some(DAY))]);
    for (name, kept) in
        [("altered", flipped), ("signed by another", stranger), ("older", on(&old, -2)), ("empty", vec![])]
    {
        std::fs::write(&place, kept).unwrap();
        let lineup = start();
        assert!(matches!(lineup.activate(&on(&old, -1), "x", DAY), Err(Refused::Older { .. })), "{name}");
        assert!(lineup.snapshot().is_none(), "{name}: not ready rather than older");
        assert_eq!(lineup.status().attempts.len(), 2, "{name}: both refusals are told");
    }
    std::fs::remove_file(&place).unwrap();
    let lineup = start();
    assert!(lineup.activate(&on(&old, -1), "x", DAY).is_err() && lineup.snapshot().is_none(), "gone");
    lineup.activate(&on(&new, 0), "x", DAY).unwrap();
}

#[test]
fn what_a_stolen_key_signed_does_not_go_on_when_the_key_is_taken_out() {
    let (good, bad) = (pack("good"), pack("bad"));
    let folder = Folder::new("stolen");
    let start = |signers: &[u8]| {
        let signers = signers.iter().map(|who| key(*who).signer()).collect();
        Lineup::trusting(signers).remembering(folder.path().to_owned())
    };
    start(&[1, 3]).activate(&signed(&bad, &[by(3, &bad, Some(DAY.plus(AHEAD_MAX)))]), "thief", DAY).unwrap();
    let lineup = start(&[1]);
    assert!(matches!(lineup.activate(&on(&good, 0), "x", DAY), Err(Refused::Older { .. })));
    assert!(lineup.snapshot().is_none(), "not ready rather than the thief's");
    lineup.go_back(&on(&good, 0), "on purpose", DAY).unwrap();
    assert_eq!(serving(&lineup), hash(&good));
    start(&[1]).activate(&on(&good, 0), "x", DAY).expect("and the next start is measured by it");
}

#[tokio::test]
async fn a_memory_that_cannot_be_read_or_written_is_told_and_the_next_pack_mends_it() {
    let (new, next) = (pack("new"), pack("next"));
    let folder = Folder::new("memory");
    let good = "caveat newest signature 1\n2026-05-28T20:26:40Z\n0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\n";
    folder.write("newest-signature", good);
    let newest = lineup().remembering(folder.path().to_owned()).status().memory.newest;
    assert_eq!(newest, Some(Newest { at: DAY, hash: "0f".repeat(32) }));
    let spoilt = [String::new(), good.replace(" 1\n", " 2\n"), good.replace("2026", "2O26"), good[..60].to_owned()];
    for text in spoilt.into_iter().chain([good.repeat(20)]) {
        folder.write("newest-signature", &text);
        let lineup = Arc::new(lineup().remembering(folder.path().to_owned()));
        let client = Client::with(Arc::clone(&lineup), late_2026, signers());
        assert!(lineup.doubt(None, DAY).unwrap().contains("does not tell"), "{text}");
        lineup.activate(&on(&new, 0), "x", DAY).unwrap();
        assert_eq!(client.get("/readyz").await.json().get("degraded"), None, "{text}");
    }
    let absent = folder.path().join("not-there-yet");
    let lineup = Arc::new(lineup().remembering(absent.clone()));
    let client = Client::with(Arc::clone(&lineup), late_2026, signers());
    lineup.activate(&on(&next, 1), "x", DAY).unwrap();
    let ready = client.get("/readyz").await;
    let told = ready.json()["degraded"].as_str().unwrap().to_owned();
    assert_eq!((ready.status, told.starts_with("knowledge: the newest pack cannot be kept")), (200, true), "{told}");
    std::fs::create_dir(&absent).unwrap();
    assert!(!lineup.renew(&on(&next, 1), DAY), "nothing newer, and yet it is kept now");
    assert_eq!(client.get("/readyz").await.json().get("degraded"), None);
    assert_eq!(std::fs::read(absent.join("newest.pack")).unwrap(), on(&next, 1));
}

#[tokio::test]
async fn a_pack_signed_again_is_newer_without_a_swap() {
    let (old, new) = (pack("old"), pack("new"));
    let folder = Folder::new("again");
    let keep = folder.path().join("kept.pack");
    let (shelf, address) = shelf(&on(&new, 0)).await;
    let lineup = Arc::new(lineup().remembering(folder.path().to_owned()));
    let mut address = at(&address, Some(keep.clone()));
    address.look(&lineup).await.unwrap().unwrap();
    put(&shelf, "again", &on(&new, 2));
    assert!(address.look(&lineup).await.is_none(), "no other pack");
    assert_eq!((lineup.status().swaps, lineup.status().memory.newest.unwrap().at), (1, days(2)));
    for place in [keep, folder.path().join("newest.pack")] {
        assert_eq!(std::fs::read(&place).unwrap(), on(&new, 2), "{}", place.display());
    }
    put(&shelf, "older again", &on(&new, 1));
    assert!(address.look(&lineup).await.is_none());
    assert_eq!(lineup.status().memory.newest.unwrap().at, days(2));
    put(&shelf, "between", &on(&old, 1));
    assert!(matches!(address.look(&lineup).await, Some(Err(Refused::Older { .. }))));
}

#[tokio::test]
async fn a_pack_that_nobody_signs_anew_is_told_and_stays_in_service() {
    let now = late_2026();
    let most = Duration::from_secs(90 * 86_400);
    let ago = |days: i64, more: i64| Some(Moment(now.0 - days * 86_400 - more));
    let cases = [
        ("newer", ago(10, 0), Some(most), None),
        ("as old as may be", ago(90, 0), Some(most), None),
        ("a second too old", ago(90, 1), Some(most), Some("longer ago than `signature_age_max` allows (90 days)")),
        ("of no time", None, Some(most), Some("does not tell its age")),
        ("old, and any age will do", ago(900, 0), None, None),
        ("of no time, and any age will do", None, None, None),
    ];
    let small = pack("small");
    for (name, at, most, told) in cases {
        let lineup = Arc::new(lineup());
        lineup.activate(&signed(&small, &[by(1, &small, at)]), name, now).unwrap();
        let mut settings = signers();
        settings.knowledge.signature_age_max = most;
        let client = Client::with(lineup, late_2026, settings);
        let ready = client.get("/readyz").await;
        let degraded = ready.json()["degraded"].as_str().map(str::to_owned);
        assert_eq!(ready.status, 200, "{name}");
        assert_eq!(degraded.is_some(), told.is_some(), "{name}: {degraded:?}");
        assert!(degraded.unwrap_or_default().contains(told.unwrap_or_default()), "{name}");
        assert_eq!(whole_status(&client).await["signatures"].get("trouble").is_some(), told.is_some(), "{name}");
        let ask = Request::get("/metrics").header(header::AUTHORIZATION, "Bearer secret");
        let metrics = String::from_utf8(client.send_plain(ask.body(Body::empty()).unwrap()).await.body).unwrap();
        let doubted = format!("caveat_pack_doubted {}", i32::from(told.is_some()));
        assert!(metrics.lines().any(|line| line == doubted), "{name}:\n{metrics}");
        let age = metrics.lines().find(|line| line.starts_with("caveat_pack_signature_age_seconds{"));
        let wanted = at.map(|at| now.since(at).0.to_string());
        assert_eq!(age.and_then(|line| line.rsplit(' ').next()), wanted.as_deref(), "{name}");
    }
}

#[tokio::test]
async fn a_pack_in_doubt_gives_its_cards_as_ever() {
    let lineup = Arc::new(lineup());
    lineup.activate(&signed(BUILT_IN, &[by(1, BUILT_IN, Some(Moment(0)))]), "x", DAY).unwrap();
    let mut settings = signers();
    settings.knowledge.signature_age_max = Some(Duration::from_secs(86_400));
    let client = Client::with(lineup, late_2026, settings);
    assert!(client.get("/readyz").await.json()["degraded"].is_string());
    let reply = client.post("/cds-services/caveat-order-sign", order_sign(&["197805"], &["855332"])).await;
    assert!(reply.findings().iter().any(|f| f.starts_with("warfarin-nsaid")), "{:?}", reply.findings());
}

/// Starts the program over a pack file and a record's folder, and asks which pack answers.
async fn started(folder: &Folder) -> (u16, String) {
    let server = Spawned::start(&["--config", &folder.path().join("caveat.toml").display().to_string()], &[]);
    let mut wire = Wire::new(TcpStream::connect(server.address).await.unwrap());
    let reply = wire.get("/readyz").await;
    drop(wire);
    server.signal("TERM");
    assert_eq!(server.end().await, Some(0));
    (reply.status, reply.json()["pack"]["hash"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_program_remembers_across_a_restart_where_it_has_a_folder() {
    let (old, new) = (pack("old"), pack("new"));
    for (name, store, after) in [("a folder", "store = \"sqlite\"\nfolder = \"record\"", &new), ("none", "", &old)] {
        let folder = Folder::new("program");
        let signer = caveat::pack::signature::hex(&key(1).signer());
        let text = format!(
            "[server]\nleave_time = \"0ms\"\n[knowledge]\npath = \"now.pack\"\nsigners = [\"{signer}\"]\n[recording]\n{store}\n"
        );
        folder.write("caveat.toml", &text);
        let path = folder.path().join("now.pack");
        std::fs::write(&path, on(&new, 0)).unwrap();
        assert_eq!(started(&folder).await, (200, hash(&new)), "{name}");
        std::fs::write(&path, on(&old, -1)).unwrap();
        assert_eq!(started(&folder).await, (200, hash(after)), "{name}");
    }
}
