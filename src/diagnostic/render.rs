//! Diagnostics as text for a terminal, and as JSON for an editor's plugin.

use crate::diagnostic::report::{Diagnostic, FileId, Level, SourceFile, Span};
use annotate_snippets::{AnnotationKind, Group, Renderer, Snippet};

/// Diagnostics written out for a terminal; of more the rest is counted, for nobody reads on.
pub const REPORTED_MAX: usize = 500;

/// All diagnostics as text, each followed by an empty line, in order of file, place and code.
///
/// The place is that of the first label; a diagnostic without one comes first. Spans that do not fit their file are cut
/// to it, so that no diagnostic is ever lost. Of more than [`REPORTED_MAX`] warnings are left out first, and the last line
/// says how many are.
pub fn render(diagnostics: &[Diagnostic], files: &[SourceFile], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let sorted = sorted(diagnostics);
    let lines = lines(&sorted, files);
    let mut text = String::new();
    let mut left_out = Vec::new();
    let errors = sorted.iter().filter(|d| d.level == Level::Error).count().min(REPORTED_MAX);
    let mut room = [errors, REPORTED_MAX - errors];
    for diagnostic in sorted {
        let room = &mut room[usize::from(diagnostic.level == Level::Warning)];
        if *room == 0 {
            left_out.push(diagnostic.clone());
            continue;
        }
        *room -= 1;
        text.push_str(&renderer.render(&[group(diagnostic, files, &lines)]));
        text.push_str("\n\n");
    }
    if !left_out.is_empty() {
        text.push_str(&format!("{} more; these first\n\n", tally(&left_out)));
    }
    text
}

/// All diagnostics as one JSON list, in the order of [`render`]: `code`, `level`, `message`, `help` (list), and `labels`
/// with `path`, `line` and `column` (both from 1, columns in characters), `start` and `end` (bytes), `words`.
pub fn render_json(diagnostics: &[Diagnostic], files: &[SourceFile]) -> String {
    let sorted = sorted(diagnostics);
    let lines = lines(&sorted, files);
    let list: Vec<serde_json::Value> = sorted
        .into_iter()
        .map(|d| {
            let labels: Vec<serde_json::Value> =
                d.labels.iter().map(|(s, w)| label_json(*s, w, files, &lines)).collect();
            serde_json::json!({
                "code": d.code, "level": level_word(d.level), "message": d.message, "help": d.help, "labels": labels,
            })
        })
        .collect();
    format!("{}\n", serde_json::Value::Array(list))
}

/// `3 errors, 1 warning`; empty when there is neither.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    let count = |level: Level, word: &str| match diagnostics.iter().filter(|d| d.level == level).count() {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    [count(Level::Error, "error"), count(Level::Warning, "warning")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (d.labels.first().map(|(span, _)| *span), d.code, &d.message));
    sorted
}

/// Where the lines of each file end, so that a place finds its line without a walk from the start; nothing when there is
/// nothing to place.
fn lines(diagnostics: &[&Diagnostic], files: &[SourceFile]) -> Vec<Vec<usize>> {
    let ends = |file: &SourceFile| file.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n).collect();
    if diagnostics.is_empty() { Vec::new() } else { files.iter().map(ends).collect() }
}

/// The line of a byte, from 1.
fn line_of(lines: &[Vec<usize>], file: FileId, byte: usize) -> usize {
    lines.get(file.0 as usize).map_or(0, |ends| ends.partition_point(|end| *end < byte)) + 1
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, files: &'a [SourceFile], lines: &[Vec<usize>]) -> Group<'a> {
    let level = match diagnostic.level {
        Level::Error => annotate_snippets::Level::ERROR,
        Level::Warning => annotate_snippets::Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code));
    let mut done: Vec<FileId> = Vec::new();
    for (span, _) in &diagnostic.labels {
        if !done.contains(&span.file) {
            done.push(span.file);
            if let Some(file) = files.get(span.file.0 as usize) {
                group = group.element(snippet(diagnostic, span.file, file, lines));
            }
        }
    }
    diagnostic.help.iter().fold(group, |group, words| group.element(annotate_snippets::Level::HELP.message(words)))
}

/// The lines of one file that the labels of a diagnostic touch.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    id: FileId,
    file: &'a SourceFile,
    lines: &[Vec<usize>],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = file.text.as_str();
    let labels: Vec<(usize, usize, usize, &str)> = diagnostic
        .labels
        .iter()
        .enumerate()
        .filter(|(_, (span, _))| span.file == id)
        .map(|(place, (span, words))| {
            let (start, end) = fit(*span, text);
            (place, start, end, words.as_str())
        })
        .collect();
    let first = labels.iter().map(|l| l.1).min().unwrap_or(0);
    let last = labels.iter().map(|l| l.2).max().unwrap_or(0);
    let from = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let to = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    let line = line_of(lines, id, from);
    labels.into_iter().fold(
        Snippet::source(&text[from..to]).path(file.path.as_str()).line_start(line),
        |snippet, (place, start, end, words)| {
            let kind = if place == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            snippet.annotation(kind.span(start - from..end - from).label(words))
        },
    )
}

/// A span cut to its text and to whole characters, as (start, end) with start before end where the text has any.
fn fit(span: Span, text: &str) -> (usize, usize) {
    let start = text.floor_char_boundary((span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((span.end as usize).clamp(start, text.len()));
    (start, end)
}

fn label_json(span: Span, words: &str, files: &[SourceFile], lines: &[Vec<usize>]) -> serde_json::Value {
    let Some(file) = files.get(span.file.0 as usize) else {
        return serde_json::json!({ "words": words });
    };
    let (start, end) = fit(span, &file.text);
    let before = &file.text[..start];
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    serde_json::json!({
        "path": file.path, "line": line_of(lines, span.file, start),
        "column": before[from..].chars().count() + 1, "start": start, "end": end, "words": words,
    })
}
