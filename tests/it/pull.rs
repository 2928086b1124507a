//! Packs that come from an address, and packs that are signed: what is taken, what is refused, and that the one in service stays.

use crate::client::BUILT_IN;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use caveat::clinical::time::Moment;
use caveat::commands::folder::build;
use caveat::diagnostic::report::SourceFile;
use caveat::live::lineup::Lineup;
use caveat::live::pull::{Address, PAUSE_MAX, pause};
use caveat::pack::format::stated_hash;
use caveat::pack::signature::{Signature, SigningKey, append, of_hex, split};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A small pack in its file: the test terms, one rule.
pub fn small() -> Vec<u8> {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let files = vec![
        file("terms.toml", include_str!("checks_terms.toml")),
        file("rules.toml", include_str!("checks_rules.toml")),
    ];
    build(files).bytes.unwrap()
}

/// What the address answers now, and how often a body was sent.
#[derive(Debug, Default)]
pub struct Shelf {
    pub tag: String,
    pub bytes: Vec<u8>,
    status: u16,
    sent: usize,
    asked: usize,
}

pub type Shared = Arc<Mutex<Shelf>>;

async fn serve(State(shelf): State<Shared>, headers: HeaderMap) -> Response {
    let mut shelf = shelf.lock().unwrap();
    shelf.asked += 1;
    if shelf.status != 200 {
        return StatusCode::from_u16(shelf.status).unwrap().into_response();
    }
    if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == shelf.tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    shelf.sent += 1;
    ([(header::ETAG, shelf.tag.clone())], shelf.bytes.clone()).into_response()
}

