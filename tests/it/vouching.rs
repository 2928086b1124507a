//! `caveat sign` and `caveat inspect`: who vouches for a pack, since when, and what is told of it.

use crate::client::BUILT_IN;
use crate::pull::{key, signed, small};
use crate::server::{Folder, caveat};
use caveat::clinical::time::Moment;
use caveat::live::clock::now;
use caveat::pack::format::stated_hash;
use caveat::pack::signature::{SIGNATURES_MAX, append, hex, split};

/// Runs the program; its exit code and all it says.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let ended = caveat().args(arguments).output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.code(), String::from_utf8(said).unwrap())
}

/// A folder with a small pack and the first key; their paths.
fn folder() -> (Folder, String, String) {
    let folder = Folder::new("sign");
    let pack = folder.path().join("now.pack");
    std::fs::write(&pack, small()).unwrap();
    let key = folder.write("signing.key", &"01".repeat(32)).display().to_string();
    (folder, pack.display().to_string(), key)
}

#[test]
fn a_pack_is_signed_as_of_now_or_of_the_time_that_is_said() {
    let (_folder, pack, secret) = folder();
    let before = now();
    let (code, said) = run(&["sign", &pack, "--key", &secret]);
    assert_eq!(code, Some(0), "{said}");
    let at = split(&std::fs::read(&pack).unwrap()).1[0].at.unwrap();
    assert!(at >= before && at <= now(), "{at:?}");
    let mut files = Vec::new();
    for _ in 0..2 {
        let (code, said) = run(&["sign", &pack, "--key", &secret, "--at", "2026-03-05T10:00:00Z"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("at 2026-03-05T10:00:00Z"), "{said}");
        files.push(std::fs::read(&pack).unwrap());
    }
    assert_eq!(files[0], files[1], "equal input gives equal bytes");
    let (content, signatures) = split(&files[0]);
    assert_eq!(content, small(), "signing does not change what a pack is");
    assert_eq!(signatures.len(), 1, "a signature makes room for the next one of its key");
    assert!(signatures[0].holds(&stated_hash(content).unwrap()));
}

#[test]
fn a_time_that_no_server_would_take_is_refused() {
    let (_folder, pack, secret) = folder();
    let ahead = |seconds: i64| Moment(now().0 + seconds).rfc3339();
    let (near, far) = (ahead(86_000), ahead(90_000));
    let cases = [
        ("2026-03-05", 0, ""),
        (near.as_str(), 0, ""),
        (&far, 2, "lies in the future"),
        ("soon", 2, "no date or time"),
        ("", 2, "no date or time"),
        ("2026-02-30", 2, "no date or time"),
    ];
    for (at, code, says) in cases {
        std::fs::write(&pack, small()).unwrap();
        let (ended, said) = run(&["sign", &pack, "--key", &secret, "--at", at]);
        assert_eq!(ended, Some(code), "{at}: {said}");
        assert!(said.contains(says), "{at}: {said}");
        assert_eq!(std::fs::read(&pack).unwrap() != small(), code == 0, "{at}: what is refused stays as it is");
    }
}

#[test]
fn signatures_of_others_stay_and_are_no_more_than_are_read() {
    let (_folder, pack, secret) = folder();
    let hash = stated_hash(&small()).unwrap();
    let others = |n: usize| {
        let mut file = small();
        (0..n).for_each(|_| append(&mut file, &key(2).sign(&hash, None)));
        file
    };
    for (n, code) in [(SIGNATURES_MAX - 1, 0), (SIGNATURES_MAX, 2)] {
        std::fs::write(&pack, others(n)).unwrap();
        let (ended, said) = run(&["sign", &pack, "--key", &secret]);
        assert_eq!(ended, Some(code), "{n}: {said}");
        let file = std::fs::read(&pack).unwrap();
        assert!(file.starts_with(&others(n)), "{n}");
        assert_eq!(split(&file).1.len(), SIGNATURES_MAX);
    }
}

#[test]
fn inspect_tells_who_signed_and_when() {
    let (_folder, pack, _) = folder();
    let hash = stated_hash(&small()).unwrap();
    let (first, second) = (hex(&key(1).signer()), hex(&key(2).signer()));
    let mut altered = key(1).sign(&hash, Some(Moment(0)));
    altered.at = Some(Moment(i64::MAX));
    let cases = [
        (vec![], String::from("signed    by nobody")),
        (vec![key(1).sign(&hash, Some(Moment(0)))], format!("signed    by {first} at 1970-01-01T00:00:00Z: holds")),
        (vec![key(2).sign(&hash, None)], format!("signed    by {second} at a time it does not tell: holds")),
        (vec![altered], format!("signed    by {first} at out of range: DOES NOT HOLD")),
    ];
    for (signatures, line) in cases {
        std::fs::write(&pack, signed(&small(), &signatures)).unwrap();
        let (code, said) = run(&["inspect", &pack]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.lines().any(|l| l == line), "{line}\n{said}");
    }
}

#[test]
fn inspect_without_a_file_is_of_the_built_in_pack_and_says_so() {
    let (code, said) = run(&["inspect"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("the built-in pack, part of caveat "), "{said}");
    assert!(said.contains(&format!("content   {}", hex(&stated_hash(BUILT_IN).unwrap()))), "{said}");
    assert!(!said.contains("signed"), "nobody has to sign it: {said}");
    let (code, said) = run(&["inspect", "no-such.pack"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot read `no-such.pack`"), "{said}");
}

#[test]
fn a_folder_of_rules_is_refused_at_the_start_where_packs_must_be_signed() {
    let folder = Folder::new("rules");
    folder.write("terms.toml", "");
    let signer = hex(&key(1).signer());
    let config = folder.write("caveat.toml", &format!("[knowledge]\npath = \".\"\nsigners = [\"{signer}\"]\n"));
    let config = config.display().to_string();
    let rules = folder.path().display().to_string();
    let unset = folder.write("unset.toml", &format!("[knowledge]\nsigners = [\"{signer}\"]\n")).display().to_string();
    for arguments in [
        &["serve", "--config", &config, "--listen", "127.0.0.1:0"][..],
        &["serve", "--config", &unset, "--pack", &rules, "--listen", "127.0.0.1:0"],
        &["config", "check", &config],
    ] {
        let (code, said) = run(arguments);
        assert_ne!(code, Some(0), "{arguments:?}: {said}");
        for words in ["path", "folder of rules", "caveat compile", "caveat sign"] {
            assert!(said.contains(words), "{arguments:?}: no `{words}` in {said}");
        }
    }
}
