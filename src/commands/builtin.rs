//! The built-in knowledge: the text of `rules/`, carried in the binary.

use crate::diagnostic::report::SourceFile;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The files of the built-in rules folder, in order of path.
pub fn files() -> Vec<SourceFile> {
    FILES.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}