pub async fn shelf(bytes: &[u8]) -> (Shared, String) {
    let shelf =
        Arc::new(Mutex::new(Shelf { tag: "\"1\"".into(), bytes: bytes.to_vec(), status: 200, ..Shelf::default() }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/packs/now.pack", listener.local_addr().unwrap());
    let routes = Router::new().route("/packs/now.pack", get(serve)).with_state(Arc::clone(&shelf));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (shelf, address)
}

pub fn at(address: &str, keep: Option<std::path::PathBuf>) -> Address {
    Address::new(address, [], keep).unwrap()
}

#[tokio::test]
async fn a_pack_is_pulled_once_and_again_when_it_changes() {
    let (shelf, address) = shelf(&small()).await;
    let lineup = Arc::new(Lineup::new());
    let mut address = at(&address, None);
    let first = address.look(&lineup).await.unwrap().unwrap();
    assert!(address.look(&lineup).await.is_none(), "unchanged");
    assert_eq!(shelf.lock().unwrap().sent, 1);
    {
        let mut shelf = shelf.lock().unwrap();
        (shelf.tag, shelf.bytes) = ("\"2\"".into(), BUILT_IN.to_vec());
    }
    let second = address.look(&lineup).await.unwrap().unwrap();
    assert_ne!(first.hash, second.hash);
    assert_eq!(lineup.snapshot().unwrap().stamp().hash, second.hash);
}

#[tokio::test]
async fn what_is_refused_leaves_the_pack_in_service_and_is_not_tried_again_until_it_changes() {
    let (shelf, address) = shelf(&small()).await;
    let lineup = Arc::new(Lineup::new());
    let mut address = at(&address, None);
    let good = address.look(&lineup).await.unwrap().unwrap();
    let half = small();
    for (tag, bytes) in
        [("half", half[..half.len() / 2].to_vec()), ("page", b"<html>sign in</html>".to_vec()), ("none", vec![])]
    {
        {
            let mut shelf = shelf.lock().unwrap();
            (shelf.tag, shelf.bytes) = (format!("\"{tag}\""), bytes);
        }
        assert!(address.look(&lineup).await.unwrap().is_err(), "{tag}");
        assert!(address.look(&lineup).await.is_none(), "{tag}: tried once");
        assert_eq!(lineup.snapshot().unwrap().stamp().hash, good.hash, "{tag}");
    }
}

#[tokio::test]
async fn an_address_that_fails_is_said_once_and_comes_back() {
    let (shelf, address) = shelf(&small()).await;
    let lineup = Arc::new(Lineup::new());
    let mut address = at(&address, None);
    shelf.lock().unwrap().status = 404;
    assert!(address.look(&lineup).await.unwrap().is_err());
    assert!(address.look(&lineup).await.unwrap().is_err());
    assert_eq!(lineup.status().attempts.len(), 1, "the same trouble stands in the status once");
    shelf.lock().unwrap().status = 200;
    assert!(address.look(&lineup).await.unwrap().is_ok());
}

#[tokio::test]
async fn the_last_pack_pulled_is_kept_for_the_next_start() {
    let folder = std::env::temp_dir().join(format!("caveat-pull-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let keep = folder.join("kept.pack");
    let (_, address) = shelf(&small()).await;
    at(&address, Some(keep.clone())).look(&Arc::new(Lineup::new())).await.unwrap().unwrap();
    assert_eq!(std::fs::read(&keep).unwrap(), small());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn addresses_that_are_none_are_refused_with_the_cure() {
    for address in
        ["", "packs/now.pack", "ftp://host/x", "https://host", "https://host/", "s3://bucket", "file:///etc/passwd"]
    {
        let why = Address::new(address, [], None).unwrap_err();
        assert!(why.contains("wanted `https://host/path`"), "{address}: {why}");
    }
    let secret = Address::new("https://user:secret@host/p?sig=secret", [], None).unwrap();
    assert!(!format!("{secret:?}").contains("sig=secret"), "{secret:?}");
    let region = [("AWS_REGION".to_owned(), "eu-central-1".to_owned()), ("HOME".to_owned(), "/".to_owned())];
    assert!(Address::new("s3://bucket/packs/now.pack", region, None).is_ok());
}

#[test]
fn failures_are_asked_ever_more_rarely() {
    let minute = Duration::from_secs(60);
    assert_eq!([0, 1, 2, 3].map(|n| pause(minute, n).as_secs()), [60, 120, 240, 480]);
    assert_eq!(pause(minute, 40), PAUSE_MAX);
    assert_eq!(pause(Duration::from_secs(3_600), 40).as_secs(), 3_600);
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::of_seed(&[seed; 32]).unwrap()
}

pub fn signed(pack: &[u8], signatures: &[Signature]) -> Vec<u8> {
    let mut file = pack.to_vec();
    signatures.iter().for_each(|s| append(&mut file, s));
    file
}

#[test]
fn a_signature_of_another_pack_or_another_key_does_not_count() {
    let pack = small();
    let hash = stated_hash(&pack).unwrap();
    let good = key(1).sign(&hash, Some(Moment(0)));
    let of_another_pack = key(1).sign(&[7; 32], Some(Moment(0)));
    let forged = Signature { signer: key(1).signer(), ..key(2).sign(&hash, Some(Moment(0))) };
    let mut flipped = good.clone();
    flipped.bytes[3] ^= 1;
    let timeless = key(1).sign(&hash, None);
    let dated = |signature: &Signature, at: Option<i64>| Signature { at: at.map(Moment), ..signature.clone() };
    let cases: [(&str, Vec<Signature>, Option<&str>); 12] = [
        ("signed by who is trusted", vec![good.clone()], None),
        ("of the first format, which has no time", vec![timeless.clone()], None),
        ("its time altered", vec![dated(&good, Some(1))], Some("of another pack")),
        ("its time taken away", vec![dated(&good, None)], Some("of another pack")),
        ("a time put to one that had none", vec![dated(&timeless, Some(0))], Some("of another pack")),
        ("signed by two, one is trusted", vec![key(2).sign(&hash, Some(Moment(0))), good.clone()], None),
        ("a bad one beside a good one", vec![forged.clone(), good.clone()], None),
        ("not signed", vec![], Some("not signed")),
        ("signed by another", vec![key(2).sign(&hash, Some(Moment(0)))], Some("not trusted")),
        ("of another pack", vec![of_another_pack], Some("of another pack")),
        ("another's signature under a trusted key", vec![forged], Some("of another pack")),
        ("altered", vec![flipped], Some("of another pack")),
    ];
    for (name, signatures, refused) in cases {
        let lineup = Lineup::trusting(vec![key(1).signer()]);
        let outcome = lineup.activate(&signed(&pack, &signatures), name, Moment(0));
        match (outcome, refused) {
            (Ok(stamp), None) => assert_eq!(stamp.hash.len(), 64, "{name}"),
            (Err(e), Some(words)) => assert!(e.to_string().contains(words), "{name}: {e}"),
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
    }
}

#[test]
fn signing_does_not_change_what_a_pack_is() {
    let pack = small();
    let file = signed(&pack, &[key(1).sign(&stated_hash(&pack).unwrap(), Some(Moment(0)))]);
    let hash = |bytes: &[u8]| Lineup::new().activate(bytes, "x", Moment(0)).unwrap().hash;
    assert_eq!(hash(&pack), hash(&file));
    assert_eq!(split(&file).0, pack);
    let mixed: Vec<Signature> =
        [None, Some(5), Some(-1), None, Some(i64::MAX)].map(|at| key(1).sign(&[7; 32], at.map(Moment))).to_vec();
    let many = signed(&pack, &mixed);
    let (content, mut read) = split(&many);
    read.reverse();
    assert_eq!((content, &read), (pack.as_slice(), &mixed), "both formats, in any order");
    let tail = [file.as_slice(), b"more"].concat();
    assert!(Lineup::new().activate(&tail, "x", Moment(0)).is_err(), "nothing else may follow");
    assert!(
        Lineup::trusting(vec![key(9).signer()]).activate_own(&pack, "built-in", Moment(0)).is_ok(),
        "the built-in pack"
    );
}

#[test]
fn keys_are_written_as_digits() {
    assert_eq!(of_hex(&format!(" {}\n", "0f".repeat(32))), Some([15; 32]));
    for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32), &"0f".repeat(33)] {
        assert_eq!(of_hex(wrong), None, "{wrong}");
    }
}
