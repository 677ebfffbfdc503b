//! Reviewdog's diagnostic format.

use std::io::{self, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files, Severity, paths};
use ruff_source_file::LineColumn;
use ruff_text_size::{Ranged, TextRange};
use serde::Serialize;

use crate::escape;
use crate::texts::{Text, Texts};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    let report = Report {
        source: Source { name: "ringfence", url: "https://ringfence.github.io/ringfence/" },
        severity: "ERROR",
        diagnostics: diagnostics.iter().map(|diagnostic| finding(diagnostic, &mut texts)).collect(),
    };
    escape::json_pretty(&report, out)?;
    writeln!(out)
}

fn finding<'a>(diagnostic: &'a Diagnostic, texts: &mut Texts) -> Finding<'a> {
    let text = texts.get(diagnostic.file);
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    // A suggestion has no path: it is one of the file of the finding.
    let fixes = diagnostic.fix.iter().filter(|fix| !fix.applicability.is_display_only());
    let fixes = fixes.filter(|fix| fix.edits.iter().all(|(file, _)| *file == diagnostic.file));
    Finding {
        message,
        location: location(&text, diagnostic.range),
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        },
        code: Code { value: diagnostic.code, url: diagnostic.url().unwrap_or_default() },
        suggestions: fixes
            .flat_map(|fix| &fix.edits)
            .map(|(_, edit)| Suggestion {
                range: range(&text, edit.range()),
                text: edit.content().unwrap_or_default(),
            })
            .collect(),
        related_locations: diagnostic
            .labels
            .iter()
            .map(|label| Related {
                message: &label.message,
                location: location(&texts.get(label.span.file), label.span.range),
            })
            .collect(),
    }
}

fn location(text: &Text, of: TextRange) -> Location {
    Location { path: text.path.clone(), range: range(text, of) }
}

fn range(text: &Text, range: TextRange) -> Range {
    Range { start: text.line_column(range.start()).into(), end: text.line_column(range.end()).into() }
}

#[derive(Serialize)]
struct Report<'a> {
    source: Source,
    severity: &'static str,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// Line and column from 1, in characters.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

impl From<LineColumn> for Position {
    fn from(position: LineColumn) -> Self {
        Self { line: position.line.get(), column: position.column.get() }
    }
}
