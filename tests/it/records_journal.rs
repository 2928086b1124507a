//! The journal after an end that was no stop: every whole entry is found, whatever byte the end came at.

use crate::records::Folder;
use caveat::record::entry::{Entry, Kind, Link};
use caveat::record::frame::{Header, push};
use caveat::record::recover::{read_all, recover};
use caveat::record::segments::path_of;
use proptest::prelude::*;

/// A chain of entries with these payloads, after a link.
fn chain(after: Link, payloads: &[Vec<u8>]) -> Vec<Entry> {
    let mut head = after;
    let seal = |payload: &Vec<u8>| {
        let entry = Entry::seal("caveat", head, Kind::Feedback, false, 7, payload.clone());
        head = entry.link();
        entry
    };
    payloads.iter().map(seal).collect()
}

/// A journal file of these entries, and where each ends in it.
fn file(after: Link, entries: &[Entry]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Header { chain: "caveat".to_owned(), after }.bytes();
    let end = |entry: &Entry| {
        push(&mut bytes, entry);
        bytes.len()
    };
    let ends = entries.iter().map(end).collect();
    (bytes, ends)
}

fn write(folder: &Folder, number: u64, bytes: &[u8]) {
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(path_of(&folder.0, number), bytes).unwrap();
}

fn found(folder: &Folder) -> Vec<Entry> {
    read_all(&folder.0).unwrap().iter().flat_map(|f| f.entries().cloned().collect::<Vec<_>>()).collect()
}

fn small() -> Vec<Entry> {
    chain(Link::default(), &[b"one".to_vec(), Vec::new(), vec![0xca, 0xfe, b'R', b'1', 0, 0], b"four".to_vec()])
}

#[test]
fn killed_at_any_byte_the_whole_entries_stay_and_the_torn_one_is_cut() {
    let entries = small();
    let (bytes, ends) = file(Link::default(), &entries);
    for length in 0..=bytes.len() {
        let folder = Folder::new();
        write(&folder, 1, &bytes[..length]);
        let whole = ends.iter().filter(|end| **end <= length).count();
        let recovered = recover(&folder.0, "caveat").unwrap();
        assert_eq!(found(&folder), entries[..whole], "cut at {length}");
        let head = recovered.head.unwrap_or_default();
        assert_eq!(head, entries[..whole].last().map(Entry::link).unwrap_or_default(), "cut at {length}");
        assert!(recovered.segments.iter().all(|s| !s.damaged), "a torn tail is no damage: cut at {length}");
        // What was recovered can be recovered again, and there is nothing more to say.
        let again = recover(&folder.0, "caveat").unwrap();
        assert_eq!((again.head, again.notes.len()), (recovered.head, 0), "cut at {length}");
    }
}

#[test]
fn a_flipped_bit_in_the_middle_costs_one_entry_and_is_told() {
    let entries = small();
    let (bytes, ends) = file(Link::default(), &entries);
    for at in ends[0]..ends[1] {
        let folder = Folder::new();
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x10;
        write(&folder, 1, &spoilt);
        let recovered = recover(&folder.0, "caveat").unwrap();
        let rest = [&entries[..1], &entries[2..]].concat();
        assert_eq!(found(&folder), rest, "flipped at {at}");
        assert!(recovered.segments[0].damaged && recovered.notes[0].contains("set aside"), "flipped at {at}");
        assert_eq!(recovered.head, entries.last().map(Entry::link), "the chain goes on behind it");
    }
}

#[test]
fn a_flipped_bit_in_the_last_entry_is_as_good_as_torn() {
    let entries = small();
    let (mut bytes, ends) = file(Link::default(), &entries);
    *bytes.last_mut().unwrap() ^= 1;
    let folder = Folder::new();
    write(&folder, 1, &bytes);
    let recovered = recover(&folder.0, "caveat").unwrap();
    assert_eq!(found(&folder), entries[..3]);
    assert!(recovered.notes[0].contains("never finished"), "{:?}", recovered.notes);
    assert_eq!(std::fs::metadata(path_of(&folder.0, 1)).unwrap().len(), ends[2] as u64);
}

#[test]
fn what_a_later_file_outvotes_does_not_count() {
    let entries = small();
    let (first, _) = file(Link::default(), &entries);
    let other = chain(entries[1].link(), &[b"three, again".to_vec()]);
    let (second, _) = file(entries[1].link(), &other);
    let folder = Folder::new();
    write(&folder, 1, &first);
    write(&folder, 2, &second);
    let recovered = recover(&folder.0, "caveat").unwrap();
    assert_eq!(found(&folder), [&entries[..2], &other[..]].concat());
    assert_eq!(recovered.head, Some(other[0].link()));
    assert!(recovered.segments.iter().all(|s| !s.damaged), "{:?}", recovered.notes);
}

#[test]
fn an_entry_missing_between_two_files_is_told() {
    let entries = small();
    let (first, _) = file(Link::default(), &entries[..2]);
    let (second, _) = file(entries[2].link(), &entries[3..]);
    let folder = Folder::new();
    write(&folder, 1, &first[..first.len() - 1]);
    write(&folder, 2, &second);
    let recovered = recover(&folder.0, "caveat").unwrap();
    assert!(recovered.segments[0].damaged, "{:?}", recovered.notes);
    assert_eq!(recovered.head, Some(entries[3].link()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_journal_cut_anywhere_keeps_what_was_whole(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..12),
        cut in any::<prop::sample::Index>(),
        rubbish in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let entries = chain(Link { seq: 41, hash: [9; 32] }, &payloads);
        let (bytes, ends) = file(Link { seq: 41, hash: [9; 32] }, &entries);
        let length = cut.index(bytes.len() + 1);
        let folder = Folder::new();
        write(&folder, 3, &[&bytes[..length], &rubbish[..]].concat());
        recover(&folder.0, "caveat").unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count();
        prop_assert_eq!(&found(&folder)[..], &entries[..whole]);
    }

    #[test]
    fn no_bytes_at_all_break_the_reading(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let folder = Folder::new();
        write(&folder, 1, &bytes);
        recover(&folder.0, "caveat").unwrap();
        prop_assert!(found(&folder).is_empty());
    }
}
