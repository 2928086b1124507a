//! Reading a rules folder, and compiling one with its report.

use crate::compile::build::compile;
use crate::diagnostic::render::render;
use crate::diagnostic::report::{Diagnostic, Level, SourceFile};
use crate::pack::format::encode;
use crate::source::parse::parse;
use std::path::{Path, PathBuf};

/// What came of a rules folder.
#[derive(Debug)]
pub struct Compiled {
    /// The pack as bytes; `None` when there was an error.
    pub bytes: Option<Vec<u8>>,
    /// Everything there was to say.
    pub diagnostics: Vec<Diagnostic>,
    /// The files it was read from.
    pub files: Vec<SourceFile>,
}

impl Compiled {
    /// How many errors and warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|d| d.level == Level::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// The report for a terminal.
    pub fn report(&self, color: bool) -> String {
        render(&self.diagnostics, &self.files, color)
    }
}

/// Every `.toml` and `.csv` below a folder (or one file), in order of path.
pub fn read(place: &Path) -> Result<Vec<SourceFile>, String> {
    let mut paths = Vec::new();
    collect(place, &mut paths).map_err(|e| format!("cannot read `{}`: {e}", place.display()))?;
    paths.sort();
    if paths.is_empty() {
        return Err(format!("no `.toml` or `.csv` file below `{}`; is it a rules folder?", place.display()));
    }
    let load = |path: &PathBuf| {
        let text = std::fs::read(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
        let text = String::from_utf8(text)
            .map_err(|e| format!("`{}` is not UTF-8 at byte {}", path.display(), e.utf8_error().valid_up_to()))?;
        Ok(SourceFile { path: path.to_string_lossy().replace('\\', "/"), text })
    };
    paths.iter().map(load).collect()
}

fn collect(place: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if place.is_file() {
        paths.push(place.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(place)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|e| e == "toml" || e == "csv") {
            paths.push(path);
        }
    }
    Ok(())
}

/// Parses and compiles.
pub fn build(files: Vec<SourceFile>) -> Compiled {
    let (tree, mut diagnostics) = parse(&files);
    let (raw, more) = compile(&tree);
    // Hundreds of thousands of small texts: freeing them takes as long as encoding, and nobody need wait for it.
    std::thread::spawn(move || drop(tree));
    diagnostics.extend(more);
    let sound = !diagnostics.iter().any(|d| d.level == Level::Error);
    let bytes = raw.filter(|_| sound).map(|raw| encode(&raw));
    Compiled { bytes, diagnostics, files }
}
