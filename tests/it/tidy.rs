//! The house rules, tested: floors, door plates, sizes, forbidden words. Changing the floors is a design decision.

use std::path::{Path, PathBuf};

/// The floors, lowest first. A room imports only from rooms on lower floors, or from itself.
const FLOORS: &[&[&str]] = &[
    &["clinical", "diagnostic"],
    &["pack", "source", "settings"],
    &["engine", "compile", "import"],
    &["live", "hooks", "record", "trust", "fetch"],
    &["serve", "score"],
    &["commands"],
    &["main.rs", "lib.rs"],
];

/// Imports that the floors alone would allow, and the house does not.
const NEVERS: &[(&str, &[&str])] = &[
    ("engine", &["crate::source", "crate::compile", "crate::diagnostic", "serde", "tokio", "axum"]),
    ("hooks", &["crate::pack", "crate::compile", "crate::source", "crate::import"]),
    ("serve", &["crate::compile", "crate::source", "crate::import"]),
    ("live", &["crate::compile", "crate::source", "crate::import"]),
    ("record", &["crate::compile", "crate::source", "crate::import"]),
    ("score", &["crate::compile", "crate::source", "crate::live", "crate::import", "tokio", "axum"]),
    ("compile", &["crate::engine"]),
    ("import", &["crate::pack", "tokio", "axum"]),
    ("source", &["crate::pack"]),
    ("clinical", &["crate::diagnostic", "tokio", "axum"]),
    ("diagnostic", &["crate::clinical"]),
];

/// Floor-1 rooms may use values of `clinical`, and the parser the report type: the only imports sideways.
const SIDEWAYS: &[(&str, &str)] = &[];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

struct Room {
    path: PathBuf,
    room: String,
    text: String,
}

fn rooms() -> Vec<Room> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = vec![root.clone()];
    let mut rooms = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let inner = path.strip_prefix(&root).unwrap();
            let room = inner.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            rooms.push(Room { text: std::fs::read_to_string(&path).unwrap(), path: inner.to_owned(), room });
        }
    }
    rooms.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(rooms.len() > 20, "the walk over src/ found only {} files", rooms.len());
    rooms
}

fn floor_of(room: &str) -> usize {
    FLOORS.iter().position(|f| f.contains(&room)).unwrap_or_else(|| panic!("`{room}` stands on no floor"))
}

/// The rooms of ours that a file names with `crate::`.
fn imports(text: &str) -> Vec<String> {
    text.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
        .filter(|name| !name.is_empty() && name != "util")
        .collect()
}

