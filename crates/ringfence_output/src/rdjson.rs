//! Reviewdog's diagnostic format.

use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files, Severity};
use ruff_source_file::LineColumn;
use serde_json::{Value, json};

use crate::escape;
use crate::texts::{Text, Texts};
use ringfence_diagnostics::paths;
use ruff_text_size::{Ranged, TextRange};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &std::path::Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    let all: Vec<Value> = diagnostics.iter().map(|diagnostic| one(diagnostic, &mut texts)).collect();
    let report = json!({
        "source": { "name": "ringfence", "url": "https://ringfence.github.io/ringfence/" },
        "severity": "ERROR",
        "diagnostics": all,
    });
    escape::json_pretty(&report, out)?;
    writeln!(out)
}

fn one(diagnostic: &Diagnostic, texts: &mut Texts) -> Value {
    let text = texts.get(diagnostic.file);
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    let mut value = json!({
        "message": message,
        "location": { "path": text.path, "range": range(&text, diagnostic.range) },
        "severity": match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        },
        "code": { "value": diagnostic.code, "url": diagnostic.url().unwrap_or_default() },
    });
    // A suggestion has no path: it is one of the file of the finding.
    let edits = diagnostic.fix.iter().filter(|fix| !fix.applicability.is_display_only());
    let edits = edits.filter(|fix| fix.edits.iter().all(|(file, _)| *file == diagnostic.file));
    let suggestions: Vec<Value> = edits
        .flat_map(|fix| &fix.edits)
        .map(|(_, edit)| {
            json!({ "range": range(&text, edit.range()), "text": edit.content().unwrap_or_default() })
        })
        .collect();
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let text = texts.get(label.span.file);
            json!({
                "message": label.message,
                "location": { "path": text.path, "range": range(&text, label.span.range) },
            })
        })
        .collect();
    for (key, list) in [("suggestions", suggestions), ("related_locations", related)] {
        if !list.is_empty() {
            value[key] = Value::Array(list);
        }
    }
    value
}

fn range(text: &Text, range: TextRange) -> Value {
    let position = |at: LineColumn| json!({ "line": at.line.get(), "column": at.column.get() });
    json!({ "start": position(text.line_column(range.start())), "end": position(text.line_column(range.end())) })
}
