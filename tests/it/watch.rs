//! A pack file that is watched: half written, replaced, removed, mended.

use caveat::commands::folder::build;
use caveat::diagnostic::report::SourceFile;
use caveat::live::lineup::Lineup;
use caveat::live::watch::{LOOK_EVERY, WatchedFile};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The small pack of the check tests, under a title of one's own.
fn pack(title: &str) -> Vec<u8> {
    let terms = include_str!("checks_terms.toml");
    let rules = include_str!("checks_rules.toml").replacen("title = \"", &format!("title = \"{title} "), 1);
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    build(vec![file("terms.toml", terms), file("rules.toml", &rules)]).bytes.unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("caveat-watch-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes it as if that had been done a while ago, so that it counts as left alone.
fn write_settled(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    let then = SystemTime::now() - LOOK_EVERY * 3;
    std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

fn serving(lineup: &Lineup) -> String {
    lineup.snapshot().unwrap().stamp().hash.clone()
}

#[test]
fn a_pack_file_half_written_is_not_read_and_one_cut_off_is_refused() {
    let folder = folder("half");
    let path = folder.join("now.pack");
    let (first, second) = (pack("first"), pack("second"));
    write_settled(&path, &first);
    let lineup = Lineup::new();
    let mut file = WatchedFile::new(path.clone());
    let stamp = file.load(&lineup).unwrap();

    // Somebody is writing right now: it is left alone.
    std::fs::write(&path, &second[..second.len() / 2]).unwrap();
    assert!(file.load_if_changed(&lineup).is_none());
    assert_eq!(serving(&lineup), stamp.hash);

    // The writer died and left half a file: it is refused, once, and the pack in service stays.
    write_settled(&path, &second[..second.len() / 2]);
    let refused = file.load_if_changed(&lineup).unwrap().unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
    assert!(file.load_if_changed(&lineup).is_none());
    assert_eq!(serving(&lineup), stamp.hash);
    assert!(lineup.status().last_refusal().is_some());

    // Mended: it is taken.
    write_settled(&path, &second);
    let mended = file.load_if_changed(&lineup).unwrap().unwrap();
    assert_ne!(mended.hash, stamp.hash);
    assert_eq!(serving(&lineup), mended.hash);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_pack_file_that_vanishes_changes_nothing() {
    let folder = folder("gone");
    let path = folder.join("now.pack");
    write_settled(&path, &pack("first"));
    let lineup = Lineup::new();
    let mut file = WatchedFile::new(path.clone());
    let stamp = file.load(&lineup).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(file.load_if_changed(&lineup).is_none());
    assert_eq!(serving(&lineup), stamp.hash);
    assert!(file.load(&lineup).is_err(), "asked for by hand, it is said");
    assert_eq!(serving(&lineup), stamp.hash);
    std::fs::remove_dir_all(&folder).unwrap();
}