/// Lines that are code, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")).map(|(n, l)| (n + 1, l))
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn imports_go_only_downward() {
    let mut complaints = Vec::new();
    for room in rooms() {
        let floor = floor_of(&room.room);
        for import in imports(&code(&room.text).map(|(_, l)| l).collect::<Vec<_>>().join("\n")) {
            let known = FLOORS.iter().any(|f| f.contains(&import.as_str()));
            let allowed = import == room.room
                || (known && floor_of(&import) < floor)
                || SIDEWAYS.contains(&(room.room.as_str(), import.as_str()));
            if !allowed {
                complaints.push(format!("src/{}: imports `crate::{import}`", room.path.display()));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn no_room_imports_what_the_house_forbids() {
    let mut complaints = Vec::new();
    for room in rooms() {
        for (_, words) in NEVERS.iter().filter(|(name, _)| *name == room.room) {
            for (line, text) in code(&room.text) {
                for word in words.iter().filter(|w| text.contains(&format!("{w}::"))) {
                    complaints.push(format!("src/{}:{line}: `{word}` in `{}`", room.path.display(), room.room));
                }
            }
        }
    }
    complain(&complaints);
}

#[test]
fn no_circle_among_rooms_of_one_floor() {
    // Rooms of one floor never import each other (see `imports_go_only_downward`), so a circle between rooms is
    // impossible; this guards the premise: no room stands on two floors.
    let all: Vec<&str> = FLOORS.iter().flat_map(|f| f.iter().copied()).collect();
    let mut once = all.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(all.len(), once.len());
}

#[test]
fn every_file_opens_with_its_door_plate() {
    let bare = rooms().into_iter().filter(|r| !r.text.starts_with("//! "));
    complain(&bare.map(|r| format!("src/{}", r.path.display())).collect::<Vec<_>>());
}

#[test]
fn every_file_is_one_room() {
    let long = rooms().into_iter().map(|r| (r.text.lines().count(), r)).filter(|(n, _)| *n > FILE_LINES_MAX);
    complain(&long.map(|(n, r)| format!("src/{}: {n} lines", r.path.display())).collect::<Vec<_>>());
}

#[test]
fn every_function_fits_a_screen() {
    let mut complaints = Vec::new();
    for room in rooms() {
        let lines: Vec<&str> = room.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            let words = bare.split(['(', '<']).next().unwrap_or("");
            if bare.starts_with("//") || words.split(' ').rev().nth(1).is_none_or(|w| w != "fn") {
                continue;
            }
            let closing = format!("{}}}", " ".repeat(indent));
            let length = lines[at..].iter().position(|l| *l == closing).map_or(0, |n| n + 1);
            if length > FUNCTION_LINES_MAX {
                complaints.push(format!("src/{}:{}: {length} lines", room.path.display(), at + 1));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn nothing_is_left_undone_or_knotted() {
    const WORDS: &[&str] = &[
        "todo!",
        "unimplemented!",
        "TODO",
        "FIXME",
        "XXX",
        "pub use ",
        "use super::*",
        "allow(dead_code)",
        "unsafe {",
        "unsafe fn",
        "dbg!(",
        "Result<_, String>",
        "mod util",
        "mod helpers",
        "mod common",
        "mod types",
        "prelude",
    ];
    let mut complaints = Vec::new();
    for room in rooms() {
        for (line, text) in code(&room.text) {
            for word in WORDS.iter().filter(|w| text.contains(**w)) {
                complaints.push(format!("src/{}:{line}: `{word}`", room.path.display()));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn mod_files_hold_only_modules() {
    let mut complaints = Vec::new();
    for room in rooms().iter().filter(|r| r.path.ends_with("mod.rs") || r.path.ends_with("lib.rs")) {
        for (line, text) in code(&room.text) {
            let allowed = text.trim().is_empty() || text.starts_with("pub mod ") || text.starts_with("mod ");
            if !allowed {
                complaints.push(format!("src/{}:{line}: {text}", room.path.display()));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn every_diagnostic_code_has_a_golden() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let goldens = golden_names(&root.join("tests/golden"));
    // The parser refuses some mistakes first; the compiler's own word for them is provoked from trees built in code.
    let trees = std::fs::read_to_string(root.join("tests/it/compile.rs")).unwrap();
    let mut complaints = Vec::new();
    for room in rooms().iter().filter(|r| r.room == "source" || r.room == "compile") {
        for (line, text) in code(&room.text) {
            for code in codes(text) {
                let from_a_tree = trees.contains(&format!("(\"{code}\", "));
                if !from_a_tree && !goldens.iter().any(|g| g.contains(&code)) {
                    complaints.push(format!("src/{}:{line}: `{code}` has no golden", room.path.display()));
                }
            }
        }
    }
    complain(&complaints);
}

/// `"K0104"` as it stands in code: a code is always written out.
fn codes(line: &str) -> Vec<String> {
    let parts = line.split('"').skip(1).step_by(2);
    parts
        .filter(|p| p.len() == 5 && p.starts_with('K') && p[1..].bytes().all(|b| b.is_ascii_digit()))
        .map(String::from)
        .collect()
}

fn golden_names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return names };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            names.extend(golden_names(&path));
        }
        names.push(path.to_string_lossy().into_owned());
    }
    names
}

#[test]
fn the_oracle_shares_no_code_with_the_engine() {
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle.rs");
    let text = std::fs::read_to_string(oracle).unwrap();
    for word in ["caveat::engine", "caveat::pack", "caveat::compile"] {
        assert!(!code(&text).any(|(_, l)| l.contains(word)), "the oracle names `{word}`");
    }
}
