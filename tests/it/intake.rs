//! Intake: real requests that none of us wrote, and small ones, each shape beside its near miss.

use crate::intake_text::print;
use caveat::clinical::time::{Dated, Moment};
use caveat::hooks::request::read_any;
use std::path::{Path, PathBuf};

fn as_of() -> Moment {
    Dated::parse("2020-03-05T12:00:00Z").unwrap().earliest
}

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/requests");
    let folder = if folder.exists() { folder } else { Path::new("/work/shared/requests").to_path_buf() };
    folder.exists().then_some(folder)
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "json") {
            out.push(path);
        }
    }
}

#[test]
fn look() {
    let Some(folder) = shared() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    for path in paths {
        let body = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        match read_any(&body, as_of()) {
            Ok(call) => println!("=== {name}\n{}", print(&call)),
            Err(refusal) => println!("=== {name}\nREFUSED {refusal}\n"),
        }
    }
}
